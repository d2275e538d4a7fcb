"""What a post said before: the list, one version beside what it says now, and the way back."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from aura.kit import clock, paging
from aura.kit.htmx import render_page
from posts.difference import between, since_approval, steps_of
from posts.models import Post, PostVersion
from posts.operations.keeping import KEPT_AT_MOST
from posts.operations.versions import restore_version
from posts.snapshot import content_of
from posts.views.acting import get_post, page_of, person_of, refused, version_in
from posts.views.posts import can_be_changed
from workspaces.operation import Refused
from workspaces.scope import current_workspace
from workspaces.views.access import can, require

NEWEST = paging.Sort("newest", "Newest", "number")


@require_safe
def since(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show what changed since somebody said yes to the post: a page, and the part that the composer asks for."""
    post = get_post(pk)
    context = {"nav": "posts", "post": post, "difference": since_approval(post)}
    return render_page(request, "posts/since.html", context, part="since-yes")


@require_safe
def list_versions(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the versions of a post, the newest first, each with what it changed."""
    post = get_post(pk)
    kept = PostVersion.objects.filter(post=post).select_related("created_by")
    page = paging.page(kept, NEWEST, request.GET)
    context = {
        "nav": "posts",
        "post": post,
        "rows": steps_of(page.rows),
        "links": page.links(request.GET),
        "is_newest": not page.newer,
        "most": KEPT_AT_MOST,
        "zone": current_workspace().zone,
    }
    return render_page(request, "posts/versions.html", context)


@require_safe
def show_version(request: HttpRequest, pk: uuid.UUID, number: int) -> HttpResponse:
    """Show one version, and what the post says otherwise now."""
    post = get_post(pk)
    kept = get_object_or_404(PostVersion.objects.select_related("created_by"), post=post, number=number)
    difference = between(kept.content, content_of(post))
    context = {
        "nav": "posts",
        "post": post,
        "kept": kept,
        "difference": difference,
        "may": _is_open(post) and can(request, "posts.restore_version", post),
        "zone": current_workspace().zone,
    }
    return render_page(request, "posts/version.html", context)


def _is_open(post: Post) -> bool:
    return can_be_changed(post, clock.now())


@require_POST
def restore(request: HttpRequest, pk: uuid.UUID, number: int) -> HttpResponse:
    """Go back to a version; the composer opens with it."""
    post = get_post(pk)
    require(request, "posts.restore_version", post)
    try:
        back = restore_version(post, number=number, version=version_in(request), by=person_of(request))
    except Refused as problem:
        return refused(request, problem, reverse("posts:versions", args=[pk]))
    messages.success(request, f"“{back.edit.post}” says again what it said in version {number}.")
    if back.left_out:
        messages.warning(request, f"Left out, as it is not here any more: {', '.join(back.left_out)}.")
    if back.edit.voided:
        messages.warning(request, "It was approved with other content before. Ask for a review again.")
    if back.edit.unscheduled:
        messages.warning(request, "It is off the schedule now. Somebody who may schedule has to do it again.")
    return redirect(page_of(back.edit.post))
