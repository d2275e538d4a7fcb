"""Nothing of a campaign goes out for a while, or all of it again."""

from __future__ import annotations

from uuid import UUID

from campaigns.api import CampaignOut, campaigns, shown
from campaigns.models import Campaign
from posts.forms.pausing import PauseForm
from posts.operations import pausing
from workspaces.api.binding import Takes
from workspaces.api.calls import Call

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
