"""What is written down: activity in a workspace, and the mails of the instance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from aura.kit import clock
from aura.kit.ids import uuid7
from aura.kit.jobs import WorkRow
from aura.kit.requests import current_request_id
from workspaces.models.base import WorkspaceModel
from workspaces.models.people import User
from workspaces.models.workspace import Workspace
from workspaces.narrowing import signed


class Activity(WorkspaceModel):
    """Who did what, when, on what: one row for each operation, never changed."""

    verb = models.CharField(max_length=60)
    actor = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    actor_name = models.CharField(max_length=100)
    subject_type = models.CharField(max_length=60, blank=True)
    subject_id = models.UUIDField(null=True, blank=True)
    subject_name = models.CharField(max_length=200, blank=True)
    details = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    request_id = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField(default=clock.now)

    class Meta(WorkspaceModel.Meta):
        verbose_name_plural = "activity"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["workspace", "-id"], name="activity_newest"),
            models.Index(
                fields=["workspace", "subject_type", "subject_id", "-id"], name="activity_of_subject"
            ),
            models.Index(fields=["workspace", "actor", "-id"], name="activity_of_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name}: {self.verb} {self.subject_name}".strip()

    @classmethod
    def write(
        cls,
        verb: str,
        by: Any,
        subject: models.Model | None,
        details: dict[str, Any] | None = None,
        *,
        among: Sequence[models.Model] = (),
    ) -> Activity:
        """Write one entry in the open workspace. `by` is a User, Staff or SYSTEM; `subject` may be None.

        `among` are the things that it is about beside that, where it is about many.
        """
        actor = by if isinstance(by, User) else getattr(by, "user", None)
        entry = cls(
            verb=verb,
            actor=actor,
            actor_name=signed(str(by))[:100],
            subject_type=subject._meta.label_lower if subject is not None else "",
            subject_id=subject.pk if subject is not None else None,
            subject_name=str(subject)[:200] if subject is not None else "",
            details=details or {},
            request_id=current_request_id(),
        )
        entry.save()
        if among:
            ActivitySubject.objects.bulk_create(
                [
                    ActivitySubject(activity=entry, subject_type=thing._meta.label_lower, subject_id=thing.pk)
                    for thing in among
                ]
            )
        return entry


class ActivitySubject(WorkspaceModel):
    """One of the many things that one entry is about: so that the page of each tells of it."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="subjects")
    subject_type = models.CharField(max_length=60)
    subject_id = models.UUIDField()

    class Meta(WorkspaceModel.Meta):
        indexes = [
            models.Index(
                fields=["workspace", "subject_type", "subject_id", "activity"], name="activity_of_many"
            ),
            models.Index(fields=["workspace", "-id"], name="activity_subject_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_type} {self.subject_id}"


class Mail(WorkRow):
    """A mail of this instance: written in the transaction that causes it, sent by the worker.

    Without a mail server (`EMAIL_URL` unset) it is kept, and staff can read it and the links in it.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "Waiting to be sent"
        KEPT = "kept", "Kept, no mail server is set"
        SENT = "sent", "Sent"
        UNKNOWN = "unknown", "Handed over, no answer"
        FAILED = "failed", "Not sent"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, null=True, blank=True, related_name="+")
    to = models.EmailField()
    subject = models.CharField(max_length=200)
    body = models.TextField()
    html = models.TextField(blank=True)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PENDING)
    failure = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    sent_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["due_at"], name="mail_due", condition=models.Q(status="pending")),
            models.Index(fields=["status", "-id"], name="mail_by_status"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.to}"
