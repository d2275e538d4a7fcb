"""What the tests of credentials share: a token made, a request of a program, and what it opens."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from workspaces.credentials import Credential, Refused, identify
from workspaces.middleware import WorkspaceMiddleware
from workspaces.models import ApiToken, User, Workspace
from workspaces.operations import create_token
from workspaces.scope import current_workspace_id, use_workspace

ALL = ["*"]


def make(workspace: Workspace, by: User, *scopes: str, role: str = "owner", **columns: Any) -> ApiToken:
    """Make a token by the operation; its secret is `token.secret`."""
    with use_workspace(workspace):
        name = columns.pop("name", f"Token {ApiToken.objects.count()}")
        token = ApiToken(name=name, role=role, scopes=list(scopes) or ALL, **columns)
        return create_token(token, by=by)


def ask(secret: str, path: str = "/api/v1/me", **headers: str) -> HttpRequest:
    """Return a request of a program."""
    return RequestFactory().get(path, headers={"Authorization": f"Bearer {secret}", **headers})


def open_by(request: HttpRequest) -> tuple[Any, Any]:
    """Send a request through the middleware; return who it is, or the refusal, and the workspace that is open."""
    seen: list[Any] = []

    def view(request: HttpRequest) -> HttpResponse:
        try:
            seen.append((identify(request), current_workspace_id()))
        except Refused as refused:
            seen.append((refused, current_workspace_id()))
        return HttpResponse()

    WorkspaceMiddleware(view)(request)
    return seen[0]


def refusal(secret: str, **headers: str) -> str:
    """Return the code by which a secret is refused; the scope stays closed."""
    answer, scope = open_by(ask(secret, **headers))
    assert scope is None
    assert isinstance(answer, Refused), answer
    assert answer.status == 401
    return answer.code


def credential_of(token: ApiToken) -> Credential:
    credential = identify(ask(token.secret))
    assert credential is not None
    return credential
