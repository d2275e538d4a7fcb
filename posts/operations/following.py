"""What follows a post on its channel, in its turn: later parts of a thread, and the first comment.

Each is a target of its own and goes through the engine as any other; this module says when. A part waits for the one
before it, the first comment for the post. What becomes of a target is passed on in the same transaction: once it is
out, what follows is due at once; when it stops, what follows stops with it and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from aura.kit import jobs
from posts.models import Target
from posts.models.target import NO_PART
from posts.operations import ledger

T = Target.Status
LOOK_ANYWAY = timedelta(minutes=10)
"""How often a part that waits looks by itself: whatever it waits for rings it, so this is only the belt."""
COMING = frozenset({T.SCHEDULED, T.SENDING, T.NEEDS_CONFIRMATION})
CAN_GO_ON = frozenset({T.FAILED, T.MISSED, T.PENDING})
FREE: dict[str, Any] = {"lease_until": None, "claim_token": None, "tries": 0, "checks": 0}


@dataclass(frozen=True, slots=True)
class HeldUp:
    """Why a target does not go out in its turn: the status it takes (SCHEDULED: it waits), and the sentence."""

    status: str
    sentence: str


def chain_of(target: Target) -> QuerySet[Target]:
    """Return everything that goes out on the target's channel with its post, it too, in order."""
    rows = Target.objects.filter(post=target.post_id, channel=target.channel_id)
    return rows.exclude(status=T.TAKEN_OUT).order_by("as_comment", "position")


def before(target: Target) -> Target | None:
    """Return what the target follows; None for the post itself, or where all that was before it is left out.

    The post for a first comment, else the last part before it that was not left out.
    """
    if not target.position:
        return None
    earlier = chain_of(target).filter(as_comment=False)
    if target.as_comment:
        return earlier.filter(position=0).first()
    return earlier.filter(position__lt=target.position).exclude(status__in=NO_PART).last()


def what_holds_up(target: Target) -> HeldUp | None:
    """Return why the target cannot go out yet, or not any more; None when it is its turn."""
    if not target.position:
        return None
    first = before(target)
    if first is None:
        return HeldUp(T.FAILED, "The post itself is not out. Send that first.")
    if first.status == T.PUBLISHED:
        return None
    if first.status in COMING:
        return HeldUp(T.SCHEDULED, f"It goes out after {_named(first)}.")
    return _stopped(first, first.status)


def waits_in(chain: Sequence[Target], target: Target) -> bool:
    """Tell the same for a page, of targets that are loaded: whether something before this one is not out yet."""
    if not target.position:
        return False
    earlier = [one for one in chain if not one.as_comment and one.position < target.position]
    if target.as_comment:
        return any(one.status != T.PUBLISHED for one in earlier if not one.position)
    standing = [one for one in earlier if one.status not in NO_PART]
    return not standing or standing[-1].status != T.PUBLISHED


def brings_more_in(chain: Sequence[Target], target: Target) -> bool:
    """Tell whether sending this one makes others follow that stopped."""
    later = (one for one in chain if one.status in CAN_GO_ON and one.pk != target.pk)
    return not target.as_comment and any(
        not target.position if one.as_comment else one.position > target.position for one in later
    )


def send_first(target: Target) -> str:
    """Return what to say to somebody who sends a target before its turn."""
    first = before(target)
    return (
        f"It follows {_named(first) if first else 'the post itself'}, which is not out yet. Send that first."
    )


def follow(target: Target, status: str, *, now: datetime) -> int:
    """Pass on what became of a target to those that follow it; return how many may go now. The post is locked."""
    if status == T.PUBLISHED:
        return _release(target, now=now)
    if status not in COMING:
        _stop(target, status, now=now)
    return 0


def go_on_after(target: Target, at: datetime) -> int:
    """Let what stopped because of a target wait for it again, as it is to be sent at `at`; return how many."""
    stopped = _after(target).filter(status__in=CAN_GO_ON)
    return stopped.update(
        status=T.SCHEDULED, due_at=at + LOOK_ANYWAY, promised_at=at, sentence="", key="", progress={}, **FREE
    )


def first_look(target: Target, at: datetime) -> datetime:
    """Return when a target that is promised for `at` is due: at once, or once what it follows has rung it."""
    if not target.position:
        return at
    first = before(target)
    return at if first is not None and first.status == T.PUBLISHED else at + LOOK_ANYWAY


def _after(target: Target) -> QuerySet[Target]:
    """Return everything that follows the target, near and far."""
    later = Q(as_comment=False, position__gt=target.position)
    if target.as_comment:
        return chain_of(target).none()
    return chain_of(target).filter(later if target.position else later | Q(as_comment=True))


def _release(target: Target, *, now: datetime) -> int:
    """Make due what comes next; return how many. Who looks at it at this moment is too early: that claim is void.

    They keep the time they were promised for, and with it their place before all that was promised later.
    """
    waiting = list(_after(target).filter(status=T.SCHEDULED))
    comments = [one for one in waiting if one.as_comment]
    parts = [one for one in waiting if not one.as_comment]
    for one in comments + parts[:1]:
        Target.objects.filter(pk=one.pk, status=T.SCHEDULED).update(due_at=now, sentence="", **FREE)
        jobs.ring("posts.publish_target", one.pk)
    return len(comments + parts[:1])


def _stop(target: Target, status: str, *, now: datetime) -> None:
    held = _stopped(target, status)
    for one in list(_after(target).filter(status=T.SCHEDULED)):
        promise = {"promised_at": None} if held.status == T.PENDING and target.position else {}
        Target.objects.filter(pk=one.pk).update(
            status=held.status, sentence=held.sentence, due_at=None, **promise, **FREE
        )
        ledger.write(one, ledger.Outcome.NOT_SENT, held.sentence, now=now, code="not_its_turn")


def _stopped(first: Target, status: str) -> HeldUp:
    """Return what becomes of those that follow a target that does not go out."""
    name = _named(first)
    if status == T.PENDING and first.position:
        return HeldUp(T.PENDING, f"{_capital(name)} is not scheduled. Send {_it(first)} and it follows.")
    if status == T.PENDING:
        return HeldUp(T.PENDING, first.sentence)
    if status == T.CANCELLED and not first.position:
        return HeldUp(T.CANCELLED, "The post itself stays unsent.")
    if status == T.CANCELLED:
        return HeldUp(
            T.FAILED, f"{_capital(name)} was left out, so this stopped. Send it if it still makes sense."
        )
    if status == T.MISSED:
        return HeldUp(
            T.MISSED, f"{_capital(name)} was missed, so this waits. Send {_it(first)} and it follows."
        )
    return HeldUp(
        T.FAILED, f"{_capital(name)} did not go out, so this stopped. Send {_it(first)} and it follows."
    )


def _named(first: Target) -> str:
    return first.part or "the post itself"


def _it(first: Target) -> str:
    return "that part" if first.position else "the post"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
