"""The media library: assets, their versions, the files behind them and what is derived from them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models
from django.urls import reverse

from aura.kit import clock
from aura.kit.ids import uuid7
from aura.kit.jobs import WorkRow
from workspaces.models import User, WorkspaceModel

if TYPE_CHECKING:
    from collections.abc import Iterable

TITLE_LENGTH = 120
ALT_TEXT_LENGTH = 1500  # the largest alternative text that a network of facts/networks.md takes


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


class Asset(WorkRow, WorkspaceModel):
    """One thing in the library. As a work row it is due while its renditions are still to be made."""

    class Kind(models.TextChoices):
        IMAGE = "image", "Picture"
        VIDEO = "video", "Film"
        DOCUMENT = "document", "Document"
        TEXT = "text", "Text"

    class Status(models.TextChoices):
        PENDING = "pending", "Getting ready"
        READY = "ready", "Ready"
        FAILED = "failed", "Could not be read"

    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.IMAGE)
    title = models.CharField(
        max_length=TITLE_LENGTH,
        error_messages={"blank": "Give it a name, so that people find it."},
    )
    alt_text = models.TextField(
        "description",
        max_length=ALT_TEXT_LENGTH,
        blank=True,
        help_text="What somebody needs to know who cannot see it.",
    )
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PENDING, editable=False)
    failure = models.CharField(max_length=300, blank=True, editable=False)
    current = models.ForeignKey(
        "AssetVersion", models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    # Null and not empty where there is none, or the constraint would take two of them for the same upload.
    upload_key = models.CharField(max_length=64, null=True, blank=True, editable=False)  # noqa: DJ001
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)
    trashed_at = models.DateTimeField(null=True, blank=True, editable=False)
    trashed_with = models.UUIDField(null=True, blank=True, editable=False)

    class Meta(WorkspaceModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "upload_key"],
                name="asset_upload_once",
                violation_error_message="This upload has arrived already.",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["pending", "ready", "failed"]),
                name="asset_status_known",
                violation_error_message="An asset is pending, ready or failed.",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["image", "video", "document", "text"]),
                name="asset_kind_known",
                violation_error_message="Pick picture, film, document or text.",
            ),
        ]
        indexes = [
            models.Index(
                fields=["workspace", "-id"], name="asset_newest", condition=models.Q(trashed_at=None)
            ),
            models.Index(
                fields=["workspace", "status", "-id"],
                name="asset_by_status",
                condition=models.Q(trashed_at=None),
            ),
            models.Index(
                fields=["workspace", "-trashed_at", "-id"],
                name="asset_trash",
                condition=models.Q(trashed_at__isnull=False),
            ),
            models.Index(fields=["workspace", "trashed_with"], name="asset_trashed_with"),
            models.Index(fields=["due_at"], name="asset_due", condition=models.Q(status="pending")),
        ]

    current_id: uuid.UUID | None

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the address of its page in the open workspace."""
        return reverse("media:detail", args=[self.pk])

    @property
    def width(self) -> int | None:
        """Width in pixels as it is shown, with the camera's orientation applied; None for what has none."""
        return self.current.width if self.current else None

    @property
    def height(self) -> int | None:
        """Height in pixels as it is shown."""
        return self.current.height if self.current else None

    def rendition(self, preset: str) -> Rendition | None:
        """Return the ready rendition of the current version, or None; costs no query after a prefetch."""
        if self.current is None:
            return None
        for made in self.current.renditions.all():
            if made.preset == preset and made.status == Rendition.Status.READY:
                return made
        return None

    @property
    def thumb(self) -> Rendition | None:
        """The small picture for grids, or None until the worker has made it."""
        return self.rendition(Rendition.Preset.THUMB)

    @property
    def web(self) -> Rendition | None:
        """The preview of up to 1080 pixels across, or None until the worker has made it."""
        return self.rendition(Rendition.Preset.WEB)

    @property
    def clean_copy(self) -> Rendition | None:
        """The copy that may leave Aura (full size, no private metadata), or None until it is made."""
        return self.rendition(Rendition.Preset.CLEAN)


class AssetVersion(WorkspaceModel):
    """One state of an asset's content. Versions of one content share the stored file."""

    asset = models.ForeignKey(Asset, models.CASCADE, related_name="versions", editable=False)
    stored_file = models.ForeignKey(StoredFile, models.RESTRICT, related_name="versions", editable=False)
    number = models.PositiveSmallIntegerField(default=1, editable=False)
    width = models.PositiveIntegerField(null=True, blank=True, editable=False)
    height = models.PositiveIntegerField(null=True, blank=True, editable=False)
    frames = models.PositiveIntegerField(default=1, editable=False)
    orientation = models.PositiveSmallIntegerField("EXIF orientation", default=1, editable=False)
    original_name = models.CharField("name of the file", max_length=200, blank=True, editable=False)
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(WorkspaceModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["asset", "number"],
                name="asset_version_once",
                violation_error_message="There is a version with this number already.",
            )
        ]
        indexes = [
            models.Index(fields=["workspace", "asset", "-number"], name="version_of_asset"),
            models.Index(fields=["workspace", "stored_file"], name="version_of_file"),
            models.Index(fields=["workspace", "-id"], name="version_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.original_name or self.asset_id}, version {self.number}"


class Rendition(WorkspaceModel):
    """A file made from a version. Its bytes never change; a new content is a new version."""

    class Preset(models.TextChoices):
        THUMB = "thumb", "Small, for grids"
        WEB = "web", "Preview"
        CLEAN = "clean", "Full size, without private metadata"

    class Status(models.TextChoices):
        PENDING = "pending", "Being made"
        READY = "ready", "Ready"

    version = models.ForeignKey(AssetVersion, models.CASCADE, related_name="renditions", editable=False)
    preset = models.CharField(max_length=10, choices=Preset.choices, editable=False)
    key = models.CharField(max_length=120, unique=True, editable=False)
    mime = models.CharField("media type", max_length=80, editable=False)
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    size = models.PositiveBigIntegerField("size in bytes", editable=False)
    sha256 = models.CharField("SHA-256", max_length=64, editable=False)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PENDING, editable=False)
    link_epoch = models.PositiveIntegerField(default=0, editable=False)  # raised to revoke every public link
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(WorkspaceModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["version", "preset"],
                name="rendition_once",
                violation_error_message="This version has that rendition already.",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["pending", "ready"]),
                name="rendition_status_known",
                violation_error_message="A rendition is being made or ready.",
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "version", "preset"], name="rendition_of_version"),
            models.Index(fields=["workspace", "-id"], name="rendition_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_preset_display()}, {self.width} × {self.height}"

    def get_absolute_url(self) -> str:
        """Return the address that serves it to members of the open workspace."""
        return reverse("media:rendition", args=[self.pk])


@dataclass(frozen=True)
class Place:
    """Where an asset is used, for a person: `kind` is a word like "post", `status` that thing's own status."""

    title: str
    kind: str
    url: str
    status: str = ""


class Use(WorkspaceModel):
    """Abstract: one place where an asset is used. Apps above make it concrete and register it in `uses`.

    A used asset cannot be purged: the constraint is the foreign key's, the sentence `purge_asset`'s.
    """

    asset = models.ForeignKey(Asset, models.RESTRICT, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta(WorkspaceModel.Meta):
        abstract = True

    asset_id: uuid.UUID

    def place(self) -> Place:
        """Return where this is. Every concrete use says it."""
        raise NotImplementedError(f"{type(self).__name__} does not say where it is.")


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
    def queue(cls, keys: Iterable[str]) -> list[FileDeletion]:
        """Write one row per key, due now; to be called in the transaction that removes what pointed there."""
        now = clock.now()
        rows = [FileDeletion(key=key, due_at=now, created_at=now) for key in keys if key]
        return FileDeletion.objects.bulk_create(rows)
