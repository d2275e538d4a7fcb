"""The list of campaigns: what may be asked of it, saved in the address."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.http import QueryDict

from aura.kit.paging import Sort
from campaigns.models import Brand, Campaign, CampaignTag
from workspaces import search

SORTS = [
    Sort("newest", "Newest"),
    Sort("changed", "Last changed", "updated_at"),
    Sort("name", "Name", "name", descending=False),
    Sort("start", "First day", "start_date", nullable=True),
]
SHELVES = {"": "Open", "archived": "Archived", "trash": "In the trash"}
CHOICES_AT_MOST = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; anything that is none of the choices counts as not asked."""

    query: str
    shelf: str
    status: str
    brand: uuid.UUID | None
    category: str
    tag: str
    sort: Sort

    @property
    def narrowed(self) -> bool:
        """Tell whether anything is left out, so that an empty list can say why."""
        return bool(self.query or self.status or self.brand or self.category or self.tag)


def read(params: QueryDict) -> Asked:
    """Return what the address asks for."""
    shelf, status, sort = (params.get(name, "").strip() for name in ("show", "status", "sort"))
    try:
        brand = uuid.UUID(params.get("brand", ""))
    except ValueError:
        brand = None
    return Asked(
        query=params.get("q", "").strip()[: search.QUERY_LENGTH],
        shelf=shelf if shelf in SHELVES else "",
        status=status if status in Campaign.Status.values else "",
        brand=brand,
        category=params.get("category", "").strip()[:50],
        tag=params.get("tag", "").strip().lower()[:50],
        sort=next((one for one in SORTS if one.key == sort), SORTS[0]),
    )


def campaigns(asked: Asked) -> QuerySet[Campaign]:
    """Return the campaigns that are asked for, brand included, without an order."""
    rows = Campaign.objects.select_related("brand")
    shelves = {
        "": Q(trashed_at=None, archived_at=None),
        "archived": Q(trashed_at=None, archived_at__isnull=False),
        "trash": Q(trashed_at__isnull=False),
    }
    rows = rows.filter(shelves[asked.shelf])
    if asked.status:
        rows = rows.filter(status=asked.status)
    if asked.brand:
        rows = rows.filter(brand=asked.brand)
    if asked.category:
        rows = rows.filter(category=asked.category)
    if asked.tag:
        rows = rows.filter(pk__in=CampaignTag.objects.filter(word=asked.tag).order_by().values("campaign"))
    if (
        asked.query and asked.shelf == "trash"
    ):  # what is in the trash has left the search: few rows, read by name
        rows = rows.filter(name__icontains=asked.query)
    elif asked.query:
        rows = rows.filter(pk__in=search.ids("campaign", asked.query))
    return rows


def brands() -> list[Brand]:
    """Return the brands to pick from."""
    return list(Brand.objects.filter(trashed_at=None).order_by("name")[:CHOICES_AT_MOST])


def categories() -> list[str]:
    """Return the categories in use."""
    used = Campaign.objects.filter(trashed_at=None).exclude(category="").order_by("category")
    return list(used.values_list("category", flat=True).distinct()[:CHOICES_AT_MOST])


def tags() -> list[str]:
    """Return the tags in use."""
    return list(
        CampaignTag.objects.order_by("word").values_list("word", flat=True).distinct()[:CHOICES_AT_MOST]
    )
