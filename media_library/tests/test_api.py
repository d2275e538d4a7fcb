"""The calls of the library: files in and out, words, what is refused, and that nothing happened then."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.client import encode_multipart
from django.test.utils import CaptureQueriesContext

from aura.kit.testing_api import Caller
from media_library import operations
from media_library.models import Asset, StoredFile
from media_library.tests import pictures
from media_library.tests.test_pages import make_assets
from workspaces.models import Activity, User

pytestmark = pytest.mark.django_db(transaction=True)
BOUNDARY = "bread"
Calls = Callable[[User], Caller]


def send(call: Caller, files: dict[str, bytes], *, headers: dict[str, str] | None = None, **more: Any) -> Any:
    parts = [pictures.Named(content, name) for name, content in files.items()]
    body = encode_multipart(BOUNDARY, {"media[]": parts, **more})
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    return call("POST", "/media", body, kind=kind, **(headers or {}))


def outcomes(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 201, answer.content
    return [(one["name"], one["outcome"]) for one in answer.json()["items"]]


def packed(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_a_picture_comes_in_is_read_named_tagged_and_goes_out_without_what_is_private(
    call_as: Calls, bob: User, work: Callable[[], int], in_scope: Callable[[], Any]
) -> None:
    call = call_as(bob)
    answer = send(call, {"rye.jpg": pictures.private("JPEG")})
    assert outcomes(answer) == [("rye.jpg", "added")]
    path = f"/media/{answer.json()['items'][0]['media']}"
    early = call.get(f"{path}/file")
    assert (early.status_code, early.json()["code"]) == (409, "CONFLICT")
    work()
    found = call.get(path)
    body = found.json()
    assert (body["status"], body["kind"], body["media_type"], body["original_name"]) == (
        "ready",
        "image",
        "image/jpeg",
        "rye.jpg",
    )
    changed = call.patch(path, {"alt_text": "A dark loaf.", "licence": "CC BY 4.0"}, If_Match=found["ETag"])
    assert (changed.json()["alt_text"], changed.json()["title"]) == ("A dark loaf.", body["title"])
    assert call.post(f"{path}/tags", {"tags": ["Rye", "spring"]}).json()["tags"] == ["rye", "spring"]
    file = call.get(f"{path}/file")
    assert (file.status_code, file["Content-Type"]) == (200, "image/jpeg")
    assert pictures.SECRET_PLACE not in file.getvalue()
    part = call.get(f"{path}/file", Range="bytes=0-9")
    assert (part.status_code, len(part.getvalue())) == (206, 10)
    head = call("HEAD", f"{path}/file")
    assert (head.status_code, head.getvalue(), head["Content-Length"]) == (200, b"", file["Content-Length"])
    made = call.get(f"{path}/renditions").json()["items"]
    assert {one["preset"] for one in made} >= {"thumb", "web", "clean"}
    assert {one["status"] for one in made} == {"ready"}
    assert call.get(f"{path}/uses").json() == {"items": [], "total": 0}
    assert [one["id"] for one in call.get("/media?q=loaf&tag=rye").json()["items"]] == [body["id"]]
    assert call.get("/media?tag=rye&tag=wheat").json()["items"] == []


def test_many_files_are_each_answered_and_the_same_bytes_are_kept_once(
    call_as: Calls, bob: User, in_scope: Callable[[], Any]
) -> None:
    call = call_as(bob)
    rye, crumb = pictures.encoded(seed=1), pictures.encoded("PNG", seed=2)
    several = {
        "rye.jpg": rye,
        "again.jpg": rye,
        "bad.bin": b"\x7fELF\x02\x01" + bytes(64),
        "more.zip": packed({"crumb.png": crumb, "rye.jpg": rye}),
    }
    answer = send(call, several)
    assert outcomes(answer) == [
        ("rye.jpg", "added"),
        ("again.jpg", "already"),
        ("bad.bin", "refused"),
        ("crumb.png", "added"),
        ("rye.jpg", "already"),
    ]
    assert answer.json()["items"][2]["sentence"]
    with in_scope():
        assert Asset.objects.count() == StoredFile.objects.count() == 2


def test_no_file_of_an_upload_has_the_key_of_another_one(
    call_as: Calls, bob: User, in_scope: Callable[[], Any]
) -> None:
    call, seen = call_as(bob), iter(range(1, 9))
    key = "k" * 63  # as long as they may be, but for what tells two of them apart
    for last in ("1", "2"):
        zipped = packed({f"{n}.png": pictures.encoded("PNG", seed=next(seen)) for n in (1, 2)})
        files = {"more.zip": zipped, "rye.jpg": pictures.encoded(seed=next(seen))}
        for _ in range(2):
            answer = send(call, files, upload_key=key + last)
            assert [outcome for _, outcome in outcomes(answer)] == ["added"] * 3, answer.content
    with in_scope():
        assert Asset.objects.count() == 6


def test_an_upload_that_is_sent_again_brings_nothing_new(
    call_as: Calls, bob: User, in_scope: Callable[[], Any]
) -> None:
    call = call_as(bob)
    rye = {"rye.jpg": pictures.encoded(seed=1)}
    first, second = (send(call, rye, headers={"Idempotency-Key": "loaf-1"}) for _ in range(2))
    assert first.json() == second.json()
    assert second["Idempotent-Replayed"] == "true"
    other = send(call, {"rye.jpg": pictures.encoded(seed=2)}, headers={"Idempotency-Key": "loaf-1"})
    assert other.status_code == 422
    with in_scope():
        assert Asset.objects.count() == 1


def test_what_cannot_be_taken_is_refused_and_leaves_nothing(
    call_as: Calls, bob: User, settings: Any, in_scope: Callable[[], Any], stored_keys: Callable[[], set[str]]
) -> None:
    call = call_as(bob)
    refused = send(call, {"bad.bin": b"\x7fELF\x02\x01" + bytes(64)})
    assert (refused.status_code, list(refused.json()["fields"])) == (422, ["media"])
    assert call.post("/media", {}).json()["fields"] == {"media": ["Choose a file first."]}
    unknown = send(call, {"rye.jpg": pictures.encoded()}, colour="red")
    assert (unknown.status_code, list(unknown.json()["fields"])) == (422, ["colour"])
    for day in ("0", "2026-3-9", "20260309", "2026-03-09T00:00:00"):
        no_day = call.get(f"/media?added_to={day}")
        assert (no_day.status_code, no_day.json()["fields"]) == (
            422,
            {"added_to": ["Write the day as 2026-03-09."]},
        )
    private = call.post("/media/from-address", {"address": "http://169.254.169.254/latest/rye.jpg"})
    assert private.status_code in {409, 422}, private.content
    with in_scope():
        assert not Asset.objects.exists()
        assert not StoredFile.objects.exists()
        assert not Activity.objects.filter(verb__startswith="media_library").exists()
    assert stored_keys() == set()


def test_viewers_and_strangers_bring_nothing(
    call_as: Calls, carol: User, mallory: User, in_scope: Callable[[], Any]
) -> None:
    for person, status in ((carol, 403), (mallory, 404)):
        call = call_as(person)
        assert send(call, {"rye.jpg": pictures.encoded()}).status_code == status
        assert call.post("/media/words", {"kind": "headline", "body": "Rye"}).status_code == status
    with in_scope():
        assert not Asset.objects.exists()


def test_words_are_kept_changed_downloaded_thrown_away_and_brought_back(call_as: Calls, bob: User) -> None:
    call = call_as(bob)
    made = call.post("/media/words", {"kind": "headline", "body": "Dark crumb, slow rye"})
    assert (made.status_code, made.json()["title"]) == (201, "Dark crumb, slow rye")
    path = f"/media/{made.json()['id']}"
    assert made["Location"].endswith(path)
    assert call.patch(f"{path}/words", {"body": "Slow rye"}).json()["body"] == "Slow rye"
    assert call.get(f"{path}/file").content == b"Slow rye"
    assert call.patch(f"{path}/words", {"body": ""}).status_code == 422
    assert call.patch(f"{path}/words", {"expires_date": None}).json()["expires_date"] is None
    empty = call.patch(f"{path}/words", {"expires_date": ""})
    assert empty.json()["fields"] == {"expires_date": ["Write the day as 2026-03-09."]}
    stale = call.patch(path, {"title": "Lost"}, If_Match=made["ETag"])
    assert (stale.status_code, stale.json()["code"]) == (412, "STALE_VERSION")
    assert call.get(path).json()["title"] == "Dark crumb, slow rye"
    assert call.delete(path).status_code == 204
    assert call.delete(path).status_code == 409
    assert call.get("/media").json()["items"] == []
    assert [one["id"] for one in call.get("/media?state=trash").json()["items"]] == [made.json()["id"]]
    assert call.post(f"{path}/restore").json()["trashed_at"] is None


def test_a_file_is_no_words(call_as: Calls, bob: User, in_scope: Callable[[], Any]) -> None:
    call = call_as(bob)
    pk = send(call, {"rye.jpg": pictures.encoded()}).json()["items"][0]["media"]
    assert call.patch(f"/media/{pk}/words", {"body": "Rye"}).status_code == 409
    with in_scope():
        assert Asset.objects.get(pk=pk).body == ""


def test_a_list_costs_the_same_for_two_and_for_twenty_and_is_walked_by_its_cursor(
    call_as: Calls, bob: User, in_scope: Callable[[], Any]
) -> None:
    call, costs = call_as(bob), []
    for more in (2, 18):
        with in_scope():
            made = make_assets(more)
            operations.set_tags(made[0], words=["rye"], by=bob)
        call.get("/media")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert len(call.get("/media").json()["items"]) == min(more + (2 if more > 2 else 0), 25)
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 12
    seen: list[str] = []
    page = call.get("/media?limit=7&sort=name").json()
    while True:
        seen += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        page = call.get(f"/media?limit=7&sort=name&cursor={page['next']}").json()
    assert len(seen) == len(set(seen)) == 20
