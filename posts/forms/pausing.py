"""The form of the crisis switch: what is paused, and why."""

from __future__ import annotations

from typing import Any

from django import forms

from campaigns.models import Campaign

REASON_LENGTH = 200
WHY = "Say why, in a few words. Everybody who waits reads it."


class PauseForm(forms.Form):
    """A reason, and the campaign that is paused; without one it is everything."""

    reason = forms.CharField(
        label="Why",
        max_length=REASON_LENGTH,
        help_text="It stands on every page while it is on.",
        error_messages={
            "required": WHY,
            "max_length": "The reason has at most %(limit_value)s characters, this one has %(show_value)s.",
        },
    )


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
        self.fields["reason"].help_text = "It stands in the calendar and on the campaign while it is on."
