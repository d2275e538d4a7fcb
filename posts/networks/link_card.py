"""What a page says about itself, for the card of a network that makes none by itself. Never a reason to fail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from itertools import islice
from typing import Final
from urllib.parse import urljoin, urlsplit

from aura.kit import egress, textcount
from posts.networks.values import Card, Outgoing

PAGE_BYTES: Final = 2_000_000
SECONDS: Final = 8
HOPS: Final = 3
TITLE: Final = 200
"""Characters of a title that are kept."""
DESCRIPTION: Final = 400
ADDRESS: Final = 1000
"""The longest address of a picture."""
ELEMENTS, ELEMENT = 300, 4_000
"""How many elements of a page are read, and how many characters of each."""
_SAYING = re.compile(r"<(?:meta|title)[\s>]", re.IGNORECASE)
PICTURE_TYPES: Final = ("image/jpeg", "image/png", "image/webp", "image/gif")


@dataclass(frozen=True, slots=True)
class Picture:
    """The picture of a card."""

    content: bytes
    mime: str


def text_of(outgoing: Outgoing) -> str:
    """Return the words of a post whose link has a card; where files take its place, the link stands in the words."""
    return outgoing.words if outgoing.media else outgoing.text.replace("\r\n", "\n").strip()


def link_of(outgoing: Outgoing) -> str:
    """Return the address that gets a card: the post's link, else the first of the words; "" beside files."""
    if outgoing.media:
        return ""
    if outgoing.link:
        return outgoing.link
    text = text_of(outgoing)
    found = (text[start:end] for start, end in textcount.links(text))
    return next((link for link in found if "://" in link), "")


def card_for(outgoing: Outgoing, url: str) -> Card:
    """Return the card of the link `url`: what is known of its page already, else what the page says now.

    A short link is read where it leads to: `outgoing.card` names the page.
    """
    known = outgoing.card
    if known is None:
        return card_of(url)
    return replace(known if known.title else card_of(known.url), url=url)


def card_of(url: str) -> Card:
    """Read a page's card; where it cannot be read, the card names the host."""
    bare = Card(url, urlsplit(url).hostname or url)
    result = egress.request(
        "GET", url, headers={"Accept": "text/html"}, timeout=SECONDS, max_bytes=PAGE_BYTES, redirects=HOPS
    )
    said = said_by(result) if isinstance(result, egress.Response) else None
    return bare if said is None else replace(said, url=url, title=said.title or bare.title)


def said_by(page: egress.Response) -> Card | None:
    """Return what a page that was fetched says about itself; None for what is no page, or is none any more."""
    kind = page.headers.get("content-type", "").lower()
    if not page.ok or "html" not in kind:
        return None
    charset = re.search(r"charset=[\"']?([\w-]+)", kind)
    try:
        text = page.body.decode(charset.group(1) if charset else "utf-8", "replace")
    except LookupError:
        text = page.text
    head = _Head()
    for piece in _pieces(text):
        head.read(piece)
    named = head.named
    title = named.get("og:title") or named.get("twitter:title") or head.title
    description = (
        named.get("og:description") or named.get("twitter:description") or named.get("description") or ""
    )
    picture = named.get("og:image") or named.get("twitter:image") or ""
    return Card(
        page.url,
        _short(title, TITLE),
        _short(description, DESCRIPTION),
        _address_of(picture, page.url) if picture else "",
    )


def picture_of(card: Card, *, max_bytes: int) -> Picture | None:
    """Fetch the picture of a card; None where it names none, or one that is too large or no picture."""
    if not card.picture.startswith(("https://", "http://")):
        return None
    result = egress.request(
        "GET",
        card.picture,
        headers={"Accept": "image/*"},
        timeout=SECONDS,
        max_bytes=max_bytes,
        redirects=HOPS,
    )
    if not isinstance(result, egress.Response) or not result.ok or not result.body:
        return None
    mime = result.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Picture(result.body, mime) if mime in PICTURE_TYPES else None


def _address_of(picture: str, page: str) -> str:
    try:
        address = urljoin(page, picture.strip())
    except ValueError:  # no address at all
        return ""
    return address if len(address) <= ADDRESS else ""


def _pieces(text: str) -> Iterator[str]:
    """Yield the beginnings of the elements that say something of a page, each with as much as it may be long.

    The parser gets short pieces only: on long ones a page that is made for it would keep it busy for minutes.
    """
    for match in islice(_SAYING.finditer(text), ELEMENTS):
        yield text[match.start() : match.start() + ELEMENT]


def _short(text: str, most: int) -> str:
    text = re.sub(r"\s+", " ", text).strip()
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


class _Over(Exception):
    """The element that a piece begins with was read."""


class _Head(HTMLParser):
    """Reads the title and the named values of a page, one element after the other."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title = ""
        self.named: dict[str, str] = {}
        self._in_title = False

    def read(self, piece: str) -> None:
        """Read the element that a piece begins with, and nothing that follows it; one that has no end says nothing."""
        self._in_title = False
        self.reset()
        with suppress(_Over):
            self.feed(piece)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A meta element, or the beginning of the first title."""
        if tag == "title" and not (self.title or self._in_title):
            self._in_title = True
            return
        if tag == "meta":
            found = {name: value or "" for name, value in attrs}
            name = (found.get("property") or found.get("name") or "").lower()
            if name and found.get("content"):
                self.named.setdefault(name, found["content"])
        raise _Over

    def handle_endtag(self, tag: str) -> None:
        """The end of the title."""
        raise _Over

    def handle_data(self, data: str) -> None:
        """The words of the title."""
        if self._in_title:
            self.title += data
