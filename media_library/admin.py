"""The library in the admin: looked at by staff, changed by its operations."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest

from aura.kit.files import megabytes
from media_library import operations
from media_library.models import (
    Album,
    AlbumAsset,
    Asset,
    AssetTag,
    AssetVersion,
    FileDeletion,
    NotDuplicate,
    Rendition,
    Reuse,
    SavedFilter,
    StoredFile,
    StoredTotal,
    Tag,
    UploadSession,
)
from workspaces.admin_base import InstanceAdmin, ReadOnlyAdmin, WorkspaceAdmin, operation_action
from workspaces.operation import Staff


class TrashFilter(admin.SimpleListFilter):
    """In the library, or in the trash."""

    title = "trash"
    parameter_name = "trash"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the choices."""
        return [("no", "In the library"), ("yes", "In the trash")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Narrow the list."""
        if self.value() in ("yes", "no"):
            return queryset.filter(trashed_at__isnull=self.value() == "no")
        return queryset


@admin.register(Asset)
class AssetAdmin(WorkspaceAdmin):
    """Assets: name and description are edited, the rest is done by operations."""

    list_display = ("title", "kind", "status", "created_by", "created_at", "trashed_at")
    list_filter = ("status", "kind", TrashFilter)
    search_fields = ("title", "alt_text", "body")
    ordering = ("-id",)
    fields = (
        "title",
        "alt_text",
        "body",
        "author",
        "licence",
        "source",
        "expires_date",
        "kind",
        "status",
        "failure",
        "created_by",
        "created_at",
        "trashed_at",
        "due_at",
        "tries",
    )
    readonly_fields = ("kind", "body")
    related = ("created_by", "current")
    actions = (
        operation_action(operations.trash_asset, "Move to the trash", "moved to the trash."),
        operation_action(operations.restore_asset, "Take out of the trash", "taken out of the trash."),
        operation_action(operations.retry_asset, "Try again to read", "will be tried again."),
        operation_action(operations.purge_asset, "Delete for good", "deleted for good."),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Assets come by upload."""
        return False

    def save_by(self, obj: Any, form: ModelForm[Any], *, by: Staff, change: bool) -> None:
        """Save name and description by the operation."""
        operations.edit_asset(obj, by=by)


@admin.register(AssetVersion)
class AssetVersionAdmin(ReadOnlyAdmin):
    """Versions of assets."""

    list_display = ("asset", "number", "original_name", "width", "height", "status", "created_at")
    list_filter = ("status",)
    search_fields = ("original_name", "asset__title")
    ordering = ("-id",)
    related = ("asset", "stored_file", "created_by")


@admin.register(StoredFile)
class StoredFileAdmin(ReadOnlyAdmin):
    """Originals, once per content."""

    list_display = ("key", "mime", "readable_size", "status", "created_at")
    list_filter = ("status", "mime")
    search_fields = ("key", "sha256")
    ordering = ("-id",)

    @admin.display(description="size", ordering="size")
    def readable_size(self, row: StoredFile) -> str:
        """Return the size as people read it."""
        return megabytes(row.size)


@admin.register(StoredTotal)
class StoredTotalAdmin(ReadOnlyAdmin):
    """How much each workspace keeps."""

    list_display = ("workspace", "readable_size")
    search_fields = ("workspace__slug", "workspace__name")
    ordering = ("-size", "-id")
    related = ("workspace",)

    @admin.display(description="originals", ordering="size")
    def readable_size(self, row: StoredTotal) -> str:
        """Return the size as people read it."""
        return megabytes(row.size)


@admin.register(UploadSession)
class UploadSessionAdmin(ReadOnlyAdmin):
    """Uploads that are not whole yet."""

    list_display = (
        "name",
        "readable_size",
        "readable_received",
        "is_direct",
        "created_by",
        "created_at",
        "due_at",
    )
    search_fields = ("name", "created_by__email")
    ordering = ("-id",)
    related = ("created_by",)

    @admin.display(description="size", ordering="size")
    def readable_size(self, row: UploadSession) -> str:
        """Return the size as people read it."""
        return megabytes(row.size)

    @admin.display(description="received", ordering="received")
    def readable_received(self, row: UploadSession) -> str:
        """Return how much is here as people read it."""
        return megabytes(row.received)


@admin.register(Rendition)
class RenditionAdmin(ReadOnlyAdmin):
    """What was made from versions."""

    list_display = ("key", "preset", "mime", "width", "height", "readable_size", "status")
    list_filter = ("status", "mime")
    search_fields = ("key", "preset", "version__original_name")
    ordering = ("-id",)
    related = ("version",)

    @admin.display(description="size", ordering="size")
    def readable_size(self, row: Rendition) -> str:
        """Return the size as people read it."""
        return megabytes(row.size)


@admin.register(Album)
class AlbumAdmin(ReadOnlyAdmin):
    """Albums."""

    list_display = ("name", "parent", "created_by", "created_at")
    search_fields = ("name",)
    ordering = ("name",)
    related = ("parent", "created_by")


@admin.register(AlbumAsset)
class AlbumAssetAdmin(ReadOnlyAdmin):
    """What lies in albums."""

    list_display = ("album", "asset", "created_at")
    search_fields = ("album__name", "asset__title")
    ordering = ("-id",)
    related = ("album", "asset")


@admin.register(Tag)
class TagAdmin(ReadOnlyAdmin):
    """Tags of assets."""

    list_display = ("name", "asset_count")
    search_fields = ("name",)
    ordering = ("name",)


@admin.register(AssetTag)
class AssetTagAdmin(ReadOnlyAdmin):
    """Which asset has which tag."""

    list_display = ("tag", "asset")
    search_fields = ("tag__name", "asset__title")
    ordering = ("-id",)
    related = ("tag", "asset")


@admin.register(NotDuplicate)
class NotDuplicateAdmin(ReadOnlyAdmin):
    """Pictures that look alike and are different."""

    list_display = ("newer", "older", "created_by", "created_at")
    search_fields = ("newer__title", "older__title")
    ordering = ("-id",)
    related = ("newer", "older", "created_by")


@admin.register(Reuse)
class ReuseAdmin(ReadOnlyAdmin):
    """Where assets were put to use."""

    list_display = ("asset", "kind", "title", "began_at", "ended_at")
    list_filter = ("kind",)
    search_fields = ("title", "asset__title")
    ordering = ("-id",)
    related = ("asset",)


@admin.register(SavedFilter)
class SavedFilterAdmin(ReadOnlyAdmin):
    """Filters that people saved."""

    list_display = ("name", "query", "is_shared", "created_by")
    list_filter = ("is_shared",)
    search_fields = ("name",)
    ordering = ("name",)
    related = ("created_by",)


@admin.register(FileDeletion)
class FileDeletionAdmin(InstanceAdmin):
    """Files waiting to be deleted."""

    list_display = ("key", "created_at", "due_at", "tries", "failure")
    search_fields = ("key",)
    ordering = ("-id",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only operations queue files."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Looked at only."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The worker deletes the file first."""
        return False
