"""Channels: connected, changed, paused, and put in the trash with what was promised there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db.models import Q

from aura.kit import clock, jobs, secrets
from aura.kit.ids import uuid7
from posts.models import Channel, Target
from posts.networks import get_network
from posts.operations.lasting import keep_times
from posts.operations.pausing import let_go_on, nothing_more_begins, reason_of
from posts.operations.settle import disarm_many
from workspaces.models import User, Workspace
from workspaces.operation import SYSTEM, Actor, Refused, operation

Status = Channel.Status
GONE = "This channel is in the trash. Restore it first."
NOT_PAUSED = {"paused_at": None, "pause_reason": ""}


def secrets_of(channel: Channel) -> dict[str, str]:
    """Return {label: secret} of what a person has to copy: to be shown right after it was made, and never again."""
    return get_network(channel.network).shown_once(secrets.unseal_dict(channel.secret))


@operation
def create_channel(channel: Channel, *, credential: Mapping[str, str] | None = None, by: Actor) -> Channel:
    """Connect a channel that is not saved yet: it carries network, name, brand, settings.

    Its secrets are the `credential` that the network gave, else made here.
    """
    made = get_network(channel.network).new_credential() if credential is None else dict(credential)
    channel.secret = secrets.seal_dict(made)
    keep_times(channel, made, now=clock.now())
    channel.created_by = by if isinstance(by, User) else getattr(by, "user", None)
    channel.save(force_insert=True)
    return channel


@operation
def edit_channel(channel: Channel, *, by: Actor) -> Channel:
    """Save a changed name, brand, spacing or settings. Raises Refused for a channel in the trash."""
    stored = Channel.objects.select_for_update(of=("self",)).filter(pk=channel.pk, trashed_at=None).first()
    if stored is None:
        raise Refused(GONE)
    if "learned" in stored.settings:  # what the network said meanwhile is no matter of the form
        channel.settings = {**channel.settings, "learned": stored.settings["learned"]}
    channel.save(
        update_fields=["name", "brand", "spacing_seconds", "zone", "settings", "approval", "approver"]
    )
    return channel


@operation
def pause_channel(channel: Channel, *, reason: str = "", now: datetime | None = None, by: Actor) -> Channel:
    """Hold everything back that is due on the channel; what waits longer than a post may be late is missed.

    Raises Refused for a channel in the trash and for a reason that is too long.
    """
    paused = {"status": Status.PAUSED, "problem": "", "pause_reason": reason_of(reason)}
    if not Channel.objects.filter(pk=channel.pk, trashed_at=None).update(**paused):
        raise Refused(GONE)
    Channel.objects.filter(pk=channel.pk, paused_at=None).update(paused_at=now or clock.now())
    nothing_more_begins()
    channel.refresh_from_db()
    return channel


@operation
def resume_channel(channel: Channel, *, now: datetime | None = None, by: Actor) -> Channel:
    """Use the channel again, from now on for what is due: in its order, and as far apart as the channel wants it."""
    now = now or clock.now()
    active = {"status": Status.ACTIVE, "problem": "", "not_before": None, **NOT_PAUSED}
    if not Channel.objects.filter(pk=channel.pk, trashed_at=None).update(**active):
        raise Refused(GONE)
    keep_alive(channel, now=now)
    let_go_what_waits(channel, now=now)
    channel.refresh_from_db()
    return channel


def keep_alive(channel: Channel, *, now: datetime) -> None:
    """Look after the sign-in of a channel that is used again: nobody did while it was broken or in the trash."""
    if Channel.objects.filter(~Q(account_id=""), pk=channel.pk, due_at=None).update(due_at=now):
        jobs.ring("posts.renew_channel", channel.pk)


def let_go_what_waits(channel: Channel, *, now: datetime) -> None:
    """Look at once at what is due on a channel and was put off, and at what stood in the way of what comes."""
    let_go_on(Target.objects.filter(channel=channel), now=now)


@operation
def trash_channel(channel: Channel, *, now: datetime | None = None, by: Actor) -> Channel:
    """Put the channel in the trash; what is scheduled there is taken back. Raises Refused while something is sent."""
    if not Channel.objects.filter(pk=channel.pk, trashed_at=None).exists():
        raise Refused("This channel is in the trash already.")
    disarm_many(Target.objects.filter(channel=channel), sentence="The channel was removed.")
    Channel.objects.filter(pk=channel.pk).update(trashed_at=now or clock.now(), trashed_with=uuid7())
    channel.refresh_from_db()
    return channel


@operation
def restore_channel(channel: Channel, *, by: Actor) -> Channel:
    """Bring the channel back; posts stay unscheduled. Raises Refused when its name is taken by now."""
    stored = Channel.objects.select_for_update(of=("self",)).get(pk=channel.pk)
    if stored.trashed_at is None:
        raise Refused("This channel is in use.")
    stored.trashed_at = stored.trashed_with = None
    try:
        stored.validate_constraints()
    except ValidationError as problem:
        said = f"There is another channel called {stored} now. Rename that one, then restore."
        if "This account" in str(problem):
            said = "Its account is connected as another channel now. Remove that one, then restore."
        raise Refused(said) from None
    stored.save(update_fields=["trashed_at", "trashed_with"])
    keep_alive(stored, now=clock.now())
    return stored


@operation
def rotate_channel_secret(channel: Channel, *, now: datetime | None = None, by: Actor) -> Channel:
    """Make a new secret; the old one keeps working for a while where the network allows that."""
    stored = Channel.objects.select_for_update(of=("self",)).get(pk=channel.pk)
    if stored.trashed_at:
        raise Refused(GONE)
    network = get_network(stored.network)
    try:
        old = secrets.unseal_dict(stored.secret)
    except secrets.SecretUnreadable:  # nothing can be signed with it: a new one is what helps
        old = {}
    renewed = network.renewed_credential(old, now=now or clock.now())
    if not renewed:
        raise Refused(f"{network.name} has no secret to change.")
    stored.secret = secrets.seal_dict(renewed)
    stored.save(update_fields=["secret"])
    return stored


def make_first_channel(workspace: Workspace, *, by: Actor) -> Channel:
    """Make the sandbox of a new workspace; Aura does it, whoever made the workspace."""
    return create_channel(Channel(network="sandbox", name="Sandbox"), by=SYSTEM)
