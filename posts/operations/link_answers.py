"""Whether the links in posts lead somewhere, and what their pages say about themselves.

Asked for when words are written, looked at by the worker, kept a day.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from aura.kit import clock, egress, jobs
from media_library.thumbs import thumb_of
from posts.models import LinkAnswer
from posts.networks import link_card
from posts.words import digest_of, links_in
from workspaces.scope import every_workspace

LOOK_AT_LINK = "posts.look_at_link"
FRESH = timedelta(hours=24)
AGAIN = timedelta(seconds=60)  # after a host that was not found
KEPT_FOR = timedelta(days=90)
SECONDS, BYTES, HOPS = 10.0, 2_000_000, 5
ACCEPT = "text/html, */*;q=0.5"
PICTURE_BYTES = 3_000_000
THUMB_WIDTH, THUMB_BYTES = 480, 60_000
GONE = {404: "answers that it has no such page (404)", 410: "answers that the page is gone (410)"}
_NOBODYS = (".example", ".test", ".invalid", ".localhost", "example.com", "example.org", "example.net")
S = LinkAnswer.Status


def ask_about(texts: Iterable[str], *, now: datetime, fresh: timedelta = FRESH) -> None:
    """Let the links in these texts be looked at that nobody has looked at for so long; two or three statements."""
    urls = {digest_of(url): url for text in texts for url in links_in(text) if _is_somebodys(url)}
    if not urls or not settings.AURA_CHECK_LINKS:
        return
    rows = LinkAnswer.objects.filter(digest__in=urls)
    known = {digest: (at, card) for digest, at, card in rows.values_list("digest", "looked_at", "card")}
    new = [
        LinkAnswer(digest=digest, url=url, due_at=now, asked_at=now)
        for digest, url in urls.items()
        if digest not in known
    ]
    LinkAnswer.objects.bulk_create(new, ignore_conflicts=True)
    old = [
        digest
        for digest, (at, card) in known.items()
        if at is not None and (at < now - fresh or card is None)
    ]
    if old:
        rows.filter(digest__in=old, due_at=None).update(due_at=now, misses=0, asked_at=now)
    for row in new:
        jobs.ring(LOOK_AT_LINK, row.pk)


def _is_somebodys(url: str) -> bool:
    host = (urlsplit(url).hostname or "").lower()
    return bool(host) and not host.endswith(_NOBODYS)


def look_at_link(link_id: uuid.UUID, token: uuid.UUID) -> None:
    """Follow one claimed link and keep what it answers; only what surely leads nowhere is called gone."""
    row = LinkAnswer.objects.defer("thumb").filter(pk=link_id, claim_token=token).first()
    if row is None:
        return
    result = egress.request(
        "GET", row.url, headers={"Accept": ACCEPT}, timeout=SECONDS, max_bytes=BYTES, redirects=HOPS
    )
    now = clock.now()
    changes: dict[str, Any] = {"due_at": None, "tries": 0, "looked_at": now, "misses": 0, "says": ""}
    if isinstance(result, egress.Response) and result.status in GONE:
        changes |= {"status": S.GONE, "says": GONE[result.status], "card": {}, "thumb": None}
    elif isinstance(result, egress.NotSent) and result.kind is egress.Kind.UNRESOLVED:
        if row.misses:
            changes |= {"status": S.GONE, "says": "leads to a host that nobody knows"}
            changes |= {"card": {}, "thumb": None}
        else:
            changes |= {"status": row.status, "says": row.says, "misses": 1, "due_at": now + AGAIN}
    else:
        changes |= {"status": S.ANSWERS, **_card_in(result, before=row.card)}
    jobs.record(LinkAnswer, link_id, token, **changes)


def _card_in(result: egress.Result, *, before: dict[str, Any] | None) -> dict[str, Any]:
    """Return the columns of what a page says about itself; what could not be read just now leaves what was known."""
    if not (isinstance(result, egress.Response) and result.ok):
        return {} if before else {"card": {}}
    said = link_card.said_by(result)
    if said is None or not said.title:
        return {"card": {}, "thumb": None}
    card: dict[str, Any] = {"title": said.title, "description": said.description, "picture": said.picture}
    picture = link_card.picture_of(said, max_bytes=PICTURE_BYTES)
    thumb = None if picture is None else thumb_of(picture.content, width=THUMB_WIDTH, most=THUMB_BYTES)
    if thumb is None:
        return {"card": card, "thumb": None}
    return {"card": {**card, "thumb": [thumb.width, thumb.height]}, "thumb": thumb.content}


def set_aside(link_id: uuid.UUID, token: uuid.UUID) -> None:
    """Say nothing about a link whose looking at broke off every time."""
    jobs.record(LinkAnswer, link_id, token, status=S.ANSWERS, says="", card={}, due_at=None, tries=0)


def forget_old_links(now: datetime | None = None) -> int:
    """Delete what links answered that no post has asked about for 90 days; return how many."""
    with every_workspace("answers of links run out in every workspace alike"):
        old = LinkAnswer.objects.filter(asked_at__lt=(now or clock.now()) - KEPT_FOR)
        return old.delete()[0]
