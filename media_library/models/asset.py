"""Assets and their versions."""

from __future__ import annotations

import uuid
from datetime import date

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Length
from django.urls import reverse

from aura.kit import clock
from aura.kit.jobs import WorkRow
from media_library import formats
from media_library.models.file import StoredFile
from media_library.models.rendition import Rendition
from workspaces.models import User, WorkspaceModel

TITLE_LENGTH = 120
ALT_TEXT_LENGTH = 1500  # the largest alternative text that a network of facts/networks.md takes
BODY_LENGTH = 5000
MEDIUM_FROM, LARGE_FROM = 1000, 2500  # pixels of the longer side
MIDDLING_FROM, HEAVY_FROM = 1024 * 1024, 5 * 1024 * 1024  # bytes
SQUARE_WITHIN = 0.05  # sides that differ by less than this share make a square


def shape_of(width: int | None, height: int | None) -> str:
    """Return the shape of a picture of these pixels, or "" for what has none."""
    if not width or not height:
        return ""
    if abs(width - height) <= SQUARE_WITHIN * max(width, height):
        return Asset.Shape.SQUARE
    return Asset.Shape.LANDSCAPE if width > height else Asset.Shape.PORTRAIT


def bands_of(dhash: int | None) -> tuple[int | None, int | None, int | None, int | None]:
    """Return the four 16-bit bands of a 64-bit hash, highest first: what near duplicates are looked up by."""
    if dhash is None:
        return (None, None, None, None)
    bits = dhash & 0xFFFF_FFFF_FFFF_FFFF
    return ((bits >> 48) & 0xFFFF, (bits >> 32) & 0xFFFF, (bits >> 16) & 0xFFFF, bits & 0xFFFF)


_ICONS = {"image": "image", "video": "film", "performance_data": "sheet"}


class Asset(WorkRow, WorkspaceModel):
    """One thing in the library. As a work row it is due while its renditions are still to be made."""

    class Kind(models.TextChoices):
        IMAGE = "image", "Picture"
        VIDEO = "video", "Film"
        DOCUMENT = "document", "Document"
        AD_COPY = "ad_copy", "Ad copy"
        HEADLINE = "headline", "Headline"
        DESCRIPTION = "description", "Description"
        CALL_TO_ACTION = "call_to_action", "Call to action"
        PERFORMANCE_DATA = "performance_data", "Figures"
        OTHER = "other", "Something else"

    class Status(models.TextChoices):
        PENDING = "pending", "Getting ready"
        READY = "ready", "Ready"
        FAILED = "failed", "Could not be read"

    class Shape(models.TextChoices):
        LANDSCAPE = "landscape", "Landscape"
        PORTRAIT = "portrait", "Portrait"
        SQUARE = "square", "Square"

    class Scale(models.TextChoices):
        SMALL = "small", "Small, under 1,000 pixels"
        MEDIUM = "medium", "Medium, to 2,500"
        LARGE = "large", "Large, 2,500 and more"

    class Weight(models.TextChoices):
        LIGHT = "light", "Under 1 MB"
        MIDDLING = "middling", "1 to 5 MB"
        HEAVY = "heavy", "5 MB and more"

    class Colour(models.TextChoices):
        RED = "red", "Red"
        ORANGE = "orange", "Orange"
        BROWN = "brown", "Brown"
        YELLOW = "yellow", "Yellow"
        GREEN = "green", "Green"
        TEAL = "teal", "Teal"
        BLUE = "blue", "Blue"
        PURPLE = "purple", "Purple"
        PINK = "pink", "Pink"
        BLACK = "black", "Black"
        GREY = "grey", "Grey"
        WHITE = "white", "White"

    TEXT_KINDS = (Kind.AD_COPY, Kind.HEADLINE, Kind.DESCRIPTION, Kind.CALL_TO_ACTION)

    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.IMAGE)
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
    body = models.TextField(
        "text",
        max_length=BODY_LENGTH,
        blank=True,
        help_text="The words themselves, for ad copy, headlines, descriptions and calls to action.",
    )
    author = models.CharField(max_length=200, blank=True)
    licence = models.CharField(max_length=200, blank=True)
    source = models.CharField(
        max_length=500, blank=True, help_text="Where it comes from: an address, or words."
    )
    expires_date = models.DateField(
        "may be used until",
        null=True,
        blank=True,
        help_text="The last day. Posts after it cannot be scheduled with this.",
    )
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PENDING, editable=False)
    failure = models.CharField(max_length=300, blank=True, editable=False)
    current = models.ForeignKey(
        "AssetVersion", models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    # What the current version looks like, written here as well (`show`), so that filters ask one table.
    width = models.PositiveIntegerField(null=True, blank=True, editable=False)
    height = models.PositiveIntegerField(null=True, blank=True, editable=False)
    size = models.PositiveBigIntegerField("size in bytes", default=0, editable=False)
    duration_ms = models.PositiveIntegerField(
        "duration in milliseconds", null=True, blank=True, editable=False
    )
    shape = models.CharField(max_length=9, choices=Shape.choices, blank=True, editable=False)
    colour = models.CharField(max_length=6, choices=Colour.choices, blank=True, editable=False)
    dhash = models.BigIntegerField(null=True, blank=True, editable=False)
    hash_a = models.PositiveIntegerField(null=True, blank=True, editable=False)
    hash_b = models.PositiveIntegerField(null=True, blank=True, editable=False)
    hash_c = models.PositiveIntegerField(null=True, blank=True, editable=False)
    hash_d = models.PositiveIntegerField(null=True, blank=True, editable=False)
    # What size it has, in the words of the filters: worked out by the database, so that an index is walked by it.
    scale = models.GeneratedField(
        expression=Case(
            When(Q(width__gte=LARGE_FROM) | Q(height__gte=LARGE_FROM), then=Value("large")),
            When(Q(width__gte=MEDIUM_FROM) | Q(height__gte=MEDIUM_FROM), then=Value("medium")),
            When(Q(width__isnull=False), then=Value("small")),
            default=Value(""),
        ),
        output_field=models.CharField("longer side", max_length=8),
        db_persist=True,
    )
    weight = models.GeneratedField(
        expression=Case(
            When(Q(size__gte=HEAVY_FROM), then=Value("heavy")),
            When(Q(size__gte=MIDDLING_FROM), then=Value("middling")),
            When(Q(size__gt=0), then=Value("light")),
            default=Value(""),
        ),
        output_field=models.CharField("size of the file", max_length=8),
        db_persist=True,
    )
    # How much it is used: kept by `uses.recount` in the transaction that changes a use.
    use_count = models.PositiveIntegerField(default=0, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
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
                condition=models.Q(
                    kind__in=[
                        "image",
                        "video",
                        "document",
                        "ad_copy",
                        "headline",
                        "description",
                        "call_to_action",
                        "performance_data",
                        "other",
                    ]
                ),
                name="asset_kind_known",
                violation_error_message="Pick one of the kinds that the library knows.",
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
            *(
                models.Index(
                    fields=["workspace", *fields],
                    name=f"asset_by_{name}",
                    condition=models.Q(trashed_at=None),
                )
                for name, fields in {
                    "kind": ["kind", "-id"],
                    "colour": ["colour", "-id"],
                    "shape": ["shape", "-id"],
                    "scale": ["scale", "-id"],
                    "weight": ["weight", "-id"],
                    "uploader": ["created_by", "-id"],
                    "title": ["title", "id"],
                    "size": ["-size", "-id"],
                    "uses": ["-use_count", "-id"],
                    "last_use": ["-last_used_at", "-id"],
                    "hash_a": ["hash_a"],
                    "hash_b": ["hash_b"],
                    "hash_c": ["hash_c"],
                    "hash_d": ["hash_d"],
                }.items()
            ),
            models.Index(
                fields=["workspace", "-id"],
                name="asset_used",
                condition=models.Q(trashed_at=None, last_used_at__isnull=False),
            ),
            models.Index(
                fields=["workspace", "expires_date", "-id"],
                name="asset_expires",
                condition=models.Q(trashed_at=None, expires_date__isnull=False),
            ),
            # A length and not a condition on the text: SQLite matches conditions of indexes to constants alone.
            models.Index(
                "workspace",
                "kind",
                Length("alt_text"),
                F("id").desc(),
                name="asset_undescribed",
                condition=models.Q(trashed_at=None),
            ),
        ]

    current_id: uuid.UUID | None

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the address of its page in the open workspace."""
        return reverse("media:detail", args=[self.pk])

    def show(self, version: AssetVersion) -> list[str]:
        """Make this version the current one and copy what it looks like; return the names of the fields to save."""
        self.current = version
        self.width, self.height = version.width, version.height
        self.size, self.duration_ms = version.stored_file.size, version.duration_ms
        self.shape = shape_of(version.width, version.height)
        self.colour, self.dhash = version.colour, version.dhash
        bands = bands_of(version.dhash)
        self.hash_a, self.hash_b, self.hash_c, self.hash_d = bands
        return [
            "current", "width", "height", "size", "duration_ms", "shape", "colour", "dhash",
            "hash_a", "hash_b", "hash_c", "hash_d",
        ]  # fmt: skip

    @property
    def duration(self) -> str:
        """How long a film runs, as minutes and seconds ("1:04"), or hours ("1:01:04"); empty for what does not run."""
        if self.duration_ms is None:
            return ""
        minutes, seconds = divmod(round(self.duration_ms / 1000), 60)
        hours, left = divmod(minutes, 60)
        return f"{hours}:{left:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"

    @property
    def file_word(self) -> str:
        """What people call the file that leaves Aura ("PDF"); empty until it is made."""
        return formats.word_of(self.download_copy.mime) if self.download_copy else ""

    @property
    def icon(self) -> str:
        """The icon that stands for it where it has no picture."""
        return _ICONS.get(self.kind, "file-text")

    @property
    def download_copy(self) -> Rendition | None:
        """What people download: the cleaned drawing of an SVG, the clean copy of everything else."""
        return self.rendition(Rendition.Preset.VECTOR) or self.clean_copy

    @property
    def is_document(self) -> bool:
        """Tell whether it is a document, or figures in one."""
        return self.kind in (self.Kind.DOCUMENT, self.Kind.PERFORMANCE_DATA)

    @property
    def is_text(self) -> bool:
        """Tell whether it is words and has no file."""
        return self.kind in self.TEXT_KINDS

    def has_expired(self, day: date) -> bool:
        """Tell whether its rights have ended before that day, in the workspace's zone."""
        return self.expires_date is not None and self.expires_date < day

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


class AssetVersion(WorkRow, WorkspaceModel):
    """One state of an asset's content. Versions of one content share the stored file.

    The first one is made ready with its asset. A later one is its own work row, and becomes the current one once it
    is ready: until then, and if it never is, the asset stays what it was. One that is edited has a `recipe`, and is
    made from the file of `made_from`, always an uploaded version; that file is its own too until the edit is made.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "Being made"
        READY = "ready", "Ready"
        FAILED = "failed", "Could not be made"

    asset = models.ForeignKey(Asset, models.CASCADE, related_name="versions", editable=False)
    stored_file = models.ForeignKey(StoredFile, models.RESTRICT, related_name="versions", editable=False)
    number = models.PositiveSmallIntegerField(default=1, editable=False)
    width = models.PositiveIntegerField(null=True, blank=True, editable=False)
    height = models.PositiveIntegerField(null=True, blank=True, editable=False)
    frames = models.PositiveIntegerField(default=1, editable=False)
    orientation = models.PositiveSmallIntegerField("EXIF orientation", default=1, editable=False)
    duration_ms = models.PositiveIntegerField(
        "duration in milliseconds", null=True, blank=True, editable=False
    )
    codecs = models.CharField(
        "how a film is compressed, picture and sound", max_length=60, blank=True, editable=False
    )
    pages = models.PositiveIntegerField("pages of a document", null=True, blank=True, editable=False)
    taken = models.CharField("taken, by the camera's clock", max_length=19, blank=True, editable=False)
    colour = models.CharField(max_length=6, choices=Asset.Colour.choices, blank=True, editable=False)
    colours = models.JSONField("colours that stand out, as #rrggbb", default=list, blank=True, editable=False)
    dhash = models.BigIntegerField("difference hash, signed 64 bits", null=True, blank=True, editable=False)
    # The point that every crop keeps, as a share of width and height from the upper left.
    focal_x = models.FloatField(default=0.5, editable=False)
    focal_y = models.FloatField(default=0.5, editable=False)
    focal_by_hand = models.BooleanField(default=False, editable=False)
    original_name = models.CharField("name of the file", max_length=200, blank=True, editable=False)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.READY, editable=False)
    failure = models.CharField(max_length=300, blank=True, editable=False)
    recipe = models.JSONField("what was done to it", default=dict, blank=True, editable=False)
    made_from = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    # When it last became the current one; null: never, or it has been from the beginning.
    shown_at = models.DateTimeField(null=True, blank=True, editable=False)
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
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["pending", "ready", "failed"]),
                name="asset_version_status_known",
                violation_error_message="A version is being made, ready or failed.",
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "asset", "-number"], name="version_of_asset"),
            models.Index(fields=["workspace", "stored_file"], name="version_of_file"),
            models.Index(fields=["workspace", "-id"], name="version_newest"),
            models.Index(fields=["due_at"], name="version_due", condition=models.Q(due_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.original_name or self.asset_id}, version {self.number}"
