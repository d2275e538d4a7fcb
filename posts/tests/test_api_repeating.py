"""What programs do with series; with albums, brands and copies of campaigns; and who is in the workspace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from aura.kit import clock, jobs
from aura.kit.testing_api import Caller, by_session, by_token
from campaigns.models import Brand, Campaign
from media_library.models import Album
from posts.models import Post, Series
from posts.tests import _engine as engine
from posts.tests._made import make_asset, make_post
from workspaces.models import User, Workspace
from workspaces.tests.programs import make

Calls = Callable[[User], Caller]


@pytest.fixture
def call_as(client_of: Callable[[User], Client]) -> Calls:
    return lambda user: by_session(client_of(user), "barrow-rye")


def test_a_post_comes_again_is_paused_resumed_and_ended(
    call_as: Calls, bob: User, carol: User, campaign: Campaign
) -> None:
    post, call = make_post("Rye", campaign, [engine.channel()]), call_as(bob)
    path = f"/posts/{post.pk}/series"
    first = clock.now().date() + timedelta(days=7)
    rhythm = {"every": 2, "unit": "week", "weekdays": [4, 0], "first_date": f"{first}", "time": "10:00"}
    assert call_as(carol).post(path, rhythm).status_code == 403
    wrong = call.post(path, {**rhythm, "weekdays": []})
    assert (wrong.status_code, list(wrong.json()["fields"])) == (422, ["weekdays"])
    made = call.post(path, {**rhythm, "count": 8})
    assert made.status_code == 201, made.content
    body = made.json()
    assert (body["post"], body["weekdays"], body["time"], body["count"]) == (str(post.pk), [0, 4], "10:00", 8)
    one = f"/series/{body['id']}"
    assert made["Location"].endswith(one)
    assert call.post(f"{one}/pause").json()["paused_at"]
    assert call.post(f"{one}/resume").json()["paused_at"] is None
    assert call.post(f"{one}/resume").status_code == 409
    assert [each["id"] for each in call_as(carol).get("/series").json()["items"]] == [body["id"]]
    assert call.post(f"{one}/end").json()["ended_at"]
    assert Series.objects.get().ended_at is not None


def test_series_that_promise_posts_count_as_publishing(
    call_as: Calls, bob: User, campaign: Campaign, settings: Any
) -> None:
    settings.AURA_API_LIMITS = {"calls": (600, 86_400), "publishing": (1, 86_400 * 365 * 100)}
    channel = engine.channel()
    one, other, third = (make_post(title, campaign, [channel]) for title in ("Rye", "Wheat", "Spelt"))
    call, first = call_as(bob), clock.now().date() + timedelta(days=7)
    rhythm = {"every": 1, "unit": "day", "first_date": f"{first}", "time": "10:00", "count": 3}
    made = call.post(f"/posts/{one.pk}/series", {**rhythm, "schedule": True})
    assert made.status_code == 201, made.content
    assert call.post(f"/posts/{other.pk}/series", {**rhythm, "schedule": True}).status_code == 429
    assert call.post(f"/posts/{third.pk}/series", {**rhythm, "schedule": False}).status_code == 201
    path = f"/series/{made.json()['id']}"
    assert call.patch(path, {"every": 2}).status_code == 429
    assert call.post(f"{path}/pause").status_code == 200
    assert call.post(f"{path}/resume").status_code == 429
    kept = Series.objects.get(pattern=one)
    assert (kept.every, bool(kept.paused_at)) == (1, True)
    assert not Series.objects.filter(pattern=other).exists()


def repeated(call: Caller, post: Post, workspace: Workspace, **more: Any) -> dict[str, Any]:
    """A series of the post on every day, of which the next ones are made."""
    first = clock.now().date() + timedelta(days=2)
    rhythm = {"every": 1, "unit": "day", "first_date": f"{first}", "time": "10:00", "schedule": False, **more}
    made = call.post(f"/posts/{post.pk}/series", rhythm)
    assert made.status_code == 201, made.content
    jobs.run_one("posts.make_series", workspace.pk, Series.objects.get().pk)
    return dict(made.json())


def test_a_series_gets_another_rhythm_and_ends_from_a_day_on(
    call_as: Calls, bob: User, carol: User, campaign: Campaign, workspace: Workspace
) -> None:
    call = call_as(bob)
    series = repeated(call, make_post("Rye", campaign, [engine.channel()]), workspace, count=4)
    path, first = f"/series/{series['id']}", clock.now().date() + timedelta(days=2)
    days = call_as(carol).get(f"{path}/dates").json()["items"]
    assert [one["date"] for one in days] == [f"{first + timedelta(days=number)}" for number in range(4)]
    assert all(one["post"] for one in days)
    assert call_as(carol).patch(path, {"time": "11:30"}).status_code == 403
    wrong = call.patch(path, {"every": 99, "last_date": f"{first}"})
    assert (wrong.status_code, set(wrong.json()["fields"])) == (422, {"every", "count"})
    Post.objects.filter(pk=days[1]["post"]).update(caption="Mine alone.")
    changed = call.patch(path, {"every": 2, "time": "11:30"})
    assert changed.status_code == 200, changed.content
    body = changed.json()
    assert (body["time"], body["every"], body["count"], body["first_date"]) == ("11:30", 2, 4, f"{first}")
    assert (body["changed"], len(body["left"])) == (3, 1)
    assert "changed on its own" in body["left"][0]
    assert Post.objects.filter(trashed_at=None).count() == 4
    assert call.patch(path, {"time": "12:30"}, If_Match='"0"').status_code == 412
    ended = call.post(f"{path}/end", {"start": f"{first + timedelta(days=2)}"}).json()
    assert (bool(ended["ended_at"]), ended["changed"], ended["left"]) == (True, 1, [])
    assert Post.objects.filter(status="cancelled").count() == 1
    assert call.patch(path, {"time": "12:30"}).status_code == 409


def test_what_one_post_says_is_carried_on_to_those_that_follow(
    call_as: Calls, bob: User, carol: User, campaign: Campaign, workspace: Workspace
) -> None:
    call, post = call_as(bob), make_post("Rye", campaign, [engine.channel()])
    alone = call.post(f"/posts/{post.pk}/carry-on")
    assert (alone.status_code, "not part of a series" in alone.json()["detail"]) == (409, True)
    repeated(call, post, workspace, count=3)
    first, *later = Post.objects.filter(series_date__isnull=False).order_by("series_date__date")
    assert call.patch(f"/posts/{first.pk}", {"caption": "Carried on."}).status_code == 200
    assert call_as(carol).post(f"/posts/{first.pk}/carry-on").status_code == 403
    assert not Post.objects.filter(pk__in=[one.pk for one in later], caption="Carried on.").exists()
    done = call.post(f"/posts/{first.pk}/carry-on").json()
    assert (done["changed"], done["left"], done["post"]) == (2, [], str(first.pk))
    assert Post.objects.filter(caption="Carried on.").count() == 3


def test_albums_are_made_filled_renamed_and_deleted(
    call_as: Calls, bob: User, carol: User, scope: Workspace
) -> None:
    call, picture = call_as(bob), make_asset()
    outer = call.post("/albums", {"name": "Spring"}).json()
    inner = call.post("/albums", {"name": "Rye", "parent": outer["id"]})
    assert (inner.status_code, inner.json()["parent"]) == (201, outer["id"])
    into = call.post(f"/media/{picture.pk}/albums", {"albums": [inner.json()["id"]]})
    assert into.status_code == 200, into.content
    listed = call.get(f"/media?album={inner.json()['id']}").json()["items"]
    assert [one["id"] for one in listed] == [str(picture.pk)]
    named = call.patch(f"/albums/{inner.json()['id']}", {"name": "Rye, slowly"}).json()
    assert (named["name"], named["parent"]) == ("Rye, slowly", outer["id"])
    assert call_as(carol).delete(f"/albums/{outer['id']}").status_code == 403
    assert [one["name"] for one in call_as(carol).get("/albums").json()["items"]] == ["Rye, slowly", "Spring"]
    assert call.delete(f"/albums/{outer['id']}").status_code == 204
    assert not Album.objects.exists()


def test_brands_are_made_and_changed_and_campaigns_copied(
    call_as: Calls, bob: User, carol: User, campaign: Campaign
) -> None:
    call = call_as(bob)
    made = call.post("/brands", {"name": "Moss & Co", "voice_tags": ["calm"], "colours": ["#f3a24a"]})
    assert (made.status_code, made.json()["voice_tags"]) == (201, ["calm"]), made.content
    changed = call.patch(f"/brands/{made.json()['id']}", {"about": "Plants."}, If_Match=made["ETag"]).json()
    assert (changed["about"], changed["colours"]) == ("Plants.", ["#f3a24a"])
    assert call.post("/brands", {"name": "Moss & Co"}).status_code == 422
    assert call_as(carol).post("/brands", {"name": "Mine"}).status_code == 403
    copy = call.post(f"/campaigns/{campaign.pk}/duplicate")
    assert (copy.status_code, copy.json()["name"]) == (201, f"Copy of {campaign.name}")
    assert (Brand.objects.count(), Campaign.objects.count()) == (2, 2)


def test_members_are_listed_by_name_and_role_for_any_credential(
    alice: User, bob: User, carol: User, mallory: User, workspace: Workspace
) -> None:
    narrow = by_token(make(workspace, alice, "media:read").secret)
    listed = narrow.get("/members").json()["items"]
    assert {(one["id"], one["role"]) for one in listed} == {
        (str(alice.pk), "owner"),
        (str(bob.pk), "editor"),
        (str(carol.pk), "viewer"),
    }
    assert {one["email"] for one in listed} == {None}, "Addresses are for tokens that are for members."
