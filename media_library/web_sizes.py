"""Sizes for web pages: how wide, in which format, and how hard it is pressed. Nothing is cut away."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

WEBP, AVIF, JPEG = "image/webp", "image/avif", "image/jpeg"
WIDTHS = (640, 1080, 1600, 2048)
# Measured in facts/media.md on pictures of 12 megapixels, at a quality that nobody tells from the original.
QUALITY = {WEBP: 80, AVIF: 60, JPEG: 85}


@dataclass(frozen=True, slots=True)
class WebSize:
    """One size for the web. It answers to what a `Placement` does, so that both are asked for in the same way."""

    key: str
    name: str
    width: int
    mime: str
    platform: str = "web"

    def suits(self, width: int, height: int) -> bool:
        """Tell whether a picture of this size is wide enough: it is never blown up."""
        return width >= self.width

    def height_of(self, width: int, height: int) -> int:
        """Return how high a picture of this size becomes."""
        return max(round(height * self.width / width), 1) if width else 0

    @property
    def params(self) -> str:
        """Return a digest of all that it depends on: another one means that it has to be made anew."""
        return hashlib.sha256(json.dumps([self.width, self.mime, QUALITY[self.mime]]).encode()).hexdigest()


SIZES = tuple(
    WebSize(f"web-{width}-{word.lower()}", f"{width} wide, {word}", width, mime)
    for mime, word in ((WEBP, "WebP"), (AVIF, "AVIF"), (JPEG, "JPEG"))
    for width in WIDTHS
)
_BY_KEY = {size.key: size for size in SIZES}


def by_key(key: str) -> WebSize | None:
    """Return the size of this key, or None."""
    return _BY_KEY.get(key)
