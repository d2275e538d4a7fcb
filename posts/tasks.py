"""The work of publishing: what is due, and which operation takes it up."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.conf import settings

from aura.kit import jobs

if TYPE_CHECKING:
    from django.db.models import QuerySet


def _scheduled() -> QuerySet[Any]:
    from posts.models import Target

    return Target.objects.filter(status=Target.Status.SCHEDULED)


def _unclear() -> QuerySet[Any]:
    from posts.models import Target

    return Target.objects.filter(status=Target.Status.SENDING)


def _published() -> QuerySet[Any]:
    from posts.models import Target

    return Target.objects.filter(status=Target.Status.PUBLISHED)


def fetch_figures(target_id: uuid.UUID, token: uuid.UUID) -> None:
    """Ask how a claimed target does."""
    from posts.operations import figures

    figures.fetch_figures(target_id, token)


def _set_aside_figures(target_id: uuid.UUID, token: uuid.UUID) -> None:
    from posts.operations import figures

    figures.set_aside(target_id, token)


def _to_renew() -> QuerySet[Any]:
    from posts.models import Channel

    return Channel.objects.all()


def renew_channel(channel_id: uuid.UUID, token: uuid.UUID) -> None:
    """Keep a claimed channel alive."""
    from posts.operations import renewing

    renewing.renew_channel(channel_id, token)


def publish_target(target_id: uuid.UUID, token: uuid.UUID) -> None:
    """Publish a claimed target."""
    from posts.operations import publishing

    publishing.publish_target(target_id, token)


def reconcile_target(target_id: uuid.UUID, token: uuid.UUID) -> None:
    """Find out about a claimed target that may be live."""
    from posts.operations import reconciling

    reconciling.reconcile_target(target_id, token)


def _looks() -> QuerySet[Any]:
    from posts.models import Preflight

    return Preflight.objects.filter(due_at__isnull=False)


def look_ahead(look_id: uuid.UUID, token: uuid.UUID) -> None:
    """Look at a scheduled post again, claimed for it."""
    from posts.operations import looking_ahead

    looking_ahead.look_ahead(look_id, token)


def _links() -> QuerySet[Any]:
    from posts.models import LinkAnswer

    return LinkAnswer.objects.filter(due_at__isnull=False)


def look_at_link(link_id: uuid.UUID, token: uuid.UUID) -> None:
    """Follow a link that is due, claimed for it."""
    from posts.operations import link_answers

    link_answers.look_at_link(link_id, token)


def _set_aside_link(link_id: uuid.UUID, token: uuid.UUID) -> None:
    from posts.operations import link_answers

    link_answers.set_aside(link_id, token)


def _reminders() -> QuerySet[Any]:
    from posts.models import Reminder

    return Reminder.objects.filter(due_at__isnull=False)


def remind_of_review(reminder_id: uuid.UUID, token: uuid.UUID) -> None:
    """Remind of a post in review, claimed for it."""
    from posts.operations import reminding

    reminding.remind_of_review(reminder_id, token)


def _set_aside_reminder(reminder_id: uuid.UUID, token: uuid.UUID) -> None:
    from posts.operations import reminding

    reminding.set_aside(reminder_id, token)


def _set_aside_look(look_id: uuid.UUID, token: uuid.UUID) -> None:
    from posts.operations import looking_ahead

    looking_ahead.set_aside(look_id, token)


def _series() -> QuerySet[Any]:
    from posts.models import Series

    return Series.objects.filter(due_at__isnull=False)


def make_series(series_id: uuid.UUID, token: uuid.UUID) -> None:
    """Make the next posts of a claimed series."""
    from posts.operations import series

    series.make_series(series_id, token)


def _set_aside_series(series_id: uuid.UUID, token: uuid.UUID) -> None:
    from posts.operations import series

    series.set_aside(series_id, token)


def _set_aside_unsent(target_id: uuid.UUID, token: uuid.UUID) -> None:
    from posts.operations import publishing

    publishing.set_aside(target_id, token)


def _set_aside_unclear(target_id: uuid.UUID, token: uuid.UUID) -> None:
    from posts.operations import reconciling

    reconciling.set_aside(target_id, token)


def _set_aside_channel(channel_id: uuid.UUID, token: uuid.UUID) -> None:
    from posts.operations import renewing

    renewing.set_aside(channel_id, token)


def register() -> None:
    """Register the due lists; called from `apps.py`."""
    lease = float(settings.AURA_PUBLISH_LEASE_SECONDS)
    deadline = max(lease - 20, lease * 0.8)
    jobs.register(
        jobs.DueList(
            "posts.publish_target",
            rows=_scheduled,
            run=publish_target,
            queue="publish",
            lease=lease,
            deadline=deadline,
            set_aside=_set_aside_unsent,
            line=jobs.Line(
                "channel_id", ("promised_at", "pk"), ("channel__next_turn_at", "channel__not_before")
            ),
        )
    )
    jobs.register(
        jobs.DueList(
            "posts.reconcile_target",
            rows=_unclear,
            run=reconcile_target,
            queue="publish",
            lease=lease,
            deadline=deadline,
            set_aside=_set_aside_unclear,
        )
    )
    jobs.register(
        jobs.DueList("posts.make_series", rows=_series, run=make_series, set_aside=_set_aside_series)
    )
    jobs.register(
        jobs.DueList("posts.look_at_link", rows=_links, run=look_at_link, set_aside=_set_aside_link)
    )
    jobs.register(
        jobs.DueList(
            "posts.remind_of_review", rows=_reminders, run=remind_of_review, set_aside=_set_aside_reminder
        )
    )
    jobs.register(jobs.DueList("posts.look_ahead", rows=_looks, run=look_ahead, set_aside=_set_aside_look))
    jobs.register(
        jobs.DueList(
            "posts.renew_channel",
            rows=_to_renew,
            run=renew_channel,
            queue="publish",
            set_aside=_set_aside_channel,
        )
    )
    jobs.register(
        jobs.DueList("posts.fetch_figures", rows=_published, run=fetch_figures, set_aside=_set_aside_figures)
    )
