"""What the pages of posts share: whom the person is here, and how a verb is run and answered."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TypeVar, cast

from django.contrib import messages
from django.db.models import Exists, OuterRef, Prefetch, prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from aura.kit.htmx import htmx_of
from posts.agreement import with_yes
from posts.checks.fixes import Offer
from posts.fitting import with_cuts
from posts.models import Approval, Attempt, Post, Target
from posts.needs import Needs
from posts.operations.drafts import with_draft
from posts.parts import with_own_ids, with_shared
from workspaces.models import User
from workspaces.operation import Refused, may

R = TypeVar("R")
VERBS = ["create", "edit", "duplicate", "submit", "schedule", "move", "unschedule", "publish", "cancel"]
OF_TARGETS = ["confirm", "resend", "retry"]
OF_ONE = ["trash", "restore"]


def person_of(request: HttpRequest) -> User:
    """Return who asks; the middleware has seen to it that they are a member."""
    return cast(User, request.user)


def role_of(request: HttpRequest) -> str:
    """Return the person's role in the open workspace."""
    return str(request.membership.role)  # type: ignore[attr-defined]


def may_of(request: HttpRequest, post: Post | None = None) -> dict[str, bool]:
    """Return which verbs the person may use here, on `post` where there is one; no query."""
    person, role = person_of(request), role_of(request)
    allowed = {verb: may(person, f"posts.{verb}_post", post, role=role) for verb in VERBS}
    allowed |= {verb: may(person, f"posts.{verb}_target", role=role) for verb in OF_TARGETS}
    allowed["edit_rest"] = may(person, "posts.edit_rest", role=role)
    allowed["make_review_link"] = may(person, "posts.make_review_link", role=role)
    if post is not None:
        allowed |= {verb: may(person, f"posts.{verb}_post", post, role=role) for verb in OF_ONE}
    return allowed


def offer_of(request: HttpRequest, *, composing: bool) -> Offer:
    """Return which ways out of a finding the person may be offered; no query."""
    person, role = person_of(request), role_of(request)
    return Offer(
        composing,
        resume=may(person, "posts.resume_channel", role=role),
        connect=may(person, "posts.edit_channel", role=role),
    )


def needs_of(request: HttpRequest) -> Needs:
    """Return what the person is waited for; no query."""
    return Needs.of(person_of(request), role=role_of(request))


def get_post(pk: uuid.UUID, *, for_writing: User | None = None) -> Post:
    """Return a post of this workspace with its campaign and people, or answer 404.

    `for_writing`: with what this person left unsaved, its pictures, who said yes to it and who has to, and whether a
    yes was ended (`lost_a_yes`), which the composer asks nothing more for.
    """
    posts = Post.objects.select_related("campaign__brand", "created_by", "approved_by", "series_date__series")
    if for_writing is not None:
        ended = Approval.objects.filter(post=OuterRef("pk"), ended_at__isnull=False)
        posts = with_draft(with_yes(with_shared(posts)), for_writing).annotate(lost_a_yes=Exists(ended))
    return get_object_or_404(posts, pk=pk)


def with_ledger(post: Post) -> Post:
    """Load the post's targets with channel, attempts and ids of their pictures; what is loaded is not asked again."""
    was_tried = Exists(Attempt.objects.filter(target=OuterRef("pk")))
    targets = with_cuts(with_own_ids(Target.objects.select_related("channel").annotate(was_tried=was_tried)))
    ordered = targets.order_by("channel__name", "channel_id", "as_comment", "position")
    prefetch_related_objects([post], Prefetch("targets", ordered))
    loaded = list(post.targets.all())
    if any(getattr(target, "was_tried", True) for target in loaded):
        prefetch_related_objects(loaded, Prefetch("attempts", Attempt.objects.order_by("number")))
    else:  # known to have none: they are not asked for
        for target in loaded:
            target._prefetched_objects_cache = {"attempts": Attempt.objects.none()}  # type: ignore[attr-defined]
    return post


def posts_in(request: HttpRequest, *, at_most: int) -> list[Post]:
    """Return the posts that the form names, one more than may be at most. Raises Http404 for what is none of here."""
    try:
        ids = {uuid.UUID(text) for text in request.POST.getlist("post")[: at_most + 1]}
    except ValueError:
        raise Http404("Not an id.") from None
    posts = list(Post.objects.filter(pk__in=ids).order_by("id"))
    if len(posts) != len(ids):
        raise Http404("One of these posts is not here.")
    return posts


def page_of(post: Post) -> str:
    """Return the address of a post's page."""
    return reverse("posts:detail", args=[post.pk])


def back_to(request: HttpRequest, default: str) -> str:
    """Return the local address that the form names in `next`, else `default`."""
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe and wanted.startswith("/") else default


def version_in(request: HttpRequest) -> int | None:
    """Return the version that the form carries, None where it carries none."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def refused(request: HttpRequest, problem: Refused, back: str) -> HttpResponse:
    """Say what cannot be done: on the page the person came from, or, for a part of a page, as 409 with the sentence."""
    if htmx_of(request) is not None:
        return render(request, "409.html", {"sentence": str(problem), "back": back}, status=409)
    messages.error(request, str(problem))
    return redirect(back)


def act(
    request: HttpRequest, change: Callable[[], R], said: str | Callable[[R], str], *, back: str
) -> HttpResponse:
    """Run one operation, say what it did, and lead on to `next` or `back`; a refusal is said there."""
    back = back_to(request, back)
    try:
        result = change()
    except Refused as problem:
        return refused(request, problem, back)
    messages.success(request, said if isinstance(said, str) else said(result))
    return redirect(back)
