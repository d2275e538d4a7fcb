"""Uploads in parts over tus 1.0 (core, creation, expiration, termination): what pause and resume stand on.

https://tus.io/protocols/resumable-upload: POST opens an upload and says its length, PATCH adds what follows on
`Upload-Offset`, HEAD asks how far it has come, DELETE gives it up. When the last byte is here the file is judged and
taken in like any other; the page's script gets its rows in the answer, another client 204 or the refusal.
"""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import http_date
from django.views.decorators.http import require_http_methods

from aura.kit import clock
from aura.kit.files import CHUNK, accepts_body, kept
from aura.kit.htmx import htmx_of
from aura.kit.problems import Refused, problem_response
from media_library import operations
from media_library.forms import SessionForm, most_bytes
from media_library.intake import Line, said, take_in_all
from media_library.models import UploadSession
from media_library.views.common import user_of
from workspaces.views.access import require

VERSION = "1.0.0"
MOST_OF_A_PART = 16_000_000
PART = "application/offset+octet-stream"


class _Wrong(Refused):
    """The request is not what the protocol asks for."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


@require_http_methods(["POST", "OPTIONS"])
def sessions(request: HttpRequest) -> HttpResponse:
    """Open an upload in parts."""
    if request.method == "OPTIONS":
        return _answer(
            204,
            Tus_Version=VERSION,
            Tus_Extension="creation,expiration,termination",
            Tus_Max_Size=most_bytes(),
        )
    require(request, "media_library.add_upload")
    try:
        _check_version(request)
        told = _metadata(request.headers.get("Upload-Metadata", ""))
        form = SessionForm({**told, "size": _number(request, "Upload-Length")})
        if not form.is_valid():
            raise _Wrong(422, said(form.errors))
        session = operations.begin_upload(
            name=form.cleaned_data["filename"],
            size=form.cleaned_data["size"],
            upload_key=form.cleaned_data["upload_key"],
            by=user_of(request),
        )
    except Refused as problem:
        return _refusal(request, problem)
    place = reverse("media:session", args=[session.pk])
    return _answer(201, session, Location=request.build_absolute_uri(place))


@require_http_methods(["HEAD", "PATCH", "DELETE"])
@accepts_body(MOST_OF_A_PART)
def session(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Say how far an upload has come, add a part to it, or give it up. It is nobody's but that person's."""
    require(request, "media_library.add_upload")
    mine = UploadSession.objects.filter(created_by=user_of(request), due_at__gt=clock.now())
    upload = get_object_or_404(mine, pk=pk, is_direct=False)
    try:
        _check_version(request)
        if request.method == "HEAD":
            return _answer(200, upload, Upload_Length=upload.size, Cache_Control="no-store")
        if request.method == "DELETE":
            operations.end_upload(upload)
            return _answer(204)
        return _add(request, upload)
    except Refused as problem:
        return _refusal(request, problem)


def _add(request: HttpRequest, upload: UploadSession) -> HttpResponse:
    if request.content_type != PART and request.META.get("CONTENT_LENGTH", "") not in ("", "0"):
        raise _Wrong(415, f"Send the part as {PART}.")
    at = _number(request, "Upload-Offset")
    part = kept("part", _body(request), most=MOST_OF_A_PART)
    try:
        if part.size or at != upload.received:
            upload = operations.add_part(upload, part, at=at)
    finally:
        part.close()
    if upload.received < upload.size:
        return _answer(204, upload)
    whole = operations.put_together(upload)
    try:
        lines = take_in_all(whole, upload_key=upload.upload_key, by=user_of(request))
    finally:
        whole.close()
    operations.end_upload(upload)
    return _taken(request, upload, lines)


def _taken(request: HttpRequest, upload: UploadSession, lines: list[Line]) -> HttpResponse:
    status = 200 if any(line.received for line in lines) else max(line.status for line in lines)
    if htmx_of(request) is not None:
        response = render(request, "media_library/_uploads.html", {"lines": lines}, status=status)
        return _dress(response, upload)
    if status != 200:
        raise _Wrong(status, lines[0].sentence)
    return _answer(204, upload)


def _body(request: HttpRequest) -> Iterator[bytes]:
    """Give the body as it comes. What arrived before the connection broke counts: the next part follows on it."""
    try:
        while chunk := request.read(CHUNK):
            yield chunk
    except (UnreadablePostError, OSError):
        return


def _check_version(request: HttpRequest) -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        raise _Wrong(412, f"Speak tus {VERSION}: send Tus-Resumable.")


def _number(request: HttpRequest, header: str) -> int:
    text = request.headers.get(header, "")
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise _Wrong(400, f"Send {header} as a number of bytes.")
    return int(text)


def _metadata(header: str) -> dict[str, str]:
    """Return what `Upload-Metadata` says: pairs of a name and a text in Base64, separated by commas."""
    told = {}
    for pair in header.split(","):
        name, _, text = pair.strip().partition(" ")
        try:
            told[name] = base64.b64decode(text, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise _Wrong(400, "Upload-Metadata cannot be read. Send each value in Base64.") from None
    return told


def _answer(status: int, upload: UploadSession | None = None, **headers: Any) -> HttpResponse:
    response = _dress(HttpResponse(status=status), upload)
    for name, value in headers.items():
        response[name.replace("_", "-")] = str(value)
    return response


def _dress(response: HttpResponse, upload: UploadSession | None = None) -> HttpResponse:
    """Add what every answer of the protocol carries."""
    response["Tus-Resumable"] = VERSION
    if upload is not None:
        response["Upload-Offset"] = str(upload.received)
        if upload.due_at is not None:
            response["Upload-Expires"] = http_date(upload.due_at.timestamp())
    return response


def _refusal(request: HttpRequest, problem: Refused) -> HttpResponse:
    """Say what is wrong in plain text, with its sentence for whoever shows it."""
    if problem.status in (409, 413, 429, 503):
        response = problem_response(request, problem)
    elif problem.status == 412:
        response = HttpResponse(str(problem), status=412, content_type="text/plain; charset=utf-8")
        response["Tus-Version"] = VERSION
    else:
        response = HttpResponse(str(problem), status=problem.status, content_type="text/plain; charset=utf-8")
    return _dress(response)
