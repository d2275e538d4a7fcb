"""The way in for every file: judged by the one form, taken by the one operation, and what became of it in a line.

Pages, the import command, addresses and archives all come through here.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from django.core.files.uploadedfile import UploadedFile
from django.forms.utils import ErrorDict
from django.utils.datastructures import MultiValueDict

from aura.kit.problems import Refused
from media_library import names, operations
from media_library.forms import UploadForm
from workspaces.operation import Actor


@dataclass(frozen=True)
class Line:
    """One file of an upload as lists show it: `status` is that of HTTP, `sentence` says why it was not taken."""

    name: str
    status: int
    sentence: str = ""
    received: operations.Received | None = None
    key: str = field(default_factory=lambda: uuid.uuid4().hex)  # "keep both", pressed twice, keeps one more


def take_in(file: UploadedFile, *, upload_key: str = "", source: str = "", by: Actor) -> Line:
    """Judge one file and take it in. Whatever is wrong with it stands in the line; other files are not touched."""
    form = UploadForm({"upload_key": upload_key}, MultiValueDict({"file": [file]}))
    name = names.display_name(file.name or "")
    try:
        if not form.is_valid():
            return Line(name, 422, said(form.errors))
        received = operations.receive_upload(
            form.cleaned_data["file"],
            form.description,
            upload_key=form.cleaned_data["upload_key"],
            source=source,
            by=by,
        )
    except Refused as problem:
        return Line(name, problem.status, str(problem))
    return Line(name, 200, received=received)


def said(errors: ErrorDict) -> str:
    """Return the sentences of a form on one line."""
    return " ".join(str(sentence) for sentences in errors.values() for sentence in sentences)
