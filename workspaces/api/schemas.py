"""Schemas that all resources share. They describe; the forms are what judges."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any

from ninja import Schema
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

CURSOR_LENGTH = 1000
LIMIT, LIMIT_AT_MOST, OFFSET_AT_MOST = 25, 100, 10_000
TOTAL_COUNTED_TO = 10_001
ID, INSTANT = "019ac3f0-1f4e-7cc3-98c4-dc0c0c07398f", "2026-03-09T09:00:00Z"
"""The id and the instant of every example."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class OneOf:
    """Marks a text as one of some words, which are said where they belong: `Annotated[str, OneOf(Status.values)]`."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = [str(word) for word in words]

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        return core_schema.literal_schema(self.words)


def _as_written(value: Any) -> Any:
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise PydanticCustomError("date_parsing", "Not a day.")
    return value


Day = Annotated[date, BeforeValidator(_as_written)]
"""A day in a query, as 2026-03-09 and in no other way: pydantic itself also reads seconds since 1970."""


class Shown(BaseModel):
    """Abstract: an object as a program reads it.

    Plain pydantic: ninja's Schema looks every member up in Python, by way of templates, which our own code never needs.
    """

    model_config = ConfigDict(frozen=True)


class Problem(Schema):
    """What went wrong, as problem details (RFC 9457)."""

    type: str = Field(description="What kind of problem it is; `code` says more.", examples=["about:blank"])
    title: str = Field(description="The status in words.", examples=["Unprocessable Entity"])
    status: int = Field(description="The status of the answer, once more.", examples=[422])
    detail: str = Field(
        description="A sentence for a person: what is the matter, and what to do next.",
        examples=["Two fields need another look."],
    )
    code: str = Field(description="A stable word for programs.", examples=["INVALID"])
    fields: dict[str, list[str]] = Field(
        description="Sentences about single fields; empty where no field is to blame.",
        examples=[{"name": ["Give the campaign a name."]}],
    )
    request_id: str = Field(
        description="Names this call in the logs of the instance.",
        examples=["019ac3f0-1f4e-7cc3-98c4-dc0c0c07398f"],
    )
    timestamp: str = Field(description="When it happened, in UTC.", examples=["2026-11-26T10:15:00Z"])


class Sparse(Schema):
    """The query of a call that answers with one object."""

    fields: str | None = Field(
        None,
        max_length=1000,
        description="Names of the members to answer with, with commas between them; all of them where it is left out.",
        examples=["id,name,status"],
    )


class ListQuery(Sparse):
    """The query that every list understands."""

    limit: int = Field(LIMIT, ge=1, le=LIMIT_AT_MOST, description="How many items at most.", examples=[LIMIT])
    offset: int = Field(
        0,
        ge=0,
        le=OFFSET_AT_MOST,
        description="How many items to leave out first. Past a few pages, `cursor` is the faster way.",
        examples=[0],
    )
    cursor: str = Field(
        "",
        max_length=CURSOR_LENGTH,
        description="`next` of the page before, with the rest of the query as it was. As fast on the last page as on "
        "the first, and nothing slips when rows come and go. Not together with `offset`.",
        examples=[""],
    )
