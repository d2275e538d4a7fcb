"""What will not go out at its time as things are, and why: one condition for lists and Home, and the words for each.

The looks before the time (`posts.operations.looking_ahead`) find what only the rules know and write it down. What is
paused, signed out or lacks a yes changes by a press, so it is asked of the rows themselves and is true at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import BooleanField, Case, F, OuterRef, Q, QuerySet, Subquery, When

from campaigns.models import Campaign
from posts.agreement import Asks, Rules, lacks_a_yes
from posts.models import Channel, Post, Preflight, Target
from workspaces.models import Workspace
from workspaces.scope import current_workspace

NEAR = timedelta(hours=24)
"""How long before its time a post is spoken of: what is held back next week may be resumed long before."""
LATEST = timedelta(days=2)
"""How long after its time a post can still wait: grace is a day at most."""
S, T = Post.Status, Target.Status
UNHEARD = "Nobody has said the yes that it needs."
WAITS = "will not go out"


def why_all_wait(workspace: Workspace) -> str:
    """Return that everything is paused, with the reason where one was given."""
    return _paused("Everything", workspace.pause_reason)


def why_campaign_waits(campaign: Campaign) -> str:
    """Return that the campaign is paused, with the reason where one was given."""
    return _paused(str(campaign), campaign.pause_reason)


def why_channel_waits(channel: Channel) -> str:
    """Return why what is due on the channel waits, "" where it is used."""
    if channel.status == Channel.Status.BROKEN:
        return f"{channel} needs reconnecting."
    return _paused(str(channel), channel.pause_reason) if channel.status == Channel.Status.PAUSED else ""


def held_back(post: Post, targets: Iterable[Target]) -> list[str]:
    """Return what is paused or signed out around a scheduled post, whenever it is due; asks nothing.

    That everything is paused stands above every page.
    """
    if post.status != S.SCHEDULED or post.trashed_at:
        return []
    said = [why_campaign_waits(post.campaign)] if post.campaign.paused_at else []
    waiting = (target.channel for target in targets if target.status == T.SCHEDULED)
    return list(dict.fromkeys([*said, *(why for one in waiting if (why := why_channel_waits(one)))]))


def _paused(what: str, reason: str) -> str:
    return f"{what} is paused: {reason.rstrip('.')}." if reason else f"{what} is paused."


def stopped(now: datetime, rules: Rules) -> list[Q]:
    """Return the conditions of scheduled posts that will not go out as things are: of what is near, then of the rest.

    `rules` are those of `agreement.rules_of_channels`.
    """
    near, late = now + NEAR, now - LATEST
    is_near = Q(status=S.SCHEDULED, scheduled_at__gt=late, scheduled_at__lte=near)
    if current_workspace().paused_at:
        return [is_near]
    waiting = Target.objects.filter(
        status=T.SCHEDULED, promised_at__gt=late, promised_at__lte=near
    ).order_by()
    still = Channel.objects.exclude(status=Channel.Status.ACTIVE).filter(trashed_at=None)
    paused = Campaign.objects.filter(paused_at__isnull=False)
    unheard = lacks_a_yes(rules)
    if current_workspace().approval == Asks.NONE:  # then only on channels that ask; from there it is few
        asking = Channel.objects.exclude(approval=Asks.NONE)
        unheard &= Q(pk__in=waiting.filter(channel__in=asking.values("pk")).values("post"))
    looked = Q(pk__in=_looks(now).order_by().values("post"))
    held = (
        looked
        | Q(campaign__in=paused.values("pk"))
        | Q(pk__in=waiting.filter(channel__in=still.values("pk")).values("post"))
        | unheard
    )
    later = _looks(now).filter(for_at__gt=near)  # few: found by their ids
    return [is_near & held, Q(status=S.SCHEDULED, pk__in=later.order_by().values("post"))]


def _looks(now: datetime) -> QuerySet[Preflight]:
    """Return the looks that found something in the way of the post as it is promised now."""
    return Preflight.objects.filter(blocks=True, for_at__gt=now - LATEST, for_at=F("post__scheduled_at"))


def with_stops(posts: QuerySet[Post], now: datetime, rules: Rules) -> QuerySet[Post]:
    """Add to posts what `why_stopped` reads; no query of its own."""
    is_near = Q(status=S.SCHEDULED, scheduled_at__lte=now + NEAR)
    return posts.annotate(
        stop_found=Subquery(
            _looks(now).filter(post=OuterRef("pk")).order_by("-for_at", "-id").values("found")[:1]
        ),
        stop_unheard=Case(
            When(is_near & lacks_a_yes(rules), then=True), default=False, output_field=BooleanField()
        ),
        stop_campaign=Case(When(is_near & Q(campaign__paused_at__isnull=False), then=F("campaign__name"))),
        stop_reason=F("campaign__pause_reason"),
    )


def why_stopped(post: Any, now: datetime) -> list[str]:
    """Return why a post will not go out, what holds most of them first; [] for what is on its way.

    The post came through `with_stops`, with the channels of its targets.
    """
    if post.status != S.SCHEDULED or post.scheduled_at is None:
        return []
    found = _said_by_looks(post.stop_found or [])
    if post.scheduled_at > now + NEAR:
        return list(dict.fromkeys(found.values()))
    said: list[str] = []
    if current_workspace().paused_at:
        said.append(why_all_wait(current_workspace()))
    if post.stop_campaign:
        said.append(_paused(post.stop_campaign, post.stop_reason))
    waiting = [target.channel for target in post.targets.all() if target.status == T.SCHEDULED]
    said += [why for channel in waiting if not channel.trashed_at and (why := why_channel_waits(channel))]
    if post.stop_unheard:
        said.append(found.get("not_approved", UNHEARD))
    said += [words for code, words in found.items() if code not in _LIVE]
    return list(dict.fromkeys(said or found.values()))  # what was mended a moment ago is looked at again soon


_LIVE = frozenset({"all_paused", "campaign_paused", "channel_paused", "channel_broken", "not_approved"})
"""Findings that are asked of the rows themselves: a look may be a quarter of an hour old."""


def _said_by_looks(found: list[Any]) -> dict[str, str]:
    blocking = [item for item in found if isinstance(item, dict) and item.get("blocks")]
    return {
        str(item.get("code")): " ".join(str(item[part]) for part in ("message", "fix") if item.get(part))
        for item in blocking
    }
