"""Channels in the settings: list, connect, page, and each verb; and the feed of the sandbox."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from aura.kit import clock, paging, secrets
from aura.kit.htmx import render_page
from aura.kit.problems import Refused
from media_library.models import Rendition
from posts import forecast
from posts.contents import promises_of, unapproved_on
from posts.forms.channels import ChannelForm
from posts.forms.pausing import PauseChannelForm
from posts.forms.slots import SlotsForm
from posts.models import Attempt, Channel, PostingSlot, SandboxPost, Target
from posts.models.slot import WEEKDAYS
from posts.networks import UnknownNetwork, connectable, get_network
from posts.networks.base import Accepted, Ambiguous, ConnectsBy, Network
from posts.networks.describing import by_source, rows_of
from posts.operations.apps import lacking_keys
from posts.operations.channels import (
    create_channel,
    edit_channel,
    pause_channel,
    restore_channel,
    resume_channel,
    rotate_channel_secret,
    secrets_of,
    trash_channel,
)
from posts.operations.renewing import try_channel
from posts.resuming import said_before, waiting
from posts.views.acting import back_to
from posts.views.connecting import connect
from workspaces.scope import current_workspace
from workspaces.views.access import can, person_of, require

Verb = Callable[..., Channel]
CHANNELS_AT_MOST = 200
LISTED = 20  # scheduled posts named before a channel goes, and on its page
FEED = paging.Sort("newest", "Newest")


def get_channel(pk: uuid.UUID) -> Channel:
    """Return a channel of this workspace, or answer 404."""
    return get_object_or_404(Channel.objects.select_related("brand", "created_by", "approver"), pk=pk)


def _network(slug: str) -> Network:
    try:
        return get_network(slug)
    except UnknownNetwork:
        raise Http404 from None


@require_GET
def list_channels(request: HttpRequest) -> HttpResponse:
    """Show the channels in use, those in trouble first, and those in the trash."""
    waiting = Count("targets__post", filter=Q(targets__status=Target.Status.SCHEDULED), distinct=True)
    rows = Channel.objects.select_related("brand").annotate(waiting=waiting).order_by("name", "id")
    channels = list(rows.filter(trashed_at=None)[:CHANNELS_AT_MOST])
    channels.sort(key=lambda channel: channel.status == Channel.Status.ACTIVE)
    context = {
        "channels": [
            {"channel": one, "where": _where(one), "reconnects": one.account_id != ""} for one in channels
        ],
        "trashed": list(rows.filter(trashed_at__isnull=False)[:CHANNELS_AT_MOST]),
        "broken": sum(one.status == Channel.Status.BROKEN for one in channels),
        "may_manage": can(request, "posts.create_channel"),
        "nav": "settings",
    }
    return render_page(request, "posts/channels/list.html", context)


def _where(channel: Channel) -> str:
    return get_network(channel.network).describe(channel.settings)


@require_GET
def choose_network(request: HttpRequest) -> HttpResponse:
    """Offer the networks a channel can be connected to."""
    require(request, "posts.create_channel")
    lacking = lacking_keys()
    networks = [{"network": one, "lacks_keys": one.slug in lacking} for one in connectable()]
    return render_page(request, "posts/channels/choose.html", {"networks": networks, "nav": "settings"})


@require_http_methods(["GET", "POST"])
def create(request: HttpRequest, network: str) -> HttpResponse:
    """Connect a channel on one network, or begin to. What the person has to copy is shown once, right in the answer."""
    require(request, "posts.create_channel")
    kind = _network(network)
    if kind.connects_by is not ConnectsBy.FORM:
        return connect(request, kind)
    channel = Channel(network=kind.slug)
    form = ChannelForm(request.POST or None, instance=channel)
    if request.method == "POST" and form.is_valid():
        made = create_channel(form.save(commit=False), by=person_of(request))
        messages.success(request, f"{made} is connected.")
        return _show_secrets(request, made) or redirect("posts:channel", made.pk)
    status = 422 if request.method == "POST" else 200
    context = {
        "form": form,
        "channel": channel,
        "network": kind,
        "words": kind.words,
        "nav": "settings",
    }
    return render_page(request, "posts/channels/form.html", context, status=status)


def _show_secrets(request: HttpRequest, channel: Channel) -> HttpResponse | None:
    """Return the page with fresh secrets, or None when the network has none to copy."""
    fresh = secrets_of(channel)
    if not fresh:
        return None
    context = {"channel": channel, "secrets": fresh, "nav": "settings"}
    response = render_page(request, "posts/channels/secret.html", context)
    response["Cache-Control"] = "no-store"
    return response


@require_GET
def show(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show one channel: how it is, what waits for it, what became of the last posts."""
    return channel_page(request, get_channel(pk))


def channel_page(
    request: HttpRequest, channel: Channel, *, slots_form: SlotsForm | None = None, status: int = 200
) -> HttpResponse:
    """Return the page of a channel; `slots_form` is what was typed for its posting times and refused."""
    promised, total = promises_of(Target.objects.filter(channel=channel), LISTED)
    lines = Attempt.objects.filter(target__channel=channel).exclude(outcome=Attempt.Outcome.STARTED)
    network = get_network(channel.network)
    is_paused = channel.status == Channel.Status.PAUSED
    rows = [row for row in waiting(clock.now()) if row.channel == channel.pk] if is_paused else []
    context = {
        "channel": channel,
        "network": network,
        "resumes": said_before(rows, minutes=current_workspace().grace_minutes) if is_paused else "",
        "pause_form": PauseChannelForm(),
        "where": _where(channel),
        "promised": promised,
        "promised_total": total,
        "attempts": list(lines.select_related("target__post").order_by("-started_at", "-id")[:10]),
        "has_secret": bool(channel.secret) and not channel.account_id,
        "reconnects": channel.account_id != "",
        "may_manage": can(request, "posts.edit_channel") and channel.trashed_at is None,
        "may_restore": can(request, "posts.restore_channel"),
        **_ending(channel),
        "limits": by_source(
            rows_of(
                network,
                channel.settings,
                learned_on=channel.learned_at.date() if channel.learned_at else None,
            )
        ),
        "unapproved": unapproved_on(channel),
        "slots": _by_weekday(channel),
        "slots_zone": channel.zone or current_workspace().zone,
        "slots_form": slots_form or SlotsForm(),
        "nav": "settings",
    }
    return render_page(request, "posts/channels/detail.html", context, status=status)


def _ending(channel: Channel) -> dict[str, object]:
    """Return what is said of a sign-in that ends before long, and the posts that come after; else nothing."""
    now = clock.now()
    if not forecast.is_ending(channel, now):
        return {}
    failing, total = promises_of(forecast.failing_targets(channel), LISTED)
    says, words = forecast.says(channel, total, now, current_workspace().zone)
    return {
        "ending": f"{says}. {words}".rstrip("."),
        "failing": failing,
        "failing_more": total - len(failing),
    }


def _by_weekday(channel: Channel) -> list[tuple[str, list[PostingSlot]]]:
    """Return the days of the week that have posting times, with these in order."""
    slots = list(PostingSlot.objects.filter(channel=channel).order_by("weekday", "time"))
    days = [(word, [slot for slot in slots if slot.weekday == day]) for day, word in enumerate(WEEKDAYS)]
    return [(word, on_it) for word, on_it in days if on_it]


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Change a channel."""
    require(request, "posts.edit_channel")
    channel = get_channel(pk)
    form = ChannelForm(request.POST or None, instance=channel)
    if request.method == "POST" and form.is_valid():
        try:
            edit_channel(form.save(commit=False), by=person_of(request))
        except Refused as problem:
            messages.error(request, str(problem))
        else:
            messages.success(request, f"{channel} is saved.")
            if {"approval", "approver"} & set(form.changed_data) and unapproved_on(channel):
                messages.warning(
                    request, "What is scheduled here and lacks a yes waits now. It is listed below."
                )
        return redirect("posts:channel", pk)
    status = 422 if request.method == "POST" else 200
    network = get_network(channel.network)
    context = {"form": form, "channel": channel, "network": network, "editing": True, "nav": "settings"}
    return render_page(request, "posts/channels/form.html", context, status=status)


def _run(request: HttpRequest, pk: uuid.UUID, verb: Verb, said: str) -> HttpResponse:
    back = back_to(request, reverse("posts:channel", args=[pk]))
    channel = get_channel(pk)
    try:
        verb(channel, by=person_of(request))
    except Refused as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, said.format(channel))
    return redirect(back)


@require_POST
def pause(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Hold back what is due on a channel."""
    verb = partial(pause_channel, reason=request.POST.get("reason", ""))
    return _run(request, pk, verb, "{} is paused. What is due there waits.")


@require_POST
def resume(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Use a channel again."""
    return _run(request, pk, resume_channel, "{} is in use again.")


@require_POST
def restore(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Bring a channel back from the trash."""
    return _run(request, pk, restore_channel, "{} is back. Schedule its posts again.")


@require_http_methods(["GET", "POST"])
def trash(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask, with the posts that would not go out any more, then put a channel in the trash."""
    require(request, "posts.trash_channel")
    if request.method == "POST":
        _run(request, pk, trash_channel, "{} is in the trash.")
        return redirect("posts:channels")
    channel = get_channel(pk)
    promised, total = promises_of(Target.objects.filter(channel=channel), LISTED)
    context = {
        "channel": channel,
        "promised": promised,
        "promised_total": total,
        "more": total - len(promised),
        "nav": "settings",
    }
    return render_page(request, "posts/channels/trash.html", context)


@require_POST
def rotate(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Make a new secret and show it once."""
    channel = get_channel(pk)
    try:
        channel = rotate_channel_secret(channel, by=person_of(request))
    except Refused as problem:
        messages.error(request, str(problem))
        return redirect("posts:channel", pk)
    return _show_secrets(request, channel) or redirect("posts:channel", pk)


@require_http_methods(["GET", "POST"])
def reconnect(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Connect a channel again, for the same account: its posts stay."""
    require(request, "posts.reconnect_channel")
    channel = get_channel(pk)
    network = _network(channel.network)
    if not channel.account_id or channel.trashed_at:
        raise Http404
    return connect(request, network, channel)


@require_POST
def test(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Try the connection without publishing anything, renewed first where that is due; say what came back."""
    require(request, "posts.edit_channel")
    try:
        outcome = try_channel(get_channel(pk), now=clock.now())
    except secrets.SecretUnreadable as problem:
        messages.error(request, str(problem))
        return redirect("posts:channel", pk)
    if isinstance(outcome, Accepted):
        messages.success(request, outcome.sentence)
    elif isinstance(outcome, Ambiguous):
        messages.warning(request, f"{outcome.sentence} Try again in a moment.")
    else:
        messages.error(request, f"{outcome.sentence} {getattr(outcome, 'fix', '')}".strip())
    return redirect("posts:channel", pk)


@require_GET
def sandbox(request: HttpRequest) -> HttpResponse:
    """Show what the sandbox received, newest first, like a feed; `channel` in the address names one account."""
    rows = SandboxPost.objects.filter(root=None).select_related("channel")
    channel = _asked_channel(request)
    if channel is not None:
        rows = rows.filter(channel=channel)
    shown = paging.page(rows, FEED, request.GET, size=12)
    _with_pictures([*shown.rows, *_with_answers(shown.rows)])
    context = {"page": shown, "channel": channel, **shown.links(request.GET), "nav": "posts"}
    return render_page(request, "posts/sandbox.html", context, part="sandbox-feed")


def _asked_channel(request: HttpRequest) -> Channel | None:
    """Return the sandbox channel that the address names, None for all. Raises Http404 for one that is none."""
    asked = request.GET.get("channel")
    if not asked:
        return None
    try:
        return get_object_or_404(Channel, pk=uuid.UUID(asked), network="sandbox")
    except ValueError:
        raise Http404 from None


def _with_answers(rows: list[SandboxPost]) -> list[SandboxPost]:
    """Give each row what hangs below it, the later `parts` in order and its `comments`; return all, by one query."""
    below = list(SandboxPost.objects.filter(root__in=rows).order_by("received_at", "id")) if rows else []
    for row in rows:
        mine = [one for one in below if one.root_id == row.pk]
        row.parts = [one for one in mine if not one.as_comment]  # type: ignore[attr-defined]
        row.comments = [one for one in mine if one.as_comment]  # type: ignore[attr-defined]
    return below


def _with_pictures(rows: list[SandboxPost]) -> None:
    """Give each row its `pictures`: the renditions it was sent with that still exist, by one query."""
    wanted = {uuid.UUID(item["rendition"]) for row in rows for item in row.payload.get("media", [])}
    made = {str(one.pk): one for one in Rendition.objects.filter(pk__in=wanted)} if wanted else {}
    for row in rows:
        row.pictures = [  # type: ignore[attr-defined]
            {"rendition": made[item["rendition"]], "alt_text": item["alt_text"]}
            for item in row.payload.get("media", [])
            if item["rendition"] in made
        ]
