"""What the views of the library share."""

from __future__ import annotations

import uuid
from typing import cast

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.http import url_has_allowed_host_and_scheme

from media_library.models import Asset
from workspaces.models import User
from workspaces.operation import may


def user_of(request: HttpRequest) -> User:
    """Return who is signed in."""
    return cast(User, request.user)


def may_do(request: HttpRequest, verb: str, subject: object = None) -> bool:
    """Tell whether the page may offer this verb (on this thing); the operation asks again."""
    role = request.membership.role  # type: ignore[attr-defined]
    return may(user_of(request), f"media_library.{verb}", subject, role=role)


def asset_or_404(pk: uuid.UUID, *, pictures: bool = True) -> Asset:
    """Return an asset of the open workspace with what its pages show, or answer 404.

    `pictures` False leaves its renditions to whoever loads them along with others.
    """
    assets = Asset.objects.select_related("current__stored_file", "created_by")
    return get_object_or_404(assets.prefetch_related("current__renditions") if pictures else assets, pk=pk)


def back_to(request: HttpRequest, default: str) -> str:
    """Return the local address that the form names in `next`, else `default`."""
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe and wanted.startswith("/") else default
