"""API tokens of a workspace: who has which, a new one, and the end of one."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_safe

from aura.kit import clock
from aura.kit.htmx import render_page
from aura.kit.problems import Refused
from workspaces.accounts import password_page
from workspaces.models import ApiToken
from workspaces.operations import create_token, revoke_token, unrevoked_tokens
from workspaces.token_form import ApiTokenForm, said_words
from workspaces.views.access import can, membership_of, person_of, require

_TOKENS_AT_MOST = 200


@require_safe
def list_tokens(request: HttpRequest) -> HttpResponse:
    """Show which tokens there are. Every member may read it; no secret is in it."""
    return _page(request)


def _page(request: HttpRequest, *, made: ApiToken | None = None) -> HttpResponse:
    """Return the page of tokens; `made` is a new one, whose secret is shown this once."""
    now = clock.now()
    rows = [
        {
            "token": token,
            "words": said_words(token.scopes),
            "is_open": token.works(now),
            "ends_soon": token.ends_soon(now),
        }
        for token in unrevoked_tokens()[:_TOKENS_AT_MOST]
    ]
    context = {
        "rows": rows,
        "made": made,
        "may_manage": can(request, "workspaces.create_token"),
        "tab": "tokens",
        "nav": "settings",
    }
    return render_page(request, "workspaces/tokens.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Ask for the password and what the token is for; make it, and show its secret on the page that answers."""
    require(request, "workspaces.create_token")
    ask = password_page(request)
    if ask:
        return ask
    form = ApiTokenForm(request.POST or None, instance=ApiToken(), giver_role=membership_of(request).role)
    if request.method == "POST" and form.is_valid():
        now = clock.now()
        try:
            made = create_token(form.fill(now), by=person_of(request), now=now)
        except Refused as problem:
            form.add_error("name", str(problem))
        else:
            return _page(request, made=made)
    context = {"form": form, "tab": "tokens", "nav": "settings"}
    status = 422 if request.method == "POST" else 200
    return render_page(request, "workspaces/token_create.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Say what revoking means, then do it."""
    token = get_object_or_404(unrevoked_tokens(), pk=pk)
    require(request, "workspaces.revoke_token")
    if request.method == "POST":
        revoke_token(token, by=person_of(request))
        messages.success(request, f"“{token}” does not work any more.")
        return redirect("workspace:tokens")
    context = {"token": token, "tab": "tokens", "nav": "settings"}
    return render_page(request, "workspaces/token_revoke.html", context)
