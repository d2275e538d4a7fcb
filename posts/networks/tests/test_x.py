"""X over real HTTP, against a service that plays its rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from posts.networks.base import (
    Absent,
    Accepted,
    Ambiguous,
    AppKeys,
    Connected,
    Found,
    Ready,
    Rejected,
    Renewed,
    ReplyTo,
    RetryAfter,
    Unknown,
    Waiting,
)
from posts.networks.figures import Figure
from posts.networks.standin import Behaviour, StandIn
from posts.networks.standins.service import Answer
from posts.networks.standins.x import ACCOUNT, APP, SCOPES, TOKEN
from posts.networks.standins.x import X as Server
from posts.networks.testkit import NOW, NetworkContract, StandInStage, attempt, drive
from posts.networks.tests._made import connect, film, picture
from posts.networks.x import X, uploads

network = X()


@pytest.fixture
def server():
    return Server()


@pytest.fixture
def stand_in(server, settings):
    with StandIn(service=server, slowness=0.05) as running:
        settings.AURA_EGRESS_ALLOW = [running.endpoint]
        settings.AURA_NETWORK_URLS = {"x": server.url, "x.signin": server.url}
        yield running


@pytest.fixture
def stage(stand_in):
    return StandInStage(stand_in, {"account_id": ACCOUNT, "username": "aurora"}, {"access_token": TOKEN})


class TestX(NetworkContract):
    network_class = X
    patience = 0.5


def asked_of(server):
    (one,) = server.posts
    return one.more["asked"]


def test_words_pictures_and_who_may_reply(stage, server):
    media = (picture(b"one", alt="Rye"), picture(b"two", mime="image/png", alt=""))
    stage.settings["replies"] = "following"
    outgoing = replace(stage.outgoing("k"), media=media, link="https://example.com/rye")
    outcome = attempt(network, outgoing, NOW)
    assert outcome == Accepted("5000", "https://x.com/aurora/status/5000", "Published on X.")
    assert asked_of(server) == {
        "text": f"{outgoing.text}\n\nhttps://example.com/rye",
        "media": {"media_ids": ["900", "901"]},
        "reply_settings": "following",
    }
    assert [(item["content"], item["alt"]) for item in server.media.values()] == [
        (b"one", "Rye"),
        (b"two", ""),
    ]


def test_a_film_goes_in_pieces_and_passes(stage, server, monkeypatch):
    monkeypatch.setattr(uploads, "SEGMENT", 200_000)
    monkeypatch.setattr(uploads, "PASS_BYTES", 250_000)
    one = film()
    outgoing = replace(stage.outgoing("k"), media=(one,))
    prepared = network.prepare(outgoing, {}, save=lambda state: None, now=NOW)
    said = []
    while isinstance(prepared, Waiting):
        said.append((prepared.sentence, prepared.seconds))
        prepared = network.poll(outgoing, prepared.state, now=NOW)
    assert isinstance(prepared, Ready)
    assert said == [
        ("A film is on its way to X, piece by piece.", 1),
        ("X is still working on the files.", 1),
    ]
    assert isinstance(network.publish(outgoing, prepared.state, now=NOW), Accepted)
    assert len(server.media["900"]["segments"]) == 3
    with one.open() as file:
        assert server.media["900"]["content"] == file.read()
    assert max(one.open.largest[:-1]) <= 200_000


def test_a_lost_piece_is_sent_again_and_a_spoilt_film_is_a_clear_no(stage, stand_in, server):
    stand_in.behave(Behaviour.FAIL_BEFORE_WRITE, at="/2/media/upload/900/append")
    kept = {}
    outgoing = replace(stage.outgoing("k"), media=(film(),))
    assert isinstance(attempt(network, outgoing, NOW, kept), RetryAfter)
    assert isinstance(attempt(network, outgoing, NOW, kept), Accepted)
    assert list(server.media) == ["900"]
    prepared = network.prepare(outgoing, {}, save=lambda state: None, now=NOW)
    server.media["901"] |= {"bad": "Unsupported codec!", "waits": 0}
    if isinstance(prepared, Waiting):
        prepared = network.poll(outgoing, prepared.state, now=NOW)
    assert isinstance(prepared, Rejected)
    assert prepared.sentence == "X could not use one of the files: “Unsupported codec”."


def test_a_thread_hangs_together(stage, server):
    first = attempt(network, stage.outgoing("a"), NOW)
    part = replace(stage.outgoing("b"), text="Second", reply_to=ReplyTo(first.remote_id, first.remote_id))
    second = attempt(network, part, NOW)
    assert server.posts[1].reply_to == first.remote_id
    found = network.reconcile(part, {}, since=datetime.now(UTC), now=NOW)
    assert isinstance(found, Found)
    assert found.remote_id == second.remote_id
    elsewhere = replace(part, reply_to=ReplyTo("1", "1"))
    assert isinstance(network.reconcile(elsewhere, {}, since=datetime.now(UTC), now=NOW), Absent)
    gone = attempt(network, replace(elsewhere, text="Third"), NOW)
    assert isinstance(gone, Rejected)
    assert "deleted" in gone.sentence


class TestNobodyKnows:
    def test_short_links_and_written_out_signs_are_seen_through(self, stage, server):
        text = "Rye & salt <3 https://example.com/a/b?c=1 example.org"
        outgoing = replace(stage.outgoing("k"), text=text, media=(picture(),))
        published = attempt(network, outgoing, NOW)
        since = datetime.now(UTC)
        found = network.reconcile(outgoing, {}, since=since, now=NOW)
        assert isinstance(found, Found)
        assert found.remote_id == published.remote_id
        for other in (replace(outgoing, media=()), replace(outgoing, text=f"New: {text}")):
            assert isinstance(network.reconcile(other, {}, since=since, now=NOW), Absent)
        later = since + timedelta(minutes=3)
        assert isinstance(network.reconcile(outgoing, {}, since=later, now=NOW), Absent)

    def test_a_long_or_broken_list_proves_nothing(self, stage, stand_in, server):
        since = datetime.now(UTC)
        for number in range(51):
            attempt(network, replace(stage.outgoing(f"k{number}"), text=f"Other {number}"), NOW)
        assert isinstance(network.reconcile(stage.outgoing("k"), {}, since=since, now=NOW), Unknown)
        stand_in.behave(Behaviour.GARBAGE, at="/2/users")
        assert isinstance(network.reconcile(stage.outgoing("k"), {}, since=since, now=NOW), Unknown)

    def test_the_same_words_twice(self, stage, server):
        server.refuses_twins = True
        attempt(network, stage.outgoing("a"), NOW)
        twin = attempt(network, stage.outgoing("b"), NOW)
        assert isinstance(twin, Rejected)
        assert (twin.code, twin.pauses_channel) == ("duplicate", False)
        perhaps_ours = attempt(network, replace(stage.outgoing("a"), doubtful=True), NOW)
        assert isinstance(perhaps_ours, Ambiguous)

    def test_a_list_that_lags_still_ends_with_one_post(self, stage, stand_in, server, monkeypatch):
        server.refuses_twins = True
        stand_in.behave(Behaviour.DROP_AFTER_WRITE)
        looks = []
        honest = server._list

        def late(call):
            looks.append(call)
            return Server._list(Server(), call) if len(looks) < 5 else honest(call)

        monkeypatch.setattr(server, "_list", late)
        driven = drive(network, stage.outgoing("k"))
        assert driven.end == "published"
        assert len(server.posts) == 1


class TestRefusals:
    def test_an_access_that_ended_is_renewed_one_withdrawn_is_not(self, stage, server):
        server.tokens.clear()
        withdrawn = attempt(network, stage.outgoing("k"), NOW)
        assert isinstance(withdrawn, Rejected)
        assert withdrawn.pauses_channel
        stage.credential["expires_at"] = (NOW - timedelta(minutes=1)).isoformat()
        ended = attempt(network, stage.outgoing("k"), NOW)
        assert isinstance(ended, RetryAfter)
        assert "renewed" in ended.sentence

    def test_used_up_credits_pause_the_channel(self, stage, server):
        server.credits = False
        refused = attempt(network, stage.outgoing("k"), NOW)
        assert isinstance(refused, Rejected)
        assert (refused.code, refused.pauses_channel) == ("no_credits", True)

    def test_the_last_call_of_a_limit_lets_the_channel_rest(self, stage, server):
        server.remaining = 1
        server.clock = lambda: NOW
        assert attempt(network, stage.outgoing("k"), NOW).rest_seconds == 600

    def test_too_many_waits_for_the_limit_that_is_used_up(self, stage, server, monkeypatch):
        reset = int(NOW.timestamp()) + 3_000
        told = {"x_user_limit_24hour_remaining": "0", "x_user_limit_24hour_reset": str(reset)}
        told |= {"x_rate_limit_remaining": "50", "x_rate_limit_reset": str(reset - 2_000)}
        monkeypatch.setattr(server, "_post", lambda call: Answer.json({"title": "Too Many"}, 429, **told))
        later = attempt(network, stage.outgoing("k"), NOW)
        assert isinstance(later, RetryAfter)
        assert (later.seconds, later.waits_channel) == (3_000, True)


class TestConnecting:
    def test_from_the_keys_of_an_app_to_a_post(self, stand_in, server):
        server.clock = lambda: NOW
        connected = connect(network, AppKeys(*APP), {"replies": ""}, now=NOW)
        assert isinstance(connected, Connected)
        (account,) = connected.accounts
        assert (account.id, account.name) == (ACCOUNT, "@aurora")
        assert account.settings == {"replies": "", "account_id": ACCOUNT, "username": "aurora"}
        assert account.credential["scope"] == SCOPES
        assert account.credential["expires_at"] == (NOW + timedelta(hours=2)).isoformat()
        renewed = network.refresh(AppKeys(*APP), account.settings, account.credential, now=NOW)
        assert isinstance(renewed, Renewed)
        stage = StandInStage(stand_in, dict(account.settings), dict(renewed.credential))
        assert drive(network, stage.outgoing("k")).end == "published"
        tried = network.try_connection(account.settings, renewed.credential, now=NOW)
        assert tried.sentence == "Signed in as @aurora."
        used = network.refresh(AppKeys(*APP), account.settings, account.credential, now=NOW)
        assert isinstance(used, Rejected)
        assert used.pauses_channel

    def test_another_verifier_or_wrong_keys_are_refused(self, stand_in):
        other = connect(network, AppKeys(*APP), {}, now=NOW, verifier="w" * 43)
        wrong = connect(network, AppKeys(APP[0], "wrong-secret"), {}, now=NOW)
        assert isinstance(other, Rejected)
        assert isinstance(wrong, Rejected)
        assert "wrong-secret" not in wrong.sentence


def test_an_account_that_pays_may_write_long_posts(stage, server):
    long = replace(stage.outgoing("k"), text="x" * 500)
    assert network.learn(stage.settings, stage.credential, now=NOW) == {}
    assert [one.code for one in network.validate(long)] == ["text_too_long"]
    server.subscription = "Premium"
    stage.settings["learned"] = network.learn(stage.settings, stage.credential, now=NOW)
    long = replace(long, settings=stage.settings)
    assert network.validate(long) == []
    assert isinstance(attempt(network, long, NOW), Accepted)
    server.tokens.clear()
    assert network.learn(stage.settings, stage.credential, now=NOW) is None


def test_a_link_is_said_to_be_dear_and_blocks_nothing(stage):
    (advice,) = network.validate(replace(stage.outgoing("k"), link="https://example.com"))
    assert (advice.code, advice.blocks) == ("cost", False)
    assert advice.message == "X takes $0.20 for a post with a link ($0.015 without)."


def test_figures_of_a_post(stage):
    published = attempt(network, stage.outgoing("k"), NOW)
    told = network.figures(published.remote_id, stage.settings, stage.credential, now=NOW)
    assert told.totals == {
        Figure.IMPRESSIONS: 1_200,
        Figure.LIKES: 9,
        Figure.COMMENTS: 2,
        Figure.SHARES: 5,
        Figure.SAVES: 3,
    }
    assert isinstance(network.figures("404", stage.settings, stage.credential, now=NOW), Rejected)
