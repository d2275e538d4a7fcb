"""The calls of webhooks: what programs set up, read and send again, and what is shown once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from aura.kit.testing_api import Caller, by_session, by_token
from posts.networks.standin import Behaviour, StandIn
from workspaces.models import AnsweredCall, User, WebhookDelivery, WebhookEndpoint, Workspace
from workspaces.operations import secret_of
from workspaces.tests import _hooks as made
from workspaces.tests.programs import make

pytestmark = pytest.mark.django_db(transaction=True)
GIVEN = {"url": "https://hooks.example/aura", "events": ["post.failed", "post.published"]}


@pytest.fixture
def receiver(settings) -> Iterator[StandIn]:
    with StandIn() as receiver:
        settings.AURA_EGRESS_ALLOW = [receiver.endpoint]
        yield receiver


@pytest.fixture
def call(scope: Workspace, alice: User, client_of: Callable[[User], Client]) -> Caller:
    return by_session(client_of(alice), scope.slug)


def test_a_webhook_is_made_read_changed_paused_resumed_and_deleted(call):
    response = call.post("/webhooks", {**GIVEN, "description": "Shop"})
    assert response.status_code == 201, response.content
    whole = response.json()
    secret = whole.pop("secret")
    assert secret == secret_of(WebhookEndpoint.objects.get())
    path = f"/webhooks/{whole['id']}"
    assert call.get(path).json() == whole
    assert whole["events"] == ["post.published", "post.failed"]
    assert [one["id"] for one in call.get("/webhooks").json()["items"]] == [whole["id"]]
    changed = call.patch(path, {"description": "Till"}).json()
    assert (changed["description"], changed["url"], changed["events"]) == (
        "Till",
        GIVEN["url"],
        whole["events"],
    )
    assert call.post(f"{path}/pause").json()["status"] == "paused"
    assert call.post(f"{path}/test").status_code == 409
    assert call.post(f"{path}/resume").json()["status"] == "active"
    assert call.delete(path).status_code == 204
    assert call.get(path).status_code == 404
    assert call.get("/webhooks").json()["items"] == []


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"url": "http://10.0.0.1/"}, "url"),
        ({"events": ["post.eaten"]}, "events"),
        ({"secret": "mine"}, "secret"),
    ],
)
def test_what_the_page_refuses_is_refused(call, changes, wrong):
    response = call.post("/webhooks", GIVEN | changes)
    assert (response.status_code, list(response.json()["fields"])) == (422, [wrong])
    assert not WebhookEndpoint.objects.exists()


def test_a_secret_is_answered_once_and_kept_nowhere(call):
    first = call.post("/webhooks", GIVEN, idempotency_key="one")
    again = call.post("/webhooks", GIVEN, idempotency_key="one")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() | {"secret": ""} == again.json()
    assert first.json()["secret"]
    assert WebhookEndpoint.objects.count() == 1
    assert first.json()["secret"] not in AnsweredCall.objects.get().body
    rotated = call.post(f"/webhooks/{first.json()['id']}/rotate-secret").json()
    assert rotated["secret"] not in {"", first.json()["secret"]}


def test_a_test_is_sent_the_log_is_read_and_a_message_goes_again(call, receiver):
    endpoint = made.hook(receiver)
    receiver.behave(Behaviour.REFUSE)
    failed = call.post(f"/webhooks/{endpoint.pk}/test").json()
    assert (failed["status"], failed["attempts"], failed["event"]) == ("failed", 1, "webhook.test")
    waits = made.message(endpoint)
    listed = call.get(f"/webhooks/{endpoint.pk}/deliveries?status=failed").json()
    assert [one["id"] for one in listed["items"]] == [failed["id"]]
    assert call.get(f"/webhooks/{endpoint.pk}/deliveries?event=post.failed").json()["total"] == 1
    whole = call.get(f"/deliveries/{failed['id']}").json()
    assert whole["body"]["type"] == "webhook.test"
    assert (whole["tries"][0]["status_code"], whole["tries"][0]["answer"]) == (400, "refused")
    replayed = call.post(f"/deliveries/{waits.pk}/replay").json()
    assert (replayed["status"], replayed["webhook_id"]) == ("pending", waits.message_id)
    assert made.send(waits).status == "delivered"
    assert receiver.received[-1].headers["webhook-id"] == waits.message_id


def test_only_owners_and_admins_read_and_a_token_needs_its_word(scope, receiver, alice, bob, client_of):
    endpoint = made.hook(receiver)
    delivery = made.message(endpoint)
    paths = [
        "/webhooks",
        f"/webhooks/{endpoint.pk}",
        f"/webhooks/{endpoint.pk}/deliveries",
        f"/deliveries/{delivery.pk}",
    ]
    editor = by_session(client_of(bob), scope.slug)
    reader = by_token(make(scope, alice, "webhooks:read", role="admin").secret)
    low = by_token(make(scope, alice, "*", role="editor").secret)
    for path in paths:
        assert editor.get(path).status_code == low.get(path).status_code == 403
        assert reader.get(path).status_code == 200
    for path in (
        f"/webhooks/{endpoint.pk}/rotate-secret",
        f"/deliveries/{delivery.pk}/replay",
        f"/webhooks/{endpoint.pk}/test",
    ):
        assert editor.post(path).status_code == reader.post(path).status_code == 403
    writer = by_token(make(scope, alice, "webhooks:write", role="admin").secret)
    assert writer.post(f"/deliveries/{delivery.pk}/replay").status_code == 200
    assert receiver.received == []
    assert WebhookDelivery.objects.count() == 1
