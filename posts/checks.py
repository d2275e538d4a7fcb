"""What a post would meet on each of its channels before it is sent: counters, findings, and what stands in its way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aura.kit import clock, textcount
from campaigns.models import Campaign
from media_library.models import Asset
from posts.models import Channel, Post
from posts.networks import get_network
from posts.networks.base import Finding, Outgoing, OutgoingMedia
from posts.networks.facts import Capabilities
from workspaces.scope import current_workspace

Words = Mapping[Channel, str]
"""The chosen channels, each with its own words ("" where the shared caption goes out)."""


@dataclass(frozen=True, slots=True)
class Check:
    """One finding about a post: what is wrong, on which channel (None: the post itself), where, and the way out.

    `field` is `text`, `title`, `campaign`, `channels`, `media` or `media.<index>`; `blocks` is False for an advice.
    What is the same about several media is one check: its message counts them, its field is that of the first, and
    `asset` is what the way out begins with, `action` what its link says.
    """

    code: str
    field: str
    message: str
    fix: str
    blocks: bool
    channel: Channel | None = None
    asset: Asset | None = None
    action: str = ""

    @property
    def tone(self) -> str:
        """The CSS class of its meaning."""
        return "bad" if self.blocks else "warn"


@dataclass(frozen=True, slots=True)
class Counter:
    """How long the words for one channel are, by its network's own rule."""

    channel: Channel
    used: int
    limit: int
    rule: str
    unit: str

    @property
    def left(self) -> int:
        """What may still be written; below zero when it is too much."""
        return self.limit - self.used

    @property
    def over(self) -> int:
        """By how much it is too long; 0 when it fits."""
        return max(-self.left, 0)

    @property
    def percent(self) -> int:
        """How full it is, 0 to 100, for the ring."""
        return min(round(100 * self.used / self.limit), 100) if self.limit else 100

    @property
    def tone(self) -> str:
        """The CSS class of its meaning: good, warn from nine tenths on, bad when over."""
        return "bad" if self.over else "warn" if self.percent >= 90 else "good"


def capabilities_of(channel: Channel) -> Capabilities:
    """Return what this channel takes."""
    return get_network(channel.network).capabilities(channel.settings)


def outgoing_of(post: Post, channel: Channel, own_words: str, media: Sequence[Asset]) -> Outgoing:
    """Return what would be handed to the channel's network, for judging it. Reads nothing, opens nothing.

    `media` are assets with `current`, its stored file and its renditions loaded.
    """
    return Outgoing(
        target_id="",
        key="",
        text=own_words.strip() or post.caption,
        title=post.title,
        media=tuple(_file_of(asset) for asset in media),
        channel=channel.name,
        settings=channel.settings,
    )


def _file_of(asset: Asset) -> OutgoingMedia:
    """The copy that will leave Aura where it is made already, else the original's figures."""
    version, clean = asset.current, asset.clean_copy
    if clean is not None:
        mime, size, sha256 = clean.mime, clean.size, clean.sha256
    elif version is not None:
        stored = version.stored_file
        mime, size, sha256 = stored.mime, stored.size, stored.sha256
    else:
        mime, size, sha256 = "application/octet-stream", 0, ""
    return OutgoingMedia(
        mime=mime,
        size=size,
        sha256=sha256,
        name=asset.title,
        width=asset.width,
        height=asset.height,
        seconds=None if asset.duration_ms is None else asset.duration_ms / 1000,
        alt_text=asset.alt_text,
    )


def counters_of(post: Post, words: Words) -> list[Counter]:
    """Return one counter for each channel whose network has a limit on words."""
    counters = []
    for channel, own_words in words.items():
        limit = capabilities_of(channel).counter
        if limit is None:
            continue
        used = textcount.count(own_words.strip() or post.caption, limit.rule)
        counters.append(Counter(channel, used, limit.limit, limit.rule.value, limit.unit))
    return counters


def findings_of(post: Post, campaign: Campaign | None, words: Words, media: Sequence[Asset]) -> list[Check]:
    """Return everything that blocks the post or spoils it, what blocks first."""
    found = _about_the_post(campaign, words, media) + _about_rights(post, media)
    for channel, own_words in words.items():
        found += _about_the_channel(channel, campaign)
        for finding in get_network(channel.network).validate(outgoing_of(post, channel, own_words, media)):
            found.append(_check(finding, channel))
    return sorted(found, key=lambda check: not check.blocks)


def why_not_schedulable(campaign: Campaign | None) -> str:
    """Return the sentence why nothing of this campaign can be scheduled, or "" (decisions.md, Post status)."""
    if campaign is None:
        return ""
    if campaign.trashed_at:
        return f"{campaign} is in the trash. Restore it before you schedule its posts."
    if campaign.archived_at:
        return f"{campaign} is archived. Bring it back before you schedule its posts."
    if campaign.status == Campaign.Status.COMPLETED:
        return f"{campaign} is completed. Move the post to a campaign that is still running."
    return ""


def _check(finding: Finding, channel: Channel) -> Check:
    return Check(finding.code, finding.field, finding.message, finding.fix, finding.blocks, channel)


def _about_the_post(campaign: Campaign | None, words: Words, media: Sequence[Asset]) -> list[Check]:
    found = []
    reason = why_not_schedulable(campaign)
    if reason:
        what, fix = reason.split(". ", 1)
        found.append(Check("campaign_closed", "campaign", what + ".", fix, blocks=True))
    if not words:
        found.append(Check("no_channel", "channels", "It goes nowhere yet.", "Pick a channel.", blocks=True))
    return found + _about_descriptions(media)


def _about_descriptions(media: Sequence[Asset]) -> list[Check]:
    """Ask for the descriptions that are missing, in one line however many."""
    missing = [
        index
        for index, asset in enumerate(media)
        if asset.kind == Asset.Kind.IMAGE and not asset.alt_text.strip()
    ]
    if not missing:
        return []
    first, many = missing[0], len(missing) > 1
    return [
        Check(
            "no_description",
            f"media.{first}",
            f"{len(missing)} pictures have no description."
            if many
            else f"Picture {first + 1} has no description.",
            f"Say what {'each' if many else 'it'} shows, for people who cannot see it.",
            blocks=False,
            asset=media[first],
            action="Describe the first" if many else "Describe it",
        )
    ]


def _about_rights(post: Post, media: Sequence[Asset]) -> list[Check]:
    """Refuse what may not be used any more on the day that the post goes out, or today while it has no time."""
    zone = current_workspace().zone
    day = clock.wall_of(post.scheduled_at or clock.now(), zone).date()
    return [
        Check(
            "rights_ended",
            f"media.{index}",
            f"“{asset.title}” may be used until {asset.expires_date:%-d %B %Y} only.",
            "Take another picture, or an earlier day.",
            blocks=True,
        )
        for index, asset in enumerate(media)
        if asset.has_expired(day)
    ]


def _about_the_channel(channel: Channel, campaign: Campaign | None) -> list[Check]:
    found = []
    if channel.trashed_at:
        found.append(
            Check(
                "channel_gone", "channels", f"{channel} is removed.", "Pick another channel.", True, channel
            )
        )
    elif channel.status == Channel.Status.BROKEN:
        found.append(
            Check(
                "channel_broken",
                "channels",
                f"{channel} needs reconnecting.",
                "What is due there waits until an admin has done it.",
                False,
                channel,
            )
        )
    elif channel.status == Channel.Status.PAUSED:
        found.append(
            Check(
                "channel_paused",
                "channels",
                f"{channel} is paused.",
                "What is due there waits until it is resumed.",
                False,
                channel,
            )
        )
    if not channel.speaks_for(campaign):
        found.append(
            Check(
                "wrong_brand",
                "channels",
                f"{channel} only speaks for another brand.",
                "Take it out, or pick a campaign of its brand.",
                True,
                channel,
            )
        )
    return found
