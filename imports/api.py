"""The calls of imports: a file, what its columns are, its rows checked, brought in, and taken back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from pydantic import BaseModel, Field

from aura.kit.files import HashedUpload, UploadRule
from aura.kit.paging import Sort
from aura.kit.problems import Refused
from imports import lists, operations
from imports.days import ORDERS
from imports.files import local
from imports.forms import (
    BeginForm,
    ColumnsForm,
    EncodingForm,
    RowForm,
    SentColumnsForm,
    SentFileForm,
    SentRowForm,
    data_of,
    sentences_of,
)
from imports.guarding import csv_response
from imports.kinds import Kind, get_kind, kinds
from imports.looking import look_again, look_at
from imports.models import Import, ImportRow, most_bytes
from imports.reading import Shape, Unreadable
from workspaces import narrowing
from workspaces.api import limits
from workspaces.api.binding import Takes
from workspaces.api.calls import Call, Resource
from workspaces.api.paging import Listing
from workspaces.api.problems import Invalid
from workspaces.api.schemas import ID, INSTANT, ListQuery, OneOf, Shown
from workspaces.operation import NOT_YOURS, may

imports = Resource(
    "imports",
    about="A file whose rows become something: checked row by row, brought in, and taken back where it was wrong.",
)

NEWEST = Sort("newest", "Newest first", "id")
ROWS: QuerySet[Import] = Import.objects.exclude(status=Import.Status.ARRIVING)


class ImportOut(Shown):
    """An import."""

    id: UUID = Field(description="Its id.", examples=[ID])
    kind: str = Field(description="What its rows become.", examples=["posts"])
    status: Annotated[str, OneOf(Import.Status.values)] = Field(
        description="What it is at. `checking`, `bringing` and `undoing` go on by themselves: ask again.",
        examples=["checked"],
    )
    file_name: str = Field(description="The name of the file.", examples=["spring.csv"])
    encoding: str = Field(
        description="How the letters of a CSV are read; `xlsx` for a spreadsheet.", examples=["utf-8-sig"]
    )
    headings: list[str] = Field(
        description="The headings of the file, in order.", examples=[["Text", "Date", "Channel"]]
    )
    mapping: list[str] = Field(
        description="What each heading becomes, in their order; an empty text is left out.",
        examples=[["text", "date", "channels"]],
    )
    columns: list[str] = Field(
        description="What a heading can become.", examples=[["title", "text", "date", "time", "channels"]]
    )
    failure: str = Field(description="Why it broke off.", examples=[""])
    rows: int = Field(description="How many rows were read so far.", examples=[120])
    ready: int = Field(description="How many can come in and have not.", examples=[117])
    wrong: int = Field(description="How many are left out, as they are wrong.", examples=[3])
    warned: int = Field(description="How many somebody should look at.", examples=[2])
    brought: int = Field(description="How many are in.", examples=[0])
    taken_back: int = Field(description="How many were taken back.", examples=[0])
    kept: int = Field(
        description="How many stayed when the rest was taken back: somebody changed them since.", examples=[0]
    )
    percent: int = Field(description="How far the present step has come.", examples=[100])
    created_by: UUID | None = Field(description="The id of whoever brought it.", examples=[ID])
    created_at: datetime = Field(description="When it was brought.", examples=[INSTANT])
    ended_at: datetime | None = Field(description="When it came to an end.", examples=[INSTANT])


class RowOut(Shown):
    """One row of the file."""

    id: UUID = Field(description="Its id.", examples=[ID])
    line: int = Field(description="The row, as spreadsheets number it.", examples=[2])
    status: Annotated[str, OneOf(ImportRow.Status.values)] = Field(
        description="Where it stands.", examples=["wrong"]
    )
    cells: list[str] = Field(
        description="What is in it, in the order of the headings.",
        examples=[["Rye is back", "31.2.2026", ""]],
    )
    sentences: list[str] = Field(
        description="What is wrong with it, or worth a look.", examples=[["There is no 31 February."]]
    )
    object_id: UUID | None = Field(description="The id of what it became.", examples=[ID])


class RowQuery(ListQuery):
    """Which rows."""

    show: Annotated[str, OneOf(lists.STATUSES)] = Field(
        lists.ALL, description="Those that are this alone.", examples=["wrong"]
    )


FILE = Takes(
    "ImportFile",
    SentFileForm,
    examples={"kind": "posts"},
    descriptions={"kind": "What its rows become: posts."},
    files={"file": "One CSV or XLSX; its first row names the columns."},
)
COLUMNS = Takes(
    "ImportColumns",
    SentColumnsForm,
    examples={"mapping": ["text", "date", "channels"], "order": "dmy", "options": {"then": "save"}},
    descriptions={
        "mapping": "What each heading becomes, in their order; an empty text leaves one out. Not sent: as recognised.",
        "order": f"How 03/04/2026 is read, where the file leaves that open: {', '.join(ORDERS)}.",
        "options": "What is chosen for all rows. For posts: `campaign`, the id for rows that name none, and `then`: "
        "`save`, `review` or `schedule`.",
    },
)
ENCODING = Takes(
    "ImportEncoding",
    EncodingForm,
    examples={"encoding": "cp1252"},
    descriptions={"encoding": "How the letters of the CSV are read."},
)
CELLS = Takes(
    "ImportRow",
    SentRowForm,
    examples={"cells": ["Rye is back", "2026-03-09", "Barrow on Mastodon"]},
    descriptions={"cells": "All cells of the row, in the order of the headings."},
)
BEGIN = Takes(
    "ImportBegin",
    BeginForm,
    examples={"only_whole": False},
    descriptions={"only_whole": "All or none: if one row cannot come in, none stays."},
)


def shown_many(found: list[Import]) -> list[BaseModel]:
    """Return imports as programs read them."""
    return [shown(source) for source in found]


def shown(source: Import) -> ImportOut:
    """Return one import as programs read it."""
    kind = get_kind(source.kind)
    return ImportOut(
        id=source.pk,
        kind=source.kind,
        status=source.status,
        file_name=source.file_name,
        encoding=Shape.of(source.shape).encoding,
        headings=source.headings,
        mapping=source.mapping,
        columns=[column.key for column in kind.columns] if kind else [],
        failure=source.failure,
        rows=source.rows,
        ready=source.ready,
        wrong=source.wrong,
        warned=source.warned,
        brought=source.brought,
        taken_back=source.taken_back,
        kept=source.kept,
        percent=source.percent,
        created_by=source.created_by_id,
        created_at=source.created_at,
        ended_at=source.ended_at,
    )


def _shown_rows(rows: list[ImportRow]) -> list[BaseModel]:
    return [_shown_row(row) for row in rows]


def _shown_row(row: ImportRow) -> RowOut:
    return RowOut(
        id=row.pk,
        line=row.line,
        status=row.status,
        cells=[str(cell) for cell in row.cells],
        sentences=row.sentences,
        object_id=row.object_id,
    )


def _need_kind(call: Call, key: str) -> Kind:
    """Return a kind of import. Raises Invalid, and PermissionDenied for whoever may not make what its rows become."""
    kind = get_kind(key)
    if kind is None:
        known = ", ".join(each.key for each in kinds())
        raise Invalid({"kind": [f"Aura knows no such import. Those it knows: {known}."]})
    if not may(call.by, kind.right):
        raise PermissionDenied(narrowing.forbids(kind.right) or narrowing.why_not(NOT_YOURS))
    return kind


@imports.listing("/imports", ImportOut)
def list_imports(call: Call) -> Listing[Import]:
    """List imports, the newest first."""
    return Listing(ROWS.all(), NEWEST, shown_many)


@imports.post(
    "/imports",
    ImportOut,
    takes=FILE,
    status=201,
    at="/imports/{id}",
    upload=UploadRule(most_bytes, 1),
    does="imports.add_import",
    apart=True,
)
def add_import(call: Call) -> ImportOut:
    """Bring a file.

    Its columns are recognised by their headings and values. Nothing comes in yet: say what they are next, by its
    `columns`.
    """
    kind = _need_kind(call, call.bind(SentFileForm()).cleaned_data["kind"])
    upload = next(iter(call.body.files.get("file", [])), None)
    if not isinstance(upload, HashedUpload):
        raise Invalid({"file": ["Choose a file first."]})
    try:
        return shown(operations.receive_import(upload, kind=kind, by=call.by))
    except Unreadable as problem:
        raise Invalid({"file": [str(problem)]}) from problem
    finally:
        upload.close()


@imports.get("/imports/{uuid:import_id}", ImportOut)
def show_import(call: Call, import_id: UUID) -> ImportOut:
    """Show an import, and how far it is."""
    return shown(call.find(ROWS, import_id))


@imports.listing("/imports/{uuid:import_id}/rows", RowOut, RowQuery)
def list_import_rows(call: Call, import_id: UUID, query: RowQuery) -> Listing[ImportRow]:
    """List the rows of an import, with what is wrong with each."""
    return Listing(lists.rows_of(call.find(ROWS, import_id), query.show), lists.BY_LINE, _shown_rows)


@imports.patch("/imports/{uuid:import_id}/rows/{uuid:row_id}", RowOut, takes=CELLS, does="imports.change_row")
def change_row(call: Call, import_id: UUID, row_id: UUID) -> RowOut:
    """Put a row right that is not in yet. It is judged at once: the answer says whether it is ready now."""
    rows = ImportRow.objects.filter(source=import_id, source__in=ROWS).select_related("source")
    row = call.find(rows, row_id, shown=_shown_row)
    source = row.source
    _need_kind(call, source.kind)
    if not source.headings:
        raise Refused("This import is closed. Bring the file once more.")
    sent = call.bind(SentRowForm(source=source, initial={"cells": row.cells})).cleaned_data["cells"]
    form = RowForm.of_cells(sent, headings=source.headings, mapping=source.mapping, cells=row.cells)
    if not form.is_valid():
        raise Invalid({"cells": [sentences_of(form)]})
    return _shown_row(operations.change_row(row, cells=form.corrected, now=call.now, by=call.by))


@imports.post("/imports/{uuid:import_id}/encoding", ImportOut, takes=ENCODING, does="imports.read_as")
def read_as(call: Call, import_id: UUID) -> ImportOut:
    """Have a CSV read in another encoding, where its letters look wrong. Its columns are recognised anew."""
    source = call.find(ROWS, import_id, shown=shown)
    _need_kind(call, source.kind)
    encoding = call.bind(EncodingForm()).cleaned_data["encoding"]
    try:
        look = look_again(source, encoding)
    except Unreadable as problem:
        raise Refused(str(problem)) from problem
    return shown(operations.read_as(source, look=look, by=call.by))


@imports.post("/imports/{uuid:import_id}/columns", ImportOut, takes=COLUMNS)
def set_columns(call: Call, import_id: UUID) -> ImportOut:
    """Say what the columns are, and have the rows checked."""
    source = call.find(ROWS, import_id, shown=shown)
    kind = _need_kind(call, source.kind)
    if not source.may_be_mapped:
        raise Refused("Its columns cannot be said differently any more. Bring the file once more.")
    sent = call.bind(SentColumnsForm(initial={"mapping": source.mapping}))
    try:
        with local(source) as path:
            look = look_at(path, Shape.of(source.shape))
    except Unreadable as problem:
        raise Refused(str(problem)) from problem
    form = ColumnsForm(_as_typed(sent.cleaned_data), source=source, kind=kind, look=look, by=call.by)
    if not form.is_valid():
        raise Invalid(_said(form))
    changed = operations.set_columns(
        source, mapping=form.mapping, options=form.choices, is_kept=False, now=call.now, by=call.by
    )
    return shown(changed)


def _as_typed(sent: dict[str, Any]) -> dict[str, Any]:
    options = {name: "" if value is None else str(value) for name, value in sent["options"].items()}
    return data_of(sent["mapping"], {**options, "order": sent["order"]})


def _said(form: ColumnsForm) -> dict[str, list[str]]:
    """Return what is wrong by the members that were sent."""
    wrong: dict[str, list[str]] = {}
    for name, sentences in form.errors.items():
        wrong.setdefault("order" if name == "order" else "mapping", []).extend(map(str, sentences))
    if form.options.errors:
        wrong["options"] = [sentences_of(form.options)]
    return wrong


@imports.post("/imports/{uuid:import_id}/commit", ImportOut, takes=BEGIN, does="imports.bring_in_import")
def commit_import(call: Call, import_id: UUID) -> ImportOut:
    """Bring in the rows that are ready.

    That goes on by itself; what was stopped goes on where it was. Rows that become scheduled posts need `publish`, and
    count as publishing.
    """
    source = call.find(ROWS, import_id, shown=shown)
    kind = _need_kind(call, source.kind)
    if any(narrowing.word_of(name) == narrowing.PUBLISH for name in kind.needs(source.options)):
        call.count_as(limits.PUBLISHING)
    only_whole = call.bind(BeginForm()).cleaned_data["only_whole"]
    return shown(operations.bring_in_import(source, only_whole=only_whole, now=call.now, by=call.by))


@imports.post("/imports/{uuid:import_id}/stop", ImportOut)
def stop_import(call: Call, import_id: UUID) -> ImportOut:
    """Stop what Aura is doing with it. What is in stays in."""
    source = call.find(ROWS, import_id, shown=shown)
    _need_kind(call, source.kind)
    return shown(operations.stop_import(source, now=call.now, by=call.by))


@imports.post("/imports/{uuid:import_id}/undo", ImportOut, does="imports.take_back_import")
def undo_import(call: Call, import_id: UUID) -> ImportOut:
    """Take back what came in, as far as nobody touched it since."""
    source = call.find(ROWS, import_id, shown=shown)
    _need_kind(call, source.kind)
    return shown(operations.take_back_import(source, now=call.now, by=call.by))


@imports.file("/imports/{uuid:import_id}/errors.csv")
def download_left_out(call: Call, import_id: UUID) -> HttpResponseBase:
    """Send the rows that were left out with the reason of each: to correct, and to bring again."""
    source = call.find(ROWS, import_id)
    return csv_response(lists.as_file(source), lists.left_out_name(source), bom=True)
