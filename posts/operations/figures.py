"""Figures of what is out: asked for an hour, six hours, a day, three, seven and 28 days after it went out.

A published target is the work row: `due_at` is the next time to ask, None once there is nothing to ask for. What goes
wrong here concerns nobody's post, so it is no trouble of the channel: `progress["figures"]` says it, for staff.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F

from aura.kit import clock, jobs, secrets
from posts.models import Channel, Target, TargetFigure
from posts.networks import UnknownNetwork, get_network
from posts.networks.base import Figures, RetryAfter

log = structlog.get_logger(__name__)

AGES = (
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
    timedelta(days=3),
    timedelta(days=7),
    timedelta(days=28),
)
LARGEST = 2**63 - 1
SIGNED_OUT_FOR = timedelta(minutes=10)


def figures_of(targets: Sequence[Target]) -> dict[uuid.UUID, list[TargetFigure]]:
    """Return what is known of each target that is out; one query, none where no network tells."""
    out = [one.pk for one in targets if one.status == Target.Status.PUBLISHED and _tells(one.channel)]
    found: dict[uuid.UUID, list[TargetFigure]] = {pk: [] for pk in out}
    for row in TargetFigure.objects.filter(target__in=out) if out else ():
        found[row.target_id].append(row)
    order = {kind: place for place, kind in enumerate(TargetFigure.Kind.values)}
    return {pk: sorted(rows, key=lambda row: order[row.figure]) for pk, rows in found.items()}


def _tells(channel: Channel) -> bool:
    try:
        return get_network(channel.network).tells_figures
    except UnknownNetwork:
        return False


def first_look(target: Target, remote_id: str, *, now: datetime) -> datetime | None:
    """Return when to ask for the figures of what went out at `now`, None where nobody would answer."""
    return now + AGES[0] if remote_id and not target.as_comment and _tells(target.channel) else None


def next_look(published_at: datetime | None, now: datetime) -> datetime | None:
    """Return the next of the times at which figures are asked for; what was missed is not made up for."""
    ages = (published_at + age for age in AGES) if published_at else ()
    return next((at for at in ages if at > now), None)


def fetch_figures(target_id: uuid.UUID, token: uuid.UUID) -> None:
    """Ask how a claimed target does, and keep what the network tells."""
    held = Target.objects.filter(pk=target_id, claim_token=token, status=Target.Status.PUBLISHED)
    target = held.select_related("channel").first()
    if target is None:
        return
    channel, now = target.channel, clock.now()
    later = next_look(target.published_at, now)
    if channel.trashed_at or channel.status == Channel.Status.BROKEN:
        _note(target, token, "The channel is not connected.", due_at=later)
        return
    if channel.is_signed_out(now):
        _note(target, token, "The sign-in is being renewed.", due_at=now + SIGNED_OUT_FOR, waits=True)
        return
    try:
        network = get_network(channel.network)
        credential = secrets.unseal_dict(channel.secret)
    except (UnknownNetwork, secrets.SecretUnreadable) as problem:
        _note(target, token, str(problem), due_at=later)
        return
    answer = network.figures(target.remote_id, channel.settings, credential, now=now)
    if isinstance(answer, Figures):
        _keep(target, token, answer, now=now)
    elif isinstance(answer, RetryAfter):
        due_at = now + timedelta(seconds=answer.seconds)
        _note(target, token, answer.sentence, due_at=due_at, waits=True)
    elif answer is None:
        _note(target, token, "This network tells no figures.", due_at=None)
    else:
        log.info("figures.refused", network=channel.network, target=str(target.pk), code=answer.code)
        _note(target, token, f"{answer.sentence} {answer.fix}".strip(), due_at=later)


def set_aside(target_id: uuid.UUID, token: uuid.UUID) -> None:
    """Leave the figures of a target that took a worker down, or raised, every time."""
    target = Target.objects.filter(pk=target_id, claim_token=token, status=Target.Status.PUBLISHED).first()
    if target is not None:
        later = next_look(target.published_at, clock.now())
        _note(target, token, "Aura broke off each time it asked.", due_at=later)


def _keep(target: Target, token: uuid.UUID, answer: Figures, *, now: datetime) -> None:
    totals = {
        figure: total for figure, total in answer.totals.items() if _is_total(total)
    }  # what comes from outside may be anything
    rows = [
        TargetFigure(target=target, figure=figure, total=total, fetched_at=now)
        for figure, total in totals.items()
    ]
    progress = {name: value for name, value in target.progress.items() if name != "figures"}
    with transaction.atomic():
        if jobs.record(
            Target,
            target.pk,
            token,
            due_at=next_look(target.published_at, now),
            tries=0,
            progress=progress,
        ):
            TargetFigure.objects.bulk_create(
                rows,
                update_conflicts=True,
                unique_fields=["workspace", "target", "figure"],
                update_fields=["total", "fetched_at"],
            )


def _is_total(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST


def _note(
    target: Target, token: uuid.UUID, sentence: str, *, due_at: datetime | None, waits: bool = False
) -> None:
    note = {"said": sentence[:400], "at": clock.now().isoformat()}
    tries: Any = F("tries") - 1 if waits else 0
    progress = {**target.progress, "figures": note}
    jobs.record(Target, target.pk, token, due_at=due_at, tries=tries, progress=progress)
