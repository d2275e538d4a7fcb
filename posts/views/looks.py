"""How a post will look on one channel: what goes out there, and the cut of its first picture if one goes instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from media_library.fits import Place
from media_library.models import Asset, Rendition
from posts.checks.sizes import capabilities_of
from posts.fitting import made_for, place_of
from posts.forms.post import Draft
from posts.links import words_out
from posts.models import Channel, LinkAnswer
from posts.parts import NOTHING, Saying, sayings
from posts.views.link_looks import LinkLook, card_of


@dataclass(frozen=True, slots=True)
class Cut:
    """A cut that goes out instead of a picture: its file once it is made, and the button that takes it back."""

    place: Place
    made: Rendition | None
    undo: str


@dataclass(frozen=True, slots=True)
class Look:
    """One preview: the post itself, the later parts of its thread, its first comment."""

    channel: Channel
    first: Saying
    parts: list[Saying]
    comments: list[Saying]
    cut: Cut | None
    card: LinkLook | None
    shown: str
    """The first words, as far as readers see them at once; `more` are those that they have to ask for."""
    more: str = ""


def look_of(draft: Draft, channel: Channel, links: Mapping[str, LinkAnswer]) -> Look:
    """Return how the draft will look on the channel; `links` are those that were looked at. No query."""
    words, can = draft.words[channel].strip() or draft.post.caption, capabilities_of(channel)
    first, *rest = [
        replace(one, words=words_out(one.words, draft.post, channel))
        for one in sayings(words, draft.pictures, draft.own.get(channel, NOTHING))
    ]
    return Look(
        channel,
        first,
        [one for one in rest if not one.as_comment],
        [one for one in rest if one.as_comment],
        _cut_of(draft, channel, first.pictures),
        card_of(words, channel, links) if can.link_card and not first.pictures else None,
        *folded(first.words, can.fold),
    )


def folded(words: str, at: int | None) -> tuple[str, str]:
    """Return the words cut where a network cuts them for its readers, at the end of a word; the second may be "".

    A few letters over the limit are not folded away: "more" would take as much room.
    """
    if at is None or len(words) <= at + len(" more"):
        return words, ""
    head = words[:at]
    end = max(head.rfind(" "), head.rfind("\n"))
    end = end if end > at // 2 else at
    return words[:end].rstrip(), words[end:].lstrip()


def _cut_of(draft: Draft, channel: Channel, pictures: Sequence[Asset]) -> Cut | None:
    asset = pictures[0] if pictures else None
    place = place_of(draft.fits.get((channel.pk, asset.pk), "")) if asset else None
    if asset is None or place is None:
        return None
    row = made_for(asset, place)
    made = row if row is not None and row.key else None
    return Cut(place, made, f"whole:{channel.pk.hex}:{asset.pk.hex}")
