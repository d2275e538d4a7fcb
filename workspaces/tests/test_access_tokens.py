"""Access and refresh tokens: what is believed, what is not, and what ends them at once (trust A4, J1–J5, T1, T8)."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import rsa
from django.db import connection
from django.test import Client

from aura.kit import clock, secrets
from workspaces import access_tokens
from workspaces.credentials import Refused, identify
from workspaces.models import ApiSession, Membership, Notification, RefreshToken, User, Workspace
from workspaces.models.people import hash_token
from workspaces.operation import SYSTEM
from workspaces.operations import (
    Issued,
    activate_account,
    change_role,
    deactivate_account,
    delete_account,
    delete_workspace,
    end_other_sessions,
    purge_programs,
    refresh_program,
    remove_member,
    sign_in_program,
    sign_out_program,
)
from workspaces.scope import every_workspace, use_workspace
from workspaces.tests.people import clean_limits
from workspaces.tests.programs import ask, make, open_by, refusal
from workspaces.token_text import REFRESH, is_token, new_token

__all__ = ["clean_limits"]


def sign_in(user: User, workspace: Workspace, program: str = "curl/8") -> Issued:
    """Sign a program in for a member."""
    member = Membership.objects.select_related("user", "workspace").get(user=user, workspace=workspace)
    return sign_in_program(member, program=program, now=clock.now())


def ended(secret: str) -> str:
    """Return the code by which a refresh token is refused."""
    with pytest.raises(Refused) as refused:
        refresh_program(secret, now=clock.now())
    return refused.value.code


# What is believed --------------------------------------------------------------------------------------------------


def test_an_access_token_opens_its_workspace_for_a_quarter_of_an_hour(
    workspace: Workspace, bob: User
) -> None:
    issued = sign_in(bob, workspace)
    credential, scope = open_by(ask(issued.access))
    assert (scope, credential.kind, credential.id) == (workspace.pk, "access", issued.session.pk)
    assert (credential.user, credential.role, credential.scopes) == (bob, "editor", {"*"})
    with time_machine.travel(clock.now() + timedelta(minutes=14)):
        assert identify(ask(issued.access))
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        assert refusal(issued.access) == "TOKEN_EXPIRED"


def test_what_it_says_is_no_role_and_no_secret(workspace: Workspace, bob: User) -> None:
    issued = sign_in(bob, workspace)
    claims = jwt.decode(issued.access, options={"verify_signature": False})
    assert set(claims) == {"iss", "aud", "sub", "workspace", "family", "jti", "iat", "nbf", "exp"}
    assert jwt.get_unverified_header(issued.access).keys() == {"alg", "typ", "kid"}
    Membership.objects.filter(user=bob).update(role="viewer")
    assert identify(ask(issued.access)).role == "viewer"


def _claims(workspace: Workspace, user: User) -> dict[str, Any]:
    return jwt.decode(sign_in(user, workspace).access, options={"verify_signature": False})


def _signed(claims: dict[str, Any], **header: Any) -> str:
    """Sign claims with the instance's own key, as only a bug of ours could."""
    key_id, key = next(iter(access_tokens._keys().items()))
    return jwt.encode(claims, key, algorithm="HS256", headers={"typ": "at+jwt", "kid": key_id, **header})


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


HEADERS: list[dict[str, Any]] = [
    {"alg": "none"}, {"alg": "None"}, {"alg": "HS256"}, {"alg": "HS384"}, {"alg": "RS256"}, {"alg": ["HS256"]}, {},
    {"alg": "HS256", "kid": "../../secret_keys"}, {"alg": "HS256", "kid": 7}, {"alg": "HS256", "typ": 7},
]  # fmt: skip


def test_J1_nothing_is_believed_without_our_signature(workspace: Workspace, bob: User) -> None:
    claims = _claims(workspace, bob)
    usual = {"typ": "at+jwt", "kid": next(iter(access_tokens._keys()))}
    for header in HEADERS:
        for signature in ("", "AAAA"):
            forged = f"{_part({**usual, **header})}.{_part(claims)}.{signature}"
            assert refusal(forged) == "UNKNOWN_TOKEN", header


def test_J1_a_key_that_comes_along_or_is_of_another_kind_is_never_used(
    workspace: Workspace, bob: User
) -> None:
    claims = _claims(workspace, bob)
    assert identify(ask(_signed(claims)))
    theirs = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    key_id = next(iter(access_tokens._keys()))
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(theirs.public_key()))
    for more in (
        {"jwk": public},
        {"jku": "https://evil.example/keys.json"},
        {"x5u": "https://evil.example/x"},
    ):
        forged = jwt.encode(
            claims, theirs, algorithm="RS256", headers={"typ": "at+jwt", "kid": key_id, **more}
        )
        assert refusal(forged) == "UNKNOWN_TOKEN"
    for key in (b"x" * 32, key_id.encode() * 2, secrets.new_key().encode()):
        forged = jwt.encode(claims, key, algorithm="HS256", headers={"typ": "at+jwt", "kid": key_id})
        assert refusal(forged) == "UNKNOWN_TOKEN"


CHANGES: list[dict[str, Any]] = [
    {"exp": 0}, {"exp": None}, {"exp": "soon"}, {"nbf": 2**33}, {"nbf": None}, {"iat": 2**33}, {"aud": "aura"},
    {"aud": None}, {"aud": ["aura-api", "other"]}, {"iss": "https://evil.example"}, {"iss": None}, {"sub": 7},
    {"sub": None}, {"sub": "7"}, {"jti": None}, {"workspace": None}, {"workspace": "x"}, {"family": None},
    {"family": 1}, {"family": ["x"]},
]  # fmt: skip


def test_J2_every_claim_is_needed_and_right_even_under_our_signature(workspace: Workspace, bob: User) -> None:
    right = _claims(workspace, bob)
    key_id, key = next(iter(access_tokens._keys().items()))
    signer = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    for change in CHANGES:
        claims = {name: value for name, value in {**right, **change}.items() if value is not None}
        body = f"{_part({'alg': 'HS256', 'typ': 'at+jwt', 'kid': key_id})}.{_part(claims)}"
        signature = base64.urlsafe_b64encode(signer.sign(body.encode(), key)).decode().rstrip("=")
        code = "TOKEN_EXPIRED" if change == {"exp": 0} else "UNKNOWN_TOKEN"
        assert refusal(f"{body}.{signature}") == code, change


def test_T1_a_claim_of_another_workspace_person_or_family_is_no_way_in(
    workspace: Workspace, other_workspace: Workspace, alice: User, bob: User, mallory: User
) -> None:
    ours, theirs = _claims(workspace, bob), _claims(other_workspace, mallory)
    for name in ("workspace", "family", "sub"):
        assert refusal(_signed({**ours, name: theirs[name]})) == "SIGNED_OUT", name
    assert refusal(_signed({**ours, "sub": str(alice.pk)})) == "SIGNED_OUT"
    _, scope = open_by(ask(_signed(ours), **{"X-Workspace": "moss-co"}))
    assert scope == workspace.pk


def test_J3_one_kind_of_token_is_never_taken_for_another(workspace: Workspace, alice: User) -> None:
    issued, token = sign_in(alice, workspace), make(workspace, alice)
    assert refusal(issued.refresh) == "UNKNOWN_TOKEN"
    for secret in (issued.access, token.secret, new_token(REFRESH), "", issued.refresh + "a"):
        assert ended(secret) == "UNKNOWN_TOKEN"
    assert refusal(_signed(_claims(workspace, alice), typ="JWT")) == "UNKNOWN_TOKEN"
    assert refresh_program(issued.refresh, now=clock.now())


def test_a_key_is_changed_without_signing_anybody_out(workspace: Workspace, bob: User, settings: Any) -> None:
    issued, old = sign_in(bob, workspace), settings.AURA_SECRET_KEYS[0]
    settings.AURA_SECRET_KEYS = [secrets.new_key(), old]
    assert identify(ask(issued.access))
    second = refresh_program(issued.refresh, now=clock.now())
    kids = {jwt.get_unverified_header(one.access)["kid"] for one in (issued, second)}
    assert len(kids) == 2
    settings.AURA_SECRET_KEYS = settings.AURA_SECRET_KEYS[:1]
    assert refusal(issued.access) == "UNKNOWN_TOKEN"
    assert identify(ask(second.access))


# Refreshing --------------------------------------------------------------------------------------------------------


def test_a_refresh_token_works_once_and_brings_the_next(workspace: Workspace, bob: User) -> None:
    first = sign_in(bob, workspace)
    second = refresh_program(first.refresh, now=clock.now())
    assert is_token(second.refresh, REFRESH)
    assert second.refresh != first.refresh
    assert identify(ask(first.access))
    assert identify(ask(second.access))
    with every_workspace("a test looks at everything"):
        rows = str(list(RefreshToken.objects.values()))
        assert set(RefreshToken.objects.values_list("token_hash", flat=True)) == {
            hash_token(first.refresh), hash_token(second.refresh)
        }  # fmt: skip
    assert first.refresh not in rows


def test_J4_reuse_ends_the_whole_family_and_its_person_is_told(workspace: Workspace, bob: User) -> None:
    first, other = sign_in(bob, workspace, "Reports"), sign_in(bob, workspace)
    second = refresh_program(first.refresh, now=clock.now())
    assert ended(first.refresh) == "REFRESH_ENDED"
    assert ended(second.refresh) == "REFRESH_ENDED"
    assert refusal(first.access) == refusal(second.access) == "SIGNED_OUT"
    assert identify(ask(other.access))
    with use_workspace(workspace):
        assert ApiSession.objects.get(pk=first.session.pk).why == "reused"
        [told] = Notification.objects.all()
    assert (told.person, told.kind) == (bob, "program_ended")
    assert "“Reports” was signed out" in told.sentence


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_J4_of_two_refreshes_at_once_exactly_one_wins(workspace: Workspace, bob: User) -> None:
    first, won, lost = sign_in(bob, workspace), [], []
    start = threading.Barrier(4)

    def refresh() -> None:
        start.wait()
        try:
            won.append(refresh_program(first.refresh, now=clock.now()))
        except Refused as refused:
            lost.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=refresh) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert lost == ["REFRESH_ENDED"] * 3
    assert ended(won[0].refresh) == "REFRESH_ENDED"
    assert refusal(won[0].access) == "SIGNED_OUT"


def test_a_sign_in_ends_by_itself_however_much_it_is_used(
    workspace: Workspace, bob: User, settings: Any
) -> None:
    settings.AURA_REFRESH_DAYS, settings.AURA_API_SESSION_DAYS = 14, 30
    began, now = sign_in(bob, workspace), clock.now()
    with pytest.raises(Refused):
        refresh_program(began.refresh, now=now + timedelta(days=15))
    issued = sign_in(bob, workspace)
    for day in (13, 26):
        issued = refresh_program(issued.refresh, now=now + timedelta(days=day))
    assert issued.refresh_ends_at == issued.session.ends_at
    with pytest.raises(Refused):
        refresh_program(issued.refresh, now=now + timedelta(days=31))


# What ends it ------------------------------------------------------------------------------------------------------


def test_J5_A4_whatever_ends_a_sign_in_ends_it_at_once(
    workspace: Workspace, alice: User, bob: User, client_of: Callable[[User], Client]
) -> None:
    def fresh() -> User:
        return User.objects.get(pk=bob.pk)

    issued = sign_in(fresh(), workspace)
    with use_workspace(workspace):
        sign_out_program(issued.session, now=clock.now())
    assert (refusal(issued.access), ended(issued.refresh)) == ("SIGNED_OUT", "REFRESH_ENDED")

    issued = sign_in(fresh(), workspace)
    assert end_other_sessions(fresh(), keep=None, by=fresh()) == 1
    assert (refusal(issued.access), ended(issued.refresh)) == ("SIGNED_OUT", "REFRESH_ENDED")

    issued = sign_in(fresh(), workspace)
    person = fresh()
    person.set_password("another long password")
    person.save(update_fields=["password"])
    assert (refusal(issued.access), ended(issued.refresh)) == ("SIGNED_OUT", "REFRESH_ENDED")

    issued = sign_in(fresh(), workspace)
    deactivate_account(fresh(), by=SYSTEM)
    assert (refusal(issued.access), ended(issued.refresh)) == ("SIGNED_OUT", "UNKNOWN_TOKEN")
    activate_account(fresh(), by=SYSTEM)
    assert (refusal(issued.access), ended(issued.refresh)) == ("SIGNED_OUT", "REFRESH_ENDED")

    issued = sign_in(fresh(), workspace)
    with use_workspace(workspace):
        change_role(Membership.objects.get(workspace=workspace, user=bob), role="viewer", by=alice)
    assert identify(ask(issued.access)).role == "viewer"
    with use_workspace(workspace):
        remove_member(Membership.objects.get(workspace=workspace, user=bob), by=alice)
    assert (refusal(issued.access), ended(issued.refresh)) == ("SIGNED_OUT", "UNKNOWN_TOKEN")
    Membership.objects.create(workspace=workspace, user=bob, role="owner")
    assert refusal(issued.access) == "SIGNED_OUT"

    issued = sign_in(fresh(), workspace)
    delete_account(fresh(), by=fresh())
    assert (refusal(issued.access), ended(issued.refresh)) == ("SIGNED_OUT", "UNKNOWN_TOKEN")

    issued = sign_in(alice, workspace)
    with use_workspace(workspace):
        delete_workspace(workspace, by=alice)
    assert (refusal(issued.access), ended(issued.refresh)) == ("SIGNED_OUT", "UNKNOWN_TOKEN")


def test_what_ran_out_is_forgotten(workspace: Workspace, alice: User) -> None:
    now = clock.now()
    issued = sign_in(alice, workspace)
    over = sign_in(alice, workspace)
    with use_workspace(workspace):
        sign_out_program(over.session, now=now)
        assert purge_programs(now=now + timedelta(days=13)) == 0
        assert purge_programs(now=now + timedelta(days=15)) == 2
        assert purge_programs(now=now + timedelta(days=31)) == 1
        assert ApiSession.objects.get() == issued.session
