"""Pictures for the demo, drawn by the program: calm scenes of a bakery and of a coast.

Every scene is a function of a canvas and a seeded random source, so that the same name always gives the same
picture. Scenes are drawn twice as large and scaled down, which smooths their edges.
"""

from __future__ import annotations

import io
import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFilter

Colour = tuple[int, int, int]
SCALE = 2


@dataclass
class Canvas:
    """A picture being drawn; coordinates are shares of its width and height, 0 to 1."""

    image: Image.Image

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.image.size

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return the pixel for a share of width and height."""
        return x * self.size[0], y * self.size[1]

    def sky(self, top: Colour, bottom: Colour) -> None:
        """Fill with a vertical gradient."""
        strip = Image.new("RGB", (1, 256))
        for y in range(256):
            strip.putpixel((0, y), mix(top, bottom, y / 255))
        column = strip.resize((1, self.size[1]), Image.Resampling.BICUBIC)
        self.image.paste(column.resize(self.size, Image.Resampling.NEAREST))

    def disc(self, x: float, y: float, radius: float, colour: Colour, *, glow: float = 0) -> None:
        """Draw a disc; `radius` and `glow` are shares of the width."""
        (cx, cy), r = self.at(x, y), radius * self.size[0]
        if glow:
            mask = Image.new("L", self.size, 0)
            g = r + glow * self.size[0]
            ImageDraw.Draw(mask).ellipse((cx - g, cy - g, cx + g, cy + g), fill=110)
            self.image.paste(colour, mask=mask.filter(ImageFilter.GaussianBlur(glow * self.size[0] * 0.6)))
        ImageDraw.Draw(self.image).ellipse((cx - r, cy - r, cx + r, cy + r), fill=colour)

    def oval(self, x: float, y: float, wide: float, high: float, colour: Colour) -> None:
        """Draw an oval around (x, y); `wide` is a share of the width, `high` of the height."""
        (x0, y0), (x1, y1) = self.at(x - wide / 2, y - high / 2), self.at(x + wide / 2, y + high / 2)
        ImageDraw.Draw(self.image).ellipse((x0, y0, x1, y1), fill=colour)

    def block(
        self, x0: float, y0: float, x1: float, y1: float, colour: Colour, *, round_by: float = 0
    ) -> None:
        """Draw a rectangle, its corners rounded by a share of the width."""
        box = (*self.at(x0, y0), *self.at(x1, y1))
        ImageDraw.Draw(self.image).rounded_rectangle(box, radius=round_by * self.size[0], fill=colour)

    def shape(self, points: list[tuple[float, float]], colour: Colour) -> None:
        """Draw a filled polygon."""
        ImageDraw.Draw(self.image).polygon([self.at(*point) for point in points], fill=colour)

    def line(self, points: list[tuple[float, float]], colour: Colour, thick: float) -> None:
        """Draw a line with round joints; `thick` is a share of the width."""
        pen = ImageDraw.Draw(self.image)
        pixels = max(1, round(thick * self.size[0]))
        pen.line([self.at(*point) for point in points], fill=colour, width=pixels, joint="curve")

    def ridge(
        self, base: float, rise: float, colour: Colour, source: random.Random, *, waves: int = 3
    ) -> None:
        """Draw hills up to the lower edge; `base` is their mean height from the top, `rise` how far they swing."""
        parts = [
            (source.uniform(0.6, 1.6) * (n + 1), source.uniform(0, math.tau), 1 / (n + 1))
            for n in range(waves)
        ]
        total = sum(share for _, _, share in parts)

        def height(x: float) -> float:
            return base - rise * sum(s * math.sin(f * x * math.tau + p) for f, p, s in parts) / total

        self.shape([(x / 120, height(x / 120)) for x in range(121)] + [(1, 1), (0, 1)], colour)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """Return the colour between two; share 0 is the first, 1 the second."""
    return tuple(round(a + (b - a) * share) for a, b in zip(one, other, strict=True))  # type: ignore[return-value]


INK: Colour = (54, 42, 36)
CREAM: Colour = (247, 238, 224)
CRUST: Colour = (176, 105, 52)
DARK_CRUST: Colour = (112, 62, 34)
CRUMB: Colour = (236, 205, 160)
APRICOT: Colour = (243, 160, 84)


def hills_at_dawn(canvas: Canvas, source: random.Random) -> None:
    """Hills, one behind the other, under a low sun."""
    canvas.sky((92, 124, 158), (250, 205, 158))
    canvas.disc(source.uniform(0.3, 0.7), 0.42, 0.06, (255, 226, 178), glow=0.12)
    far, near = (168, 158, 172), (52, 66, 62)
    for n in range(5):
        canvas.ridge(0.5 + n * 0.1, 0.07 - n * 0.006, mix(far, near, n / 4), source)


def sea_and_sail(canvas: Canvas, source: random.Random) -> None:
    """A quiet sea with one boat."""
    canvas.sky((196, 222, 230), (250, 236, 214))
    canvas.block(0, 0.58, 1, 1, (64, 122, 138))
    for n in range(26):
        y = 0.6 + (n / 26) ** 1.5 * 0.38
        x, wide = source.random(), source.uniform(0.04, 0.16)
        canvas.line([(x, y), (x + wide, y)], mix((64, 122, 138), (190, 220, 222), 0.35), 0.002)
    x = source.uniform(0.35, 0.65)
    canvas.shape([(x, 0.32), (x, 0.57), (x + 0.11, 0.57)], CREAM)
    canvas.shape([(x - 0.012, 0.38), (x - 0.012, 0.57), (x - 0.075, 0.57)], APRICOT)
    canvas.shape([(x - 0.1, 0.585), (x + 0.13, 0.585), (x + 0.09, 0.63), (x - 0.06, 0.63)], INK)


def white_houses(canvas: Canvas, source: random.Random) -> None:
    """A row of houses before a hill."""
    canvas.sky((150, 190, 214), (236, 236, 222))
    canvas.ridge(0.5, 0.1, (120, 148, 118), source)
    canvas.ridge(0.72, 0.03, (98, 126, 92), source)
    x = 0.06
    while x < 0.86:
        wide, high = source.uniform(0.1, 0.16), source.uniform(0.16, 0.26)
        roof = source.choice([(178, 74, 52), (70, 84, 98), (132, 60, 48)])
        canvas.block(x, 0.76 - high, x + wide, 0.76, (246, 242, 234))
        canvas.shape(
            [(x - 0.012, 0.76 - high), (x + wide / 2, 0.66 - high), (x + wide + 0.012, 0.76 - high)], roof
        )
        for k in range(2):
            wx = x + wide * (0.2 + 0.38 * k)
            canvas.block(wx, 0.79 - high, wx + wide * 0.2, 0.85 - high, (92, 118, 132))
        canvas.block(x + wide * 0.42, 0.7, x + wide * 0.58, 0.76, roof)
        x += wide + source.uniform(0.01, 0.05)


def snow_peaks(canvas: Canvas, source: random.Random) -> None:
    """Mountains with snow on them, over a lake."""
    canvas.sky((70, 104, 150), (206, 222, 232))
    for n in range(3):
        x, top = 0.2 + n * 0.3 + source.uniform(-0.06, 0.06), source.uniform(0.16, 0.3)
        wide = source.uniform(0.3, 0.4)
        rock = mix((104, 118, 140), (62, 74, 96), n / 2)
        canvas.shape([(x, top), (x + wide, 0.74), (x - wide, 0.74)], rock)
        cap = (0.74 - top) * 0.3
        edge = [
            (x + wide * 0.3, top + cap),
            (x + 0.03, top + cap * 0.7),
            (x, top + cap),
            (x - 0.04, top + cap * 0.72),
        ]
        canvas.shape([(x, top), *edge, (x - wide * 0.3, top + cap)], (246, 249, 252))
    canvas.block(0, 0.72, 1, 1, (88, 130, 150))
    canvas.ridge(0.9, 0.03, (44, 60, 56), source)


def lighthouse(canvas: Canvas, source: random.Random) -> None:
    """A lighthouse on a rock in the evening."""
    canvas.sky((42, 50, 88), (238, 152, 110))
    for _ in range(40):
        canvas.disc(source.random(), source.uniform(0, 0.4), source.uniform(0.0006, 0.0016), (236, 230, 220))
    canvas.block(0, 0.74, 1, 1, (40, 62, 88))
    x = source.uniform(0.4, 0.6)
    canvas.disc(x, 0.27, 0.012, (255, 236, 180), glow=0.1)
    canvas.shape([(x - 0.03, 0.3), (x + 0.03, 0.3), (x + 0.052, 0.74), (x - 0.052, 0.74)], CREAM)
    for n in range(3):
        y = 0.38 + n * 0.12
        half = 0.033 + n * 0.006
        canvas.shape(
            [(x - half, y), (x + half, y), (x + half + 0.003, y + 0.05), (x - half - 0.003, y + 0.05)],
            (190, 64, 52),
        )
    canvas.block(x - 0.026, 0.25, x + 0.026, 0.3, INK, round_by=0.004)
    canvas.shape([(x - 0.036, 0.25), (x, 0.2), (x + 0.036, 0.25)], (190, 64, 52))
    canvas.ridge(0.82, 0.06, (34, 34, 46), source)


def round_loaf(canvas: Canvas, source: random.Random) -> None:
    """A round loaf from above, with a cut spiral."""
    canvas.sky((86, 64, 52), (58, 43, 36))
    for n in range(7):
        canvas.line([(0, n / 6), (1, n / 6 + source.uniform(-0.01, 0.01))], (74, 54, 44), 0.003)
    ratio = canvas.size[0] / canvas.size[1]
    canvas.oval(0.5, 0.54, 0.68, 0.68 * ratio, (38, 28, 24))
    canvas.oval(0.5, 0.5, 0.66, 0.66 * ratio, DARK_CRUST)
    canvas.oval(0.5, 0.49, 0.6, 0.6 * ratio, CRUST)
    turn = source.uniform(0, math.tau)
    spiral = [
        (0.5 + r * math.cos(a), 0.49 + r * math.sin(a) * ratio)
        for r, a in ((n / 240 * 0.27, turn + n / 240 * math.tau * 4) for n in range(20, 241))
    ]
    canvas.line(spiral, CRUMB, 0.016)
    for _ in range(160):
        a, r = source.uniform(0, math.tau), source.uniform(0, 0.29)
        canvas.disc(0.5 + r * math.cos(a), 0.49 + r * math.sin(a) * ratio, 0.0022, (246, 228, 196))


def tin_loaves(canvas: Canvas, source: random.Random) -> None:
    """Three loaves on a shelf."""
    canvas.sky((236, 222, 200), (222, 200, 170))
    canvas.block(0, 0.72, 1, 0.78, (150, 104, 70))
    canvas.block(0, 0.78, 1, 1, (206, 182, 150))
    for n in range(3):
        x, high = 0.1 + n * 0.29, source.uniform(0.3, 0.38)
        canvas.block(x, 0.72 - high, x + 0.23, 0.72, mix(CRUST, DARK_CRUST, n / 4), round_by=0.05)
        canvas.block(x + 0.012, 0.8 - high, x + 0.218, 0.72, mix(CRUMB, CRUST, 0.3 + n * 0.14), round_by=0.02)
        for k in range(3):
            cut = x + 0.05 + k * 0.055
            canvas.line([(cut, 0.735 - high), (cut + 0.03, 0.785 - high)], CRUMB, 0.008)


def buns(canvas: Canvas, source: random.Random) -> None:
    """A tray of buns with crosses."""
    canvas.sky((52, 66, 70), (38, 48, 52))
    ratio = canvas.size[0] / canvas.size[1]
    for row in range(3):
        for column in range(4):
            x, y = 0.17 + column * 0.22, 0.22 + row * 0.29
            tone = mix(CRUST, (206, 132, 66), source.random())
            canvas.oval(x, y + 0.015, 0.2, 0.2 * ratio, (26, 32, 34))
            canvas.oval(x, y, 0.19, 0.19 * ratio, mix(tone, DARK_CRUST, 0.35))
            canvas.oval(x - 0.006, y - 0.01, 0.165, 0.165 * ratio, tone)
            canvas.line([(x - 0.08, y), (x + 0.08, y)], CREAM, 0.012)
            canvas.line([(x, y - 0.08 * ratio), (x, y + 0.08 * ratio)], CREAM, 0.012)


def mug_and_window(canvas: Canvas, source: random.Random) -> None:
    """A mug that steams before a window."""
    canvas.sky((222, 214, 200), (204, 190, 170))
    canvas.block(0.12, 0.08, 0.88, 0.62, (250, 248, 242))
    for n in range(2):
        canvas.block(0.15 + n * 0.36, 0.11, 0.49 + n * 0.36, 0.59, (178, 206, 216))
    canvas.block(0, 0.74, 1, 1, (140, 98, 68))
    x = source.uniform(0.34, 0.56)
    body = source.choice([(186, 78, 54), (64, 96, 104), (240, 232, 218)])
    canvas.oval(x + 0.17, 0.68, 0.1, 0.17, body)
    canvas.oval(x + 0.17, 0.68, 0.06, 0.1, (178, 206, 216))
    canvas.block(x, 0.55, x + 0.17, 0.84, body, round_by=0.02)
    canvas.oval(x + 0.085, 0.555, 0.17, 0.05, mix(body, (255, 255, 255), 0.2))
    canvas.oval(x + 0.085, 0.557, 0.15, 0.036, (70, 44, 30))
    for n in range(3):
        sx = x + 0.04 + n * 0.045
        steam = [(sx + 0.012 * math.sin(k / 3 + n), 0.52 - k * 0.014) for k in range(18)]
        canvas.line(steam, (236, 236, 232), 0.005)


def wheat(canvas: Canvas, source: random.Random) -> None:
    """Ears of wheat against the evening."""
    canvas.sky((240, 176, 108), (252, 226, 176))
    canvas.disc(0.72, 0.34, 0.09, (255, 240, 206), glow=0.1)
    for n in range(34):
        x = n / 33 + source.uniform(-0.02, 0.02)
        top, lean = source.uniform(0.3, 0.56), source.uniform(-0.04, 0.04)
        tone = mix((206, 150, 66), (128, 84, 36), source.random())
        canvas.line([(x, 1), (x + lean * 0.5, (top + 1) / 2), (x + lean, top)], tone, 0.004)
        for k in range(7):
            y = top + k * 0.024
            for side in (-1, 1):
                canvas.oval(x + lean * (1 - k * 0.05) + side * 0.008, y, 0.013, 0.034, tone)


def flour_hands(canvas: Canvas, source: random.Random) -> None:
    """A dusted board with dough and a rolling pin."""
    canvas.sky((196, 156, 112), (172, 130, 90))
    for n in range(6):
        canvas.line([(0, n / 5), (1, n / 5 + source.uniform(-0.02, 0.02))], (160, 120, 84), 0.002)
    ratio = canvas.size[0] / canvas.size[1]
    for _ in range(420):
        x, y = source.gauss(0.5, 0.24), source.gauss(0.52, 0.2)
        canvas.disc(x, y, source.uniform(0.0008, 0.003), (248, 242, 230))
    canvas.oval(0.42, 0.58, 0.42, 0.3 * ratio, (226, 206, 174))
    canvas.oval(0.415, 0.565, 0.39, 0.27 * ratio, (244, 230, 204))
    tilt = source.uniform(-0.06, 0.06)
    canvas.line([(0.5, 0.2 + tilt), (0.94, 0.2 - tilt)], (120, 78, 46), 0.018)
    canvas.line([(0.56, 0.2 + tilt * 0.7), (0.88, 0.2 - tilt * 0.7)], (206, 160, 110), 0.062)


def market_crates(canvas: Canvas, source: random.Random) -> None:
    """Crates of fruit on a market."""
    canvas.sky((238, 226, 206), (218, 206, 184))
    for n in range(6):
        tone = (214, 96, 70) if n % 2 else CREAM
        canvas.shape(
            [(n / 6, 0), ((n + 1) / 6, 0), ((n + 1) / 6, 0.16), ((n + 0.5) / 6, 0.22), (n / 6, 0.16)], tone
        )
    fruits = [(206, 62, 48), (240, 150, 50), (120, 152, 62), (236, 200, 80)]
    ratio = canvas.size[0] / canvas.size[1]
    for row in range(2):
        for column in range(2):
            x, y, tone = 0.07 + column * 0.45, 0.46 + row * 0.28, fruits[row * 2 + column]
            for _ in range(22):
                fx, fy = x + source.uniform(0.03, 0.38), y + source.uniform(-0.08, 0.03)
                canvas.oval(fx, fy, 0.07, 0.07 * ratio, mix(tone, INK, 0.25))
                canvas.oval(fx - 0.004, fy - 0.006, 0.06, 0.06 * ratio, tone)
            for slat in range(2):
                canvas.block(
                    x, y + slat * 0.075, x + 0.41, y + 0.06 + slat * 0.075, (158, 112, 72), round_by=0.004
                )


SCENES: dict[str, Callable[[Canvas, random.Random], None]] = {
    scene.__name__: scene
    for scene in (
        hills_at_dawn, sea_and_sail, white_houses, snow_peaks, lighthouse, round_loaf, tin_loaves, buns,
        mug_and_window, wheat, flour_hands, market_crates,
    )
}  # fmt: skip


def draw(scene: str, *, width: int = 1440, height: int = 1080, seed: int = 0) -> bytes:
    """Return the scene as a JPEG of `width` × `height` pixels. Raises KeyError for an unknown scene."""
    source = random.Random(f"{scene}-{seed}")  # noqa: S311 (a drawing)
    canvas = Canvas(Image.new("RGB", (width * SCALE, height * SCALE)))
    SCENES[scene](canvas, source)
    out = io.BytesIO()
    Image.blend(canvas.image.reduce(SCALE), grain(width, height), 0.035).save(
        out, "JPEG", quality=88, optimize=True
    )
    return out.getvalue()


@lru_cache(2)
def grain(width: int, height: int) -> Image.Image:
    """Return the grain of a film, the same for every picture of a size."""
    return Image.effect_noise((width, height), 18).convert("RGB")
