"""What the composer sends of a channel beside its words: own pictures, parts of a thread, a first comment.

Fields are named by channel, in hexadecimal: `part_<channel>` once for each part, `media_<channel>_<number>` for the
pictures of a part; `media_<channel>` for own pictures, which count where `own_media_<channel>` is there;
`comment_<channel>`, `numbered_<channel>`. A form that has no field `own` says nothing about all this.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from django.core.exceptions import ValidationError
from django.utils.datastructures import MultiValueDict

from media_library.models import Asset
from posts import checks
from posts.checks.sizes import Counter
from posts.models import Channel
from posts.models.post import CAPTION_LENGTH
from posts.parts import FOLLOWING_AT_MOST, Own, Part

MARK = "own"
Sent: TypeAlias = MultiValueDict[str, str]
Load: TypeAlias = Callable[[Iterable[str]], Sequence[Asset]]


def part_name(channel: Channel) -> str:
    """Return the name of the fields that hold the words of its parts."""
    return f"part_{channel.pk.hex}"


def media_name(channel: Channel, number: int = 0) -> str:
    """Return the name of the fields that hold its own pictures, or those of a part."""
    return f"media_{channel.pk.hex}_{number}" if number else f"media_{channel.pk.hex}"


@dataclass(frozen=True, slots=True)
class PartField:
    """One later part as the composer shows it: `number` is the one people read, 2 for the first that follows."""

    number: int
    name: str
    media_name: str
    words: str
    pictures: Sequence[Asset]
    counter: Counter | None

    @property
    def index(self) -> int:
        """Its number among those that follow."""
        return self.number - 1

    @property
    def id(self) -> str:
        """The id of its field of words."""
        return f"id_{self.name}_{self.index}"


@dataclass(frozen=True, slots=True)
class OwnPanel:
    """What the panel of one channel shows beside its words."""

    channel: Channel
    own: Own
    parts: list[PartField]
    takes_threads: bool
    takes_comment: bool
    counter: Counter | None
    is_long: bool

    @property
    def key(self) -> str:
        """The channel in names of fields and buttons."""
        return self.channel.pk.hex

    @property
    def media_name(self) -> str:
        """The name of the fields of its own pictures."""
        return media_name(self.channel)

    @property
    def may_grow(self) -> bool:
        """Whether another part may follow."""
        return self.takes_threads and len(self.parts) < FOLLOWING_AT_MOST


def is_told(data: Mapping[str, Any]) -> bool:
    """Tell whether a form says anything about all this."""
    return MARK in data


def read(data: Sent, channels: Iterable[Channel], load: Load) -> dict[Channel, Own]:
    """Return what the form says of each channel, as it stands there, right or wrong; pictures by one call of `load`."""
    channels = list(channels)
    ids = {pk for channel in channels for name in _media_names(data, channel) for pk in data.getlist(name)}
    found = {str(asset.pk): asset for asset in load(sorted(ids))} if ids else {}

    def shown(name: str) -> tuple[Asset, ...]:
        return tuple(found[pk] for pk in dict.fromkeys(data.getlist(name)) if pk in found)

    return {
        channel: Own(
            pictures=shown(media_name(channel)) if f"own_{media_name(channel)}" in data else None,
            parts=tuple(
                Part(_plain(words), shown(media_name(channel, number)))
                for number, words in enumerate(data.getlist(part_name(channel)), start=1)
            ),
            comment=_plain(data.get(f"comment_{channel.pk.hex}")),
            numbered=f"numbered_{channel.pk.hex}" in data,
        )
        for channel in channels
    }


def tell(
    data: MultiValueDict[str, Any],
    channel: uuid.UUID,
    *,
    pictures: Sequence[uuid.UUID] | None,
    parts: Sequence[tuple[str, Sequence[uuid.UUID]]],
    comment: str,
    numbered: bool,
) -> None:
    """Write into a form what a channel has beside its words: `read` finds the same there."""
    key = channel.hex
    data[MARK] = "on"
    if pictures is not None:
        data[f"own_media_{key}"] = "on"
        data.setlist(f"media_{key}", [str(pk) for pk in pictures])
    data.setlist(f"part_{key}", [words for words, _ in parts])
    for number, (_, shown) in enumerate(parts, start=1):
        data.setlist(f"media_{key}_{number}", [str(pk) for pk in shown])
    data[f"comment_{key}"] = comment
    if numbered:
        data[f"numbered_{key}"] = "on"


def without_empty(own: Own) -> Own:
    """Return the same without parts that say and show nothing: those are places to write in, no more."""
    kept = tuple(part for part in own.parts if not part.is_empty)
    return replace(own, parts=kept, numbered=own.numbered and bool(kept))


def problems(
    data: Sent,
    channel: Channel,
    own: Own,
    judge_pictures: Callable[[list[str]], object],
) -> Iterator[str]:
    """Yield what is wrong with the fields of a channel; `judge_pictures` raises ValidationError, as a field does."""
    for words, place in [
        *((part.words, f"Part {number}") for number, part in enumerate(own.parts, start=2)),
        (own.comment, "The first comment"),
    ]:
        if len(words) > CAPTION_LENGTH:
            yield f"{place} has {len(words):,} characters. Keep it to {CAPTION_LENGTH:,}."
    if len(own.parts) > FOLLOWING_AT_MOST:
        yield f"A thread has at most {FOLLOWING_AT_MOST + 1} parts. Take out {len(own.parts) - FOLLOWING_AT_MOST}."
    for name in _media_names(data, channel):
        if data.getlist(name):
            try:
                judge_pictures(data.getlist(name))
            except ValidationError as problem:
                yield from problem.messages


def panel_of(channel: Channel, words: str, own: Own) -> OwnPanel:
    """Return what the composer shows of a channel whose words, own or shared, are these; asks nothing."""
    can = checks.capabilities_of(channel)
    limits = [limit for limit in (can.counter,) if limit is not None]
    of_comment = can.comment or can.counter
    total = len(own.parts) + 1
    counters: list[Counter | None] = [
        checks.counter_of(channel, said, limit, number=number, total=total if own.numbered else 1)
        for limit in limits
        for number, said in enumerate([words, *(part.words for part in own.parts)], start=1)
    ]
    counters = counters or [None] * total
    return OwnPanel(
        channel,
        own,
        [
            PartField(
                number,
                part_name(channel),
                media_name(channel, number - 1),
                part.words,
                part.pictures,
                counter,
            )
            for (number, part), counter in zip(enumerate(own.parts, start=2), counters[1:], strict=True)
        ],
        can.threads,
        can.first_comment,
        checks.counter_of(channel, own.comment, of_comment) if of_comment and can.first_comment else None,
        is_long=counters[0] is not None and counters[0].over > 0,
    )


def _media_names(data: Sent, channel: Channel) -> list[str]:
    count = len(data.getlist(part_name(channel)))
    return [media_name(channel, number) for number in range(count + 1)]


def _plain(text: str | None) -> str:
    return (text or "").replace("\r\n", "\n").strip()
