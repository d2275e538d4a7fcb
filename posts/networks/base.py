"""The contract between Aura and a network. It knows no model, no request and no queue.

The publishing engine turns a target into an `Outgoing`, calls `prepare` (repeatable), then commits "sending",
then calls `publish` exactly once per attempt and writes down the `Outcome`. Adapters tell the truth about what
happened and nothing else: they never sleep, never retry, never touch the database.

The one question that matters is *may it be out there already?*

==============  =============================================================  ================================
outcome         what it promises                                               what the engine does
==============  =============================================================  ================================
`Accepted`      it is live                                                     published
`Rejected`      it is not live, and the same request will be refused again     failed, says sentence and fix
`RetryAfter`    it is not live, and trying later may work                      scheduled again after `seconds`
`Ambiguous`     nobody knows                                                   by `retry_class`, see below
`HandOver`      nothing was sent, a person has to do it                        needs_confirmation
==============  =============================================================  ================================

After `Ambiguous` (or a worker that died while sending):
`idempotent` → publish again with the same key, as long as `key_lives`; `reconcile` → `reconcile()`, and send again
only after two `Absent` at least 60 seconds apart; `human` → needs_confirmation. From then on a `Rejected` or
`RetryAfter` speaks for its own request only: the doubtful one may be live, and a person decides.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, BinaryIO, ClassVar, TypeAlias

from django import forms

from aura.kit import textcount
from posts.networks.facts import Capabilities, capabilities_of

State: TypeAlias = dict[str, Any]
"""What an adapter has to remember between calls (container ids, upload urls). JSON, kept by the engine."""


class RetryClass(StrEnum):
    """What may be done when nobody knows whether a post went out."""

    IDEMPOTENT = "idempotent"
    RECONCILE = "reconcile"
    HUMAN = "human"


@dataclass(frozen=True, slots=True)
class OutgoingMedia:
    """One file of a post, as the network will get it.

    `url` is a public, expiring address without login ("" where the instance has none); `open` gives the bytes as a
    stream from storage. `size` in bytes, `width`/`height` in pixels, `seconds` for videos, `sha256` in hex.
    """

    mime: str
    size: int
    sha256: str
    url: str = ""
    open: Callable[[], BinaryIO] | None = None
    name: str = ""
    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    alt_text: str = ""

    @property
    def is_image(self) -> bool:
        """Whether this is a picture."""
        return self.mime.startswith("image/")

    @property
    def is_video(self) -> bool:
        """Whether this is a film."""
        return self.mime.startswith("video/")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One target with everything that goes out with it, read inside the claim.

    `key` names this publication: it stays the same over every retry and changes only when a person asks for a second
    publication. `channel` is the channel's name for people, `settings` what its `settings_form` cleaned, `credential`
    its secrets, unsealed.
    """

    target_id: str
    key: str
    text: str
    media: tuple[OutgoingMedia, ...] = ()
    title: str = ""
    link: str = ""
    campaign: str = ""
    channel: str = ""
    scheduled_at: datetime | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    credential: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Accepted:
    """It is live. `remote_id` is the network's own name for it, `url` where people see it ("" if unknown)."""

    remote_id: str
    url: str = ""
    sentence: str = "Published."


@dataclass(frozen=True, slots=True)
class Rejected:
    """It is not live and the same request would be refused again.

    `code` is stable and for programs, `fix` tells a person what to do. `pauses_channel`: every other post of this
    channel would fail the same way (gone, access withdrawn), so the engine pauses the channel.
    """

    sentence: str
    code: str
    fix: str = ""
    pauses_channel: bool = False


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """It may be live: bytes went out and no honest answer came back."""

    sentence: str


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """It is not live. Trying again after `seconds` may work; `waits_channel`: the wait is for the whole channel."""

    seconds: int
    sentence: str
    waits_channel: bool = False


@dataclass(frozen=True, slots=True)
class HandOver:
    """Nothing was sent: a person posts it and tells Aura."""

    sentence: str


Outcome: TypeAlias = Accepted | Rejected | Ambiguous | RetryAfter | HandOver


@dataclass(frozen=True, slots=True)
class Ready:
    """Everything before the one irreversible request is done; `state` is what `publish` needs."""

    state: State


@dataclass(frozen=True, slots=True)
class Waiting:
    """The network is still working on the files: call `poll(outgoing, state)` after `seconds`."""

    state: State
    seconds: int
    sentence: str


Preparation: TypeAlias = Ready | Waiting | Rejected | RetryAfter


@dataclass(frozen=True, slots=True)
class Found:
    """The post is live on the network."""

    remote_id: str
    url: str = ""
    sentence: str = "Found on the network."


@dataclass(frozen=True, slots=True)
class Absent:
    """The network was asked, could have known, and does not have the post."""

    sentence: str = "It is not on the network."


@dataclass(frozen=True, slots=True)
class Unknown:
    """The network cannot tell, or could not be asked just now."""

    sentence: str = "The network cannot say whether it has this post."


Reconciliation: TypeAlias = Found | Absent | Unknown


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with an outgoing post, before it is sent.

    `field` is `text`, `title`, `media` or `media.<index>`; `blocks` is False for an advice.
    """

    code: str
    field: str
    message: str
    fix: str
    blocks: bool = True


class NoSettingsForm(forms.Form):
    """A channel that needs nothing but its name."""


class Network(ABC):
    """One kind of channel. An instance is shared by all threads and holds no state."""

    slug: ClassVar[str]
    name: ClassVar[str]
    retry_class: ClassVar[RetryClass]
    key_lives: ClassVar[timedelta | None] = None
    """How long the network remembers a key (None: for ever). Only read where `retry_class` is idempotent."""
    spacing_seconds: ClassVar[int] = 30
    """Smallest distance between two posts on one channel."""
    timeout_seconds: ClassVar[int] = 20
    """Longest time `publish` may take: the engine's lease has to be longer."""
    needs_public_media: ClassVar[bool] = False
    """Whether the network fetches files from us (`OutgoingMedia.url`)."""
    settings_form: ClassVar[type[forms.Form]] = NoSettingsForm
    """What a person fills in to connect a channel. Its `cleaned_data` is the channel's settings, and JSON."""

    def new_credential(self) -> dict[str, str]:
        """The secrets Aura makes for a new channel, to be sealed; `shown_once` picks those a person has to copy."""
        return {}

    def renewed_credential(self, credential: Mapping[str, str], *, now: datetime) -> dict[str, str]:
        """The credential after a person asked for a new secret; the old one keeps working for a while."""
        return self.new_credential()

    def shown_once(self, credential: Mapping[str, str]) -> dict[str, str]:
        """{label: secret} to be shown to the person right after it was made, and never again."""
        return {}

    def describe(self, settings: Mapping[str, Any]) -> str:
        """Where a channel leads, in a few words and without secrets, for lists of channels."""
        return self.name

    def capabilities(self, settings: Mapping[str, Any]) -> Capabilities:
        """The limits of this channel: the facts of the network, overridden by what the channel itself knows."""
        return capabilities_of(self.slug)

    def validate(self, outgoing: Outgoing) -> list[Finding]:
        """What the network would refuse or spoil, without asking it."""
        return judge(outgoing, self.capabilities(outgoing.settings))

    def prepare(self, outgoing: Outgoing, state: State, *, save: Callable[[State], None]) -> Preparation:
        """Uploads and containers: all that may be repeated. Calls `save(state)` as soon as an id arrives."""
        return Ready(state)

    def poll(self, outgoing: Outgoing, state: State) -> Preparation:
        """Ask how far the network is after `Waiting`."""
        return Ready(state)

    @abstractmethod
    def publish(self, outgoing: Outgoing, state: State, *, now: datetime) -> Outcome:
        """Make exactly one irreversible request and say honestly what became of it.

        Never raises for what the network does; an exception is a bug and counts as `Ambiguous`.
        """

    def reconcile(
        self, outgoing: Outgoing, state: State, *, since: datetime, now: datetime
    ) -> Reconciliation:
        """Look for the post on the network; `since` is when the doubtful attempt began."""
        return Unknown()

    def refresh(self, credential: Mapping[str, str], *, now: datetime) -> dict[str, str] | None:
        """A fresh credential where the old one runs out, or None when there is nothing to do."""
        return None

    def try_connection(
        self, settings: Mapping[str, Any], credential: Mapping[str, str], *, now: datetime
    ) -> Outcome:
        """Check a channel without publishing anything. `Accepted` says that it works."""
        return Accepted("", sentence=f"{self.name} needs no connection.")


_HASHTAG = re.compile(r"(?<![\w&/])#\w*[^\W\d_]\w*")
_MENTION = re.compile(r"(?<![\w@/])@\w[\w.]*")


def judge(outgoing: Outgoing, can: Capabilities) -> list[Finding]:
    """Compare a post with a network's limits.

    A limit we only remember (`sure` is "M") gives an advice, it never blocks.
    """
    return [*_judge_words(outgoing, can), *_judge_media(outgoing, can)]


def _judge_words(outgoing: Outgoing, can: Capabilities) -> list[Finding]:
    found: list[Finding] = []

    def add(code: str, where: str, message: str, fix: str, *facts: str) -> None:
        found.append(Finding(code, where, message, fix, blocks=not any(can.is_guess(name) for name in facts)))

    for limit in can.text:
        length = textcount.count(outgoing.text, limit.rule)
        if length > limit.limit:
            unit = limit.unit
            add(
                "text_too_long",
                "text",
                f"The text is {length - limit.limit:,} {unit} too long for {can.name} "
                f"({length:,} of {limit.limit:,}).",
                "Shorten it, or write own words for this channel.",
                "text",
            )
    if can.text_required and not outgoing.text.strip() and not outgoing.media:
        add("empty", "text", f"{can.name} needs words or a file.", "Write something or add media.")
    if can.title_required and not outgoing.title.strip():
        add("title_missing", "title", f"{can.name} needs a title.", "Give the post a title.")
    if can.title is not None:
        length = textcount.count(outgoing.title, can.title.rule)
        if length > can.title.limit:
            add(
                "title_too_long",
                "title",
                f"The title is longer than {can.title.limit:,} {can.title.unit} ({can.name}).",
                "Shorten the title.",
                "title",
            )
    for what, pattern, most in (
        ("hashtags", _HASHTAG, can.hashtags_max),
        ("mentions", _MENTION, can.mentions_max),
    ):
        number = len(pattern.findall(outgoing.text)) if most is not None else 0
        if most is not None and number > most:
            add(
                f"too_many_{what}",
                "text",
                f"{can.name} takes {most} {what}, this text has {number}.",
                f"Take out {number - most}.",
                f"{what}_max",
            )
    return found


def _judge_media(outgoing: Outgoing, can: Capabilities) -> list[Finding]:
    found: list[Finding] = []

    def add(code: str, where: str, message: str, fix: str, *facts: str) -> None:
        found.append(Finding(code, where, message, fix, blocks=not any(can.is_guess(name) for name in facts)))

    media = outgoing.media
    images = sum(1 for item in media if item.is_image)
    videos = sum(1 for item in media if item.is_video)
    if can.media_required and not media:
        add("media_missing", "media", f"{can.name} needs at least one image or video.", "Add media.")
    for what, number, most, fact in (
        ("files", len(media), can.media_max, "media_max"),
        ("images", images, can.images_max, "images_max"),
        ("videos", videos, can.videos_max, "videos_max"),
    ):
        if most is not None and number > most:
            add(
                f"too_many_{what}",
                "media",
                f"{can.name} takes {most} {what if most != 1 else what[:-1]}, this post has {number}.",
                f"Take out {number - most}.",
                fact,
            )
    if not can.mixes_media and images and videos:
        add("mixed_media", "media", f"{can.name} takes images or a video, not both.", "Keep one kind.")
    for index, item in enumerate(media):
        found += _judge_file(item, f"media.{index}", can)
    return found


def _judge_file(item: OutgoingMedia, where: str, can: Capabilities) -> list[Finding]:
    found: list[Finding] = []

    def add(code: str, message: str, fix: str, *facts: str) -> None:
        found.append(Finding(code, where, message, fix, blocks=not any(can.is_guess(name) for name in facts)))

    label = item.name or "This file"
    kind = "image" if item.is_image else "video" if item.is_video else ""
    types = can.image_types if kind == "image" else can.video_types if kind == "video" else can.document_types
    if types is not None and item.mime not in types:
        wanted = ", ".join(sorted(name.split("/")[-1].upper() for name in types))
        if wanted:
            add("wrong_type", f"{can.name} takes {wanted}; {label} is {item.mime}.", "Use another format.")
        else:
            add("wrong_type", f"{can.name} does not take {item.mime}.", "Take this file out.")
    most = can.image_bytes_max if kind == "image" else can.video_bytes_max if kind == "video" else None
    if most is not None and item.size > most:
        add(
            "file_too_large",
            f"{label} is {_megabytes(item.size)}, {can.name} takes {_megabytes(most)}.",
            "Use a smaller file.",
            f"{kind}_bytes_max",
        )
    if kind == "image" and item.width and item.height:
        ratio = round(1000 * item.width / item.height)
        if (can.ratio_min and ratio < can.ratio_min) or (can.ratio_max and ratio > can.ratio_max):
            add("wrong_shape", f"{can.name} crops or refuses the shape of {label}.", "Crop it first.")
    if kind == "video" and item.seconds is not None:
        if can.video_seconds_max is not None and item.seconds > can.video_seconds_max:
            add(
                "video_too_long",
                f"{label} is longer than {can.video_seconds_max:,} seconds ({can.name}).",
                "Use a shorter cut.",
                "video_seconds_max",
            )
        if can.video_seconds_min is not None and item.seconds < can.video_seconds_min:
            add(
                "video_too_short",
                f"{label} is shorter than {can.video_seconds_min} seconds ({can.name}).",
                "Use a longer cut.",
                "video_seconds_min",
            )
    if can.alt_required and kind == "image" and not item.alt_text.strip():
        add("alt_missing", f"{can.name} needs a description of {label}.", "Describe the image.")
    if can.alt_max is not None and len(item.alt_text) > can.alt_max:
        add(
            "alt_too_long",
            f"The description of {label} is longer than {can.alt_max:,}.",
            "Shorten it.",
            "alt_max",
        )
    return found


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.1f} MB"
