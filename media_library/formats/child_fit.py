"""Cuts a picture to an exact shape around a point, scales it, and presses it below a size in bytes.

Runs in the decoding child. One request: {"do": "fit", "source", "format", "pixels", "memory", "path", "width",
"height", "min_width", "min_height", "tolerance", "focal": [x, y], "max_bytes": bytes or null, "mimes": [media types
that the place takes]}; the answer has one file in "made", or "problem" is "too_small" or "too_heavy" beside those of
decode_child. What shines through stays so in a PNG, where the place takes one and it is light enough; else it stands on
white in a JPEG.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

Opener = Callable[..., tuple[Image.Image, dict[str, bytes]]]

QUALITY, LEAST_QUALITY, STEPS = 90, 30, 6
JPEG, PNG = "image/jpeg", "image/png"


def pressed(image: Image.Image, most: int | None, keep: dict[str, bytes]) -> bytes | None:
    """Return the picture as a JPEG of at most `most` bytes, as good as that allows; None where nothing does."""

    def at(quality: int) -> bytes:
        out = io.BytesIO()
        image.save(out, "JPEG", quality=quality, optimize=True, progressive=True, **keep)
        return out.getvalue()

    best = at(QUALITY)
    if most is None or len(best) <= most:
        return best
    found, low, high = None, LEAST_QUALITY, QUALITY
    for _ in range(STEPS):
        middle = (low + high) // 2
        data = at(middle)
        if len(data) <= most:
            found, low = data, middle + 1
        else:
            high = middle - 1
        if low > high:
            break
    return found


def see_through(image: Image.Image, most: int | None, keep: dict[str, bytes]) -> bytes | None:
    """Return the picture as a PNG of at most `most` bytes; None where it has more, or nothing shines through."""
    if image.mode != "RGBA" or image.getchannel("A").getextrema()[0] == 255:
        return None
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True, **keep)
    return out.getvalue() if most is None or out.tell() <= most else None


def on_white(image: Image.Image) -> Image.Image:
    """Return the picture with nothing shining through."""
    if image.mode == "RGB":
        return image
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def fit(job: dict[str, Any], upright: Opener, cutting: Any) -> dict[str, Any]:
    """Make the one file that the job asks for.

    `upright` opens the picture, at least so large as it is told; `cutting` is the module of figures.
    """
    wanted, least = (job["width"], job["height"]), (job["min_width"], job["min_height"])
    image, keep = upright(job, wanted)
    size = cutting.made_size(image.size, wanted, least, job["tolerance"])
    if size is None:
        return {"ok": False, "problem": "too_small"}
    box = cutting.crop_box(image.size, size[0] / size[1], tuple(job["focal"]))
    cut = image.resize(size, Image.Resampling.LANCZOS, box=box, reducing_gap=3.0)
    cut.info = {}
    mime, data = PNG, see_through(cut, job["max_bytes"], keep) if PNG in job["mimes"] else None
    if data is None:
        mime, cut = JPEG, on_white(cut)
        data = pressed(cut, job["max_bytes"], keep)
    if data is None and keep:  # a colour profile may weigh more than the picture
        data = pressed(cut, job["max_bytes"], {})
    if data is None:
        return {"ok": False, "problem": "too_heavy"}
    Path(job["path"]).write_bytes(data)
    return {"ok": True, "size": cut.size, "mime": mime}
