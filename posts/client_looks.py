"""How a post looks on each of its channels, for somebody without an account: pictures by the link's own addresses."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from media_library.models import Asset, Rendition
from posts.fitting import fits_of, made_for, place_of
from posts.forms.pictures import assets_in_order
from posts.links import words_out
from posts.models import Channel, LinkedPost, Post, PostMedia, ReviewLink, Target, TargetMedia
from posts.models.target import NO_PART
from posts.parts import NOTHING, Saying, own_of, sayings


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture as the page shows it. `url` "": it is being prepared."""

    url: str
    width: int | None
    height: int | None
    alt: str
    is_film: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing that goes out: the post itself, a later part of its thread, its first comment."""

    name: str
    words: str
    pictures: list[Shown]


@dataclass(frozen=True, slots=True)
class Look:
    """What goes out on one channel, in order."""

    channel: Channel
    pieces: list[Piece]


def looks_of(post: Post, url_of: Callable[[uuid.UUID], str]) -> list[Look]:
    """Return how the post looks on each channel that it goes to; the same few queries, however many."""
    targets = list(Target.objects.filter(post=post).select_related("channel").order_by("channel__name", "id"))
    shared = assets_in_order(post.media.order_by("position", "id").values_list("asset_id", flat=True))
    own, cuts = own_of(post, targets), fits_of(post)
    found = []
    for target in targets:
        if target.status in NO_PART or target.position:
            continue
        channel = target.channel
        said = sayings(target.says(post), shared, own.get(channel, NOTHING))
        chosen = {asset: place for (on, asset), place in cuts.items() if on == channel.pk}
        pieces = [
            _piece(replace(one, words=words_out(one.words, post, channel)), chosen, url_of) for one in said
        ]
        found.append(Look(channel, pieces))
    return found


def _piece(said: Saying, cuts: dict[uuid.UUID, str], url_of: Callable[[uuid.UUID], str]) -> Piece:
    return Piece(said.name, said.words, [_shown(asset, cuts, url_of) for asset in said.pictures])


def _shown(asset: Asset, cuts: dict[uuid.UUID, str], url_of: Callable[[uuid.UUID], str]) -> Shown:
    place = place_of(cuts.get(asset.pk, ""))
    cut = made_for(asset, place) if place is not None else None
    row = cut if cut is not None and cut.key else asset.web
    if row is None:
        return Shown("", None, None, asset.alt_text, bool(asset.duration))
    return Shown(url_of(row.pk), row.width, row.height, asset.alt_text, bool(asset.duration))


def posts_of(link: ReviewLink) -> list[Post]:
    """Return the posts that the link shows, those in the trash left out, in the order of their times."""
    shown = LinkedPost.objects.filter(link=link).values("post")
    posts = Post.objects.filter(pk__in=shown, trashed_at=None).select_related("campaign", "created_by")
    return list(posts.order_by("scheduled_at", "id"))


def picture_of(link: ReviewLink, pk: uuid.UUID) -> Rendition | None:
    """Return a picture that one of the link's posts shows: never the original, nor that of another post."""
    posts: Sequence[uuid.UUID] = list(
        LinkedPost.objects.filter(link=link, post__trashed_at=None).values_list("post_id", flat=True)
    )
    shared = PostMedia.objects.filter(post__in=posts).values_list("asset_id", flat=True)
    own = TargetMedia.objects.filter(target__post__in=posts).values_list("asset_id", flat=True)
    row = Rendition.objects.filter(pk=pk, version__asset__in={*shared, *own}).exclude(key="").first()
    return None if row is None or row.preset == Rendition.Preset.CLEAN else row
