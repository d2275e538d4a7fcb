"""Another rhythm for a series, from a day on: what is made already moves along, unless it is out or somebody's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from aura.kit import clock, jobs
from posts.models import Series, SeriesDate
from posts.operations.scheduling import move_post
from posts.operations.series import MAKE, Following, rows_from, running, why_left
from posts.operations.trash import trash_post
from posts.recurring import dates_of, instant_on
from workspaces.operation import Actor, Refused, operation

RHYTHM = ("every", "unit", "weekdays", "time", "first_date", "last_date", "count", "schedule")


@dataclass(frozen=True, slots=True)
class Step:
    """What another rhythm does with the post of a date: it stays (`reason`), gets another time (`at`), or goes."""

    row: SeriesDate
    reason: str = ""
    at: datetime | None = None

    @property
    def goes(self) -> bool:
        """Whether the post falls out of the rhythm."""
        return not self.reason and self.at is None


def steps_to(series: Series, rule: Series, rows: Sequence[SeriesDate], *, now: datetime) -> list[Step]:
    """Return what the rhythm of `rule` does with the posts of `rows` (`rows_from` its first day); asks nothing more.

    What already goes out as the new rhythm has it is left out.
    """
    last = rows[-1].date if rows else rule.first_date
    wanted = set(dates_of(rule, last))
    steps = []
    for row in rows:
        reason = why_left(row, now)
        was, becomes = instant_on(series, row.date), instant_on(rule, row.date)
        if not reason and row.post is not None and row.post.scheduled_at != was:
            reason = "It was moved on its own."
        if not reason and row.date in wanted and becomes is not None and becomes > now:
            if becomes != was:
                steps.append(Step(row, at=becomes))
            continue
        if not reason and row.post_id == series.pattern_id:
            reason = "The others are made from it."
        steps.append(Step(row, reason))
    return steps


@operation
def edit_series(series: Series, *, rule: Series, now: datetime | None = None, by: Actor) -> Following:
    """Give a series the rhythm of `rule`, which is not saved, from its first day on.

    Posts that are made already get the new time, or go to the trash where their day is none of it any more; what is
    out, due, called off, moved or changed on its own stays, with the reason. Raises Refused for a series that ended.
    """
    now = now or clock.now()
    stored = running(series)
    steps = steps_to(stored, rule, rows_from(stored, rule.first_date), now=now)
    for name in RHYTHM:
        setattr(stored, name, getattr(rule, name))
    stored.sentence, stored.due_at = "", None if stored.paused_at else now
    stored.claim_token, stored.lease_until, stored.tries = (
        None,
        None,
        0,
    )  # what is being made by the old rhythm stops
    stored.save(update_fields=[*RHYTHM, "sentence", "due_at", "claim_token", "lease_until", "tries"])
    changed, left = 0, []
    for step in steps:
        reason = step.reason
        if not reason:
            try:
                with transaction.atomic():
                    _take(step, now=now, by=by)
                changed += 1
            except Refused as problem:
                reason = str(problem)
        if reason:
            left.append(f"{step.row.date:%-d %B}: {reason}")
    if stored.due_at is not None:
        jobs.ring(MAKE, stored.pk)
    return Following(changed, left)


def _take(step: Step, *, now: datetime, by: Actor) -> None:
    post = step.row.post
    assert post is not None  # `why_left` has seen to it
    if step.at is not None:
        move_post(post, at=step.at, now=now, by=by)
        return
    trash_post(post, now=now, by=by)
    step.row.delete()  # so that the day may be made again, should the rhythm come back to it
