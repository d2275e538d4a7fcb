"""The form of quiet times: hours, weekdays, and days off in rows; an emptied row is a day that is no longer off."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from workspaces.models import Workspace
from workspaces.models.workspace import validate_plain_text
from workspaces.quiet import WEEKDAYS, DayOff, days_off_of

ROWS_AT_MOST = 60
EMPTY_ROWS = 2
WHY_LENGTH = 60
_DAY = {"invalid": "Write the day like 2026-12-24."}
_TIME = {"invalid": "Write the time like 22:00."}
_EVERY_DAY = (1 << len(WEEKDAYS)) - 1


class QuietForm(forms.ModelForm):  # type: ignore[type-arg]
    """When nothing goes out. `rows` are the bound fields of the days off: first, last, why."""

    quiet_from = forms.TimeField(
        label="From",
        required=False,
        error_messages=_TIME,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    quiet_until = forms.TimeField(
        label="To",
        required=False,
        error_messages=_TIME,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    weekdays = forms.MultipleChoiceField(
        label="Quiet all day on",
        required=False,
        choices=[(str(number), name) for number, name in enumerate(WEEKDAYS)],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Pick days of the week."},
    )
    quiet_blocks = forms.TypedChoiceField(
        label="A post at a quiet time",
        choices=[("False", "is advised against, and goes out"), ("True", "is refused, and does not go out")],
        coerce=lambda value: value == "True",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Say what becomes of a post at a quiet time.",
            "invalid_choice": "Pick one of the two.",
        },
    )

    class Meta:
        model = Workspace
        fields = ["quiet_from", "quiet_until", "quiet_blocks"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = self.instance.quiet_weekdays
        self.initial["weekdays"] = [str(day) for day in range(len(WEEKDAYS)) if held >> day & 1]
        self.initial["quiet_blocks"] = str(self.instance.quiet_blocks)
        known = days_off_of(self.instance.quiet_dates)
        sent = sum(1 for name in self.data if name.startswith("first_")) if self.is_bound else 0
        self.row_numbers = range(min(max(sent, len(known) + EMPTY_ROWS), ROWS_AT_MOST))
        for number in self.row_numbers:
            off = known[number] if number < len(known) else None
            self._add_row(number, off)

    def _add_row(self, number: int, off: DayOff | None) -> None:
        for name, label, value in (("first", "From", off and off.first), ("last", "To", off and off.last)):
            self.fields[f"{name}_{number}"] = forms.DateField(
                label=label,
                required=False,
                initial=value,
                widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
                error_messages=_DAY,
            )
        self.fields[f"why_{number}"] = forms.CharField(
            label="What it is",
            required=False,
            max_length=WHY_LENGTH,
            initial=off.why if off else "",
            validators=[validate_plain_text],
        )

    @property
    def rows(self) -> list[list[forms.BoundField]]:
        """The fields of each row of days off."""
        return [
            [self[f"first_{number}"], self[f"last_{number}"], self[f"why_{number}"]]
            for number in self.row_numbers
        ]

    def clean(self) -> dict[str, Any]:
        """Judge what belongs together, and put weekdays and days off on the workspace."""
        cleaned: dict[str, Any] = super().clean() or {}
        self._judge_hours(cleaned)
        bits = sum(1 << int(day) for day in cleaned.get("weekdays", []))
        if bits == _EVERY_DAY:
            self.add_error("weekdays", "Leave at least one day of the week on which posts go out.")
        else:
            self.instance.quiet_weekdays = bits
        found = [off for number in self.row_numbers if (off := self._day_off(number, cleaned)) is not None]
        found.sort(key=lambda off: (off.first, off.last))
        self.instance.quiet_dates = [
            {"first": off.first.isoformat(), "last": off.last.isoformat(), "why": off.why} for off in found
        ]
        return cleaned

    def _judge_hours(self, cleaned: dict[str, Any]) -> None:
        if {"quiet_from", "quiet_until"} & set(self.errors):
            return
        since, until = cleaned.get("quiet_from"), cleaned.get("quiet_until")
        if (since is None) != (until is None):
            missing = "quiet_from" if since is None else "quiet_until"
            self.add_error(missing, "Say both when the quiet hours begin and when they end, or neither.")
        elif since is not None and since == until:
            self.add_error("quiet_until", "They begin and end in the same minute. Pick another end.")

    def _day_off(self, number: int, cleaned: dict[str, Any]) -> DayOff | None:
        if {f"first_{number}", f"last_{number}"} & set(self.errors):
            return None
        first: date | None = cleaned.get(f"first_{number}")
        last: date | None = cleaned.get(f"last_{number}") or first
        why = str(cleaned.get(f"why_{number}") or "").strip()
        if first is None or last is None:
            if why or last:
                self.add_error(f"first_{number}", ValidationError("Say the day on which it begins."))
            return None
        if last < first:
            self.add_error(f"last_{number}", f"It ends before it begins. Pick {first:%-d %B} or later.")
            return None
        return DayOff(first, last, why)
