"""Tags, albums and saved filters."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from media_library import lists, operations
from media_library.forms import AlbumForm, AlbumsForm, SavedFilterForm, TagsForm
from media_library.models import Album, AlbumAsset, SavedFilter
from media_library.views.common import asset_or_404, may_do, user_of
from workspaces.views.access import require


@require_http_methods(["GET", "HEAD", "POST"])
def sort(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Set the tags of an asset and the albums it is in."""
    asset = asset_or_404(pk)
    if request.method == "POST":
        require(request, "media_library.set_tags", asset)
    sent = request.POST if request.method == "POST" else None
    tags = TagsForm(sent, initial={"tags": [link.tag.name for link in asset.tagged.select_related("tag")]})
    entries = AlbumAsset.objects.filter(asset=asset)
    albums = AlbumsForm(sent, initial={"albums": list(entries.values_list("album_id", flat=True))})
    if sent is not None and tags.is_valid() and albums.is_valid():
        operations.sort_asset(
            asset,
            words=tags.cleaned_data["tags"],
            albums=albums.cleaned_data["albums"],
            by=user_of(request),
        )
        messages.success(request, "Saved.")
        return redirect(asset)
    context = {
        "nav": "media",
        "asset": asset,
        "tags_form": tags,
        "albums_form": albums,
        "known_tags": lists.tags_that_begin(""),
    }
    status = 422 if tags.errors or albums.errors else 200
    return render(request, "media_library/sort.html", context, status=status)


@require_safe
def tags(request: HttpRequest) -> JsonResponse:
    """Return the tags that begin with `q`, used most first: what a field of tags offers while somebody types."""
    return JsonResponse({"tags": [tag.name for tag in lists.tags_that_begin(request.GET.get("q", ""))]})


@require_http_methods(["GET", "HEAD", "POST"])
def albums(request: HttpRequest) -> HttpResponse:
    """Show all albums, and make a new one."""
    if request.method == "POST":
        require(request, "media_library.create_album")
    form = AlbumForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        album = operations.create_album(form.instance, by=user_of(request))
        messages.success(
            request, f"The album “{album}” is there. Tick things in the library to put them into it."
        )
        return redirect("media:albums")
    context = {
        "nav": "media",
        "form": form,
        "rows": lists.albums_with_sizes(),
        "may_write": may_do(request, "create_album"),
    }
    return render(request, "media_library/albums.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_album(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Rename or move an album."""
    album = get_object_or_404(Album, pk=pk)
    require(request, "media_library.edit_album", album)
    form = AlbumForm(request.POST if request.method == "POST" else None, instance=album)
    if request.method == "POST" and form.is_valid():
        operations.edit_album(form.instance, by=user_of(request))
        messages.success(request, "Saved.")
        return redirect("media:albums")
    context = {
        "nav": "media",
        "form": form,
        "name": Album.objects.values_list("name", flat=True).get(pk=pk),
        "album": album,
        "may_delete": may_do(request, "delete_album", album),
    }
    return render(request, "media_library/album_form.html", context, status=422 if form.errors else 200)


@require_POST
def delete_album(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Delete an album; what lies in it stays."""
    album = get_object_or_404(Album, pk=pk)
    operations.delete_album(album, by=user_of(request))
    messages.success(request, f"The album “{album}” is gone. Everything in it is still in the library.")
    return redirect("media:albums")


@require_POST
def save_filter(request: HttpRequest) -> HttpResponse:
    """Save the filter of the list under a name."""
    require(request, "media_library.save_filter")
    form = SavedFilterForm(request.POST, instance=SavedFilter(created_by=user_of(request)))
    if not form.is_valid():
        context = {"nav": "media", "save_form": form}
        return render(request, "media_library/save_filter.html", context, status=422)
    saved = operations.save_filter(form.instance, by=user_of(request))
    messages.success(request, f"Saved as “{saved}”. It stands beside the list now.")
    return redirect(saved)


@require_POST
def delete_filter(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Delete a saved filter."""
    saved = get_object_or_404(SavedFilter, pk=pk)
    operations.delete_filter(saved, by=user_of(request))
    messages.success(request, f"The filter “{saved}” is gone.")
    return redirect("media:list")
