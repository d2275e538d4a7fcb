"""What tells two contents of a post apart: words, pictures, channels, in a form that pages can show."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any

from media_library.models import Asset
from posts.forms.pictures import assets_in_order
from posts.models import Approval, Channel, Post, PostVersion
from posts.snapshot import changes_between, content_of, hash_of

_PIECES = re.compile(r"\S+|\s+")
KEPT, TAKEN, ADDED = "kept", "taken", "added"


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words that stayed, was taken out, or was put in."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Words:
    """Words of one place, before and now, told apart."""

    label: str
    pieces: list[Piece]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture before or now. `asset` None: it is not in the library any more."""

    asset: Asset | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures of one place, in their order before and now."""

    label: str
    before: list[Picture]
    now: list[Picture]


@dataclass(slots=True)
class Difference:
    """Everything that is other now; `approval` is the yes to what was before, where there was one."""

    approval: Approval | None = None
    words: list[Words] = field(default_factory=list)
    pictures: list[Pictures] = field(default_factory=list)
    channels_added: list[Channel] = field(default_factory=list)
    channels_taken: list[Channel] = field(default_factory=list)
    numbering: list[Channel] = field(default_factory=list)
    cuts: list[Channel] = field(default_factory=list)

    @property
    def is_nothing(self) -> bool:
        """Whether both say the same, as far as pages can show."""
        return not (
            self.words
            or self.pictures
            or self.channels_added
            or self.channels_taken
            or self.numbering
            or self.cuts
        )


def steps_of(rows: Sequence[PostVersion]) -> list[tuple[PostVersion, list[str]]]:
    """Return versions of one post, which come newest first and without a gap, each with what it changed; one query."""
    if not rows:
        return []
    older = PostVersion.objects.filter(post=rows[0].post_id, number__lt=rows[-1].number)
    pairs = zip(rows, [*rows[1:], older.order_by("-number").first()], strict=True)
    return [(row, changes_between(was.content, row.content) if was is not None else []) for row, was in pairs]


def since_approval(post: Post) -> Difference | None:
    """Return what changed since the last yes to the post that an edit ended; None where it stands or there is none.

    No query where nothing was ever said to it; else one where nobody said yes, and up to six more.
    """
    if post.review_status == Post.Review.NONE and not post.review_note:
        return None
    last = Approval.objects.filter(post=post).exclude(content={}).order_by("-id").first()
    if last is None or (last.ended_at is None and post.review_status == Post.Review.APPROVED):
        return None
    now = content_of(post)
    return None if hash_of(now) == last.content_hash else between(last.content, now, last)


def between(old: Mapping[str, Any], now: Mapping[str, Any], approval: Approval | None = None) -> Difference:
    """Return what tells a content from an older one, perhaps the one that was approved."""
    found = Difference(approval)
    before, after = dict(old.get("targets", {})), dict(now.get("targets", {}))
    mine, yours = dict(old.get("own", {})), dict(now.get("own", {}))
    ids = list({*before, *after})
    channels = {str(one.pk): one for one in Channel.objects.filter(pk__in=ids).order_by("name", "id")}
    found.channels_added = [one for pk, one in channels.items() if pk in after and pk not in before]
    found.channels_taken = [one for pk, one in channels.items() if pk in before and pk not in after]
    both = [(pk, one) for pk, one in channels.items() if pk in before and pk in after]
    _say(found, "Title", old.get("title", ""), now.get("title", ""))
    _say(found, "Words for everyone", old.get("caption", ""), now.get("caption", ""))
    shown = [("Pictures", old.get("media", []), now.get("media", []))]
    for pk, channel in both:
        _say(found, f"Own words for {channel}", before[pk], after[pk])
        here, there = mine.get(pk, {}), yours.get(pk, {})
        parts: Iterable[tuple[Any, Any]] = zip_longest(
            here.get("parts", []), there.get("parts", []), fillvalue={}
        )
        for number, (was, is_now) in enumerate(parts, start=2):
            _say(found, f"{channel}, part {number}", was.get("words", ""), is_now.get("words", ""))
            shown.append(
                (f"Pictures of {channel}, part {number}", was.get("media", []), is_now.get("media", []))
            )
        _say(found, f"First comment on {channel}", here.get("comment", ""), there.get("comment", ""))
        shown.append(
            (
                f"Pictures on {channel}",
                here.get("media", old.get("media", [])) if "media" in {*here, *there} else [],
                there.get("media", now.get("media", [])) if "media" in {*here, *there} else [],
            )
        )
        if bool(here.get("numbered")) != bool(there.get("numbered")):
            found.numbering.append(channel)
        if _cuts_of(old, pk) != _cuts_of(now, pk):
            found.cuts.append(channel)
    _show(found, shown)
    return found


def _cuts_of(content: Mapping[str, Any], channel: str) -> dict[str, str]:
    cuts = content.get("fits", {})
    return {name: place for name, place in cuts.items() if name.startswith(f"{channel}:")}


def pieces_between(old: str, new: str) -> list[Piece]:
    """Return two texts as one: runs of words that stayed, were taken out, were put in."""
    before, after = _PIECES.findall(old), _PIECES.findall(new)
    found: list[Piece] = []
    for tag, a, b, c, d in SequenceMatcher(None, before, after).get_opcodes():
        if tag == "equal":
            found.append(Piece(KEPT, "".join(before[a:b])))
            continue
        if a < b:
            found.append(Piece(TAKEN, "".join(before[a:b])))
        if c < d:
            found.append(Piece(ADDED, "".join(after[c:d])))
    return found


def _say(found: Difference, label: str, old: str, new: str) -> None:
    if old != new:
        found.words.append(Words(label, pieces_between(old, new)))


def _show(found: Difference, places: Iterable[tuple[str, Sequence[list[str]], Sequence[list[str]]]]) -> None:
    """Add the places whose pictures differ; the assets of all of them are loaded at once."""
    differing = [place for place in places if list(place[1]) != list(place[2])]
    ids = {asset for _, old, new in differing for asset, _ in (*old, *new)}
    assets = {str(asset.pk): asset for asset in assets_in_order(ids)} if ids else {}
    for label, old, new in differing:
        was, is_now = dict(old), dict(new)
        found.pictures.append(
            Pictures(
                label,
                [Picture(assets.get(pk), "" if pk in is_now else "taken out") for pk, _ in old],
                [Picture(assets.get(pk), _note(pk, was, is_now)) for pk, _ in new],
            )
        )


def _note(pk: str, was: Mapping[str, str], is_now: Mapping[str, str]) -> str:
    if pk not in was:
        return "new"
    return "" if was[pk] == is_now[pk] else "other file"
