"""Words as they are compared: the same ones in other spacing, letters or signs are still the same."""

from __future__ import annotations

import hashlib
import re
import unicodedata

ADDRESS_LENGTH = 1000

LINK = re.compile(r"https?://[^\s<>\"“”]+", re.IGNORECASE)
_WORD = re.compile(r"\w+")


def fingerprint(text: str) -> str:
    """Return 32 hexadecimal digits that say what words a text has, "" for a text without a word.

    Links do not count, since a tracked one is another one each time.
    """
    plain = unicodedata.normalize("NFKC", LINK.sub(" ", text)).casefold()
    words = " ".join(_WORD.findall(plain))
    return hashlib.blake2b(words.encode(), digest_size=16).hexdigest() if words else ""


LINKS_AT_MOST = 10
_ENDS = ".,;:!?…'\"»”’"


def links_in(text: str) -> list[str]:
    """Return the links in a text, each once, without the stops that end a sentence; ten at most."""
    found = []
    for match in LINK.finditer(text):
        link = match[0].rstrip(_ENDS)
        while link.endswith(")") and link.count("(") < link.count(")"):
            link = link[:-1].rstrip(_ENDS)
        if len(link) <= ADDRESS_LENGTH:
            found.append(link)
    return list(dict.fromkeys(found))[:LINKS_AT_MOST]


def finished_links_in(text: str) -> list[str]:
    """Return the links that are followed by something: the last one may still be typed."""
    return [link for link in links_in(text) if not text.endswith(link)]


def digest_of(link: str) -> str:
    """Return what a link is found by."""
    return hashlib.sha256(link.encode()).hexdigest()
