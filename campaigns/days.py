"""A campaign's days as people say them: "9 to 29 March 2026", "Running, day 4 of 21"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from aura.kit.states import look_of
from campaigns.models import Campaign


def _day(day: date, *, month: bool = True, year: bool = True) -> str:
    return f"{day.day}{f' {day:%B}' if month else ''}{f' {day.year}' if year else ''}"


@dataclass(frozen=True, slots=True)
class Days:
    """`span` is empty without any day; `number` and `total` count when both ends are set and today is between."""

    span: str
    standing: str
    number: int = 0
    total: int = 0

    @classmethod
    def of(cls, campaign: Campaign, today: date) -> Days:
        """Return the words for a campaign as of `today`, the workspace's day."""
        first, last = campaign.start_date, campaign.end_date
        word = look_of(campaign.standing).word
        number = total = 0
        if first and last:
            total = (last - first).days + 1
            number = (today - first).days + 1 if first <= today <= last else 0
        if campaign.standing == Campaign.Status.IN_PROGRESS:
            if number:
                word = f"Running, day {number} of {total}"
            elif last and today > last:
                word = "Running past its last day"
            elif first and today < first:
                word = f"Starts on {_day(first, year=first.year != today.year)}"
        return cls(span(first, last), word, number, total)


def span(first: date | None, last: date | None) -> str:
    """Return the days from `first` to `last` without repeating month and year."""
    if first is None or last is None:
        return f"from {_day(first)}" if first else f"until {_day(last)}" if last else ""
    if first == last:
        return _day(first)
    same_year = first.year == last.year
    same_month = same_year and first.month == last.month
    return f"{_day(first, month=not same_month, year=not same_year)} to {_day(last)}"
