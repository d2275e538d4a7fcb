"""How a post will look on one channel: its words, and the cut of its first picture where one goes out instead."""

from __future__ import annotations

from dataclasses import dataclass

from media_library.fits import Place
from media_library.models import Rendition
from posts.fitting import made_for, place_of
from posts.forms.post import Draft
from posts.links import words_out
from posts.models import Channel


@dataclass(frozen=True, slots=True)
class Cut:
    """A cut that goes out instead of a picture: its file once it is made, and the button that takes it back."""

    place: Place
    made: Rendition | None
    undo: str


@dataclass(frozen=True, slots=True)
class Look:
    """One preview."""

    channel: Channel
    words: str
    cut: Cut | None


def look_of(draft: Draft, channel: Channel, own_words: str) -> Look:
    """Return how the draft will look on the channel; no query."""
    words = words_out(own_words.strip() or draft.post.caption, draft.post, channel)
    return Look(channel, words, _cut_of(draft, channel))


def _cut_of(draft: Draft, channel: Channel) -> Cut | None:
    asset = draft.pictures[0] if draft.pictures else None
    place = place_of(draft.fits.get((channel.pk, asset.pk), "")) if asset else None
    if asset is None or place is None:
        return None
    row = made_for(asset, place)
    made = row if row is not None and row.key else None
    return Cut(place, made, f"whole:{channel.pk.hex}:{asset.pk.hex}")
