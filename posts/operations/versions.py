"""The way back: what a post said before is made what it says now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from media_library.models import Asset
from posts import checks
from posts.forms.pictures import assets_in_order, ids_of
from posts.models import Channel, Post, PostVersion
from posts.operations.settle import hold_for_change
from posts.operations.writing import Edit, rewrite
from posts.parts import Own, Part
from workspaces.operation import Actor, Refused, operation

NOT_THERE = "This version is not kept any more. Choose another one."


@dataclass(frozen=True, slots=True)
class WayBack:
    """What going back did: the edit, and what was left out because it is not here any more."""

    edit: Edit
    left_out: tuple[str, ...] = ()


@dataclass(slots=True)
class _Content:
    """A kept content, with the channels and pictures of it that are still here."""

    content: Mapping[str, Any]
    channels: dict[str, Channel]
    assets: dict[str, Asset]

    def words(self) -> dict[Channel, str]:
        """The channels with their own words."""
        targets = self.content.get("targets", {})
        return {channel: targets[pk] for pk, channel in self.channels.items() if not channel.trashed_at}

    def pictures(self, pairs: Iterable[Any]) -> list[Asset]:
        """Those of these media that are still here, in order."""
        found = [self.assets[pk] for pk, _ in pairs if pk in self.assets]
        return [asset for asset in found if not asset.trashed_at]

    def own(self) -> dict[Channel, Own]:
        """What channels had beside their words; a part that only showed pictures that are gone goes with them."""
        found = {}
        for pk, own in self.content.get("own", {}).items():
            if pk not in self.channels:
                continue
            parts = [Part(one["words"], tuple(self.pictures(one["media"]))) for one in own.get("parts", [])]
            found[self.channels[pk]] = Own(
                pictures=tuple(self.pictures(own["media"])) if "media" in own else None,
                parts=tuple(part for part in parts if not part.is_empty),
                comment=own.get("comment", ""),
                numbered=bool(own.get("numbered")),
            )
        return found

    def fits(self) -> dict[Any, str]:
        """The cuts that went out instead of pictures."""
        found = {}
        for key, place in self.content.get("fits", {}).items():
            pair = ids_of(key.split(":"))
            if len(pair) == 2:
                found[pair[0], pair[1]] = place
        return found

    def left_out(self) -> tuple[str, ...]:
        """The names of what is not here any more, as far as they are known."""
        targets = self.content.get("targets", {})
        gone = [str(channel) for channel in self.channels.values() if channel.trashed_at]
        gone += ["a channel that was deleted"] * len([pk for pk in targets if pk not in self.channels])
        gone += [str(asset) for asset in self.assets.values() if asset.trashed_at]
        lost = len([pk for pk in _media_of(self.content) if pk not in self.assets])
        if lost:
            gone.append("a picture that was deleted" if lost == 1 else f"{lost} pictures that were deleted")
        return tuple(gone)


def _media_of(content: Mapping[str, Any]) -> list[str]:
    """Return the ids of all that a content shows anywhere, each once."""
    shown = [pk for pk, _ in content.get("media", [])]
    for own in content.get("own", {}).values():
        shown += [pk for pk, _ in own.get("media", [])]
        shown += [pk for part in own.get("parts", []) for pk, _ in part["media"]]
    return list(dict.fromkeys(shown))


def _read(content: Mapping[str, Any]) -> _Content:
    channels = Channel.objects.filter(pk__in=ids_of(content.get("targets", {}))).order_by("name", "id")
    assets = assets_in_order(_media_of(content))
    return _Content(
        content,
        {str(channel.pk): channel for channel in channels},
        {str(asset.pk): asset for asset in assets},
    )


@operation
def restore_version(post: Post, *, number: int, version: int | None, by: Actor) -> WayBack:
    """Make what a post said in a kept version what it says now: a new save, by the rules of `edit_post`.

    Campaign and time stay. Channels and pictures that are in the trash or gone are left out, and told. `version` is
    the one of the post that the person saw. Raises Refused and StaleVersion as `edit_post` does; also Refused where
    the version is not kept any more, and where the post is scheduled and what it said would not be let out.
    """
    stored = hold_for_change(post.pk)
    kept = PostVersion.objects.filter(post=stored, number=number).first()
    if kept is None:
        raise Refused(NOT_THERE)
    was = _read(kept.content)
    words, own, fits = was.words(), was.own(), was.fits()
    pictures = was.pictures(was.content.get("media", []))
    stored.title, stored.caption = kept.content["title"], kept.content["caption"]
    edit = rewrite(
        stored,
        words=words,
        pictures=pictures,
        own=own,
        version=version,
        fits=fits,
        now=None,
        by=by,
    )
    if edit.post.status == Post.Status.SCHEDULED:
        _refuse_what_would_not_go_out(edit.post, words, pictures, own, fits)
    return WayBack(edit, was.left_out())


def _refuse_what_would_not_go_out(
    post: Post,
    words: Mapping[Channel, str],
    pictures: list[Asset],
    own: Mapping[Channel, Own],
    fits: Mapping[Any, str],
) -> None:
    subject = checks.Subject(
        post,
        post.campaign,
        dict(words),
        pictures,
        checks.Moment.SCHEDULING,
        at=post.scheduled_at,
        own=own,
        fits=fits,
    )
    for check in checks.findings(subject):
        if check.blocks:
            raise Refused(
                f"It is scheduled, and this version could not go out. {check.sentence} Take it off the schedule first."
            )
