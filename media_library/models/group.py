"""How people keep assets together: albums, tags and saved filters."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse

from aura.kit import clock
from aura.kit.words import TAG_LENGTH
from media_library.models.asset import Asset
from workspaces.models import User, WorkspaceModel

ALBUM_NAME_LENGTH = 80
ALBUM_DEPTH = 5
QUERY_LENGTH = 1000
TAGS_AT_MOST = 30  # on one asset


class Album(WorkspaceModel):
    """A named group of assets; may hold albums, five deep."""

    name = models.CharField(max_length=ALBUM_NAME_LENGTH, error_messages={"blank": "Give the album a name."})
    parent = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="albums", verbose_name="inside"
    )
    assets: models.ManyToManyField[Asset, AlbumAsset] = models.ManyToManyField(
        Asset, through="AlbumAsset", related_name="albums"
    )
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(WorkspaceModel.Meta):
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                "workspace",
                "parent",
                Lower("name"),
                name="album_name_once",
                violation_error_message="There is an album of this name here already. Give it another one.",
            ),
            models.UniqueConstraint(
                "workspace",
                Lower("name"),
                name="album_name_once_at_top",
                condition=models.Q(parent=None),
                violation_error_message="There is an album of this name already. Give it another one.",
            ),
        ]
        indexes = [models.Index(fields=["workspace", "parent", "name"], name="album_in_order")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the address of the library narrowed to this album."""
        return f"{reverse('media:list')}?album={self.pk}"

    def path(self) -> list[Album]:
        """Return the albums around it and itself, outermost first; a query for each that is not loaded."""
        steps: list[Album] = [self]
        while (above := steps[0].parent) is not None and len(steps) <= ALBUM_DEPTH:
            steps.insert(0, above)
        return steps

    def _levels(self) -> int:
        """Return how many levels it and the albums in it make; a query for each."""
        levels, level = 1, [self.pk]
        while levels < ALBUM_DEPTH and (
            level := list(Album.objects.filter(parent__in=level).values_list("pk", flat=True))
        ):
            levels += 1
        return levels

    def clean(self) -> None:
        """Refuse a place inside itself, or too deep with all that is in it."""
        super().clean()
        if self.parent is None:
            return
        above = self.parent.path()
        if any(album.pk == self.pk for album in above):
            raise ValidationError({"parent": "An album cannot lie inside itself. Pick another one."})
        if len(above) + self._levels() > ALBUM_DEPTH:
            raise ValidationError({"parent": f"Albums go {ALBUM_DEPTH} deep. Pick one further up."})


class AlbumAsset(WorkspaceModel):
    """An asset in an album."""

    album = models.ForeignKey(Album, models.CASCADE, related_name="entries", editable=False)
    asset = models.ForeignKey(Asset, models.CASCADE, related_name="album_entries", editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(WorkspaceModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["album", "asset"],
                name="album_asset_once",
                violation_error_message="This is in the album already.",
            )
        ]
        indexes = [
            models.Index(fields=["workspace", "album", "-asset"], name="album_asset_newest"),
            models.Index(fields=["workspace", "asset"], name="album_of_asset"),
        ]

    def __str__(self) -> str:
        return f"{self.asset_id} in {self.album_id}"


class Tag(WorkspaceModel):
    """A lower-case word or phrase to find assets by; `asset_count` is kept in the transaction that sets tags."""

    name = models.CharField(max_length=TAG_LENGTH)
    asset_count = models.PositiveIntegerField(default=0, editable=False)

    class Meta(WorkspaceModel.Meta):
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "name"],
                name="media_tag_once",
                violation_error_message="There is a tag of this name already.",
            )
        ]
        indexes = [models.Index(fields=["workspace", "-asset_count", "name"], name="media_tag_most_used")]

    def __str__(self) -> str:
        return self.name


class AssetTag(WorkspaceModel):
    """A tag on an asset."""

    asset = models.ForeignKey(Asset, models.CASCADE, related_name="tagged", editable=False)
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="tagged", editable=False)

    class Meta(WorkspaceModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["asset", "tag"],
                name="asset_tag_once",
                violation_error_message="This tag is there already.",
            )
        ]
        indexes = [
            models.Index(fields=["workspace", "tag", "-asset"], name="asset_tag_newest"),
            models.Index(fields=["workspace", "asset"], name="tag_of_asset"),
        ]

    def __str__(self) -> str:
        return f"{self.tag_id} on {self.asset_id}"


class SavedFilter(WorkspaceModel):
    """A filter of the library under a name; for its author, or for everybody in the workspace."""

    name = models.CharField(max_length=80, error_messages={"blank": "Give the filter a name."})
    query = models.CharField(max_length=QUERY_LENGTH, help_text="As it stands in the address.")
    is_shared = models.BooleanField("everybody here sees it", default=False)
    created_by = models.ForeignKey(User, models.CASCADE, related_name="+", editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(WorkspaceModel.Meta):
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "created_by", "name"],
                name="saved_filter_once",
                violation_error_message="You have a filter of this name already. Give it another one.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the address of the library under this filter."""
        return f"{reverse('media:list')}?{self.query}"
