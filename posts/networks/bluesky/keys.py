"""Names that are known before sending: a TID for the record, and what a session's tokens say of themselves."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from datetime import UTC, datetime
from typing import Any

_LETTERS = "234567abcdefghijklmnopqrstuvwxyz"


def record_key(created_at: datetime, seed: str) -> str:
    """A TID (atproto.com/specs/tid): the instant to the millisecond, below it 20 bits that only `seed` decides."""
    noise = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big")
    micros = int(created_at.timestamp() * 1000) * 1000 + noise % 1000
    number = (micros << 10) | (noise // 1000 % 1024)
    return "".join(_LETTERS[number >> shift & 31] for shift in range(60, -1, -5))


def claims(token: str) -> dict[str, Any]:
    """What a JWT says, unverified: only the network that made it can check it. {} where it says nothing readable."""
    part = token.split(".")[1] if token.count(".") == 2 else ""
    try:
        said = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, binascii.Error):
        return {}
    return said if isinstance(said, dict) else {}


def ends(token: str) -> str:
    """When a JWT ends (ISO 8601, UTC), "" where it does not say."""
    at = claims(token).get("exp")
    try:
        return datetime.fromtimestamp(at, UTC).isoformat() if isinstance(at, int) else ""
    except (ValueError, OverflowError, OSError):
        return ""
