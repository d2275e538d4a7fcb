"""Posts as files for other programs: a sheet (CSV) that can be brought in again, and a calendar (RFC 5545)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.urls import reverse
from icalendar import Calendar, Event

from aura.kit import clock
from posts.models import Post, PostMedia, Target
from posts.models.target import NO_PART
from posts.stops import held_back, why_all_wait
from workspaces.scope import current_workspace

HEADINGS = [
    "Title", "Words", "Campaign", "Channels", "Day", "Time", "Time zone", "Pictures and films", "State", "Links",
    "By", "Written", "Held back", "Repeats",
]  # fmt: skip
AT_ONCE = 200
PAST, AHEAD = timedelta(days=90), timedelta(days=730)
EVENTS_AT_MOST = 3000
LASTS = timedelta(minutes=15)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
TENTATIVE = {Post.Status.DRAFT, Post.Status.IN_REVIEW, Post.Status.CHANGES_REQUESTED, Post.Status.APPROVED}


def _loaded(posts: QuerySet[Post]) -> QuerySet[Post]:
    targets = (
        Target.objects.filter(position=0)
        .exclude(status__in=NO_PART)
        .select_related("channel")
        .order_by("channel__name")
    )
    rows = posts.select_related("campaign", "created_by", "series_date__series")
    return rows.prefetch_related(Prefetch("targets", targets))


def _held(post: Post) -> str:
    """Return what holds a scheduled post back: what is paused around it, or has to be connected again."""
    said = held_back(post, post.targets.all())
    if current_workspace().paused_at and post.status == Post.Status.SCHEDULED and not post.trashed_at:
        said.insert(0, why_all_wait(current_workspace()))
    return " ".join(said)


def _rhythm(post: Post) -> str:
    """Return how often a post comes again, "" where it is none of a series that goes on."""
    row = getattr(post, "series_date", None)
    return row.series.rhythm if row is not None and row.series.ended_at is None else ""


# A sheet -----------------------------------------------------------------------------------------------------------


def rows_of(posts: QuerySet[Post]) -> Iterator[list[str]]:
    """Yield the headings, then a row for each post, newest first; read some at a time, however many there are."""
    yield HEADINGS
    zone = current_workspace().zone
    media = PostMedia.objects.select_related("asset").order_by("position", "id")
    rest = _loaded(posts).prefetch_related(Prefetch("media", media)).order_by("-id")
    last = None
    while True:
        some = list(rest.filter(pk__lt=last)[:AT_ONCE] if last else rest[:AT_ONCE])
        if not some:
            return
        for post in some:
            yield _row_of(post, zone)
        last = some[-1].pk


def _row_of(post: Post, workspace_zone: str) -> list[str]:
    zone = post.zone or workspace_zone
    wall = clock.wall_of(post.scheduled_at, zone) if post.scheduled_at else None
    targets = list(post.targets.all())
    return [
        post.title,
        post.caption,
        post.campaign.name,
        "; ".join(target.channel.name for target in targets),
        f"{wall:%Y-%m-%d}" if wall else "",
        f"{wall:%H:%M}" if wall else "",
        zone if wall else "",
        "; ".join(str(use.asset_id) for use in post.media.all()),
        "In the trash" if post.trashed_at else post.get_status_display(),
        " ".join(target.remote_url for target in targets if target.remote_url),
        str(post.created_by or ""),
        f"{clock.wall_of(post.created_at, workspace_zone):%Y-%m-%d %H:%M}",
        _held(post),
        _rhythm(post),
    ]


# A calendar --------------------------------------------------------------------------------------------------------


def calendar_of(posts: Iterable[Post], *, name: str) -> bytes:
    """Return an iCalendar of these posts, loaded by `timed`.

    Times are instants in UTC: whatever clocks do where it is read, or here, nothing can be an hour off. An id stays
    the same for as long as the post lives, and what is called off or thrown away says so.
    """
    workspace = current_workspace()
    calendar = Calendar()
    calendar.add("prodid", "-//Aura//Campaign room//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _plain(name))
    calendar.add("x-wr-timezone", workspace.zone)
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    for post in posts:
        calendar.add_component(_event_of(post, workspace.zone))
    return calendar.to_ical()


def timed(posts: QuerySet[Post]) -> QuerySet[Post]:
    """Return those of the posts that have a time, with what an event shows; three queries."""
    return _loaded(posts.filter(scheduled_at__isnull=False)).order_by("scheduled_at", "id")


def around_now(posts: QuerySet[Post], now: datetime) -> list[Post]:
    """Return what a feed shows: from 90 days ago to two years ahead."""
    near = posts.filter(scheduled_at__gte=now - PAST, scheduled_at__lt=now + AHEAD)
    return list(timed(near)[:EVENTS_AT_MOST])


def last_changed(posts: Iterable[Post]) -> datetime | None:
    """Return when the newest change of these posts was."""
    return max((_changed_at(post) for post in posts), default=None)


def _changed_at(post: Post) -> datetime:
    moments = (post.updated_at, post.published_at, post.trashed_at)
    return max(moment for moment in moments if moment is not None)


def _event_of(post: Post, workspace_zone: str) -> Event:
    assert post.scheduled_at is not None
    zone = post.zone or workspace_zone
    wall = clock.wall_of(post.scheduled_at, zone)
    channels = [target.channel.name for target in post.targets.all()]
    state = "In the trash" if post.trashed_at else post.get_status_display()
    held, rhythm = _held(post), _rhythm(post)
    lines = [
        f"{state}. {', '.join(channels) or 'No channel yet'}.",
        *([f"Held back: {held}"] if held else []),
        f"{wall:%A} {wall.day} {wall:%B}, {wall:%H:%M} {zone}",
        *([f"Comes {rhythm}."] if rhythm else []),
        "",
        post.caption,
    ]
    event = Event()
    event.add("uid", str(post.pk))
    event.add("dtstamp", _changed_at(post).astimezone(UTC))
    event.add("last-modified", _changed_at(post).astimezone(UTC))
    event.add("sequence", post.version)
    event.add("dtstart", post.scheduled_at.astimezone(UTC))
    event.add("duration", LASTS)
    event.add("summary", _plain(post.title))
    event.add("description", _plain("\n".join(lines).strip()))
    event.add("categories", [_plain(post.campaign.name)])
    event.add("url", f"{settings.AURA_URL}{reverse('posts:detail', args=[post.pk])}")
    event.add("transp", "TRANSPARENT")
    event.add("status", _status_of(post))
    return event


def _status_of(post: Post) -> str:
    if post.trashed_at or post.status == Post.Status.CANCELLED:
        return "CANCELLED"
    return "TENTATIVE" if post.status in TENTATIVE else "CONFIRMED"


def _plain(text: str) -> str:
    """Return text without the characters that no calendar may hold."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
