"""Files fetched from an address that somebody typed: by the one door outwards, with its limits (trust.md S1 to S4)."""

from __future__ import annotations

import re
import threading
from urllib.parse import unquote, urlsplit, urlunsplit

from aura.kit import egress
from aura.kit.files import HashedUpload, kept, megabytes
from aura.kit.problems import Refused, TooLarge, Unavailable
from media_library import formats
from media_library.models import Asset

HOPS = 3
AT_ONCE = 2  # in one web process: a slow server must not hold all of its threads
MOST_BYTES = 20_000_000  # of one answer, which is held in memory, twice for a moment
_turns = threading.BoundedSemaphore(AT_ONCE)
_FILE_NAME = re.compile(r'filename="?([^";]+)', re.IGNORECASE)


class NotFetched(Refused):
    """Nothing that could be taken came from the address; the sentence says why (422)."""

    status = 422
    code = "NOT_FETCHED"


def most_bytes() -> int:
    """Return the most bytes that are fetched from an address."""
    return min(formats.largest_bytes(), MOST_BYTES)


def fetch(url: str) -> HashedUpload:
    """Return what an address answers with, as an upload. Raises NotFetched, TooLarge, Unavailable.

    What lies inside the operator's network is refused with the same sentence as what does not answer.
    """
    if not _turns.acquire(blocking=False):
        raise Unavailable("Other files are being fetched just now. Try again in a minute.")
    try:
        answer = egress.request("GET", url, redirects=HOPS, max_bytes=most_bytes())
    finally:
        _turns.release()
    host = urlsplit(url).hostname or "The address"
    if isinstance(answer, egress.NotSent | egress.Ambiguous):
        if answer.kind is egress.Kind.TOO_LARGE:
            limit = megabytes(most_bytes())
            raise TooLarge(
                f"It is larger than {limit}, the most that is fetched. Download it, then upload it."
            )
        raise NotFetched(answer.sentence)
    if not answer.ok:
        raise NotFetched(f"{host} has nothing to give at this address ({answer.status}). Check it.")
    if answer.headers.get("content-type", "").lower().startswith("text/html"):
        raise NotFetched(
            "This is the address of a page. Open the picture itself, and copy the address of that."
        )
    return kept(_name(answer), [answer.body], most=most_bytes())


def _name(answer: egress.Response) -> str:
    """Return what the file is called: as the server says, or as its address ends."""
    said = _FILE_NAME.search(answer.headers.get("content-disposition", ""))
    return said[1] if said else unquote(urlsplit(answer.url).path.rpartition("/")[2]) or "file"


def source_of(url: str) -> str:
    """Return the address as it is kept with the asset: without its query, which may hold a secret."""
    parts = urlsplit(url)
    plain = urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
    return plain if len(plain) <= (Asset._meta.get_field("source").max_length or 0) else ""
