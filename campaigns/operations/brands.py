"""Verbs of brands."""

from __future__ import annotations

from datetime import datetime

from aura.kit.ids import uuid7
from campaigns.models import Brand, Campaign
from campaigns.operations import contents
from campaigns.operations.campaigns import author, bring_back, put_in_trash
from workspaces.models import Workspace
from workspaces.operation import Actor, Refused, operation

BRAND_FIELDS = ["name", "about", "voice_tags", "guardrails", "colours", "logo"]


@operation
def create_brand(brand: Brand, *, by: Actor) -> Brand:
    """Save a judged, unsaved brand; return it."""
    brand.created_by = author(by)
    brand.save(force_insert=True)
    return brand


@operation
def edit_brand(brand: Brand, *, by: Actor) -> Brand:
    """Save what a form changed on a brand; return it. Raises Refused for one in the trash."""
    if Brand.objects.filter(pk=brand.pk, trashed_at__isnull=False).exists():
        raise Refused(f"“{brand}” is in the trash. Bring it back first.")
    brand.save(update_fields=BRAND_FIELDS)
    return brand


@operation
def trash_brand(brand: Brand, *, now: datetime, by: Actor) -> Brand:
    """Put a brand in the trash with its campaigns and everything in them; return it.

    Raises Refused for the last brand, and while channels speak for this brand alone.
    """
    brand = Brand.objects.select_for_update().get(pk=brand.pk)
    if brand.is_trashed:
        raise Refused(f"“{brand}” is in the trash already.")
    if not Brand.objects.filter(trashed_at=None).exclude(pk=brand.pk).exists():
        raise Refused("This is the only brand. Make another one first.")
    needed = [name for held in contents.registered() for name in held.brand_in_use(brand.pk)]
    if needed:
        raise Refused(f"Only “{brand}” speaks on {', '.join(needed)}. Give them another brand first.")
    mark = uuid7()
    campaigns = list(
        Campaign.objects.select_for_update(of=("self",))
        .filter(brand=brand, trashed_at=None)
        .select_related("brand")
    )
    put_in_trash(campaigns, mark=mark, now=now, by=by)
    brand.trashed_at, brand.trashed_with = now, mark
    brand.save(update_fields=["trashed_at", "trashed_with"])
    return brand


@operation
def restore_brand(brand: Brand, *, now: datetime, by: Actor) -> Brand:
    """Bring a brand back with exactly the campaigns that went with it, nothing scheduled; return it.

    Raises Refused when it is not in the trash, or another brand has taken its name.
    """
    brand = Brand.objects.select_for_update().get(pk=brand.pk)
    if not brand.is_trashed:
        raise Refused(f"“{brand}” is not in the trash.")
    if Brand.objects.filter(name=brand.name, trashed_at=None).exists():
        raise Refused(f"There is another brand called “{brand}” now. Rename that one first.")
    mark = brand.trashed_with
    brand.trashed_at = brand.trashed_with = None
    brand.save(update_fields=["trashed_at", "trashed_with"])
    campaigns = list(
        Campaign.objects.select_for_update(of=("self",)).filter(trashed_with=mark).select_related("brand")
    )
    bring_back(campaigns, mark=mark, now=now, by=by)
    return brand


def make_first_brand(workspace: Workspace, *, by: Actor) -> None:
    """Give a new workspace, which is open, its first brand, called like the workspace; part of its creation."""
    Brand(name=workspace.name, created_by=author(by)).save(force_insert=True)
