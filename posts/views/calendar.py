"""The calendar: month, week, list, and what has no time yet."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from aura.kit import clock, paging
from aura.kit.htmx import htmx_of, render_page
from posts import cards, lists, months
from posts.models import Post
from posts.needs import COUNTED_TO
from posts.views.acting import may_of, needs_of
from workspaces.scope import current_workspace

PART = "calendar"
IN_DRAWER = 8
IN_LIST = 50
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
    posts = lists.in_state(lists.narrowed(asked), state, needs_of(request))
    drawer, in_drawer = _drawer(posts) if view != months.WEEK else ([], 0)
    shown: dict[str, Any] = {}
    if view == months.LIST:
        days, wanted, shown["links"] = _list(request, span, posts, zone, today)
    else:
        days, wanted = months.days_of(span, posts, zone, today, shown=months.SHOWN[view])
    loaded = months.load([*wanted, *drawer])
    months.fill(days, (loaded[pk] for pk in wanted if pk in loaded), zone)
    return shown | {
        "nav": "calendar",
        "span": span,
        "view": view,
        "days": days,
        "drawer": [loaded[pk] for pk in drawer if pk in loaded],
        "in_drawer": in_drawer,
        "earlier": sum(len(d.posts) + d.more for d in days if d.is_past and not d.outside),
        "first_of_month": span.day.replace(day=1),
        "zone": zone,
        "city": zone.split("/")[-1].replace("_", " "),
        "zone_word": now.astimezone(ZoneInfo(zone)).tzname(),
        "today": today,
        "asked": asked,
        "choices": lists.choices(),
        "states": Post.Status.choices,
        "legend": LEGEND,
        "may": may_of(request),
        "urls": _urls(request, span, today),
        "query": _query(request, view=view, day=span.day.isoformat()),
    }


def _query(request: HttpRequest, **changes: str) -> str:
    query = request.GET.copy()
    for name in ("after", "before"):
        query.pop(name, None)
    for name, value in changes.items():
        query[name] = value
    return f"?{query.urlencode()}"


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


def _drawer(posts: Any) -> tuple[list[Any], int]:
    """Return the ids of the newest posts without a time, and how many there are, counted to 100; one query."""
    waiting = posts.filter(scheduled_at=None, status__in=cards.UNFINISHED)
    count = paging.CappedCount(waiting.order_by().values("pk")[:COUNTED_TO])
    rows = list(waiting.annotate(of=count).order_by("-id").values_list("pk", "of")[:IN_DRAWER])
    return [pk for pk, _ in rows], rows[0][1] if rows else 0


def _list(
    request: HttpRequest, span: months.Span, posts: Any, zone: str, today: date
) -> tuple[list[months.Day], list[uuid.UUID], dict[str, str]]:
    """Return the days that have posts, from the span's day on, the ids of fifty posts, and where the others are."""
    later = posts.filter(scheduled_at__gte=months.begin_of(span.day, zone)).only("scheduled_at")
    page = paging.page(later, BY_TIME, request.GET, size=IN_LIST)
    tz = ZoneInfo(zone)
    dates = dict.fromkeys(post.scheduled_at.astimezone(tz).date() for post in page.rows)  # type: ignore[union-attr]
    days = [months.Day(day, today, note=months.clock_change(day, zone)) for day in dates]
    return days, [post.pk for post in page.rows], page.links(request.GET)
