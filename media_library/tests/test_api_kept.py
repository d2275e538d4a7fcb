"""The calls of what people keep beside the library: saved filters, and which pictures that look alike are different."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aura.kit.testing_api import Caller
from media_library.models import Asset, NotDuplicate, SavedFilter
from media_library.tests.test_pairs import hashed
from workspaces.models import Membership, User

pytestmark = pytest.mark.django_db
Calls = Callable[[User], Caller]
SPRING = {"name": "Spring", "query": "kind=image&tag=spring", "is_shared": False}


def test_a_filter_is_kept_for_oneself_or_for_everybody_and_deleted(
    call_as: Calls, alice: User, bob: User, carol: User, mallory: User, in_scope: Any
) -> None:
    call = call_as(carol)
    made = call.post("/media/filters", SPRING)
    assert (made.status_code, made.json()["query"]) == (201, "kind=image&tag=spring"), "a viewer's own"
    path = f"/media/filters/{made.json()['id']}"
    assert made["Location"].endswith(path)
    assert call.get(path).json() == made.json()
    for other in (alice, bob, mallory):
        assert call_as(other).get(path).status_code == 404
        assert call_as(other).delete(path).status_code == 404
    everything = (
        "kind=image&kind=video&tag=rye&colour=brown&shape=square&fits=link-card&scale=large&weight=light&wide=1080"
        "&high=1080&added_from=2026-03-01&added_to=2026-03-31&used_since=2026-03-02&used=ever&flaw=expired&sort=name"
    )
    again = call.post("/media/filters", {**SPRING, "query": f"?{everything}&view=list", "is_shared": True})
    assert (again.json()["id"], again.json()["query"]) == (made.json()["id"], everything), "by its name"
    assert call.get(f"/media?{everything}").status_code == 200, "what is kept can be asked for"
    refused = call.get("/media?kind=image&kind=loud")
    assert (refused.status_code, list(refused.json()["fields"])) == (422, ["kind"])
    assert [one["name"] for one in call_as(bob).get("/media/filters").json()["items"]] == ["Spring"]
    Membership.objects.filter(user=bob).update(role="contributor")
    assert call_as(bob).delete(path).status_code == 403, "an editor's"
    for wrong, member in (
        ({"query": ""}, "query"),
        ({"query": "colour=loud"}, "query"),
        ({"name": ""}, "name"),
    ):
        refused = call.post("/media/filters", {**SPRING, **wrong})
        assert (refused.status_code, list(refused.json()["fields"])) == (422, [member])
    with in_scope():
        assert SavedFilter.objects.count() == 1
    assert call_as(alice).delete(path, If_Match='"dead"').status_code == 412
    assert call_as(alice).delete(path).status_code == 204
    with in_scope():
        assert not SavedFilter.objects.exists()


@pytest.fixture
def alike(in_scope: Any) -> tuple[Asset, Asset, Asset]:
    """Two that look the same, and one that looks a little like them."""
    with in_scope():
        one, same, near = (
            hashed(title, 0xFFFF_0000_FFFF_0000 ^ bits, status="ready", kind="image")
            for title, bits in (("Rye", 0), ("Rye again", 0b11), ("Crust", 0b1_1111_1111))
        )
    return one, same, near


def test_look_alikes_are_listed_and_kept_apart_for_good(
    call_as: Calls, bob: User, alike: tuple[Asset, Asset, Asset]
) -> None:
    call, (one, same, _) = call_as(bob), alike
    found = call.get(f"/media/{one.pk}/look-alikes").json()["items"]
    assert [(item["title"], item["apart"], item["is_different"]) for item in found] == [
        ("Rye again", 2, False),
        ("Crust", 9, False),
    ]
    pairs = call.get("/media/look-alikes").json()
    assert pairs == {"items": [{"newer": str(same.pk), "older": str(one.pk), "apart": 2}], "next": None}
    assert call.get("/media/look-alikes?cursor=rye").status_code == 422
    assert call.get(f"/media/look-alikes?cursor={one.pk}").json() == {"items": [], "next": None}
    for _ in range(2):
        assert call.post(f"/media/{one.pk}/mark-different", {"other": str(same.pk)}).status_code == 204
    assert call.get("/media/look-alikes").json()["items"] == []
    assert call.get(f"/media/{one.pk}/look-alikes").json()["items"][0]["is_different"] is True


def test_who_may_not_keeps_no_pictures_apart(
    call_as: Calls, bob: User, carol: User, mallory: User, alike: tuple[Asset, Asset, Asset], in_scope: Any
) -> None:
    one, same, _ = alike
    path, body = f"/media/{one.pk}/mark-different", {"other": str(same.pk)}
    assert call_as(carol).post(path, body).status_code == 403
    assert call_as(mallory).post(path, body).status_code == 404
    assert call_as(bob).post(path, {"other": str(one.pk)}).status_code == 409, "one and the same"
    assert list(call_as(bob).post(path, {}).json()["fields"]) == ["other"]
    with in_scope():
        assert not NotDuplicate.objects.exists()
