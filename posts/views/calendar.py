"""The calendar: month, week, list, what has no time yet, and what is missing or too close."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from aura.kit import clock, paging
from aura.kit.htmx import htmx_of, render_page
from campaigns.models import Campaign
from posts import cards, lists, months, planning
from posts.models import Channel, Post, PostingSlot
from posts.needs import COUNTED_TO
from posts.slots import free_between
from posts.views.acting import may_of, needs_of
from workspaces.scope import current_workspace

PART = "calendar"
IN_DRAWER = {months.MONTH: 8, months.WEEK: 6, months.LIST: 8}
IN_LIST = 50
SLOTS_SHOWN = 6  # free posting times of one day
BY_TIME = paging.Sort("time", "By time", "scheduled_at", descending=False)
LEGEND = ["draft", "in_review", "approved", "scheduled", "published", "failed"]


@require_safe
def show_calendar(request: HttpRequest) -> HttpResponse:
    """Show posts by day: a month, a week, or a list from a day on; filtered, all of it in the address."""
    return render_page(request, "posts/calendar.html", _context(request), part=PART)


def show_part(request: HttpRequest) -> HttpResponse | None:
    """Answer a drop with the calendar as it is now, None when the request does not come from one."""
    htmx = htmx_of(request)
    if htmx is None or htmx.target != PART:
        return None
    return render_page(request, "posts/calendar.html", _context(request), part=PART)


def _day_in(request: HttpRequest, today: date) -> date:
    try:
        return date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return today


def _context(request: HttpRequest) -> dict[str, Any]:
    zone = current_workspace().zone
    now = clock.now()
    today = clock.wall_of(now, zone).date()
    view = request.GET.get("view", months.MONTH)
    view = view if view in months.VIEWS else months.MONTH
    span = months.span_of(view, _day_in(request, today))
    asked = lists.read(request.GET)
    state = "" if asked.state == lists.TRASH else asked.state
    posts = lists.in_state(lists.narrowed(asked, bounded=True), state, needs_of(request))
    drawer = _drawer(request, posts, IN_DRAWER[view])
    choices = lists.choices(of_a_campaign=lists.OF_A_CAMPAIGN)
    promising = _promising(asked, choices)
    shown: dict[str, Any] = {}
    if view == months.LIST:
        days, wanted, shown["links"] = _list(request, span, posts, zone, today, promising)
    else:
        few = state == lists.NEEDS_YOU or bool(asked.words)
        days, wanted = months.days_of(span, posts, zone, today, shown=months.SHOWN[view], few=few)
        planning.mark_gaps(days, promising, zone=zone)
    loaded = months.load([*wanted, *drawer.ids], also_show=cards.with_pauses, as_marks=True)
    months.fill(days, (loaded[pk] for pk in wanted if pk in loaded), zone)
    may = may_of(request)
    slots: list[PostingSlot] = []
    if view == months.WEEK and may["create"]:
        channels = [one for one in choices.channels if asked.channel in {None, one.pk}]
        slots = list(PostingSlot.objects.filter(channel__in=channels))
    rows = planning.planned([_ahead(span, now, zone)] if slots else planning.around_shown(days, now))
    if slots:
        _put_free_slots(days, slots, channels, rows, _ahead(span, now, zone))
    return shown | {
        "nav": "calendar",
        "span": span,
        "view": view,
        "days": days,
        "drawer": [loaded[pk] for pk in drawer.ids if pk in loaded],
        "in_drawer": drawer.count,
        "drawer_links": drawer.links,
        "clashes": planning.clashing(rows),
        "earlier": months.number_on(day for day in days if day.is_past and not day.outside),
        "first_of_month": span.day.replace(day=1),
        "zone": zone,
        "city": zone.split("/")[-1].replace("_", " "),
        "zone_word": now.astimezone(ZoneInfo(zone)).tzname(),
        "today": today,
        "asked": asked,
        "choices": choices,
        "paused": [campaign for campaign in choices.campaigns if campaign.paused_at],
        "paused_channels": [one for one in choices.channels if one.status == Channel.Status.PAUSED],
        "held": {pk: word for pk, post in loaded.items() if (word := cards.held_word(post))},
        "states": Post.Status.choices,
        "legend": LEGEND,
        "may": may,
        "urls": _urls(request, span, today),
        "kept": _kept(request),
        "query": _query(request, view=view, day=span.day.isoformat()),
    }


def _promising(asked: lists.Asked, choices: lists.Choices) -> list[Campaign]:
    """Return the campaigns whose silent days are shown: the one asked for or all; none among posts of one state."""
    if asked.state or asked.person or asked.channel:
        return []
    return [campaign for campaign in choices.campaigns if asked.campaign in {None, campaign.pk}]


def _ahead(span: months.Span, now: datetime, zone: str) -> planning.Between:
    """Return the instants between which the days of a span are still to come, and what is near them."""
    first = max(months.begin_of(span.first, zone), now)
    return first - planning.CLOSE, months.begin_of(span.last + timedelta(days=1), zone) + planning.CLOSE


def _put_free_slots(
    days: list[months.Day],
    slots: list[PostingSlot],
    channels: list[Channel],
    rows: list[planning.Planned],
    ahead: planning.Between,
) -> None:
    """Put on each day the posting times that no post of those channels has taken; no query."""
    zone, taken = current_workspace().zone, [(at, channel) for at, _, channel in rows]
    by_date = {day.date: day for day in days}
    for at, free in free_between(
        slots,
        channels,
        taken,
        workspace_zone=zone,
        first=ahead[0] + planning.CLOSE,
        last=ahead[1] - planning.CLOSE,
    ):
        wall = clock.wall_of(at, zone)
        day = by_date.get(wall.date())
        if day is not None and len(day.free) < SLOTS_SHOWN:
            day.free.append(months.Free(f"{wall:%H:%M}", free))


def _query(request: HttpRequest, **changes: str) -> str:
    query = request.GET.copy()
    for name in ("after", "before", "drawer"):
        query.pop(name, None)
    for name, value in changes.items():
        query[name] = value
    return f"?{query.urlencode()}"


def _kept(request: HttpRequest) -> str:
    """Return the filters of the address, to be put behind another view and day."""
    query = request.GET.copy()
    for name in ("view", "day", "after", "before", "drawer"):
        query.pop(name, None)
    return f"&{query.urlencode()}" if query else ""


def _urls(request: HttpRequest, span: months.Span, today: date) -> dict[str, Any]:
    home = reverse("posts:calendar")
    return {
        "before": home + _query(request, view=span.view, day=span.before.isoformat()),
        "today": home + _query(request, view=span.view, day=today.isoformat()),
        "after": home + _query(request, view=span.view, day=span.after.isoformat()),
        "views": [
            (word, home + _query(request, view=key, day=span.day.isoformat()), key == span.view)
            for key, word in months.VIEWS.items()
        ],
    }


@dataclass(frozen=True, slots=True)
class Drawer:
    """A page of the posts without a time: their ids, how many there are in all, counted to 100, and the other pages."""

    ids: list[uuid.UUID]
    count: int
    links: dict[str, str]


def _drawer(request: HttpRequest, posts: Any, size: int) -> Drawer:
    """Return the newest posts without a time, of the page that `drawer` in the address names; one query."""
    asked = request.GET.get("drawer", "")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 4 else 1
    number = min(max(number, 1), COUNTED_TO)
    waiting = posts.filter(scheduled_at=None, status__in=cards.UNFINISHED)
    count = paging.CappedCount(waiting.order_by().values("pk")[:COUNTED_TO])
    first = (number - 1) * size
    rows = list(waiting.annotate(of=count).order_by("-id").values_list("pk", "of")[first : first + size + 1])
    query = request.GET.copy()
    links = {}
    for word, to, there in (("newer", number - 1, number > 1), ("older", number + 1, len(rows) > size)):
        query["drawer"] = str(to)
        links[word] = f"?{query.urlencode()}" if there else ""
    return Drawer([pk for pk, _ in rows[:size]], rows[0][1] if rows else 0, links)


def _list(
    request: HttpRequest, span: months.Span, posts: Any, zone: str, today: date, promising: list[Campaign]
) -> tuple[list[months.Day], list[uuid.UUID], dict[str, str]]:
    """Return the days that have posts, from the span's day on, the ids of fifty posts, and where the others are."""
    later = posts.filter(scheduled_at__gte=months.begin_of(span.day, zone)).only(
        "scheduled_at", "campaign_id", "status"
    )
    page = paging.page(later, BY_TIME, request.GET, size=IN_LIST)
    tz = ZoneInfo(zone)
    dates = dict.fromkeys(post.scheduled_at.astimezone(tz).date() for post in page.rows)  # type: ignore[union-attr]
    days = [months.Day(day, today, note=months.clock_change(day, zone)) for day in dates]
    called_off = Post.Status.CANCELLED
    for day in days:
        day.is_spoken_for = any(_is_on(p, day.date, tz) for p in page.rows if p.status != called_off)
    if days:
        days += planning.gap_days(days[0].date, days[-1].date, set(dates), promising, today=today, zone=zone)
        days.sort(key=lambda one: one.date)
        planning.mark_gaps(days[1:-1], promising, zone=zone)  # at the edges a page may show half a day
    return days, [post.pk for post in page.rows], page.links(request.GET)


def _is_on(post: Post, day: date, tz: ZoneInfo) -> bool:
    return post.scheduled_at is not None and post.scheduled_at.astimezone(tz).date() == day
