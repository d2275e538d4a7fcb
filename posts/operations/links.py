"""Short links are kept when their words go out, and followed by anybody."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F, Sum

from posts.links import links_out
from posts.models import LinkDay, ShortLink, Target
from posts.models.link import URL_LENGTH
from posts.operations.settle import LIVE
from workspaces.scope import every_workspace, use_workspace


def keep_links(target: Target) -> None:
    """Make the short links in a target's words lead somewhere; those that do already stay. No query without any."""
    post = target.post
    found = [one for one in links_out(target.says(post), post, target.channel, target.pk) if one.token]
    if not found:
        return
    ShortLink.objects.bulk_create(
        (
            ShortLink(target=target, token=one.token, url=one.url)
            for one in found
            if len(one.url) <= URL_LENGTH
        ),
        ignore_conflicts=True,
    )


def follow_link(token: str, *, now: datetime, counts: bool) -> str:
    """Return where a short link leads, "" where it leads nowhere; `counts`: a person follows it, not a preview."""
    with every_workspace("a short link names its workspace"):
        link = ShortLink.objects.select_related("workspace").filter(token=token).first()
    if link is None or link.workspace.trashed_at:
        return ""
    if counts:
        with use_workspace(link.workspace), transaction.atomic():
            day = LinkDay.objects.filter(link=link, day=now.date())
            if not day.update(clicks=F("clicks") + 1):
                LinkDay.objects.bulk_create([LinkDay(link=link, day=now.date())], ignore_conflicts=True)
                day.update(clicks=F("clicks") + 1)
    return link.url


def clicks_of(targets: Iterable[Target]) -> dict[uuid.UUID, int]:
    """Return {target: how often its short links were followed}, of those that have any. One query, none before."""
    sent = [target.pk for target in targets if target.status in LIVE]
    if not sent:
        return {}
    links = ShortLink.objects.filter(target__in=sent).order_by()
    return {
        target_id: total or 0
        for target_id, total in links.values_list("target_id").annotate(total=Sum("days__clicks"))
    }
