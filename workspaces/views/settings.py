"""The settings of a workspace: its name, zone and rules, and its end."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from aura.kit.htmx import render_page
from workspaces.accounts import password_page
from workspaces.forms import SayNameForm, WorkspaceForm
from workspaces.models import Workspace
from workspaces.operations import delete_workspace, edit_quiet_times, edit_workspace, what_goes, what_waits
from workspaces.quiet_form import QuietForm
from workspaces.scope import instance_url
from workspaces.views.access import can, person_of, require, workspace_of


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest) -> HttpResponse:
    """Show and change the name, zone and rules. Every member may read them."""
    # A copy of its own: a rejected form must not change the name in the frame of the page.
    workspace = Workspace.objects.get(pk=workspace_of(request).pk)
    may_edit = can(request, "workspaces.edit_workspace")
    waiting = what_waits(workspace)
    if request.method == "POST":
        require(request, "workspaces.edit_workspace")
        form = WorkspaceForm(request.POST, instance=workspace)
        if form.is_valid():
            edit_workspace(form.instance, by=person_of(request))
            messages.success(request, "Saved.")
            asks = form.instance.approval != Workspace.Approval.NONE
            if {"approval", "approver"} & set(form.changed_data) and asks and what_waits(form.instance):
                messages.warning(request, "What is scheduled and not approved waits now. It is listed below.")
            return redirect("workspace:settings")
    else:
        form = WorkspaceForm(instance=workspace)
    if not may_edit:
        for field in form.fields.values():
            field.disabled = True
    context = {
        "form": form,
        "may_edit": may_edit,
        "waiting": waiting,
        "waits_now": workspace_of(request).approval != Workspace.Approval.NONE,
        "may_delete": can(request, "workspaces.delete_workspace"),
        "tab": "workspace",
        "nav": "settings",
    }
    return render_page(request, "workspaces/settings.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def quiet_times(request: HttpRequest) -> HttpResponse:
    """Show and change when nothing goes out. Every member may read it."""
    workspace = Workspace.objects.get(pk=workspace_of(request).pk)
    may_edit = can(request, "workspaces.edit_quiet_times")
    if request.method == "POST":
        require(request, "workspaces.edit_quiet_times")
        form = QuietForm(request.POST, instance=workspace)
        if form.is_valid():
            edit_quiet_times(form.instance, by=person_of(request))
            messages.success(request, "Saved. What is scheduled is looked at again by these times.")
            return redirect("workspace:quiet")
    else:
        form = QuietForm(instance=workspace)
    if not may_edit:
        for field in form.fields.values():
            field.disabled = True
    context = {"form": form, "may_edit": may_edit, "tab": "quiet", "nav": "settings"}
    return render_page(request, "workspaces/quiet.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest) -> HttpResponse:
    """Say what goes with the workspace, ask for the password and the name, then delete it."""
    require(request, "workspaces.delete_workspace")
    ask = password_page(request)
    if ask:
        return ask
    workspace = workspace_of(request)
    form = SayNameForm(
        request.POST or None, expected=workspace.name, label=f"Type “{workspace.name}” to delete it"
    )
    if request.method == "POST" and form.is_valid():
        delete_workspace(workspace, by=person_of(request))
        messages.success(
            request, f"{workspace} is deleted. Whoever runs this Aura can bring it back for 30 days."
        )
        return redirect(instance_url("people:workspaces"))
    context = {
        "form": form,
        "what_goes": what_goes(workspace),
        "tab": "workspace",
        "nav": "settings",
    }
    return render_page(
        request, "workspaces/delete.html", context, status=422 if request.method == "POST" else 200
    )
