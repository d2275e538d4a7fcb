"""After no clear answer: find out whether it is live, send it again only where that is safe, else ask a person.

A target in `sending` without a live lease comes here: its call had no clear answer, or its worker died. Looks follow
`AURA_RECONCILE_SECONDS`; after the last one a person decides. By the network's retry class:

- idempotent: the same words again under the same key, while the network remembers keys;
- reconcile: look for it; sent again only after two looks at least `AURA_ABSENT_SECONDS` apart that did not find it;
- human: nothing can be known, a person is asked at once.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F

from aura.kit import clock, jobs
from aura.kit.secrets import SecretUnreadable
from aura.kit.testing_points import failpoint
from posts.models import Attempt, Channel, Target
from posts.networks import UnknownNetwork, get_network
from posts.networks.base import Absent, Found, Network, Outgoing, Reconciliation, RetryClass, State, Unknown
from posts.operations import ledger
from posts.operations.figures import first_look
from posts.operations.publishing import (
    GIVE_BACK,
    after_no_answer,
    call,
    for_a_person,
    held_target,
    pass_on,
    published,
    record,
)
from posts.operations.readiness import RENEWED_IN
from posts.operations.settle import lock_post
from posts.outgoing import outgoing_of

log = structlog.get_logger(__name__)

T = Target.Status
BROKE_OFF = "Aura stopped in the middle of sending, so whether the post arrived was not known."


def reconcile_target(target_id: uuid.UUID, token: uuid.UUID) -> None:
    """Take the next step with a claimed target about which nobody knows whether it is live."""
    failpoint("publish.after_claim")
    target = held_target(target_id, token, T.SENDING)
    if target is None:
        return
    now = clock.now()
    try:
        network = get_network(target.channel.network)
        outgoing = outgoing_of(target, target.channel, target.snapshot, target.key)
    except (UnknownNetwork, SecretUnreadable) as problem:
        _give_up(target, token, str(problem))
        return
    if target.channel.is_signed_out(now) and target.channel.status == Channel.Status.ACTIVE:
        jobs.record(Target, target.pk, token, due_at=now + RENEWED_IN, **GIVE_BACK)
    elif network.retry_class_of(target.channel.settings) is RetryClass.HUMAN:
        _give_up(target, token, "Aura stopped in the middle, and this network cannot tell what it got.")
    elif target.checks >= len(settings.AURA_RECONCILE_SECONDS):
        _give_up(target, token, "Nobody could tell whether it is live. Look at the channel and say so.")
    elif _may_send_again(target, network, now=now):
        _send_again(target, token, network, outgoing)
    else:
        _look(target, token, network, outgoing)


def set_aside(target_id: uuid.UUID, token: uuid.UUID) -> None:
    """Ask a person about a target whose looks took a worker down, or raised, every time."""
    target = held_target(target_id, token, T.SENDING)
    if target is not None:
        _give_up(target, token, "Aura could not find out whether it is live. Look at the channel and say so.")


def _may_send_again(target: Target, network: Network, *, now: datetime) -> bool:
    """Tell whether the same key again is safe and wanted: nobody has stopped the channel or trashed the post."""
    channel = target.channel
    if channel.trashed_at or channel.status != Channel.Status.ACTIVE or target.post.trashed_at:
        return False
    if network.retry_class_of(channel.settings) is not RetryClass.IDEMPOTENT:
        return False
    since = target.sending_since or now
    return network.key_lives is None or now - since < network.key_lives


def _open_line(target: Target, token: uuid.UUID, kind: str) -> uuid.UUID | None:
    """Write down, before it is made, that we look or send again; None when the claim is void."""
    with transaction.atomic():
        now = clock.now()
        lock_post(target.post_id)
        held = Target.objects.filter(pk=target.pk, claim_token=token, status=T.SENDING)
        if not held.update(checks=F("checks") + 1):
            return None
        target.checks += 1
        ledger.close_open_lines(target, BROKE_OFF, now=now)
        return ledger.write(target, ledger.Outcome.STARTED, now=now, kind=kind, key=target.key).pk


def _send_again(target: Target, token: uuid.UUID, network: Network, outgoing: Outgoing) -> None:
    attempt_id = _open_line(target, token, ledger.Kind.PUBLISH)
    if attempt_id is None:
        return
    failpoint("publish.after_sending")
    outcome = call(network, replace(outgoing, doubtful=True), _state_of(target))
    failpoint("publish.after_call")
    record(target.pk, token, attempt_id, outcome, doubtful=True)
    failpoint("publish.after_record")


def _look(target: Target, token: uuid.UUID, network: Network, outgoing: Outgoing) -> None:
    attempt_id = _open_line(target, token, ledger.Kind.CHECK)
    if attempt_id is None:
        return
    since = target.sending_since or clock.now()
    answer: Reconciliation
    try:
        answer = network.reconcile(outgoing, _state_of(target), since=since, now=clock.now())
    except Exception:
        log.exception("publish.look_broke", network=network.slug, target=str(target.pk))
        answer = Unknown("Aura could not look: something in it broke.")
    with transaction.atomic():
        now = clock.now()
        lock_post(target.post_id)
        changes, line = _after_look(target, answer, now=now)
        if jobs.record(Target, target.pk, token, **changes):
            ledger.close(attempt_id, line, answer.sentence, now=now)
            pass_on(target, changes, now=now)


def _after_look(target: Target, answer: Reconciliation, *, now: datetime) -> tuple[dict[str, Any], str]:
    if isinstance(answer, Found):
        changes = published(answer.remote_id, answer.url, answer.sentence, now=now)
        return changes | {"due_at": first_look(target, answer.remote_id, now=now)}, ledger.Outcome.ACCEPTED
    if not isinstance(answer, Absent):
        return after_no_answer(target, answer.sentence, now=now), ledger.Outcome.AMBIGUOUS
    first_miss = target.progress.get("absent_at")
    apart = timedelta(seconds=settings.AURA_ABSENT_SECONDS)
    if first_miss is None or now - datetime.fromisoformat(first_miss) < apart:
        again = {"progress": {**target.progress, "absent_at": first_miss or now.isoformat()}}
        changes = after_no_answer(target, answer.sentence, now=now, not_before=now + apart)
        return {**changes, **again}, ledger.Outcome.AMBIGUOUS
    unclear = Attempt.objects.filter(
        target=target, kind=ledger.Kind.PUBLISH, outcome=ledger.Outcome.AMBIGUOUS
    ).count()
    if unclear >= jobs.QUARANTINE_AFTER:
        return for_a_person(
            f"Sent {unclear} times without a clear answer. {answer.sentence}"
        ), ledger.Outcome.AMBIGUOUS
    progress = {name: value for name, value in target.progress.items() if name != "absent_at"}
    return {
        "status": T.SCHEDULED,
        "due_at": now,
        "sentence": f"{answer.sentence} Sending it again.",
        "progress": progress,
        "sending_since": None,
        "tries": 0,
    }, ledger.Outcome.RETRY


def _state_of(target: Target) -> State:
    return dict(target.progress.get("state", {}))


def _give_up(target: Target, token: uuid.UUID, sentence: str) -> None:
    with transaction.atomic():
        now = clock.now()
        lock_post(target.post_id)
        changes = for_a_person(sentence)
        if jobs.record(Target, target.pk, token, **changes):
            ledger.close_open_lines(target, BROKE_OFF, now=now)
            pass_on(target, changes, now=now)
