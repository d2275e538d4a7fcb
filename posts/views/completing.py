"""Completions while somebody writes a post: JSON for the composer's list. Without JavaScript there is none."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from aura.kit import clock
from campaigns.models import Campaign
from posts.completing import (
    Completion,
    hashtags_offered,
    help_with_mentions,
    mentions_on,
    people_offered,
)
from posts.forms.pictures import ids_of
from posts.models import Channel
from posts.operations.people import LONGEST, find_people
from workspaces.views.access import require


@require_safe
def complete(request: HttpRequest) -> JsonResponse:
    """Answer what may be meant: `sign` is @ or #, `typed` what follows it, `channel` and `campaign` ids or nothing."""
    require(request, "posts.create_post")
    typed = request.GET.get("typed", "")[:LONGEST]
    channel = Channel.objects.filter(pk__in=ids_of([request.GET.get("channel", "")])).first()
    if request.GET.get("sign") == "#":
        campaign = Campaign.objects.filter(pk__in=ids_of([request.GET.get("campaign", "")])).first()
        return _answer(hashtags_offered(channel, campaign, typed))
    used = mentions_on(channel)
    found = find_people(channel, typed, now=clock.now()) if channel is not None else None
    return _answer(people_offered(used, found or [], typed), help_with_mentions(channel))


def _answer(offered: list[Completion], note: str = "") -> JsonResponse:
    items = [{"insert": one.insert, "hint": one.hint} for one in offered]
    return JsonResponse({"items": items, "note": note})
