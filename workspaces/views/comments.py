"""Comments, whatever they are about: said, answered, changed, taken back and settled, on the page of the thing."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from aura.kit.htmx import htmx_of, render_page
from workspaces import mentions, talk
from workspaces.forms import CommentForm
from workspaces.models import Comment, WorkspaceModel
from workspaces.operation import Refused
from workspaces.operations import add_comment, delete_comment, edit_comment, reopen_comment, resolve_comment
from workspaces.operations.comments import ONLY_THEIRS
from workspaces.views.access import membership_of, person_of, require

PART = "comments"


def say(request: HttpRequest, subject: WorkspaceModel, *, trail: str = "") -> HttpResponse:
    """Take what the form on the page of a thing says about it; for the view that the app of the thing has for that.

    `trail` is the query of the page's address, where the answer leads back to it.
    """
    require(request, "workspaces.add_comment", subject)
    form = CommentForm(request.POST, subject=subject)
    if not form.is_valid():
        parent = form.cleaned_data.get("parent")
        return _again(request, subject, talk.Failed(form, str(parent.pk) if parent else ""), trail=trail)
    words = {name: form.cleaned_data[name] for name in ("body", "parent", "quote", "quote_at")}
    try:
        comment = add_comment(subject, place=form.place, by=person_of(request), **words)
    except Refused as problem:
        form.add_error(None, str(problem))
        return _again(request, subject, talk.Failed(form), status=409, trail=trail)
    return _answer(request, subject, f"#comment-{comment.pk}", trail=trail)


def show_talk(request: HttpRequest, subject: WorkspaceModel) -> HttpResponse:
    """Show what is said about a thing on a page of its own, or as the part of another page."""
    back = request.get_full_path() if htmx_of(request) is None else ""
    context = {"talk": _talk(request, subject, back=back), "subject": subject}
    context["about_url"] = talk.kind_of(subject).url(subject)
    return render_page(request, "workspaces/comments.html", context, part=PART)


@require_POST
def edit(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Change what one has said oneself."""
    comment = get_object_or_404(Comment, pk=pk)
    if comment.created_by_id != person_of(request).pk:
        raise PermissionDenied(ONLY_THEIRS)
    subject = _subject_of(comment)
    form = CommentForm(request.POST, subject=subject, only_body=True)
    if not form.is_valid():
        return _again(request, subject, talk.Failed(form, f"edit-{pk}"))
    body = form.cleaned_data["body"]
    return _change(
        request, comment, lambda: edit_comment(comment, body=body, by=person_of(request)), f"#comment-{pk}"
    )


@require_POST
def delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take back a comment, and lead back to the page it stood on."""
    comment = get_object_or_404(Comment, pk=pk)
    return _change(request, comment, lambda: delete_comment(comment, by=person_of(request)), "#comments")


@require_POST
def resolve(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Say that a conversation is settled."""
    comment = get_object_or_404(Comment, pk=pk)
    return _change(request, comment, lambda: resolve_comment(comment, by=person_of(request)), "#comments")


@require_POST
def reopen(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Say that a conversation is not settled after all."""
    comment = get_object_or_404(Comment, pk=pk)
    return _change(request, comment, lambda: reopen_comment(comment, by=person_of(request)), f"#comment-{pk}")


@require_safe
def mentionable(request: HttpRequest) -> HttpResponse:
    """Answer with how the members can be mentioned whose names begin as what is typed."""
    return JsonResponse({"people": mentions.offered(request.GET.get("q", "")[:100])})


def _subject_of(comment: Comment) -> WorkspaceModel:
    try:
        kind = talk.kind_of(comment)
    except KeyError:
        raise Http404("Nobody talks about this.") from None
    return get_object_or_404(kind.model, pk=comment.subject_id)


def _change(
    request: HttpRequest, comment: Comment, change: Callable[[], object], anchor: str
) -> HttpResponse:
    subject = _subject_of(comment)
    try:
        change()
    except Refused as problem:
        messages.error(request, str(problem))
    return _answer(request, subject, anchor)


def _back(request: HttpRequest) -> str:
    """Return the page that the form was on, or "" where it does not say."""
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return back if safe and back.startswith("/") else ""


def _talk(
    request: HttpRequest,
    subject: WorkspaceModel,
    *,
    trail: str = "",
    failed: talk.Failed | None = None,
    back: str = "",
) -> talk.Talk:
    return talk.talk_about(
        subject,
        person_of(request),
        role=membership_of(request).role,
        back=back or _back(request),
        trail=trail,
        failed=failed,
    )


def _answer(request: HttpRequest, subject: WorkspaceModel, anchor: str, *, trail: str = "") -> HttpResponse:
    """Show the conversations as they are now, or lead back to the page they are on."""
    htmx = htmx_of(request)
    if htmx is not None and htmx.target == PART:
        context = {"talk": _talk(request, subject, trail=trail)}
        return render(request, f"workspaces/comments.html#{PART}", context)
    back = _back(request).partition("#")[0] or f"{talk.kind_of(subject).url(subject)}{trail}"
    return redirect(f"{back}{anchor}")


def _again(
    request: HttpRequest, subject: WorkspaceModel, failed: talk.Failed, *, status: int = 422, trail: str = ""
) -> HttpResponse:
    """Show the form again with what is wrong: in its place, or on a page of its own."""
    context = {"talk": _talk(request, subject, trail=trail, failed=failed), "subject": subject}
    context["about_url"] = f"{talk.kind_of(subject).url(subject)}{trail}"
    return render_page(request, "workspaces/comments.html", context, part=PART, status=status)
