"""The crisis switch: what is paused here and why, and the buttons that hold everything back or let it go."""

from __future__ import annotations

import uuid
from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from aura.kit import clock
from aura.kit.htmx import render_page
from campaigns.models import Campaign
from posts.forms.pausing import PauseCampaignForm, PauseForm
from posts.models import Channel, Target
from posts.operations import pausing
from posts.resuming import said_before, waiting
from posts.views.acting import act, person_of
from workspaces.scope import current_workspace
from workspaces.views.access import can, require

LISTED = 100


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Show what is paused, and offer to pause; `campaign` in the address is chosen."""
    chosen = {"campaign": request.GET["campaign"]} if request.GET.get("campaign") else None
    return _page(request, campaign_form=PauseCampaignForm(initial=chosen))


def _page(
    request: HttpRequest,
    *,
    form: PauseForm | None = None,
    campaign_form: PauseCampaignForm | None = None,
    status: int = 200,
) -> HttpResponse:
    put_away = {"trashed_at": None, "archived_at": None}
    workspace = current_workspace()
    rows = waiting(clock.now())
    say = partial(said_before, minutes=workspace.grace_minutes)
    campaigns = Campaign.objects.filter(paused_at__isnull=False, **put_away).order_by("name", "id")
    channels = Channel.objects.filter(status=Channel.Status.PAUSED, trashed_at=None).order_by("name", "id")
    context = {
        "nav": "calendar",
        "form": form or PauseForm(auto_id="everything-%s"),
        "campaign_form": campaign_form or PauseCampaignForm(),
        "all_resumes": say(rows),
        "campaigns": [
            (one, say(row for row in rows if row.campaign == one.pk)) for one in campaigns[:LISTED]
        ],
        "channels": [(one, say(row for row in rows if row.channel == one.pk)) for one in channels[:LISTED]],
        "may_channel": can(request, "posts.resume_channel"),
        "may_all": can(request, "posts.pause_everything"),
        "may_campaign": can(request, "posts.pause_campaign"),
        "grace_minutes": workspace.grace_minutes,
    }
    return render_page(request, "posts/pauses.html", context, status=status)


@require_POST
def pause_all(request: HttpRequest) -> HttpResponse:
    """Hold back everything in the workspace."""
    require(request, "posts.pause_everything")
    form = PauseForm(request.POST, auto_id="everything-%s")
    if not form.is_valid():
        return _page(request, form=form, status=422)
    pausing.pause_everything(current_workspace(), reason=form.cleaned_data["reason"], by=person_of(request))
    messages.success(request, f"Everything is paused. {_on_their_way()}")
    return redirect("posts:pauses")


@require_POST
def resume_all(request: HttpRequest) -> HttpResponse:
    """Let the workspace's posts go again."""
    require(request, "posts.resume_everything")
    return act(
        request,
        lambda: pausing.resume_everything(current_workspace(), by=person_of(request)),
        "Posts go out again. What is due goes one after the other.",
        back=reverse("posts:pauses"),
    )


@require_POST
def pause_one(request: HttpRequest) -> HttpResponse:
    """Hold back one campaign."""
    require(request, "posts.pause_campaign")
    form = PauseCampaignForm(request.POST)
    if not form.is_valid():
        return _page(request, campaign_form=form, status=422)
    campaign: Campaign = form.cleaned_data["campaign"]
    return act(
        request,
        lambda: pausing.pause_campaign(campaign, reason=form.cleaned_data["reason"], by=person_of(request)),
        lambda paused: f"{paused} is paused. {_on_their_way(paused)}",
        back=reverse("posts:pauses"),
    )


@require_POST
def resume_one(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Let a campaign's posts go again."""
    require(request, "posts.resume_campaign")
    campaign = get_object_or_404(Campaign, pk=pk)
    return act(
        request,
        lambda: pausing.resume_campaign(campaign, by=person_of(request)),
        f"Posts of {campaign} go out again. What is due goes one after the other.",
        back=reverse("posts:pauses"),
    )


def _on_their_way(campaign: Campaign | None = None) -> str:
    """Say what could not be held back any more."""
    sending = Target.objects.filter(status=Target.Status.SENDING)
    if campaign is not None:
        sending = sending.filter(post__campaign=campaign)
    count = sending.count()
    if not count:
        return "Nothing was being sent."
    return f"{count} {'was' if count == 1 else 'were'} being sent already and may be out."
