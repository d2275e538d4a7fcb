"""What webhooks hear of assets: that one is ready, once, and that one could not be read."""

from __future__ import annotations

import json

import pytest

from aura.kit.testing import just_now
from media_library.happenings import KINDS
from media_library.models import Asset
from media_library.tests import pictures
from workspaces.models import WebhookDelivery, WebhookEndpoint

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def listening(scope) -> WebhookEndpoint:
    return WebhookEndpoint.objects.create(url="https://hooks.example/", events=[kind.name for kind in KINDS])


def heard() -> list[str]:
    return list(WebhookDelivery.objects.order_by("id").values_list("event", flat=True))


def test_an_asset_is_ready_once_however_often_it_is_made_anew(bob, client_of, send, work):
    send(client_of(bob), "one.jpg", pictures.encoded())
    assert heard() == []
    work()
    assert heard() == ["asset.ready"]
    told = json.loads(WebhookDelivery.objects.get().body)["data"]
    assert (told["status"], told["name"], told["kind"]) == ("ready", "One", "image")
    Asset.objects.update(status="pending", due_at=just_now(), tries=0)
    work()
    assert heard() == ["asset.ready"]


def test_one_that_cannot_be_read_is_told(bob, client_of, send, work):
    send(client_of(bob), "one.jpg", pictures.encoded())
    Asset.objects.update(tries=3)
    work()
    assert heard() == ["asset.failed"]
    assert "failed three times" in json.loads(WebhookDelivery.objects.get().body)["data"]["problem"]
