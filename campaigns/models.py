"""Who speaks (brand), and to what end (campaign)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse

from aura.kit import clock
from aura.kit.words import TAG_LENGTH, tidy_words
from workspaces.models import User, WorkspaceModel

VOICE_TAGS_AT_MOST = 8


class Trashable(WorkspaceModel):
    """Abstract: can be archived and put in the trash.

    `trashed_with` names the trashing, so that undoing it brings back exactly that set.
    """

    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    trashed_at = models.DateTimeField(null=True, blank=True, editable=False)
    trashed_with = models.UUIDField(null=True, blank=True, editable=False)

    class Meta(WorkspaceModel.Meta):
        abstract = True

    def validate_constraints(self, exclude: Iterable[str] | None = None) -> None:
        """As Django's, but never skips a constraint on what is not in the trash because a form leaves that out."""
        super().validate_constraints(exclude=set(exclude or ()) - {"trashed_at"})

    @property
    def is_trashed(self) -> bool:
        """Tell whether it is in the trash."""
        return self.trashed_at is not None


class Brand(Trashable):
    """Who speaks: what it is, how it sounds by default, what it never says, how it looks."""

    name = models.CharField(max_length=80)
    about = models.TextField("what it is", max_length=2000, blank=True)
    voice_tags = models.JSONField(default=list, blank=True)
    guardrails = models.TextField(max_length=2000, blank=True, help_text="What it never says or shows.")
    colours = models.JSONField(default=list, blank=True)
    logo = models.ForeignKey("media_library.Asset", models.SET_NULL, null=True, blank=True, related_name="+")
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(Trashable.Meta):
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "name"],
                condition=Q(trashed_at=None),
                name="brand_name_once",
                violation_error_message="There is a brand with this name. Pick another one.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Campaign(Trashable):
    """A brief with a goal, dates and a budget, from its first words to its last post.

    While `paused_at` is set none of its posts goes out; `pause_reason` says why.
    """

    class Status(models.TextChoices):
        ONBOARDING_INCOMPLETE = "onboarding_incomplete", "Brief not filled"
        READY_TO_START = "ready_to_start", "Ready to start"
        IN_PROGRESS = "in_progress", "Running"
        COMPLETED = "completed", "Completed"

    brand = models.ForeignKey(Brand, models.PROTECT, related_name="campaigns")
    name = models.CharField(max_length=120)
    overview = models.TextField(max_length=4000, blank=True)
    target_audience = models.TextField(max_length=4000, blank=True)
    guardrails = models.TextField(max_length=4000, blank=True)
    goal = models.CharField(max_length=200, blank=True)
    start_date = models.DateField("first day", null=True, blank=True)
    end_date = models.DateField("last day", null=True, blank=True)
    budget = models.DecimalField(
        max_digits=14, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(Decimal(0))]
    )
    currency = models.CharField(
        max_length=3,
        default="EUR",
        validators=[RegexValidator(r"^[A-Z]{3}$", "Write three letters, such as EUR.")],
    )
    category = models.CharField(max_length=50, blank=True)
    status = models.CharField(
        max_length=24, choices=Status.choices, default=Status.ONBOARDING_INCOMPLETE, editable=False
    )
    started_at = models.DateTimeField(null=True, blank=True, editable=False)
    completed_at = models.DateTimeField(null=True, blank=True, editable=False)
    paused_at = models.DateTimeField(null=True, blank=True, editable=False)
    pause_reason = models.CharField(max_length=200, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(Trashable.Meta):
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["workspace", "trashed_at", "archived_at", "-id"], name="campaign_newest"),
            models.Index(fields=["workspace", "status", "-id"], name="campaign_by_status"),
            models.Index(fields=["workspace", "brand", "-id"], name="campaign_by_brand"),
            models.Index(fields=["workspace", "category", "-id"], name="campaign_by_category"),
            models.Index(fields=["workspace", "name", "id"], name="campaign_by_name"),
            models.Index(fields=["workspace", "start_date", "id"], name="campaign_by_start"),
            models.Index(fields=["workspace", "updated_at", "id"], name="campaign_by_change"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(start_date=None) | Q(end_date=None) | Q(end_date__gte=models.F("start_date")),
                name="campaign_ends_after_it_starts",
                violation_error_message="The last day is before the first. Pick a later one.",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=["onboarding_incomplete", "ready_to_start", "in_progress", "completed"]
                ),
                name="campaign_status_known",
            ),
            models.CheckConstraint(
                condition=Q(budget=None) | Q(budget__gte=0),
                name="campaign_budget_not_negative",
                violation_error_message="A budget is zero or more.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the address of its page in the open workspace."""
        return reverse("campaigns:detail", args=[self.pk])

    def missing_in_brief(self, voice_tags: int) -> list[str]:
        """Return in words what the brief still lacks: its three texts and, with `voice_tags` of them, a tag."""
        parts = {
            "what it is about": self.overview.strip(),
            "who it is for": self.target_audience.strip(),
            "what it must not say": self.guardrails.strip(),
            "a voice tag": voice_tags,
        }
        return [words for words, there in parts.items() if not there]

    def settle(self, voice_tags: int) -> None:
        """Set the status from what is known: the one rule for where a campaign stands."""
        if self.completed_at:
            self.status = self.Status.COMPLETED
        elif self.started_at:
            self.status = self.Status.IN_PROGRESS
        elif self.missing_in_brief(voice_tags):
            self.status = self.Status.ONBOARDING_INCOMPLETE
        else:
            self.status = self.Status.READY_TO_START

    @property
    def standing(self) -> str:
        """Where it stands as lists show it: its status, or that it was put away."""
        if self.is_trashed:
            return "trashed"
        return "archived" if self.archived_at else self.status

    @property
    def has_started(self) -> bool:
        """Tell whether it was ever started: from then on it is archived, or trashed with everything in it."""
        return self.started_at is not None


class CampaignWord(WorkspaceModel):
    """Abstract: one lower-case word or phrase of a campaign, unique in it."""

    campaign = models.ForeignKey(Campaign, models.CASCADE)
    word = models.CharField(max_length=TAG_LENGTH)

    class Meta(WorkspaceModel.Meta):
        abstract = True

    def __str__(self) -> str:
        return self.word

    def clean(self) -> None:
        """Tidy the word; refuse an empty one."""
        super().clean()
        tidy = tidy_words([self.word])
        if not tidy:
            raise ValidationError({"word": "Write a word or a short phrase."})
        self.word = tidy[0]


class BrandVoiceTag(CampaignWord):
    """How the campaign sounds, in a word; 8 at most in a campaign."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="voice_tags")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta(CampaignWord.Meta):
        abstract = False
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "campaign", "word"],
                name="voice_tag_once",
                violation_error_message="This tag is there already.",
            ),
            models.CheckConstraint(condition=Q(position__lt=VOICE_TAGS_AT_MOST), name="voice_tags_at_most_8"),
        ]


class CampaignTag(CampaignWord):
    """A label to find campaigns by."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="tags")

    class Meta(CampaignWord.Meta):
        abstract = False
        ordering = ["word"]
        indexes = [models.Index(fields=["workspace", "word", "campaign"], name="campaign_tag_word")]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "campaign", "word"],
                name="campaign_tag_once",
                violation_error_message="This tag is there already.",
            )
        ]
