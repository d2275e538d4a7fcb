"""Signing a program in by the API: by the rules of the sign-in page, and no way round them (trust A1, A2, M1, T1)."""

from __future__ import annotations

import time
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.test import Client

from aura.kit.testing_api import Caller, by_session, by_token
from workspaces.models import ApiSession, Membership, User, Workspace
from workspaces.operation import SYSTEM
from workspaces.operations import deactivate_account
from workspaces.scope import every_workspace
from workspaces.tests.people import PASSWORD, browser, clean_limits
from workspaces.tests.people import sign_in as sign_in_by_page
from workspaces.tests.programs import make

__all__ = ["clean_limits"]

SECRET = "JBSWY3DPEHPK3PXP"


def program(ip: str = "192.0.2.1") -> Caller:
    return Caller(Client(REMOTE_ADDR=ip, headers={"User-Agent": "reports/1.2"}), "/api/v1")


def ask_for(call: Caller, email: str = "bob@example.com", **members: Any) -> Any:
    return call.post(
        "/auth/token", {"email": email, "password": PASSWORD, "workspace": "barrow-rye", **members}
    )


def code() -> str:
    return format_hotp_value(hotp_value(SECRET, int(time.time()) // 30))


def problem(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def sessions() -> list[ApiSession]:
    with every_workspace("a test looks at everything"):
        return list(ApiSession.objects.all())


def test_a_program_signs_in_calls_refreshes_and_signs_out(workspace: Workspace, bob: User) -> None:
    answer = ask_for(program(), email=" Bob@Example.com ")
    pair = answer.json()
    assert answer.status_code == 200
    assert (answer["Cache-Control"], answer.cookies) == ("no-store", {})
    assert set(pair) == {
        "token_type", "access", "access_expires_at", "refresh", "refresh_expires_at", "workspace"
    }  # fmt: skip
    me = by_token(pair["access"]).get("/auth/me").json()
    assert (me["kind"], me["role"], me["scopes"], me["token"]) == ("access", "editor", ["*"], "")
    assert (me["user"]["email"], me["workspace"]["slug"]) == ("bob@example.com", "barrow-rye")
    assert [session.program for session in sessions()] == ["reports/1.2"]

    second = program().post("/auth/refresh", {"refresh": pair["refresh"]}).json()
    assert by_token(second["access"]).get("/auth/me").json() == me
    assert by_token(second["access"]).post("/auth/logout").status_code == 204
    for token in (pair["access"], second["access"]):
        assert problem(by_token(token).get("/auth/me")) == (401, "SIGNED_OUT")
    assert problem(program().post("/auth/refresh", {"refresh": second["refresh"]})) == (401, "REFRESH_ENDED")


def test_me_says_what_a_token_and_a_session_may(workspace: Workspace, bob: User, alice: User) -> None:
    token = make(workspace, alice, "posts:read", "media:write", role="contributor", name="Report")
    me = by_token(token.secret).get("/auth/me").json()
    assert (me["kind"], me["role"], me["token"]) == ("token", "contributor", "Report")
    assert me["scopes"] == ["media:write", "posts:read"]
    client = browser()
    sign_in_by_page(client, "bob@example.com")
    me = by_session(client, "barrow-rye").get("/auth/me").json()
    assert (me["kind"], me["role"], me["scopes"]) == ("session", "editor", ["*"])
    for refused in (by_token(token.secret), by_session(client, "barrow-rye")):
        assert problem(refused.post("/auth/logout")) == (409, "CONFLICT")


def test_the_profile_lists_programs_and_signs_them_out_with_everything_else(
    workspace: Workspace, bob: User, alice: User
) -> None:
    pair, other = ask_for(program()).json(), ask_for(program(), alice.email).json()
    client = browser()
    sign_in_by_page(client, "bob@example.com")
    page = client.get("/profile/").content.decode()
    assert page.count("reports/1.2") == 1
    assert "A program, in Barrow &amp; Rye" in page
    assert "Sign out everywhere else" in page
    said = client.post("/profile/devices/sign-out/", follow=True).content.decode()
    assert "Signed out in 1 other place." in said
    assert "reports/1.2" not in said
    assert problem(by_token(pair["access"]).get("/auth/me")) == (401, "SIGNED_OUT")
    assert by_token(other["access"]).get("/auth/me").status_code == 200


def test_A1_nobody_learns_which_addresses_exist(workspace: Workspace, bob: User) -> None:
    answers = [
        ask_for(program(), email, password="not the password")
        for email in ("bob@example.com", "nobody@example.com")
    ]
    assert [problem(one) for one in answers] == [(401, "WRONG_CREDENTIALS")] * 2
    assert answers[0].json()["detail"] == answers[1].json()["detail"]
    assert answers[0].headers.keys() == answers[1].headers.keys()


def test_A1_a_workspace_of_others_is_as_one_that_is_not(
    workspace: Workspace, other_workspace: Workspace, bob: User, mallory: User
) -> None:
    answers = [ask_for(program(), workspace=slug) for slug in ("moss-co", "no-such-room")]
    assert [problem(one) for one in answers] == [(404, "NOT_FOUND")] * 2
    assert answers[0].json()["detail"] == answers[1].json()["detail"]
    assert sessions() == []
    assert problem(ask_for(program(), workspace="moss-co", password="wrong")) == (401, "WRONG_CREDENTIALS")


def test_A2_the_page_and_the_api_count_together(workspace: Workspace, bob: User) -> None:
    statuses = [ask_for(program(f"192.0.2.{n}"), password="wrong").status_code for n in range(5)]
    statuses += [
        sign_in_by_page(browser(f"192.0.2.{n}"), "bob@example.com", "wrong").status_code for n in range(5, 9)
    ]
    assert statuses == [401] * 5 + [422] * 4
    refused = ask_for(program("198.51.100.7"))
    assert problem(refused) == (429, "TOO_MANY")
    assert 0 < int(refused["Retry-After"]) <= 900
    assert sign_in_by_page(browser("198.51.100.7"), "bob@example.com").status_code == 429
    assert sessions() == []


def test_A2_guessing_from_one_address_ends_by_the_tenth_try(workspace: Workspace, bob: User) -> None:
    call = program()
    statuses = [ask_for(call, f"guess{n}@example.com", password="wrong").status_code for n in range(10)]
    assert statuses == [401] * 9 + [429]
    assert ask_for(call).status_code == 429


@time_machine.travel("2026-11-26T10:00:01Z", tick=False)
def test_a_second_step_is_asked_for_and_its_code_works_once(workspace: Workspace, bob: User) -> None:
    TOTP.activate(bob, SECRET)
    assert problem(ask_for(program())) == (401, "TOTP_REQUIRED")
    assert problem(ask_for(program(), password="wrong", code=code())) == (401, "WRONG_CREDENTIALS")
    assert problem(ask_for(program(), code="000000" if code() != "000000" else "111111")) == (
        401,
        "TOTP_WRONG",
    )
    assert sessions() == []
    now = code()
    assert ask_for(program(), code=now).status_code == 200
    assert problem(ask_for(program(), code=now)) == (401, "TOTP_WRONG")
    assert Authenticator.objects.get().last_used_at is not None


def test_L1_refreshing_is_limited_by_the_address_and_uses_nothing_up(
    workspace: Workspace, bob: User, settings: Any
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "refresh_program": "2/5m/ip"}
    call = program()
    refresh = ask_for(call).json()["refresh"]
    for _ in range(2):
        refresh = call.post("/auth/refresh", {"refresh": refresh}).json()["refresh"]
    refused = call.post("/auth/refresh", {"refresh": refresh})
    assert problem(refused) == (429, "TOO_MANY")
    assert 0 < int(refused["Retry-After"]) <= 301
    assert program("198.51.100.7").post("/auth/refresh", {"refresh": refresh}).status_code == 200


def test_A2_wrong_codes_of_the_second_step_are_limited(workspace: Workspace, bob: User) -> None:
    TOTP.activate(bob, SECRET)
    statuses = [ask_for(program(f"192.0.2.{n}"), code=f"{n:06}").status_code for n in range(10)]
    assert 429 in statuses
    assert sessions() == []


def test_who_is_switched_off_or_has_not_confirmed_their_address_stays_out(
    workspace: Workspace, bob: User, alice: User, settings: Any
) -> None:
    deactivate_account(bob, by=SYSTEM)
    assert problem(ask_for(program())) == (401, "ACCOUNT_OFF")
    assert problem(ask_for(program(), password="wrong")) == (401, "WRONG_CREDENTIALS")
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True, verified=False)
    assert problem(ask_for(program(), alice.email)) == (401, "EMAIL_UNCONFIRMED")
    EmailAddress.objects.update(verified=True)
    assert ask_for(program(), alice.email).status_code == 200


@pytest.mark.parametrize("members", [
    {"email": "bob"}, {"email": None}, {"password": ""}, {"password": 7}, {"workspace": "a b"}, {"workspace": ""},
    {"role": "owner"}, {"user": "alice@example.com"},
], ids=str)  # fmt: skip
def test_M1_what_makes_no_sense_or_asks_for_more_is_refused(
    members: dict[str, Any], workspace: Workspace, bob: User
) -> None:
    refused = ask_for(program(), **{"email": "bob@example.com", **members})
    assert problem(refused) == (422, "INVALID")
    assert set(refused.json()["fields"]) == set(members)
    assert sessions() == []


def test_signing_in_stands_outside_workspaces_and_leaves_no_secret_behind(
    workspace: Workspace, bob: User, caplog: pytest.LogCaptureFixture
) -> None:
    client = browser()
    sign_in_by_page(client, "bob@example.com")
    inside = by_session(client, "barrow-rye")
    assert ask_for(inside).status_code == 404
    call = program()
    answers = [
        call.post(
            "/auth/token",
            {"email": "bob@example.com", "password": PASSWORD, "workspace": "barrow-rye"},
            Idempotency_Key="one",
        ).json()
        for _ in range(2)
    ]
    assert answers[0]["refresh"] != answers[1]["refresh"]
    with every_workspace("a test looks at everything"):
        from workspaces.models import AnsweredCall

        assert not AnsweredCall.objects.exists()
    for secret in (PASSWORD, answers[0]["refresh"], answers[0]["access"]):
        assert secret not in caplog.text


def test_T1_a_program_of_one_workspace_never_opens_another(
    workspace: Workspace, other_workspace: Workspace, mallory: User, bob: User
) -> None:
    Membership.objects.create(workspace=other_workspace, user=bob, role="owner")
    pair = ask_for(program()).json()
    call = by_token(pair["access"])
    me = call.get("/auth/me", X_Workspace="moss-co", Cookie="workspace=moss-co").json()
    assert me["workspace"]["slug"] == "barrow-rye"
    below = Caller(Client(), "/w/moss-co/api/v1", Authorization=f"Bearer {pair['access']}")
    assert below.get("/auth/me").status_code == 401
    client = browser()
    sign_in_by_page(client, "bob@example.com")
    both = Caller(client, "/w/moss-co/api/v1", Authorization=f"Bearer {pair['access']}")
    assert problem(both.get("/auth/me")) == (401, "TOKEN_NOT_HERE")
