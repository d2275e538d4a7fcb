"""What is made from a version of an asset."""

from __future__ import annotations

from django.db import models
from django.urls import reverse

from aura.kit import clock
from aura.kit.jobs import WorkRow
from workspaces.models import WorkspaceModel


class Rendition(WorkRow, WorkspaceModel):
    """A file made from a version. The bytes under a key never change; what is made anew gets a new key.

    Thumbnail, preview and clean copy are made with the asset, which is the work row then. Every other preset (a fit,
    another web size) is made when it is asked for: the rendition itself is the work row, due while it is pending.
    """

    class Preset(models.TextChoices):
        THUMB = "thumb", "Small, for grids"
        WEB = "web", "Preview"
        CLEAN = "clean", "Full size, without private metadata"
        VECTOR = "vector", "Drawing, without scripts and links"

    class Status(models.TextChoices):
        PENDING = "pending", "Being made"
        READY = "ready", "Ready"
        FAILED = "failed", "Could not be made"

    version = models.ForeignKey("AssetVersion", models.CASCADE, related_name="renditions", editable=False)
    preset = models.CharField(max_length=40, editable=False)  # a Preset, or "fit:" and the key of a placement
    params = models.CharField(
        "what it was made with", max_length=64, blank=True, editable=False
    )  # a digest: another one means that it has to be made anew
    # Null and not empty before there is a file, or the constraint would take two of them for the same one.
    key = models.CharField(max_length=120, unique=True, null=True, blank=True, editable=False)
    mime = models.CharField("media type", max_length=80, blank=True, editable=False)
    width = models.PositiveIntegerField(default=0, editable=False)
    height = models.PositiveIntegerField(default=0, editable=False)
    size = models.PositiveBigIntegerField("size in bytes", default=0, editable=False)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True, editable=False)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PENDING, editable=False)
    failure = models.CharField(max_length=300, blank=True, editable=False)
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
                condition=models.Q(status__in=["pending", "ready", "failed"]),
                name="rendition_status_known",
                violation_error_message="A rendition is being made, ready or failed.",
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "version", "preset"], name="rendition_of_version"),
            models.Index(fields=["workspace", "-id"], name="rendition_newest"),
            models.Index(fields=["due_at"], name="rendition_due", condition=models.Q(due_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.preset}, {self.width} × {self.height}"

    @property
    def stored_key(self) -> str:
        """Return the key of its file. Raises FileNotFoundError before there is one."""
        if self.key is None:
            raise FileNotFoundError(f"{self} has no file yet.")
        return self.key

    def get_absolute_url(self) -> str:
        """Return the address that serves it to members of the open workspace."""
        return reverse("media:rendition", args=[self.pk])
