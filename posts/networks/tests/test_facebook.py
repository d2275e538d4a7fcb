"""Facebook Pages against a fake of them over real HTTP: the contract, files of all kinds, comments, Pages to pick."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from posts.networks.base import (
    Absent,
    Accepted,
    AppKeys,
    Connected,
    Found,
    Network,
    Outgoing,
    OutgoingMedia,
    Rejected,
    ReplyTo,
    RetryAfter,
    Unknown,
    Waiting,
)
from posts.networks.facebook import Facebook, kind_of
from posts.networks.figures import Figure
from posts.networks.standin import Behaviour, StandIn
from posts.networks.standins.facebook import FacebookService
from posts.networks.standins.files import Files
from posts.networks.standins.graph import APP_ID, APP_SECRET
from posts.networks.testkit import NOW, NetworkContract, StandInStage, attempt, drive, keep, ready

PAGE = {"account_id": "17841", "page": "Rye & Co"}
CREDENTIAL = {"access_token": "t-1"}
CALLBACK = "https://aura.example/callback"
APP = AppKeys(APP_ID, APP_SECRET)
HOSTS = ("facebook", "facebook.video", "facebook.upload")
network = Facebook()


@pytest.fixture
def stand_in(settings) -> Iterator[StandIn]:
    with StandIn(service=FacebookService(), slowness=0.05) as stand_in:
        stand_in.service.clock = lambda: NOW
        settings.AURA_EGRESS_ALLOW = [stand_in.endpoint]
        ours = dict.fromkeys(HOSTS, f"http://{stand_in.endpoint}")
        settings.AURA_NETWORK_URLS = {**settings.AURA_NETWORK_URLS, **ours}
        yield stand_in


@pytest.fixture
def service(stand_in) -> FacebookService:
    return stand_in.service


@pytest.fixture(scope="module")
def files() -> Iterator[Files]:
    with Files() as files:
        yield files


@pytest.fixture
def stage(stand_in) -> StandInStage:
    return StandInStage(stand_in, PAGE, CREDENTIAL)


@pytest.fixture
def outgoing(stage) -> Outgoing:
    return stage.outgoing("k-1")


@pytest.fixture(params=[True, False], ids=["fetched", "in bytes"])
def fetches(request, monkeypatch) -> bool:
    """Whether Facebook reaches this Aura."""
    monkeypatch.setattr("posts.networks.graph.fetches", lambda slug: request.param)
    return request.param


def reel(files: Files) -> OutgoingMedia:
    return replace(files.video(size=300_000), width=1080, height=1920)


class TestFacebookContract(NetworkContract):
    network_class: ClassVar[type[Network]] = Facebook
    patience: ClassVar[float] = 0.6


class TestReelContract:
    """The one way that ends in another request: what happens to it."""

    @pytest.mark.parametrize(
        "behaviour", [Behaviour.DROP_AFTER_WRITE, Behaviour.FAIL_BEFORE_WRITE, Behaviour.GARBAGE]
    )
    def test_a_reel_is_there_once_after_a_lost_answer(self, outgoing, service, stand_in, files, behaviour):
        stand_in.behave(behaviour)
        driven = drive(network, replace(outgoing, media=(reel(files),)))
        assert driven.end == "published"
        assert [one.more["kind"] for one in service.posts] == ["reel"]


def test_nobody_sees_a_post_before_it_is_published(outgoing, service):
    state = ready(network, outgoing, {}, NOW)
    assert isinstance(state, dict)
    assert not service.things[state["id"]].live
    assert service.posts == []
    outcome = network.publish(outgoing, state, now=NOW)
    assert outcome == Accepted(state["id"], f"https://www.facebook.com/{state['id']}")
    assert service.posts[0].text == outgoing.text


def test_a_link_gets_its_card_and_stands_below_the_words_beside_files(outgoing, service, files):
    attempt(network, replace(outgoing, text="Rye", link="https://rye.example"), NOW)
    with_image = replace(outgoing, text="Rye", link="https://rye.example", media=(files.image(),))
    attempt(network, with_image, NOW)
    card, photo = service.posts
    assert (card.text, card.more["form"]["link"]) == ("Rye", "https://rye.example")
    assert photo.text == "Rye\n\nhttps://rye.example"
    assert "link" not in photo.more["form"]


def test_images_go_out_in_bytes_in_their_order_with_their_descriptions(outgoing, service, files, settings):
    settings.AURA_URL = "http://localhost:8000"
    media = (files.image(alt_text="One"), files.image(form="PNG", alt_text="Two"), files.image())
    fetched = len(files.fetched)
    assert network.validate(replace(outgoing, media=media)) == []
    assert isinstance(attempt(network, replace(outgoing, media=media), NOW), Accepted)
    (post,) = service.posts
    assert [service.things[one].form.get("alt_text_custom", "") for one in post.media] == ["One", "Two", ""]
    assert len(files.fetched) == fetched


def test_a_worker_that_died_between_images_uploads_none_twice(outgoing, service, files):
    media = tuple(files.image() for _ in range(3))
    kept: list[dict[str, Any]] = []

    def dies(state):
        kept.append({**state, "photos": list(state["photos"])})
        if len(kept) == 2:
            raise RuntimeError

    with pytest.raises(RuntimeError):
        network.prepare(replace(outgoing, media=media), {}, save=dies, now=NOW)
    attempt(network, replace(outgoing, media=media), NOW, {"state": kept[-1]})
    assert len(service.things) == 4
    assert len(service.posts) == 1


def test_images_of_a_post_that_was_given_up_go_over_again(outgoing, service, files):
    with_images = replace(outgoing, media=(files.image(), files.image()))
    kept: dict[str, Any] = {}

    def dies_with_the_post(state):
        if "id" in state:
            raise RuntimeError
        keep(kept, state)

    with pytest.raises(RuntimeError):
        network.prepare(with_images, {}, save=dies_with_the_post, now=NOW)
    assert isinstance(attempt(network, with_images, NOW, kept), Accepted)
    (post,) = service.posts
    assert len(post.media) == 2


def test_a_film_is_waited_for(outgoing, service, files, fetches):
    service.works = 2
    film = replace(outgoing, media=(files.video(size=200_000),))
    prepared = network.prepare(film, {}, save=lambda state: None, now=NOW)
    assert isinstance(prepared, Waiting)
    outcome = attempt(network, film, NOW, {"state": prepared.state})
    assert isinstance(outcome, Accepted)
    (post,) = service.posts
    assert (post.text, post.more["kind"]) == (film.text, "video")
    assert service.things[post.id].bytes == film.media[0].size
    assert outcome.url == f"https://www.facebook.com/watch/{post.id}/"


def test_an_upright_film_is_a_reel(outgoing, service, files, fetches):
    service.works = 1
    outcome = attempt(network, replace(outgoing, media=(reel(files),)), NOW)
    assert isinstance(outcome, Accepted)
    (post,) = service.posts
    assert (post.text, post.more["kind"]) == (outgoing.text, "reel")


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, "reel"),
        ({"seconds": 91.0}, "video"),
        ({"width": 1920, "height": 1080}, "video"),
        ({"width": None}, "video"),
    ],
)
def test_only_what_facebook_takes_as_a_reel_is_one(outgoing, files, changes, kind):
    assert kind_of(replace(outgoing, media=(replace(reel(files), **changes),))) == kind


def test_a_film_that_cannot_be_read_or_fetched_is_refused(outgoing, service, files):
    broken = replace(outgoing, media=(files.add(b"no film", "video/mp4"),))
    kept: dict = {}
    assert attempt(network, broken, NOW, kept).code == "bad_video"
    assert attempt(network, broken, NOW, kept).code == "bad_video"
    assert len(service.things) == 2
    gone = replace(files.video(), url="http://127.0.0.1:9/x.mp4")
    assert isinstance(attempt(network, replace(outgoing, media=(gone,)), NOW), Rejected)
    assert service.posts == []


def test_what_somebody_deleted_meanwhile_is_made_anew(outgoing, service):
    kept: dict = {}
    state = ready(network, outgoing, kept, NOW)
    del service.things[state["id"]]
    assert isinstance(attempt(network, outgoing, NOW, kept), Accepted)
    assert len(service.posts) == 1


def test_publishing_twice_is_publishing_once(outgoing, service):
    state = ready(network, outgoing, {}, NOW)
    first, second = (network.publish(outgoing, state, now=NOW) for _ in range(2))
    assert first.remote_id == second.remote_id
    assert len(service.posts) == 1


def test_a_lost_answer_is_absent_only_after_thirty_seconds(outgoing, service):
    state = ready(network, outgoing, {}, NOW)

    def look(seconds):
        return network.reconcile(outgoing, state, since=NOW, now=NOW + timedelta(seconds=seconds))

    assert isinstance(look(10), Unknown)
    assert isinstance(look(30), Absent)
    network.publish(outgoing, state, now=NOW)
    assert isinstance(look(10), Found)
    service.tokens["t-1"].expired = True
    assert isinstance(look(60), Unknown)


def test_a_reel_that_is_being_worked_on_is_not_called_absent(outgoing, service, files, monkeypatch):
    film = replace(outgoing, media=(reel(files),))
    state = ready(network, film, {}, NOW)
    phases = {"processing_phase": {"status": "in_progress"}, "publishing_phase": {"status": "not_started"}}
    monkeypatch.setattr(service, "_read", lambda thing: {"id": thing.id, "status": phases})
    assert isinstance(network.reconcile(film, state, since=NOW, now=NOW + timedelta(hours=1)), Unknown)


def test_too_many_calls_let_the_channel_wait(outgoing, service):
    service.usage = {"call_count": 100, "total_time": 1, "total_cputime": 1}
    outcome = attempt(network, outgoing, NOW)
    assert isinstance(outcome, Accepted)
    assert outcome.rest_seconds == 600


def test_a_missing_permission_pauses_the_channel(outgoing, service):
    service.tokens["t-1"].scopes.discard("pages_manage_posts")
    outcome = attempt(network, outgoing, NOW)
    assert isinstance(outcome, Rejected)
    assert (outcome.code, outcome.pauses_channel) == ("permission", True)


class TestFirstComment:
    @pytest.fixture
    def comment(self, outgoing, service) -> Outgoing:
        post = attempt(network, outgoing, NOW)
        return replace(
            outgoing, text="#rye", reply_to=ReplyTo(post.remote_id, post.remote_id, as_comment=True)
        )

    @pytest.mark.parametrize(
        "behaviour", [Behaviour.ACCEPT, Behaviour.DROP_AFTER_WRITE, Behaviour.DROP_BEFORE_WRITE]
    )
    def test_it_stands_below_the_post_once(self, comment, service, stand_in, behaviour):
        stand_in.behave(behaviour)
        driven = drive(network, comment)
        assert (driven.end, driven.remote_id) == ("published", service.posts[1].id)
        assert service.posts[1].reply_to == service.posts[0].id
        assert len(service.posts) == 2


class TestConnecting:
    def connect(self, **changes):
        said = {"code": "code-1", "redirect_uri": CALLBACK, "verifier": "", "now": NOW, **changes}
        return network.exchange(said.pop("app", APP), {}, **said)

    def test_the_page_is_facebooks(self):
        url = network.authorize_url(APP, {}, redirect_uri=CALLBACK, state="s-1", challenge="c")
        assert url.startswith("https://www.facebook.com/v25.0/dialog/oauth?client_id=4242&")
        assert "pages_manage_posts" in url

    def test_the_pages_that_may_be_written_on_are_offered_with_tokens_that_do_not_end(self, service):
        connected = self.connect()
        assert isinstance(connected, Connected)
        assert [(one.id, one.name) for one in connected.accounts] == [
            ("17841", "Rye & Co"),
            ("17842", "Rolls"),
        ]
        first = connected.accounts[0]
        assert first.settings == PAGE
        assert network.describe(first.settings) == "Rye & Co"
        assert service.tokens[first.credential["access_token"]].kind == "page"
        assert "expires_at" not in first.credential
        assert network.refresh(APP, PAGE, first.credential, now=NOW) is None
        tried = network.try_connection(first.settings, first.credential, now=NOW)
        assert "Rye & Co" in tried.sentence

    def test_a_bad_code_or_secret_a_missing_tick_and_no_pages_are_refused(self, service):
        assert self.connect(code="wrong").code == "bad_code"
        assert self.connect(app=AppKeys(APP_ID, "wrong")).code == "bad_code"
        service.permissions["pages_manage_posts"] = "declined"
        assert self.connect().code == "permission"
        service.permissions["pages_manage_posts"] = "granted"
        service.pages, service.codes["code-2"] = service.pages[2:], CALLBACK
        assert self.connect(code="code-2").code == "no_pages"

    def test_a_line_that_breaks_says_to_try_again(self, service, stand_in):
        stand_in.behave(Behaviour.DROP_BEFORE_WRITE, at="/v25.0/me/accounts")
        refused = self.connect()
        assert isinstance(refused, Rejected)
        assert "ry again" in refused.fix


def test_figures_come_without_the_insights_that_facebook_has_renamed(outgoing, service):
    outcome = attempt(network, outgoing, NOW)
    figures = network.figures(outcome.remote_id, PAGE, CREDENTIAL, now=NOW)
    assert figures.totals == {
        Figure.LIKES: 5,
        Figure.COMMENTS: 2,
        Figure.SHARES: 1,
        Figure.IMPRESSIONS: 7,
        Figure.REACH: 7,
    }
    assert isinstance(network.figures("17841_0", PAGE, CREDENTIAL, now=NOW), Rejected | RetryAfter)
