"""Pictures made for tests: ordinary ones, and ones that mean harm. Nothing is read from outside."""

from __future__ import annotations

import io
import random
import struct
import zlib
from typing import Any

from PIL import Image, PngImagePlugin
from pillow_heif import register_heif_opener

register_heif_opener(thumbnails=False)


class Named(io.BytesIO):
    """Bytes with a file name, as the test client wants them."""

    def __init__(self, data: bytes, name: str) -> None:
        super().__init__(data)
        self.name = name


def photo(width: int = 240, height: int = 160, seed: int = 1) -> Image.Image:
    """Return a picture with some structure; another seed is another picture."""
    small = Image.frombytes("RGB", (12, 8), random.Random(seed).randbytes(12 * 8 * 3))
    return small.resize((width, height), Image.Resampling.BICUBIC)


def encoded(
    kind: str = "JPEG", width: int = 240, height: int = 160, *, seed: int = 1, **options: Any
) -> bytes:
    """Return an encoded picture."""
    out = io.BytesIO()
    picture = photo(width, height, seed)
    if kind == "GIF":
        picture = picture.convert("P", palette=Image.Palette.ADAPTIVE)
    picture.save(out, kind, **options)
    return out.getvalue()


SECRET_PLACE = b"51.8985N-canary-8.4756W"


def exif(orientation: int = 1) -> bytes:
    """Return EXIF with an orientation, a GPS position and a comment that must never leave."""
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010E] = SECRET_PLACE.decode()
    tags.get_ifd(0x8825).update({1: "N", 2: (51.0, 53.0, 54.0), 3: "W", 4: (8.0, 28.0, 32.0)})
    return tags.tobytes()


def private(kind: str, *, orientation: int = 1) -> bytes:
    """Return a picture full of private metadata: EXIF with GPS, XMP, comments, and bytes behind its end."""
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">' + SECRET_PLACE + b"</x:xmpmeta>"
    options: dict[str, Any] = {"exif": exif(orientation)}
    if kind == "JPEG":
        options |= {"xmp": xmp, "comment": SECRET_PLACE}
    if kind in ("WEBP", "HEIF"):
        options |= {"xmp": xmp}
    if kind == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add_text("Comment", SECRET_PLACE.decode())
        info.add_itxt("XML:com.adobe.xmp", xmp.decode())
        options["pnginfo"] = info
    if kind == "GIF":
        options = {"comment": SECRET_PLACE}
    return encoded(kind, 90, 60, **options) + SECRET_PLACE


def png_claiming(width: int, height: int, *, real_rows: int = 1) -> bytes:
    """Return a small PNG whose header claims any size."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * (width + 1) * real_rows)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def gif_of(frames: int, width: int, height: int) -> bytes:
    """Return a GIF that claims so many frames, each almost nothing."""
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    frame = b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x4c\x01\0"
    return head + frame * frames + b";"
