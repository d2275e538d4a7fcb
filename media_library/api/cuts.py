"""The files that are made from something in the library: asked for, stopped, and how far each is."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from django.http.response import HttpResponseBase
from pydantic import Field

from aura.kit.problems import Refused
from media_library import fits, operations, serving
from media_library.api.shown import ROWS, media, shown
from media_library.forms import FitsForm, RemakeForm
from media_library.models import Asset, Rendition
from media_library.operations import Which
from workspaces.api.binding import Takes
from workspaces.api.calls import Call
from workspaces.api.schemas import ID, OneOf, Shown

RENDITION = {
    "id": ID,
    "preset": "fit:instagram-post",
    "place": "instagram-post",
    "status": "ready",
    "waits": False,
    "media_type": "image/jpeg",
    "width": 1080,
    "height": 1350,
    "size": 184_320,
    "failure": "",
}


class RenditionOut(Shown):
    """A file that was made from the current version."""

    id: UUID = Field(description="Its id.", examples=[ID])
    preset: str = Field(
        description="What it is for: `thumb`, `web`, `clean`, or `fit:` or `size:` and a place.",
        examples=["fit:instagram-post"],
    )
    place: str = Field(
        description="The place that it was asked for, as `fits` takes it; empty where Aura makes it unasked.",
        examples=["instagram-post"],
    )
    status: Annotated[str, OneOf(Rendition.Status.values)] = Field(
        description="Whether it is there. One that is made anew stays `ready` until then.", examples=["ready"]
    )
    waits: bool = Field(
        description="Whether it is still to be made, or made anew: ask again.", examples=[False]
    )
    media_type: str = Field(description="What the file is.", examples=["image/jpeg"])
    width: int = Field(description="Pixels across.", examples=[1080])
    height: int = Field(description="Pixels down.", examples=[1350])
    size: int = Field(description="Bytes of the file.", examples=[184_320])
    failure: str = Field(description="Why it could not be made.", examples=[""])


class RenditionsOut(Shown):
    """The files that were made from the current version."""

    items: list[RenditionOut] = Field(description="By preset.", examples=[[RENDITION]])


class QueuedOut(Shown):
    """What waits to be made anew."""

    media: int = Field(description="How many things of the library were added to it.", examples=[12])
    cuts: int = Field(description="How many cuts and sizes for the web were added to it.", examples=[48])
    waiting: int = Field(description="How many waited already.", examples=[0])


FITS = Takes(
    "Fits",
    FitsForm,
    examples={"places": ["instagram-post", "web-1080-webp"], "platforms": ["pinterest"]},
    descriptions={
        "places": "The places to cut it for, and sizes for the web.",
        "platforms": "All places of these platforms that it is large enough for.",
    },
)
REMAKE = Takes(
    "Remake",
    RemakeForm,
    examples={"which": "failed"},
    descriptions={"which": "What could not be made, or everything."},
)


def _renditions(asset: Asset) -> RenditionsOut:
    """Return what is made, and to be made, of the current version as it is now; one query."""
    made = Rendition.objects.filter(version=asset.current_id).order_by("preset")
    return RenditionsOut(items=[_shown(one) for one in made])


def _shown(one: Rendition) -> RenditionOut:
    place = fits.placement_of(one)
    return RenditionOut(
        id=one.pk,
        preset=one.preset,
        place=place.key if place else "",
        status=one.status,
        waits=one.due_at is not None or one.status == Rendition.Status.PENDING,
        media_type=one.mime,
        width=one.width,
        height=one.height,
        size=one.size,
        failure=one.failure,
    )


@media.get("/media/{uuid:media_id}/renditions", RenditionsOut)
def list_renditions(call: Call, media_id: UUID) -> RenditionsOut:
    """List the files that were made from something: its preview, its clean copy, its cuts."""
    return _renditions(call.find(ROWS, media_id))


@media.file("/media/{uuid:media_id}/renditions/{uuid:rendition_id}/file")
def download_rendition(call: Call, media_id: UUID, rendition_id: UUID) -> HttpResponseBase:
    """Send one of the files that were made from something.

    Refused (409) while it is not made, or where it could not be.
    """
    rows = Rendition.objects.select_related("version__asset").filter(version__asset=media_id)
    made = call.find(rows, rendition_id)
    if made.key is None:
        raise Refused(made.failure or "It is not made yet. Try again in a moment.")
    name = fits.file_name(made.version.asset.title, made)
    return serving.serve(call.request, made, cache=serving.NEVER, download_as=name)


@media.post("/media/{uuid:media_id}/fits", RenditionsOut, takes=FITS, status=202)
def request_fits(call: Call, media_id: UUID) -> RenditionsOut:
    """Ask for cuts of a picture for some places, or for sizes for the web.

    The worker makes them: ask for its `renditions` until none of them `waits`. What is there and still right stays.
    """
    asset = call.find(ROWS, media_id, shown=shown)
    form = call.bind(FitsForm(size=(asset.width or 0, asset.height or 0)))
    operations.request_fits(asset, placements=form.cleaned_data["places"], now=call.now, by=call.by)
    return _renditions(asset)


@media.post("/media/{uuid:media_id}/fits/stop", RenditionsOut)
def drop_fits(call: Call, media_id: UUID) -> RenditionsOut:
    """Take back the cuts that were asked for and are not made yet."""
    asset = call.find(ROWS, media_id, shown=shown)
    return _renditions(operations.drop_fits(asset, by=call.by))


@media.post("/media/remake-renditions", QueuedOut, takes=REMAKE, status=202)
def remake_renditions(call: Call) -> QueuedOut:
    """Have what is shown of the whole library made anew: what failed, or everything.

    What is there goes on being served until then. What has lost its file is found by the command `make_renditions`,
    which reads the whole storage.
    """
    which = Which(call.bind(RemakeForm()).cleaned_data["which"])
    queued = operations.remake_renditions(which=frozenset({which}), now=call.now, by=call.by)
    return QueuedOut(media=queued.assets, cuts=queued.cuts, waiting=queued.waiting)
