"""Posts are written here: created, edited, duplicated."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from aura.kit import clock
from campaigns.models import Campaign
from media_library import uses
from media_library.models import Asset
from posts.agreement import lacking
from posts.fitting import Fits, fits_of, place_of
from posts.models import Approval, Channel, Fit, Post, PostMedia, Target, TargetMedia
from posts.models.post import TITLE_LENGTH
from posts.operations.keeping import keep_version
from posts.operations.link_answers import ask_about
from posts.operations.settle import arm, disarm, hold_for_change, settle
from posts.operations.targets import set_targets
from posts.parts import OwnOf, own_of, without_trash
from posts.snapshot import changes_between, content_of, hash_of
from posts.words import fingerprint
from workspaces import search
from workspaces.models import User
from workspaces.operation import Actor, Refused, StaleVersion, may, operation

COPY = "Copy of "
IN_TRASH = "This post is in the trash. Restore it, then change it."


@dataclass(frozen=True, slots=True)
class Edit:
    """What an edit did besides saving.

    `voided` names what changed since the approval it took away; `unscheduled`: it no longer goes out by itself.
    """

    post: Post
    voided: tuple[str, ...] = ()
    unscheduled: bool = False


def author(by: Actor) -> User | None:
    """Return the person behind an actor, None for Aura itself."""
    return by if isinstance(by, User) else getattr(by, "user", None)


def may_schedule(by: Actor) -> bool:
    """Tell whether the actor may decide that something goes out."""
    return may(by, "posts.schedule_post") if isinstance(by, User) else True


@operation
def create_post(
    post: Post,
    *,
    words: Mapping[Channel, str],
    pictures: Sequence[Asset],
    own: OwnOf | None = None,
    fits: Fits | None = None,
    by: Actor,
) -> Post:
    """Save a new draft.

    `post` is not saved yet and carries title, caption, campaign and perhaps a time that is planned; `words` are the
    chosen channels with their own words ("" for the shared ones); `pictures` are assets in order; `own` is what
    channels have beside their words, `fits` the cuts that go out on a channel instead of a picture.
    """
    post.created_by = author(by)
    post.status, post.review_status = Post.Status.DRAFT, Post.Review.NONE
    post.save(force_insert=True)
    set_targets(post, words, own)
    _set_media(post, pictures)
    _set_fits(post, fits or {})
    index_post(post)
    return post


@operation
def edit_post(
    post: Post,
    *,
    words: Mapping[Channel, str],
    pictures: Sequence[Asset],
    own: OwnOf | None = None,
    version: int | None,
    fits: Fits | None = None,
    now: datetime | None = None,
    by: Actor,
) -> Edit:
    """Save changed words, campaign, channels, media and time of a post.

    `post` carries the new values in memory, `version` is the one the person had open; `own` None leaves what channels
    have beside their words as it is, `fits` None the cuts that go out. What was approved and is
    something else now is not approved any more. A scheduled post stays scheduled, at its perhaps new time, when the
    person may schedule and an approval that is required still stands; else it is taken off the schedule.
    Raises StaleVersion when somebody saved meanwhile, Refused for what is out, being sent, or in the trash.
    """
    return rewrite(post, words=words, pictures=pictures, own=own, version=version, fits=fits, now=now, by=by)


def rewrite(
    post: Post,
    *,
    words: Mapping[Channel, str],
    pictures: Sequence[Asset],
    own: OwnOf | None,
    version: int | None,
    fits: Fits | None,
    now: datetime | None,
    by: Actor,
) -> Edit:
    """Do what `edit_post` says, and keep what the post said before; call it inside an operation."""
    now = now or clock.now()
    stored = hold_for_change(post.pk)
    if stored.trashed_at:
        raise Refused(IN_TRASH)
    if version != stored.version:
        raise StaleVersion("Somebody else saved this post while you were writing.")
    before, before_at = content_of(stored), stored.updated_at
    promised = Target.objects.filter(post=stored, status=Target.Status.SCHEDULED).exists()
    if promised:
        disarm(stored)
    set_targets(stored, words, own)
    _set_media(stored, pictures)
    _set_fits(stored, fits_of(stored) if fits is None else fits)
    Post.objects.filter(pk=stored.pk).update(
        title=post.title,
        caption=post.caption,
        campaign=post.campaign,
        scheduled_at=post.scheduled_at,
        wall_time=post.wall_time,
        zone=post.zone,
        updated_at=now,
        version=F("version") + 1,
    )
    stored.refresh_from_db()
    keep_version(stored, before, before_at=before_at, by=author(by), now=now)
    voided = void_approval(stored, before)
    unscheduled = promised and not keeps_its_promise(stored, by)
    if promised and not unscheduled and stored.scheduled_at is not None:
        arm(stored, stored.scheduled_at, now=now)
    settle(stored.pk)
    stored.refresh_from_db()
    index_post(stored)
    return Edit(stored, tuple(voided), unscheduled)


@operation
def duplicate_post(
    post: Post,
    *,
    title: str = "",
    campaign: Campaign | None = None,
    channels: Collection[Channel] | None = None,
    by: Actor,
) -> Post:
    """Return a new draft with all that `post` says, and no time.

    `title`, `campaign` and `channels` are those of the copy, by default "Copy of …", its campaign and its channels; a
    channel that the post does not go to gets the shared words. Channels and assets that are in the trash are left
    out. Raises Refused where the campaign is in the trash.
    """
    campaign = campaign or post.campaign
    if campaign.trashed_at:
        raise Refused(f"{campaign} is in the trash. Restore it, then duplicate its posts.")
    title = title or title_of_copy(post)
    return copy_of(post, title=title, campaign=campaign, channels=channels, created_by=author(by))


def title_of_copy(post: Post) -> str:
    """Return what a copy of the post is called unless somebody says otherwise."""
    return (post.title if post.title.startswith(COPY) else COPY + post.title)[:TITLE_LENGTH]


def copy_of(
    post: Post,
    *,
    title: str,
    created_by: User | None,
    campaign: Campaign | None = None,
    channels: Collection[Channel] | None = None,
) -> Post:
    """Save a new draft with all that `post` says, and return it; call it inside an operation."""
    copy = Post(campaign=campaign or post.campaign, title=title, caption=post.caption, created_by=created_by)
    copy.save(force_insert=True)
    words, pictures, own = said_by(post)
    if channels is not None:
        words = {channel: words.get(channel, "") for channel in channels if not channel.trashed_at}
    set_targets(copy, words, own)
    _set_media(copy, pictures)
    _set_fits(copy, fits_of(post))
    index_post(copy)
    return copy


def said_by(post: Post) -> tuple[dict[Channel, str], list[Asset], OwnOf]:
    """Return what a post says: its channels with their own words, its media, and what channels have of their own.

    Channels and assets that are in the trash are left out.
    """
    targets = Target.objects.filter(post=post, channel__trashed_at=None).select_related("channel")
    targets = targets.exclude(status=Target.Status.TAKEN_OUT).filter(position=0)
    media = PostMedia.objects.filter(post=post, asset__trashed_at=None).select_related("asset")
    words = {target.channel: target.own_words for target in targets}
    return words, [use.asset for use in media], without_trash(own_of(post))


def index_post(post: Post) -> None:
    """Write what the post is found by: title, caption, own words, campaign; and its words on each channel."""
    _note_words(post)
    said = Target.objects.filter(post=post).exclude(status=Target.Status.TAKEN_OUT)
    ask_about(
        [post.caption, *said.exclude(own_words="").values_list("own_words", flat=True)], now=clock.now()
    )
    own = Target.objects.filter(post=post).exclude(own_words="").values_list("own_words", flat=True)
    own = own.exclude(status=Target.Status.TAKEN_OUT)
    search.index("post", post.pk, title=post.title, words=[post.caption, *own, post.campaign.name])


def _note_words(post: Post) -> None:
    """Write down, for each channel, the fingerprint of the words that go out there."""
    stale: dict[str, list[uuid.UUID]] = {}
    rows = Target.objects.filter(post=post, position=0).values_list("pk", "own_words", "words_hash")
    for pk, own_words, noted in rows:
        words = fingerprint(own_words.strip() or post.caption)
        if words != noted:
            stale.setdefault(words, []).append(pk)
    for words, ids in stale.items():
        Target.objects.filter(pk__in=ids).update(words_hash=words)


def keeps_its_promise(post: Post, by: Actor) -> bool:
    """Whether a post that was scheduled still is after this actor changed it."""
    return post.scheduled_at is not None and may_schedule(by) and not lacking(post)


def void_approval(post: Post, before: dict[str, object]) -> list[str]:
    """End every yes to something else than the content is now; return what changed where it was approved."""
    content = content_of(post)
    digest = hash_of(content)
    given = Approval.objects.filter(post=post, ended_at=None).exclude(content_hash=digest)
    given.update(ended_at=clock.now())
    if post.review_status != Post.Review.APPROVED or digest == post.approved_hash:
        return []
    changed = changes_between(before, content) or ["the post"]
    post.review_status, post.approved_hash, post.approved_by = Post.Review.NONE, "", None
    post.review_note = f"Changed after it was approved: {', '.join(changed)}."
    post.save(update_fields=["review_status", "approved_hash", "approved_by", "review_note"])
    return changed


def _set_fits(post: Post, fits: Fits) -> None:
    """Make these the cuts that go out on the post's channels; of pictures and channels that it has."""
    targets = dict(Target.objects.filter(post=post, position=0).values_list("channel_id", "pk"))
    shown = set(PostMedia.objects.filter(post=post).values_list("asset_id", flat=True))
    shown |= set(TargetMedia.objects.filter(target__post=post).values_list("asset_id", flat=True))
    wanted = {
        (targets[channel], asset): place
        for (channel, asset), place in fits.items()
        if channel in targets and asset in shown and place_of(place)
    }
    held = Fit.objects.filter(target__post=post)
    known = {(target, asset): place for target, asset, place in held.values_list("target", "asset", "place")}
    if known == wanted:
        return
    Fit.objects.filter(target__in=targets.values()).delete()
    Fit.objects.bulk_create(
        Fit(target_id=target, asset_id=asset, place=place) for (target, asset), place in wanted.items()
    )


def _set_media(post: Post, pictures: Sequence[Asset]) -> None:
    """Make the post's media these assets, in this order."""
    wanted = [asset.pk for asset in pictures]
    before = list(PostMedia.objects.filter(post=post).values_list("asset_id", flat=True))
    if before == wanted:
        return
    PostMedia.objects.filter(post=post).delete()
    PostMedia.objects.bulk_create(
        PostMedia(post=post, asset_id=pk, position=position) for position, pk in enumerate(wanted)
    )
    uses.recount({*before, *wanted}, now=clock.now())
