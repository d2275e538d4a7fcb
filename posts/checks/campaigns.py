"""Rules about where a post belongs."""

from __future__ import annotations

from collections.abc import Iterator

from campaigns.models import Campaign
from posts.checks.check import Check, Moment
from posts.checks.subject import Subject
from posts.stops import why_all_wait, why_campaign_waits
from workspaces.scope import current_workspace


def campaign_runs(subject: Subject) -> Iterator[Check]:
    """Nothing of a campaign that is over goes out."""
    reason = why_not_schedulable(subject.campaign)
    if reason:
        what, fix = reason.split(". ", 1)
        yield Check("campaign_closed", "campaign", what + ".", fix, blocks=True)


def nothing_is_paused(subject: Subject) -> Iterator[Check]:
    """What is paused holds its posts back: an advice, until the time is near."""
    near = subject.moment is Moment.BEFORE
    if current_workspace().paused_at:
        yield Check(
            "all_paused",
            "campaign",
            why_all_wait(current_workspace()),
            "What is due waits until it is resumed.",
            near,
        )
    elif subject.campaign is not None and subject.campaign.paused_at:
        said = why_campaign_waits(subject.campaign)
        yield Check("campaign_paused", "campaign", said, "What is due of it waits until it is resumed.", near)


def why_not_schedulable(campaign: Campaign | None) -> str:
    """Return the sentence why nothing of this campaign can be scheduled, or "" (decisions.md, Post status)."""
    if campaign is None:
        return ""
    if campaign.trashed_at:
        return f"{campaign} is in the trash. Restore it before you schedule its posts."
    if campaign.archived_at:
        return f"{campaign} is archived. Bring it back before you schedule its posts."
    if campaign.status == Campaign.Status.COMPLETED:
        return f"{campaign} is completed. Move the post to a campaign that is still running."
    return ""
