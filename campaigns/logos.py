"""The logos of brands, for the media library: replaced along with everything else that shows a picture."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from campaigns.models import Brand
from media_library.models import Asset, Place
from media_library.uses import Change
from workspaces.operation import Actor


class LogosOfBrands:
    """Replaces assets that are logos; satisfies `media_library.uses.Replacer`."""

    def plan(self, asset: Asset, other: Asset | None, *, by: Actor, limit: int) -> tuple[list[Change], int]:
        """Return the brands that have the asset as their logo."""
        brands = Brand.objects.filter(logo=asset)
        some = list(brands.order_by("name", "id")[:limit])
        total = len(some) if len(some) < limit else brands.count()
        address = reverse("campaigns:brands")
        return [Change(Place(brand.name, "brand", address), "Its logo is replaced.") for brand in some], total

    def replace(self, asset: Asset, other: Asset, *, by: Actor, now: datetime) -> int:
        """Let the other one be their logo."""
        return Brand.objects.filter(logo=asset).update(logo=other)
