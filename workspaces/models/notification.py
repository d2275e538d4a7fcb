"""What a person is told: that somebody named them, asked them for something, or that something went wrong."""

from __future__ import annotations

from django.db import models

from aura.kit import clock
from workspaces.models.base import WorkspaceModel
from workspaces.models.people import User

SENTENCE_LENGTH = 300
WORDS_LENGTH = 500


class Notification(WorkspaceModel):
    """One thing that one member is told, in words that stand for themselves, and the way to it.

    Until it is read there is one for each kind and thing: what happens again brings it up to date and counts on in
    `times`. `mailed_at` is when it was last mailed, too.
    """

    person = models.ForeignKey(User, models.CASCADE, related_name="notifications", editable=False)
    kind = models.CharField(max_length=40, editable=False)
    subject_type = models.CharField(max_length=60, blank=True, editable=False)
    subject_id = models.UUIDField(editable=False)
    sentence = models.CharField(max_length=SENTENCE_LENGTH, editable=False)
    words = models.CharField(max_length=WORDS_LENGTH, blank=True, editable=False)
    url = models.CharField(max_length=500, editable=False)
    actor = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+", editable=False)
    times = models.PositiveIntegerField(default=1, editable=False)
    at = models.DateTimeField(default=clock.now, editable=False)
    read_at = models.DateTimeField(null=True, blank=True, editable=False)
    mailed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(WorkspaceModel.Meta):
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["workspace", "person", "-at", "-id"], name="notification_newest"),
            models.Index(fields=["workspace", "person", "read_at"], name="notification_unread"),
            models.Index(fields=["workspace", "subject_type", "subject_id"], name="notification_of_subject"),
            models.Index(fields=["at"], name="notification_by_age"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "person", "kind", "subject_type", "subject_id"],
                condition=models.Q(read_at=None),
                name="notification_once_while_unread",
            )
        ]

    def __str__(self) -> str:
        return self.sentence
