"""The card that a network draws for the first link of a post without pictures, and the picture on it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from media_library import serving, thumbs
from posts.models import Channel, LinkAnswer
from posts.networks import get_network
from posts.words import links_in

ASKED_AGAIN = timedelta(minutes=2)
"""For so long after a link was asked about the page looks whether its card has come."""


@dataclass(frozen=True, slots=True)
class LinkLook:
    """A link as its card shows it; `note` says why there is none, or why it is so bare."""

    host: str
    title: str = ""
    description: str = ""
    picture: uuid.UUID | None = None
    size: tuple[int, int] = (0, 0)
    drawn: str = ""
    """Which picture it is: another one has another address."""
    note: str = ""
    asked_at: datetime | None = None
    """Since when it is being looked at; None once it was."""

    def may_come(self, now: datetime) -> bool:
        """Tell whether it is worth asking for it again soon."""
        return self.asked_at is not None and now - self.asked_at < ASKED_AGAIN


def card_of(words: str, channel: Channel, known: Mapping[str, LinkAnswer]) -> LinkLook | None:
    """Return the card of the first link in what goes out without pictures, None without a link; asks nothing."""
    url = next(iter(links_in(words)), "")
    if not url:
        return None
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    row = known.get(url)
    if row is None:
        return LinkLook(host, note="Aura has not looked at this link, so its card is not shown.")
    if row.status == LinkAnswer.Status.GONE:
        return LinkLook(host, note="The link leads nowhere, so there is no card.")
    if row.card is None:
        return LinkLook(host, note="Not looked at yet. The card comes in a moment.", asked_at=row.asked_at)
    return _read(host, row, row.card, sent=get_network(channel.network).sends_card)


def _read(host: str, row: LinkAnswer, card: Mapping[str, Any], *, sent: bool) -> LinkLook:
    title = str(card.get("title", ""))
    if not title and sent:
        return LinkLook(host, host, note="Its page says nothing of itself, so the card has the name alone.")
    if not title:
        return LinkLook(host, note="Its page names no card. Readers see the link alone.")
    thumb = card.get("thumb")
    return LinkLook(
        host,
        title,
        str(card.get("description", "")),
        row.pk if thumb else None,
        (thumb[0], thumb[1]) if thumb else (0, 0),
        f"{row.looked_at:%y%m%d%H%M%S}" if row.looked_at else "",
    )


@require_safe
def picture(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Serve the small picture of a link's card, as it was drawn here."""
    row = get_object_or_404(LinkAnswer.objects.only("thumb"), pk=pk)
    if not row.thumb:
        raise Http404("This link has no picture.")
    return serving.serve_drawn(bytes(row.thumb), thumbs.MIME)
