"""What the tests of posts' pages start from: rows made straight, without the operations under test."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from aura.kit import clock
from campaigns.models import Brand, Campaign
from media_library.models import Asset, AssetVersion, Rendition, StoredFile
from posts.models import Channel, Post, PostMedia, Target
from posts.operations.settle import settle

PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


def make_campaign(name: str = "Hot-spring rye", brand: Brand | None = None, **fields: Any) -> Campaign:
    brand = (
        brand
        or Brand.objects.filter(name="Barrow & Rye").first()
        or Brand.objects.create(name="Barrow & Rye")
    )
    return Campaign.objects.create(name=name, brand=brand, **fields)


def make_channel(name: str = "The sandbox", network: str = "sandbox", **fields: Any) -> Channel:
    return Channel.objects.create(name=name, network=network, **fields)


def make_post(
    title: str = "Launch day",
    campaign: Campaign | None = None,
    channels: list[Channel] | None = None,
    status: str = Target.Status.PENDING,
    **fields: Any,
) -> Post:
    """A post with targets in `status` on `channels`; scheduled ones are due at `scheduled_at` (default: in a day)."""
    now = clock.now()
    campaign = campaign or Campaign.objects.filter(trashed_at=None).first() or make_campaign()
    if channels is None:
        channels = [Channel.objects.first() or make_channel()]
    busy = status in {Target.Status.SCHEDULED, Target.Status.SENDING}
    if busy:
        fields.setdefault("scheduled_at", now + timedelta(days=1))
    post = Post.objects.create(title=title, campaign=campaign, **{"caption": "Bread, slowly.", **fields})
    out = status == Target.Status.PUBLISHED
    Target.objects.bulk_create(
        Target(
            post=post,
            channel=channel,
            status=status,
            due_at=post.scheduled_at if busy else None,
            key=f"{post.pk}-{channel.pk}" if status != Target.Status.PENDING else "",
            published_at=now if out else None,
        )
        for channel in channels
    )
    settle(post.pk)
    post.refresh_from_db()
    return post


def make_asset(title: str = "Spiral loaf", alt_text: str = "A dark loaf", **fields: Any) -> Asset:
    """A picture of 1000 × 800 that is stored and has its three renditions."""
    asset = Asset.objects.create(title=title, alt_text=alt_text, status=Asset.Status.READY, **fields)
    key = f"{asset.workspace_id}/{asset.pk}.gif"
    default_storage.save(key, ContentFile(PIXEL))
    stored = StoredFile.objects.create(
        sha256=asset.pk.hex * 2, key=key, size=len(PIXEL), mime="image/jpeg", extension="jpg", status="ready"
    )
    version = AssetVersion.objects.create(asset=asset, stored_file=stored, width=1000, height=800)
    for preset in Rendition.Preset.values:
        Rendition.objects.create(
            version=version, preset=preset, key=f"{key}-{preset}", mime="image/webp", width=100, height=80, size=9,
            sha256="0" * 64, status="ready",
        )  # fmt: skip
    Asset.objects.filter(pk=asset.pk).update(current=version)
    asset.refresh_from_db()
    return asset


def use(asset: Asset, post: Post, position: int = 0) -> PostMedia:
    return PostMedia.objects.create(asset=asset, post=post, position=position)
