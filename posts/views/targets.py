"""What a person says about one target: it is live, send it again, leave it."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from posts.models import Target
from posts.operations import confirming
from posts.views.acting import act, page_of, person_of


def _target(pk: uuid.UUID) -> Target:
    return get_object_or_404(Target.objects.select_related("post", "channel"), pk=pk)


@require_POST
def confirm(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """It is live, and perhaps here is the link."""
    target = _target(pk)
    url = request.POST.get("url", "")
    return act(
        request,
        lambda: confirming.confirm_target(target, url=url, by=person_of(request)),
        f"Noted: it is live on {target.channel}.",
        back=page_of(target.post),
    )


@require_POST
def resend(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """It is not there: send it again."""
    target = _target(pk)
    return act(
        request,
        lambda: confirming.resend_target(target, by=person_of(request)),
        f"It goes out on {target.channel} again.",
        back=page_of(target.post),
    )


@require_POST
def retry(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Send what failed or was missed now."""
    target = _target(pk)
    return act(
        request,
        lambda: confirming.retry_target(target, by=person_of(request)),
        f"It goes out on {target.channel} now.",
        back=page_of(target.post),
    )


@require_POST
def leave(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """It is not there, and shall not be."""
    target = _target(pk)
    return act(
        request,
        lambda: confirming.cancel_target(target, by=person_of(request)),
        f"Left out on {target.channel}.",
        back=page_of(target.post),
    )
