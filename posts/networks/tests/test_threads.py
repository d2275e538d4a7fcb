"""Threads against a fake of it over real HTTP: the contract, and what its containers can do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

import pytest

from posts.networks.base import (
    Absent,
    Accepted,
    Ambiguous,
    AppKeys,
    Connected,
    Found,
    Network,
    Outgoing,
    Rejected,
    Renewed,
    ReplyTo,
    RetryAfter,
    Unknown,
    Waiting,
)
from posts.networks.figures import Figure
from posts.networks.standin import Behaviour, StandIn
from posts.networks.standins.files import Files
from posts.networks.standins.graph import APP_ID, APP_SECRET, Refusal
from posts.networks.standins.threads import ThreadsService
from posts.networks.testkit import NOW, NetworkContract, StandInStage, attempt, drive, ready
from posts.networks.threads import Threads

ACCOUNT = {"account_id": "17841", "username": "ryebread"}
CALLBACK = "https://aura.example/callback"
APP = AppKeys(APP_ID, APP_SECRET)
network = Threads()


@pytest.fixture
def stand_in(settings) -> Iterator[StandIn]:
    with StandIn(service=ThreadsService(), slowness=0.05) as stand_in:
        stand_in.service.clock = lambda: NOW
        settings.AURA_EGRESS_ALLOW = [stand_in.endpoint]
        settings.AURA_NETWORK_URLS = {
            **settings.AURA_NETWORK_URLS,
            "threads": f"http://{stand_in.endpoint}",
        }
        yield stand_in


@pytest.fixture
def service(stand_in) -> ThreadsService:
    return stand_in.service


@pytest.fixture
def stage(stand_in) -> StandInStage:
    return StandInStage(stand_in, ACCOUNT, {"access_token": "t-1"})


@pytest.fixture
def files() -> Iterator[Files]:
    with Files() as files:
        yield files


@pytest.fixture
def outgoing(stage) -> Outgoing:
    return stage.outgoing("k-1")


class TestThreadsContract(NetworkContract):
    network_class: ClassVar[type[Network]] = Threads
    patience: ClassVar[float] = 0.6


def test_a_text_is_published_with_its_link(outgoing, service):
    outcome = attempt(network, outgoing, NOW)
    (post,) = service.posts
    assert outcome == Accepted(post.id, f"https://www.threads.net/@ryebread/post/{post.id}")
    assert post.text == outgoing.text
    assert post.media == ()


def test_a_link_stands_below_the_words_once(outgoing, service):
    attempt(network, replace(outgoing, text="Rye", link="https://rye.example"), NOW)
    attempt(network, replace(outgoing, text="See https://rye.example", link="https://rye.example"), NOW)
    assert [post.text for post in service.posts] == ["Rye\n\nhttps://rye.example", "See https://rye.example"]


def test_one_image_is_fetched_and_carries_its_description(outgoing, service, files):
    outcome = attempt(network, replace(outgoing, media=(files.image(alt_text="A loaf"),)), NOW)
    assert isinstance(outcome, Accepted)
    assert files.fetched == ["/file-1"]
    assert service.posts[0].more["form"]["alt_text"] == "A loaf"


def test_several_files_are_a_carousel_in_their_order(outgoing, service, files):
    media = (files.image(), files.video(), files.image(form="PNG"))
    service.works = 1
    kept: dict = {}
    assert isinstance(ready(network, replace(outgoing, media=media), kept, NOW), dict)
    children = kept["state"]["children"]
    assert isinstance(attempt(network, replace(outgoing, media=media), NOW, kept), Accepted)
    assert service.posts[0].media == tuple(children)
    assert files.fetched == ["/file-1", "/file-2", "/file-3"]


def test_a_worker_that_died_between_containers_makes_none_twice(outgoing, service, files):
    media = (files.image(), files.image(), files.image())
    kept: list[dict] = []

    def dies(state):
        kept.append(state | {"children": list(state["children"])})
        if len(kept) == 2:
            raise RuntimeError

    with pytest.raises(RuntimeError):
        network.prepare(replace(outgoing, media=media), {}, save=dies, now=NOW)
    attempt(network, replace(outgoing, media=media), NOW, {"state": kept[-1]})
    assert len(service.containers) == 4
    assert len(service.posts) == 1


def test_a_part_of_a_thread_answers_the_part_before(outgoing, service):
    first = drive(network, outgoing)
    answer = replace(outgoing, text="And rolls.", reply_to=ReplyTo(first.remote_id, first.remote_id))
    assert drive(network, answer).end == "published"
    assert [post.reply_to for post in service.posts] == ["", first.remote_id]


def test_a_lost_answer_to_a_part_is_found_among_the_replies(outgoing, service, stand_in):
    first = drive(network, outgoing)
    stand_in.behave(Behaviour.DROP_AFTER_WRITE)
    answer = replace(outgoing, reply_to=ReplyTo(first.remote_id, first.remote_id))
    driven = drive(network, answer)
    assert (driven.end, driven.remote_id) == ("published", service.posts[1].id)
    assert len(service.posts) == 2


def test_an_unfinished_container_is_waited_for_and_not_for_ever(outgoing, service, files):
    service.works = 10**6
    prepared = network.prepare(
        replace(outgoing, media=(files.video(),)), {}, save=lambda state: None, now=NOW
    )
    waits = []
    while isinstance(prepared, Waiting):
        waits.append(prepared.seconds)
        prepared = network.poll(outgoing, prepared.state, now=NOW)
    assert isinstance(prepared, Rejected)
    assert prepared.code == "stuck"
    assert waits[0] < 10
    assert waits[-1] == 60
    assert sum(waits) >= 20 * 60


def test_a_film_that_cannot_be_read_is_refused_in_words_and_made_anew_next_time(outgoing, service, files):
    kept: dict = {}
    film = replace(outgoing, media=(files.add(b"no film", "video/mp4"),))
    outcome = attempt(network, film, NOW, kept)
    assert isinstance(outcome, Rejected)
    assert outcome.fix == "Use MP4 or MOV with H.264."
    attempt(network, film, NOW, kept)
    assert len(service.containers) == 2
    assert service.posts == []


def test_what_cannot_be_fetched_says_so(outgoing, files):
    gone = replace(files.image(), url="http://127.0.0.1:9/gone.jpg")
    outcome = attempt(network, replace(outgoing, media=(gone,)), NOW)
    assert isinstance(outcome, RetryAfter)
    assert "could not fetch a file from this Aura" in outcome.sentence


@pytest.mark.parametrize("ends", ["EXPIRED", "forgotten"])
def test_a_container_older_than_a_day_is_made_anew(outgoing, service, ends):
    kept: dict = {}
    ready(network, outgoing, kept, NOW)
    old = kept["state"]["container"]
    service.containers[old].status = "EXPIRED"
    if ends == "forgotten":
        del service.containers[old]
    assert isinstance(attempt(network, outgoing, NOW, kept), Accepted)
    assert kept["state"]["container"] != old
    assert len(service.posts) == 1


class TestAfterNoAnswer:
    def look(self, outgoing, state, seconds):
        return network.reconcile(outgoing, state, since=NOW, now=NOW + timedelta(seconds=seconds))

    def test_a_finished_container_is_absent_only_after_thirty_seconds(self, outgoing, service):
        state = ready(network, outgoing, {}, NOW)
        assert isinstance(self.look(outgoing, state, 29), Unknown)
        assert isinstance(self.look(outgoing, state, 30), Absent)
        service.containers[state["container"]].status = "EXPIRED"
        assert isinstance(self.look(outgoing, state, 31), Absent)

    def test_the_same_container_is_published_after_two_misses(self, outgoing, service, stand_in):
        stand_in.behave(Behaviour.DROP_BEFORE_WRITE)
        assert drive(network, outgoing).end == "published"
        assert len(service.containers) == 1

    def test_a_published_one_that_is_not_listed_yet_is_asked_for_again(self, outgoing, service):
        state = ready(network, outgoing, {}, NOW)
        service.containers[state["container"]].status = "PUBLISHED"
        assert isinstance(self.look(outgoing, state, 60), Unknown)
        assert self.look(outgoing, state, 300).remote_id == ""

    def test_an_older_post_with_the_same_words_is_not_taken_for_it(self, outgoing, service):
        service.clock = lambda: NOW - timedelta(minutes=3)
        drive(network, outgoing)
        state = ready(network, outgoing, {}, NOW)
        service.containers[state["container"]].status = "PUBLISHED"
        assert isinstance(self.look(outgoing, state, 60), Unknown)

    def test_an_expired_token_leaves_it_open(self, outgoing, service):
        state = ready(network, outgoing, {}, NOW)
        service.tokens["t-1"].expired = True
        assert isinstance(self.look(outgoing, state, 60), Unknown)

    def test_prepared_again_although_it_is_out_it_is_looked_up_and_not_sent(self, outgoing, service):
        kept: dict = {}
        first = attempt(network, outgoing, NOW, kept)
        again = attempt(network, outgoing, NOW, kept)
        assert isinstance(again, Accepted)
        assert again.remote_id == first.remote_id
        assert len(service.posts) == 1


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        (Refusal(190, "Malformed access token XYZ", status=400), Rejected),
        (Refusal(10, "No permission", status=403), Rejected),
        (Refusal(4, "Application request limit reached", status=403), RetryAfter),
        (Refusal(4, "Action is blocked", subcode=2207051, status=403), Ambiguous),
        (Refusal(20, "Temporary", subcode=1772107), Ambiguous),
        (Refusal(2, "Service temporarily unavailable"), Ambiguous),
        (Refusal(9007, "Not ready", subcode=2207027), RetryAfter),
        (Refusal(9, "Limit", subcode=2207042, status=403), RetryAfter),
        (Refusal(25, "Restricted", subcode=2207050), Rejected),
        (Refusal(100, "Something new happened!"), Rejected),
    ],
)
def test_each_error_has_its_meaning(outgoing, service, refusal, expected):
    service.refuses.append(refusal)
    outcome = attempt(network, outgoing, NOW)
    assert isinstance(outcome, expected)
    assert outcome.sentence.endswith(".")
    assert "!" not in outcome.sentence
    assert "XYZ" not in outcome.sentence


def test_the_pause_of_the_account_is_kept(outgoing, service):
    hour = {"call_count": 100, "total_time": 5, "total_cputime": 5, "estimated_time_to_regain_access": 60}
    service.usage = hour
    outcome = attempt(network, outgoing, NOW)
    assert isinstance(outcome, Accepted)
    assert outcome.rest_seconds == 3600


def test_a_missing_permission_pauses_the_channel_before_anything_is_sent(outgoing, service):
    service.tokens["t-1"].scopes.discard("threads_content_publish")
    outcome = attempt(network, outgoing, NOW)
    assert isinstance(outcome, Rejected)
    assert (outcome.code, outcome.pauses_channel) == ("permission", True)


class TestReach:
    def test_an_aura_that_nobody_reaches_says_so_before_sending(self, outgoing, files, settings):
        with_file = replace(outgoing, media=(files.image(),))
        assert network.validate(with_file) == []
        settings.AURA_NETWORK_URLS = {**settings.AURA_NETWORK_URLS, "threads": "https://graph.threads.net"}
        for inside in ("http://localhost:8000", "http://192.168.1.4", "https://aura.local", "https://aura"):
            settings.AURA_URL = inside
            (finding,) = network.validate(with_file)
            assert (finding.code, finding.blocks) == ("no_public_address", True)
            assert network.validate(outgoing) == []
        settings.AURA_URL = "https://aura.example"
        assert network.validate(with_file) == []


class TestConnecting:
    def connect(self, **changes):
        said = {"code": "code-1#_", "redirect_uri": CALLBACK, "verifier": "", "now": NOW, **changes}
        return network.exchange(said.pop("app", APP), {}, **said)

    def test_the_page_asks_for_all_that_is_needed(self):
        url = network.authorize_url(APP, {}, redirect_uri=CALLBACK, state="s-1", challenge="c")
        assert url.startswith("https://threads.net/oauth/authorize?client_id=4242&")
        assert "threads_content_publish" in url
        assert "state=s-1" in url

    def test_a_code_becomes_a_token_of_sixty_days(self, stand_in, service):
        connected = self.connect()
        assert isinstance(connected, Connected)
        (account,) = connected.accounts
        assert (account.id, account.name, account.settings) == ("17841", "@ryebread", ACCOUNT)
        assert service.tokens[account.credential["access_token"]].kind == "long"
        assert account.credential["expires_at"] == (NOW + timedelta(seconds=5_183_944)).isoformat()

    @pytest.mark.parametrize(
        "changes",
        [{"code": "wrong"}, {"redirect_uri": "https://other.example"}, {"app": AppKeys(APP_ID, "wrong")}],
    )
    def test_a_bad_code_address_or_secret_is_refused(self, stand_in, changes):
        refused = self.connect(**changes)
        assert isinstance(refused, Rejected)
        assert refused.fix

    def test_a_code_works_once(self, stand_in):
        assert isinstance(self.connect(), Connected)
        assert isinstance(self.connect(), Rejected)

    def test_a_token_renews_itself(self, stand_in, service):
        renewed = network.refresh(APP, ACCOUNT, {"access_token": "t-1", "scope": "a"}, now=NOW)
        assert isinstance(renewed, Renewed)
        assert renewed.credential["access_token"] in service.tokens
        assert renewed.credential["scope"] == "a"
        service.tokens["t-1"].expired = True
        assert isinstance(network.refresh(APP, ACCOUNT, {"access_token": "t-1"}, now=NOW), Rejected)

    def test_the_connection_is_tried_and_the_quota_learned(self, stage, service):
        tried = network.try_connection(ACCOUNT, stage.credential, now=NOW)
        assert isinstance(tried, Accepted)
        assert "@ryebread" in tried.sentence
        assert network.learn(ACCOUNT, stage.credential, now=NOW) == {"posts_per_day": 250}
        service.tokens["t-1"].expired = True
        assert network.learn(ACCOUNT, stage.credential, now=NOW) is None
        assert isinstance(network.try_connection(ACCOUNT, stage.credential, now=NOW), Rejected)


def test_figures_add_up_what_belongs_together(outgoing, stage, service):
    outcome = attempt(network, outgoing, NOW)
    figures = network.figures(outcome.remote_id, ACCOUNT, stage.credential, now=NOW)
    assert figures.totals == {
        Figure.IMPRESSIONS: 3,
        Figure.LIKES: 3,
        Figure.COMMENTS: 3,
        Figure.SHARES: 9,
    }
    assert isinstance(network.figures("0", ACCOUNT, stage.credential, now=NOW), Rejected)


def test_found_is_a_dataclass_with_a_link(outgoing, service):
    state = ready(network, outgoing, {}, NOW)
    network.publish(outgoing, state, now=NOW)
    seen = network.reconcile(outgoing, state, since=NOW, now=NOW)
    assert isinstance(seen, Found)
    assert seen.url.endswith(service.posts[0].id)
