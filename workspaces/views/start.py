"""The way in: first page, making and listing workspaces, accepting an invitation."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from aura.kit import clock
from aura.kit.htmx import render_page
from aura.kit.problems import Refused
from workspaces import limits
from workspaces.accounts import INVITED, invitation_of
from workspaces.context import first_place
from workspaces.forms import NewWorkspaceForm
from workspaces.middleware import LAST_WORKSPACE
from workspaces.models import Invitation, Membership, User, Workspace
from workspaces.operations import NotForYou, accept_invitation, create_workspace, find_invitation
from workspaces.scope import use_workspace
from workspaces.views.access import person_of


def _first_page_of(workspace: Workspace) -> HttpResponse:
    with use_workspace(workspace):
        return redirect(first_place())


def _my_memberships(user: User) -> list[Membership]:
    mine = Membership.objects.filter(user=user, workspace__trashed_at=None)
    return list(mine.select_related("workspace").order_by("workspace__name", "workspace_id"))


@login_not_required
@never_cache
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Lead to where work goes on: the last workspace, an invitation, making the first one, or signing in."""
    if not request.user.is_authenticated:
        return redirect("account_login" if User.objects.exists() else "account_signup")
    if invitation_of(request):
        return redirect("people:invitation", request.session[INVITED])
    mine = _my_memberships(person_of(request))
    if not mine:
        return redirect("people:workspace_create")
    last = request.session.get(LAST_WORKSPACE)
    return _first_page_of(next((m.workspace for m in mine if m.workspace.slug == last), mine[0].workspace))


@require_safe
def list_workspaces(request: HttpRequest) -> HttpResponse:
    """Show the person's workspaces, to switch between them."""
    return render_page(
        request, "people/workspaces.html", {"memberships": _my_memberships(person_of(request))}
    )


@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Make a workspace in one step."""
    user = person_of(request)
    form = NewWorkspaceForm(request.POST or None, initial={"zone": user.zone or "UTC"})
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                workspace = create_workspace(form.instance, by=user)
            except Refused as problem:
                form.add_error("slug", str(problem))
            else:
                return _first_page_of(workspace)
        status = 422
    is_first = not Membership.objects.filter(user=user, workspace__trashed_at=None).exists()
    context = {"form": form, "is_first": is_first}
    return render_page(request, "people/workspace_create.html", context, status=status)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show an invitation to whoever has its link, and accept it for the person who is signed in.

    One that never was is 404, one that is used up or for somebody else 409, each with what to do next.
    """
    limits.count(
        request,
        "open_invitation",
        sentence="That was too many invitations at once. Wait a few minutes and open the link again.",
        on_get=True,
    )
    found = find_invitation(token)
    user = person_of(request) if request.user.is_authenticated else None
    problem = _problem_with(found, user)
    if problem:
        if request.session.get(INVITED) == token:
            del request.session[INVITED]
        return _refusal(request, found, problem, status=409 if found else 404)
    assert found is not None
    if user and request.method == "POST":
        try:
            accept_invitation(found, by=user)
        except NotForYou as refused:
            return _refusal(request, found, str(refused), status=409)
        request.session.pop(INVITED, None)
        messages.success(request, f"Welcome to {found.workspace}.")
        return _first_page_of(found.workspace)
    if not user:
        request.session[INVITED] = token
    way_back = urlencode({"next": request.path})
    return render_page(request, "people/invitation.html", {"invitation": found, "way_back": way_back})


def _problem_with(found: Invitation | None, user: User | None) -> str:
    """Return what is wrong with an invitation, for this person, in a sentence; empty when it can be accepted."""
    if found is None:
        return "This link leads to no invitation. Copy all of it, or ask for a new one."
    if user and Membership.objects.filter(workspace=found.workspace, user=user).exists():
        return f"You are a member of {found.workspace} already."
    if found.accepted_at:
        return "This invitation has been used. Ask for a new one."
    if found.revoked_at:
        return "This invitation was taken back. Ask for a new one."
    if not found.is_open(clock.now()):
        return "This invitation is older than seven days. Ask for a new one."
    if user and found.email and found.email != user.email:
        return "This invitation is for another email address. Sign out, then open the link again."
    return ""


def _refusal(request: HttpRequest, found: Invitation | None, sentence: str, *, status: int) -> HttpResponse:
    context = {"sentence": sentence, "invitation": found}
    return render_page(request, "people/invitation_closed.html", context, status=status)
