"""The list of posts, the page of one, and the verbs of its life."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aura.kit import clock, paging
from aura.kit.htmx import htmx_of, render_page
from media_library.models import Asset
from posts import cards, checks, lists
from posts.agreement import channels_of, lacking, said
from posts.checks.fixes import with_ways
from posts.difference import since_approval
from posts.fitting import fits_of
from posts.forms.moving import MoveForm
from posts.forms.pictures import assets_in_order
from posts.links import words_out
from posts.models import Post, Target
from posts.models.target import NO_PART
from posts.needs import counted, sentence_of
from posts.operations import following, review, scheduling, trash
from posts.operations.figures import figures_of
from posts.operations.links import clicks_of
from posts.operations.rest import rest_of
from posts.parts import numbered, own_of, with_own_pictures
from posts.stops import held_back, why_stopped, with_stops
from posts.views.acting import (
    act,
    get_post,
    may_of,
    needs_of,
    offer_of,
    page_of,
    person_of,
    refused,
    role_of,
    version_in,
    with_ledger,
)
from posts.views.slots import next_slot
from workspaces.operation import Refused
from workspaces.scope import current_workspace
from workspaces.talk import history_of, talk_about
from workspaces.views.access import require
from workspaces.views.comments import say, show_talk

SOON = timedelta(minutes=3)  # from here on a page asks again by itself
WAITS_AT_MOST = timedelta(hours=1)
POLL = 3000  # milliseconds


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab of the list."""

    url: str
    word: str
    current: bool
    count: str


@require_safe
def list_posts(request: HttpRequest) -> HttpResponse:
    """Show posts: by tab, filtered, searched, sorted, paged; all of it in the address."""
    asked = lists.read(request.GET)
    left = lists.narrowed(asked)
    needs = needs_of(request)
    page = paging.page(lists.posts_for(asked, left, needs).only("scheduled_at"), asked.sort, request.GET)
    rows = cards.of_page(page.rows, also_show=partial(with_stops, now=needs.now, rules=needs.rules))
    for post in rows:
        post.why_stopped = [] if post.trashed_at else why_stopped(post, needs.now)  # type: ignore[attr-defined]
    counts = lists.counts(asked, left, request.membership, needs)  # type: ignore[attr-defined]
    kept = request.GET.copy()
    for name in ("after", "before", "bom"):
        kept.pop(name, None)
    export_query = kept.urlencode()
    kept.pop("state", None)
    tabs = []
    for key, word in lists.TABS:
        query = kept.copy()
        if key:
            query["state"] = key
        count = counted(counts[key]) if counts[key] or not key else ""
        tabs.append(Tab(f"?{query.urlencode()}", word, key == asked.state, count))
    context = {
        "nav": "posts",
        "asked": asked,
        "rows": rows,
        "links": page.links(request.GET),
        "tabs": tabs,
        "export_query": export_query,
        "counts": counts,
        "total": counted(counts[""]),
        "needs_you": sentence_of(counts[lists.NEEDS_YOU]),
        "choices": lists.choices(),
        "states": Post.Status.choices,
        "sorts": lists.SORTS,
        "may": may_of(request),
        "restorable": {post.pk for post in rows if post.trashed_at and may_of(request, post)["restore"]},
        "zone": current_workspace().zone,
        "kept_for": trash.KEPT_FOR.days,
    }
    return render_page(request, "posts/list.html", context, part="post-list")


def is_moving(post: Post, now: datetime) -> bool:
    """Tell whether the page of this post should ask again by itself: it is being sent, or about to be."""
    if post.status == Post.Status.PUBLISHING:
        return True
    at = post.scheduled_at
    return post.status == Post.Status.SCHEDULED and at is not None and -WAITS_AT_MOST < at - now < SOON


def can_be_changed(post: Post, now: datetime) -> bool:
    """Tell whether the composer is the page of this post: it is not out, not in the trash, and not due yet."""
    is_due = (
        post.status == Post.Status.SCHEDULED and post.scheduled_at is not None and post.scheduled_at <= now
    )
    return post.status in cards.EDITABLE and not post.trashed_at and not is_due


def ledger_of(post: Post) -> list[Target]:
    """Return the post's targets by channel, each with what was `tried`, its figures as `told`, its links' `clicks`."""
    targets = list(with_ledger(post).targets.all())
    told, clicks = figures_of(targets), clicks_of(targets)
    for target in targets:
        target.clicks = clicks.get(target.pk)  # type: ignore[attr-defined]
        target.told = told.get(target.pk, [])  # type: ignore[attr-defined]
        chain = [one for one in targets if one.channel_id == target.channel_id]
        target.tried = list(target.attempts.all())  # type: ignore[attr-defined]
        target.waits_its_turn = following.waits_in(chain, target)  # type: ignore[attr-defined]
        target.brings_more = following.brings_more_in(chain, target)  # type: ignore[attr-defined]
        target.words_to_copy = _words_in(chain, target, post)  # type: ignore[attr-defined]
    return targets


def _words_in(chain: list[Target], target: Target, post: Post) -> str:
    """Return the words of a target as they go out, with their number where the thread has numbers."""
    parts = [one for one in chain if not one.as_comment and one.status != Target.Status.TAKEN_OUT]
    words = words_out(target.says(post), post, target.channel, target.pk)
    if target.as_comment or len(parts) < 2 or not parts[0].numbered:
        return words
    return numbered(words, target.position + 1, parts[-1].position + 1)


def live_context(request: HttpRequest, post: Post) -> dict[str, Any]:
    """Return what the parts `post-live` and `post-state` show."""
    now = clock.now()
    workspace = current_workspace()
    targets = ledger_of(post)
    return {
        "post": post,
        "targets": targets,
        "may": may_of(request, post),
        "zone": workspace.zone,
        "poll": POLL if is_moving(post, now) else 0,
        "is_out": post.status in (Post.Status.PUBLISHED, Post.Status.PARTLY_PUBLISHED),
        "tries_again": any(
            t.status == Target.Status.SCHEDULED and t.due_at and t.due_at > now for t in targets
        ),
        "is_late": post.status == Post.Status.SCHEDULED
        and bool(post.scheduled_at and post.scheduled_at <= now),
        "grace_minutes": workspace.grace_minutes,
        "held": held_back(post, targets),
        "has_rest": not post.trashed_at and bool(rest_of(targets)),
        **agreeing_context(request, post),
    }


def agreeing_context(request: HttpRequest, post: Post) -> dict[str, Any]:
    """Return what a page of the post says of its review: what is missing, and whether this person may give it."""
    partly = post.status == Post.Status.PARTLY_PUBLISHED and bool(channels_of(post))
    if post.trashed_at or not (partly or post.status in cards.EDITABLE):
        return {"waits_for_yes": False}
    lacks = lacking(post, exactly=False)
    may_answer = review.may_approve(person_of(request), post, lacks, role=role_of(request))
    asked = post.status == Post.Status.IN_REVIEW
    scheduled = partly or post.status in (Post.Status.SCHEDULED, Post.Status.APPROVED)
    return {
        "lacks": lacks,
        "lacks_words": said(lacks, asked=asked),
        "waits_for_yes": asked or (scheduled and bool(lacks)),
        "may_answer": may_answer,
    }


@require_safe
def show_post(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show one post. Whoever can still change it gets the composer."""
    post = get_post(pk)
    may = may_of(request, post)
    if may["edit"] and can_be_changed(post, clock.now()):
        return redirect("posts:edit", pk)
    uses = list(with_ledger(post).media.all())
    pictures = assets_in_order(use.asset_id for use in uses)
    shown = live_context(request, post)
    with_own_pictures(shown["targets"])
    context = shown | {
        "nav": "posts",
        "pictures": pictures,
        "since_yes": since_approval(post) if post.status in cards.EDITABLE else None,
        "checks": _found(request, post, pictures),
        "talk": talk_about(post, person_of(request), role=role_of(request)),
        "history": history_of(post),
        "kept_for": trash.KEPT_FOR.days,
    }
    return render_page(request, "posts/detail.html", context)


def _found(request: HttpRequest, post: Post, pictures: list[Asset]) -> list[checks.Check]:
    """Return what stands in the way of a post that is not out, or spoils it; nothing about any other."""
    if post.status not in cards.EDITABLE or post.trashed_at:
        return []
    going = [target for target in post.targets.all() if target.status not in NO_PART and not target.position]
    words = {target.channel: target.own_words for target in going}
    subject = checks.Subject(
        post, post.campaign, words, pictures, at=post.scheduled_at, own=own_of(post), fits=fits_of(post)
    )
    return with_ways(checks.findings(subject), subject, offer_of(request, composing=False))


@require_http_methods(["GET", "HEAD", "POST"])
def comment(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show what is said about a post, the part that the composer asks for; say something about it, or words of it."""
    post = get_post(pk)
    return say(request, post) if request.method == "POST" else show_talk(request, post)


@require_safe
def live(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Answer the part of a post's page that changes by itself: its state and what was tried."""
    context = live_context(request, get_post(pk)) | {"alone": True, "composing": "composing" in request.GET}
    return render_page(request, "posts/_live.html", context)


@require_POST
def submit(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask for a review."""
    post = get_post(pk)
    return act(
        request,
        lambda: review.submit_post(post, by=person_of(request)),
        f"“{post}” waits for a yes.",
        back=page_of(post),
    )


@require_POST
def approve(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Approve what the person has read."""
    post = get_post(pk)
    version = version_in(request)
    return act(
        request,
        lambda: review.approve_post(post, version=version, by=person_of(request)),
        lambda approved: (
            f"You approved “{post}”. It goes out as scheduled."
            if approved.status == Post.Status.SCHEDULED
            else f"You said yes to “{post}”. Others have to, too."
            if approved.status == Post.Status.IN_REVIEW
            else f"You approved “{post}”. It can be scheduled now."
        ),
        back=page_of(post),
    )


@require_POST
def request_changes(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Send a post back with a note."""
    post = get_post(pk)
    note, version = request.POST.get("note", ""), version_in(request)
    return act(
        request,
        lambda: review.request_changes(post, note=note, version=version, by=person_of(request)),
        f"“{post}” is back with its author.",
        back=page_of(post),
    )


@require_POST
def publish(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Send a post now."""
    post = get_post(pk)
    return act(
        request,
        lambda: scheduling.publish_post(post, by=person_of(request)),
        f"“{post}” is on its way.",
        back=page_of(post),
    )


@require_POST
def unschedule(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take a post off the schedule."""
    post = get_post(pk)
    return act(
        request,
        lambda: scheduling.unschedule_post(post, by=person_of(request)),
        f"“{post}” is off the schedule.",
        back=page_of(post),
    )


@require_POST
def cancel(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Call off what is not out yet."""
    post = get_post(pk)
    return act(
        request,
        lambda: scheduling.cancel_post(post, by=person_of(request)),
        lambda done: (
            f"“{post}” is called off where it was not out yet."
            if done.status in (Post.Status.PARTLY_PUBLISHED, Post.Status.NEEDS_CONFIRMATION)
            else f"“{post}” is called off."
        ),
        back=page_of(post),
    )


def move(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Give a post another day and time: the page that asks, and where the calendar drops a post."""
    from posts.views.calendar import show_part

    post = get_post(pk)
    zone = current_workspace().zone
    if request.method != "POST":
        asked = {"day": request.GET["on"], "time": request.GET.get("at", "")} if "on" in request.GET else None
        form = MoveForm(
            MultiValueDict({k: [v] for k, v in asked.items()}) if asked else None, **_of(post, zone)
        )
        return _move_page(request, post, form)
    require(request, "posts.move_post", post)
    if "slot" in request.POST:
        return _with_next_slot(request, post, zone)
    form = MoveForm(request.POST, **_of(post, zone))
    dropped = "time" not in request.POST or htmx_of(request) is not None
    if not form.is_valid():
        if dropped and form.twice is not None:
            return redirect(f"{reverse('posts:move', args=[pk])}?{_asking(request, form)}")
        if dropped:
            sentence = " ".join(str(error) for errors in form.errors.values() for error in errors)
            return refused(request, Refused(sentence), _calendar(request))
        return _move_page(request, post, form, status=422)
    try:
        moved = scheduling.move_post(
            post, at=form.cleaned_data["at"], version=version_in(request), now=form.now, by=person_of(request)
        )
    except Refused as problem:
        if dropped:
            return refused(request, problem, _calendar(request))
        form.add_error(None, str(problem))
        return _move_page(request, post, form, status=409)
    wall = clock.wall_of(form.cleaned_data["at"], zone)
    goes = "goes out" if moved.status == Post.Status.SCHEDULED else "is planned for"
    messages.success(request, f"“{moved}” {goes} {wall:%A} {wall.day} {wall:%B}, {wall:%H:%M}.")
    part = show_part(request) if dropped else None
    return part or redirect(_calendar(request, day=f"{wall:%Y-%m-%d}"))


def _of(post: Post, zone: str) -> dict[str, Any]:
    return {"post": post, "zone": zone, "now": clock.now()}


def _with_next_slot(request: HttpRequest, post: Post, zone: str) -> HttpResponse:
    """Show the form with the next free posting time of the post's channels filled in."""
    targets = post.targets.exclude(status__in=NO_PART)
    slot = next_slot(request, targets.values_list("channel_id", flat=True), now=clock.now(), but=post.pk)
    data = request.POST.copy()
    for name, value in (slot or {}).items():
        data[name] = value
    return _move_page(request, post, MoveForm(data, **_of(post, zone)))


def _calendar(request: HttpRequest, **changes: str) -> str:
    """Return the address of the calendar as it was when the post was moved from there."""
    query = request.GET.copy()
    for name in ("on", "at"):
        query.pop(name, None)
    for name, value in changes.items():
        query[name] = value
    return f"{reverse('posts:calendar')}?{query.urlencode()}" if query else reverse("posts:calendar")


def _asking(request: HttpRequest, form: MoveForm) -> str:
    """Return the query of the page that asks which of two times a drop meant."""
    query = request.GET.copy()
    query["on"] = request.POST.get("day", "")
    query["at"] = request.POST.get("time") or f"{form.usual:%H:%M}"
    return query.urlencode()


def _move_page(request: HttpRequest, post: Post, form: MoveForm, *, status: int = 200) -> HttpResponse:
    context = {"nav": "calendar", "post": post, "form": form, "zone": form.zone, "may": may_of(request, post)}
    return render_page(request, "posts/move.html", context, status=status)


def delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask before a post goes to the trash, then put it there."""
    post = get_post(pk)
    if request.method == "POST":
        return act(
            request,
            lambda: trash.trash_post(post, by=person_of(request)),
            lambda gone: (
                f"“{post}” is in the trash for {trash.KEPT_FOR.days} days."
                + (" What is out already stays out there." if gone.published_at else "")
            ),
            back=reverse("posts:list"),
        )
    return render_page(
        request, "posts/delete.html", {"nav": "posts", "post": post, **live_context(request, post)}
    )


@require_POST
def restore(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Bring a post back from the trash."""
    post = get_post(pk)
    return act(
        request,
        lambda: trash.restore_post(post, by=person_of(request)),
        f"“{post}” is back. It goes nowhere until it is scheduled again.",
        back=page_of(post),
    )
