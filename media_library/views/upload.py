"""Files coming in, one by one or many of a form."""

from __future__ import annotations

import contextlib
import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aura.kit.files import accepts, megabytes, refusal, refused_files, upload_stopped
from aura.kit.htmx import htmx_of
from aura.kit.problems import Refused
from media_library import addresses, archives, formats, intake, names, operations, similar
from media_library.forms import AddressForm, KeepBothForm, most_bytes
from media_library.intake import Line, said, take_in, take_in_all
from media_library.models import Asset, AssetVersion, room_used
from media_library.views.common import asset_or_404, may_do, user_of
from workspaces.views.access import require

NOTICED_AT_ONCE = 20


@require_http_methods(["GET", "HEAD", "POST"])
@accepts(intake.UPLOAD)
def upload(request: HttpRequest) -> HttpResponse:
    """Take files in: one by one from the page's script (answered by one row), or all of a form together."""
    if request.method != "POST":
        return render(request, "media_library/upload.html", _context(request))
    require(request, "media_library.add_upload")
    key = request.POST.get("upload_key", "")
    lines: list[Line] = []
    for file in request.FILES.getlist("files"):
        lines += take_in_all(file, upload_key=key, by=user_of(request))
    lines += [
        Line(names.display_name(refused.name), 413, str(refused.problem))
        for refused in refused_files(request)
    ]
    stopped = upload_stopped(request)
    if stopped is not None and not lines:
        return refusal(request, stopped)
    return _answer(request, lines or [Line("No file", 422, "Choose a file first.")])


@require_POST
def from_address(request: HttpRequest) -> HttpResponse:
    """Fetch a file from an address and take it in; htmx gets its row."""
    require(request, "media_library.add_upload")
    form = AddressForm(request.POST)
    if not form.is_valid():
        line = Line(form.data.get("address", "")[:200] or "No address", 422, said(form.errors))
        return _answer(request, [line], form=form)
    address = form.cleaned_data["address"]
    try:
        file = addresses.fetch(address)
    except Refused as problem:
        return _answer(request, [Line(address[:200], problem.status, str(problem))], form=form)
    line = take_in(file, source=addresses.source_of(address), by=user_of(request))
    return _answer(request, [line])


def _context(request: HttpRequest) -> dict[str, Any]:
    return {
        "nav": "media",
        "may_upload": may_do(request, "add_upload"),
        "goes_direct": operations.goes_direct(),
        "largest": most_bytes(),
        "largest_picture": formats.image.largest_bytes(),
        "takes": formats.takes(sizes=True),
        "accept": intake.accept(),
        "largest_archive": megabytes(archives.largest_bytes()),
        "most_members": archives.MOST_MEMBERS,
        "files_at_once": intake.FILES_AT_ONCE,
        "room": room_used(),
        "address_form": AddressForm(),
    }


def _answer(request: HttpRequest, lines: list[Line], *, form: AddressForm | None = None) -> HttpResponse:
    """Say what became of each file: the rows alone for the page's script, else the page with its form."""
    taken = [line for line in lines if line.received]
    status = 200 if taken else max(line.status for line in lines)
    if htmx_of(request) is not None:
        return render(request, "media_library/_uploads.html", {"lines": lines}, status=status)
    context = _context(request) | {"lines": lines, "taken": taken}
    if form is not None:
        context["address_form"] = form
    return render(request, "media_library/upload.html", context, status=status)


@require_POST
def keep_both(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Keep what was uploaded a second time as an asset of its own; htmx gets its row."""
    asset = asset_or_404(pk)
    require(request, "media_library.keep_both", asset)
    form = KeepBothForm(request.POST)
    if not form.is_valid():
        raise Refused("That did not arrive whole. Upload the file once more.")
    versions = AssetVersion.objects.filter(asset=asset).select_related("stored_file")
    sent = versions.filter(stored_file=form.cleaned_data["file"]).first() or asset.current
    if sent is None:
        raise Refused("This has no file. Upload it once more.")
    copy = operations.keep_both(
        asset,
        version=sent,
        name=form.cleaned_data["name"],
        upload_key=form.cleaned_data["upload_key"],
        by=user_of(request),
    )
    if htmx_of(request) is not None:
        name = copy.current.original_name if copy.current else copy.title
        received = operations.Received(copy, operations.Outcome.ADDED, sent.stored_file)
        return render(request, "media_library/_uploaded.html", {"line": Line(name, 200, received=received)})
    messages.success(request, f"“{copy.title}” is kept beside the one you had.")
    return redirect(copy)


@require_safe
def noticed(request: HttpRequest) -> HttpResponse:
    """Say beside new uploads (`asset`, several) what was noticed once they were read: what failed, what looks the same.

    Those that are still being read are left out; the page's script asks for them again.
    """
    if htmx_of(request) is None:
        return redirect("media:list")
    read = list(Asset.objects.filter(pk__in=_ids(request)).exclude(status=Asset.Status.PENDING))
    alike = similar.same_as(read)
    found = [(asset, alike.get(asset.pk)) for asset in read]
    return render(request, "media_library/_noticed.html", {"found": found})


def _ids(request: HttpRequest) -> list[uuid.UUID]:
    ids = []
    for text in request.GET.getlist("asset")[:NOTICED_AT_ONCE]:
        with contextlib.suppress(ValueError):
            ids.append(uuid.UUID(text))
    return ids
