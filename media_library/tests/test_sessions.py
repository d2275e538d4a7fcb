"""Uploads in parts (tus 1.0): they go on where they were, belong to one person, and leave nothing behind."""

from __future__ import annotations

import base64
import io
import zipfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.db import connections

from aura.kit import clock, jobs
from media_library import operations
from media_library.models import Asset, FileDeletion, StoredFile, UploadSession
from media_library.tests import pictures

pytestmark = pytest.mark.django_db(transaction=True)
TUS = {"Tus-Resumable": "1.0.0"}
PART = "application/offset+octet-stream"


def told(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.fixture
def place(workspace):
    return f"/w/{workspace.slug}/media/upload/parts/"


@pytest.fixture
def begin(place):
    """Open an upload in parts and return its address."""

    def go(client, data: bytes, name: str = "rye loaf.jpg", key: str = "k", **more):
        metadata = ",".join(
            f"{field} {told(text)}" for field, text in {"filename": name, "upload_key": key}.items()
        )
        headers = {**TUS, "Upload-Length": str(len(data)), "Upload-Metadata": metadata, **more}
        answer = client.post(place, headers=headers)
        assert answer.status_code == 201, answer.content
        return answer["Location"]

    return go


def patch(client, address, data: bytes, at: int, **more):
    headers = {**TUS, "Upload-Offset": str(at), **more}
    return client.patch(address, data, content_type=PART, headers=headers)


def test_a_file_arrives_in_parts_and_is_taken_like_any_other(bob, client_of, begin, work, scope, stored_keys):
    client, data = client_of(bob), pictures.encoded(width=900, height=600)
    address = begin(client, data)
    half = len(data) // 2
    first = patch(client, address, data[:half], 0)
    assert (first.status_code, first["Upload-Offset"], first["Tus-Resumable"]) == (204, str(half), "1.0.0")
    asked = client.head(address, headers=TUS)
    assert (asked["Upload-Offset"], asked["Upload-Length"]) == (str(half), str(len(data)))
    assert asked["Cache-Control"] == "no-store"
    assert not Asset.objects.exists()
    last = patch(client, address, data[half:], half, **{"HX-Request": "true"})
    assert last.status_code == 200
    assert "Added" in last.content.decode()
    asset = Asset.objects.get()
    assert (asset.title, asset.created_by, asset.upload_key) == ("Rye loaf", bob, "k")
    work()
    asset.refresh_from_db()
    assert asset.status == "ready"
    assert not UploadSession.objects.exists()
    assert not any(key.endswith(".chunk") for key in stored_keys())
    assert client.head(address, headers=TUS).status_code == 404


def test_another_client_gets_204_at_the_end_or_the_refusal(bob, client_of, begin, scope):
    client, data = client_of(bob), pictures.encoded()
    assert patch(client, begin(client, data), data, 0).status_code == 204
    refused = patch(client, begin(client, b"\x7fELF\0\1\2\0", key="j"), b"\x7fELF\0\1\2\0", 0)
    assert refused.status_code == 422
    assert "Aura takes" in refused.content.decode()
    assert Asset.objects.count() == 1


def test_a_part_that_does_not_follow_is_refused_and_nothing_is_lost(bob, client_of, begin, scope):
    client, data = client_of(bob), pictures.encoded()
    address = begin(client, data)
    patch(client, address, data[:100], 0)
    for at in (0, 99, 200):
        answer = patch(client, address, data[at:], at)
        assert answer.status_code == 409
        assert "100 bytes are here" in answer.content.decode()
    too_much = patch(client, address, data[100:] + b"x", 100)
    assert too_much.status_code == 409
    assert UploadSession.objects.get().received == 100
    assert patch(client, address, data[100:], 100).status_code == 204
    assert StoredFile.objects.get().size == len(data)


@pytest.mark.race
def test_of_parts_for_the_same_place_one_is_kept(bob, client_of, begin, in_scope):
    data = pictures.encoded()
    clients = [client_of(bob) for _ in range(6)]
    address = begin(clients[0], data)

    def send(client) -> int:
        try:
            return patch(client, address, data[:50], 0).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        assert Counter(pool.map(send, clients)) == {204: 1, 409: 5}
    with in_scope():
        assert UploadSession.objects.get().received == 50
    assert patch(clients[0], address, data[50:], 50).status_code == 204


def test_an_answer_that_was_lost_can_be_asked_for_again(bob, client_of, begin, scope, monkeypatch):
    def broken(*args, **kwargs):
        raise OSError("the power went")

    client, data = client_of(bob), pictures.encoded()
    client.raise_request_exception = False
    address = begin(client, data)
    with monkeypatch.context() as patched:
        patched.setattr("media_library.operations.uploads.store", broken)
        assert patch(client, address, data, 0).status_code == 500
    assert client.head(address, headers=TUS)["Upload-Offset"] == str(len(data))
    again = patch(client, address, b"", len(data), **{"HX-Request": "true"})
    assert "Added" in again.content.decode()
    assert Asset.objects.count() == 1


def test_a_zip_in_parts_is_unpacked(bob, client_of, begin, scope):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for seed in (1, 2):
            archive.writestr(f"{seed}.jpg", pictures.encoded(seed=seed))
    client, data = client_of(bob), out.getvalue()
    answer = patch(client, begin(client, data, "loaves.zip"), data, 0, **{"HX-Request": "true"})
    assert answer.content.decode().count("Added") == 2


def test_an_upload_in_parts_is_nobody_elses(bob, alice, carol, mallory, client_of, begin, scope):
    data = pictures.encoded()
    address = begin(client_of(bob), data)
    for person, status in ((alice, 404), (carol, 403), (mallory, 404)):
        client = client_of(person)
        assert client.head(address, headers=TUS).status_code == status
        assert patch(client, address, data, 0).status_code == status
        assert client.delete(address, headers=TUS).status_code == status
    assert UploadSession.objects.get().received == 0


def test_a_viewer_opens_none_and_nobody_without_the_token(carol, bob, client_of, place, scope):
    headers = {**TUS, "Upload-Length": "10"}
    assert client_of(carol).post(place, headers=headers).status_code == 403
    strict = client_of(bob)
    strict.handler.enforce_csrf_checks = True
    assert strict.post(place, headers=headers).status_code == 403
    assert not UploadSession.objects.exists()


def test_what_expires_is_cleared_away_with_its_parts(bob, client_of, begin, work, scope, stored_keys):
    client, data = client_of(bob), pictures.encoded()
    address = begin(client, data)
    patch(client, address, data[:100], 0)
    assert len(stored_keys()) == 1
    UploadSession.objects.update(due_at=clock.now() - timedelta(seconds=1))
    assert client.head(address, headers=TUS).status_code == 404
    due = jobs.REGISTRY["media_library.drop_session"]
    assert [jobs.run_one(due.name, *pair) for pair in due.find(10)] == [True]
    work()
    assert not UploadSession.objects.exists()
    assert stored_keys() == set()
    assert not FileDeletion.objects.exists()


def test_what_is_given_up_goes_at_once(bob, client_of, begin, work, scope, stored_keys):
    client, data = client_of(bob), pictures.encoded()
    address = begin(client, data)
    patch(client, address, data[:100], 0)
    assert client.delete(address, headers=TUS).status_code == 204
    work()
    assert stored_keys() == set()


def test_a_part_killed_before_its_row_goes_by_itself(bob, client_of, begin, scope, stored_keys, monkeypatch):
    def broken(*args, **kwargs):
        raise OSError("the power went")

    client, data = client_of(bob), pictures.encoded()
    client.raise_request_exception = False
    address = begin(client, data)
    with monkeypatch.context() as patched:
        patched.setattr(
            "media_library.operations.sessions.failpoint", lambda name: name == "part.after_file" and broken()
        )
        assert patch(client, address, data[:100], 0).status_code == 500
    assert set(FileDeletion.objects.values_list("key", flat=True)) == stored_keys()
    assert patch(client, address, data[:100], 0).status_code == 204


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Upload-Length": "10"}, 412),
        ({**TUS}, 400),
        ({**TUS, "Upload-Length": "-1"}, 400),
        ({**TUS, "Upload-Length": "ten"}, 400),
        ({**TUS, "Upload-Length": "0"}, 422),
        ({**TUS, "Upload-Length": "999999999999"}, 413),
        ({**TUS, "Upload-Length": "10", "Upload-Metadata": "filename !!!"}, 400),
        ({**TUS, "Upload-Length": "10", "Upload-Metadata": f"upload_key {told('k' * 65)}"}, 422),
        ({**TUS, "Upload-Length": "10", "Upload-Metadata": f"upload_key {told('k' + chr(0))}"}, 422),
    ],
)
def test_what_cannot_be_an_upload_is_refused(bob, client_of, place, scope, headers, status):
    assert client_of(bob).post(place, headers=headers).status_code == status
    assert not UploadSession.objects.exists()


def test_the_protocol_says_what_it_speaks(bob, client_of, place):
    answer = client_of(bob).options(place)
    assert (answer.status_code, answer["Tus-Version"]) == (204, "1.0.0")
    assert "creation" in answer["Tus-Extension"]


def test_a_part_is_sent_as_the_protocol_says_and_is_not_too_large(bob, client_of, begin, scope):
    client, data = client_of(bob), b"x" * 17_000_000
    address = begin(client, data)
    form = client.patch(address, data[:10], content_type="text/plain", headers={**TUS, "Upload-Offset": "0"})
    assert form.status_code == 415
    assert patch(client, address, data[:16_500_000], 0).status_code == 413
    assert UploadSession.objects.get().received == 0


def test_nobody_opens_uploads_without_end(bob, client_of, place, scope, monkeypatch):
    monkeypatch.setattr(operations.sessions, "OPEN_AT_MOST", 2)
    headers = {**TUS, "Upload-Length": "10"}
    statuses = [client_of(bob).post(place, headers=headers).status_code for _ in range(3)]
    assert statuses == [201, 201, 409]


def test_what_is_under_way_in_parts_fits_into_the_quota(bob, alice, client_of, place, scope, settings):
    settings.AURA_MEDIA_QUOTA_MB = 1
    headers = {**TUS, "Upload-Length": "600000"}
    first = client_of(bob).post(place, headers=headers)
    second = client_of(alice).post(place, headers=headers)
    assert (first.status_code, second.status_code) == (201, 413)
    assert "This is 600 kB, and the workspace has 400 kB left of its 1 MB." in second.content.decode()
    assert client_of(bob).delete(first["Location"], headers=TUS).status_code == 204
    assert client_of(alice).post(place, headers=headers).status_code == 201


def test_the_last_part_sent_twice_says_what_to_do_when_the_other_has_taken_it_in(
    bob, client_of, begin, scope
):
    client, data = client_of(bob), pictures.encoded()
    address = begin(client, data)
    patch(client, address, data[:100], 0)
    for key in UploadSession.objects.get().parts:
        default_storage.delete(key)
    answer = patch(client, address, data[100:], 100)
    assert answer.status_code == 409
    assert "Upload the file once more." in answer.content.decode()
    assert not Asset.objects.exists()
