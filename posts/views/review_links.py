"""Links by which clients review posts, for members: made, listed, ended."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aura.kit import clock
from aura.kit.htmx import render_page
from posts.forms.client_review import LinkForm
from posts.models import LinkedPost, Post, ReviewLink
from posts.operations import client_review
from posts.views.acting import back_to, get_post, page_of, person_of
from workspaces.operation import Refused
from workspaces.scope import current_workspace, instance_url
from workspaces.views.access import can, require

LISTED = 100


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


def _make(request: HttpRequest, post: Post, wanted: dict[str, Any]) -> client_review.FreshLink:
    others: list[Post] = []
    if wanted["whole_campaign"]:
        waiting = Post.objects.filter(campaign=post.campaign, status=Post.Status.IN_REVIEW, trashed_at=None)
        others = list(
            waiting.exclude(pk=post.pk).order_by("scheduled_at", "id")[: client_review.POSTS_AT_MOST]
        )
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
