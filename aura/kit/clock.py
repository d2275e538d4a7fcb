"""Instants, wall times and zones: what a person means by "Friday 9:00", and when that is.

An instant is an aware datetime in UTC. A wall time is a naive datetime together with an IANA zone.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from django.db.models import DateTimeField, ExpressionWrapper
from django.db.models.functions import Now
from django.utils import timezone


class WallTimeProblem(ValueError):
    """A wall time that names no instant, or two; `str()` is the sentence for the person."""


class NoSuchTime(WallTimeProblem):
    """The clocks go forward over this wall time, so it never happens."""


class TimeTwice(WallTimeProblem):
    """The clocks go back over this wall time, so it happens twice; `first` and `second` are the instants."""

    def __init__(self, sentence: str, first: datetime, second: datetime) -> None:
        super().__init__(sentence)
        self.first = first
        self.second = second


def now() -> datetime:
    """Return the present instant. Doors call it once and pass the value down as `now=`."""
    return timezone.now()


def instant_of(wall: datetime, zone: str, *, fold: int | None = None) -> datetime:
    """Return the instant (UTC) at which clocks in `zone` show the naive `wall` time.

    `fold` answers the question that an ambiguous time raises: 0 is the first, 1 the second occurrence.
    Raises NoSuchTime for a time that clocks skip, TimeTwice for an ambiguous one without `fold`.
    """
    tz = ZoneInfo(zone)
    first = wall.replace(tzinfo=tz, fold=0).astimezone(UTC)
    second = wall.replace(tzinfo=tz, fold=1).astimezone(UTC)
    if first == second:
        return first
    shown = f"{wall:%H:%M} on {wall:%d %B %Y}"
    if first.astimezone(tz).replace(tzinfo=None) != wall:
        after = wall + (first - second)
        raise NoSuchTime(
            f"Clocks in {zone} go forward over {shown}, so that time does not exist. Pick {after:%H:%M} or later."
        )
    if fold is None:
        raise TimeTwice(
            f"Clocks in {zone} go back, so {shown} happens twice. Say whether you mean the first or the second.",
            first,
            second,
        )
    return second if fold else first


def readings_of(wall: datetime, zone: str) -> tuple[datetime, datetime]:
    """Return both instants that a naive wall time may mean: the same twice, but for times that come twice or never."""
    tz = ZoneInfo(zone)
    return (
        wall.replace(tzinfo=tz, fold=0).astimezone(UTC),
        wall.replace(tzinfo=tz, fold=1).astimezone(UTC),
    )


def shifted_instant_of(wall: datetime, zone: str) -> datetime:
    """Return the instant for a recurring wall time: a gap is shifted forward, of two the first counts."""
    return wall.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)


def begin_of(day: date, zone: str) -> datetime:
    """Return the instant at which `day` begins in `zone`; where midnight is skipped, the first moment after."""
    return shifted_instant_of(datetime.combine(day, time.min), zone)


def wall_of(instant: datetime, zone: str) -> datetime:
    """Return the naive wall time that clocks in `zone` show at `instant`."""
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def is_zone(name: str) -> bool:
    """Tell whether `name` is an IANA zone of this machine's time-zone data."""
    return name in available_timezones()


def db_after(seconds: float) -> ExpressionWrapper:
    """Return an expression for the instant `seconds` from now by the database's clock.

    Leases are judged by that one clock, so that machines whose clocks differ agree (trust F11).
    """
    return ExpressionWrapper(Now() + timedelta(seconds=seconds), output_field=DateTimeField())
