"""The pages of an import: upload, columns, check, progress, result. One address shows whatever it is at."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from aura.kit import paging
from aura.kit.files import HashedUpload, accepts_files, megabytes, refused_files, upload_stopped
from aura.kit.htmx import render_page
from aura.kit.problems import Refused
from imports import lists, operations
from imports.files import local
from imports.forms import BeginForm, ColumnsForm, EncodingForm, RowForm
from imports.guarding import csv_response
from imports.kinds import Kind, get_kind, kinds
from imports.looking import Look, look_again, look_at
from imports.models import Import, ImportRow, most_bytes
from imports.reading import Shape, Unreadable
from workspaces.roles import a, least_for
from workspaces.views.access import can, person_of, require

PART = "import-page"
POLL = 2000  # milliseconds
SHOWN = 20  # earlier imports


def _import_or_404(pk: uuid.UUID) -> Import:
    rows = Import.objects.exclude(status=Import.Status.ARRIVING).select_related("created_by", "begun_by")
    return get_object_or_404(rows, pk=pk)


def _kind_of(source: Import) -> Kind:
    kind = get_kind(source.kind)
    if kind is None:
        raise Http404("This Aura does not know this kind of import any more.")
    return kind


def _right(request: HttpRequest, source: Import, name: str) -> None:
    """Raise PermissionDenied unless the person may do this, and what the rows become."""
    require(request, f"imports.{name}", source)
    kind = get_kind(source.kind)
    if kind is not None:
        require(request, kind.right)


# Upload ------------------------------------------------------------------------------------------------------------


@accepts_files(file_bytes=most_bytes)
def start(request: HttpRequest) -> HttpResponse:
    """Take a file in, and list those that were brought before."""
    if request.method != "POST":
        return _start_page(request)
    require(request, "imports.add_import")
    kind = get_kind(request.POST.get("kind", "")) or kinds()[0]
    require(request, kind.right)
    upload = request.FILES.get("file")
    problem: Refused | None = upload_stopped(request)
    if problem is None and (refused := refused_files(request)):
        problem = refused[0].problem
    if problem is not None:
        return _start_page(request, sentence=str(problem), status=problem.status)
    if not isinstance(upload, HashedUpload):
        return _start_page(request, sentence="Choose a file first.", status=422)
    before = _brought_before(kind, upload)
    try:
        source = operations.receive_import(upload, kind=kind, by=person_of(request))
    except Unreadable as problem:
        return _start_page(request, sentence=str(problem), status=422)
    finally:
        cast(UploadedFile, upload).close()
    if before is not None:
        messages.warning(
            request, f"The same file was brought in before: {kind.counted(before.brought)} came of it."
        )
    return redirect("imports:columns", source.pk)


def _brought_before(kind: Kind, upload: HashedUpload) -> Import | None:
    same = Import.objects.filter(kind=kind.key, sha256=upload.sha256, brought__gt=0)
    return same.order_by("-id").first()


def _start_page(request: HttpRequest, *, sentence: str = "", status: int = 200) -> HttpResponse:
    earlier = Import.objects.exclude(status=Import.Status.ARRIVING).select_related("created_by")
    offered = [kind for kind in kinds() if can(request, kind.right)]
    context = {
        "nav": "posts",
        "sentence": sentence,
        "kinds": offered,
        "may_add": bool(offered) and can(request, "imports.add_import"),
        "largest": megabytes(most_bytes()),
        "earlier": [(each, get_kind(each.kind)) for each in earlier.order_by("-id")[:SHOWN]],
    }
    return render_page(request, "imports/start.html", context, status=status)


@require_safe
def example(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Send a sheet that shows what the columns are called and what may stand in them."""
    found = get_kind(kind)
    if found is None:
        raise Http404("There is no such kind.")
    here = found.example()
    cells = [here.get(column.key, column.example) for column in found.columns]
    rows = [[column.word for column in found.columns], cells]
    return csv_response(rows, f"{found.many}-example.csv", bom=True)


# Columns -----------------------------------------------------------------------------------------------------------


def columns(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask what each column is, then have the rows checked."""
    source = _import_or_404(pk)
    kind = _kind_of(source)
    if request.method == "POST":
        _right(request, source, "set_columns")
    elif not source.may_be_mapped or not can(request, "imports.set_columns", source):
        return redirect(source)
    try:
        look = _look(source)
    except Unreadable as problem:
        messages.error(request, str(problem))
        return redirect("imports:start")
    bound = request.POST if request.method == "POST" else None
    form = ColumnsForm(bound, source=source, kind=kind, look=look, by=person_of(request))
    if bound is None:
        return _columns_page(request, form)
    if not form.is_valid():
        return _columns_page(request, form, status=422)
    operations.set_columns(
        source,
        mapping=form.mapping,
        options=form.choices,
        is_kept=form.cleaned_data["keep"],
        by=person_of(request),
    )
    return redirect(source)


def _look(source: Import) -> Look:
    with local(source) as path:
        return look_at(path, Shape.of(source.shape))


def _columns_page(request: HttpRequest, form: ColumnsForm, *, status: int = 200) -> HttpResponse:
    source = form.source
    shape = Shape.of(source.shape)
    context = {
        "nav": "posts",
        "source": source,
        "kind": form.kind,
        "form": form,
        "encoding_form": None
        if shape.is_sheet or source.read_rows
        else EncodingForm(initial={"encoding": shape.encoding}),
        "may_read_as": source.status == Import.Status.COLUMNS,
    }
    return render_page(request, "imports/columns.html", context, status=status)


@require_POST
def read_as(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Read the file in another encoding."""
    source = _import_or_404(pk)
    _right(request, source, "set_columns")
    form = EncodingForm(request.POST)
    if not form.is_valid():
        raise Http404("There is no such encoding.")
    try:
        look = look_again(source, form.cleaned_data["encoding"])
    except Unreadable as problem:
        messages.error(request, str(problem))
    else:
        operations.read_as(source, look=look, by=person_of(request))
    return redirect("imports:columns", pk)


# Check, progress, result -------------------------------------------------------------------------------------------


@require_safe
def show(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show an import at whatever it is: its columns, how far it is, what would come in, what did."""
    source = _import_or_404(pk)
    if source.status == Import.Status.COLUMNS and can(request, "imports.set_columns", source):
        return redirect("imports:columns", pk)
    return _import_page(request, source, BeginForm())


def _import_page(request: HttpRequest, source: Import, form: BeginForm, *, status: int = 200) -> HttpResponse:
    kind = _kind_of(source)
    lacking = [name for name in kind.needs(source.options) if not can(request, name)]
    context: dict[str, Any] = {
        "nav": "posts",
        "source": source,
        "kind": kind,
        "form": form,
        "poll": POLL if source.is_working else 0,
        "done": source.progress[0],
        "of": source.progress[1],
        "ready_words": kind.counted(source.ready),
        "brought_words": kind.counted(source.brought),
        "result_url": reverse(kind.result_url),
        "may_write": can(request, "imports.bring_in_import", source) and can(request, kind.right),
        "may_begin": source.may_begin and not lacking,
        "takes": a(least_for(lacking)) if source.may_begin and lacking else "",
        "may_take_back": can(request, "imports.take_back_import", source),
    }
    if not source.is_working:
        filters = lists.filters_of(source, request.GET.get("show", ""))
        shown = next(each for each in filters if each.is_on)
        page = paging.page(lists.rows_of(source, shown.key), lists.BY_LINE, request.GET, size=lists.ROWS)
        kept = request.GET.copy()
        for name in ("after", "before", "show"):
            kept.pop(name, None)
        context |= {"filters": filters, "shown": shown, "rows": page.rows, "links": page.links(request.GET)}
        context["corrects"] = context["may_write"] and source.is_judged_whole and bool(source.headings)
    return render_page(request, "imports/detail.html", context, part=PART, status=status)


@require_POST
def bring_in(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Bring in the rows that are ready."""
    source = _import_or_404(pk)
    _right(request, source, "bring_in_import")
    form = BeginForm(request.POST)
    only_whole = form.is_valid() and form.cleaned_data["only_whole"]
    try:
        operations.bring_in_import(source, only_whole=only_whole, by=person_of(request))
    except Refused as problem:
        messages.error(request, str(problem))
    return redirect(source)


@require_POST
def stop(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Stop what Aura is doing with it."""
    source = _import_or_404(pk)
    _right(request, source, "stop_import")
    try:
        operations.stop_import(source, by=person_of(request))
    except Refused as problem:
        messages.error(request, str(problem))
    return redirect(source)


def take_back(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask before what came in is taken back, then do it."""
    source = _import_or_404(pk)
    require(request, "imports.take_back_import", source)
    kind = _kind_of(source)
    if request.method != "POST":
        if not source.may_end:
            return redirect(source)
        context = {
            "nav": "posts",
            "source": source,
            "kind": kind,
            "title": f"Take back {kind.counted(source.brought)}?",
        }
        return render_page(request, "imports/take_back.html", context)
    try:
        operations.take_back_import(source, by=person_of(request))
    except Refused as problem:
        messages.error(request, str(problem))
    return redirect(source)


@require_safe
def errors(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Send the rows that were left out, with the reason of each."""
    source = _import_or_404(pk)
    return csv_response(lists.as_file(source), lists.left_out_name(source), bom=True)


def row(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Put one row right by hand; it is judged at once."""
    found = get_object_or_404(ImportRow.objects.select_related("source"), pk=pk)
    source = found.source
    _right(request, source, "change_row")
    if not source.headings:
        return redirect(source)
    bound = request.POST if request.method == "POST" else None
    form = RowForm(bound, headings=source.headings, mapping=source.mapping, cells=found.cells)
    context = {"nav": "posts", "source": source, "row": found, "form": form, "kind": _kind_of(source)}
    if bound is None:
        return render_page(request, "imports/row.html", context)
    if not form.is_valid():
        return render_page(request, "imports/row.html", context, status=422)
    try:
        changed = operations.change_row(found, cells=form.corrected, by=person_of(request))
    except Refused as problem:
        messages.error(request, str(problem))
        return redirect(source)
    if changed.status == ImportRow.Status.WRONG:
        return render_page(request, "imports/row.html", context | {"row": changed}, status=422)
    messages.success(request, f"Row {changed.line} is ready.")
    return redirect(source)
