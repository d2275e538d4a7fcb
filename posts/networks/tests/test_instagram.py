"""Instagram against a fake of it over real HTTP: the contract, images, reels, carousels and first comments."""

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
    Network,
    Outgoing,
    OutgoingMedia,
    Rejected,
    Renewed,
    ReplyTo,
    RetryAfter,
    Unknown,
    Waiting,
)
from posts.networks.figures import Figure
from posts.networks.instagram import Instagram
from posts.networks.standin import Behaviour, StandIn
from posts.networks.standins.files import Files
from posts.networks.standins.graph import APP_ID, APP_SECRET, Refusal
from posts.networks.standins.instagram import InstagramService
from posts.networks.testkit import NOW, NetworkContract, StandInStage, attempt, drive, ready

ACCOUNT = {"account_id": "17841", "username": "ryebread"}
CREDENTIAL = {"access_token": "t-1"}
CALLBACK = "https://aura.example/callback"
APP = AppKeys(APP_ID, APP_SECRET)
network = Instagram()


@dataclass
class WithImage(StandInStage):
    """Its posts carry an image, as all on Instagram do."""

    media: tuple[OutgoingMedia, ...] = ()

    def outgoing(self, key: str) -> Outgoing:
        return replace(super().outgoing(key), media=self.media)


@pytest.fixture
def stand_in(settings) -> Iterator[StandIn]:
    with StandIn(service=InstagramService(), slowness=0.05) as stand_in:
        stand_in.service.clock = lambda: NOW
        settings.AURA_EGRESS_ALLOW = [stand_in.endpoint]
        ours = dict.fromkeys(
            ("instagram", "instagram.token", "facebook.upload"), f"http://{stand_in.endpoint}"
        )
        settings.AURA_NETWORK_URLS = {**settings.AURA_NETWORK_URLS, **ours}
        yield stand_in


@pytest.fixture
def service(stand_in) -> InstagramService:
    return stand_in.service


@pytest.fixture(scope="module")
def files() -> Iterator[Files]:
    with Files() as files:
        yield files


@pytest.fixture
def stage(stand_in, files) -> WithImage:
    return WithImage(stand_in, ACCOUNT, CREDENTIAL, media=(files.image(alt_text="A loaf"),))


@pytest.fixture
def outgoing(stage) -> Outgoing:
    return stage.outgoing("k-1")


class TestInstagramContract(NetworkContract):
    network_class: ClassVar[type[Network]] = Instagram
    patience: ClassVar[float] = 0.6


def test_an_image_is_published_with_caption_description_and_link(outgoing, service):
    outcome = attempt(network, outgoing, NOW)
    (post,) = service.posts
    assert outcome == Accepted(post.id, f"https://www.instagram.com/p/{post.id}/")
    assert post.text == outgoing.text
    assert post.more["form"]["alt_text"] == "A loaf"


def test_a_single_video_is_a_reel_and_waited_for(outgoing, service, files):
    service.works = 2
    film = replace(outgoing, media=(files.video(),))
    prepared = network.prepare(film, {}, save=lambda state: None, now=NOW)
    assert isinstance(prepared, Waiting)
    outcome = attempt(network, film, NOW, {"state": prepared.state})
    assert isinstance(outcome, Accepted)
    (post,) = service.posts
    assert post.more["form"]["media_type"] == "REELS"
    assert "alt_text" not in post.more["form"]


def test_several_files_are_a_carousel_in_their_order(outgoing, service, files):
    media = (files.image(alt_text="One"), files.video(), files.image())
    kept: dict = {}
    assert isinstance(attempt(network, replace(outgoing, media=media), NOW, kept), Accepted)
    (post,) = service.posts
    assert post.media == tuple(kept["state"]["children"])
    kinds = [service.containers[one].form.get("media_type", "IMAGE") for one in post.media]
    assert kinds == ["IMAGE", "VIDEO", "IMAGE"]


def test_without_a_public_address_films_go_out_in_bytes(outgoing, service, files, monkeypatch):
    monkeypatch.setattr("posts.networks.graph.fetches", lambda slug: False)
    fetched = len(files.fetched)
    film = files.video(size=700_000)
    outcome = attempt(network, replace(outgoing, media=(film,)), NOW)
    assert isinstance(outcome, Accepted)
    assert len(files.fetched) == fetched
    assert [one.uploaded for one in service.containers.values()] == [film.size]
    several = replace(outgoing, media=(film, files.video()))
    assert isinstance(attempt(network, several, NOW), Accepted)
    assert len(files.fetched) == fetched


def test_an_upload_that_breaks_off_is_begun_anew(outgoing, service, stand_in, files, monkeypatch):
    monkeypatch.setattr("posts.networks.graph.fetches", lambda slug: False)
    stand_in.behave(Behaviour.DROP_BEFORE_WRITE, at="/ig-api-upload")
    film = replace(outgoing, media=(files.video(),))
    driven = drive(network, film)
    assert [type(one) for one in driven.outcomes] == [RetryAfter, Accepted]
    assert len(service.posts) == 1


def test_images_need_an_address_and_films_do_not(outgoing, files, settings):
    assert network.validate(outgoing) == []
    settings.AURA_NETWORK_URLS = {**settings.AURA_NETWORK_URLS, "instagram": "https://graph.instagram.com"}
    settings.AURA_URL = "http://localhost:8000"
    assert [one.code for one in network.validate(outgoing)] == ["no_public_address"]
    assert network.validate(replace(outgoing, media=(files.video(),))) == []


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda files: files.image(form="PNG"), "format"),
        (lambda files: files.image(width=200, height=80), "shape"),
        (lambda files: files.add(b"\xff\xd8 no picture", "video/mp4"), "format"),
    ],
)
def test_what_instagram_does_not_take_is_refused_with_a_way_out(outgoing, service, files, make, words):
    outcome = attempt(network, replace(outgoing, media=(make(files),)), NOW)
    assert isinstance(outcome, Rejected)
    assert words in outcome.sentence
    assert outcome.fix
    assert service.posts == []


def test_a_file_that_could_not_be_fetched_is_tried_again(outgoing, service, files):
    """The web server may be starting anew at that moment."""
    (image,) = outgoing.media
    outcome = attempt(
        network, replace(outgoing, media=(replace(image, url="http://127.0.0.1:9/x.jpg"),)), NOW
    )
    assert isinstance(outcome, RetryAfter)
    assert "could not fetch a file" in outcome.sentence
    assert not outcome.waits_channel
    assert isinstance(attempt(network, outgoing, NOW), Accepted)
    assert len(service.posts) == 1


def test_the_day_limit_lets_the_channel_wait(outgoing, service):
    service.quota = 1
    attempt(network, outgoing, NOW)
    outcome = attempt(network, outgoing, NOW)
    assert isinstance(outcome, RetryAfter)
    assert outcome.waits_channel
    assert len(service.posts) == 1


def test_a_blocked_action_that_went_through_is_found(outgoing, service):
    """4/2207051 is said of posts that are live all the same."""
    kept: dict = {}
    state = ready(network, outgoing, kept, NOW)
    network.publish(outgoing, state, now=NOW)
    service.refuses.append(Refusal(4, "Action is blocked", subcode=2207051, status=403))
    driven = drive(network, outgoing, kept={"state": state})
    assert (driven.end, driven.remote_id) == ("published", service.posts[0].id)
    assert len(service.posts) == 1


class TestFirstComment:
    @pytest.fixture
    def comment(self, outgoing, service) -> Outgoing:
        post = attempt(network, outgoing, NOW)
        below = ReplyTo(post.remote_id, post.remote_id, as_comment=True)
        return replace(outgoing, text="#bread #rye", media=(), reply_to=below)

    def test_it_goes_below_the_post(self, comment, service):
        assert isinstance(attempt(network, comment, NOW), Accepted)
        assert (service.posts[1].text, service.posts[1].reply_to) == ("#bread #rye", service.posts[0].id)
        assert len(service.containers) == 1

    @pytest.mark.parametrize("behaviour", [Behaviour.DROP_AFTER_WRITE, Behaviour.DROP_BEFORE_WRITE])
    def test_it_stands_there_once_after_a_lost_answer(self, comment, service, stand_in, behaviour):
        stand_in.behave(behaviour)
        driven = drive(network, comment)
        assert (driven.end, driven.remote_id) == ("published", service.posts[1].id)
        assert len(service.posts) == 2

    def test_it_is_missing_only_after_a_while(self, comment):
        def look(seconds):
            return network.reconcile(comment, {}, since=NOW, now=NOW + timedelta(seconds=seconds))

        assert isinstance(look(10), Unknown)
        assert isinstance(look(60), Absent)

    def test_it_is_refused_where_the_permission_is_missing(self, comment, service):
        service.tokens["t-1"].scopes.discard("instagram_business_manage_comments")
        outcome = attempt(network, comment, NOW)
        assert isinstance(outcome, Rejected)
        assert outcome.code == "permission"

    def test_it_is_words_alone(self, comment, files):
        findings = network.validate(replace(comment, media=(files.image(),)))
        assert "comment_media" in [one.code for one in findings]


class TestConnecting:
    def connect(self, **changes):
        said = {"code": "code-1#_", "redirect_uri": CALLBACK, "verifier": "", "now": NOW, **changes}
        return network.exchange(APP, {}, **said)

    def test_the_page_is_instagrams(self):
        url = network.authorize_url(APP, {}, redirect_uri=CALLBACK, state="s-1", challenge="c")
        assert url.startswith("https://www.instagram.com/oauth/authorize?client_id=4242&")
        assert "instagram_business_content_publish" in url

    def test_a_code_becomes_a_token_of_sixty_days(self, service):
        connected = self.connect()
        assert isinstance(connected, Connected)
        (account,) = connected.accounts
        assert (account.id, account.name, account.settings) == ("17841", "@ryebread", ACCOUNT)
        assert service.tokens[account.credential["access_token"]].kind == "long"
        assert account.credential["expires_at"]

    def test_a_personal_account_a_missing_tick_and_a_bad_code_are_refused(self, service):
        assert self.connect(code="wrong").code == "bad_code"
        service.permissions.remove("instagram_business_content_publish")
        assert self.connect().code == "permission"
        service.permissions, service.account_type = list(service.scopes), "PERSONAL"
        service.codes["code-2"] = CALLBACK
        assert self.connect(code="code-2").code == "personal_account"

    def test_a_token_renews_itself(self, service):
        renewed = network.refresh(APP, ACCOUNT, CREDENTIAL, now=NOW)
        assert isinstance(renewed, Renewed)
        assert renewed.credential["access_token"] in service.tokens
        service.tokens["t-1"].expired = True
        assert isinstance(network.refresh(APP, ACCOUNT, CREDENTIAL, now=NOW), Rejected)

    def test_the_connection_is_tried_and_the_quota_learned(self, service):
        assert "@ryebread" in network.try_connection(ACCOUNT, CREDENTIAL, now=NOW).sentence
        service.quota = 50
        learned = network.learn(ACCOUNT, CREDENTIAL, now=NOW)
        assert network.capabilities({"learned": learned}).posts_per_day == 50


def test_an_expired_token_half_way_pauses_the_channel(outgoing, service):
    kept: dict = {}
    state = ready(network, outgoing, kept, NOW)
    service.tokens["t-1"].expired = True
    outcome = network.publish(outgoing, state, now=NOW)
    assert isinstance(outcome, Rejected)
    assert (outcome.code, outcome.pauses_channel) == ("token", True)
    assert service.posts == []


def test_figures_are_those_of_the_post(outgoing, service):
    outcome = attempt(network, outgoing, NOW)
    figures = network.figures(outcome.remote_id, ACCOUNT, CREDENTIAL, now=NOW)
    assert figures.totals[Figure.SAVES] == 4
    assert len(figures.totals) == 6
