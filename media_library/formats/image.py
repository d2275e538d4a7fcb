"""Pictures: what is taken, within which limits, and what is made from them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings

from media_library.formats.base import Drawn, Look, Made, Unusable, discard, made_path
from media_library.formats.decoder import DecodeFailed, decoder
from media_library.formats.faces import middle_of_faces
from media_library.formats.header import Header, NotAPicture, is_picture, read_header

TAKES = "pictures (JPEG, PNG, WebP, AVIF, HEIC, GIF)"
KINDS = ("image",)
LEAVES = "without place and camera"
ACCEPT = ("image/*", ".heic", ".heif")
WORDS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WebP",
    "image/avif": "AVIF",
    "image/heic": "HEIC",
    "image/gif": "GIF",
}
EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/avif": "avif",
    "image/heic": "heic",
    "image/gif": "gif",
}
SHOWN_BY_BROWSERS = {"image/jpeg", "image/png", "image/webp", "image/gif"}

# What decoding costs, measured with Pillow 13 at 64 megapixels: baseline JPEG 70 MB (drafted), progressive 4:4:4
# 430 MB, PNG 335 MB. WebP costs 16 bytes a pixel, AVIF 10 and HEIC 9 (pillow-heif 1.8, 24 megapixels: 250 MB), so
# less of them fits into the same memory.
_SHARE = {"WEBP": 0.375, "AVIF": 0.625, "HEIF": 0.625}
_MEMORY = 470_000_000
_MEMORY_JPEG = 260_000_000
_DEFAULT_MEGAPIXELS = 64
EDITED_PIXELS = (
    24_000_000  # an edit holds the picture twice beside the original: larger ones are scaled to this
)
FONTS = [
    str(settings.BASE_DIR / "static" / "fonts" / name)
    for name in ("inter-latin.woff2", "inter-latin-ext.woff2")
]


@dataclass(frozen=True)
class Preset:
    """A WebP made of every picture: the box in pixels it must fit in, and its quality (0 to 100)."""

    name: str
    width: int
    height: int
    quality: int


PRESETS = (Preset("web", 1080, 2160, 80), Preset("thumb", 320, 640, 75))


def largest_bytes() -> int:
    """Return the size limit of a picture in bytes (`AURA_MAX_IMAGE_MB`)."""
    return int(settings.AURA_MAX_IMAGE_MB) * 1_000_000


def largest_pixels(kind: str) -> int:
    """Return the most pixels of a format, all frames together (`AURA_MAX_MEGAPIXELS`, less for hungry decoders)."""
    return int(settings.AURA_MAX_MEGAPIXELS * 1_000_000 * _SHARE.get(kind, 1.0))


def recognises(head: bytes) -> bool:
    """Tell whether a file that begins so is a picture of ours."""
    return is_picture(head)


def header_of(file: BinaryIO) -> Header:
    """Return what the picture is, told by its content and whatever the limits are. Raises Unusable."""
    try:
        return read_header(file)
    except NotAPicture as problem:
        raise Unusable(str(problem) or DAMAGED) from None


def judge(file: BinaryIO) -> Header:
    """Return what the picture is, told by its content. Raises Unusable before anything is decoded."""
    header = header_of(file)
    limit = largest_pixels(header.format)
    if header.pixels > limit:
        raise Unusable(_too_many_pixels(header, limit))
    return header


def outputs(folder: Path, name: str) -> list[dict[str, Any]]:
    """Return the presets as the child is asked for them."""
    return [
        {
            "preset": preset.name,
            "path": str(made_path(folder, name, preset.name)),
            "width": preset.width,
            "height": preset.height,
            "quality": preset.quality,
        }
        for preset in PRESETS
    ]


def draw(source: Path, folder: Path, name: str) -> Drawn:
    """Make the presets and the clean copy of a picture."""
    clean = made_path(folder, name, "clean")
    try:
        reply = decode(source, {"outputs": outputs(folder, name), "clean": str(clean)})
    except Unusable:
        discard(folder, name)
        raise
    made = [Made(path=made_path(folder, name, each["preset"]), **each) for each in reply["made"]]
    look = Look(**reply["look"])
    if point := middle_of_faces(made_path(folder, name, "web")):
        look = replace(look, focal=point)
    return Drawn(reply["width"], reply["height"], reply["orientation"], made, reply["taken"], look)


def decode(source: Path, job: dict[str, Any]) -> dict[str, Any]:
    """Return the child's answer to a job on a picture, with the limits of its format. Raises Unusable."""
    with open(source, "rb") as file:
        header = header_of(file)
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


def edit(source: Path, recipe: dict[str, Any], path: Path, *, logo: Path | None = None) -> Made:
    """Make what a recipe asks for (formats/child_edit.py), as one file at `path`. Raises Unusable.

    A JPEG that is too much for the child in full, as large progressive ones are, is taken at half its size.
    """
    job: dict[str, Any] = {
        "do": "edit",
        "path": str(path),
        "recipe": recipe,
        "most": EDITED_PIXELS,
        "fonts": FONTS,
    }
    if logo is not None:
        kind = _format_of(logo)
        job["logo"] = {"source": str(logo), "format": kind, "pixels": largest_pixels(kind)}
    try:
        try:
            made = decode(source, {**job, "half": False})["made"][0]
        except Unusable:
            if _format_of(source) != "JPEG":
                raise
            made = decode(source, {**job, "half": True})["made"][0]
    except Unusable:
        path.unlink(missing_ok=True)
        raise
    return Made(path=path, **made)


def _format_of(source: Path) -> str:
    with open(source, "rb") as file:
        return header_of(file).format


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
