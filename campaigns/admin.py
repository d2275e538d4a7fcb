"""Brands and campaigns in the admin: written by the forms and operations of the pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin

from aura.kit import clock
from campaigns import operations
from campaigns.forms import BrandForm, CampaignForm
from campaigns.models import Brand, BrandVoiceTag, Campaign, CampaignTag
from workspaces.admin_base import IN_TRASH, ReadOnlyAdmin, WorkspaceAdmin, operation_action
from workspaces.operation import Staff


@admin.register(Brand)
class BrandAdmin(WorkspaceAdmin):
    """Brands."""

    form = BrandForm
    related = ["created_by"]
    list_display = ["name", "created_by", "created_at", "trashed_at"]
    list_filter = [IN_TRASH]
    search_fields = ["name", "about"]
    ordering = ["name", "id"]
    fieldsets = [
        (None, {"fields": ["name", "about", "voice_tags", "guardrails", "colours", "logo"]}),
        ("Where it stands", {"fields": ["created_by", "created_at", "trashed_at"]}),
    ]
    actions = [
        operation_action(
            operations.trash_brand,
            "Put in the trash with its campaigns",
            "put in the trash.",
            now=clock.now,
        ),
        operation_action(operations.restore_brand, "Restore from the trash", "restored.", now=clock.now),
    ]

    def save_by(self, obj: Any, form: forms.ModelForm[Any], *, by: Staff, change: bool) -> None:
        """Save by the operation of the page."""
        save = operations.edit_brand if change else operations.create_brand
        save(obj, by=by)


class CampaignAdminForm(CampaignForm):
    """The form of the page; `seen_version` is the version that was open, as `version` itself is shown to read."""

    version = None  # type: ignore[assignment]
    seen_version = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        saved = kwargs.get("instance")
        if saved is not None and not saved._state.adding:
            kwargs["voice"] = list(saved.voice_tags.values_list("word", flat=True))
            kwargs["labels"] = list(saved.tags.values_list("word", flat=True))
            kwargs["initial"] = {"seen_version": saved.version, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)


@admin.register(Campaign)
class CampaignAdmin(WorkspaceAdmin):
    """Campaigns: the brief is edited, where it stands is read and changed by actions."""

    form = CampaignAdminForm
    related = ["brand", "created_by"]
    list_display = [
        "name",
        "brand",
        "status",
        "start_date",
        "end_date",
        "created_by",
        "archived_at",
        "trashed_at",
    ]
    list_filter = ["status", ("archived_at", admin.EmptyFieldListFilter), IN_TRASH]
    search_fields = ["name", "goal", "category", "brand__name"]
    ordering = ["-id"]
    fieldsets = [
        (None, {"fields": ["name", "brand", "goal", "category", "tags", "seen_version"]}),
        ("Brief", {"fields": ["overview", "target_audience", "guardrails", "voice_tags"]}),
        ("When and how much", {"fields": ["start_date", "end_date", "budget", "currency"]}),
        (
            "Where it stands",
            {
                "fields": [
                    "status", "started_at", "completed_at", "archived_at", "trashed_at", "created_by", "created_at",
                    "updated_at", "version",
                ]
            },
        ),
    ]  # fmt: skip
    actions = [
        operation_action(operations.archive_campaign, "Archive", "archived.", now=clock.now),
        operation_action(
            operations.unarchive_campaign,
            "Take out of the archive",
            "taken out of the archive.",
            now=clock.now,
        ),
        operation_action(operations.complete_campaign, "Complete", "completed.", now=clock.now),
        operation_action(
            operations.trash_campaign,
            "Put in the trash with everything in them",
            "put in the trash.",
            now=clock.now,
            with_contents=True,
        ),
        operation_action(operations.restore_campaign, "Restore from the trash", "restored.", now=clock.now),
        operation_action(
            operations.purge_campaign, "Delete for good (from the trash)", "deleted for good.", now=clock.now
        ),
    ]

    def save_by(self, obj: Any, form: forms.ModelForm[Any], *, by: Staff, change: bool) -> None:
        """Save by the operation of the page, with the version that was open."""
        judged = form.cleaned_data
        words = {"voice_tags": judged["voice_tags"], "tags": judged["tags"], "now": clock.now()}
        if change:
            operations.edit_campaign(obj, version=judged["seen_version"] or 0, by=by, **words)
        else:
            operations.create_campaign(obj, by=by, **words)


class WordAdmin(ReadOnlyAdmin):
    """Words of campaigns; written with their campaign."""

    related = ["campaign"]
    list_display = ["word", "campaign"]
    search_fields = ["word", "campaign__name"]
    ordering = ["word", "id"]


admin.site.register(BrandVoiceTag, WordAdmin)
admin.site.register(CampaignTag, WordAdmin)
