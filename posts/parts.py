"""What a post says on one channel beyond the shared words: own pictures, the parts of a thread, a first comment."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from django.db.models import OuterRef, QuerySet

from aura.kit.paging import ListedRows
from media_library.models import Asset
from posts.models import Channel, Post, PostMedia, Target, TargetMedia

FOLLOWING_AT_MOST = 24
"""Parts that may follow the first one."""
COMMENT_AT = 1
"""The position of a first comment: right below the post."""


@dataclass(frozen=True, slots=True)
class Part:
    """A later part of a thread: its words, and pictures of its own."""

    words: str = ""
    pictures: tuple[Asset, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it says and shows nothing."""
        return not self.words.strip() and not self.pictures


@dataclass(frozen=True, slots=True)
class Own:
    """What one channel has of its own beside its words.

    `pictures` None: it shows the shared ones. `parts` follow the post in order, `comment` is its first comment ("" for
    none). `numbered`: each part ends with "2/3".
    """

    pictures: tuple[Asset, ...] | None = None
    parts: tuple[Part, ...] = ()
    comment: str = ""
    numbered: bool = False

    @property
    def every_picture(self) -> list[Asset]:
        """All that it shows of its own, here and there."""
        return [*(self.pictures or ()), *(asset for part in self.parts for asset in part.pictures)]

    @property
    def is_nothing(self) -> bool:
        """Whether the channel says no more than the post."""
        return self.pictures is None and not self.parts and not self.comment.strip()


OwnOf: TypeAlias = Mapping[Channel, Own]
"""What each of the chosen channels has of its own; those that have nothing may be left out."""
NOTHING = Own()


@dataclass(frozen=True, slots=True)
class Saying:
    """One thing that goes out on a channel, in the order in which they do.

    `place` leads to it in findings: "" for the post itself, "parts.1." for the second part, "comment." for the first
    comment.
    """

    place: str
    words: str
    pictures: tuple[Asset, ...]
    as_comment: bool = False

    @property
    def name(self) -> str:
        """What it is called: "Part 2", "First comment", "" for the post itself."""
        if self.as_comment:
            return "First comment"
        return f"Part {int(self.place.split('.')[1]) + 1}" if self.place else ""

    @property
    def follows(self) -> bool:
        """Whether it comes after the post itself."""
        return bool(self.place)


def sayings(words: str, media: Sequence[Asset], own: Own) -> list[Saying]:
    """Return everything that goes out on a channel: the post with these words, its later parts, its first comment."""
    pictures = tuple(media) if own.pictures is None else own.pictures
    said = [Saying("", words, pictures)]
    said += [Saying(f"parts.{n}.", part.words, part.pictures) for n, part in enumerate(own.parts, start=1)]
    if own.numbered and len(said) > 1:
        total = len(said)
        said = [replace(one, words=numbered(one.words, n, total)) for n, one in enumerate(said, start=1)]
    if own.comment.strip():
        said.append(Saying("comment.", own.comment, (), as_comment=True))
    return said


def numbered(words: str, number: int, total: int) -> str:
    """Return words with their number in a thread."""
    return f"{words.rstrip()} {number}/{total}".lstrip()


def every_picture(media: Sequence[Asset], channels: Iterable[Channel], own: OwnOf) -> list[Asset]:
    """Return the shared pictures and those that channels show of their own, each once."""
    shown = {asset.pk: asset for asset in media}
    for one in (own[channel] for channel in channels if channel in own):
        for asset in one.every_picture:
            shown.setdefault(asset.pk, asset)
    return list(shown.values())


def without_trash(own: OwnOf) -> dict[Channel, Own]:
    """Return the same without channels and pictures that are in the trash."""
    return {
        channel: replace(
            one,
            pictures=None if one.pictures is None else _kept(one.pictures),
            parts=tuple(replace(part, pictures=_kept(part.pictures)) for part in one.parts),
        )
        for channel, one in own.items()
        if channel.trashed_at is None
    }


def _kept(pictures: Sequence[Asset]) -> tuple[Asset, ...]:
    return tuple(asset for asset in pictures if asset.trashed_at is None)


def own_of(
    post: Post, loaded: Iterable[Target] | None = None, known: Mapping[uuid.UUID, Asset] | None = None
) -> dict[Channel, Own]:
    """Return what each channel of a stored post has of its own; one query where none has, else four.

    What was taken out does not count, what was called off does: it can be scheduled again. `loaded` are its targets
    with their channels, where they are at hand. `known` are assets with their files: where these are all that it
    shows, and `loaded` came through `with_own_ids`, nothing is asked.
    """
    if loaded is None:
        loaded = Target.objects.filter(post=post).select_related("channel")
    targets = [target for target in loaded if target.status != Target.Status.TAKEN_OUT]
    targets.sort(key=lambda target: (target.channel.name, target.as_comment, target.position))
    if not any(target.position or target.has_own_media for target in targets):
        return {}
    shown = _pictures_of(targets, known)
    found: dict[Channel, Own] = {}
    for target in targets:
        own = found.get(target.channel, NOTHING)
        pictures = tuple(shown.get(target.pk, ()))
        if target.as_comment:
            own = replace(own, comment=target.own_words)
        elif target.position:
            own = replace(own, parts=(*own.parts, Part(target.own_words, pictures)))
        else:
            own = replace(own, pictures=pictures if target.has_own_media else None, numbered=target.numbered)
        found[target.channel] = own
    return found


def with_own_pictures(targets: Sequence[Target]) -> None:
    """Give each of these targets its own `pictures`; three queries, none where no target can have any."""
    shown = _pictures_of(targets)
    for target in targets:
        target.pictures = shown.get(target.pk, [])  # type: ignore[attr-defined]


def targets_in_order(post: Post) -> list[Target]:
    """Return all that belongs to the post, in order, with channels and own pictures."""
    rows = Target.objects.filter(post=post).exclude(status=Target.Status.TAKEN_OUT).select_related("channel")
    targets = list(rows.order_by("channel__name", "channel_id", "as_comment", "position"))
    with_own_pictures(targets)
    return targets


def numbers_of(targets: Sequence[Target]) -> dict[uuid.UUID, tuple[int, int]]:
    """Return which part of how many each is, of threads that say so; the targets come in order."""
    said = {one.channel_id for one in targets if not one.position and one.numbered}
    parts = [one for one in targets if one.channel_id in said and not one.as_comment]
    last = {one.channel_id: one.position + 1 for one in parts}
    return {one.pk: (one.position + 1, last[one.channel_id]) for one in parts}


def with_shared(posts: QuerySet[Post]) -> QuerySet[Post]:
    """Add the ids of the pictures that all channels share, for `shared_of`."""
    uses = PostMedia.objects.filter(post=OuterRef("pk")).order_by("position", "id")
    return posts.annotate(shared_ids=ListedRows(uses, "asset_id"))


def shared_of(post: Post) -> list[uuid.UUID]:
    """Return the ids of the pictures that all channels share, in order; one query, none after `with_shared`."""
    rows = getattr(post, "shared_ids", None)
    return [use.asset_id for use in post.media.all()] if rows is None else [uuid.UUID(pk) for (pk,) in rows]


def with_own_ids(targets: QuerySet[Target]) -> QuerySet[Target]:
    """Add the ids of each target's own pictures, for `own_of` and `own_ids_of`."""
    uses = TargetMedia.objects.filter(target=OuterRef("pk")).order_by("position", "id")
    return targets.annotate(own_ids=ListedRows(uses, "asset_id"))


def own_ids_of(targets: Sequence[Target]) -> dict[uuid.UUID, list[uuid.UUID]]:
    """Return {target: the ids of its own pictures in order}; one query, none after `with_own_ids`."""
    mine = [target for target in targets if target.position or target.has_own_media]
    if all(hasattr(target, "own_ids") for target in mine):
        return {target.pk: [uuid.UUID(pk) for (pk,) in target.own_ids] for target in mine}  # type: ignore[attr-defined]
    uses = TargetMedia.objects.filter(target__in=[target.pk for target in mine]).order_by("position", "id")
    found: dict[uuid.UUID, list[uuid.UUID]] = {}
    for target, asset in uses.values_list("target_id", "asset_id"):
        found.setdefault(target, []).append(asset)
    return found


def _pictures_of(
    targets: Sequence[Target], known: Mapping[uuid.UUID, Asset] | None = None
) -> dict[uuid.UUID, list[Asset]]:
    mine = [target.pk for target in targets if target.position or target.has_own_media]
    if not mine:
        return {}
    if known is not None:
        ids = own_ids_of(targets)
        if known.keys() >= {pk for own in ids.values() for pk in own}:
            return {target: [known[pk] for pk in own] for target, own in ids.items()}
    uses = TargetMedia.objects.filter(target__in=mine).order_by("position", "id")
    loaded = uses.select_related("asset__current__stored_file")
    shown: dict[uuid.UUID, list[Asset]] = {}
    for use in loaded.prefetch_related("asset__current__renditions"):
        shown.setdefault(use.target_id, []).append(use.asset)
    return shown
