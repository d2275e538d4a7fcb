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

from aura.kit.files import CHUNK, asking_storage
from aura.kit.parts import open_part
from aura.kit.problems import Refused
from media_library import formats, names
from media_library.formats import film
from media_library.models import Asset, Rendition

SIGNED_SECONDS = 300
WATCHED_SECONDS = 2 * 3600
X_ACCEL_PREFIX = "/_media/"
INLINE = {Rendition.Preset.THUMB, Rendition.Preset.WEB}  # drawn anew by us
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-site",
}
# What is made anew looks as it did; a cut, which may not, is shown under another address then (cuts.py).
FOR_EVER = "private, max-age=31536000, immutable"
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
    if response.status_code == 302 and cache == FOR_EVER:
        response["Cache-Control"] = (
            f"private, max-age={SIGNED_SECONDS // 2}"  # the address ends, the picture does not
        )
    return response


def download(request: HttpRequest, asset: Asset) -> HttpResponseBase:
    """Return the full-size copy of an asset without private metadata, to be saved; words as plain text.

    Raises Refused while that copy is being made, Http404 where its file is missing.
    """
    if asset.is_text:
        return _words_of(asset)
    clean = asset.download_copy
    if clean is None:
        raise Refused("The copy to download is still being made. Try again in a moment.")
    name = names.download_name(asset.title, formats.extension_of(clean.mime))
    return serve(request, clean, cache=NEVER, download_as=name)


def _words_of(asset: Asset) -> HttpResponse:
    response = HttpResponse(asset.body.replace("\r\n", "\n"), content_type="text/plain; charset=utf-8")
    name = names.download_name(asset.title, "txt")
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = NEVER
    return response


def _by_view(request: HttpRequest, rendition: Rendition, disposition: str) -> HttpResponseBase:
    part = asked_part(request, rendition)
    if part is NOT_THERE:
        headers = {"Content-Range": f"bytes */{rendition.size}"}
        return HttpResponse(status=416, content_type="text/plain", headers=headers)
    first, last = part or (0, rendition.size - 1)
    headers = {"Content-Length": str(last - first + 1), "Accept-Ranges": "bytes"}
    if part:
        headers["Content-Range"] = f"bytes {first}-{last}/{rendition.size}"
    try:
        with asking_storage():
            file = open_part(default_storage, rendition.stored_key, first, last if part else None)
    except FileNotFoundError as error:
        raise Http404("The file is missing.") from error
    response = FileResponse(file, content_type=rendition.mime, headers=headers, status=206 if part else 200)
    response.block_size = CHUNK
    return response


def serve_drawn(content: bytes, mime: str) -> HttpResponse:
    """Return a small picture that is kept in a row and was drawn by us; its address changes with it."""
    headers = {**_HEADERS, "Cache-Control": FOR_EVER, "Content-Disposition": "inline"}
    return HttpResponse(content, content_type=mime, headers=headers)


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
    address = storage.url(rendition.key, parameters=answer, expire=_signed_seconds(rendition))
    response = HttpResponse(status=302)
    response["Location"] = address
    return response


def _signed_seconds(rendition: Rendition) -> int:
    """Return how long an address is good for: a player comes back for more of a film as long as somebody watches."""
    return WATCHED_SECONDS if rendition.mime in film.PLAYED else SIGNED_SECONDS


_SERVERS = {"view": _by_view, "x-accel": _by_x_accel, "redirect": _by_redirect}
