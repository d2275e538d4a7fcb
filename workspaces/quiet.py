"""Quiet times of a workspace: hours, weekdays and days off at which nothing should go out. Plain reckoning, no query.

Everything is said by the clocks of the workspace's zone. Hours may go past midnight; the last minute named is free.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from aura.kit import clock
from workspaces.models import Workspace

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
LOOKS_AHEAD = timedelta(days=400)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class DayOff:
    """A day, or several in a row, on which nothing goes out; `why` is what people call it."""

    first: date
    last: date
    why: str = ""


@dataclass(frozen=True, slots=True)
class Quiet:
    """When a workspace is quiet. `since` and `until` are None together; `weekdays` counts from Monday, 0."""

    zone: str
    since: time | None = None
    until: time | None = None
    weekdays: frozenset[int] = frozenset()
    days_off: tuple[DayOff, ...] = ()
    blocks: bool = False

    @classmethod
    def of(cls, workspace: Workspace) -> Quiet:
        """Return the quiet times of a workspace as its row says."""
        return cls(
            workspace.zone,
            workspace.quiet_from,
            workspace.quiet_until,
            frozenset(day for day in range(7) if workspace.quiet_weekdays >> day & 1),
            days_off_of(workspace.quiet_dates),
            workspace.quiet_blocks,
        )

    def why(self, at: datetime) -> str:
        """Return in words why an instant is quiet ("the quiet hours, 22:00 to 07:00"), "" where it is not."""
        wall = clock.wall_of(at, self.zone)
        for off in self.days_off:
            if off.first <= wall.date() <= off.last:
                return f"a quiet day ({off.why})" if off.why else "a quiet day"
        if wall.weekday() in self.weekdays:
            return f"{WEEKDAYS[wall.weekday()]}, a quiet day of the week"
        if self._in_hours(wall.time()):
            return f"the quiet hours, {self.since:%H:%M} to {self.until:%H:%M}"
        return ""

    def ends(self, at: datetime) -> datetime | None:
        """Return the first minute from `at` on that is not quiet; None within the next 400 days."""
        end = at + LOOKS_AHEAD
        while self.why(at):
            at = self._later(at)
            if at > end:
                return None
        return at

    def _in_hours(self, wall: time) -> bool:
        if self.since is None or self.until is None:
            return False
        if self.since < self.until:
            return self.since <= wall < self.until
        return wall >= self.since or wall < self.until

    def _later(self, at: datetime) -> datetime:
        """Return a later minute before which everything is quiet, while `at` is."""
        wall = clock.wall_of(at, self.zone)
        is_day = wall.weekday() in self.weekdays or any(
            off.first <= wall.date() <= off.last for off in self.days_off
        )
        soon = at.replace(second=0, microsecond=0) + MINUTE
        if is_day:
            return max(soon, clock.begin_of(wall.date() + DAY, self.zone))
        assert self.until is not None  # quiet by its hours
        end = datetime.combine(wall.date() + (DAY if wall.time() >= self.until else timedelta(0)), self.until)
        # On a night when clocks change, the end comes twice or is skipped: the earlier reading, then minute by minute.
        return max(soon, min(clock.readings_of(end, self.zone)))


def days_off_of(rows: object) -> tuple[DayOff, ...]:
    """Return the days off that a workspace's row holds, in order; what cannot be read is left out."""
    found = []
    for row in rows if isinstance(rows, list) else []:
        try:
            first, last = date.fromisoformat(row["first"]), date.fromisoformat(row["last"])
        except (KeyError, TypeError, ValueError):
            continue
        if first <= last:
            found.append(DayOff(first, last, str(row.get("why", ""))))
    return tuple(sorted(found, key=lambda off: (off.first, off.last)))
