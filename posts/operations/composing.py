"""What the composer's buttons do: save, and in the same transaction what the button says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from media_library.models import Asset
from posts.fitting import Fits
from posts.models import Channel, Post
from posts.operations.reminding import expect_reminders
from posts.operations.review import submit_post
from posts.operations.scheduling import publish_post, schedule_post
from posts.operations.writing import Edit, create_post, edit_post
from posts.parts import OwnOf
from workspaces.operation import Actor


def compose_post(
    post: Post,
    *,
    words: Mapping[Channel, str],
    pictures: Sequence[Asset],
    own: OwnOf | None = None,
    version: int | None,
    intent: str,
    fits: Fits | None = None,
    now: datetime,
    by: Actor,
) -> Edit:
    """Create or edit `post`, then ask for its review, schedule or publish it: all of it or nothing.

    `intent` is "save", "review", "schedule" (at the time `post` carries) or "publish". Rights, activity and refusals
    are those of the operations called.
    """
    with transaction.atomic():
        at, zone = post.scheduled_at, post.zone
        if post._state.adding:
            edit = Edit(create_post(post, words=words, pictures=pictures, own=own, fits=fits, by=by))
        else:
            edit = edit_post(
                post, words=words, pictures=pictures, own=own, version=version, fits=fits, now=now, by=by
            )
        saved = edit.post
        if intent == "review":
            saved = submit_post(saved, now=now, by=by)
        elif intent == "publish":
            saved = publish_post(saved, now=now, by=by)
        elif intent == "schedule" and at is not None:
            saved = schedule_post(saved, at=at, zone=zone, now=now, by=by)
        expect_reminders(saved.pk, now=now)
        return Edit(saved, edit.voided, edit.unscheduled and intent in {"save", "review"})
