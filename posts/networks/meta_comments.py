"""The first comment below a post of Instagram or Facebook: one request, and a list to look in after no answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from aura.kit import egress
from posts.networks import graph, matching
from posts.networks.base import (
    Absent,
    Accepted,
    Ambiguous,
    Finding,
    Outcome,
    Outgoing,
    Reconciliation,
    Unknown,
)
from posts.networks.calling import answered, written
from posts.networks.graph import Door
from posts.networks.matching import Seen

ROWS = 50


def is_comment(outgoing: Outgoing) -> bool:
    """Whether this goes below a post that is live."""
    return outgoing.reply_to is not None and outgoing.reply_to.as_comment


def without_files(outgoing: Outgoing, name: str) -> list[Finding]:
    """Return the finding that a comment carries files, where it does."""
    if not (is_comment(outgoing) and outgoing.media):
        return []
    return [Finding("comment_media", "media", f"A comment on {name} has no files.", "Take the files out.")]


def publish(door: Door, outgoing: Outgoing, *, now: datetime) -> Outcome:
    """Write the comment."""
    assert outgoing.reply_to is not None

    def accepted(result: egress.Response) -> Accepted | Ambiguous:
        remote_id = str(answered(result).get("id") or "")
        if not remote_id:
            return Ambiguous(f"{door.name} said yes without naming the comment.")
        return Accepted(remote_id, rest_seconds=graph.pause_of(result))

    result = door.post(f"{outgoing.reply_to.remote_id}/comments", message=outgoing.words)
    return written(
        result, door.name, now, accepted=accepted, refused=lambda said: graph.in_doubt(said, door.name)
    )


def look(
    door: Door,
    outgoing: Outgoing,
    *,
    words: str,
    at: str,
    author: str,
    ours: Callable[[Mapping[str, Any]], bool],
    since: datetime,
    now: datetime,
    **query: str,
) -> Reconciliation:
    """Look for the comment below its post. `words`, `at` and `author` are what the network calls these fields."""
    assert outgoing.reply_to is not None
    rows = graph.listed(
        door.ask(
            f"{outgoing.reply_to.remote_id}/comments", fields=f"id,{words},{at},{author}", limit=ROWS, **query
        )
    )
    if rows is None:
        return Unknown(f"{door.name} could not list the comments.")
    seen = [
        Seen(str(row.get("id") or ""), str(row.get(words) or ""), 0, made)
        for row in rows
        if ours(row) and (made := matching.instant(row.get(at))) is not None
    ]
    found = matching.look(
        seen, outgoing, text=outgoing.words, since=since, complete=len(rows) < ROWS, name=door.name
    )
    if isinstance(found, Absent) and now - since < graph.SETTLES:
        return Unknown(f"{door.name} does not list the comment yet.")
    return found
