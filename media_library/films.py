"""What the page of a film shows: whether it plays there, and what is in it."""

from __future__ import annotations

from dataclasses import dataclass

from media_library.formats import film
from media_library.models import Asset, Rendition


@dataclass(frozen=True)
class Film:
    """A film that is ready: the copy that plays, how it is compressed, and what browsers do not play of it ("")."""

    copy: Rendition
    codecs: str
    unplayed: str


def film_of(asset: Asset) -> Film | None:
    """Return what is shown of a film, or None before it is ready and for everything else; no query."""
    copy = asset.clean_copy
    if (
        asset.kind != Asset.Kind.VIDEO
        or asset.status != Asset.Status.READY
        or copy is None
        or asset.current is None
    ):
        return None
    codecs = asset.current.codecs
    return Film(copy, film.words_of(codecs), film.unplayed(copy.mime, codecs))
