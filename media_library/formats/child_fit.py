"""Cuts a picture to an exact shape around a point, scales it, and presses it below a size in bytes.

Runs in the decoding child. One request: {"do": "fit", "source", "format", "pixels", "memory", "path", "width",
"height", "min_width", "min_height", "focal": [x, y], "max_bytes": bytes or null, "mime"}; the answer has one file in
"made", or "problem" is "too_small" or "too_heavy" beside those of decode_child.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

QUALITY, LEAST_QUALITY, STEPS = 90, 30, 6


def crop_box(size: tuple[int, int], ratio: float, focal: tuple[float, float]) -> tuple[int, int, int, int]:
    """Return the largest box of that ratio in a picture of `size`, the focal point as near its middle as it goes."""
    width, height = size
    across = min(width, height * ratio)
    down = min(height, across / ratio)
    left = min(max(focal[0] * width - across / 2, 0), width - across)
    top = min(max(focal[1] * height - down / 2, 0), height - down)
    box = (round(left), round(top), round(left + across), round(top + down))
    return box[0], box[1], max(box[2], box[0] + 1), max(box[3], box[1] + 1)


def made_size(box: tuple[int, int, int, int], wanted: tuple[int, int]) -> tuple[int, int]:
    """Return the size to make of a box: what is wanted, or as large as the box is where that is less; never larger."""
    across, down = box[2] - box[0], box[3] - box[1]
    scale = min(across / wanted[0], down / wanted[1], 1.0)
    if scale == 1.0:
        return wanted
    width = max(math.floor(wanted[0] * scale), 1)
    return width, max(round(width * wanted[1] / wanted[0]), 1)


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


def fit(job: dict[str, Any], upright: Callable[..., tuple[Image.Image, dict[str, bytes]]]) -> dict[str, Any]:
    """Make the one file that the job asks for; `upright` opens the picture, at least so large as it is told."""
    wanted, ratio = (job["width"], job["height"]), job["width"] / job["height"]
    image, keep = upright(job, wanted)
    box = crop_box(image.size, ratio, tuple(job["focal"]))
    size = made_size(box, wanted)
    if size[0] < job["min_width"] or size[1] < job["min_height"]:
        return {"ok": False, "problem": "too_small"}
    cut = image.resize(size, Image.Resampling.LANCZOS, box=box, reducing_gap=3.0)
    if cut.mode != "RGB":
        ground = Image.new("RGB", cut.size, "white")
        ground.paste(cut, mask=cut.getchannel("A"))
        cut = ground
    cut.info = {}
    data = pressed(cut, job["max_bytes"], keep)
    if data is None and keep:  # a colour profile may weigh more than the picture
        data = pressed(cut, job["max_bytes"], {})
    if data is None:
        return {"ok": False, "problem": "too_heavy"}
    Path(job["path"]).write_bytes(data)
    return {"ok": True, "size": cut.size}
