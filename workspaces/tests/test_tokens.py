"""API tokens: what one opens, what it never opens, and when it ends (trust A4, A8, J3, M1, R2, R4, T1, T8)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client, RequestFactory

from aura.kit import clock
from campaigns.models import Brand
from campaigns.operations import create_brand
from workspaces import narrowing, roles
from workspaces.credentials import Refused, identify, use_credential
from workspaces.models import Activity, ApiToken, Invitation, Membership, User, Workspace
from workspaces.models.people import hash_token
from workspaces.operation import REGISTRY, SYSTEM
from workspaces.operation import Refused as NotNow
from workspaces.operations import (
    activate_account,
    create_token,
    deactivate_account,
    delete_account,
    delete_workspace,
    invite_member,
    remove_member,
    revoke_token,
)
from workspaces.scope import every_workspace, use_workspace
from workspaces.tests.people import PASSWORD, clean_limits
from workspaces.tests.programs import ALL, ask, credential_of, make, open_by, refusal
from workspaces.token_text import API, REFRESH, is_token, new_token

__all__ = ["clean_limits"]

ClientOf = Callable[[User], Client]


# What it looks like ------------------------------------------------------------------------------------------------


def test_a_secret_is_known_by_sight_and_a_mistyped_one_is_told() -> None:
    secret = new_token(API)
    assert re.fullmatch(r"aura_(api|ref)_[0-9A-Za-z]{38}", secret)
    assert is_token(secret, API)
    assert not is_token(secret, REFRESH)
    assert new_token(API) != secret
    wrong = secret[:20] + ("a" if secret[20] != "a" else "b") + secret[21:]
    for other in (
        wrong,
        secret[:-1],
        secret + "a",
        secret + "\n",
        "",
        "aura_api_",
        secret.replace("_api_", "_ref_"),
    ):
        assert not is_token(other, API), other


def test_only_the_hash_of_a_secret_is_kept(workspace: Workspace, alice: User) -> None:
    token = make(workspace, alice)
    with every_workspace("a test looks at everything"):
        row = ApiToken.objects.values().get()
    assert token.secret not in str(row)
    assert row["token_hash"] == hash_token(token.secret)
    assert token.secret.startswith(row["prefix"])
    assert len(row["prefix"]) == len(API) + 4


# What it opens -----------------------------------------------------------------------------------------------------


def test_a_token_opens_its_workspace_for_whoever_made_it(
    workspace: Workspace, bob: User, alice: User
) -> None:
    token = make(workspace, alice, "posts:write", role="contributor", name="Report")
    credential, scope = open_by(ask(token.secret))
    assert scope == workspace.pk
    assert (credential.kind, credential.id, credential.name) == ("token", token.pk, "Report")
    assert (credential.user, credential.workspace, credential.role) == (alice, workspace, "contributor")
    assert credential.may("posts:write")
    assert credential.may("posts:read")
    assert not credential.may("publish")
    assert not credential.may("media:read")


def test_T1_T8_no_header_slug_or_cookie_opens_another_workspace(
    workspace: Workspace, other_workspace: Workspace, alice: User, mallory: User, client_of: ClientOf
) -> None:
    Membership.objects.create(workspace=other_workspace, user=alice, role="owner")
    token = make(workspace, alice)
    for headers in (
        {"X-Workspace": "moss-co"},
        {"X-Original-URL": "/w/moss-co/api/v1/me"},
        {"Cookie": "workspace=moss-co"},
    ):
        _, scope = open_by(ask(token.secret, "/api/v1/me?workspace=moss-co", **headers))
        assert scope == workspace.pk
    request = ask(token.secret, "/w/moss-co/api/v1/me")
    request.user, request.session = alice, client_of(alice).session
    answer, _ = open_by(request)
    assert isinstance(answer, Refused)
    assert answer.code == "TOKEN_NOT_HERE"


def test_T8_a_browsers_session_counts_only_below_its_workspace(
    workspace: Workspace, alice: User, client_of: ClientOf
) -> None:
    request = RequestFactory().get("/api/v1/me")
    request.user, request.session = alice, client_of(alice).session
    assert open_by(request) == (None, None)
    assert str(request.user) == "AnonymousUser"
    request = RequestFactory().get("/w/barrow-rye/api/v1/me")
    request.user, request.session = alice, client_of(alice).session
    credential, scope = open_by(request)
    assert (credential.kind, credential.user) == ("session", alice)
    assert (credential.role, scope) == ("owner", workspace.pk)


def test_a_token_beats_the_session_that_comes_with_it(
    workspace: Workspace, alice: User, bob: User, client_of: ClientOf
) -> None:
    token = make(workspace, alice, "posts:read", role="viewer")
    request = ask(token.secret)
    request.user, request.session = bob, client_of(bob).session
    credential, _ = open_by(request)
    assert (credential.kind, credential.user, request.user) == ("token", alice, alice)


def test_J3_a_secret_elsewhere_than_in_the_header_is_nothing(workspace: Workspace, alice: User) -> None:
    token = make(workspace, alice)
    for request in (
        RequestFactory().get(f"/api/v1/me?token={token.secret}&access_token={token.secret}"),
        RequestFactory().get("/api/v1/me", headers={"Cookie": f"token={token.secret}"}),
        RequestFactory().get("/api/v1/me", headers={"X-Api-Key": token.secret}),
    ):
        assert open_by(request) == (None, None)


@pytest.mark.parametrize(
    "header",
    [
        "Basic YTpi",
        "Bearer",
        "Bearer ",
        "Bearer a b",
        "bearer\tx",
        "Token x",
        "Bearer " + "x" * 5000,
        "Bearer é",
    ],
)
def test_J3_what_is_no_bearer_credential_is_refused(header: str, workspace: Workspace) -> None:
    answer, scope = open_by(RequestFactory().get("/api/v1/me", headers={"Authorization": header}))
    assert isinstance(answer, Refused)
    assert scope is None


def test_what_works_no_more_is_told_apart_only_where_it_helps(workspace: Workspace, alice: User) -> None:
    assert refusal(new_token(API)) == refusal(new_token(REFRESH)) == "UNKNOWN_TOKEN"
    token = make(workspace, alice, expires_at=clock.now() + timedelta(hours=1))
    now = clock.now()
    assert identify(ask(token.secret), now=now + timedelta(minutes=59)) is not None
    with pytest.raises(Refused) as refused:
        identify(ask(token.secret), now=now + timedelta(hours=2))
    assert refused.value.code == "TOKEN_ENDED"


# When it ends ------------------------------------------------------------------------------------------------------


def test_A4_everything_that_ends_a_token_ends_it_at_once(
    workspace: Workspace, other_workspace: Workspace, alice: User, bob: User
) -> None:
    def of_bob(name: str) -> ApiToken:
        member = Membership.objects.filter(workspace=workspace, user=bob)
        member.update(role="admin")
        return make(workspace, User.objects.get(pk=bob.pk), role="editor", name=name)

    token = of_bob("Revoked")
    with use_workspace(workspace):
        revoke_token(token, by=alice)
        with pytest.raises(NotNow):
            revoke_token(token, by=alice)
    assert refusal(token.secret) == "UNKNOWN_TOKEN"

    token = of_bob("New password")
    person = User.objects.get(pk=bob.pk)
    person.set_password("another long password")
    person.save(update_fields=["password"])
    assert refusal(token.secret) == "TOKEN_ENDED"

    token = of_bob("Switched off")
    deactivate_account(User.objects.get(pk=bob.pk), by=SYSTEM)
    assert refusal(token.secret) == "UNKNOWN_TOKEN"
    activate_account(User.objects.get(pk=bob.pk), by=SYSTEM)
    assert refusal(token.secret) == "TOKEN_ENDED"

    token = of_bob("Removed")
    with use_workspace(workspace):
        remove_member(Membership.objects.get(workspace=workspace, user=bob), by=alice)
    assert refusal(token.secret) == "UNKNOWN_TOKEN"
    Membership.objects.create(workspace=workspace, user=bob, role="owner")
    assert refusal(token.secret) == "UNKNOWN_TOKEN"

    token = of_bob("Account deleted")
    delete_account(User.objects.get(pk=bob.pk), by=bob)
    assert refusal(token.secret) == "UNKNOWN_TOKEN"

    token = make(workspace, alice, name="Workspace deleted")
    with use_workspace(workspace):
        delete_workspace(workspace, by=alice)
    assert refusal(token.secret) == "UNKNOWN_TOKEN"


def test_a_password_that_is_only_hashed_anew_ends_nothing(
    workspace: Workspace, alice: User, settings: Any
) -> None:
    token = make(workspace, alice)
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]
    before = alice.password
    assert alice.check_password(PASSWORD)
    alice.refresh_from_db()
    assert alice.password != before
    assert credential_of(token).user == alice


# How it narrows ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("role", "scopes", "allowed"), [
    ("owner", "*", True),
    ("contributor", "campaigns:write", True),
    ("viewer", "*", False),
    ("owner", "campaigns:read", False),
    ("owner", "posts:write", False),
])  # fmt: skip
def test_R2_an_operation_itself_holds_the_ceiling_and_the_words(
    role: str, scopes: str, allowed: bool, workspace: Workspace, alice: User
) -> None:
    token = make(workspace, alice, scopes, role=role)
    with use_workspace(workspace):
        brands = Brand.objects.count()
    with use_credential(credential_of(token)):
        if allowed:
            create_brand(Brand(name="Rye"), by=alice)
        else:
            with pytest.raises(PermissionDenied) as refused:
                create_brand(Brand(name="Rye"), by=alice)
            assert ("does not include campaigns:write" in str(refused.value)) is (role == "owner")
    with use_workspace(workspace):
        assert Brand.objects.count() == brands + allowed


def test_R4_who_is_demoted_takes_the_token_along(workspace: Workspace, alice: User, bob: User) -> None:
    Membership.objects.filter(user=bob).update(role="admin")
    token = make(workspace, bob, role="admin")
    Membership.objects.filter(user=bob).update(role="viewer")
    credential = credential_of(token)
    assert credential.role == "viewer"
    with use_credential(credential), pytest.raises(PermissionDenied):
        create_brand(Brand(name="Rye"), by=bob)


def test_a_token_makes_no_token_and_touches_no_account(workspace: Workspace, alice: User) -> None:
    token = make(workspace, alice)
    with use_credential(credential_of(token)):
        for name in (
            "create_token",
            "hand_over_ownership",
            "delete_workspace",
            "edit_profile",
            "create_workspace",
        ):
            with pytest.raises(PermissionDenied, match="Only a person"):
                REGISTRY[f"workspaces.{name}"](
                    alice, by=alice, **({"owner": alice} if name == "create_workspace" else {})
                )
        with pytest.raises(PermissionDenied):
            create_token(ApiToken(name="Second", role="viewer", scopes=ALL), by=alice)
        assert ApiToken.objects.count() == 1


def test_a_ceiling_counts_for_the_roles_that_are_given_too(workspace: Workspace, alice: User) -> None:
    token = make(workspace, alice, role="admin")
    with use_credential(credential_of(token)):
        invite_member(Invitation(email="dan@example.com", role="admin"), by=alice)
    token = make(workspace, alice, role="viewer")
    with use_credential(credential_of(token)), pytest.raises(PermissionDenied):
        invite_member(Invitation(email="eve@example.com", role="viewer"), by=alice)


def test_every_operation_asks_for_a_word_that_is_known() -> None:
    known = {*narrowing.WORDS, narrowing.EVERYTHING, None}
    assert {
        name: narrowing.word_of(name) for name in roles.RIGHTS if narrowing.word_of(name) not in known
    } == {}
    publishing = {name for name in roles.RIGHTS if narrowing.word_of(name) == "publish"}
    assert {
        "posts.approve_post",
        "posts.schedule_post",
        "posts.publish_post",
        "posts.move_post",
    } <= publishing
    assert narrowing.word_of("posts.edit_post") == "posts:write"
    assert narrowing.word_of("posts.trash_channel") == "channels:write"
    named = narrowing._CHANNELS | narrowing._NEVER | set(narrowing._OF_VERB)
    assert {name for name in named if name not in roles.RIGHTS} == set()


def test_the_activity_says_by_which_token(workspace: Workspace, alice: User) -> None:
    token = make(workspace, alice, name="Report")
    with use_credential(credential_of(token)):
        create_brand(Brand(name="Rye"), by=alice)
    with use_workspace(workspace):
        entry = Activity.objects.filter(verb="campaigns.create_brand").first()
    assert (entry.actor, entry.actor_name) == (alice, "Alice Byrne by the token “Report”")


def test_its_last_use_is_written_once_a_minute(workspace: Workspace, alice: User) -> None:
    token, now = make(workspace, alice), clock.now()

    def used(seconds: int) -> Any:
        identify(ask(token.secret), now=now + timedelta(seconds=seconds))
        with use_workspace(workspace):
            return ApiToken.objects.get().last_used_at - now

    assert used(0) == used(59) == timedelta(0)
    assert used(61) == timedelta(seconds=61)
