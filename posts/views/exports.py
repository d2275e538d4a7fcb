"""Posts as files: the list as a sheet, the calendar as iCalendar, and the same behind a secret link."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from aura.kit import clock
from aura.kit.htmx import render_page
from imports.guarding import csv_response
from posts import exporting, lists
from posts.feeds import feed_of
from posts.models import CalendarFeed, Post
from posts.operations import feeds
from posts.views.acting import needs_of, person_of
from workspaces import limits
from workspaces.models.people import hash_token
from workspaces.scope import current_workspace, instance_url, use_workspace

TOO_OFTEN = "This calendar was asked too often. Once an hour is enough: wait a little."


@require_safe
def posts_csv(request: HttpRequest) -> HttpResponseBase:
    """Send the posts that the list's filters leave as a CSV, made while it is sent; `bom=1` is for Excel."""
    asked = lists.read(request.GET)
    posts = lists.posts_for(asked, lists.narrowed(asked), needs_of(request))
    day = clock.wall_of(clock.now(), current_workspace().zone)
    name = f"posts-{current_workspace().slug}-{day:%Y-%m-%d}.csv"
    return csv_response(exporting.rows_of(posts), name, bom=request.GET.get("bom") == "1")


@require_safe
def calendar_file(request: HttpRequest) -> HttpResponse:
    """Send what the calendar shows with its filters, 90 days back and two years ahead, as an iCalendar file."""
    asked = lists.read(request.GET)
    state = "" if asked.state == lists.TRASH else asked.state
    posts = lists.in_state(lists.narrowed(asked), state, needs_of(request))
    workspace = current_workspace()
    shown = exporting.around_now(posts, clock.now())
    response = HttpResponse(
        exporting.calendar_of(shown, name=workspace.name), content_type="text/calendar; charset=utf-8"
    )
    response["Content-Disposition"] = content_disposition_header(True, f"{workspace.slug}.ics")
    response["Cache-Control"] = "private, no-store"
    return response


# The secret link ---------------------------------------------------------------------------------------------------


def link(request: HttpRequest) -> HttpResponse:
    """Say whether the person has a calendar link here; make one, which is shown this once, or renew it."""
    fresh = ""
    if request.method == "POST":
        made = feeds.renew_feed(by=person_of(request))
        fresh = f"{settings.AURA_URL}{instance_url('feeds:calendar', made.token)}"
    context = {
        "nav": "calendar",
        "feed": CalendarFeed.objects.filter(created_by=person_of(request)).first(),
        "fresh": fresh,
        "zone": current_workspace().zone,
    }
    response = render_page(request, "posts/feed.html", context)
    if fresh:
        response["Cache-Control"] = "no-store"
    return response


@require_POST
def end_link(request: HttpRequest) -> HttpResponse:
    """End the person's calendar link."""
    feed = CalendarFeed.objects.filter(created_by=person_of(request)).first()
    if feed is not None:
        feeds.revoke_feed(feed, by=person_of(request))
        messages.success(request, "The link leads nowhere any more.")
    return redirect("posts:feed")


@require_safe
@login_not_required
def feed(request: HttpRequest, token: str) -> HttpResponseBase:
    """Answer a calendar program that holds a link: what its person may read, and nothing of who asks now."""
    limits.count(request, "calendar_feed", key=hash_token(token), sentence=TOO_OFTEN, on_get=True)
    found = feed_of(token)
    if found is None:
        raise Http404("This link leads nowhere.")
    with use_workspace(found.workspace):
        posts = exporting.around_now(Post.objects.all(), clock.now())
        body = exporting.calendar_of(posts, name=f"{found.workspace.name} · Aura")
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    response: HttpResponseBase = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    # A state may change without a change of the words: only the ETag tells for certain, so only it spares the answer.
    if request.headers.get("If-None-Match"):
        response = get_conditional_response(request, etag=etag, response=response) or response  # type: ignore[arg-type, assignment]
    response["ETag"] = etag
    changed = exporting.last_changed(posts)
    if changed is not None:
        response["Last-Modified"] = f"{changed:%a, %d %b %Y %H:%M:%S} GMT"
    response["Cache-Control"] = "private, max-age=300"
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    return response
