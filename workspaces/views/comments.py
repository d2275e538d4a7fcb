"""Comments, whatever they are about: taken back here, said on the page of the thing."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from workspaces.context import first_place
from workspaces.models import Comment
from workspaces.operations import delete_comment
from workspaces.views.access import person_of


@require_POST
def delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take back a comment, and lead back to the page it stood on."""
    delete_comment(get_object_or_404(Comment, pk=pk), by=person_of(request))
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return redirect(back if safe and back.startswith("/") else first_place())
