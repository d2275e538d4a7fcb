"""What somebody writes is kept while they write, and thrown away when they say so."""

from __future__ import annotations

import uuid
from contextlib import suppress

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.datastructures import MultiValueDict
from django.views.decorators.http import require_POST

from aura.kit import clock
from posts.forms.drafts import LARGEST, DraftForm
from posts.models import KeptDraft, Post
from posts.operations.drafts import UNNAMED, drop_draft, keep_draft
from posts.views.acting import get_post, page_of, person_of
from posts.views.posts import can_be_changed
from workspaces.scope import current_workspace
from workspaces.views.access import require


@require_POST
def keep(request: HttpRequest, pk: uuid.UUID | None = None) -> HttpResponse:
    """Keep what stands in the composer, and answer with when: no change of the post."""
    post = _writable(request, pk)
    now = clock.now()
    if post is not None and not can_be_changed(post, now):
        return _said("Not kept: the post cannot be changed any more.", 409)
    if len(request.body) > LARGEST:
        return _said("Not kept: it is too long. Save it, or make it shorter.", 413)
    form = DraftForm(request.POST)
    if not form.is_valid():
        problems = " ".join(str(one) for errors in form.errors.values() for one in errors)
        return _said(f"Not kept: {problems}", 422)
    draft = keep_draft(
        post, fields=form.fields_sent, writing=writing_of(request), now=now, by=person_of(request)
    )
    return _said(f"Kept at {clock.wall_of(draft.kept_at, current_workspace().zone):%H:%M}", 200)


@require_POST
def drop(request: HttpRequest, pk: uuid.UUID | None = None) -> HttpResponse:
    """Throw away what was kept and not saved."""
    post = _writable(request, pk)
    drop_draft(post, writing=writing_of(request), by=person_of(request))
    return redirect("posts:create") if post is None else redirect(page_of(post))


def writing_of(request: HttpRequest) -> uuid.UUID:
    """Return which new post the page that asks is writing."""
    with suppress(ValueError):
        return uuid.UUID(request.POST.get("writing", ""))
    return UNNAMED


def _writable(request: HttpRequest, pk: uuid.UUID | None) -> Post | None:
    post = get_post(pk) if pk is not None else None
    require(request, "posts.create_post" if post is None else "posts.edit_post", post)
    return post


def _said(sentence: str, status: int) -> HttpResponse:
    return JsonResponse({"sentence": sentence}, status=status)


def fields_of(draft: KeptDraft) -> MultiValueDict[str, str]:
    """Return what was kept as the form would send it."""
    return MultiValueDict(draft.fields)
