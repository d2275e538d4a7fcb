"""Channels: operations, their pages, who may, secrets shown once, and what goes with a channel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from aura.kit import clock, secrets
from aura.kit.signing import verify
from posts.models import Channel, Post, Target
from posts.networks.standin import Behaviour, StandIn
from posts.operations import channels as operations
from posts.operations.settle import arm
from posts.tests import _engine as engine
from workspaces.models import Activity, User, Workspace
from workspaces.operation import Refused
from workspaces.operations import create_workspace
from workspaces.scope import use_workspace

T = Target.Status
Browser = Callable[[User], Client]
SECRET = "whsec_"


@pytest.fixture(autouse=True)
def opened(scope: Workspace) -> Workspace:
    return scope


@pytest.fixture
def network(settings: Any) -> Iterator[StandIn]:
    with StandIn() as stand_in:
        settings.AURA_EGRESS_ALLOW = [stand_in.endpoint]
        yield stand_in


def url(name: str, *args: Any) -> str:
    return reverse(f"posts:{name}", args=args)


def new_webhook() -> Channel:
    return Channel(network="webhook", name="Hook", settings={"url": "https://hooks.example.com/x"})


def test_a_new_workspace_has_a_sandbox(alice: User) -> None:
    made = create_workspace(Workspace(name="New", slug="new-one"), by=alice)
    with use_workspace(made):
        assert [(one.network, one.name) for one in Channel.objects.all()] == [("sandbox", "Sandbox")]


def test_a_secret_is_made_sealed_and_never_in_the_clear(alice: User) -> None:
    made = operations.create_channel(new_webhook(), by=alice)
    secret = operations.secrets_of(made)["Signing secret"]
    assert secret.startswith(SECRET)
    assert secret not in made.secret
    assert made.created_by == alice


def test_rotating_keeps_the_old_secret_signing_for_a_while(alice: User, network: StandIn, db: None) -> None:
    made = operations.create_channel(new_webhook(), by=alice)
    before = operations.secrets_of(made)["Signing secret"]
    made = operations.rotate_channel_secret(made, by=alice)
    kept = secrets.unseal_dict(made.secret)
    assert kept["secret"] != before
    assert kept["previous_secret"] == before


def test_a_network_without_a_secret_has_none_to_change(alice: User) -> None:
    with pytest.raises(Refused, match="no secret"):
        operations.rotate_channel_secret(engine.channel(), by=alice)


def test_removing_a_channel_takes_back_what_was_promised_there(alice: User) -> None:
    channel, other = engine.channel(name="one"), engine.channel(name="two")
    post = engine.post(channel, other)
    arm(post, clock.now() + timedelta(hours=1))
    operations.trash_channel(channel, by=alice)
    gone, stays = Target.objects.filter(post=post).order_by("channel__name")
    assert (gone.status, stays.status) == (T.PENDING, T.SCHEDULED)
    assert gone.sentence == "The channel was removed."
    assert engine.fresh(post).status == Post.Status.SCHEDULED
    back = operations.restore_channel(channel, by=alice)
    assert back.trashed_at is None
    assert Target.objects.get(pk=gone.pk).status == T.PENDING


def test_a_channel_in_use_this_second_is_not_removed(alice: User) -> None:
    channel = engine.channel()
    post = engine.due_post(channel)
    Target.objects.filter(post=post).update(status=T.SENDING, key="k")
    with pytest.raises(Refused, match="Nobody can tell yet"):
        operations.trash_channel(channel, by=alice)
    held = {"claim_token": uuid4(), "lease_until": clock.now() + timedelta(minutes=1)}
    Target.objects.filter(post=post).update(**held)
    with pytest.raises(Refused, match="being sent"):
        operations.trash_channel(channel, by=alice)
    assert Channel.objects.get(pk=channel.pk).trashed_at is None


def test_a_name_that_was_taken_meanwhile_is_said_on_restore(alice: User) -> None:
    channel = engine.channel(name="Hook")
    operations.trash_channel(channel, by=alice)
    engine.channel(name="Hook")
    with pytest.raises(Refused, match="another channel called Hook"):
        operations.restore_channel(channel, by=alice)


def test_resuming_lets_what_waited_go_at_once(alice: User) -> None:
    channel = engine.channel(status=Channel.Status.PAUSED)
    post = engine.due_post(channel)
    assert engine.publish(post).sentence.endswith("Resume the channel, and it goes out.")
    operations.resume_channel(channel, by=alice)
    assert engine.publish(post).status == T.PUBLISHED


VERBS: dict[str, Callable[[Channel, User], object]] = {
    "create": lambda one, by: operations.create_channel(new_webhook(), by=by),
    "edit": lambda one, by: operations.edit_channel(one, by=by),
    "pause": lambda one, by: operations.pause_channel(one, by=by),
    "resume": lambda one, by: operations.resume_channel(one, by=by),
    "trash": lambda one, by: operations.trash_channel(one, by=by),
    "rotate": lambda one, by: operations.rotate_channel_secret(one, by=by),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("who", ["bob", "carol", "mallory"])
def test_R1_only_admins_touch_channels(request: pytest.FixtureRequest, verb: str, who: str) -> None:
    channel = engine.channel("webhook", settings={"url": "https://example.com"})
    with pytest.raises(PermissionDenied):
        VERBS[verb](channel, request.getfixturevalue(who))
    assert not Activity.objects.exists()


@pytest.mark.parametrize("verb", VERBS)
def test_the_owner_may(verb: str, alice: User) -> None:
    VERBS[verb](engine.channel("webhook", settings={"url": "https://example.com"}), alice)
    assert Activity.objects.count() == 1


# Pages -------------------------------------------------------------------------------------------------------------


def test_the_list_says_how_each_channel_is(alice: User, client_of: Browser) -> None:
    engine.channel(name="Shop window")
    engine.channel(
        "webhook", name="Hook", settings={"url": "https://hooks.example.com/s3cret"}, status="broken"
    )
    page = client_of(alice).get(url("channels")).content.decode()
    assert "Shop window" in page
    assert "hooks.example.com" in page
    assert "s3cret" not in page
    assert "Needs a hand" in page
    assert "1 needs a hand" in page


def test_the_list_costs_the_same_for_2_and_20(
    alice: User, client_of: Browser, django_assert_max_num_queries: Any
) -> None:
    browser = client_of(alice)
    for number in range(20):
        engine.channel(name=str(number))
    browser.get(url("channels"))
    with django_assert_max_num_queries(10):
        browser.get(url("channels"))


def test_a_webhook_is_connected_and_its_secret_shown_once(alice: User, client_of: Browser) -> None:
    browser = client_of(alice)
    form = {"name": "Hook", "url": "https://hooks.example.com/x", "brand": "", "spacing_seconds": ""}
    answer = browser.post(url("channel_create", "webhook"), form)
    channel = Channel.objects.get()
    secret = operations.secrets_of(channel)["Signing secret"]
    assert secret in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    assert channel.settings == {"url": "https://hooks.example.com/x"}
    assert secret not in browser.get(url("channel", channel.pk)).content.decode()
    renewed = browser.post(url("channel_rotate", channel.pk)).content.decode()
    channel.refresh_from_db()
    assert operations.secrets_of(channel)["Signing secret"] in renewed
    assert secret not in renewed


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"name": "", "url": "https://hooks.example.com"}, "Fill this in"),
        ({"name": "Hook", "url": ""}, "Fill this in"),
        ({"name": "Hook", "url": "ftp://example.com"}, "http"),
        ({"name": "Hook", "url": "http://127.0.0.1/x"}, ""),
        ({"name": "Taken", "url": "https://hooks.example.com"}, "Pick another one"),
        ({"name": "Hook", "url": "https://hooks.example.com", "spacing_seconds": "4000"}, "3,600"),
        ({"name": "Hook", "url": "https://hooks.example.com", "spacing_seconds": "-1"}, "0"),
    ],
)
def test_wrong_input_comes_back_with_a_sentence(
    alice: User, client_of: Browser, form: dict[str, str], sentence: str
) -> None:
    engine.channel("webhook", name="Taken")
    answer = client_of(alice).post(url("channel_create", "webhook"), form)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert sentence in page
    assert (
        '<button class="button primary">Connect</button>' in page
    )  # it is still being connected, not edited
    assert "<title>Connect Webhook" in page
    assert Channel.objects.count() == 1


def test_a_channel_that_is_edited_wrongly_keeps_its_name_in_the_headline(
    alice: User, client_of: Browser
) -> None:
    channel = engine.channel("webhook", name="Hook", settings={"url": "https://a.example.com"})
    answer = client_of(alice).post(url("channel_edit", channel.pk), {"name": "", "url": "ftp://x"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Edit Hook" in page
    assert '<button class="button primary">Save</button>' in page


def test_by_hand_asks_which_network_it_stands_for(alice: User, client_of: Browser) -> None:
    browser = client_of(alice)
    assert "LinkedIn" in browser.get(url("channel_create", "by_hand")).content.decode()
    browser.post(
        url("channel_create", "by_hand"), {"name": "Page", "stands_for": "linkedin", "where": "@rye"}
    )
    assert Channel.objects.get().settings == {"stands_for": "linkedin", "where": "@rye"}


def test_a_foreign_brand_is_not_offered_nor_taken(
    alice: User, mallory: User, client_of: Browser, other_workspace: Workspace
) -> None:
    from campaigns.models import Brand

    with use_workspace(other_workspace):
        theirs = Brand.objects.create(name="Theirs")
    answer = client_of(alice).post(url("channel_create", "sandbox"), {"name": "X", "brand": str(theirs.pk)})
    assert answer.status_code == 422
    assert not Channel.objects.exists()


def test_a_network_that_is_none_is_404(alice: User, client_of: Browser) -> None:
    assert client_of(alice).get(url("channel_create", "myspace")).status_code == 404


def test_editing_keeps_the_secret(alice: User, client_of: Browser) -> None:
    channel = engine.channel("webhook", name="Hook", settings={"url": "https://a.example.com"})
    answer = client_of(alice).post(
        url("channel_edit", channel.pk), {"name": "Hook 2", "url": "https://b.example.com"}
    )
    assert answer.status_code == 302
    after = Channel.objects.get()
    assert (after.name, after.settings["url"], after.secret) == (
        "Hook 2",
        "https://b.example.com",
        channel.secret,
    )


def test_what_goes_is_listed_before_a_channel_is_removed(alice: User, client_of: Browser) -> None:
    channel = engine.channel()
    arm(engine.post(channel, title="Saturday queue"), clock.now() + timedelta(hours=3))
    browser = client_of(alice)
    assert "Saturday queue" in browser.get(url("channel_trash", channel.pk)).content.decode()
    assert Channel.objects.get().trashed_at is None
    browser.post(url("channel_trash", channel.pk))
    assert Channel.objects.get().trashed_at
    assert "In the trash" in browser.get(url("channels")).content.decode()
    browser.post(url("channel_restore", channel.pk))
    assert Channel.objects.get().trashed_at is None


PAGES = ["channel_edit", "channel_trash"]
POSTS = [
    "channel_pause",
    "channel_resume",
    "channel_trash",
    "channel_restore",
    "channel_rotate",
    "channel_test",
]


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("who", "status"), [("bob", 403), ("carol", 403), ("mallory", 404)])
def test_R1_pages_of_admins(
    request: pytest.FixtureRequest, client_of: Browser, name: str, who: str, status: int
) -> None:
    channel = engine.channel()
    assert client_of(request.getfixturevalue(who)).get(url(name, channel.pk)).status_code == status


@pytest.mark.parametrize("name", POSTS)
@pytest.mark.parametrize(("who", "status"), [("bob", 403), ("carol", 403), ("mallory", 404)])
def test_R1_verbs_of_admins(
    request: pytest.FixtureRequest, client_of: Browser, name: str, who: str, status: int
) -> None:
    channel = engine.channel("webhook", settings={"url": "https://example.com"})
    assert client_of(request.getfixturevalue(who)).post(url(name, channel.pk)).status_code == status


@pytest.mark.parametrize("who", ["bob", "carol"])
def test_members_read_channels_and_the_sandbox(
    request: pytest.FixtureRequest, client_of: Browser, who: str
) -> None:
    channel = engine.channel()
    browser = client_of(request.getfixturevalue(who))
    for name, args in (("channels", []), ("channel", [channel.pk]), ("sandbox", [])):
        page = browser.get(url(name, *args))
        assert page.status_code == 200
        assert "Remove…" not in page.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_test_event_is_signed_and_publishes_nothing(
    alice: User, client_of: Browser, network: StandIn
) -> None:
    channel = engine.webhook(network)
    browser = client_of(alice)
    page = browser.post(url("channel_test", channel.pk), follow=True).content.decode()
    assert "The channel works." in page
    sent = network.received[0]
    assert verify(operations.secrets_of(channel)["Signing secret"], sent.headers, sent.raw)
    assert '"channel.test"' in sent.body
    network.behave(Behaviour.REFUSE)
    assert "refused" in browser.post(url("channel_test", channel.pk), follow=True).content.decode()


def test_where_a_channel_leads_inside_only_staff_read_which_setting_allows_it(
    alice: User, client_of: Browser
) -> None:
    form = {"name": "Hook", "url": "http://10.0.0.5/hook", "spacing_seconds": "0"}
    said = "add 10.0.0.5:80 to AURA_EGRESS_ALLOW"
    for is_staff in (False, True):
        User.objects.filter(pk=alice.pk).update(is_staff=is_staff)
        page = client_of(alice).post(url("channel_create", "webhook"), form).content.decode()
        assert "inside the network" in page
        assert (said in page) is is_staff
    assert not Channel.objects.filter(network="webhook").exists()
