"""Edits a picture by its recipe: cut, turned, made brighter or darker, with words or a logo on it.

Runs in the decoding child. One request: {"do": "edit", "source", "format", "pixels", "memory", "path", "most":
pixels, "half": whether a JPEG is decoded at half its size, "fonts": [paths], "logo": {"source", "format"}, "recipe":
{"crop": [left, top, width, height] as shares, "turn": degrees clockwise, "brightness": percent, "text": {"words",
"place", "size", "dark"}, "logo": {"place", "size"}}}; what is not asked for is absent. The answer has one file in
"made": a PNG where the source is one or something shines through, else a JPEG.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from PIL import Image

Opener = Callable[..., tuple[Image.Image, dict[str, bytes]]]
Letterer = Callable[..., Image.Image]

WHOLE = (1_000_000, 1_000_000)  # larger than any picture: nothing is left out while it is decoded
STRIP_ROWS, SPARE_ROWS = 256, 4
MARGIN = 0.03  # of the shorter side
TALLEST = 0.4  # of the height, for words and logos
_TURN = {
    90: Image.Transpose.ROTATE_270,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}
_PLACES = {
    "upper-left": (0.0, 0.0),
    "upper-right": (1.0, 0.0),
    "middle": (0.5, 0.5),
    "lower-left": (0.0, 1.0),
    "lower-middle": (0.5, 1.0),
    "lower-right": (1.0, 1.0),
}


def crop_box(size: tuple[int, int], crop: list[float]) -> tuple[int, int, int, int]:
    """Return the box in pixels of a crop in shares: within the picture, and at least one pixel."""
    left, top = (min(int(share * side), side - 1) for share, side in zip(crop[:2], size, strict=True))
    right = min(max(round((crop[0] + crop[2]) * size[0]), left + 1), size[0])
    bottom = min(max(round((crop[1] + crop[3]) * size[1]), top + 1), size[1])
    return left, top, right, bottom


def scaled(image: Image.Image, box: tuple[int, int, int, int], size: tuple[int, int]) -> Image.Image:
    """Return a box of the picture at a smaller size, made in strips: never a second full copy in memory.

    Each strip is made with some rows more on both sides, so that no seam is seen.
    """
    whole = Image.new(image.mode, size)
    ratio = (box[3] - box[1]) / size[1]
    for top in range(0, size[1], STRIP_ROWS):
        end = min(top + STRIP_ROWS, size[1])
        first, last = max(top - SPARE_ROWS, 0), min(end + SPARE_ROWS, size[1])
        above, below = box[1] + first * ratio, min(box[1] + last * ratio, box[3])
        rows = int(above), math.ceil(below)
        piece = image.crop(
            (box[0], rows[0], box[2], rows[1])
        )  # resizing what shines through copies all of it
        part = (0, above - rows[0], piece.width, below - rows[0])
        strip = piece.resize((size[0], last - first), Image.Resampling.BICUBIC, box=part)
        whole.paste(strip.crop((0, top - first, size[0], end - first)), (0, top))
    return whole


def brightened(image: Image.Image, percent: int) -> Image.Image:
    """Return the picture so much brighter; what shines through goes on doing so."""
    steps = [min(round(value * percent / 100), 255) for value in range(256)]
    return image.point(steps * 3 + (list(range(256)) if image.mode == "RGBA" else []))


def put_on(image: Image.Image, layer: Image.Image, place: str) -> None:
    """Lay a picture that shines through onto another one, at a place of it, a little off its edges."""
    layer = layer.crop((0, 0, min(layer.width, image.width), min(layer.height, image.height)))
    margin = round(MARGIN * min(image.size))
    across, down = _PLACES[place]
    room = (image.width - layer.width, image.height - layer.height)
    spots = (
        round(margin + (left - 2 * margin) * share) for left, share in zip(room, (across, down), strict=True)
    )
    x, y = (max(spot, 0) for spot in spots)
    if image.mode == "RGBA":
        image.alpha_composite(layer, (x, y))
    else:
        image.paste(layer, (x, y), layer)


def edit(job: dict[str, Any], upright: Opener, lettered: Letterer) -> dict[str, Any]:
    """Make the one file that the recipe asks for.

    `upright` opens a picture, at least so large as it is told; `lettered` draws words (lettering.py).
    """
    recipe = job["recipe"]
    image, keep = _opened(job, upright)
    box = crop_box(image.size, recipe.get("crop", [0.0, 0.0, 1.0, 1.0]))
    size = box[2] - box[0], box[3] - box[1]
    if size[0] * size[1] > job["most"]:
        scale = math.sqrt(job["most"] / (size[0] * size[1]))
        image = scaled(image, box, (max(int(size[0] * scale), 1), max(int(size[1] * scale), 1)))
    elif size != image.size:
        image = image.crop(box)
    if recipe.get("turn"):
        image = image.transpose(_TURN[recipe["turn"]])
    if recipe.get("brightness"):
        image = brightened(image, recipe["brightness"])
    for name in ("logo", "text"):
        if name in recipe:
            asked = recipe[name]
            room = max(round(image.width * asked["size"] / 100), 8), max(round(image.height * TALLEST), 8)
            layer = (
                lettered(asked["words"], job["fonts"], width=room[0], height=room[1], dark=asked["dark"])
                if name == "text"
                else _logo(job, room, upright)
            )
            put_on(image, layer, asked["place"])
    image.info = {}
    if image.mode == "RGBA" and image.getchannel("A").getextrema()[0] == 255:
        image = image.convert("RGB")
    if image.mode == "RGBA" or job["format"] == "PNG":
        image.save(job["path"], "PNG", compress_level=4, **keep)
        return {"ok": True, "mime": "image/png", "size": image.size}
    fine = 0 if image.width * image.height < 4_000_000 else 2
    image.save(job["path"], "JPEG", quality=92, subsampling=fine, optimize=True, **keep)
    return {"ok": True, "mime": "image/jpeg", "size": image.size}


def _opened(job: dict[str, Any], upright: Opener) -> tuple[Image.Image, dict[str, bytes]]:
    """Return the picture: in full, or a JPEG at half its size, where that was asked for."""
    if not job["half"]:
        return upright(job, WHOLE)
    with Image.open(job["source"], formats=[job["format"]]) as image:
        half = math.ceil(min(image.size) / 2)
    return upright(job, (half, half))


def _logo(job: dict[str, Any], box: tuple[int, int], upright: Opener) -> Image.Image:
    """Return the logo, scaled to fit into a box of pixels."""
    logo, _ = upright({**job, **job["logo"]}, box)
    scale = min(box[0] / logo.width, box[1] / logo.height)
    size = max(round(logo.width * scale), 1), max(round(logo.height * scale), 1)
    return logo.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0).convert("RGBA")
