"""Webhooks in the settings: list, make, page with its log, each verb; one message with its tries."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aura.kit import clock, paging, secrets
from aura.kit.htmx import render_page
from aura.kit.problems import Refused
from workspaces import events
from workspaces.models import WebhookDelivery, WebhookEndpoint
from workspaces.operations import (
    create_webhook,
    delete_webhook,
    edit_webhook,
    endpoints,
    pause_webhook,
    replay_delivery,
    resume_webhook,
    rotate_webhook_secret,
    secret_of,
    try_webhook_now,
)
from workspaces.views.access import can, person_of, require
from workspaces.webhook_form import LogFilter, WebhookForm

NEWEST = paging.Sort(key="newest", word="Newest first", field="id", descending=True)
TRIES_SHOWN = 50
FRAME = {"tab": "webhooks", "nav": "settings"}
D = WebhookDelivery.Status


def _endpoint(pk: uuid.UUID) -> WebhookEndpoint:
    return get_object_or_404(endpoints().select_related("created_by"), pk=pk)


def _delivery(pk: uuid.UUID) -> WebhookDelivery:
    there = WebhookDelivery.objects.exclude(endpoint__status=WebhookEndpoint.Status.DELETED)
    return get_object_or_404(there.select_related("endpoint"), pk=pk)


@require_safe
def list_webhooks(request: HttpRequest) -> HttpResponse:
    """Show who is told of what happens here. Members read where to; owners and admins open them."""
    context = {
        **FRAME,
        "webhooks": list(endpoints()),
        "may_manage": can(request, "workspaces.create_webhook"),
    }
    return render_page(request, "workspaces/webhooks.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Make a webhook. Its secret is shown once, right in the answer."""
    require(request, "workspaces.create_webhook")
    form = WebhookForm(request.POST or None, instance=WebhookEndpoint())
    if request.method == "POST" and form.is_valid():
        try:
            made = create_webhook(form.save(commit=False), by=person_of(request))
        except Refused as problem:
            form.add_error(None, str(problem))
        else:
            return _show_secret(request, made, is_new=True)
    context = {**FRAME, "form": form}
    status = 422 if request.method == "POST" else 200
    return render_page(request, "workspaces/webhook_form.html", context, status=status)


def _show_secret(request: HttpRequest, endpoint: WebhookEndpoint, *, is_new: bool) -> HttpResponse:
    context = {
        **FRAME,
        "webhook": endpoint,
        "secret": secret_of(endpoint),
        "is_new": is_new,
        "until": _old_until(endpoint),
    }
    response = render_page(request, "workspaces/webhook_secret.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _old_until(endpoint: WebhookEndpoint) -> datetime | None:
    """Return until when the secret before signs beside the new one, None where it does not."""
    try:
        until = secrets.unseal_dict(endpoint.secret).get("previous_until")
    except secrets.SecretUnreadable:
        return None
    at = datetime.fromisoformat(until) if until else None
    return at if at is not None and at > clock.now() else None


@require_safe
def show(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show one webhook with its log, newest first."""
    require(request, "workspaces.edit_webhook")
    endpoint = _endpoint(pk)
    form = LogFilter(request.GET)
    form.is_valid()  # a filter that means nothing narrows nothing
    chosen = {name: value for name, value in form.cleaned_data.items() if value}
    rows = WebhookDelivery.objects.filter(endpoint=endpoint, **chosen).defer("body")
    shown = paging.page(rows, NEWEST, request.GET)
    context = {
        **FRAME,
        "webhook": endpoint,
        "hears_all": len(endpoint.events) == len(events.kinds()),
        "told_of": [{"name": name, "label": events.label_of(name)} for name in endpoint.events],
        "old_until": _old_until(endpoint),
        "form": form,
        "rows": [{"delivery": row, "label": events.label_of(row.event)} for row in shown.rows],
        "links": shown.links(request.GET),
        "is_filtered": bool(chosen),
    }
    return render_page(request, "workspaces/webhook.html", context, part="delivery-rows")


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Change address, description and events."""
    require(request, "workspaces.edit_webhook")
    endpoint = _endpoint(pk)
    form = WebhookForm(request.POST or None, instance=endpoint)
    if request.method == "POST" and form.is_valid():
        return _run(request, endpoint, lambda: edit_webhook(form.instance, by=person_of(request)), "Saved.")
    context = {**FRAME, "form": form, "webhook": endpoint, "editing": True}
    status = 422 if request.method == "POST" else 200
    return render_page(request, "workspaces/webhook_form.html", context, status=status)


def _run(
    request: HttpRequest, endpoint: WebhookEndpoint, verb: Callable[[], object], said: str
) -> HttpResponse:
    try:
        verb()
    except Refused as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, said)
    return redirect("workspace:webhook", endpoint.pk)


@require_POST
def pause(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Send nothing there for now."""
    endpoint = _endpoint(pk)
    said = f"{endpoint} is paused. What happens meanwhile waits."
    return _run(request, endpoint, lambda: pause_webhook(endpoint, by=person_of(request)), said)


@require_POST
def resume(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Use a webhook again."""
    endpoint = _endpoint(pk)
    said = f"{endpoint} is in use again. What has waited goes now."
    return _run(request, endpoint, lambda: resume_webhook(endpoint, by=person_of(request)), said)


@require_POST
def rotate(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Make a new secret and show it once."""
    endpoint = rotate_webhook_secret(_endpoint(pk), by=person_of(request))
    return _show_secret(request, endpoint, is_new=False)


@require_POST
def test(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Send a test at once, as a message like any other, and say what came back."""
    endpoint = _endpoint(pk)
    try:
        delivery = try_webhook_now(endpoint, by=person_of(request))
    except Refused as problem:
        messages.error(request, str(problem))
        return redirect("workspace:webhook", pk)
    return _say_how_it_went(request, delivery)


def _say_how_it_went(request: HttpRequest, delivery: WebhookDelivery) -> HttpResponse:
    if delivery.status == D.DELIVERED:
        messages.success(request, delivery.sentence)
    elif delivery.sentence:
        messages.error(request, delivery.sentence)
    else:
        messages.info(request, "It waits its turn and goes in a moment.")
    return redirect("workspace:delivery", delivery.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask, then delete a webhook with its log."""
    require(request, "workspaces.delete_webhook")
    endpoint = _endpoint(pk)
    if request.method == "POST":
        try:
            delete_webhook(endpoint, by=person_of(request))
        except Refused as problem:
            messages.error(request, str(problem))
        else:
            messages.success(request, f"{endpoint} is deleted.")
        return redirect("workspace:webhooks")
    waiting = WebhookDelivery.objects.filter(endpoint=endpoint, status=D.PENDING).count()
    context = {**FRAME, "webhook": endpoint, "waiting": waiting}
    return render_page(request, "workspaces/webhook_delete.html", context)


@require_safe
def show_delivery(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show one message: what was sent, and every try."""
    require(request, "workspaces.replay_delivery")
    delivery = _delivery(pk)
    context = {
        **FRAME,
        "delivery": delivery,
        "webhook": delivery.endpoint,
        "label": events.label_of(delivery.event),
        "body": _readable(delivery.body),
        "tries": list(delivery.tries_made.order_by("-number")[:TRIES_SHOWN]),
    }
    return render_page(request, "workspaces/delivery.html", context)


def _readable(body: str) -> str:
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    except ValueError:
        return body


@require_POST
def replay(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Send a message again."""
    delivery = _delivery(pk)
    try:
        replay_delivery(delivery, by=person_of(request))
    except Refused as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, "It goes again now, as the same message.")
    return redirect("workspace:delivery", pk)
