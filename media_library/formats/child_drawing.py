"""Cleans an SVG and draws it. Runs in the decoding child; both libraries are loaded at the first drawing only.

Elements and attributes that run something are taken out by py_svg_hush, by its list of what may stay. What is left may
still point elsewhere, and the library that draws would open it: a file of this machine, say. So every address goes
that is neither inside the drawing nor a picture packed into it.
"""

from __future__ import annotations

import io
import os
import re
from functools import cache
from xml.etree import ElementTree

from PIL import Image, ImageChops

SVG = "{http://www.w3.org/2000/svg}"
PACKED = {"image": ["png", "jpeg", "gif", "webp"]}
SMALL = 256  # pixels at which it is seen whether letters are drawn
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts", "/System/Library/Fonts")
_TYPEFACES = {
    "Inter-Regular.ttf": "Inter",
    "LiberationSans-Regular.ttf": "Liberation Sans",
    "NotoSans-Regular.ttf": "Noto Sans",
    "Arial.ttf": "Arial",
    "DejaVuSans.ttf": "DejaVu Sans",
}
NARROWEST = 50  # times as wide as high, or as high as wide
_HREFS = ("href", "{http://www.w3.org/1999/xlink}href")
_STAYS = re.compile(r"\s*(#|data:image/(png|jpe?g|gif|webp)[;,])", re.IGNORECASE)
_ELSEWHERE = re.compile(r"url\(\s*['\"]?(?!\s*['\"]?#)[^)]*\)", re.IGNORECASE)
_IMPORTED = re.compile(r"@import[^;]*;?", re.IGNORECASE)
_LENGTH = re.compile(
    r"\s*\+?(\d+(?:\.\d*)?|\.\d+)(?:e([+-]?\d{1,2}))?\s*(px|pt|pc|mm|cm|in|em|ex|)\s*", re.IGNORECASE
)
_PIXELS = {
    "": 1,
    "px": 1,
    "pt": 4 / 3,
    "pc": 16,
    "mm": 96 / 25.4,
    "cm": 96 / 2.54,
    "in": 96,
    "em": 16,
    "ex": 8,
}

ElementTree.register_namespace("", SVG[1:-1])
ElementTree.register_namespace("xlink", _HREFS[1][1:-5])


class NoSize(Exception):
    """The drawing does not say how large it is, or is a thread."""


class TooIntricate(Exception):
    """More than can be drawn."""


def cleaned(data: bytes) -> ElementTree.Element:
    """Return the drawing without what runs and without what points elsewhere. Raises ValueError."""
    import py_svg_hush

    # Addresses in style rules go first: the library cuts them out so that the rules around them are lost.
    data = _here(data.decode("latin-1")).encode("latin-1")
    root = ElementTree.fromstring(py_svg_hush.filter_svg(data, PACKED))  # noqa: S314 written by it: without DTD
    if root.tag != f"{SVG}svg":
        raise ValueError("not an SVG")
    for element in root.iter():
        for name, value in list(element.attrib.items()):
            if name in _HREFS:
                keep = bool(_STAYS.match(value))
            else:
                keep = not name.endswith("}base")
                element.attrib[name] = _here(value.replace("\\", ""))
            if not keep:
                del element.attrib[name]
        if element.tag == f"{SVG}style":
            element.text = _here((element.text or "").replace("\\", ""))
    return root


def _here(style: str) -> str:
    """Return the same without addresses in style rules that point elsewhere."""
    return _IMPORTED.sub("", _ELSEWHERE.sub("none", style))


def written(root: ElementTree.Element) -> bytes:
    """Return the drawing as a file."""
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


def has_letters(root: ElementTree.Element) -> bool:
    """Tell whether something in it is drawn with a typeface."""
    return any("".join(text.itertext()).strip() for text in root.iter(f"{SVG}text"))


def loses_letters(root: ElementTree.Element) -> bool:
    """Tell whether none of its letters is drawn, as this machine has no typeface. Takes them out of `root`."""
    before = drawn(root, SMALL)
    for element in list(root.iter()):
        for text in element.findall(f"{SVG}text"):
            element.remove(text)
    return ImageChops.difference(before, drawn(root, SMALL)).getbbox(alpha_only=False) is None


@cache
def typeface() -> str:
    """Return the name of a typeface that this machine has, or nothing: for letters whose own one it has not."""
    there = {name for place in FONT_FOLDERS for _, _, names in os.walk(place) for name in names}
    return next((name for file, name in _TYPEFACES.items() if file in there), "")


def drawn(root: ElementTree.Element, side: int) -> Image.Image:
    """Return the drawing as a picture whose longer side has `side` pixels; changes the size that `root` names."""
    import resvg_py

    width, height = size_of(root)
    scale = side / max(width, height)
    across, down = max(round(width * scale), 1), max(round(height * scale), 1)
    if "viewBox" not in root.attrib:
        root.set("viewBox", f"0 0 {width:g} {height:g}")
    root.set("width", str(across))
    root.set("height", str(down))
    svg = ElementTree.tostring(root, encoding="unicode")
    letters = has_letters(root)
    name = (typeface() or None) if letters else None
    try:
        data = resvg_py.svg_to_bytes(
            svg_string=svg,
            skip_system_fonts=not letters,
            font_family=name,
            serif_family=name,
            sans_serif_family=name,
        )
    except ValueError:
        raise TooIntricate from None  # it is sound, or cleaning would have failed
    picture: Image.Image = Image.open(io.BytesIO(data), formats=["PNG"])
    picture.load()
    return picture


def size_of(root: ElementTree.Element) -> tuple[float, float]:
    """Return how large the drawing is: by its width and height, or by its view box. Raises NoSize."""
    width, height = _pixels(root.get("width", "")), _pixels(root.get("height", ""))
    if not (width and height):
        try:
            box = [float(part) for part in re.split(r"[\s,]+", root.get("viewBox", "").strip())]
            _, _, width, height = box
        except ValueError:
            raise NoSize from None
    if not (0 < width < 1e9 and 0 < height < 1e9) or max(width / height, height / width) > NARROWEST:
        raise NoSize
    return width, height


def _pixels(length: str) -> float:
    """Return a length in pixels, or 0 where it is none or a share of something."""
    found = _LENGTH.fullmatch(length)
    if found is None:
        return 0
    return float(found[1]) * 10 ** int(found[2] or 0) * _PIXELS[found[3].lower()]
