"""Nothing goes out for a while, of one campaign or at all, and then again."""

from __future__ import annotations

from uuid import UUID

from campaigns.api import CampaignOut, campaigns, shown
from campaigns.models import Campaign
from posts.forms.pausing import PauseForm
from posts.operations import pausing
from workspaces.api.binding import Takes
from workspaces.api.calls import Call
from workspaces.api_workspace import WORKSPACES, WorkspaceOut, workspace
from workspaces.api_workspace import shown as workspace_shown

REASON = Takes(
    "Pause",
    PauseForm,
    examples={"reason": "The oven is broken."},
    descriptions={"reason": "Why, in a few words, for everybody who waits."},
)
ROWS = Campaign.objects.select_related("brand")


@campaigns.post("/campaigns/{uuid:campaign_id}/pause", CampaignOut, takes=REASON)
def pause_campaign(call: Call, campaign_id: UUID) -> CampaignOut:
    """Hold back what is due of a campaign. What waits longer than a post may be late is missed."""
    campaign = call.find(ROWS, campaign_id)
    reason = call.bind(PauseForm()).cleaned_data["reason"]
    return shown(pausing.pause_campaign(campaign, reason=reason, now=call.now, by=call.by))


@campaigns.post("/campaigns/{uuid:campaign_id}/resume", CampaignOut)
def resume_campaign(call: Call, campaign_id: UUID) -> CampaignOut:
    """Let the posts of a campaign go out again."""
    return shown(pausing.resume_campaign(call.find(ROWS, campaign_id), now=call.now, by=call.by))


@workspace.post("/workspace/pause", WorkspaceOut, takes=REASON)
def pause_everything(call: Call) -> WorkspaceOut:
    """Hold back everything that is due in the workspace. What waits longer than a post may be late is missed.

    Nothing more begins once this has answered. What is being sent at that second is not taken back. `GET workspace`
    says in `paused_at` whether everything is paused.
    """
    here = call.find(WORKSPACES, call.workspace.pk, shown=workspace_shown)
    reason = call.bind(PauseForm()).cleaned_data["reason"]
    return workspace_shown(pausing.pause_everything(here, reason=reason, now=call.now, by=call.by))


@workspace.post("/workspace/resume", WorkspaceOut)
def resume_everything(call: Call) -> WorkspaceOut:
    """Let posts go out again: what is due goes in its order, as far apart as each channel wants it.

    Campaigns and channels that are paused by themselves stay so.
    """
    here = call.find(WORKSPACES, call.workspace.pk, shown=workspace_shown)
    return workspace_shown(pausing.resume_everything(here, now=call.now, by=call.by))
