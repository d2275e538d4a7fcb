"""The form of quiet times: hours, weekdays, and days off in rows; an emptied row is a day that is no longer off."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from aura.kit.shaped import ShapedField
from workspaces.models import Workspace
from workspaces.models.workspace import validate_plain_text
from workspaces.quiet import WEEKDAYS, DayOff, days_off_of

ROWS_AT_MOST = 60
EMPTY_ROWS = 2
WHY_LENGTH = 60
_DAY = {"invalid": "Write the day like 2026-12-24."}
_TIME = {"invalid": "Write the time like 22:00."}
_EVERY_DAY = (1 << len(WEEKDAYS)) - 1


def _fields_of_day(off: DayOff | None = None) -> dict[str, forms.Field]:
    """Return the fields of one day off, or of several in a row: first, last, why."""
    fields: dict[str, forms.Field] = {
        name: forms.DateField(
            label=label,
            required=False,
            initial=value,
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            error_messages=_DAY,
        )
        for name, label, value in (("first", "From", off and off.first), ("last", "To", off and off.last))
    }
    fields["why"] = forms.CharField(
        label="What it is",
        required=False,
        max_length=WHY_LENGTH,
        initial=off.why if off else "",
        validators=[validate_plain_text],
    )
    return fields


def _judged(first: date | None, last: date | None, why: str) -> DayOff | None:
    """Return the day off that was written, None for an empty one. Raises ValidationError."""
    last = last or first
    if first is None or last is None:
        if why or last:
            raise ValidationError({"first": "Say the day on which it begins."})
        return None
    if last < first:
        raise ValidationError({"last": f"It ends before it begins. Pick {first:%-d %B} or later."})
    return DayOff(first, last, why)


class QuietFields(forms.ModelForm):  # type: ignore[type-arg]
    """When nothing goes out, but for the days off: those are written differently by people and by programs."""

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

    def written(self, cleaned: dict[str, Any]) -> list[DayOff]:
        """Return the days off that were written, in any order."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        """Judge what belongs together, and put weekdays and days off on the workspace."""
        cleaned: dict[str, Any] = super().clean() or {}
        self._judge_hours(cleaned)
        bits = sum(1 << int(day) for day in cleaned.get("weekdays", []))
        if bits == _EVERY_DAY:
            self.add_error("weekdays", "Leave at least one day of the week on which posts go out.")
        else:
            self.instance.quiet_weekdays = bits
        found = sorted(self.written(cleaned), key=lambda off: (off.first, off.last))
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


class QuietForm(QuietFields):
    """Quiet times as their page has them. `rows` are the bound fields of the days off: first, last, why."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["quiet_blocks"] = str(self.instance.quiet_blocks)
        known = days_off_of(self.instance.quiet_dates)
        sent = sum(1 for name in self.data if name.startswith("first_")) if self.is_bound else 0
        self.row_numbers = range(min(max(sent, len(known) + EMPTY_ROWS), ROWS_AT_MOST))
        for number in self.row_numbers:
            off = known[number] if number < len(known) else None
            for name, field in _fields_of_day(off).items():
                self.fields[f"{name}_{number}"] = field

    @property
    def rows(self) -> list[list[forms.BoundField]]:
        """The fields of each row of days off."""
        return [
            [self[f"first_{number}"], self[f"last_{number}"], self[f"why_{number}"]]
            for number in self.row_numbers
        ]

    def written(self, cleaned: dict[str, Any]) -> list[DayOff]:
        """Return what the rows say."""
        return [off for number in self.row_numbers if (off := self._day_off(number, cleaned)) is not None]

    def _day_off(self, number: int, cleaned: dict[str, Any]) -> DayOff | None:
        if {f"first_{number}", f"last_{number}"} & set(self.errors):
            return None
        first, last, why = (cleaned.get(f"{name}_{number}") for name in ("first", "last", "why"))
        try:
            return _judged(first, last, str(why or "").strip())
        except ValidationError as wrong:
            for name, sentences in wrong.message_dict.items():
                self.add_error(f"{name}_{number}", sentences)
        return None


class DaysOffField(ShapedField):
    """Days off in a list of objects, as programs write them."""

    shape = {
        "type": "array",
        "maxItems": ROWS_AT_MOST,
        "items": {
            "type": "object",
            "additionalProperties": False,
            "required": ["first"],
            "properties": {
                "first": {
                    "type": "string",
                    "format": "date",
                    "description": "The day, or the first of several.",
                },
                "last": {
                    "type": ["string", "null"],
                    "format": "date",
                    "description": "The last of them; the same day where it is left out.",
                },
                "why": {
                    "type": ["string", "null"],
                    "maxLength": WHY_LENGTH,
                    "description": "What people call it.",
                },
            },
        },
    }

    def to_python(self, value: Any) -> list[DayOff]:  # type: ignore[override]  # django-stubs: a text
        """Return the days off. Raises ValidationError, naming the one that is wrong by its place in the list."""
        sent = super().to_python(value)
        items = [] if sent is None else sent
        if not isinstance(items, list) or not all(isinstance(one, dict) for one in items):
            raise ValidationError("Write a list of objects here, each with first, last and why.")
        if len(items) > ROWS_AT_MOST:
            raise ValidationError(f"Keep at most {ROWS_AT_MOST} days off. Leave out those that are over.")
        found, wrong = [], []
        for place, item in enumerate(items):
            try:
                found.append(_read(item))
            except ValidationError as error:
                wrong += [
                    f"{place}.{name}: {said}" for name, each in error.message_dict.items() for said in each
                ]
        if wrong:
            raise ValidationError(wrong)
        return found


def _read(item: dict[str, Any]) -> DayOff:
    fields, cleaned = _fields_of_day(), dict[str, Any]()
    for name, value in item.items():
        if name not in fields:
            raise ValidationError(
                {name[:100]: "There is no such field here. Look at the description of this call."}
            )
        if not isinstance(value, str | None):
            raise ValidationError({name: "Write text here, in quotes."})
        try:
            cleaned[name] = fields[name].clean(value)
        except ValidationError as wrong:
            raise ValidationError({name: wrong.messages}) from None
    off = _judged(cleaned.get("first"), cleaned.get("last"), str(cleaned.get("why") or "").strip())
    if off is None:
        raise ValidationError({"first": "Say the day on which it begins."})
    return off


class QuietTimesForm(QuietFields):
    """Quiet times as programs write them."""

    weekdays = forms.TypedMultipleChoiceField(
        label="Quiet all day on these days of the week",
        help_text="0 is Monday, 6 is Sunday",
        required=False,
        coerce=int,
        choices=list(enumerate(WEEKDAYS)),
        error_messages={"invalid_choice": "Pick days of the week: 0 is Monday, 6 is Sunday."},
    )
    quiet_blocks = forms.BooleanField(  # type: ignore[assignment]  # programs write true or false
        label="Whether a post at a quiet time is refused", required=False
    )
    days_off = DaysOffField(label="Days off", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["days_off"] = self.instance.quiet_dates

    def written(self, cleaned: dict[str, Any]) -> list[DayOff]:
        """Return what was sent."""
        return list(cleaned.get("days_off") or [])
