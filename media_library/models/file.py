"""The bytes behind assets: stored once for each content, deleted by a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models, transaction

from aura.kit import clock
from aura.kit.ids import uuid7
from aura.kit.jobs import WorkRow
from media_library.models.total import StoredFileManager, StoredTotal
from workspaces.models import WorkspaceModel

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


class StoredFile(WorkRow, WorkspaceModel):
    """The untouched bytes of one content, once per workspace: `pending` until the file is whole in the storage.

    As a work row a pending one is due a day after it was begun: the upload that broke off is cleared away then.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "Being stored"
        READY = "ready", "Stored"

    sha256 = models.CharField("SHA-256", max_length=64, editable=False)
    key = models.CharField(max_length=120, unique=True, editable=False)
    size = models.PositiveBigIntegerField("size in bytes", editable=False)
    mime = models.CharField("media type", max_length=80, editable=False)
    extension = models.CharField(max_length=10, editable=False)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PENDING, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects: ClassVar[Any] = StoredFileManager()

    class Meta(WorkspaceModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "sha256"],
                name="stored_file_once",
                violation_error_message="This workspace has this file already.",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["pending", "ready"]),
                name="stored_file_status_known",
                violation_error_message="A file is either being stored or stored.",
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "-id"], name="stored_file_newest"),
            models.Index(fields=["due_at"], name="stored_file_stale", condition=models.Q(status="pending")),
        ]

    def __str__(self) -> str:
        return self.key

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; a new one is counted first. Raises QuotaFull where it does not fit."""
        with transaction.atomic():
            if self._state.adding:
                StoredTotal.take(self.size)
            super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete, and count it off."""
        return StoredFile.objects.filter(pk=self.pk).delete()


class FileDeletion(WorkRow):
    """A file that no row needs any more, to be deleted by the worker.

    Not a tenant table: it has to outlive its workspace. The key begins with the workspace's id.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.CharField(max_length=120, editable=False)
    failure = models.CharField(max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["due_at"], name="file_deletion_due")]

    def __str__(self) -> str:
        return self.key

    @classmethod
    def queue(cls, keys: Iterable[str], *, due_at: datetime | None = None) -> list[FileDeletion]:
        """Write one row per key, due now or then; to be called in the transaction that removes what pointed there."""
        now = clock.now()
        rows = [FileDeletion(key=key, due_at=due_at or now, created_at=now) for key in keys if key]
        return FileDeletion.objects.bulk_create(rows)
