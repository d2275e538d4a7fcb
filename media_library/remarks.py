"""What people talk about here: assets, their descriptions and their words."""

from __future__ import annotations

from django.urls import reverse

from media_library.models import Asset
from workspaces.talk import Place, Subject


def places_of(asset: Asset) -> dict[str, Place]:
    """Return the text of an asset that a remark can be about."""
    if asset.is_text:
        return {"body": Place("Words", asset.body)}
    return {"alt_text": Place("Description", asset.alt_text)}


SUBJECT = Subject(
    Asset,
    url=lambda asset: asset.get_absolute_url(),
    comment_url=lambda asset: reverse("media:comment", args=[asset.pk]),
    places=places_of,
)
