"""Keeping a channel alive: its sign-in is renewed ahead of its end, and its own limits are asked for once a day.

The channel is the work row. One claim at a time (the lease), the network is asked outside any transaction, and what it
gave is written with the claim's token in one UPDATE: whoever reads meanwhile sees all of the old credential or all of
the new one, and an answer that comes after somebody has connected the channel again changes nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from aura.kit import clock, egress, jobs, secrets
from aura.kit.testing_points import failpoint
from posts import telling
from posts.forecast import failing_targets, says
from posts.models import Channel
from posts.networks import UnknownNetwork, get_network
from posts.networks.base import TRY_SECONDS, Network, Outcome, Rejected, Renewed, RetryAfter
from posts.networks.connecting import merged, renew_at
from posts.operations.apps import app_keys
from posts.operations.channels import let_go_what_waits
from posts.operations.lasting import LEARN_EVERY, TOLD_AHEAD, learns, renewal_at, times_of
from workspaces.scope import current_workspace

FAILPOINTS = (
    "renew.after_claim",  # claimed, the network is not asked
    "renew.after_call",  # the network has answered, nothing is written down
    "renew.before_record",  # in the recording transaction, before it commits
)
"""Where `AURA_FAILPOINTS` can strike, in the order of one renewal."""

RENEW = "posts.renew_channel"
AT_ONCE = 3  # its end is told, its limits are asked for, it is renewed: whichever is due comes first
LEARN_AGAIN = timedelta(hours=1)  # where the network did not say
RESTS = timedelta(seconds=60)  # between two renewals of a channel, at least
SIGNED_OUT = "has signed Aura out. Connect the channel again; its posts stay."


def renew_channel(channel_id: uuid.UUID, token: uuid.UUID) -> None:
    """Renew the sign-in of a claimed channel, or ask for its limits, whichever is due. One call to the network."""
    failpoint("renew.after_claim")
    channel = Channel.objects.filter(pk=channel_id, claim_token=token).first()
    if channel is None:
        return
    if channel.trashed_at or channel.status == Channel.Status.BROKEN:
        jobs.record(Channel, channel.pk, token, due_at=None, tries=0)
        return
    now = clock.now()
    try:
        network = get_network(channel.network)
        credential = secrets.unseal_dict(channel.secret)
        keys = app_keys(network, channel.settings)
    except (UnknownNetwork, secrets.SecretUnreadable) as problem:
        _break(channel, token, str(problem))
        return
    if _end_is_near(channel, now):
        _tell_of_the_end(channel, token, network, credential, now=now)
    elif _learning_is_due(channel, network, now) and not channel.is_signed_out(now):
        _learn(channel, token, network, credential, now=now)
    elif _renewal_is_due(network, credential, now):
        answer = network.refresh(keys, channel.settings, credential, now=now)
        failpoint("renew.after_call")
        _record(channel, token, network, credential, answer)
    else:
        jobs.record(Channel, channel.pk, token, tries=0, **times_of(channel, network, credential, now=now))


def renew_if_due(channel: Channel, *, now: datetime) -> Channel:
    """Renew a sign-in at once where that is due, under the claim that a worker would have; return it as it is then.

    Outside any transaction. Where a worker is at it, nothing more is done.
    """
    for _ in range(AT_ONCE):
        is_due = channel.due_at is not None and channel.due_at <= now and channel.workspace_id is not None
        if not is_due or not jobs.run_one(RENEW, channel.workspace_id, channel.pk):
            break
        channel.refresh_from_db()
    return channel


def try_channel(channel: Channel, *, now: datetime) -> Outcome:
    """Try a connection without publishing anything, its sign-in renewed first where that is due.

    Somebody waits for it, so the network gets `TRY_SECONDS` to answer; a renewal gets what it needs, as a fresh token
    that is given up half-way may be lost. Outside any transaction. Raises SecretUnreadable.
    """
    channel = renew_if_due(channel, now=now)
    credential = secrets.unseal_dict(channel.secret)
    with egress.within(TRY_SECONDS):
        return get_network(channel.network).try_connection(channel.settings, credential, now=now)


def _end_is_near(channel: Channel, now: datetime) -> bool:
    """Tell whether people have to be told that the sign-in ends; one that ended breaks the channel instead."""
    ends = channel.ends_at
    return ends is not None and ends - TOLD_AHEAD <= now < ends and channel.end_told_for != ends


def _learning_is_due(channel: Channel, network: Network, now: datetime) -> bool:
    return learns(network) and (channel.learned_at is None or channel.learned_at + LEARN_EVERY <= now)


def _renewal_is_due(network: Network, credential: Mapping[str, str], now: datetime) -> bool:
    at = renewal_at(network, credential)
    return at is not None and at <= now


def set_aside(channel_id: uuid.UUID, token: uuid.UUID) -> None:
    """Stop using a channel whose renewals took a worker down, or raised, every time."""
    channel = Channel.objects.filter(pk=channel_id, claim_token=token).first()
    if channel is not None:
        _break(channel, token, "Aura broke off each time it renewed the sign-in. Connect the channel again.")


def _record(
    channel: Channel,
    token: uuid.UUID,
    network: Network,
    credential: Mapping[str, str],
    answer: Renewed | Rejected | RetryAfter | None,
) -> None:
    now = clock.now()
    if isinstance(answer, RetryAfter):
        due_at = now + timedelta(seconds=answer.seconds)
        jobs.record(Channel, channel.pk, token, due_at=due_at, tries=F("tries") - 1)
    elif isinstance(answer, Rejected):
        _break(channel, token, f"{answer.sentence} {answer.fix}".strip())
    elif answer is None:
        _nothing_to_renew(channel, token, network, credential, now=now)
    else:
        fresh = merged(credential, answer.credential)
        times = times_of(channel, network, fresh, now=now)
        if (
            times["due_at"] is not None
        ):  # a token that lasts for less than it is renewed ahead is not renewed for ever
            times["due_at"] = max(times["due_at"], now + RESTS)
        with transaction.atomic():
            if jobs.record(Channel, channel.pk, token, secret=secrets.seal_dict(fresh), tries=0, **times):
                let_go_what_waits(channel, now=now)
                failpoint("renew.before_record")


def _nothing_to_renew(
    channel: Channel, token: uuid.UUID, network: Network, credential: Mapping[str, str], *, now: datetime
) -> None:
    ends = renew_at(credential, ahead=timedelta(0))
    if ends is None or ends <= now:
        _break(channel, token, f"{network.name} {SIGNED_OUT}")
    else:
        jobs.record(Channel, channel.pk, token, due_at=ends, tries=0)


def _learn(
    channel: Channel, token: uuid.UUID, network: Network, credential: Mapping[str, str], *, now: datetime
) -> None:
    """Ask for the channel's own limits; where the network does not say, what is known stays, for an hour."""
    said = network.learn(channel.settings, credential, now=now)
    now = clock.now()
    channel.learned_at = now if said is not None else now - LEARN_EVERY + LEARN_AGAIN
    changes: dict[str, Any] = {"learned_at": channel.learned_at, "tries": 0}
    changes |= times_of(channel, network, credential, now=now)
    with transaction.atomic():
        stored = Channel.objects.select_for_update(of=("self",)).filter(pk=channel.pk).first()
        if stored is not None and said:
            changes["settings"] = {**stored.settings, "learned": dict(said)}
        jobs.record(Channel, channel.pk, token, **changes)


def _tell_of_the_end(
    channel: Channel, token: uuid.UUID, network: Network, credential: Mapping[str, str], *, now: datetime
) -> None:
    channel.end_told_for = channel.ends_at
    times = times_of(channel, network, credential, now=now)
    with transaction.atomic():
        if jobs.record(Channel, channel.pk, token, end_told_for=channel.ends_at, tries=0, **times):
            failing = failing_targets(channel).values("post").distinct().count()
            sentence, words = says(channel, failing, now, current_workspace().zone)
            telling.tell_ending(channel, sentence, words)


def _break(channel: Channel, token: uuid.UUID, problem: str) -> None:
    """Stop using the channel until an admin has connected it again, and tell them."""
    with transaction.atomic():
        broken = {"status": Channel.Status.BROKEN, "problem": problem[:300]}
        if jobs.record(Channel, channel.pk, token, due_at=None, tries=0, **broken):
            telling.tell_broken(channel, problem)
