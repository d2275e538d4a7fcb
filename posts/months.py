"""The days of a calendar: which ones a view shows, what is on each, and when clocks change."""

from __future__ import annotations

import calendar
import itertools
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from django.db.models import JSONField, Q, QuerySet, Subquery

from aura.kit import clock
from aura.kit.paging import in_one_of
from posts import cards
from posts.models import Channel, Post
from workspaces.models import Workspace
from workspaces.scope import current_workspace

MONTH, WEEK, LIST = "month", "week", "list"
DayDate: TypeAlias = date
VIEWS = {MONTH: "Month", WEEK: "Week", LIST: "List"}
SHOWN = {MONTH: 3, WEEK: 12}  # posts of one day; the rest is behind "n more"
COUNTED_TO = 100  # posts of one day
FIRST, LAST = date(2000, 1, 3), date(2100, 1, 1)


@dataclass(frozen=True, slots=True)
class Free:
    """A posting time that no post has taken, as the workspace's clocks show it, and the channels that have it."""

    time: str
    channels: list[Channel]


@dataclass(slots=True)
class Day:
    """One day with its posts in order; `more` is how many there are beside those, `note` what is special about it.

    `is_many`: more than are counted. `is_spoken_for`: something is planned that is not called off; `is_gap`: a campaign
    runs and nothing is.
    """

    date: DayDate
    today: DayDate
    outside: bool = False
    note: str = ""
    posts: list[Post] = field(default_factory=list)
    more: int = 0
    is_many: bool = False
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
    def more_word(self) -> str:
        """How many more there are, as it is shown: "", "4", "97+"."""
        return f"{self.more}{'+' if self.is_many else ''}" if self.more else ""

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


class OfDays(Subquery):
    """What a queryset says of each of several days, as one array: `each` is what is asked of the posts of a day.

    The queryset is that of one day (`ONE_DAY`), of which `limit` are looked at in the order of time; it is compiled
    once, and asked once for each day.
    """

    output_field = JSONField()

    def __init__(
        self, posts: QuerySet[Post], days: Sequence[tuple[datetime, datetime]], *, each: str, limit: int
    ) -> None:
        super().__init__(posts.order_by("scheduled_at", "id").values("pk")[:limit])
        self.days, self.each = days, each

    def as_sql(  # type: ignore[override]
        self, compiler: Any, connection: Any, **extra: Any
    ) -> tuple[str, tuple[Any, ...]]:
        """Return the array with one subquery for each day."""
        adapt = connection.ops.adapt_datetimefield_value
        one, params = self.query.as_sql(compiler, connection)
        place = {adapt(ONE_DAY[0]): 0, adapt(ONE_DAY[1]): 1}
        array, listed = _ARRAYS[connection.vendor]
        asked = f"(SELECT {self.each.format(listed=listed)} FROM {one} AS of_day)"  # noqa: S608 nothing of it is typed
        given: list[Any] = []
        for bounds in self.days:
            given += [adapt(bounds[place[value]]) if value in place else value for value in params]
        return f"{array}({', '.join([asked] * len(self.days))})", tuple(given)


ONE_DAY = (datetime(1700, 1, 1, tzinfo=UTC), datetime(1700, 1, 2, tzinfo=UTC))
"""Stands for the day in the queryset of `OfDays`: no post is of that time."""
_ARRAYS = {
    "sqlite": ("json_array", "json_group_array(of_day.pk)"),
    "postgresql": ("jsonb_build_array", "jsonb_agg(of_day.pk)"),
}
HOW_MANY, WHICH = "COUNT(*)", "{listed}"


def days_of(
    span: Span, posts: QuerySet[Post], zone: str, today: date, *, shown: int, few: bool = False
) -> tuple[list[Day], list[uuid.UUID]]:
    """Return the days of a span with how much is on each, and the ids of the posts to show; one query.

    At most `shown` posts of a day are shown: one more than the last place is a number, counted to a hundred. What a
    day costs does not grow with its posts. `few`: the posts are chosen in a way that is dear to ask for each day, and
    are few enough to be read. `fill` puts the rows in.
    """
    days = [
        Day(
            day,
            today,
            outside=span.view == MONTH and day.month != span.day.month,
            note=clock_change(day, zone),
        )
        for day in span.days
    ]
    found = (_read if few else _asked)(posts, [day.date for day in days], zone, shown)
    wanted: list[uuid.UUID] = []
    for day, (number, is_spoken_for, ids) in zip(days, found, strict=True):
        room = shown if number <= shown else shown - 1
        day.more, day.is_spoken_for = max(number - room, 0), is_spoken_for
        day.is_many = number >= COUNTED_TO
        wanted += ids[:room]
    return days, wanted


OnDay: TypeAlias = tuple[int, bool, list[uuid.UUID]]
"""How many posts a day has, whether one is not called off, and the ids of the first."""


def _asked(posts: QuerySet[Post], dates: Sequence[date], zone: str, shown: int) -> list[OnDay]:
    begins = [begin_of(day, zone) for day in [*dates, dates[-1] + timedelta(days=1)]]
    bounds = list(itertools.pairwise(begins))
    of_one = posts.filter(scheduled_at__gte=ONE_DAY[0], scheduled_at__lt=ONE_DAY[1])
    not_off = of_one.exclude(status=Post.Status.CANCELLED)
    row = Workspace.objects.filter(pk=current_workspace().pk).values_list(
        OfDays(of_one, bounds, each=HOW_MANY, limit=COUNTED_TO),
        OfDays(not_off, bounds, each=HOW_MANY, limit=1),
        OfDays(of_one, bounds, each=WHICH, limit=shown),
    )
    return [
        (number, spoken > 0, [uuid.UUID(pk) for pk in ids or []])
        for number, spoken, ids in zip(*row.get(), strict=True)
    ]


def _read(posts: QuerySet[Post], dates: Sequence[date], zone: str, shown: int) -> list[OnDay]:
    within = posts.filter(
        scheduled_at__gte=begin_of(dates[0], zone),
        scheduled_at__lt=begin_of(dates[-1] + timedelta(days=1), zone),
    )
    found: dict[date, list[tuple[uuid.UUID, str]]] = {day: [] for day in dates}
    tz = ZoneInfo(zone)
    for pk, at, status in within.order_by("scheduled_at", "id").values_list("pk", "scheduled_at", "status"):
        assert at is not None  # the range says so
        found[at.astimezone(tz).date()].append((pk, status))
    called_off = Post.Status.CANCELLED
    return [
        (
            min(len(on), COUNTED_TO),
            any(status != called_off for _, status in on),
            [pk for pk, _ in on[:shown]],
        )
        for on in found.values()
    ]


def number_on(days: Iterable[Day]) -> tuple[int, str]:
    """Return how many posts these days have, and how that is shown: "12", "700+" where not all are counted."""
    days = list(days)
    number = sum(len(day.posts) + day.more for day in days)
    return number, f"{number}{'+' if any(day.is_many for day in days) else ''}"


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
    as_marks: bool = False,
) -> dict[uuid.UUID, Post]:
    """Return the posts with these ids, and those of `also` (sliced querysets), with what their cards show.

    `also_show` adds what else the page says of them. Two queries, none where nothing can be found; `as_marks`: one, of
    the targets no more than `cards.with_marks`.
    """
    if not ids and not also:
        return {}
    wanted = Q(pk__in=ids)
    if also:
        wanted = in_one_of(Post.objects.filter(wanted).values("pk"), *(rows.values("pk") for rows in also))
    posts = (cards.with_marks if as_marks else cards.with_cards)(Post.objects.filter(wanted).order_by())
    return {post.pk: post for post in (posts if also_show is None else also_show(posts))}
