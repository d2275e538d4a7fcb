"""Facets: which bytes of a text are a link, a mention or a tag. Bluesky itself makes nothing of the words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from aura.kit import textcount

_MENTION = re.compile(
    r"(?<![\w@./])@((?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,62})\.)+[a-zA-Z][a-zA-Z0-9-]*)(?![\w@])"
)
_TAG = re.compile(
    r"(?<!\S)[#＃]([^\s#＃\u00ad\u200b-\u200d\u2060\ufe0f]*[^\W\d_][^\s#＃\u00ad\u200b-\u200d\u2060]*)"
)
_TAG_TAIL = ".,;:!?…)]}\"'»”’"
TAG_LIMIT = 64
"""Graphemes (lexicon app.bsky.richtext.facet)."""


def mentioned(text: str) -> list[str]:
    """The handles a text mentions, each once, in order."""
    inside = textcount.links(text)
    return list(
        dict.fromkeys(
            match.group(1).lower() for match in _MENTION.finditer(text) if not _within(match, inside)
        )
    )


def facets_of(text: str, did_of: Callable[[str], str | None]) -> list[dict[str, Any]]:
    """The facets of a text, by position. `did_of` knows whom a handle names; None leaves the words plain."""
    found: list[dict[str, Any]] = []
    mentions = [
        (match.start(), match.end(), did)
        for match in _MENTION.finditer(text)
        if (did := did_of(match.group(1).lower()))
    ]
    taken = [(start, end) for start, end, _ in mentions]
    for start, end, did in mentions:
        found.append(_facet(text, start, end, "mention", did=did))
    for start, end in textcount.links(text):
        # The server of a mention looks like a bare address.
        if not any(start < other_end and other < end for other, other_end in taken):
            link = text[start:end]
            uri = link if "://" in link else f"https://{link}"
            found.append(_facet(text, start, end, "link", uri=uri))
            taken.append((start, end))
    for match in _TAG.finditer(text):
        tag = match.group(1).rstrip(_TAG_TAIL)
        end = match.start(1) + len(tag)
        if tag and textcount.count(tag, textcount.Rule.GRAPHEMES) <= TAG_LIMIT:
            found.append(_facet(text, match.start(), end, "tag", tag=tag))
    return sorted(found, key=lambda facet: int(facet["index"]["byteStart"]))


def _facet(text: str, start: int, end: int, kind: str, **what: str) -> dict[str, Any]:
    return {
        "index": {"byteStart": len(text[:start].encode()), "byteEnd": len(text[:end].encode())},
        "features": [{"$type": f"app.bsky.richtext.facet#{kind}", **what}],
    }


def _within(match: re.Match[str], spans: Iterable[tuple[int, int]]) -> bool:
    """Whether a mention stands in the middle of a link (https://example.com/@name.example)."""
    return any(start < match.start() < end for start, end in spans)
