"""A person's own account: profile, devices, leaving for good."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone

from campaigns.models import Brand
from workspaces.devices import browser_name
from workspaces.models import Activity, Mail, Membership, User, Workspace
from workspaces.operation import SYSTEM, Refused
from workspaces.operations import (
    activate_account,
    deactivate_account,
    delete_account,
    edit_profile,
    forget_ended_sessions,
    hooks,
    keep_mail,
)
from workspaces.scope import use_workspace
from workspaces.tests.people import PASSWORD, browser, clean_limits, sign_in

__all__ = ["clean_limits"]

ClientOf = Callable[[User], Client]
DELETE = "/profile/delete/"
PROFILE = {"name": "Alice B", "zone": "Asia/Tokyo", "theme": "dark", "shortcuts_enabled": ""}


def test_a_person_changes_their_profile_and_the_theme_is_worn(alice: User, client_of: ClientOf) -> None:
    client = client_of(alice)
    assert client.post("/profile/", PROFILE)["Location"] == "/profile/"
    alice.refresh_from_db()
    assert (alice.name, alice.zone, alice.theme, alice.shortcuts_enabled) == (
        "Alice B",
        "Asia/Tokyo",
        "dark",
        False,
    )
    inside = client.get("/w/barrow-rye/settings/").content.decode()
    assert 'data-theme="dark"' in inside
    assert 'data-shortcuts="off"' in inside


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("name", "a\nb"), ("zone", "Mars/Base"), ("theme", "pink"), ("name", "x" * 81)],
)
def test_a_wrong_profile_is_422_and_changes_nothing(
    field: str, value: str, alice: User, client_of: ClientOf
) -> None:
    answer = client_of(alice).post("/profile/", {**PROFILE, field: value})
    assert answer.status_code == 422
    alice.refresh_from_db()
    assert alice.name == "Alice Byrne"


def test_M1_R2_a_profile_gives_no_rights(alice: User, client_of: ClientOf) -> None:
    extra = {
        "is_staff": "on",
        "is_superuser": "on",
        "email": "root@example.com",
        "role": "owner",
        "is_active": "",
    }
    client_of(alice).post("/profile/", {**PROFILE, **extra})
    alice.refresh_from_db()
    assert (alice.is_staff, alice.is_superuser, alice.is_active, alice.email) == (
        False,
        False,
        True,
        "alice@example.com",
    )


def test_nobody_edits_anothers_profile(alice: User, bob: User) -> None:
    bob.name = "Hacked"
    with pytest.raises(PermissionDenied):
        edit_profile(bob, by=alice)
    bob.refresh_from_db()
    assert bob.name == "Bob Cullen"


def _ready_to_delete(email: str) -> Client:
    client = browser()
    sign_in(client, email)
    client.post("/account/reauthenticate/", {"password": PASSWORD, "next": DELETE})
    return client


def test_A8_deleting_an_account_asks_for_the_password_first(bob: User, client_of: ClientOf) -> None:
    answer = client_of(bob).post(DELETE, {"typed": bob.email})
    assert answer["Location"] == "/account/reauthenticate/?next=%2Fprofile%2Fdelete%2F"
    assert User.objects.filter(pk=bob.pk).exists()


def test_a_person_deletes_their_account_and_the_team_keeps_their_work(
    workspace: Workspace, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone: list[object] = []
    monkeypatch.setattr(
        hooks, "_goers", [hooks._Goer(lambda going: [], lambda going, *, by: gone.append(going))]
    )
    with use_workspace(workspace):
        Brand.objects.create(name="Rye", created_by=bob)
        Activity.write("campaigns.create_brand", bob, Brand.objects.get())
    keep_mail(to=bob.email, subject="A link", body="x")
    client = _ready_to_delete("bob@example.com")
    assert "You leave Barrow &amp; Rye" in client.get(DELETE).content.decode()
    assert client.post(DELETE, {"typed": "somebody@example.com"}).status_code == 422
    assert client.post(DELETE, {"typed": "BOB@example.com"})["Location"] == "/account/login/"
    assert not User.objects.filter(email="bob@example.com").exists()
    assert not Membership.objects.filter(workspace=workspace).exists()
    assert not Mail.objects.filter(to="bob@example.com").exists()
    assert len(gone) == 1
    with use_workspace(workspace):
        assert Brand.objects.get().created_by is None
        names = set(Activity.objects.values_list("verb", "actor_name", "actor"))
    assert names == {
        ("campaigns.create_brand", "Bob Cullen", None),
        ("workspaces.leave_workspace", "Bob Cullen", None),
    }
    assert client.get("/profile/").status_code == 302


def test_the_last_owner_is_told_which_workspaces_keep_them(alice: User, workspace: Workspace) -> None:
    client = _ready_to_delete("alice@example.com")
    page = client.get(DELETE).content.decode()
    assert "You are the last owner" in page
    assert "/w/barrow-rye/settings/people/" in page
    assert client.post(DELETE, {"typed": alice.email}).status_code == 409
    assert User.objects.filter(pk=alice.pk).exists()
    with pytest.raises(Refused, match="Barrow & Rye"):
        delete_account(alice, by=alice)
    Workspace.objects.update(trashed_at=timezone.now())
    assert client.post(DELETE, {"typed": alice.email}).status_code == 302
    assert not User.objects.filter(pk=alice.pk).exists()


def test_an_account_is_switched_off_and_on_by_staff_only_and_never_the_last_superuser(
    alice: User, bob: User
) -> None:
    for operation in (deactivate_account, activate_account):
        with pytest.raises(PermissionDenied):
            operation(bob, by=alice)
    deactivate_account(bob, by=SYSTEM)
    assert not User.objects.get(pk=bob.pk).is_active
    activate_account(bob, by=SYSTEM)
    assert User.objects.get(pk=bob.pk).is_active
    root = User.objects.create_superuser("root@example.com")
    with pytest.raises(Refused, match="Nobody else"):
        deactivate_account(root, by=SYSTEM)


def test_ended_sessions_leave_the_list_of_devices(alice: User) -> None:
    for ip in ("192.0.2.1", "192.0.2.2"):
        sign_in(browser(ip), "alice@example.com")
    Session.objects.filter(session_key=UserSession.objects.order_by("pk")[0].session_key).update(
        expire_date=timezone.now() - timezone.timedelta(days=1)
    )
    assert forget_ended_sessions() == 1
    assert UserSession.objects.get().ip == "192.0.2.2"
    assert Session.objects.count() == 1


def test_a_person_who_signed_up_by_a_command_signs_in_where_mails_are_sent(
    alice: User, settings: object
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"  # type: ignore[attr-defined]
    assert sign_in(browser(), "alice@example.com")["Location"] == "/"


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Android 16; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0", "Firefox on Android"),
        ("curl/8.0", "A browser"),
        ("Something on Linux", "A browser on Linux"),
    ],
)  # fmt: skip
def test_a_browser_is_named_in_words(agent: str, name: str) -> None:
    assert browser_name(agent) == name
