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
from django.db.models import QuerySet

from aura.kit import secrets
from media_library.links import public_urls
from media_library.models import Asset, Rendition, Use
from media_library.operations import request_fits
from posts import parts
from posts.fitting import fits_of, made_for, place_of
from posts.links import words_out
from posts.models import Channel, LinkAnswer, Post, PostMedia, Target, TargetMedia
from posts.networks import get_network
from posts.networks.base import Card, Outgoing, OutgoingMedia, ReplyTo
from posts.snapshot import hash_of
from posts.words import digest_of, links_in
from workspaces.operation import SYSTEM


@dataclass(frozen=True, slots=True)
class NotReady(Exception):
    """The post cannot be put together now. `final` is False while waiting helps; `sentence` says what is missing."""

    sentence: str
    final: bool


def snapshot_of(
    target: Target, post: Post, channel: Channel, media: Sequence[Use] | None = None
) -> dict[str, Any]:
    """Return what this target would send at this moment, with its `hash`. Raises NotReady.

    `media` is what `media_of` gives, where it was asked for already. One query more where it belongs to a thread or is
    a comment: `reply_to` names what it follows, as the network does. One more where the network gets the card of a link
    from us; that is no promise, and does not count in the hash.
    """
    written, chosen = target.says(post), fits_of(post)
    text = words_out(written, post, channel, target.pk)
    said: dict[str, Any] = {
        "text": text,
        "title": post.title,
        "link": "",
        "campaign": post.campaign.name,
        "channel": channel.name,
        "network": channel.network,
        "scheduled_at": post.scheduled_at.isoformat() if post.scheduled_at else None,
        "media": [
            _file_of(use.asset, chosen.get((channel.pk, use.asset_id), ""))
            for use in (media_of(target) if media is None else media)
        ],
    }
    if target.position or target.numbered:
        said |= _in_its_thread(target, text)
    hashed: dict[str, Any] = {**said, "hash": hash_of(said)}
    if not said["media"] and get_network(channel.network).sends_card:
        hashed["card"] = _card_of(written)
    return hashed


def _card_of(words: str) -> dict[str, str] | None:
    """Return what is known of the page that the first link leads to; its address alone where nothing is."""
    url = next(iter(links_in(words)), "")
    if not url:
        return None
    known = LinkAnswer.objects.filter(digest=digest_of(url)).values_list("card", flat=True).first() or {}
    return {"url": url, **{name: str(known.get(name, "")) for name in ("title", "description", "picture")}}


def media_of(target: Target) -> list[Use]:
    """Return what a target shows, in order: its own pictures, or, for the post itself, the shared ones.

    Each asset comes with its current version and renditions: two queries.
    """
    uses: QuerySet[Any]
    if target.position or target.has_own_media:
        uses = TargetMedia.objects.filter(target=target)
    else:
        uses = PostMedia.objects.filter(post=target.post_id)
    uses = uses.select_related("asset__current").order_by("position", "id")
    return list(uses.prefetch_related("asset__current__renditions"))


def _in_its_thread(target: Target, text: str) -> dict[str, Any]:
    """Return what is so because of the other parts: the number that the words end with, and what is answered."""
    rows = Target.objects.filter(post=target.post_id, channel=target.channel_id)
    thread = list(rows.exclude(status=Target.Status.TAKEN_OUT).filter(as_comment=False).order_by("position"))
    said: dict[str, Any] = {}
    if thread and thread[0].numbered and len(thread) > 1 and not target.as_comment:
        total = max(one.position for one in thread) + 1
        said["text"] = parts.numbered(text, target.position + 1, total)
    out = [one for one in thread if one.status == Target.Status.PUBLISHED and one.position < target.position]
    if target.position and out:
        before = out[0] if target.as_comment else out[-1]
        said["reply_to"] = {
            "remote_id": before.remote_id,
            "root_id": out[0].remote_id,
            "as_comment": target.as_comment,
        }
    return said


def _file_of(asset: Asset, place: str) -> dict[str, Any]:
    clean = _cut_of(asset, place) if place else asset.clean_copy
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


def _cut_of(asset: Asset, key: str) -> Rendition | None:
    """Return the cut that goes out instead of the picture; it is asked for where a later version has none yet."""
    place = place_of(key)
    if place is None:
        raise NotReady(
            f"Aura does not cut for the place any more that “{asset}” was cut for. Choose again.", final=True
        )
    made = made_for(asset, place)
    if made is not None and made.key:
        return made
    if made is not None and made.status == Rendition.Status.FAILED:
        raise NotReady(f"“{asset}” could not be cut: {made.failure} Take another picture.", final=True)
    if made is None and asset.status == Asset.Status.READY:
        request_fits(asset, placements=[place], by=SYSTEM)
    raise NotReady(f"Waiting until “{asset}” is cut.", final=False)


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
        reply_to=ReplyTo(**snapshot["reply_to"]) if snapshot.get("reply_to") else None,
        card=Card(**snapshot["card"]) if snapshot.get("card") else None,
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
