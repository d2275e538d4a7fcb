"""The pages of API tokens, and what people are told of them (trust A8, M1, R1, R2)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from aura.kit import clock
from workspaces.credentials import identify
from workspaces.models import Activity, ApiToken, Membership, Notification, User, Workspace
from workspaces.models.people import hash_token
from workspaces.operations import (
    create_token,
    purge_tokens,
    revoke_token,
    tell_of_ending_tokens,
)
from workspaces.scope import use_workspace
from workspaces.tests.people import PASSWORD, clean_limits
from workspaces.tests.programs import ALL, ask, credential_of, make, refusal

__all__ = ["clean_limits"]

ClientOf = Callable[[User], Client]
TOKENS, NEW = "/w/barrow-rye/settings/tokens/", "/w/barrow-rye/settings/tokens/new/"
FORM = {"name": "Nightly report", "role": "editor", "scopes": ["posts:read", "media:write"], "lasts": "90"}


def _reauthenticated(client: Client) -> Client:
    client.post("/account/reauthenticate/", {"password": PASSWORD, "next": NEW})
    return client


def test_A8_a_token_is_made_after_the_password_was_given_lately(
    workspace: Workspace, alice: User, client_of: ClientOf
) -> None:
    client = client_of(alice)
    for answer in (client.get(NEW), client.post(NEW, FORM)):
        assert answer["Location"].startswith("/account/reauthenticate/?next=")
    _reauthenticated(client)
    answer = client.post(NEW, FORM)
    assert answer.status_code == 200
    [secret] = re.findall(r'value="(aura_api_[0-9A-Za-z]{38})"', answer.content.decode())
    assert "no-store" in answer["Cache-Control"]
    assert secret not in str(dict(client.session))
    assert secret not in client.get(TOKENS).content.decode()
    credential = identify(ask(secret))
    assert (credential.role, credential.scopes, credential.user) == (
        "editor",
        {"posts:read", "media:write"},
        alice,
    )
    assert timedelta(days=89) < credential_row(workspace).expires_at - clock.now() <= timedelta(days=90)


def credential_row(workspace: Workspace) -> ApiToken:
    with use_workspace(workspace):
        return ApiToken.objects.get()


@pytest.mark.parametrize(("change", "says"), [
    ({"name": ""}, "Fill this in"),
    ({"name": "a\u202eb"}, "one line"),
    ({"scopes": []}, "Tick at least one"),
    ({"scopes": ["posts:read", "money:write"]}, "money:write is nothing"),
    ({"role": "viewer"}, "takes at least a contributor"),
    ({"role": "contributor", "scopes": ["publish"]}, "takes at least an editor"),
    ({"scopes": ["channels:write"]}, "takes at least an admin"),
    ({"lasts": "99999"}, "99999"),
])  # fmt: skip
def test_a_form_that_makes_no_sense_makes_no_token(
    change: dict[str, Any], says: str, workspace: Workspace, alice: User, client_of: ClientOf
) -> None:
    answer = _reauthenticated(client_of(alice)).post(NEW, FORM | change)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    with use_workspace(workspace):
        assert not ApiToken.objects.exists()


def test_M1_R2_who_makes_a_token_gives_no_more_than_they_have(
    workspace: Workspace, alice: User, bob: User, client_of: ClientOf
) -> None:
    Membership.objects.filter(user=bob).update(role="admin")
    client = _reauthenticated(client_of(bob))
    assert client.post(NEW, FORM | {"role": "owner"}).status_code == 422
    with use_workspace(workspace), pytest.raises(PermissionDenied):
        create_token(ApiToken(name="Above", role="owner", scopes=ALL), by=bob)
    more = {
        "membership": str(Membership.objects.get(user=alice).pk),
        "workspace": "x",
        "epoch": "7",
        "token_hash": "x",
    }
    client.post(NEW, FORM | more)
    row = credential_row(workspace)
    assert (row.created_by, row.epoch) == (bob, 0)
    assert row.token_hash != "x"


def test_two_tokens_of_one_name_are_refused(workspace: Workspace, alice: User, client_of: ClientOf) -> None:
    client = _reauthenticated(client_of(alice))
    assert client.post(NEW, FORM).status_code == 200
    again = client.post(NEW, FORM)
    assert again.status_code == 422
    assert "There is a token of this name" in again.content.decode()
    assert credential_row(workspace).name == "Nightly report"


@pytest.mark.parametrize("person", ["bob", "carol"])
def test_R1_others_read_which_there_are_and_change_nothing(
    person: str, workspace: Workspace, alice: User, bob: User, carol: User, client_of: ClientOf
) -> None:
    token = make(workspace, alice, name="Report")
    client = client_of({"bob": bob, "carol": carol}[person])
    page = client.get(TOKENS).content.decode()
    assert "Report" in page
    assert "Revoke" not in page
    assert NEW not in page
    for path in (NEW, f"{TOKENS}{token.pk}/revoke/"):
        assert client.get(path).status_code == client.post(path, FORM).status_code == 403
    assert credential_of(token).user == alice


def test_revoking_asks_first_then_ends_it_and_is_written_down(
    workspace: Workspace, alice: User, client_of: ClientOf
) -> None:
    token, client = make(workspace, alice, name="Report"), client_of(alice)
    path = f"{TOKENS}{token.pk}/revoke/"
    assert "Revoke “Report”?" in client.get(path).content.decode()
    assert credential_of(token)
    assert client.post(path)["Location"] == TOKENS
    assert refusal(token.secret) == "UNKNOWN_TOKEN"
    assert client.post(path).status_code == 404
    with use_workspace(workspace):
        verbs = list(Activity.objects.values_list("verb", "subject_name"))
    assert verbs == [("workspaces.revoke_token", "Report"), ("workspaces.create_token", "Report")]
    page = client.get("/w/barrow-rye/settings/activity/").content.decode()
    assert "revoked the API token ‘Report’" in page


def test_owners_are_told_of_a_token_and_its_maker_of_its_end(
    workspace: Workspace, alice: User, bob: User
) -> None:
    Membership.objects.filter(user=bob).update(role="admin")
    now = clock.now()
    make(workspace, bob, role="editor", name="Report", expires_at=now + timedelta(days=20))
    with use_workspace(workspace):
        [told] = Notification.objects.all()
    assert (told.person, told.kind, told.url) == (alice, "token_made", TOKENS)
    assert told.sentence == "Bob Cullen made the API token “Report”: editor at most"
    assert tell_of_ending_tokens(now) == tell_of_ending_tokens(now + timedelta(days=12)) == 0
    assert tell_of_ending_tokens(now + timedelta(days=14)) == 1
    assert tell_of_ending_tokens(now + timedelta(days=15)) == 0
    with use_workspace(workspace):
        ending = Notification.objects.filter(kind="token_ending")
        assert set(ending.values_list("person__name", flat=True)) == {"Alice Byrne", "Bob Cullen"}


def test_what_ended_long_ago_is_forgotten(workspace: Workspace, alice: User) -> None:
    now = clock.now()
    make(workspace, alice, name="Runs out", expires_at=now + timedelta(days=1))
    ended = make(workspace, alice, name="Revoked")
    make(workspace, alice, name="Stays")
    with use_workspace(workspace):
        revoke_token(ended, by=alice, now=now)
        assert purge_tokens(now=now + timedelta(days=89)) == 0
        assert purge_tokens(now=now + timedelta(days=92)) == 2
        assert ApiToken.objects.get().name == "Stays"


def test_signing_in_by_the_page_shows_no_secret_in_the_admin(
    workspace: Workspace, alice: User, client_of: ClientOf
) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    token, client = make(workspace, alice, name="Report"), client_of(alice)
    for path in ("/admin/workspaces/apitoken/", f"/admin/workspaces/apitoken/{token.pk}/change/"):
        page = client.get(path).content.decode()
        assert "Report" in page
        assert hash_token(token.secret) not in page
