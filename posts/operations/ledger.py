"""The ledger of attempts: each is written down before it is made, and gets its outcome once."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db.models import Max

from posts.models import Attempt, Target

Kind, Outcome = Attempt.Kind, Attempt.Outcome
SENTENCE = 400  # characters a ledger line may have


def write(
    target: Target,
    outcome: str,
    sentence: str = "",
    *,
    now: datetime,
    kind: str = Kind.PUBLISH,
    code: str = "",
    key: str = "",
    by: str = "Aura",
) -> Attempt:
    """Add the next line to the target's ledger; with the outcome `started` it stays open for `close`.

    Call it with the post locked: lines are numbered without gaps.
    """
    last = Attempt.objects.filter(target=target).aggregate(last=Max("number"))["last"] or 0
    attempt = Attempt(
        target=target,
        number=last + 1,
        kind=kind,
        outcome=outcome,
        sentence=sentence[:SENTENCE],
        code=code[:60],
        key=key,
        by=by[:100],
        started_at=now,
        ended_at=None if outcome == Outcome.STARTED else now,
    )
    attempt.save()
    return attempt


def close(attempt_id: uuid.UUID, outcome: str, sentence: str, *, now: datetime, code: str = "") -> bool:
    """Give an open line its outcome; False when it has one already."""
    line = Attempt.objects.filter(pk=attempt_id, outcome=Outcome.STARTED)
    return line.update(outcome=outcome, sentence=sentence[:SENTENCE], code=code[:60], ended_at=now) == 1


def close_open_lines(target: Target, sentence: str, *, now: datetime) -> int:
    """Give every open line of the target the outcome ambiguous: whoever made it did not live to tell."""
    lines = Attempt.objects.filter(target=target, outcome=Outcome.STARTED)
    return lines.update(outcome=Outcome.AMBIGUOUS, sentence=sentence[:SENTENCE], ended_at=now)


def had_no_answer(target: Target, key: str) -> bool:
    """Tell whether an earlier request under this key had no clear answer."""
    lines = Attempt.objects.filter(target=target, key=key, kind=Kind.PUBLISH, outcome=Outcome.AMBIGUOUS)
    return lines.exists()
