"""What a person was told in a workspace: the list behind the bell, opened and read."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from aura.kit import paging
from aura.kit.htmx import htmx_of, render_page
from workspaces.models import Notification
from workspaces.notices import icon_of
from workspaces.operations import read_notices
from workspaces.views.access import person_of

NEWEST = paging.Sort("newest", "Newest first", "at")
PAGE_SIZE = 40
IN_MENU = 8


@require_safe
def list_notifications(request: HttpRequest) -> HttpResponse:
    """Show what the person was told, newest first."""
    mine = Notification.objects.filter(person=person_of(request)).select_related("actor")
    shown = paging.page(mine, NEWEST, request.GET, size=PAGE_SIZE)
    context = {
        "rows": [{"notice": notice, "icon": icon_of(notice.kind)} for notice in shown.rows],
        "links": shown.links(request.GET),
        "nav": "notifications",
    }
    return render_page(request, "workspaces/notifications.html", context)


@require_safe
def peek(request: HttpRequest) -> HttpResponse:
    """Answer what the menu of the bell shows: the newest that are unread."""
    if htmx_of(request) is None:
        return redirect("workspace:notifications")
    unread = Notification.objects.filter(person=person_of(request), read_at=None).select_related("actor")
    rows = [{"notice": notice, "icon": icon_of(notice.kind)} for notice in unread[:IN_MENU]]
    return render(request, "workspaces/_bell.html", {"rows": rows})


def _mine(request: HttpRequest, pk: uuid.UUID) -> Notification:
    return get_object_or_404(Notification, pk=pk, person=person_of(request))


@require_POST
def open_one(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Mark one as read and lead to what it is about."""
    notice = _mine(request, pk)
    read_notices(person_of(request), only=notice, by=person_of(request))
    there = notice.url
    safe = url_has_allowed_host_and_scheme(there, {request.get_host()}, require_https=request.is_secure())
    return redirect(there if safe and there.startswith("/") else "workspace:notifications")


@require_POST
def read_one(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Mark one as read and stay."""
    read_notices(person_of(request), only=_mine(request, pk), by=person_of(request))
    return redirect("workspace:notifications")


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark all as read."""
    if read_notices(person_of(request), by=person_of(request)):
        messages.success(request, "All of it is read.")
    return redirect("workspace:notifications")
