"""What was done with a thing, as programs read it: each app declares the list for its own addresses."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from aura.kit.paging import Sort
from workspaces.api.paging import Listing
from workspaces.api.schemas import Shown
from workspaces.models import Activity, WorkspaceModel
from workspaces.talk import done_with, entries_about

ID = "019ac3f0-1f4e-7cc3-98c4-dc0c0c07398f"
INSTANT = "2026-03-09T09:00:00Z"
NEWEST = Sort("newest", "Newest")


class EntryOut(Shown):
    """Something that was done. Entries are never changed."""

    id: UUID = Field(description="Its id.", examples=[ID])
    verb: str = Field(description="The operation.", examples=["posts.schedule_post"])
    sentence: str = Field(description="The same in words, as they follow a name.", examples=["scheduled it"])
    by: str = Field(description="The name of whoever did it.", examples=["Bob"])
    person: UUID | None = Field(
        description="Their id, where it was a person who still has an account.", examples=[ID]
    )
    at: datetime = Field(description="When it was done.", examples=[INSTANT])


def entries(subject: WorkspaceModel) -> Listing[Activity]:
    """Return what was done with a thing, alone or among many, newest first."""

    def shown(rows: list[Activity]) -> list[BaseModel]:
        return [
            EntryOut(
                id=one.pk,
                verb=one.verb,
                sentence=done_with(subject, one).words,
                by=one.actor_name,
                person=one.actor_id,
                at=one.at,
            )
            for one in rows
        ]

    return Listing(entries_about(subject), NEWEST, shown)
