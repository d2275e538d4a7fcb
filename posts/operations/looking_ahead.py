"""Looking at scheduled posts again, a day and a quarter of an hour before their time.

Promising a post writes both looks down (`expect_looks`); the worker takes each when it is due (`look_ahead`). What was
found is kept on the look, and whoever answers for the post is told of what is new. As long as something blocks, it is
looked at again: so Home is true once somebody has resumed the channel, or said yes.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from aura.kit import clock, jobs
from posts import checks
from posts.fitting import fits_of
from posts.forms.pictures import assets_in_order
from posts.models import Post, Preflight, Target
from posts.operations.link_answers import ask_about
from posts.parts import own_of
from posts.telling import POST_ADVICE, POST_AHEAD, tell_advice, tell_ahead
from workspaces.models import Workspace
from workspaces.operations import settle_notices

LOOK_AHEAD = "posts.look_ahead"
M = Preflight.Moment
AHEAD = {M.DAY: timedelta(hours=24), M.QUARTER: timedelta(minutes=15)}
AGAIN = {M.DAY: timedelta(minutes=15), M.QUARTER: timedelta(minutes=3)}
"""How long until the next look while something blocks."""
LINKS_FRESH = timedelta(hours=6)
WHEN_ANSWERED = timedelta(minutes=3)
_FRESH = {"found", "blocks", "looked_at", "for_at", "due_at", "lease_until", "claim_token", "tries"}


def expect_looks(post: Post, at: datetime, *, now: datetime) -> None:
    """Write down when a post that is promised for `at` is looked at; part of promising it. One statement.

    Less than a day ahead, the first look is due at once: what was changed may have mended what an earlier one found.
    """
    Preflight.objects.bulk_create(
        [
            Preflight(post=post, moment=moment, for_at=at, due_at=_due(moment, at, now))
            for moment in (M.DAY, M.QUARTER)
        ],
        update_conflicts=True,
        unique_fields=["workspace", "post", "moment"],
        update_fields=sorted(_FRESH),
    )


def _due(moment: Preflight.Moment, at: datetime, now: datetime) -> datetime | None:
    due_at = at - AHEAD[moment]
    if due_at > now or at <= now:
        return due_at if at > now else None
    return now if moment == M.DAY else None


def look_again(targets: QuerySet[Target], *, now: datetime) -> None:
    """Let the looks that found something in the way of the posts of these targets be taken again at once."""
    theirs = targets.filter(status=Target.Status.SCHEDULED).values("post")
    Preflight.objects.filter(blocks=True, post__in=theirs, for_at__gt=now).update(due_at=now)


def look_at_all_again(workspace: Workspace) -> None:
    """Let every scheduled post that was looked at already be looked at again; the workspace's rules are others now."""
    now = clock.now()
    Preflight.objects.filter(looked_at__isnull=False, for_at__gt=now).update(due_at=now)


def look_ahead(look_id: uuid.UUID, token: uuid.UUID) -> None:
    """Take one look that is due, keep what was found, and tell people of what is new."""
    now = clock.now()
    looks = Preflight.objects.select_related("post__campaign")
    look = looks.filter(pk=look_id, claim_token=token).first()
    if look is None:
        return
    post = look.post
    if post.trashed_at or post.status != Post.Status.SCHEDULED or post.scheduled_at != look.for_at:
        _record(look, token, [], due_at=None)
    elif look.for_at <= now:
        _record(look, token, [], due_at=None)  # the engine has it
    else:
        subject = subject_ahead(post, now=now)
        if look.looked_at is None:  # the answers come in a moment, and are found by the next look
            ask_about(subject.texts, now=now, fresh=LINKS_FRESH)
        found = checks.findings(subject)
        blocking = [check for check in found if check.blocks]
        again = now + AGAIN[M(look.moment)]
        is_last = look.moment == M.DAY and again > look.for_at - AHEAD[M.QUARTER]
        if not blocking and look.looked_at is None and any(link.due_at is not None for link in subject.links):
            again = now + WHEN_ANSWERED
            _record(look, token, found, due_at=again if again < look.for_at else None, looked_at=now)
            return
        due_at = None if not blocking or is_last or again >= look.for_at else again
        _record(look, token, found, due_at=due_at, looked_at=now)


def set_aside(look_id: uuid.UUID, token: uuid.UUID) -> None:
    """Give up on a look that broke off every time; the post goes out or not as the engine judges it."""
    jobs.record(Preflight, look_id, token, due_at=None, tries=0)


def subject_ahead(post: Post, *, now: datetime) -> checks.Subject:
    """Return what of a scheduled post is still to go out, before the rules of this moment."""
    waiting = Target.objects.filter(post=post, status=Target.Status.SCHEDULED, position=0)
    return checks.Subject(
        post,
        post.campaign,
        {target.channel: target.own_words for target in waiting.select_related("channel")},
        assets_in_order(use.asset_id for use in post.media.all()),
        checks.Moment.BEFORE,
        at=post.scheduled_at,
        now=now,
        own=own_of(post),
        fits=fits_of(post),
    )


def _record(
    look: Preflight,
    token: uuid.UUID,
    found: list[checks.Check],
    *,
    due_at: datetime | None,
    looked_at: datetime | None = None,
) -> None:
    blocking = [check for check in found if check.blocks]
    with transaction.atomic():
        kept = jobs.record(
            Preflight,
            look.pk,
            token,
            due_at=due_at,
            tries=0,
            looked_at=looked_at,
            found=[_kept(check) for check in found],
            blocks=bool(blocking),
        )
        if not kept:
            return
        others = Preflight.objects.filter(post=look.post_id, for_at=look.for_at).exclude(pk=look.pk)
        known = {_name(item) for item in look.found}
        if look.moment == M.QUARTER:  # the later look is the one that counts
            known |= {_name(item) for row in others for item in row.found}
            others.filter(due_at__isnull=False).update(due_at=None)
            others.filter(blocks=True).update(blocks=False)
        _tell(look, found, [check for check in found if _name(_kept(check)) not in known])


def _tell(look: Preflight, found: list[checks.Check], new: list[checks.Check]) -> None:
    """Tell of what is new, what blocks before advice; what is said no more is settled."""
    blocking = [check for check in new if check.blocks]
    advice = [check for check in new if not check.blocks and not check.waits]
    if blocking:
        tell_ahead(look.post, look.for_at, blocking[0].sentence)
    elif advice:
        tell_advice(look.post, look.for_at, advice[0].sentence, more=len(advice) - 1)
    if not any(check.blocks for check in found):
        settle_notices(look.post, [POST_AHEAD.slug])
    if all(check.blocks or check.waits for check in found):
        settle_notices(look.post, [POST_ADVICE.slug])


def _kept(check: checks.Check) -> dict[str, Any]:
    return {
        "code": check.code,
        "channel": str(check.channel.pk) if check.channel else "",
        "message": check.message,
        "fix": check.fix,
        "blocks": check.blocks,
    }


def _name(item: dict[str, Any]) -> tuple[str, str]:
    return str(item.get("code")), str(item.get("channel"))
