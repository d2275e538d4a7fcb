"""Who did what in a workspace."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from aura.kit import paging
from aura.kit.htmx import render_page
from workspaces.activity import NEWEST, chosen, deed
from workspaces.forms import ActivityFilter
from workspaces.views.access import workspace_of

PAGE_SIZE = 40


@require_safe
def list_activity(request: HttpRequest) -> HttpResponse:
    """Show the activity, newest first, of everybody or one person, of every kind or one."""
    form = ActivityFilter(request.GET, workspace=workspace_of(request))
    form.is_valid()  # a filter that means nothing narrows nothing
    who, kind = form.cleaned_data.get("who"), form.cleaned_data.get("kind", "")
    rows = chosen(who=who.pk if who else None, kind=kind).select_related("actor")
    shown = paging.page(rows, NEWEST, request.GET, size=PAGE_SIZE)
    context = {
        "form": form,
        "rows": [{"entry": entry, "said": deed(entry)} for entry in shown.rows],
        "links": shown.links(request.GET),
        "is_filtered": bool(who or kind),
        "tab": "activity",
        "nav": "settings",
    }
    return render_page(request, "workspaces/activity.html", context, part="activity-rows")
