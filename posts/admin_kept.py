"""What is kept of words: versions of posts, and what people left unsaved."""

from __future__ import annotations

from django.contrib import admin

from posts.models import KeptDraft, PostVersion
from workspaces.admin_base import ReadOnlyAdmin


@admin.register(KeptDraft)
class KeptDraftAdmin(ReadOnlyAdmin):
    """What people wrote and did not save."""

    related = ["post", "person"]
    list_display = ["__str__", "post", "person", "kept_at"]
    search_fields = ["post__title", "person__email"]
    ordering = ["-id"]


@admin.register(PostVersion)
class PostVersionAdmin(ReadOnlyAdmin):
    """What posts said before."""

    related = ["post", "created_by"]
    list_display = ["__str__", "post", "created_by", "at"]
    search_fields = ["title", "post__title"]
    ordering = ["-id"]
