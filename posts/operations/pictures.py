"""What posts do when a picture they use becomes another one: approvals end, and what may not go out waits."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Collection, Iterator
from datetime import datetime

from django.db.models import F

from posts.models import Post, PostMedia, Target
from posts.operations.settle import LIVE, disarm, settle
from posts.operations.writing import keeps_its_promise, void_approval
from posts.snapshot import content_of
from workspaces.models import Activity
from workspaces.operation import Actor

T = Target.Status


@contextlib.contextmanager
def pictures_change(assets: Collection[uuid.UUID], by: Actor, now: datetime) -> Iterator[None]:
    """Hold the posts that use these assets while they change, and treat each as if somebody had edited it.

    What was approved and shows something else now is not approved any more; a scheduled post stays scheduled as
    `edit_post` has it. What is out, or on its way at this second, went as it was and is left alone. Registered as a
    watcher of `media_library.uses`.
    """
    used_in = PostMedia.objects.filter(asset__in=assets).values("post")
    held = Post.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=used_in).order_by("pk")
    posts = list(held)
    targets: dict[uuid.UUID, set[str]] = {post.pk: set() for post in posts}
    for post_id, status in Target.objects.filter(post__in=targets).values_list("post_id", "status"):
        targets[post_id].add(status)
    touched = [post for post in posts if _minds(post, targets[post.pk])]
    before = {post.pk: content_of(post) for post in touched}
    yield
    for post in touched:
        if content_of(post) == before[post.pk]:
            continue
        Post.objects.filter(pk=post.pk).update(version=F("version") + 1, updated_at=now)
        void_approval(post, before[post.pk])
        promised = T.SCHEDULED in targets[post.pk] and T.SENDING not in targets[post.pk]
        if promised and not keeps_its_promise(post, by):
            disarm(post)
            Activity.write("posts.unschedule_post", by, post)
        settle(post.pk)


def _minds(post: Post, targets: set[str]) -> bool:
    """Tell whether something is promised or agreed on the post that is not out yet."""
    if T.SCHEDULED in targets:
        return True
    return post.review_status in (Post.Review.APPROVED, Post.Review.IN_REVIEW) and not targets & LIVE
