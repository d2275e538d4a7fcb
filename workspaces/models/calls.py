"""What is remembered of calls of the API: answers that a repeated call gets again, and how many calls were made."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import F, Q

from aura.kit import clock
from workspaces.models.base import WorkspaceModel

KEPT_HOURS = 24
ABANDONED_AFTER = timedelta(minutes=10)


class AnsweredCall(WorkspaceModel):
    """A call that came with an `Idempotency-Key`, and its answer; without a status it is still being answered.

    Unique by its key, so of many that come at once one is done; the row is committed with what the call changed.
    """

    key = models.CharField(max_length=255)
    asked_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    headers = models.JSONField(default=dict, blank=True)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta(WorkspaceModel.Meta):
        verbose_name = "answered call"
        ordering = ["-created_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["workspace", "key"], name="answered_call_once")]
        indexes = [
            models.Index(fields=["created_at"], name="answered_call_age"),
            models.Index(fields=["workspace", "-created_at", "-id"], name="answered_call_newest"),
        ]

    def __str__(self) -> str:
        return self.key

    @classmethod
    def begin(cls, key: str, asked_hash: str, now: datetime) -> AnsweredCall | None:
        """Take the key for a call that begins now; return the call that has it already, or None when it is ours.

        One that another transaction is just taking is waited for. Keys are forgotten after a day, and calls that
        nobody finished after ten minutes.
        """
        old = Q(created_at__lte=now - timedelta(hours=KEPT_HOURS))
        abandoned = Q(status=None, created_at__lte=now - ABANDONED_AFTER)
        cls.objects.filter(old | abandoned, key=key).delete()
        try:
            with transaction.atomic():
                cls(key=key, asked_hash=asked_hash, created_at=now).save(force_insert=True)
        except IntegrityError:
            return cls.objects.get(key=key)
        return None

    @classmethod
    def finish(cls, key: str, *, status: int, headers: dict[str, Any], body: str) -> None:
        """Keep the answer to the call that has the key."""
        cls.objects.filter(key=key).update(status=status, headers=headers, body=body)

    @classmethod
    def let_go(cls, key: str) -> None:
        """Forget a call that came to nothing, so that it may be made again."""
        cls.objects.filter(key=key, status=None).delete()


class CallCount(WorkspaceModel):
    """How many calls of a kind a credential has made in the window that began at `begins_at`."""

    holder = models.CharField(max_length=80)
    kind = models.CharField(max_length=20)
    begins_at = models.DateTimeField()
    calls = models.PositiveIntegerField(default=0)

    class Meta(WorkspaceModel.Meta):
        verbose_name = "count of calls"
        verbose_name_plural = "counts of calls"
        ordering = ["-begins_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "holder", "kind", "begins_at"], name="call_count_once"
            )
        ]
        indexes = [
            models.Index(fields=["begins_at"], name="call_count_age"),
            models.Index(fields=["workspace", "-begins_at", "-id"], name="call_count_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.calls}"

    @classmethod
    def add(cls, holder: str, kind: str, begins_at: datetime, *, calls: int, most: int) -> int | None:
        """Count so many calls more; return how many there are now, or None where they would be more than `most`.

        One UPDATE with its condition: exact however many ask at once, on both engines.
        """
        row = cls.objects.filter(holder=holder, kind=kind, begins_at=begins_at)
        for _ in range(2):
            if row.filter(calls__lte=most - calls).update(calls=F("calls") + calls):
                return row.values_list("calls", flat=True).get()
            if row.exists():
                return None
            try:
                with transaction.atomic():
                    cls(holder=holder, kind=kind, begins_at=begins_at).save(force_insert=True)
            except IntegrityError:
                pass  # another process began the same window
        return None
