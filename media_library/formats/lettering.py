"""Words drawn on a picture, in the typeface of the pages. Shared by forms and the decoding child; needs Pillow alone.

The typeface comes in two files, one for Western letters and one for the others of Latin script; each letter is drawn
from the first that has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

WEIGHT = 650
MEASURED_AT = 200  # pixels: sizes are found by measuring once


@lru_cache(maxsize=8)  # children live long, and sizes are many
def _font(path: str, size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(path, size)
    axes = [float(axis["default"] or 0) for axis in font.get_variation_axes()]
    font.set_variation_by_axes([*axes[:-1], WEIGHT])  # the last axis is the weight
    return font


@lru_cache(maxsize=4096)
def _has(path: str, letter: str) -> bool:
    font = _font(path, 40)
    mask, none = font.getmask(letter), font.getmask("\uffff")
    return (mask.size, bytes(mask)) != (none.size, bytes(none))


def unknown(words: str, paths: Sequence[str]) -> list[str]:
    """Return the letters of the words that the typeface has no sign for, each once."""
    letters = dict.fromkeys(letter for letter in words if not letter.isspace())
    return [letter for letter in letters if not any(_has(path, letter) for path in paths)]


def _runs(words: str, paths: Sequence[str]) -> list[tuple[str, str]]:
    """Return the words in pieces, each with the file that draws it; a space stays with what is before it."""
    runs: list[tuple[str, str]] = []
    for letter in words:
        path = next((path for path in paths if _has(path, letter)), paths[0])
        if runs and (letter.isspace() or runs[-1][0] == path):
            runs[-1] = (runs[-1][0], runs[-1][1] + letter)
        else:
            runs.append((path, letter))
    return runs


def lettered(words: str, paths: Sequence[str], *, width: int, height: int, dark: bool) -> Image.Image:
    """Return the words as a picture that shines through around them, to fit into `width` × `height`.

    White with a thin dark edge, or dark with a light one, so that they are read on any ground.
    """
    runs = _runs(words, paths)
    fonts = [_font(path, MEASURED_AT) for path, _ in runs]
    across = sum(font.getlength(text) for font, (_, text) in zip(fonts, runs, strict=True))
    tall = max(sum(font.getmetrics()) for font in fonts)
    size = max(int(min(width / max(across, 1), height / tall) * MEASURED_AT * 0.98), 6)
    edge = max(size // 24, 1)
    ink, around = ((24, 22, 20), (255, 255, 255)) if dark else ((255, 255, 255), (24, 22, 20))
    drawn = [(_font(path, size), text) for path, text in runs]
    total = int(sum(font.getlength(text) for font, text in drawn)) + 2 * edge + 1
    ascent = max(font.getmetrics()[0] for font, _ in drawn)
    descent = max(font.getmetrics()[1] for font, _ in drawn)
    picture = Image.new("RGBA", (total, ascent + descent + 2 * edge), (*around, 0))
    brush, x = ImageDraw.Draw(picture), float(edge)
    for font, text in drawn:
        place = (x, edge + ascent)
        brush.text(place, text, ink, font=font, anchor="ls", stroke_width=edge, stroke_fill=(*around, 150))
        x += font.getlength(text)
    return picture
