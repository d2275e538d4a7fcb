"""Webhooks: what happens is written down with it, sent, signed, tried again, and never lost (trust W, F19, I6)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction

from aura.kit import clock, jobs, secrets, signing
from aura.kit.testing import just_now, plan_of
from aura.tests.processes import Running, wait_for
from posts.networks.standin import Behaviour, StandIn
from workspaces.models import (
    Mail,
    Notification,
    User,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    Workspace,
)
from workspaces.operation import SYSTEM, Refused
from workspaces.operations import (
    delete_webhook,
    delete_workspace,
    delivering,
    forget_old_deliveries,
    happened,
    pause_webhook,
    replay_delivery,
    resume_webhook,
    rotate_webhook_secret,
    secret_of,
    try_webhook,
)
from workspaces.operations.delivering import redacted
from workspaces.operations.webhooks import DELIVER, waiting_deliveries
from workspaces.tests import _hooks as made

ROOT = Path(__file__).resolve().parents[2]
D, E = WebhookDelivery.Status, WebhookEndpoint.Status


@pytest.fixture
def receiver(settings) -> Iterator[StandIn]:
    with StandIn() as receiver:
        settings.AURA_EGRESS_ALLOW = [receiver.endpoint]
        yield receiver


class TestWhatHappens:
    pytestmark = pytest.mark.django_db

    def test_an_operation_is_told_with_its_facts_to_whoever_chose_it(self, scope, receiver):
        wants, _other = made.hook(receiver), made.hook(receiver, events=["post.failed"])
        campaign = made.campaign("Spring loaves")
        delivery = WebhookDelivery.objects.get()
        assert (delivery.endpoint, delivery.event, delivery.about) == (
            wants,
            "campaign.created",
            "Spring loaves",
        )
        body = json.loads(delivery.body)
        assert body["type"] == "campaign.created"
        assert body["timestamp"] == delivery.happened_at.isoformat()
        assert body["data"]["id"] == str(campaign.pk)
        assert body["data"]["workspace"] == scope.slug
        assert body["data"]["url"].endswith(f"/w/{scope.slug}/campaigns/{campaign.pk}/")
        assert body["data"]["status"] == "onboarding_incomplete"

    def test_what_is_rolled_back_is_told_to_nobody(self, scope, receiver):
        made.hook(receiver)
        with transaction.atomic():
            made.campaign()
            assert WebhookDelivery.objects.exists()
            transaction.set_rollback(True)
        assert not WebhookDelivery.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_outside_a_transaction_nothing_can_be_told(self, scope, receiver):
        made.hook(receiver)
        with pytest.raises(RuntimeError, match="in the transaction"):
            happened("campaign.created", [scope.pk])

    def test_the_message_stays_as_it_was_when_it_happened(self, scope, receiver):
        made.hook(receiver)
        campaign = made.campaign("Before")
        type(campaign).objects.filter(pk=campaign.pk).update(name="After")
        delivery = made.send(WebhookDelivery.objects.get())
        assert delivery.status == D.DELIVERED
        assert json.loads(receiver.received[0].body)["data"]["name"] == "Before"

    def test_another_workspace_hears_nothing(self, scope, other_workspace, receiver):
        from workspaces.scope import use_workspace

        with use_workspace(other_workspace):
            made.hook(receiver)
        made.campaign()
        assert not WebhookDelivery.objects.exists()
        with use_workspace(other_workspace):
            assert not WebhookDelivery.objects.exists()

    def test_a_message_that_would_be_too_long_leaves_its_lists_out(self, scope):
        from workspaces.operations.webhooks import body_of

        facts = {"id": "1", "name": "Rye", "targets": [{"sentence": "x" * 500}] * 60}
        body = body_of("post.failed", facts, clock.now())
        assert len(body.encode()) < signing.BODY_LIMIT
        assert json.loads(body)["data"]["is_shortened"] is True
        assert "targets" not in json.loads(body)["data"]


@pytest.mark.django_db(transaction=True)
class TestSending:
    def test_W1_it_is_signed_and_keeps_its_id_over_every_try(self, scope, receiver):
        endpoint = made.hook(receiver)
        receiver.behave(Behaviour.FAIL_BEFORE_WRITE)
        delivery = made.send(made.message(endpoint))
        assert (delivery.status, delivery.attempts) == (D.PENDING, 1)
        assert delivery.due_at is not None
        delivery = made.send(delivery)
        assert (delivery.status, delivery.attempts, delivery.due_at) == (D.DELIVERED, 2, None)
        first, second = receiver.received
        assert first.headers["webhook-id"] == second.headers["webhook-id"] == delivery.message_id
        assert first.raw == second.raw == delivery.body.encode()
        assert signing.verify(secret_of(endpoint), second.headers, second.raw)
        assert not signing.verify(secret_of(endpoint), second.headers, second.raw + b" ")
        assert list(delivery.tries_made.values_list("number", "status_code", "is_accepted")) == [
            (1, 500, False),
            (2, 201, True),
        ]

    def test_W1_a_new_secret_signs_beside_the_old_one_for_a_day(self, scope, receiver):
        endpoint = made.hook(receiver)
        old = secret_of(endpoint)
        renewed = rotate_webhook_secret(endpoint, by=SYSTEM)
        new = secret_of(renewed)
        assert new != old
        made.send(made.message(endpoint))
        long_past = clock.now() - timedelta(hours=25)
        rotate_webhook_secret(endpoint, now=long_past, by=SYSTEM)
        newest = secret_of(WebhookEndpoint.objects.get())
        made.send(made.message(endpoint))
        during, after = receiver.received
        assert signing.verify(old, during.headers, during.raw)
        assert signing.verify(new, during.headers, during.raw)
        assert not signing.verify(new, after.headers, after.raw)
        assert signing.verify(newest, after.headers, after.raw)

    def test_a_secret_that_no_key_opens_is_said_and_a_new_one_helps(self, scope, receiver, settings):
        endpoint = made.hook(receiver)
        settings.AURA_SECRET_KEYS = [secrets.new_key()]
        delivery = made.send(made.message(endpoint))
        assert "Make a new secret" in delivery.sentence
        assert receiver.received == []
        rotate_webhook_secret(endpoint, by=SYSTEM)
        assert made.send(delivery).status == D.DELIVERED

    @pytest.mark.parametrize(
        ("behaviour", "said"),
        [
            (Behaviour.FAIL_BEFORE_WRITE, "failed (status 500)"),
            (Behaviour.HANG, "no complete answer"),
            (Behaviour.DROP_AFTER_WRITE, "no complete answer"),
            (Behaviour.REDIRECT, "never follows"),
            (Behaviour.REFUSE, "refused it (status 400)"),
        ],
    )
    def test_W2_whatever_is_no_yes_is_tried_again(self, scope, receiver, behaviour, said, monkeypatch):
        if behaviour is Behaviour.HANG:
            monkeypatch.setattr(delivering, "TIMEOUT", 1)
        endpoint = made.hook(receiver)
        receiver.behave(behaviour)
        delivery = made.send(made.message(endpoint))
        assert delivery.status == D.PENDING
        assert said in delivery.sentence
        assert delivery.due_at > clock.now()
        endpoint.refresh_from_db()
        assert (endpoint.failures, endpoint.status) == (1, E.ACTIVE)
        assert endpoint.rests_until is not None
        assert made.send(delivery).status == D.DELIVERED
        endpoint.refresh_from_db()
        assert (endpoint.failures, endpoint.failing_since, endpoint.rests_until) == (0, None, None)
        assert {one.path for one in receiver.received} == {"/hook"}

    def test_W2_what_a_receiver_asks_to_wait_is_waited(self, scope, receiver):
        endpoint = made.hook(receiver)
        receiver.behave(Behaviour.BUSY)  # Retry-After: 7
        delivery = made.send(made.message(endpoint))
        assert delivery.due_at >= delivery.tries_made.get().ended_at + timedelta(seconds=7)
        assert not jobs.run_one(DELIVER, scope.pk, made.message(endpoint).pk), "It rests."

    def test_W2_an_address_that_is_gone_is_switched_off_and_its_owners_are_told(
        self, scope, receiver, alice, bob, settings
    ):
        settings.EMAIL_URL = ""
        endpoint = made.hook(receiver)
        receiver.behave(Behaviour.GONE)
        delivery = made.send(made.message(endpoint))
        endpoint.refresh_from_db()
        assert (endpoint.status, delivery.status) == (E.OFF, D.PENDING)
        assert "410" in endpoint.problem
        notice = Notification.objects.get()
        assert (notice.person, notice.kind) == (alice, "webhook_trouble")
        assert "was switched off" in notice.sentence
        assert Mail.objects.get().to == alice.email
        made.campaign()  # what happens now waits
        assert jobs.REGISTRY[DELIVER].find(10) == []
        assert WebhookDelivery.objects.filter(status=D.PENDING).count() == 2
        resume_webhook(endpoint, by=alice)
        assert not Notification.objects.filter(read_at=None).exists()
        for one in WebhookDelivery.objects.all():
            assert made.send(one).status == D.DELIVERED

    def test_W2_after_days_of_failure_it_is_switched_off(self, scope, receiver, alice):
        endpoint = made.hook(receiver)
        ago = clock.now() - timedelta(days=5, minutes=1)
        WebhookEndpoint.objects.update(failing_since=ago, failures=40)
        receiver.behave(Behaviour.FAIL_BEFORE_WRITE)
        made.send(made.message(endpoint))
        endpoint.refresh_from_db()
        assert endpoint.status == E.OFF
        assert "5 days" in endpoint.problem
        assert Notification.objects.filter(person=alice).exists()

    def test_I6_a_message_is_given_up_after_days_told_and_sent_again_by_hand(self, scope, receiver, alice):
        endpoint = made.hook(receiver)
        delivery = made.message(endpoint)
        made.begun(delivery, days=3)
        receiver.behave(Behaviour.FAIL_BEFORE_WRITE)
        delivery = made.send(delivery)
        assert (delivery.status, delivery.due_at) == (D.FAILED, None)
        assert "did not take a message" in Notification.objects.get(person=alice).sentence
        replay_delivery(delivery, by=alice)
        again = made.send(delivery)
        assert (again.status, again.attempts) == (D.DELIVERED, 2)
        assert len({one.headers["webhook-id"] for one in receiver.received}) == 1

    def test_an_address_inside_the_network_is_never_called(self, scope, receiver, settings):
        endpoint = made.hook(receiver)
        settings.AURA_EGRESS_ALLOW = []
        delivery = made.send(made.message(endpoint))
        assert receiver.received == []
        assert delivery.status == D.PENDING
        assert "127.0.0.1" not in delivery.tries_made.get().answer

    def test_the_answer_is_kept_without_what_looks_like_a_secret(self):
        hidden = "whsec_c2VjcmV0"
        text = f'\x00 no:\n{{"token": "abc-123", "you sent": "{hidden}"}} Authorization: Bearer q.w.e {"A1" * 30}'
        shown = redacted(text, [hidden])
        assert "no:" in shown
        assert not any(part in shown for part in ("abc-123", hidden, "q.w.e", "A1A1", "\n", "\x00"))
        assert len(redacted("ok " * 999)) <= delivering.ANSWER_SHOWN

    @pytest.mark.parametrize("place", ["h.example/in/7f3a", "h.example/", "h.example"])
    def test_the_answer_is_kept_without_what_the_address_holds(self, place):
        hidden = delivering.hidden_in(f"https://{place}?pass=dark-crumb&n=1")
        for echo in (
            "no such hook: /?pass=dark-crumb",
            '{"pass": "dark-crumb"}',
            f"{place}?pass=dark-crumb&n=1",
        ):
            assert "dark-crumb" not in redacted(echo, hidden)


@pytest.mark.django_db(transaction=True)
class TestSideBySide:
    def test_a_slow_endpoint_holds_up_only_itself(self, scope, receiver, settings):
        with StandIn(default=Behaviour.HANG) as slow:
            settings.AURA_EGRESS_ALLOW = [receiver.endpoint, slow.endpoint]
            hanging, quick = made.hook(slow), made.hook(receiver)
            first, second = made.message(hanging), made.message(hanging)
            others = [made.message(quick) for _ in range(3)]
            found = {pk for _, pk in jobs.REGISTRY[DELIVER].find(10)}
            assert found == {first.pk, others[0].pk}, "One at a time of each."
            token = jobs.claim_in(DELIVER, scope.pk, first.pk)
            assert delivering.begin(first.pk, token) is not None  # and it hangs from here on
            assert not jobs.run_one(DELIVER, scope.pk, second.pk), "Its turn is taken."
            for other in others:
                assert jobs.run_one(DELIVER, scope.pk, other.pk)
            assert len(receiver.received) == 3

    def test_two_of_one_endpoint_that_were_claimed_at_once_go_one_after_the_other(self, scope, receiver):
        endpoint = made.hook(receiver)
        one, two = made.message(endpoint), made.message(endpoint)
        tokens = [jobs.claim_in(DELIVER, scope.pk, row.pk) for row in (one, two)]
        assert delivering.begin(one.pk, tokens[0]) is not None
        assert delivering.begin(two.pk, tokens[1]) is None
        back = made.fresh(two)
        assert (back.claim_token, back.tries, back.attempts) == (None, 0, 0)

    def test_what_happens_while_it_is_paused_waits(self, scope, receiver, alice):
        endpoint = made.hook(receiver)
        pause_webhook(endpoint, by=alice)
        made.campaign()
        delivery = WebhookDelivery.objects.get()
        assert made.send(delivery).status == D.PENDING
        with pytest.raises(Refused, match="Switch it on"):
            replay_delivery(delivery, by=alice)
        with pytest.raises(Refused, match="Switch it on"):
            try_webhook(endpoint, by=alice)
        resume_webhook(endpoint, by=alice)
        assert made.send(delivery).status == D.DELIVERED

    def test_T10_a_deleted_webhook_and_a_deleted_workspace_send_nothing(self, scope, receiver, alice):
        endpoint, other = made.hook(receiver), made.hook(receiver)
        gone, there = made.message(endpoint), made.message(other)
        delete_webhook(endpoint, by=alice)
        made.campaign()
        assert not WebhookDelivery.objects.filter(endpoint=endpoint, event="campaign.created").exists()
        delete_workspace(scope, by=alice)
        assert made.send(gone).status == made.send(there).status == D.PENDING
        assert receiver.received == []
        forget_old_deliveries()
        assert list(WebhookEndpoint.objects.all()) == [other]
        assert not WebhookDelivery.objects.filter(endpoint=endpoint).exists()

    def test_the_log_runs_out(self, scope, receiver, settings):
        endpoint = made.hook(receiver)
        kept = made.message(endpoint)
        made.message(endpoint, happened_at=clock.now() - timedelta(days=31))
        assert forget_old_deliveries() == 1
        assert list(WebhookDelivery.objects.all()) == [kept]

    def test_a_test_is_tried_once(self, scope, receiver, alice):
        endpoint = made.hook(receiver)
        receiver.behave(Behaviour.FAIL_BEFORE_WRITE)
        failed = made.send(try_webhook(endpoint, by=alice))
        assert failed.status == D.FAILED
        assert not Notification.objects.exists()
        taken = made.send(try_webhook(endpoint, by=alice))
        assert taken.status == D.DELIVERED
        assert json.loads(receiver.received[-1].body)["type"] == "webhook.test"


def _database() -> str:
    if connection.vendor == "sqlite":
        return f"sqlite:///{connection.settings_dict['NAME']}"
    given = connection.settings_dict
    where = f"{given['HOST'] or 'localhost'}:{given['PORT'] or 5432}"
    return f"postgres://{given['USER']}:{given['PASSWORD']}@{where}/{given['NAME']}"


SENDER = """
import sys, uuid, django
django.setup()
from aura.kit import jobs
jobs.run_one("workspaces.deliver_webhook", uuid.UUID(sys.argv[1]), uuid.UUID(sys.argv[2]))
"""


@pytest.mark.django_db(transaction=True)
class TestProcesses:
    def test_F19_killed_between_sending_and_writing_down_it_goes_again_as_the_same(self, scope, receiver):
        delivery = made.message(made.hook(receiver))
        env = os.environ | {
            "DATABASE_URL": _database(),
            "AURA_FAILPOINTS": "webhook.after_call:kill",
            "AURA_EGRESS_ALLOW": receiver.endpoint,
            "DJANGO_SETTINGS_MODULE": "aura.settings",
        }
        argv = [sys.executable, "-c", SENDER, str(scope.pk), str(delivery.pk)]
        ended = subprocess.run(argv, env=env, cwd=ROOT, timeout=180, capture_output=True)
        assert ended.returncode == -signal.SIGKILL
        assert (made.fresh(delivery).status, len(receiver.received)) == (D.PENDING, 1)
        assert not jobs.run_one(DELIVER, scope.pk, delivery.pk), "Not before the lease has run out."
        WebhookDelivery.objects.update(lease_until=clock.now() - timedelta(seconds=1))
        again = made.send(delivery)
        assert (again.status, again.attempts) == (D.DELIVERED, 2)
        assert [one.headers["webhook-id"] for one in receiver.received] == [again.message_id] * 2
        assert again.tries_made.first().sentence == delivering.BROKE_OFF

    def test_a_worker_sends_what_an_operation_caused(self, scope, receiver):
        made.hook(receiver)
        made.campaign()
        env = {
            "AURA_ENV": "test",
            "AURA_DATA_DIR": os.environ["AURA_DATA_DIR"],
            "DATABASE_URL": _database(),
            "AURA_EGRESS_ALLOW": receiver.endpoint,
        }
        with Running("manage.py", "work", **env) as worker:
            wait_for(lambda: receiver.received, 60, f"a message: {worker.output}")
            sent = WebhookDelivery.objects.filter(status=D.DELIVERED)
            wait_for(sent.exists, 60, "the mark")
        assert sent.get().message_id == receiver.received[0].headers["webhook-id"]


@pytest.mark.django_db
def test_ten_thousand_messages_are_claimed_by_an_index(scope: Workspace, receiver: StandIn) -> None:
    endpoint = made.hook(receiver)
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(
            endpoint=endpoint,
            event="post.failed",
            body="{}",
            status="delivered" if n else "pending",
            due_at=just_now(),
        )
        for n in range(10_000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    assert "delivery_due" in plan_of(waiting_deliveries().filter(jobs.DUE, jobs.FREE))
    assert len(jobs.REGISTRY[DELIVER].find(50)) == 1


@pytest.mark.django_db(transaction=True)
def test_what_breaks_off_again_and_again_is_set_aside(
    scope: Workspace, receiver: StandIn, alice: User
) -> None:
    delivery = made.message(made.hook(receiver), tries=jobs.QUARANTINE_AFTER)
    assert made.send(delivery).status == D.FAILED
    assert receiver.received == []
    assert not WebhookAttempt.objects.exists()
    assert Notification.objects.filter(person=alice).exists()
