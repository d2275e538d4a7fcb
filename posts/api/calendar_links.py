"""The secret address by which a person's calendar program reads what is planned."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from pydantic import Field

from aura.kit.paging import Sort
from posts.api.shown import posts
from posts.models import CalendarFeed
from posts.operations import feeds
from workspaces.api.calls import Call
from workspaces.api.paging import Listing
from workspaces.api.schemas import ID, INSTANT, Shown
from workspaces.roles import Role, at_least
from workspaces.scope import instance_url

NEWEST = Sort("newest", "Newest first", "id")


class CalendarLinkOut(Shown):
    """A person's calendar link. It shows what they may read, for as long as they are a member."""

    id: UUID = Field(description="Its id.", examples=[ID])
    person: UUID = Field(description="The id of the person whose it is.", examples=[ID])
    created_at: datetime = Field(
        description="When it was made, or renewed the last time.", examples=[INSTANT]
    )


class CalendarLinkMadeOut(CalendarLinkOut):
    """A calendar link that was just made, with its address."""

    link: str = Field(
        description="Its address, for a calendar program. It is shown this once; empty where the answer is given again "
        "for an `Idempotency-Key`.",
        examples=["https://aura.example.org/calendar/vJ3kq….ics"],
    )


def _seen(call: Call) -> QuerySet[CalendarFeed]:
    """Return the person's own; for owners and admins, who may end them, everybody's."""
    rows = CalendarFeed.objects.all()
    return rows if at_least(call.credential.role, Role.ADMIN) else rows.filter(created_by=call.by)


def _shown(feed: CalendarFeed) -> CalendarLinkOut:
    return CalendarLinkOut(id=feed.pk, person=feed.created_by_id, created_at=feed.created_at)


@posts.listing("/calendar-links", CalendarLinkOut)
def list_feeds(call: Call) -> Listing[CalendarFeed]:
    """List the calendar link of the person whose credential it is: one, or none; for owners and admins everybody's.

    Their addresses are told nobody again.
    """
    return Listing(_seen(call), NEWEST, lambda page: [_shown(one) for one in page])


@posts.post("/calendar-links", CalendarLinkMadeOut, status=201, hides=["link"])
def make_feed(call: Call) -> CalendarLinkMadeOut:
    """Give the person whose credential it is a calendar link; the one before ends at once.

    Its address is in the answer, this once: whoever has it reads the workspace's calendar, until it is ended or renewed
    or the person leaves. It does not end with the token that made it.
    """
    made = feeds.renew_feed(by=call.by)
    link = f"{settings.AURA_URL}{instance_url('feeds:calendar', made.token)}"
    return CalendarLinkMadeOut(**_shown(made.feed).model_dump(), link=link)


@posts.remove("/calendar-links/{uuid:feed_id}")
def revoke_feed(call: Call, feed_id: UUID) -> None:
    """End a calendar link, one's own; owners and admins end anybody's.

    Whoever asks it is told that there is nothing.
    """
    feeds.revoke_feed(call.find(_seen(call), feed_id, shown=_shown), by=call.by)
