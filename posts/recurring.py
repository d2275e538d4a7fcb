"""The dates and instants of a series: arithmetic of calendars and clocks, nothing stored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from aura.kit import clock
from posts.models import Series

AHEAD = timedelta(days=30)
"""How far ahead the posts of a series are made."""


def dates_of(series: Series, last: date) -> Iterator[date]:
    """Yield the dates of the rule in order, from its first up to and with `last`."""
    end = min(last, series.last_date) if series.last_date else last
    for number, day in enumerate(_candidates(series, end), 1):
        if series.count is not None and number > series.count:
            return
        yield day


def _candidates(series: Series, end: date) -> Iterator[date]:
    first = series.first_date
    if series.unit == Series.Unit.DAY:
        for number in range(0, (end - first).days + 1, series.every):
            yield first + timedelta(days=number)
        return
    week = first - timedelta(days=first.weekday())
    days = series.days
    while week <= end:
        for weekday in days:
            day = week + timedelta(days=weekday)
            if first <= day <= end:
                yield day
        week += timedelta(weeks=series.every)


def instant_on(series: Series, day: date) -> datetime | None:
    """Return when the post of a date goes out; None for a day that clocks leave out as a whole.

    A time that clocks skip is shifted forward by what they skip, of one that comes twice the first counts.
    """
    meant = datetime.combine(day, series.time)
    at = clock.shifted_instant_of(meant, series.zone)
    return None if clock.wall_of(at, series.zone) - meant >= timedelta(days=1) else at


def comes_again(series: Series, after: date) -> bool:
    """Tell whether the rule has a date after that day."""
    far = max(after, series.first_date) + timedelta(weeks=series.every + 1)
    return any(day > after for day in dates_of(series, far))
