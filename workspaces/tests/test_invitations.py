"""Invitations: one link, one use, one role, seven days, one address if it names one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.test import Client

from aura.kit import clock
from workspaces.models import Invitation, Mail, Membership, User, Workspace
from workspaces.models.people import hash_token
from workspaces.operation import SYSTEM, Refused
from workspaces.operations import accept_invitation, delete_workspace, invite_member, revoke_invitation
from workspaces.scope import use_workspace
from workspaces.tests.people import browser, clean_limits

__all__ = ["clean_limits"]

ClientOf = Callable[[User], Client]
INVITE = "/w/barrow-rye/settings/people/invite/"


@pytest.fixture
def invite(workspace: Workspace, alice: User) -> Callable[..., Invitation]:
    def make(email: str = "", role: str = "editor", by: User | None = None) -> Invitation:
        with use_workspace(workspace):
            return invite_member(Invitation(email=email, role=role), by=by or alice)

    return make


@pytest.fixture
def dora(db: None) -> User:
    return User.objects.create_user("dora@example.com", "a rather long password", name="Dora Egan")


def _members(workspace: Workspace) -> set[tuple[str, str]]:
    return set(Membership.objects.filter(workspace=workspace).values_list("user__email", "role"))


def test_an_admin_invites_by_link_which_is_shown_once_and_kept_as_a_hash(
    workspace: Workspace, bob: User, alice: User, client_of: ClientOf
) -> None:
    Membership.objects.filter(user=bob).update(role="admin")
    client = client_of(bob)
    page = client.post(INVITE, {"email": "", "role": "viewer"}).content.decode()
    link = page.split(f'value="{settings.AURA_URL}/invitations/')[1].split("/")[0]
    with use_workspace(workspace):
        invitation = Invitation.objects.get()
    assert invitation.token_hash == hash_token(link)
    assert invitation.created_by == bob
    assert link not in client.get("/w/barrow-rye/settings/people/").content.decode()
    assert link not in str(Invitation.__dict__) + str(invitation.__dict__)


def test_an_invitation_by_mail_has_the_link_the_team_and_the_operators_host(
    invite: Callable[..., Invitation], workspace: Workspace
) -> None:
    invitation = invite("dora@example.com")
    mail = Mail.objects.get()
    assert (mail.to, mail.subject) == ("dora@example.com", "Alice Byrne invites you to Barrow & Rye")
    assert f"{settings.AURA_URL}/invitations/{invitation.token}/" in mail.body
    assert "as editor" in mail.body
    assert mail.workspace == workspace


def test_A1_inviting_says_the_same_whether_somebody_has_an_account_or_not(
    dora: User, alice: User, client_of: ClientOf
) -> None:
    client = client_of(alice)
    pages = []
    for email in ("dora@example.com", "nora@example.com"):
        answer = client.post(INVITE, {"email": email, "role": "viewer"})
        pages.append(answer.status_code)
        assert "The invitation is ready" in answer.content.decode()
    assert pages == [200, 200]


def test_R2_nobody_gives_a_role_above_their_own_or_makes_an_owner_by_invitation(
    invite: Callable[..., Invitation],
    workspace: Workspace,
    alice: User,
    bob: User,
    carol: User,
    client_of: ClientOf,
) -> None:
    for person in (bob, carol):
        with pytest.raises(PermissionDenied):
            invite(role="viewer", by=person)
        assert client_of(person).post(INVITE, {"role": "viewer"}).status_code == 403
    Membership.objects.filter(user=bob).update(role="admin")
    for person in (alice, bob):
        assert client_of(person).post(INVITE, {"role": "owner"}).status_code == 422
        with pytest.raises(PermissionDenied):
            invite(role="owner", by=person)
    with use_workspace(workspace):
        assert not Invitation.objects.exists()


def test_a_member_is_not_invited_again_and_a_new_invitation_ends_the_old_one(
    invite: Callable[..., Invitation], workspace: Workspace, alice: User, bob: User, client_of: ClientOf
) -> None:
    with pytest.raises(Refused, match="member already"):
        invite("bob@example.com")
    answer = client_of(alice).post(INVITE, {"email": "BOB@example.com", "role": "viewer"})
    assert answer.status_code == 422
    first, second = invite("dora@example.com"), invite("dora@example.com")
    with use_workspace(workspace):
        first.refresh_from_db()
    assert first.revoked_at
    assert second.is_open(clock.now())


def test_an_account_joins_with_the_role_of_the_invitation_and_once(
    invite: Callable[..., Invitation], workspace: Workspace, dora: User, mallory: User, client_of: ClientOf
) -> None:
    path = f"/invitations/{invite(role='contributor').token}/"
    client = client_of(dora)
    assert "Join Barrow &amp; Rye" in client.get(path).content.decode()
    assert ("dora@example.com", "contributor") not in _members(workspace)
    answer = client.post(path, {"role": "owner"})
    assert answer["Location"].startswith("/w/barrow-rye/")
    assert ("dora@example.com", "contributor") in _members(workspace)
    before = _members(workspace)
    used = client_of(mallory).post(path)
    assert used.status_code == 409
    assert "has been used" in used.content.decode()
    assert client.post(path).status_code == 409
    assert _members(workspace) == before


def _age(invitation: Invitation, workspace: Workspace) -> None:
    with use_workspace(workspace):
        Invitation.objects.filter(pk=invitation.pk).update(expires_at=clock.now() - timedelta(seconds=1))


def _revoke(invitation: Invitation, workspace: Workspace) -> None:
    with use_workspace(workspace):
        revoke_invitation(invitation, by=SYSTEM)


@pytest.mark.parametrize(
    ("spoil", "status", "words"),
    [
        (_age, 409, "older than seven days"),
        (_revoke, 409, "taken back"),
        (None, 409, "another email address"),
    ],
)
def test_A7_an_invitation_that_does_not_open_says_why_and_lets_nobody_in(
    spoil: Callable[[Invitation, Workspace], None] | None,
    status: int,
    words: str,
    invite: Callable[..., Invitation],
    workspace: Workspace,
    dora: User,
    client_of: ClientOf,
) -> None:
    invitation = invite("" if spoil else "nora@example.com")
    if spoil:
        spoil(invitation, workspace)
    before = _members(workspace)
    client = client_of(dora)
    for answer in (
        client.get(f"/invitations/{invitation.token}/"),
        client.post(f"/invitations/{invitation.token}/"),
    ):
        assert answer.status_code == status
        assert words in answer.content.decode()
    with pytest.raises(Refused):
        accept_invitation(invitation, by=dora)
    assert _members(workspace) == before


def test_A7_a_made_up_link_is_404_and_one_of_a_deleted_workspace_too(
    invite: Callable[..., Invitation], workspace: Workspace, alice: User, dora: User, client_of: ClientOf
) -> None:
    invitation = invite()
    client = client_of(dora)
    assert client.get("/invitations/made-up/").status_code == 404
    assert browser().get("/invitations/made-up/").status_code == 404
    with use_workspace(workspace):
        delete_workspace(workspace, by=alice)
    assert client.get(f"/invitations/{invitation.token}/").status_code == 404
    with pytest.raises(Refused):
        accept_invitation(invitation, by=dora)


def test_opening_and_making_invitations_is_limited(alice: User, client_of: ClientOf) -> None:
    client = browser()
    statuses = [client.get(f"/invitations/guess{n}/").status_code for n in range(31)]
    assert statuses == [404] * 30 + [429]
    inviter = client_of(alice)
    made = [
        inviter.post(INVITE, {"email": f"p{n}@example.com", "role": "viewer"}).status_code for n in range(31)
    ]
    assert made == [200] * 30 + [429]


def test_an_invitation_is_taken_back_once(
    invite: Callable[..., Invitation],
    workspace: Workspace,
    alice: User,
    bob: User,
    mallory: User,
    client_of: ClientOf,
) -> None:
    invitation = invite()
    path = f"/w/barrow-rye/settings/people/invitations/{invitation.pk}/revoke/"
    assert client_of(bob).post(path).status_code == 403
    assert client_of(mallory).post(path).status_code == 404
    assert client_of(mallory).post(path.replace("barrow-rye", "moss-co")).status_code == 404
    with use_workspace(workspace):
        invitation.refresh_from_db()
    assert invitation.revoked_at is None
    assert client_of(alice).post(path).status_code == 302
    again = client_of(alice).post(path)
    assert again.status_code == 409
    assert "used or ended before" in again.content.decode()


def test_an_invitation_is_not_for_programs_of_aura(invite: Callable[..., Invitation]) -> None:
    with pytest.raises(PermissionDenied):
        accept_invitation(invite(), by=SYSTEM)
