"""What a page says about itself, for the card of a network that makes none by itself. Never a reason to fail."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urljoin, urlsplit

from aura.kit import egress, textcount
from posts.networks.values import Outgoing

PAGE_BYTES: Final = 2_000_000
SECONDS: Final = 8
HOPS: Final = 3
TITLE: Final = 200
"""Characters of a title that are kept."""
DESCRIPTION: Final = 400
PICTURE_TYPES: Final = ("image/jpeg", "image/png", "image/webp", "image/gif")


@dataclass(frozen=True, slots=True)
class Card:
    """A link with the title, the description and the address of the picture that its page names ("" where none)."""

    url: str
    title: str
    description: str = ""
    picture: str = ""


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


def card_of(url: str) -> Card:
    """Read a page's card; where it cannot be read, the card names the host."""
    bare = Card(url, urlsplit(url).hostname or url)
    result = egress.request(
        "GET", url, headers={"Accept": "text/html"}, timeout=SECONDS, max_bytes=PAGE_BYTES, redirects=HOPS
    )
    if not isinstance(result, egress.Response) or not result.ok:
        return bare
    kind = result.headers.get("content-type", "").lower()
    if "html" not in kind:
        return bare
    head = _Head()
    charset = re.search(r"charset=[\"']?([\w-]+)", kind)
    try:
        head.feed(result.body.decode(charset.group(1) if charset else "utf-8", "replace"))
    except LookupError:
        head.feed(result.text)
    named = head.named
    title = named.get("og:title") or named.get("twitter:title") or head.title
    description = named.get("og:description") or named.get("description") or ""
    picture = named.get("og:image") or named.get("twitter:image") or ""
    return Card(
        url,
        _short(title, TITLE) or bare.title,
        _short(description, DESCRIPTION),
        urljoin(result.url, picture) if picture else "",
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


def _short(text: str, most: int) -> str:
    text = re.sub(r"\s+", " ", text).strip()
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


class _Head(HTMLParser):
    """Reads the title and the named values of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title = ""
        self.named: dict[str, str] = {}
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A meta element, or the beginning of the title."""
        if tag == "title":
            self._in_title = not self.title
        elif tag == "meta":
            found = {name: value or "" for name, value in attrs}
            name = (found.get("property") or found.get("name") or "").lower()
            if name and found.get("content"):
                self.named.setdefault(name, found["content"])

    def handle_endtag(self, tag: str) -> None:
        """The end of the title."""
        if tag == "title":
            self._in_title = False

    def handle_data(self, data: str) -> None:
        """The words of the title."""
        if self._in_title:
            self.title += data
