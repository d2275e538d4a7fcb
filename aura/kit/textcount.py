"""How long is a text? Each network has its own ruler; this is the one place that knows them.

The counter beside the composer and the check before sending call the same `count`.
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum

import regex


class Rule(StrEnum):
    """A ruler. The value is what facts, templates and the counter's `data-rule` say."""

    CHARS = "chars"
    GRAPHEMES = "graphemes"
    BYTES = "bytes"
    UTF16 = "utf16"
    URL23 = "url23"
    WEIGHTED = "weighted"
    EMOJI_BYTES = "emoji_bytes"

    @property
    def unit(self) -> str:
        """What is counted, in the plural, for sentences."""
        return "bytes" if self is Rule.BYTES else "characters"


URL_LENGTH = 23
"""What X and Mastodon count for any link, however long (twitter-text configuration v3; Mastodon's server code)."""

_GRAPHEME = regex.compile(r"\X")
_EMOJI = regex.compile(r"\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20E3")
_URL = regex.compile(r"https?://[^\s<>\"'`{}|\\^\[\]]+", regex.IGNORECASE)
_URL_TAIL = ".,;:!?…*_~"
# X links a bare domain as well when its ending exists. Two letters are country codes; the rest are the common ones.
_BARE_DOMAIN = regex.compile(
    r"(?<![\w@.\-/])(?:[a-z0-9](?:[a-z0-9\-]*[a-z0-9])?\.)+"
    r"(?:com|org|net|edu|gov|mil|int|info|biz|name|app|dev|shop|store|online|site|blog|tech|news|agency|studio|[a-z]{2})"
    r"(?![\w@\-]|\.\w)(?:/[^\s<>\"'`{}|\\^\[\]]*)?",
    regex.IGNORECASE,
)
_REMOTE_MENTION = regex.compile(r"(?<![\w@/])(@\w+(?:[.\-]\w+)*)@[\w\-]+(?:\.[\w\-]+)+")
# Code points that weigh one; everything else weighs two (twitter-text configuration v3, published ranges).
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))


def count(text: str, rule: Rule | str) -> int:
    """The length of `text` as `rule` measures it. Raises ValueError for a rule that does not exist.

    A browser sends line ends as CR LF and a network gets LF, so both count as one.
    """
    rule = Rule(rule)
    text = text.replace("\r\n", "\n")
    match rule:
        case Rule.CHARS:
            return len(text)
        case Rule.GRAPHEMES:
            return len(_GRAPHEME.findall(text))
        case Rule.BYTES:
            return len(text.encode("utf-8", "surrogatepass"))
        case Rule.UTF16:
            return len(text.encode("utf-16-le", "surrogatepass")) // 2
        case Rule.URL23:
            return _url23(text)
        case Rule.WEIGHTED:
            return _weighted(text)
        case Rule.EMOJI_BYTES:
            return sum(
                len(piece.encode("utf-8", "surrogatepass")) if _EMOJI.search(piece) else len(piece)
                for piece in _GRAPHEME.findall(text)
            )


def links(text: str) -> list[tuple[int, int]]:
    """Where the links of a text begin and end, with a scheme or without, in order; the closing dot is not in them."""
    spans: list[tuple[int, int]] = []
    for pattern in (_URL, _BARE_DOMAIN):
        for match in pattern.finditer(text):
            start, end = match.start(), _end_of_link(match.group(), match.start())
            if end > start and not any(start < other_end and other < end for other, other_end in spans):
                spans.append((start, end))
    return sorted(spans)


def _url23(text: str) -> int:
    """Mastodon: each link with a scheme is 23, a mention counts without its server, the rest by grapheme."""
    words, links = _take_out(text, _URL)
    return links * URL_LENGTH + sum(
        len(_GRAPHEME.findall(_REMOTE_MENTION.sub(r"\1", word))) for word in words
    )


def _weighted(text: str) -> int:
    """X: NFC first, each link 23 (with or without scheme), an emoji two whatever its parts, else one or two."""
    words, links = _take_out(unicodedata.normalize("NFC", text), _URL)
    total = links * URL_LENGTH
    for word in words:
        pieces, bare = _take_out(word, _BARE_DOMAIN)
        total += bare * URL_LENGTH
        for piece in pieces:
            for cluster in _GRAPHEME.findall(piece):
                # © and ® are plain characters until a variation selector makes them pictures.
                emoji = _EMOJI.search(cluster) and (ord(cluster[0]) > 0xFF or "\ufe0f" in cluster)
                total += 2 if emoji else sum(1 if _is_light(letter) else 2 for letter in cluster)
    return total


def _take_out(text: str, link: regex.Pattern[str]) -> tuple[list[str], int]:
    """The stretches of text between links, and how many links there were."""
    words: list[str] = []
    links = 0
    start = 0
    for match in link.finditer(text):
        end = _end_of_link(match.group(), match.start())
        if end <= match.start():
            continue
        words.append(text[start : match.start()])
        links += 1
        start = end
    words.append(text[start:])
    return words, links


def _end_of_link(link: str, start: int) -> int:
    """Where a link ends in its text: closing punctuation belongs to the sentence, not to the link."""
    while link:
        if link[-1] in _URL_TAIL or (link[-1] == ")" and link.count(")") > link.count("(")):
            link = link[:-1]
        else:
            break
    return start + len(link)


def _is_light(letter: str) -> bool:
    return any(first <= ord(letter) <= last for first, last in _LIGHT)
