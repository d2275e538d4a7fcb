"""The form that gives a post another day, and perhaps another time."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict

from aura.kit import clock
from posts.forms.post import FOLDS
from posts.models import Post

USUAL = time(9, 0)


class MoveForm(forms.Form):
    """Judges day and time. Where no time is sent, as by the calendar, the post keeps its time of day (9:00 at first).

    After `is_valid()`, `cleaned_data["at"]` is the instant.
    """

    day = forms.DateField(widget=forms.DateInput, error_messages={
        "required": "Pick a day.", "invalid": "Write the day like 2026-03-13.",
    })  # fmt: skip
    time = forms.TimeField(
        required=False, widget=forms.TimeInput, error_messages={"invalid": "Write the time like 07:30."}
    )
    fold = forms.ChoiceField(
        label="Which of the two", required=False, choices=FOLDS, widget=forms.RadioSelect
    )

    def __init__(
        self,
        data: MultiValueDict[str, str] | None = None,
        *,
        post: Post,
        zone: str,
        now: datetime,
    ) -> None:
        self.zone, self.now = zone, now
        self.twice: clock.TimeTwice | None = None
        self.usual = _time_of(post, zone)
        initial: dict[str, Any] = {"time": self.usual}
        if post.scheduled_at is not None:
            initial["day"] = clock.wall_of(post.scheduled_at, zone).date()
        super().__init__(data, initial=initial)

    def clean(self) -> dict[str, Any]:
        """Find the instant; refuse a time that does not exist or has passed, ask about one that comes twice."""
        cleaned: dict[str, Any] = super().clean() or {}
        day = cleaned.get("day")
        if day is None or "time" in self.errors:
            return cleaned
        wall = datetime.combine(day, cleaned.get("time") or self.usual)
        fold = cleaned.get("fold")
        try:
            at = clock.instant_of(wall, self.zone, fold=int(fold) if fold else None)
        except clock.NoSuchTime as problem:
            self.add_error("time", str(problem))
            return cleaned
        except clock.TimeTwice as problem:
            self.twice = problem
            self.add_error("fold", str(problem))
            return cleaned
        if at <= self.now:
            self.add_error("time", "That time has passed. Pick a later one.")
        return cleaned | {"at": at}


def _time_of(post: Post, zone: str) -> time:
    """The post's time of day: as planned, else as last meant, else nine in the morning."""
    if post.scheduled_at is not None:
        wall = clock.wall_of(post.scheduled_at, zone)
        return time(wall.hour, wall.minute)
    try:
        return datetime.fromisoformat(post.wall_time).time().replace(second=0)
    except ValueError:
        return USUAL
