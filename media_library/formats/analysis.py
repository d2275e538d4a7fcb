"""What a picture looks like, in a few numbers: its colours, its fingerprint, and where the eye goes.

Runs in the decoding child on the small picture it has anyway: imports nothing but Pillow and the standard library.
"""

from __future__ import annotations

import colorsys
from typing import Any

from PIL import Image, ImageChops, ImageFilter

HASH_SIZE = 8
GRID = 64  # pixels on a side in which the eye is looked for
COLOURS = 4
LEAST_SHARE = 0.04  # of the picture: what covers less is no colour of it
_WHITE, _BLACK, _GREY = 0.86, 0.16, 0.13  # of lightness, lightness and saturation


def look(image: Image.Image) -> dict[str, Any]:
    """Return `dhash`, `colour`, `colours` and `focal` (x, y as shares from the upper left) of an upright picture."""
    flat = _on_white(image)
    colours = _colours(flat)
    return {
        "dhash": difference_hash(flat),
        "colour": bucket(colours[0]) if colours else "",
        "colours": ["#{:02x}{:02x}{:02x}".format(*rgb) for rgb in colours],
        "focal": focal_point(flat),
    }


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image if image.mode == "RGB" else image.convert("RGB")
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def difference_hash(image: Image.Image) -> int:
    """Return 64 bits as a signed integer: whether each of 8 × 8 places is darker than its right neighbour."""
    grey = image.convert("L").resize((HASH_SIZE + 1, HASH_SIZE), Image.Resampling.BOX)
    pixels = grey.tobytes()
    bits = 0
    for row in range(HASH_SIZE):
        start = row * (HASH_SIZE + 1)
        for at in range(start, start + HASH_SIZE):
            bits = bits << 1 | (pixels[at] < pixels[at + 1])
    return bits - (1 << 64) if bits >> 63 else bits


def _colours(image: Image.Image) -> list[tuple[int, int, int]]:
    """Return the colours that cover most of a picture, most first."""
    small = image.resize((GRID, GRID), Image.Resampling.BOX).quantize(12, Image.Quantize.MEDIANCUT)
    palette = small.getpalette() or []
    counts = small.histogram()
    kept = [index for index, count in enumerate(counts) if count >= LEAST_SHARE * GRID * GRID]
    kept.sort(key=lambda index: counts[index], reverse=True)
    rgb = [(palette[3 * i], palette[3 * i + 1], palette[3 * i + 2]) for i in kept]
    different: list[tuple[int, int, int]] = []
    for colour in rgb:
        if all(sum(abs(a - b) for a, b in zip(colour, other, strict=True)) > 60 for other in different):
            different.append(colour)
    return different[:COLOURS]


_HUES = [
    (15, "red"),
    (45, "orange"),
    (70, "yellow"),
    (160, "green"),
    (195, "teal"),
    (255, "blue"),
    (300, "purple"),
    (345, "pink"),
    (361, "red"),
]


def bucket(rgb: tuple[int, int, int]) -> str:
    """Return the name of a colour as the library filters by it (models.Asset.Colour)."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*(value / 255 for value in rgb))
    if lightness > _WHITE:
        return "white"
    if lightness < _BLACK:
        return "black"
    if saturation < _GREY:
        return "grey"
    name = next(name for end, name in _HUES if hue * 360 < end)
    dark = lightness < 0.4
    if (name == "orange" and (dark or saturation < 0.45)) or (name == "red" and dark and saturation < 0.45):
        return "brown"
    return name


def focal_point(image: Image.Image) -> tuple[float, float]:
    """Return where the eye goes: the middle of what differs most from what is around it.

    Contrast of a fine against a coarse blur in all three channels (centre and surround, after Itti, Koch and Niebur
    1998), weighed towards the middle. A proposal: a person moves it.
    """
    small = image.resize((GRID, GRID), Image.Resampling.BOX)
    fine, coarse = small.filter(ImageFilter.GaussianBlur(1)), small.filter(ImageFilter.GaussianBlur(10))
    red, green, blue = ImageChops.difference(fine, coarse).split()
    contrast = ImageChops.add(ImageChops.add(red, green), blue).filter(ImageFilter.GaussianBlur(3)).tobytes()
    strongest = max(contrast)
    if strongest < 12:  # a plain ground
        return (0.5, 0.5)
    total = across = down = 0.0
    middle = (GRID - 1) / 2
    for at, value in enumerate(contrast):
        row, column = divmod(at, GRID)
        if value < strongest * 0.5:
            continue
        off = ((row - middle) ** 2 + (column - middle) ** 2) / (2 * middle**2)
        weight = value * value * (1.2 - off)
        total += weight
        across += weight * column
        down += weight * row
    return (round(across / total / (GRID - 1), 3), round(down / total / (GRID - 1), 3))
