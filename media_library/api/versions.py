"""Versions of a thing of the library: another file, an edit, an older one shown again; each says how far it is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.db.models import QuerySet
from pydantic import BaseModel, Field

from aura.kit.files import UploadRule
from aura.kit.paging import Sort
from media_library import edits, formats, operations
from media_library.api.shown import ROWS, MediaOut, media, shown
from media_library.edit_form import EditForm, whole_of
from media_library.forms import FocalForm, KeepBothForm, UploadForm
from media_library.models import AssetVersion
from workspaces.api.binding import Takes
from workspaces.api.calls import Call
from workspaces.api.paging import Listing
from workspaces.api.schemas import ID, INSTANT, OneOf, Shown

NEWEST = Sort("newest", "Newest first", "number")
POINT = {"across": 42.5, "down": 30.0}
EDIT = {
    "left": 0.0,
    "top": 10.0,
    "width": 100.0,
    "height": 80.0,
    "turn": 90,
    "brightness": 110,
    "words": "Fridays only",
    "words_place": "lower-middle",
    "words_size": 60,
    "words_dark": False,
    "logo": ID,
    "logo_place": "lower-right",
    "logo_size": 20,
}
SAID = {
    "left": "Where what is kept begins: percent of the width, from the left.",
    "top": "Where what is kept begins: percent of the height, from the top.",
    "width": "How much of the width is kept, in percent.",
    "height": "How much of the height is kept, in percent.",
    "turn": "By how many degrees it is turned to the right.",
    "brightness": "How bright it is, in percent of what it was.",
    "words": "Words on it; none where this is empty.",
    "words_place": "Where the words stand.",
    "words_size": "How wide the words are, in percent of the picture.",
    "words_dark": "Whether the letters are dark.",
    "logo": "The id of a picture that is put on it: one with the tag “logo”.",
    "logo_place": "Where the logo stands.",
    "logo_size": "How wide the logo is, in percent of the picture.",
}


class PointOut(Shown):
    """A point in a picture."""

    across: float = Field(description="Percent of the width, from the left.", examples=[42.5])
    down: float = Field(description="Percent of the height, from the top.", examples=[30.0])
    by_hand: bool = Field(description="Whether somebody set it; else Aura found it.", examples=[True])


class EditOut(Shown):
    """What was done to a picture, in the members by which it is asked for."""

    left: float = Field(description=SAID["left"], examples=[0.0])
    top: float = Field(description=SAID["top"], examples=[10.0])
    width: float = Field(description=SAID["width"], examples=[100.0])
    height: float = Field(description=SAID["height"], examples=[80.0])
    turn: int = Field(description=SAID["turn"], examples=[90])
    brightness: int = Field(description=SAID["brightness"], examples=[110])
    words: str = Field(description=SAID["words"], examples=["Fridays only"])
    words_place: Annotated[str, OneOf(edits.PLACES)] = Field(
        description=SAID["words_place"], examples=["lower-middle"]
    )
    words_size: int = Field(description=SAID["words_size"], examples=[60])
    words_dark: bool = Field(description=SAID["words_dark"], examples=[False])
    logo: UUID | None = Field(description=SAID["logo"], examples=[ID])
    logo_place: Annotated[str, OneOf(edits.PLACES)] = Field(
        description=SAID["logo_place"], examples=["lower-right"]
    )
    logo_size: int = Field(description=SAID["logo_size"], examples=[20])


class MediaVersionOut(Shown):
    """One version of a thing of the library. One that comes later is shown by itself once it is ready."""

    id: UUID = Field(description="Its id.", examples=[ID])
    number: int = Field(description="Counts the versions, from 1.", examples=[2])
    status: Annotated[str, OneOf(AssetVersion.Status.values)] = Field(
        description="`pending` until it is made: ask again.", examples=["ready"]
    )
    failure: str = Field(description="Why it could not be made.", examples=[""])
    is_shown: bool = Field(description="Whether it is the one that is shown everywhere.", examples=[True])
    made_from: UUID | None = Field(
        description="The id of the version that an edit began with; null where it came as a file.",
        examples=[ID],
    )
    edit: EditOut | None = Field(
        description="What was done to it; null where it came as a file.", examples=[EDIT]
    )
    original_name: str = Field(description="The name its file came with.", examples=["IMG_2041.jpg"])
    media_type: str = Field(description="What its original file is.", examples=["image/jpeg"])
    size: int = Field(
        description="Bytes of its original file; 0 while an edit is not made.", examples=[2_411_008]
    )
    width: int | None = Field(description="Pixels across.", examples=[4000])
    height: int | None = Field(description="Pixels down.", examples=[3000])
    duration_ms: int | None = Field(description="How long a film runs, in milliseconds.", examples=[None])
    focal_point: PointOut = Field(
        description="The point that every cut keeps.", examples=[{**POINT, "by_hand": True}]
    )
    created_by: UUID | None = Field(description="The id of whoever brought or made it.", examples=[ID])
    created_at: datetime = Field(description="When it was brought, or asked for.", examples=[INSTANT])
    shown_at: datetime | None = Field(
        description="When it was last made the one that is shown; null where it never was, or always.",
        examples=[INSTANT],
    )


FILE = Takes(
    "VersionFile", UploadForm, examples={}, files={"file": "The file: one, of the kind that there is now."}
)
EDITED = Takes("PictureEdit", EditForm, examples=EDIT, descriptions=SAID)
FOCAL = Takes(
    "FocalPoint",
    FocalForm,
    examples=POINT,
    descriptions={
        "across": "Percent of the width, from the left.",
        "down": "Percent of the height, from the top.",
    },
)
KEPT = Takes(
    "KeptBeside",
    KeepBothForm,
    examples={"name": "rye-again.jpg", "upload_key": "6f1d7c0e-8a53-4a35-9a1b-0d1c8b7f2a11"},
    descriptions={
        "name": "What its file is called; as that of the version where it is left out.",
        "upload_key": "A word of your own for this copy: sent again, it brings nothing a second time.",
    },
)


def _versions(media_id: UUID) -> QuerySet[AssetVersion]:
    return AssetVersion.objects.filter(asset=media_id).select_related("stored_file", "asset")


def _shown_many(rows: list[AssetVersion]) -> list[BaseModel]:
    return [_shown(version) for version in rows]


def _shown(version: AssetVersion) -> MediaVersionOut:
    is_edit = bool(version.recipe)
    made = not is_edit or version.status == AssetVersion.Status.READY
    return MediaVersionOut(
        id=version.pk,
        number=version.number,
        status=version.status,
        failure=version.failure,
        is_shown=version.asset.current_id == version.pk,
        made_from=version.made_from_id,
        edit=EditOut(**whole_of(version.recipe)) if is_edit else None,
        original_name=version.original_name,
        media_type=version.stored_file.mime,
        size=version.stored_file.size if made else 0,
        width=version.width,
        height=version.height,
        duration_ms=version.duration_ms,
        focal_point=PointOut(
            across=round(version.focal_x * 100, 3),
            down=round(version.focal_y * 100, 3),
            by_hand=version.focal_by_hand,
        ),
        created_by=version.created_by_id,
        created_at=version.created_at,
        shown_at=version.shown_at,
    )


def _one(call: Call, media_id: UUID, media_version_id: UUID) -> AssetVersion:
    """Return the version of the address, as `call.find` does. What it is a version of is held by its operation."""
    return call.find(_versions(media_id), media_version_id, shown=_shown)


@media.listing("/media/{uuid:media_id}/versions", MediaVersionOut)
def list_versions(call: Call, media_id: UUID) -> Listing[AssetVersion]:
    """List the versions of something, the newest first."""
    call.find(ROWS, media_id)
    return Listing(_versions(media_id), NEWEST, _shown_many)


@media.get("/media/{uuid:media_id}/versions/{uuid:media_version_id}", MediaVersionOut)
def read_version(call: Call, media_id: UUID, media_version_id: UUID) -> MediaVersionOut:
    """Show a version, and how far it is."""
    return _shown(_one(call, media_id, media_version_id))


@media.post(
    "/media/{uuid:media_id}/versions",
    MediaVersionOut,
    takes=FILE,
    status=201,
    at="/media/{media_id}/versions/{id}",
    upload=UploadRule(formats.largest_bytes, 1, limit_of=formats.limit_of),
    apart=True,
)
def add_version(call: Call, media_id: UUID) -> MediaVersionOut:
    """Bring a file as the next version.

    It is shown once it is ready, wherever the thing is used. Posts that were approved have to be approved again; what
    is out stays as it went. Ask the address in `Location` how far it is.
    """
    asset = call.find(ROWS, media_id, shown=shown)
    form = call.bind(UploadForm())
    return _shown(
        operations.receive_version(
            asset, form.cleaned_data["file"], form.description, now=call.now, by=call.by
        )
    )


@media.post(
    "/media/{uuid:media_id}/edit",
    MediaVersionOut,
    takes=EDITED,
    status=201,
    at="/media/{media_id}/versions/{id}",
)
def edit_picture(call: Call, media_id: UUID) -> MediaVersionOut:
    """Cut, turn or brighten a picture, and put words or a logo on it: as a version of its own.

    The original is never touched, and an edit of an edit begins with it again: what is not sent is as in the version
    that is shown. Ask the address in `Location` how far it is.
    """
    asset = call.find(ROWS, media_id, shown=shown)
    form = call.bind(EditForm(recipe=edits.recipe_of(asset)))
    return _shown(
        operations.edit_picture(asset, recipe=form.cleaned_data["recipe"], now=call.now, by=call.by)
    )


@media.post("/media/{uuid:media_id}/versions/{uuid:media_version_id}/show", MediaOut)
def show_version(call: Call, media_id: UUID, media_version_id: UUID) -> MediaOut:
    """Go back to a version that is ready: it is shown everywhere from now on."""
    version = _one(call, media_id, media_version_id)
    operations.show_version(version.asset, version=version, now=call.now, by=call.by)
    return shown(ROWS.get(pk=media_id))


@media.post("/media/{uuid:media_id}/versions/{uuid:media_version_id}/retry", MediaVersionOut)
def retry_version(call: Call, media_id: UUID, media_version_id: UUID) -> MediaVersionOut:
    """Try once more to make a version that could not be made."""
    version = _one(call, media_id, media_version_id)
    operations.retry_version(version.asset, version=version, now=call.now, by=call.by)
    return _shown(_versions(media_id).get(pk=media_version_id))


@media.remove("/media/{uuid:media_id}/versions/{uuid:media_version_id}")
def drop_version(call: Call, media_id: UUID, media_version_id: UUID) -> None:
    """Take back a version that is not ready. One that is stays in the history."""
    version = _one(call, media_id, media_version_id)
    operations.drop_version(version.asset, version=version, by=call.by)


@media.post(
    "/media/{uuid:media_id}/versions/{uuid:media_version_id}/keep-both",
    MediaOut,
    takes=KEPT,
    status=201,
    at="/media/{id}",
)
def keep_both(call: Call, media_id: UUID, media_version_id: UUID) -> MediaOut:
    """Keep the file of a version as one more thing of the library, with a name of its own.

    For bytes that an upload found here already (`already`), without sending them again. Description and rights come
    along; the file is stored once for both.
    """
    version = _one(call, media_id, media_version_id)
    form = call.bind(KeepBothForm())
    copy = operations.keep_both(
        version.asset,
        version=version,
        name=form.cleaned_data["name"],
        upload_key=form.cleaned_data["upload_key"],
        now=call.now,
        by=call.by,
    )
    return shown(ROWS.get(pk=copy.pk))


@media.post("/media/{uuid:media_id}/focal-point", MediaVersionOut, takes=FOCAL)
def set_focal_point(call: Call, media_id: UUID) -> MediaVersionOut:
    """Move the point that every cut of a picture keeps; what was cut around another one is cut anew."""
    asset = call.find(ROWS, media_id, shown=shown)
    x, y = call.bind(FocalForm()).shares
    operations.set_focal_point(asset, x=x, y=y, now=call.now, by=call.by)
    return _shown(_versions(media_id).get(pk=asset.current_id))
