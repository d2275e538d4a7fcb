"""The dates and instants of a series: arithmetic of calendars and clocks, nothing stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from aura.kit import clock
from posts.models import Series

AHEAD = timedelta(days=30)
"""How far ahead the posts of a series are made."""
LOOKED_AHEAD = timedelta(days=400)
"""How far the first date after a change of clocks is looked for."""


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


@dataclass(frozen=True, slots=True)
class Coming:
    """One date of a rule as clocks will show it. `at` None: clocks leave that day out. `note` is special about it."""

    date: date
    at: datetime | None
    clocks: str
    note: str


def coming(series: Series, first: date, *, number: int) -> list[Coming]:
    """Return the next dates of a rule from `first` on, and behind them the first one after clocks have changed."""
    found: list[Coming] = []
    for day in dates_of(series, max(first, series.first_date) + LOOKED_AHEAD):
        if day < first:
            continue
        one = _coming_on(series, day)
        if len(found) < number:
            found.append(one)
        elif found and one.clocks != found[-1].clocks:
            found.append(one)
            break
    return found


def _coming_on(series: Series, day: date) -> Coming:
    at = instant_on(series, day)
    if at is None:
        return Coming(day, None, "", "Clocks leave this day out.")
    shown = at.astimezone(ZoneInfo(series.zone))
    note = ""
    if shown.time().replace(tzinfo=None) != series.time:
        note = f"Clocks skip {series.time:%H:%M} on this day."
    elif shown.replace(fold=1).utcoffset() != shown.utcoffset():
        note = "This hour comes twice; the first counts."
    return Coming(day, at, shown.tzname() or "", note)
