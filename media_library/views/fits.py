"""Cuts for networks and ads: asked for, stopped, downloaded; and the point they keep."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from aura.kit.problems import Refused
from media_library import fits, operations, serving, zips
from media_library.cuts import Cut, cuts_of
from media_library.forms import FitsForm, FocalForm
from media_library.views.asset import show
from media_library.views.common import asset_or_404, user_of
from workspaces.views.access import require


@require_POST
def focal_point(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Move the focal point."""
    asset = asset_or_404(pk)
    require(request, "media_library.set_focal_point", asset)
    form = FocalForm(request.POST)
    if not form.is_valid():
        sentences = {str(sentence) for errors in form.errors.values() for sentence in errors}
        return show(request, asset, status=422, focal_errors=sorted(sentences))
    x, y = form.shares
    operations.set_focal_point(asset, x=x, y=y, by=user_of(request))
    messages.success(request, "The focal point is moved. Cuts follow it.")
    return redirect(asset)


@require_POST
def request_fits(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask for cuts of some places."""
    asset = asset_or_404(pk)
    require(request, "media_library.request_fits", asset)
    form = FitsForm(request.POST, size=(asset.width or 0, asset.height or 0))
    if not form.is_valid():
        sentences = [sentence for errors in form.errors.values() for sentence in errors]
        return show(request, asset, status=422, fits_errors=sentences)
    operations.request_fits(asset, placements=form.cleaned_data["places"], by=user_of(request))
    return redirect(asset)


@require_POST
def stop(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take back what is not made yet."""
    asset = asset_or_404(pk)
    operations.drop_fits(asset, by=user_of(request))
    messages.success(request, "Stopped. What was made is there.")
    return redirect(asset)


@require_safe
def download(request: HttpRequest, pk: uuid.UUID, key: str) -> HttpResponseBase:
    """Serve one cut as a download."""
    asset = asset_or_404(pk)
    made = fits.fit_for(asset, key)
    if made is None:
        raise Http404("This cut is not made.")
    return serving.serve(request, made, cache=serving.NEVER, download_as=fits.file_name(asset.title, made))


@require_safe
def download_all(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Serve every cut in one ZIP, made while it is sent."""
    asset = asset_or_404(pk)
    cuts: list[Cut] = cuts_of(asset).get("ready", [])
    if not cuts:
        raise Refused("No cut is made yet. Choose places first.")
    files = [zips.Entry(fits.file_name(asset.title, cut.row), cut.row.stored_key) for cut in cuts]
    return zips.response(files, name=f"{asset.title} cuts")
