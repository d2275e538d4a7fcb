"""What programs do around posts: talk about them, answer for what failed, pause, and keep words and posting times."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from aura.kit.testing_api import Caller, by_session, by_token
from campaigns.models import Campaign
from posts.models import Channel, Post, PostingSlot, Snippet, Target
from posts.tests._made import make_asset, make_channel, make_post
from workspaces.models import Comment, Notification, User, Workspace
from workspaces.tests.programs import make

Calls = Callable[[User], Caller]


@pytest.fixture
def call_as(client_of: Callable[[User], Client]) -> Calls:
    return lambda user: by_session(client_of(user), "barrow-rye")


def test_a_post_and_a_picture_are_talked_about(
    call_as: Calls, alice: User, bob: User, carol: User, campaign: Campaign, sandbox: Channel
) -> None:
    post = make_post("Rye", campaign, [sandbox], created_by=alice)
    path, viewer = f"/posts/{post.pk}/comments", call_as(carol)
    said = viewer.post(path, {"body": "Which Friday?", "quote": "slowly"})
    assert said.status_code == 201, said.content
    first = said.json()
    assert (first["quote"], first["author"], first["parent"]) == ("slowly", str(carol), None)
    answer = call_as(bob).post(path, {"body": "The 13th.", "parent": first["id"]}).json()
    assert [one["id"] for one in viewer.get(path).json()["items"]] == [first["id"], answer["id"]]
    assert Notification.objects.filter(person=alice).exists()
    wrong = viewer.post(path, {"body": "x", "quote": "not there"})
    assert (wrong.status_code, list(wrong.json()["fields"])) == (422, ["quote"])
    changed = viewer.patch(f"/comments/{first['id']}", {"body": "Which one?"})
    assert (changed.status_code, changed.json()["body"]) == (200, "Which one?")
    assert call_as(bob).patch(f"/comments/{first['id']}", {"body": "Mine."}).status_code == 403
    settled = call_as(bob).post(f"/comments/{first['id']}/resolve").json()
    assert settled["resolved_by"] == str(bob.pk)
    assert viewer.post(f"/comments/{first['id']}/reopen").json()["resolved_at"] is None
    assert viewer.delete(f"/comments/{answer['id']}").status_code == 403
    assert call_as(bob).delete(f"/comments/{answer['id']}").status_code == 204
    picture = f"/media/{make_asset().pk}/comments"
    assert viewer.post(picture, {"body": "Brighter?"}).status_code == 201
    assert [one["body"] for one in viewer.get(picture).json()["items"]] == ["Brighter?"]
    assert Comment.objects.count() == 2


def test_a_token_needs_its_word_to_comment(
    alice: User, campaign: Campaign, sandbox: Channel, workspace: Workspace
) -> None:
    path = f"/posts/{make_post('Rye', campaign, [sandbox]).pk}/comments"
    writer = by_token(make(workspace, alice, "posts:write").secret)
    assert (writer.get(path).status_code, writer.post(path, {"body": "x"}).status_code) == (403, 403)
    assert not Comment.objects.exists()
    talker = by_token(make(workspace, alice, "comments:write", role="viewer").secret)
    assert talker.post(path, {"body": "Which Friday?"}).status_code == 201
    assert talker.get(path).json()["total"] == 1


def test_what_failed_is_tried_again_sent_again_or_left(
    call_as: Calls, bob: User, carol: User, campaign: Campaign, sandbox: Channel
) -> None:
    post = make_post("Rye", campaign, [sandbox])
    path, target = f"/posts/{post.pk}", {"target": str(post.targets.get().pk)}
    call, status = call_as(bob), Target.Status
    for before, verb, after in (
        (status.FAILED, "retry", status.SCHEDULED),
        (status.NEEDS_CONFIRMATION, "resend", status.SCHEDULED),
        (status.NEEDS_CONFIRMATION, "leave", status.CANCELLED),
    ):
        Target.objects.update(status=before, due_at=None, claim_token=None, lease_until=None)
        assert call_as(carol).post(f"{path}/{verb}", target).status_code == 403
        done = call.post(f"{path}/{verb}", target)
        assert (done.status_code, done.json()["targets"][0]["status"]) == (200, after), done.content
        assert call.post(f"{path}/{verb}", target).status_code == 409, verb


def test_what_stands_in_the_way_of_a_post_is_told_without_promising_it(
    call_as: Calls, carol: User, campaign: Campaign, sandbox: Channel
) -> None:
    toot = make_channel("Rye", "mastodon")
    long = make_post("Long", campaign, [toot], caption="Rye. " * 700)
    found = call_as(carol).get(f"/posts/{long.pk}/checks").json()
    assert found["may_go"] is False
    assert found["checks"][0]["blocks"] is True
    assert found["checks"][0]["channel"] == str(toot.pk)
    fine = make_post("Fine", campaign, [sandbox])
    assert call_as(carol).get(f"/posts/{fine.pk}/checks").json()["may_go"] is True
    assert {post.status for post in Post.objects.all()} == {"draft"}


def test_a_copy_has_the_same_words_and_no_time(
    call_as: Calls, bob: User, carol: User, campaign: Campaign, sandbox: Channel
) -> None:
    post = make_post("Rye", campaign, [sandbox], status=Target.Status.SCHEDULED)
    path = f"/posts/{post.pk}/duplicate"
    copy = call_as(bob).post(path)
    assert (copy.status_code, copy.json()["title"]) == (201, "Copy of Rye"), copy.content
    assert (copy.json()["scheduled_at"], copy.json()["caption"]) == (None, post.caption)
    other = make_channel("Second")
    named = call_as(bob).post(path, {"title": "Elsewhere", "channels": [str(other.pk)]}).json()
    assert ([one["channel"] for one in named["targets"]], named["title"]) == ([str(other.pk)], "Elsewhere")
    assert call_as(carol).post(path).status_code == 403
    assert Post.objects.count() == 3


def test_channels_and_campaigns_are_paused_and_channels_get_posting_times(
    call_as: Calls, alice: User, bob: User, campaign: Campaign, sandbox: Channel
) -> None:
    owner, editor = call_as(alice), call_as(bob)
    path, why = f"/channels/{sandbox.pk}", {"reason": "The shop is closed."}
    assert editor.post(f"{path}/pause", why).status_code == 403
    paused = owner.post(f"{path}/pause", why).json()
    assert (paused["status"], paused["pause_reason"]) == ("paused", "The shop is closed.")
    assert owner.post(f"{path}/resume").json()["status"] == "active"
    of_campaign = f"/campaigns/{campaign.pk}"
    assert editor.post(f"{of_campaign}/pause", why).json()["pause_reason"] == "The shop is closed."
    assert editor.post(f"{of_campaign}/resume").json()["paused_at"] is None
    assert editor.post(f"{of_campaign}/resume").status_code == 409
    slots = owner.post(f"{path}/slots", {"weekdays": [4, 0], "time": "10:00"}).json()["slots"]
    assert [(one["weekday"], one["time"]) for one in slots] == [(0, "10:00"), (4, "10:00")]
    for wrong in ({"weekdays": [9], "time": "10:00"}, {"weekdays": ["4"], "time": "10:00"}):
        assert owner.post(f"{path}/slots", wrong).status_code == 422
    assert editor.delete(f"{path}/slots/{slots[0]['id']}").status_code == 403
    assert owner.delete(f"{path}/slots/{slots[0]['id']}").status_code == 204
    assert [one["weekday"] for one in owner.get(path).json()["slots"]] == [4]
    assert PostingSlot.objects.get().weekday == 4


def test_words_that_come_again_are_kept_changed_and_thrown_away(
    call_as: Calls, bob: User, carol: User, scope: Workspace
) -> None:
    call = call_as(bob)
    sent = {"name": "Rye", "kind": "hashtags", "words": "rye, slowbread"}
    made = call.post("/snippets", sent)
    assert (made.status_code, made.json()["words"]) == (201, "#rye #slowbread")
    assert call.post("/snippets", sent).status_code == 422
    path = f"/snippets/{made.json()['id']}"
    changed = call.patch(path, {"words": "#rye"}, If_Match=made["ETag"])
    assert (changed.status_code, changed.json()["words"]) == (200, "#rye")
    assert call.patch(path, {"words": "#x"}, If_Match=made["ETag"]).status_code == 412
    assert [one["name"] for one in call_as(carol).get("/snippets").json()["items"]] == ["Rye"]
    assert call_as(carol).delete(path).status_code == 403
    assert Snippet.objects.count() == 1
    assert call.delete(path).status_code == 204
    assert not Snippet.objects.exists()
