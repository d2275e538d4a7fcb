"""Where a post goes and what it says there, as rows: a target on each channel, and one for each thing after it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from django.db.models import Exists, OuterRef

from aura.kit import clock
from media_library import uses
from media_library.models import Asset
from posts.models import Attempt, Channel, Post, Target, TargetMedia
from posts.models.target import NO_PART
from posts.parts import COMMENT_AT, NOTHING, Own, OwnOf

Place: TypeAlias = tuple[uuid.UUID, int, bool]
"""Channel, position, and whether it is a comment: what makes a target of a post the one it is."""


@dataclass(frozen=True, slots=True)
class _Row:
    """What a target is to say. `pictures` None: nothing of its own (or, with `keeps`, what it has)."""

    words: str
    pictures: tuple[Asset, ...] | None = None
    numbered: bool = False
    keeps: bool = False


def set_targets(post: Post, words: Mapping[Channel, str], own: OwnOf | None) -> None:
    """Make the post's targets those channels, with these words; a target that was called off or taken out waits again.

    `own` None leaves parts, comments and own pictures of the channels as they are. A target that is not wanted any
    more is deleted, unless its ledger says that something was sent or may have been.
    """
    stored: dict[Place, Target] = {
        (target.channel_id, target.position, target.as_comment): target
        for target in Target.objects.filter(post=post)
    }
    wanted: dict[Place, _Row] = {}
    for channel, text in words.items():
        if own is None:
            wanted |= _as_it_is(channel, text.strip(), stored)
        else:
            wanted |= _rows_of(channel, text.strip(), own.get(channel, NOTHING))
    touched = _take_out([target for place, target in stored.items() if place not in wanted])
    for place, target in stored.items():
        if place in wanted:
            _change(target, wanted[place])
    new = {
        (channel, position, as_comment): Target(
            post=post,
            channel_id=channel,
            position=position,
            as_comment=as_comment,
            own_words=row.words,
            has_own_media=row.pictures is not None and not position,
            numbered=row.numbered,
        )
        for (channel, position, as_comment), row in wanted.items()
        if (channel, position, as_comment) not in stored
    }
    Target.objects.bulk_create(new.values())
    if own is not None:
        touched |= set_media({(stored | new)[place]: row.pictures or () for place, row in wanted.items()})
    if touched:
        uses.recount(touched, now=clock.now())


def _rows_of(channel: Channel, words: str, own: Own) -> dict[Place, _Row]:
    rows = {(channel.pk, 0, False): _Row(words, own.pictures, own.numbered and bool(own.parts))}
    for position, part in enumerate(own.parts, start=1):
        rows[channel.pk, position, False] = _Row(part.words.strip(), part.pictures)
    if own.comment.strip():
        rows[channel.pk, COMMENT_AT, True] = _Row(own.comment.strip())
    return rows


def _as_it_is(channel: Channel, words: str, stored: Mapping[Place, Target]) -> dict[Place, _Row]:
    rows = {(channel.pk, 0, False): _Row(words, keeps=True)}
    for place, target in stored.items():
        if target.channel_id == channel.pk and target.position and target.status != Target.Status.TAKEN_OUT:
            rows[place] = _Row(target.own_words, keeps=True)
    return rows


def _take_out(targets: Sequence[Target]) -> set[uuid.UUID]:
    """Delete targets, or keep them for their ledger alone; return the assets they showed."""
    if not targets:
        return set()
    gone = [target.pk for target in targets]
    media = TargetMedia.objects.filter(target__in=gone)
    shown = set(media.values_list("asset_id", flat=True))
    media.delete()
    told = Attempt.objects.filter(target=OuterRef("pk")).exclude(outcome=Attempt.Outcome.NOT_SENT)
    left = Target.objects.filter(pk__in=gone)
    left.filter(~Exists(told)).delete()
    left.update(status=Target.Status.TAKEN_OUT, due_at=None, sentence="Taken out of the post.")
    return shown


def _change(target: Target, row: _Row) -> None:
    status, sentence = target.status, target.sentence
    if status in NO_PART:
        status, sentence = Target.Status.PENDING, ""
    has_own_media, numbered = row.pictures is not None and not target.position, row.numbered
    if row.keeps:
        has_own_media, numbered = target.has_own_media, target.numbered
    changes = {
        "own_words": row.words,
        "status": status,
        "sentence": sentence,
        "has_own_media": has_own_media,
        "numbered": numbered,
    }
    if any(getattr(target, name) != value for name, value in changes.items()):
        Target.objects.filter(pk=target.pk).update(**changes)


def set_media(wanted: Mapping[Target, Sequence[Asset]]) -> set[uuid.UUID]:
    """Make the pictures of each target these, in order; return the assets that came or went."""
    before: dict[uuid.UUID, list[uuid.UUID]] = {}
    shown = TargetMedia.objects.filter(target__in=wanted).order_by("position", "id")
    for target_id, asset_id in shown.values_list("target_id", "asset_id"):
        before.setdefault(target_id, []).append(asset_id)
    touched: set[uuid.UUID] = set()
    for target, pictures in wanted.items():
        had, gets = before.get(target.pk, []), [asset.pk for asset in pictures]
        if had == gets:
            continue
        touched |= {*had, *gets}
        TargetMedia.objects.filter(target=target).delete()
        TargetMedia.objects.bulk_create(
            TargetMedia(target=target, asset_id=pk, position=position) for position, pk in enumerate(gets)
        )
    return touched
