"""The library as programs read it: listed as its page is, one thing, its file, and where it is used."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http.response import HttpResponseBase
from pydantic import Field

from media_library import filters, placements, serving, uses
from media_library.api.shown import ROWS, MediaOut, columns, media, shown_by_id, shown_many
from media_library.filters import BEST, SORTS
from media_library.models import Asset
from workspaces.api.calls import Call
from workspaces.api.paging import Listing
from workspaces.api.schemas import ID, Day, ListQuery, OneOf, Shown
from workspaces.search import QUERY_LENGTH

USES_SHOWN = 50
MOST = filters.VALUES_AT_MOST


class UseOut(Shown):
    """A place that shows it."""

    kind: str = Field(description="What kind of place it is.", examples=["post"])
    title: str = Field(description="What that is called.", examples=["Rye is back"])
    status: str = Field(description="Where that stands.", examples=["scheduled"])
    url: str = Field(description="Its page.", examples=[f"/w/barrow-rye/posts/{ID}/"])


class UsesOut(Shown):
    """Where it is used."""

    items: list[UseOut] = Field(
        description=f"The newest places of each kind, {USES_SHOWN} at most.",
        examples=[[{"kind": "post", "title": "Rye is back", "status": "draft", "url": f"/posts/{ID}/"}]],
    )
    total: int = Field(description="In how many places it is used.", examples=[2])


class MediaQuery(ListQuery):
    """What the library may be asked for: as its page."""

    q: str = Field("", max_length=QUERY_LENGTH, description="Words to look for.", examples=["rye"])
    state: Annotated[str, OneOf(word for word in filters.STATES if word)] = Field(
        "", description="What is not ready, or the trash, in place of all.", examples=["pending"]
    )
    kind: list[Annotated[str, OneOf(Asset.Kind.values)]] = Field(
        [], max_length=MOST, description="Those of one of these kinds.", examples=[["image"]]
    )
    tag: list[str] = Field(
        [], max_length=MOST, description="Those with all of these tags.", examples=[["rye"]]
    )
    album: UUID | None = Field(None, description="Those in this album alone.", examples=[ID])
    colour: list[Annotated[str, OneOf(Asset.Colour.values)]] = Field(
        [], max_length=MOST, description="Those of one of these colours.", examples=[["brown"]]
    )
    shape: list[Annotated[str, OneOf(Asset.Shape.values)]] = Field(
        [], max_length=MOST, description="Those of one of these shapes.", examples=[["square"]]
    )
    scale: list[Annotated[str, OneOf(Asset.Scale.values)]] = Field(
        [],
        max_length=MOST,
        description="By the longer side: `small` under 1,000 pixels, `large` from 2,500.",
        examples=[["large"]],
    )
    weight: list[Annotated[str, OneOf(Asset.Weight.values)]] = Field(
        [],
        max_length=MOST,
        description="By the size of the file: `light` under 1 MB, `heavy` from 5 MB.",
        examples=[["light"]],
    )
    wide: int = Field(
        0, ge=0, le=filters.PIXELS_AT_MOST, description="At least so many pixels across.", examples=[1080]
    )
    high: int = Field(
        0, ge=0, le=filters.PIXELS_AT_MOST, description="At least so many pixels down.", examples=[1080]
    )
    fits: list[Annotated[str, OneOf(place.key for place in placements.PLACEMENTS)]] = Field(
        [],
        max_length=MOST,
        description="Pictures with pixels enough for all of these places.",
        examples=[[placements.PLACEMENTS[0].key]],
    )
    used: Annotated[str, OneOf(filters.USES)] = Field(
        "", description="Whether it is, or was, in use.", examples=["never"]
    )
    used_since: Day | None = Field(
        None, description="Put to use on this day or later.", examples=["2026-03-01"]
    )
    flaw: list[Annotated[str, OneOf(filters.FLAWS)]] = Field(
        [], max_length=MOST, description="Those that somebody should look at.", examples=[["undescribed"]]
    )
    added_from: Day | None = Field(None, description="Added on this day or later.", examples=["2026-03-01"])
    added_to: Day | None = Field(None, description="Added on this day or before.", examples=["2026-03-31"])
    by: UUID | None = Field(None, description="Those that this person brought.", examples=[ID])
    sort: Annotated[str, OneOf(sort.key for sort in SORTS)] = Field(
        SORTS[0].key, description="In which order; the trash has its own.", examples=["name"]
    )


@media.listing("/media", MediaOut, MediaQuery)
def list_media(call: Call) -> Listing[Any]:
    """List the library.

    Filtered and searched as its page is. Words are looked for in names, descriptions, tags and file names.
    """
    asked = filters.read(call.params)
    sort = SORTS[0] if asked.order is BEST else asked.order
    return Listing(columns(asked.rows(now=call.now), sort.field), sort, shown_many)


@media.get("/media/{uuid:media_id}", MediaOut)
def show_media(call: Call, media_id: UUID) -> MediaOut:
    """Show one thing of the library."""
    return shown_by_id(media_id)


@media.file("/media/{uuid:media_id}/file")
def download_media(call: Call, media_id: UUID) -> HttpResponseBase:
    """Send the file: its full size, without private metadata; words as plain text.

    Refused (409) while that copy is being made.
    """
    asset = call.find(ROWS.prefetch_related("current__renditions"), media_id)
    return serving.download(call.request, asset)


@media.get("/media/{uuid:media_id}/uses", UsesOut)
def list_uses(call: Call, media_id: UUID) -> UsesOut:
    """List where something is used."""
    asset = call.find(ROWS, media_id)
    places = uses.places_of(asset, limit=USES_SHOWN)[:USES_SHOWN]
    return UsesOut(
        items=[UseOut(kind=one.kind, title=one.title, status=one.status, url=one.url) for one in places],
        total=asset.use_count,
    )
