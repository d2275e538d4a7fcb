"""The form that lets a post come again."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict

from aura.kit import clock
from posts.models import Post, Series
from posts.models.slot import WEEKDAYS
from posts.recurring import AHEAD, comes_again, dates_of

COUNT_AT_MOST = 500


class SeriesForm(forms.Form):
    """Judges how often a post comes again, from when until when, and at what time.

    After `is_valid()`, `series` is the rule, not saved.
    """

    every = forms.IntegerField(
        min_value=1, max_value=52, initial=1, error_messages={
            "required": "Write how many days or weeks.", "invalid": "Write a number, such as 2.",
            "min_value": "Pick 1 or more.", "max_value": "Pick 52 or less.",
        },
    )  # fmt: skip
    unit = forms.ChoiceField(label="Days or weeks", choices=Series.Unit.choices, initial=Series.Unit.WEEK)
    weekdays = forms.TypedMultipleChoiceField(
        label="On these days, where it is weeks",
        required=False,
        choices=list(enumerate(WEEKDAYS)),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Tick days of the week.", "invalid_list": "Tick days of the week."},
    )
    first_date = forms.DateField(
        label="From",
        widget=forms.DateInput,
        error_messages={"required": "Pick the first day.", "invalid": "Write the day like 2026-03-13."},
    )
    time = forms.TimeField(
        label="At",
        widget=forms.TimeInput,
        error_messages={"required": "Pick a time.", "invalid": "Write the time like 07:30."},
    )
    last_date = forms.DateField(
        label="Until",
        required=False,
        widget=forms.DateInput,
        help_text="Or so many times. Neither: until you end it.",
        error_messages={"invalid": "Write the day like 2026-03-13."},
    )
    count = forms.IntegerField(
        label="So many times",
        required=False,
        min_value=1,
        max_value=COUNT_AT_MOST,
        error_messages={
            "invalid": "Write a number, such as 10.",
            "min_value": "Pick 1 or more.",
            "max_value": f"Pick {COUNT_AT_MOST} or less.",
        },
    )
    schedule = forms.BooleanField(
        label="Schedule them",
        required=False,
        initial=True,
        help_text="Off: they are made as drafts with a planned time.",
    )

    def __init__(
        self, data: MultiValueDict[str, str] | None = None, *, post: Post, zone: str, now: datetime
    ) -> None:
        self.post, self.zone, self.today = post, zone, clock.wall_of(now, zone).date()
        wall = clock.wall_of(post.scheduled_at, zone) if post.scheduled_at else None
        first = wall.date() if wall else self.today + timedelta(days=1)
        first = max(first, self.today)
        initial = {
            "first_date": first,
            "time": f"{wall:%H:%M}" if wall else "09:00",
            "weekdays": [first.weekday()],
        }
        super().__init__(data, initial=initial)

    def clean(self) -> dict[str, Any]:
        """Judge the fields together: days of the week, the end, and that there is a date at all."""
        cleaned: dict[str, Any] = super().clean() or {}
        first: date | None = cleaned.get("first_date")
        last: date | None = cleaned.get("last_date")
        if (
            cleaned.get("unit") == Series.Unit.WEEK
            and not cleaned.get("weekdays")
            and "weekdays" not in self.errors
        ):
            self.add_error("weekdays", "Tick at least one day of the week.")
        if first and first < self.today:
            self.add_error("first_date", "That day is over. Pick today or a later one.")
        if first and last and last < first:
            self.add_error("last_date", "The last day is before the first. Pick a later one.")
        if last and cleaned.get("count"):
            self.add_error("count", "Say until when or how many times, not both.")
        if not self.errors and first is not None:
            self.series = self._rule(cleaned)
            if not comes_again(self.series, first - timedelta(days=1)):
                self.add_error("last_date", "No such day comes before the end. Pick a later last day.")
        return cleaned

    @property
    def offered(self) -> Series:
        """The rule that the fields hold at first, not saved."""
        first = {name: self.get_initial_for_field(field, name) for name, field in self.fields.items()}
        return self._rule(first | {"time": time.fromisoformat(first["time"])})

    def _rule(self, cleaned: dict[str, Any]) -> Series:
        weekly = cleaned["unit"] == Series.Unit.WEEK
        return Series(
            pattern=self.post,
            every=cleaned["every"],
            unit=cleaned["unit"],
            weekdays=sum(1 << day for day in set(cleaned["weekdays"])) if weekly else 0,
            time=cleaned["time"].replace(second=0, microsecond=0),
            zone=self.zone,
            first_date=cleaned["first_date"],
            last_date=cleaned["last_date"],
            count=cleaned["count"],
            schedule=cleaned["schedule"],
        )


class RhythmForm(SeriesForm):
    """As `SeriesForm`, for the rhythm that a series has from a day on; what is made before that day stays."""

    def __init__(
        self, data: MultiValueDict[str, str] | None = None, *, series: Series, now: datetime
    ) -> None:
        super().__init__(data, post=series.pattern, zone=series.zone, now=now)
        tomorrow = self.today + timedelta(days=1)
        coming = (day for day in dates_of(series, tomorrow + timedelta(weeks=53)) if day >= tomorrow)
        first = next(coming, tomorrow)  # so that every second week stays the same second week
        self.latest = max(first, self.today + AHEAD)
        gone = sum(1 for _ in dates_of(series, first - timedelta(days=1)))
        self.initial = {
            "every": series.every,
            "unit": series.unit,
            "weekdays": series.days or [first.weekday()],
            "first_date": first,
            "time": f"{series.time:%H:%M}",
            "last_date": series.last_date,
            "count": max(series.count - gone, 1) if series.count else None,
            "schedule": series.schedule,
        }
        self.fields["first_date"].label = "From this day on"
        self.fields["first_date"].help_text = "What is there before stays as it is."

    def clean_first_date(self) -> date:
        """Keep to the days for which posts are made already: between them and a later one nothing would be made."""
        first: date = self.cleaned_data["first_date"]
        if first > self.latest:
            raise forms.ValidationError(
                f"Pick a day until {self.latest:%-d %B}: posts are made that far ahead."
            )
        return first


class EndForm(forms.Form):
    """Judges from which day on the posts of a series that ends are called off; none of them where none is said."""

    start = forms.DateField(required=False, error_messages={"invalid": "Write the day like 2026-03-13."})
