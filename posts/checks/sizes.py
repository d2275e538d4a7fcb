"""What would leave for a channel, and how long its words are by the network's own rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aura.kit import textcount
from media_library.models import Asset
from posts.fitting import Fits, measures_of
from posts.links import words_out
from posts.models import Channel, Post
from posts.networks import get_network
from posts.networks.base import Outgoing, OutgoingMedia, ReplyTo
from posts.networks.facts import Capabilities, TextLimit
from posts.parts import NOTHING, OwnOf, Saying, numbered

Words = Mapping[Channel, str]
"""The chosen channels, each with its own words ("" where the shared caption goes out)."""


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


def outgoing_of(post: Post, channel: Channel, said: Saying, fits: Fits | None = None) -> Outgoing:
    """Return what would be handed to the channel's network, for judging it. Reads nothing, opens nothing.

    The pictures are assets with `current`, its stored file and its renditions loaded, `fits` the cuts that go out
    instead of one.
    """
    return Outgoing(
        target_id="",
        key="",
        text=words_out(said.words.strip(), post, channel),
        title=post.title,
        media=tuple(_file_of(asset, (fits or {}).get((channel.pk, asset.pk), "")) for asset in said.pictures),
        channel=channel.name,
        settings=channel.settings,
        reply_to=ReplyTo("", "", said.as_comment) if said.follows else None,
    )


def _file_of(asset: Asset, place: str) -> OutgoingMedia:
    """The copy that will leave Aura where it is made already, else the original's figures; cut for `place`, if any."""
    version, clean = asset.current, asset.clean_copy
    width, height = asset.width, asset.height
    cut = measures_of(asset, place) if place else None
    if cut is not None:
        mime, size, sha256, width, height = cut.mime, cut.size, cut.sha256, cut.width, cut.height
    elif clean is not None:
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
        width=width,
        height=height,
        seconds=None if asset.duration_ms is None else asset.duration_ms / 1000,
        alt_text=asset.alt_text,
    )


def counters_of(post: Post, words: Words, own: OwnOf | None = None) -> list[Counter]:
    """Return one counter for each channel whose network has a limit on words."""
    counters = []
    for channel, own_words in words.items():
        limit = capabilities_of(channel).counter
        if limit is None:
            continue
        mine = (own or {}).get(channel, NOTHING)
        total = len(mine.parts) + 1 if mine.numbered else 1
        words_there = words_out(own_words.strip() or post.caption, post, channel)
        counters.append(counter_of(channel, words_there, limit, total=total))
    return counters


def counter_of(channel: Channel, words: str, limit: TextLimit, *, number: int = 1, total: int = 1) -> Counter:
    """Return how long words are for a channel; in a thread with numbers there is room for less."""
    room = limit.limit - (textcount.count(numbered("", number, total), limit.rule) + 1 if total > 1 else 0)
    return Counter(channel, textcount.count(words, limit.rule), room, limit.rule.value, limit.unit)
