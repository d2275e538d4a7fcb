"""Uploads past Aura to the object store: a presigned form for the page's script, and the end of what it sent there."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from aura.kit import clock
from aura.kit.problems import Refused
from media_library import operations
from media_library.forms import KeyForm, SessionForm
from media_library.intake import Line, said, take_in_all
from media_library.models import UploadSession
from media_library.views.common import user_of
from workspaces.views.access import require


@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Open an upload: `url` and `fields` of the form to post the file with, and `finish`, to be asked afterwards."""
    require(request, "media_library.add_upload")
    form = SessionForm(request.POST)
    if not operations.goes_direct():
        raise Refused(operations.NOT_HERE)
    if not form.is_valid():
        return HttpResponse(said(form.errors), status=422, content_type="text/plain; charset=utf-8")
    session, post = operations.begin_direct(
        name=form.cleaned_data["filename"],
        size=form.cleaned_data["size"],
        upload_key=form.cleaned_data["upload_key"],
        by=user_of(request),
    )
    finish = reverse("media:finish-direct", args=[session.pk])
    return JsonResponse({"url": post.url, "fields": post.fields, "finish": finish})


@require_http_methods(["POST", "DELETE"])
def finish(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take in what was sent, or give the upload up. It is nobody's but that person's.

    Asked again after an answer that was lost, with the key of the upload, it answers the same.
    """
    require(request, "media_library.add_upload")
    mine = UploadSession.objects.filter(created_by=user_of(request), is_direct=True, due_at__gt=clock.now())
    if request.method == "DELETE":
        operations.end_upload(get_object_or_404(mine, pk=pk))
        return HttpResponse(status=204)
    session = mine.filter(pk=pk).first()
    lines = _again(request) if session is None else _take_in(request, session)
    status = 200 if any(line.received for line in lines) else max(line.status for line in lines)
    if session is not None and status != 503:  # then it can be asked again
        operations.end_upload(session)
    return render(request, "media_library/_uploads.html", {"lines": lines}, status=status)


def _take_in(request: HttpRequest, session: UploadSession) -> list[Line]:
    with operations.taken_over(session) as file:
        return take_in_all(file, upload_key=session.upload_key, by=user_of(request))


def _again(request: HttpRequest) -> list[Line]:
    form = KeyForm(request.POST)
    key = form.cleaned_data["upload_key"] if form.is_valid() else ""
    received = operations.taken_in_before(key, by=user_of(request))
    if received is None:
        raise Http404("There is no such upload.")
    name = received.asset.current.original_name if received.asset.current else received.asset.title
    return [Line(name, 200, received=received)]
