"""Takes /w/<slug>/ off the path and opens that workspace; the session never decides it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from workspaces.models import Membership, Workspace
from workspaces.scope import every_workspace, instance_url, use_workspace

if TYPE_CHECKING:
    from django.http import StreamingHttpResponse

_PATH = re.compile(r"^/w/(?P<slug>[-\w]+)(?P<rest>/.*)$")


class WorkspaceMiddleware:
    """Opens the scope of a request.

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
            return self._inside(request, match["slug"], match["rest"])
        if (
            request.path_info.startswith("/admin/")
            and request.user.is_authenticated
            and request.user.is_staff
        ):
            with every_workspace("the instance's staff in the admin"):
                return self._keep_scope(self.get_response(request))
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> None:
        """Keep the two halves of the address space apart: each page exists on its own side only."""
        namespace = request.resolver_match.namespace if request.resolver_match else ""
        first = namespace.split(":")[0]
        inside = request.workspace is not None  # type: ignore[attr-defined]
        if first == "admin" or inside == (first in settings.WORKSPACE_NAMESPACES):
            return
        raise Http404("This page is on the other side of /w/.")

    def _inside(self, request: HttpRequest, slug: str, rest: str) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path(), instance_url("account_login"))
        memberships = Membership.objects.filter(
            workspace__slug=slug, workspace__trashed_at=None, user=request.user
        ).select_related("workspace")
        membership = memberships.first()
        if membership is None:
            raise Http404("No such workspace.")
        request.membership = membership  # type: ignore[attr-defined]
        request.workspace = membership.workspace  # type: ignore[attr-defined]
        request.path_info = rest
        with use_workspace(membership.workspace):
            return self._keep_scope(self.get_response(request), membership.workspace)

    @staticmethod
    def _keep_scope(response: HttpResponse, workspace: Workspace | None = None) -> HttpResponseBase:
        """A streamed body is made after the scope has closed: open it again around each piece."""
        if not response.streaming or getattr(response, "is_async", False):
            return response
        stream: StreamingHttpResponse = response  # type: ignore[assignment]
        if hasattr(stream, "file_to_stream") and stream.file_to_stream is not None:
            return stream  # a file, no queries
        pieces = iter(stream.streaming_content)

        def scoped():  # type: ignore[no-untyped-def]
            while True:
                scope = (
                    use_workspace(workspace) if workspace else every_workspace("a streamed page of the admin")
                )
                with scope:
                    try:
                        piece = next(pieces)
                    except StopIteration:
                        return
                yield piece

        stream.streaming_content = scoped()
        return stream
