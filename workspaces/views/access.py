"""What the views of a workspace share: who is asking, and may they?"""

from __future__ import annotations

from typing import cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from workspaces.models import Membership, User, Workspace
from workspaces.operation import NOT_YOURS, may


def person_of(request: HttpRequest) -> User:
    """Return who is signed in; every page but the few open ones has somebody."""
    return cast(User, request.user)


def workspace_of(request: HttpRequest) -> Workspace:
    """Return the workspace that is open."""
    return cast(Workspace, request.workspace)  # type: ignore[attr-defined]


def membership_of(request: HttpRequest) -> Membership:
    """Return the membership by which the workspace is open."""
    return cast(Membership, request.membership)  # type: ignore[attr-defined]


def can(request: HttpRequest, name: str, subject: object = None) -> bool:
    """Tell whether a page offers the operation `name`, without a query."""
    return may(person_of(request), name, subject, role=membership_of(request).role)


def require(request: HttpRequest, name: str, subject: object = None) -> None:
    """Raise PermissionDenied unless the role of this request includes `name`: before input is even judged."""
    if not can(request, name, subject):
        raise PermissionDenied(NOT_YOURS)
