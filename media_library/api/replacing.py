"""One thing of the library instead of another, everywhere; and pictures that look alike."""

from __future__ import annotations

import uuid
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.shortcuts import get_object_or_404
from pydantic import Field

from media_library import operations, similar, uses
from media_library.api.shown import ROWS, media, shown
from media_library.forms import OtherForm, ReplaceForm
from media_library.models import Asset, NotDuplicate
from media_library.operations.replacing import why_not
from workspaces.api import etags
from workspaces.api.binding import Takes
from workspaces.api.calls import Call
from workspaces.api.problems import Invalid
from workspaces.api.schemas import CURSOR_LENGTH, ID, Shown, Sparse

LISTED, ALIKE = 50, 48
CHANGE: dict[str, Any] = {
    "kind": "post",
    "title": "Rye is back",
    "status": "scheduled",
    "url": f"/w/barrow-rye/posts/{ID}/",
    "becomes": "It is replaced, and goes out as scheduled.",
    "stays": False,
}


class ChangeOut(Shown):
    """What becomes of one place that shows it."""

    kind: str = Field(description="What kind of place it is.", examples=["post"])
    title: str = Field(description="What that is called.", examples=["Rye is back"])
    status: str = Field(description="Where that stands.", examples=["scheduled"])
    url: str = Field(description="Its page.", examples=[CHANGE["url"]])
    becomes: str = Field(description="What becomes of it, in words.", examples=[CHANGE["becomes"]])
    stays: bool = Field(description="Whether it stays as it is, as it is out.", examples=[False])


class ReplacementOut(Shown):
    """What would become of every place if the other one took the place of this one."""

    reason: str = Field(
        description="Why the other one cannot take its place; empty where it can.", examples=[""]
    )
    items: list[ChangeOut] = Field(
        description=f"What becomes of each place, {LISTED} of them at most.", examples=[[CHANGE]]
    )
    total: int = Field(description="In how many places it is used.", examples=[2])


class ReplacedOut(Shown):
    """What came of it."""

    replaced: int = Field(description="In how many places the other one is now.", examples=[2])
    stayed: int = Field(description="In how many places it stayed, as they are out.", examples=[1])
    trashed: bool = Field(description="Whether it is in the trash now.", examples=[False])


class LookAlikeOut(Shown):
    """A picture that looks like another one."""

    media: UUID = Field(description="Its id.", examples=[ID])
    title: str = Field(description="What it is called.", examples=["Rye on the board"])
    apart: int = Field(
        description=f"In how many bits of 64 the two differ: to {similar.SAME_WITHIN} they are the same picture, made "
        "smaller or stored anew.",
        examples=[3],
    )
    is_different: bool = Field(
        description="Whether somebody said that they are different all the same.", examples=[False]
    )


class LookAlikesOut(Shown):
    """The pictures that look like one."""

    items: list[LookAlikeOut] = Field(
        description=f"The nearest first, {ALIKE} at most.",
        examples=[[{"media": ID, "title": "Rye on the board", "apart": 3, "is_different": False}]],
    )


class PairOut(Shown):
    """Two pictures that look the same."""

    newer: UUID = Field(description="The id of the one that came later.", examples=[ID])
    older: UUID = Field(description="The id of the one that was here before.", examples=[ID])
    apart: int = Field(description="In how many bits of 64 the two differ.", examples=[3])


class PairsOut(Shown):
    """Some of the pictures that look the same, two by two."""

    items: list[PairOut] = Field(
        description="The newest first. What somebody called different is left out.",
        examples=[[{"newer": ID, "older": ID, "apart": 3}]],
    )
    next: str | None = Field(
        description="The `cursor` with which to go on, also where this page has none; null at the end.",
        examples=[ID],
    )


class PairsQuery(Sparse):
    """Where to go on."""

    cursor: str = Field("", max_length=CURSOR_LENGTH, description="`next` of the page before.", examples=[""])


REPLACE = Takes(
    "Replace",
    ReplaceForm,
    examples={"trash": False},
    descriptions={"trash": "Whether it goes to the trash then. Of somebody else's, an editor can."},
)
OTHER = Takes(
    "OtherMedia",
    OtherForm,
    examples={"other": ID},
    descriptions={"other": "The id of the picture that looks like it."},
)


def _both(media_id: UUID, other_id: UUID) -> tuple[Asset, Asset]:
    """Return both, not held: what uses them is held first, by the operation, as everybody does who changes it."""
    return get_object_or_404(ROWS, pk=media_id), get_object_or_404(ROWS, pk=other_id)


def _plan(call: Call, asset: Asset, other: Asset) -> ReplacementOut:
    reason = why_not(asset, other)
    changes, total = uses.plan_of(asset, None if reason else other, by=call.by, limit=LISTED)
    return ReplacementOut(
        reason=reason,
        items=[
            ChangeOut(
                kind=one.place.kind,
                title=one.place.title,
                status=one.place.status,
                url=one.place.url,
                becomes=one.words,
                stays=one.stays,
            )
            for one in ([] if reason else changes[:LISTED])
        ],
        total=total,
    )


@media.get("/media/{uuid:media_id}/replacements/{uuid:other_id}", ReplacementOut)
def plan_replacement(call: Call, media_id: UUID, other_id: UUID) -> ReplacementOut:
    """List what would become of every place if another thing took the place of this one. Nothing is changed."""
    return _plan(call, *_both(media_id, other_id))


@media.post("/media/{uuid:media_id}/replacements/{uuid:other_id}", ReplacedOut, takes=REPLACE)
def replace_asset(call: Call, media_id: UUID, other_id: UUID) -> ReplacedOut:
    """Let another thing take the place of this one, wherever that is used and not out yet.

    Posts are treated as if each had been edited: an approval ends, and what may not go out is taken off the schedule.
    With the `ETag` of the list of what becomes of each place as `If-Match`, nothing is done where that has changed.
    """
    asset, other = _both(media_id, other_id)
    etags.refuse_stale(call.request, asset, lambda asset: _plan(call, asset, other))
    trash = call.bind(ReplaceForm()).cleaned_data["trash"]
    done = operations.replace_asset(asset, other=other, trash=trash, now=call.now, by=call.by)
    return ReplacedOut(replaced=done.replaced, stayed=done.stayed, trashed=asset.trashed_at is not None)


@media.get("/media/{uuid:media_id}/look-alikes", LookAlikesOut)
def list_look_alikes(call: Call, media_id: UUID) -> LookAlikesOut:
    """List the pictures that look like one."""
    asset = call.find(ROWS, media_id)
    near = similar.near(asset, limit=ALIKE, pictures=False)
    said = NotDuplicate.objects.filter(Q(newer=asset) | Q(older=asset)).values_list("newer", "older")
    different = {pk for pair in said for pk in pair}
    return LookAlikesOut(
        items=[
            LookAlikeOut(media=one.pk, title=one.title, apart=apart, is_different=one.pk in different)
            for one, apart in near
        ]
    )


@media.post("/media/{uuid:media_id}/mark-different", None, takes=OTHER)
def mark_different(call: Call, media_id: UUID) -> None:
    """Say that two pictures that look alike are different, so that nobody is asked again."""
    asset = call.find(ROWS, media_id, shown=shown)
    other = call.bind(OtherForm()).cleaned_data["other"]
    operations.mark_different(asset, other=other, by=call.by)


@media.get("/media/look-alikes", PairsOut, query=PairsQuery)
def list_pairs(call: Call, query: PairsQuery) -> PairsOut:
    """List pictures that look the same, two by two, a part of the library at a time."""
    try:
        after = uuid.UUID(query.cursor) if query.cursor else None
    except ValueError:
        raise Invalid(
            {"cursor": ["This is no cursor of this list. Take `next` of the page before."]}
        ) from None
    page = similar.pairs(after)
    return PairsOut(
        items=[PairOut(newer=one.newer.pk, older=one.older.pk, apart=one.apart) for one in page.pairs],
        next=str(page.after) if page.after else None,
    )
