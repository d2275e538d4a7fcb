"""Uploads past Aura to the object store (trust.md U10) over a real S3 protocol; and where there is none."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from datetime import timedelta
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from django.conf import settings as django_settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from aura.kit import clock, jobs
from aura.kit.direct import copy_within, form_for, take_over
from aura.kit.problems import Refused
from aura.kit.testing import just_now
from media_library import operations
from media_library.models import Asset, FileDeletion, StoredFile, UploadSession
from media_library.tests import pictures

pytestmark = pytest.mark.django_db(transaction=True)
HTMX = {"HX-Request": "true"}


def with_s3(test):
    """Run a test where AURA_STORAGE=s3 names a store (make check starts a stand-in)."""
    skip = pytest.mark.skipif(django_settings.AURA_STORAGE != "s3", reason="AURA_STORAGE is not s3")
    return pytest.mark.s3(skip(test))


@pytest.fixture
def place(workspace):
    return f"/w/{workspace.slug}/media/upload/direct/"


@pytest.fixture
def begin(place):
    """Open an upload past Aura and return what the page's script gets."""

    def go(client, size: int, name: str = "rye loaf.jpg", key: str = "k"):
        answer = client.post(place, {"filename": name, "size": size, "upload_key": key}, headers=HTMX)
        assert answer.status_code == 200, answer.content
        return answer.json()

    return go


def post(begun, data: bytes, **other: str) -> int:
    """Post a file as a browser does, with other fields in place of the form's; return the status."""
    out, line = io.BytesIO(), b"--bound\r\n"
    for name, text in {**begun["fields"], **other}.items():
        out.write(line + f'Content-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'.encode())
    out.write(line + b'Content-Disposition: form-data; name="file"; filename="a.jpg"\r\n')
    out.write(b"Content-Type: image/jpeg\r\n\r\n" + data + b"\r\n--bound--\r\n")
    headers = {"Content-Type": "multipart/form-data; boundary=bound"}
    try:
        with urlopen(Request(begun["url"], out.getvalue(), headers, method="POST"), timeout=30) as answer:
            return int(answer.status)
    except HTTPError as problem:
        return problem.code


def put(key: str, data: bytes) -> None:
    """Put bytes under a key, whatever lies there: what a store does that asks no form's policy."""
    default_storage.bucket.put_object(Key=key, Body=data)


def finish(client, begun, **more):
    return client.post(begun["finish"], {"upload_key": "k"}, headers=HTMX, **more)


def policy_of(begun) -> dict:
    return json.loads(base64.b64decode(begun["fields"]["policy"]))


@pytest.fixture
def delete_what_is_due(work):
    """Delete what is queued to be, as the worker does, up to three hours from now."""

    def go() -> None:
        FileDeletion.objects.filter(due_at__lte=clock.now() + timedelta(hours=3)).update(due_at=just_now())
        work()

    return go


@with_s3
def test_a_file_goes_to_the_store_by_itself_and_is_taken_like_any_other(
    bob, client_of, begin, work, scope, stored_keys, delete_what_is_due, monkeypatch
):
    client, data = client_of(bob), pictures.encoded(width=900, height=600)
    begun = begin(client, len(data))
    assert post(begun, data) == 204
    assert not Asset.objects.exists()
    with monkeypatch.context() as patched:  # the bytes are copied inside the store, not sent once more
        patched.setattr("media_library.operations.uploads.store", None)
        answer = finish(client, begun)
    assert answer.status_code == 200
    assert "Added" in answer.content.decode()
    asset = Asset.objects.select_related("current__stored_file").get()
    assert (asset.title, asset.created_by, asset.upload_key) == ("Rye loaf", bob, "k")
    stored = asset.current.stored_file
    assert (stored.status, stored.sha256) == ("ready", hashlib.sha256(data).hexdigest())
    with default_storage.open(stored.key) as file:
        assert file.read() == data
    work()
    asset.refresh_from_db()
    assert asset.status == "ready"
    assert not UploadSession.objects.exists()
    assert not any(key.endswith((".incoming", ".chunk")) for key in stored_keys())
    delete_what_is_due()
    assert not FileDeletion.objects.exists()


@with_s3
def test_the_form_says_where_it_goes_and_nothing_else(bob, client_of, begin, scope, workspace):
    begun = begin(client_of(bob), 1234)
    session = UploadSession.objects.get()
    said = policy_of(begun)
    assert session.is_direct
    assert session.parts == [begun["fields"]["key"]]
    assert session.parts[0].startswith(f"{workspace.pk}/")
    for condition in (
        {"key": session.parts[0]},
        {"bucket": default_storage.bucket.name},
        {"Content-Type": "application/octet-stream"},
        ["content-length-range", 1234, 1234],
    ):
        assert condition in said["conditions"]
    assert not any(isinstance(one, list) and one[0] == "starts-with" for one in said["conditions"])
    ends = clock.now() + timedelta(hours=1)
    assert said["expiration"][:13] in {ends.strftime("%Y-%m-%dT%H"), (ends).isoformat()[:13]}
    queued = FileDeletion.objects.get()
    assert (queued.key, queued.due_at - session.due_at) == (session.parts[0], timedelta(hours=1))


@with_s3
def test_U10_what_has_another_size_or_never_came_is_refused(
    bob, client_of, begin, scope, stored_keys, delete_what_is_due
):
    client, data = client_of(bob), pictures.encoded()
    begun = begin(client, len(data))
    absent = finish(client, begun)
    assert absent.status_code == 409
    assert "has not arrived" in absent.content.decode()
    for other in (data + b"x", data[:-1]):
        put(begun["fields"]["key"], other)
        answer = finish(client, begun)
        assert answer.status_code == 409
        assert "Another size arrived" in answer.content.decode()
    assert not Asset.objects.exists()
    assert not StoredFile.objects.exists()
    put(begun["fields"]["key"], data)
    assert finish(client, begun).status_code == 200, "and can be sent again until then"


@with_s3
def test_U10_what_was_posted_elsewhere_is_not_what_is_taken_in(bob, client_of, begin, scope, workspace):
    client, data = client_of(bob), pictures.encoded()
    begun = begin(client, len(data))
    elsewhere = f"{workspace.pk}/elsewhere.incoming"
    post(
        begun, data, key=elsewhere
    )  # a store refuses it: the policy names the key; the stand-in asks no policy
    assert finish(client, begun).status_code == 409
    assert not Asset.objects.exists()
    default_storage.delete(elsewhere)


@with_s3
def test_U10_it_is_judged_by_its_content_whatever_type_was_said(
    bob, client_of, begin, work, scope, stored_keys
):
    client, data = client_of(bob), b"\x7fELF\0\1\2\0" * 9
    begun = begin(client, len(data), "loaf.jpg")
    post(begun, data)
    answer = finish(client, begun)
    assert answer.status_code == 422
    assert "Aura takes" in answer.content.decode()
    work()
    assert not Asset.objects.exists()
    assert not UploadSession.objects.exists()
    assert stored_keys() == set()


@with_s3
def test_U10_what_is_posted_after_validation_is_not_kept(
    bob, client_of, begin, work, scope, stored_keys, monkeypatch, delete_what_is_due
):
    """Hashed, judged and stored is a copy that no form names, so a replacement of the same size changes nothing."""
    client, data = client_of(bob), pictures.encoded()
    begun = begin(client, len(data))
    post(begun, data)
    key, evil = begun["fields"]["key"], b"<script>".ljust(len(data), b"!")
    meanwhile = []
    monkeypatch.setattr(
        "media_library.operations.direct.failpoint", lambda name: meanwhile.append(post(begun, evil))
    )
    assert finish(client, begun).status_code == 200
    assert meanwhile == [204]
    stored = StoredFile.objects.get()
    with default_storage.open(stored.key) as file:
        assert file.read() == data
    work()
    assert key not in stored_keys()
    assert post(begun, evil) == 204  # the form is good for an hour, also when its upload is over
    assert key in stored_keys()
    assert finish(client, begun).status_code == 200, "which answers as before"
    assert StoredFile.objects.count() == 1
    delete_what_is_due()
    assert key not in stored_keys()
    assert not FileDeletion.objects.exists()


@with_s3
def test_U10_what_is_replaced_while_it_is_copied_is_refused(workspace, scope, stored_keys, monkeypatch):
    bucket, source = default_storage.bucket, f"{workspace.pk}/a.incoming"
    put(source, b"one")
    asked = {}

    def copy(**words):  # the stand-in does not know the condition, so that it is asked is what is seen
        asked.update(words)
        from botocore.exceptions import ClientError

        raise ClientError({"Error": {"Code": "PreconditionFailed"}}, "CopyObject")

    etag = bucket.Object(source).e_tag
    monkeypatch.setattr(bucket.meta.client, "copy_object", copy)
    with pytest.raises(Refused, match="replaced on its way"):
        take_over(default_storage, source, f"{workspace.pk}/a.chunk", size=3)
    assert asked["CopySourceIfMatch"] == etag
    assert stored_keys() == {source}
    default_storage.delete(source)


@with_s3
def test_U10_an_upload_past_aura_is_nobody_elses(
    bob, alice, carol, mallory, other_workspace, client_of, begin, scope
):
    data = pictures.encoded()
    begun = begin(client_of(bob), len(data))
    post(begun, data)
    theirs = begun["finish"].replace("barrow-rye", other_workspace.slug)
    for person, address, status in (
        (alice, begun["finish"], 404),
        (carol, begun["finish"], 403),
        (mallory, begun["finish"], 404),
        (mallory, theirs, 404),
    ):
        client = client_of(person)
        assert client.post(address, {"upload_key": "k"}, headers=HTMX).status_code == status
        assert client.delete(address).status_code == status
    assert not Asset.objects.exists()
    parts = begun["finish"].replace("/direct/", "/parts/")
    tus = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0"}
    sent = client_of(bob).patch(parts, data, content_type="application/offset+octet-stream", headers=tus)
    assert sent.status_code == 404, "nor can parts be added to it"
    assert finish(client_of(bob), begun).status_code == 200


@with_s3
def test_an_answer_that_was_lost_can_be_asked_for_again(bob, alice, client_of, begin, scope):
    client, data = client_of(bob), pictures.encoded()
    begun = begin(client, len(data))
    post(begun, data)
    first, again = finish(client, begun), finish(client, begun)
    assert (first.status_code, again.status_code) == (200, 200)
    assert "Added" in again.content.decode()
    assert Asset.objects.count() == 1
    assert finish(client_of(alice), begun).status_code == 404
    assert client.post(begun["finish"], {"upload_key": "k\0"}).status_code == 404
    assert client.post(begun["finish"]).status_code == 404


@with_s3
def test_the_same_bytes_are_kept_once_and_a_zip_is_unpacked(
    bob, client_of, begin, send, work, scope, stored_keys
):
    client, data = client_of(bob), pictures.encoded(seed=1)
    send(client, "first.jpg", data)
    begun = begin(client, len(data))
    post(begun, data)
    assert "already" in finish(client, begun).content.decode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for seed in (2, 3):
            archive.writestr(f"{seed}.jpg", pictures.encoded(seed=seed))
    begun = begin(client, len(out.getvalue()), "loaves.zip", key="zip")
    post(begun, out.getvalue())
    assert finish(client, begun).content.decode().count("Added") == 2
    work()
    assert StoredFile.objects.filter(status="ready").count() == 3
    assert not any(key.endswith((".incoming", ".chunk")) for key in stored_keys())


@with_s3
def test_what_does_not_fit_is_refused_before_a_byte_is_sent(bob, client_of, place, begin, scope, settings):
    settings.AURA_MEDIA_QUOTA_MB = 1
    client = client_of(bob)
    begun = begin(client, 600_000)
    second = client.post(place, {"filename": "a.jpg", "size": 600_000, "upload_key": "j"})
    assert second.status_code == 413
    assert "the workspace has 400 kB left of its 1 MB" in second.content.decode()
    assert client.delete(begun["finish"]).status_code == 204
    assert not UploadSession.objects.exists()
    assert client.delete(begun["finish"]).status_code == 404


@with_s3
def test_what_broke_off_is_cleared_away(
    bob, client_of, begin, work, scope, stored_keys, delete_what_is_due, monkeypatch
):
    def broken(*args, **kwargs):
        raise OSError("the power went")

    client, data = client_of(bob), pictures.encoded()
    client.raise_request_exception = False
    begun = begin(client, len(data))
    post(begun, data)
    with monkeypatch.context() as patched:
        patched.setattr("media_library.operations.direct.failpoint", broken)
        assert finish(client, begun).status_code == 500
    with monkeypatch.context() as patched:
        patched.setattr("media_library.operations.uploads.copy_within", broken)
        assert finish(client, begun).status_code == 500
    assert StoredFile.objects.get().status == "pending"
    queued = set(FileDeletion.objects.values_list("key", flat=True))
    assert stored_keys() <= queued, "whatever is there goes by itself"
    assert finish(client, begun).status_code == 200
    assert StoredFile.objects.get().status == "ready"
    left = begin(client, 10, key="left")
    post(left, b"0123456789")
    UploadSession.objects.update(due_at=clock.now() - timedelta(seconds=1))
    assert finish(client, left).status_code == 200  # by the key of the first; the second is over
    due = jobs.REGISTRY["media_library.drop_session"]
    assert [jobs.run_one(due.name, *pair) for pair in due.find(10)] == [True]
    work()
    assert left["fields"]["key"] not in stored_keys()
    delete_what_is_due()
    assert not FileDeletion.objects.exists()


@with_s3
def test_F28_a_store_that_does_not_answer_is_503_and_can_be_asked_again(
    bob, client_of, begin, scope, monkeypatch
):
    from botocore.exceptions import EndpointConnectionError

    def down(*args, **kwargs):
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")

    client, data = client_of(bob), pictures.encoded()
    begun = begin(client, len(data))
    post(begun, data)
    for name in ("head_object", "copy_object"):
        with monkeypatch.context() as patched:
            patched.setattr(default_storage.bucket.meta.client, name, down)
            assert finish(client, begun).status_code == 503
    with monkeypatch.context() as patched:
        patched.setattr("media_library.operations.uploads.copy_within", _unavailable)
        assert finish(client, begun).status_code == 503
    assert not StoredFile.objects.filter(status="ready").exists()
    assert finish(client, begun).status_code == 200


def _unavailable(*args):
    from aura.kit.problems import Unavailable

    raise Unavailable


@with_s3
def test_a_copy_that_came_short_is_not_promised(workspace, scope):
    source, target = f"{workspace.pk}/b.chunk", f"{workspace.pk}/b.jpg"
    default_storage.save(source, ContentFile(b"four"))
    copy_within(default_storage, source, target, 4)
    assert default_storage.bucket.Object(target).content_type == "image/jpeg"
    with pytest.raises(OSError, match="4 bytes in the storage, 5"):
        copy_within(default_storage, source, target, 5)
    for key in (source, target):
        default_storage.delete(key)


@with_s3
def test_the_page_offers_it_and_its_policy_names_the_store(
    bob, client_of, begin, workspace, scope, settings, place
):
    page = client_of(bob).get(f"/w/{workspace.slug}/media/upload/")
    assert f'data-direct="{place}"' in page.content.decode()
    endpoint = form_for(default_storage, "k", size=1, seconds=1).url
    policy = page["Content-Security-Policy"]
    sources = next(part for part in policy.split(";") if part.strip().startswith("connect-src")).split()[1:]
    assert any(endpoint.startswith(source) for source in sources)
    assert "'self'" in sources
    begun = begin(client_of(bob), 10)
    settings.AURA_MEDIA_DIRECT = False
    page = client_of(bob).get(f"/w/{workspace.slug}/media/upload/")
    assert "data-direct" not in page.content.decode()
    answer = finish(client_of(bob), begun)
    assert answer.status_code == 409
    assert operations.NOT_HERE in answer.content.decode()


@with_s3
@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"size": "0"}, 422),
        ({"size": "ten"}, 422),
        ({}, 422),
        ({"size": "999999999999"}, 413),
        ({"size": "10", "upload_key": "k" * 65}, 422),
        ({"size": "10", "upload_key": "k\0"}, 422),
    ],
)
def test_what_cannot_be_an_upload_is_refused(bob, client_of, place, scope, told, status):
    assert client_of(bob).post(place, told).status_code == status
    assert not UploadSession.objects.exists()


def test_a_viewer_opens_none_and_nobody_without_the_token(carol, bob, client_of, place, scope):
    assert client_of(carol).post(place, {"size": 10}).status_code == 403
    strict: Client = client_of(bob)
    strict.handler.enforce_csrf_checks = True
    assert strict.post(place, {"size": 10}).status_code == 403
    assert not UploadSession.objects.exists()


def test_where_files_go_through_aura_the_address_says_so(bob, client_of, place, scope, settings, workspace):
    settings.AURA_MEDIA_DIRECT = settings.AURA_STORAGE != "s3"
    answer = client_of(bob).post(place, {"filename": "a.jpg", "size": 10})
    assert answer.status_code == 409
    assert operations.NOT_HERE in answer.content.decode()
    assert not UploadSession.objects.exists()
    page = client_of(bob).get(f"/w/{workspace.slug}/media/upload/")
    assert "data-direct" not in page.content.decode()
