"""Copies a picture without what it says about people and places: only what draws it stays.

Works on the container and never touches the compressed pixels, so nothing is lost and it costs next to nothing.
EXIF (with GPS), XMP, IPTC, comments, embedded previews, maker notes and whatever hangs behind the end go; the
colour profile stays. Imports nothing but the standard library: it runs in the decoding child.
"""

from __future__ import annotations

import struct
from collections.abc import Callable


class CannotStrip(ValueError):
    """The container is not laid out as its format says."""


_JPEG_KEPT_APPS = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}


def strip_jpeg(data: bytes) -> bytes:
    """Return a JPEG with its frame, tables, colour profile and Adobe marker alone, up to its end marker."""
    out = [b"\xff\xd8"]
    at = 2
    while True:
        at = _next_marker(data, at)
        code = data[at + 1]
        if code == 0xD9:
            return b"".join([*out, b"\xff\xd9"])
        if at + 4 > len(data):
            raise CannotStrip("marker without length")
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if end > len(data):
            raise CannotStrip("segment past the end")
        is_app = 0xE0 <= code <= 0xEF
        kept = _JPEG_KEPT_APPS.get(code)
        if code == 0xFE or (is_app and not (kept and data[at + 4 : at + 4 + len(kept)] == kept)):
            at = end
            continue
        if code == 0xE0:  # a JFIF header may carry a thumbnail behind its 14 bytes of fields
            out.append(b"\xff\xe0\x00\x10" + data[at + 4 : at + 16] + b"\0\0")
        else:
            out.append(data[at:end])
        at = end
        if code == 0xDA:
            scan_end = _end_of_scan(data, at)
            out.append(data[at:scan_end])
            at = scan_end


def _next_marker(data: bytes, at: int) -> int:
    if at + 2 > len(data) or data[at] != 0xFF:
        raise CannotStrip("no marker")
    while at + 1 < len(data) and data[at + 1] == 0xFF:
        at += 1
    if at + 1 >= len(data):
        raise CannotStrip("cut off")
    return at


def _end_of_scan(data: bytes, at: int) -> int:
    """Return where compressed data ends: at the first marker that is neither a stuffed zero nor a restart."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            raise CannotStrip("scan without end")
        code = data[at + 1]
        if code == 0 or 0xD0 <= code <= 0xD7:
            at += 2
        elif code == 0xFF:
            at += 1
        else:
            return at


_PNG_KEPT = {
    b"IHDR",
    b"PLTE",
    b"IDAT",
    b"IEND",
    b"tRNS",
    b"gAMA",
    b"cHRM",
    b"sRGB",
    b"iCCP",
    b"cICP",
    b"sBIT",
}
_PNG_KEPT |= {b"pHYs", b"acTL", b"fcTL", b"fdAT"}


def strip_png(data: bytes) -> bytes:
    """Return a PNG with the chunks that draw it alone."""
    out, at = [data[:8]], 8
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            break
        if kind in _PNG_KEPT:
            out.append(data[at:end])
        if kind == b"IEND":
            return b"".join(out)
        at = end
    raise CannotStrip("no end chunk")


_WEBP_KEPT = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"}
_WEBP_PRIVATE = 0x08 | 0x04  # flags of VP8X: EXIF, XMP


def strip_webp(data: bytes) -> bytes:
    """Return a WebP without EXIF, XMP and unknown chunks, and with flags that say so."""
    (length,) = struct.unpack_from("<I", data, 4)
    limit = 8 + length
    if limit > len(data) + 1:
        raise CannotStrip("cut off")
    out, at = [], 12
    while at + 8 <= min(limit, len(data)):
        kind, length = struct.unpack_from("<4sI", data, at)
        chunk = data[at : at + 8 + length]
        if len(chunk) < 8 + length:
            raise CannotStrip("chunk past the end")
        if kind == b"VP8X":
            chunk = chunk[:8] + bytes([chunk[8] & ~_WEBP_PRIVATE]) + chunk[9:]
        if kind in _WEBP_KEPT:
            out.append(chunk + b"\0" * (length & 1))
        at += 8 + length + (length & 1)
    body = b"WEBP" + b"".join(out)
    return b"RIFF" + struct.pack("<I", len(body)) + body


_GIF_KEPT_APPS = {b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012"}


def strip_gif(data: bytes) -> bytes:
    """Return a GIF with its frames, timing, loop count and colour profile alone, up to its trailer."""
    flags = data[10]
    at = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    out = [data[:at]]
    while at < len(data):
        start, kind = at, data[at]
        if kind == 0x3B:
            break
        if kind == 0x2C:
            local = data[at + 9]
            at = _end_of_blocks(data, at + 11 + (3 << (local & 7) + 1 if local & 0x80 else 0))
            keep = True
        elif kind == 0x21:
            label = data[at + 1]
            at = _end_of_blocks(data, at + 2)
            keep = label == 0xF9 or (label == 0xFF and data[start + 3 : start + 14] in _GIF_KEPT_APPS)
        else:
            break
        if keep:
            out.append(data[start:at])
    return b"".join([*out, b";"])


def _end_of_blocks(data: bytes, at: int) -> int:
    while at < len(data) and data[at]:
        at += 1 + data[at]
    if at >= len(data):
        raise CannotStrip("cut off")
    return at + 1


STRIPPERS: dict[str, Callable[[bytes], bytes]] = {
    "JPEG": strip_jpeg,
    "PNG": strip_png,
    "WEBP": strip_webp,
    "GIF": strip_gif,
}
