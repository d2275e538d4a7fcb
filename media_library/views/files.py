"""The files themselves, for members and for networks that hold a link."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from media_library import serving
from media_library.links import rendition_of
from media_library.models import Rendition
from media_library.views.common import asset_or_404


@require_safe
def rendition(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Serve one rendition to a member."""
    row = get_object_or_404(Rendition, pk=pk, status=Rendition.Status.READY)
    return serving.serve(request, row, cache=serving.FOR_EVER)


@require_safe
def file(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Serve the full-size copy without private metadata, as a download; words as plain text."""
    return serving.download(request, asset_or_404(pk))


@require_safe
@login_not_required
def public_media(request: HttpRequest, token: str) -> HttpResponseBase:
    """Serve one rendition to whoever holds its link: a network that pulls the picture of a post."""
    row = rendition_of(token)
    if row is None:
        raise Http404("This link leads nowhere.")
    return serving.serve(request, row, cache=serving.NEVER, inline=True)
