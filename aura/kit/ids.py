"""Identifiers that sort by the time they were made."""

import os
import threading
import time
import uuid

_lock = threading.Lock()
_last = 0


def uuid7() -> uuid.UUID:
    """Return a new UUID version 7 (RFC 9562 §5.7), strictly increasing within this process.

    48 bits of Unix milliseconds, then 12 bits of the sub-millisecond fraction (method 3 of §6.2), then
    62 random bits. When the clock stands still or steps back, the fraction counts on from the last one, by two: the
    upper 63 bits of two ids differ as well, and the search orders by those.
    """
    global _last
    with _lock:
        nanoseconds = time.time_ns()
        stamp = (nanoseconds // 1_000_000 << 12) | (nanoseconds % 1_000_000 * 4096 // 1_000_000)
        _last = stamp = max(stamp, _last + 2)
    random = int.from_bytes(os.urandom(8)) & (1 << 62) - 1
    value = (stamp >> 12) << 80 | 7 << 76 | (stamp & 0xFFF) << 64 | 2 << 62 | random
    return uuid.UUID(int=value)
