"""Bluesky over real HTTP, against a server that plays its rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from posts.networks.base import (
    Absent,
    Accepted,
    Ambiguous,
    Card,
    Connected,
    Found,
    Outgoing,
    Person,
    Rejected,
    Renewed,
    ReplyTo,
    RetryAfter,
    Waiting,
)
from posts.networks.bluesky import Bluesky
from posts.networks.bluesky.facets import facets_of, mentioned
from posts.networks.bluesky.forms import BlueskyForm
from posts.networks.bluesky.keys import record_key
from posts.networks.figures import Figure
from posts.networks.standin import Behaviour, StandIn
from posts.networks.standins.bluesky import APP_PASSWORD, DID, HANDLE, OWN_PASSWORD, TID
from posts.networks.standins.bluesky import Bluesky as Server
from posts.networks.standins.service import Answer
from posts.networks.testkit import NOW, NetworkContract, StandInStage, attempt, drive
from posts.networks.tests._made import film, picture

network = Bluesky()


class WithPages(Server):
    """The same host also has a web page, for link cards."""

    def perform(self, call):
        match call.path:
            case "/rye":
                page = (
                    '<title>Plain</title><meta property="og:title" content="Rye &amp; salt">'
                    '<meta name="description" content="Warm at seven."><meta property="og:image" content="/rye.jpg">'
                )
                return Answer(200, page.encode(), {"Content-Type": "text/html; charset=utf-8"})
            case "/rye.jpg":
                return Answer(200, b"\xff\xd8 thumb", {"Content-Type": "image/jpeg"})
        return super().perform(call)


@pytest.fixture
def server():
    made = WithPages()
    made.clock = lambda: NOW
    return made


@pytest.fixture
def stand_in(server, settings):
    with StandIn(service=server, slowness=0.05) as running:
        settings.AURA_EGRESS_ALLOW = [running.endpoint]
        settings.AURA_NETWORK_URLS = {"bluesky": server.url, "bluesky.video": server.url}
        yield running


@pytest.fixture
def stage(stand_in, server):
    known = {"server": server.url, "handle": HANDLE, "did": DID}
    return StandInStage(stand_in, known, {"access_token": server.token("com.atproto.appPass", 7_200)})


class TestBluesky(NetworkContract):
    network_class = Bluesky
    patience = 0.5


def record_of(server):
    (one,) = server.posts
    return one.more["record"]


def test_a_post_is_a_record_under_a_name_of_our_own(stage, server):
    outgoing = replace(stage.outgoing("k"), settings={**stage.settings, "language": "en"})
    kept = {}
    outcome = attempt(network, outgoing, NOW, kept)
    rkey = kept["state"]["rkey"]
    assert TID.fullmatch(rkey)
    assert outcome == Accepted(
        f"at://{DID}/app.bsky.feed.post/{rkey}",
        f"https://bsky.app/profile/{HANDLE}/post/{rkey}",
        "Published on Bluesky.",
    )
    assert record_of(server) == {
        "$type": "app.bsky.feed.post",
        "text": outgoing.text,
        "createdAt": "2026-10-13T09:00:00.000Z",
        "langs": ["en"],
    }


def test_sent_again_it_is_the_same_record(stage, stand_in, server):
    stand_in.behave(Behaviour.DROP_AFTER_WRITE)
    kept = {}
    outgoing = replace(stage.outgoing("k"), media=(picture(),))
    assert isinstance(attempt(network, outgoing, NOW, kept), Ambiguous)
    again = attempt(network, outgoing, NOW + timedelta(days=3), kept)
    assert isinstance(again, Accepted)
    assert (len(server.posts), server.updates) == (1, 0)


def test_pictures_have_descriptions_and_shapes(stage, server):
    media = (picture(b"one", alt="Rye"), picture(b"two", mime="image/png", alt="Зайди"))
    assert isinstance(attempt(network, replace(stage.outgoing("k"), media=media), NOW), Accepted)
    embed = record_of(server)["embed"]
    assert [one["alt"] for one in embed["images"]] == ["Rye", "Зайди"]
    assert embed["images"][0]["aspectRatio"] == {"width": 1_200, "height": 900}
    names = [one["image"]["ref"]["$link"] for one in embed["images"]]
    assert [server.blobs[name]["content"] for name in names] == [b"one", b"two"]


def test_a_film_goes_through_the_video_service(stage, server):
    one = film()
    outgoing = replace(stage.outgoing("k"), media=(one,))
    prepared = network.prepare(outgoing, {}, save=lambda state: None, now=NOW)
    assert isinstance(prepared, Waiting)
    assert isinstance(attempt(network, outgoing, NOW, {"state": prepared.state}), Accepted)
    embed = record_of(server)["embed"]
    assert (embed["$type"], embed["alt"]) == ("app.bsky.embed.video", "The oven at six")
    assert embed["aspectRatio"] == {"width": 1_280, "height": 720}
    assert max(one.open.largest) < one.size
    again = attempt(network, replace(outgoing, key="l"), NOW)
    assert isinstance(again, Accepted), "a film that the service knows already is used again"
    assert len(server.jobs) == 1


def test_a_film_that_cannot_be_used_is_a_clear_no(stage, server):
    outgoing = replace(stage.outgoing("k"), media=(film(),))
    prepared = network.prepare(outgoing, {}, save=lambda state: None, now=NOW)
    next(iter(server.jobs.values()))["failed"] = "No video stream!"
    refused = network.poll(outgoing, prepared.state, now=NOW)
    assert isinstance(refused, Rejected)
    assert refused.sentence == "Bluesky could not use the film: “No video stream”."


class TestCards:
    def test_a_link_gets_the_card_of_its_page(self, stage, server):
        outgoing = replace(stage.outgoing("k"), link=f"{server.url}/rye")
        assert isinstance(attempt(network, outgoing, NOW), Accepted)
        card = record_of(server)["embed"]["external"]
        assert (card["uri"], card["title"], card["description"]) == (
            f"{server.url}/rye",
            "Rye & salt",
            "Warm at seven.",
        )
        assert server.blobs[card["thumb"]["ref"]["$link"]]["content"] == b"\xff\xd8 thumb"
        assert record_of(server)["text"] == outgoing.text

    def test_what_was_read_before_is_sent_for_the_link_as_it_goes_out(self, stage, server):
        known = Card("https://rye.example/", "Rye, slowly", "Kept since Monday.", f"{server.url}/rye.jpg")
        outgoing = replace(stage.outgoing("k"), text="See https://a.example/r/1", card=known)
        assert isinstance(attempt(network, outgoing, NOW), Accepted)
        card = record_of(server)["embed"]["external"]
        assert (card["uri"], card["title"]) == ("https://a.example/r/1", "Rye, slowly")
        assert server.blobs[card["thumb"]["ref"]["$link"]]["content"] == b"\xff\xd8 thumb"

    def test_a_short_link_is_read_where_it_leads_to(self, stage, server):
        known = Card(f"{server.url}/rye")
        outgoing = replace(stage.outgoing("k"), text="See https://a.example/r/1", card=known)
        assert isinstance(attempt(network, outgoing, NOW), Accepted)
        card = record_of(server)["embed"]["external"]
        assert (card["uri"], card["title"]) == ("https://a.example/r/1", "Rye & salt")

    @pytest.mark.parametrize("behaviour", [Behaviour.FAIL_BEFORE_WRITE, Behaviour.DROP_BEFORE_WRITE])
    def test_a_page_that_cannot_be_read_is_no_reason_to_fail(self, stage, stand_in, server, behaviour):
        stand_in.behave(behaviour, at="/rye")
        outgoing = replace(stage.outgoing("k"), text=f"See {server.url}/rye")
        assert isinstance(attempt(network, outgoing, NOW), Accepted)
        card = record_of(server)["embed"]["external"]
        assert card == {"uri": f"{server.url}/rye", "title": "127.0.0.1", "description": ""}

    def test_a_page_inside_the_network_is_not_read(self, stage, stand_in, server):
        outgoing = replace(stage.outgoing("k"), link="http://10.0.0.8/secret")
        assert isinstance(attempt(network, outgoing, NOW), Accepted)
        assert record_of(server)["embed"]["external"]["title"] == "10.0.0.8"

    def test_a_link_is_counted_only_where_it_stands_in_the_text(self, stage):
        outgoing = replace(stage.outgoing("k"), text="x" * 295, link="https://example.com")
        assert network.validate(outgoing) == []
        beside = replace(outgoing, media=(picture(),))
        assert [one.code for one in network.validate(beside)] == ["text_too_long"]

    def test_beside_pictures_the_link_stands_in_the_text(self, stage, server):
        outgoing = replace(stage.outgoing("k"), link=f"{server.url}/rye", media=(picture(),))
        assert isinstance(attempt(network, outgoing, NOW), Accepted)
        record = record_of(server)
        assert record["text"] == f"{outgoing.text}\n\n{server.url}/rye"
        assert record["facets"][0]["features"][0]["uri"] == f"{server.url}/rye"


class TestFacets:
    def test_they_point_at_bytes(self, stage, server):
        text = "Привет 👩‍🍳 @ann.example und @nobody.example: #хлеб, https://example.com/ü?x=(1). example.org #1 #rye2!"
        assert isinstance(attempt(network, replace(stage.outgoing("k"), text=text), NOW), Accepted)
        found = [
            (
                text.encode()[one["index"]["byteStart"] : one["index"]["byteEnd"]].decode(),
                *[value for name, value in one["features"][0].items() if name != "$type"],
            )
            for one in record_of(server)["facets"]
        ]
        assert found == [
            ("@ann.example", "did:plc:ann"),
            ("#хлеб", "хлеб"),
            ("https://example.com/ü?x=(1)", "https://example.com/ü?x=(1)"),
            ("example.org", "https://example.org"),
            ("#rye2", "rye2"),
        ]

    def test_what_only_looks_like_one_stays_plain(self):
        text = "mail ann@ann.example, https://example.com/@ann.example/#top #a" + "b" * 64
        assert mentioned(text) == []
        assert [one["features"][0]["$type"][-4:] for one in facets_of(text, lambda handle: "did:x")] == [
            "link"
        ]


class TestThreads:
    def test_parts_name_the_first_and_the_one_before(self, stage, server):
        first = attempt(network, stage.outgoing("a"), NOW)
        second = attempt(network, _reply(stage, "b", first.remote_id, first.remote_id), NOW)
        third = attempt(network, _reply(stage, "c", second.remote_id, first.remote_id), NOW)
        assert isinstance(third, Accepted)
        reply = server.posts[2].more["record"]["reply"]
        assert (reply["root"]["uri"], reply["parent"]["uri"]) == (first.remote_id, second.remote_id)

    def test_a_part_before_it_that_is_gone_is_said(self, stage, server):
        gone = f"at://{DID}/app.bsky.feed.post/3kaaaaaaaaaaa"
        refused = attempt(network, _reply(stage, "b", gone, gone), NOW)
        assert isinstance(refused, Rejected)
        assert refused.code == "not_found"


def _reply(stage, key, remote_id, root_id):
    return replace(stage.outgoing(key), text=f"Part {key}", reply_to=ReplyTo(remote_id, root_id))


def test_looking_finds_exactly_this_record(stage, stand_in, server):
    kept = {}
    outgoing = stage.outgoing("k")
    stand_in.behave(Behaviour.FAIL_BEFORE_WRITE)
    attempt(network, outgoing, NOW, kept)
    assert isinstance(network.reconcile(outgoing, kept["state"], since=NOW, now=NOW), Absent)
    published = attempt(network, outgoing, NOW, kept)
    found = network.reconcile(outgoing, kept["state"], since=NOW, now=NOW)
    assert isinstance(found, Found)
    assert found.remote_id == published.remote_id


def test_a_token_that_ended_in_the_middle_is_renewed_and_the_post_goes_out(stage, server):
    server.clock = lambda: NOW + timedelta(hours=3)
    outcome = attempt(network, stage.outgoing("k"), NOW)
    assert isinstance(outcome, RetryAfter)
    assert "renewed" in outcome.sentence


def test_a_blob_that_the_server_dropped_is_told_in_its_words(stage, server):
    kept = {}
    outgoing = replace(stage.outgoing("k"), media=(picture(),))
    prepared = network.prepare(outgoing, {}, save=lambda state: None, now=NOW)
    server.blobs.clear()
    refused = network.publish(outgoing, prepared.state, now=NOW)
    assert isinstance(refused, Rejected)
    assert "Could not find blob" in refused.sentence
    assert isinstance(attempt(network, outgoing, NOW, kept), Accepted)


class TestSigningIn:
    def test_with_an_app_password(self, stand_in, server):
        form = BlueskyForm({"handle": " @Aurora.bsky.social", "server": server.url})
        assert form.is_valid(), form.errors
        connected = network.sign_in(form.cleaned_data, {"password": APP_PASSWORD}, now=NOW)
        assert isinstance(connected, Connected)
        (account,) = connected.accounts
        assert (account.id, account.name) == (DID, f"@{HANDLE}")
        credential = account.credential
        assert APP_PASSWORD not in credential.values()
        assert credential["expires_at"] == (NOW + timedelta(hours=2)).isoformat()
        assert credential["refresh_expires_at"] == (NOW + timedelta(days=90)).isoformat()
        assert credential["server"] == server.url
        stage = StandInStage(stand_in, dict(account.settings), dict(credential))
        assert drive(network, stage.outgoing("k")).end == "published"
        tried = network.try_connection(account.settings, credential, now=NOW)
        assert tried.sentence == f"Signed in as @{HANDLE}."

    def test_the_own_password_is_not_taken(self, stand_in, server):
        settings = {"handle": HANDLE, "server": server.url}
        own = network.sign_in(settings, {"password": OWN_PASSWORD}, now=NOW)
        wrong = network.sign_in(settings, {"password": "guess"}, now=NOW)
        assert (own.code, wrong.code) == ("own_password", "wrong_password")
        assert "app password" in own.fix
        stand_in.behave(Behaviour.BUSY, at="/xrpc/com.atproto.server.createSession")
        later = network.sign_in(settings, {"password": APP_PASSWORD}, now=NOW)
        assert isinstance(later, Rejected)
        assert later.code == "later"

    def test_a_session_renews_itself_until_it_is_revoked(self, stand_in, server):
        settings = {"handle": HANDLE, "server": server.url}
        (account,) = network.sign_in(settings, {"password": APP_PASSWORD}, now=NOW).accounts
        server.clock = lambda: NOW + timedelta(hours=2)
        renewed = network.refresh(None, settings, account.credential, now=NOW)
        assert isinstance(renewed, Renewed)
        assert renewed.credential["expires_at"] == (NOW + timedelta(hours=4)).isoformat()
        assert renewed.credential["refresh_token"] != account.credential["refresh_token"]
        assert renewed.credential["server"] == server.url
        old = network.refresh(None, settings, account.credential, now=NOW)
        assert isinstance(old, Rejected)
        assert old.pauses_channel
        stand_in.behave(Behaviour.FAIL_BEFORE_WRITE, at="/xrpc/com.atproto.server.refreshSession")
        assert isinstance(network.refresh(None, settings, renewed.credential, now=NOW), RetryAfter)

    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ("aurora", "aurora.bsky.social"),
            ("\u202a@Aurora.Example\u202c", "aurora.example"),
            ("ann@example.com", "ann@example.com"),
        ],
    )
    def test_a_handle_is_typed_in_many_ways(self, typed, kept):
        form = BlueskyForm({"handle": typed})
        assert form.is_valid()
        assert form.cleaned_data["handle"] == kept
        assert form.cleaned_data["server"] == "https://bsky.social"


def test_figures_of_a_post(stage):
    published = attempt(network, stage.outgoing("k"), NOW)
    told = network.figures(published.remote_id, stage.settings, stage.credential, now=NOW)
    assert told.totals == {Figure.LIKES: 5, Figure.SHARES: 3, Figure.COMMENTS: 4, Figure.SAVES: 0}
    gone = network.figures("at://x/y/z", stage.settings, stage.credential, now=NOW)
    assert isinstance(gone, Rejected)


def test_people_are_found_by_the_beginning_of_their_handle(stage):
    found = network.find_people("AN", stage.settings, stage.credential, now=NOW)
    assert found == [Person("ann.example", "Ann")]
    signed_out = network.find_people("an", stage.settings, {}, now=NOW)
    assert isinstance(signed_out, Rejected)


def test_names_of_records_follow_the_clock():
    times = [datetime(2026, 10, 13, 9, tzinfo=UTC) + timedelta(milliseconds=step) for step in range(5)]
    names = [record_key(at, f"seed {at}") for at in times]
    assert names == sorted(names)
    assert all(TID.fullmatch(name) for name in names)
    assert record_key(times[0], "a") != record_key(times[0], "b")
    assert record_key(times[0], "a") == record_key(times[0], "a")


def test_an_outgoing_without_anything_needs_no_lookups():
    assert mentioned("") == []
    assert facets_of("plain", lambda handle: None) == []
    assert Outgoing("", "", " a ", link="https://b.example").words == "a\n\nhttps://b.example"
