"""The publishing engine: one claimed target, from the last look at it to what became of it.

    claimed ─ judge ─ prepare ─ begin: commit "sending" ─ the one irreversible call ─ record

Everything before `begin` may be repeated and is. `begin` is the second of sending: it holds the post, judges it once
more and commits only while its token and the status `scheduled` stand; until then an edit, a cancellation or the
trash wins, after it they are refused. The call runs outside any transaction. `record` needs the token again. What a
process that died left in `sending` is taken up by `reconciling`.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest, Now

from aura.kit import clock, jobs
from aura.kit.testing_points import failpoint
from posts import telling
from posts.models import Channel, Post, Target
from posts.networks import get_network
from posts.networks.base import (
    Accepted,
    Ambiguous,
    HandOver,
    Network,
    Outcome,
    Outgoing,
    Preparation,
    Ready,
    Rejected,
    RetryAfter,
    RetryClass,
    State,
    Waiting,
)
from posts.operations import following, ledger
from posts.operations.figures import first_look
from posts.operations.links import keep_links
from posts.operations.readiness import Go, Stop, Verdict, Wait, judge
from posts.operations.settle import lock_post, settle
from workspaces.models import Activity
from workspaces.operation import SYSTEM
from workspaces.scope import current_workspace

log = structlog.get_logger(__name__)

FAILPOINTS = (
    "publish.before_claim_commit",  # in the claiming transaction, of this queue's due lists (aura.kit.jobs)
    "publish.after_claim",  # claimed, nothing looked at
    "publish.after_sending",  # "sending" is committed, the call is not made
    "publish.after_call",  # the network has answered, nothing is written down
    "publish.before_record",  # in the recording transaction, before it commits
    "publish.after_record",  # all is written down
)
"""Where `AURA_FAILPOINTS` can strike, in the order of one publication."""
ON_THE_WAY = (
    "publish.before_progress",  # the network has taken a file or made a container, nothing is written down
    "publish.after_progress",  # what it gave us is kept
)
"""And between the second and the third of them, where a network is given something before the post."""

T = Target.Status
ANSWERED_BY = 5
"""Seconds beyond a network's own limit after which a call that nobody recorded occupies its channel no longer."""
GIVE_BACK: dict[str, Any] = {"tries": F("tries") - 1}  # orderly waiting is no failed try


@dataclass(frozen=True, slots=True)
class Sending:
    """A call that is about to be made: its ledger line, and what goes out."""

    attempt_id: uuid.UUID
    outgoing: Outgoing


def held_target(target_id: uuid.UUID, token: uuid.UUID, status: str) -> Target | None:
    """Return a claimed target with its post, campaign and channel, or None when the claim is void."""
    held = Target.objects.filter(pk=target_id, claim_token=token, status=status)
    return held.select_related("post__campaign", "channel").first()


def publish_target(target_id: uuid.UUID, token: uuid.UUID) -> None:
    """Publish one claimed target, or write down why not yet, or why not at all. The call is outside any transaction."""
    failpoint("publish.after_claim")
    target = held_target(target_id, token, T.SCHEDULED)
    if target is None:
        return
    verdict = judge(target, current_workspace(), now=clock.now())
    if not isinstance(verdict, Go):
        _put_down(target, token, verdict)
        return
    prepared = _prepare(target, token, verdict)
    if not isinstance(prepared, Ready):
        _record_preparation(target, token, prepared)
        return
    sending = _begin(target, token, verdict)
    if sending is None:
        return
    failpoint("publish.after_sending")
    outcome = call(verdict.network, sending.outgoing, prepared.state)
    failpoint("publish.after_call")
    record(target.pk, token, sending.attempt_id, outcome)
    failpoint("publish.after_record")


def set_aside(target_id: uuid.UUID, token: uuid.UUID) -> None:
    """Give up on a target that took a worker down, or raised, every time it was picked up. Nothing of it was sent."""
    with transaction.atomic():
        target = held_target(target_id, token, T.SCHEDULED)
        if target is None:
            return
        sentence = (
            f"Aura gave up after {jobs.QUARANTINE_AFTER} tries that broke off before anything was sent. "
            "Send it again; if it breaks off again, ask whoever runs this Aura to look into its log."
        )
        _stop(target, token, Stop(T.FAILED, sentence, "quarantined"), now=clock.now())


# Before the second of sending -------------------------------------------------------------------------------------


def _put_down(target: Target, token: uuid.UUID, verdict: Wait | Stop) -> None:
    with transaction.atomic():
        now = clock.now()
        if isinstance(verdict, Stop):
            _stop(target, token, verdict, now=now)
            return
        if verdict.channel_problem:
            break_channel(target.channel_id, verdict.channel_problem)
        _wait(target, token, verdict)


def _wait(target: Target, token: uuid.UUID, verdict: Wait) -> bool:
    return jobs.record(
        Target, target.pk, token, due_at=verdict.until, sentence=verdict.sentence[:400], **GIVE_BACK
    )


def _stop(target: Target, token: uuid.UUID, verdict: Stop, *, now: datetime) -> None:
    """Take the target out of the queue, with a line in its ledger. Inside a transaction."""
    lock_post(target.post_id)
    changes = {"status": verdict.status, "sentence": verdict.sentence[:400], "due_at": None, "tries": 0}
    if jobs.record(Target, target.pk, token, **changes):
        ledger.write(target, ledger.Outcome.NOT_SENT, verdict.sentence, now=now, code=verdict.code)
        pass_on(target, changes, now=now)


def _state_of(target: Target, hash_: str) -> tuple[State, bool]:
    """Return what the network gave us on the way for exactly this content, and whether it is still at work on it."""
    if target.progress.get("hash") != hash_:
        return {}, False
    return dict(target.progress.get("state", {})), bool(target.progress.get("waiting"))


def _prepare(target: Target, token: uuid.UUID, go: Go) -> Preparation:
    hash_ = go.snapshot["hash"]
    state, waiting = _state_of(target, hash_)

    def save(reached: State, *, waiting: bool = False) -> None:
        progress = {"hash": hash_, "state": reached, "waiting": waiting}
        failpoint("publish.before_progress")
        Target.objects.filter(pk=target.pk, claim_token=token).update(progress=progress)
        failpoint("publish.after_progress")

    network = go.network
    now = clock.now()
    if waiting:
        prepared = network.poll(go.outgoing, state, now=now)
    else:
        prepared = network.prepare(go.outgoing, state, save=save, now=now)
    if isinstance(prepared, Ready | Waiting) and (prepared.state or state):
        save(prepared.state, waiting=isinstance(prepared, Waiting))
    elif waiting:  # A no ends the waiting: the next try prepares, and takes up what still lives.
        save(state)
    return prepared


def _record_preparation(target: Target, token: uuid.UUID, prepared: Waiting | Rejected | RetryAfter) -> None:
    now = clock.now()
    if isinstance(prepared, Waiting):
        _put_down(target, token, Wait(now + timedelta(seconds=prepared.seconds), prepared.sentence))
        return
    with transaction.atomic():
        lock_post(target.post_id)
        changes, outcome = _changes_for(target, prepared, now=now)
        if jobs.record(Target, target.pk, token, **changes):
            ledger.write(target, outcome, prepared.sentence, now=now, code=getattr(prepared, "code", ""))
            pass_on(target, changes, now=now)


def _begin(target: Target, token: uuid.UUID, go: Go) -> Sending | None:
    """Commit that the call is about to be made; None when it must not be made now.

    Holds the post, so whoever changes it waits for us or has been faster; judges it again as it is now, and gives
    the target back at once when its content is no longer what was prepared.
    """
    with transaction.atomic():
        now = clock.now()
        lock_post(target.post_id)
        fresh = held_target(target.pk, token, T.SCHEDULED)
        if fresh is None:
            return None
        again: Verdict = judge(fresh, current_workspace(), now=now)
        if isinstance(again, Stop):
            _stop(fresh, token, again, now=now)
            return None
        if isinstance(again, Wait):
            _wait(fresh, token, again)
            return None
        if again.snapshot["hash"] != go.snapshot["hash"]:
            jobs.record(Target, fresh.pk, token, due_at=now, **GIVE_BACK)
            return None
        if not take_turn(fresh, again.network):
            # Its place in the line is its own: `due_at` stays, and the due list finds it when its turn has come.
            jobs.record(
                Target,
                fresh.pk,
                token,
                sentence=f"Waiting its turn on {fresh.channel}."[:400],
                **GIVE_BACK,
            )
            return None
        same = fresh.key and fresh.snapshot.get("hash") == go.snapshot["hash"]
        key = fresh.key if same else f"{fresh.pk}.{fresh.attempts.count() + 1}"
        keep_links(fresh)
        held = Target.objects.filter(pk=fresh.pk, claim_token=token, status=T.SCHEDULED)
        if not held.update(
            status=T.SENDING,
            key=key,
            snapshot=go.snapshot,
            sentence="",
            checks=0,
            due_at=now,
            sending_since=now,
        ):
            return None
        doubtful = bool(same) and ledger.had_no_answer(fresh, key)
        attempt = ledger.write(fresh, ledger.Outcome.STARTED, now=now, key=key)
        settle(fresh.post_id)
        return Sending(attempt.pk, replace(again.outgoing, key=key, doubtful=doubtful))


def take_turn(target: Target, network: Network) -> bool:
    """Take the channel's turn; return whether it is ours.

    Posts of a channel go out in the order in which they were promised, `spacing_seconds` apart, and one at a time:
    until `free_channel` the next turn lies behind the longest call. One conditional UPDATE by the database's clock.
    """
    channel = target.channel
    earlier = Q(promised_at__lt=target.promised_at) | Q(promised_at=target.promised_at, pk__lt=target.pk)
    due = Target.objects.filter(channel=channel.pk, status=T.SCHEDULED, due_at__lte=Now())
    if target.promised_at and due.filter(earlier).exists():
        return False
    free = Q(next_turn_at=None) | Q(next_turn_at__lte=Now())
    occupied = max(channel.spacing_seconds, network.timeout_seconds + ANSWERED_BY)
    held = Channel.objects.filter(free, pk=channel.pk)
    return bool(held.update(last_sent_at=Now(), next_turn_at=clock.db_after(occupied)))


def free_channel(target: Target) -> None:
    """After a call: let the channel's next post go once the spacing is over."""
    channel = target.channel
    if channel.last_sent_at is not None:
        turn = channel.last_sent_at + timedelta(seconds=channel.spacing_seconds)
        Channel.objects.filter(pk=channel.pk).update(next_turn_at=turn)


# The call and what became of it -----------------------------------------------------------------------------------


def call(network: Network, outgoing: Outgoing, state: State) -> Outcome:
    """Make the one irreversible call. An adapter that breaks may have sent: that is no clear answer."""
    try:
        return network.publish(outgoing, state, now=clock.now())
    except Exception:
        log.exception("publish.adapter_broke", network=network.slug, target=outgoing.target_id)
        return Ambiguous("Aura itself broke off while it was sending. It may be out.")


def record(
    target_id: uuid.UUID, token: uuid.UUID, attempt_id: uuid.UUID, outcome: Outcome, *, doubtful: bool = False
) -> bool:
    """Write down what became of a call, if the token still holds the target; return whether it did.

    `doubtful`: an earlier call of the same sending had no clear answer, so that "refused" and "later" say nothing
    about that one.
    """
    with transaction.atomic():
        now = clock.now()
        target = held_target(target_id, token, T.SENDING)
        if target is None:
            log.warning("publish.result_came_late", target=str(target_id), outcome=type(outcome).__name__)
            return False
        lock_post(target.post_id)
        if not doubtful:
            free_channel(target)
        changes, line = _changes_for(target, outcome, now=now, doubtful=doubtful)
        if not jobs.record(Target, target_id, token, **changes):
            return False
        ledger.close(attempt_id, line, outcome.sentence, now=now, code=getattr(outcome, "code", ""))
        if pass_on(target, changes, now=now) and not doubtful:
            # What follows is the same publication: it is first in its channel's line, and nothing keeps it apart.
            Channel.objects.filter(pk=target.channel_id).update(next_turn_at=None)
        failpoint("publish.before_record")
    return True


def _changes_for(
    target: Target, outcome: Outcome, *, now: datetime, doubtful: bool = False
) -> tuple[dict[str, Any], str]:
    """Return the target's new columns and the outcome of the ledger line; touches the channel where it must."""
    if isinstance(outcome, Accepted):
        if outcome.rest_seconds:
            _rest(target.channel, now + timedelta(seconds=outcome.rest_seconds))
        changes = published(outcome.remote_id, outcome.url, outcome.sentence, now=now)
        return changes | {"due_at": first_look(target, outcome.remote_id, now=now)}, ledger.Outcome.ACCEPTED
    if isinstance(outcome, HandOver):
        return for_a_person(outcome.sentence), ledger.Outcome.NOT_SENT
    if isinstance(outcome, Rejected):
        if outcome.pauses_channel:
            break_channel(target.channel_id, f"{outcome.sentence} {outcome.fix}")
        said = f"{outcome.sentence} {outcome.fix}".strip()
        if doubtful:
            return for_a_person(f"The first try had no clear answer, then: {said}"), ledger.Outcome.REJECTED
        return {**_done(T.FAILED, said), "key": ""}, ledger.Outcome.REJECTED
    if isinstance(outcome, RetryAfter):
        return _later(target, outcome, now=now, doubtful=doubtful), ledger.Outcome.RETRY
    return after_no_answer(target, outcome.sentence, now=now), ledger.Outcome.AMBIGUOUS


def _later(target: Target, outcome: RetryAfter, *, now: datetime, doubtful: bool) -> dict[str, Any]:
    until = now + timedelta(seconds=outcome.seconds)
    if outcome.waits_channel:
        _rest(target.channel, until)
    if doubtful:
        return after_no_answer(target, outcome.sentence, now=now, not_before=until)
    if target.tries >= jobs.QUARANTINE_AFTER:
        return _done(T.FAILED, f"Aura gave up after {target.tries} tries. {outcome.sentence}")
    return {"status": T.SCHEDULED, "due_at": until, "sentence": outcome.sentence[:400], "sending_since": None}


def _rest(channel: Channel, until: datetime) -> None:
    """Let nothing out on a channel before `until`; a later instant that stands already stays."""
    Channel.objects.filter(pk=channel.pk).update(
        not_before=Greatest(F("not_before"), until) if channel.not_before else until
    )


def _done(status: str, sentence: str) -> dict[str, Any]:
    return {"status": status, "sentence": sentence[:400], "due_at": None, "tries": 0}


def published(remote_id: str, url: str, sentence: str, *, now: datetime) -> dict[str, Any]:
    """Return the columns of a target that is out."""
    return {
        **_done(T.PUBLISHED, sentence),
        "published_at": now,
        "remote_id": remote_id[:200],
        "remote_url": url if len(url) <= 500 else "",
        "progress": {},
    }


def for_a_person(sentence: str) -> dict[str, Any]:
    """Return the columns of a target that waits for somebody to say what is so."""
    return _done(T.NEEDS_CONFIRMATION, sentence)


def after_no_answer(
    target: Target, sentence: str, *, now: datetime, not_before: datetime | None = None
) -> dict[str, Any]:
    """Return the columns of a target about which nobody knows: when to look next, or that a person has to."""
    steps = [0, *settings.AURA_RECONCILE_SECONDS]
    retry_class = get_network(target.channel.network).retry_class_of(target.channel.settings)
    if retry_class is RetryClass.HUMAN or target.checks + 1 >= len(steps):
        return for_a_person(sentence)
    due_at = now + timedelta(seconds=steps[target.checks + 1] - steps[target.checks])
    return {
        "status": T.SENDING,
        "due_at": max(due_at, not_before or due_at),
        "sentence": sentence[:400],
        "tries": 0,
    }


def break_channel(channel_id: uuid.UUID, problem: str) -> None:
    """Stop using a channel until an admin has looked at it."""
    active = Channel.objects.filter(pk=channel_id, status=Channel.Status.ACTIVE)
    with transaction.atomic():
        if active.update(status=Channel.Status.BROKEN, problem=problem[:300]):
            telling.tell_broken(Channel.objects.get(pk=channel_id), problem)


def pass_on(target: Target, changes: Mapping[str, Any], *, now: datetime) -> bool:
    """Let what became of a target have its effect: on what follows it, on its post, and on who is told.

    Returns whether something that follows it may go now.
    """
    status = changes["status"]
    target.sentence = changes.get("sentence", target.sentence)
    released = following.follow(target, status, now=now)
    settle(target.post_id)
    _tell(target, status, target.sentence)
    return released > 0


def _tell(target: Target, status: str, sentence: str) -> None:
    """Write what became of a target into the activity, where that is something final; tell who answers for it.

    Of a thread that goes out as it should, the post itself is enough.
    """
    if status == T.PUBLISHED and target.position:
        return
    if status in {T.PUBLISHED, T.FAILED, T.MISSED, T.NEEDS_CONFIRMATION, T.PENDING}:
        post: Post = target.post
        Activity.write("posts.publish_target", SYSTEM, post, {"status": str(status), "channel": target.place})
        telling.tell_outcome(target, status, sentence)
