"""What every adapter has to pass. Mix `NetworkContract` into a test class and say how to reach the fake network.

    class TestMastodon(NetworkContract):
        network_class = Mastodon

        @pytest.fixture
        def stage(self, settings): ...      # a StandInStage, or anything with the methods of Stage

The tests ask the only two questions that matter: is there exactly one post on the fake network when the dust has
settled, and did the adapter tell the truth about what it knew?
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Literal, Protocol

import pytest
from django import forms

from posts.networks.base import (
    Absent,
    Accepted,
    Ambiguous,
    Found,
    HandOver,
    Network,
    Outcome,
    Outgoing,
    Ready,
    Rejected,
    RetryAfter,
    RetryClass,
    State,
    Waiting,
)
from posts.networks.facts import NAMES
from posts.networks.standin import Behaviour, StandIn

NOW = datetime(2026, 10, 13, 9, 0, tzinfo=UTC)
POLLS = 5


class Stage(Protocol):
    """A fake network as the contract sees it."""

    @property
    def can(self) -> frozenset[Behaviour]:
        """The behaviours this fake network knows."""
        ...

    def behave(self, *behaviours: Behaviour) -> None:
        """Do these with the next requests, then accept."""
        ...

    def keys(self) -> list[str]:
        """One entry for each post on the fake network: the key it came with."""
        ...

    def outgoing(self, key: str) -> Outgoing:
        """A valid post for a channel that leads to this fake network."""
        ...


@dataclass(slots=True)
class StandInStage:
    """A stage over HTTP. `settings` and `credential` are those of a channel that leads to the stand-in."""

    stand_in: StandIn
    settings: dict[str, Any]
    credential: dict[str, str] = field(default_factory=dict)

    @property
    def can(self) -> frozenset[Behaviour]:
        """All of them."""
        return frozenset(Behaviour)

    def behave(self, *behaviours: Behaviour) -> None:
        """Pass it on."""
        self.stand_in.behave(*behaviours)

    def keys(self) -> list[str]:
        """The keys of the posts that were made."""
        service = self.stand_in.service
        return [one.key for one in (self.stand_in.posts if service is None else service.posts)]

    def outgoing(self, key: str) -> Outgoing:
        """A post with words in two scripts."""
        return Outgoing(
            target_id="0199-target",
            key=key,
            text="Rye bread, warm at seven. Зайди 🥖",
            title="Rye",
            campaign="Autumn",
            channel="Shop window",
            scheduled_at=NOW,
            settings=self.settings,
            credential=self.credential,
        )


End = Literal["published", "failed", "needs_confirmation", "scheduled"]


@dataclass(slots=True)
class Driven:
    """How the loop of the engine went: where the target ended and what each attempt said."""

    end: End
    outcomes: list[Outcome]
    remote_id: str = ""


def ready(network: Network, outgoing: Outgoing, kept: State, now: datetime) -> State | Outcome:
    """Prepare as the engine does, polling while the network works on the files; `kept` holds what was saved."""
    prepared = network.prepare(
        outgoing, dict(kept.get("state", {})), save=lambda state: keep(kept, state), now=now
    )
    for _ in range(POLLS):
        if not isinstance(prepared, Waiting):
            break
        keep(kept, prepared.state)
        prepared = network.poll(outgoing, dict(prepared.state), now=now)
    assert not isinstance(prepared, Waiting), "the network works on the files for ever"
    if isinstance(prepared, Ready):
        keep(kept, prepared.state)
        return prepared.state
    return prepared


def keep(kept: State, state: State) -> None:
    """Keep what the adapter has to remember, as JSON, like the engine."""
    kept["state"] = json.loads(json.dumps(state))


def attempt(network: Network, outgoing: Outgoing, now: datetime, kept: State | None = None) -> Outcome:
    """One attempt as the engine makes it: an exception counts as "nobody knows"."""
    kept = {} if kept is None else kept
    prepared = ready(network, outgoing, kept, now)
    if not isinstance(prepared, dict):
        return prepared
    try:
        return network.publish(outgoing, prepared, now=now)
    except Exception as problem:
        return Ambiguous(f"The adapter broke: {problem}.")


def drive(
    network: Network,
    outgoing: Outgoing,
    *,
    now: datetime = NOW,
    tries: int = 6,
    kept: State | None = None,
) -> Driven:
    """Publish as the engine does, with its rules for each outcome and retry class, and no waiting in between."""
    outcomes: list[Outcome] = []
    kept = {} if kept is None else kept
    retry_class = network.retry_class_of(outgoing.settings)
    for _ in range(tries):
        doubtful = any(isinstance(one, Ambiguous) for one in outcomes)
        outcome = attempt(network, replace(outgoing, doubtful=doubtful), now, kept)
        outcomes.append(outcome)
        if isinstance(outcome, Accepted):
            return Driven("published", outcomes, outcome.remote_id)
        if isinstance(outcome, Rejected):
            # A clear no to this request says nothing about an earlier one that had no clear answer.
            return Driven("needs_confirmation" if doubtful else "failed", outcomes)
        if isinstance(outcome, HandOver):
            return Driven("needs_confirmation", outcomes)
        now += timedelta(seconds=outcome.seconds if isinstance(outcome, RetryAfter) else 60)
        if isinstance(outcome, RetryAfter) or retry_class is RetryClass.IDEMPOTENT:
            continue
        if retry_class is RetryClass.HUMAN:
            return Driven("needs_confirmation", outcomes)
        absent = 0
        for _look in range(4):
            seen = network.reconcile(outgoing, dict(kept.get("state", {})), since=NOW, now=now)
            now += timedelta(seconds=60)
            if isinstance(seen, Found):
                return Driven("published", outcomes, seen.remote_id)
            absent += isinstance(seen, Absent)
        if absent < 2:
            return Driven("needs_confirmation", outcomes)
    return Driven("scheduled", outcomes)


class NetworkContract:
    """Mix-in for pytest. A subclass gives `network_class` and a fixture `stage`."""

    network_class: ClassVar[type[Network]]
    patience: ClassVar[float] = 1
    """Seconds an attempt may take, in place of the adapter's own, where the network falls silent."""

    @pytest.fixture
    def network(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Network:
        """The adapter, with little patience where nothing but that ends the call.

        Everywhere else it has its own: a machine that is busy with other tests must not look like a network in trouble.
        """
        params = getattr(request.node, "callspec", None)
        if params is not None and params.params.get("behaviour") in (Behaviour.HANG, Behaviour.DRIP):
            monkeypatch.setattr(self.network_class, "timeout_seconds", self.patience)
        return self.network_class()

    def test_it_introduces_itself(self, network: Network) -> None:
        """Slug, name, class, form and limits are there."""
        assert network.slug in NAMES
        assert network.name
        assert isinstance(network.retry_class, RetryClass)
        assert issubclass(network.settings_form, forms.Form)
        assert network.capabilities({}).name

    def test_a_good_post_has_no_findings(self, network: Network, stage: Stage) -> None:
        """The stage's own post is valid."""
        assert network.validate(stage.outgoing("k-valid")) == []

    def test_preparing_twice_publishes_nothing(self, network: Network, stage: Stage) -> None:
        """Everything before `publish` may be repeated."""
        for _ in range(2):
            assert isinstance(ready(network, stage.outgoing("k-prepare"), {}, NOW), dict)
        assert stage.keys() == []

    @pytest.mark.parametrize("behaviour", list(Behaviour))
    def test_exactly_one_post_or_an_honest_no(
        self, network: Network, stage: Stage, behaviour: Behaviour
    ) -> None:
        """Whatever the network does with the first request, the loop never posts twice and never lies."""
        if behaviour not in stage.can:
            pytest.skip(f"this fake network does not know {behaviour}")
        stage.behave(behaviour)
        driven = drive(network, stage.outgoing("k-1"))
        live = len(stage.keys())
        assert live <= 1
        assert driven.end != "scheduled", "it never settled"
        if driven.end == "published":
            assert live == 1
            assert driven.remote_id
        if driven.end == "failed":
            assert live == 0

    @pytest.mark.parametrize("behaviour", list(Behaviour))
    def test_each_outcome_is_the_truth(self, network: Network, stage: Stage, behaviour: Behaviour) -> None:
        """Accepted is live; Rejected, RetryAfter and HandOver are not; a sentence says so."""
        if behaviour not in stage.can:
            pytest.skip(f"this fake network does not know {behaviour}")
        stage.behave(behaviour)
        outgoing = stage.outgoing("k-2")
        outcome = attempt(network, outgoing, NOW)
        live = len(stage.keys()) == 1
        if isinstance(outcome, Accepted):
            assert live
        elif not isinstance(outcome, Ambiguous):
            assert not live
        if (
            behaviour.answers and behaviour is not Behaviour.GARBAGE
        ):  # a yes without a readable id may be asked about
            assert not isinstance(outcome, Ambiguous), "the network gave a clear answer"
        sentence = outcome.sentence
        assert sentence.endswith(".")
        assert len(sentence) <= 400
        assert "!" not in sentence
        for secret in outgoing.credential.values():
            assert secret not in sentence

    def test_five_disasters_in_a_row_still_make_one_post(self, network: Network, stage: Stage) -> None:
        """Ambiguity does not add up."""
        trouble = [
            b
            for b in (
                Behaviour.DROP_AFTER_WRITE,
                Behaviour.FAIL_AFTER_WRITE,
                Behaviour.DROP_BEFORE_WRITE,
                Behaviour.FAIL_BEFORE_WRITE,
            )
            if b in stage.can
        ]
        stage.behave(*trouble)
        driven = drive(network, stage.outgoing("k-3"))
        assert len(stage.keys()) <= 1
        if driven.end == "published":
            assert len(stage.keys()) == 1

    def test_a_worker_that_died_after_the_request_posts_once(self, network: Network, stage: Stage) -> None:
        """Killed between the call and the record: the loop starts again and knows nothing of the first attempt."""
        outgoing = stage.outgoing("k-4")
        kept: State = {}
        attempt(network, outgoing, NOW, kept)
        retry_class = network.retry_class_of(outgoing.settings)
        if retry_class is RetryClass.IDEMPOTENT:
            driven = drive(network, outgoing, kept=kept)
            assert driven.end == "published"
        elif retry_class is RetryClass.RECONCILE:
            state = dict(kept.get("state", {}))
            seen = network.reconcile(outgoing, state, since=NOW, now=NOW + timedelta(seconds=60))
            assert isinstance(seen, Found)
        assert len(stage.keys()) <= 1

    def test_two_posts_are_two_posts(self, network: Network, stage: Stage) -> None:
        """Equal words under two keys are two posts: a key is not a hash of the text."""
        ends = {drive(network, stage.outgoing(key)).end for key in ("k-5", "k-6")}
        assert len(stage.keys()) == (2 if ends == {"published"} else 0)

    def test_secrets_stay_out_of_repr(self, stage: Stage) -> None:
        """A log line with an Outgoing shows no credential."""
        outgoing = stage.outgoing("k-7")
        for secret in outgoing.credential.values():
            assert secret not in repr(outgoing)


if __name__ == "__main__":
    from posts.networks.standin import main

    main()
