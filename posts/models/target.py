"""A post on one channel, and every try to publish it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse

from aura.kit import clock
from aura.kit.jobs import WorkRow
from media_library.models import Place, Use
from posts.models.channel import Channel
from posts.models.post import CAPTION_LENGTH, Post
from workspaces.models import WorkspaceModel


class Target(WorkspaceModel, WorkRow):
    """A post on one channel: own words if wanted, own state, own link once live. A work row.

    What follows the post there is a target as well: the parts of a thread (`position` 1, 2 …) and the first comment
    (`as_comment`), each published by itself once what it follows is out. The post itself is at position 0; only it
    says whether the channel shows its own pictures in place of the shared ones (`has_own_media`), and whether parts
    are `numbered`.

    `scheduled` with `due_at` waits for its time, with a live lease it is claimed; `sending` is set before the one
    irreversible call, and without a lease waits to be reconciled at `due_at`. `promised_at` is when it was to go,
    `due_at` the next try. `key` is constant over every try of one sending, `snapshot` what was promised to be sent,
    `progress` what the network gave us on the way (uploads), `checks` how often we looked after no clear answer.
    `published` with `due_at` is asked for its figures then. `taken_out` is no part of the post any more and is kept
    for its ledger.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "Not scheduled"
        SCHEDULED = "scheduled", "Scheduled"
        SENDING = "sending", "Publishing"
        PUBLISHED = "published", "Published"
        FAILED = "failed", "Failed"
        NEEDS_CONFIRMATION = "needs_confirmation", "Needs confirmation"
        MISSED = "missed", "Missed"
        CANCELLED = "cancelled", "Cancelled"
        TAKEN_OUT = "taken_out", "Taken out"

    post = models.ForeignKey(Post, models.CASCADE, related_name="targets")
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="targets")
    position = models.PositiveSmallIntegerField(default=0, editable=False)
    as_comment = models.BooleanField(default=False, editable=False)
    own_words = models.TextField(max_length=CAPTION_LENGTH, blank=True)
    # Of what goes out there, by which the same words are found again (posts.words.fingerprint).
    words_hash = models.CharField(max_length=32, blank=True, editable=False)
    has_own_media = models.BooleanField(default=False, editable=False)
    numbered = models.BooleanField(default=False, editable=False)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.PENDING, editable=False)
    sentence = models.CharField(max_length=400, blank=True, editable=False)
    promised_at = models.DateTimeField(null=True, blank=True, editable=False)
    key = models.CharField(max_length=80, blank=True, editable=False)
    snapshot = models.JSONField(default=dict, blank=True, editable=False)
    progress = models.JSONField(default=dict, blank=True, editable=False)
    checks = models.PositiveSmallIntegerField(default=0, editable=False)
    sending_since = models.DateTimeField(null=True, blank=True, editable=False)
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    remote_id = models.CharField(max_length=200, blank=True, editable=False)
    remote_url = models.URLField(max_length=500, blank=True, editable=False)

    class Meta(WorkspaceModel.Meta):
        ordering = ["id"]
        indexes = [
            models.Index(fields=["workspace", "post"], name="target_of_post"),
            models.Index(fields=["workspace", "channel", "status"], name="target_by_channel"),
            models.Index(fields=["workspace", "channel", "post", "status"], name="target_posts_of_channel"),
            models.Index(fields=["workspace", "status", "-id"], name="target_by_status"),
            models.Index(fields=["workspace", "channel", "promised_at"], name="target_by_promise"),
            models.Index(
                fields=["workspace", "channel", "words_hash", "promised_at"], name="target_by_words"
            ),
            # Whole, not partial: SQLite does not see that status = ? is among those of a condition, and would scan.
            models.Index(fields=["status", "due_at"], name="target_due"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "post", "channel", "position", "as_comment"],
                name="target_once",
                violation_error_message="This channel is chosen already.",
            ),
            models.CheckConstraint(
                condition=Q(as_comment=False) | Q(position__gte=1), name="target_comment_follows"
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "pending", "scheduled", "sending", "published", "failed", "needs_confirmation", "missed",
                        "cancelled", "taken_out",
                    ]
                ),
                name="target_status_known",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["scheduled", "sending"]) | Q(due_at__isnull=False),
                name="target_work_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(claim_token__isnull=True) | Q(lease_until__isnull=False), name="target_claim_has_a_lease"
            ),
            models.CheckConstraint(condition=~Q(status="sending") | ~Q(key=""), name="target_sending_has_a_key"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.post} on {self.place}"

    @property
    def part(self) -> str:
        """Which part of the post it is, in words: "part 2", "first comment", "" for the post itself."""
        return "first comment" if self.as_comment else f"part {self.position + 1}" if self.position else ""

    @property
    def place(self) -> str:
        """The channel's name, with the part where it is not the post itself."""
        return f"{self.channel}, {self.part}" if self.part else str(self.channel)

    @property
    def spot(self) -> str:
        """What names it among the targets of its post, for machines."""
        part = "comment" if self.as_comment else str(self.position or "")
        return f"{self.channel_id.hex}-{part}" if part else self.channel_id.hex

    def says(self, post: Post) -> str:
        """Return its words: own ones, or, for the post itself, the shared ones."""
        return self.own_words.strip() or ("" if self.position else post.caption)


NO_PART = frozenset({Target.Status.CANCELLED, Target.Status.TAKEN_OUT})
"""A target in one of these is not among the channels that the post goes to."""

STOPPED = Q(status=Target.Status.PENDING, position__gt=0, promised_at=None)
"""Of a thread whose beginning is out: what somebody changed who may not publish, and what follows that."""


class TargetMedia(Use):
    """An asset that one channel shows of its own, in order: in place of the shared ones, or in a part of a thread."""

    SUBJECT = "target"

    target = models.ForeignKey(Target, models.CASCADE, related_name="media")

    class Meta(Use.Meta):
        verbose_name = "media of a target"
        verbose_name_plural = "media of targets"
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "target", "asset"],
                name="target_media_once",
                violation_error_message="This picture is in this part already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.asset} in {self.target}"

    def place(self) -> Place:
        """Return the post on that channel as a place where the asset is used."""
        post = self.target.post
        return Place(str(self.target), "post", reverse("posts:detail", args=[post.pk]), post.status)


class Attempt(WorkspaceModel):
    """One try, written down before it is made and never changed once it has an outcome."""

    class Kind(models.TextChoices):
        PUBLISH = "publish", "Publish"
        CHECK = "check", "Look whether it is live"
        PERSON = "person", "Decided by a person"

    class Outcome(models.TextChoices):
        STARTED = "started", "Under way"
        ACCEPTED = "accepted", "Accepted"
        REJECTED = "rejected", "Refused"
        AMBIGUOUS = "ambiguous", "No clear answer"
        RETRY = "retry", "Will try again"
        NOT_SENT = "not_sent", "Nothing was sent"

    target = models.ForeignKey(Target, models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.PUBLISH)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.STARTED)
    sentence = models.CharField(max_length=400, blank=True)
    code = models.CharField(max_length=60, blank=True)
    key = models.CharField(max_length=80, blank=True)
    by = models.CharField(max_length=100, blank=True)
    started_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta(WorkspaceModel.Meta):
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "target", "number"], name="attempt_number_once")
        ]

    def __str__(self) -> str:
        return f"Attempt {self.number}: {self.get_outcome_display().lower()}"
