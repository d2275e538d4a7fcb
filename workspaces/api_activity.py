"""What was done, as programs read it: in the workspace, and with a thing, which each app lists at its own addresses."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from aura.kit.paging import Sort
from workspaces.activity import chosen, deed, kind_of
from workspaces.api.calls import Call, Resource
from workspaces.api.paging import Listing
from workspaces.api.schemas import ID, INSTANT, ListQuery, OneOf, Shown
from workspaces.forms import ActivityFilter
from workspaces.models import Activity, Membership, WorkspaceModel
from workspaces.talk import done_with, entries_about

activity = Resource(
    "activity", about="What was done in the workspace, by whom, and when. Nothing changes it."
)

NEWEST = Sort("newest", "Newest")
MEMBERSHIP = Membership._meta.label_lower


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


class ActivityOut(EntryOut):
    """Something that was done in the workspace."""

    subject: UUID | None = Field(
        description="The id of what it was done with: of a member, that of the person. Null where that was several "
        "things, or somebody who is no member any more.",
        examples=[ID],
    )
    subject_type: str = Field(
        description="What kind of thing that is; empty where it was several.", examples=["post"]
    )
    subject_name: str = Field(description="What it was called then.", examples=["Rye is back"])
    request_id: str = Field(
        description="The `request_id` of the call or page that did it; empty for work that Aura does by itself.",
        examples=[ID],
    )


class ActivityQuery(ListQuery):
    """What the activity may be asked for: as its page."""

    who: UUID | None = Field(None, description="What this person did alone.", examples=[ID])
    kind: Annotated[str, OneOf(value for value, _ in ActivityFilter.KINDS)] = Field(
        "", description="What was done with things of this kind alone.", examples=["posts"]
    )


@activity.listing("/activity", ActivityOut, ActivityQuery, word="workspace:read")
def list_activity(call: Call, query: ActivityQuery) -> Listing[Activity]:
    """List what was done in the workspace, newest first.

    Aura's own work is done by `Aura`, what a token did by its person's name with that of the token.
    """
    return Listing(chosen(who=query.who, kind=query.kind), NEWEST, _shown_many)


def _people(rows: list[Activity]) -> dict[UUID | None, UUID]:
    """Return the ids of the persons whose memberships entries are about."""
    ids = {one.subject_id for one in rows if one.subject_id and one.subject_type == MEMBERSHIP}
    return dict(Membership.objects.filter(pk__in=ids).values_list("pk", "user")) if ids else {}


def _shown_many(rows: list[Activity]) -> list[BaseModel]:
    people = _people(rows)
    return [
        ActivityOut(
            id=one.pk,
            verb=one.verb,
            sentence=deed(one),
            by=one.actor_name,
            person=one.actor_id,
            at=one.at,
            subject=people.get(one.subject_id) if one.subject_type == MEMBERSHIP else one.subject_id,
            subject_type=kind_of(one.subject_type),
            subject_name=one.subject_name,
            request_id=one.request_id,
        )
        for one in rows
    ]
