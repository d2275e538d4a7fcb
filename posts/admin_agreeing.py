"""Approvals, reminders and review links in the admin: only read."""

from __future__ import annotations

from django.contrib import admin

from posts.models import Approval, LinkedPost, Reminder, ReviewLink
from workspaces.admin_base import ReadOnlyAdmin


@admin.register(Approval)
class ApprovalAdmin(ReadOnlyAdmin):
    """Every yes to a post, with what the post said then."""

    related = ["post", "by"]
    list_display = ["post", "by_name", "is_others", "at", "ended_at"]
    list_filter = ["is_others"]
    search_fields = ["post__title", "by_name"]
    ordering = ["-id"]


@admin.register(Reminder)
class ReminderAdmin(ReadOnlyAdmin):
    """When people are reminded of posts that wait for a yes."""

    related = ["post"]
    list_display = ["post", "moment", "for_at", "due_at", "tries"]
    list_filter = ["moment"]
    search_fields = ["post__title"]
    ordering = ["-id"]


@admin.register(ReviewLink)
class ReviewLinkAdmin(ReadOnlyAdmin):
    """Links for clients: whose they are, never what they are."""

    related = ["created_by"]
    list_display = ["created_by", "created_at", "ends_at", "revoked_at"]
    search_fields = ["created_by__email"]
    exclude = ["token_hash", "password"]
    ordering = ["-id"]


@admin.register(LinkedPost)
class LinkedPostAdmin(ReadOnlyAdmin):
    """Posts that links for clients show."""

    related = ["link__created_by", "post"]
    list_display = ["post", "link"]
    search_fields = ["post__title"]
    ordering = ["-id"]
