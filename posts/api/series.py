"""Posts that come again."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from aura.kit.paging import Sort
from posts.api.shown import ID, INSTANT, ROWS, posts
from posts.forms.series import SeriesForm
from posts.models import Series
from posts.operations import series as operations
from workspaces.api.binding import Takes
from workspaces.api.calls import Call
from workspaces.api.paging import Listing
from workspaces.api.schemas import OneOf, Shown

NEWEST = Sort("newest", "Newest first", "id")
ALL = Series.objects.all()


class SeriesOut(Shown):
    """A rule by which posts like one are made ahead."""

    id: UUID = Field(description="Its id.", examples=[ID])
    post: UUID = Field(description="The id of the post that comes again.", examples=[ID])
    every: int = Field(description="Every so many days or weeks.", examples=[2])
    unit: Annotated[str, OneOf(Series.Unit.values)] = Field(description="Days or weeks.", examples=["week"])
    weekdays: list[int] = Field(description="On which days, where it is weeks; 0 is Monday.", examples=[[4]])
    time: str = Field(description="What clocks show then.", examples=["10:00"])
    zone: str = Field(description="Whose clocks, as an IANA zone.", examples=["Europe/Dublin"])
    first_date: date = Field(description="The first day.", examples=["2026-03-13"])
    last_date: date | None = Field(description="The last day, if one.", examples=["2026-06-26"])
    count: int | None = Field(description="How many times, if that is said.", examples=[None])
    schedule: bool = Field(description="Whether they are scheduled, or drafts.", examples=[True])
    sentence: str = Field(description="Why it stopped by itself, or could not go on.", examples=[""])
    paused_at: datetime | None = Field(description="Since when it is paused.", examples=[None])
    ended_at: datetime | None = Field(description="When it ended.", examples=[None])
    created_by: UUID | None = Field(description="The id of whoever made it.", examples=[ID])
    created_at: datetime = Field(description="When it was made.", examples=[INSTANT])


RHYTHM = Takes(
    "Rhythm",
    SeriesForm,
    examples={
        "every": 2,
        "unit": "week",
        "weekdays": [4],
        "first_date": "2026-03-13",
        "time": "10:00",
        "last_date": "2026-06-26",
        "count": 8,
        "schedule": True,
    },
    optional=["first_date", "time"],
    descriptions={
        "every": "Every so many days or weeks.",
        "unit": "Days or weeks.",
        "weekdays": "On which days, where it is weeks; 0 is Monday.",
        "first_date": "The first day; else that of the post.",
        "time": "What clocks of the workspace show then; else the post's time.",
        "last_date": "The last day. Send this or `count`, or neither: then it goes on until it is ended.",
        "count": "How many times.",
        "schedule": "Whether they are scheduled; else they are drafts with a planned time.",
    },
)


def _shown_many(rows: list[Series]) -> list[BaseModel]:
    return [_shown(one) for one in rows]


def _shown(one: Series) -> SeriesOut:
    return SeriesOut(
        id=one.pk,
        post=one.pattern_id,
        every=one.every,
        unit=one.unit,
        weekdays=one.days,
        time=f"{one.time:%H:%M}",
        zone=one.zone,
        first_date=one.first_date,
        last_date=one.last_date,
        count=one.count,
        schedule=one.schedule,
        sentence=one.sentence,
        paused_at=one.paused_at,
        ended_at=one.ended_at,
        created_by=one.created_by_id,
        created_at=one.created_at,
    )


@posts.listing("/series", SeriesOut)
def list_series(call: Call) -> Listing[Series]:
    """List what comes again, newest first."""
    return Listing(ALL, NEWEST, _shown_many)


@posts.get("/series/{uuid:series_id}", SeriesOut)
def show_series(call: Call, series_id: UUID) -> SeriesOut:
    """Show what comes again, and how."""
    return _shown(call.find(ALL, series_id))


@posts.post("/posts/{uuid:post_id}/series", SeriesOut, takes=RHYTHM, status=201, at="/series/{id}")
def begin_series(call: Call, post_id: UUID) -> SeriesOut:
    """Let a post come again: its like is made some weeks ahead, by the clocks of the workspace."""
    post = call.find(ROWS, post_id)
    form = call.bind(SeriesForm(post=post, zone=call.workspace.zone, now=call.now))
    return _shown(operations.begin_series(form.series, now=call.now, by=call.by))


@posts.post("/series/{uuid:series_id}/pause", SeriesOut)
def pause_series(call: Call, series_id: UUID) -> SeriesOut:
    """Make no more posts of it for now. Those that are there keep their time."""
    found = call.find(ALL, series_id, shown=_shown)
    return _shown(operations.pause_series(found, now=call.now, by=call.by))


@posts.post("/series/{uuid:series_id}/resume", SeriesOut)
def resume_series(call: Call, series_id: UUID) -> SeriesOut:
    """Go on making posts. Dates that went by meanwhile are left out."""
    found = call.find(ALL, series_id, shown=_shown)
    return _shown(operations.resume_series(found, now=call.now, by=call.by))


@posts.post("/series/{uuid:series_id}/end", SeriesOut)
def end_series(call: Call, series_id: UUID) -> SeriesOut:
    """Make no more posts of it. Those that are there keep their time."""
    found = call.find(ALL, series_id, shown=_shown)
    operations.end_series(found, now=call.now, by=call.by)
    found.refresh_from_db()
    return _shown(found)
