"""The post: one message of a campaign, written once."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse

from aura.kit import clock
from campaigns.models import Campaign, Trashable
from media_library.models import Place, Use
from workspaces.models import User

TITLE_LENGTH = 120
CAPTION_LENGTH = 4000


class Post(Trashable):
    """Title, shared caption, media and time.

    Its `status` is computed from its targets in one place (`posts.operations.settle`) and stored.

    `scheduled_at` is the instant; `wall_time` (naive, ISO) and `zone` are what the person meant by it.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_REVIEW = "in_review", "In review"
        CHANGES_REQUESTED = "changes_requested", "Changes requested"
        APPROVED = "approved", "Approved"
        SCHEDULED = "scheduled", "Scheduled"
        PUBLISHING = "publishing", "Publishing"
        PUBLISHED = "published", "Published"
        PARTLY_PUBLISHED = "partly_published", "Partly published"
        FAILED = "failed", "Failed"
        MISSED = "missed", "Missed"
        NEEDS_CONFIRMATION = "needs_confirmation", "Needs confirmation"
        CANCELLED = "cancelled", "Cancelled"

    class Review(models.TextChoices):
        NONE = "none", "Not asked for"
        IN_REVIEW = "in_review", "In review"
        CHANGES_REQUESTED = "changes_requested", "Changes requested"
        APPROVED = "approved", "Approved"

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="posts")
    title = models.CharField(max_length=TITLE_LENGTH)
    caption = models.TextField(max_length=CAPTION_LENGTH, blank=True)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.DRAFT, editable=False)
    review_status = models.CharField(
        max_length=20, choices=Review.choices, default=Review.NONE, editable=False
    )
    review_note = models.CharField(max_length=500, blank=True, editable=False)
    approved_hash = models.CharField(max_length=64, blank=True, editable=False)
    approved_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    scheduled_at = models.DateTimeField(null=True, blank=True, editable=False)
    wall_time = models.CharField(max_length=19, blank=True, editable=False)
    zone = models.CharField(max_length=64, blank=True, editable=False)
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(Trashable.Meta):
        ordering = ["-id"]
        # `trashed_at` stands last in those by time, so that how many there are is counted in the index alone.
        indexes = [
            models.Index(fields=["workspace", "trashed_at", "-id"], name="post_newest"),
            models.Index(fields=["workspace", "status", "trashed_at", "-id"], name="post_by_status"),
            models.Index(fields=["workspace", "campaign", "-id"], name="post_by_campaign"),
            models.Index(
                fields=["workspace", "campaign", "trashed_at", "status"], name="post_states_of_campaign"
            ),
            models.Index(fields=["workspace", "scheduled_at", "id", "trashed_at"], name="post_by_time"),
            models.Index(
                fields=["workspace", "status", "scheduled_at", "id", "trashed_at"],
                name="post_by_status_and_time",
            ),
            models.Index(
                fields=["workspace", "campaign", "scheduled_at", "id", "trashed_at"],
                name="post_by_campaign_and_time",
            ),
            models.Index(
                fields=["workspace", "created_by", "scheduled_at", "id", "trashed_at"],
                name="post_by_author_and_time",
            ),
            models.Index(
                fields=["workspace", "scheduled_at", "id"],
                name="post_trash_by_time",
                condition=Q(trashed_at__isnull=False),
            ),
            models.Index(fields=["workspace", "created_by", "-id"], name="post_by_author"),
            models.Index(
                fields=["workspace", "created_by", "trashed_at", "status", "-id"],
                name="post_states_of_author",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status__in=["scheduled", "publishing"]) | Q(scheduled_at__isnull=False),
                name="post_scheduled_has_a_time",
                violation_error_message="A scheduled post needs a time.",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "draft", "in_review", "changes_requested", "approved", "scheduled", "publishing", "published",
                        "partly_published", "failed", "missed", "needs_confirmation", "cancelled",
                    ]
                ),
                name="post_status_known",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title


class PostMedia(Use):
    """An asset in a post, in order."""

    SUBJECT = "post"

    post = models.ForeignKey(Post, models.CASCADE, related_name="media")

    class Meta(Use.Meta):
        verbose_name = "media of a post"
        verbose_name_plural = "media of posts"
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "post", "asset"],
                name="post_media_once",
                violation_error_message="This picture is in the post already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.asset} in {self.post}"

    def place(self) -> Place:
        """Return the post as a place where the asset is used."""
        return Place(self.post.title, "post", reverse("posts:detail", args=[self.post_id]), self.post.status)
