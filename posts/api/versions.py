"""What a post said before, and the way back to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from pydantic import BaseModel, Field

from aura.kit.paging import Sort
from posts.api.shown import ROWS, PostOut, posts, shown
from posts.difference import steps_of
from posts.forms.pictures import ids_of
from posts.models import PostVersion
from posts.operations import versions as operations
from posts.snapshot import MEMBERS, changes_between, content_of
from workspaces.api.calls import Call
from workspaces.api.paging import Listing
from workspaces.api.schemas import ID, INSTANT, OneOf, Shown

NEWEST = Sort("newest", "Newest", "number")
Changes = list[Annotated[str, OneOf(MEMBERS.values())]]


class PartBefore(Shown):
    """What a later part of a thread said."""

    words: str = Field(description="What it said.", examples=["And it lasts a week."])
    media: list[UUID] = Field(description="The ids of its pictures and films, in order.", examples=[[ID]])


class TargetBefore(Shown):
    """What a post said on one of its channels."""

    channel: UUID = Field(description="The id of the channel.", examples=[ID])
    own_words: str = Field(
        description="What it said there in place of the caption; empty where it said that.", examples=[""]
    )
    media: list[UUID] | None = Field(
        description="The ids of what it showed of its own there; null where it showed the post's.",
        examples=[None],
    )
    parts: list[PartBefore] = Field(
        description="What followed the post there, in order.",
        examples=[[{"words": "And it lasts a week.", "media": []}]],
    )
    numbered: bool = Field(description="Whether each part of its thread ended with 2/3.", examples=[False])
    first_comment: str = Field(
        description="The first comment below the post; empty for none.", examples=["Baked on Rye Street."]
    )
    fits: dict[UUID, str] = Field(
        description="The cuts that went in place of pictures: the place that each was cut for, by the picture's id.",
        examples=[{ID: "instagram-post"}],
    )


BEFORE: dict[str, Any] = {
    "channel": ID,
    "own_words": "",
    "media": None,
    "parts": [],
    "numbered": False,
    "first_comment": "",
    "fits": {},
}


class PostVersionOut(Shown):
    """What a post said from a save on until the next one."""

    id: UUID = Field(description="Its id.", examples=[ID])
    number: int = Field(
        description="Counts what is kept of the post; its own `version` counts every change.", examples=[2]
    )
    at: datetime = Field(description="When it was saved.", examples=[INSTANT])
    created_by: UUID | None = Field(description="The id of whoever saved it; null for Aura.", examples=[ID])
    changed: Changes = Field(
        description="What it says otherwise than the version before; nothing for the first that is kept.",
        examples=[["caption"]],
    )
    title: str = Field(description="What its title was.", examples=["Rye is back"])
    caption: str = Field(description="What its caption was.", examples=["Dark, slow, and only on Fridays."])
    media: list[UUID] = Field(
        description="The ids of its pictures and films, in order. They may have gone since.", examples=[[ID]]
    )
    targets: list[TargetBefore] = Field(
        description="Its channels, with what was their own. They may have gone since.", examples=[[BEFORE]]
    )


class OneVersionOut(PostVersionOut):
    """What a post said before, beside what it says now."""

    differs: Changes = Field(
        description="What the post says otherwise now; nothing where it says exactly this.",
        examples=[["caption", "media"]],
    )


class PostGoneBack(PostOut):
    """A post that says again what it said before."""

    left_out: list[str] = Field(
        description="The names of channels and pictures that are not here any more, and were left out.",
        examples=[["Loaf"]],
    )


def _steps(rows: list[PostVersion]) -> list[BaseModel]:
    return [PostVersionOut(**_said(kept, changed)) for kept, changed in steps_of(rows)]


def _said(kept: PostVersion, changed: list[str]) -> dict[str, Any]:
    content = kept.content
    return {
        "id": kept.pk,
        "number": kept.number,
        "at": kept.at,
        "created_by": kept.created_by_id,
        "changed": _members(changed),
        "title": kept.title,
        "caption": content.get("caption", ""),
        "media": _media(content.get("media", [])),
        "targets": [_target(content, channel) for channel in ids_of(content.get("targets", {}))],
    }


def _members(changed: list[str]) -> list[str]:
    return [MEMBERS[one] for one in changed]


def _media(pairs: list[list[str]]) -> list[UUID]:
    return ids_of([asset for asset, _ in pairs])


def _target(content: Mapping[str, Any], channel: UUID) -> TargetBefore:
    own = content.get("own", {}).get(str(channel), {})
    cuts = (name.split(":") for name in content.get("fits", {}) if name.startswith(f"{channel}:"))
    return TargetBefore(
        channel=channel,
        own_words=content["targets"][str(channel)],
        media=_media(own["media"]) if "media" in own else None,
        parts=[PartBefore(words=one["words"], media=_media(one["media"])) for one in own.get("parts", [])],
        numbered=bool(own.get("numbered")),
        first_comment=own.get("comment", ""),
        fits={asset: content["fits"][f"{channel}:{asset}"] for _, one in cuts for asset in ids_of([one])},
    )


@posts.listing("/posts/{uuid:post_id}/versions", PostVersionOut)
def list_versions(call: Call, post_id: UUID) -> Listing[PostVersion]:
    """List what a post said before, the newest first.

    The newest is what it says now. The first is kept with the first change; a post that was never changed has none.
    """
    return Listing(PostVersion.objects.filter(post=call.find(ROWS, post_id)), NEWEST, _steps)


@posts.get("/posts/{uuid:post_id}/versions/{uuid:version_id}", OneVersionOut)
def show_version(call: Call, post_id: UUID, version_id: UUID) -> OneVersionOut:
    """Show what a post said before, and what it says otherwise now."""
    post = call.find(ROWS, post_id)
    kept = get_object_or_404(PostVersion, post=post, pk=version_id)
    [(_, changed)] = steps_of([kept])
    return OneVersionOut(
        **_said(kept, changed), differs=_members(changes_between(kept.content, content_of(post)))
    )


@posts.post("/posts/{uuid:post_id}/versions/{uuid:version_id}/restore", PostGoneBack)
def restore_version(call: Call, post_id: UUID, version_id: UUID) -> PostGoneBack:
    """Let a post say again what it said in a version.

    It is a change like any other: an approval of other words ends, and there is a version more. Campaign and time stay.
    With the `ETag` of the post as `If-Match` nothing is overwritten that you have not seen.
    """
    post = call.find(ROWS, post_id)
    number = get_object_or_404(PostVersion, post=post, pk=version_id).number
    back = operations.restore_version(post, number=number, version=post.version, by=call.by)
    return PostGoneBack(**dict(shown(back.edit.post)), left_out=list(back.left_out))
