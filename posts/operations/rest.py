"""What is still to go out below a post that is out: later parts of its thread, and its first comment.

The post's lock decides, as everywhere: whoever begins to send a part has it first, and then the part is as it was; else
the worker that holds it puts it together anew.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import F

from aura.kit import clock
from media_library import uses
from media_library.models import Asset
from posts import telling
from posts.models import Post, Target, TargetMedia
from posts.operations import following, ledger
from posts.operations.keeping import keep_version
from posts.operations.settle import lock_post, settle
from posts.operations.targets import set_media
from posts.operations.writing import IN_TRASH, Edit, author, index_post, may_schedule, void_approval
from posts.snapshot import content_of
from workspaces.operation import Actor, Refused, StaleVersion, operation

T = Target.Status
CHANGEABLE = frozenset({T.PENDING, T.SCHEDULED, T.FAILED, T.MISSED})
"""A part in one of these is certainly not out, and what it says and shows can be changed."""
_FREE: dict[str, Any] = {"lease_until": None, "claim_token": None, "tries": 0, "checks": 0}


def rest_of(targets: list[Target]) -> list[Target]:
    """Return those of a post's targets that are still to go out below one that is out."""
    out = {one.channel_id for one in targets if not one.position and one.status == T.PUBLISHED}
    return [one for one in targets if one.position and one.channel_id in out and one.status in CHANGEABLE]


@operation
def edit_rest(
    post: Post,
    *,
    words: Mapping[uuid.UUID, str],
    pictures: Mapping[uuid.UUID, Sequence[Asset]] | None = None,
    version: int | None,
    now: datetime | None = None,
    by: Actor,
) -> Edit:
    """Save other words and pictures for parts that are not out yet, by the ids of targets; `version` is the one read.

    `pictures` None leaves them as they are, and so does a target that is not in it. What goes out at its time still
    does, unless an approval is asked for: then the rest waits for a new one. What somebody changed who may not publish
    is taken off the schedule, with all that follows it, until somebody who may sends it.
    Raises StaleVersion when somebody saved meanwhile, Refused where a part is out by now, or on its way.
    """
    now = now or clock.now()
    stored, targets = _held(post)
    if version != stored.version:
        raise StaleVersion("Somebody else saved this post while you were writing.")
    before, before_at = content_of(stored), stored.updated_at
    open_ones = {target.pk for target in rest_of(targets)}
    others = _other_pictures(targets, pictures or {})
    said = {one.pk: words[one.pk] for one in targets if words.get(one.pk, one.own_words) != one.own_words}
    changed = [target for target in targets if target.pk in said or target in others]
    for target in changed:
        if target.pk not in open_ones:
            raise Refused(_why_not(target))
    for pk, text in said.items():
        Target.objects.filter(pk=pk).update(own_words=text)
    if others:
        uses.recount(set_media(others), now=now)
    _next_version(stored, now)
    keep_version(stored, before, before_at=before_at, by=author(by), now=now)
    stopped = not may_schedule(by) and _stop(changed, now=now, by=by)
    edited = _settled(stored, before)
    return replace(edited, unscheduled=stopped)


def _other_pictures(
    targets: Sequence[Target], pictures: Mapping[uuid.UUID, Sequence[Asset]]
) -> dict[Target, Sequence[Asset]]:
    """Return those pictures that a target does not show yet, or not in this order."""
    wanted = {target: pictures[target.pk] for target in targets if target.pk in pictures}
    shown: dict[uuid.UUID, list[uuid.UUID]] = {}
    media = TargetMedia.objects.filter(target__in=wanted).order_by("position", "id")
    for target_id, asset_id in media.values_list("target_id", "asset_id"):
        shown.setdefault(target_id, []).append(asset_id)
    return {
        target: assets
        for target, assets in wanted.items()
        if [asset.pk for asset in assets] != shown.get(target.pk, [])
    }


def _stop(changed: Sequence[Target], *, now: datetime, by: Actor) -> bool:
    """Let none of these go out by itself, nor what follows it; tell who answers for the post. Tell whether any would.

    The post is locked.
    """
    stopped = False
    said = f"{by} changed it, who may not publish. Look at it, then send it."[:400]
    for target in sorted(changed, key=lambda one: (one.as_comment, one.position)):
        waiting = Target.objects.filter(pk=target.pk, status=T.SCHEDULED)
        if waiting.update(status=T.PENDING, due_at=None, promised_at=None, sentence=said, **_FREE):
            stopped = True
            ledger.write(target, ledger.Outcome.NOT_SENT, said, now=now, kind=ledger.Kind.PERSON, by=str(by))
            following.follow(target, T.PENDING, now=now)
            telling.tell_changed(target, said)
    return stopped


@operation
def leave_part(target: Target, *, now: datetime | None = None, by: Actor) -> Target:
    """Leave a part out that is not out yet; what comes after it goes out below the one before.

    Raises Refused where it is out by now, or on its way.
    """
    now = now or clock.now()
    stored, targets = _held(target.post)
    part = next((one for one in rest_of(targets) if one.pk == target.pk), None)
    if part is None:
        raise Refused(_why_not(next((one for one in targets if one.pk == target.pk), target)))
    before, said = content_of(stored), f"{by} left it out."
    Target.objects.filter(pk=part.pk).update(status=T.CANCELLED, due_at=None, sentence=said[:400], **_FREE)
    ledger.write(part, ledger.Outcome.NOT_SENT, said, now=now, kind=ledger.Kind.PERSON, by=str(by))
    ahead = following.before(part)
    if ahead is not None and ahead.status == T.PUBLISHED and not part.as_comment:
        following.follow(ahead, T.PUBLISHED, now=now)
    _next_version(stored, now)
    _settled(stored, before)
    part.refresh_from_db()
    return part


def _held(post: Post) -> tuple[Post, list[Target]]:
    stored = lock_post(post.pk)
    if stored is None or stored.trashed_at:
        raise Refused(IN_TRASH)
    return stored, list(Target.objects.filter(post=stored).select_related("channel"))


def _why_not(target: Target) -> str:
    if target.status == T.SENDING:
        return f"{target.place} is being sent right now. Wait a moment and look again."
    if target.status == T.NEEDS_CONFIRMATION:
        return f"{target.place} may be live already. Say whether it is, then change the rest."
    if target.status == T.PUBLISHED:
        return f"{target.place} is out already. Only what is not out yet can be changed."
    return f"{target.place} does not go out any more. Look at the post again."


def _next_version(stored: Post, now: datetime) -> None:
    Post.objects.filter(pk=stored.pk).update(version=F("version") + 1, updated_at=now)
    stored.refresh_from_db()


def _settled(stored: Post, before: dict[str, Any]) -> Edit:
    voided = void_approval(stored, before)
    settle(stored.pk)
    stored.refresh_from_db()
    index_post(stored)
    return Edit(stored, tuple(voided))
