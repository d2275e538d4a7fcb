"""The JSON API as a whole: its calls, its contract, and the page that explains them.

The same addresses stand below `/api/v1/` for credentials that name their workspace, and below `/w/<slug>/api/v1/` for a
browser with a session.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe
from ninja import NinjaAPI

from campaigns.api import campaigns
from imports.api import imports
from media_library.api import media
from posts.api import channels, posts
from workspaces.api.calls import DECLARED, plain_path
from workspaces.api.door import door
from workspaces.api.explained import about, sections
from workspaces.api.openapi import schema_of
from workspaces.api_activity import activity
from workspaces.api_auth import auth
from workspaces.api_comments import comments
from workspaces.api_members import members
from workspaces.api_notifications import notifications
from workspaces.api_tokens import tokens
from workspaces.api_webhooks import webhooks
from workspaces.api_workspace import workspace

app_name = "api"
RESOURCES = [
    auth,
    campaigns,
    posts,
    channels,
    media,
    comments,
    imports,
    workspace,
    members,
    tokens,
    activity,
    notifications,
    webhooks,
]
ABOUT = """\
Every operation of Aura, for programs.

**Who asks.** Send a token of a workspace as `Authorization: Bearer …`: one made in Settings, Tokens, or one that
`auth/token` gave for a password. It names the workspace. A browser that is signed in may call the same addresses below
`/w/<workspace>/api/v1/`, with the page's CSRF token in `X-CSRFToken`.

**What is sent.** JSON in UTF-8; members that a call does not know are refused. Instants are RFC 3339 in UTC, days are
`2026-03-09`, ids are UUIDs. A `PATCH` changes what is sent and leaves the rest.

**Lists** answer `{items, next, total}`. `next` is the `cursor` of the next page; `total` is counted to 10,001. `fields`
leaves out what you do not need.

**Errors** are problem details (RFC 9457) with a `code` for programs, a sentence for people, `fields` for what is wrong
where, and the `request_id` of the logs.

**Repeating.** Send `Idempotency-Key` with what changes something: sent again, it has no second effect and gets the same
answer. With `If-Match` nothing is overwritten that you have not seen.

**How it is asked.** `HEAD` answers as `GET` without a body. `OPTIONS` names in `Allow` what an address takes; another
method is 405. An `Accept` without JSON is 406, and a body that is not JSON (or a form, where files may come) is 415.

**How often.** Every answer says in `RateLimit` how many calls are left; over a limit it is 429 with `Retry-After`.
"""


_UNUSED = HttpResponse()


class Api(NinjaAPI):
    """django-ninja for addresses, types and the contract; errors are answered at the door."""

    def on_exception(self, request: HttpRequest, exc: Any) -> HttpResponse:
        """Leave it to the door, which answers every error alike."""
        raise exc

    def create_temporal_response(self, request: HttpRequest) -> HttpResponse:
        """Return what a call could set headers on before its answer is made. Ours make their own answer."""
        return _UNUSED


api = Api(
    title="Aura",
    version="1",
    description=ABOUT,
    urls_namespace=app_name,
    openapi_url=None,
    docs_url=None,
)
for _resource in RESOURCES:
    api.add_router("", _resource.router)


@cache
def contract() -> dict[str, Any]:
    """Return the OpenAPI document of this API."""
    return schema_of(api, RESOURCES)


@login_not_required
@require_safe
def show_contract(request: HttpRequest) -> JsonResponse:
    """Send the contract: no secret is in it, so whoever writes a program may read it."""
    return JsonResponse(contract(), json_dumps_params={"ensure_ascii": False})


@login_not_required
@require_safe
def show_docs(request: HttpRequest) -> HttpResponse:
    """Explain every call, and let people try it: below /w/<slug>/ as who they are, else with a token."""
    base = request.path.removesuffix("/docs")
    context = {
        "about": about(ABOUT),
        "sections": sections(contract(), base, settings.AURA_URL),
        "inside": base != "/api/v1",
    }
    return render(request, "api/docs.html", context)


def _addresses() -> Iterator[URLPattern]:
    """Yield every address of the calls once, with the door around it."""
    seen: set[str] = set()
    for pattern in api.urls[0]:
        route = str(pattern.pattern)
        if not isinstance(pattern, URLPattern) or route in seen or pattern.name == "api-root":
            continue
        seen.add(route)
        there = [one for one in DECLARED.values() if one.path == plain_path(route)]
        upload = next((one.upload for one in there if one.upload), None)
        in_json = {one.method for one in there if one.status != 204 and not one.sends_file}
        view = door(pattern.callback, {one.method for one in there}, upload, in_json=in_json)
        yield path(route, view, name=pattern.name)


ADDRESSES = list(_addresses())
urlpatterns = [
    path("openapi.json", show_contract, name="contract"),
    path("docs", show_docs, name="docs"),
    *ADDRESSES,
]
