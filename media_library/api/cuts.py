"""The files that are made from something in the library."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from media_library.api.shown import ID, ROWS, media
from media_library.models import Rendition
from workspaces.api.calls import Call
from workspaces.api.schemas import OneOf, Shown


class RenditionOut(Shown):
    """A file that was made from the current version."""

    id: UUID = Field(description="Its id.", examples=[ID])
    preset: str = Field(
        description="What it is for: `thumb`, `web`, `clean`, or `fit:` and a place.", examples=["web"]
    )
    status: Annotated[str, OneOf(Rendition.Status.values)] = Field(
        description="Whether it is there.", examples=["ready"]
    )
    media_type: str = Field(description="What the file is.", examples=["image/jpeg"])
    width: int = Field(description="Pixels across.", examples=[1080])
    height: int = Field(description="Pixels down.", examples=[810])
    size: int = Field(description="Bytes of the file.", examples=[184_320])
    failure: str = Field(description="Why it could not be made.", examples=[""])


class RenditionsOut(Shown):
    """The files that were made from the current version."""

    items: list[RenditionOut] = Field(
        description="By preset.",
        examples=[
            [
                {
                    "id": ID,
                    "preset": "web",
                    "status": "ready",
                    "media_type": "image/jpeg",
                    "width": 1080,
                    "height": 810,
                    "size": 184_320,
                    "failure": "",
                }
            ]
        ],
    )


@media.get("/media/{uuid:media_id}/renditions", RenditionsOut)
def list_renditions(call: Call, media_id: UUID) -> RenditionsOut:
    """List the files that were made from something: its preview, its clean copy, its cuts."""
    asset = call.find(ROWS.prefetch_related("current__renditions"), media_id)
    made = asset.current.renditions.all() if asset.current else []
    return RenditionsOut(
        items=[
            RenditionOut(
                id=one.pk,
                preset=one.preset,
                status=one.status,
                media_type=one.mime,
                width=one.width,
                height=one.height,
                size=one.size,
                failure=one.failure,
            )
            for one in sorted(made, key=lambda one: one.preset)
        ]
    )
