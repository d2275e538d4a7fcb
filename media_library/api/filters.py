"""The calls of saved filters: a search of the library under a name."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import QueryDict
from pydantic import BaseModel, Field

from aura.kit.paging import Sort
from media_library import filters, lists, operations
from media_library.api.shown import media
from media_library.forms import SavedFilterForm
from media_library.models import SavedFilter
from workspaces.api.binding import Takes
from workspaces.api.calls import Call
from workspaces.api.paging import Listing
from workspaces.api.schemas import ID, INSTANT, Shown

BY_NAME = Sort("name", "Name", "name", descending=False)


class SavedFilterOut(Shown):
    """A filter of the library under a name."""

    id: UUID = Field(description="Its id.", examples=[ID])
    name: str = Field(description="What it is called.", examples=["Spring pictures"])
    query: str = Field(
        description="What it asks the library for: the query to list `media` with.",
        examples=["kind=image&tag=spring"],
    )
    is_shared: bool = Field(description="Whether everybody here sees it.", examples=[True])
    created_by: UUID = Field(description="The id of whoever saved it.", examples=[ID])
    created_at: datetime = Field(description="When it was saved.", examples=[INSTANT])


FILTER = Takes(
    "SavedFilter",
    SavedFilterForm,
    examples={"name": "Spring pictures", "query": "kind=image&tag=spring", "is_shared": True},
    descriptions={
        "name": "What it is called. One of yours that has this name already is changed.",
        "query": "What it asks the library for: the query to list `media` with. What that does not know is left out.",
        "is_shared": "Whether everybody here sees it.",
    },
)


def _shown_many(rows: list[SavedFilter]) -> list[BaseModel]:
    return [_shown(one) for one in rows]


def _shown(saved: SavedFilter) -> SavedFilterOut:
    return SavedFilterOut(
        id=saved.pk,
        name=saved.name,
        query=filters.read(QueryDict(saved.query)).as_grid.removeprefix("?"),
        is_shared=saved.is_shared,
        created_by=saved.created_by_id,
        created_at=saved.created_at,
    )


@media.listing("/media/filters", SavedFilterOut)
def list_filters(call: Call) -> Listing[SavedFilter]:
    """List the saved filters: your own, and those for everybody."""
    return Listing(lists.filters_of(call.by), BY_NAME, _shown_many)


@media.get("/media/filters/{uuid:filter_id}", SavedFilterOut)
def show_filter(call: Call, filter_id: UUID) -> SavedFilterOut:
    """Show a saved filter."""
    return _shown(call.find(lists.filters_of(call.by), filter_id))


@media.post("/media/filters", SavedFilterOut, takes=FILTER, status=201, at="/media/filters/{id}")
def save_filter(call: Call) -> SavedFilterOut:
    """Save a filter of the library under a name."""
    form = call.bind(SavedFilterForm(instance=SavedFilter(created_by=call.by)))
    return _shown(operations.save_filter(form.instance, by=call.by))


@media.remove("/media/filters/{uuid:filter_id}")
def delete_filter(call: Call, filter_id: UUID) -> None:
    """Delete a saved filter. What it found stays. One of somebody else's, an editor can."""
    operations.delete_filter(call.find(lists.filters_of(call.by), filter_id, shown=_shown), by=call.by)
