"""How much a workspace keeps: a counter on one row, so that a quota holds exactly however many upload at once."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Sum

from aura.kit.files import megabytes
from aura.kit.problems import TooLarge
from workspaces.models import WorkspaceModel
from workspaces.models.base import WorkspaceManager, WorkspaceQuerySet
from workspaces.operations.hooks import Room


class QuotaFull(TooLarge):
    """The workspace has no room left for this; the sentence says how much there is (413)."""

    code = "QUOTA_FULL"


def quota_bytes() -> int:
    """Return how many bytes of originals a workspace may keep (`AURA_MEDIA_QUOTA_MB`); 0 is no end."""
    return int(settings.AURA_MEDIA_QUOTA_MB) * 1_000_000


class StoredTotal(WorkspaceModel):
    """The sizes of all stored originals of a workspace, those still on their way included.

    Stored files keep it themselves, in the transaction that adds or deletes them. Its row is locked before any of
    theirs, so that nobody waits in a circle.
    """

    size = models.PositiveBigIntegerField("size in bytes", default=0, editable=False)

    class Meta(WorkspaceModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["workspace"],
                name="stored_total_once",
                violation_error_message="This workspace has its total already.",
            )
        ]

    def __str__(self) -> str:
        return megabytes(self.size)

    @classmethod
    def here(cls) -> StoredTotal:
        """Return the row of the open workspace; the first time it is made by adding up."""
        return cls.objects.first() or cls.objects.get_or_create(defaults={"size": added_up()})[0]

    @classmethod
    def lock(cls) -> StoredTotal:
        """Return the row, locked until the caller's transaction ends."""
        return cls.objects.select_for_update().get(pk=cls.here().pk)

    @classmethod
    def take(cls, size: int) -> None:
        """Count `size` bytes more, in the caller's transaction. Raises QuotaFull where they do not fit."""
        total = cls.here()
        rows, quota = cls.objects.filter(pk=total.pk), quota_bytes()
        if quota:  # judged by the UPDATE itself: whoever waited for the row sees what the others took
            rows = rows.filter(size__lte=quota - size)
        if not rows.update(size=F("size") + size):
            total.refresh_from_db()
            raise QuotaFull(_too_much(size, quota - total.size, quota))

    @classmethod
    def refuse_beyond(cls, size: int, *, besides: int = 0) -> None:
        """Raise QuotaFull where `size` bytes do not fit any more, with `besides` bytes that are on their way."""
        quota = quota_bytes()
        left = quota - besides - cls.here().size if quota else size
        if size > left:
            raise QuotaFull(_too_much(size, left, quota))

    @classmethod
    def give_back(cls, size: int) -> None:
        """Count `size` bytes less, in the caller's transaction, before the rows that had them go."""
        total = cls.lock()
        cls.objects.filter(pk=total.pk).update(size=max(total.size - size, 0))

    @classmethod
    def difference(cls, *, repair: bool = False) -> int:
        """Return by how many bytes the counter is off; with `repair`, set it right."""
        with transaction.atomic():
            total, right = cls.lock(), added_up()
            if repair and total.size != right:
                cls.objects.filter(pk=total.pk).update(size=right)
        return total.size - right


def added_up() -> int:
    """Return the sizes of the open workspace's originals, added up row by row."""
    from media_library.models.file import StoredFile

    return StoredFile.objects.aggregate(size=Sum("size"))["size"] or 0


def room_used() -> tuple[str, int] | None:
    """Return how much of the quota is used, in words and in percent; None where there is no quota."""
    quota = quota_bytes()
    if not quota:
        return None
    size = StoredTotal.here().size
    used, whole = megabytes(size), megabytes(quota)
    if used.split(" ")[1] == whole.split(" ")[1]:
        used = used.split(" ")[0]
    return f"{used} of {whole} used", min(size * 100 // quota, 100)


def room() -> Room:
    """Return how much the open workspace keeps and may keep; nothing is written."""
    total = StoredTotal.objects.first()
    return Room(total.size if total else added_up(), quota_bytes() or None)


def _too_much(size: int, left: int, quota: int) -> str:
    room = f"has {megabytes(left)} left of its {megabytes(quota)}" if left > 0 else "is full"
    return (
        f"This is {megabytes(size)}, and the workspace {room}. "
        "Delete for good what is in the trash, or ask whoever runs this Aura for more room."
    )


class StoredFileQuerySet(WorkspaceQuerySet[Any]):
    """Stored files: what is deleted is counted off."""

    def delete(self) -> tuple[int, dict[str, int]]:
        """As Django's, after the total of the workspace has become smaller."""
        with transaction.atomic():
            StoredTotal.lock()
            rows = self.model.objects.filter(pk__in=list(self.values_list("pk", flat=True)))
            locked = list(rows.select_for_update().order_by("pk").values_list("pk", flat=True))
            # Asked once more now that they are locked: a file may have got another version a moment ago.
            going = dict(self.filter(pk__in=locked).values_list("pk", "size"))
            StoredTotal.give_back(sum(going.values()))
            return super(StoredFileQuerySet, self.model.objects.filter(pk__in=going)).delete()


class StoredFileManager(WorkspaceManager.from_queryset(StoredFileQuerySet)):  # type: ignore[misc]
    """The manager of stored files."""
