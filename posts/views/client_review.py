"""What a client sees who follows a review link: no account, no workspace, only the posts of the link."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.hashers import check_password
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aura.kit import clock
from media_library import serving
from posts.client_links import link_of
from posts.client_looks import looks_of, picture_of, posts_of
from posts.difference import between
from posts.forms.client_review import AnswerForm
from posts.models import Post, ReviewLink
from posts.operations import client_review
from posts.operations.review import waits_for_yes
from posts.snapshot import content_of
from workspaces import limits
from workspaces.models.people import hash_token
from workspaces.operation import Guest, Refused, StaleVersion
from workspaces.scope import instance_url, use_workspace

SALT = "aura.client-review"
TOO_OFTEN = "This was opened very often from where you are. Wait a little, then open the link again."
TOO_MANY_TRIES = "Too many tries with this password. Wait a quarter of an hour, then try again."
View = Callable[..., HttpResponseBase]


def _guarded(view: View) -> View:
    """Open the link's workspace around a view, in its zone; ended and wrong links lead nowhere, locked ones ask."""

    @functools.wraps(view)
    def run(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponseBase:
        link, now = link_of(token), clock.now()
        if link is None or link.revoked_at is not None:
            limits.count(request, "client_review", sentence=TOO_OFTEN, on_get=True)
            raise Http404("This link leads nowhere.")
        if not link.is_open(now):
            return _private(render(request, "posts/client/ended.html", {"link": link}, status=410))
        with use_workspace(link.workspace), timezone.override(ZoneInfo(link.workspace.zone)):
            if link.password and not _is_unlocked(request, link):
                return _private(_ask_password(request, link, token))
            return _private(view(request, link=link, token=token, **kwargs))

    return login_not_required(run)


def _private(response: HttpResponseBase) -> HttpResponseBase:
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    # Other sites never see the link. Not `no-referrer`: browsers then send `Origin: null`, and the answer is refused.
    response["Referrer-Policy"] = "same-origin"
    return response


# The password ------------------------------------------------------------------------------------------------------


def _cookie(link: ReviewLink) -> str:
    return f"{'__Secure-' if settings.SECURE else ''}review-{link.pk.hex}"


def _is_unlocked(request: HttpRequest, link: ReviewLink) -> bool:
    try:
        value = signing.loads(request.COOKIES.get(_cookie(link), ""), salt=SALT)
    except signing.BadSignature:
        return False
    return bool(value == [link.pk.hex, link.password])


def _ask_password(request: HttpRequest, link: ReviewLink, token: str) -> HttpResponse:
    error = ""
    if request.method == "POST":
        if "password" not in request.POST:
            return redirect(instance_url("review:show", token))
        usage = limits.count(request, "client_password", key=hash_token(token), sentence=TOO_MANY_TRIES)
        if check_password(request.POST["password"], link.password):
            usage.rollback()
            response = redirect(instance_url("review:show", token))
            response.set_cookie(
                _cookie(link),
                signing.dumps([link.pk.hex, link.password], salt=SALT),
                expires=link.ends_at,
                path=instance_url("review:show", token),
                secure=settings.SECURE,
                httponly=True,
                samesite="Lax",
            )
            return response
        error = "That is not the password. Ask whoever sent you the link."
    context = {"link": link, "token": token, "error": error}
    return render(request, "posts/client/password.html", context, status=422 if error else 200)


# The pages ---------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@_guarded
def show(request: HttpRequest, *, link: ReviewLink, token: str) -> HttpResponse:
    """Show what the link is for: its post, or the list of them."""
    if request.method == "POST":
        return redirect(instance_url("review:show", token))  # the password was there already
    posts = posts_of(link)
    if len(posts) == 1:
        return _post_page(request, link, token, posts[0])
    context = {"link": link, "token": token, "posts": posts, "zone": link.workspace.zone}
    return render(request, "posts/client/list.html", context)


@require_safe
@_guarded
def show_post(request: HttpRequest, *, link: ReviewLink, token: str, pk: uuid.UUID) -> HttpResponse:
    """Show one post of the link."""
    return _post_page(request, link, token, _post_of(link, pk))


def _post_of(link: ReviewLink, pk: uuid.UUID) -> Post:
    post = next((one for one in posts_of(link) if one.pk == pk), None)
    if post is None:
        raise Http404("This link does not show that.")
    return post


def _post_page(
    request: HttpRequest,
    link: ReviewLink,
    token: str,
    post: Post,
    *,
    form: AnswerForm | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    seen = {
        "link": link.pk.hex,
        "post": post.pk.hex,
        "content": content_of(post),
    }
    context = {
        "link": link,
        "token": token,
        "post": post,
        "zone": link.workspace.zone,
        "looks": looks_of(post, lambda pk: instance_url("review:picture", token, pk)),
        "form": form or AnswerForm(),
        "seen": signing.dumps(seen, salt=SALT, compress=True),
        "waits_for_yes": waits_for_yes(post),
        "may_send_back": post.status == Post.Status.IN_REVIEW,
        "is_one_of_many": link.linked.count() > 1,
        **more,
    }
    return render(request, "posts/client/post.html", context, status=status)


@require_POST
@_guarded
def answer(request: HttpRequest, *, link: ReviewLink, token: str, pk: uuid.UUID) -> HttpResponse:
    """Take a client's answer to a post: to exactly what they have seen."""
    post = _post_of(link, pk)
    seen = _seen(request, link, post)
    form = AnswerForm(request.POST)
    if seen is None:
        return _post_page(request, link, token, post, form=form, status=409, problem=client_review.CHANGED)
    if not form.is_valid():
        return _post_page(request, link, token, post, form=form, status=422)
    by, note = Guest(form.cleaned_data["name"].strip()), form.cleaned_data["note"]
    try:
        if form.cleaned_data["answer"] == "approve":
            client_review.approve_as_client(post, link=link, seen=seen["content"], note=note, by=by)
        else:
            client_review.request_changes_as_client(post, link=link, note=note, by=by)
    except StaleVersion as problem:
        changed = between(seen["content"], content_of(post))
        return _post_page(
            request, link, token, post, form=form, status=409, problem=str(problem), changed=changed
        )
    except Refused as problem:
        return _post_page(request, link, token, _post_of(link, pk), status=409, problem=str(problem))
    context = {
        "link": link,
        "token": token,
        "post": post,
        "name": by.name,
        "said_yes": form.cleaned_data["answer"] == "approve",
        "is_one_of_many": link.linked.count() > 1,
    }
    return render(request, "posts/client/thanks.html", context)


def _seen(request: HttpRequest, link: ReviewLink, post: Post) -> dict[str, Any] | None:
    """Return what the page that was answered showed; None for one of another post or link, or made up."""
    try:
        seen: dict[str, Any] = signing.loads(request.POST.get("seen", ""), salt=SALT)
    except signing.BadSignature:
        return None
    mine = (link.pk.hex, post.pk.hex)
    return seen if isinstance(seen, dict) and (seen.get("link"), seen.get("post")) == mine else None


@require_safe
@_guarded
def picture(request: HttpRequest, *, link: ReviewLink, token: str, pk: uuid.UUID) -> HttpResponseBase:
    """Serve a picture of one of the link's posts, for as long as the link lasts."""
    row = picture_of(link, pk)
    if row is None:
        raise Http404("This link does not show that.")
    return serving.serve(request, row, cache=serving.NEVER, inline=True)
