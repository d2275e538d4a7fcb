"""What a post would meet before it is out: one list of rules, asked while typing, scheduling, waiting and sending."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from aura.kit import clock
from campaigns.models import Campaign
from media_library.models import Asset
from posts.checks import agreeing, campaigns, channels, limits, links, media, times
from posts.checks.campaigns import why_not_schedulable
from posts.checks.check import AHEAD, EVERY, Check, Moment, Rule, Way
from posts.checks.sizes import Counter, Words, capabilities_of, counter_of, counters_of, outgoing_of
from posts.checks.subject import Subject
from posts.fitting import Fits
from posts.models import Post
from posts.parts import OwnOf

__all__ = [
    "RULES",
    "Check",
    "Counter",
    "Moment",
    "Rule",
    "Subject",
    "Way",
    "Words",
    "capabilities_of",
    "counter_of",
    "counters_of",
    "findings",
    "findings_of",
    "outgoing_of",
    "why_not_schedulable",
]

WRITTEN = frozenset({Moment.TYPING, Moment.SCHEDULING})

RULES: tuple[Rule, ...] = (
    Rule("campaign_runs", EVERY, campaigns.campaign_runs),
    Rule("nothing_is_paused", AHEAD, campaigns.nothing_is_paused),
    Rule("goes_somewhere", AHEAD, channels.goes_somewhere),
    Rule("pictures_are_described", AHEAD, media.pictures_are_described),
    Rule("rights_last", EVERY, media.rights_last),
    Rule("channel_is_here", EVERY, channels.channel_is_here),
    Rule("channel_works", AHEAD, channels.channel_works),
    Rule("channel_stays_connected", AHEAD, channels.channel_stays_connected),
    Rule("channel_may_post", AHEAD, channels.channel_may_post),
    Rule("channel_speaks_for_it", AHEAD, channels.channel_speaks_for_it),
    Rule("somebody_said_yes", frozenset({Moment.BEFORE}), agreeing.somebody_said_yes),
    Rule("network_takes_it", EVERY, limits.network_takes_it),
    Rule("links_answer", AHEAD, links.links_answer),
    Rule("day_has_room", AHEAD, limits.day_has_room),
    Rule("time_is_not_quiet", EVERY, times.time_is_not_quiet),
    Rule("posts_keep_apart", WRITTEN, times.posts_keep_apart),
    Rule("words_are_new", WRITTEN, times.words_are_new),
)
"""Every rule there is, in the order in which findings are shown. A door that judges a post asks this list."""


def findings(subject: Subject, *, only: Collection[str] = ()) -> list[Check]:
    """Return what the rules of the subject's moment find, what blocks first; `only` are names of rules."""
    asked = (rule for rule in RULES if subject.moment in rule.moments and (not only or rule.name in only))
    found = [check for rule in asked for check in rule.find(subject)]
    return sorted(_said_once(found), key=lambda check: not check.blocks)


def _said_once(found: Sequence[Check]) -> list[Check]:
    """Leave out the advice to describe pictures where a network wants the descriptions of all of them anyway."""
    wanted = {asset.pk for check in found if check.code == "alt_missing" for asset in check.assets}
    return [
        check
        for check in found
        if check.code != "no_description" or any(asset.pk not in wanted for asset in check.assets)
    ]


def findings_of(
    post: Post,
    campaign: Campaign | None,
    words: Words,
    media: Sequence[Asset],
    *,
    own: OwnOf | None = None,
    moment: Moment = Moment.TYPING,
    now: datetime | None = None,
    fits: Fits | None = None,
) -> list[Check]:
    """Return everything that blocks the post at its own time or spoils it, what blocks first."""
    now = now or clock.now()
    return findings(
        Subject(
            post,
            campaign,
            words,
            media,
            moment,
            at=post.scheduled_at,
            now=now,
            own=own or {},
            fits=fits or {},
        )
    )
