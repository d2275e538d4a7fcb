"""What programs do with channels: connect, change, sign in again, put away; and what is secret of them stays so."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from aura.kit import clock, secrets
from aura.kit.testing_api import Caller, by_session, by_token
from campaigns.models import Brand
from posts.models import Channel, NetworkApp, Target
from posts.networks import connectable
from posts.networks.standin import Behaviour, StandIn
from posts.networks.standins import bluesky
from posts.operations.apps import save_network_app
from posts.operations.settle import arm
from posts.tests import _engine as engine
from workspaces.models import Activity, AnsweredCall, User, Workspace
from workspaces.tests.programs import make

Calls = Callable[[User], Caller]
HOOK = {"network": "webhook", "name": "Shop window", "settings": {"url": "https://hooks.example.com/x"}}


@pytest.fixture(autouse=True)
def opened(scope: Workspace) -> Workspace:
    return scope


@pytest.fixture
def call_as(client_of: Callable[[User], Client]) -> Calls:
    return lambda user: by_session(client_of(user), "barrow-rye")


@pytest.fixture
def brand(scope: Workspace) -> Brand:
    return Brand.objects.create(name="Barrow & Rye")


@pytest.fixture
def sky(settings: Any) -> Iterator[StandIn]:
    with StandIn(service=bluesky.Bluesky()) as stand_in:
        settings.AURA_EGRESS_ALLOW = [stand_in.endpoint]
        settings.AURA_NETWORK_URLS = dict.fromkeys(settings.AURA_NETWORK_URLS, f"http://{stand_in.endpoint}")
        yield stand_in


def fields(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 422, answer.content
    return dict(answer.json()["fields"])


def test_a_webhook_is_connected_and_its_secret_is_told_once(
    call_as: Calls, alice: User, bob: User, carol: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    owner = call_as(alice)
    made = owner.post("/channels", HOOK, Idempotency_Key="one")
    assert made.status_code == 201, made.content
    told = made.json()
    secret = told.pop("secret")
    channel = Channel.objects.get()
    assert secrets.unseal_dict(channel.secret)["secret"] == secret
    assert (channel.created_by, channel.spacing_seconds, told["where"]) == (alice, 0, "hooks.example.com")
    assert made["Location"].endswith(f"/channels/{channel.pk}")
    shown = owner.get(f"/channels/{channel.pk}")
    assert (shown.json(), shown["ETag"]) == (told, made["ETag"])
    assert shown.json()["settings"] == HOOK["settings"]
    again = owner.post("/channels", HOOK, Idempotency_Key="one").json()
    assert (again["id"], again["secret"]) == (told["id"], "")
    assert Channel.objects.count() == 1
    assert call_as(carol).get(f"/channels/{channel.pk}").json()["settings"] is None
    for words, is_told in (("channels:read", False), ("channels:write", True)):
        reader = by_token(make(channel.workspace, alice, words).secret)
        for seen in (reader.get(f"/channels/{channel.pk}").json(), *reader.get("/channels").json()["items"]):
            assert (seen["settings"] is not None) is is_told, "Who may not change it is not told its address."
    kept = [AnsweredCall.objects.get().body, *(f"{one.details} {one}" for one in Activity.objects.all())]
    assert not [
        text for text in (*kept, caplog.text, owner.get("/channels").content.decode()) if secret in text
    ]
    for weak in (bob, carol):
        assert call_as(weak).post("/channels", {**HOOK, "name": "Mine"}).status_code == 403
    fresh = owner.post(f"/channels/{channel.pk}/rotate-secret", Idempotency_Key="two")
    assert fresh.json()["secret"] not in {"", secret}
    assert owner.post(f"/channels/{channel.pk}/rotate-secret", Idempotency_Key="two").json()["secret"] == ""
    assert Channel.objects.count() == 1


def test_the_form_of_the_page_judges_what_a_program_sends(call_as: Calls, alice: User, brand: Brand) -> None:
    owner = call_as(alice)
    assert "GET networks" in fields(owner.post("/channels", {"name": "Hook"}))["network"][0]
    assert list(fields(owner.post("/channels", {**HOOK, "network": "myspace"}))) == ["network"]
    wrong = fields(owner.post("/channels", {**HOOK, "settings": {"url": 5, "colour": "red"}}))["settings"]
    assert [one[:20] for one in wrong] == ["url: Write text here", "colour: There is no "]
    assert fields(owner.post("/channels", {**HOOK, "settings": {}}))["settings"] == ["url: Fill this in."]
    assert list(fields(owner.post("/channels", {**HOOK, "settings": ["x"]}))) == ["settings"]
    assert list(fields(owner.post("/channels", {**HOOK, "sign_in": {"password": "x"}}))) == ["sign_in"]
    assert set(fields(owner.post("/channels", {**HOOK, "name": "", "spacing_seconds": 3601}))) == {
        "name",
        "spacing_seconds",
    }
    assert list(fields(owner.post("/channels", {**HOOK, "zone": "Bread/Rye"}))) == ["zone"]
    assert list(fields(owner.post("/channels", {**HOOK, "approver": str(alice.pk)}))) == ["approver"]
    assert list(fields(owner.post("/channels", {**HOOK, "approval": "person"}))) == ["approver"]
    assert not Channel.objects.exists()
    more = {"brand": str(brand.pk), "approval": "person", "approver": str(alice.pk), "zone": "Europe/Dublin"}
    by_hand = {"network": "by_hand", "name": "Shop", "settings": {"stands_for": "instagram", "where": "@rye"}}
    made = owner.post("/channels", {**by_hand, **more}).json()
    assert {name: made[name] for name in more} == more
    assert (made["where"], made["secret"]) == ("Instagram @rye", "")
    assert owner.post("/channels", {"network": "sandbox", "name": "Sand"}).status_code == 201


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/hook",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:7f00:1]/",
        "http://localhost/hook",
        "http://metadata.google.internal/",
        "http://2130706433/",
        "http://hooks.example.com:6379/",
        "file:///etc/passwd",
    ],
)
def test_S1_no_channel_leads_inside_the_network(call_as: Calls, alice: User, url: str) -> None:
    owner = call_as(alice)
    assert list(fields(owner.post("/channels", {**HOOK, "settings": {"url": url}}))) == ["settings"]
    assert not Channel.objects.exists()
    made = owner.post("/channels", HOOK).json()
    assert list(fields(owner.patch(f"/channels/{made['id']}", {"settings": {"url": url}}))) == ["settings"]
    assert Channel.objects.get().settings == HOOK["settings"]


def test_a_channel_is_changed_in_what_is_sent_and_tried_as_it_was_seen(
    call_as: Calls, alice: User, settings: Any
) -> None:
    owner = call_as(alice)
    with StandIn() as receiver:
        settings.AURA_EGRESS_ALLOW = [receiver.endpoint]
        made = owner.post("/channels", HOOK)
        path = f"/channels/{made.json()['id']}"
        changed = owner.patch(
            path, {"settings": {"url": receiver.url}, "spacing_seconds": 60}, If_Match=made["ETag"]
        )
        assert changed.status_code == 200, changed.content
        assert (changed.json()["name"], changed.json()["spacing_seconds"]) == ("Shop window", 60)
        assert owner.patch(path, {"name": "Late"}, If_Match=made["ETag"]).status_code == 412
        assert owner.post(f"{path}/test", If_Match=made["ETag"]).status_code == 412
        assert receiver.received == []
        tried = owner.post(f"{path}/test", If_Match=changed["ETag"])
        assert (tried.status_code, tried.json()["outcome"]) == (200, "accepted")
        assert len(receiver.received) == 1
        owner.patch(path, {"name": "Window"})
    channel = Channel.objects.get()
    assert (channel.name, channel.settings, channel.spacing_seconds) == ("Window", {"url": receiver.url}, 60)


def test_a_network_that_does_not_answer_holds_nobody_for_long(
    call_as: Calls, alice: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("posts.operations.renewing.TRY_SECONDS", 0.2)
    monkeypatch.setattr("posts.networks.webhook.Webhook.timeout_seconds", 100)
    with StandIn(default=Behaviour.HANG) as receiver:
        settings.AURA_EGRESS_ALLOW = [receiver.endpoint]
        tried = call_as(alice).post(f"/channels/{engine.webhook(receiver).pk}/test").json()
    assert tried["outcome"] == "unclear"


def test_a_channel_goes_to_the_trash_with_what_it_promised_and_comes_back(
    call_as: Calls, alice: User
) -> None:
    owner, channel = call_as(alice), engine.channel()
    post = engine.post(channel)
    arm(post, clock.now() + timedelta(hours=1))
    path = f"/channels/{channel.pk}"
    held = {"claim_token": uuid4(), "lease_until": clock.now() + timedelta(minutes=1)}
    Target.objects.update(status=Target.Status.SENDING, key="k", **held)
    busy = owner.delete(path)
    assert (busy.status_code, "being sent" in busy.json()["detail"]) == (409, True)
    Target.objects.update(status=Target.Status.SCHEDULED, key="", claim_token=None, lease_until=None)
    assert owner.delete(path).status_code == 204
    assert Target.objects.get().status == Target.Status.PENDING
    assert owner.get("/channels").json()["items"] == []
    (there,) = owner.get("/channels?trashed=true").json()["items"]
    assert (there["id"], there["trashed_at"] is None) == (str(channel.pk), False)
    gone = owner.patch(path, {"name": "Back"})
    assert (gone.status_code, "Restore it first" in gone.json()["detail"]) == (409, True)
    assert owner.post(f"{path}/restore").json()["trashed_at"] is None
    assert owner.post(f"{path}/restore").status_code == 409


# Networks with accounts ----------------------------------------------------------------------------------------------


def test_an_account_is_tried_before_it_is_kept_and_its_password_is_kept_nowhere(
    call_as: Calls, alice: User, sky: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    owner = call_as(alice)
    new = {"network": "bluesky", "settings": {"handle": bluesky.HANDLE}, "approval": "anyone"}
    wrong = owner.post("/channels", {**new, "sign_in": {"password": "wrong-word"}})
    assert list(fields(wrong)) == ["sign_in"]
    assert "wrong-word" not in wrong.content.decode()
    assert list(fields(owner.post("/channels", new))) == ["sign_in"]
    assert not Channel.objects.exists()
    signed = {"sign_in": {"password": bluesky.APP_PASSWORD}}
    made = owner.post("/channels", {**new, **signed}, Idempotency_Key="sky")
    assert made.status_code == 201, made.content
    channel = Channel.objects.get()
    assert (channel.account_id, channel.approval) == (bluesky.DID, "anyone")
    assert bluesky.HANDLE in made.json()["name"]
    path, before = f"/channels/{channel.pk}", channel.secret
    moved = fields(owner.patch(path, {"settings": {"handle": "other.example"}}))["settings"]
    assert moved[0].startswith("handle: It stays")
    seen = owner.get(path).json()["settings"]
    assert owner.patch(path, {"settings": {**seen, "language": "en"}}).json()["settings"]["language"] == "en"
    assert owner.post(f"{path}/reconnect", {"sign_in": {"password": "wrong-word"}}).status_code == 422
    assert Channel.objects.get().secret == before
    assert owner.post(f"{path}/reconnect", signed).status_code == 200
    assert Channel.objects.get().secret != before
    Channel.objects.update(account_id="did:plc:other")
    other = owner.post(f"{path}/reconnect", signed)
    assert (other.status_code, "another account" in other.json()["detail"]) == (409, True)
    kept = [AnsweredCall.objects.get().body, *(f"{one.details} {one}" for one in Activity.objects.all())]
    assert not [text for text in (*kept, caplog.text, made.content.decode()) if bluesky.APP_PASSWORD in text]


def test_where_a_person_has_to_say_yes_a_program_is_told_where(call_as: Calls, alice: User) -> None:
    owner = call_as(alice)
    refused = owner.post("/channels", {"network": "mastodon", "settings": {"server": "rye.social"}})
    assert (refused.status_code, refused.json()["code"]) == (409, "NEEDS_PERSON")
    page = "/w/barrow-rye/settings/channels/new/mastodon/"
    assert page in refused.json()["detail"]
    (listed,) = [one for one in owner.get("/networks").json()["items"] if one["network"] == "mastodon"]
    assert (listed["connects_by"], listed["connect_at"].endswith(page)) == ("oauth", True)
    channel = engine.channel("mastodon", account_id="rye.social 1", settings={"server": "https://rye.social"})
    again = owner.post(f"/channels/{channel.pk}/reconnect", {})
    assert (again.json()["code"], f"{channel.pk}/reconnect/" in again.json()["detail"]) == (
        "NEEDS_PERSON",
        True,
    )
    nothing = owner.post(f"/channels/{engine.channel().pk}/reconnect", {})
    assert (nothing.status_code, nothing.json()["code"]) == (409, "CONFLICT")
    assert Channel.objects.count() == 2


def test_programs_read_what_each_network_asks_for_and_takes(
    call_as: Calls, carol: User, django_assert_max_num_queries: Any
) -> None:
    viewer = call_as(carol)
    viewer.get("/auth/me")
    with django_assert_max_num_queries(12):
        items = {one["network"]: one for one in viewer.get("/networks").json()["items"]}
    assert set(items) == {one.slug for one in connectable()}
    (url,) = items["webhook"]["settings"]
    assert (url["name"], url["required"], url["kind"]) == ("url", True, "text")
    assert [one["name"] for one in items["bluesky"]["sign_in"]] == ["password"]
    assert items["bluesky"]["settings"][0]["fixed"] is True
    assert (items["linkedin"]["lacks_keys"], items["mastodon"]["lacks_keys"]) == (True, False)
    (text,) = [one for one in items["mastodon"]["limits"] if one["name"] == "text"]
    assert (text["limit"], text["unit"]) == (500, "characters")
    channel = engine.channel("mastodon", settings={"learned": {"text": 700}})
    (told,) = [
        one for one in viewer.get(f"/channels/{channel.pk}/limits").json()["items"] if one["name"] == "text"
    ]
    assert told["limit"] == 700


def test_keys_of_an_app_are_entered_replaced_and_forgotten_and_their_secret_is_never_told(
    call_as: Calls, alice: User, bob: User, workspace: Workspace, settings: Any
) -> None:
    owner, keys = call_as(alice), {"network": "linkedin", "client_id": "the app", "secret": "hush, hush"}
    assert list(fields(owner.post("/network-apps", {**keys, "secret": ""}))) == ["secret"]
    assert list(fields(owner.post("/network-apps", {**keys, "network": "mastodon"}))) == ["network"]
    assert call_as(bob).post("/network-apps", keys).status_code == 403
    assert not NetworkApp.objects.exists()
    made = owner.post("/network-apps", keys)
    assert made.status_code == 200, made.content
    assert secrets.unseal(NetworkApp.objects.get().secret) == "hush, hush"
    assert list(fields(owner.post("/network-apps", {**keys, "client_id": "other", "secret": ""}))) == [
        "secret"
    ]
    owner.post("/network-apps", {"network": "linkedin", "client_id": "the app"})
    listed = owner.get("/network-apps")
    assert [one["network"] for one in listed.json()["items"]] == ["linkedin"]
    assert "hush" not in listed.content.decode() + made.content.decode()
    reader = by_token(make(workspace, alice, "channels:read").secret)
    assert (reader.get("/network-apps").status_code, reader.get("/networks").status_code) == (403, 200)
    assert call_as(bob).get("/network-apps").status_code == 403
    using = engine.channel("linkedin", account_id="1")
    path = f"/network-apps/{made.json()['id']}"
    assert owner.delete(path).status_code == 409
    Channel.objects.filter(pk=using.pk).delete()
    assert owner.delete(path).status_code == 204
    settings.AURA_NETWORK_APPS = {"linkedin": ["theirs", "of the house"]}
    assert owner.post("/network-apps", keys).status_code == 409
    assert not NetworkApp.objects.exists()
    save_network_app(NetworkApp(network="x", place="x", client_id="a"), secret="b", by=alice)
