"""Reads what a picture says about itself in its first bytes: kind, size in pixels, frames. Decodes nothing.

Pure Python on purpose: this runs in the web process on whatever a stranger sends. It reads a few kilobytes of
JPEG, PNG, WebP, AVIF and HEIC, and walks the blocks of a GIF to count its frames.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

MOST_FRAMES = 5_000  # counted no further: any frame budget is spent by then


class NotAPicture(ValueError):
    """The bytes are none of the kinds that are taken, or are cut off; `str()` says what to do."""


@dataclass(frozen=True)
class Header:
    """What a picture claims to be. `width` × `height` in pixels as stored, before any orientation."""

    format: str
    mime: str
    extension: str
    width: int
    height: int
    frames: int = 1
    progressive: bool = False
    kind: str = "image"

    @property
    def pixels(self) -> int:
        """Pixels of all frames together."""
        return self.width * self.height * self.frames


def is_picture(head: bytes) -> bool:
    """Tell whether a file that begins so is of one of the kinds that are read here, sound or not."""
    return any(fits(head[:32]) for fits, _ in _READERS)


def read_header(file: BinaryIO) -> Header:
    """Return the header of a picture. Raises NotAPicture for anything else; the file stays open at any position."""
    file.seek(0)
    head = file.read(32)
    for fits, reader in _READERS:
        if fits(head):
            try:
                header = reader(file)
            except (struct.error, IndexError, EOFError) as error:
                raise NotAPicture(_CUT_OFF) from error
            if not (header.width and header.height):
                raise NotAPicture(_CUT_OFF)
            return header
    raise NotAPicture("")


_CUT_OFF = "The file is damaged or was cut off on the way. Export it once more and upload that."


def _exactly(file: BinaryIO, size: int) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise EOFError
    return data


_JPEG_SIZES = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
_JPEG_PROGRESSIVE = {0xC2, 0xC6, 0xCA, 0xCE}


def _jpeg(file: BinaryIO) -> Header:
    file.seek(2)
    while True:
        marker = _exactly(file, 2)
        if marker[0] != 0xFF:
            raise EOFError
        code = marker[1]
        while code == 0xFF:  # fill bytes
            code = _exactly(file, 1)[0]
        if code == 0x01 or 0xD0 <= code <= 0xD8:
            continue
        if code in (0xD9, 0xDA):  # the picture begins or ends without a size
            raise EOFError
        (length,) = struct.unpack(">H", _exactly(file, 2))
        if code in _JPEG_SIZES:
            _, height, width = struct.unpack(">BHH", _exactly(file, 5))
            return Header("JPEG", "image/jpeg", "jpg", width, height, progressive=code in _JPEG_PROGRESSIVE)
        if length < 2:
            raise EOFError
        file.seek(length - 2, io.SEEK_CUR)


def _png(file: BinaryIO) -> Header:
    file.seek(8)
    length, kind, width, height = struct.unpack(">I4sII", _exactly(file, 16))
    if kind != b"IHDR" or length != 13:
        raise EOFError
    file.seek(8 + 12 + length)
    frames = 1
    while True:
        length, kind = struct.unpack(">I4s", _exactly(file, 8))
        if kind == b"acTL":
            frames = max(struct.unpack(">I", _exactly(file, 4))[0], 1)
            break
        if kind in (b"IDAT", b"IEND"):
            break
        file.seek(length + 4, io.SEEK_CUR)
    return Header("PNG", "image/png", "png", width, height, frames)


def _gif(file: BinaryIO) -> Header:
    file.seek(6)
    width, height, flags = struct.unpack("<HHB", _exactly(file, 5))
    file.seek(13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0))
    frames = 0
    while frames < MOST_FRAMES:
        block = file.read(1)
        if block == b",":
            frames += 1
            local = _exactly(file, 9)[8]
            file.seek((3 << (local & 7) + 1 if local & 0x80 else 0) + 1, io.SEEK_CUR)
        elif block == b"!":
            file.seek(1, io.SEEK_CUR)
        else:  # the trailer, or the end of a file without one
            break
        while size := file.read(1):
            if size == b"\0":
                break
            file.seek(size[0], io.SEEK_CUR)
    if not frames:
        raise EOFError
    return Header("GIF", "image/gif", "gif", width, height, frames)


def _webp(file: BinaryIO) -> Header:
    file.seek(12)
    size: tuple[int, int] | None = None
    moving, frames = False, 0
    while (chunk := file.read(8)) and len(chunk) == 8 and frames < MOST_FRAMES:
        kind, length = struct.unpack("<4sI", chunk)
        start = file.tell()
        if kind == b"VP8X":
            flags, canvas = _exactly(file, 4)[0], _exactly(file, 6)
            size = int.from_bytes(canvas[:3], "little") + 1, int.from_bytes(canvas[3:], "little") + 1
            moving = bool(flags & 2)
        elif kind == b"VP8 " and size is None:
            data = _exactly(file, 10)
            if data[3:6] != b"\x9d\x01\x2a":
                raise EOFError
            width, height = struct.unpack("<HH", data[6:])
            size = width & 0x3FFF, height & 0x3FFF
        elif kind == b"VP8L" and size is None:
            signature, bits = struct.unpack("<BI", _exactly(file, 5))
            if signature != 0x2F:
                raise EOFError
            size = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        elif kind == b"ANMF":
            frames += 1
        if size and not moving:
            break
        file.seek(start + length + (length & 1))
    if size is None or (moving and not frames):
        raise EOFError
    return Header("WEBP", "image/webp", "webp", *size, frames=max(frames, 1))


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Walk the boxes of an ISO base media file (ISO/IEC 14496-12 §4.2)."""
    at = 0
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        begin = at + 8
        if length == 1:
            (length,) = struct.unpack_from(">Q", data, begin)
            begin += 8
        end = at + length if length else len(data)
        if end < begin:
            raise EOFError
        yield kind, data[begin:end]
        at = end


def _brands(head: bytes) -> set[bytes]:
    length = min(int.from_bytes(head[:4], "big"), len(head))
    return {head[8:12], *(head[i : i + 4] for i in range(16, length, 4))}


HEIF_HEAD = 64 * 1024  # where the description of an AVIF or HEIC lies: well within the first 64 kB
_MOVING = {b"avis": "AVIF", b"hevc": "HEIC", b"hevx": "HEIC", b"msf1": "HEIC"}


def _avif(file: BinaryIO) -> Header:
    return Header("AVIF", "image/avif", "avif", *_heif_size(file))


def _heic(file: BinaryIO) -> Header:
    return Header("HEIF", "image/heic", "heic", *_heif_size(file))


def _heif_size(file: BinaryIO) -> tuple[int, int]:
    """Return the size of the largest picture inside: the others are its tiles, thumbnails and masks."""
    file.seek(0)
    data = file.read(HEIF_HEAD)
    for kind, body in _boxes(data):
        if kind == b"ftyp" and (moving := _MOVING.get(body[:4])):
            raise NotAPicture(
                f"Aura does not take moving {moving}. Save it as a GIF or WebP and upload that."
            )
        if kind == b"meta":
            sizes = [
                struct.unpack_from(">II", size, 4)
                for outer, inner in _boxes(body[4:])
                if outer == b"iprp"
                for container, properties in _boxes(inner)
                if container == b"ipco"
                for name, size in _boxes(properties)
                if name == b"ispe"
            ]
            if sizes:
                width, height = max(sizes, key=lambda size: size[0] * size[1])
                return width, height
    raise EOFError


_HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_READERS = [
    (lambda head: head[:3] == b"\xff\xd8\xff", _jpeg),
    (lambda head: head[:8] == b"\x89PNG\r\n\x1a\n", _png),
    (lambda head: head[:6] in (b"GIF87a", b"GIF89a"), _gif),
    (lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP", _webp),
    (lambda head: head[4:8] == b"ftyp" and bool(_brands(head) & {b"avif", b"avis"}), _avif),
    (lambda head: head[4:8] == b"ftyp" and bool(_brands(head) & _HEIC), _heic),
]
