"""Files coming in, one by one or many of a form."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.datastructures import MultiValueDict
from django.views.decorators.http import require_http_methods

from aura.kit.files import accepts_files, refusal, refused_files, upload_stopped
from aura.kit.htmx import htmx_of
from aura.kit.problems import Refused
from media_library import formats, names, operations
from media_library.forms import UploadForm
from media_library.models import room_used
from media_library.views.common import may_do, user_of
from workspaces.views.access import require

FILES_AT_ONCE = 100


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
            form.description,
            upload_key=form.cleaned_data["upload_key"],
            by=user_of(request),
        )
    except Refused as problem:
        return Line(name, problem.status, str(problem))
    return Line(name, 200, received=received)


@require_http_methods(["GET", "HEAD", "POST"])
@accepts_files(
    file_bytes=formats.largest_bytes,
    files=FILES_AT_ONCE,
    together=lambda: formats.together(FILES_AT_ONCE),
    limit_of=formats.limit_of,
)
def upload(request: HttpRequest) -> HttpResponse:
    """Take files in: one by one from the page's script (answered by one row), or all of a form together."""
    context = {
        "nav": "media",
        "may_upload": may_do(request, "add_upload"),
        "largest": formats.largest_bytes(),
        "takes": formats.takes(sizes=True),
        "accept": formats.accept(),
        "files_at_once": FILES_AT_ONCE,
    }
    if request.method != "POST":
        context["room"] = room_used()
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
        lines = [Line("No file", 422, "Choose a file first.")]
    if htmx_of(request) is not None and len(lines) == 1:
        status = lines[0].status
        return render(request, "media_library/_uploaded.html", {"line": lines[0]}, status=status)
    context["lines"] = lines
    context["room"] = room_used()
    context["taken"] = [line for line in lines if line.received]
    status = 200 if context["taken"] else max(line.status for line in lines)
    return render(request, "media_library/upload.html", context, status=status)
