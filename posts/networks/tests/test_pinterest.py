"""Pinterest against a fake of it over real HTTP: the contract, images, carousels, films, boards to pick from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar

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
    Renewed,
    RetryAfter,
    Unknown,
    Waiting,
)
from posts.networks.figures import Figure
from posts.networks.pinterest import Pinterest
from posts.networks.standin import Behaviour, StandIn
from posts.networks.standins.files import Files
from posts.networks.standins.graph import APP_ID, APP_SECRET
from posts.networks.standins.pinterest import PinterestService
from posts.networks.testkit import NOW, NetworkContract, StandInStage, attempt, drive

BOARD = {"account_id": "b-1", "board": "Bread", "username": "ryebread"}
CREDENTIAL = {"access_token": "t-1", "refresh_token": "r-1"}
CALLBACK = "https://aura.example/callback"
APP = AppKeys(APP_ID, APP_SECRET)
network = Pinterest()


@dataclass
class WithImage(StandInStage):
    """Its posts carry an image, as all on Pinterest do."""

    media: tuple[OutgoingMedia, ...] = ()

    def outgoing(self, key: str) -> Outgoing:
        return replace(super().outgoing(key), media=self.media)


@pytest.fixture
def stand_in(settings) -> Iterator[StandIn]:
    with StandIn(service=PinterestService(), slowness=0.05) as stand_in:
        stand_in.service.clock = lambda: NOW
        settings.AURA_EGRESS_ALLOW = [stand_in.endpoint]
        settings.AURA_NETWORK_URLS = {
            **settings.AURA_NETWORK_URLS,
            "pinterest": f"http://{stand_in.endpoint}",
        }
        yield stand_in


@pytest.fixture
def service(stand_in) -> PinterestService:
    return stand_in.service


@pytest.fixture(scope="module")
def files() -> Iterator[Files]:
    with Files() as files:
        yield files


@pytest.fixture
def stage(stand_in, files) -> WithImage:
    return WithImage(stand_in, BOARD, CREDENTIAL, media=(files.image(alt_text="A loaf"),))


@pytest.fixture
def outgoing(stage) -> Outgoing:
    return stage.outgoing("k-1")


class TestPinterestContract(NetworkContract):
    network_class: ClassVar[type[Network]] = Pinterest
    patience: ClassVar[float] = 0.6


def test_a_pin_has_its_board_title_words_link_and_description(outgoing, service):
    outcome = attempt(network, replace(outgoing, link="https://rye.example"), NOW)
    (pin,) = service.posts
    assert outcome == Accepted(pin.id, f"https://www.pinterest.com/pin/{pin.id}/")
    said = pin.more["form"]
    assert (said["board_id"], said["title"], said["link"]) == ("b-1", "Rye", "https://rye.example")
    assert (said["description"], said["alt_text"]) == (outgoing.text, "A loaf")


def test_images_of_one_size_are_a_carousel(outgoing, service, files):
    media = (files.image(), files.image(), files.image())
    assert network.validate(replace(outgoing, media=media)) == []
    assert isinstance(attempt(network, replace(outgoing, media=media), NOW), Accepted)
    assert service.posts[0].media == tuple(item.url for item in media)
    uneven = replace(outgoing, media=(*media, files.image(width=90)))
    assert [one.code for one in network.validate(uneven)] == ["carousel_shapes"]
    assert isinstance(attempt(network, uneven, NOW), Rejected)


def test_a_film_goes_out_in_bytes_and_is_waited_for(outgoing, service, files):
    service.works = 2
    fetched = len(files.fetched)
    film = replace(outgoing, media=(files.video(size=300_000),))
    prepared = network.prepare(film, {}, save=lambda state: None, now=NOW)
    assert isinstance(prepared, Waiting)
    assert isinstance(attempt(network, film, NOW, {"state": prepared.state}), Accepted)
    assert service.posts[0].media == ("m-1",)
    assert len(service.films) == 1
    assert len(files.fetched) == fetched


def test_a_film_that_cannot_be_read_is_refused(outgoing, service, files):
    outcome = attempt(network, replace(outgoing, media=(files.add(b"no film", "video/mp4"),)), NOW)
    assert isinstance(outcome, Rejected)
    assert outcome.code == "bad_video"


def test_a_film_that_pinterest_has_forgotten_is_handed_over_again(outgoing, service, files):
    film = replace(outgoing, media=(files.video(),))
    kept = {"state": {"media_id": "m-0"}}
    assert isinstance(attempt(network, film, NOW, kept), Accepted)
    assert kept["state"]["media_id"] in service.films


def test_bytes_that_break_off_are_sent_anew(outgoing, service, stand_in, files):
    stand_in.behave(Behaviour.DROP_BEFORE_WRITE, at="/bucket")
    driven = drive(network, replace(outgoing, media=(files.video(),)))
    assert [type(one) for one in driven.outcomes] == [RetryAfter, Accepted]
    assert len(service.posts) == 1


def test_images_need_an_address_that_pinterest_reaches(outgoing, files, settings):
    settings.AURA_NETWORK_URLS = {**settings.AURA_NETWORK_URLS, "pinterest": "https://api.pinterest.com"}
    settings.AURA_URL = "http://localhost:8000"
    assert [one.code for one in network.validate(outgoing)] == ["no_public_address"]
    assert network.validate(replace(outgoing, media=(files.video(),))) == []


def test_an_image_that_could_not_be_fetched_is_tried_again(outgoing, service, files):
    gone = replace(files.image(), url="http://127.0.0.1:9/x.jpg")
    outcome = attempt(network, replace(outgoing, media=(gone,)), NOW)
    assert isinstance(outcome, RetryAfter)
    assert "could not fetch a file from this Aura" in outcome.sentence
    assert service.posts == []


def test_a_board_that_is_gone_pauses_the_channel(outgoing, service):
    del service.boards["b-1"]
    outcome = attempt(network, outgoing, NOW)
    assert isinstance(outcome, Rejected)
    assert (outcome.code, outcome.pauses_channel) == ("no_board", True)


def test_the_last_call_of_the_minute_lets_the_channel_rest(outgoing, service):
    service.remaining = 1
    outcome = attempt(network, outgoing, NOW)
    assert isinstance(outcome, Accepted)
    assert outcome.rest_seconds == 60


class TestAfterNoAnswer:
    def look(self, outgoing, seconds):
        return network.reconcile(outgoing, {}, since=NOW, now=NOW + timedelta(seconds=seconds))

    def test_a_pin_is_found_on_any_page_of_the_board(self, outgoing, service):
        for text in ("One", "Two", "Three", "Four"):
            attempt(network, replace(outgoing, text=text), NOW)
        attempt(network, outgoing, NOW)
        found = self.look(outgoing, 1)
        assert isinstance(found, Found)
        assert found.remote_id == service.posts[-1].id

    def test_it_is_missing_only_after_a_while_and_when_all_were_seen(self, outgoing, service):
        assert isinstance(self.look(outgoing, 10), Unknown)
        assert isinstance(self.look(outgoing, 60), Absent)
        for number in range(9):
            attempt(network, replace(outgoing, text=f"Bread {number}"), NOW)
        assert isinstance(self.look(outgoing, 60), Unknown)

    def test_an_older_pin_with_the_same_words_is_not_taken_for_it(self, outgoing, service):
        service.clock = lambda: NOW - timedelta(minutes=3)
        attempt(network, outgoing, NOW)
        assert isinstance(self.look(outgoing, 60), Absent)


class TestConnecting:
    def connect(self, **changes):
        said = {"code": "code-1", "redirect_uri": CALLBACK, "verifier": "", "now": NOW, **changes}
        return network.exchange(said.pop("app", APP), said.pop("settings", {}), **said)

    def test_each_board_can_become_a_channel(self, service):
        url = network.authorize_url(APP, {}, redirect_uri=CALLBACK, state="s-1", challenge="c")
        assert url.startswith("https://www.pinterest.com/oauth/?client_id=4242&")
        connected = self.connect()
        assert isinstance(connected, Connected)
        assert [one.id for one in connected.accounts] == ["b-1", "b-2", "b-3"]
        first = connected.accounts[0]
        assert (first.name, first.settings) == ("Bread (@ryebread)", BOARD)
        assert network.describe(first.settings) == "Bread of @ryebread"
        assert first.credential["refresh_expires_at"] > first.credential["expires_at"]
        tried = network.try_connection(first.settings, first.credential, now=NOW)
        assert "Bread" in tried.sentence

    def test_a_bad_code_or_secret_a_missing_scope_and_no_boards_are_refused(self, service):
        assert self.connect(code="wrong").code == "bad_code"
        assert self.connect(app=AppKeys(APP_ID, "wrong")).code == "bad_code"
        service.scope = "boards:read pins:read user_accounts:read"
        assert "pins:write" in self.connect().sentence
        service.scope, service.boards, service.codes["code-2"] = service.scope + " pins:write", {}, CALLBACK
        assert self.connect(code="code-2").code == "no_boards"

    def test_a_board_that_was_named_is_the_only_one_offered(self, service):
        connected = self.connect(settings={"board": "rolls"})
        assert [one.id for one in connected.accounts] == ["b-2"]
        service.codes["code-2"] = CALLBACK
        assert self.connect(settings={"board": "Pies"}, code="code-2").code == "no_board"

    def test_a_token_is_renewed_by_its_refresh_token(self, service):
        renewed = network.refresh(APP, BOARD, CREDENTIAL, now=NOW)
        assert isinstance(renewed, Renewed)
        assert renewed.credential["access_token"] in service.tokens
        assert renewed.credential["refresh_token"] != "r-1"
        service.refreshes.clear()
        assert isinstance(network.refresh(APP, BOARD, CREDENTIAL, now=NOW), Rejected)
        assert isinstance(network.refresh(None, BOARD, CREDENTIAL, now=NOW), Rejected)


def test_figures_are_those_of_a_lifetime(outgoing):
    outcome = attempt(network, outgoing, NOW)
    figures = network.figures(outcome.remote_id, BOARD, CREDENTIAL, now=NOW)
    assert figures.totals[Figure.IMPRESSIONS] == 9
    assert figures.totals[Figure.COMMENTS] == 0
