"""Links by which clients review posts, for members: made, listed, ended."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aura.kit import clock
from aura.kit.htmx import render_page
from posts.forms.client_review import LinkForm, SendForm
from posts.models import LinkedPost, Post, ReviewLink
from posts.operations import client_review
from posts.views.acting import act, back_to, get_post, page_of, person_of, posts_in, refused
from workspaces.operation import Refused
from workspaces.scope import current_workspace, instance_url
from workspaces.views.access import can, require

LISTED = 100
OFFERED = 50  # posts in review that could be added


@require_http_methods(["GET", "HEAD", "POST"])
def of_post(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the review links of a post; make one, whose address is shown this once."""
    post = get_post(pk)
    form, fresh, status = LinkForm(request.POST or None), "", 200
    if request.method == "POST":
        require(request, "posts.make_review_link", post)
        status = 422
        if form.is_valid():
            try:
                made = _make(request, post, form.cleaned_data)
            except Refused as problem:
                form.add_error(None, str(problem))
                status = 409
            else:
                fresh, status = f"{settings.AURA_URL}{instance_url('review:show', made.token)}", 200
                form = LinkForm()
    links = ReviewLink.objects.filter(linked__post=post)
    context = _listed(request, links) | {
        "nav": "posts", "post": post, "form": form, "fresh": fresh, "back": page_of(post),
        "asks_more": not current_workspace().client_approval,
    }  # fmt: skip
    response = render_page(request, "posts/review_links.html", context, status=status)
    if fresh:
        response["Cache-Control"] = "no-store"
    return response


def send(request: HttpRequest, posts: list[Post], *, back: str) -> HttpResponse:
    """Ask how long a link to these posts lasts, and make it; or add them to one that is open.

    For what is ticked in the list: `said` in the form tells that it was asked already, `link` names an open one.
    """
    require(request, "posts.make_review_link")
    form, status = SendForm(request.POST if "said" in request.POST else None), 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            link: ReviewLink | None = form.cleaned_data["link"]
            try:
                if link is not None:
                    return _added(request, link, posts)
                said = form.cleaned_data
                made = client_review.new_review_link(
                    posts, days=said["days"], password=said["password"], by=person_of(request)
                )
                return _made(request, made)
            except Refused as problem:
                form.add_error(None, str(problem))
                status = 409
    context = {
        "nav": "posts", "posts": posts, "form": form, "next": back, "zone": current_workspace().zone,
        "silent": sum(post.status != Post.Status.IN_REVIEW for post in posts),
        "asks_more": not current_workspace().client_approval,
    }  # fmt: skip
    return render_page(request, "posts/client_send.html", context, status=status)


def _made(request: HttpRequest, made: client_review.FreshLink) -> HttpResponse:
    """Show the page of a link just made, with its address this once."""
    fresh = f"{settings.AURA_URL}{instance_url('review:show', made.token)}"
    response = render_page(request, "posts/review_link.html", _of_link(request, made.link) | {"fresh": fresh})
    response["Cache-Control"] = "no-store"
    return response


def _added(request: HttpRequest, link: ReviewLink, posts: list[Post]) -> HttpResponse:
    new = client_review.add_to_review_link(link, posts=posts, by=person_of(request))
    if new:
        messages.success(
            request, f"The link shows {len(new)} more {'post' if len(new) == 1 else 'posts'} now."
        )
    else:
        messages.warning(request, "The link showed all of them already.")
    return redirect("posts:review-link", link.pk)


@require_safe
def show_link(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show a link, its posts, and what else could be on it."""
    link = get_object_or_404(ReviewLink.objects.select_related("created_by"), pk=pk)
    return render_page(request, "posts/review_link.html", _of_link(request, link))


def _of_link(request: HttpRequest, link: ReviewLink) -> dict[str, Any]:
    linked = LinkedPost.objects.filter(link=link).select_related("post").order_by("id")
    posts = [one.post for one in linked]
    may_make = can(request, "posts.make_review_link") and link.is_open(clock.now())
    waiting = Post.objects.filter(status=Post.Status.IN_REVIEW, trashed_at=None)
    others = waiting.exclude(pk__in=[post.pk for post in posts]).order_by("scheduled_at", "id")
    return {
        "nav": "posts",
        "link": link,
        "is_open": link.is_open(clock.now()),
        "posts": posts,
        "others": list(others[:OFFERED]) if may_make else [],
        "may_make": may_make,
        "zone": current_workspace().zone,
    }


@require_POST
def add(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Let a link show what is ticked, too."""
    require(request, "posts.add_to_review_link")
    link = get_object_or_404(ReviewLink, pk=pk)
    posts = posts_in(request, at_most=client_review.POSTS_AT_MOST)
    if not posts:
        messages.warning(request, "Tick some posts first.")
        return redirect("posts:review-link", pk)
    try:
        return _added(request, link, posts)
    except Refused as problem:
        return refused(request, problem, reverse("posts:review-link", args=[pk]))


@require_POST
def take(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Let a link no longer show a post."""
    require(request, "posts.take_from_review_link")
    link = get_object_or_404(ReviewLink, pk=pk)
    posts = posts_in(request, at_most=client_review.POSTS_AT_MOST)
    if len(posts) != 1:
        raise Http404("It takes one post.")
    return act(
        request,
        lambda: client_review.take_from_review_link(link, post=posts[0], by=person_of(request)),
        f"The link shows “{posts[0]}” no longer.",
        back=reverse("posts:review-link", args=[pk]),
    )


def _make(request: HttpRequest, post: Post, wanted: dict[str, Any]) -> client_review.FreshLink:
    others = client_review.in_review_beside(post) if wanted["whole_campaign"] else []
    return client_review.new_review_link(
        [post, *others], days=wanted["days"], password=wanted["password"], by=person_of(request)
    )


@require_safe
def list_links(request: HttpRequest) -> HttpResponse:
    """Show the newest review links of the workspace and where each leads."""
    context = _listed(request, ReviewLink.objects.all()) | {"nav": "settings", "post": None}
    return render_page(request, "posts/review_links.html", context)


def _listed(request: HttpRequest, links: QuerySet[ReviewLink]) -> dict[str, Any]:
    now = clock.now()
    rows = list(links.select_related("created_by").order_by("-id")[:LISTED])
    posts: dict[uuid.UUID, list[Post]] = {}
    for linked in LinkedPost.objects.filter(link__in=rows).select_related("post").order_by("id"):
        posts.setdefault(linked.link_id, []).append(linked.post)
    return {
        "links": [
            {"link": link, "is_open": link.is_open(now), "posts": posts.get(link.pk, [])} for link in rows
        ],
        "may_make": can(request, "posts.make_review_link"),
        "zone": current_workspace().zone,
    }


@require_POST
def revoke(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """End a link."""
    link = get_object_or_404(ReviewLink, pk=pk)
    client_review.revoke_review_link(link, by=person_of(request))
    messages.success(request, "The link leads nowhere any more.")
    return redirect(back_to(request, reverse("posts:review-links")))
