"""Where the sandbox network keeps what it was sent: rows of `SandboxPost`, one for each key."""

from __future__ import annotations

import uuid
from contextlib import suppress
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse

from posts.models import SandboxPost, Target
from posts.networks.base import OutgoingMedia, ReplyTo
from posts.networks.sandbox import SandboxPost as Kept


class DatabaseStore:
    """The sandbox's store in Aura's database; satisfies `posts.networks.sandbox.SandboxStore`.

    Pictures are kept as the target's snapshot names them, by rendition, so that the feed can show them.
    """

    def put(
        self,
        key: str,
        *,
        target_id: str,
        text: str,
        title: str,
        link: str,
        channel: str,
        media: tuple[OutgoingMedia, ...],
        reply_to: ReplyTo | None = None,
        now: datetime,
    ) -> Kept:
        """Keep a post under `key` and return it. The same key again returns the first row and changes nothing."""
        target = Target.objects.get(pk=uuid.UUID(target_id))
        row = SandboxPost(
            channel_id=target.channel_id,
            key=key,
            received_at=now,
            root=_root(target, reply_to),
            as_comment=reply_to is not None and reply_to.as_comment,
            payload={
                "title": title,
                "text": text,
                "link": link,
                "account": channel,
                "post": str(target.post_id),
                "media": target.snapshot.get("media", []),
            },
        )
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:
            row = SandboxPost.objects.get(channel_id=target.channel_id, key=key)
        return _kept(row)

    def get(self, key: str) -> Kept | None:
        """The post kept under `key`, or None."""
        row = SandboxPost.objects.filter(key=key).first()
        return _kept(row) if row is not None else None


def _root(target: Target, reply_to: ReplyTo | None) -> SandboxPost | None:
    """Return the post that something hangs below, None where it stands by itself."""
    if reply_to is None:
        return None
    with suppress(ValueError):
        wanted = uuid.UUID(reply_to.root_id)
        return SandboxPost.objects.filter(pk=wanted, channel_id=target.channel_id).first()
    return None


def _kept(row: SandboxPost) -> Kept:
    path = reverse("posts:sandbox") + f"?channel={row.channel_id}#received-{row.pk}"
    return Kept(str(row.pk), f"{settings.AURA_URL}{path}")
