"""Signatures of what is sent to receivers, as the Standard Webhooks specification says; this is their one place.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md (read 2026-11-20):
`webhook-id` stays the same over every retry and is the receiver's idempotency key, `webhook-timestamp` is the instant
of this attempt in seconds, `webhook-signature` is `v1,` + base64 of HMAC-SHA256 over `id.timestamp.body`, several
of them separated by spaces while a secret is being changed.

A credential is a dict with the `secret`, and while it is being changed `previous_secret` and `previous_until`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

PREFIX = "whsec_"
SECRET_BYTES = 32
"""The specification asks for 24 to 64 random bytes."""
BODY_LIMIT = 20_000
"""Bytes; the specification recommends bodies below 20 kB."""
ROTATION = timedelta(hours=24)
"""How long the old secret keeps signing beside the new one."""


def new_secret() -> str:
    """A fresh signing secret, `whsec_` and base64 of 32 random bytes."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode("ascii")


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """One signature, `v1,…`, over exactly these bytes. Raises ValueError for a secret that is not base64."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("A webhook secret is whsec_ followed by base64.") from None
    digest = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode("ascii")


def verify(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether one of the signatures of a received message is ours, compared in constant time.

    Judges the signature only; a receiver also refuses old timestamps and ids it has seen.
    """
    given = {name.lower(): value for name, value in headers.items()}
    try:
        wanted = sign(secret, given["webhook-id"], int(given["webhook-timestamp"]), body)
    except (KeyError, ValueError):
        return False
    return any(
        hmac.compare_digest(wanted.encode(), one.encode())
        for one in given.get("webhook-signature", "").split()
    )


def renewed(credential: Mapping[str, str], *, now: datetime) -> dict[str, str]:
    """A credential with a new secret; the old one signs beside it for a day, so that a receiver changes in peace."""
    fresh = {"secret": new_secret()}
    if old := credential.get("secret"):
        fresh |= {"previous_secret": old, "previous_until": (now + ROTATION).isoformat()}
    return fresh


def secrets_that_sign(credential: Mapping[str, str], now: datetime) -> list[str]:
    """The secrets that sign now: the new one first, the previous one while it lasts."""
    found = [credential["secret"]] if credential.get("secret") else []
    until = credential.get("previous_until")
    if until and credential.get("previous_secret") and now < datetime.fromisoformat(until):
        found.append(credential["previous_secret"])
    return found


def headers_for(
    credential: Mapping[str, str], message_id: str, body: bytes, *, now: datetime
) -> dict[str, str] | None:
    """The headers of a signed JSON message, or None where the credential holds no secret that can sign."""
    timestamp = int(now.timestamp())
    try:
        signatures = [
            sign(secret, message_id, timestamp, body) for secret in secrets_that_sign(credential, now)
        ]
    except ValueError:
        return None
    if not signatures:
        return None
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


def to_json(value: Mapping[str, Any]) -> bytes:
    """A message as the bytes that are signed and sent."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
