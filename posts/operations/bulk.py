"""The same verb for many posts: all of them, or none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from posts.models import Post
from posts.operations.review import approve_post
from posts.operations.scheduling import unschedule_post
from posts.operations.trash import restore_post, trash_post
from workspaces.operation import Actor, Refused

AT_MOST = 100


@dataclass(frozen=True, slots=True)
class Verb:
    """An operation on one post, and the word for what it did."""

    operation: Callable[..., Any]
    done: str


VERBS = {
    "approve": Verb(approve_post, "approved"),
    "unschedule": Verb(unschedule_post, "taken off the schedule"),
    "trash": Verb(trash_post, "in the trash"),
    "restore": Verb(restore_post, "back"),
}


def change_posts(posts: Sequence[Post], verb: str, *, by: Actor) -> int:
    """Run `verb` on every post in one transaction; return how many.

    Raises what the operation raises, a refusal with the name of the post that stopped it; then nothing has changed.
    """
    if len(posts) > AT_MOST:
        raise Refused(f"At most {AT_MOST} posts at once.")
    with transaction.atomic():
        for post in posts:
            try:
                VERBS[verb].operation(post, by=by)
            except Refused as problem:
                raise Refused(f"“{post}”: {problem} Nothing was changed.") from problem
    return len(posts)
