"""Mails: rows first, sent once, kept where there is no server, and never sent twice when nobody answered."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.test import override_settings

from aura.kit import clock, jobs
from aura.kit.testing import just_now
from workspaces import tasks
from workspaces.models import Mail, User
from workspaces.operation import SYSTEM, Refused, Staff
from workspaces.operations import forget_old_mails, keep_mail, resend_mail
from workspaces.operations.mail import SEND_MAIL
from workspaces.tests.people import clean_limits

__all__ = ["clean_limits"]

pytestmark = pytest.mark.django_db(transaction=True)


class StandIn(socketserver.StreamRequestHandler):
    """A mail server in forty lines: says yes, or whatever the test wants, and keeps what it got."""

    def handle(self) -> None:
        server: Any = self.server
        self.say("220 stand-in")
        while line := self.rfile.readline().decode().strip():
            word = line.split()[0].upper()
            if word == "QUIT":
                return self.say("221 bye")
            if word == "DATA":
                if server.behaviour == "refuse data":
                    self.say("554 no")
                    continue
                self.say("354 go on")
                body = b""
                while not body.endswith(b"\r\n.\r\n"):
                    got = self.rfile.readline()
                    if not got:
                        return None
                    body += got
                server.got.append(body.decode())
                if server.behaviour == "hang up after data":
                    return self.connection.shutdown(socket.SHUT_RDWR)
                self.say(
                    {"busy after data": "451 later", "refuse after data": "550 spam"}.get(
                        server.behaviour, "250 ok"
                    )
                )
            elif word == "RCPT" and server.behaviour == "refuse recipient":
                self.say("550 no such person")
            elif word == "RCPT" and server.behaviour == "greylist":
                self.say("451 come back later")
            else:
                self.say("250 ok")
        return None

    def say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


@pytest.fixture
def server() -> Iterator[Any]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), StandIn) as stand_in:
        stand_in.daemon_threads = True
        stand_in.got, stand_in.behaviour = [], ""  # type: ignore[attr-defined]
        threading.Thread(target=stand_in.serve_forever, daemon=True).start()
        port = stand_in.server_address[1]
        with override_settings(
            EMAIL_URL=f"smtp://127.0.0.1:{port}?tls=0",
            EMAIL_HOST="127.0.0.1",
            EMAIL_PORT=port,
            EMAIL_USE_TLS=False,
            EMAIL_TIMEOUT=30,
        ):
            yield stand_in
        stand_in.shutdown()


def _keep() -> Mail:
    return keep_mail(to="dora@example.com", subject="Hello\nBcc: all@example.com", body="Straße\n.\nend\n")


def _run(mail: Mail) -> Mail:
    jobs.run_one(SEND_MAIL, None, mail.pk)
    mail.refresh_from_db()
    return mail


def test_without_a_server_a_mail_is_kept_and_not_due() -> None:
    mail = _keep()
    assert (mail.status, mail.due_at) == ("kept", None)
    assert not jobs.run_one(SEND_MAIL, None, mail.pk)


def test_a_mail_is_sent_once_with_the_same_id_and_a_subject_of_one_line(server: Any) -> None:
    mail = _run(_keep())
    assert (mail.status, mail.failure) == ("sent", "")
    assert mail.sent_at is not None
    assert mail.claim_token is None
    for _ in range(3):
        assert not jobs.run_one(SEND_MAIL, None, mail.pk)
    [got] = server.got
    assert f"Message-ID: <{mail.pk}@127.0.0.1>" in got
    assert "Subject: Hello Bcc: all@example.com" in got
    assert "\nBcc:" not in got


def test_it_is_due_with_the_transaction_that_wrote_it(server: Any) -> None:
    def write_and_fail() -> None:
        with transaction.atomic():
            _keep()
            raise Refused("Taken back.")

    with pytest.raises(Refused):
        write_and_fail()
    assert not Mail.objects.exists()
    mail = _keep()
    assert jobs.REGISTRY[SEND_MAIL].find(10) == [(None, mail.pk)]


@pytest.mark.parametrize("behaviour", ["greylist", "busy after data"])
def test_what_is_put_off_by_the_server_is_tried_again_later(behaviour: str, server: Any) -> None:
    server.behaviour = behaviour
    mail = _run(_keep())
    assert mail.status == "pending"
    assert mail.due_at is not None
    assert mail.due_at > clock.now()
    assert "refused it (451)" in mail.failure
    server.behaviour = ""
    Mail.objects.update(due_at=just_now())
    assert _run(mail).status == "sent"


@pytest.mark.parametrize("behaviour", ["refuse recipient", "refuse data", "refuse after data"])
def test_what_is_refused_for_good_fails_with_its_reason(behaviour: str, server: Any) -> None:
    server.behaviour = behaviour
    mail = _run(_keep())
    assert (mail.status, mail.due_at) == ("failed", None)
    assert "refused it (55" in mail.failure


def test_a_server_that_is_not_there_is_tried_again(server: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with override_settings(EMAIL_PORT=port):
        mail = _run(_keep())
    assert mail.status == "pending"
    assert "cannot be reached" in mail.failure


def test_F15_when_nobody_answers_after_the_mail_it_is_unknown_and_not_sent_again(server: Any) -> None:
    server.behaviour = "hang up after data"
    mail = _run(_keep())
    assert (mail.status, mail.due_at) == ("unknown", None)
    assert "did not answer" in mail.failure
    assert jobs.REGISTRY[SEND_MAIL].find(10) == []
    assert len(server.got) == 1


@pytest.mark.parametrize(
    ("point", "status", "sent"), [("mail.before_data", "pending", 1), ("mail.after_data", "unknown", 1)]
)
def test_F15_a_worker_that_dies_leaves_a_mail_unsent_or_unknown_never_sent_twice(
    point: str, status: str, sent: int, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(name: str) -> None:
        if name == point:
            raise Killed

    monkeypatch.setattr(tasks, "failpoint", die)
    mail = _keep()
    with pytest.raises(Killed):
        _run(mail)
    mail.refresh_from_db()
    assert mail.status == status
    monkeypatch.setattr(tasks, "failpoint", lambda name: None)
    Mail.objects.update(lease_until=clock.db_after(-1))
    jobs.run_one(SEND_MAIL, None, mail.pk)
    assert len(server.got) == sent


def test_a_stale_holder_sends_nothing(server: Any) -> None:
    mail = _keep()
    token = jobs.REGISTRY[SEND_MAIL].claim([mail.pk])[mail.pk]
    Mail.objects.update(claim_token=None, lease_until=None)
    tasks.send_mail(mail.pk, token)
    assert server.got == []


def test_after_five_tries_it_is_set_aside(server: Any) -> None:
    server.behaviour = "greylist"
    mail = _keep()
    for _ in range(7):
        Mail.objects.filter(due_at__isnull=False).update(due_at=just_now())
        jobs.run_one(SEND_MAIL, None, mail.pk)
    mail.refresh_from_db()
    assert (mail.status, mail.due_at) == ("failed", None)
    assert "451" in mail.failure


def test_it_is_never_sent_inside_a_transaction(server: Any) -> None:
    mail = _keep()
    with pytest.raises(RuntimeError), transaction.atomic():
        tasks.send_mail(mail.pk, mail.pk)


def test_staff_send_a_failed_or_unknown_mail_again(server: Any) -> None:
    server.behaviour = "hang up after data"
    mail = _run(_keep())
    server.behaviour = ""
    dora = User.objects.create_user("dora@example.com", name="Dora")
    with pytest.raises(PermissionDenied):
        resend_mail(mail, by=dora)
    assert resend_mail(mail, by=Staff(User.objects.create_superuser("root@example.com"))).status == "pending"
    with pytest.raises(Refused):
        resend_mail(mail, by=SYSTEM)
    assert _run(mail).status == "sent"
    ids = {line for got in server.got for line in got.splitlines() if line.startswith("Message-ID")}
    assert len(server.got) == 2
    assert len(ids) == 1


def test_without_a_server_nothing_is_sent_again() -> None:
    with pytest.raises(Refused, match="No mail server"):
        resend_mail(_keep(), by=SYSTEM)


def test_mails_are_forgotten_after_thirty_days() -> None:
    old, new = _keep(), _keep()
    Mail.objects.filter(pk=old.pk).update(created_at=clock.now() - clock.timedelta(days=31))
    assert forget_old_mails() == 1
    assert Mail.objects.get() == new
