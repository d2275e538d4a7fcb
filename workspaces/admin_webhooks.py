"""Webhooks, what was sent to them, and every try, for staff."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Q
from django.forms import ModelForm
from django.http import HttpRequest

from workspaces.admin_base import ReadOnlyAdmin, WorkspaceAdmin, operation_action, set_aside_filter
from workspaces.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from workspaces.operation import Staff
from workspaces.operations import (
    delete_webhook,
    edit_webhook,
    pause_webhook,
    replay_delivery,
    resume_webhook,
)
from workspaces.webhook_form import WebhookForm


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(WorkspaceAdmin):
    """Webhooks. Their secrets are shown on no page of the admin."""

    form = WebhookForm
    related = ["created_by"]
    list_display = ["__str__", "status", "problem", "failures", "failing_since", "created_at"]
    list_filter = ["status"]
    search_fields = ["url", "description"]
    ordering = ["-id"]
    exclude = ["secret"]
    actions = [
        operation_action(pause_webhook, "Pause: send nothing for now", "paused."),
        operation_action(resume_webhook, "Switch on again", "in use again."),
        operation_action(delete_webhook, "Delete, with its log", "deleted."),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A webhook is made on its own page, where its secret is shown once."""
        return False

    def save_by(
        self, obj: WebhookEndpoint, form: ModelForm[WebhookEndpoint], *, by: Staff, change: bool
    ) -> None:
        """Save by the operation of its page."""
        edit_webhook(obj, by=by)


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyAdmin):
    """What was sent to webhooks, and what waits."""

    related = ["endpoint"]
    list_display = ["event", "about", "endpoint", "status", "attempts", "sentence", "happened_at"]
    list_filter = [set_aside_filter(Q(status=WebhookDelivery.Status.FAILED)), "status", "event"]
    search_fields = ["about", "event", "endpoint__description", "endpoint__url"]
    ordering = ["-id"]
    date_hierarchy = "happened_at"
    actions = [operation_action(replay_delivery, "Send again", "will be sent again.")]


@admin.register(WebhookAttempt)
class WebhookAttemptAdmin(ReadOnlyAdmin):
    """Every try to reach a webhook."""

    related = ["delivery__endpoint"]
    list_display = ["delivery", "number", "started_at", "status_code", "is_accepted", "sentence"]
    list_filter = ["is_accepted"]
    search_fields = ["sentence", "answer", "delivery__event"]
    ordering = ["-id"]
