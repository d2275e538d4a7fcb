"""Days and times as people write them in sheets. What can be read in two ways is never guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

DMY, MDY = "dmy", "mdy"
LONGEST = 80  # characters that a day or a time can have: patterns are not tried on a whole book
NO_DAY = "“{}” is no day. Write it like 2026-03-13."
ORDERS = {DMY: "Day first: 3/4 is 3 April", MDY: "Month first: 3/4 is 4 March"}
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_NUMBERS = re.compile(r"^(\d{1,4})\s*[./\- ]\s*(\d{1,2})\s*[./\- ]\s*(\d{1,4})\.?$")
_NAMED = re.compile(
    r"^(?:[a-z]{3,9}\.?,?\s+)?(?:(\d{1,2})(?:st|nd|rd|th)?\.?[\s\-]+(?:of\s+)?([a-z]{3,9})\.?|([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?)"
    r",?[\s\-]+(\d{4}|\d{2})$"
)
_TIME = re.compile(r"^(\d{1,2})(?:[:.h](\d{2})?(?:[:.](\d{2})(?:\.\d+)?)?)?\s*(a\.?m\.?|p\.?m\.?|uhr|h)?$")
_CLOCK = (
    r"\d{1,2}[:.h]\d{2}(?:[:.]\d{2}(?:\.\d+)?)?(?:\s*(?:z|[+-]\d{2}:?\d{2}))?(?:\s*[ap]\.?m\.?)?"
    r"|\d{1,2}\s*[ap]\.?m\.?|\d{1,2}h"
)
_JOINED = re.compile(rf"^(\S+?[./\- ]\s*\S+?[./\- ]\s*\d{{1,4}}\.?)(?:t|,?\s+(?:at\s+)?)({_CLOCK})$")
_OFFSET = re.compile(r"^(.*?\d)\s*(z|[+-]\d{2}:?\d{2})$")


class Unclear(ValueError):
    """The text is no day or no time; `str()` is the sentence."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, with a time and an offset from UTC where the same cell says them."""

    day: date
    time: time | None = None
    offset: timedelta | None = None


def orders_of(texts: Iterable[str]) -> set[str]:
    """Return which orders of day and month all these texts can be read in: both where that is open, or none at all.

    Texts that say it by themselves (ISO, months by name) leave both.
    """
    left = {DMY, MDY}
    for text in texts:
        found = _NUMBERS.match(_day_part(text))
        if not found or len(found[1]) > 2:
            continue
        first, second = int(found[1]), int(found[2])
        if first > 12:
            left.discard(MDY)
        if second > 12:
            left.discard(DMY)
    return left


def needs_order(texts: Iterable[str]) -> bool:
    """Tell whether any of these texts means something else in another order."""
    for text in texts:
        found = _NUMBERS.match(_day_part(text))
        if found and len(found[1]) <= 2 and found[1].lstrip("0") != found[2].lstrip("0"):
            return True
    return False


def _clean(text: str) -> str:
    return re.sub(r"\s+", " ", text.strip().casefold())


def _day_part(text: str) -> str:
    text = _clean(text[:LONGEST])
    joined = _JOINED.match(text)
    return joined[1].strip() if joined else text


def looks_like_day(text: str) -> bool:
    """Tell whether the text is a day in some order."""
    for order in (DMY, MDY):
        try:
            read_moment(text, order)
        except Unclear:
            continue
        return True
    return False


def looks_like_time(text: str) -> bool:
    """Tell whether the text is a time of day, and not just a number."""
    if not re.search(r"[:hap]", text.casefold()):
        return False
    try:
        read_time(text)
    except Unclear:
        return False
    return True


def read_moment(text: str, order: str) -> Moment:
    """Return the day that the text names, in this order of day and month, and the time if it says one.

    Raises Unclear with the sentence.
    """
    if len(text) > LONGEST:
        raise Unclear(NO_DAY.format(text.strip()[:60]))
    cleaned = _clean(text)
    joined = _JOINED.match(cleaned)
    if not joined:
        return Moment(_read_day(cleaned, order, text))
    rest, offset = joined[2], None
    if found := _OFFSET.match(rest):
        rest, offset = found[1], _offset_of(found[2])
    return Moment(_read_day(joined[1].strip(), order, text), read_time(rest), offset)


def _offset_of(text: str) -> timedelta:
    if text == "z":
        return timedelta(0)
    sign = -1 if text[0] == "-" else 1
    return sign * timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))


def _read_day(cleaned: str, order: str, text: str) -> date:
    year, month, number = _parts(cleaned, order, text)
    if year < 100:
        year += 2000
    if not 1 <= month <= 12:
        raise Unclear(f"“{text.strip()}” has no month {month}. Write the day like 2026-03-13.")
    try:
        return date(year, month, number)
    except ValueError:
        name = date(2000, month, 1).strftime("%B")
        raise Unclear(f"{name} {year} has no day {number}. Write another day.") from None


def _parts(cleaned: str, order: str, text: str) -> tuple[int, int, int]:
    if found := _NUMBERS.match(cleaned):
        first, second, third = (int(part) for part in found.groups())
        if len(found[1]) == 4 and len(found[3]) <= 2:
            return first, second, third
        if len(found[1]) <= 2 and len(found[3]) in {2, 4}:
            return (third, first, second) if order == MDY else (third, second, first)
    if found := _NAMED.match(cleaned):
        name, number = found[2] or found[3], found[1] or found[4]
        if name[:3] in _MONTHS:
            return int(found[5]), _MONTHS.index(name[:3]) + 1, int(number)
    raise Unclear(NO_DAY.format(text.strip()[:60]))


def read_time(text: str) -> time:
    """Return the time of day that the text names: 9:30, 09.30, 9h30, 9:30 pm, 9 pm. Raises Unclear."""
    cleaned = _clean(text[:LONGEST])
    found = _TIME.match(cleaned)
    sentence = f"“{text.strip()[:60]}” is no time. Write it like 07:30."
    if not found:
        raise Unclear(sentence)
    hour, minute, second = int(found[1]), int(found[2] or 0), int(found[3] or 0)
    half = (found[4] or "").replace(".", "")
    if half in {"am", "pm"}:
        if not 1 <= hour <= 12:
            raise Unclear(sentence)
        hour = hour % 12 + (12 if half == "pm" else 0)
    elif not half and found[2] is None and "h" not in cleaned and ":" not in cleaned:
        raise Unclear(sentence)  # a bare number
    try:
        return time(hour, minute, second)
    except ValueError:
        raise Unclear(sentence) from None


def read_datetime(moment: Moment) -> datetime | None:
    """Return the wall time of a moment, None where it has no time."""
    return datetime.combine(moment.day, moment.time) if moment.time is not None else None
