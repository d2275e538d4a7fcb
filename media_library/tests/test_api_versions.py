"""The calls of versions, edits and cuts: asked for, asked after, there; and what is refused changes nothing."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test.client import encode_multipart
from PIL import Image

from aura.kit import jobs
from aura.kit.testing_api import Caller
from media_library import operations
from media_library.models import Asset, AssetVersion, Rendition, StoredFile
from media_library.tests import pictures
from workspaces.models import Activity, User
from workspaces.operation import SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)
Calls = Callable[[User], Caller]


def send(call: Caller, path: str, content: bytes, *, part: str = "file", **more: Any) -> Any:
    body = encode_multipart("bread", {part: pictures.Named(content, "rye.jpg"), **more})
    return call("POST", path, body, kind="multipart/form-data; boundary=bread")


def changed() -> tuple[int, ...]:
    """What a refused call must not change."""
    rows = (Asset, AssetVersion, Rendition, StoredFile, Activity)
    return tuple(each.objects.count() for each in rows)


@pytest.fixture
def loaf(call_as: Calls, bob: User, work: Callable[[], int]) -> str:
    """The address of a picture that is ready."""
    sent = send(call_as(bob), "/media", pictures.encoded("JPEG", 600, 750, seed=1), part="media[]")
    work()
    return f"/media/{sent.json()['items'][0]['media']}"


def test_a_file_comes_as_the_next_version_and_an_older_one_is_shown_again(
    call_as: Calls, bob: User, loaf: str, work: Callable[[], int], in_scope: Any
) -> None:
    call = call_as(bob)
    sent = send(call, f"{loaf}/versions", pictures.encoded("PNG", 300, 200, seed=2))
    assert (sent.status_code, sent.json()["status"], sent.json()["is_shown"]) == (201, "pending", False)
    assert sent["Location"] == f"/w/barrow-rye/api/v1{loaf}/versions/{sent.json()['id']}"
    work()
    made = call.get(f"{loaf}/versions/{sent.json()['id']}")
    assert (made.json()["status"], made.json()["is_shown"], made.json()["number"]) == ("ready", True, 2)
    assert call.get(loaf).json()["width"] == 300
    newer, older = call.get(f"{loaf}/versions").json()["items"]
    assert (newer["id"], older["number"], older["is_shown"]) == (sent.json()["id"], 1, False)
    stale = call.post(f"{loaf}/versions/{older['id']}/show", If_Match=made["ETag"])
    assert stale.status_code == 412
    assert call.get(loaf).json()["width"] == 300
    assert call.post(f"{loaf}/versions/{older['id']}/show").json()["width"] == 600
    with in_scope():
        before = changed()
    assert call.post(f"{loaf}/versions/{older['id']}/show").status_code == 409
    assert call.post(f"{loaf}/versions/{older['id']}/retry").status_code == 409
    assert call.delete(f"{loaf}/versions/{older['id']}").status_code == 409
    assert list(call.post(f"{loaf}/versions", {}).json()["fields"]) == ["file"]
    with in_scope():
        assert changed() == before


def test_a_picture_is_edited_and_the_edit_is_read_as_it_was_asked_for(
    call_as: Calls, bob: User, loaf: str, work: Callable[[], int], in_scope: Any
) -> None:
    call = call_as(bob)
    with in_scope():
        before = changed()
    for wrong, member in (
        ({"turn": 45}, "turn"),
        ({"turn": "90"}, "turn"),
        ({"left": 60, "width": 60}, ""),
        ({"words": "x" * 81}, "words"),
        ({}, ""),
    ):
        refused = call.post(f"{loaf}/edit", wrong)
        assert (refused.status_code, list(refused.json()["fields"])) == (422, [member])
    with in_scope():
        assert changed() == before
    made = call.post(f"{loaf}/edit", {"width": 50, "turn": 90})
    assert (made.status_code, made.json()["status"]) == (201, "pending")
    work()
    body = call.get(f"{loaf}/versions/{made.json()['id']}").json()
    assert (body["is_shown"], body["width"], body["height"]) == (True, 750, 300)
    assert body["edit"] | {"width": 50.0, "height": 100.0, "turn": 90, "words": ""} == body["edit"]
    again = call.post(f"{loaf}/edit", {"words": "Fridays"}).json()
    assert (again["edit"]["turn"], again["made_from"]) == (90, body["made_from"]), "what is not sent stays"
    assert call.delete(f"{loaf}/versions/{again['id']}").status_code == 204, "it is not made yet"
    assert call.get(f"{loaf}/versions").json()["total"] == 2


def test_cuts_are_asked_for_polled_downloaded_and_stopped(
    call_as: Calls, bob: User, loaf: str, in_scope: Any
) -> None:
    call = call_as(bob)
    asked = call.post(f"{loaf}/fits", {"places": ["instagram-post", "web-1080-webp"]})
    assert asked.status_code == 202
    waiting = {one["place"]: one for one in asked.json()["items"] if one["waits"]}
    assert set(waiting) == {"instagram-post", "web-1080-webp"}
    early = call.get(f"{loaf}/renditions/{waiting['instagram-post']['id']}/file")
    assert early.status_code == 409
    for workspace_id, pk in jobs.REGISTRY["media_library.make_fit"].find(100):
        jobs.run_one("media_library.make_fit", workspace_id, pk)
    made = {one["place"]: one for one in call.get(f"{loaf}/renditions").json()["items"] if one["place"]}
    assert (made["instagram-post"]["status"], made["web-1080-webp"]["status"]) == ("ready", "failed")
    file = call.get(f"{loaf}/renditions/{made['instagram-post']['id']}/file")
    with Image.open(io.BytesIO(file.getvalue())) as picture:
        assert (file["Content-Type"], picture.size) == ("image/jpeg", (600, 750))
    failed = call.get(f"{loaf}/renditions/{made['web-1080-webp']['id']}/file")
    assert (failed.status_code, failed.json()["detail"]) == (409, made["web-1080-webp"]["failure"])
    moved = call.post(f"{loaf}/focal-point", {"across": 20, "down": 30.5})
    assert moved.json()["focal_point"] == {"across": 20.0, "down": 30.5, "by_hand": True}
    anew = {one["place"]: one for one in call.get(f"{loaf}/renditions").json()["items"]}["instagram-post"]
    assert (anew["status"], anew["waits"]) == ("ready", True), "the one that is there is served until then"
    stopped = call.post(f"{loaf}/fits/stop").json()["items"]
    assert not [one for one in stopped if one["waits"]]
    with in_scope():
        before = changed()
    for path, body in (("fits", {}), ("fits", {"places": ["nowhere"]}), ("focal-point", {"across": 101})):
        assert call.post(f"{loaf}/{path}", body).status_code == 422
    with in_scope():
        assert changed() == before


def test_bytes_that_are_here_are_kept_once_more_where_a_program_says_so(
    call_as: Calls, bob: User, loaf: str, in_scope: Any
) -> None:
    call, same = call_as(bob), pictures.encoded("JPEG", 600, 750, seed=1)
    known = send(call, "/media", same, part="media[]").json()["items"][0]
    assert (known["outcome"], f"/media/{known['media']}") == ("already", loaf)
    twice = [
        send(call, "/media", same, part="media[]", keep_both="true", upload_key="again").json()["items"][0]
        for _ in range(2)
    ]
    assert [one["outcome"] for one in twice] == ["added", "added"]
    assert twice[0]["media"] == twice[1]["media"] != known["media"]
    copy = call.post(f"{loaf}/versions/{known['version']}/keep-both", {"name": "copy.jpg"})
    assert (copy.status_code, copy.json()["title"]) == (201, "Copy")
    assert copy["Location"].endswith(f"/media/{copy.json()['id']}")
    with in_scope():
        assert (Asset.objects.count(), StoredFile.objects.count()) == (3, 1)


def test_what_could_not_be_read_is_tried_again_and_what_is_in_the_trash_is_deleted_for_good(
    call_as: Calls, alice: User, bob: User, loaf: str, work: Callable[[], int], in_scope: Any
) -> None:
    call, admin = call_as(bob), call_as(alice)
    assert call.post(f"{loaf}/retry").status_code == 409
    with in_scope():
        Asset.objects.update(status="failed", failure="It broke off.")
    assert call.get(loaf).json()["failure"] == "It broke off."
    again = call.post(f"{loaf}/retry")
    assert (again.status_code, again.json()["status"], again.json()["failure"]) == (202, "pending", "")
    work()
    assert call.get(loaf).json()["status"] == "ready"
    assert admin.post("/media/remake-renditions", {"which": "missing"}).status_code == 422
    assert admin.post("/media/remake-renditions", {"which": "all"}).json() == {
        "media": 1,
        "cuts": 0,
        "waiting": 0,
    }
    work()
    assert admin.post(f"{loaf}/purge").status_code == 409, "it is not in the trash"
    assert call.delete(loaf).status_code == 204
    assert call.post(f"{loaf}/purge").status_code == 403, "an admin's"
    assert admin.get(loaf).status_code == 200
    assert admin.post(f"{loaf}/purge").status_code == 204
    assert admin.get(loaf).status_code == 404


def test_viewers_and_strangers_change_no_version_and_contributors_take_back_their_own_alone(
    call_as: Calls, bob: User, carol: User, mallory: User, loaf: str, workspace: Any, in_scope: Any
) -> None:
    with in_scope():
        asset = Asset.objects.get()
        coming = operations.edit_picture(asset, recipe={"turn": 90}, by=SYSTEM)
        before = changed()
    own = f"{loaf}/versions/{coming.pk}"
    for person, status in ((carol, 403), (mallory, 404)):
        call = call_as(person)
        assert send(call, f"{loaf}/versions", pictures.encoded(seed=2)).status_code == status
        for path in (f"{loaf}/edit", f"{loaf}/fits", f"{loaf}/fits/stop", f"{own}/show", f"{own}/retry"):
            assert call.post(path, {}).status_code == status, path
        assert call.delete(own).status_code == status
    workspace.memberships.filter(user=bob).update(role="contributor")
    assert call_as(bob).delete(own).status_code == 409, "somebody else made it"
    with in_scope():
        assert changed() == before
