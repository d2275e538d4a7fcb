"""Signing in: guessing is limited, strangers lock nobody out, sessions end when they should."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from redis.exceptions import ConnectionError as RedisDown

from aura.kit import clock
from workspaces.models import Mail, Membership, User, Workspace
from workspaces.operation import SYSTEM
from workspaces.operations import deactivate_account, end_other_sessions
from workspaces.scope import use_workspace
from workspaces.tests.people import LOGIN, PASSWORD, browser, clean_limits, is_signed_in, sign_in

__all__ = ["clean_limits"]

RESET = "/account/password/reset/"
NEW = "another long password"


def _reset_link() -> str:
    body = Mail.objects.filter(subject__icontains="password").latest("created_at").body
    found = re.search(r"http\S+/reset/key/\S+", body)
    assert found
    return found[0].removeprefix(settings.AURA_URL)


def _reset(client: Client, email: str, password: str = NEW) -> None:
    client.post(RESET, {"email": email})
    form = client.get(_reset_link())
    assert client.post(form["Location"], {"password1": password, "password2": password}).status_code == 302


def test_a_person_signs_in_and_lands_in_their_workspace(alice: User) -> None:
    client = browser()
    response = sign_in(client, "ALICE@example.com")
    assert response["Location"] == "/"
    assert client.get("/")["Location"].startswith("/w/barrow-rye/")


def test_A1_the_sign_in_page_says_the_same_to_known_and_unknown(alice: User) -> None:
    answers = [
        sign_in(browser(), email, "wrong password!!") for email in ("alice@example.com", "nobody@example.com")
    ]
    bodies = [_without_tokens(a.content.decode()).replace("nobody@", "alice@") for a in answers]
    assert bodies[0] == bodies[1]
    assert [a.status_code for a in answers] == [422, 422]


def test_A1_a_reset_says_the_same_to_known_and_unknown(alice: User) -> None:
    answers = []
    for email in ("alice@example.com", "nobody@example.com"):
        client = browser()
        answer = client.post(RESET, {"email": email})
        answers.append(
            (
                answer.status_code,
                answer["Location"],
                _without_tokens(client.get(answer["Location"]).content.decode()),
            )
        )
    assert answers[0] == answers[1]
    assert [mail.to for mail in Mail.objects.all()] == ["alice@example.com"]


def _without_tokens(html: str) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", html)


@pytest.mark.parametrize("page", [LOGIN, "/admin/login/"])
def test_A2_guessing_from_one_address_ends_by_the_tenth_try(page: str, alice: User) -> None:
    client = browser()
    way = client.get(page)
    page = way["Location"].split("?")[0] if way.status_code == 302 else page
    assert page == LOGIN  # the admin has no sign-in of its own
    statuses = [sign_in(client, f"guess{n}@example.com", "wrong").status_code for n in range(10)]
    assert statuses == [422] * 9 + [429]
    refused = sign_in(client, "alice@example.com")
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 600
    assert "Too many tries" in refused.content.decode()
    assert not is_signed_in(client)


def test_A2_guessing_at_one_account_from_many_addresses_ends_by_the_tenth_try(alice: User) -> None:
    statuses = [sign_in(browser(f"192.0.2.{n}"), "alice@example.com", "wrong").status_code for n in range(10)]
    assert statuses == [422] * 9 + [429]


def test_A2_strangers_do_not_lock_the_owner_out_of_a_browser_they_used_before(alice: User) -> None:
    known = browser("198.51.100.7")
    sign_in(known, "alice@example.com")
    known.post("/account/logout/")
    for n in range(10):
        sign_in(browser(f"192.0.2.{n}"), "alice@example.com", "wrong")
    assert sign_in(browser("198.51.100.8"), "alice@example.com").status_code == 429
    assert sign_in(known, "alice@example.com").status_code == 302
    assert is_signed_in(known)


def test_A2_a_known_browser_cannot_guess_on_for_ever_either(alice: User) -> None:
    known = browser()
    sign_in(known, "alice@example.com")
    known.post("/account/logout/")
    statuses = [sign_in(known, "alice@example.com", "wrong").status_code for _ in range(10)]
    assert statuses == [422] * 9 + [429]


def test_A2_the_cookie_of_a_browser_opens_nothing_for_another_account_or_when_forged(
    alice: User, bob: User
) -> None:
    known = browser()
    sign_in(known, "bob@example.com")
    known.post("/account/logout/")
    for n in range(10):
        sign_in(browser(f"192.0.2.{n}"), "alice@example.com", "wrong")
    assert sign_in(known, "alice@example.com").status_code == 429
    forged = browser("198.51.100.9")
    forged.cookies["device"] = known.cookies["device"].value[:-3] + "abc"
    assert sign_in(forged, "alice@example.com").status_code == 429


def test_A2_a_reset_link_lets_the_owner_in_during_an_attack(alice: User) -> None:
    for n in range(10):
        sign_in(browser(f"192.0.2.{n}"), "alice@example.com", "wrong")
    owner = browser("198.51.100.7")
    assert sign_in(owner, "alice@example.com").status_code == 429
    _reset(owner, "alice@example.com")
    for n in range(10):  # the attack goes on
        sign_in(browser(f"192.0.2.{n + 20}"), "alice@example.com", "wrong")
    assert sign_in(owner, "alice@example.com", NEW).status_code == 302


def test_A2_a_reset_lets_in_whoever_forgot_the_password_in_a_browser_they_used_before(alice: User) -> None:
    known = browser("198.51.100.7")
    sign_in(known, "alice@example.com")
    known.post("/account/logout/")
    for _ in range(10):
        sign_in(known, "alice@example.com", "wrong")
    assert sign_in(known, "alice@example.com").status_code == 429
    _reset(known, "alice@example.com")
    assert sign_in(known, "alice@example.com", NEW).status_code == 302


def test_A2_success_takes_its_own_count_back_but_not_the_failures(alice: User) -> None:
    client = browser()
    for _ in range(8):
        sign_in(client, "nobody@example.com", "wrong")
    for _ in range(3):
        assert sign_in(client, "alice@example.com").status_code == 302
        client.post("/account/logout/")
        client.cookies.pop("device")
    assert sign_in(client, "nobody@example.com", "wrong").status_code == 422
    assert sign_in(client, "nobody@example.com", "wrong").status_code == 429


def test_A2_asking_for_resets_is_limited_by_account_and_address(alice: User) -> None:
    by_account = [browser(f"192.0.2.{n}").post(RESET, {"email": "alice@example.com"}) for n in range(6)]
    assert [r.status_code for r in by_account] == [302] * 5 + [429]
    assert by_account[-1]["Retry-After"]
    client = browser("198.51.100.1")
    by_address = [client.post(RESET, {"email": f"p{n}@example.com"}).status_code for n in range(10)]
    assert by_address == [302] * 9 + [429]


def test_A2_wrong_codes_of_the_second_step_are_limited(alice: User) -> None:
    TOTP.activate(alice, "JBSWY3DPEHPK3PXP")
    client = browser()
    assert sign_in(client, "alice@example.com")["Location"].startswith("/account/2fa/authenticate/")
    statuses = [client.post("/account/2fa/authenticate/", {"code": f"{n:06}"}).status_code for n in range(10)]
    assert 429 in statuses
    assert not is_signed_in(client)


def test_a_person_with_a_second_step_signs_in_with_its_code_and_its_secret_is_sealed(
    alice: User, settings: Any
) -> None:
    settings.MFA_TOTP_TOLERANCE = 1  # half a minute may end between the code and its use
    secret = "JBSWY3DPEHPK3PXP"
    TOTP.activate(alice, secret)
    assert secret not in str(Authenticator.objects.get().data)
    client = browser()
    sign_in(client, "alice@example.com")
    assert not is_signed_in(client)
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    client.post("/account/2fa/authenticate/", {"code": code})
    assert is_signed_in(client)


def test_L1_the_address_is_that_of_the_connection_whatever_a_header_says(alice: User) -> None:
    for n in range(9):
        sign_in(browser("192.0.2.1", **{"X-Forwarded-For": f"203.0.113.{n}"}), f"p{n}@example.com", "wrong")
    last = browser("192.0.2.1", **{"X-Forwarded-For": "203.0.113.99", "X-Real-IP": "203.0.113.98"})
    assert sign_in(last, "p@example.com", "wrong").status_code == 429


def test_L1_behind_a_trusted_proxy_only_its_own_hop_counts(alice: User, settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for n in range(9):  # the first part is made up by the client, the last written by the proxy
        spoofed = {"X-Forwarded-For": f"203.0.113.{n}, 198.51.100.5"}
        sign_in(browser("10.0.0.1", **spoofed), f"p{n}@example.com", "wrong")
    assert (
        sign_in(
            browser("10.0.0.1", **{"X-Forwarded-For": "1.1.1.1, 198.51.100.5"}), "p@example.com", "x"
        ).status_code
        == 429
    )
    assert (
        sign_in(
            browser("10.0.0.1", **{"X-Forwarded-For": "1.1.1.1, 198.51.100.6"}), "p@example.com", "x"
        ).status_code
        == 422
    )


def test_L1_somebody_who_came_round_the_proxies_is_served_by_the_address_of_the_connection(
    alice: User, settings: Any
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    client = browser("192.0.2.9", **{"X-Forwarded-For": "203.0.113.1"})
    assert sign_in(client, "alice@example.com").status_code == 302


def test_L1_without_the_store_of_the_limits_nobody_signs_in(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.core.cache import cache

    def down(*args: Any, **kwargs: Any) -> None:
        raise RedisDown("nobody there")

    for name in ("get", "add", "set"):
        monkeypatch.setattr(cache, name, down, raising=False)
    client = browser()
    refused = sign_in(client, "alice@example.com")
    assert refused.status_code == 503
    assert refused["Retry-After"]
    assert not is_signed_in(client)


def test_A3_the_key_of_the_session_changes_at_sign_in_and_dies_at_sign_out(alice: User) -> None:
    client = browser()
    client.get("/invitations/none/")
    session = client.session
    session["seen"] = True
    session.save()
    before = client.cookies["aura"].value
    sign_in(client, "alice@example.com")
    after = client.cookies["aura"].value
    assert before != after
    assert not Session.objects.filter(session_key=before).exists()
    client.post("/account/logout/")
    thief = browser()
    for key in (before, after):
        thief.cookies["aura"] = key
        assert not is_signed_in(thief)


@pytest.fixture
def two_browsers(alice: User) -> tuple[Client, Client]:
    here, there = browser("192.0.2.1"), browser("192.0.2.2")
    for client in (here, there):
        sign_in(client, "alice@example.com")
        assert is_signed_in(client)
    return here, there


def test_A4_a_new_password_ends_every_other_session(two_browsers: tuple[Client, Client]) -> None:
    here, there = two_browsers
    changed = here.post(
        "/account/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    )
    assert changed["Location"] == "/profile/"
    assert (is_signed_in(here), is_signed_in(there)) == (True, False)


def test_A4_a_reset_ends_every_session(two_browsers: tuple[Client, Client]) -> None:
    _reset(browser("192.0.2.3"), "alice@example.com")
    assert [is_signed_in(client) for client in two_browsers] == [False, False]


def test_A4_a_deactivated_person_is_out_at_once(two_browsers: tuple[Client, Client], alice: User) -> None:
    deactivate_account(alice, by=SYSTEM)
    assert [is_signed_in(client) for client in two_browsers] == [False, False]
    assert not UserSession.objects.filter(user=alice).exists()
    sign_in(browser("192.0.2.3"), "alice@example.com")
    assert sign_in(browser("192.0.2.3"), "alice@example.com")["Location"] == "/account/inactive/"


def test_A4_a_removed_or_demoted_member_has_no_more_rights_on_the_next_request(
    alice: User, bob: User, client_of: Callable[[User], Client]
) -> None:
    client, page = client_of(bob), "/w/barrow-rye/settings/"
    Membership.objects.filter(user=bob).update(role="admin")
    rules = {"zone": "UTC", "grace_minutes": 30, "approval": "none", "links": "plain"}
    assert client.post(page, {"name": "Ours", **rules}).status_code == 302
    Membership.objects.filter(user=bob).update(role="viewer")
    assert client.post(page, {"name": "Mine", **rules}).status_code == 403
    with use_workspace(Workspace.objects.get(slug="barrow-rye")):
        Membership.objects.filter(user=bob).delete()
    assert client.get(page).status_code == 404
    assert Workspace.objects.get(slug="barrow-rye").name == "Ours"


def test_the_profile_lists_devices_and_signs_out_everywhere_else(two_browsers: tuple[Client, Client]) -> None:
    here, there = two_browsers
    page = here.get("/profile/").content.decode()
    assert "This one" in page
    assert "192.0.2.2" in page
    here.post("/profile/devices/sign-out/")
    assert (is_signed_in(here), is_signed_in(there)) == (True, False)


def test_ending_sessions_of_another_person_is_refused(alice: User, bob: User) -> None:
    from django.core.exceptions import PermissionDenied

    client = browser()
    sign_in(client, "alice@example.com")
    with pytest.raises(PermissionDenied):
        end_other_sessions(alice, keep=None, by=bob)
    assert is_signed_in(client)


def test_A5_cookies_are_for_this_site_and_this_browser_only(alice: User) -> None:
    client = browser()
    client.get(LOGIN)
    sign_in(client, "alice@example.com", remember="on")
    client.get("/w/barrow-rye/settings/")
    assert set(client.cookies) == {"aura", "csrf", "device"}
    for cookie in client.cookies.values():
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert cookie["domain"] == ""
        assert cookie["path"] == "/"


def test_A6_a_session_that_is_not_kept_ends_after_twelve_idle_hours(alice: User) -> None:
    with time_machine.travel(clock.now(), tick=False) as watch:
        client = browser()
        sign_in(client, "alice@example.com")
        for _ in range(3):
            watch.shift(timedelta(hours=11))
            assert is_signed_in(client)
        watch.shift(timedelta(hours=12, minutes=6))
        answer = client.post("/w/barrow-rye/settings/", {"name": "Late", "zone": "UTC", "grace_minutes": 30})
        assert answer.status_code == 302
        assert answer["Location"].startswith(LOGIN)
    assert Workspace.objects.get(slug="barrow-rye").name == "Barrow & Rye"


def test_A6_a_kept_session_ends_after_two_weeks_however_much_it_is_used(alice: User) -> None:
    with time_machine.travel(clock.now(), tick=False) as watch:
        client = browser()
        sign_in(client, "alice@example.com", remember="on")
        is_signed_in(client)
        for _ in range(13):
            watch.shift(timedelta(days=1))
            assert is_signed_in(client)
        watch.shift(timedelta(days=1, minutes=1))
        assert not is_signed_in(client)


def test_A6_remembering_makes_the_cookie_last(alice: User) -> None:
    kept, forgotten = browser(), browser()
    sign_in(kept, "alice@example.com", remember="on")
    sign_in(forgotten, "alice@example.com")
    assert kept.cookies["aura"]["max-age"] == settings.SESSION_COOKIE_AGE
    assert not forgotten.cookies["aura"]["max-age"]


def test_A7_a_reset_link_works_once_for_its_person_and_has_the_operators_host(alice: User, bob: User) -> None:
    client = browser(**{"X-Forwarded-Host": "evil.example"})
    client.post(RESET, {"email": "alice@example.com"}, headers={"Host": "localhost"})
    assert f"{settings.AURA_URL}/account/password/reset/key/" in Mail.objects.latest("created_at").body
    link = _reset_link()
    form = client.get(link)["Location"]
    client.post(form, {"password1": NEW, "password2": NEW, "role": "owner", "email": "bob@example.com"})
    for person, opens in ((alice, True), (bob, False)):
        person.refresh_from_db()
        assert person.check_password(NEW) is opens
    again = browser()
    again.get(link)
    assert "used or is too old" in again.get(link).content.decode() or again.get(link).status_code in {
        200,
        400,
        404,
    }
    again.post(link, {"password1": "a third long password", "password2": "a third long password"})
    alice.refresh_from_db()
    assert alice.check_password(NEW)


def test_A7_a_reset_link_dies_when_the_email_changes(alice: User) -> None:
    client = browser()
    client.post(RESET, {"email": "alice@example.com"})
    link = _reset_link()
    User.objects.filter(pk=alice.pk).update(email="alice@elsewhere.example")
    assert client.get(link).status_code != 302


def test_A8_the_email_is_changed_only_with_the_password_given_again(alice: User) -> None:
    client = browser()
    sign_in(client, "alice@example.com")
    answer = client.post("/account/email/", {"email": "new@example.com", "action_add": ""})
    assert answer["Location"].startswith("/account/reauthenticate/")
    assert not EmailAddress.objects.filter(email="new@example.com").exists()


def test_A9_the_admin_is_for_staff_and_has_no_sign_in_of_its_own(
    alice: User, client: Client, client_of: Callable[[User], Client]
) -> None:
    assert client.get("/admin/")["Location"].startswith(("/admin/login/", LOGIN))
    assert client.get("/admin/login/?next=/admin/")["Location"] == f"{LOGIN}?next=%2Fadmin%2F"
    assert client_of(alice).get("/admin/").status_code in {302, 403}
    assert client_of(alice).get("/admin/login/").status_code == 403


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example", "/\\evil.example", "\\\\evil.example", "https:evil.example", "https://evil.example/",
        "javascript:alert(1)", "/ok\nX", "/ok\rX", "/\t/evil.example", "http:///evil.example", " //evil.example",
        "/a/\x00",
        "data:text/html,x", "///evil.example", "/%5Cevil.example\\x",
    ],
)  # fmt: skip
def test_O1_next_leads_to_this_site_only(target: str, alice: User) -> None:
    client = browser()
    answer = client.post(LOGIN, {"login": "alice@example.com", "password": PASSWORD, "next": target})
    assert answer["Location"] == "/"


def test_O1_next_leads_to_a_page_of_this_site(alice: User) -> None:
    answer = sign_in(browser(), "alice@example.com", next="/w/barrow-rye/settings/?a=1")
    assert answer["Location"] == "/w/barrow-rye/settings/?a=1"


def test_X7_htmx_is_led_to_sign_in_on_this_site_only(workspace: Workspace, client: Client) -> None:
    answer = client.get(
        "/w/barrow-rye/settings/activity/",
        headers={"HX-Request": "true", "HX-Current-URL": "https://evil.example/w/barrow-rye/"},
    )
    assert answer.status_code == 401
    assert answer["HX-Redirect"].startswith(f"{LOGIN}?next=/w/barrow-rye/")
