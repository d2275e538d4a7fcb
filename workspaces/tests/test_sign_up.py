"""Signing up: the first person, the invited, everybody, nobody; and the first workspace in one step."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import get_hasher
from django.db import connection
from django.test import Client

from campaigns.models import Brand
from posts.models import Channel
from workspaces.models import Activity, Invitation, Mail, Membership, User, Workspace
from workspaces.operations import invite_member
from workspaces.scope import use_workspace
from workspaces.tests.people import browser, clean_limits, is_signed_in

__all__ = ["clean_limits"]

SIGNUP = "/account/signup/"
NEW = "/workspaces/new/"


def sign_up(client: Client, email: str = "dora@example.com", **fields: str) -> Any:
    return client.post(
        SIGNUP, {"name": "Dora Egan", "email": email, "password1": "a rather long password", **fields}
    )


@pytest.mark.parametrize("policy", ["open", "invited", "closed"])
def test_the_very_first_person_may_always_sign_up_and_runs_the_instance(
    policy: str, db: None, settings: Any
) -> None:
    settings.AURA_SIGNUP = policy
    client = browser()
    assert client.get("/")["Location"] == SIGNUP
    assert sign_up(client, "Dora@Example.COM")["Location"] == "/"
    dora = User.objects.get()
    assert (dora.email, dora.name) == ("dora@example.com", "Dora Egan")
    assert dora.is_staff
    assert dora.is_superuser
    assert client.get("/")["Location"] == NEW


@pytest.mark.parametrize(("policy", "opens"), [("open", True), ("invited", False), ("closed", False)])
def test_who_comes_later_signs_up_as_the_policy_says_and_is_no_staff(
    policy: str, opens: bool, alice: User, settings: Any
) -> None:
    settings.AURA_SIGNUP = policy
    client = browser()
    assert ("Make my account" in client.get(SIGNUP).content.decode()) is opens
    sign_up(client, is_staff="on", is_superuser="on", role="owner")
    found = User.objects.filter(email="dora@example.com").first()
    assert (found is not None) is opens
    assert not User.objects.filter(is_staff=True).exists()
    assert is_signed_in(client) is opens


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_two_people_at_once_one_is_first(settings: Any) -> None:
    settings.AURA_SIGNUP = "open"
    start = threading.Barrier(2, timeout=60)

    def run(n: int) -> None:
        try:
            client = browser(f"192.0.2.{n}")
            start.wait()
            sign_up(client, f"p{n}@example.com")
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert User.objects.count() == 2
    assert User.objects.filter(is_superuser=True).count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "Dora\r\nBcc: x@example.com"),
        ("name", "Dora\u2028Egan"),
        ("name", "Dora\u202eEgan"),
        ("name", "Dora\x00"),
        ("name", ""),
        ("email", "dora@example.com\r\nBcc: x@example.com"),
        ("email", '"\x01"@example.com'),
        ("email", "dora@exa\u2028mple.com"),
        ("email", "not an address"),
        ("password1", "short"),
        ("password1", "password1234"),
        ("password1", "dora@example.com"),
    ],
)
def test_O2_what_would_lie_in_a_header_or_is_weak_is_refused(field: str, value: str, db: None) -> None:
    answer = sign_up(browser(), **{field: value})
    assert answer.status_code in {422, 400}
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("short rye", "Make it 12 characters or longer."),
        ("password1234", "Choose another one"),
        ("dora@example.com", "Leave your name and your email address out of it."),
    ],
)
def test_a_weak_password_is_answered_with_what_to_do(password: str, sentence: str, db: None) -> None:
    said = sign_up(browser(), password1=password).context["form"].errors["password1"]
    assert len(said) == 1
    assert said[0].startswith(sentence)
    assert not User.objects.exists()


def test_sign_up_is_limited_by_address(alice: User, settings: Any) -> None:
    settings.AURA_SIGNUP = "open"
    client = browser()
    statuses = [client.post(SIGNUP, {"email": f"p{n}"}).status_code for n in range(10)]
    assert statuses == [422] * 9 + [429]
    answer = client.post(SIGNUP, {"email": "p"}, headers={"Accept": "application/json"})
    assert answer.status_code == 429
    assert answer["Retry-After"]


def test_with_a_mail_server_the_address_is_confirmed_first_and_A1_known_and_unknown_look_alike(
    alice: User, settings: Any
) -> None:
    settings.AURA_SIGNUP, settings.EMAIL_URL = "open", "smtp://localhost:1"
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True, verified=True)
    answers = []
    for email in ("dora@example.com", "alice@example.com"):
        client = browser()
        answer = sign_up(client, email)
        answers.append((answer.status_code, answer["Location"], client.get(answer["Location"]).status_code))
        assert not is_signed_in(client)
    assert answers[0] == answers[1]
    subjects = dict(Mail.objects.values_list("to", "subject"))
    assert subjects == {
        "dora@example.com": "Confirm your email",
        "alice@example.com": "You have an account already",
    }
    assert not any(mail.status == "kept" for mail in Mail.objects.all())


def test_with_a_mail_server_an_invited_address_needs_no_second_proof(
    workspace: Workspace, alice: User, client_of: Callable[[User], Client], settings: Any
) -> None:
    settings.EMAIL_URL, settings.ACCOUNT_EMAIL_VERIFICATION = "smtp://localhost:1", "mandatory"
    path = "/w/barrow-rye/settings/people/invite/"
    page = (
        client_of(alice)
        .post(path, {"email": "dora@example.com", "role": "viewer"}, follow=True)
        .content.decode()
    )
    assert "on its way to dora@example.com" in page
    body = Mail.objects.get().body
    token = body.split("/invitations/")[1].split("/")[0]
    assert token not in page
    client = browser()
    client.get(f"/invitations/{token}/")
    assert sign_up(client)["Location"] == f"/invitations/{token}/"
    assert is_signed_in(client)


def test_an_open_link_proves_no_address(workspace: Workspace, alice: User, settings: Any) -> None:
    settings.EMAIL_URL, settings.ACCOUNT_EMAIL_VERIFICATION = "smtp://localhost:1", "mandatory"
    with use_workspace(workspace):
        token = invite_member(Invitation(role="viewer"), by=alice).token
    client = browser()
    client.get(f"/invitations/{token}/")
    assert sign_up(client)["Location"] == "/account/confirm-email/"
    assert not is_signed_in(client)


def test_without_a_mail_server_the_link_is_kept_and_nobody_waits_for_it(db: None, settings: Any) -> None:
    client = browser()
    sign_up(client)
    assert is_signed_in(client)
    assert "on its way" not in client.get(NEW).content.decode()
    mail = Mail.objects.get(subject="Confirm your email")
    assert (mail.status, mail.to) == ("kept", "dora@example.com")
    assert f"{settings.AURA_URL}/account/confirm-email/" in mail.body


@pytest.mark.parametrize("email", ["alice@example.com", "nobody@example.com"])
def test_A1_asking_costs_one_hash_for_known_and_unknown(
    email: str, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    hasher = type(get_hasher())
    honest = hasher.encode

    def encode(self: Any, password: str, *args: Any, **options: Any) -> str:
        hashed.append(password)
        return str(honest(self, password, *args, **options))

    monkeypatch.setattr(hasher, "encode", encode)
    browser().post("/account/login/", {"login": email, "password": "wrong password!!"})
    assert hashed == ["wrong password!!"], "the hash is what takes long, and it is made either way"


def test_the_first_workspace_is_made_in_one_step_with_what_belongs_in_it(db: None) -> None:
    client = browser()
    sign_up(client)
    page = client.get(NEW).content.decode()
    assert "Your first workspace" in page
    answer = client.post(NEW, {"name": "Barrow & Rye", "slug": "", "zone": "Europe/Dublin"})
    assert answer["Location"].startswith("/w/barrow-rye/")
    workspace = Workspace.objects.get()
    assert (workspace.slug, workspace.zone) == ("barrow-rye", "Europe/Dublin")
    assert Membership.objects.get().role == "owner"
    with use_workspace(workspace):
        assert Brand.objects.count() == 1
        assert Channel.objects.get().network == "sandbox"
        assert (
            Activity.objects.filter(
                verb="workspaces.create_workspace", actor__email="dora@example.com"
            ).count()
            == 1
        )
    assert client.get("/")["Location"].startswith("/w/barrow-rye/")


@pytest.mark.parametrize(
    ("slug", "made"),
    [("our-room", "our-room"), ("OUR-Room", "our-room"), ("", "team"), ("barrow-rye", None), ("a b", None),
     ("a--b", None), ("-a", None), ("../x", None), ("é", None), ("x" * 51, None)],
)  # fmt: skip
def test_an_address_is_chosen_or_made_and_is_free(
    slug: str, made: str | None, alice: User, client_of: Callable[[User], Client]
) -> None:
    answer = client_of(alice).post(NEW, {"name": "Team", "slug": slug, "zone": "UTC"})
    if made:
        assert answer["Location"].startswith(f"/w/{made}/")
    else:
        assert answer.status_code == 422
        assert Workspace.objects.count() == 1


def test_two_teams_of_one_name_get_two_addresses(alice: User, client_of: Callable[[User], Client]) -> None:
    client = client_of(alice)
    for _ in range(3):
        client.post(NEW, {"name": "Team", "slug": "", "zone": "UTC"})
    made = Workspace.objects.filter(name="Team").values_list("slug", flat=True)
    assert set(made) == {"team", "team-2", "team-3"}


@pytest.mark.parametrize("field", ["name", "zone"])
def test_a_workspace_with_a_wrong_name_or_zone_is_not_made(
    field: str, alice: User, client_of: Callable[[User], Client]
) -> None:
    values = {"name": "Team", "slug": "", "zone": "UTC", field: "Nowhere\r\nBcc: x"}
    assert client_of(alice).post(NEW, values).status_code == 422
    assert Workspace.objects.count() == 1


def test_an_invited_person_signs_up_and_joins_while_others_may_not(workspace: Workspace, alice: User) -> None:
    with use_workspace(workspace):
        token = invite_member(Invitation(email="dora@example.com", role="contributor"), by=alice).token
    client = browser()
    page = client.get(f"/invitations/{token}/").content.decode()
    assert "Join Barrow &amp; Rye" in page
    assert "Make my account" in client.get(SIGNUP).content.decode()
    assert "invitation is for another email" in sign_up(client, "mallory2@example.com").content.decode()
    assert sign_up(client)["Location"] == f"/invitations/{token}/"
    dora = User.objects.get(email="dora@example.com")
    assert not dora.is_staff
    joined = client.post(f"/invitations/{token}/")
    assert joined["Location"].startswith("/w/barrow-rye/")
    assert Membership.objects.get(user=dora).role == "contributor"
    assert client.get("/w/barrow-rye/settings/").status_code == 200
    assert "Make my account" not in browser().get(SIGNUP).content.decode()


@pytest.mark.parametrize(("policy", "opens"), [("invited", True), ("closed", False)])
def test_an_invitation_offers_an_account_with_its_address_only_where_one_can_be_made(
    policy: str, opens: bool, workspace: Workspace, alice: User, settings: Any
) -> None:
    settings.AURA_SIGNUP = policy
    with use_workspace(workspace):
        token = invite_member(Invitation(email="dora@example.com", role="contributor"), by=alice).token
    client = browser()
    page = client.get(f"/invitations/{token}/").content.decode()
    assert ("email=dora%40example.com" in page) is opens
    assert ("Sign-up is switched off" in page) is not opens
    form = client.get(SIGNUP, {"email": "dora@example.com"}).content.decode()
    assert ('value="dora@example.com"' in form) is opens
    assert ("Sign-up is switched off" in form) is not opens
