"""A small picture of one that is not in the library: that of a page that a post links to."""

from __future__ import annotations

import io
from dataclasses import dataclass

from aura.kit.files import new_temporary_path
from media_library.formats import Unusable, image

MIME = "image/webp"
QUALITY = 72


@dataclass(frozen=True, slots=True)
class Thumb:
    """A picture drawn by us, as WebP."""

    content: bytes
    width: int
    height: int


def thumb_of(content: bytes, *, width: int, most: int) -> Thumb | None:
    """Draw a picture that a stranger sent so many pixels wide at most, in the limited child.

    None for what is no picture that is taken here, or would have more than `most` bytes.
    """
    try:
        header = image.judge(io.BytesIO(content))
    except Unusable:
        return None
    source, path = new_temporary_path(), new_temporary_path()
    try:
        source.write_bytes(content)
        job = {
            "do": "size",
            "path": str(path),
            "width": min(width, header.width),
            "mime": MIME,
            "quality": QUALITY,
        }
        made = image.decode(source, job)["made"][0]
        small = path.read_bytes()
    except Unusable:
        return None
    finally:
        source.unlink(missing_ok=True)
        path.unlink(missing_ok=True)
    return Thumb(small, made["width"], made["height"]) if len(small) <= most else None
