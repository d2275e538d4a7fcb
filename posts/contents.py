"""What campaigns, workspaces and members hold here: posts. Called when one of those goes, its right checked there."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.urls import reverse

from aura.kit import clock
from campaigns.operations.contents import Promise
from media_library import uses
from posts.agreement import Asks, lacking_among
from posts.models import Channel, Post, PostMedia, Target, TargetMedia
from posts.operations.settle import disarm_many
from workspaces import search
from workspaces.models import Membership, Workspace
from workspaces.operation import Actor, Refused
from workspaces.operations import forget_talk
from workspaces.operations.hooks import Going
from workspaces.prepared import Prepared
from workspaces.scope import current_workspace

T = Target.Status
NAMED = 20  # posts named in a confirmation; of the others the number


def promised_posts(targets: QuerySet[Target]) -> QuerySet[Post]:
    """Return the posts that would lose a scheduled target of `targets`, earliest first."""
    scheduled = targets.filter(status=T.SCHEDULED, post=OuterRef("pk"))
    return Post.objects.filter(Exists(scheduled), trashed_at=None).order_by("scheduled_at", "id")


def promises_of(targets: QuerySet[Target], limit: int) -> tuple[list[Promise], int]:
    """Return the first `limit` of those posts as promises, and how many there are. Two queries."""
    posts = promised_posts(targets)
    first = [
        Promise(post.title, post.scheduled_at, reverse("posts:detail", args=[post.pk]))
        for post in posts[:limit]
        if post.scheduled_at is not None
    ]
    return first, posts.count()


def _counts(**which: Any) -> QuerySet[Any, tuple[Any, ...]]:
    posts = Post.objects.filter(**which, trashed_at=None).order_by()
    return posts.values_list("campaign_id", "status").annotate(n=Count("*"))


_COUNTS_OF_ONE = Prepared(lambda campaign: _counts(campaign=campaign))


class PostsOfCampaigns:
    """The posts of campaigns; satisfies `campaigns.operations.contents.Contents`."""

    def counts(self, campaign_ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, Mapping[str, int]]:
        """Return {campaign: {status: how many posts}}, without those in the trash. One query."""
        ids = list(campaign_ids)
        counted: dict[uuid.UUID, dict[str, int]] = {}
        found = _COUNTS_OF_ONE.rows(ids[0]) if len(ids) == 1 else _counts(campaign__in=ids)
        for campaign, status, number in found:
            counted.setdefault(campaign, {})[status] = number
        return counted

    def scheduled(self, campaign_ids: Collection[uuid.UUID], limit: int) -> tuple[list[Promise], int]:
        """Return the first `limit` scheduled posts, earliest first, and how many there are."""
        return promises_of(Target.objects.filter(post__campaign__in=campaign_ids), limit)

    def unschedule(self, campaign_ids: Collection[uuid.UUID], *, by: Actor, now: datetime) -> int:
        """Take back everything scheduled; return how many posts. Raises Refused while one of them is being sent."""
        return len(disarm_many(Target.objects.filter(post__campaign__in=campaign_ids)))

    def trash_with(
        self, campaign_ids: Collection[uuid.UUID], *, mark: uuid.UUID, by: Actor, now: datetime
    ) -> int:
        """Put the posts in the trash. Raises Refused when one may be live without anybody having said so."""
        posts = Post.objects.filter(campaign__in=campaign_ids, trashed_at=None)
        unclear = posts.filter(status=Post.Status.NEEDS_CONFIRMATION).first()
        if unclear is not None:
            raise Refused(f"“{unclear}” may be live already. Say whether it is, then delete.")
        ids = list(posts.values_list("pk", flat=True))
        search.forget("post", ids)
        return Post.objects.filter(pk__in=ids).update(trashed_at=now, trashed_with=mark)

    def restore_with(self, mark: uuid.UUID, *, by: Actor, now: datetime) -> int:
        """Bring back the posts of one trashing, unscheduled as they are, and let them be found again."""
        posts = list(Post.objects.filter(trashed_with=mark).select_related("campaign"))
        ids = [post.pk for post in posts]
        own: dict[uuid.UUID, list[str]] = {}
        for post_id, words in Target.objects.filter(post__in=ids).values_list("post_id", "own_words"):
            own.setdefault(post_id, []).append(words)
        search.index_many(
            [
                search.entry(
                    "post",
                    post.pk,
                    title=post.title,
                    words=[post.caption, *filter(None, own.get(post.pk, [])), post.campaign.name],
                )
                for post in posts
            ]
        )
        return Post.objects.filter(pk__in=ids).update(trashed_at=None, trashed_with=None)

    def assets(self, campaign_ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, int]:
        """Return {asset: how many uses} in the posts of these campaigns. Two queries."""
        shared = PostMedia.objects.filter(post__campaign__in=campaign_ids).order_by()
        own = TargetMedia.objects.filter(target__post__campaign__in=campaign_ids).order_by()
        found: Counter[uuid.UUID] = Counter()
        for media in (shared, own):
            found.update(dict(media.values_list("asset_id").annotate(n=Count("*"))))
        return found

    def purge(self, campaign_ids: Collection[uuid.UUID], *, by: Actor, now: datetime) -> int:
        """Delete the posts for good, with targets, attempts and uses of media."""
        posts = Post.objects.filter(campaign__in=campaign_ids)
        ids = list(posts.values_list("pk", flat=True))
        search.forget("post", ids)
        pictures = list(self.assets(campaign_ids))
        forget_talk(Post, ids)
        posts.delete()
        uses.recount(pictures, now=now)
        return len(ids)

    def brand_in_use(self, brand_id: uuid.UUID) -> list[str]:
        """Return the names of the brand's channels."""
        return list(Channel.objects.filter(brand=brand_id, trashed_at=None).values_list("name", flat=True))


def _targets_of(going: Going) -> QuerySet[Target]:
    if isinstance(going, Membership):
        return Target.objects.filter(post__created_by=going.user_id)
    return Target.objects.all()


def describe_going(going: Going) -> list[str]:
    """Return a sentence for each post that is unscheduled when a workspace or a member goes."""
    zone = going.workspace.zone if isinstance(going, Membership) else going.zone
    return _named(promised_posts(_targets_of(going)), zone, "is unscheduled", "are unscheduled")


def describe_unapproved(workspace: Workspace) -> list[str]:
    """Return a sentence for each scheduled post that lacks what the workspace asks for; of no rule, any yes."""
    asked = workspace if workspace.approval != Asks.NONE else Workspace(approval=Asks.ANYONE)
    lacking = lacking_among(promised_posts(Target.objects.all()), asked)
    return _named(lacking, workspace.zone, "is not approved", "are not approved")


def unapproved_on(channel: Channel) -> list[str]:
    """Return a sentence for each post scheduled on a channel that lacks what the channel asks for."""
    lacking = lacking_among(promised_posts(Target.objects.filter(channel=channel)), channel)
    return _named(lacking, current_workspace().zone, "is not approved", "are not approved")


def _named(posts: QuerySet[Post], zone: str, is_so: str, are_so: str) -> list[str]:
    sentences = [
        f"“{post.title}” on {when:%a} {when.day} {when:%b %H:%M} {is_so}."
        for post in posts[:NAMED]
        if post.scheduled_at is not None
        for when in [clock.wall_of(post.scheduled_at, zone)]
    ]
    more = posts.count() - len(sentences) if len(sentences) == NAMED else 0
    if not more:
        return sentences
    return [*sentences, f"1 more post {is_so}." if more == 1 else f"{more} more posts {are_so}."]


def let_go(going: Going, *, by: Actor) -> None:
    """Unschedule the posts of a workspace that is deleted, or of a member who goes."""
    with transaction.atomic():
        disarm_many(_targets_of(going))
