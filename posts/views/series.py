"""Posts that come again: the form that lets one, the list of series, the page of one and its buttons."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aura.kit import clock, paging
from aura.kit.htmx import render_page
from aura.kit.problems import Refused
from posts.forms.series import SeriesForm
from posts.models import Post, Series, SeriesDate
from posts.operations.series import Following, begin_series, carry_on, end_series, pause_series, resume_series
from posts.recurring import AHEAD
from posts.views.acting import act, get_post, page_of, person_of, refused
from workspaces.scope import current_workspace
from workspaces.views.access import can, require

NEWEST = paging.Sort("newest", "Newest")
BACK = timedelta(days=14)  # dates of a series that its page shows of the past
SHOWN = 60
DONE = (Post.Status.PUBLISHED, Post.Status.PARTLY_PUBLISHED, Post.Status.PUBLISHING, Post.Status.CANCELLED)


@require_http_methods(["GET", "HEAD", "POST"])
def repeat(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask how often a post comes again, and begin its series; one that is in a series leads there."""
    require(request, "posts.begin_series")
    post = get_post(pk)
    there = SeriesDate.objects.filter(post=post).first()
    if there is not None:
        return redirect("posts:series", there.series_id)
    now, zone = clock.now(), current_workspace().zone
    form = SeriesForm(request.POST if request.method == "POST" else None, post=post, zone=zone, now=now)
    if request.method == "POST" and form.is_valid():
        try:
            series = begin_series(form.series, now=now, by=person_of(request))
        except Refused as problem:
            return refused(request, problem, page_of(post))
        messages.success(
            request,
            f"“{post}” comes {series.rhythm}. The posts of the next {AHEAD.days} days are being made.",
        )
        return redirect("posts:series", series.pk)
    context = {"nav": "posts", "post": post, "form": form, "zone": zone, "days": AHEAD.days}
    return render_page(request, "posts/repeat.html", context, status=422 if form.is_bound else 200)


@require_safe
def list_series(request: HttpRequest) -> HttpResponse:
    """Show the series of the workspace, newest first."""
    page = paging.page(Series.objects.select_related("pattern__campaign"), NEWEST, request.GET)
    context = {"nav": "posts", "rows": page.rows, "links": page.links(request.GET)}
    return render_page(request, "posts/series_list.html", context)


@require_safe
def show(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show a series: its rule, the posts that are there, and what can be done with each and all that follow."""
    series = get_object_or_404(Series.objects.select_related("pattern__campaign", "created_by"), pk=pk)
    today = clock.wall_of(clock.now(), series.zone).date()
    rows = SeriesDate.objects.filter(series=series, date__gte=today - BACK).select_related("post")
    context = {
        "nav": "posts",
        "series": series,
        "rows": [(row, _is_open(row)) for row in rows.order_by("date")[:SHOWN]],
        "may": can(request, "posts.end_series") and series.ended_at is None,
        "zone": current_workspace().zone,
        "days": AHEAD.days,
    }
    return render_page(request, "posts/series.html", context)


def _is_open(row: SeriesDate) -> bool:
    """Tell whether something can still be done with the post of a date."""
    return row.post is not None and not row.post.trashed_at and row.post.status not in DONE


def _series(pk: uuid.UUID) -> tuple[Series, str]:
    return get_object_or_404(Series.objects.select_related("pattern"), pk=pk), reverse(
        "posts:series", args=[pk]
    )


@require_POST
def pause(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Make no more posts for now."""
    require(request, "posts.pause_series")
    series, page = _series(pk)
    said = "Paused. No more posts are made; those that are there keep their time."
    return act(request, lambda: pause_series(series, by=person_of(request)), said, back=page)


@require_POST
def resume(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Go on making posts."""
    require(request, "posts.resume_series")
    series, page = _series(pk)
    said = "Resumed. The next posts are being made; days that went by are left out."
    return act(request, lambda: resume_series(series, by=person_of(request)), said, back=page)


@require_POST
def end(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """End a series; `start` is the day from which its posts are called off."""
    require(request, "posts.end_series")
    series, page = _series(pk)
    try:
        start = date.fromisoformat(request.POST.get("start", ""))
    except ValueError:
        start = None
    return act(
        request,
        lambda: end_series(series, start=start, by=person_of(request)),
        lambda done: f"The series has ended. {_said(request, done, 'called off')}".strip(),
        back=page,
    )


@require_POST
def carry(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Let all that follow in its series say what a post says."""
    require(request, "posts.carry_on")
    post = get_post(pk)
    row = get_object_or_404(SeriesDate, post=post)
    return act(
        request,
        lambda: carry_on(post, by=person_of(request)),
        lambda done: _said(request, done, "say the same now") or "Later ones are made from this one.",
        back=reverse("posts:series", args=[row.series_id]),
    )


def _said(request: HttpRequest, done: Following, what: str) -> str:
    """Say how many posts were changed; name those that were left alone, and why, beside it."""
    if done.left:
        messages.warning(
            request, f"Left alone: {' '.join(done.left[:10])}{' And others.' if done.left[10:] else ''}"
        )
    if not done.changed:
        return ""
    return f"{done.changed} {'post' if done.changed == 1 else 'posts'} {what}."
