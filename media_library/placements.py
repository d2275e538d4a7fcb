"""Where pictures go on networks and ad platforms, and what they have to be there: data, with its source and its day.

Sizes in pixels, limits in bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import count

from media_library.formats import cutting

CHECKED_ON = date(2026, 11, 20)
JPEG, PNG = "image/jpeg", "image/png"
BOTH, JPEGS = (JPEG, PNG), (JPEG,)
KB, MB = 1024, 1024 * 1024


@dataclass(frozen=True, slots=True)
class Source:
    """Where a row comes from, and how well it is founded.

    `sure` is "official" (the platform's own pages), "mirror" (a copy of them) or "others" (third parties that agree).
    """

    name: str
    sure: str


@dataclass(frozen=True, slots=True)
class Placement:
    """One place for a picture: the size to make, the least that it takes, and how exact the ratio has to be.

    `tolerance` is the share by which width ÷ height may differ; `max_bytes` None where no limit is named.
    `platform` is a value of docs/product.md, or "web".
    """

    key: str
    platform: str
    name: str
    width: int
    height: int
    min_width: int
    min_height: int
    tolerance: float
    max_bytes: int | None
    mimes: tuple[str, ...]
    source: Source
    checked_on: date = CHECKED_ON

    @property
    def ratio(self) -> float:
        """Width ÷ height."""
        return self.width / self.height

    def suits(self, width: int, height: int) -> bool:
        """Tell whether a picture of this size is large enough to be cut to it: what the child then does."""
        wanted, least = (self.width, self.height), (self.min_width, self.min_height)
        return cutting.made_size((width, height), wanted, least, self.tolerance) is not None

    @property
    def least(self) -> tuple[int, int]:
        """The size from which on a picture suits, for queries: more than the minimum where that has another shape."""
        return _least(self)

    def as_it_is(self, width: int, height: int) -> bool:
        """Tell whether a picture of this size has the shape already, so that nothing is cut away."""
        return self.suits(width, height) and abs(width / height / self.ratio - 1) <= self.tolerance


@cache
def _least(place: Placement) -> tuple[int, int]:
    return (
        next(width for width in count(1) if place.suits(width, place.height)),
        next(height for height in count(1) if place.suits(place.width, height)),
    )


GOOGLE = Source("Google Ads API documentation", "official")
META = Source("four third-party guides to Meta placements", "others")
LINKEDIN = Source("mirror of LinkedIn's help page", "mirror")
_X = Source("business.x.com", "official")
_YOUTUBE = Source("YouTube Data API", "official")
REDDIT = Source("mirror of Reddit's help", "mirror")
MICROSOFT = Source("help.ads.microsoft.com", "official")
THIRD = Source("third-party guides", "others")

PLACEMENTS = (
    Placement("google-landscape", "google_ads", "Landscape", 1200, 628, 600, 314, 0.01, 5120 * KB, BOTH, GOOGLE),
    Placement("google-square", "google_ads", "Square", 1200, 1200, 300, 300, 0.01, 5120 * KB, BOTH, GOOGLE),
    Placement("google-logo", "google_ads", "Logo", 1200, 1200, 128, 128, 0.01, 5120 * KB, BOTH, GOOGLE),
    Placement("google-wide-logo", "google_ads", "Wide logo", 1200, 300, 512, 128, 0.01, 5120 * KB, BOTH, GOOGLE),
    Placement("google-portrait", "google_ads", "Portrait", 960, 1200, 480, 600, 0.01, 5120 * KB, BOTH, GOOGLE),
    Placement("google-tall", "google_ads", "Tall", 1080, 1920, 600, 1067, 0.01, 5120 * KB, BOTH, THIRD),
    *(
        Placement(f"display-{w}x{h}", "google_ads", f"Display {w} × {h}", w, h, w, h, 0.0, 150 * KB, BOTH, THIRD)
        for w, h in ((300, 250), (336, 280), (728, 90), (300, 600), (160, 600), (970, 250), (320, 50), (320, 100))
    ),
    Placement("meta-square", "meta", "Feed, square", 1440, 1440, 600, 600, 0.03, 30 * MB, BOTH, META),
    Placement("meta-portrait", "meta", "Feed, 4:5", 1440, 1800, 600, 750, 0.03, 30 * MB, BOTH, META),
    Placement("meta-landscape", "meta", "Feed, 1.91:1", 1200, 628, 600, 314, 0.03, 30 * MB, BOTH, META),
    Placement("meta-story", "meta", "Story or reel", 1080, 1920, 500, 889, 0.01, 30 * MB, BOTH, META),
    Placement("meta-carousel", "meta", "Carousel", 1080, 1080, 600, 600, 0.0, 30 * MB, BOTH, META),
    Placement("linkedin-landscape", "linkedin", "Landscape", 1200, 628, 640, 360, 0.01, 5 * MB, BOTH, LINKEDIN),
    Placement("linkedin-square", "linkedin", "Square", 1200, 1200, 360, 360, 0.01, 5 * MB, BOTH, LINKEDIN),
    Placement("linkedin-portrait", "linkedin", "Portrait, phones", 720, 900, 360, 640, 0.01, 5 * MB, BOTH, LINKEDIN),
    Placement("x-landscape", "twitter", "Landscape", 1200, 628, 800, 418, 0.01, 5 * MB, BOTH, _X),
    Placement("x-square", "twitter", "Square", 1200, 1200, 800, 800, 0.01, 5 * MB, BOTH, _X),
    Placement("tiktok-vertical", "tiktok", "Carousel, tall", 720, 1280, 720, 1280, 0.01, 100 * KB, JPEGS, THIRD),
    Placement("tiktok-square", "tiktok", "Carousel, square", 640, 640, 640, 640, 0.01, 100 * KB, JPEGS, THIRD),
    Placement("tiktok-landscape", "tiktok", "Carousel, landscape", 1200, 628, 1200, 628, 0.01, 100 * KB, JPEGS, THIRD),
    Placement("pinterest-pin", "pinterest", "Pin, 2:3", 1000, 1500, 600, 900, 0.01, 20 * MB, BOTH, THIRD),
    Placement("pinterest-square", "pinterest", "Pin, square", 1000, 1000, 600, 600, 0.01, 20 * MB, BOTH, THIRD),
    Placement("youtube-thumbnail", "youtube", "Thumbnail", 1280, 720, 640, 360, 0.01, 2 * MB, BOTH, _YOUTUBE),
    Placement("snapchat-full", "snapchat", "Full screen", 1080, 1920, 720, 1280, 0.01, 5 * MB, BOTH, THIRD),
    Placement("reddit-landscape", "reddit", "4:3", 1440, 1080, 1440, 1080, 0.01, 3 * MB, BOTH, REDDIT),
    Placement("reddit-square", "reddit", "Square", 1080, 1080, 1080, 1080, 0.01, 3 * MB, BOTH, REDDIT),
    Placement("reddit-portrait", "reddit", "Portrait", 1080, 1350, 1080, 1350, 0.01, 3 * MB, BOTH, REDDIT),
    Placement("reddit-wide", "reddit", "Wide", 1920, 1080, 1920, 1080, 0.01, 3 * MB, BOTH, REDDIT),
    Placement("amazon-custom", "amazon_ads", "Custom image", 1200, 628, 1200, 628, 0.01, 5 * MB, BOTH, THIRD),
    Placement("amazon-logo", "amazon_ads", "Logo", 600, 600, 400, 400, 0.01, 1 * MB, BOTH, THIRD),
    Placement("microsoft-audience", "microsoft_ads", "Audience", 1200, 628, 703, 368, 0.01, None, BOTH, MICROSOFT),
    Placement("instagram-post", "instagram", "Instagram post, 4:5", 1080, 1350, 600, 750, 0.01, 8 * MB, JPEGS, META),
    Placement("instagram-square", "instagram", "Instagram square", 1080, 1080, 600, 600, 0.01, 8 * MB, JPEGS, META),
    Placement("instagram-landscape", "instagram", "Instagram, 1.91:1", 1080, 566, 600, 315, 0.01, 8 * MB, JPEGS, META),
    Placement("instagram-story", "instagram", "Story or reel, 9:16", 1080, 1920, 500, 889, 0.01, 8 * MB, JPEGS, META),
    Placement("link-card", "web", "Link card, 1.91:1", 1200, 630, 600, 315, 0.01, 5 * MB, BOTH, THIRD),
)  # fmt: skip
PLATFORMS = tuple(dict.fromkeys(placement.platform for placement in PLACEMENTS))
_BY_KEY = {placement.key: placement for placement in PLACEMENTS}
OFTEN = ("instagram-post", "instagram-story", "pinterest-pin", "link-card")
"""What the library offers first."""


def by_key(key: str) -> Placement | None:
    """Return the placement of this key, or None."""
    return _BY_KEY.get(key)


def often() -> list[Placement]:
    """Return the placements that are offered first."""
    return [_BY_KEY[key] for key in OFTEN]


def by_platform() -> list[tuple[str, list[Placement]]]:
    """Return all placements in groups: the platform, and its places in the order of the table."""
    groups: dict[str, list[Placement]] = {}
    for placement in PLACEMENTS:
        groups.setdefault(placement.platform, []).append(placement)
    return sorted(groups.items())
