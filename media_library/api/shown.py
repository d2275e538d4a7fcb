"""What programs read of one thing in the library, and what its calls share."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from pydantic import BaseModel, Field

from media_library.models import Asset
from media_library.operations.tagging import tags_of
from workspaces.api.calls import Resource
from workspaces.api.schemas import ID, INSTANT, OneOf, Shown
from workspaces.prepared import Prepared

media = Resource(
    "media", about="The library: pictures, films, documents and words that posts and campaigns are made of."
)

ROWS = Asset.objects.select_related("current__stored_file")
RIGHTS = {
    "author": "Ada Byrne",
    "licence": "CC BY 4.0",
    "source": "https://example.com/rye",
    "expires_date": "2027-03-31",
}


class MediaOut(Shown):
    """One thing in the library."""

    id: UUID = Field(description="Its id.", examples=[ID])
    kind: Annotated[str, OneOf(Asset.Kind.values)] = Field(description="What it is.", examples=["image"])
    status: Annotated[str, OneOf(Asset.Status.values)] = Field(
        description="`pending` until it has been read and its copies are made.", examples=["ready"]
    )
    failure: str = Field(description="Why it could not be read.", examples=[""])
    title: str = Field(description="What it is called.", examples=["Rye on the board"])
    alt_text: str = Field(
        description="What somebody needs to know who cannot see it.", examples=["A dark loaf, cut open."]
    )
    body: str = Field(description="The words themselves, where it is words.", examples=[""])
    tags: list[str] = Field(description="Labels to find it by.", examples=[["rye", "spring"]])
    author: str = Field(description="Who made it.", examples=["Ada Byrne"])
    licence: str = Field(description="By what right it is used.", examples=["CC BY 4.0"])
    source: str = Field(description="Where it comes from.", examples=["https://example.com/rye"])
    expires_date: date | None = Field(
        description="The last day on which it may be used.", examples=["2027-03-31"]
    )
    original_name: str = Field(description="The name its file came with.", examples=["IMG_2041.jpg"])
    media_type: str = Field(description="What the original file is.", examples=["image/jpeg"])
    size: int = Field(description="Bytes of the original file.", examples=[2_411_008])
    width: int | None = Field(description="Pixels across.", examples=[4000])
    height: int | None = Field(description="Pixels down.", examples=[3000])
    duration_ms: int | None = Field(description="How long a film runs, in milliseconds.", examples=[15_000])
    use_count: int = Field(description="In how many places it is used now.", examples=[2])
    last_used_at: datetime | None = Field(description="When it was last put to use.", examples=[INSTANT])
    trashed_at: datetime | None = Field(description="When it was put in the trash.", examples=[INSTANT])
    created_by: UUID | None = Field(description="The id of whoever brought it.", examples=[ID])
    created_at: datetime = Field(description="When it came.", examples=[INSTANT])


_WITHOUT_FILE = {"original_name": "", "media_type": "", "size": 0}
_COLUMNS = {name: name for name in MediaOut.model_fields if name != "tags"} | {
    "id": "pk",
    "original_name": "current__original_name",
    "media_type": "current__stored_file__mime",
    "size": "current__stored_file__size",
    "created_by": "created_by_id",
}
"""Where the members are read from: a fraction of what an asset has with its version and its file."""


def columns(rows: QuerySet[Asset], *more: str) -> QuerySet[Asset, Any]:
    """Return these assets as what is shown of them, with `more` columns beside."""
    return rows.values_list(*dict.fromkeys([*_COLUMNS.values(), *more]), named=True)


_ONE = Prepared(lambda asset: columns(Asset.objects.filter(pk=asset)))


def shown_many(assets: list[Any]) -> list[BaseModel]:
    """Return `columns` of assets as programs read them; one query more, however many."""
    tags = tags_of(assets)
    return [_shown(asset, sorted(tags[asset.pk])) for asset in assets]


def shown(asset: Asset) -> MediaOut:
    """Return one asset as programs read it, as it is stored now."""
    return shown_by_id(asset.pk)


def shown_by_id(asset_id: UUID) -> MediaOut:
    """Return the asset of this id as programs read it. Raises Http404."""
    asset = _ONE.first(asset_id)
    if asset is None:
        raise Http404
    return _shown(asset, sorted(tags_of([asset])[asset.pk]))


def _shown(asset: Any, tags: list[str]) -> MediaOut:
    members = dict(zip(_COLUMNS, asset, strict=False))  # behind them stand columns of the order
    for name, empty in _WITHOUT_FILE.items():
        if members[name] is None:
            members[name] = empty
    return MediaOut(**members, tags=tags)
