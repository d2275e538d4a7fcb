"""Keys of apps: what a network knows this Aura by.

Given by whoever runs this Aura, else entered by an admin of the workspace, else got from a server that gives them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings as instance
from django.db.models import Q

from aura.kit import clock, secrets
from posts.models import Channel, NetworkApp
from posts.networks import connectable, get_network
from posts.networks.base import AppKeys, Network, Rejected
from workspaces.models import User
from workspaces.operation import Actor, Refused, operation
from workspaces.scope import instance_url

NAMED = 5  # channels that are named where keys cannot go


def callback_url() -> str:
    """Return the one address at which every network answers, whatever the workspace."""
    return f"{instance.AURA_URL}{instance_url('connect:callback')}"


def given_keys(network: Network) -> AppKeys | None:
    """Return the keys that whoever runs this Aura has given for all its workspaces, None where they have not."""
    given = instance.AURA_NETWORK_APPS.get(network.slug)
    return AppKeys(*given) if given else None


def app_of(network: Network, settings: Mapping[str, Any]) -> NetworkApp | None:
    """Return the keys that this workspace keeps, sealed."""
    return NetworkApp.objects.filter(place=network.app_keys_for(settings)).first()


def app_keys(network: Network, settings: Mapping[str, Any]) -> AppKeys | None:
    """Return the keys to use: those of the instance before the workspace's own. Raises SecretUnreadable."""
    given = given_keys(network)
    if given is not None:
        return given
    app = app_of(network, settings)
    return opened(app) if app is not None else None


def opened(app: NetworkApp) -> AppKeys:
    """Return kept keys in the clear. Raises SecretUnreadable."""
    return AppKeys(app.client_id, secrets.unseal(app.secret) if app.secret else "")


def lacking_keys() -> set[str]:
    """Return the networks for which somebody has to enter keys of an app before anybody can connect; one query."""
    kept = set(NetworkApp.objects.values_list("place", flat=True))
    return {
        one.slug
        for one in connectable()
        if one.needs_app and given_keys(one) is None and one.app_keys_for({}) not in kept
    }


def find_keys(network: Network, settings: Mapping[str, Any], *, by: Actor) -> AppKeys | Rejected | None:
    """Return the keys for a connection that begins: kept ones, else those that the server gives when it is asked.

    Outside any transaction. None where the network needs none, or somebody has to enter them first.
    """
    app = app_of(network, settings)
    if given_keys(network) is None and (app is None or app.callback not in {"", callback_url()}):
        answer = network.register_app(settings, redirect_uri=callback_url())
        if isinstance(answer, Rejected):
            return answer
        if answer is not None:
            app = app or NetworkApp(network=network.slug, place=network.app_keys_for(settings)[:200])
            app.client_id, app.callback = answer.client_id, callback_url()
            save_network_app(app, secret=answer.client_secret, by=by)
            return answer
    return app_keys(network, settings)


@operation
def save_network_app(app: NetworkApp, *, secret: str, by: Actor) -> NetworkApp:
    """Keep the keys of an app; without a new `secret` the kept one stays."""
    if secret:
        app.secret = secrets.seal(secret)
    app.changed_by = by if isinstance(by, User) else getattr(by, "user", None)
    app.changed_at = clock.now()
    app.save()
    return app


def channels_with(app: NetworkApp) -> list[Channel]:
    """Return the channels that are renewed with these keys, by name; one query."""
    rows = Channel.objects.filter(~Q(account_id=""), network=app.network, trashed_at=None).order_by("name")
    network = get_network(app.network)
    return [channel for channel in rows if network.app_keys_for(channel.settings) == app.place]


@operation
def remove_network_app(app: NetworkApp, *, by: Actor) -> NetworkApp:
    """Forget the keys of an app. Raises Refused while channels are renewed with them."""
    stored = NetworkApp.objects.select_for_update(of=("self",)).filter(pk=app.pk).first()
    if stored is None:
        raise Refused("These keys are gone already.")
    using = channels_with(stored) if given_keys(get_network(stored.network)) is None else []
    if using:
        names = ", ".join(str(channel) for channel in using[:NAMED])
        others = f" and {len(using) - NAMED} more" if len(using) > NAMED else ""
        these, they = ("This channel", "it") if len(using) == 1 else ("These channels", "them")
        raise Refused(
            f"{these} would be signed out without the keys: {names}{others}. "
            f"Remove {they} first, or enter other keys in their place."
        )
    stored.delete()
    return app
