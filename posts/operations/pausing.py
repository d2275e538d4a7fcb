"""The crisis switch: everything in a workspace held back at once, or one campaign, and let go again without a burst.

Where it is on stands on the workspace and the campaign themselves, so that every page and the engine know without
looking elsewhere. The engine asks in the last transaction before a call (`readiness.judge`). When an operation here
has returned, nothing more begins: what had judged before is waited for, by its post's lock.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import F, QuerySet

from aura.kit import clock, jobs
from campaigns.models import Campaign
from posts.forms.pausing import REASON_LENGTH
from posts.models import Post, Target
from posts.operations.looking_ahead import look_again
from workspaces.models import Workspace
from workspaces.operation import Actor, Refused, operation
from workspaces.scope import current_workspace, use_workspace

AT_ONCE = 500  # rows of one UPDATE


@operation
def pause_everything(
    workspace: Workspace, *, reason: str = "", now: datetime | None = None, by: Actor
) -> Workspace:
    """Hold back everything that is due in the workspace; what waits longer than a post may be late is missed.

    What is being sent at this second is not taken back. Raises Refused for a reason that is too long.
    """
    stored = _locked_workspace()
    stored.paused_at = stored.paused_at or now or clock.now()
    stored.pause_reason = reason_of(reason)
    stored.save(update_fields=["paused_at", "pause_reason"])
    nothing_more_begins()
    return stored


@operation
def resume_everything(workspace: Workspace, *, now: datetime | None = None, by: Actor) -> Workspace:
    """Let the workspace's posts go again: what is due goes in its order, as far apart as each channel wants it."""
    stored = _locked_workspace()
    if stored.paused_at is None:
        raise Refused("Nothing is paused here.")
    stored.paused_at, stored.pause_reason = None, ""
    stored.save(update_fields=["paused_at", "pause_reason"])
    let_go_on(Target.objects.all(), now=now or clock.now())
    return stored


@operation
def pause_campaign(
    campaign: Campaign, *, reason: str = "", now: datetime | None = None, by: Actor
) -> Campaign:
    """Hold back what is due of one campaign, as `pause_everything` does."""
    stored = Campaign.objects.select_for_update(of=("self",)).get(pk=campaign.pk)
    if stored.trashed_at or stored.archived_at:
        raise Refused(f"{stored} is put away, so nothing of it goes out.")
    stored.paused_at = stored.paused_at or now or clock.now()
    stored.pause_reason = reason_of(reason)
    stored.save(update_fields=["paused_at", "pause_reason"])
    nothing_more_begins()
    return stored


@operation
def resume_campaign(campaign: Campaign, *, now: datetime | None = None, by: Actor) -> Campaign:
    """Let the campaign's posts go again, as `resume_everything` does."""
    stored = Campaign.objects.select_for_update(of=("self",)).get(pk=campaign.pk)
    if stored.paused_at is None:
        raise Refused(f"{stored} is not paused.")
    stored.paused_at, stored.pause_reason = None, ""
    stored.save(update_fields=["paused_at", "pause_reason"])
    let_go_on(Target.objects.filter(post__campaign=stored), now=now or clock.now())
    return stored


def let_go_on(targets: QuerySet[Target], *, now: datetime) -> int:
    """Let those of `targets` that waited for a person be taken up at once; return how many.

    Each takes its place again by when it was promised; the engine keeps that order on a channel, and the spacing. What
    has waited for longer than a post may be late stays where it is: the engine judges that. Inside a transaction.
    """
    grace = timedelta(minutes=current_workspace().grace_minutes)
    waiting = targets.filter(
        status=Target.Status.SCHEDULED,
        promised_at__lte=now,
        promised_at__gte=now - grace,
        due_at__gt=F("promised_at"),
    )
    ids = list(waiting.order_by("promised_at", "pk").values_list("pk", flat=True))
    for place in range(0, len(ids), AT_ONCE):
        some = Target.objects.filter(pk__in=ids[place : place + AT_ONCE], status=Target.Status.SCHEDULED)
        some.update(due_at=F("promised_at"))
    for pk in ids[:AT_ONCE]:  # the due list finds the others
        jobs.ring("posts.publish_target", pk)
    look_again(targets, now=now)
    return len(ids)


def nothing_more_begins() -> None:
    """See to it that once the open transaction is through, nothing begins that was judged before it.

    Whoever is about to send holds its post from before it judges until "sending" is committed: when the posts of all
    claimed targets could be held for a moment, every later one has judged by what is committed here. On SQLite the
    one writing transaction does the same.
    """
    transaction.on_commit(partial(_wait_for_those_about_to_send, current_workspace()))


def _wait_for_those_about_to_send(workspace: Workspace) -> None:
    with use_workspace(workspace), transaction.atomic():
        claimed = Target.objects.filter(status=Target.Status.SCHEDULED, claim_token__isnull=False)
        posts = Post.objects.filter(pk__in=list(claimed.values_list("post_id", flat=True)))
        list(posts.order_by("pk").select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True))


def _locked_workspace() -> Workspace:
    return Workspace.objects.select_for_update(of=("self",)).get(pk=current_workspace().pk)


def reason_of(text: str) -> str:
    """Return a reason as it is kept, "" for none. Raises Refused where it is too long."""
    said = " ".join(text.split())
    if len(said) > REASON_LENGTH:
        raise Refused(f"The reason has at most {REASON_LENGTH} characters.")
    return said
