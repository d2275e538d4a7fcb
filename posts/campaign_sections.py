"""What a campaign's page shows of its posts: how far they are, the plan by day, the newest, and their pictures."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, cast

from django.db.models import Q, QuerySet

from aura.kit import clock
from campaigns.sections import Section, Shown
from media_library.models import Asset
from posts import cards
from posts.models import Post, PostMedia, TargetMedia
from posts.months import begin_of

PLAN_DAYS = 28  # four weeks beside each other can still be read; a longer campaign shows those around today
PLAN_POSTS = 300
PINS_OF_A_DAY = 3
NEWEST = 6
PICTURES = 12
LOOK_AHEAD = 14  # days within which an empty one is worth a word
LANES = {"image": "Pictures", "video": "Film", "document": "Documents", "": "Words"}


def _posts(shown: Shown) -> QuerySet[Post]:
    return Post.objects.filter(campaign=shown.campaign, trashed_at=None)


def _between(posts: QuerySet[Post], first: date, last: date, zone: str) -> QuerySet[Post]:
    """Return those that go out from the day `first` to the day `last`, both included."""
    begin, end = _bounds(first, last, zone)
    return posts.filter(scheduled_at__gte=begin, scheduled_at__lt=end)


def _bounds(first: date, last: date, zone: str) -> tuple[datetime, datetime]:
    """Return the instants at which the day `first` begins and the day `last` has ended."""
    return begin_of(first, zone), begin_of(last + timedelta(days=1), zone)


def _cards(shown: Shown) -> list[Post]:
    """Return the posts of the plan and the newest ones, in the order of their times: two queries for both parts."""
    if "cards" not in shown.memo:
        posts = _posts(shown)
        planned = _between(posts, *_window(shown), shown.zone).order_by("scheduled_at", "id")
        wanted = Q(pk__in=planned.values("pk")[:PLAN_POSTS]) | Q(
            pk__in=posts.order_by("-id").values("pk")[:NEWEST]
        )
        rows = cards.with_cards(
            Post.objects.filter(wanted).order_by()
        )  # in order SQLite would walk every post
        shown.memo["cards"] = sorted(rows, key=lambda post: (post.scheduled_at or shown.now, post.pk))
    return cast(list[Post], shown.memo["cards"])


# Progress ---------------------------------------------------------------------------------------------------------


def progress(shown: Shown) -> dict[str, Any] | None:
    """Return how many posts are out, how many in which state, and the first day soon on which nothing goes out."""
    total = sum(shown.counts.values())
    if not total:
        return None
    out = shown.counts.get(Post.Status.PUBLISHED, 0) + shown.counts.get(Post.Status.PARTLY_PUBLISHED, 0)
    return {
        "counts": shown.counts,
        "total": total,
        "out": out,
        "percent": round(100 * out / total),
        "empty_day": _empty_day(shown),
    }


def _empty_day(shown: Shown) -> date | None:
    """Return the first day from tomorrow to the campaign's last, two weeks at most, with nothing on it; one query."""
    campaign = shown.campaign
    if not campaign.end_date or campaign.standing not in {"in_progress", "ready_to_start"}:
        return None
    first = max(shown.today + timedelta(days=1), campaign.start_date or shown.today)
    last = min(campaign.end_date, first + timedelta(days=LOOK_AHEAD - 1))
    if last < first:
        return None
    times = _between(_posts(shown), first, last, shown.zone).values_list("scheduled_at", flat=True)
    taken = {clock.wall_of(at, shown.zone).date() for at in times if at is not None}
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return next((day for day in days if day not in taken), None)


# Plan -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pin:
    """A post on a day of the plan, by one of its networks."""

    post: Post
    network: str


@dataclass(slots=True)
class Cell:
    """What goes out on one day in one lane."""

    day: date
    now: bool
    week: bool
    pins: list[Pin] = field(default_factory=list)
    more: int = 0


@dataclass(frozen=True, slots=True)
class Lane:
    """A row of the plan."""

    word: str
    cells: list[Cell]


def _window(shown: Shown) -> tuple[date, date]:
    """Return the first and the last day of the plan."""
    monday = shown.today - timedelta(days=shown.today.weekday())
    first = shown.campaign.start_date or min(monday, shown.campaign.end_date or monday)
    last = shown.campaign.end_date or first + timedelta(days=PLAN_DAYS - 1)
    if (last - first).days < PLAN_DAYS:
        return first, max(first, last)
    begin = min(max(first, monday - timedelta(days=7)), last - timedelta(days=PLAN_DAYS - 1))
    return begin, begin + timedelta(days=PLAN_DAYS - 1)


def plan(shown: Shown) -> dict[str, Any] | None:
    """Return the days of the campaign with what goes out on each, in lanes by what is shown."""
    if not shown.counts:
        return None
    first, last = _window(shown)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    begin, end = _bounds(first, last, shown.zone)
    posts = [post for post in _cards(shown) if post.scheduled_at and begin <= post.scheduled_at < end][
        :PLAN_POSTS
    ]
    lanes: dict[str, dict[date, Cell]] = {}
    for post in posts:
        kind = getattr(post, "cover_kind", "") or ""
        cells = lanes.setdefault(
            kind if kind in LANES else "", {day: _cell(day, shown, first) for day in days}
        )
        cell = cells.get(clock.wall_of(post.scheduled_at, shown.zone).date()) if post.scheduled_at else None
        if cell is not None:
            _pin(cell, post)
    return {
        "days": [_cell(day, shown, first) for day in days],
        "weeks": _weeks(days),
        "lanes": [Lane(word, list(lanes[kind].values())) for kind, word in LANES.items() if kind in lanes],
        "number": len(posts),
        "first": first,
        "last": last,
    }


def _weeks(days: list[date]) -> list[tuple[str, int]]:
    """Return (word, number of days) of each week from Monday on, counted from the plan's first day."""
    lengths: list[int] = []
    for day in days:
        if not lengths or day.weekday() == 0:
            lengths.append(0)
        lengths[-1] += 1
    return [(f"Week {number}", length) for number, length in enumerate(lengths, 1)]


def _cell(day: date, shown: Shown, first: date) -> Cell:
    return Cell(day, now=day == shown.today, week=day.weekday() == 0 and day != first)


def _pin(cell: Cell, post: Post) -> None:
    for network in cards.networks_of(post) or [""]:
        if len(cell.pins) < PINS_OF_A_DAY:
            cell.pins.append(Pin(post, network))
        else:
            cell.more += 1


# Newest posts and pictures ----------------------------------------------------------------------------------------


def newest(shown: Shown) -> dict[str, Any]:
    """Return the newest posts, and how many there are in all."""
    return {
        "count": sum(shown.counts.values()),
        "posts": sorted(_cards(shown), key=lambda post: post.pk, reverse=True)[:NEWEST],
        "zone": shown.zone,
    }


def pictures(shown: Shown) -> dict[str, Any] | None:
    """Return what the campaign's newest posts show, each once; None where they show nothing."""
    uses = PostMedia.objects.filter(post__campaign=shown.campaign, post__trashed_at=None)
    own = TargetMedia.objects.filter(target__post__campaign=shown.campaign, target__post__trashed_at=None)
    newest_uses = uses.order_by("-id").values("asset_id")[: PICTURES * 5]
    newest_own = own.order_by("-id").values("asset_id")[: PICTURES * 5]
    assets = (
        Asset.objects.filter(Q(pk__in=newest_uses) | Q(pk__in=newest_own))
        .select_related("current")
        .order_by("-id")[:PICTURES]
    )
    found = list(assets.prefetch_related("current__renditions"))
    return {"assets": found} if found else None


SECTIONS = [
    Section("progress", "Progress", "posts/_campaign_progress.html", progress, aside=True),
    Section("plan", "Plan", "posts/_campaign_plan.html", plan),
    Section("posts", "Posts", "posts/_campaign_posts.html", newest),
    Section("media", "Media", "posts/_campaign_media.html", pictures),
]
