"""What goes out to a network and what comes back: plain values, no behaviour.

`base.py` says which of them a network takes and returns, and what the engine does with each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, BinaryIO, TypeAlias

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
class ReplyTo:
    """The post that this one answers: the part before it in a thread, or the post that it comments on.

    Both are the network's own names (`Accepted.remote_id`); `root_id` is the first part's, the same as `remote_id` for
    the second. `as_comment`: it is the first comment below a post, not the next part of a thread.
    """

    remote_id: str
    root_id: str
    as_comment: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """An account that words may mention: its handle as it is written there, without the @, and its name."""

    handle: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A link with the title, the description and the address of the picture that its page names ("" where none)."""

    url: str
    title: str = ""
    description: str = ""
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One target with everything that goes out with it, read inside the claim.

    `key` names this publication: it stays the same over every retry and changes only when a person asks for a second
    publication. `channel` is the channel's name for people, `settings` what its `settings_form` cleaned, `credential`
    its secrets, unsealed, always with a fresh access token where the network has them. `reply_to` is set on what
    follows a post that is live already: such a part is published on its own, with a key of its own. `doubtful`: an
    earlier request under this key had no clear answer, so what the network has already may be ours. `card` is what Aura
    knows of the page that its first link leads to; without a title that page was not read yet.
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
    reply_to: ReplyTo | None = None
    card: Card | None = None
    doubtful: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    credential: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def words(self) -> str:
        """The text as most networks get it: with the link below it, where it is not in it already."""
        text = self.text.replace("\r\n", "\n").strip()
        if not self.link or self.link in text:
            return text
        return f"{text}\n\n{self.link}" if text else self.link


@dataclass(frozen=True, slots=True)
class Accepted:
    """It is live. `remote_id` is the network's own name for it, `url` where people see it ("" if unknown).

    `rest_seconds`: the network said that this was the last call it takes from this channel for so long.
    """

    remote_id: str
    url: str = ""
    sentence: str = "Published."
    rest_seconds: int = 0


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
