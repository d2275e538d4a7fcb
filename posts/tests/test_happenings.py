"""What webhooks hear of posts and channels: each thing once, as it was, in the transaction that caused it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from aura.kit import clock
from posts.happenings import KINDS, by_status
from posts.models import Post
from posts.networks.standin import Behaviour, StandIn
from posts.operations import bulk, review, scheduling
from posts.operations.publishing import break_channel
from posts.tests import _engine as engine
from workspaces.models import WebhookDelivery, WebhookEndpoint

Status = Post.Status
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def receiver(settings) -> Iterator[StandIn]:
    with StandIn() as receiver:
        settings.AURA_EGRESS_ALLOW = [receiver.endpoint]
        yield receiver


@pytest.fixture(autouse=True)
def listening(scope) -> WebhookEndpoint:
    return WebhookEndpoint.objects.create(url="https://hooks.example/", events=[kind.name for kind in KINDS])


def heard() -> list[str]:
    return list(WebhookDelivery.objects.order_by("id").values_list("event", flat=True))


def last() -> dict[str, Any]:
    newest = WebhookDelivery.objects.order_by("-id").first()
    assert newest is not None
    data: dict[str, Any] = json.loads(newest.body)["data"]
    return data


def test_a_post_that_goes_out_is_told_with_where_it_is(receiver):
    post = engine.due_post(engine.webhook(receiver))
    assert heard() == ["post.scheduled"]
    engine.publish(post)
    assert heard() == ["post.scheduled", "post.published"]
    told = last()
    assert (told["id"], told["status"]) == (str(post.pk), "published")
    (target,) = told["targets"]
    assert target["status"] == "published"
    assert target["remote_url"].startswith(f"http://{receiver.endpoint}/posts/")
    assert "Bread, slowly." not in json.dumps(told), "The words of a post stay here."


def test_one_that_is_refused_or_unclear_is_told(receiver):
    channel = engine.webhook(receiver)
    receiver.behave(Behaviour.REFUSE)
    engine.publish(engine.due_post(channel))
    assert heard()[-1] == "post.failed"
    assert "refused" in last()["targets"][0]["sentence"]


def test_a_sending_that_is_rolled_back_is_told_to_nobody(receiver, monkeypatch):
    from posts.operations import publishing

    post = engine.due_post(engine.webhook(receiver))

    def break_off(*args: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(publishing, "failpoint", break_off)
    with pytest.raises(ZeroDivisionError):
        engine.publish(post)
    assert heard() == ["post.scheduled"]


def test_moved_unscheduled_and_called_off(scope, alice):
    post = engine.post(engine.channel())
    at = clock.now() + timedelta(days=1)
    scheduling.schedule_post(post, at=at, by=alice)
    scheduling.move_post(post, at=at + timedelta(hours=1), by=alice)
    scheduling.unschedule_post(post, by=alice)
    scheduling.cancel_post(post, by=alice)
    assert heard() == ["post.scheduled", "post.scheduled", "post.unscheduled", "post.cancelled"]
    assert last()["scheduled_at"] is None


def test_asked_for_answered_and_approved_alone_and_with_others(scope, alice, bob):
    scope.approval = "other"
    scope.save()
    first, second = (engine.post(engine.channel(name=name), created_by=bob) for name in "ab")
    review.submit_post(first, by=bob)
    review.request_changes(first, note="Shorter", by=alice)
    review.submit_post(first, by=bob)
    review.submit_post(second, by=bob)
    WebhookDelivery.objects.all().delete()
    bulk.approve_posts([engine.fresh(first), engine.fresh(second)], by=alice)
    assert heard() == ["post.approved", "post.approved"]
    assert {json.loads(row.body)["data"]["id"] for row in WebhookDelivery.objects.all()} == {
        str(first.pk),
        str(second.pk),
    }


def test_a_channel_that_breaks_is_told_once(scope):
    channel = engine.channel()
    for _ in range(2):
        break_channel(channel.pk, "Sign in again.")
    assert heard() == ["channel.needs_reconnecting"]
    assert last()["problem"] == "Sign in again."


def test_taking_many_off_the_schedule_costs_the_same_for_two_and_for_ten(
    scope, django_assert_max_num_queries
):
    from posts.operations.channels import trash_channel
    from workspaces.operation import SYSTEM

    for count in (2, 10):
        channel = engine.channel(name=str(count))
        for number in range(count):
            engine.due_post(channel, title=str(number), late=-3600)
        WebhookDelivery.objects.all().delete()
        with django_assert_max_num_queries(40):
            trash_channel(channel, by=SYSTEM)
        assert heard() == ["post.unscheduled"] * count


def test_what_a_change_of_status_tells():
    assert by_status(Status.SCHEDULED, Status.PUBLISHING) == ""
    assert by_status(Status.PUBLISHING, Status.SCHEDULED) == ""
    assert by_status(Status.PUBLISHING, Status.NEEDS_CONFIRMATION) == "post.needs_confirmation"
    assert by_status(Status.PUBLISHED, Status.PUBLISHED) == ""
    assert by_status(Status.SCHEDULED, Status.APPROVED) == "post.unscheduled"
    named = {kind.name for kind in KINDS}
    assert {by_status(one, other) for one in Status for other in Status} - {""} <= named
