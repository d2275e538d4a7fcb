"""An import and its rows."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from aura.kit import clock
from aura.kit.jobs import WorkRow
from workspaces.models import User, WorkspaceModel

FILE_NAME_LENGTH = 200


class Import(WorkspaceModel, WorkRow):
    """One file that somebody brought. A work row: it is checked, brought in and taken back in the background.

    `headings` are those of the file and `mapping` says, in their order, which column of the kind each becomes ("" is
    left out); `shape` is how the file is read, `options` what the person chose. `read_rows` is how far the file was
    read, `is_read` that it was read to its end, `round` counts how often the rows were judged anew. The other figures
    are kept with every step, so that no page has to count.
    """

    class Status(models.TextChoices):
        ARRIVING = "arriving", "Arriving"
        COLUMNS = "columns", "Waiting for its columns"
        CHECKING = "checking", "Being checked"
        CHECKED = "checked", "Waiting for your yes"
        BRINGING = "bringing", "Coming in"
        DONE = "done", "In"
        STOPPED = "stopped", "Stopped"
        FAILED = "failed", "Broken off"
        UNDOING = "undoing", "Being taken back"
        UNDONE = "undone", "Taken back"

    kind = models.CharField(max_length=40)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ARRIVING, editable=False)
    file_name = models.CharField(max_length=FILE_NAME_LENGTH)
    file_key = models.CharField(max_length=200, blank=True, editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    size = models.PositiveBigIntegerField(editable=False)
    shape = models.JSONField(default=dict, blank=True, editable=False)
    headings = models.JSONField(default=list, blank=True, editable=False)
    mapping = models.JSONField(default=list, blank=True, editable=False)
    options = models.JSONField(default=dict, blank=True, editable=False)
    failure = models.CharField(max_length=400, blank=True, editable=False)
    is_read = models.BooleanField(default=False, editable=False)
    read_rows = models.PositiveIntegerField(default=0, editable=False)
    round = models.PositiveSmallIntegerField(default=0, editable=False)
    rows = models.PositiveIntegerField(default=0, editable=False)
    checked = models.PositiveIntegerField(default=0, editable=False)
    wrong = models.PositiveIntegerField(default=0, editable=False)
    warned = models.PositiveIntegerField(default=0, editable=False)
    brought = models.PositiveIntegerField(default=0, editable=False)
    taken_back = models.PositiveIntegerField(default=0, editable=False)
    kept = models.PositiveIntegerField(default=0, editable=False)
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)
    begun_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    begun_at = models.DateTimeField(null=True, blank=True, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(WorkspaceModel.Meta):
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["workspace", "-id"], name="import_newest"),
            models.Index(fields=["workspace", "kind", "sha256"], name="import_of_file"),
            models.Index(fields=["status", "due_at"], name="import_due"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "arriving", "columns", "checking", "checked", "bringing", "done", "stopped", "failed",
                        "undoing", "undone",
                    ]
                ),
                name="import_status_known",
            ),
            models.CheckConstraint(
                condition=Q(claim_token__isnull=True) | Q(lease_until__isnull=False), name="import_claim_has_a_lease"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.file_name

    def get_absolute_url(self) -> str:
        """Return the page of the import: whatever it is at."""
        return reverse("imports:detail", args=[self.pk])

    @property
    def is_working(self) -> bool:
        """Whether Aura is at work on it."""
        return self.status in WORKING

    @property
    def ready(self) -> int:
        """How many rows can come in and have not."""
        return max(self.checked - self.wrong - self.brought - self.taken_back - self.kept, 0)

    @property
    def percent(self) -> int:
        """How far the present step has come, 0 to 100."""
        done, of = self.progress
        return min(100 * done // of, 100) if of else 0

    @property
    def progress(self) -> tuple[int, int]:
        """How many rows the present step has done, and of how many; of none while nobody knows yet."""
        if self.status == self.Status.CHECKING:
            return (self.checked, self.rows) if self.is_read else (self.rows, 0)
        if self.status == self.Status.UNDOING:
            return self.taken_back + self.kept, self.taken_back + self.kept + self.brought
        return self.brought, self.checked - self.wrong

    @property
    def is_judged_whole(self) -> bool:
        """Whether every row of the file has been judged by the columns as they are now."""
        return self.is_read and self.checked >= self.rows

    @property
    def may_begin(self) -> bool:
        """Whether rows can be brought in now."""
        begins = {self.Status.CHECKED, self.Status.STOPPED, self.Status.FAILED, self.Status.DONE}
        return self.status in begins and self.is_judged_whole and self.ready > 0

    @property
    def may_end(self) -> bool:
        """Whether what came in can be taken back now."""
        ends = {self.Status.DONE, self.Status.STOPPED, self.Status.FAILED}
        return self.status in ends and self.brought > 0

    @property
    def may_be_mapped(self) -> bool:
        """Whether its columns can still be said differently: nothing has come in yet."""
        open_ones = {self.Status.COLUMNS, self.Status.CHECKED, self.Status.FAILED, self.Status.STOPPED}
        return (
            self.status in open_ones
            and not (self.brought or self.kept or self.taken_back)
            and bool(self.headings)
        )


WORKING = frozenset({Import.Status.CHECKING, Import.Status.BRINGING, Import.Status.UNDOING})


class ImportRow(WorkspaceModel):
    """One row of the file: its cells, what was said about it, and what it became.

    `line` is the row as spreadsheets number it. `shown` is what the preview says about it, `sentences` what is wrong
    or worth a look, `mark` what the made object looked like when it came in: if it still does, it is untouched.
    Rows of one `key` say the same.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "Not checked yet"
        READY = "ready", "Ready"
        WARNED = "warned", "Ready, have a look"
        WRONG = "wrong", "Left out"
        IN = "in", "In"
        UNDONE = "undone", "Taken back"
        KEPT = "kept", "Stays"

    source = models.ForeignKey(Import, models.CASCADE, related_name="lines")
    line = models.PositiveIntegerField()
    cells = models.JSONField(default=list)
    problem = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PENDING, editable=False)
    round = models.PositiveSmallIntegerField(default=0, editable=False)
    sentences = models.JSONField(default=list, blank=True, editable=False)
    shown = models.JSONField(default=dict, blank=True, editable=False)
    object_id = models.UUIDField(null=True, blank=True, editable=False)
    mark = models.CharField(max_length=80, blank=True, editable=False)
    key = models.CharField(max_length=64, blank=True, editable=False)

    class Meta(WorkspaceModel.Meta):
        ordering = ["line"]
        indexes = [
            models.Index(fields=["workspace", "source", "status", "line"], name="import_row_by_status"),
            models.Index(fields=["workspace", "source", "round", "line"], name="import_row_by_round"),
            models.Index(fields=["workspace", "source", "key", "line"], name="import_row_by_key"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "source", "line"], name="import_row_once"),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "ready", "warned", "wrong", "in", "undone", "kept"]),
                name="import_row_status_known",
            ),
        ]

    def __str__(self) -> str:
        return f"Row {self.line} of {self.source}"


COMES_IN = (ImportRow.Status.READY, ImportRow.Status.WARNED)


class ColumnMemory(WorkspaceModel):
    """What the columns of a sheet with these headings became the last time, in this workspace."""

    kind = models.CharField(max_length=40)
    headings_hash = models.CharField(max_length=64)
    mapping = models.JSONField(default=list)
    options = models.JSONField(default=dict, blank=True)
    used_at = models.DateTimeField(default=clock.now)

    class Meta(WorkspaceModel.Meta):
        verbose_name_plural = "column memories"
        constraints = [
            models.UniqueConstraint(fields=["workspace", "kind", "headings_hash"], name="column_memory_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {len(self.mapping)} columns"


def most_bytes() -> int:
    """Return how large a file may be."""
    return int(settings.AURA_IMPORT_MB) * 1_000_000
