"""What a person says about one target: it is live, send it again, leave it, try it once more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from aura.kit import clock, jobs
from posts import agreement, telling
from posts.models import Channel, Target
from posts.networks import get_network
from posts.operations import following, ledger
from posts.operations.publishing import published
from posts.operations.settle import lock_post, settle
from workspaces.operation import Actor, Refused, operation

T = Target.Status
_FREE: dict[str, Any] = {"lease_until": None, "claim_token": None, "tries": 0, "checks": 0}
ANSWERED = "Somebody has answered this already. Look at the post again."


@operation
def confirm_target(target: Target, *, url: str = "", now: datetime | None = None, by: Actor) -> Target:
    """Say that a target that needs confirmation is live; `url` is where, if the person knows.

    Where the address tells what the network calls it, what follows goes out below it.

    Raises Refused when it does not wait for an answer, or when `url` is not an address of the web.
    """
    now = now or clock.now()
    url = url.strip()
    if url and (
        urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname or len(url) > 500
    ):
        raise Refused("Paste the whole link, beginning with https://, or leave it empty.")
    lock_post(target.post_id)
    said = f"{by} says it is live."
    waiting = Target.objects.filter(pk=target.pk, status=T.NEEDS_CONFIRMATION)
    channel = Channel.objects.get(pk=target.channel_id)
    name = get_network(channel.network).remote_id_in(url, channel.settings) if url else ""
    if not waiting.update(**published(name, url, said, now=now)):
        raise Refused(ANSWERED)
    following.follow(target, T.PUBLISHED, now=now)
    return _answered(target, ledger.Outcome.ACCEPTED, said, now=now, by=by)


@operation
def resend_target(target: Target, *, now: datetime | None = None, by: Actor) -> Target:
    """Say that a target that needs confirmation is not live, and send it again, now, as a new publication.

    Raises Refused when it does not wait for an answer, or cannot go out.
    """
    return _send_now(target, [T.NEEDS_CONFIRMATION], "is not live. Send it again", now=now, by=by)


@operation
def retry_target(
    target: Target, *, at: datetime | None = None, now: datetime | None = None, by: Actor
) -> Target:
    """Give a target that failed or was missed another try: now, or at the instant `at` (UTC).

    So goes what is not scheduled any more of a thread whose beginning is out. What stopped because of it follows
    again. Of a thread, the first part that stopped is the one to send.

    Raises Refused when it is neither, cannot go out, or `at` has passed.
    """
    now = now or clock.now()
    if at is not None and at <= now:
        raise Refused("That time has passed. Pick a later one.")
    wanted = [T.FAILED, T.MISSED, T.PENDING] if target.position else [T.FAILED, T.MISSED]
    return _send_now(target, wanted, "is to go out", at=at, now=now, by=by)


@operation
def cancel_target(target: Target, *, now: datetime | None = None, by: Actor) -> Target:
    """Say that a target that needs confirmation is not live and shall not be sent.

    Raises Refused when it does not wait for an answer.
    """
    now = now or clock.now()
    lock_post(target.post_id)
    said = f"{by} says it is not live and stays unsent."
    waiting = Target.objects.filter(pk=target.pk, status=T.NEEDS_CONFIRMATION)
    if not waiting.update(status=T.CANCELLED, due_at=None, sentence=said[:400], **_FREE):
        raise Refused(ANSWERED)
    following.follow(target, T.CANCELLED, now=now)
    return _answered(target, ledger.Outcome.NOT_SENT, said, now=now, by=by)


def _send_now(
    target: Target,
    wanted: Sequence[str],
    said: str,
    *,
    at: datetime | None = None,
    now: datetime | None = None,
    by: Actor,
) -> Target:
    now = now or clock.now()
    at = at or now
    post = lock_post(target.post_id)
    channel = Channel.objects.get(pk=target.channel_id)
    if post is None or post.trashed_at:
        raise Refused("This post is in the trash. Restore it first.")
    if channel.trashed_at or channel.status != Channel.Status.ACTIVE:
        raise Refused(f"{channel} is not in use. Resume the channel first.")
    missing = agreement.lacking(post, [channel])
    if missing:
        raise Refused(f"The post is not approved as it is now. {agreement.said(missing)}")
    if following.what_holds_up(target) is not None:
        raise Refused(following.send_first(target))
    # A new publication, not another try of the last: whoever got the old key and dropped it must see a new one.
    changes = {
        "status": T.SCHEDULED,
        "due_at": at,
        "promised_at": at,
        "sentence": "",
        "key": "",
        "progress": {},
    }
    if not Target.objects.filter(pk=target.pk, status__in=wanted).update(**changes, **_FREE):
        raise Refused(ANSWERED)
    if post.scheduled_at is None:
        type(post).objects.filter(pk=post.pk).update(scheduled_at=at)
    following.go_on_after(target, at)
    jobs.ring("posts.publish_target", target.pk)
    return _answered(target, ledger.Outcome.RETRY, f"{by} says it {said}.", now=now, by=by)


def _answered(target: Target, outcome: str, sentence: str, *, now: datetime, by: Actor) -> Target:
    ledger.write(target, outcome, sentence, now=now, kind=ledger.Kind.PERSON, by=str(by))
    settle(target.post_id)
    telling.nothing_is_wrong(target.post)
    target.refresh_from_db()
    return target


def is_by_hand(target: Target) -> bool:
    """Tell whether a person posts this one: then "needs confirmation" means "it is your turn"."""
    return get_network(target.channel.network).by_hand
