"""The calls of posts: from the first word to being live, by whom, and what is refused without leaving anything."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from aura.kit import clock
from aura.kit.testing import just_now
from aura.kit.testing_api import Caller, by_session, by_token
from campaigns.models import Campaign
from posts.models import Attempt, Channel, Post, Target
from posts.tests import _engine as engine
from posts.tests._made import make_asset, make_channel, make_post
from workspaces.models import Activity, User, Workspace
from workspaces.scope import use_workspace
from workspaces.tests.programs import make

Calls = Callable[[User], Caller]


@pytest.fixture
def call_as(client_of: Callable[[User], Client]) -> Calls:
    return lambda user: by_session(client_of(user), "barrow-rye")


def in_a_day() -> str:
    return f"{clock.now() + timedelta(days=1):%Y-%m-%dT%H:%M:00Z}"


def new(channel: Channel, **more: Any) -> dict[str, Any]:
    return {"title": "Rye is back", "caption": "Slowly.", "targets": [str(channel.pk)], **more}


def test_a_post_goes_from_its_first_word_to_being_live(
    call_as: Calls, alice: User, bob: User, campaign: Campaign, sandbox: Channel
) -> None:
    call = call_as(bob)
    picture = make_asset()
    made = call.post(f"/campaigns/{campaign.pk}/posts", new(sandbox, media=[str(picture.pk)]))
    assert made.status_code == 201, made.content
    path = f"/posts/{made.json()['id']}"
    assert made["Location"].endswith(path)
    body = made.json()
    assert (body["status"], body["media"], body["created_by"]) == ("draft", [str(picture.pk)], str(bob.pk))
    assert [one["channel"] for one in body["targets"]] == [str(sandbox.pk)]
    changed = call.patch(path, {"caption": "Dark, slow."}, If_Match=made["ETag"])
    assert (changed.json()["caption"], changed.json()["title"]) == ("Dark, slow.", "Rye is back")
    assert changed.json()["media"] == [str(picture.pk)]
    assert call.post(f"{path}/submit").json()["status"] == "in_review"
    sent_back = call_as(alice).post(f"{path}/request-changes", {"note": "Say which Friday."}).json()
    assert (sent_back["status"], sent_back["review_note"]) == ("changes_requested", "Say which Friday.")
    call.patch(path, {"caption": "Dark, slow, on Friday."})
    assert call.post(f"{path}/submit").status_code == 200
    assert call_as(alice).post(f"{path}/approve").json()["status"] == "approved"
    at = in_a_day()
    scheduled = call.post(f"{path}/schedule", {"at": at}).json()
    assert (scheduled["status"], scheduled["scheduled_at"]) == ("scheduled", at)
    assert [one["id"] for one in call.get("/posts?state=scheduled").json()["items"]] == [body["id"]]
    off = call.post(f"{path}/unschedule").json()
    assert (off["status"], off["scheduled_at"]) == ("approved", None)
    assert call.post(f"{path}/publish").status_code == 200
    Target.objects.update(due_at=just_now())
    engine.publish(Post.objects.get())
    live = call.get(path).json()
    assert (live["status"], live["targets"][0]["status"]) == ("published", "published")
    tried = call.get(f"{path}/attempts").json()["items"]
    assert [(one["kind"], one["outcome"], one["target"]) for one in tried] == [
        ("publish", "accepted", live["targets"][0]["id"])
    ]
    late = call.patch(path, {"caption": "Too late."})
    assert (late.status_code, late.json()["code"]) == (409, "CONFLICT")


def test_a_network_word_stands_for_its_channels_that_speak_for_the_campaign(
    call_as: Calls, bob: User, campaign: Campaign, sandbox: Channel
) -> None:
    other = engine.channel(name="Another brand's", brand=campaign.brand)
    make_channel("A webhook", "webhook")
    call = call_as(bob)
    at = in_a_day()
    asked = {"title": "Rye", "caption": "Slowly.", "platform": "sandbox", "status": "scheduled"}
    body = call.post(f"/campaigns/{campaign.pk}/posts", {**asked, "scheduled_at": at}).json()
    assert (body["status"], body["scheduled_at"]) == ("scheduled", at)
    assert {one["channel"] for one in body["targets"]} == {str(sandbox.pk), str(other.pk)}
    both = call.post(f"/campaigns/{campaign.pk}/posts", new(sandbox, platform="sandbox"))
    assert (both.status_code, list(both.json()["fields"])) == (422, ["platform"])
    assert Post.objects.count() == 1


def test_a_time_without_an_offset_is_what_clocks_show_there(
    call_as: Calls, bob: User, campaign: Campaign, sandbox: Channel
) -> None:
    call = call_as(bob)
    year = clock.now().year + 1
    asked = new(sandbox, scheduled_at=f"{year}-07-01T10:00:00", zone="Europe/Paris")
    body = call.post(f"/campaigns/{campaign.pk}/posts", asked).json()
    assert (body["status"], body["scheduled_at"]) == ("draft", f"{year}-07-01T08:00:00Z")
    assert (body["wall_time"], body["zone"]) == (f"{year}-07-01T10:00:00", "Europe/Paris")
    promised = call.post(f"/posts/{body['id']}/schedule").json()
    assert (promised["status"], promised["scheduled_at"], promised["zone"]) == (
        "scheduled",
        f"{year}-07-01T08:00:00Z",
        "Europe/Paris",
    )
    for wrong in ("soon", "9999-12-31T23:59:59Z", "2026-02-30T10:00:00Z"):
        refused = call.post(f"/posts/{body['id']}/schedule", {"at": wrong})
        assert (refused.status_code, list(refused.json()["fields"])) == (422, ["at"]), wrong
    nowhere = call.patch(f"/posts/{body['id']}", {"zone": "Moon/Sea"})
    assert (nowhere.status_code, list(nowhere.json()["fields"])) == (422, ["zone"])


def test_what_stands_in_the_way_is_said_field_by_field_and_nothing_is_made(
    call_as: Calls, bob: User, campaign: Campaign, sandbox: Channel, other_workspace: Workspace
) -> None:
    call = call_as(bob)
    with use_workspace(other_workspace):
        theirs, picture = make_channel("Moss"), make_asset()
    path = f"/campaigns/{campaign.pk}/posts"
    past = f"{clock.now() - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    wrong: list[tuple[dict[str, Any], str]] = [
        (new(theirs), "targets"),
        (new(sandbox, media=[str(picture.pk)]), "media"),
        (new(sandbox, media=["nonsense"]), "media"),
        (new(sandbox, status="scheduled"), "scheduled_at"),
        (new(sandbox, status="scheduled", scheduled_at=past), "scheduled_at"),
        (new(sandbox, status="published"), "status"),
        (new(sandbox, platform="myspace", targets=[]), "platform"),
        (new(sandbox, targets=[], platform="mastodon"), "platform"),
        (new(sandbox, status="scheduled", scheduled_at=in_a_day(), targets=[]), "targets"),
        (new(sandbox, colour="red"), "colour"),
        (new(sandbox, title=""), "title"),
    ]
    for asked, field in wrong:
        refused = call.post(path, asked)
        assert (refused.status_code, list(refused.json()["fields"])) == (422, [field]), refused.content
    assert not Post.objects.exists()
    assert not Activity.objects.filter(verb__startswith="posts").exists()
    Campaign.objects.update(archived_at=clock.now())
    assert call.post(path, new(sandbox)).status_code == 409
    assert not Post.objects.exists()


def test_what_a_network_would_not_take_is_said_before_it_is_promised(
    call_as: Calls, bob: User, campaign: Campaign
) -> None:
    long = make_post("Long", campaign, [make_channel("Rye", "mastodon")], caption="Rye. " * 700)
    refused = call_as(bob).post(f"/posts/{long.pk}/schedule", {"at": in_a_day()})
    assert (refused.status_code, "caption" in refused.json()["fields"]) == (422, True), refused.content
    Channel.objects.update(trashed_at=clock.now())
    gone = call_as(bob).post(f"/posts/{long.pk}/publish")
    assert (gone.status_code, "targets" in gone.json()["fields"]) == (422, True), gone.content
    assert Post.objects.get().status == "draft"


def test_nobody_overwrites_what_they_have_not_seen(
    call_as: Calls, alice: User, bob: User, campaign: Campaign, sandbox: Channel
) -> None:
    post = make_post("Rye", campaign, [sandbox])
    path = f"/posts/{post.pk}"
    seen = call_as(bob).get(path)["ETag"]
    assert call_as(alice).patch(path, {"caption": "Alice's."}, If_Match=seen).status_code == 200
    for answer in (
        call_as(bob).patch(path, {"caption": "Bob's."}, If_Match=seen),
        call_as(bob).post(f"{path}/publish", If_Match=seen),
        call_as(bob).post(f"{path}/submit", If_Match=seen),
        call_as(bob).delete(path, If_Match=seen),
    ):
        assert (answer.status_code, answer.json()["code"]) == (412, "STALE_VERSION")
    after = Post.objects.get()
    assert (after.caption, after.status, after.trashed_at) == ("Alice's.", "draft", None)


def test_what_a_channel_says_of_its_own_outlives_a_change(
    call_as: Calls, bob: User, campaign: Campaign, sandbox: Channel
) -> None:
    post = make_post("Rye", campaign, [sandbox])
    Target.objects.filter(post=post).update(own_words="Only here.")
    Target.objects.create(post=post, channel=sandbox, position=1, own_words="And more.")
    other = make_channel("Second")
    changed = call_as(bob).patch(f"/posts/{post.pk}", {"targets": [str(sandbox.pk), str(other.pk)]}).json()
    said = {(one["channel_name"], one["position"]): one["own_words"] for one in changed["targets"]}
    assert said == {("sandbox", 0): "Only here.", ("sandbox", 1): "And more.", ("Second", 0): ""}


def test_only_who_may_does(
    call_as: Calls, carol: User, mallory: User, campaign: Campaign, sandbox: Channel, workspace: Workspace
) -> None:
    post = make_post("Rye", campaign, [sandbox])
    path = f"/posts/{post.pk}"
    for person, status in ((carol, 403), (mallory, 404)):
        call = call_as(person)
        assert call.post(f"/campaigns/{campaign.pk}/posts", new(sandbox)).status_code == status
        assert call.patch(path, {"caption": "x"}).status_code == status
        assert call.delete(path).status_code == status
        for verb in ("submit", "approve", "schedule", "publish", "cancel", "restore"):
            assert call.post(f"{path}/{verb}").status_code == status, verb
    assert call_as(carol).get(path).status_code == 200
    assert (Post.objects.count(), Post.objects.get().version) == (1, post.version)


def test_a_token_that_may_only_write_promises_nothing(
    alice: User, campaign: Campaign, sandbox: Channel, workspace: Workspace
) -> None:
    writer = by_token(make(workspace, alice, "posts:write").secret)
    path = f"/campaigns/{campaign.pk}/posts"
    refused = writer.post(path, new(sandbox, status="scheduled", scheduled_at=in_a_day()))
    assert (refused.status_code, "publish" in refused.json()["detail"]) == (403, True)
    assert not Post.objects.exists()
    draft = writer.post(path, new(sandbox))
    assert draft.status_code == 201
    assert writer.post(f"/posts/{draft.json()['id']}/publish").status_code == 403
    assert Post.objects.get().status == "draft"


def test_a_promise_by_making_counts_as_publishing(
    call_as: Calls, bob: User, campaign: Campaign, sandbox: Channel, settings: Any
) -> None:
    settings.AURA_API_LIMITS = {"calls": (600, 86_400), "publishing": (1, 86_400 * 365 * 100)}
    call, path = call_as(bob), f"/campaigns/{campaign.pk}/posts"
    asked = new(sandbox, status="scheduled", scheduled_at=in_a_day())
    assert [call.post(path, asked).status_code for _ in range(2)] == [201, 429]
    assert Post.objects.count() == 1


def test_a_post_is_thrown_away_brought_back_called_off_and_said_to_be_live(
    call_as: Calls, alice: User, campaign: Campaign, sandbox: Channel
) -> None:
    call = call_as(alice)
    post = make_post("Rye", campaign, [sandbox], status=Target.Status.SCHEDULED)
    path = f"/posts/{post.pk}"
    assert call.delete(path).status_code == 204
    assert [one["id"] for one in call.get("/posts?state=trash").json()["items"]] == [str(post.pk)]
    back = call.post(f"{path}/restore").json()
    assert (back["trashed_at"], back["status"]) == (None, "draft")
    assert call.post(f"{path}/cancel").json()["status"] == "cancelled"
    Target.objects.update(status=Target.Status.NEEDS_CONFIRMATION)
    target, url = Target.objects.get(), "https://example.social/@rye/1"
    other = engine.target_of(make_post("Another", campaign, [sandbox]))
    wrong = call.post(f"{path}/confirm", {"target": str(other.pk)})
    assert (wrong.status_code, list(wrong.json()["fields"])) == (422, ["target"])
    live = call.post(f"{path}/confirm", {"target": str(target.pk), "url": url}).json()
    assert (live["status"], live["targets"][0]["url"]) == ("published", url)
    again = call.post(f"{path}/confirm", {"target": str(target.pk)})
    assert again.status_code == 409
    assert Attempt.objects.get(target=target).by == str(alice)


def test_lists_ask_the_same_for_two_and_twenty_and_filter_as_the_page(
    call_as: Calls, carol: User, campaign: Campaign, sandbox: Channel
) -> None:
    call = call_as(carol)
    for number in range(2):
        make_post(f"Post {number}", campaign, [sandbox])

    def asked(path: str) -> int:
        call.get(path)
        with CaptureQueriesContext(connection) as queries:
            assert call.get(path).status_code == 200
        return len(queries)

    paths = (f"/posts?channel={sandbox.pk}", f"/campaigns/{campaign.pk}/posts")
    few = [asked(path) for path in paths]
    for number in range(18):
        make_post(f"More {number}", campaign, [sandbox])
    assert [asked(path) for path in paths] == few
    assert max(few) <= 12
    assert len(call.get("/posts?q=anything").json()["items"]) == 0
    assert call.get(f"/posts?campaign={uuid.uuid4()}").json()["items"] == []
    assert len(call.get(f"/posts?channel={sandbox.pk}&state=draft&limit=100").json()["items"]) == 20
    assert call.get("/posts?colour=red").status_code == 422


def test_channels_are_listed_and_tried_without_their_secrets(
    call_as: Calls, alice: User, carol: User, sandbox: Channel, settings: Any
) -> None:
    hook = engine.channel("webhook", settings={"url": "http://127.0.0.1:9/hidden"})
    for number in range(2):
        engine.channel(name=f"Kiosk {number}")
    listed = call_as(carol).get("/channels")
    assert [one["name"] for one in listed.json()["items"]] == ["Kiosk 0", "Kiosk 1", "sandbox", "webhook"]
    assert "secret" not in listed.json()["items"][0]
    assert [one["settings"] for one in listed.json()["items"]] == [None] * 4
    assert "hidden" not in listed.content.decode()
    only = call_as(carol).get("/channels?network=webhook").json()["items"]
    assert [one["id"] for one in only] == [str(hook.pk)]
    tried = call_as(alice).post(f"/channels/{sandbox.pk}/test").json()
    assert tried["outcome"] == "accepted"
    assert call_as(alice).post(f"/channels/{hook.pk}/test").json()["outcome"] in {"refused", "unclear"}
    assert call_as(carol).post(f"/channels/{sandbox.pk}/test").status_code == 403
