"""Sends the mails that wait, one at a time, and never one twice."""

from __future__ import annotations

import smtplib
import uuid
from typing import Any, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend
from django.db import connection

from aura.kit import clock, jobs
from aura.kit.testing_points import failpoint
from workspaces.models import Mail
from workspaces.operations.mail import hand_over, waiting_mails


def message_id(mail: Mail) -> str:
    """Return the Message-ID of a mail: the same however often it is sent, so that a reader shows it once."""
    return f"<{mail.pk}@{urlsplit(settings.AURA_URL).hostname}>"


def send_mail(mail_id: uuid.UUID, token: uuid.UUID) -> None:
    """Hand one claimed mail to the mail server and record what it said.

    Refused before or at the end of the message: tried again later, or failed for good. Once the message itself is on
    its way, the row says `unknown`, and stays so if nobody answers or this process dies: it is not sent again by
    itself. Raises RuntimeError inside a transaction.
    """
    if connection.in_atomic_block:
        raise RuntimeError("A mail is sent outside any transaction.")
    mail = waiting_mails().filter(pk=mail_id, claim_token=token).first()
    if mail is None:
        return
    message = EmailMessage(mail.subject, mail.body, settings.DEFAULT_FROM_EMAIL, [mail.to])
    message.extra_headers["Message-ID"] = message_id(mail)
    backend = EmailBackend(fail_silently=False)
    try:
        backend.open()
        server = cast(smtplib.SMTP, backend.connection)
        server.ehlo_or_helo_if_needed()
        _expect(server.mail(_bare(settings.DEFAULT_FROM_EMAIL)))
        _expect(server.rcpt(mail.to))
    except smtplib.SMTPResponseException as error:
        _record_refusal(mail, token, error)
        backend.close()
        return
    except OSError as error:
        _try_later(mail, token, f"The mail server cannot be reached: {error}")
        return
    failpoint("mail.before_data")
    if not hand_over(mail, token):
        backend.close()
        return
    written: Any = message.message()  # Django's own message class, which takes the line end
    try:
        _expect(server.data(written.as_bytes(linesep="\r\n")))
    except smtplib.SMTPResponseException as error:
        _record_refusal(mail, token, error)
    except OSError as error:
        sentence = (
            f"The mail server took it and did not answer: {error}. Ask the person before sending it again."
        )
        jobs.record(Mail, mail.pk, token, status=Mail.Status.UNKNOWN, due_at=None, failure=sentence[:300])
    else:
        failpoint("mail.after_data")
        jobs.record(
            Mail, mail.pk, token, status=Mail.Status.SENT, sent_at=clock.now(), due_at=None, failure=""
        )
    backend.close()


def set_mail_aside(mail_id: uuid.UUID, token: uuid.UUID) -> None:
    """Give up on a mail that was claimed too often without success; `failure` still says the last reason."""
    jobs.record(Mail, mail_id, token, status=Mail.Status.FAILED, due_at=None)


def _bare(address: str) -> str:
    """Return the address alone of "Aura <aura@example.org>"."""
    return address.rpartition("<")[2].rstrip(">")


def _expect(answer: tuple[int, bytes]) -> None:
    """Raise SMTPResponseException unless the server accepted."""
    code, words = answer
    if not 200 <= code < 300:
        raise smtplib.SMTPResponseException(code, words)


def _record_refusal(mail: Mail, token: uuid.UUID, error: smtplib.SMTPResponseException) -> None:
    words = (
        error.smtp_error.decode(errors="replace")
        if isinstance(error.smtp_error, bytes)
        else str(error.smtp_error)
    )
    sentence = f"The mail server refused it ({error.smtp_code}): {words}"
    if 400 <= error.smtp_code < 500:
        _try_later(mail, token, sentence)
    else:
        jobs.record(Mail, mail.pk, token, status=Mail.Status.FAILED, due_at=None, failure=sentence[:300])


def _try_later(mail: Mail, token: uuid.UUID, sentence: str) -> None:
    later = clock.now() + jobs.retry_delay(mail.tries)
    jobs.record(Mail, mail.pk, token, status=Mail.Status.PENDING, due_at=later, failure=sentence[:300])
