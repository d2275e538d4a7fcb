"""From a target to what its network gets: the snapshot that is kept, and the `Outgoing` made of it.

The snapshot is plain JSON, taken inside the claim and kept on the target: a second try sends what the first one
promised, whatever has become of the post, its pictures or their descriptions in between.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, BinaryIO, cast

from django.core.files.storage import default_storage

from aura.kit import secrets
from media_library.links import public_urls
from media_library.models import Asset
from posts.models import Channel, Post, PostMedia, Target
from posts.networks.base import Outgoing, OutgoingMedia
from posts.snapshot import hash_of


@dataclass(frozen=True, slots=True)
class NotReady(Exception):
    """The post cannot be put together now. `final` is False while waiting helps; `sentence` says what is missing."""

    sentence: str
    final: bool


def snapshot_of(
    target: Target, post: Post, channel: Channel, media: Sequence[PostMedia] | None = None
) -> dict[str, Any]:
    """Return what this target would send at this moment, with its `hash`. Raises NotReady.

    `media` is what `media_of` gives, where it was asked for already.
    """
    said = {
        "text": target.own_words.strip() or post.caption,
        "title": post.title,
        "link": "",
        "campaign": post.campaign.name,
        "channel": channel.name,
        "network": channel.network,
        "scheduled_at": post.scheduled_at.isoformat() if post.scheduled_at else None,
        "media": [_file_of(use.asset) for use in (media_of(post) if media is None else media)],
    }
    return {**said, "hash": hash_of(said)}


def media_of(post: Post) -> list[PostMedia]:
    """Return the media of a post in order, each asset with its current version and renditions: two queries."""
    uses = PostMedia.objects.filter(post=post).select_related("asset__current").order_by("position", "id")
    return list(uses.prefetch_related("asset__current__renditions"))


def _file_of(asset: Asset) -> dict[str, Any]:
    clean = asset.clean_copy
    if asset.status == Asset.Status.FAILED:
        raise NotReady(
            f"“{asset}” could not be read. Take it out of the post or upload it again.", final=True
        )
    if clean is None and asset.status == Asset.Status.PENDING:
        raise NotReady(f"Waiting until “{asset}” is ready.", final=False)
    if clean is None:
        raise NotReady(
            f"“{asset}” is a kind of file that cannot be sent. Take it out of the post.", final=True
        )
    return {
        "asset": str(asset.pk),
        "rendition": str(clean.pk),
        "key": clean.key,
        "sha256": clean.sha256,
        "mime": clean.mime,
        "size": clean.size,
        "width": clean.width,
        "height": clean.height,
        "name": asset.title,
        "alt_text": asset.alt_text,
        **({"seconds": asset.duration_ms / 1000} if asset.duration_ms is not None else {}),
    }


def outgoing_of(target: Target, channel: Channel, snapshot: dict[str, Any], key: str) -> Outgoing:
    """Return what the network gets: a kept snapshot with the channel's present settings and credential.

    One query where there is media. Raises `aura.kit.secrets.SecretUnreadable`.
    """
    at = snapshot["scheduled_at"]
    return Outgoing(
        target_id=str(target.pk),
        key=key,
        text=snapshot["text"],
        media=_outgoing_media(snapshot["media"]),
        title=snapshot["title"],
        link=snapshot["link"],
        campaign=snapshot["campaign"],
        channel=snapshot["channel"],
        scheduled_at=datetime.fromisoformat(at) if at else None,
        settings=channel.settings,
        credential=secrets.unseal_dict(channel.secret),
    )


def _outgoing_media(files: list[dict[str, Any]]) -> tuple[OutgoingMedia, ...]:
    links = public_urls(uuid.UUID(item["rendition"]) for item in files) if files else {}
    return tuple(
        OutgoingMedia(
            mime=item["mime"],
            size=item["size"],
            sha256=item["sha256"],
            url=links.get(uuid.UUID(item["rendition"]), ""),
            open=partial(_open, item["key"]),
            name=item["name"],
            width=item["width"],
            height=item["height"],
            seconds=item.get("seconds"),
            alt_text=item["alt_text"],
        )
        for item in files
    )


def _open(key: str) -> BinaryIO:
    return cast(BinaryIO, default_storage.open(key, "rb"))
