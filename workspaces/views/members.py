"""People of a workspace: members, their roles, invitations, leaving and handing over."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aura.kit import clock
from aura.kit.htmx import render_page
from aura.kit.problems import Refused
from workspaces import limits
from workspaces.accounts import password_page
from workspaces.forms import InvitationForm, RoleForm, roles_up_to
from workspaces.models import Invitation, Membership
from workspaces.operations import (
    change_role,
    hand_over_ownership,
    invite_member,
    is_last_owner,
    leave_workspace,
    link_to_show,
    open_invitations,
    remove_member,
    revoke_invitation,
    what_goes,
)
from workspaces.roles import Role, a, rank
from workspaces.scope import instance_url
from workspaces.views.access import can, membership_of, person_of, require, workspace_of

_MEMBERS_AT_MOST = 500


def _member_or_404(request: HttpRequest, pk: uuid.UUID) -> Membership:
    members = Membership.objects.filter(workspace=workspace_of(request)).select_related("user")
    return get_object_or_404(members, pk=pk)


@require_safe
def list_members(request: HttpRequest) -> HttpResponse:
    """Show who is in the workspace and who is invited."""
    return _page(request)


def _page(
    request: HttpRequest, *, form: InvitationForm | None = None, link: str = "", status: int = 200
) -> HttpResponse:
    """Return the page of people; `link` is a new invitation's address, shown this once."""
    me, workspace = membership_of(request), workspace_of(request)
    may_manage = can(request, "workspaces.change_role")
    members = list(
        Membership.objects.filter(workspace=workspace)
        .select_related("user")
        .order_by("created_at", "pk")[:_MEMBERS_AT_MOST]
    )
    owners = sum(member.role == Role.OWNER for member in members)
    rows = [
        {
            "member": member,
            "is_me": member.pk == me.pk,
            "may_change": may_manage and rank(member.role) <= rank(me.role),
            "is_last_owner": member.role == Role.OWNER and owners == 1,
        }
        for member in members
    ]
    context = {
        "rows": rows,
        "roles": roles_up_to(me.role),
        "invitations": list(open_invitations(clock.now())) if may_manage else [],
        "form": (form or InvitationForm(giver_role=me.role)) if may_manage else None,
        "link": link,
        "may_hand_over": can(request, "workspaces.hand_over_ownership"),
        "tab": "people",
        "nav": "settings",
    }
    return render_page(request, "workspaces/members.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    """Make an invitation. It is mailed, or its link is shown on the page that answers, and never again."""
    require(request, "workspaces.invite_member")
    if request.method != "POST":
        return redirect("workspace:members")
    invitation = Invitation(workspace=workspace_of(request))
    form = InvitationForm(request.POST, instance=invitation, giver_role=membership_of(request).role)
    if not form.is_valid():
        return _page(request, form=form, status=422)
    user = person_of(request)
    limits.count_invitation(request, user)
    try:
        made = invite_member(form.instance, by=user)
    except Refused as problem:
        form.add_error("email", str(problem))
        return _page(request, form=form, status=422)
    link = link_to_show(made)
    if not link:
        messages.success(request, f"The invitation is on its way to {made.email}.")
        return redirect("workspace:members")
    return _page(request, link=link)


@require_POST
def revoke(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """End an invitation."""
    invitation = get_object_or_404(Invitation, pk=pk)
    revoke_invitation(invitation, by=person_of(request))
    messages.success(request, "The link does not work any more.")
    return redirect("workspace:members")


@require_POST
def change(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Give a member another role; making an owner asks for the password first."""
    member = _member_or_404(request, pk)
    require(request, "workspaces.change_role")
    form = RoleForm(request.POST)
    if not form.is_valid():
        return _page(request, status=422)
    role = form.cleaned_data["role"]
    if role == Role.OWNER and rank(membership_of(request).role) == rank(Role.OWNER):
        ask = password_page_for(request, member)
        if ask:
            return ask
    change_role(member, role=role, by=person_of(request))
    messages.success(request, f"{member.user} is {a(role)} now.")
    return redirect("workspace:members")


def password_page_for(request: HttpRequest, member: Membership) -> HttpResponse | None:
    """Return the way to become sure of the person: by the page that makes owners, which asks for the password."""
    if password_page(request):
        return redirect("workspace:member_hand_over", member.pk)
    return None


@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Say what goes with a member, then take them out."""
    member = _member_or_404(request, pk)
    require(request, "workspaces.remove_member")
    if request.method == "POST":
        remove_member(member, by=person_of(request))
        messages.success(request, f"{member.user} is not in this workspace any more.")
        return redirect("workspace:members")
    context = {"member": member, "what_goes": what_goes(member), "tab": "people", "nav": "settings"}
    return render_page(request, "workspaces/member_remove.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest) -> HttpResponse:
    """Say what leaving means, then leave."""
    member = membership_of(request)
    if request.method == "POST":
        leave_workspace(member, by=person_of(request))
        messages.success(request, f"You have left {workspace_of(request)}.")
        return redirect(instance_url("people:workspaces"))
    context = {
        "member": member,
        "is_last_owner": is_last_owner(member),
        "what_goes": what_goes(member),
        "tab": "people",
        "nav": "settings",
    }
    return render_page(request, "workspaces/member_leave.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask for the password, then make another member the owner."""
    member = _member_or_404(request, pk)
    require(request, "workspaces.hand_over_ownership")
    ask = password_page(request)
    if ask:
        return ask
    if request.method == "POST":
        hand_over_ownership(member, by=person_of(request))
        messages.success(request, f"{member.user} owns the workspace now. You are an admin.")
        return redirect("workspace:members")
    context = {"member": member, "tab": "people", "nav": "settings"}
    return render_page(request, "workspaces/member_hand_over.html", context)
