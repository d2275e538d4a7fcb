"""How long words may be on ad platforms: data, with its source and its day, and how long some words are by it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from aura.kit.textcount import Rule, count
from media_library.models import Asset
from media_library.placements import (
    CHECKED_ON,
    GOOGLE,
    LINKEDIN,
    META,
    MICROSOFT,
    REDDIT,
    THIRD,
    Source,
)

_AD_COPY, _HEADLINE, _DESCRIPTION = Asset.Kind.AD_COPY, Asset.Kind.HEADLINE, Asset.Kind.DESCRIPTION


@dataclass(frozen=True, slots=True)
class TextPlace:
    """One place for words: at most `limit` of what `rule` counts; of that, `shown` before "more" where it is known.

    `kind` is the kind of asset that goes there. `platform` is a value of docs/product.md.
    """

    key: str
    platform: str
    name: str
    kind: Asset.Kind
    limit: int
    source: Source
    shown: int | None = None
    rule: Rule = Rule.CHARS
    checked_on: date = CHECKED_ON


_X = Source("business.x.com; twitter-text configuration v3", "official")

TEXT_PLACES = (
    TextPlace("google-headline", "google_ads", "Headline", _HEADLINE, 30, GOOGLE),
    TextPlace("google-long-headline", "google_ads", "Long headline", _HEADLINE, 90, GOOGLE),
    TextPlace("meta-headline", "meta", "Headline", _HEADLINE, 40, META, shown=27),
    TextPlace("linkedin-headline", "linkedin", "Headline", _HEADLINE, 200, LINKEDIN, shown=70),
    TextPlace("microsoft-headline", "microsoft_ads", "Headline", _HEADLINE, 30, MICROSOFT),
    TextPlace("microsoft-long-headline", "microsoft_ads", "Long headline", _HEADLINE, 90, MICROSOFT),
    TextPlace("pinterest-title", "pinterest", "Title", _HEADLINE, 100, THIRD, shown=40),
    TextPlace("snapchat-headline", "snapchat", "Headline", _HEADLINE, 34, THIRD),
    TextPlace("reddit-headline", "reddit", "Headline", _HEADLINE, 300, REDDIT),
    TextPlace("amazon-headline", "amazon_ads", "Headline", _HEADLINE, 50, THIRD),
    TextPlace("google-description", "google_ads", "Description", _DESCRIPTION, 90, GOOGLE),
    TextPlace("microsoft-text", "microsoft_ads", "Text", _DESCRIPTION, 90, MICROSOFT),
    TextPlace("pinterest-text", "pinterest", "Text", _DESCRIPTION, 500, THIRD),
    TextPlace("meta-primary", "meta", "Primary text", _AD_COPY, 125, META),
    TextPlace("linkedin-intro", "linkedin", "Introduction", _AD_COPY, 3000, LINKEDIN, shown=150),
    TextPlace("x-post", "twitter", "Post", _AD_COPY, 280, _X, rule=Rule.WEIGHTED),
    TextPlace("tiktok-caption", "tiktok", "Caption", _AD_COPY, 100, THIRD),
)


@dataclass(frozen=True, slots=True)
class Length:
    """How long some words are at one place."""

    place: TextPlace
    used: int

    @property
    def over(self) -> int:
        """How many are too many; 0 where it fits."""
        return max(self.used - self.place.limit, 0)

    @property
    def left(self) -> int:
        """How many more there may be; 0 where there are too many."""
        return max(self.place.limit - self.used, 0)

    @property
    def is_cut(self) -> bool:
        """Tell whether it fits, but is not shown whole at first."""
        return not self.over and self.place.shown is not None and self.used > self.place.shown

    @property
    def tone(self) -> str:
        """Return the tone of the design: good, warn or bad."""
        return "bad" if self.over else "warn" if self.is_cut else "good"


def lengths_of(text: str, kinds: Iterable[str]) -> list[Length]:
    """Return how long a text is at every place for these kinds of words."""
    asked = set(kinds)
    return [Length(place, count(text, place.rule)) for place in TEXT_PLACES if place.kind in asked]
