"""LinkedIn over real HTTP, against a service that plays its rules."""

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
    HandOver,
    Ready,
    Rejected,
    Renewed,
    ReplyTo,
    RetryAfter,
    RetryClass,
    Unknown,
    Waiting,
)
from posts.networks.figures import Figure
from posts.networks.linkedin import LinkedIn, uploads
from posts.networks.linkedin import calls as linkedin_calls
from posts.networks.linkedin.little import escaped, plain
from posts.networks.standin import Behaviour, StandIn
from posts.networks.standins.linkedin import APP, MEMBER, PAGES, as_read
from posts.networks.standins.linkedin import LinkedIn as Server
from posts.networks.standins.service import Answer
from posts.networks.testkit import NOW, NetworkContract, StandInStage, attempt, drive
from posts.networks.tests._made import Quick, connect, film, picture

network = LinkedIn()
PAGE = next(iter(PAGES))


class WithPages(Server):
    """The same host also has a web page, for link cards."""

    def perform(self, call):
        match call.path:
            case "/rye":
                page = b'<title>Rye</title><meta property="og:image" content="/rye.jpg">'
                return Answer(200, page, {"Content-Type": "text/html"})
            case "/rye.jpg":
                return Answer(200, b"thumb", {"Content-Type": "image/jpeg"})
        return super().perform(call)


@pytest.fixture
def server():
    return WithPages()


@pytest.fixture
def stand_in(server, settings):
    with StandIn(service=server, slowness=0.05) as running:
        settings.AURA_EGRESS_ALLOW = [running.endpoint]
        settings.AURA_NETWORK_URLS = {"linkedin": server.url, "linkedin.signin": server.url}
        yield running


@pytest.fixture
def page(stand_in):
    known = {"speaks_as": "page", "author": PAGE, "name": PAGES[PAGE]}
    return StandInStage(stand_in, known, {"access_token": "page-token"})


@pytest.fixture
def member(stand_in):
    known = {"speaks_as": "member", "author": MEMBER, "name": "Ann Aurora"}
    return Quick(stand_in, known, {"access_token": "member-token"})


class TestPage(NetworkContract):
    network_class = LinkedIn
    patience = 0.5

    @pytest.fixture
    def stage(self, page):
        return page


class TestMember(NetworkContract):
    network_class = LinkedIn
    patience = 0.5

    @pytest.fixture
    def stage(self, member):
        return member


def asked_of(server):
    (one,) = server.posts
    return one.more["asked"]


class TestLittleText:
    def test_nothing_is_cut_off(self, page, server):
        text = "A (small) step_for #rye2026, not #1: *50%* @home <3 {a|b} [c] ~d\\e #Зайди!"
        assert isinstance(attempt(network, replace(page.outgoing("k"), text=text), NOW), Accepted)
        assert server.posts[0].text == text
        commentary = asked_of(server)["commentary"]
        assert "{hashtag|\\#|rye2026}" in commentary
        assert "{hashtag|\\#|Зайди}" in commentary
        assert plain(commentary) == text

    def test_the_fake_bites_as_the_real_one_does(self):
        assert as_read("One (two) three") == "One "
        assert as_read(escaped("One (two) three")) == "One (two) three"


class TestFiles:
    def test_one_picture_with_its_description(self, page, server):
        outgoing = replace(page.outgoing("k"), media=(picture(b"one", alt="Rye"),))
        assert isinstance(attempt(network, outgoing, NOW), Accepted)
        assert asked_of(server)["content"] == {"media": {"id": "urn:li:image:1", "altText": "Rye"}}
        assert server.files["urn:li:image:1"]["content"] == {0: b"one"}

    def test_several_pictures_in_order(self, member, server):
        media = (
            picture(b"one", alt="Rye"),
            picture(b"two", alt=""),
            picture(b"3", mime="image/png", alt="Salt"),
        )
        assert isinstance(attempt(network, replace(member.outgoing("k"), media=media), NOW), Accepted)
        images = asked_of(server)["content"]["multiImage"]["images"]
        assert images == [
            {"id": "urn:li:image:1", "altText": "Rye"},
            {"id": "urn:li:image:2"},
            {"id": "urn:li:image:3", "altText": "Salt"},
        ]

    def test_a_film_goes_in_parts_and_passes(self, page, server, monkeypatch):
        monkeypatch.setattr(uploads, "PASS_BYTES", 250_000)
        one = film()
        outgoing = replace(page.outgoing("k"), media=(one,))
        kept = []
        prepared = network.prepare(outgoing, {}, save=kept.append, now=NOW)
        passes = [prepared.sentence]
        while isinstance(prepared, Waiting):
            prepared = network.poll(outgoing, prepared.state, now=NOW)
            passes.append(getattr(prepared, "sentence", "ready"))
        assert isinstance(prepared, Ready)
        assert passes == [
            "A film is on its way to LinkedIn, part by part.",
            "LinkedIn is still working on the files.",
            "ready",
        ]
        assert isinstance(network.publish(outgoing, prepared.state, now=NOW), Accepted)
        sent = server.files["urn:li:video:1"]["content"]
        assert len(sent) == 3
        with one.open() as file:
            assert b"".join(sent.values()) == file.read()
        assert max(one.open.largest[:-1]) < one.size
        assert asked_of(server)["content"] == {"media": {"id": "urn:li:video:1", "title": "Rye"}}

    def test_a_lost_part_is_sent_again(self, page, stand_in, server):
        stand_in.behave(Behaviour.DROP_BEFORE_WRITE, at="/up/")
        kept = {}
        outgoing = replace(page.outgoing("k"), media=(film(),))
        assert isinstance(attempt(network, outgoing, NOW, kept), RetryAfter)
        assert isinstance(attempt(network, outgoing, NOW, kept), Accepted)
        assert list(server.files) == ["urn:li:video:1"]

    def test_the_token_goes_to_linkedins_hosts_only(self, stand_in, server, monkeypatch):
        seen = []
        monkeypatch.setattr(linkedin_calls, "call", lambda method, url, **more: seen.append(more["token"]))
        monkeypatch.setattr(linkedin_calls, "asked", lambda *args: None)
        calls = linkedin_calls.Calls({"access_token": "t"}, NOW, timeout=1)
        for url in ("https://www.linkedin.com/dms/1", f"{server.url}/up/1", "https://linkedin.com.example/1"):
            calls.put(url, b"", 0)
        assert seen == ["t", "t", ""]


def test_a_link_gets_the_card_that_linkedin_does_not_make(page, server):
    outgoing = replace(page.outgoing("k"), link=f"{server.url}/rye")
    assert isinstance(attempt(network, outgoing, NOW), Accepted)
    article = asked_of(server)["content"]["article"]
    assert article == {
        "source": f"{server.url}/rye",
        "title": "Rye",
        "description": "",
        "thumbnail": "urn:li:image:1",
    }
    assert server.posts[0].text == outgoing.text


class TestComments:
    def test_the_first_comment_stands_below_the_post(self, member, server):
        post = attempt(network, member.outgoing("a"), NOW)
        comment = replace(
            member.outgoing("b"),
            text="More (here): https://example.com",
            reply_to=ReplyTo(post.remote_id, post.remote_id, as_comment=True),
        )
        outcome = attempt(network, comment, NOW)
        assert isinstance(outcome, Accepted)
        assert outcome.url == post.url
        assert (server.posts[1].text, server.posts[1].reply_to) == (comment.text, post.remote_id)

    def test_a_lost_comment_of_a_page_is_found(self, page, stand_in, server):
        post = attempt(network, page.outgoing("a"), NOW)
        reply = ReplyTo(post.remote_id, post.remote_id, as_comment=True)
        comment = replace(page.outgoing("b"), text="More here", reply_to=reply)
        stand_in.behave(Behaviour.FAIL_AFTER_WRITE)
        driven = drive(network, comment)
        assert driven.end == "published"
        assert driven.remote_id == server.posts[1].id


class TestNobodyKnows:
    def test_a_page_is_looked_at_and_a_person_asked_for_a_member(self, page, member):
        assert network.retry_class_of(page.settings) is RetryClass.RECONCILE
        assert network.retry_class_of(member.settings) is RetryClass.HUMAN
        assert isinstance(network.reconcile(member.outgoing("k"), {}, since=NOW, now=NOW), Unknown)

    def test_a_page_finds_its_own_words_and_files(self, page, server):
        text = "A (small) step, #rye https://example.com/a"
        outgoing = replace(page.outgoing("k"), text=text, media=(picture(), picture(b"2")))
        since = datetime.now(UTC)
        published = attempt(network, outgoing, NOW)
        found = network.reconcile(outgoing, {}, since=since, now=NOW)
        assert isinstance(found, Found)
        assert found.remote_id == published.remote_id
        one = replace(outgoing, media=(picture(),))
        assert isinstance(network.reconcile(one, {}, since=since, now=NOW), Absent)
        server.tokens.clear()
        assert isinstance(network.reconcile(outgoing, {}, since=since, now=NOW), Unknown)

    def test_the_same_words_twice_are_refused_with_the_way_to_the_first(self, page, server):
        server.refuses_twins = True
        first = attempt(network, page.outgoing("a"), NOW)
        twin = attempt(network, page.outgoing("b"), NOW)
        assert isinstance(twin, Rejected)
        assert twin.code == "duplicate"
        assert first.url in twin.sentence

    def test_they_are_ours_only_where_an_answer_of_ours_was_lost_and_they_can_be_seen(self, page, server):
        server.refuses_twins = True
        first = attempt(network, page.outgoing("a"), NOW)
        again = replace(page.outgoing("a"), doubtful=True)
        accepted = attempt(network, again, NOW)
        assert isinstance(accepted, Accepted)
        assert accepted.remote_id == first.remote_id
        server.shows_posts = False
        assert isinstance(attempt(network, again, NOW), HandOver)
        assert len(server.posts) == 1

    def test_a_page_that_lists_late_still_has_one_post(self, page, stand_in, server, monkeypatch):
        """Two misses while the list lags, then LinkedIn itself refuses the twin: it was ours."""
        server.refuses_twins = True
        monkeypatch.setattr(server, "_posts", lambda call, name: _late(server, call, name))
        stand_in.behave(Behaviour.DROP_AFTER_WRITE)
        driven = drive(network, page.outgoing("k"))
        assert driven.end == "published"
        assert len(server.posts) == 1


def _late(server, call, name):
    return Answer.json({"elements": []}) if not name else Server._posts(server, call, name)


class TestRefusals:
    def test_an_ended_sign_in_pauses_the_channel(self, page, server):
        server.tokens.clear()
        refused = attempt(network, page.outgoing("k"), NOW)
        assert isinstance(refused, Rejected)
        assert (refused.code, refused.pauses_channel) == ("signed_out", True)

    def test_a_version_that_is_served_no_more_asks_for_an_update(self, page, monkeypatch):
        monkeypatch.setattr(linkedin_calls, "LINKEDIN_VERSION", "202401")
        refused = attempt(network, page.outgoing("k"), NOW)
        assert isinstance(refused, Rejected)
        assert (refused.code, refused.fix) == ("version", "Update Aura.")

    def test_a_quota_of_the_day_starts_anew_at_midnight(self, page, server, monkeypatch):
        monkeypatch.setattr(server, "_post", lambda call, scopes: Answer.json({"message": "limit"}, 429))
        later = attempt(network, page.outgoing("k"), NOW)
        assert isinstance(later, RetryAfter)
        assert later.seconds == 15 * 3_600
        assert later.waits_channel

    def test_a_yes_without_a_name_is_no_clear_answer(self, member, server, monkeypatch):
        monkeypatch.setattr(server, "_post", lambda call, scopes: Answer(201))
        assert isinstance(attempt(network, member.outgoing("k"), NOW), Ambiguous)


class TestConnecting:
    def test_as_a_member(self, stand_in, server):
        connected = connect(network, AppKeys(*APP), {"speaks_as": "member"}, now=NOW)
        assert isinstance(connected, Connected)
        (account,) = connected.accounts
        assert (account.id, account.name) == (MEMBER, "Ann Aurora")
        assert account.credential["scope"] == "openid profile w_member_social"
        assert account.credential["expires_at"] == (NOW + timedelta(days=60)).isoformat()
        assert network.refresh(AppKeys(*APP), account.settings, account.credential, now=NOW) is None
        tried = network.try_connection(account.settings, account.credential, now=NOW)
        assert tried.sentence == "LinkedIn takes posts of Ann Aurora."

    def test_as_the_pages_of_a_member(self, stand_in, server):
        server.gives_refresh_tokens = True
        connected = connect(network, AppKeys(*APP), {"speaks_as": "page"}, now=NOW)
        assert [account.name for account in connected.accounts] == list(PAGES.values())
        account = connected.accounts[1]
        assert network.describe(account.settings) == "Aurora Bread (page)"
        renewed = network.refresh(AppKeys(*APP), account.settings, account.credential, now=NOW)
        assert isinstance(renewed, Renewed)
        assert renewed.credential["access_token"] != account.credential["access_token"]
        stage = StandInStage(stand_in, dict(account.settings), dict(renewed.credential))
        assert drive(network, stage.outgoing("k")).end == "published"
        used = network.refresh(AppKeys(*APP), account.settings, account.credential, now=NOW)
        assert isinstance(used, Rejected)
        assert used.pauses_channel

    def test_wrong_keys_are_said_without_showing_them(self, stand_in):
        refused = connect(network, AppKeys(APP[0], "wrong-secret"), {"speaks_as": "member"}, now=NOW)
        assert isinstance(refused, Rejected)
        assert "wrong-secret" not in refused.sentence


def test_figures_of_a_page_and_none_of_a_member(page, member):
    published = attempt(network, page.outgoing("k"), NOW)
    told = network.figures(published.remote_id, page.settings, page.credential, now=NOW)
    assert told.totals == {
        Figure.IMPRESSIONS: 900,
        Figure.REACH: 700,
        Figure.LIKES: 12,
        Figure.COMMENTS: 3,
        Figure.SHARES: 2,
        Figure.CLICKS: 30,
    }
    assert network.figures(published.remote_id, member.settings, member.credential, now=NOW) is None
