"""What a person was told in the workspace: read by their own programs, and marked as read."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from pydantic import BaseModel, Field

from aura.kit.paging import Sort
from workspaces import operations
from workspaces.activity import kind_of
from workspaces.api.calls import Call, Resource
from workspaces.api.paging import Listing
from workspaces.api.schemas import ID, INSTANT, ListQuery, Shown
from workspaces.models import Notification

notifications = Resource(
    "notifications",
    about="What the person was told for whom the call is made: what stands behind the bell, and nobody else's.",
)

NEWEST = Sort("newest", "Newest first", "at")


class NotificationOut(Shown):
    """One thing that a person was told."""

    id: UUID = Field(description="Its id.", examples=[ID])
    kind: str = Field(description="What kind of thing it is, a stable word.", examples=["post_failed"])
    sentence: str = Field(
        description="What happened, in words that stand for themselves.",
        examples=["“Rye is back” could not be sent"],
    )
    words: str = Field(description="More about it.", examples=["The picture is too wide."])
    url: str = Field(
        description="The page that it leads to.",
        examples=["https://aura.example.org/w/barrow-rye/posts/019ac3f0-1f4e-7cc3-98c4-dc0c0c07398f/"],
    )
    subject: UUID = Field(description="The id of what it is about.", examples=[ID])
    subject_type: str = Field(description="What kind of thing that is.", examples=["post"])
    actor: UUID | None = Field(
        description="The id of whoever caused it; null for Aura itself.", examples=[ID]
    )
    times: int = Field(
        description="How often it has happened. What happens again before it is read counts on here.",
        examples=[1],
    )
    at: datetime = Field(description="When it last happened.", examples=[INSTANT])
    read_at: datetime | None = Field(description="When it was read; null while it waits.", examples=[None])


class NotificationsReadOut(Shown):
    """How many were marked as read."""

    read: int = Field(description="How many were waiting.", examples=[3])


class NotificationQuery(ListQuery):
    """What the list of notifications may be asked for."""

    unread: bool = Field(False, description="Those that wait to be read alone.", examples=[True])


def _mine(call: Call) -> QuerySet[Notification]:
    return Notification.objects.filter(person=call.by)


def _shown(notice: Notification) -> NotificationOut:
    return NotificationOut(
        id=notice.pk,
        kind=notice.kind,
        sentence=notice.sentence,
        words=notice.words,
        url=operations.absolute_url(notice.url),
        subject=notice.subject_id,
        subject_type=kind_of(notice.subject_type),
        actor=notice.actor_id,
        times=notice.times,
        at=notice.at,
        read_at=notice.read_at,
    )


def _shown_many(rows: list[Notification]) -> list[BaseModel]:
    return [_shown(notice) for notice in rows]


@notifications.listing("/notifications", NotificationOut, NotificationQuery)
def list_notifications(call: Call, query: NotificationQuery) -> Listing[Notification]:
    """List what you were told, newest first."""
    mine = _mine(call)
    return Listing(mine.filter(read_at=None) if query.unread else mine, NEWEST, _shown_many)


@notifications.get("/notifications/{uuid:notification_id}", NotificationOut)
def show_notification(call: Call, notification_id: UUID) -> NotificationOut:
    """Show one thing that you were told."""
    return _shown(call.find(_mine(call), notification_id))


@notifications.post(
    "/notifications/{uuid:notification_id}/read", NotificationOut, does="workspaces.read_notices"
)
def read_notification(call: Call, notification_id: UUID) -> NotificationOut:
    """Mark one thing that you were told as read."""
    notice = call.find(_mine(call), notification_id, shown=_shown)
    operations.read_notices(call.by, only=notice, now=call.now, by=call.by)
    notice.refresh_from_db()
    return _shown(notice)


@notifications.post("/notifications/read", NotificationsReadOut)
def read_notices(call: Call) -> NotificationsReadOut:
    """Mark all that you were told as read."""
    return NotificationsReadOut(read=operations.read_notices(call.by, now=call.now, by=call.by))
