"""Rules about the channels that a post goes to: whether each is there, works, and speaks for the campaign."""

from __future__ import annotations

from collections.abc import Iterator

from aura.kit import secrets
from posts.checks.check import Check, Moment
from posts.checks.subject import Subject
from posts.forecast import is_ending
from posts.models import Channel
from posts.networks import get_network
from posts.stops import why_channel_waits

S = Channel.Status


def goes_somewhere(subject: Subject) -> Iterator[Check]:
    """A post needs a channel."""
    if not subject.words:
        yield Check("no_channel", "channels", "It goes nowhere yet.", "Pick a channel.", blocks=True)


def channel_is_here(subject: Subject) -> Iterator[Check]:
    """What was removed takes no post."""
    for channel in subject.words:
        if channel.trashed_at:
            yield Check(
                "channel_gone", "channels", f"{channel} is removed.", "Pick another channel.", True, channel
            )


def channel_works(subject: Subject) -> Iterator[Check]:
    """A channel that is paused or not connected holds its posts back: an advice, until the time is near."""
    near = subject.moment is Moment.BEFORE
    for channel in subject.words:
        if channel.trashed_at:
            continue
        if channel.status == S.BROKEN:
            yield Check(
                "channel_broken",
                "channels",
                why_channel_waits(channel),
                "What is due there waits until an admin has done it.",
                near,
                channel,
            )
        elif channel.status == S.PAUSED:
            yield Check(
                "channel_paused",
                "channels",
                why_channel_waits(channel),
                "What is due there waits until it is resumed.",
                near,
                channel,
            )


def channel_stays_connected(subject: Subject) -> Iterator[Check]:
    """A post after the end of a channel's sign-in would fail, unless somebody connects it again before."""
    at, now = subject.at, subject.now
    for channel in subject.words:
        if (
            at is not None
            and channel.ends_at is not None
            and is_ending(channel, now)
            and at >= channel.ends_at
        ):
            yield Check(
                "sign_in_ends",
                "channels",
                f"{channel} is signed out before this is due.",
                "Ask an admin to connect it again before.",
                False,
                channel,
            )


def channel_may_post(subject: Subject) -> Iterator[Check]:
    """An account that was connected without the permission to post refuses everything. Asks nobody."""
    for channel in subject.words:
        needed = get_network(channel.network).needed_scopes(channel.settings)
        if not needed or not channel.secret:
            continue
        try:
            granted = secrets.unseal_dict(channel.secret).get("scope", "").split()
        except secrets.SecretUnreadable:
            continue  # it needs reconnecting, which is said elsewhere
        if granted and needed - set(granted):
            yield Check(
                "may_not_post",
                "channels",
                f"{channel} was connected without the permission to post.",
                "Ask an admin to connect it again, and to say yes to posting.",
                True,
                channel,
            )


def channel_speaks_for_it(subject: Subject) -> Iterator[Check]:
    """A channel of one brand takes posts of that brand only."""
    for channel in subject.words:
        if not channel.speaks_for(subject.campaign):
            yield Check(
                "wrong_brand",
                "channels",
                f"{channel} only speaks for another brand.",
                "Take it out, or pick a campaign of its brand.",
                True,
                channel,
            )
