"""People, workspaces and mails in the instance's admin: what staff need to run an instance, and no more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client

from workspaces.models import Activity, Mail, Membership, User, Workspace
from workspaces.operation import SYSTEM
from workspaces.operations import keep_mail
from workspaces.scope import use_workspace
from workspaces.tests.people import is_signed_in

PASSWORD = "a long enough password"


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root@example.com", PASSWORD, name="Root")


@pytest.fixture
def client(root: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(root)


@pytest.fixture
def clerk(db: None) -> User:
    """Staff who look after people, and are no superuser."""
    clerk = User.objects.create_user("clerk@example.com", PASSWORD, name="Clerk", is_staff=True)
    clerk.user_permissions.set(
        Permission.objects.filter(codename__in=["view_user", "change_user", "add_user"])
    )
    return clerk


def run(client: Client, model: str, action: str, *rows: Any) -> list[str]:
    chosen = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    answer = client.post(f"/admin/workspaces/{model}/", chosen, follow=True)
    return [str(message) for message in answer.context["messages"]]


def person(user: User, **changes: Any) -> dict[str, Any]:
    none = {f"memberships-{key}": "0" for key in ("TOTAL_FORMS", "INITIAL_FORMS")}
    words = {"email": user.email, "name": user.name, "zone": "", "theme": "system", "shortcuts_enabled": "on"}
    return {**words, **none, **changes}


# People ------------------------------------------------------------------------------------------------------------


def test_staff_find_people_and_see_where_they_are(client: Client, alice: User, workspace: Workspace) -> None:
    assert "alice@example.com" in client.get("/admin/workspaces/user/?q=Byrne").content.decode()
    page = client.get(f"/admin/workspaces/user/{alice.pk}/change/").content.decode()
    assert "Barrow &amp; Rye" in page
    assert "Owner" in page


def test_staff_deactivate_and_activate(
    client: Client, bob: User, client_of: Callable[[User], Client]
) -> None:
    browser = client_of(bob)
    browser.get("/profile/")
    assert run(client, "user", "deactivate_account", bob) == ["1 user deactivated."]
    assert not is_signed_in(browser)
    assert run(client, "user", "activate_account", bob) == ["1 user activated."]
    bob.refresh_from_db()
    assert bob.is_active


def test_the_last_superuser_stays(client: Client, root: User) -> None:
    assert "Nobody else runs this instance" in run(client, "user", "deactivate_account", root)[0]
    root.refresh_from_db()
    assert root.is_active


def test_a_superuser_makes_staff(client: Client, bob: User) -> None:
    assert (
        client.post(f"/admin/workspaces/user/{bob.pk}/change/", person(bob, is_staff="on")).status_code == 302
    )
    bob.refresh_from_db()
    assert bob.is_staff
    assert LogEntry.objects.get().object_id == str(bob.pk)


def test_staff_make_accounts(client: Client) -> None:
    words = {"email": "New@Example.com", "name": "New", "usable_password": "true"}
    passwords = {"password1": "three long words", "password2": "three long words"}
    assert client.post("/admin/workspaces/user/add/", {**words, **passwords}).status_code == 302
    assert User.objects.get(email="new@example.com").check_password("three long words")


def test_another_address_ends_the_old_one(client: Client, bob: User) -> None:
    EmailAddress.objects.create(user=bob, email=bob.email, primary=True, verified=True)
    answer = client.post(f"/admin/workspaces/user/{bob.pk}/change/", person(bob, email="robert@example.com"))
    assert answer.status_code == 302
    assert not EmailAddress.objects.filter(email="bob@example.com").exists()


def test_R2_staff_who_are_no_superusers_give_themselves_nothing(
    clerk: User, client_of: Callable[[User], Client]
) -> None:
    client = client_of(clerk)
    mine = f"/admin/workspaces/user/{clerk.pk}/change/"
    assert client.post(mine, person(clerk, is_superuser="on")).status_code == 403
    other = User.objects.create_user("new@example.com", PASSWORD)
    theirs = f"/admin/workspaces/user/{other.pk}/change/"
    assert client.post(theirs, person(other, is_staff="on", is_superuser="on", name="Neu")).status_code == 302
    other.refresh_from_db()
    assert (other.name, other.is_staff, other.is_superuser) == ("Neu", False, False)


def test_R2_staff_who_are_no_superusers_do_not_touch_staff(
    clerk: User, root: User, client_of: Callable[[User], Client]
) -> None:
    client = client_of(clerk)
    assert client.get(f"/admin/workspaces/user/{root.pk}/change/").status_code == 200
    assert client.post(f"/admin/workspaces/user/{root.pk}/change/", person(root)).status_code == 403
    new = {"password1": "three long words", "password2": "three long words"}
    assert client.post(f"/admin/workspaces/user/{root.pk}/password/", new).status_code == 403
    assert "Only a superuser" in run(client, "user", "deactivate_account", root)[0]
    root.refresh_from_db()
    assert root.is_active
    assert root.check_password(PASSWORD)


def test_a_password_given_by_staff_ends_every_session(
    client: Client, bob: User, client_of: Callable[[User], Client]
) -> None:
    browser = client_of(bob)
    assert is_signed_in(browser)
    new = {"password1": "three long words", "password2": "three long words", "usable_password": "true"}
    assert client.post(f"/admin/workspaces/user/{bob.pk}/password/", new).status_code == 302
    assert not is_signed_in(browser)


# Workspaces --------------------------------------------------------------------------------------------------------


def test_staff_trash_and_restore_a_workspace(
    client: Client, workspace: Workspace, alice: User, client_of: Callable[[User], Client]
) -> None:
    assert run(client, "workspace", "delete_workspace", workspace) == ["1 workspace put in the trash."]
    assert client_of(alice).get(f"/w/{workspace.slug}/campaigns/").status_code == 404
    assert run(client, "workspace", "restore_workspace", workspace) == ["1 workspace restored."]
    assert client_of(alice).get(f"/w/{workspace.slug}/campaigns/").status_code == 200


def test_a_workspace_is_saved_by_its_operation(client: Client, workspace: Workspace) -> None:
    none = {f"memberships-{key}": "0" for key in ("TOTAL_FORMS", "INITIAL_FORMS")}
    rules = {"approval": "none", "links": "plain", "grace_minutes": "10"}
    words = {"name": "Barrow", "zone": "Europe/Dublin", "slug": "taken-over", **rules, **none}
    path = f"/admin/workspaces/workspace/{workspace.pk}/change/"
    assert client.post(path, words).status_code == 302
    assert client.post(path, {**words, "zone": "Mars/Olympus"}).status_code == 200
    workspace.refresh_from_db()
    assert (workspace.name, workspace.slug, workspace.grace_minutes) == ("Barrow", "barrow-rye", 10)
    with use_workspace(workspace):
        assert Activity.objects.get(verb="workspaces.edit_workspace").actor_name == "Root (staff)"


def test_staff_give_a_workspace_without_an_owner_a_new_one(
    client: Client, workspace: Workspace, alice: User, bob: User
) -> None:
    heir = Membership.objects.get(user=bob)
    last = Membership.objects.get(user=alice)
    assert "needs an owner" in run(client, "membership", "remove_member", last)[0]
    assert run(client, "membership", "change_role", heir) == ["1 membership made owner."]
    assert run(client, "membership", "remove_member", last) == ["1 membership removed."]
    assert list(Membership.objects.values_list("user__email", "role")) == [("bob@example.com", "owner")]
    with use_workspace(workspace):
        assert Activity.objects.filter(actor_name="Root (staff)").count() == 2


def test_memberships_are_records(client: Client, alice: User) -> None:
    member = Membership.objects.get(user=alice)
    path = f"/admin/workspaces/membership/{member.pk}/change/"
    assert client.get(path).status_code == 200
    assert client.post(path, {"role": "viewer"}).status_code == 403


# Mails -------------------------------------------------------------------------------------------------------------


def test_staff_read_a_kept_mail_and_follow_its_link(client: Client, workspace: Workspace) -> None:
    mail = keep_mail(
        to="new@example.com",
        subject="Come in",
        body="Hello <b>you</b>,\nhttps://aura.example/invitations/abc/\n",
        workspace=workspace,
    )
    page = client.get(f"/admin/workspaces/mail/{mail.pk}/change/").content.decode()
    assert 'href="https://aura.example/invitations/abc/"' in page
    assert "&lt;b&gt;you&lt;/b&gt;" in page
    assert "Come in" in client.get("/admin/workspaces/mail/?status__exact=kept").content.decode()


def test_staff_send_a_mail_again_once_there_is_a_server(client: Client, settings: Any) -> None:
    mail = keep_mail(to="new@example.com", subject="Come in", body="Hello")
    assert "No mail server is set" in run(client, "mail", "resend_mail", mail)[0]
    settings.EMAIL_URL = "smtp://mail.example:25"
    Mail.objects.update(status="failed", failure="The mail server refused it (550).")
    assert client.get("/admin/workspaces/mail/?aside=yes").context["cl"].result_count == 1
    assert run(client, "mail", "resend_mail", mail) == ["1 mail will be sent again."]
    mail.refresh_from_db()
    assert (mail.status, mail.failure) == ("pending", "")


def test_what_signing_in_knows_is_read_without_its_secrets(client: Client, alice: User) -> None:
    from allauth.mfa.models import Authenticator

    factor = Authenticator.objects.create(user=alice, type="totp", data={"secret": "sealed words"})
    page = client.get(f"/admin/mfa/authenticator/{factor.pk}/change/").content.decode()
    assert "alice@example.com" in page or "Alice" in page
    assert "sealed words" not in page


def test_an_invitation_is_revoked(client: Client, workspace: Workspace) -> None:
    from workspaces.models import Invitation
    from workspaces.operations import invite_member

    with use_workspace(workspace):
        invitation = invite_member(Invitation(email="new@example.com", role="editor"), by=SYSTEM)
    page = client.get(f"/admin/workspaces/invitation/{invitation.pk}/change/").content.decode()
    assert invitation.token_hash not in page
    assert run(client, "invitation", "revoke_invitation", invitation) == ["1 invitation revoked."]
    assert "used or ended" in run(client, "invitation", "revoke_invitation", invitation)[0]
