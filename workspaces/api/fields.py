"""Sparse answers: `fields=id,name` leaves out the rest."""

from __future__ import annotations

from pydantic import BaseModel

from workspaces.api.problems import Invalid


def wanted(text: str | None, shown: type[BaseModel]) -> set[str] | None:
    """Return the members that `fields=` asks for, None for all. Raises Invalid for a name that there is not."""
    if text is None:
        return None
    names = {name.strip() for name in text.split(",")}
    if "" in names:
        raise Invalid(
            {"fields": ["Name at least one member, with commas between several, or leave this out."]}
        )
    unknown = sorted(names - set(shown.model_fields))
    if unknown:
        there = ", ".join(shown.model_fields)
        raise Invalid({"fields": [f"There is no {unknown[0][:60]} here. These are there: {there}."]})
    return names
