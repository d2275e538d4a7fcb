"""The calls of channels. Nothing that is sealed is ever told, and nothing of their settings."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from aura.kit import secrets
from aura.kit.paging import Sort
from aura.kit.problems import Refused
from posts.api.shown import ID, INSTANT
from posts.models import Channel
from posts.networks import connectable, get_network
from posts.networks.base import Accepted, Ambiguous
from workspaces.api.calls import Call, Resource
from workspaces.api.paging import Listing
from workspaces.api.schemas import ListQuery, OneOf, Shown

channels = Resource("channels", about="A channel is an account on a network that posts go out on.")

BY_NAME = Sort("name", "Name", "name", descending=False)
ACCEPTED, UNCLEAR, REFUSED = "accepted", "unclear", "refused"


class ChannelOut(Shown):
    """A channel. Connect and change them in Settings."""

    id: UUID = Field(description="Its id.", examples=[ID])
    network: str = Field(description="Its network.", examples=["mastodon"])
    name: str = Field(description="What it is called here.", examples=["Barrow & Rye"])
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
    created_at: datetime = Field(description="When it was connected.", examples=[INSTANT])


class ChannelQuery(ListQuery):
    """What the list of channels may be asked for."""

    network: Annotated[str, OneOf(one.slug for one in connectable())] = Field(
        "", description="Those of this network alone.", examples=["mastodon"]
    )
    status: Annotated[str, OneOf(Channel.Status.values)] = Field(
        "", description="Those that stand there alone.", examples=["active"]
    )


class TriedOut(Shown):
    """What came of trying a connection."""

    outcome: Annotated[str, OneOf([ACCEPTED, UNCLEAR, REFUSED])] = Field(
        description="`unclear`: the network gave no clear answer; try again in a moment.", examples=[ACCEPTED]
    )
    sentence: str = Field(
        description="The same in words, with what to do.", examples=["The connection works."]
    )


@channels.listing("/channels", ChannelOut, ChannelQuery)
def list_channels(call: Call) -> Listing[Channel]:
    """List channels, to send posts to."""
    rows = Channel.objects.filter(trashed_at=None).defer("secret")
    for name in ("network", "status"):
        if call.params.get(name):
            rows = rows.filter(**{name: call.params[name]})
    return Listing(rows, BY_NAME, _shown_many)


def _shown_many(rows: list[Channel]) -> list[BaseModel]:
    return [
        ChannelOut(
            id=one.pk,
            network=one.network,
            name=one.name,
            brand=one.brand_id,
            status=one.status,
            problem=one.problem,
            paused_at=one.paused_at,
            pause_reason=one.pause_reason,
            zone=one.zone,
            spacing_seconds=one.spacing_seconds,
            ends_at=one.ends_at,
            created_at=one.created_at,
        )
        for one in rows
    ]


@channels.post("/channels/{uuid:channel_id}/test", TriedOut, does="posts.edit_channel", apart=True)
def test_channel(call: Call, channel_id: UUID) -> TriedOut:
    """Try the connection of a channel, without publishing anything."""
    channel = call.find(Channel.objects.filter(trashed_at=None), channel_id)
    try:
        credential = secrets.unseal_dict(channel.secret)
    except secrets.SecretUnreadable as problem:
        raise Refused(str(problem)) from None
    outcome = get_network(channel.network).try_connection(channel.settings, credential, now=call.now)
    if isinstance(outcome, Accepted):
        return TriedOut(outcome=ACCEPTED, sentence=outcome.sentence)
    if isinstance(outcome, Ambiguous):
        return TriedOut(outcome=UNCLEAR, sentence=f"{outcome.sentence} Try again in a moment.")
    fix = getattr(outcome, "fix", "")
    return TriedOut(outcome=REFUSED, sentence=f"{outcome.sentence} {fix}".strip())
