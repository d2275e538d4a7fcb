"""Channels are connected, changed, put away and brought back. What is secret of them is told once, or never."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from pydantic import Field

from aura.kit.problems import Refused
from posts.api.channels import ROWS, ChannelOut, channels, members_of, shown_to
from posts.forms.connecting import ChannelByProgram, SignInByProgram, needs_person
from posts.models import Channel
from posts.networks import UnknownNetwork, get_network
from posts.networks.base import ConnectsBy, Network, Rejected
from posts.networks.connecting import Account
from posts.operations import channels as operations
from posts.operations import connecting
from workspaces.api.binding import Takes
from workspaces.api.calls import Call
from workspaces.api.problems import Invalid
from workspaces.api.schemas import ID


class NeedsPerson(Refused):
    """Only a person can do this, in a browser (409)."""

    code = "NEEDS_PERSON"


class ChannelSecretOut(ChannelOut):
    """A channel with a fresh signing secret, where its network has one."""

    secret: str = Field(
        description="What its messages are signed with. It is shown this once; empty where its network has none, and "
        "where the answer is given again for an `Idempotency-Key`.",
        examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )


CHANGED = {
    "name": "Shop window",
    "spacing_seconds": 30,
    "zone": "Europe/Dublin",
    "brand": ID,
    "approval": "person",
    "approver": ID,
    "settings": {"url": "https://example.com/aura"},
}
SAID = {
    "name": "What your team calls it. It stands beside each post.",
    "brand": "The id of the brand it speaks for; null for any.",
    "spacing_seconds": "How far apart posts go out that are due together; the network's own where it is left out.",
    "zone": "Whose clocks its posting times follow, as an IANA zone; empty for the workspace's.",
    "approval": "Who has to approve what goes out there; `none`: as the workspace asks, which holds as well.",
    "approver": "The id of the person who has to; with `approval` as person.",
    "settings": "What its network asks for, by the names that `GET networks` lists. What is not sent stays.",
}
SIGN_IN = (
    "What is secret of what its network asks for, such as an app password. It is tried, and told nobody."
)
NEW_CHANNEL = Takes(
    "NewChannel",
    ChannelByProgram,
    examples={
        "network": "webhook",
        "name": CHANGED["name"],
        "settings": CHANGED["settings"],
        "sign_in": {},
        **{name: value for name, value in CHANGED.items() if name not in {"name", "settings"}},
    },
    optional=["name"],
    descriptions={
        **SAID,
        "network": "Its network. `GET networks` lists them, with what each asks for.",
        "name": f"{SAID['name']} Where an account is connected it may be left out: then it is the account's.",
        "sign_in": SIGN_IN,
    },
)
CHANNEL = Takes("Channel", ChannelByProgram, examples=CHANGED, descriptions=SAID)
AGAIN = Takes(
    "ChannelSignIn",
    SignInByProgram,
    examples={"sign_in": {"password": "…"}},
    descriptions={"sign_in": SIGN_IN},
)


def page_to_connect(network: Network) -> str:
    """Return the address of the page on which a person connects a channel of the network."""
    return f"{settings.AURA_URL}{reverse('posts:channel_create', args=[network.slug])}"


def _need_no_person(network: Network, address: str) -> None:
    if needs_person(network):
        raise NeedsPerson(
            f"{network.name} asks a person to say yes in a browser. Somebody who may connect channels opens "
            f"{address} and goes on from there."
        )


def _with_secret(channel: Channel) -> ChannelSecretOut:
    fresh = operations.secrets_of(channel)
    return ChannelSecretOut(**members_of(channel), secret=next(iter(fresh.values()), ""))


@channels.post(
    "/channels",
    ChannelSecretOut,
    takes=NEW_CHANNEL,
    status=201,
    at="/channels/{id}",
    apart=True,
    hides=["secret"],
)
def create_channel(call: Call) -> ChannelSecretOut:
    """Connect a channel.

    `GET networks` says what each network asks for. What signs in is tried at the network while you wait, and nothing is
    kept where that fails; an account that is connected already is connected again, and its channel answered. Where the
    network asks a person to say yes, that is refused (409, `NEEDS_PERSON`), with the address where they do. The signing
    secret of a webhook is in the answer, this once.
    """
    sent = call.body.members.get("network")
    try:
        network = get_network(str(sent))
    except UnknownNetwork:
        pass  # which the form says
    else:
        _need_no_person(network, page_to_connect(network))
    form = call.bind(ChannelByProgram(sent=sent))
    if form.kind.connects_by is ConnectsBy.FORM:
        return _with_secret(operations.create_channel(form.instance, by=call.by))
    account = _signed_in(call, form.kind, form.instance.settings, form.typed, page_to_connect(form.kind))
    made, _ = connecting.connect_account(form.kind, account, by=call.by, **form.choices)
    return _with_secret(made)


def _signed_in(
    call: Call,
    network: Network,
    chosen: dict[str, Any],
    typed: dict[str, Any],
    address: str,
    channel: Channel | None = None,
) -> Account:
    """Return the account that a sign-in is for, with its limits. Raises Invalid where the network refuses it."""
    answer = connecting.sign_in(network, chosen, typed, now=call.now)
    if isinstance(answer, Rejected):
        raise Invalid({"sign_in": [f"{answer.sentence} {answer.fix}".strip()]})
    accounts = connecting.meant(network, answer, channel)
    if channel is not None and not accounts:
        names = ", ".join(one.name for one in answer)
        raise Refused(f"{channel} stands for another account than {names}. Sign in with that one.")
    if len(accounts) > 1:
        raise NeedsPerson(
            f"{network.name} knows several accounts by this. Somebody opens {address} and picks one."
        )
    return connecting.taught(network, accounts[0], now=call.now)


@channels.patch("/channels/{uuid:channel_id}", ChannelOut, takes=CHANNEL)
def edit_channel(call: Call, channel_id: UUID) -> ChannelOut:
    """Change a channel.

    Members that are sent are changed, the others stay. An account stays where it is. Where a channel asks for a yes
    that its scheduled posts lack, they wait for it.
    """
    show = shown_to(call)
    form = call.bind(ChannelByProgram(instance=call.find(ROWS, channel_id, shown=show)))
    return show(operations.edit_channel(form.instance, by=call.by))


@channels.post("/channels/{uuid:channel_id}/reconnect", ChannelOut, takes=AGAIN, apart=True)
def reconnect_channel(call: Call, channel_id: UUID) -> ChannelOut:
    """Sign a channel in again, for the account that it stands for: its posts stay, and what is due goes out.

    The network is asked while you wait; where it refuses, the channel stays as it is. Where it asks a person to say
    yes, that is refused (409, `NEEDS_PERSON`), with the address where they do.
    """
    show = shown_to(call)
    channel = call.find(ROWS, channel_id, shown=show)
    network = get_network(channel.network)
    form = call.bind(SignInByProgram(network=network))
    if channel.trashed_at:
        raise Refused(operations.GONE)
    if not channel.account_id:
        raise Refused(f"{channel} stands for no account, so there is nothing to sign in to.")
    address = f"{settings.AURA_URL}{reverse('posts:channel_reconnect', args=[channel.pk])}"
    _need_no_person(network, address)
    account = _signed_in(call, network, channel.settings, form.typed, address, channel)
    return show(connecting.reconnect_channel(channel, account=account, now=call.now, by=call.by))


@channels.post("/channels/{uuid:channel_id}/rotate-secret", ChannelSecretOut, hides=["secret"])
def rotate_channel_secret(call: Call, channel_id: UUID) -> ChannelSecretOut:
    """Make a new signing secret for a webhook.

    It is in the answer, this once. For 24 hours the secret before signs beside it.
    """
    channel = call.find(ROWS, channel_id, shown=shown_to(call))
    return _with_secret(operations.rotate_channel_secret(channel, now=call.now, by=call.by))


@channels.remove("/channels/{uuid:channel_id}")
def trash_channel(call: Call, channel_id: UUID) -> None:
    """Put a channel in the trash.

    What is scheduled there is taken back, and is not sent. It can be brought back for 30 days. Refused (409) while
    something is being sent there.
    """
    operations.trash_channel(call.find(ROWS, channel_id, shown=shown_to(call)), now=call.now, by=call.by)


@channels.post("/channels/{uuid:channel_id}/restore", ChannelOut)
def restore_channel(call: Call, channel_id: UUID) -> ChannelOut:
    """Bring a channel back from the trash; what was scheduled there waits for a new time."""
    show = shown_to(call)
    return show(operations.restore_channel(call.find(ROWS, channel_id, shown=show), by=call.by))
