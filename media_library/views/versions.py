"""Versions of an asset: uploaded, edited, shown again, tried again, taken back."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from aura.kit.files import accepts_files, refusal, refused_files, upload_stopped
from aura.kit.problems import Refused
from media_library import edits, formats, operations
from media_library.edit_form import EditForm
from media_library.forms import UploadForm
from media_library.models import Asset, AssetVersion, Rendition
from media_library.views.asset import show
from media_library.views.common import asset_or_404, user_of
from workspaces.views.access import require


@require_POST
@accepts_files(file_bytes=formats.largest_bytes, limit_of=formats.limit_of)
def add_version(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take in a file as the next version; the same form judges as for every upload."""
    asset = asset_or_404(pk)
    require(request, "media_library.add_version", asset)
    form = UploadForm(request.POST, request.FILES)
    stopped, refused = upload_stopped(request), refused_files(request)
    if stopped is not None:
        return refusal(request, stopped)
    if refused:
        return show(request, asset, status=413, version_errors=[str(refused[0].problem)])
    try:
        if not form.is_valid():
            sentences = [str(sentence) for errors in form.errors.values() for sentence in errors]
            return show(request, asset, status=422, version_errors=sentences)
        file, description = form.cleaned_data["file"], form.description
        version = operations.receive_version(asset, file, description, by=user_of(request))
    except Refused as problem:
        return show(request, asset, status=problem.status, version_errors=[str(problem)])
    messages.success(request, f"Version {version.number} is being made. It is shown once it is ready.")
    return redirect(asset)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_picture(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Choose what is done to a picture; what comes of it is a version of its own."""
    asset = asset_or_404(pk)
    require(request, "media_library.edit_picture", asset)
    form = EditForm(request.POST if request.method == "POST" else None, recipe=edits.recipe_of(asset))
    if request.method == "POST" and form.is_valid():
        version = operations.edit_picture(asset, recipe=form.cleaned_data["recipe"], by=user_of(request))
        messages.success(request, f"Version {version.number} is being made. It is shown once it is ready.")
        return redirect(asset)
    assert asset.current is not None
    base = edits.base_of(asset.current)
    shown = Rendition.objects.filter(version=base, preset=Rendition.Preset.WEB, status=Rendition.Status.READY)
    context = {
        "nav": "media",
        "asset": asset,
        "form": form,
        "base": base,
        "picture": shown.first(),
        "logo_thumbs": {pk: logo.thumb.get_absolute_url() for pk, logo in form.logos.items() if logo.thumb},
    }
    return render(request, "media_library/edit.html", context, status=422 if form.errors else 200)


@require_POST
def show_version(request: HttpRequest, pk: uuid.UUID, number: int) -> HttpResponse:
    """Go back to a version."""
    asset = asset_or_404(pk)
    operations.show_version(asset, version=_version(asset, number), by=user_of(request))
    messages.success(request, f"Version {number} is shown again, everywhere.")
    return redirect(asset)


@require_POST
def retry_version(request: HttpRequest, pk: uuid.UUID, number: int) -> HttpResponse:
    """Try once more to make a version."""
    asset = asset_or_404(pk)
    operations.retry_version(asset, version=_version(asset, number), by=user_of(request))
    return redirect(asset)


@require_POST
def drop_version(request: HttpRequest, pk: uuid.UUID, number: int) -> HttpResponse:
    """Take back a version that is not ready."""
    asset = asset_or_404(pk)
    operations.drop_version(asset, version=_version(asset, number), by=user_of(request))
    messages.success(request, f"Version {number} is taken back.")
    return redirect(asset)


def _version(asset: Asset, number: int) -> AssetVersion:
    version = AssetVersion.objects.filter(asset=asset, number=number).first()
    if version is None:
        raise Http404("There is no version of this number.")
    return version
