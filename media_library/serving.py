"""Hands a file out after the permission check, with headers that keep a browser from running it (trust.md §6.9)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, quote_etag

from aura.kit.files import asking_storage
from media_library.models import Rendition

SIGNED_SECONDS = 300
X_ACCEL_PREFIX = "/_media/"
INLINE = {Rendition.Preset.THUMB, Rendition.Preset.WEB}  # drawn anew by us; everything else is a download
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

    `inline` shows what is not in INLINE all the same: for networks, which are no browsers. Raises Http404 when the
    file is missing.
    """
    etag = quote_etag(rendition.sha256)
    shown = inline or rendition.preset in INLINE
    disposition = content_disposition_header(bool(download_as) or not shown, download_as) or "inline"
    headers = {**_HEADERS, "Cache-Control": cache, "Content-Disposition": disposition, "ETag": etag}
    response: HttpResponseBase | None = get_conditional_response(request, etag)
    if response is None:
        response = _SERVERS[settings.AURA_MEDIA_SERVE](rendition, disposition)
    for name, value in headers.items():
        response[name] = value
    return response


def _by_view(rendition: Rendition, disposition: str) -> HttpResponseBase:
    try:
        with asking_storage():
            file = default_storage.open(rendition.stored_key)
    except FileNotFoundError as error:
        raise Http404("The file is missing.") from error
    return FileResponse(file, content_type=rendition.mime, headers={"Content-Length": str(rendition.size)})


def _by_x_accel(rendition: Rendition, disposition: str) -> HttpResponseBase:
    return HttpResponse(
        content_type=rendition.mime,
        headers={"X-Accel-Redirect": X_ACCEL_PREFIX + quote(rendition.stored_key)},
    )


def _by_redirect(rendition: Rendition, disposition: str) -> HttpResponseBase:
    storage: Any = default_storage
    answer = {"ResponseContentType": rendition.mime, "ResponseContentDisposition": disposition}
    address = storage.url(rendition.key, parameters=answer, expire=SIGNED_SECONDS)
    response = HttpResponse(status=302)
    response["Location"] = address
    return response


_SERVERS = {"view": _by_view, "x-accel": _by_x_accel, "redirect": _by_redirect}
