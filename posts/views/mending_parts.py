"""The same for what a channel says beside its words: parts of a thread, its own pictures.

`about` begins with the channel, in hexadecimal; a part follows as a number, 1 for the first that follows the post.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import suppress

from django.http import QueryDict

from posts.checks import capabilities_of
from posts.forms.own import media_name, part_name
from posts.forms.post import words_name
from posts.models import Channel
from posts.parts import FOLLOWING_AT_MOST, numbered
from posts.splitting import split

NUMBER_OF_A_LONG_THREAD = numbered("", FOLLOWING_AT_MOST + 1, FOLLOWING_AT_MOST + 1)


def mend_parts(data: QueryDict, verb: str, about: str) -> None:
    """Change what was typed as a button of a channel's panel says; nothing where the channel is not here."""
    key, _, number = about.partition(":")
    with suppress(ValueError, Channel.DoesNotExist):
        channel = Channel.objects.get(pk=uuid.UUID(key))
        VERBS[verb](data, channel, int(number or 0))


def _parts_of(data: QueryDict, channel: Channel) -> list[tuple[str, list[str]]]:
    """Return words and pictures of each part, in order."""
    words = data.getlist(part_name(channel))
    return [(said, data.getlist(media_name(channel, n))) for n, said in enumerate(words, start=1)]


def _put_parts(data: QueryDict, channel: Channel, parts: list[tuple[str, list[str]]]) -> None:
    for number in range(1, len(data.getlist(part_name(channel))) + 1):
        data.setlist(media_name(channel, number), [])
    data.setlist(part_name(channel), [words for words, _ in parts])
    for number, (_, pictures) in enumerate(parts, start=1):
        data.setlist(media_name(channel, number), pictures)


def add_part(data: QueryDict, channel: Channel, number: int) -> None:
    """Begin another part at the end."""
    parts = _parts_of(data, channel)
    if len(parts) < FOLLOWING_AT_MOST:
        _put_parts(data, channel, [*parts, ("", [])])


def remove_part(data: QueryDict, channel: Channel, number: int) -> None:
    """Take a part out."""
    parts = _parts_of(data, channel)
    if 0 < number <= len(parts):
        _put_parts(data, channel, parts[: number - 1] + parts[number:])


def move_part_up(data: QueryDict, channel: Channel, number: int) -> None:
    """Let a part and the one before it change places."""
    parts = _parts_of(data, channel)
    if 1 < number <= len(parts):
        parts[number - 2], parts[number - 1] = parts[number - 1], parts[number - 2]
        _put_parts(data, channel, parts)


def move_part_down(data: QueryDict, channel: Channel, number: int) -> None:
    """Let a part and the one after it change places."""
    move_part_up(data, channel, number + 1)


def split_words(data: QueryDict, channel: Channel, number: int) -> None:
    """Cut the words of the channel, or the shared ones where it has none, into parts that fit its network."""
    name, limits = words_name(channel), capabilities_of(channel).text
    numbers = NUMBER_OF_A_LONG_THREAD if f"numbered_{channel.pk.hex}" in data else ""
    words = (data.get(name, "").strip() or data.get("caption", "").strip()).replace("\r\n", "\n")
    pieces = split(
        words, lambda text: all(limit.counts(f"{text} {numbers}".strip()) <= limit.limit for limit in limits)
    )
    if len(pieces) > 1:
        data[name] = pieces[0]
        following = [(piece, list[str]()) for piece in pieces[1:]]
        kept = [part for part in _parts_of(data, channel) if part[0].strip() or part[1]]
        _put_parts(data, channel, following + kept)


def show_own(data: QueryDict, channel: Channel, number: int) -> None:
    """Let the channel show its own pictures, beginning with the shared ones."""
    data[f"own_{media_name(channel)}"] = "1"
    data.setlist(media_name(channel), data.getlist("media"))


def show_shared(data: QueryDict, channel: Channel, number: int) -> None:
    """Let the channel show the shared pictures again."""
    data.pop(f"own_{media_name(channel)}", None)
    data.setlist(media_name(channel), [])


def take_shared(data: QueryDict, channel: Channel, number: int) -> None:
    """Add the shared pictures to the channel's own ones, or to those of a part."""
    name = media_name(channel, number)
    data.setlist(name, list(dict.fromkeys([*data.getlist(name), *data.getlist("media")])))


def spare_channel(data: QueryDict, about: str) -> None:
    """Take shared pictures out on one channel: it shows its own from now on, which are the others."""
    key, _, ids = about.partition(":")
    with suppress(ValueError, Channel.DoesNotExist):
        channel = Channel.objects.get(pk=uuid.UUID(key))
        if f"own_{media_name(channel)}" not in data:
            show_own(data, channel, 0)
        kept = [pk for pk in data.getlist(media_name(channel)) if pk not in ids.split(",")]
        data.setlist(media_name(channel), kept)


VERBS: dict[str, Callable[[QueryDict, Channel, int], None]] = {
    "part": add_part,
    "part-out": remove_part,
    "part-up": move_part_up,
    "part-down": move_part_down,
    "split": split_words,
    "own": show_own,
    "shared": show_shared,
    "take": take_shared,
}
"""What the buttons say, and what they do."""
