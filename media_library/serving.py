"""Hands a file out after the permission check, with headers that keep a browser from running it (trust.md §6.9)."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, quote_etag

from aura.kit.files import asking_storage
from media_library.formats import film
from media_library.models import Rendition

SIGNED_SECONDS = 300
X_ACCEL_PREFIX = "/_media/"
INLINE = {Rendition.Preset.THUMB, Rendition.Preset.WEB}  # drawn anew by us
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-site",
}
FOR_EVER = "private, max-age=31536000, immutable"  # a rendition never changes its bytes
NEVER = "private, no-store"


def serve(
    request: HttpRequest, rendition: Rendition, *, cache: str, download_as: str = "", inline: bool = False
) -> HttpResponseBase:
    """Return the file of a rendition: through this process, nginx (X-Accel) or a signed S3 address.

    Pictures drawn by us and films packed by us are shown, everything else is a download; `inline` shows it all the
    same: for networks, which are no browsers. Raises Http404 when the file is missing.
    """
    etag = quote_etag(rendition.sha256)
    shown = inline or rendition.preset in INLINE or rendition.mime in film.PLAYED
    disposition = content_disposition_header(bool(download_as) or not shown, download_as) or "inline"
    headers = {**_HEADERS, "Cache-Control": cache, "Content-Disposition": disposition, "ETag": etag}
    response: HttpResponseBase | None = get_conditional_response(request, etag)
    if response is None:
        response = _SERVERS[settings.AURA_MEDIA_SERVE](request, rendition, disposition)
    for name, value in headers.items():
        response[name] = value
    return response


def _by_view(request: HttpRequest, rendition: Rendition, disposition: str) -> HttpResponseBase:
    part = asked_part(request, rendition)
    if part is NOT_THERE:
        headers = {"Content-Range": f"bytes */{rendition.size}"}
        return HttpResponse(status=416, content_type="text/plain", headers=headers)
    try:
        with asking_storage():
            file = default_storage.open(rendition.stored_key)
    except FileNotFoundError as error:
        raise Http404("The file is missing.") from error
    headers = {"Content-Length": str(rendition.size), "Accept-Ranges": "bytes"}
    if part is None:
        return FileResponse(file, content_type=rendition.mime, headers=headers)
    first, last = part
    file.seek(first)
    headers |= {
        "Content-Length": str(last - first + 1),
        "Content-Range": f"bytes {first}-{last}/{rendition.size}",
    }
    return FileResponse(
        _Part(file, last - first + 1), status=206, content_type=rendition.mime, headers=headers
    )


class _Part:
    """The next `left` bytes of an open file, as a file that ends there."""

    def __init__(self, file: Any, left: int) -> None:
        self.file, self.left = file, left

    def read(self, size: int = -1) -> bytes:
        data: bytes = self.file.read(min(size if size >= 0 else self.left, self.left))
        self.left -= len(data)
        return data

    def close(self) -> None:
        self.file.close()


NOT_THERE = (-1, -1)
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def asked_part(request: HttpRequest, rendition: Rendition) -> tuple[int, int] | None:
    """Return the first and last byte that were asked for (RFC 9110 §14), NOT_THERE past the end, None for all of it.

    One range is understood, which is what players ask for. Everything else, and a range of an older file (If-Range), is
    answered with the whole.
    """
    if_range = request.headers.get("If-Range")
    if request.method != "GET" or (if_range and if_range != quote_etag(rendition.sha256)):
        return None
    asked = _RANGE.fullmatch(request.headers.get("Range", "").strip())
    if asked is None or not any(asked.groups()):
        return None
    begin, end = asked.groups()
    if not begin:  # the last so many bytes
        first, last = max(rendition.size - int(end), 0), rendition.size - 1
        return (first, last) if int(end) and rendition.size else NOT_THERE
    first, last = int(begin), min(int(end), rendition.size - 1) if end else rendition.size - 1
    if end and int(end) < first:
        return None
    return (first, last) if first < rendition.size else NOT_THERE


def _by_x_accel(request: HttpRequest, rendition: Rendition, disposition: str) -> HttpResponseBase:
    return HttpResponse(
        content_type=rendition.mime,
        headers={"X-Accel-Redirect": X_ACCEL_PREFIX + quote(rendition.stored_key)},
    )


def _by_redirect(request: HttpRequest, rendition: Rendition, disposition: str) -> HttpResponseBase:
    storage: Any = default_storage
    answer = {"ResponseContentType": rendition.mime, "ResponseContentDisposition": disposition}
    address = storage.url(rendition.key, parameters=answer, expire=SIGNED_SECONDS)
    response = HttpResponse(status=302)
    response["Location"] = address
    return response


_SERVERS = {"view": _by_view, "x-accel": _by_x_accel, "redirect": _by_redirect}
