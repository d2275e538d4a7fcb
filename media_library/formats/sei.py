"""Takes out of compressed pictures what their camera wrote between them for itself.

H.264 and H.265 carry messages beside the pictures (ITU-T H.264 annex D, H.265 annex D). Those of type 5, "user data,
unregistered", draw nothing: some cameras keep there when and where they were. All other messages stay, as players need
them. Imports nothing but the standard library: it runs in the decoding child.
"""

from __future__ import annotations

import re
from collections.abc import Callable

USER_DATA = 5
_NAL_HEAD = {"h264": 1, "hevc": 2}
_LENGTH_AT = {"h264": 4, "hevc": 21}  # where the configuration says how long the lengths of units are
_ESCAPED = re.compile(rb"\x00\x00\x03")
_TO_ESCAPE = re.compile(rb"\x00\x00(?=[\x00-\x03])")


def stripper_for(codec: str, configuration: bytes) -> Callable[[bytes], bytes | None] | None:
    """Return what strips one packet of this stream, or None where nothing of the kind can be in it.

    The stripper returns the packet without such messages, empty where it was nothing else, or None where it has none
    and stays as it is.
    """
    head, at = _NAL_HEAD.get(codec), _LENGTH_AT.get(codec, 0)
    if head is None or len(configuration) <= at or configuration[0] != 1:
        return None
    size = (configuration[at] & 3) + 1

    def strip(packet: bytes) -> bytes | None:
        return _strip(packet, size, head)

    return strip


def _strip(packet: bytes, size: int, head: int) -> bytes | None:
    out: list[bytes] = []
    at, found = 0, False
    while at + size < len(packet):
        end = at + size + int.from_bytes(packet[at : at + size], "big")
        if end > len(packet):  # not cut as the configuration says: nothing that can be told apart
            return None
        if _is_message(packet[at + size], head):
            unit = packet[at + size : end]
            kept = _without_user_data(unit, head)
            if kept != unit:
                found = True
                if kept:
                    out.append(len(kept).to_bytes(size, "big") + kept)
                at = end
                continue
        out.append(packet[at:end])
        at = end
    return b"".join(out) if found else None


def _is_message(first: int, head: int) -> bool:
    return first & 0x1F == 6 if head == 1 else first >> 1 & 0x3F in (39, 40)


def _without_user_data(unit: bytes, head: int) -> bytes:
    """Return a unit of messages without user data: empty where there was nothing else, itself where there was none."""
    data = _ESCAPED.sub(b"\0\0", unit[head:])
    kept: list[bytes] = []
    at, found = 0, False
    while at < len(data) and data[at:] != b"\x80":
        begin = at
        kind, at = _number(data, at)
        size, at = _number(data, at)
        at += size
        if at > len(data):
            return b"" if found or kind == USER_DATA else unit
        if kind == USER_DATA:
            found = True
        else:
            kept.append(data[begin:at])
    if not found:
        return unit
    if not kept:
        return b""
    return unit[:head] + _TO_ESCAPE.sub(b"\0\0\3", b"".join(kept) + b"\x80")


def _number(data: bytes, at: int) -> tuple[int, int]:
    """Return a number written as bytes of 255 and a last one, and where it ends."""
    value = 0
    while at < len(data) and data[at] == 255:
        value, at = value + 255, at + 1
    return value + (data[at] if at < len(data) else 0), at + 1
