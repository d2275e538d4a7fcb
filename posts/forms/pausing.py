"""The form of the crisis switch: what is paused, and why."""

from __future__ import annotations

from typing import Any

from django import forms

from campaigns.models import Campaign

REASON_LENGTH = 200


class PauseForm(forms.Form):
    """Why something is paused, where somebody says so."""

    reason = forms.CharField(
        label="Why",
        required=False,
        max_length=REASON_LENGTH,
        help_text="In a few words, for everybody who waits. It stands on every page while it is on.",
        error_messages={
            "max_length": "The reason has at most %(limit_value)s characters, this one has %(show_value)s.",
        },
    )


class PauseChannelForm(PauseForm):
    """As `PauseForm`, for a channel, on its own page."""

    def __init__(self) -> None:
        super().__init__(auto_id="pause-%s")
        self.fields["reason"].help_text = "It stands on its posts and in the calendar while it is on."


class PauseCampaignForm(PauseForm):
    """As `PauseForm`, for one campaign that is not paused yet."""

    campaign = forms.ModelChoiceField(
        Campaign.objects.none(),
        empty_label="Pick a campaign",
        error_messages={
            "required": "Pick the campaign to pause.",
            "invalid_choice": "Pick a campaign that is in this workspace.",
        },
    )
    field_order = ["campaign", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        running = Campaign.objects.filter(trashed_at=None, archived_at=None, paused_at=None)
        self.fields["campaign"].queryset = running.order_by("name", "id")  # type: ignore[attr-defined]
        self.fields[
            "reason"
        ].help_text = "It stands on the campaign, its posts and in the calendar while it is on."
