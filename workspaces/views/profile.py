"""A person's own page: what they are called, how Aura looks for them, where they are signed in, and leaving."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from aura.kit import clock
from aura.kit.htmx import render_page
from workspaces.accounts import password_page
from workspaces.devices import browser_name
from workspaces.forms import NoticesForm, ProfileForm, SayNameForm
from workspaces.models import Membership, User
from workspaces.operations import (
    choose_notices,
    delete_account,
    edit_profile,
    end_other_sessions,
    last_owner_of,
    programs_of,
)
from workspaces.views.access import person_of

_DEVICES_AT_MOST = 50


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Show and change the profile."""
    # A copy of its own: a rejected form must not change the name in the frame of the page.
    user = User.objects.get(pk=person_of(request).pk)
    form = ProfileForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        edit_profile(form.instance, by=person_of(request))
        messages.success(request, "Saved.")
        return redirect("people:profile")
    context = {
        "form": form,
        "notices": NoticesForm(user=user),
        "devices": _devices(request, user),
        "programs": programs_of(user, now=clock.now()),
        "has_totp": Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists(),
    }
    return render_page(request, "people/profile.html", context, status=422 if form.errors else 200)


def _devices(request: HttpRequest, user: User) -> list[dict[str, object]]:
    """Return where the person is signed in, this browser first, then the newest."""
    here = request.session.session_key
    sessions = list(UserSession.objects.filter(user=user).order_by("-last_seen_at")[:_DEVICES_AT_MOST])
    sessions.sort(key=lambda session: session.session_key != here)
    return [
        {"session": session, "name": browser_name(session.user_agent), "is_here": session.session_key == here}
        for session in sessions
    ]


@require_POST
def notices(request: HttpRequest) -> HttpResponse:
    """Save where the person wants to hear of things."""
    form = NoticesForm(request.POST, user=person_of(request))
    if form.is_valid():  # ticks are always valid
        choose_notices(person_of(request), choices=form.choices, by=person_of(request))
        messages.success(request, "Saved.")
    return redirect(f"{reverse('people:profile')}#notices")


@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    """Sign the person out everywhere but here, programs too."""
    ended = end_other_sessions(person_of(request), keep=request.session.session_key, by=person_of(request))
    messages.success(request, f"Signed out in {ended} other place{'' if ended == 1 else 's'}.")
    return redirect("people:profile")


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest) -> HttpResponse:
    """Say what deleting the account means, ask for password and e-mail address, then delete it."""
    ask = password_page(request)
    if ask:
        return ask
    user = person_of(request)
    keeping = [membership.workspace for membership in last_owner_of(user)]
    form = SayNameForm(
        request.POST or None, expected=user.email, label=f"Type {user.email} to delete your account"
    )
    if request.method == "POST" and form.is_valid():
        delete_account(user, by=user)
        logout(request)
        messages.success(request, "Your account is deleted.")
        return redirect("account_login")
    mine = Membership.objects.filter(user=user, workspace__trashed_at=None)
    context = {
        "form": form,
        "keeping": keeping,
        "leaving": [m.workspace for m in mine.select_related("workspace").order_by("workspace__name")],
    }
    return render_page(
        request, "people/account_delete.html", context, status=422 if request.method == "POST" else 200
    )
