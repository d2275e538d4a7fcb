"""What clients do by a link without an account, and what members do with such links."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import make_password

from aura.kit import clock
from posts import telling
from posts.models import Approval, LinkedPost, Post, ReviewLink
from posts.models.review_link import LASTS
from posts.operations.review import NOBODY_ASKS, held, note_yes, send_back, settle_yes, waits_for_yes
from posts.operations.writing import author
from posts.snapshot import content_of, hash_of
from workspaces.models import Comment
from workspaces.models.people import hash_token
from workspaces.operation import Actor, Guest, Refused, StaleVersion, operation
from workspaces.scope import current_workspace

POSTS_AT_MOST = 20
"""On one link: what somebody reads in one sitting."""
SAY_WHAT = "Say what should change."
ENDED = "This link leads nowhere any more. Ask for a new one."
CHANGED = "It was changed since you opened it. Read it as it is now, then answer."


@dataclass(frozen=True, slots=True)
class FreshLink:
    """A link just made: its secret is known now and never again."""

    link: ReviewLink
    token: str


def new_review_link(
    posts: Sequence[Post],
    *,
    days: int = LASTS.days,
    password: str = "",
    now: datetime | None = None,
    by: Actor,
) -> FreshLink:
    """Make a link to review these posts, with a secret that nobody had."""
    token = secrets.token_urlsafe(32)
    now = now or clock.now()
    link = make_review_link(
        posts[0],
        others=posts[1:],
        token_hash=hash_token(token),
        password=make_password(password) if password else "",
        ends_at=now + timedelta(days=days),
        by=by,
    )
    return FreshLink(link, token)


def in_review_beside(post: Post) -> list[Post]:
    """Return the other posts of its campaign that are in review, the next to go out first; as many as a link takes."""
    waiting = Post.objects.filter(campaign=post.campaign_id, status=Post.Status.IN_REVIEW, trashed_at=None)
    return list(waiting.exclude(pk=post.pk).order_by("scheduled_at", "id")[:POSTS_AT_MOST])


@operation
def make_review_link(
    post: Post, *, others: Sequence[Post] = (), token_hash: str, password: str, ends_at: datetime, by: Actor
) -> ReviewLink:
    """Keep the hashes of a new link to the post and perhaps others.

    Raises Refused for more than 20 posts, and for posts in the trash.
    """
    posts = list({one.pk: one for one in (post, *others)}.values())
    _none_in_trash(posts)
    _none_too_many(len(posts))
    link = ReviewLink.objects.create(
        token_hash=token_hash, password=password, ends_at=ends_at, created_by=author(by)
    )
    LinkedPost.objects.bulk_create(LinkedPost(link=link, post=one) for one in posts)
    return link


@operation
def add_to_review_link(
    link: ReviewLink, *, posts: Sequence[Post], now: datetime | None = None, by: Actor
) -> list[Post]:
    """Let a link show these posts too; return those that it did not show before.

    Raises Refused for a link that has ended, for posts in the trash, and for more than 20 in all.
    """
    stored = _open(link, now)
    _none_in_trash(posts)
    shown = set(LinkedPost.objects.filter(link=stored).values_list("post_id", flat=True))
    new = list({one.pk: one for one in posts if one.pk not in shown}.values())
    _none_too_many(len(shown) + len(new))
    LinkedPost.objects.bulk_create(LinkedPost(link=stored, post=one) for one in new)
    return new


@operation
def take_from_review_link(
    link: ReviewLink, *, post: Post, now: datetime | None = None, by: Actor
) -> ReviewLink:
    """Let a link no longer show a post, at once. Raises Refused for its only one: then the link is to be ended."""
    stored = _open(link, now)
    others = LinkedPost.objects.filter(link=stored).exclude(post=post)
    if not others.exists():
        raise Refused("It is the only post of this link. End the link instead.")
    LinkedPost.objects.filter(link=stored, post=post).delete()
    return stored


def _open(link: ReviewLink, now: datetime | None) -> ReviewLink:
    stored = ReviewLink.objects.select_for_update(of=("self",)).get(pk=link.pk)
    if not stored.is_open(now or clock.now()):
        raise Refused("This link has ended. Make another one.")
    return stored


def _none_in_trash(posts: Sequence[Post]) -> None:
    gone = next((post for post in posts if post.trashed_at), None)
    if gone is not None:
        raise Refused(f"“{gone}” is in the trash. Bring it back, then send it.")


def _none_too_many(number: int) -> None:
    if number > POSTS_AT_MOST:
        raise Refused(f"A link shows {POSTS_AT_MOST} posts at most. Make another one for the rest.")


@operation
def revoke_review_link(link: ReviewLink, *, now: datetime | None = None, by: Actor) -> ReviewLink:
    """End a link at once, for whoever has it open too."""
    ReviewLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=now or clock.now())
    link.refresh_from_db()
    return link


@operation
def approve_as_client(
    post: Post,
    *,
    link: ReviewLink,
    seen: Mapping[str, Any],
    note: str = "",
    now: datetime | None = None,
    by: Guest,
) -> Post:
    """Say yes to exactly what a client has seen.

    It counts as the yes of somebody other than the author where the workspace lets clients approve; else its author
    and whoever made the link are told of it. Pressed twice it says yes once. Raises StaleVersion when the post says
    something else by now, Refused when the link has ended or nobody asks any more.
    """
    now = now or clock.now()
    stored = _held(post, link, now)
    content = hash_of(dict(seen))
    given = Approval.objects.filter(post=stored, by=None, by_name=str(by)[:100], content_hash=content)
    if given.filter(ended_at=None).exists():
        return stored
    if hash_of(content_of(stored)) != content:
        raise StaleVersion(CHANGED)
    if not waits_for_yes(stored):
        raise Refused(NOBODY_ASKS)
    _say(stored, note, by)
    sentence = f"{by} approved “{stored}”"
    if current_workspace().client_approval:
        note_yes(stored, None, str(by), is_others=True, now=now)
        stored = settle_yes(stored, sentence, None, now=now, by=by)
        telling.tell_client(stored, [link.created_by], sentence, words=note, by=by, but=stored.created_by)
    else:
        telling.tell_client(stored, [link.created_by, stored.created_by], sentence, words=note, by=by)
    return stored


@operation
def request_changes_as_client(
    post: Post,
    *,
    link: ReviewLink,
    note: str,
    now: datetime | None = None,
    by: Guest,
) -> Post:
    """Send a post back with what a client says should change. Raises Refused as `approve_as_client`."""
    now = now or clock.now()
    stored = _held(post, link, now)
    note = note.strip()
    if not note:
        raise Refused(SAY_WHAT)
    if stored.review_status == Post.Review.CHANGES_REQUESTED and stored.review_note == note:
        return stored
    if stored.status != Post.Status.IN_REVIEW:
        raise Refused(NOBODY_ASKS)
    _say(stored, note, by)
    sent_back = send_back(stored, note, by=by, now=now)
    sentence = f"{by} asks for changes to “{sent_back}”"
    telling.tell_client(sent_back, [link.created_by], sentence, words=note, by=by, but=sent_back.created_by)
    return sent_back


def _held(post: Post, link: ReviewLink, now: datetime) -> Post:
    """Return the post, locked, where the link is open and shows it. Raises Refused otherwise."""
    stored = held(post)
    fresh = ReviewLink.objects.filter(pk=link.pk).first()
    if fresh is None or not fresh.is_open(now):
        raise Refused(ENDED)
    if not LinkedPost.objects.filter(link=fresh, post=stored).exists():
        raise Refused(ENDED)
    return stored


def _say(post: Post, note: str, by: Guest) -> None:
    """Keep what a client wrote among the comments of the post."""
    if note.strip():
        Comment.objects.create(
            subject_type=post._meta.label_lower,
            subject_id=post.pk,
            body=note.strip(),
            author_name=str(by)[:100],
        )
