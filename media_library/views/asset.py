"""One asset: its page, and what is done with it."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aura.kit.files import megabytes
from aura.kit.htmx import htmx_of, render_page
from media_library import filters, formats, operations, similar, uses
from media_library.about import kept_about
from media_library.cuts import cuts_of
from media_library.films import film_of
from media_library.forms import RIGHTS, AltTextForm, AssetForm
from media_library.models import Asset
from media_library.versions import asset_with_versions, history_of
from media_library.views import words
from media_library.views.around import around, talk_of
from media_library.views.common import asset_or_404, may_do, user_of
from workspaces.views.access import require
from workspaces.views.comments import say

CUTS, VERSIONS = "media-cuts", "media-versions"
FEW_ALIKE, MANY_ALIKE = 6, 48


@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show an asset, and save its name and description."""
    asset = asset_with_versions(pk) if request.method != "POST" else None
    asset = asset or asset_or_404(pk, pictures=False)
    if request.method == "POST":
        require(request, "media_library.edit_asset", asset)
    if asset.is_text:
        return words.page(request, asset)
    form = AssetForm(request.POST if request.method == "POST" else None, instance=asset)
    if request.method == "POST" and form.is_valid():
        operations.edit_asset(form.instance, by=user_of(request))
        messages.success(request, "Saved.")
        if "expires_date" in form.changed_data and asset.expires_date and (named := _scheduled_with(asset)):
            messages.warning(
                request,
                f"What goes out after that day is stopped before it is sent. Scheduled with it: {named}.",
            )
        return redirect(f"{asset.get_absolute_url()}{filters.read(request.GET).trail}")
    if form.errors:
        asset.refresh_from_db(fields=["title", "alt_text", *RIGHTS])
    return show(request, asset, form=form, status=422 if form.errors else 200)


def _scheduled_with(asset: Asset) -> str:
    """Return the names of what is scheduled with an asset, a few of them, or ""."""
    waiting = [f"“{place.title}”" for place in uses.places_of(asset) if place.status == "scheduled"]
    return ", ".join(waiting[:5])


def show(
    request: HttpRequest, asset: Asset, *, form: AssetForm | None = None, status: int = 200, **more: object
) -> HttpResponse:
    """Return the page of an asset, or the part of it that htmx asks for; `more` joins the template's context."""
    versions = history_of(asset)
    context = {
        "nav": "media",
        "asset": asset,
        "form": form or AssetForm(instance=asset),
        **cuts_of(asset),
        "film": film_of(asset),
        **versions,
        **around(request, asset),
        **talk_of(request, asset),
        "places": uses.places_of(asset),
        **kept_about(asset),
        "size": megabytes(asset.current.stored_file.size) if asset.current else "",
        "taken": datetime.fromisoformat(asset.current.taken)
        if asset.current and asset.current.taken
        else None,
        "clean_size": megabytes(asset.download_copy.size) if asset.download_copy else "",
        "leaves": formats.leaves(asset.download_copy.mime) if asset.download_copy else "",
        "may_edit": may_do(request, "edit_asset"),
        "may_trash": may_do(request, "trash_asset", asset),
        "may_drop_others": may_do(request, "trash_asset"),
        "may_purge": may_do(request, "purge_asset"),
        **more,
    }
    htmx = htmx_of(request)
    part = htmx.target if htmx and htmx.target in (CUTS, VERSIONS) else "media-stage"
    response = render_page(request, "media_library/detail.html", context, part=part, status=status)
    if htmx and part == VERSIONS and not context["version_coming"]:
        response["HX-Refresh"] = "true"  # what came is shown all over the page
    return response


@require_safe
def alike(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show what looks like an asset: the whole of it, or the part that its page asks for once it is there."""
    asset = asset_or_404(pk)
    part = htmx_of(request) is not None
    context = {
        "nav": "media",
        "asset": asset,
        "part": part,
        "alike": similar.near(asset, limit=FEW_ALIKE if part else MANY_ALIKE),
        "same_within": similar.SAME_WITHIN,
    }
    return render_page(request, "media_library/alike.html", context, part="media-alike")


@require_POST
def comment(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Say something about an asset."""
    return say(request, asset_or_404(pk), trail=filters.read(request.GET).trail)


@require_http_methods(["GET", "HEAD", "POST"])
def alt_text(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Edit the description where the asset is used: answers with the form, and says "Saved." beside it."""
    asset = asset_or_404(pk)
    if request.method == "POST":
        require(request, "media_library.edit_asset", asset)
    form = AltTextForm(request.POST if request.method == "POST" else None, instance=asset)
    saved = False
    if request.method == "POST" and form.is_valid():
        operations.edit_asset(form.instance, fields=["alt_text"], by=user_of(request))
        if htmx_of(request) is None:
            messages.success(request, "Saved.")
            return redirect(asset)
        saved = True
    context = {
        "asset": asset,
        "form": form,
        "saved": saved,
        "in_window": "window" in request.GET,
        "nav": "media",
        "may_edit": may_do(request, "edit_asset"),
    }
    template = "media_library/_alt_text.html" if htmx_of(request) else "media_library/alt_text.html"
    return render(request, template, context, status=422 if form.errors else 200)


@require_POST
def trash(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Move an asset to the trash."""
    asset = asset_or_404(pk)
    operations.trash_asset(asset, by=user_of(request))
    messages.success(request, f"“{asset.title}” is in the trash for 30 days.")
    if named := _scheduled_with(asset):
        messages.warning(request, f"It still goes out with what is scheduled: {named}.")
    return redirect("media:list")


@require_POST
def restore(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take an asset out of the trash."""
    asset = asset_or_404(pk)
    operations.restore_asset(asset, by=user_of(request))
    messages.success(request, f"“{asset.title}” is back.")
    return redirect(asset)


@require_POST
def retry(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Try once more to read what failed."""
    asset = asset_or_404(pk)
    operations.retry_asset(asset, by=user_of(request))
    return redirect(asset)


@require_http_methods(["GET", "HEAD", "POST"])
def purge(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask, and then delete for good."""
    asset = asset_or_404(pk)
    if request.method == "POST":
        operations.purge_asset(asset, by=user_of(request))
        messages.success(request, f"“{asset.title}” is deleted.")
        return redirect(f"{reverse('media:list')}?state=trash")
    return render(
        request, "media_library/purge.html", {"nav": "media", "asset": asset, "places": uses.places_of(asset)}
    )
