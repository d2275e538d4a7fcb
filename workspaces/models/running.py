"""How the instance runs: who leads, and which workers are alive."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from aura.kit import clock


class Lease(models.Model):
    """A named role that one process at a time holds, by the database's clock."""

    name = models.CharField(max_length=40, primary_key=True)
    holder = models.UUIDField(null=True, blank=True)
    until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name

    @classmethod
    def take(cls, name: str, me: uuid.UUID, *, seconds: float) -> bool:
        """Take or renew the lease `name` for `seconds`; return whether `me` holds it now."""
        cls.objects.get_or_create(name=name)
        free = Q(holder=me) | Q(holder__isnull=True) | Q(until__lt=Now())
        return cls.objects.filter(free, name=name).update(holder=me, until=clock.db_after(seconds)) == 1

    @classmethod
    def give_up(cls, name: str, me: uuid.UUID) -> None:
        """Free the lease `name` if `me` holds it."""
        cls.objects.filter(name=name, holder=me).update(holder=None, until=None)


class Heartbeat(models.Model):
    """A sign of life that a worker process writes every few seconds."""

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=20, help_text="work or celery")
    host = models.CharField(max_length=100, blank=True)
    pid = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField(db_index=True)
    doing = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-beat_at"]

    def __str__(self) -> str:
        return f"{self.kind} {self.host}:{self.pid}"
