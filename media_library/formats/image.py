"""Pictures: what is taken, within which limits, and what is made from them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import puremagic
from django.conf import settings

from media_library.formats.decoder import DecodeFailed, decoder
from media_library.formats.header import Header, NotAPicture, read_header

KINDS = "JPEG, PNG, WebP, AVIF, HEIC or GIF"
EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif"}
SHOWN_BY_BROWSERS = {"image/jpeg", "image/png", "image/webp", "image/gif"}

# What decoding costs, measured with Pillow 13 at 64 megapixels: baseline JPEG 70 MB (drafted), progressive 4:4:4
# 430 MB, PNG 335 MB. WebP costs 16 bytes a pixel, AVIF 10 and HEIC 9 (pillow-heif 1.8, 24 megapixels: 250 MB), so
# less of them fits into the same memory.
_SHARE = {"WEBP": 0.375, "AVIF": 0.625, "HEIF": 0.625}
_MEMORY = 470_000_000
_MEMORY_JPEG = 260_000_000
_DEFAULT_MEGAPIXELS = 64


@dataclass(frozen=True)
class Preset:
    """A WebP made of every picture: the box in pixels it must fit in, and its quality (0 to 100)."""

    name: str
    width: int
    height: int
    quality: int


PRESETS = (Preset("web", 1080, 2160, 80), Preset("thumb", 320, 640, 75))


@dataclass(frozen=True)
class Made:
    """A finished file: where it is, and what it is."""

    preset: str
    path: Path
    mime: str
    width: int
    height: int
    size: int
    sha256: str


@dataclass(frozen=True)
class Look:
    """What a picture looks like (formats/analysis.py): `focal` as shares of width and height."""

    dhash: int
    colour: str
    colours: list[str]
    focal: tuple[float, float]


@dataclass(frozen=True)
class Drawn:
    """All that came of one picture. `width` × `height` as it is shown."""

    width: int
    height: int
    orientation: int
    made: list[Made]
    taken: str = ""
    look: Look | None = None


class Unusable(ValueError):
    """A picture that Aura does not take; `str()` says why and what to do.

    `may_work_later`: the machine and not the picture may be to blame.
    """

    def __init__(self, sentence: str, *, may_work_later: bool = False) -> None:
        super().__init__(sentence)
        self.may_work_later = may_work_later


def largest_bytes() -> int:
    """Return the size limit of a picture in bytes (`AURA_MAX_IMAGE_MB`)."""
    return int(settings.AURA_MAX_IMAGE_MB) * 1_000_000


def largest_pixels(kind: str) -> int:
    """Return the most pixels of a format, all frames together (`AURA_MAX_MEGAPIXELS`, less for hungry decoders)."""
    return int(settings.AURA_MAX_MEGAPIXELS * 1_000_000 * _SHARE.get(kind, 1.0))


def judge(file: BinaryIO) -> Header:
    """Return what the picture is, told by its content. Raises Unusable before anything is decoded."""
    try:
        header = read_header(file)
    except NotAPicture as problem:
        raise Unusable(str(problem) or _what_it_is(file)) from None
    limit = largest_pixels(header.format)
    if header.pixels > limit:
        raise Unusable(_too_many_pixels(header, limit))
    return header


def draw(source: Path, header: Header, folder: Path, name: str) -> Drawn:
    """Make the presets and the clean copy of a picture, as files in `folder` that begin with `name`.

    Decodes in a limited child. Raises Unusable with the sentence for the person.
    """
    outputs = [
        {
            "preset": preset.name,
            "path": str(folder / f"{name}.{preset.name}"),
            "width": preset.width,
            "height": preset.height,
            "quality": preset.quality,
        }
        for preset in PRESETS
    ]
    clean = folder / f"{name}.clean"
    try:
        reply = decode(source, header, {"outputs": outputs, "clean": str(clean)})
    except Unusable:
        discard(folder, name)
        raise
    made = [Made(path=folder / f"{name}.{each['preset']}", **each) for each in reply["made"]]
    look = Look(**reply["look"])
    return Drawn(reply["width"], reply["height"], reply["orientation"], made, reply["taken"], look)


def decode(source: Path, header: Header, job: dict[str, Any]) -> dict[str, Any]:
    """Return the child's answer to a job on a picture, with the limits of its format. Raises Unusable."""
    light = header.format == "JPEG" and not header.progressive
    scale = max(settings.AURA_MAX_MEGAPIXELS / _DEFAULT_MEGAPIXELS, 1.0)
    whole = {
        **job,
        "source": str(source),
        "format": header.format,
        "pixels": largest_pixels(header.format),
        "memory": int((_MEMORY_JPEG if light else _MEMORY) * scale),
    }
    try:
        try:
            return decoder.decode(whole)
        except DecodeFailed as problem:
            if problem.problem != "memory" or not light:
                raise
            return decoder.decode(
                {**whole, "memory": int(_MEMORY * scale)}
            )  # to be turned: needs all its pixels
    except DecodeFailed as problem:
        later = problem.problem in _MAY_WORK_LATER
        raise Unusable(_SENTENCES.get(problem.problem, DAMAGED), may_work_later=later) from None


def discard(folder: Path, name: str) -> None:
    """Delete what `draw` left in `folder` under `name`."""
    for preset in (*(each.name for each in PRESETS), "clean"):
        (folder / f"{name}.{preset}").unlink(missing_ok=True)


DAMAGED = "The picture is damaged and cannot be opened. Export it once more and upload that."
_MAY_WORK_LATER = {"memory", "time", "crashed"}
_SENTENCES = {
    "too_small": "The picture is too small for this place. Upload a larger one.",
    "too_heavy": "It cannot be made small enough in bytes for this place. Take a calmer picture.",
    "damaged": DAMAGED,
    "too_large": "The picture has too many pixels to open. Make it smaller and upload that.",
    "memory": "The picture needs too much memory to open. Make it smaller, or save it as a JPEG.",
    "time": "The picture takes too long to open. Make it smaller, or save it as a JPEG.",
    "crashed": "The picture cannot be opened. Save it as a JPEG and upload that.",
}


def _too_many_pixels(header: Header, limit: int) -> str:
    size = f"{header.width:,} × {header.height:,} pixels"
    if header.frames > 1:
        return (
            f"It moves through {header.frames:,} pictures of {size}. Together that is more than the "
            f"{limit // 1_000_000} megapixels allowed here; make it shorter or smaller."
        )
    kind = header.mime.removeprefix("image/").upper()
    return f"It is {size}, and the limit for {kind} here is {limit // 1_000_000} megapixels. Make it smaller."


_KNOWN = {
    ".svg": "an SVG drawing. Save it as a PNG",
    ".pdf": "a PDF. Save the page as a picture",
    ".tif": "a TIFF. Save it as a JPEG or PNG",
    ".tiff": "a TIFF. Save it as a JPEG or PNG",
    ".psd": "a Photoshop file. Export it as a JPEG or PNG",
    ".bmp": "a BMP. Save it as a PNG",
    ".mp4": "a film. Films come to Aura later; for now, take a still from it",
    ".mov": "a film. Films come to Aura later; for now, take a still from it",
    ".zip": "a ZIP archive. Unpack it and upload what is inside",
}


def _what_it_is(file: BinaryIO) -> str:
    """Return the refusal of something that is no picture we know, with its name where we can tell."""
    file.seek(0)
    head = file.read(4096)
    if not head:
        return "The file is empty. Choose another one."
    if b"<svg" in head[:1024].lower():
        return f"This looks like {_KNOWN['.svg']} and upload that. Aura takes {KINDS}."
    if head[:4] == b"PK\x03\x04":  # puremagic takes any archive for a document
        return f"This looks like {_KNOWN['.zip']}. Aura takes {KINDS}."
    try:
        known = _KNOWN.get(puremagic.from_string(head))
    except (puremagic.PureError, ValueError):
        known = None
    if known:
        return f"This looks like {known}. Aura takes {KINDS}."
    return f"This is not a picture that Aura can read, whatever its name says. Aura takes {KINDS}."
