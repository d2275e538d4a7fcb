"""Whether a claimed target may go out now: asked before anything is prepared, and again inside the last transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from django.db.models import Q

from aura.kit.secrets import SecretUnreadable
from media_library.models import Asset
from posts import checks
from posts.agreement import lacking
from posts.models import Channel, Target
from posts.networks import UnknownNetwork, get_network
from posts.networks.base import Network, Outgoing
from posts.operations import following
from posts.outgoing import NotReady, media_of, outgoing_of, snapshot_of
from workspaces.models import Heartbeat, Workspace

LOOK_AGAIN = timedelta(seconds=60)  # while a person has to do something: resume, approve
RENEWED_IN = timedelta(seconds=15)  # while a channel's sign-in is being renewed
MEDIA_AGAIN = timedelta(seconds=5)  # while pictures are being made ready
GROUND = ("campaign_runs", "channel_is_here")
"""The rules about what a post stands on: what breaks one of them is taken back, not failed."""
BEAT_LASTS = timedelta(seconds=15)  # a worker that beat this long ago was still alive (it beats every 5 s)


@dataclass(frozen=True, slots=True)
class Go:
    """It may go out, with these words and files."""

    network: Network
    snapshot: dict[str, Any]
    outgoing: Outgoing


@dataclass(frozen=True, slots=True)
class Wait:
    """Not yet; look again at `until`. Nobody's failure. `channel_problem`: why the channel needs an admin."""

    until: datetime
    sentence: str
    channel_problem: str = ""


@dataclass(frozen=True, slots=True)
class Stop:
    """It does not go out: the target becomes `status`, and `sentence` says why and what to do."""

    status: str
    sentence: str
    code: str


Verdict: TypeAlias = Go | Wait | Stop


def judge(target: Target, workspace: Workspace, *, now: datetime) -> Verdict:
    """Tell whether the target may go out. `target` comes with its post, campaign and channel, as they are now."""
    post, channel = target.post, target.channel
    reason = _put_away(target, workspace, now=now)
    if reason:
        return Stop(Target.Status.PENDING, reason, "taken_away")
    held = following.what_holds_up(target)
    if held is not None and held.status == Target.Status.SCHEDULED:
        return Wait(now + following.LOOK_ANYWAY, held.sentence)
    if held is not None:
        return Stop(held.status, held.sentence, "not_its_turn")
    paused = _held_back(target, workspace)
    if paused:
        return _wait_for_person(target, workspace, *paused, now=now)
    if channel.status != Channel.Status.ACTIVE:
        what = f"{channel} is not connected"
        if channel.status == Channel.Status.PAUSED:
            what = _paused(str(channel), channel.pause_reason)
        return _wait_for_person(target, workspace, what, "Resume the channel", now=now)
    missing = lacking(post, [channel])
    if missing:
        return _wait_for_person(target, workspace, missing[0].sentence, missing[0].remedy, now=now)
    if is_missed(target, workspace, now=now):
        late = spoken(now - (target.due_at or now))
        return Stop(
            Target.Status.MISSED,
            f"Aura was not running at its time and it is {late} late. Send it now or pick another time.",
            "missed",
        )
    if channel.not_before is not None and channel.not_before > now:
        return Wait(channel.not_before, f"{channel} asked us to wait.")
    if channel.is_signed_out(now):
        # Its renewal is due (posts.renew_channel), and lets what waits go at once; or it breaks the channel.
        return Wait(now + RENEWED_IN, f"Waiting until the sign-in of {channel} is renewed.")
    return _put_together(target, now=now)


def _held_back(target: Target, workspace: Workspace) -> tuple[str, str] | None:
    """Return what is paused around the target and the remedy, None for nothing; the switch as it is at this moment."""
    paused = Workspace.objects.filter(pk=workspace.pk, paused_at__isnull=False)
    reason = paused.values_list("pause_reason", flat=True).first()
    if reason is not None:
        return _paused("Everything", reason), "Resume it"
    campaign = target.post.campaign
    if campaign.paused_at:
        return _paused(str(campaign), campaign.pause_reason), "Resume the campaign"
    return None


def _paused(what: str, reason: str) -> str:
    return f"{what} is paused ({reason})" if reason else f"{what} is paused"


def _put_away(target: Target, workspace: Workspace, *, now: datetime) -> str:
    """Return why the target has lost what it stands on, or "". Operations unschedule first; this is the belt."""
    if workspace.trashed_at:
        return "The workspace was deleted."
    if target.post.trashed_at:
        return "The post is in the trash."
    gone = checks.findings(_subject_of(target, now=now), only=GROUND)
    return gone[0].sentence if gone else ""


def _subject_of(
    target: Target, *, now: datetime, media: Sequence[Asset] = (), outgoing: Outgoing | None = None
) -> checks.Subject:
    """Return the target before the rules of the second of sending; asks nothing."""
    return checks.Subject(
        target.post,
        target.post.campaign,
        {target.channel: target.own_words},
        media,
        checks.Moment.SENDING,
        at=target.promised_at or now,
        now=now,
        sent_as={} if outgoing is None else {target.channel: outgoing},
    )


def _wait_for_person(
    target: Target, workspace: Workspace, what: str, remedy: str, *, now: datetime
) -> Wait | Stop:
    """Wait until somebody does something, for as long as the post may be late; then it is missed."""
    end = (target.promised_at or now) + timedelta(minutes=workspace.grace_minutes)
    if now > end:
        return Stop(
            Target.Status.MISSED, f"{what}, and its time passed. {remedy}, then send it.", "waited_in_vain"
        )
    return Wait(min(now + LOOK_AGAIN, end + timedelta(seconds=1)), f"{what}. {remedy}, and it goes out.")


def _put_together(target: Target, *, now: datetime) -> Verdict:
    try:
        network = get_network(target.channel.network)
        media = media_of(target)
        snapshot = snapshot_of(target, target.post, target.channel, media)
        outgoing = outgoing_of(target, target.channel, snapshot, target.key)
    except NotReady as problem:
        if problem.final:
            return Stop(Target.Status.FAILED, problem.sentence, "media")
        return Wait(now + MEDIA_AGAIN, problem.sentence)
    except UnknownNetwork:
        return Stop(
            Target.Status.FAILED, "This Aura does not know the network any more. Update Aura.", "network"
        )
    except SecretUnreadable as problem:
        return Wait(now + LOOK_AGAIN, str(problem), channel_problem=str(problem))
    if _is_lost(network, outgoing):
        return Stop(
            Target.Status.NEEDS_CONFIRMATION,
            f"Aura does not know what {network.name} calls the part before this one, since a person said it is live. "
            "Post this one below it by hand, then say so.",
            "unknown_part_before",
        )
    subject = _subject_of(target, now=now, media=[use.asset for use in media], outgoing=outgoing)
    blocking = next((check for check in checks.findings(subject) if check.blocks), None)
    if blocking is not None:
        return Stop(Target.Status.FAILED, blocking.sentence, blocking.code)
    return Go(network, snapshot, outgoing)


def _is_lost(network: Network, outgoing: Outgoing) -> bool:
    """Tell whether what it answers has no name that the network would know."""
    answered = outgoing.reply_to
    return not (network.by_hand or answered is None or (answered.remote_id and answered.root_id))


def is_missed(target: Target, workspace: Workspace, *, now: datetime) -> bool:
    """Tell whether the target is later than the workspace allows because nothing was running to send it.

    Only time during which no worker was alive counts, so our own queueing is never the reason: waiting for the
    channel's spacing, for a network's Retry-After or for pictures has moved `due_at`, and a queue that is simply
    long was long while workers lived, which their heartbeats tell (kept for a day after a worker's end).
    """
    grace = timedelta(minutes=workspace.grace_minutes)
    due_at = target.due_at
    if due_at is None or now - due_at <= grace:
        return False
    return unattended(due_at, now) > grace


def unattended(since: datetime, until: datetime) -> timedelta:
    """Return for how long between two instants no worker was alive, by the heartbeats."""
    beats = Heartbeat.objects.filter(Q(beat_at__gte=since - BEAT_LASTS), started_at__lte=until)
    total, reached = timedelta(0), since
    for started_at, beat_at in sorted(beats.values_list("started_at", "beat_at")):
        if started_at > reached:
            total += min(started_at, until) - reached
        reached = max(reached, min(beat_at + BEAT_LASTS, until))
    return total + max(until - reached, timedelta(0))


def spoken(length: timedelta) -> str:
    """Return a length of time in words: "40 minutes", "3 hours", "2 days"."""
    minutes = max(round(length.total_seconds() / 60), 1)
    for unit, size in (("day", 1440), ("hour", 60)):
        if minutes >= 2 * size:
            return f"{round(minutes / size)} {unit}s"
    return f"{minutes} minute{'' if minutes == 1 else 's'}"
