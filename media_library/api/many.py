"""The same for many things of the library at once. What does not allow it is left alone, with the reason."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import Field

from media_library import operations
from media_library.api.shown import RIGHTS, media
from media_library.models import Asset
from media_library.selection import AT_MOST, FitsOfMediaForm, MediaForm, RightsOfMediaForm, TagsOfMediaForm
from workspaces.api.binding import Takes
from workspaces.api.calls import Call
from workspaces.api.schemas import ID, Shown


class MediaDone(Shown):
    """One of many things of the library, after what was done with them."""

    media: UUID = Field(description="Its id.", examples=[ID])
    changed: bool = Field(description="Whether it was done with this one.", examples=[False])
    reason: str = Field(
        description="Why it was left alone; empty where it was not.", examples=["It is in the trash already."]
    )


DONE: dict[str, Any] = {"media": ID, "changed": False, "reason": "It is in the trash already."}


class ManyDone(Shown):
    """What was done with many things of the library."""

    changed: int = Field(description="With how many of them it was done.", examples=[0])
    media: list[MediaDone] = Field(description="Each of them, as they were named.", examples=[[DONE]])


NAMED = {"media": f"The ids of those that are meant, {AT_MOST} at most."}
MANY = Takes("ManyMedia", MediaForm, examples={"media": [ID]}, descriptions=NAMED)
TAGS = Takes(
    "TagsOfMany",
    TagsOfMediaForm,
    examples={"media": [ID], "tags": ["rye", "spring"]},
    descriptions={**NAMED, "tags": "The tags to put on all of them, or to take off."},
)
RIGHTS_OF_MANY = Takes(
    "RightsOfMany",
    RightsOfMediaForm,
    examples={"media": [ID], **RIGHTS, "clear": ["source"]},
    descriptions={
        **NAMED,
        "author": "Who made them.",
        "licence": "By what right they are used.",
        "source": "Where they come from: an address, or words.",
        "expires_date": "The last day on which they may be used.",
        "clear": "The rights to empty. What is neither sent nor named here stays.",
    },
)
FITS = Takes(
    "FitsOfMany",
    FitsOfMediaForm,
    examples={"media": [ID], "places": ["instagram-post"], "platforms": ["pinterest"]},
    descriptions={
        **NAMED,
        "places": "The places to cut them for, and sizes for the web.",
        "platforms": "All places of these platforms.",
    },
)


def told(named: list[Asset], done: operations.Done) -> ManyDone:
    """Tell of each what became of it."""
    why = {asset.pk: reason for asset, reason in zip(done.left, done.why, strict=True)}
    return ManyDone(
        changed=len(done.changed),
        media=[
            MediaDone(media=asset.pk, changed=asset.pk not in why, reason=why.get(asset.pk, ""))
            for asset in named
        ],
    )


def named_in(call: Call) -> list[Asset]:
    """Return what a call that says nothing else is about."""
    named: list[Asset] = call.bind(MediaForm()).cleaned_data["media"]
    return named


@media.post("/media/tag", ManyDone, takes=TAGS)
def tag_assets(call: Call) -> ManyDone:
    """Put tags on many things, beside those that they have."""
    said = call.bind(TagsOfMediaForm()).cleaned_data
    return told(said["media"], operations.tag_assets(said["media"], add=said["tags"], by=call.by))


@media.post("/media/untag", ManyDone, takes=TAGS, does="media_library.tag_assets")
def untag_assets(call: Call) -> ManyDone:
    """Take tags off many things. The others stay on them."""
    said = call.bind(TagsOfMediaForm()).cleaned_data
    return told(said["media"], operations.tag_assets(said["media"], remove=said["tags"], by=call.by))


@media.post("/media/set-rights", ManyDone, takes=RIGHTS_OF_MANY)
def set_rights(call: Call) -> ManyDone:
    """Set the same rights on many things, or empty them."""
    form = call.bind(RightsOfMediaForm())
    named: list[Asset] = form.cleaned_data["media"]
    return told(named, operations.set_rights(named, rights=form.rights, by=call.by))


@media.post("/media/fits", ManyDone, takes=FITS, status=202)
def request_many_fits(call: Call) -> ManyDone:
    """Ask for cuts of many pictures for some places, or for sizes for the web.

    The worker makes them: the `renditions` of each say how far it is. One that is too small for a place is not cut for
    it. Refused (409) for more than 2,000 cuts at once.
    """
    said = call.bind(FitsOfMediaForm()).cleaned_data
    named: list[Asset] = said["media"]
    done = operations.request_many_fits(named, placements=said["places"], now=call.now, by=call.by)
    return told(named, done)


@media.post("/media/trash", ManyDone, takes=MANY)
def trash_assets(call: Call) -> ManyDone:
    """Put many things in the trash. Posts that use them keep them for the 30 days in which they can be brought back.

    Of somebody else's, an editor can.
    """
    named = named_in(call)
    return told(named, operations.trash_assets(named, now=call.now, by=call.by))


@media.post("/media/restore", ManyDone, takes=MANY)
def restore_assets(call: Call) -> ManyDone:
    """Bring many things back from the trash. Of somebody else's, an editor can."""
    named = named_in(call)
    return told(named, operations.restore_assets(named, by=call.by))
