"""The calls of channels. Nothing that is sealed is ever told; their settings to whoever may change them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from django.db.models import QuerySet, prefetch_related_objects
from django.shortcuts import get_object_or_404
from pydantic import BaseModel, Field

from aura.kit import secrets
from aura.kit.paging import Sort
from aura.kit.problems import Refused
from posts.api.pausing import REASON
from posts.forms.pausing import PauseForm
from posts.forms.slots import SlotsForm
from posts.models import Channel, PostingSlot
from posts.networks import connectable, get_network
from posts.networks.base import Accepted, Ambiguous
from posts.operations import channels as operations
from posts.operations import slots
from posts.operations.renewing import try_channel
from workspaces import roles
from workspaces.api.binding import Takes
from workspaces.api.calls import Call, Resource
from workspaces.api.paging import Listing
from workspaces.api.schemas import ID, INSTANT, ListQuery, OneOf, Shown

channels = Resource("channels", about="A channel is an account on a network that posts go out on.")

ROWS: QuerySet[Channel] = Channel.objects.all()
HERE: QuerySet[Channel] = Channel.objects.filter(trashed_at=None)
SLOTS = Takes(
    "PostingTime",
    SlotsForm,
    examples={"weekdays": [4], "time": "10:00"},
    descriptions={"weekdays": "The days of the week; 0 is Monday.", "time": "What clocks show then."},
)
BY_NAME = Sort("name", "Name", "name", descending=False)
WRITES = "channels:write"
ACCEPTED, UNCLEAR, REFUSED = "accepted", "unclear", "refused"


class SlotOut(Shown):
    """A time of the week at which a channel usually posts, by the clocks of its zone."""

    id: UUID = Field(description="Its id.", examples=[ID])
    weekday: int = Field(description="The day of the week; 0 is Monday.", examples=[4])
    time: str = Field(description="What clocks show then.", examples=["10:00"])


class ChannelOut(Shown):
    """A channel."""

    id: UUID = Field(description="Its id.", examples=[ID])
    network: str = Field(description="Its network.", examples=["mastodon"])
    name: str = Field(description="What it is called here.", examples=["Barrow & Rye"])
    where: str = Field(description="Where it leads, in a few words.", examples=["@rye@mastodon.social"])
    brand: UUID | None = Field(
        description="The id of the brand it speaks for; null where it is any.", examples=[ID]
    )
    status: Annotated[str, OneOf(Channel.Status.values)] = Field(
        description="Whether posts go out there.", examples=["active"]
    )
    problem: str = Field(description="Why it has to be connected again.", examples=[""])
    paused_at: datetime | None = Field(description="Since when it is paused.", examples=[INSTANT])
    pause_reason: str = Field(description="Why it is paused.", examples=["The shop is closed."])
    zone: str = Field(
        description="The zone of its posting times; empty for the workspace's.", examples=["Europe/Dublin"]
    )
    spacing_seconds: int = Field(description="How far apart its posts go out.", examples=[0])
    ends_at: datetime | None = Field(
        description="When a person has to connect it again, as far as that is foreseeable.",
        examples=[INSTANT],
    )
    approval: Annotated[str, OneOf(Channel.Approval.values)] = Field(
        description="Who has to approve what goes out there; `none`: as the workspace asks.",
        examples=["none"],
    )
    approver: UUID | None = Field(
        description="The id of the person who has to, where it is one person.", examples=[ID]
    )
    settings: dict[str, Any] | None = Field(
        description="What its network asked for, by the names that `GET networks` lists; null for whoever may not "
        "change it, as addresses of webhooks may hold secrets of their receivers.",
        examples=[{"visibility": "public", "language": "en"}],
    )
    slots: list[SlotOut] = Field(
        description="The times of the week at which it usually posts.",
        examples=[[{"id": ID, "weekday": 4, "time": "10:00"}]],
    )
    created_at: datetime = Field(description="When it was connected.", examples=[INSTANT])
    trashed_at: datetime | None = Field(
        description="Since when it is in the trash; null where it is not.", examples=[INSTANT]
    )


class ChannelQuery(ListQuery):
    """What the list of channels may be asked for."""

    network: Annotated[str, OneOf(one.slug for one in connectable())] = Field(
        "", description="Those of this network alone.", examples=["mastodon"]
    )
    status: Annotated[str, OneOf(Channel.Status.values)] = Field(
        "", description="Those that stand there alone.", examples=["active"]
    )
    trashed: bool = Field(False, description="Those in the trash instead.", examples=[False])


class TriedOut(Shown):
    """What came of trying a connection."""

    outcome: Annotated[str, OneOf([ACCEPTED, UNCLEAR, REFUSED])] = Field(
        description="`unclear`: the network gave no clear answer; try again in a moment.", examples=[ACCEPTED]
    )
    sentence: str = Field(
        description="The same in words, with what to do.", examples=["The connection works."]
    )


@channels.listing("/channels", ChannelOut, ChannelQuery)
def list_channels(call: Call, query: ChannelQuery) -> Listing[Channel]:
    """List channels, to send posts to."""
    rows = Channel.objects.filter(trashed_at__isnull=not query.trashed).defer("secret")
    for name in ("network", "status"):
        if getattr(query, name):
            rows = rows.filter(**{name: getattr(query, name)})
    show = shown_to(call)

    def shown_many(page: list[Channel]) -> list[BaseModel]:
        prefetch_related_objects(page, "slots")
        return [show(one) for one in page]

    return Listing(rows, BY_NAME, shown_many)


def shown_to(call: Call) -> Callable[[Channel], ChannelOut]:
    """Return how a channel is shown to whoever calls."""
    may_change = roles.at_least(call.credential.role, roles.Role.ADMIN) and call.credential.may(WRITES)
    return partial(_shown, whole=may_change)


def _shown(one: Channel, *, whole: bool) -> ChannelOut:
    return ChannelOut(**members_of(one, whole=whole))


def members_of(one: Channel, *, whole: bool = True) -> dict[str, Any]:
    """Return what is told of a channel; its settings only where it is told `whole`."""
    network = get_network(one.network)
    asked = network.settings_form().fields
    return {
        "id": one.pk,
        "network": one.network,
        "name": one.name,
        "where": network.describe(one.settings),
        "brand": one.brand_id,
        "status": one.status,
        "problem": one.problem,
        "paused_at": one.paused_at,
        "pause_reason": one.pause_reason,
        "zone": one.zone,
        "spacing_seconds": one.spacing_seconds,
        "ends_at": one.ends_at,
        "approval": one.approval,
        "approver": one.approver_id,
        "settings": {name: one.settings.get(name, "") for name in asked} if whole else None,
        "slots": [
            SlotOut(id=slot.pk, weekday=slot.weekday, time=f"{slot.time:%H:%M}") for slot in one.slots.all()
        ],
        "created_at": one.created_at,
        "trashed_at": one.trashed_at,
    }


@channels.get("/channels/{uuid:channel_id}", ChannelOut)
def show_channel(call: Call, channel_id: UUID) -> ChannelOut:
    """Show a channel."""
    return shown_to(call)(call.find(ROWS, channel_id))


@channels.post("/channels/{uuid:channel_id}/pause", ChannelOut, takes=REASON)
def pause_channel(call: Call, channel_id: UUID) -> ChannelOut:
    """Hold back what is due on a channel. What waits longer than a post may be late is missed."""
    show = shown_to(call)
    channel = call.find(HERE, channel_id, shown=show)
    reason = call.bind(PauseForm()).cleaned_data["reason"]
    return show(operations.pause_channel(channel, reason=reason, now=call.now, by=call.by))


@channels.post("/channels/{uuid:channel_id}/resume", ChannelOut)
def resume_channel(call: Call, channel_id: UUID) -> ChannelOut:
    """Use a channel again: what is due goes out in its order."""
    show = shown_to(call)
    channel = call.find(HERE, channel_id, shown=show)
    return show(operations.resume_channel(channel, now=call.now, by=call.by))


@channels.post("/channels/{uuid:channel_id}/slots", ChannelOut, takes=SLOTS)
def add_slots(call: Call, channel_id: UUID) -> ChannelOut:
    """Give a channel a posting time, on one day of the week or several."""
    show = shown_to(call)
    channel = call.find(HERE, channel_id, shown=show)
    said = call.bind(SlotsForm()).cleaned_data
    return show(slots.add_slots(channel, weekdays=said["weekdays"], time=said["time"], by=call.by))


@channels.remove("/channels/{uuid:channel_id}/slots/{uuid:slot_id}")
def remove_slot(call: Call, channel_id: UUID, slot_id: UUID) -> None:
    """Take a posting time away. Posts that are scheduled then stay."""
    channel = call.find(HERE, channel_id, shown=shown_to(call))
    rows = PostingSlot.objects.filter(channel=channel).select_related("channel")
    slots.remove_slot(get_object_or_404(rows, pk=slot_id), by=call.by)


@channels.post("/channels/{uuid:channel_id}/test", TriedOut, does="posts.edit_channel", apart=True)
def test_channel(call: Call, channel_id: UUID) -> TriedOut:
    """Try the connection of a channel, without publishing anything.

    Its network is asked while you wait, and has 5 seconds to answer; what comes later is `unclear`. A sign-in
    that is due is renewed first.
    """
    channel = call.find(HERE, channel_id, shown=shown_to(call))
    try:
        outcome = try_channel(channel, now=call.now)
    except secrets.SecretUnreadable as problem:
        raise Refused(str(problem)) from None
    if isinstance(outcome, Accepted):
        return TriedOut(outcome=ACCEPTED, sentence=outcome.sentence)
    if isinstance(outcome, Ambiguous):
        return TriedOut(outcome=UNCLEAR, sentence=f"{outcome.sentence} Try again in a moment.")
    fix = getattr(outcome, "fix", "")
    return TriedOut(outcome=REFUSED, sentence=f"{outcome.sentence} {fix}".strip())
