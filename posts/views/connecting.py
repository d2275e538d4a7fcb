"""Connecting a channel by way of its network: the way out, the way back, the accounts, and the keys of apps."""

from __future__ import annotations

import secrets as random
import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from aura.kit import clock
from aura.kit.addresses import is_inside
from aura.kit.htmx import render_page
from aura.kit.problems import Refused
from aura.kit.secrets import SecretUnreadable
from posts.forms.channels import ChannelForm, NetworkAppForm
from posts.models import Channel, Connecting, NetworkApp
from posts.networks import UnknownNetwork, get_network
from posts.networks.base import ConnectsBy, Network, Rejected
from posts.networks.connecting import Account
from posts.operations import connecting
from posts.operations.apps import (
    app_of,
    callback_url,
    channels_with,
    find_keys,
    given_keys,
    remove_network_app,
    save_network_app,
)
from posts.views.acting import act
from workspaces.models import Membership
from workspaces.operation import NOT_YOURS, may
from workspaces.scope import use_workspace
from workspaces.views.access import person_of, require

BROWSER = "connects_as"
"""The session key of what ties a connection under way to this session."""


def connect(request: HttpRequest, network: Network, channel: Channel | None = None) -> HttpResponse:
    """Connect a new channel, or `channel` again: by a password, or by the network's own page."""
    if network.connects_by is ConnectsBy.PASSWORD:
        return _by_password(request, network, channel)
    return _by_way_of(request, network, channel)


# By a password -----------------------------------------------------------------------------------------------------


def _by_password(request: HttpRequest, network: Network, channel: Channel | None) -> HttpResponse:
    posted = request.POST or None
    form = ChannelForm(posted, instance=Channel(network=network.slug)) if channel is None else None
    typed = (network.sign_in_form or forms.Form)(posted)
    if request.method == "POST" and all([form is None or form.is_valid(), typed.is_valid()]):
        settings = channel.settings if channel else form.instance.settings if form else {}
        answer = connecting.sign_in(network, settings, typed.cleaned_data)
        if not isinstance(answer, Rejected):
            return _finish(request, network, answer, channel, None, **(form.choices if form else {}))
        typed.add_error(None, f"{answer.sentence} {answer.fix}".strip())
    context = {"form": form, "typed": typed, "network": network, "channel": channel, "nav": "settings"}
    status = 422 if request.method == "POST" else 200
    return render_page(request, "posts/channels/password.html", context, status=status)


# By way of the network ---------------------------------------------------------------------------------------------


def _by_way_of(request: HttpRequest, network: Network, channel: Channel | None) -> HttpResponse:
    posted = request.POST if request.method == "POST" else None
    form = (forms.Form if channel else network.settings_form)(posted)
    if request.method == "POST" and form.is_valid():
        settings = dict(channel.settings) if channel else form.cleaned_data
        try:
            keys = find_keys(network, settings, by=person_of(request))
        except SecretUnreadable as problem:
            keys = Rejected(str(problem), "unreadable")
        if isinstance(keys, Rejected):
            form.add_error(None, f"{keys.sentence} {keys.fix}".strip())
        elif keys is None and network.needs_app:
            return redirect("posts:channel_app", network.slug)
        else:
            browser = request.session.setdefault(BROWSER, random.token_urlsafe(32))
            url = connecting.begin(
                network, settings, keys, browser=browser, channel=channel, by=person_of(request)
            )
            way = {"network": network, "channel": channel, "way": url, "nav": "settings"}
            return render_page(request, "posts/channels/go.html", way)
    given = given_keys(network) is not None
    context = {
        "form": form,
        "network": network,
        "channel": channel,
        "lacks_keys": network.needs_app and not given and app_of(network, {}) is None,
        "given": given,
        "out_of_reach": network.needs_public_media and is_inside(callback_url()),
        "nav": "settings",
    }
    status = 422 if request.method == "POST" else 200
    return render_page(request, "posts/channels/connect.html", context, status=status)


@never_cache
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Take the answer of a network: once, from the person and the session that began, for their own workspace."""
    named = connecting.read_state(request.GET.get("state", ""))
    mine = Membership.objects.filter(user=person_of(request), workspace__trashed_at=None)
    membership = mine.filter(workspace=named[0]).select_related("workspace").first() if named else None
    if named is None or membership is None:
        context = {"sentence": connecting.NOBODYS}
        return render_page(request, "posts/channels/lost.html", context, status=400)
    with use_workspace(membership.workspace):
        if not may(person_of(request), "posts.create_channel", role=membership.role):
            raise PermissionDenied(NOT_YOURS)
        try:
            return _take(request, named[1])
        except (Refused, SecretUnreadable) as problem:
            messages.error(request, str(problem))
            return redirect("posts:channels")


def _take(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    row = connecting.take(pk, browser=request.session.get(BROWSER, ""), by=person_of(request))
    network = get_network(row.network)
    code = request.GET.get("code", "")
    if not code:
        connecting.drop(row)
        if request.GET.get("error", "") in {
            "access_denied",
            "user_cancelled_login",
            "user_cancelled_authorize",
        }:
            raise Refused(f"{network.name} was not connected, because you did not say yes there.")
        raise Refused(f"{network.name} sent you back without an answer. Begin again.")
    answer = connecting.exchange(row, code)
    if isinstance(answer, Rejected):
        connecting.drop(row)
        raise Refused(f"{answer.sentence} {answer.fix}".strip())
    return _finish(request, network, answer, row.channel, row)


def _finish(
    request: HttpRequest,
    network: Network,
    accounts: Sequence[Account],
    channel: Channel | None,
    row: Connecting | None,
    **choices: Any,
) -> HttpResponse:
    """Make the channel, connect it again, or ask which of several accounts is meant."""
    fitting = connecting.meant(network, accounts, channel)
    if len(fitting) != 1:
        if row is None:
            row = connecting.offer_accounts(network, accounts, channel=channel, by=person_of(request))
        else:
            connecting.keep_accounts(row, accounts)
        return redirect("posts:channel_pick", row.pk)
    try:
        account = connecting.taught(network, fitting[0])
        made, is_new = connecting.connect_account(network, account, by=person_of(request), **choices)
    finally:
        if row is not None:
            connecting.drop(row)
    messages.success(request, f"{made} is connected{'' if is_new else ' again'}.")
    return redirect("posts:channel", made.pk)


@require_http_methods(["GET", "POST"])
def pick(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the accounts that a connection may speak for, and make channels of those that are picked."""
    require(request, "posts.create_channel")
    open_ones = Connecting.objects.filter(
        created_by=person_of(request), returned_at__isnull=False, ends_at__gt=clock.now()
    )
    row = get_object_or_404(open_ones.select_related("channel"), pk=pk)
    network = get_network(row.network)
    accounts = connecting.accounts_of(row)
    known = connecting.channels_of(network, accounts)
    chosen = [accounts[int(at)] for at in request.POST.getlist("account") if _is_place(at, accounts)]
    if request.method == "POST" and chosen:
        return _connect_all(request, network, row, chosen)
    rows = [(one, known.get(connecting.account_id(network, one))) for one in accounts]
    context = {"network": network, "channel": row.channel, "accounts": rows, "nav": "settings"}
    context["nothing"] = request.method == "POST"
    status = 422 if request.method == "POST" else 200
    return render_page(request, "posts/channels/pick.html", context, status=status)


def _is_place(text: str, accounts: Sequence[Account]) -> bool:
    return text.isascii() and text.isdigit() and int(text) < len(accounts)


def _connect_all(
    request: HttpRequest, network: Network, row: Connecting, chosen: Sequence[Account]
) -> HttpResponse:
    made = []
    if len(chosen) == 1:  # of many each is asked about its limits by the worker
        chosen = [connecting.taught(network, chosen[0])]
    for account in chosen:
        try:
            channel, _ = connecting.connect_account(network, account, by=person_of(request))
        except Refused as problem:
            messages.error(request, str(problem))
        else:
            made.append(channel)
    connecting.drop(row)
    if made:
        names = ", ".join(str(channel) for channel in made)
        messages.success(request, f"{names} {'is' if len(made) == 1 else 'are'} connected.")
    return redirect("posts:channel", made[0].pk) if len(made) == 1 else redirect("posts:channels")


# Keys of apps ------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def edit_app(request: HttpRequest, network: str) -> HttpResponse:
    """Show where the keys of an app come from and take them; what is secret of them is never shown."""
    require(request, "posts.save_network_app")
    try:
        kind = get_network(network)
    except UnknownNetwork:
        raise Http404 from None
    if not kind.needs_app:
        raise Http404
    given = given_keys(kind)
    app = app_of(kind, {}) or NetworkApp(network=kind.slug, place=kind.app_keys_for({}))
    form = NetworkAppForm(request.POST or None, instance=app)
    if request.method == "POST" and given is None and form.is_valid():
        secret = form.cleaned_data["secret"]
        save_network_app(form.save(commit=False), secret=secret, by=person_of(request))
        messages.success(request, f"The keys for {kind.name} are kept. Connect a channel with them now.")
        return redirect("posts:channel_create", kind.slug)
    context = {
        "form": form,
        "network": kind,
        "given": given is not None,
        "app": None if app._state.adding else app,
        "using": [] if app._state.adding else channels_with(app),
        "callback": callback_url(),
        "nav": "settings",
    }
    status = 422 if request.method == "POST" else 200
    return render_page(request, "posts/channels/app.html", context, status=status)


@require_POST
def remove_app(request: HttpRequest, network: str) -> HttpResponse:
    """Forget the keys of an app that no channel uses."""
    require(request, "posts.remove_network_app")
    try:
        kind = get_network(network)
    except UnknownNetwork:
        raise Http404 from None
    app = app_of(kind, {}) if kind.needs_app else None
    if app is None:
        raise Http404
    return act(
        request,
        lambda: remove_network_app(app, by=person_of(request)),
        f"The keys for {kind.name} are forgotten.",
        back=reverse("posts:channel_app", args=[kind.slug]),
    )
