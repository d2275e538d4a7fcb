"""What programs do with earlier versions of a post, with what is still to go out of a thread, and with its time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from aura.kit import clock
from aura.kit.testing_api import Caller, by_session, by_token
from campaigns.models import Campaign
from media_library.models import Asset
from posts.models import Channel, Post, PostVersion, Target, TargetMedia
from posts.operations import writing
from posts.parts import Own, Part
from posts.snapshot import MEMBERS, changes_between
from posts.tests._made import make_asset, make_post
from workspaces.models import Activity, Membership, User, Workspace
from workspaces.scope import use_workspace
from workspaces.tests.programs import make

Calls = Callable[[User], Caller]
THREAD = Own(parts=(Part("Second."), Part("Third.")), comment="#rye")


@pytest.fixture
def call_as(client_of: Callable[[User], Client]) -> Calls:
    return lambda user: by_session(client_of(user), "barrow-rye")


@pytest.fixture
def written(campaign: Campaign, sandbox: Channel, bob: User) -> Post:
    """A post with a thread and a comment."""
    post = Post(campaign=campaign, title="Rye", caption="First.")
    return writing.create_post(post, words={sandbox: ""}, pictures=[], own={sandbox: THREAD}, by=bob)


@pytest.fixture
def begun(written: Post) -> Post:
    """The same, of which the first part is out."""
    later = clock.now() + timedelta(hours=1)
    Target.objects.filter(post=written, position=0).update(status="published", published_at=clock.now())
    Target.objects.filter(post=written, position__gt=0).update(status="scheduled", due_at=later)
    now = clock.now()
    Post.objects.filter(pk=written.pk).update(status="scheduled", scheduled_at=now, published_at=now)
    written.refresh_from_db()
    return written


def chain(post: Post) -> list[Target]:
    return list(Target.objects.filter(post=post).order_by("as_comment", "position"))


# Versions ------------------------------------------------------------------------------------------------------------


def test_versions_tell_who_saved_what_when_and_lead_back(
    call_as: Calls, alice: User, bob: User, carol: User, written: Post, sandbox: Channel
) -> None:
    path, loaf = f"/posts/{written.pk}", make_asset("Loaf")
    call = call_as(bob)
    assert call.get(f"{path}/versions").json()["items"] == []
    own = {"channel": str(sandbox.pk), "own_words": "Only here.", "fits": {}}
    changed = call_as(alice).patch(path, {"caption": "Slowly.", "media": [str(loaf.pk)], "targets": [own]})
    assert changed.status_code == 200, changed.content
    kept = call_as(carol).get(f"{path}/versions").json()["items"]
    assert [(one["number"], one["created_by"], one["changed"]) for one in kept] == [
        (2, str(alice.pk), ["caption", "media", "own_words"]),
        (1, str(bob.pk), []),
    ]
    first = call_as(carol).get(f"{path}/versions/{kept[1]['id']}").json()
    assert (first["caption"], first["media"]) == ("First.", [])
    assert first["differs"] == ["caption", "media", "own_words"]
    parts = [{"words": "Second.", "media": []}, {"words": "Third.", "media": []}]
    assert first["targets"] == [
        {
            "channel": str(sandbox.pk),
            "own_words": "",
            "media": None,
            "parts": parts,
            "numbered": False,
            "first_comment": "#rye",
            "fits": {},
        }
    ]
    page = call.get(f"{path}/versions?limit=1").json()
    assert (page["items"][0]["changed"], page["total"]) == (kept[0]["changed"], 2)
    back = call.post(f"{path}/versions/{first['id']}/restore", If_Match=changed["ETag"])
    assert back.status_code == 200, back.content
    assert (back.json()["caption"], back.json()["media"], back.json()["left_out"]) == ("First.", [], [])
    assert back["ETag"].startswith(f'"{back.json()["version"]}.')
    assert call.get(f"{path}/versions/{first['id']}").json()["differs"] == []
    stale = call.post(f"{path}/versions/{kept[0]['id']}/restore", If_Match=changed["ETag"])
    assert (stale.status_code, stale.json()["code"]) == (412, "STALE_VERSION")
    Asset.objects.filter(pk=loaf.pk).update(trashed_at=clock.now())
    again = call.post(f"{path}/versions/{kept[0]['id']}/restore")
    assert (again.json()["left_out"], again.json()["media"]) == (["Loaf"], [])
    assert PostVersion.objects.count() == 4
    assert Activity.objects.filter(verb="posts.restore_version").count() == 2


def test_R2_who_may_not_write_reads_versions_and_goes_back_to_none(
    call_as: Calls, alice: User, carol: User, mallory: User, written: Post, workspace: Workspace
) -> None:
    call_as(alice).patch(f"/posts/{written.pk}", {"caption": "Slowly."})
    kept = PostVersion.objects.get(number=1)
    other = make_post("Other")
    path = f"/posts/{written.pk}/versions/{kept.pk}"
    reader = by_token(make(workspace, alice, "posts:read").secret)
    assert reader.get(path).json()["number"] == 1
    for call, status in ((call_as(carol), 403), (reader, 403), (call_as(mallory), 404)):
        assert call.post(f"{path}/restore").status_code == status
    elsewhere = f"/posts/{other.pk}/versions/{kept.pk}"
    assert call_as(alice).get(elsewhere).status_code == 404
    assert call_as(alice).post(f"{elsewhere}/restore").status_code == 404
    assert Post.objects.get(pk=written.pk).caption == "Slowly."
    assert PostVersion.objects.count() == 2


def test_everything_in_which_versions_differ_has_a_word_for_programs() -> None:
    one: dict[str, Any] = {"title": "a", "caption": "a", "media": [], "targets": {"x": "", "y": ""}}
    own = {"x": {"media": [], "parts": [1], "comment": "c", "numbered": True}}
    other = {
        "title": "b",
        "caption": "b",
        "media": [1],
        "targets": {"x": "b"},
        "fits": {"x:1": "p"},
        "own": own,
    }
    assert set(changes_between(one, other)) == set(MEMBERS)


# The rest of a thread ------------------------------------------------------------------------------------------------


def test_what_is_still_to_go_out_gets_other_words_and_pictures_and_the_rest_stays(
    call_as: Calls, bob: User, begun: Post
) -> None:
    path, call, loaf = f"/posts/{begun.pk}/rest", call_as(bob), make_asset("Loaf")
    _, second, third, comment = chain(begun)
    read = call.get(f"/posts/{begun.pk}")
    parts = [
        {"target": str(second.pk), "own_words": "Second, at last.", "media": [str(loaf.pk)]},
        {"target": str(comment.pk), "own_words": "#slow"},
    ]
    answer = call.patch(path, {"parts": parts}, If_Match=read["ETag"])
    assert answer.status_code == 200, answer.content
    assert [one.own_words for one in chain(begun)] == ["", "Second, at last.", "Third.", "#slow"]
    shown = {one["id"]: one for one in answer.json()["targets"]}
    assert (shown[str(second.pk)]["media"], shown[str(third.pk)]["media"]) == ([str(loaf.pk)], [])
    assert {one["status"] for one in shown.values()} == {"published", "scheduled"}
    words = call.patch(path, {"parts": [{"target": str(second.pk), "own_words": "Again."}]}).json()
    assert [one["media"] for one in words["targets"] if one["id"] == str(second.pk)] == [[str(loaf.pk)]]
    assert call.patch(path, {"parts": parts}, If_Match=read["ETag"]).status_code == 412
    assert call.patch(path, {"parts": [{"target": str(second.pk), "media": []}]}).status_code == 200
    assert not TargetMedia.objects.exists()
    left = call.post(f"/posts/{begun.pk}/leave-out", {"target": str(second.pk)}).json()
    assert [one["status"] for one in left["targets"] if one["id"] == str(second.pk)] == ["cancelled"]


def test_of_the_rest_nothing_is_changed_that_is_out_or_does_not_fit(
    call_as: Calls, bob: User, begun: Post, other_workspace: Workspace
) -> None:
    path, call = f"/posts/{begun.pk}/rest", call_as(bob)
    first, second, third, comment = (str(one.pk) for one in chain(begun))
    with use_workspace(other_workspace):
        theirs = make_asset("Theirs")
    Target.objects.filter(pk=third).update(status="sending", key="k")
    wrong: list[tuple[Any, str]] = [
        ([], "Say what is to change"),
        ({"target": second}, "Write a list of objects"),
        ([{"own_words": "x"}], "0.target: This is needed."),
        ([{"target": second, "words": "x"}], "0.words: There is no such member"),
        ([{"target": second}, {"target": second}], "comes twice"),
        ([{"target": first, "own_words": "x"}], "still to go out"),
        ([{"target": third, "own_words": "x"}], "still to go out"),
        ([{"target": str(begun.pk), "own_words": "x"}], "still to go out"),
        ([{"target": second, "own_words": " "}], "part 2: Write something"),
        ([{"target": second, "own_words": "x" * 4_001}], "part 2: The words have at most 4000"),
        ([{"target": second, "media": [str(theirs.pk)]}], "part 2: "),
        ([{"target": comment, "media": [str(theirs.pk)]}], "A first comment shows no pictures"),
    ]
    for parts, sentence in wrong:
        refused = call.patch(path, {"parts": parts})
        assert (refused.status_code, list(refused.json()["fields"])) == (422, ["parts"]), refused.content
        assert sentence in " ".join(refused.json()["fields"]["parts"]), refused.content
    for target, status in ((first, 409), (third, 409), (str(theirs.pk), 422)):
        assert call.post(f"/posts/{begun.pk}/leave-out", {"target": target}).status_code == status
    assert [one.own_words for one in chain(begun)] == ["", "Second.", "Third.", "#rye"]
    assert Post.objects.get(pk=begun.pk).version == begun.version


def test_what_a_contributor_changes_of_the_rest_waits_for_somebody_who_may_publish(
    call_as: Calls, alice: User, carol: User, mallory: User, begun: Post, workspace: Workspace
) -> None:
    second = chain(begun)[1]
    path, parts = f"/posts/{begun.pk}/rest", [{"target": str(second.pk), "own_words": "Mine."}]
    for call, status in ((call_as(carol), 403), (call_as(mallory), 404)):
        assert call.patch(path, {"parts": parts}).status_code == status
        assert call.post(f"/posts/{begun.pk}/leave-out", {"target": str(second.pk)}).status_code == status
    assert chain(begun)[1].own_words == "Second."
    Membership.objects.filter(user=carol).update(role="contributor")
    writer = by_token(make(workspace, alice, "posts:write").secret)
    assert writer.post(f"/posts/{begun.pk}/leave-out", {"target": str(second.pk)}).status_code == 403
    for call in (call_as(carol), writer):
        Target.objects.filter(pk=second.pk).update(status="scheduled", due_at=clock.now())
        parts[0]["own_words"] += " More."
        shown = call.patch(path, {"parts": parts}).json()["targets"]
        [part] = [one for one in shown if one["id"] == str(second.pk)]
        assert (part["status"], "may not publish" in part["sentence"]) == ("pending", True)
    assert chain(begun)[1].due_at is None
    sent = call_as(alice).post(f"/posts/{begun.pk}/retry", {"target": str(second.pk)}).json()["targets"]
    assert {one["status"] for one in sent} == {"published", "scheduled"}


# Its time, and for good ----------------------------------------------------------------------------------------------


def test_a_post_is_moved_and_stays_what_it_is(
    call_as: Calls, bob: User, carol: User, campaign: Campaign, sandbox: Channel, settings: Any
) -> None:
    settings.AURA_API_LIMITS = {"calls": (600, 86_400), "publishing": (1, 86_400 * 365 * 100)}
    call, day = call_as(bob), (clock.now() + timedelta(days=9)).date()
    draft, soon, missed, out = (
        make_post(status, campaign, [sandbox], status)
        for status in ("pending", "scheduled", "missed", "published")
    )
    when = {"at": f"{day}T10:00:00", "zone": "Europe/Dublin"}
    for post, status in ((draft, "draft"), (soon, "scheduled"), (missed, "scheduled")):
        moved = call.post(f"/posts/{post.pk}/move", when)
        assert moved.status_code == 200, moved.content
        body = moved.json()
        assert (body["status"], body["wall_time"], body["zone"]) == (
            status,
            f"{day}T10:00:00",
            "Europe/Dublin",
        )
    assert Target.objects.get(post=draft).due_at is None
    before = list(Post.objects.order_by("pk").values())
    assert call.post(f"/posts/{out.pk}/move", when).status_code == 409
    past = call.post(f"/posts/{soon.pk}/move", {"at": "2020-03-09T10:00:00Z"})
    assert (past.status_code, list(past.json()["fields"])) == (422, ["at"])
    assert call.post(f"/posts/{soon.pk}/move", {}).status_code == 422
    assert call_as(carol).post(f"/posts/{soon.pk}/move", when).status_code == 403
    assert list(Post.objects.order_by("pk").values()) == before
    other = make_post("Missed, too", campaign, [sandbox], "missed")
    assert call.post(f"/posts/{other.pk}/move", when).status_code == 429
    assert Post.objects.get(pk=other.pk).status == "missed"


def test_a_post_in_the_trash_is_deleted_for_good_by_whoever_manages(
    call_as: Calls, alice: User, bob: User, mallory: User, written: Post
) -> None:
    path = f"/posts/{written.pk}/purge"
    assert call_as(alice).post(path).status_code == 409
    assert call_as(bob).delete(f"/posts/{written.pk}").status_code == 204
    for person, status in ((bob, 403), (mallory, 404)):
        assert call_as(person).post(path).status_code == status
    assert Post.objects.filter(pk=written.pk).exists()
    assert call_as(alice).post(path).status_code == 204
    assert not Post.objects.exists()
    assert not Target.objects.exists()
