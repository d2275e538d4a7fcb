"""Home: what needs the person, this week, campaigns, and what happened meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db.models import OuterRef, Q, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from aura.kit import clock
from aura.kit.htmx import render_page
from campaigns import operations as campaigns
from campaigns.days import Days
from campaigns.models import Campaign
from media_library.models import Asset
from posts import forecast, months
from posts.models import Channel, Post, Target
from posts.needs import counted, sentence_of
from posts.operations.confirming import is_by_hand
from posts.stops import WAITS, why_all_wait, why_stopped, with_stops
from posts.views.acting import may_of, needs_of, person_of, role_of
from workspaces.models import Activity, User
from workspaces.operation import may
from workspaces.scope import current_workspace

SHOWN = 8
PER_DAY = 4
CAMPAIGNS = 4
ACTIVITY = 9
DRAFTS = 5
URGENCY = ["ahead", "confirm", "by_hand", "failed", "missed", "stopped", "review", "changes"]
S, T = Post.Status, Target.Status
BEGUN = (S.DRAFT, S.APPROVED)


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that waits for the person. `kind` says which buttons it has, `says` is what it is about."""

    kind: str
    says: str
    words: str = ""
    post: Post | None = None
    target: Target | None = None
    channel: Channel | None = None


@require_safe
def show_home(request: HttpRequest) -> HttpResponse:
    """Show the person's first page of the workspace."""
    zone = current_workspace().zone
    now = clock.now()
    wall = clock.wall_of(now, zone)
    span = months.span_of(months.WEEK, wall.date())
    live = Post.objects.filter(trashed_at=None)
    days, wanted = months.days_of(span, live, zone, wall.date(), shown=PER_DAY)
    waiting = needs_of(request)
    first = waiting.first(live, SHOWN)
    mine = Q(status__in=BEGUN, created_by=person_of(request))
    paused = current_workspace().paused_at is not None
    shown = [*([] if paused else first.held), *first.others]  # one row says it of all that is paused
    loaded = months.load(
        [*wanted, *shown],
        live.filter(mine).order_by("-id")[:DRAFTS],
        also_show=partial(with_stops, now=now, rules=waiting.rules),
    )
    newest = sorted(loaded.values(), key=lambda post: post.pk, reverse=True)
    months.fill(days, (loaded[pk] for pk in wanted if pk in loaded), zone)
    broken = _broken(request, now)
    needs = [_need_of_the_pause(first.number_held)] if paused and first.number_held else []
    needs += [_need_of_channel(channel, now, zone) for channel in broken]
    theirs = [need for pk in shown if pk in loaded and (need := _need_of(loaded[pk], now, zone))]
    needs += sorted(theirs, key=lambda need: URGENCY.index(need.kind))
    running = _campaigns(now)
    coming = months.number_on(day for day in days if not day.is_past)
    context = {
        "nav": "home",
        "hello": _hello(wall, person_of(request)),
        "wall": wall,
        "city": zone.split("/")[-1].replace("_", " "),
        "zone": zone,
        "needs": needs,
        "count": counted(first.number + len(broken)),
        "many": first.number > len(shown),
        "sentence": _held(sentence_of(first.number_of_others, len(broken)))
        if paused
        else _sentence(sentence_of(first.number, len(broken)), coming),
        "days": days,
        "this_week": months.number_on(days),
        "campaigns": running,
        "begun": [post for post in newest if _is_begun(post, person_of(request))][:DRAFTS],
        "activity": list(Activity.objects.select_related("actor").order_by("-id")[:ACTIVITY]),
        "may": may_of(request),
        "may_resume": may(person_of(request), "posts.resume_everything", role=role_of(request)),
        "steps": [] if loaded else _first_steps(bool(running)),
    }
    return render_page(request, "posts/home.html", context)


def _hello(wall: datetime, person: User) -> str:
    if wall.hour < 5:  # too late for an evening, too early for a morning
        return f"Hello, {person.get_short_name()}"
    part = "morning" if wall.hour < 12 else "afternoon" if wall.hour < 18 else "evening"
    return f"Good {part}, {person.get_short_name()}"


def _sentence(needs: str, coming: tuple[int, str]) -> str:
    number, counted_to_come = coming
    if needs:
        return (
            f"{needs} {'Everything else is on its way.' if number else 'Nothing else is planned this week.'}"
        )
    if number:
        are = "post is" if number == 1 else "posts are"
        return f"Nothing needs you. {counted_to_come} {are} still to come this week."
    return "Nothing needs you, and nothing is planned this week."


def _held(needs: str) -> str:
    return f"Everything is paused, so nothing goes out. {needs}".rstrip()


def _is_begun(post: Post, person: User) -> bool:
    return post.created_by_id == person.pk and post.status in BEGUN


def _need_of(post: Post, now: datetime, zone: str) -> Need | None:
    """Return what a post wants of the person, None where that was settled a moment ago."""
    when = _when(post.scheduled_at, now, zone)
    if post.status == S.IN_REVIEW:
        return Need("review", "Waits for a yes", f"goes out {when}" if when else "has no time yet", post)
    if post.status == S.CHANGES_REQUESTED:
        return Need("changes", "Changes asked for", post.review_note, post)
    if post.status == S.SCHEDULED:
        return _need_ahead(post, when, now)
    target = _worst(list(post.targets.all()))
    if target is None:
        return None
    if target.status == T.NEEDS_CONFIRMATION and is_by_hand(target):
        return Need("by_hand", f"Your turn on {target.place}", "post it, then say it is done", post, target)
    if target.status == T.NEEDS_CONFIRMATION:
        return Need("confirm", f"Is it live on {target.place}?", target.sentence, post, target)
    if target.status == T.MISSED:
        return Need("missed", f"Missed on {target.place}", target.sentence, post, target)
    if target.status == T.PENDING:
        return Need("stopped", f"{target.place} is not scheduled", target.sentence, post, target)
    says = f"{target.place} did not go out" if target.part else f"{target.channel} did not take it"
    return Need("failed", says, target.sentence, post, target)


def _need_ahead(post: Post, when: str, now: datetime) -> Need:
    """Return what stands in the way of a post that is still to go out."""
    said = why_stopped(post, now)
    more = f" And {len(said) - 1} more." if len(said) > 1 else ""
    return Need("ahead", f"{when[:1].upper()}{when[1:]}: {WAITS}", (said[0] if said else "") + more, post)


def _need_of_the_pause(waiting: int) -> Need:
    """Return that everything waits, in one line for all the posts that do."""
    posts, wait = ("post", "waits") if waiting == 1 else ("posts", "wait")
    words = f"{counted(waiting)} {posts} due by this time tomorrow {wait}. See what goes out, and let it go."
    return Need("paused", why_all_wait(current_workspace()), words)


def _worst(targets: Sequence[Target]) -> Target | None:
    for status in (T.NEEDS_CONFIRMATION, T.FAILED, T.MISSED):
        for target in targets:
            if target.status == status:
                return target
    stopped = (one for one in targets if one.status == T.PENDING and one.position)
    return min(stopped, key=lambda one: one.position, default=None)


def _when(at: datetime | None, now: datetime, zone: str) -> str:
    if at is None:
        return ""
    wall, today = clock.wall_of(at, zone), clock.wall_of(now, zone).date()
    days = {today: "today", today + timedelta(days=1): "tomorrow"}
    day = days.get(wall.date(), f"{wall:%A} {wall.day} {wall:%B}")
    return f"{day} at {wall:%H:%M}"


def _broken(request: HttpRequest, now: datetime) -> list[Channel]:
    """The channels that an admin has to connect again, now or before their sign-in ends; one query."""
    if not may(person_of(request), "posts.edit_channel", role=role_of(request)):
        return []
    return forecast.channels_in_need(now, limit=SHOWN)


def _need_of_channel(channel: Any, now: datetime, zone: str) -> Need:
    if channel.status != Channel.Status.BROKEN:
        return Need("ending", *forecast.says(channel, channel.failing, now, zone), channel=channel)
    number = channel.waiting
    depends = (
        f"{number} scheduled {'post depends' if number == 1 else 'posts depend'} on it" if number else ""
    )
    return Need("channel", "Needs reconnecting", channel.problem or depends, channel=channel)


@dataclass(frozen=True, slots=True)
class Running:
    """A campaign with its posts by state and what comes next."""

    campaign: Campaign
    days: Days
    counts: dict[str, int]
    next_title: str
    next_at: datetime | None

    @property
    def out(self) -> int:
        """How many of its posts are out."""
        return self.counts.get(S.PUBLISHED, 0) + self.counts.get(S.PARTLY_PUBLISHED, 0)

    @property
    def total(self) -> int:
        """How many posts it has."""
        return sum(self.counts.values())


def _campaigns(now: datetime) -> list[Running]:
    """Return the campaigns that run or are about to, those that run first; two queries."""
    coming = Post.objects.filter(
        campaign=OuterRef("pk"), status=S.SCHEDULED, scheduled_at__gte=now, trashed_at=None
    ).order_by("scheduled_at", "id")
    open_ones = Campaign.objects.filter(trashed_at=None, archived_at=None).exclude(
        status=Campaign.Status.COMPLETED
    )
    rows = list(
        open_ones.annotate(
            runs=Q(status=Campaign.Status.IN_PROGRESS),
            next_title=Subquery(coming.values("title")[:1]),
            next_at=Subquery(coming.values("scheduled_at")[:1]),
        ).order_by("-runs", "-id")[:CAMPAIGNS]
    )
    counts = campaigns.counts([row.pk for row in rows])
    today = clock.wall_of(now, current_workspace().zone).date()
    return [
        Running(row, Days.of(row, today), dict(counts.get(row.pk, {})), row.next_title or "", row.next_at)
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Step:
    """One of the three first things to do."""

    title: str
    words: str
    icon: str
    url: str
    action: str
    done: bool


def _first_steps(has_campaign: bool) -> list[Step]:
    """Return what leads to the first post, nothing once there is one."""
    if Post.objects.exists():
        return []
    return [
        Step(
            "Start a campaign",
            "A brief, who it is for, how it sounds.",
            "megaphone",
            reverse("campaigns:create"),
            "Start a campaign",
            has_campaign,
        ),
        Step(
            "Bring your pictures",
            "All of them at once. Aura keeps each of them once.",
            "images",
            reverse("media:upload"),
            "Upload pictures",
            Asset.objects.exists(),
        ),
        Step(
            "Write the first post",
            "Once, for every channel. The sandbox shows how it looks.",
            "square-pen",
            reverse("posts:create"),
            "Write a post",
            False,
        ),
    ]
