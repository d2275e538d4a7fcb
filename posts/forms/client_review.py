"""What members and clients type about review links."""

from __future__ import annotations

from typing import Any

from django import forms

from posts.models.review_link import DAYS_AT_MOST, LASTS, NOTE_LENGTH
from workspaces.models.workspace import validate_plain_text


class LinkForm(forms.Form):
    """How long a link lasts, whether it asks for a password, and what it shows."""

    days = forms.IntegerField(
        label="Days until it ends",
        min_value=1,
        max_value=DAYS_AT_MOST,
        initial=LASTS.days,
        error_messages={
            "max_value": f"Pick {DAYS_AT_MOST} days or fewer.",
            "min_value": "Pick a day or more.",
        },
    )
    password = forms.CharField(
        label="Password",
        required=False,
        max_length=100,
        min_length=6,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="Tell it apart from the link. Empty: the link is enough.",
        error_messages={"min_length": "Use 6 letters or more."},
    )
    whole_campaign = forms.BooleanField(
        label="With every post of its campaign that is in review", required=False
    )


class AnswerForm(forms.Form):
    """A client's answer: who they are, and what they have to say."""

    name = forms.CharField(
        label="Your name",
        max_length=60,
        validators=[validate_plain_text],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Say who you are."},
    )
    note = forms.CharField(
        label="Comment",
        required=False,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": f"Keep it to {NOTE_LENGTH} characters."},
    )
    answer = forms.ChoiceField(choices=[("approve", "Approve"), ("changes", "Ask for changes")])

    def clean(self) -> dict[str, Any]:
        """Ask for words where something should change."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("answer") == "changes" and not cleaned.get("note", "").strip():
            self.add_error("note", "Say what should change.")
        return cleaned
