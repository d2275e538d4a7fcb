"""Is it there already? Finds our post among those of an account, after no clear answer.

A match is the same words, as many files, and made no earlier than two minutes before the doubtful attempt began. Words
are compared without what networks change: links (shortened, unfolded), the server of a mention, white space, case.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from posts.networks.values import Absent, Found, Outgoing, Reconciliation, Unknown

EARLIER = timedelta(minutes=2)
"""How much earlier than ours the clock of a network may be."""

_MENTION = re.compile(r"(@[\w.-]+)@[\w-]+(?:\.[\w-]+)+")
_LINK = re.compile(r"(?:https?://)?[\w-]+(?:\.[\w-]+)+(?:[:/?#]\S*)?|https?://\S+", re.IGNORECASE)
_SPACE = re.compile(r"[\s\u200b-\u200f\u2060\ufe0f]+")


@dataclass(frozen=True, slots=True)
class Seen:
    """A post of the account as the network lists it. `media` is how many files it has."""

    remote_id: str
    text: str
    media: int
    created_at: datetime
    url: str = ""
    reply_to: str = ""


def normalised(text: str) -> str:
    """Return what of a text survives a network, so that two of them can be compared."""
    text = unicodedata.normalize("NFKC", text)
    text = _LINK.sub("", _MENTION.sub(r"\1", text))
    return _SPACE.sub("", text).casefold()


def look(
    listed: Iterable[Seen], outgoing: Outgoing, *, text: str, since: datetime, complete: bool, name: str
) -> Reconciliation:
    """Look for a post among the newest of its account. `complete`: there is none older that was not listed.

    Only a list that reaches back to before the attempt proves that the post is not there.
    """
    earliest = since - EARLIER
    wanted = normalised(text)
    reaches = complete
    for post in listed:
        if post.created_at < earliest:
            reaches = True
        elif (
            normalised(post.text) == wanted
            and post.media == len(outgoing.media)
            and (not outgoing.reply_to or not post.reply_to or post.reply_to == outgoing.reply_to.remote_id)
        ):
            return Found(post.remote_id, post.url, f"Found on {name}.")
    if reaches:
        return Absent(f"It is not on {name}.")
    return Unknown(f"{name} has so many posts since then that not all of them were seen.")


def instant(text: object) -> datetime | None:
    """Return an instant in ISO 8601 as networks write it, None where it is none or names no zone."""
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
