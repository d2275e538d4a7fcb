"""What a rule says, when it is asked, and what leads out of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from media_library.models import Asset
from posts.models import Channel

if TYPE_CHECKING:
    from posts.checks.subject import Subject


class Moment(StrEnum):
    """When the rules are asked."""

    TYPING = "typing"
    """While somebody writes: no outside call, and a fixed small number of queries."""
    SCHEDULING = "scheduling"
    """When it is promised, moved or published by hand; what blocks is refused."""
    BEFORE = "before"
    """A day and a quarter of an hour before it is due; what blocks is told to people."""
    SENDING = "sending"
    """In the second of sending, by the engine; what blocks does not go out."""


EVERY = frozenset(Moment)
AHEAD = EVERY - {Moment.SENDING}


@dataclass(frozen=True, slots=True)
class Way:
    """One way out of a finding: a link (`href`), a change of what is in the composer (`change`), or a POST (`action`).

    `describe` is the asset whose description a window of the composer asks for, `words_for` the channel whose own
    words it opens; `outside` leads away from Aura.
    """

    label: str
    href: str = ""
    change: str = ""
    action: str = ""
    describe: Asset | None = None
    words_for: Channel | None = None
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """One finding about a post: what is wrong, on which channel (None: the post itself), where, and the way out.

    `field` is `text`, `title`, `campaign`, `channels`, `time`, `media` or `media.<index>`, with `parts.<number>.` or
    `comment.` before it where it is about what follows the post; `blocks` is False for an advice. What is the same
    about several media is one check: its message counts them, its field is that of the
    first. `fix` says what to do, `ways` do it with one click (`posts.checks.fixes`). `about`: the link it is about.
    """

    code: str
    field: str
    message: str
    fix: str
    blocks: bool
    channel: Channel | None = None
    assets: tuple[Asset, ...] = ()
    ways: tuple[Way, ...] = ()
    about: str = ""

    @property
    def tone(self) -> str:
        """The CSS class of its meaning."""
        return "bad" if self.blocks else "note" if self.waits else "warn"

    @property
    def waits(self) -> bool:
        """Whether the answer is still to come."""
        return self.code == "link_waits"

    @property
    def sentence(self) -> str:
        """What is wrong and what to do."""
        return f"{self.message} {self.fix}".strip()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its name, when it is asked, and the function that finds what breaks it."""

    name: str
    moments: frozenset[Moment]
    find: Callable[[Subject], Iterable[Check]]
