"""What is to come, how what is out does, and when there is room: the calendar and the page of a post, to read."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from aura.kit import clock
from posts import lists
from posts.api.reading import FIRST, SOONEST, ScheduledPost, scheduled
from posts.api.shown import ROWS, posts
from posts.models import Post, Target, TargetFigure
from posts.models.target import NO_PART
from posts.months import FIRST as FIRST_DAY
from posts.months import LAST as LAST_DAY
from posts.operations.figures import figures_of
from posts.operations.links import clicks_of
from posts.slots import next_free
from workspaces.api.calls import Call
from workspaces.api.paging import Listing
from workspaces.api.schemas import ID, INSTANT, Day, ListQuery, OneOf, Shown


class FigureOut(Shown):
    """One figure of a post on one channel."""

    figure: Annotated[str, OneOf(TargetFigure.Kind.values)] = Field(
        description="What it counts.", examples=["likes"]
    )
    total: int = Field(description="How many since it went out.", examples=[214])
    fetched_at: datetime = Field(description="When its network said so.", examples=[INSTANT])


class FiguresOut(Shown):
    """How a post does on one of its channels."""

    target: UUID = Field(description="The id of the target.", examples=[ID])
    channel: UUID = Field(description="The id of the channel.", examples=[ID])
    figures: list[FigureOut] = Field(
        description="What its network tells; nothing where it tells none, or has not been asked yet.",
        examples=[[{"figure": "likes", "total": 214, "fetched_at": INSTANT}]],
    )
    clicks: int | None = Field(
        description="How often its short links were followed; null where it has none.", examples=[31]
    )


class SlotFree(Shown):
    """The next time at which a post could go out."""

    at: datetime | None = Field(
        description="The instant; null where no posting time of its channels is free in the next weeks.",
        examples=[INSTANT],
    )
    wall_time: str = Field(
        description="What clocks show then in `zone`; empty without one.", examples=["2026-03-09T10:00:00"]
    )
    zone: str = Field(description="The zone of the workspace.", examples=["Europe/Dublin"])


class ScheduleQuery(ListQuery):
    """Which days of the calendar are meant."""

    start: Day | None = Field(
        None, description="On this day of the workspace or later.", examples=["2026-03-01"]
    )
    end: Day | None = Field(
        None, description="On this day of the workspace or before.", examples=["2026-03-31"]
    )
    campaign: UUID | None = Field(None, description="Those of this campaign alone.", examples=[ID])
    channel: UUID | None = Field(None, description="Those on this channel alone.", examples=[ID])


def _day(text: str) -> date | None:
    """Return the day that is named, as near as calendars reach."""
    return min(max(date.fromisoformat(text), FIRST_DAY), LAST_DAY) if text else None


@posts.listing("/schedule", ScheduledPost, ScheduleQuery)
def list_calendar(call: Call) -> Listing[Post]:
    """List what goes out, and when, as the calendar shows it.

    Every post that has a time, soonest first: planned, scheduled and out alike; those in the trash are left out.
    """
    zone = call.workspace.zone
    rows = lists.narrowed(lists.read(call.params)).filter(trashed_at=None, scheduled_at__isnull=False)
    start, end = (_day(call.params.get(name, "")) for name in ("start", "end"))
    if start is not None:
        rows = rows.filter(scheduled_at__gte=clock.begin_of(start, zone))
    if end is not None:
        rows = rows.filter(scheduled_at__lt=clock.begin_of(end + timedelta(days=1), zone))
    return Listing(rows, SOONEST, scheduled)


@posts.listing("/posts/{uuid:post_id}/figures", FiguresOut)
def list_figures(call: Call, post_id: UUID) -> Listing[Target]:
    """Tell how a post does on each channel where it is out, as far as networks tell.

    They are asked an hour, six hours, a day, three, seven and 28 days after it went out.
    """
    post = call.find(ROWS, post_id)
    rows = Target.objects.filter(post=post, status=Target.Status.PUBLISHED).select_related("channel")
    return Listing(rows, FIRST, _figures)


def _figures(rows: list[Target]) -> list[BaseModel]:
    told, clicks = figures_of(rows), clicks_of(rows)
    return [
        FiguresOut(
            target=one.pk,
            channel=one.channel_id,
            figures=[
                FigureOut(figure=row.figure, total=row.total, fetched_at=row.fetched_at)
                for row in told.get(one.pk, [])
            ],
            clicks=clicks.get(one.pk),
        )
        for one in rows
    ]


@posts.get("/posts/{uuid:post_id}/next-slot", SlotFree)
def show_next_slot(call: Call, post_id: UUID) -> SlotFree:
    """Tell the next posting time of a post's channels that no other post has taken, outside quiet times."""
    post, zone = call.find(ROWS, post_id), call.workspace.zone
    channels = list(post.targets.exclude(status__in=NO_PART).values_list("channel_id", flat=True))
    at = next_free(channels, workspace_zone=zone, after=call.now, but=post.pk)
    return SlotFree(at=at, wall_time=clock.wall_of(at, zone).isoformat() if at else "", zone=zone)
