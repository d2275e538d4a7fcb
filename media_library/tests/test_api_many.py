"""The calls for many things at once: done with those that allow it, and a reason for each of the others."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from aura.kit.testing_api import Caller
from media_library import operations
from media_library.models import AlbumAsset, Asset, AssetTag, Rendition
from media_library.selection import AT_MOST
from workspaces.models import Activity, Membership, User, Workspace
from workspaces.operation import SYSTEM
from workspaces.scope import use_workspace

pytestmark = pytest.mark.django_db
Calls = Callable[[User], Caller]


@pytest.fixture
def assets(workspace: Workspace, alice: User, bob: User) -> list[Asset]:
    """Two of Alice's and one of Bob's."""
    with use_workspace(workspace):
        return [
            Asset.objects.create(title=f"Picture {n}", status="ready", created_by=by)
            for n, by in enumerate((alice, alice, bob))
        ]


def named(assets: list[Asset], **more: Any) -> dict[str, Any]:
    return {"media": [str(asset.pk) for asset in assets], **more}


def reasons(answer: Any) -> list[str]:
    assert answer.status_code in {200, 202}, answer.content
    items = answer.json()["media"]
    assert answer.json()["changed"] == sum(one["changed"] for one in items)
    assert all(one["changed"] is not bool(one["reason"]) for one in items)
    return [one["reason"] for one in items]


def test_many_are_tagged_given_rights_and_put_into_an_album(
    call_as: Calls, bob: User, assets: list[Asset], in_scope: Any
) -> None:
    call = call_as(bob)
    with in_scope():
        operations.set_tags(assets[0], words=[f"tag {n}" for n in range(30)], by=SYSTEM)
    crowded, *others = reasons(call.post("/media/tag", named(assets, tags=["Rye"])))
    assert (crowded, others) == ("It would have more than 30 tags.", ["", ""])
    assert reasons(call.post("/media/untag", named(assets[1:], tags=["rye"]))) == ["", ""]
    assert reasons(call.post("/media/set-rights", named(assets, author="Ada", licence="CC0"))) == [""] * 3
    assert reasons(call.post("/media/set-rights", named(assets[:1], clear=["licence"]))) == [""]
    album = call.post("/albums", {"name": "Spring"})
    at = f"/albums/{album.json()['id']}"
    assert call.post(f"{at}/add", named(assets), If_Match='"x"').status_code == 412
    assert reasons(call.post(f"{at}/add", named(assets[:2]))) == ["", ""]
    assert reasons(call.post(f"{at}/take-out", named(assets[1:]))) == ["", "It is not in this album."]
    with in_scope():
        assert AssetTag.objects.filter(tag__name="rye").count() == 0
        rights = Asset.objects.order_by("id").values_list("author", "licence")
        assert list(rights) == [("Ada", ""), ("Ada", "CC0"), ("Ada", "CC0")]
        assert [one.asset_id for one in AlbumAsset.objects.all()] == [assets[0].pk]
        assert Activity.objects.filter(verb="media_library.set_rights", details__count=3).count() == 1


def test_what_others_made_is_left_to_whoever_may_and_the_rest_is_done(
    call_as: Calls, alice: User, bob: User, assets: list[Asset], in_scope: Any
) -> None:
    Membership.objects.filter(user=bob).update(role="contributor")
    theirs = "Somebody else made it; an editor can put it in the trash."
    body = named([assets[2], assets[0], assets[2]])
    assert reasons(call_as(bob).post("/media/trash", body)) == ["", theirs], "each once, in their order"
    assert reasons(call_as(bob).post("/media/trash", body)) == ["It is in the trash already.", theirs]
    assert reasons(call_as(alice).post("/media/trash", named(assets[:2]))) == ["", ""]
    back = reasons(call_as(bob).post("/media/restore", named(assets)))
    assert back == ["Somebody else made it; an editor can bring it back."] * 2 + [""]
    assert reasons(call_as(bob).post("/media/restore", named(assets[2:]))) == ["It is not in the trash."]
    with in_scope():
        assert [asset.trashed_at is None for asset in Asset.objects.order_by("id")] == [False, False, True]


def test_many_cuts_are_asked_for_and_what_is_no_picture_that_is_ready_says_so(
    call_as: Calls, bob: User, assets: list[Asset], in_scope: Any
) -> None:
    answer = call_as(bob).post("/media/fits", named(assets, places=["instagram-post"]))
    assert (answer.status_code, set(reasons(answer))) == (202, {"It is no picture that is ready."})
    with in_scope():
        assert not Rendition.objects.exists()


def test_what_is_named_wrongly_is_refused_and_nothing_is_done_with_any(
    call_as: Calls, alice: User, bob: User, carol: User, mallory: User, assets: list[Asset], in_scope: Any
) -> None:
    with in_scope():
        before = list(Asset.objects.order_by("id").values())
        entries = Activity.objects.count()
    unknown = str(uuid.uuid4())
    for wrong, sentence in (
        ([], "Name the things of the library that are meant."),
        (["rye"], "One of these is no id. Write a list of ids."),
        ([str(assets[0].pk), unknown], f"There is no {unknown} in the library. Leave it out."),
        ([unknown] * (AT_MOST + 1), "500 at once is the most. Send them in several calls."),
    ):
        refused = call_as(alice).post("/media/trash", {"media": wrong})
        assert (refused.status_code, refused.json()["fields"]) == (422, {"media": [sentence]})
    for path, body in (
        ("tag", {"tags": []}),
        ("set-rights", {}),
        ("set-rights", {"author": "Ada", "clear": ["author"]}),
        ("fits", {}),
    ):
        assert call_as(bob).post(f"/media/{path}", named(assets, **body)).status_code == 422, path
    for person, status in ((carol, 403), (mallory, 404)):
        for path in ("tag", "untag", "set-rights", "fits", "trash", "restore"):
            answer = call_as(person).post(f"/media/{path}", named(assets, tags=["rye"]))
            assert answer.status_code == status, path
    with in_scope():
        assert list(Asset.objects.order_by("id").values()) == before
        assert Activity.objects.count() == entries
