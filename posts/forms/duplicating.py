"""The form that says where the same goes once more: under which title, in which campaign, to which channels."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.datastructures import MultiValueDict

from campaigns.models import Campaign
from posts.models import Channel, Post
from posts.models.post import TITLE_LENGTH
from posts.models.target import NO_PART

PICK_CHANNELS = "Pick channels that are in this workspace."


class DuplicateForm(forms.Form):
    """Judges a copy of `post`, called `title` unless somebody says otherwise.

    Channels that are ticked and have words of their own in the post keep them.
    """

    title = forms.CharField(
        max_length=TITLE_LENGTH,
        error_messages={
            "required": "Give it a title, so that people find it.",
            "max_length": "A title has at most %(limit_value)s characters, this one has %(show_value)s.",
        },
    )
    campaign = forms.ModelChoiceField(
        Campaign.objects.none(),
        empty_label="Pick a campaign",
        error_messages={
            "required": "Pick the campaign it belongs to.",
            "invalid_choice": "Pick a campaign that is in this workspace and still runs.",
        },
    )
    channels = forms.ModelMultipleChoiceField(
        Channel.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "invalid_choice": PICK_CHANNELS,
            "invalid_pk_value": PICK_CHANNELS,
            "invalid_list": PICK_CHANNELS,
        },
    )

    def __init__(self, data: MultiValueDict[str, str] | None = None, *, post: Post, title: str = "") -> None:
        mine = post.targets.exclude(status__in=NO_PART).filter(position=0)
        initial = {
            "title": title,
            "campaign": post.campaign_id,
            "channels": list(mine.values_list("channel_id", flat=True)),
        }
        super().__init__(data, initial=initial)
        running = ~Q(status=Campaign.Status.COMPLETED) & Q(archived_at=None)
        campaigns = Campaign.objects.filter(running | Q(pk=post.campaign_id), trashed_at=None)
        self.fields["campaign"].queryset = campaigns.select_related("brand").order_by("name", "id")  # type: ignore[attr-defined]
        self.fields["channels"].queryset = Channel.objects.filter(trashed_at=None)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse channels that speak for another brand than the campaign's."""
        cleaned: dict[str, Any] = super().clean() or {}
        campaign = cleaned.get("campaign")
        silent = [one for one in cleaned.get("channels") or [] if not one.speaks_for(campaign)]
        if silent and campaign is not None:
            names = ", ".join(str(channel) for channel in silent)
            does = "does" if len(silent) == 1 else "do"
            self.add_error(
                "channels",
                f"{names} {does} not speak for {campaign.brand}. Untick, or pick another campaign.",
            )
        return cleaned
