"""Posts that come again."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from aura.kit.paging import Sort
from aura.kit.problems import Refused
from posts.api.shown import ROWS, posts
from posts.forms.series import EndForm, RhythmForm, SeriesForm
from posts.models import Series, SeriesDate
from posts.operations import series as operations
from posts.operations import series_rhythm
from workspaces.api import limits
from workspaces.api.binding import Takes
from workspaces.api.calls import Call
from workspaces.api.paging import Listing
from workspaces.api.schemas import ID, INSTANT, Day, OneOf, Shown

NEWEST = Sort("newest", "Newest first", "id")
BY_DATE = Sort("date", "Date", "date", descending=False)
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


class SeriesFollowed(SeriesOut):
    """A series after a change of it, and what became of the posts that were there."""

    changed: int = Field(description="How many posts were changed with it.", examples=[3])
    left: list[str] = Field(
        description="Those that were left alone, each in a sentence with the reason.",
        examples=[["27 March: It was changed on its own."]],
    )


class SeriesDateOut(Shown):
    """A day on which a series was followed."""

    id: UUID = Field(description="Its id.", examples=[ID])
    date: Day = Field(description="The day.", examples=["2026-03-13"])
    post: UUID | None = Field(
        description="The id of the post that was made for it; null where it was deleted for good.",
        examples=[ID],
    )
    sentence: str = Field(description="Why it is not scheduled, where it should be.", examples=[""])


EXAMPLES = {
    "every": 2,
    "unit": "week",
    "weekdays": [4],
    "first_date": "2026-03-13",
    "time": "10:00",
    "last_date": "2026-06-26",
    "count": 8,
    "schedule": True,
}
SAID = {
    "every": "Every so many days or weeks.",
    "unit": "Days or weeks.",
    "weekdays": "On which days, where it is weeks; 0 is Monday.",
    "last_date": "The last day. Send this or `count`, or neither: then it goes on until it is ended.",
    "schedule": "Whether they are scheduled; else they are drafts with a planned time.",
}
RHYTHM = Takes(
    "Rhythm",
    SeriesForm,
    examples=EXAMPLES,
    optional=["first_date", "time"],
    descriptions={
        **SAID,
        "first_date": "The first day; else that of the post.",
        "time": "What clocks of the workspace show then; else the post's time.",
        "count": "How many times.",
    },
)
OTHER_RHYTHM = Takes(
    "OtherRhythm",
    RhythmForm,
    examples=EXAMPLES,
    descriptions={
        **SAID,
        "first_date": "From which day on; else from its next one. What is there before stays as it is.",
        "time": "What clocks of its zone show then.",
        "count": "How many times more, from that day on.",
    },
)
END = Takes(
    "SeriesEnd",
    EndForm,
    examples={"start": "2026-04-10"},
    descriptions={"start": "From which day on its posts are called off; none of them where it is left out."},
)


def _shown_many(rows: list[Series]) -> list[BaseModel]:
    return [_shown(one) for one in rows]


def _dates(rows: list[SeriesDate]) -> list[BaseModel]:
    return [SeriesDateOut(id=one.pk, date=one.date, post=one.post_id, sentence=one.sentence) for one in rows]


def _followed(one: Series, done: operations.Following) -> SeriesFollowed:
    one.refresh_from_db()
    return SeriesFollowed(**dict(_shown(one)), changed=done.changed, left=done.left)


def _count(call: Call, series: Series) -> None:
    """Count the call as publishing where it promises posts."""
    if series.schedule:
        call.count_as(limits.PUBLISHING)


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
    """Let a post come again: its like is made some weeks ahead, by the clocks of the workspace.

    Counts as publishing where they are scheduled.
    """
    post = call.find(ROWS, post_id)
    form = call.bind(SeriesForm(post=post, zone=call.workspace.zone, now=call.now))
    _count(call, form.series)
    return _shown(operations.begin_series(form.series, now=call.now, by=call.by))


@posts.post("/series/{uuid:series_id}/pause", SeriesOut)
def pause_series(call: Call, series_id: UUID) -> SeriesOut:
    """Make no more posts of it for now. Those that are there keep their time."""
    found = call.find(ALL, series_id, shown=_shown)
    return _shown(operations.pause_series(found, now=call.now, by=call.by))


@posts.post("/series/{uuid:series_id}/resume", SeriesOut)
def resume_series(call: Call, series_id: UUID) -> SeriesOut:
    """Go on making posts. Dates that went by meanwhile are left out. Counts as publishing where they are scheduled."""
    found = call.find(ALL, series_id, shown=_shown)
    _count(call, found)
    return _shown(operations.resume_series(found, now=call.now, by=call.by))


@posts.post("/series/{uuid:series_id}/end", SeriesFollowed, takes=END)
def end_series(call: Call, series_id: UUID) -> SeriesFollowed:
    """Make no more posts of it. Those that are there keep their time, or are called off from a day on."""
    found = call.find(ALL, series_id, shown=_shown)
    start = call.bind(EndForm()).cleaned_data["start"]
    return _followed(found, operations.end_series(found, start=start, now=call.now, by=call.by))


@posts.patch("/series/{uuid:series_id}", SeriesFollowed, takes=OTHER_RHYTHM)
def edit_series(call: Call, series_id: UUID) -> SeriesFollowed:
    """Give a series another rhythm, from a day on.

    Posts that are made already get the new time, or go to the trash where their day is none of it any more. What is
    out, due, called off, moved or changed on its own stays, with the reason in `left`. Counts as publishing where they
    are scheduled.
    """
    found = call.find(ALL.select_related("pattern"), series_id, shown=_shown)
    if found.ended_at:
        raise Refused(operations.OVER)
    form = call.bind(RhythmForm(series=found, now=call.now))
    _count(call, form.series)
    return _followed(found, series_rhythm.edit_series(found, rule=form.series, now=call.now, by=call.by))


@posts.post("/posts/{uuid:post_id}/carry-on", SeriesFollowed)
def carry_on(call: Call, post_id: UUID) -> SeriesFollowed:
    """Let all that follow in its series say what a post says, at its time of day; later ones are made from it.

    What was changed on its own, is out, called off or in the trash stays, with the reason in `left`. Refused (409)
    where the post is not part of a series.
    """
    post = call.find(ROWS, post_id)
    done = operations.carry_on(post, now=call.now, by=call.by)
    return _followed(Series.objects.get(dates__post=post), done)


@posts.listing("/series/{uuid:series_id}/dates", SeriesDateOut)
def list_dates_of_series(call: Call, series_id: UUID) -> Listing[SeriesDate]:
    """List the days on which a series was followed, first things first, with the post of each."""
    return Listing(SeriesDate.objects.filter(series=call.find(ALL, series_id)), BY_DATE, _dates)
