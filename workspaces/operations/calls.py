"""What is remembered of calls of the API runs out by itself."""

from __future__ import annotations

from datetime import timedelta

from aura.kit import clock
from workspaces.models import AnsweredCall, CallCount
from workspaces.models.calls import KEPT_HOURS
from workspaces.scope import every_workspace


def forget_old_calls() -> int:
    """Forget answers and counts of the API that are over a day old, in every workspace; return how many went."""
    before = clock.now() - timedelta(hours=KEPT_HOURS)
    with every_workspace("answers and counts of calls run out in every workspace alike"):
        answers, _ = AnsweredCall.objects.filter(created_at__lt=before).delete()
        counts, _ = CallCount.objects.filter(begins_at__lt=before).delete()
    return answers + counts
