"""What posts do when a picture they use becomes another one: approvals end, and what may not go out waits.

It is another one when a new version is shown, or when another asset takes its place.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet

from aura.kit import clock
from media_library.models import Asset
from media_library.uses import Change
from posts.agreement import channels_of, rules_of
from posts.models import Fit, Post, PostMedia, Target, TargetMedia
from posts.operations.settle import LIVE, disarm, settle
from posts.operations.writing import keeps_its_promise, may_schedule, void_approval
from posts.snapshot import content_of
from workspaces.models import Activity
from workspaces.operation import Actor
from workspaces.scope import current_workspace

T = Target.Status


def _held(assets: Collection[uuid.UUID]) -> list[Post]:
    """Return the posts that use these assets, locked in the order in which everybody locks posts."""
    shared = PostMedia.objects.filter(asset__in=assets).values("post")
    own = TargetMedia.objects.filter(asset__in=assets).values("target__post")
    held = Post.objects.select_for_update(no_key=True, of=("self",)).filter(Q(pk__in=shared) | Q(pk__in=own))
    return list(held.order_by("pk"))


def _targets_of(posts: Iterable[uuid.UUID]) -> dict[uuid.UUID, set[str]]:
    """Return {post: the statuses of its targets}; one query."""
    found: dict[uuid.UUID, set[str]] = {pk: set() for pk in posts}
    for post_id, status in Target.objects.filter(post__in=found).values_list("post_id", "status"):
        found[post_id].add(status)
    return found


@contextlib.contextmanager
def pictures_change(assets: Collection[uuid.UUID], by: Actor, now: datetime) -> Iterator[None]:
    """Hold the posts that use these assets while they change, and treat each as if somebody had edited it.

    What was approved and shows something else now is not approved any more; a scheduled post stays scheduled as
    `edit_post` has it. What is out, or on its way at this second, went as it was and is left alone. Registered as a
    watcher of `media_library.uses`.
    """
    posts = _held(assets)
    targets = _targets_of(post.pk for post in posts)
    touched = [post for post in posts if _minds(post, targets[post.pk])]
    before = {post.pk: content_of(post) for post in touched}
    yield
    for post in touched:
        if content_of(post) != before[post.pk]:
            _treat_as_edited(post, before[post.pk], targets[post.pk], by=by, now=now)


def _treat_as_edited(
    post: Post,
    before: dict[str, object],
    targets: set[str],
    *,
    by: Actor,
    now: datetime,
    may_go_out: bool = True,
) -> None:
    """Do what `edit_post` does when what a post shows has become something else; the post is locked."""
    Post.objects.filter(pk=post.pk).update(version=F("version") + 1, updated_at=now)
    void_approval(post, before)
    promised = T.SCHEDULED in targets and T.SENDING not in targets
    if promised and not (may_go_out and keeps_its_promise(post, by)):
        disarm(post)
        Activity.write("posts.unschedule_post", by, post)
    settle(post.pk)


def _minds(post: Post, targets: set[str]) -> bool:
    """Tell whether something is promised or agreed on the post that is not out yet."""
    if T.SCHEDULED in targets:
        return True
    return post.review_status in (Post.Review.APPROVED, Post.Review.IN_REVIEW) and not targets & LIVE


class PicturesOfPosts:
    """Replaces assets in posts; satisfies `media_library.uses.Replacer`."""

    def plan(self, asset: Asset, other: Asset | None, *, by: Actor, limit: int) -> tuple[list[Change], int]:
        """Return what would become of the posts that use the asset, the next ones to go out first."""
        shared = PostMedia.objects.filter(asset=asset).select_related("post")
        own = TargetMedia.objects.filter(asset=asset).select_related("target__post", "target__channel")
        rows: list[PostMedia | TargetMedia] = list(shared.order_by(*_soonest("post"))[:limit])
        total = len(rows) if len(rows) < limit else shared.count()
        mine = list(own.order_by(*_soonest("target__post"))[:limit])
        total += len(mine) if len(mine) < limit else own.count()
        rows = (rows + mine)[:limit]
        targets = _targets_of(_post_of(use).pk for use in rows)
        both = _with_both(rows, other)
        changes = []
        for use in rows:
            post = _post_of(use)
            if targets[post.pk] & LIVE:
                changes.append(Change(use.place(), OUT, stays=True))
            else:
                words = _told(post, other, targets[post.pk], by=by, has_both=use.pk in both)
                changes.append(Change(use.place(), words))
        return changes, total

    def replace(self, asset: Asset, other: Asset, *, by: Actor, now: datetime) -> int:
        """Let the other one take its place in every post that is not out or on its way; return how many."""
        posts = _held([asset.pk])
        targets = _targets_of(post.pk for post in posts)
        open_ = [post for post in posts if not targets[post.pk] & LIVE]
        for post in open_:
            before = content_of(post)
            own = TargetMedia.objects.filter(target__post=post, asset=asset)
            _put(PostMedia.objects.filter(post=post), asset, other)
            for target in list(own.values_list("target", flat=True)):
                _put(TargetMedia.objects.filter(target=target), asset, other)
            _move_cuts(post, asset, other)
            allowed = _may_be_used(post, other)
            _treat_as_edited(post, before, targets[post.pk], by=by, now=now, may_go_out=allowed)
            Activity.write("posts.edit_post", by, post)
        return len(open_)


def _soonest(post: str) -> tuple[Any, ...]:
    return F(f"{post}__scheduled_at").asc(nulls_last=True), "-id"


def _post_of(use: PostMedia | TargetMedia) -> Post:
    return use.post if isinstance(use, PostMedia) else use.target.post


def _with_both(rows: Sequence[PostMedia | TargetMedia], other: Asset | None) -> set[uuid.UUID]:
    """Return the ids of those uses beside which the other asset stands already; two queries."""
    if other is None:
        return set()
    posts = PostMedia.objects.filter(
        asset=other, post__in=[u.post_id for u in rows if isinstance(u, PostMedia)]
    )
    targets = TargetMedia.objects.filter(
        asset=other, target__in=[use.target_id for use in rows if isinstance(use, TargetMedia)]
    )
    there = {*posts.values_list("post_id", flat=True), *targets.values_list("target_id", flat=True)}
    return {u.pk for u in rows if (u.post_id if isinstance(u, PostMedia) else u.target_id) in there}


def _put(media: QuerySet[Any], asset: Asset, other: Asset) -> None:
    """Let the other one take the asset's place among these; where both are there, the asset goes."""
    if not media.filter(asset=other).exists():
        media.filter(asset=asset).update(asset=other)
        return
    if media.filter(asset=asset).delete()[0]:
        for position, pk in enumerate(list(media.order_by("position", "id").values_list("pk", flat=True))):
            media.filter(pk=pk).update(position=position)


def _move_cuts(post: Post, asset: Asset, other: Asset) -> None:
    """Let the other picture be cut for the channels for which this one was."""
    cuts = Fit.objects.filter(target__post=post, asset=asset)
    has_one = Fit.objects.filter(target__post=post, asset=other).values_list("target", flat=True)
    cuts.filter(target__in=list(has_one)).delete()
    Fit.objects.filter(pk__in=list(cuts.values_list("pk", flat=True))).update(asset=other)


OUT = "It is out, or may be, and stays as it went."


def _may_be_used(post: Post, other: Asset) -> bool:
    """Tell whether the rights of an asset last until the post goes out."""
    if post.scheduled_at is None:
        return True
    return not other.has_expired(clock.wall_of(post.scheduled_at, current_workspace().zone).date())


def _told(post: Post, other: Asset | None, targets: set[str], *, by: Actor, has_both: bool) -> str:
    """Say what becomes of a post that is not out."""
    words = ["It has both, so the old one is taken out." if has_both else "It is replaced."]
    approved = post.review_status == Post.Review.APPROVED
    if approved:
        words.append("The approval ends.")
    if T.SCHEDULED in targets:
        strict = bool(rules_of(channels_of(post)))
        if other is not None and not _may_be_used(post, other):
            words.append("It is taken off the schedule: the other one may not be used on that day.")
        elif strict or not may_schedule(by):
            words.append("It is taken off the schedule.")
    if post.trashed_at:
        words.append("It is in the trash.")
    return " ".join(words)
