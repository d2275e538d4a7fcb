"""Reads what a film says about itself: container, picture size, duration. Decodes nothing.

Pure Python on purpose: this runs in the web process on whatever a stranger sends. It hops from box to box of an MP4 or
MOV (ISO/IEC 14496-12 §4.2) and from element to element of a WebM (RFC 9559), reads a few bytes of each, and gives up
after so many hops: neither a loop nor a billion of empty boxes keeps it.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

MOST_HOPS = 4_000  # an ordinary film takes some forty
MOST_SAMPLES = 2_000_000  # of one track: four hours of 120 pictures a second
LONGEST_MS = 7 * 24 * 3600 * 1000  # what claims to be longer than a week claims nothing


class NotAFilm(ValueError):
    """The bytes are no film that is taken; `str()` says what to do."""


@dataclass(frozen=True)
class FilmHeader:
    """What a film claims to be. `width` × `height` in pixels as it is shown; `pixels` is the most it may decode to."""

    mime: str
    extension: str
    width: int
    height: int
    pixels: int
    duration_ms: int = 0
    frames: int = 1
    kind: str = "video"


CUT_OFF = "The film is damaged or was cut off on the way. Export it once more and upload that."
NO_PICTURE = "It has no moving picture in it, only sound or data. Export the film with its picture as an MP4."
MATROSKA = "This is a Matroska film (MKV). Export it as an MP4 and upload that."
_EBML = b"\x1a\x45\xdf\xa3"
_OLD_MOVIES = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}  # how a MOV begins that has no `ftyp`


def is_film(head: bytes) -> bool:
    """Tell whether a file that begins so is an MP4, MOV, WebM or Matroska file, sound or not."""
    if head[:4] == _EBML or head[4:8] == b"ftyp":
        return True
    return head[:1] == b"\0" and head[4:8] in _OLD_MOVIES


def read_film(file: BinaryIO) -> FilmHeader:
    """Return the header of a film. Raises NotAFilm for anything else; the file stays open at any position."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    head = file.read(12)
    reader = _Reader(file, size)
    try:
        if head[:4] == _EBML:
            return _webm(reader)
        return _movie(reader, is_quicktime=head[4:8] != b"ftyp" or head[8:12] == b"qt  ")
    except (struct.error, IndexError, EOFError, OverflowError) as error:
        raise NotAFilm(CUT_OFF) from error


class _Reader:
    """A file that is hopped through. Raises EOFError for what lies behind its end, and after too many hops."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.file, self.size, self.hops = file, size, 0

    def read(self, at: int, size: int) -> bytes:
        """Return exactly so many bytes from there."""
        self.file.seek(at)
        data = self.file.read(size)
        if len(data) < size:
            raise EOFError
        return data

    def hop(self) -> None:
        """Count one hop."""
        self.hops += 1
        if self.hops > MOST_HOPS:
            raise EOFError

    def boxes(self, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
        """Walk the boxes between two positions: kind, where the body begins, where it ends."""
        while at + 8 <= end:
            self.hop()
            length, kind = struct.unpack(">I4s", self.read(at, 8))
            body = at + 8
            if length == 1:
                length = struct.unpack(">Q", self.read(body, 8))[0] or 1
                body += 8
            last = at + length if length else end
            if last < body or last > end:
                raise EOFError
            yield kind, body, last
            at = last

    def inside(self, at: int, end: int, *path: bytes) -> tuple[int, int] | None:
        """Return the body of the first box at the end of a path of boxes, or None."""
        for name in path:
            found = next(((body, last) for kind, body, last in self.boxes(at, end) if kind == name), None)
            if found is None:
                return None
            at, end = found
        return at, end

    def elements(self, at: int, end: int) -> Iterator[tuple[int, int, int]]:
        """Walk the EBML elements between two positions: id, where the body begins, where it ends."""
        while at < end:
            self.hop()
            name, at = self._number(at, keep_marker=True, most=4)
            length, body = self._number(at, keep_marker=False, most=8)
            last = end if length is None else body + length
            if name is None or last > end:
                raise EOFError
            yield name, body, last
            at = last

    def _number(self, at: int, *, keep_marker: bool, most: int) -> tuple[int | None, int]:
        """Return a number of variable length, None where it says "unknown", and where it ends."""
        first = self.read(at, 1)[0]
        length = 9 - first.bit_length()
        if length > most:
            raise EOFError
        value = int.from_bytes(self.read(at, length), "big")
        bits = (1 << 7 * length) - 1
        if keep_marker:
            return value, at + length
        return (None if value & bits == bits else value & bits), at + length

    def whole(self, at: int, end: int) -> int:
        """Return an unsigned number that fills an element."""
        return int.from_bytes(self.read(at, min(end - at, 8)), "big")


def _movie(reader: _Reader, *, is_quicktime: bool) -> FilmHeader:
    movie: tuple[int, int] | None = None
    for kind, body, end in reader.boxes(0, reader.size):
        if kind == b"moov" and movie is None:
            movie = body, end
        elif kind == b"moof" and movie is not None:
            break  # in fragments: there may be thousands of them, and all that is said stands before
    if movie is None:
        raise EOFError
    tracks = [
        track
        for kind, body, end in reader.boxes(*movie)
        if kind == b"trak" and (track := _track(reader, body, end))
    ]
    if not tracks:
        raise NotAFilm(NO_PICTURE)
    width, height, pixels = max(tracks, key=lambda track: track[2])
    if not (width and height):
        raise NotAFilm(NO_PICTURE)
    mime, extension = ("video/quicktime", "mov") if is_quicktime else ("video/mp4", "mp4")
    return FilmHeader(mime, extension, width, height, pixels, _movie_ms(reader, *movie))


def _track(reader: _Reader, at: int, end: int) -> tuple[int, int, int] | None:
    """Return width and height as shown, and the most pixels, of a track of pictures; None for any other track."""
    samples = reader.inside(at, end, b"mdia", b"minf", b"stbl", b"stsz")
    if samples:
        each, number = struct.unpack(">II", reader.read(samples[0] + 4, 8))
        if number > reader.size or (number > MOST_SAMPLES and not each):
            raise EOFError  # more of them than bytes, or than anybody watches
    handler = reader.inside(at, end, b"mdia", b"hdlr")
    if handler is None or reader.read(handler[0] + 8, 4) != b"vide":
        return None
    table = reader.inside(at, end, b"mdia", b"minf", b"stbl")
    about = reader.inside(at, end, b"tkhd")
    if table is None or about is None:
        raise EOFError
    entry = reader.inside(*table, b"stsd")
    if entry is None:
        raise EOFError
    coded = struct.unpack(">HH", reader.read(entry[0] + 8 + 8 + 24, 4))  # of the first kind of picture
    body = about[0] + (52 if reader.read(about[0], 1)[0] == 1 else 40)
    a, _b, _u, _c, d = struct.unpack(">5i", reader.read(body, 20))
    shown = tuple(side >> 16 for side in struct.unpack(">II", reader.read(body + 36, 8)))
    width, height = shown if all(shown) else coded
    if a == 0 and d == 0:  # turned by a quarter
        width, height = height, width
    return width, height, max(width * height, coded[0] * coded[1])


def _movie_ms(reader: _Reader, at: int, end: int) -> int:
    about = reader.inside(at, end, b"mvhd")
    if about is None:
        return 0
    if reader.read(about[0], 1)[0] == 1:
        scale, length = struct.unpack(">IQ", reader.read(about[0] + 20, 12))
    else:
        scale, length = struct.unpack(">II", reader.read(about[0] + 12, 8))
    return _plausible(1000 * length // scale) if scale else 0


def _plausible(milliseconds: float) -> int:
    return int(milliseconds) if 0 <= milliseconds <= LONGEST_MS else 0


_HEADER, _SEGMENT, _INFO, _TRACKS, _CLUSTER = 0x1A45DFA3, 0x18538067, 0x1549A966, 0x1654AE6B, 0x1F43B675
_DOC_TYPE, _SCALE, _DURATION = 0x4282, 0x2AD7B1, 0x4489
_TRACK, _TRACK_TYPE, _VIDEO, _WIDTH, _HEIGHT = 0xAE, 0x83, 0xE0, 0xB0, 0xBA
_OF_PICTURES = 1


def _webm(reader: _Reader) -> FilmHeader:
    tracks: list[tuple[int, int]] = []
    duration = 0
    for name, body, end in reader.elements(0, reader.size):
        if name == _HEADER:
            kinds = [
                reader.read(at, min(last - at, 16))
                for key, at, last in reader.elements(body, end)
                if key == _DOC_TYPE
            ]
            if kinds != [b"webm"]:
                raise NotAFilm(MATROSKA if kinds == [b"matroska"] else CUT_OFF)
        elif name == _SEGMENT:
            for inner, at, last in reader.elements(body, end):
                if inner == _INFO:
                    duration = _webm_ms(reader, at, last)
                elif inner == _TRACKS:
                    tracks = list(_webm_tracks(reader, at, last))
                if inner == _CLUSTER:  # what is shown begins: all that is said stands before
                    break
            break
    if not tracks:
        raise NotAFilm(NO_PICTURE)
    width, height = max(tracks, key=lambda size: size[0] * size[1])
    if not (width and height):
        raise NotAFilm(NO_PICTURE)
    return FilmHeader("video/webm", "webm", width, height, width * height, duration)


def _webm_ms(reader: _Reader, at: int, end: int) -> int:
    scale, length = 1_000_000, 0.0
    for name, body, last in reader.elements(at, end):
        if name == _SCALE:
            scale = reader.whole(body, last)
        elif name == _DURATION and last - body in (4, 8):
            (length,) = struct.unpack(">f" if last - body == 4 else ">d", reader.read(body, last - body))
    return _plausible(length * scale / 1_000_000)


def _webm_tracks(reader: _Reader, at: int, end: int) -> Iterator[tuple[int, int]]:
    for name, body, last in reader.elements(at, end):
        if name != _TRACK:
            continue
        kind, sides = 0, {_WIDTH: 0, _HEIGHT: 0}
        for inner, begin, stop in reader.elements(body, last):
            if inner == _TRACK_TYPE:
                kind = reader.whole(begin, stop)
            elif inner == _VIDEO:
                for field, first, final in reader.elements(begin, stop):
                    if field in sides:
                        sides[field] = reader.whole(first, final)
        if kind == _OF_PICTURES:
            yield sides[_WIDTH], sides[_HEIGHT]
