"""The calls of albums, and what is put into them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from aura.kit.paging import Sort
from media_library import operations
from media_library.api.many import MANY, ManyDone, named_in, told
from media_library.api.shown import ROWS, MediaOut, media, shown
from media_library.forms import AlbumForm, AlbumsForm
from media_library.models import Album
from workspaces.api.binding import Takes
from workspaces.api.calls import Call
from workspaces.api.paging import Listing
from workspaces.api.schemas import ID, INSTANT, Shown

BY_NAME = Sort("name", "Name", "name", descending=False)
ALL = Album.objects.all()


class AlbumOut(Shown):
    """A named group of things of the library. To list what is in it, ask `media` for its `album`."""

    id: UUID = Field(description="Its id.", examples=[ID])
    name: str = Field(description="What it is called.", examples=["Spring"])
    parent: UUID | None = Field(description="The id of the album that it lies in.", examples=[None])
    created_by: UUID | None = Field(description="The id of whoever made it.", examples=[ID])
    created_at: datetime = Field(description="When it was made.", examples=[INSTANT])


ALBUM = Takes(
    "Album",
    AlbumForm,
    examples={"name": "Spring", "parent": ID},
    descriptions={"name": "What it is called.", "parent": "The id of the album that it lies in."},
)
ALBUMS = Takes(
    "Albums",
    AlbumsForm,
    examples={"albums": [ID]},
    descriptions={"albums": "The ids of the albums that it is in from now on."},
)


def _shown_many(rows: list[Album]) -> list[BaseModel]:
    return [_shown(one) for one in rows]


def _shown(album: Album) -> AlbumOut:
    return AlbumOut(
        id=album.pk,
        name=album.name,
        parent=album.parent_id,
        created_by=album.created_by_id,
        created_at=album.created_at,
    )


@media.listing("/albums", AlbumOut)
def list_albums(call: Call) -> Listing[Album]:
    """List albums."""
    return Listing(ALL, BY_NAME, _shown_many)


@media.post("/albums", AlbumOut, takes=ALBUM, status=201, at="/albums/{id}")
def create_album(call: Call) -> AlbumOut:
    """Make an album."""
    return _shown(operations.create_album(call.bind(AlbumForm()).instance, by=call.by))


@media.get("/albums/{uuid:album_id}", AlbumOut)
def show_album(call: Call, album_id: UUID) -> AlbumOut:
    """Show an album."""
    return _shown(call.find(ALL, album_id))


@media.patch("/albums/{uuid:album_id}", AlbumOut, takes=ALBUM)
def edit_album(call: Call, album_id: UUID) -> AlbumOut:
    """Call an album something else."""
    album = call.find(ALL, album_id, shown=_shown)
    return _shown(operations.edit_album(call.bind(AlbumForm(instance=album)).instance, by=call.by))


@media.remove("/albums/{uuid:album_id}")
def delete_album(call: Call, album_id: UUID) -> None:
    """Delete an album and the albums in it. What lies in them stays in the library."""
    operations.delete_album(call.find(ALL, album_id, shown=_shown), by=call.by)


@media.post("/media/{uuid:media_id}/albums", MediaOut, takes=ALBUMS)
def set_albums(call: Call, media_id: UUID) -> MediaOut:
    """Make these the albums that something is in, in place of those it is in."""
    asset = call.find(ROWS, media_id, shown=shown)
    albums = call.bind(AlbumsForm()).cleaned_data["albums"]
    return shown(operations.set_albums(asset, albums=albums, by=call.by))


@media.post("/albums/{uuid:album_id}/add", ManyDone, takes=MANY)
def add_to_album(call: Call, album_id: UUID) -> ManyDone:
    """Put many things of the library into an album. What lies in it already stays there."""
    album = call.find(ALL, album_id, shown=_shown)
    named = named_in(call)
    return told(named, operations.add_to_album(album, assets=named, by=call.by))


@media.post("/albums/{uuid:album_id}/take-out", ManyDone, takes=MANY)
def take_out_of_album(call: Call, album_id: UUID) -> ManyDone:
    """Take many things out of an album. They stay in the library."""
    album = call.find(ALL, album_id, shown=_shown)
    named = named_in(call)
    return told(named, operations.take_out_of_album(album, assets=named, by=call.by))
