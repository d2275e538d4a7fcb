"""Access tokens: signed notes of who a program acts for, in which workspace, until when. A role is never in them.

Signed by HMAC-SHA-256 and nothing else, with a key made from the first of AURA_SECRET_KEYS; those made from the others
still check, so a key is changed as for everything sealed. Which key it was is looked up in our own list, never fetched.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import jwt
from django.conf import settings

from aura.kit.ids import uuid7

ALGORITHM: Final = "HS256"
AUDIENCE: Final = "aura-api"
TYPE: Final = "at+jwt"
LEEWAY: Final = timedelta(seconds=5)
"""So far the clocks of two web servers may differ."""
_CLAIMS: Final = ["exp", "iat", "nbf", "iss", "aud", "sub", "jti", "workspace", "family"]


class NotOurs(Exception):
    """No access token of this instance: made up, changed, for something else, or signed with a key that has gone."""


class RanOut(NotOurs):
    """It was one, and its time is over."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What an access token says."""

    user: uuid.UUID
    workspace: uuid.UUID
    family: uuid.UUID
    id: str


def issue(
    *, user: uuid.UUID, workspace: uuid.UUID, family: uuid.UUID, now: datetime, ends_at: datetime
) -> str:
    """Return a signed access token that counts from `now` until `ends_at`."""
    claims = {
        "iss": settings.AURA_URL,
        "aud": AUDIENCE,
        "sub": str(user),
        "workspace": str(workspace),
        "family": str(family),
        "jti": str(uuid7()),
        "iat": now,
        "nbf": now,
        "exp": ends_at,
    }
    key_id, key = next(iter(_keys().items()))
    return jwt.encode(claims, key, algorithm=ALGORITHM, headers={"typ": TYPE, "kid": key_id})


def read(token: str) -> Claims:
    """Return what a token says, once everything about it is right. Raises NotOurs, RanOut for one that was right."""
    try:
        header = jwt.get_unverified_header(token)
        key = _keys().get(str(header.get("kid")))
        if key is None or header.get("typ") != TYPE:
            raise NotOurs
        said: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=settings.AURA_URL,
            leeway=LEEWAY,
            options={"require": _CLAIMS, "strict_aud": True},
        )
        return Claims(
            uuid.UUID(said["sub"]), uuid.UUID(said["workspace"]), uuid.UUID(said["family"]), str(said["jti"])
        )
    except jwt.ExpiredSignatureError:
        raise RanOut from None
    except (jwt.PyJWTError, ValueError, AttributeError, TypeError, RecursionError):
        raise NotOurs from None


def _keys() -> dict[str, bytes]:
    return _made_from(tuple(settings.AURA_SECRET_KEYS))


@lru_cache(maxsize=4)
def _made_from(secrets: tuple[str, ...]) -> dict[str, bytes]:
    """Return the signing keys by their ids, the one that signs first: none of them opens what is sealed."""
    keys = [
        hmac.new(base64.urlsafe_b64decode(secret), b"aura access token", hashlib.sha256).digest()
        for secret in secrets
    ]
    return {hashlib.sha256(key).hexdigest()[:16]: key for key in keys}
