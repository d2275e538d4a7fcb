"""What a channel can be connected to: what each network asks for and takes, and the keys of apps it knows us by."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django import forms
from pydantic import Field

from aura.kit.paging import Sort
from aura.kit.problems import Refused
from posts.api.channels import ROWS, channels
from posts.api.connecting import page_to_connect
from posts.forms.connecting import NetworkAppByProgram
from posts.models import NetworkApp
from posts.networks import UnknownNetwork, connectable, get_network
from posts.networks.base import ConnectsBy, Network
from posts.networks.describing import Row, rows_of
from posts.operations import apps
from workspaces.api.binding import Takes
from workspaces.api.calls import Call
from workspaces.api.paging import Listing
from workspaces.api.schemas import ID, INSTANT, OneOf, Shown
from workspaces.roles import Role

BY_NETWORK = Sort("network", "Network", "place", descending=False)
LIMIT = {
    "name": "text",
    "limit": 500,
    "unit": "characters",
    "label": "Words",
    "words": "500 characters",
    "source": "docs.joinmastodon.org",
    "sure": "read in the network’s own documentation",
    "read_on": "2026-11-20",
}
ASKED = {
    "name": "url",
    "label": "Address",
    "help": "Aura sends each post here as signed JSON.",
    "kind": "text",
    "required": True,
    "fixed": False,
    "max_length": 2048,
    "choices": None,
    "default": "",
}
KEYS = Takes(
    "NetworkAppKeys",
    NetworkAppByProgram,
    examples={"network": "linkedin", "client_id": "86vhj2q7ukf83q", "secret": "…"},
    descriptions={
        "network": "Whose app it is: a network that needs one.",
        "client_id": "What the network calls the app.",
        "secret": "Its secret. It is told nobody again; where it is left out, the kept one stays.",
    },
)


class ChannelLimitOut(Shown):
    """One thing that a network takes, or does not."""

    name: str = Field(description="What it is about, for programs.", examples=[LIMIT["name"]])
    limit: int | bool | list[str] = Field(description="How much, whether, or which.", examples=[500])
    unit: str = Field(description="What is counted; empty where `name` says it.", examples=["characters"])
    label: str = Field(description="What it is about, for people.", examples=[LIMIT["label"]])
    words: str = Field(description="The same for people.", examples=[LIMIT["words"]])
    source: str = Field(description="Where that is known from.", examples=[LIMIT["source"]])
    sure: str = Field(description="How sure that is.", examples=[LIMIT["sure"]])
    read_on: date | None = Field(description="When it was read there.", examples=[LIMIT["read_on"]])


class AskedOut(Shown):
    """One thing that a network asks for."""

    name: str = Field(description="What it is called in `settings` or `sign_in`.", examples=["url"])
    label: str = Field(description="What it is called for people.", examples=[ASKED["label"]])
    help: str = Field(description="What to write there.", examples=[ASKED["help"]])
    kind: Annotated[str, OneOf(["text", "flag"])] = Field(
        description="`text`, or `flag` for true or false.", examples=["text"]
    )
    required: bool = Field(description="Whether it has to be sent.", examples=[True])
    fixed: bool = Field(description="Whether it stays once the channel is connected.", examples=[False])
    max_length: int | None = Field(description="How many characters at most.", examples=[2048])
    choices: dict[str, str] | None = Field(
        description="What may be sent, with what it means; null for anything.",
        examples=[{"public": "Everybody"}],
    )
    default: str = Field(description="What it is where it is left out.", examples=[""])


class NetworkOut(Shown):
    """A network that channels can be connected to."""

    network: str = Field(description="What calls name it by.", examples=["webhook"])
    name: str = Field(description="What people call it.", examples=["Webhook"])
    words: str = Field(description="What it is, in a line.", examples=["Signed JSON to an address."])
    connects_by: Annotated[str, OneOf(one.value for one in ConnectsBy)] = Field(
        description="`form`: send `settings`. `password`: send `sign_in`, too. `oauth`: a person says yes in a "
        "browser, at `connect_at`.",
        examples=["form"],
    )
    connect_at: str = Field(
        description="The page on which a person connects a channel of it.",
        examples=["https://aura.example.org/w/barrow-rye/settings/channels/new/webhook/"],
    )
    lacks_keys: bool = Field(
        description="Whether keys of an app have to be entered first (`POST network-apps`).", examples=[False]
    )
    keys_help: str = Field(
        description="Where those keys come from; empty where it needs none.", examples=[""]
    )
    callback: str = Field(
        description="The address that such an app has to name as its way back; empty where it needs none.",
        examples=[""],
    )
    settings: list[AskedOut] = Field(
        description="What it asks for, for `settings` of a channel.", examples=[[ASKED]]
    )
    sign_in: list[AskedOut] = Field(
        description="What it asks for that is secret, for `sign_in`.", examples=[[]]
    )
    limits: list[ChannelLimitOut] = Field(
        description="What it takes. Single channels may be told more: `GET channels/{channel_id}/limits`.",
        examples=[[LIMIT]],
    )


class NetworksOut(Shown):
    """Every network."""

    items: list[NetworkOut] = Field(description="Every network, Aura's own ones last.", examples=[[]])


class ChannelLimitsOut(Shown):
    """What a channel takes."""

    items: list[ChannelLimitOut] = Field(
        description="Its limits: those of its network, or what that told of it.", examples=[[LIMIT]]
    )


class NetworkAppOut(Shown):
    """Keys of an app: what a network knows this workspace by. The secret is never told."""

    id: UUID = Field(description="Its id.", examples=[ID])
    network: str = Field(description="The network.", examples=["linkedin"])
    client_id: str = Field(description="What the network calls the app.", examples=["86vhj2q7ukf83q"])
    changed_by: UUID | None = Field(description="The id of whoever entered them.", examples=[ID])
    changed_at: datetime = Field(description="When they were entered.", examples=[INSTANT])


@channels.get("/networks", NetworksOut)
def list_networks(call: Call) -> NetworksOut:
    """List the networks: what each asks for to connect a channel, and what it takes."""
    lacking = apps.lacking_keys()
    return NetworksOut(items=[_network(one, one.slug in lacking) for one in connectable()])


def _network(one: Network, lacks_keys: bool) -> NetworkOut:
    sign_in = one.sign_in_form().fields if one.sign_in_form else {}
    return NetworkOut(
        network=one.slug,
        name=one.name,
        words=one.words,
        connects_by=one.connects_by.value,
        connect_at=page_to_connect(one),
        lacks_keys=lacks_keys,
        keys_help=one.app_help,
        callback=apps.callback_url() if one.needs_app else "",
        settings=[
            _asked(name, field, name in one.fixed_settings)
            for name, field in one.settings_form().fields.items()
        ],
        sign_in=[_asked(name, field, False) for name, field in sign_in.items()],
        limits=_limits(rows_of(one, {})),
    )


def _asked(name: str, field: forms.Field, fixed: bool) -> AskedOut:
    choices: Iterable[tuple[Any, Any]] | None = getattr(field, "choices", None)
    return AskedOut(
        name=name,
        label=str(field.label or name),
        help=str(field.help_text),
        kind="flag" if isinstance(field, forms.BooleanField) else "text",
        required=field.required,
        fixed=fixed,
        max_length=getattr(field, "max_length", None),
        choices={str(value): str(words) for value, words in choices} if choices is not None else None,
        default=str(field.initial or ""),
    )


def _limits(rows: list[Row]) -> list[ChannelLimitOut]:
    return [
        ChannelLimitOut(
            name=one.name,
            limit=list(one.limit) if isinstance(one.limit, tuple) else one.limit,
            unit=one.unit,
            label=one.label,
            words=one.value,
            source=one.source,
            sure=one.sure,
            read_on=one.day,
        )
        for one in rows
    ]


@channels.get("/channels/{uuid:channel_id}/limits", ChannelLimitsOut)
def list_channel_limits(call: Call, channel_id: UUID) -> ChannelLimitsOut:
    """List what a channel takes: what its network told of it goes before what is known of the network."""
    channel = call.find(ROWS, channel_id)
    learned_on = channel.learned_at.date() if channel.learned_at else None
    rows = rows_of(get_network(channel.network), channel.settings, learned_on=learned_on)
    return ChannelLimitsOut(items=_limits(rows))


# Keys of apps ------------------------------------------------------------------------------------------------------


@channels.listing("/network-apps", NetworkAppOut, word="channels:write")
def list_network_apps(call: Call) -> Listing[NetworkApp]:
    """List the networks for which keys of an app are kept. As on their pages, owners and admins alone read them."""
    call.need(Role.ADMIN)
    return Listing(_apps(), BY_NETWORK, lambda page: [_app(one) for one in page])


def _apps() -> Any:
    needing = [one.slug for one in connectable() if one.needs_app]
    return NetworkApp.objects.filter(network__in=needing).defer("secret")


def _app(one: NetworkApp) -> NetworkAppOut:
    return NetworkAppOut(
        id=one.pk,
        network=one.network,
        client_id=one.client_id,
        changed_by=one.changed_by_id,
        changed_at=one.changed_at,
    )


@channels.post("/network-apps", NetworkAppOut, takes=KEYS)
def save_network_app(call: Call) -> NetworkAppOut:
    """Enter the keys of an app, in the place of those before.

    With them a person can connect channels of the network. Refused (409) where whoever runs this Aura has given keys.
    """
    network = _needing(call.body.members.get("network"))
    app = apps.app_of(network, {}) if network else None
    if network and app is None:
        app = NetworkApp(network=network.slug, place=network.app_keys_for({}))
    form = call.bind(NetworkAppByProgram(app=app))
    if network and apps.given_keys(network) is not None:
        raise Refused(
            f"Whoever runs this Aura has given keys for {network.name} to all its workspaces. Connect a channel with "
            "them."
        )
    return _app(apps.save_network_app(form.instance, secret=form.cleaned_data["secret"], by=call.by))


def _needing(sent: object) -> Network | None:
    try:
        network = get_network(str(sent))
    except UnknownNetwork:
        return None
    return network if network.needs_app else None


@channels.remove("/network-apps/{uuid:app_id}")
def remove_network_app(call: Call, app_id: UUID) -> None:
    """Forget the keys of an app. Refused (409) while channels are renewed with them, which it names."""
    apps.remove_network_app(call.find(_apps(), app_id, shown=_app), by=call.by)
