"""Secrets at rest: what other people trusted us with is sealed before it touches the database.

`AURA_SECRET_KEYS` is a list of Fernet keys (url-safe base64 of 32 bytes). The first seals, all of them unseal, so a
key is changed by putting a new one in front, running `rotate` over the rows, and dropping the old one.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


class SecretUnreadable(Exception):
    """A sealed text that no present key opens: the key was lost, or the text was damaged."""

    def __init__(self) -> None:
        super().__init__(
            "This secret was sealed with a key that AURA_SECRET_KEYS no longer has. "
            "Put the old key back at the end of the list, or enter the secret anew."
        )


def seal(text: str) -> str:
    """Return `text` encrypted with the first key, fit for a text column. Each call gives another result."""
    return _keys().encrypt(text.encode()).decode("ascii")


def unseal(sealed: str) -> str:
    """Return what was sealed. Raises SecretUnreadable."""
    try:
        return _keys().decrypt(sealed.encode()).decode()
    except (InvalidToken, UnicodeError):
        raise SecretUnreadable from None


def rotate(sealed: str) -> str:
    """Return the same secret sealed with the first key, without showing it. Raises SecretUnreadable."""
    try:
        return _keys().rotate(sealed.encode()).decode("ascii")
    except (InvalidToken, UnicodeError):
        raise SecretUnreadable from None


def is_current(sealed: str) -> bool:
    """Tell whether the first key opens it, so that there is nothing to rotate."""
    try:
        _fernet(tuple(settings.AURA_SECRET_KEYS)[:1]).decrypt(sealed.encode())
    except (InvalidToken, UnicodeError):
        return False
    return True


def seal_dict(values: dict[str, Any]) -> str:
    """Return a JSON-able dict sealed as one text; an empty one stays ""."""
    return seal(json.dumps(values, separators=(",", ":"))) if values else ""


def unseal_dict(sealed: str) -> dict[str, Any]:
    """Return the dict that `seal_dict` sealed. Raises SecretUnreadable."""
    if not sealed:
        return {}
    values: dict[str, Any] = json.loads(unseal(sealed))
    return values


def new_key() -> str:
    """Return a fresh key for AURA_SECRET_KEYS."""
    return Fernet.generate_key().decode("ascii")


def _keys() -> MultiFernet:
    return _fernet(tuple(settings.AURA_SECRET_KEYS))


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    if not keys:
        raise ImproperlyConfigured("AURA_SECRET_KEYS is empty. Set at least one key.")
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError:
        raise ImproperlyConfigured(
            "AURA_SECRET_KEYS holds something that is not a Fernet key: each is 32 bytes in url-safe base64."
        ) from None
