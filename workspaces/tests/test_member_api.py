"""The calls of members and invitations: who lets whom in and out, and how far (trust A4, J5, M1, R2, T1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client

from aura.kit import clock
from aura.kit.testing_api import Caller, by_session, by_token
from workspaces.credentials import Refused as NotKnown
from workspaces.credentials import use_credential
from workspaces.models import AnsweredCall, ApiSession, Invitation, Mail, Membership, User, Workspace
from workspaces.models.people import hash_token
from workspaces.operation import SYSTEM
from workspaces.operations import change_role, invite_member, refresh_program, remove_member, sign_in_program
from workspaces.scope import every_workspace, use_workspace
from workspaces.tests.people import PASSWORD, clean_limits
from workspaces.tests.programs import credential_of, make

__all__ = ["clean_limits"]

ClientOf = Callable[[User], Client]


@pytest.fixture
def owner(workspace: Workspace, alice: User) -> Caller:
    return by_token(make(workspace, alice).secret)


def state(workspace: Workspace) -> tuple[Any, ...]:
    """Everything that these calls could change."""
    members = Membership.objects.filter(workspace=workspace).order_by("pk")
    with use_workspace(workspace):
        invitations = list(Invitation.objects.order_by("pk").values())
    return list(members.values_list("user__email", "role")), invitations


def problem(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def test_members_are_read_given_other_roles_and_taken_out(
    owner: Caller, alice: User, bob: User, carol: User, workspace: Workspace
) -> None:
    path = f"/members/{bob.pk}"
    found = owner.get(path)
    assert found.json() == next(
        one for one in owner.get("/members").json()["items"] if one["id"] == str(bob.pk)
    )
    assert (found.json()["email"], found.json()["role"], found.json()["is_active"]) == (
        "bob@example.com",
        "editor",
        True,
    )
    stale = found["ETag"]
    changed = owner.patch(path, {"role": "viewer"}, If_Match=stale)
    assert (changed.status_code, changed.json()["role"]) == (200, "viewer")
    assert owner.patch(path, {"role": "admin"}, If_Match=stale).status_code == 412
    assert owner.delete(path, If_Match=changed["ETag"]).status_code == 204
    assert owner.get(path).status_code == owner.delete(path).status_code == 404
    assert {one["role"] for one in owner.get("/members").json()["items"]} == {"owner", "viewer"}


def test_whoever_is_switched_off_is_still_told_of(owner: Caller, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert owner.get(f"/members/{bob.pk}").json()["is_active"] is False


def test_addresses_are_for_credentials_that_are_for_members(
    workspace: Workspace, alice: User, bob: User
) -> None:
    for words, email in (
        (["posts:read"], None),
        (["members:read"], bob.email),
        (["members:write"], bob.email),
    ):
        call = by_token(make(workspace, alice, *words).secret)
        assert call.get(f"/members/{bob.pk}").json()["email"] == email, words
        assert call.get("/invitations").status_code == (200 if email else 403)


def test_an_invitation_is_made_read_and_ended_and_its_link_told_once(
    owner: Caller, alice: User, workspace: Workspace, mallory: User, client_of: ClientOf
) -> None:
    made = owner.post("/invitations", {"role": "viewer"}, Idempotency_Key="one")
    assert made.status_code == 201, made.content
    whole = made.json()
    link = whole.pop("link")
    assert link.startswith(f"{django_settings.AURA_URL}/invitations/")
    assert made["Location"] == f"/api/v1/invitations/{whole['id']}"
    again = owner.post("/invitations", {"role": "viewer"}, Idempotency_Key="one")
    assert (again.status_code, again.json()) == (201, {**whole, "link": ""})
    secret = link.rstrip("/").rpartition("/")[2]
    with use_workspace(workspace):
        assert Invitation.objects.get().token_hash == hash_token(secret)
        assert secret not in AnsweredCall.objects.get().body
    path = f"/invitations/{whole['id']}"
    assert owner.get(path).json() == whole
    assert owner.get("/invitations").json()["items"] == [whole]
    assert (whole["email"], whole["role"], whole["created_by"]) == ("", "viewer", str(alice.pk))
    assert owner.delete(path, If_Match='"0.dead"').status_code == 412
    assert owner.delete(path, If_Match=owner.get(path)["ETag"]).status_code == 204
    assert owner.get(path).status_code == owner.delete(path).status_code == 404
    client_of(mallory).post(link.removeprefix(django_settings.AURA_URL))
    assert not Membership.objects.filter(workspace=workspace, user=mallory).exists()


def test_a_link_that_is_mailed_is_in_no_answer_and_inviting_again_sends_it_again(
    owner: Caller, workspace: Workspace, settings: Any
) -> None:
    settings.EMAIL_URL = "smtp://127.0.0.1:9"
    first, second = (owner.post("/invitations", {"email": "Dora@Example.com"}).json() for _ in range(2))
    assert (first["email"], first["role"], first["link"], second["link"]) == (
        "dora@example.com",
        "editor",
        "",
        "",
    )
    assert [one["id"] for one in owner.get("/invitations").json()["items"]] == [second["id"]]
    assert Mail.objects.filter(to="dora@example.com").count() == 2


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"email": "bob@example.com"}, "email"),
        ({"email": "nobody"}, "email"),
        ({"role": "owner"}, "role"),
        ({"role": "chief"}, "role"),
        ({"role": "viewer", "created_by": "x"}, "created_by"),
        ({"role": "viewer", "token": "x"}, "token"),
        ({"role": "viewer", "expires_at": "2099-01-01T00:00:00Z"}, "expires_at"),
    ],
)
def test_M1_an_invitation_that_makes_no_sense_or_asks_for_more_is_refused(
    sent: dict[str, str], field: str, owner: Caller, bob: User, workspace: Workspace
) -> None:
    refused = owner.post("/invitations", sent)
    assert (refused.status_code, list(refused.json()["fields"])) == (422, [field])
    with use_workspace(workspace):
        assert not Invitation.objects.exists()


def test_pages_and_programs_are_counted_together_when_they_invite(
    owner: Caller, alice: User, client_of: ClientOf, settings: Any
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "invite": "2/1h/user"}
    assert owner.post("/invitations", {"role": "viewer"}).status_code == 201
    assert (
        client_of(alice).post("/w/barrow-rye/settings/people/invite/", {"role": "viewer"}).status_code == 200
    )
    refused = owner.post("/invitations", {"role": "viewer"})
    assert problem(refused) == (429, "TOO_MANY")
    assert int(refused["Retry-After"]) > 60


# How far -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ceiling", ["viewer", "contributor", "editor"])
def test_R2_a_token_below_an_admin_lets_nobody_in_up_or_out(
    ceiling: str, workspace: Workspace, alice: User, bob: User
) -> None:
    call, before = by_token(make(workspace, alice, role=ceiling).secret), state(workspace)
    for refused in (
        call.post("/invitations", {"role": "viewer"}),
        call.patch(f"/members/{bob.pk}", {"role": "admin"}),
        call.patch(f"/members/{bob.pk}", {"role": "viewer"}),
        call.delete(f"/members/{bob.pk}"),
        call.get("/invitations"),
    ):
        assert problem(refused) == (403, "FORBIDDEN")
        assert f"{ceiling}, which is too little here" in refused.json()["detail"]
    assert state(workspace) == before


def test_R2_a_token_that_is_an_admin_at_most_touches_no_owner_though_its_person_is_one(
    workspace: Workspace, alice: User, bob: User
) -> None:
    olga = User.objects.create_user("olga@example.com", PASSWORD, name="Olga")
    Membership.objects.create(workspace=workspace, user=olga, role="owner")
    call, before = by_token(make(workspace, alice, role="admin").secret), state(workspace)
    for refused in (
        call.patch(f"/members/{olga.pk}", {"role": "viewer"}),
        call.patch(f"/members/{alice.pk}", {"role": "admin"}),
        call.delete(f"/members/{olga.pk}"),
    ):
        assert (refused.status_code, "may do no more than an admin" in refused.json()["detail"]) == (
            403,
            True,
        )
    assert state(workspace) == before
    assert call.patch(f"/members/{bob.pk}", {"role": "admin"}).json()["role"] == "admin"
    assert call.post("/invitations", {"role": "admin"}).status_code == 201


def test_R2_A8_no_credential_makes_an_owner_or_lifts_whoever_it_is_for(
    owner: Caller, workspace: Workspace, alice: User, bob: User, carol: User, client_of: ClientOf
) -> None:
    Membership.objects.filter(user=bob).update(role="admin")
    admin = by_token(make(workspace, bob, role="admin").secret)
    access = by_token(
        sign_in_program(Membership.objects.get(user=bob), program="curl", now=clock.now()).access
    )
    before = state(workspace)
    for call in (owner, by_session(client_of(alice), "barrow-rye"), admin, access):
        refused = call.patch(f"/members/{bob.pk}", {"role": "owner"})
        assert (refused.status_code, "Settings, People" in refused.json()["fields"]["role"][0]) == (422, True)
    for call in (
        by_session(client_of(carol), "barrow-rye"),
        by_token(make(workspace, alice, role="viewer").secret),
    ):
        assert problem(call.patch(f"/members/{carol.pk}", {"role": "admin"})) == (403, "FORBIDDEN")
    assert problem(admin.patch(f"/members/{alice.pk}", {"role": "viewer"})) == (403, "FORBIDDEN")
    assert problem(admin.delete(f"/members/{alice.pk}")) == (403, "FORBIDDEN")
    assert state(workspace) == before


def test_R2_the_operation_itself_makes_no_owner_by_a_credential(
    workspace: Workspace, alice: User, bob: User
) -> None:
    member = Membership.objects.get(user=bob)
    with (
        use_credential(credential_of(make(workspace, alice))),
        pytest.raises(PermissionDenied, match="Only a person"),
    ):
        change_role(member, role="owner", by=alice)
    member.refresh_from_db()
    assert member.role == "editor"


def test_R2_the_last_owner_stays_whatever_a_program_asks(
    owner: Caller, alice: User, workspace: Workspace
) -> None:
    before = state(workspace)
    for refused in (
        owner.patch(f"/members/{alice.pk}", {"role": "editor"}),
        owner.delete(f"/members/{alice.pk}"),
        owner.post("/members/leave"),
    ):
        assert (refused.status_code, "needs an owner" in refused.json()["detail"]) == (409, True)
    assert state(workspace) == before


def test_T1_who_is_a_member_elsewhere_alone_is_nobody_here(
    owner: Caller, mallory: User, alice: User, other_workspace: Workspace
) -> None:
    before = state(other_workspace)
    path = f"/members/{mallory.pk}"
    answers = [owner.get(path), owner.patch(path, {"role": "viewer"}), owner.delete(path)]
    assert [problem(one) for one in answers] == [(404, "NOT_FOUND")] * 3
    assert state(other_workspace) == before


# The end of it -------------------------------------------------------------------------------------------------------


def test_A4_J5_whoever_is_taken_out_is_out_with_every_credential_at_once(
    owner: Caller, workspace: Workspace, bob: User, client_of: ClientOf
) -> None:
    Membership.objects.filter(user=bob).update(role="admin")
    token = make(workspace, bob, role="editor")
    member = Membership.objects.get(user=bob)
    first = sign_in_program(member, program="curl", now=clock.now())
    second = refresh_program(first.refresh, now=clock.now())
    calls = [by_token(secret) for secret in (token.secret, first.access, second.access)]
    calls.append(by_session(client_of(bob), "barrow-rye"))
    assert [call.get("/campaigns").status_code for call in calls] == [200] * 4
    assert owner.delete(f"/members/{bob.pk}").status_code == 204
    assert [call.get("/campaigns").status_code for call in calls] == [401, 401, 401, 404]
    program = Caller(Client(), "/api/v1")
    for refresh in (first.refresh, second.refresh):
        assert program.post("/auth/refresh", {"refresh": refresh}).status_code == 401
    with every_workspace("a test looks at everything"):
        assert not ApiSession.objects.filter(membership__user=bob).exists()


def test_J4_who_is_taken_out_while_they_refresh_gets_no_next_pair(workspace: Workspace, bob: User) -> None:
    """Between the moment the refresh token was found and the one in which it is taken."""
    member = Membership.objects.get(user=bob)
    pair = sign_in_program(member, program="curl", now=clock.now())
    taken_out: list[bool] = []

    def meanwhile(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("SAVEPOINT") and not taken_out:
            taken_out.append(True)
            with use_workspace(workspace):
                remove_member(member, by=SYSTEM)
        return execute(sql, *rest)

    with connection.execute_wrapper(meanwhile), pytest.raises(NotKnown) as refused:
        refresh_program(pair.refresh, now=clock.now())
    assert (taken_out, refused.value.status, refused.value.code) == ([True], 401, "REFRESH_ENDED")
    with every_workspace("a test looks at everything"):
        assert not ApiSession.objects.exists()


def test_A4_who_is_taken_out_while_they_invite_leaves_no_invitation_behind(
    workspace: Workspace, alice: User, bob: User
) -> None:
    """Between the moment in which the role was looked at and the one in which the invitation is made."""
    Membership.objects.filter(user=bob).update(role="admin")
    taken_out: list[bool] = []

    def meanwhile(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("SAVEPOINT") and not taken_out:
            taken_out.append(True)
            remove_member(Membership.objects.get(user=bob), by=SYSTEM)
        return execute(sql, *rest)

    with use_workspace(workspace):
        with connection.execute_wrapper(meanwhile), pytest.raises(PermissionDenied):
            invite_member(Invitation(role="admin"), by=bob)
        assert taken_out
        assert not Invitation.objects.exists()


def test_leaving_takes_the_credential_along_and_is_said_once(
    workspace: Workspace, alice: User, bob: User, carol: User
) -> None:
    members_only = by_token(make(workspace, alice, "posts:write").secret)
    assert "members:write" in members_only.post("/members/leave").json()["detail"]
    viewer = by_token(
        sign_in_program(Membership.objects.get(user=carol), program="curl", now=clock.now()).access
    )
    assert viewer.post("/members/leave").status_code == 204
    assert viewer.post("/members/leave").status_code == 401
    assert set(Membership.objects.filter(workspace=workspace).values_list("user__name", flat=True)) == {
        "Alice Byrne",
        "Bob Cullen",
    }


@pytest.mark.parametrize("end", ["removed", "an editor now", "left"])
def test_A4_who_may_not_invite_any_more_comes_back_by_no_link_that_they_kept(
    end: str, owner: Caller, workspace: Workspace, alice: User, bob: User, client_of: ClientOf
) -> None:
    Membership.objects.filter(user=bob).update(role="admin")
    theirs = by_token(make(workspace, bob, role="admin").secret)
    link = theirs.post("/invitations", {"role": "admin"}).json()["link"]
    with use_workspace(workspace):
        others = invite_member(Invitation(role="viewer"), by=alice)
    page = client_of(alice).get(
        f"/w/barrow-rye/settings/people/{Membership.objects.get(user=bob).pk}/remove/"
    )
    assert "An invitation that Bob Cullen made ends." in page.content.decode()
    assert owner.patch(f"/members/{bob.pk}", {"role": "admin"}).status_code == 200
    assert len(owner.get("/invitations").json()["items"]) == 2
    if end == "left":
        theirs.post("/members/leave")
    elif end == "removed":
        owner.delete(f"/members/{bob.pk}")
    else:
        owner.patch(f"/members/{bob.pk}", {"role": "editor"})
    assert [one["id"] for one in owner.get("/invitations").json()["items"]] == [str(others.pk)]
    client_of(bob).post(link.removeprefix(django_settings.AURA_URL))
    assert set(Membership.objects.filter(user=bob).values_list("role", flat=True)) == (
        {"editor"} if end == "an editor now" else set()
    )
