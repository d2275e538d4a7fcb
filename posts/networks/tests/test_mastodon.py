"""Mastodon over real HTTP, against a server that plays its rules."""

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
    Person,
    Rejected,
    ReplyTo,
    RetryAfter,
    Unknown,
    Waiting,
)
from posts.networks.figures import Figure
from posts.networks.mastodon import SCOPES, Mastodon, MastodonForm
from posts.networks.standin import Behaviour, StandIn
from posts.networks.standins.mastodon import TOKEN
from posts.networks.standins.mastodon import Mastodon as Server
from posts.networks.testkit import NOW, NetworkContract, StandInStage, attempt, drive
from posts.networks.tests._made import CALLBACK, connect, film, picture


@pytest.fixture
def server():
    return Server()


@pytest.fixture
def stand_in(server, settings):
    with StandIn(service=server, slowness=0.05) as running:
        settings.AURA_EGRESS_ALLOW = [running.endpoint]
        yield running


@pytest.fixture
def stage(stand_in, server):
    known = {"server": server.url, "account_id": "17", "username": "aurora"}
    return StandInStage(stand_in, known, {"access_token": TOKEN})


class TestMastodon(NetworkContract):
    network_class = Mastodon
    patience = 0.5


network = Mastodon()


def posted(server):
    (one,) = server.posts
    return one


def test_pictures_arrive_in_order_with_their_descriptions(stage, server):
    media = (
        picture(b"one", alt="Rye bread"),
        picture(b"two", mime="image/png", alt="Зайди"),
        picture(b"3", alt=""),
    )
    outcome = attempt(network, replace(stage.outgoing("k"), media=media), NOW)
    assert outcome == Accepted("1000", f"{server.url}/@aurora/1000", f"Published on {server.endpoint}.")
    sent = [server.media[name] for name in posted(server).media]
    assert [item["sha256"] for item in sent] == [item.sha256 for item in media]
    assert [item["alt"] for item in sent] == ["Rye bread", "Зайди", ""]


def test_a_film_is_streamed_and_waited_for(stage, server):
    one = film()
    outgoing = replace(stage.outgoing("k"), media=(one,))
    kept = []
    prepared = network.prepare(outgoing, {}, save=kept.append, now=NOW)
    assert isinstance(prepared, Waiting)
    assert kept[0]["media"] == [{"id": "100", "ready": False}]
    assert isinstance(attempt(network, outgoing, NOW, {"state": prepared.state}), Accepted)
    assert list(server.media) == ["100"], "what was uploaded is not uploaded again"
    assert max(one.open.largest) < one.size


def test_a_film_that_cannot_be_read_is_a_clear_no(stage, server):
    outgoing = replace(stage.outgoing("k"), media=(film(),))
    prepared = network.prepare(outgoing, {}, save=lambda state: None, now=NOW)
    server.media.clear()
    polled = network.poll(outgoing, prepared.state, now=NOW)
    assert isinstance(polled, Rejected)
    assert polled.code == "media_refused"


def test_a_lost_upload_is_made_again(stage, stand_in, server):
    stand_in.behave(Behaviour.FAIL_AFTER_WRITE, at="/api/v2/media")
    outgoing = replace(stage.outgoing("k"), media=(picture(),))
    first = attempt(network, outgoing, NOW)
    assert isinstance(first, RetryAfter)
    assert "Nothing was published" in first.sentence
    assert isinstance(attempt(network, outgoing, NOW), Accepted)
    assert len(posted(server).media) == 1


def test_words_visibility_language_and_warning_go_out(stage, server):
    stage.settings |= {"visibility": "unlisted", "language": "ru", "warning": "Food"}
    outgoing = replace(stage.outgoing("k"), link="https://example.com/rye")
    attempt(network, outgoing, NOW)
    asked = posted(server).more["asked"]
    assert asked == {
        "status": f"{outgoing.text}\n\nhttps://example.com/rye",
        "media_ids": [],
        "visibility": "unlisted",
        "language": "ru",
        "spoiler_text": "Food",
    }


def test_a_thread_hangs_together(stage, server):
    first = attempt(network, stage.outgoing("a"), NOW)
    part = replace(stage.outgoing("b"), text="Second", reply_to=ReplyTo(first.remote_id, first.remote_id))
    assert isinstance(attempt(network, part, NOW), Accepted)
    assert server.posts[1].reply_to == first.remote_id
    gone = replace(part, key="c", reply_to=ReplyTo("404", "404"))
    refused = attempt(network, gone, NOW)
    assert isinstance(refused, Rejected)
    assert refused.code == "not_found"


def test_what_the_server_says_no_to_is_told_in_its_words(stage):
    refused = attempt(network, replace(stage.outgoing("k"), text="x" * 501), NOW)
    assert isinstance(refused, Rejected)
    assert "“Validation failed: Text character limit of 500 exceeded”" in refused.sentence
    assert not refused.pauses_channel


def test_a_warning_counts_as_text(stage):
    outgoing = replace(stage.outgoing("k"), text="x" * 498)
    assert network.validate(outgoing) == []
    stage.settings["warning"] = "Food"
    assert [one.code for one in network.validate(replace(outgoing, settings=stage.settings))] == [
        "text_too_long"
    ]


def test_an_ended_sign_in_pauses_the_channel(stage, server):
    server.tokens.clear()
    refused = attempt(network, stage.outgoing("k"), NOW)
    assert isinstance(refused, Rejected)
    assert (refused.code, refused.pauses_channel) == ("signed_out", True)
    assert "again" in refused.fix
    assert isinstance(network.try_connection(stage.settings, stage.credential, now=NOW), Rejected)


def test_the_last_call_of_a_limit_lets_the_channel_rest(stage, server):
    server.remaining = 1
    server.clock = lambda: NOW + timedelta(minutes=30)
    accepted = attempt(network, stage.outgoing("k"), NOW - timedelta(minutes=10))
    assert accepted.rest_seconds == 600


class TestLooking:
    def test_words_with_links_and_mentions_are_found(self, stage, server):
        text = (
            "Hello @ann@far.example, <rye> & more:\nhttps://example.com/a/very/long/path/indeed?x=1 🥖\n\nBye"
        )
        outgoing = replace(stage.outgoing("k"), text=text, media=(picture(),))
        published = attempt(network, outgoing, NOW)
        since = datetime.now(UTC)
        found = network.reconcile(outgoing, {}, since=since, now=NOW)
        assert isinstance(found, Found)
        assert (found.remote_id, found.url) == (published.remote_id, published.url)
        for other in (
            replace(outgoing, text=f"{text} now"),
            replace(outgoing, media=()),
        ):
            assert isinstance(network.reconcile(other, {}, since=since, now=NOW), Absent)

    def test_an_older_twin_is_not_ours(self, stage, server):
        attempt(network, stage.outgoing("k"), NOW)
        since = datetime.now(UTC) + timedelta(minutes=3)
        assert isinstance(network.reconcile(stage.outgoing("l"), {}, since=since, now=NOW), Absent)

    def test_a_list_that_does_not_reach_back_proves_nothing(self, stage, server):
        since = datetime.now(UTC)
        for number in range(41):
            attempt(network, replace(stage.outgoing(f"k{number}"), text=f"Other {number}"), NOW)
        assert isinstance(network.reconcile(stage.outgoing("k"), {}, since=since, now=NOW), Unknown)
        later = datetime.now(UTC) + timedelta(minutes=3)
        assert isinstance(network.reconcile(stage.outgoing("k"), {}, since=later, now=NOW), Absent)

    def test_a_server_that_fails_proves_nothing(self, stage, stand_in):
        stand_in.behave(Behaviour.FAIL_BEFORE_WRITE, at="/api/v1/accounts")
        assert isinstance(network.reconcile(stage.outgoing("k"), {}, since=NOW, now=NOW), Unknown)

    def test_once_the_server_forgot_the_key_it_is_looked_for(self, stage, stand_in, server):
        """Why the engine asks after an hour: the same key would make a second post."""
        stand_in.behave(Behaviour.DROP_AFTER_WRITE)
        outgoing = stage.outgoing("k")
        assert isinstance(attempt(network, outgoing, NOW), Ambiguous)
        server.forget_keys()
        assert isinstance(network.reconcile(outgoing, {}, since=NOW, now=NOW), Found)
        assert network.key_lives < timedelta(hours=1)


class TestConnecting:
    def test_from_the_name_of_a_server_to_a_post(self, stand_in, server):
        asked = {"server": server.url, "visibility": "public", "language": "", "warning": ""}
        app = network.register_app(asked, redirect_uri=CALLBACK)
        assert isinstance(app, AppKeys)
        assert network.app_keys_for(asked) == f"mastodon:{server.endpoint}"
        connected = connect(network, app, asked, now=NOW)
        assert isinstance(connected, Connected)
        (account,) = connected.accounts
        assert account.name == f"@aurora@{server.endpoint}" == network.describe(account.settings)
        assert account.settings == {**asked, "account_id": "17", "username": "aurora"}
        assert account.credential["scope"] == SCOPES
        stage = StandInStage(stand_in, dict(account.settings), dict(account.credential))
        assert drive(network, stage.outgoing("k")).end == "published"
        tried = network.try_connection(account.settings, account.credential, now=NOW)
        assert tried.sentence == f"Signed in as @aurora@{server.endpoint}."

    def test_another_verifier_is_refused(self, stand_in, server):
        app = network.register_app({"server": server.url}, redirect_uri=CALLBACK)
        refused = connect(network, app, {"server": server.url}, now=NOW, verifier="w" * 43)
        assert isinstance(refused, Rejected)
        assert app.client_secret not in refused.sentence

    def test_what_is_no_mastodon_is_said(self, stand_in, server):
        for behaviour in (Behaviour.FAIL_BEFORE_WRITE, Behaviour.GARBAGE):
            stand_in.behave(behaviour, at="/api/v1/apps")
            refused = network.register_app({"server": server.url}, redirect_uri=CALLBACK)
            assert isinstance(refused, Rejected)
            assert refused.code == "no_server"

    def test_a_token_goes_to_the_server_that_gave_it(self, stage, server):
        stage.credential["server"] = server.url
        stage.settings["server"] = "https://elsewhere.example"
        assert isinstance(attempt(network, stage.outgoing("k"), NOW), Accepted)

    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ("mastodon.social", "https://mastodon.social"),
            ("https://Mastodon.Social/@aurora", "https://mastodon.social"),
            ("@aurora@mastodon.social", "https://mastodon.social"),
            ("localhost", None),
            ("two words", None),
            ("", None),
        ],
    )
    def test_a_server_is_typed_in_many_ways(self, typed, kept):
        form = MastodonForm({"server": typed})
        assert form.is_valid() == (kept is not None)
        assert form.cleaned_data.get("server") == kept
        if kept:
            assert form.cleaned_data["visibility"] == "public"


def test_the_limits_of_the_server_replace_the_known_ones(stage, server):
    server.max_characters = 5_000
    learned = network.learn(stage.settings, stage.credential, now=NOW)
    stage.settings["learned"] = learned
    can = network.capabilities(stage.settings)
    assert can.text[0].limit == 5_000
    assert (can.images_max, can.alt_max, can.video_bytes_max) == (4, 1_500, 103_809_024)
    assert "audio/mpeg" not in (*can.image_types, *can.video_types)
    assert network.validate(replace(stage.outgoing("k"), text="x" * 4_000)) == []


def test_a_silent_server_teaches_nothing(stage, stand_in):
    stand_in.behave(Behaviour.FAIL_BEFORE_WRITE, Behaviour.GARBAGE, at="/api/v2/instance")
    assert network.learn(stage.settings, stage.credential, now=NOW) is None
    assert network.learn(stage.settings, stage.credential, now=NOW) is None


def test_figures_of_a_status(stage):
    published = attempt(network, stage.outgoing("k"), NOW)
    told = network.figures(published.remote_id, stage.settings, stage.credential, now=NOW)
    assert told.totals == {Figure.LIKES: 3, Figure.SHARES: 2, Figure.COMMENTS: 1}
    gone = network.figures("404", stage.settings, stage.credential, now=NOW)
    assert isinstance(gone, Rejected)


@pytest.mark.parametrize("typed", ["ann", "a" * 60])
def test_people_are_found_by_the_beginning_of_their_handle(stage, typed):
    found = network.find_people(typed, stage.settings, stage.credential, now=NOW)
    people = [Person("ann@bread.social", "Ann Rye"), Person("annika", "Annika")]
    assert found == (people if typed == "ann" else [])


def test_who_may_not_look_people_up_is_told_so(stage, server):
    server.tokens[TOKEN] = "write:statuses"
    assert isinstance(network.find_people("ann", stage.settings, stage.credential, now=NOW), Rejected)
