"""Posts that come again: the form that lets one, the list of series, the page of one and its buttons."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aura.kit import clock, paging
from aura.kit.htmx import htmx_of, render_page
from aura.kit.problems import Refused
from posts.forms.series import EndForm, RhythmForm, SeriesForm
from posts.models import Post, Series, SeriesDate
from posts.operations.series import (
    OVER,
    Following,
    begin_series,
    carry_on,
    end_series,
    pause_series,
    resume_series,
    rows_from,
)
from posts.operations.series_rhythm import edit_series, steps_to
from posts.recurring import AHEAD, coming
from posts.views.acting import act, get_post, page_of, person_of, refused
from workspaces.scope import current_workspace
from workspaces.views.access import can, require

NEWEST = paging.Sort("newest", "Newest")
PREVIEWED = 6  # dates
BACK = timedelta(days=14)  # dates of a series that its page shows of the past
SHOWN = 60
OFFERED = 5  # posts that could be repeated, where none is
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
    if "preview" in request.POST:
        return _preview(request, "posts/repeat.html", form, {"post": post, "days": AHEAD.days})
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
    if not form.is_bound:
        context["coming"] = coming(form.offered, form.offered.first_date, number=PREVIEWED)
    return render_page(request, "posts/repeat.html", context, status=422 if form.is_bound else 200)


def _preview(
    request: HttpRequest, template: str, form: SeriesForm, context: dict[str, object]
) -> HttpResponse:
    """Show the dates that what is typed would have, on the whole page or, for a part of it, by themselves."""
    is_right = form.is_valid()
    shown = coming(form.series, form.series.first_date, number=PREVIEWED) if is_right else []
    context |= {"nav": "posts", "form": form, "zone": form.zone, "coming": shown, "asked": True}
    if htmx_of(request) is not None:
        return render_page(request, "posts/_series_dates.html", context)
    return render_page(request, template, context, status=200 if is_right else 422)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask for another rhythm of a series, say what becomes of the posts that are there, and change it."""
    require(request, "posts.edit_series")
    series = get_object_or_404(Series.objects.select_related("pattern__campaign"), pk=pk)
    page = reverse("posts:series", args=[pk])
    if series.ended_at:
        return refused(request, Refused(OVER), page)
    now = clock.now()
    form = RhythmForm(request.POST if request.method == "POST" else None, series=series, now=now)
    context: dict[str, object] = {"series": series, "days": AHEAD.days}
    if "preview" in request.POST:
        if form.is_valid():
            context |= _becomes(series, form.series, now)
        return _preview(request, "posts/series_edit.html", form, context)
    if request.method == "POST" and form.is_valid():
        return act(
            request,
            lambda: edit_series(series, rule=form.series, now=now, by=person_of(request)),
            lambda done: f"It comes {form.series.rhythm}. {_said(request, done, 'changed with it')}".strip(),
            back=page,
        )
    shown = coming(series, clock.wall_of(now, series.zone).date(), number=PREVIEWED)
    context |= {"nav": "posts", "form": form, "zone": series.zone, "coming": shown}
    return render_page(request, "posts/series_edit.html", context, status=422 if form.is_bound else 200)


def _becomes(series: Series, rule: Series, now: datetime) -> dict[str, object]:
    """Return what another rhythm would do with the posts that are there; one query."""
    steps = steps_to(series, rule, rows_from(series, rule.first_date), now=now)
    return {
        "moved": sum(step.at is not None for step in steps),
        "dropped": sum(step.goes for step in steps),
        "kept": [step for step in steps if step.reason][:10],
    }


@require_safe
def list_series(request: HttpRequest) -> HttpResponse:
    """Show the series of the workspace, newest first."""
    page = paging.page(Series.objects.select_related("pattern__campaign"), NEWEST, request.GET)
    context = {
        "nav": "posts",
        "rows": page.rows,
        "links": page.links(request.GET),
        "offered": [] if page.rows or not can(request, "posts.begin_series") else _repeatable(),
        "may_create": can(request, "posts.create_post"),
    }
    return render_page(request, "posts/series_list.html", context)


def _repeatable() -> list[Post]:
    """Return the newest posts, each of which could come again."""
    posts = Post.objects.filter(trashed_at=None, series_date=None).select_related("campaign")
    return list(posts.order_by("-id")[:OFFERED])


@require_safe
def show(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show a series: its rule, the posts that are there, and what can be done with each and all that follow."""
    series = get_object_or_404(Series.objects.select_related("pattern__campaign", "created_by"), pk=pk)
    today = clock.wall_of(clock.now(), series.zone).date()
    rows = SeriesDate.objects.filter(series=series, date__gte=today - BACK).select_related("post")
    shown = list(rows.order_by("date")[:SHOWN])
    # The post that it began with may be promised for a day farther ahead than others are made.
    made = max([today + AHEAD, *(row.date for row in shown)])
    later = coming(series, made + timedelta(days=1), number=PREVIEWED)
    context = {
        "nav": "posts",
        "series": series,
        "rows": [(row, _is_open(row)) for row in shown],
        "coming": [] if series.ended_at else later,
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
    form = EndForm(request.POST)
    start = form.cleaned_data["start"] if form.is_valid() else None
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
