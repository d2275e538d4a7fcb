"""The same once more: duplicated at one press, or to other channels and campaigns, or posted again."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from aura.kit.htmx import render_page
from posts.forms.duplicating import DuplicateForm
from posts.models import Post
from posts.operations.writing import duplicate_post, title_of_copy
from posts.views.acting import get_post, page_of, person_of, refused
from workspaces.operation import Refused
from workspaces.views.access import require

OUT = {Post.Status.PUBLISHED, Post.Status.PARTLY_PUBLISHED}


def duplicate(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask where a copy goes, make it, and open it for writing; a POST without answers copies it as it is."""
    post = get_post(pk)
    require(request, "posts.duplicate_post", post)
    if request.method != "POST":
        title = post.title if post.status in OUT else title_of_copy(post)
        return _page(request, post, DuplicateForm(post=post, title=title))
    if "title" not in request.POST:
        try:
            copy = duplicate_post(post, by=person_of(request))
        except Refused as problem:
            return refused(request, problem, page_of(post))
        return _open(request, copy)
    form = DuplicateForm(request.POST, post=post)
    if not form.is_valid():
        return _page(request, post, form, status=422)
    try:
        copy = duplicate_post(
            post,
            title=form.cleaned_data["title"],
            campaign=form.cleaned_data["campaign"],
            channels=list(form.cleaned_data["channels"]),
            by=person_of(request),
        )
    except Refused as problem:
        form.add_error(None, str(problem))
        return _page(request, post, form, status=409)
    return _open(request, copy)


def _open(request: HttpRequest, copy: Post) -> HttpResponse:
    messages.success(request, f"“{copy}” has the same words and pictures, and no time yet.")
    return redirect("posts:edit", copy.pk)


def _page(request: HttpRequest, post: Post, form: DuplicateForm, *, status: int = 200) -> HttpResponse:
    context = {"nav": "posts", "post": post, "form": form, "again": post.status in OUT}
    return render_page(request, "posts/duplicate.html", context, status=status)
