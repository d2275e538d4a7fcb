"""Connecting by way of the network: begun here, said yes to there, come back once, and one or more channels of it.

The state that travels is signed and names the row of the connection; the row is good for minutes, for one answer,
for the person and the session that began it. Everything outside is asked outside any transaction.
"""

from __future__ import annotations

import base64
import hashlib
import secrets as random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core import signing
from django.db import IntegrityError, transaction

from aura.kit import clock, secrets
from posts.models import Channel, Connecting
from posts.networks import get_network
from posts.networks.base import AppKeys, Connected, Network, Rejected
from posts.networks.connecting import Account
from posts.operations.apps import app_keys, callback_url
from posts.operations.channels import GONE, create_channel, let_go_what_waits
from posts.operations.lasting import keep_times
from posts.spacing import default_spacing
from posts.telling import CHANNEL_BROKEN, CHANNEL_ENDING
from workspaces.models import User
from workspaces.operation import Actor, Refused, operation
from workspaces.operations import settle_notices
from workspaces.scope import current_workspace

LASTS = timedelta(minutes=15)
SALT = "posts.connecting"
OTHER_BROWSER = "This connection was begun in another browser, or before you signed out. Begin again here."
USED = "This answer was used already. If the channel is not in the list, begin again."
TOO_LATE = "That took longer than fifteen minutes. Begin again."
NOBODYS = (
    "This way back belongs to no connection that is under way. Begin again in the settings, at Channels."
)


def begin(
    network: Network,
    settings: Mapping[str, Any],
    app: AppKeys | None,
    *,
    browser: str,
    channel: Channel | None = None,
    now: datetime | None = None,
    by: User,
) -> str:
    """Write down that a connection is under way and return the address it leads to.

    Whoever calls has asked for the right. Raises Refused where the network names no page.
    """
    now = now or clock.now()
    verifier = random.token_urlsafe(64)
    row = _keep(network, settings, {"verifier": verifier}, browser, channel, now=now, by=by)
    state = signing.dumps([str(current_workspace().pk), str(row.pk)], salt=SALT)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    url = network.authorize_url(
        app or AppKeys(""), settings, redirect_uri=callback_url(), state=state, challenge=challenge
    )
    if not url.startswith(("https://", "http://")):
        raise Refused(f"{network.name} named no page to go to. Check what you have filled in.")
    return url


def read_state(state: str) -> tuple[UUID, UUID] | None:
    """Return the ids of the workspace and of the connection that a signed state names, None for any other text."""
    try:
        workspace, row = signing.loads(state, salt=SALT, max_age=LASTS)
        return UUID(workspace), UUID(row)
    except (signing.BadSignature, ValueError, TypeError):
        return None


def take(pk: UUID, *, browser: str, now: datetime | None = None, by: User) -> Connecting:
    """Return the connection that an answer is for, and take it: of two answers one gets it. Raises Refused."""
    now = now or clock.now()
    row = Connecting.objects.select_related("channel").filter(pk=pk, created_by=by).first()
    if row is None:
        raise Refused(USED)
    if not browser or row.browser_hash != _hashed(browser):
        raise Refused(OTHER_BROWSER)
    if row.ends_at <= now:
        raise Refused(TOO_LATE)
    if not Connecting.objects.filter(pk=pk, returned_at=None).update(returned_at=now):
        raise Refused(USED)
    return row


def exchange(row: Connecting, code: str, *, now: datetime | None = None) -> list[Account] | Rejected:
    """Turn the code that came back into accounts; outside any transaction."""
    network = get_network(row.network)
    answer = network.exchange(
        app_keys(network, row.settings) or AppKeys(""),
        row.settings,
        code=code,
        redirect_uri=callback_url(),
        verifier=secrets.unseal_dict(row.sealed)["verifier"],
        now=now or clock.now(),
    )
    return _accounts(answer, row.settings)


def sign_in(
    network: Network, settings: Mapping[str, Any], typed: Mapping[str, str], *, now: datetime | None = None
) -> list[Account] | Rejected:
    """Try what a person has filled in; outside any transaction."""
    return _accounts(network.sign_in(settings, typed, now=now or clock.now()), settings)


def _accounts(answer: Connected | Rejected, settings: Mapping[str, Any]) -> list[Account] | Rejected:
    if isinstance(answer, Rejected):
        return answer
    return [replace(one, settings={**settings, **one.settings}) for one in answer.accounts]


def taught(network: Network, account: Account, *, now: datetime | None = None) -> Account:
    """Return an account with the limits that its network tells of it, where it does; outside any transaction."""
    said = network.learn(account.settings, account.credential, now=now or clock.now())
    return replace(account, settings={**account.settings, "learned": dict(said)}) if said else account


def keep_accounts(row: Connecting, accounts: Sequence[Account]) -> None:
    """Keep the accounts, sealed, until the person has picked."""
    sealed = secrets.seal_dict({"accounts": [_packed(account) for account in accounts]})
    Connecting.objects.filter(pk=row.pk).update(sealed=sealed)


def offer_accounts(
    network: Network,
    accounts: Sequence[Account],
    *,
    channel: Channel | None = None,
    now: datetime | None = None,
    by: User,
) -> Connecting:
    """Keep accounts to pick from where no way led through the network (a password)."""
    now = now or clock.now()
    packed = {"accounts": [_packed(account) for account in accounts]}
    row = _keep(network, {}, packed, "", channel, now=now, by=by)
    Connecting.objects.filter(pk=row.pk).update(returned_at=now)
    return row


def accounts_of(row: Connecting) -> list[Account]:
    """Return the accounts to pick from; none while the person is still away."""
    return [Account(**packed) for packed in secrets.unseal_dict(row.sealed).get("accounts", [])]


def drop(row: Connecting) -> None:
    """Forget a connection that is over."""
    Connecting.objects.filter(pk=row.pk).delete()


def drop_expired(*, now: datetime) -> int:
    """Forget the connections of this workspace that nobody finished in time."""
    return Connecting.objects.filter(ends_at__lte=now).delete()[0]


def account_id(network: Network, account: Account) -> str:
    """Return an account's name that no other account of the network has: ids of one server of many may be another's."""
    place = network.app_keys_for(account.settings)
    return (account.id if place == network.slug else f"{place} {account.id}")[:200]


def channels_of(network: Network, accounts: Sequence[Account]) -> dict[str, Channel]:
    """Return the channels in use that stand for these accounts already, by `account_id`."""
    ids = [account_id(network, account) for account in accounts]
    known = Channel.objects.filter(network=network.slug, account_id__in=ids, trashed_at=None)
    return {channel.account_id: channel for channel in known}


def meant(network: Network, accounts: Sequence[Account], channel: Channel | None) -> list[Account]:
    """Return the accounts that may be meant: the one of a channel that is connected again, else any of them."""
    if channel is None:
        return list(accounts)
    return [one for one in accounts if account_id(network, one) == channel.account_id]


def connect_account(
    network: Network, account: Account, *, name: str = "", by: User, **choices: Any
) -> tuple[Channel, bool]:
    """Return the channel of an account and whether it is new: one that stands for it already is connected again.

    Raises Refused where the account was connected by somebody else at this second.
    """
    known = channels_of(network, [account]).get(account_id(network, account))
    if known is not None:
        return reconnect_channel(known, account=account, by=by), False
    channel = Channel(
        network=network.slug,
        name=_free_name(network, name or account.name or network.name),
        account_id=account_id(network, account),
        settings=dict(account.settings),
        **{"spacing_seconds": default_spacing(network.slug), **choices},
    )
    try:
        return create_channel(channel, credential=account.credential, by=by), True
    except IntegrityError:
        raise Refused(f"{account.name} was connected a moment ago. Look at the list of channels.") from None


@operation
def reconnect_channel(
    channel: Channel, *, account: Account, now: datetime | None = None, by: Actor
) -> Channel:
    """Give a channel a fresh credential for the account it stands for; its posts stay, and what is due goes out.

    Raises Refused for another account, or for a channel in the trash.
    """
    now = now or clock.now()
    stored = Channel.objects.select_for_update(of=("self",)).get(pk=channel.pk)
    if stored.trashed_at:
        raise Refused(GONE)
    if stored.account_id != account_id(get_network(stored.network), account):
        raise Refused(f"{stored} stands for another account than {account.name}. Begin again with that one.")
    stored.secret = secrets.seal_dict(dict(account.credential))
    stored.settings = {**stored.settings, **account.settings}
    if stored.status == Channel.Status.BROKEN:
        stored.status = Channel.Status.ACTIVE
    stored.problem, stored.not_before = "", None
    stored.claim_token, stored.lease_until, stored.tries = None, None, 0  # a renewal under way is void
    times = keep_times(stored, account.credential, now=now)
    stored.save(
        update_fields=[
            *("secret", "settings", "status", "problem", "not_before", "claim_token", "lease_until", "tries"),
            *times,
        ]
    )
    if stored.status == Channel.Status.ACTIVE:
        let_go_what_waits(stored, now=now)
    settle_notices(stored, [CHANNEL_BROKEN.slug, CHANNEL_ENDING.slug])
    return stored


def _keep(
    network: Network,
    settings: Mapping[str, Any],
    sealed: Mapping[str, Any],
    browser: str,
    channel: Channel | None,
    *,
    now: datetime,
    by: User,
) -> Connecting:
    with transaction.atomic():
        drop_expired(now=now)
        return Connecting.objects.create(
            network=network.slug,
            channel=channel,
            settings=dict(settings),
            sealed=secrets.seal_dict(dict(sealed)),
            browser_hash=_hashed(browser),
            ends_at=now + LASTS,
            created_by=by,
        )


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _packed(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "name": account.name,
        "settings": dict(account.settings),
        "credential": dict(account.credential),
    }


def _free_name(network: Network, wanted: str) -> str:
    """Return the name, or the name with a number where a channel of the network has it already."""
    taken = set(Channel.objects.filter(network=network.slug, trashed_at=None).values_list("name", flat=True))
    names = (wanted[:80], *(f"{wanted[:74]} ({number})" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)
