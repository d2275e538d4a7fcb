"""The way in for every file: judged by the one form, taken by the one operation, and what became of it in a line.

Pages, the import command, addresses and archives all come through here.
"""

from __future__ import annotations

import hashlib
import itertools
import time
import uuid
import zipfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.forms.utils import ErrorDict
from django.utils.datastructures import MultiValueDict

from aura.kit.files import HashedUpload, UploadRule, kept, megabytes
from aura.kit.problems import Refused, TooLarge
from aura.kit.testing_points import failpoint
from media_library import archives, formats, names, operations
from media_library.forms import UploadForm, most_bytes
from workspaces.operation import Actor

LONGEST = 45.0  # seconds that unpacking may take: proxies give up after a minute
FILES_AT_ONCE = 100
UPLOAD = UploadRule(
    file_bytes=most_bytes,
    files=FILES_AT_ONCE,
    together=lambda: max(formats.together(FILES_AT_ONCE), archives.largest_bytes()),
    limit_of=lambda head: archives.largest_bytes() if archives.is_packed(head) else formats.limit_of(head),
)
"""What one request may bring."""


@dataclass(frozen=True)
class Line:
    """One file of an upload as lists show it: `status` is that of HTTP, `sentence` says why it was not taken."""

    name: str
    status: int
    sentence: str = ""
    received: operations.Received | None = None
    key: str = field(default_factory=lambda: uuid.uuid4().hex)  # "keep both", pressed twice, keeps one more


def accept() -> str:
    """Return the `accept` of a file input for all that can be taken in."""
    return f"{formats.accept()},{archives.ACCEPT}"


def take_in(
    file: UploadedFile, *, upload_key: str = "", source: str = "", keep_both: bool = False, by: Actor
) -> Line:
    """Judge one file and take it in. Whatever is wrong with it stands in the line; other files are not touched.

    `keep_both`: bytes that are here already come in once more, as an asset of their own.
    """
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
        if keep_both and received.outcome is operations.Outcome.ALREADY:
            received = _beside(received, name=name, upload_key=form.cleaned_data["upload_key"], by=by)
    except Refused as problem:
        return Line(name, problem.status, str(problem))
    return Line(name, 200, received=received)


def _beside(known: operations.Received, *, name: str, upload_key: str, by: Actor) -> operations.Received:
    version = known.version
    if version is None:  # deleted a moment ago
        return known
    copy = operations.keep_both(known.asset, version=version, name=name, upload_key=upload_key, by=by)
    return operations.Received(copy, operations.Outcome.ADDED, known.stored)


def judge_all(files: Iterable[UploadedFile], *, kinds: Collection[str]) -> list[UploadForm]:
    """Judge files that belong together, before any is kept. Raises TooLarge, and ValidationError with what is wrong."""
    judged, wrong = [], []
    for file in files:
        form = UploadForm({}, MultiValueDict({"file": [file]}))
        name = names.display_name(file.name or "")
        if not form.is_valid():
            wrong.append(f"{name}: {said(form.errors)}")
        elif form.description.kind not in kinds:
            wrong.append(f"{name} is not of a kind that can be used here. Take it out.")
        judged.append(form)
    if wrong:
        raise ValidationError(wrong)
    return judged


@contextmanager
def held(judged: Iterable[UploadForm], *, now: datetime, by: Actor) -> Iterator[list[operations.Received]]:
    """Keep the files of judged uploads for what the block makes of them: it promises them in its transaction.

    Of no transaction itself: files are written meanwhile. What the block has not promised at its end goes; what a
    killed process left goes in an hour. What was in the library before stays there.
    """
    call, keys, kept_now = uuid.uuid4().hex, [], []
    try:
        for number, form in enumerate(judged):
            keys.append(f"{call}:{number}")
            received = operations.hold_upload(
                form.cleaned_data["file"],
                form.description,
                upload_key=keys[-1],
                lasts=operations.HELD_FOR,
                now=now,
                by=by,
            )
            if received.outcome is operations.Outcome.IN_TRASH:
                raise Refused(f"“{received.asset}” is in the trash of the library. Restore it first.")
            kept_now.append(received)
        failpoint("intake.held")
        yield kept_now
        failpoint("intake.done")
    finally:
        operations.let_go(keys)


def key_within(upload_key: str, place: str) -> str:
    """Return the key of one of several files that came under a key: no other place, and no other key, has it."""
    return upload_key and hashlib.sha256(f"{place}\n{upload_key}".encode()).hexdigest()


def take_in_all(
    file: UploadedFile, *, upload_key: str = "", keep_both: bool = False, by: Actor
) -> list[Line]:
    """Take in a file, or what is packed in it where it is a ZIP; one line for each file."""
    file.seek(0)
    if not archives.is_packed(file.read(4)):
        return [take_in(file, upload_key=upload_key, keep_both=keep_both, by=by)]
    name = names.display_name(file.name or "")
    try:
        if (file.size or 0) > archives.largest_bytes():
            raise TooLarge(
                f"It is larger than {megabytes(archives.largest_bytes())}, the limit of a ZIP. Pack several."
            )
        with archives.opened(file) as archive:  # type: ignore[arg-type]
            if not archives.is_document(archive):
                lines = list(_members(archive, upload_key=upload_key, keep_both=keep_both, by=by))
                return lines or [Line(name, 422, "There is no file in it. Choose another one.")]
    except Refused as problem:
        return [Line(name, problem.status, str(problem))]
    return [take_in(file, upload_key=upload_key, keep_both=keep_both, by=by)]


def _members(archive: zipfile.ZipFile, *, upload_key: str, keep_both: bool, by: Actor) -> Iterator[Line]:
    """Judge and take in every member by itself, as long as a request may last."""
    seen: set[str] = set()
    begun = time.monotonic()
    for number, member in enumerate(archives.members(archive)):
        name = names.display_name(member.filename)
        if time.monotonic() - begun > LONGEST:
            yield Line(
                name, 503, "There was no time left for it. Send the ZIP once more: it goes on from here."
            )
            continue
        try:
            archives.judge(member, seen)
            upload = _kept(name, archives.unpacked(archive, member))
        except Refused as problem:
            yield Line(name, problem.status, str(problem))
            continue
        try:
            own = key_within(upload_key, f"in {number}")
            yield take_in(upload, upload_key=own, keep_both=keep_both, by=by)
        finally:
            upload.close()


def _kept(name: str, chunks: Iterator[bytes]) -> HashedUpload:
    first = next(chunks, b"")
    return kept(name, itertools.chain([first], chunks), most=formats.limit_of(first))


def said(errors: ErrorDict) -> str:
    """Return the sentences of a form on one line."""
    return " ".join(str(sentence) for sentences in errors.values() for sentence in sentences)
