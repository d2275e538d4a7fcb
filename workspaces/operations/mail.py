"""Mails: written in the transaction that causes them, sent by the worker, or kept where no mail server is set."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.template.loader import render_to_string

from aura.kit import clock, jobs
from workspaces.models import Mail, Workspace
from workspaces.operation import Actor, Refused, operation

SEND_MAIL = "workspaces.send_mail"
KEPT_FOR = timedelta(days=30)
"""A mail may hold a link that opens an account; none is kept longer."""


def absolute_url(path: str) -> str:
    """Return a path of this instance with scheme and host as the operator set them, never as a request said."""
    return f"{settings.AURA_URL}{path}"


def keep_mail(*, to: str, subject: str, body: str, workspace: Workspace | None = None) -> Mail:
    """Write down a mail. It is sent after commit where a mail server is set; else staff can read it."""
    has_server = bool(settings.EMAIL_URL)
    mail = Mail.objects.create(
        to=to,
        subject=" ".join(subject.split())[:200],  # a header is one line
        body=body,
        workspace=workspace,
        status=Mail.Status.PENDING if has_server else Mail.Status.KEPT,
        due_at=clock.now() if has_server else None,
    )
    if has_server:
        jobs.ring(SEND_MAIL, mail.pk)
    return mail


def keep_letter(
    template: str, *, to: str, context: dict[str, Any], workspace: Workspace | None = None
) -> Mail:
    """Write down a mail from a template whose first line is the subject, the second empty, and the rest the body."""
    subject, _, body = render_to_string(template, context).strip().partition("\n")
    return keep_mail(to=to, subject=subject, body=body.strip() + "\n", workspace=workspace)


@operation
def resend_mail(mail: Mail, *, by: Actor) -> Mail:
    """Send a mail again that failed, was kept, or whose fate is unknown; staff decide that.

    Raises Refused while it is on its way, and where no mail server is set.
    """
    again = [Mail.Status.FAILED, Mail.Status.UNKNOWN, Mail.Status.KEPT, Mail.Status.SENT]
    if not settings.EMAIL_URL:
        raise Refused("No mail server is set. Set EMAIL_URL, or hand the link on yourself.")
    fresh = {"status": Mail.Status.PENDING, "due_at": clock.now(), "tries": 0, "failure": ""}
    if not Mail.objects.filter(pk=mail.pk, status__in=again).update(
        claim_token=None, lease_until=None, **fresh
    ):
        raise Refused("This mail is on its way.")
    jobs.ring(SEND_MAIL, mail.pk)
    mail.refresh_from_db()
    return mail


def waiting_mails() -> models.QuerySet[Mail]:
    """Return the mails that a worker may claim."""
    return Mail.objects.filter(status=Mail.Status.PENDING)


def hand_over(mail: Mail, token: uuid.UUID) -> bool:
    """Write down that a claimed mail is about to reach the mail server; return False if the claim was lost.

    From here on its fate is unknown until the server answers, and no worker takes it up again by itself.
    """
    return waiting_mails().filter(pk=mail.pk, claim_token=token).update(status=Mail.Status.UNKNOWN) == 1


def forget_old_mails(now: datetime | None = None) -> int:
    """Delete mails written more than 30 days before `now`; return how many."""
    return Mail.objects.filter(created_at__lt=(now or clock.now()) - KEPT_FOR).delete()[0]
