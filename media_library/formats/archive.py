"""ZIP archives, judged by their list of members before anything in them is unpacked (trust.md U7)."""

from __future__ import annotations

import stat
import zipfile
import zlib
from typing import BinaryIO

from aura.kit.ziplist import end_of_list
from media_library.formats.base import Unusable

MOST_MEMBERS = 5_000
MOST_LIST_BYTES = 2_000_000
MOST_BYTES = 500_000_000  # of all members, unpacked
MOST_RATIO = (
    200  # of members that are larger than SMALL when unpacked: text packs to a tenth, seldom to a fiftieth
)
SMALL = 10_000_000

BOMB = "What is packed in it would be too much unpacked. Save it once more, with less in it."
BROKEN = "The file is damaged or was cut off on the way. Export it once more and upload that."
LOCKED = "It opens with a password only. Save it without one and upload that."


def opened(file: BinaryIO) -> zipfile.ZipFile:
    """Return the archive with its members judged. Raises Unusable."""
    count, length = _list_of(file)
    if count > MOST_MEMBERS or length > MOST_LIST_BYTES:
        raise Unusable(BOMB)
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, UnicodeError) as problem:
        raise Unusable(BROKEN) from problem
    _judge_members(archive.infolist())
    return archive


def read(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """Return a member of at most so many bytes, counted as they come. Raises KeyError, and Unusable."""
    member = archive.getinfo(name)
    try:
        with archive.open(member) as part:
            data = part.read(most + 1)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, RuntimeError) as problem:
        raise Unusable(BROKEN) from problem
    except zlib.error as problem:
        raise Unusable(BROKEN) from problem
    if len(data) > most:
        raise Unusable(BOMB)
    return data


def _list_of(file: BinaryIO) -> tuple[int, int]:
    """Return how many members the archive says it has, and how many bytes their list takes."""
    end = end_of_list(file)
    if end is None:
        raise Unusable(BROKEN)
    if end.says_64:  # which no file of our size needs
        raise Unusable(BOMB)
    return end.count, end.length


def _judge_members(members: list[zipfile.ZipInfo]) -> None:
    names = set()
    total, end = 0, 0
    for member in sorted(members, key=lambda one: one.header_offset):
        name = member.filename
        if (
            name in names
            or name.startswith(("/", "\\"))
            or ":" in name
            or ".." in name.replace("\\", "/").split("/")
        ):
            raise Unusable(BROKEN)
        names.add(name)
        if member.flag_bits & 0x1:
            raise Unusable(LOCKED)
        if stat.S_ISLNK(member.external_attr >> 16) or member.header_offset < end:
            raise Unusable(BROKEN)  # a link, or two members that share their bytes
        end = member.header_offset + member.compress_size
        total += member.file_size
        if total > MOST_BYTES or (
            member.file_size > SMALL and member.file_size > MOST_RATIO * max(member.compress_size, 1)
        ):
            raise Unusable(BOMB)
