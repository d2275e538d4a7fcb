"""How large a cut comes out, and where it lies: plain figures, shared by the table of places and the decoding child."""

from __future__ import annotations

Size = tuple[int, int]


def made_size(size: Size, wanted: Size, least: Size, tolerance: float) -> Size | None:
    """Return the size of a cut from a picture of `size`: `wanted`, or as large as it goes where that is less.

    Never larger than the picture, never below `least` in either side, and of the shape of `wanted` to within
    `tolerance` (the share by which width ÷ height may differ); None where that cannot be.
    """
    ratio = wanted[0] / wanted[1]
    most = min(size[0], wanted[0]), min(size[1], wanted[1])
    if most == wanted:
        across, down = wanted
    elif most[0] > most[1] * ratio:
        across, down = min(max(round(most[1] * ratio), 1), most[0]), most[1]
    else:
        across, down = most[0], min(max(round(most[0] / ratio), 1), most[1])
    # A side that comes out a little short is made longer, as far as the tolerance and the picture go.
    across, down = max(across, least[0]), max(down, least[1])
    fits = across <= most[0] and down <= most[1] and off(across, down, ratio) <= tolerance
    return (across, down) if fits else None


def off(width: int, height: int, ratio: float) -> float:
    """Return by what share a size differs from a ratio, counting nothing that whole pixels cannot mend."""
    nearest = round(width / ratio) == height or round(height * ratio) == width
    return 0.0 if nearest else abs(width / height / ratio - 1)


def crop_box(size: Size, ratio: float, focal: tuple[float, float]) -> tuple[float, float, float, float]:
    """Return the largest box of that ratio in a picture of `size`, the focal point as near its middle as it goes."""
    width, height = size
    across = min(width, height * ratio)
    down = min(height, across / ratio)
    left = min(max(focal[0] * width - across / 2, 0), width - across)
    top = min(max(focal[1] * height - down / 2, 0), height - down)
    return left, top, min(left + across, width), min(top + down, height)
