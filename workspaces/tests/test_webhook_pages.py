"""The pages of webhooks: who may, what is shown once, what is refused, what works without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from posts.networks.standin import Behaviour, StandIn
from workspaces.models import Activity, User, WebhookAttempt, WebhookDelivery, WebhookEndpoint, Workspace
from workspaces.operations import pause_webhook, secret_of
from workspaces.operations.webhooks import ENDPOINTS_AT_MOST
from workspaces.tests import _hooks as made

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/w/barrow-rye/settings/webhooks/"
GIVEN = {
    "url": "https://hooks.example/aura",
    "description": "Shop",
    "events": ["post.failed", "post.published"],
}


@pytest.fixture
def receiver(settings) -> Iterator[StandIn]:
    with StandIn() as receiver:
        settings.AURA_EGRESS_ALLOW = [receiver.endpoint]
        yield receiver


@pytest.fixture
def owner(scope: Workspace, alice: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(alice)


def test_an_owner_makes_one_and_sees_its_secret_once(owner):
    form = owner.get(f"{PAGE}new/").content.decode()
    assert "post.needs_confirmation" in form
    response = owner.post(f"{PAGE}new/", GIVEN)
    assert (response.status_code, response["Cache-Control"]) == (200, "no-store")
    endpoint = WebhookEndpoint.objects.get()
    assert endpoint.events == ["post.published", "post.failed"]
    secret = secret_of(endpoint)
    assert secret in response.content.decode()
    assert secret not in endpoint.secret
    for path in (PAGE, f"{PAGE}{endpoint.pk}/", f"{PAGE}{endpoint.pk}/edit/"):
        assert secret not in owner.get(path).content.decode()
    assert Activity.objects.get(verb="workspaces.create_webhook").subject_name == "Shop"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"url": "http://127.0.0.1/"}, "inside the network"),
        ({"url": "http://169.254.169.254/latest"}, "inside the network"),
        ({"url": "http://2130706433/"}, "names no host"),
        ({"url": "ftp://hooks.example/"}, "starts with https://"),
        ({"url": "https://hooks.example:22/"}, "Port 22 is not allowed"),
        ({"url": "https://me:secret@hooks.example/"}, "Leave user names"),
        ({"url": ""}, "Fill this in"),
        ({"events": []}, "Choose at least one"),
        ({"events": ["post.eaten"]}, "no event called post.eaten"),
    ],
)
def test_S1_what_cannot_be_called_or_told_is_refused(owner, changes, says):
    response = owner.post(f"{PAGE}new/", GIVEN | changes)
    assert response.status_code == 422
    assert says in response.content.decode()
    assert "AURA_EGRESS_ALLOW" not in response.content.decode()
    assert not WebhookEndpoint.objects.exists()


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [("http://10.0.0.5/hook", "10.0.0.5:80"), ("https://hooks.example:9000/", "hooks.example:9000")],
)
def test_who_runs_the_instance_is_told_which_setting_allows_an_address(owner, alice, url, endpoint):
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    response = owner.post(f"{PAGE}new/", GIVEN | {"url": url})
    assert response.status_code == 422
    assert f"add {endpoint} to AURA_EGRESS_ALLOW" in response.content.decode()


def test_a_workspace_has_so_many_and_no_more(owner, alice):
    for _ in range(ENDPOINTS_AT_MOST):
        WebhookEndpoint.objects.create(url="https://hooks.example/", events=[])
    response = owner.post(f"{PAGE}new/", GIVEN)
    assert response.status_code == 422
    assert "at most" in response.content.decode()
    assert WebhookEndpoint.objects.count() == ENDPOINTS_AT_MOST


def test_members_read_where_to_and_nothing_of_the_rest(receiver, scope, bob, carol, mallory, client_of):
    endpoint = made.hook(receiver, url=f"{receiver.url}?key=inner")
    delivery = made.message(endpoint)
    paths = [f"{PAGE}{endpoint.pk}/", f"{PAGE}deliveries/{delivery.pk}/", f"{PAGE}new/"]
    verbs = ["edit", "pause", "resume", "rotate-secret", "test", "delete"]
    posts = [*(f"{PAGE}{endpoint.pk}/{verb}/" for verb in verbs), f"{PAGE}deliveries/{delivery.pk}/replay/"]
    before = list(WebhookEndpoint.objects.values()), list(WebhookDelivery.objects.values())
    for person in (bob, carol):
        client = client_of(person)
        shown = client.get(PAGE).content.decode()
        assert receiver.endpoint in shown
        assert "key=inner" not in shown
        assert {client.get(path).status_code for path in paths} == {403}
        assert {client.post(path, GIVEN).status_code for path in [*posts, f"{PAGE}new/"]} == {403}
    stranger = client_of(mallory)
    assert {stranger.get(path).status_code for path in [PAGE, *paths]} == {404}
    assert (list(WebhookEndpoint.objects.values()), list(WebhookDelivery.objects.values())) == before
    assert receiver.received == []


def test_a_test_goes_at_once_and_the_answer_is_shown(owner, receiver):
    endpoint = made.hook(receiver)
    page = owner.post(f"{PAGE}{endpoint.pk}/test/", follow=True)
    assert "Taken (status 201)" in page.content.decode()
    assert len(receiver.received) == 1
    receiver.behave(Behaviour.REFUSE)
    page = owner.post(f"{PAGE}{endpoint.pk}/test/", follow=True).content.decode()
    assert "refused it (status 400)" in page
    assert "<code>refused</code>" in page


def test_a_message_is_sent_again_by_a_press(owner, receiver):
    delivery = made.message(made.hook(receiver), status="failed", due_at=None, about="Rye <b>bread</b>")
    page = owner.get(f"{PAGE}{delivery.endpoint_id}/").content.decode()
    assert "Rye &lt;b&gt;bread&lt;/b&gt;" in page
    owner.post(f"{PAGE}deliveries/{delivery.pk}/replay/")
    assert made.send(delivery).status == "delivered"
    assert delivery.message_id in owner.get(f"{PAGE}deliveries/{delivery.pk}/").content.decode()


def test_changed_paused_and_deleted_by_their_pages(owner, receiver, alice):
    endpoint = made.hook(receiver)
    owner.post(f"{PAGE}{endpoint.pk}/edit/", GIVEN)
    endpoint.refresh_from_db()
    assert (endpoint.description, endpoint.events) == ("Shop", ["post.published", "post.failed"])
    owner.post(f"{PAGE}{endpoint.pk}/pause/")
    assert "Paused" in owner.get(PAGE).content.decode()
    owner.post(f"{PAGE}{endpoint.pk}/resume/")
    old = secret_of(endpoint)
    rotated = owner.post(f"{PAGE}{endpoint.pk}/rotate-secret/").content.decode()
    endpoint.refresh_from_db()
    assert secret_of(endpoint) in rotated
    assert secret_of(endpoint) != old
    assert "signs along" in rotated
    made.message(endpoint)
    assert (
        "1 message that waits will not be sent" in owner.get(f"{PAGE}{endpoint.pk}/delete/").content.decode()
    )
    owner.post(f"{PAGE}{endpoint.pk}/delete/")
    assert owner.get(f"{PAGE}{endpoint.pk}/").status_code == 404
    assert endpoint.place not in owner.get(PAGE).content.decode()


def test_the_log_is_narrowed_paged_and_costs_the_same(owner, receiver):
    endpoint = made.hook(receiver)
    path = f"{PAGE}{endpoint.pk}/"

    def costs() -> int:
        owner.get(path)
        with CaptureQueriesContext(connection) as captured:
            assert owner.get(path).status_code == 200
        return len(captured)

    made.message(endpoint, event="post.published", status="delivered", due_at=None)
    made.message(endpoint)
    few = costs()
    for _ in range(40):
        made.message(endpoint)
    assert costs() == few <= 12
    page = owner.get(path).content.decode()
    older = re.search(r'href="(\?[^"]*after=[^"]+)" rel="next"', page)
    assert older is not None
    assert owner.get(path + older[1].replace("&amp;", "&")).content.decode().count('class="wraps"') == 17
    narrowed = owner.get(path, {"event": "post.published", "status": "delivered"}).content.decode()
    assert narrowed.count('class="wraps"') == 1
    assert "Nothing like that" in owner.get(path, {"status": "failed"}).content.decode()
    part = owner.get(path, headers={"HX-Request": "true", "HX-Target": "delivery-rows"}).content.decode()
    assert part.lstrip().startswith("<section")


def test_one_message_costs_the_same_for_few_tries_and_for_many(owner, receiver):
    delivery = made.message(made.hook(receiver))
    path = f"{PAGE}deliveries/{delivery.pk}/"
    counts = []
    for start, end in ((1, 3), (3, 60)):
        WebhookAttempt.objects.bulk_create(
            WebhookAttempt(delivery=delivery, number=n) for n in range(start, end)
        )
        owner.get(path)
        with CaptureQueriesContext(connection) as captured:
            assert owner.get(path).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 12


def test_a_switched_off_webhook_says_why_and_how_to_go_on(owner, receiver, alice):
    endpoint = made.hook(receiver)
    pause_webhook(endpoint, by=alice)
    WebhookEndpoint.objects.update(status="off", problem="The receiver says that this address is gone.")
    page = owner.get(f"{PAGE}{endpoint.pk}/").content.decode()
    assert "address is gone" in page
    assert f"{PAGE}{endpoint.pk}/resume/" in page
