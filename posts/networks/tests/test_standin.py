"""The stand-in itself, and the contract on a network that knows no keys."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

import pytest

from aura.kit import egress
from posts.networks.base import (
    Absent,
    Accepted,
    Ambiguous,
    Found,
    Network,
    Outcome,
    Outgoing,
    Reconciliation,
    Rejected,
    RetryAfter,
    RetryClass,
    State,
    Unknown,
)
from posts.networks.standin import Behaviour, StandIn, read_journal
from posts.networks.testkit import NetworkContract, StandInStage


class Timeline(Network):
    """A network as many are: no idempotency key, but a list of posts that can be read."""

    slug: ClassVar[str] = "x"
    name: ClassVar[str] = "Timeline"
    retry_class: ClassVar[RetryClass] = RetryClass.RECONCILE

    def publish(self, outgoing: Outgoing, state: State, *, now: datetime) -> Outcome:
        result = egress.request(
            "POST",
            outgoing.settings["url"],
            body=outgoing.text.encode(),
            headers={"webhook-id": outgoing.key},
            timeout=self.timeout_seconds,
        )
        if isinstance(result, egress.NotSent):
            return RetryAfter(60, result.sentence)
        status = result.status or 500
        if status >= 500 and not (isinstance(result, egress.Response) and result.retry_after(now)):
            return Ambiguous("Timeline gave no answer.")
        if 200 <= status < 300:
            return Accepted(outgoing.key)
        return (
            RetryAfter(7, "Timeline is busy.")
            if status in (429, 503)
            else Rejected("Timeline said no.", "no")
        )

    def reconcile(
        self, outgoing: Outgoing, state: State, *, since: datetime, now: datetime
    ) -> Reconciliation:
        result = egress.request("GET", outgoing.settings["url"].replace("/hook", "/_posts"))
        if not isinstance(result, egress.Response) or not result.ok:
            return Unknown()
        live = any(post["body"] == outgoing.text and post["key"] == outgoing.key for post in result.json())
        return Found(outgoing.key) if live else Absent()


class Hurried(Timeline):
    """What must never be: treats "no answer" as "no" and sends again."""

    retry_class: ClassVar[RetryClass] = RetryClass.IDEMPOTENT


@pytest.fixture
def stage(settings) -> Iterator[StandInStage]:
    with StandIn(knows_keys=False) as stand_in:
        settings.AURA_EGRESS_ALLOW = [stand_in.endpoint]
        yield StandInStage(stand_in, {"url": stand_in.url})


class TestTimelineContract(NetworkContract):
    network_class = Timeline


def test_the_contract_catches_a_network_that_sends_blindly_again(stage):
    with pytest.raises(AssertionError):
        NetworkContract().test_exactly_one_post_or_an_honest_no(Hurried(), stage, Behaviour.DROP_AFTER_WRITE)
    assert len(stage.keys()) == 2


def test_it_remembers_over_a_restart(tmp_path, settings):
    journal = tmp_path / "journal.jsonl"
    for _ in range(2):
        with StandIn(journal=journal) as stand_in:
            settings.AURA_EGRESS_ALLOW = [stand_in.endpoint]
            egress.request("POST", stand_in.url, body=b"\xff\x00raw", headers={"webhook-id": "k"})
    first, second = read_journal(journal)
    assert (first.post, second.post) == (True, False)
    assert first.raw == b"\xff\x00raw"
    with journal.open("ab") as file:
        file.write(b'{"half a line')
    assert len(read_journal(journal)) == 2


def test_the_same_seed_gives_the_same_mix(settings):
    def play() -> list[str]:
        with StandIn(mix={Behaviour.ACCEPT: 1, Behaviour.REFUSE: 1}, seed=7) as stand_in:
            settings.AURA_EGRESS_ALLOW = [stand_in.endpoint]
            for _ in range(12):
                egress.request("POST", stand_in.url, body=b"")
            return [one.behaviour for one in stand_in.received]

    assert play() == play()
    assert len(set(play())) == 2


def test_it_runs_as_a_process_of_its_own(tmp_path):
    journal = tmp_path / "journal.jsonl"
    command = [sys.executable, "-m", "posts.networks.standin", "--journal", str(journal), "--mix", "accept=1"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        sent = urllib.request.Request(url, data=b"{}", headers={"webhook-id": "k-1"})
        assert urllib.request.urlopen(sent, timeout=30).status == 201
        listed = json.load(urllib.request.urlopen(url.replace("/hook", "/_posts"), timeout=30))
        assert [post["key"] for post in listed] == ["k-1"]
        process.send_signal(signal.SIGKILL)
        process.wait(30)
        assert [one.key for one in read_journal(journal)] == ["k-1"]
    finally:
        process.kill()
        process.wait(30)
