"""The form that gives a channel posting times."""

from __future__ import annotations

from django import forms

from posts.models.slot import WEEKDAYS


class SlotsForm(forms.Form):
    """One time of day on some days of the week."""

    weekdays = forms.TypedMultipleChoiceField(
        label="On",
        choices=list(enumerate(WEEKDAYS)),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Tick at least one day of the week.",
            "invalid_choice": "Tick days of the week.",
            "invalid_list": "Tick days of the week.",
        },
    )
    time = forms.TimeField(
        label="At",
        widget=forms.TimeInput,
        error_messages={"required": "Pick a time.", "invalid": "Write the time like 07:30."},
    )
