"""Words as they are compared: the same ones in other spacing, letters or signs are still the same."""

from __future__ import annotations

import hashlib
import re
import unicodedata

LINK = re.compile(r"https?://[^\s<>\"“”]+", re.IGNORECASE)
_WORD = re.compile(r"\w+")


def fingerprint(text: str) -> str:
    """Return 32 hexadecimal digits that say what words a text has, "" for a text without a word.

    Links do not count, since a tracked one is another one each time.
    """
    plain = unicodedata.normalize("NFKC", LINK.sub(" ", text)).casefold()
    words = " ".join(_WORD.findall(plain))
    return hashlib.blake2b(words.encode(), digest_size=16).hexdigest() if words else ""
