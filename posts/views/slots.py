"""Posting times: given to a channel and taken away, and the next free one filled into a form."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from aura.kit import clock
from aura.kit.problems import Refused
from posts.forms.pictures import ids_of
from posts.forms.slots import SlotsForm
from posts.models import PostingSlot
from posts.operations.slots import add_slots, remove_slot
from posts.slots import AHEAD, next_free
from posts.views.channels import channel_page, get_channel
from workspaces.scope import current_workspace
from workspaces.views.access import person_of, require

NONE_FREE = (
    f"No posting time of these channels is free in the next {AHEAD.days // 7} weeks. "
    "Pick a day and a time, or give the channel more of them in Settings."
)


@require_POST
def add(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Give a channel a posting time on some days of the week."""
    require(request, "posts.add_slots")
    channel = get_channel(pk)
    form = SlotsForm(request.POST)
    if form.is_valid():
        try:
            add_slots(channel, **form.cleaned_data, by=person_of(request))
        except Refused as problem:
            form.add_error("time", str(problem))
        else:
            messages.success(request, f"{channel} posts at {form.cleaned_data['time']:%H:%M} now, too.")
            return redirect("posts:channel", pk)
    return channel_page(request, channel, slots_form=form, status=422)


@require_POST
def remove(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take a posting time away."""
    require(request, "posts.remove_slot")
    slot = get_object_or_404(PostingSlot.objects.select_related("channel"), pk=pk)
    channel = remove_slot(slot, by=person_of(request))
    messages.success(
        request, f"{slot} is no posting time of {channel} any more. What is scheduled then stays."
    )
    return redirect("posts:channel", channel.pk)


def next_slot(
    request: HttpRequest, channels: Any, *, now: datetime, but: uuid.UUID | None = None
) -> dict[str, str] | None:
    """Return day, time and fold of the next free posting time as a form takes them; say so where there is none."""
    zone = current_workspace().zone
    at = next_free(ids_of(channels), workspace_zone=zone, after=now, but=but)
    if at is None:
        messages.warning(request, NONE_FREE)
        return None
    local = at.astimezone(ZoneInfo(zone))
    try:
        clock.instant_of(local.replace(tzinfo=None, fold=0), zone)
    except clock.TimeTwice:
        fold = str(local.fold)
    else:
        fold = ""
    return {"day": f"{local:%Y-%m-%d}", "time": f"{local:%H:%M}", "fold": fold}
