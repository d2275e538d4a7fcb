"""Who did what in a workspace."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from aura.kit import paging
from aura.kit.htmx import render_page
from workspaces.forms import ActivityFilter
from workspaces.models import Activity
from workspaces.sentences import said
from workspaces.views.access import workspace_of

NEWEST = paging.Sort(key="newest", word="Newest first", field="id", descending=True)
PAGE_SIZE = 40


@require_safe
def list_activity(request: HttpRequest) -> HttpResponse:
    """Show the activity, newest first, of everybody or one person, of every kind or one."""
    form = ActivityFilter(request.GET, workspace=workspace_of(request))
    form.is_valid()  # a filter that means nothing narrows nothing
    entries = Activity.objects.select_related("actor")
    who, kind = form.cleaned_data.get("who"), form.cleaned_data.get("kind")
    if who:
        entries = entries.filter(actor=who)
    if kind:
        entries = entries.filter(verb__startswith=f"{kind}.")
    shown = paging.page(entries, NEWEST, request.GET, size=PAGE_SIZE)
    context = {
        "form": form,
        "rows": [
            {"entry": entry, "said": said(entry, f"‘{entry.subject_name}’" if entry.subject_name else "")}
            for entry in shown.rows
        ],
        "links": shown.links(request.GET),
        "is_filtered": bool(who or kind),
        "tab": "activity",
        "nav": "settings",
    }
    return render_page(request, "workspaces/activity.html", context, part="activity-rows")
