"""When a post goes out: scheduled, moved, taken off the schedule, published now, cancelled."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F

from aura.kit import clock
from media_library.models import Asset
from posts import checks
from posts.agreement import lacking, said
from posts.fitting import fits_of
from posts.models import Post, Target
from posts.operations.reminding import expect_reminders
from posts.operations.settle import arm, disarm, hold_for_change, lock_post, settle
from posts.operations.writing import IN_TRASH
from posts.parts import own_of
from workspaces.operation import Actor, Refused, StaleVersion, operation
from workspaces.scope import current_workspace

PAST = "That time has passed. Pick a later one."
NOT_SENT = frozenset({Post.Status.MISSED, Post.Status.FAILED})
"""What is in one of these goes nowhere until somebody says so again."""
_AGAIN = NOT_SENT | {Post.Status.SCHEDULED}


@operation
def schedule_post(
    post: Post, *, at: datetime, zone: str = "", now: datetime | None = None, by: Actor
) -> Post:
    """Promise that the post goes out on all its channels at the instant `at` (UTC).

    `zone` is the one the person meant the time in, the workspace's by default. Raises Refused with the sentence for a
    time that has passed, a campaign that is over, an approval that is missing, and whatever a network would refuse.
    """
    now = now or clock.now()
    stored = _ready(post, at)
    if at <= now:
        raise Refused(PAST)
    return _promise(stored, at, zone or current_workspace().zone, now)


@operation
def publish_post(post: Post, *, now: datetime | None = None, by: Actor) -> Post:
    """Send the post now, on every channel where it is not out. Raises Refused as `schedule_post` does."""
    now = now or clock.now()
    return _promise(_ready(post, now), now, current_workspace().zone, now)


@operation
def move_post(
    post: Post,
    *,
    at: datetime,
    zone: str = "",
    version: int | None = None,
    now: datetime | None = None,
    by: Actor,
) -> Post:
    """Give the post another time. What was scheduled, missed or failed is scheduled for it; a draft only plans it.

    `zone` is the one the person meant the time in, the workspace's by default; `version`, where given, the one they
    saw. Raises StaleVersion, and Refused for a time that has passed or a post that is out.
    """
    now = now or clock.now()
    stored = hold_for_change(post.pk)
    if stored.trashed_at:
        raise Refused(IN_TRASH)
    if version is not None and version != stored.version:
        raise StaleVersion(f"Somebody else changed “{stored}” meanwhile. Look again, then move it.")
    if at <= now:
        raise Refused(PAST)
    zone = zone or current_workspace().zone
    if stored.status in _AGAIN:
        return _promise(_ready(stored, at), at, zone, now)
    _note_time(stored, at, zone, now)
    expect_reminders(stored.pk, now=now)
    stored.refresh_from_db()
    return stored


@operation
def unschedule_post(post: Post, *, now: datetime | None = None, by: Actor) -> Post:
    """Take the post off the schedule; it keeps its words and has no time. Raises Refused while it is being sent."""
    stored = hold_for_change(post.pk)
    disarm(stored)
    Post.objects.filter(pk=stored.pk).update(
        scheduled_at=None, wall_time="", zone="", version=F("version") + 1, updated_at=now or clock.now()
    )
    stored.refresh_from_db()
    return stored


@operation
def cancel_post(post: Post, *, now: datetime | None = None, by: Actor) -> Post:
    """Call off what is not out yet: those targets are cancelled.

    Raises Refused while part of it is being sent, and where nothing is left to call off because it is out or may be.
    """
    stored = lock_post(post.pk)
    if stored is None or stored.trashed_at:
        raise Refused(IN_TRASH)
    given_back = disarm(stored, to=Target.Status.CANCELLED, sentence="Called off.")
    targets = Target.objects.filter(post=stored)
    waiting = targets.filter(status__in=[Target.Status.PENDING, Target.Status.FAILED, Target.Status.MISSED])
    given_back += waiting.update(status=Target.Status.CANCELLED, due_at=None)
    if not given_back:
        if targets.filter(status=Target.Status.NEEDS_CONFIRMATION).exists():
            raise Refused(
                "This post may be live already. Say whether it is; nothing else is left to call off."
            )
        if targets.filter(status=Target.Status.PUBLISHED).exists():
            raise Refused("This post is out already. Nothing is left to call off.")
    Post.objects.filter(pk=stored.pk).update(version=F("version") + 1, updated_at=now or clock.now())
    settle(stored.pk)
    stored.refresh_from_db()
    return stored


def _ready(post: Post, at: datetime) -> Post:
    """Return the post, locked, when nothing stands in the way of sending it then; else raise Refused with what does."""
    stored = lock_post(post.pk)
    if stored is None or stored.trashed_at:
        raise Refused(IN_TRASH)
    Target.objects.filter(post=stored, status=Target.Status.CANCELLED).update(status=Target.Status.PENDING)
    missing = lacking(stored)
    if missing:
        raise Refused(f"It has to be approved before it is scheduled. {said(missing)}")
    waits = Target.objects.filter(post=stored).exclude(
        status__in=[Target.Status.PUBLISHED, Target.Status.TAKEN_OUT]
    )
    themselves = Target.objects.filter(post=stored, position=0, channel__in=waits.values("channel"))
    words = {target.channel: target.own_words for target in themselves.select_related("channel")}
    assets = Asset.objects.filter(pk__in=stored.media.values("asset_id"))
    loaded = assets.select_related("current__stored_file").prefetch_related("current__renditions")
    found = {asset.pk: asset for asset in loaded}
    pictures = [found[use.asset_id] for use in stored.media.all()]
    stored.scheduled_at = at
    moment = checks.Moment.SCHEDULING
    own, fits = own_of(stored), fits_of(stored)
    for check in checks.findings_of(
        stored, stored.campaign, words, pictures, own=own, fits=fits, moment=moment
    ):
        if check.blocks:
            raise Refused(check.sentence)
    return stored


def _promise(stored: Post, at: datetime, zone: str, now: datetime) -> Post:
    _note_time(stored, at, zone, now)
    arm(stored, at, now=now)
    stored.refresh_from_db()
    return stored


def _note_time(stored: Post, at: datetime, zone: str, now: datetime) -> None:
    wall = clock.wall_of(at, zone).replace(microsecond=0)
    Post.objects.filter(pk=stored.pk).update(
        scheduled_at=at, wall_time=wall.isoformat(), zone=zone, version=F("version") + 1, updated_at=now
    )
