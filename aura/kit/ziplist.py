"""How long the list of a ZIP is, read by hand before `zipfile` reads the list itself.

A small file can name so many members that reading them would cost more memory than a process has.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import BinaryIO

_END, _END_64 = b"PK\x05\x06", b"PK\x06\x07"
_END_SIZE, _MOST_COMMENT, _LOCATOR_SIZE = 22, 65_536, 20


@dataclass(frozen=True, slots=True)
class ListEnd:
    """What the end of a ZIP says of its list: how many members, how many bytes, and whether it goes on in 64 bits."""

    count: int
    length: int
    has_locator_64: bool

    @property
    def says_64(self) -> bool:
        """Tell whether one of the figures is the mark that the true one stands elsewhere, in 64 bits."""
        return self.count == 0xFFFF or self.length == 0xFFFF_FFFF


def end_of_list(file: BinaryIO) -> ListEnd | None:
    """Return what the end of central directory says (APPNOTE.TXT §4.3.16), None where there is no whole one."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(size - _MOST_COMMENT - _END_SIZE, 0))
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_SIZE:
        return None
    _, _, _, count, length, _ = struct.unpack_from("<HHHHII", tail, at + 4)
    return ListEnd(count, length, _END_64 in tail[max(at - _LOCATOR_SIZE, 0) : at])
