"""How the secrets of the API are written: `aura_api_` for tokens that people make, `aura_ref_` for refresh tokens.

Beginning, length, alphabet and checksum let a scanner of leaks know one by sight: `aura_(api|ref)_[0-9A-Za-z]{38}`. Of
the 38, 32 are random (190 bits) and six are the CRC-32 of everything before, in base 62, so that a mistyped one is told
without asking the database.
"""

from __future__ import annotations

import re
import secrets
import string
import zlib
from typing import Final

API: Final = "aura_api_"
REFRESH: Final = "aura_ref_"
_LETTERS: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM, _CHECK = 32, 6
_SHAPE: Final = re.compile(rf"aura_(api|ref)_[0-9A-Za-z]{{{_RANDOM + _CHECK}}}")
SHOWN: Final = len(API) + 4
"""So many letters of a token are kept and shown, to tell it from others: nobody guesses the rest."""


def new_token(beginning: str) -> str:
    """Return a fresh secret that begins with API or REFRESH."""
    body = beginning + "".join(secrets.choice(_LETTERS) for _ in range(_RANDOM))
    return body + _checksum(body)


def is_token(text: str, beginning: str) -> bool:
    """Tell whether `text` could be a secret of this kind: its shape and its checksum are right."""
    if not text.startswith(beginning) or not _SHAPE.fullmatch(text):
        return False
    return _checksum(text[:-_CHECK]) == text[-_CHECK:]


def _checksum(body: str) -> str:
    number = zlib.crc32(body.encode("ascii"))
    digits = ""
    for _ in range(_CHECK):
        number, digit = divmod(number, len(_LETTERS))
        digits = _LETTERS[digit] + digits
    return digits
