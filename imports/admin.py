"""Imports in the admin: to be looked at."""

from __future__ import annotations

from django.contrib import admin

from imports.models import ColumnMemory, Import, ImportRow
from workspaces.admin_base import ReadOnlyAdmin


@admin.register(Import)
class ImportAdmin(ReadOnlyAdmin):
    """Files that people brought, and what became of them."""

    list_display = ("file_name", "kind", "status", "rows", "brought", "wrong", "created_by", "created_at")
    list_filter = ("status", "kind")
    search_fields = ("file_name", "failure")
    ordering = ("-id",)
    related = ("created_by",)


@admin.register(ImportRow)
class ImportRowAdmin(ReadOnlyAdmin):
    """Rows of imports."""

    list_display = ("line", "source", "status", "object_id")
    list_filter = ("status",)
    search_fields = ("source__file_name",)
    ordering = ("-id",)
    related = ("source",)


@admin.register(ColumnMemory)
class ColumnMemoryAdmin(ReadOnlyAdmin):
    """What columns became the last time."""

    list_display = ("kind", "headings_hash", "used_at")
    list_filter = ("kind",)
    search_fields = ("headings_hash",)
    ordering = ("-id",)
