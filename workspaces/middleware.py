"""Around every request: the person's session and zone, and the workspace that the address names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from aura.kit import clock
from aura.kit.problems import NotSignedIn, is_of_api, problem_response
from workspaces import limits
from workspaces.context import first_place, memberships_of
from workspaces.credentials import Refused, identify, use_credential
from workspaces.models import Workspace
from workspaces.scope import every_workspace, instance_url, use_workspace

if TYPE_CHECKING:
    from django.http import StreamingHttpResponse

_PATH = re.compile(r"^/w/(?P<slug>[-\w]+)(?P<rest>/.*)?$")
_API = "/api/v1/"
_SEEN_EVERY = 300
"""Seconds between two notes of the last use: a page does not cost a write each time."""
LAST_WORKSPACE = "last_workspace"
"""The session key that holds the slug of the workspace a person was last in."""


SIGN_IN = "Sign in first: this address is for a browser with a session. Programs call /api/v1/ with a token."


class PersonMiddleware:
    """Ends sessions that are too old or idle, keeps pages of signed-in people out of caches, sets their zone.

    A session lasts at most AURA_SESSION_HOURS from sign-in, however much it is used; without "keep me signed in"
    also at most AURA_SESSION_IDLE_HOURS without use. Then the person is signed out before anything is done.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve one request for a person."""
        if request.user.is_authenticated:
            self._check_age(request)
        zone = getattr(request.user, "zone", "")
        with timezone.override(ZoneInfo(zone)) if zone else nullcontext():
            response = self.get_response(request)
        if request.user.is_authenticated and "Cache-Control" not in response:
            response["Cache-Control"] = "no-store"
        limits.keep_device(request, response)
        return response

    @staticmethod
    def _check_age(request: HttpRequest) -> None:
        session, now = request.session, int(clock.now().timestamp())
        began, seen = session.get("began_at", now), session.get("seen_at", now)
        idle = timedelta(hours=settings.AURA_SESSION_IDLE_HOURS).total_seconds()
        forgets = session.get_expire_at_browser_close()
        if now - began > settings.SESSION_COOKIE_AGE or (forgets and now - seen > idle):
            logout(request)
        elif "began_at" not in session or now - seen > _SEEN_EVERY:
            session["began_at"], session["seen_at"] = began, now


class RejectedFormMiddleware:
    """Answers 422 where a page that is not ours, such as the sign-in, shows a form again that it rejected."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve one request."""
        return self.get_response(request)

    def process_template_response(self, request: HttpRequest, response: TemplateResponse) -> TemplateResponse:
        """Look at the form of a page before it is drawn."""
        form = (response.context_data or {}).get("form")
        if request.method == "POST" and response.status_code == 200 and getattr(form, "errors", None):
            response.status_code = 422
        return response


class WorkspaceMiddleware:
    """Opens the scope of a request; the session never decides it.

    Below `/api/v1/` the credential that is sent names the workspace, and nothing else of the request.
    Below `/w/<slug>/`: anonymous → sign-in, whether or not the slug exists; stranger → 404; member → the view, with
    `request.workspace` and `request.membership`. `/admin/` opens every workspace for the instance's staff.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Serve one request in its scope."""
        request.workspace = None  # type: ignore[attr-defined]
        request.membership = None  # type: ignore[attr-defined]
        match = _PATH.match(request.path_info)
        if match:
            return self._inside(request, match["slug"], match["rest"] or "")
        if request.path_info.startswith(_API):
            return self._by_credential(request)
        if (
            request.path_info.startswith("/admin/")
            and request.user.is_authenticated
            and request.user.is_staff
        ):
            with every_workspace("the instance's staff in the admin"):
                return self._keep_scope(self.get_response(request))
        return self.get_response(request)

    def _by_credential(self, request: HttpRequest) -> HttpResponseBase:
        """Serve a program. No session counts here; who is refused is told by the call that asks."""
        request.user = AnonymousUser()
        try:
            credential = identify(request)
        except Refused:
            credential = None
        if credential is None:
            return self.get_response(request)
        request.user = credential.user
        request.workspace = credential.workspace  # type: ignore[attr-defined]
        request.membership = credential.membership  # type: ignore[attr-defined]
        with use_credential(credential):
            return self._keep_scope(self.get_response(request), credential.workspace)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> None:
        """Keep the two halves of the address space apart: each page exists on its own side only."""
        namespace = request.resolver_match.namespace if request.resolver_match else ""
        first = namespace.split(":")[0]
        inside = request.workspace is not None  # type: ignore[attr-defined]
        if first in {"admin", "api"} or inside == (first in settings.WORKSPACE_NAMESPACES):
            return
        raise Http404("This page is on the other side of /w/.")

    def _inside(self, request: HttpRequest, slug: str, rest: str) -> HttpResponseBase:
        if not request.user.is_authenticated:
            if is_of_api(request):
                return problem_response(request, NotSignedIn(SIGN_IN))
            return redirect_to_login(request.get_full_path(), instance_url("account_login"))
        memberships = memberships_of(request.user, slug)
        membership = memberships[0] if memberships else None
        if membership is None or membership.workspace.slug != slug:
            raise Http404("No such workspace.")
        membership.user = request.user
        request.memberships = memberships  # type: ignore[attr-defined]
        workspace = membership.workspace
        request.membership = membership  # type: ignore[attr-defined]
        request.workspace = workspace  # type: ignore[attr-defined]
        if request.session.get(LAST_WORKSPACE) != slug:
            request.session[LAST_WORKSPACE] = slug
        with _opened(workspace):
            if not rest:
                return HttpResponsePermanentRedirect(f"{request.path}/")
            if rest == "/":
                return redirect(first_place())
            request.path_info = rest
            return self._keep_scope(self.get_response(request), workspace)

    @staticmethod
    def _keep_scope(response: HttpResponse, workspace: Workspace | None = None) -> HttpResponseBase:
        """A streamed body is made after the scope has closed: open it again around each piece."""
        if not response.streaming or getattr(response, "is_async", False):
            return response
        stream: StreamingHttpResponse = response  # type: ignore[assignment]
        if getattr(stream, "file_to_stream", None) is not None:
            return stream  # a file, no queries
        stream.streaming_content = _in_scope(iter(stream.streaming_content), workspace)  # type: ignore[arg-type]
        return stream


@contextmanager
def _opened(workspace: Workspace) -> Iterator[None]:
    """Open a workspace with its zone: times on its pages are those of its clocks."""
    with use_workspace(workspace), timezone.override(ZoneInfo(workspace.zone)):
        yield


def _in_scope(pieces: Iterator[bytes], workspace: Workspace | None) -> Iterator[bytes]:
    """Make each piece of a body with the scope open, and never leave it open between two."""
    while True:
        scope: AbstractContextManager[None]
        scope = _opened(workspace) if workspace else every_workspace("a streamed page of the admin")
        with scope:
            try:
                piece = next(pieces)
            except StopIteration:
                return
        yield piece
