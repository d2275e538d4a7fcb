"""How people keep assets together: tags, albums, saved filters."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from aura.kit.problems import Refused
from aura.kit.words import tidy_words
from media_library.models import Album, AlbumAsset, Asset, SavedFilter
from media_library.narrowing import album_and_below
from media_library.operations.tagging import change_tags, tags_of
from media_library.operations.uploads import index
from workspaces.models import User
from workspaces.operation import Actor, operation, those_allowed


@operation
def set_tags(asset: Asset, *, words: Iterable[str], by: Actor) -> Asset:
    """Make these the tags of an asset, tidied; a tag that no asset has any more goes."""
    wanted, before = set(tidy_words(list(words))), tags_of([asset])[asset.pk]
    change_tags([asset], add=wanted - before, remove=before - wanted)
    if asset.trashed_at is None:
        index(asset)
    return asset


@operation
def set_albums(asset: Asset, *, albums: Iterable[Album], by: Actor) -> Asset:
    """Make these the albums that an asset is in."""
    wanted = {album.pk: album for album in albums}
    entries = AlbumAsset.objects.filter(asset=asset)
    before = set(entries.values_list("album_id", flat=True))
    entries.exclude(album__in=wanted).delete()
    new = [AlbumAsset(album=album, asset=asset) for pk, album in wanted.items() if pk not in before]
    AlbumAsset.objects.bulk_create(new, ignore_conflicts=True)
    return asset


def sort_asset(asset: Asset, *, words: Iterable[str], albums: Iterable[Album], by: Actor) -> Asset:
    """Set tags and albums of an asset together: both or neither."""
    with transaction.atomic():
        set_tags(asset, words=words, by=by)
        return set_albums(asset, albums=albums, by=by)


@operation
def create_album(album: Album, *, by: Actor) -> Album:
    """Save a judged, unsaved album."""
    album.created_by = by if isinstance(by, User) else None
    album.save(force_insert=True)
    return album


@operation
def edit_album(album: Album, *, by: Actor) -> Album:
    """Save the judged name and place of an album."""
    album.save(update_fields=["name", "parent"])
    return album


@operation
def delete_album(album: Album, *, by: Actor) -> Album:
    """Delete an album and the albums in it. What lies in them stays in the library.

    Raises Refused where one in it is somebody else's, and `by` may not delete that: it may have been moved there.
    """
    inside = list(Album.objects.filter(pk__in=album_and_below(album.pk)))
    if len(those_allowed(by, "media_library.delete_album", inside)) < len(inside):
        raise Refused("An album of somebody else lies in it. Move that out first, or ask an editor.")
    name, key = album.name, album.pk
    album.delete()
    album.name, album.pk = name, key  # for the activity entry
    return album


@operation
def save_filter(saved: SavedFilter, *, by: Actor) -> SavedFilter:
    """Save a judged filter under its name, instead of the one of that name that the same person saved before."""
    mine = SavedFilter.objects.filter(created_by=saved.created_by, name=saved.name).first()
    if mine is None:
        saved.save(force_insert=True)
        return saved
    mine.query, mine.is_shared = saved.query, saved.is_shared
    mine.save(update_fields=["query", "is_shared"])
    return mine


@operation
def delete_filter(saved: SavedFilter, *, by: Actor) -> SavedFilter:
    """Delete a saved filter; the assets it found stay."""
    key = saved.pk
    saved.delete()
    saved.pk = key  # for the activity entry
    return saved
