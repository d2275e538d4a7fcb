"""The pages of the library."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from aura.kit import clock
from aura.kit.files import accepts_files, megabytes, refusal, refused_files, upload_stopped
from aura.kit.htmx import htmx_of, render_page
from aura.kit.problems import Refused
from media_library import lists, names, operations, serving, uses
from media_library.formats import image
from media_library.forms import AltTextForm, AssetForm, UploadForm
from media_library.links import rendition_of
from media_library.models import Asset, Rendition
from workspaces.models import User
from workspaces.operation import may
from workspaces.views.access import require

FILES_AT_ONCE = 100


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


def _may(request: HttpRequest, verb: str, asset: Asset | None = None) -> bool:
    role = request.membership.role  # type: ignore[attr-defined]
    return may(_user(request), f"media_library.{verb}", asset, role=role)


def _asset(pk: uuid.UUID) -> Asset:
    assets = Asset.objects.select_related("current__stored_file", "created_by")
    return get_object_or_404(assets.prefetch_related("current__renditions"), pk=pk)


@require_safe
def list_assets(request: HttpRequest) -> HttpResponse:
    """Show the library, newest first; htmx may ask for the grid alone."""
    page = lists.page_of(
        query=request.GET.get("q", ""),
        state=request.GET.get("state", ""),
        cursor=request.GET.get("cursor", ""),
    )
    context = {
        "nav": "media",
        "page": page,
        "states": lists.STATES,
        "figures": lists.figures(clock.now()),
        "may_upload": _may(request, "add_upload"),
        "largest": image.largest_bytes(),
    }
    return render_page(request, "media_library/list.html", context, part="media-grid")


@require_GET
def pick(request: HttpRequest) -> HttpResponse:
    """Show pictures to choose from, for the composer; only what is ready or on its way."""
    page = lists.page_of(query=request.GET.get("q", ""), cursor=request.GET.get("cursor", ""), size=24)
    return render_page(request, "media_library/pick.html", {"page": page, "nav": "media"}, part="media-pick")


@dataclass(frozen=True)
class Line:
    """One file of an upload as the list shows it."""

    name: str
    status: int
    sentence: str = ""
    received: operations.Received | None = None


def _take_in(request: HttpRequest, file: UploadedFile) -> Line:
    form = UploadForm({"upload_key": request.POST.get("upload_key", "")}, MultiValueDict({"file": [file]}))
    name = names.display_name(file.name or "")
    try:
        if not form.is_valid():
            return Line(
                name, 422, " ".join(str(sentence) for errors in form.errors.values() for sentence in errors)
            )
        received = operations.receive_upload(
            form.cleaned_data["file"],
            form.header,
            upload_key=form.cleaned_data["upload_key"],
            by=_user(request),
        )
    except Refused as problem:
        return Line(name, problem.status, str(problem))
    return Line(name, 200, received=received)


@require_http_methods(["GET", "HEAD", "POST"])
@accepts_files(file_bytes=image.largest_bytes, files=FILES_AT_ONCE)
def upload(request: HttpRequest) -> HttpResponse:
    """Take files in: one by one from the page's script (answered by one row), or all of a form together."""
    context = {
        "nav": "media",
        "may_upload": _may(request, "add_upload"),
        "limit": megabytes(image.largest_bytes()),
        "largest": image.largest_bytes(),
        "kinds": image.KINDS,
        "files_at_once": FILES_AT_ONCE,
    }
    if request.method != "POST":
        return render(request, "media_library/upload.html", context)
    require(request, "media_library.add_upload")
    files = request.FILES.getlist("files")
    lines = [_take_in(request, file) for file in files]
    lines += [
        Line(names.display_name(refused.name), 413, str(refused.problem))
        for refused in refused_files(request)
    ]
    stopped = upload_stopped(request)
    if stopped is not None and not lines:
        return refusal(request, stopped)
    if not lines:
        lines = [Line("No file", 422, "Choose a picture first.")]
    if htmx_of(request) is not None and len(lines) == 1:
        status = lines[0].status
        return render(request, "media_library/_uploaded.html", {"line": lines[0]}, status=status)
    context["lines"] = lines
    context["taken"] = [line for line in lines if line.received]
    status = 200 if context["taken"] else max(line.status for line in lines)
    return render(request, "media_library/upload.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show an asset, and save its name and description."""
    asset = _asset(pk)
    if request.method == "POST":
        require(request, "media_library.edit_asset", asset)
    form = AssetForm(request.POST if request.method == "POST" else None, instance=asset)
    if request.method == "POST" and form.is_valid():
        operations.edit_asset(form.instance, by=_user(request))
        messages.success(request, "Saved.")
        return redirect(asset)
    if form.errors:
        asset.refresh_from_db(fields=["title", "alt_text"])
    context = {
        "nav": "media",
        "asset": asset,
        "form": form,
        "places": uses.places_of(asset),
        "size": megabytes(asset.current.stored_file.size) if asset.current else "",
        "clean_size": megabytes(asset.clean_copy.size) if asset.clean_copy else "",
        "may_edit": _may(request, "edit_asset"),
        "may_trash": _may(request, "trash_asset", asset),
        "may_purge": _may(request, "purge_asset"),
    }
    status = 422 if form.errors else 200
    return render_page(request, "media_library/detail.html", context, part="media-stage", status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def alt_text(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Edit the description where the asset is used: answers with the form, and says "Saved." beside it."""
    asset = _asset(pk)
    if request.method == "POST":
        require(request, "media_library.edit_asset", asset)
    form = AltTextForm(request.POST if request.method == "POST" else None, instance=asset)
    saved = False
    if request.method == "POST" and form.is_valid():
        operations.edit_asset(form.instance, fields=["alt_text"], by=_user(request))
        if htmx_of(request) is None:
            messages.success(request, "Saved.")
            return redirect(asset)
        saved = True
    context = {
        "asset": asset,
        "form": form,
        "saved": saved,
        "nav": "media",
        "may_edit": _may(request, "edit_asset"),
    }
    template = "media_library/_alt_text.html" if htmx_of(request) else "media_library/alt_text.html"
    return render(request, template, context, status=422 if form.errors else 200)


@require_POST
def trash(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Move an asset to the trash."""
    asset = _asset(pk)
    operations.trash_asset(asset, by=_user(request))
    messages.success(request, f"“{asset.title}” is in the trash for 30 days.")
    return redirect("media:list")


@require_POST
def restore(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take an asset out of the trash."""
    asset = _asset(pk)
    operations.restore_asset(asset, by=_user(request))
    messages.success(request, f"“{asset.title}” is back.")
    return redirect(asset)


@require_POST
def retry(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Try once more to read what failed."""
    asset = _asset(pk)
    operations.retry_asset(asset, by=_user(request))
    return redirect(asset)


@require_http_methods(["GET", "HEAD", "POST"])
def purge(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask, and then delete for good."""
    asset = _asset(pk)
    if request.method == "POST":
        operations.purge_asset(asset, by=_user(request))
        messages.success(request, f"“{asset.title}” is deleted.")
        return redirect(f"{reverse('media:list')}?state=trash")
    return render(
        request, "media_library/purge.html", {"nav": "media", "asset": asset, "places": uses.places_of(asset)}
    )


@require_safe
def rendition(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Serve one rendition to a member."""
    row = get_object_or_404(Rendition, pk=pk, status=Rendition.Status.READY)
    return serving.serve(request, row, cache=serving.FOR_EVER)


@require_safe
def file(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Serve the full-size copy without private metadata, as a download."""
    asset = _asset(pk)
    clean = asset.clean_copy
    if clean is None:
        raise Refused("The copy to download is still being made. Try again in a moment.")
    name = names.download_name(asset.title, image.EXTENSIONS[clean.mime])
    return serving.serve(request, clean, cache=serving.NEVER, download_as=name)


@require_safe
@login_not_required
def public_media(request: HttpRequest, token: str) -> HttpResponseBase:
    """Serve one rendition to whoever holds its link: a network that pulls the picture of a post."""
    row = rendition_of(token)
    if row is None:
        raise Http404("This link leads nowhere.")
    return serving.serve(request, row, cache=serving.NEVER, inline=True)
