"""The days of a calendar: which ones a view shows, what is on each, and when clocks change."""

from __future__ import annotations

import calendar
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from aura.kit import clock
from posts import cards
from posts.models import Channel, Post

MONTH, WEEK, LIST = "month", "week", "list"
DayDate: TypeAlias = date
VIEWS = {MONTH: "Month", WEEK: "Week", LIST: "List"}
SHOWN = {MONTH: 3, WEEK: 12}  # posts of one day; the rest is behind "n more"
FIRST, LAST = date(2000, 1, 3), date(2100, 1, 1)


@dataclass(frozen=True, slots=True)
class Free:
    """A posting time that no post has taken, as the workspace's clocks show it, and the channels that have it."""

    time: str
    channels: list[Channel]


@dataclass(slots=True)
class Day:
    """One day with its posts in order; `more` is how many there are beside those, `note` what is special about it.

    `is_spoken_for`: something is planned that is not called off; `is_gap`: a campaign runs and nothing is.
    """

    date: DayDate
    today: DayDate
    outside: bool = False
    note: str = ""
    posts: list[Post] = field(default_factory=list)
    more: int = 0
    is_spoken_for: bool = False
    is_gap: bool = False
    free: list[Free] = field(default_factory=list)

    @property
    def is_today(self) -> bool:
        """Whether this is today."""
        return self.date == self.today

    @property
    def is_past(self) -> bool:
        """Whether this day is over."""
        return self.date < self.today

    @property
    def css(self) -> str:
        """The classes of its cell."""
        words = {"today": self.is_today, "past": self.is_past and not self.outside, "outside": self.outside}
        return " ".join(["day", *(word for word, on in words.items() if on)])

    @property
    def short(self) -> str:
        """The number of the day, with its month where one begins."""
        return f"{self.date.day} {self.date:%b}" if self.date.day == 1 else str(self.date.day)

    @property
    def full(self) -> str:
        """The day in full: Monday 9 March."""
        return f"{self.date:%A} {self.date.day} {self.date:%B}"


@dataclass(frozen=True, slots=True)
class Span:
    """The days from `first` up to and with `last`, in months and weeks that begin on Monday."""

    view: str
    day: date
    first: date
    last: date

    @property
    def days(self) -> list[date]:
        """Every day of it."""
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]

    @property
    def title(self) -> str:
        """What it is called: March 2026, 9 to 15 March, From Thursday 12 March."""
        if self.view == MONTH:
            return f"{self.day:%B %Y}"
        if self.view == WEEK:
            month = f" {self.first:%B}" if self.first.month != self.last.month else ""
            return f"{self.first.day}{month} to {self.last.day} {self.last:%B}"
        return f"From {self.day:%A} {self.day.day} {self.day:%B}"

    @property
    def before(self) -> date:
        """A day of the span before this one."""
        if self.view == MONTH:
            return (self.day.replace(day=1) - timedelta(days=1)).replace(day=1)
        return self.day - timedelta(days=7)

    @property
    def after(self) -> date:
        """A day of the span after this one."""
        if self.view == MONTH:
            return (self.day.replace(day=28) + timedelta(days=4)).replace(day=1)
        return self.day + timedelta(days=7)

    @property
    def names(self) -> tuple[str, str]:
        """What the arrows lead to."""
        if self.view == MONTH:
            return f"{self.before:%B}", f"{self.after:%B}"
        return "The week before", "The week after"


def span_of(view: str, day: date) -> Span:
    """Return the month, week or list that `day` is in; a day far out of reach is brought back."""
    day = min(max(day, FIRST), LAST)
    if view == WEEK:
        first = day - timedelta(days=day.weekday())
        return Span(view, day, first, first + timedelta(days=6))
    if view == LIST:
        return Span(view, day, day, day)
    weeks = calendar.Calendar().monthdatescalendar(day.year, day.month)
    return Span(MONTH, day, weeks[0][0], weeks[-1][-1])


def begin_of(day: date, zone: str) -> datetime:
    """Return the instant at which `day` begins in `zone`; where midnight is skipped, the first moment after."""
    return clock.begin_of(day, zone)


def clock_change(day: date, zone: str) -> str:
    """Return what clocks in `zone` do on that day, "" for nothing."""
    tz = ZoneInfo(zone)
    noons = [datetime.combine(day + timedelta(days=n), time(12), tz).utcoffset() for n in (-1, 0)]
    before, after = (offset or timedelta() for offset in noons)
    if after == before:
        return ""
    return "Clocks go forward" if after > before else "Clocks go back"


def days_of(
    span: Span, posts: QuerySet[Post], zone: str, today: date, *, shown: int
) -> tuple[list[Day], list[uuid.UUID]]:
    """Return the days of a span with how much is on each, and the ids of the posts to show; one query.

    At most `shown` posts of a day are shown: one more than the last place is a number. `fill` puts the rows in.
    """
    days = {
        day: Day(
            day,
            today,
            outside=span.view == MONTH and day.month != span.day.month,
            note=clock_change(day, zone),
        )
        for day in span.days
    }
    within = posts.filter(
        scheduled_at__gte=begin_of(span.first, zone),
        scheduled_at__lt=begin_of(span.last + timedelta(days=1), zone),
    )
    ids: dict[date, list[uuid.UUID]] = {day: [] for day in days}
    tz = ZoneInfo(zone)
    columns = ("pk", "scheduled_at", "status")
    for pk, at, status in within.order_by("scheduled_at", "id").values_list(*columns):
        assert at is not None  # the range says so
        day_of = at.astimezone(tz).date()
        ids[day_of].append(pk)
        days[day_of].is_spoken_for |= status != Post.Status.CANCELLED
    wanted: list[uuid.UUID] = []
    for day, on_it in ids.items():
        room = shown if len(on_it) <= shown else shown - 1
        days[day].more = max(len(on_it) - room, 0)
        wanted += on_it[:room]
    return list(days.values()), wanted


def fill(days: Iterable[Day], posts: Iterable[Post], zone: str) -> None:
    """Put posts that came through `cards.with_cards` on their days, in order of time."""
    by_date = {day.date: day for day in days}
    tz = ZoneInfo(zone)
    for at, _, post in sorted((post.scheduled_at, post.pk, post) for post in posts if post.scheduled_at):
        day = by_date.get(at.astimezone(tz).date())
        if day is not None:
            day.posts.append(post)


def load(
    ids: Sequence[uuid.UUID],
    *also: QuerySet[Post],
    also_show: Callable[[QuerySet[Post]], QuerySet[Post]] | None = None,
) -> dict[uuid.UUID, Post]:
    """Return the posts with these ids, and those of `also` (sliced querysets), with what their cards show.

    `also_show` adds what else the page says of them. Two queries, none where nothing can be found.
    """
    if not ids and not also:
        return {}
    wanted = Q(pk__in=ids)
    for rows in also:
        wanted |= Q(pk__in=rows.values("pk"))
    posts = cards.with_cards(Post.objects.filter(wanted).order_by())
    return {post.pk: post for post in (posts if also_show is None else also_show(posts))}
