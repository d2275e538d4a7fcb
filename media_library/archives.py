"""ZIP archives that are unpacked on their way in: judged by their list first, then member by member (trust.md U7).

Nothing is written under a name from inside, so no name can lead anywhere; what tries is refused all the same.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from django.conf import settings

from aura.kit.files import CHUNK
from aura.kit.problems import Refused
from aura.kit.ziplist import end_of_list

ACCEPT = ".zip"
MOST_MEMBERS = 500
MOST_LISTED = 5_000  # of a document, which has a member for every slide and every picture in it
MOST_UNPACKED = 5  # times as much as the archive may be
MOST_RATIO = 100  # of members that are larger than SMALL: pictures and films do not pack at all
SMALL = 1_000_000
_LIST_BYTES = 1_000_000
_BEGINNINGS = (b"PK\x03\x04", b"PK\x05\x06")
_MEMBER_HEAD = 30
_BROKEN = (
    zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError, ValueError,
)  # fmt: skip
_LEFT_BY_SYSTEMS = {".ds_store", "thumbs.db", "desktop.ini"}
DAMAGED = "It is damaged. Pack it anew, or send the files without a ZIP."


class NotUnpacked(Refused):
    """An archive, or a member of one, that is not unpacked; the sentence says why (422)."""

    status = 422
    code = "NOT_UNPACKED"


def largest_bytes() -> int:
    """Return the most bytes of an archive (`AURA_MAX_ZIP_MB`)."""
    return int(settings.AURA_MAX_ZIP_MB) * 1_000_000


def is_packed(head: bytes) -> bool:
    """Tell whether a file that begins so is a ZIP; an Office file is one as well (`is_document`)."""
    return head.startswith(_BEGINNINGS)


def is_document(archive: zipfile.ZipFile) -> bool:
    """Tell whether the archive is itself one document, of an Office, say."""
    return bool({"[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF"} & set(archive.namelist()))


def opened(file: BinaryIO) -> zipfile.ZipFile:
    """Return the archive, once its list was judged. Raises NotUnpacked; nothing is unpacked yet."""
    count, length = _end_of(file)
    too_many = NotUnpacked(
        f"It holds {count:,} files, and {MOST_MEMBERS} at a time is the limit. Pack several ZIPs."
    )
    if count > MOST_LISTED or length > _LIST_BYTES:
        raise too_many
    try:
        archive = zipfile.ZipFile(file)
    except _BROKEN as problem:
        raise NotUnpacked(DAMAGED) from problem
    members = archive.infolist()
    if len(members) != count:
        raise NotUnpacked(DAMAGED)
    if count > MOST_MEMBERS and not is_document(archive):
        raise too_many
    end = 0
    for member in sorted(members, key=lambda one: one.header_offset):
        if member.header_offset < end:
            raise NotUnpacked("Files in it share their bytes, as no ordinary ZIP does. Pack it anew.")
        end = member.header_offset + _MEMBER_HEAD + member.compress_size
    if sum(member.file_size for member in members) > MOST_UNPACKED * largest_bytes():
        raise NotUnpacked("What is packed in it would be too much unpacked. Pack several ZIPs.")
    return archive


def _end_of(file: BinaryIO) -> tuple[int, int]:
    """Return how many members the archive says it has, and how many bytes their list takes."""
    end = end_of_list(file)
    if end is None or end.has_locator_64:
        raise NotUnpacked(DAMAGED)
    return end.count, end.length


def members(archive: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    """Give the files in it; folders and what systems leave behind in archives are passed over."""
    for member in archive.infolist():
        parts = member.filename.split("/")
        if member.is_dir() or "__MACOSX" in parts or parts[-1].startswith("._"):
            continue
        if parts[-1].lower() not in _LEFT_BY_SYSTEMS:
            yield member


def judge(member: zipfile.ZipInfo, seen: set[str]) -> None:
    """Refuse a member that lies about what it is. Raises NotUnpacked. `seen` are the names before it."""
    name = member.orig_filename.replace("\\", "/")
    if name.startswith("/") or ":" in name.partition("/")[0] or ".." in name.split("/") or "\0" in name:
        raise NotUnpacked("Its name leads out of the ZIP. Pack it anew.")
    if name in seen:
        raise NotUnpacked("Another file in the ZIP has the same name. Give them different ones.")
    seen.add(name)
    if stat.S_ISLNK(member.external_attr >> 16):
        raise NotUnpacked("It is a link and no file. Pack the file itself.")
    if member.flag_bits & 0x1:
        raise NotUnpacked("It opens with a password only. Pack it without one.")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise NotUnpacked("It is packed in an unusual way. Pack it anew as an ordinary ZIP.")
    if member.file_size > SMALL and member.file_size > MOST_RATIO * max(member.compress_size, 1):
        raise NotUnpacked("It would be more than 100 times as large unpacked. Send it without a ZIP.")


def unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """Give the bytes of a member, never more than it announced. Raises NotUnpacked where it is damaged."""
    try:
        with archive.open(member) as part:
            while chunk := part.read(CHUNK):
                yield chunk
    except _BROKEN as problem:
        raise NotUnpacked(DAMAGED) from problem
