"""An upload from the browser to a ready asset: who may, what is answered, what is kept once."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage

from aura.kit import clock
from media_library import operations
from media_library.models import Asset, FileDeletion, Rendition, StoredFile, Tag
from media_library.tests import pictures
from workspaces.models import Activity, Comment, SearchEntry
from workspaces.operation import SYSTEM
from workspaces.operations import add_comment
from workspaces.scope import use_workspace

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_upload_becomes_an_asset_with_its_renditions(bob, client_of, send, work, scope, stored_keys):
    data = pictures.encoded(width=1500, height=1000)
    answer = send(client_of(bob), "hot_cross-buns.jpg", data)
    assert answer.status_code == 200
    assert "Added" in answer.content.decode()
    assert (
        "skeleton" not in answer.content.decode()
    )  # nobody asks again for this row: it must not wait for ever
    asset = Asset.objects.get()
    assert (asset.title, asset.status, asset.created_by) == ("Hot cross buns", "pending", bob)
    stored = asset.current.stored_file
    assert stored.sha256 == hashlib.sha256(data).hexdigest()
    assert (stored.status, stored.size, stored.mime) == ("ready", len(data), "image/jpeg")
    with default_storage.open(stored.key) as file:
        assert file.read() == data
    assert work() == 1
    asset.refresh_from_db()
    assert asset.status == "ready"
    made = {row.preset: row for row in Rendition.objects.all()}
    assert {preset: (row.mime, row.width, row.height) for preset, row in made.items()} == {
        "thumb": ("image/webp", 320, 213),
        "web": ("image/webp", 1080, 720),
        "clean": ("image/jpeg", 1500, 1000),
    }
    assert stored_keys() == {stored.key, *(row.key for row in made.values())}
    for row in made.values():
        with default_storage.open(row.key) as file:
            content = file.read()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (row.size, row.sha256)
    assert work() == 0


def test_an_upload_is_written_down_and_found(bob, client_of, send, scope):
    send(client_of(bob), "seeded-slab.jpg", pictures.encoded())
    entry = Activity.objects.get(verb="media_library.add_upload")
    assert (entry.actor, entry.subject_name) == (bob, "Seeded slab")
    assert SearchEntry.objects.get().title == "Seeded slab"


def test_the_same_bytes_are_kept_once_and_the_answer_says_so(bob, client_of, send, scope, stored_keys):
    client, data = client_of(bob), pictures.encoded()
    send(client, "one.jpg", data)
    answer = send(client, "another name.jpg", data)
    assert answer.status_code == 200
    assert "You already have this" in answer.content.decode()
    assert Asset.objects.count() == StoredFile.objects.count() == 1
    assert len(stored_keys()) == 1


def test_the_bytes_of_a_trashed_asset_offer_to_restore_it(bob, client_of, send, scope):
    client, data = client_of(bob), pictures.encoded()
    send(client, "one.jpg", data)
    asset = Asset.objects.get()
    operations.trash_asset(asset, by=SYSTEM)
    answer = send(client, "one.jpg", data).content.decode()
    assert "in the trash" in answer
    assert f"{asset.pk}/restore/" in answer
    client.post(f"/w/{scope.slug}/media/{asset.pk}/restore/")
    asset.refresh_from_db()
    assert asset.trashed_at is None


def test_a_retry_with_the_same_key_gets_the_answer_of_the_first(bob, client_of, send, scope):
    client, data = client_of(bob), pictures.encoded()
    fields = {"upload_key": "a-key-of-the-browser"}
    first = send(client, "one.jpg", data, fields=fields).content.decode()
    second = send(client, "one.jpg", data, fields=fields).content.decode()
    assert "Added" in first
    assert "Added" in second
    assert Asset.objects.count() == 1


def test_other_bytes_under_a_key_that_is_taken_are_refused(bob, client_of, send, scope):
    client, fields = client_of(bob), {"upload_key": "a-key-of-the-browser"}
    send(client, "one.jpg", pictures.encoded(seed=1), fields=fields)
    other = send(client, "two.jpg", pictures.encoded(seed=2), fields=fields)
    assert other.status_code == 409
    assert "under a key of its own" in other.content.decode()
    assert Asset.objects.count() == StoredFile.objects.count() == 1


def test_a_broken_off_upload_goes_on_when_it_is_sent_again(bob, client_of, send, scope, monkeypatch):
    def broken(*args, **kwargs):
        raise OSError("the power went")

    client, data = client_of(bob), pictures.encoded()
    client.raise_request_exception = False
    with monkeypatch.context() as patched:
        patched.setattr("media_library.operations.uploads.store", broken)
        assert send(client, "one.jpg", data).status_code == 500
    stored = StoredFile.objects.get()
    assert (stored.status, Asset.objects.get().due_at) == ("pending", None)
    assert "Added" in send(client, "one.jpg", data).content.decode()
    stored.refresh_from_db()
    assert stored.status == "ready"
    assert Asset.objects.get().due_at is not None


def test_an_upload_that_never_went_on_is_cleared_away_after_a_day(
    bob, client_of, send, work, scope, monkeypatch
):
    def broken(*args, **kwargs):
        raise OSError("the power went")

    client = client_of(bob)
    client.raise_request_exception = False
    monkeypatch.setattr("media_library.operations.uploads.store", broken)
    send(client, "one.jpg", pictures.encoded())
    assert work() == 0
    operations.set_tags(Asset.objects.get(), words=["rye"], by=bob)
    add_comment(Asset.objects.get(), body="Where is it?", by=bob)
    StoredFile.objects.update(due_at=clock.now() - timedelta(seconds=1))
    assert work() >= 1
    assert not StoredFile.objects.exists()
    assert not Asset.objects.exists()
    assert not SearchEntry.objects.exists()
    assert not Tag.objects.exists()
    assert not Comment.objects.exists()
    work()
    assert not FileDeletion.objects.exists()


def test_many_files_without_script_keep_the_good_ones(bob, client_of, workspace, scope):
    files = [
        pictures.Named(pictures.encoded(seed=1), "one.jpg"),
        pictures.Named(b"<html>", "page.jpg"),
        pictures.Named(pictures.encoded("PNG", seed=2), "two.png"),
    ]
    answer = client_of(bob).post(f"/w/{workspace.slug}/media/upload/", {"files": files})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "2 of 3 taken" in page
    assert "page.jpg" in page
    assert "nothing that Aura can read" in page
    assert Asset.objects.count() == 2


def test_a_form_without_a_file_asks_for_one(bob, client_of, workspace):
    answer = client_of(bob).post(f"/w/{workspace.slug}/media/upload/", {"files": []})
    assert answer.status_code == 422
    assert "Choose a file first." in answer.content.decode()


def test_a_file_over_the_limit_is_dropped_and_the_others_kept(
    bob, client_of, workspace, scope, settings, stored_keys
):
    settings.AURA_MAX_IMAGE_MB = 1
    files = [
        pictures.Named(b"\xff\xd8\xff" + b"x" * 1_200_000, "huge.jpg"),
        pictures.Named(pictures.encoded(), "small.jpg"),
    ]
    answer = client_of(bob).post(f"/w/{workspace.slug}/media/upload/", {"files": files})
    page = answer.content.decode()
    assert "1 of 2 taken" in page
    assert "larger than 1 MB" in page
    assert Asset.objects.get().title == "Small"
    assert len(stored_keys()) == 1


def test_one_file_over_the_limit_is_answered_413_with_the_limit(bob, client_of, send, scope, settings):
    settings.AURA_MAX_IMAGE_MB = 1
    answer = send(client_of(bob), "huge.jpg", b"\xff\xd8\xff" + b"x" * 1_200_000)
    assert answer.status_code == 413
    assert "larger than 1 MB" in answer.content.decode()
    assert not StoredFile.objects.exists()


def test_a_viewer_cannot_upload(carol, client_of, send, scope, stored_keys):
    answer = send(client_of(carol), "one.jpg", pictures.encoded())
    assert answer.status_code == 403
    assert not StoredFile.objects.exists()
    assert stored_keys() == set()


@pytest.mark.skipif("os.environ.get('AURA_STORAGE') == 's3'", reason="an object store has no disk of ours")
def test_a_full_disk_is_said_and_nothing_is_promised(bob, client_of, send, scope, monkeypatch, own_storage):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("aura.kit.files.DurableFileSystemStorage._write_part", full)
    answer = send(client_of(bob), "one.jpg", pictures.encoded())
    assert answer.status_code == 503
    assert "no room left" in answer.content.decode()
    assert not StoredFile.objects.filter(status="ready").exists()
    assert list((own_storage / "tmp").iterdir()) == []


def test_U9_two_workspaces_never_learn_of_each_others_bytes(
    bob, mallory, client_of, send, workspace, other_workspace, in_scope
):
    data = pictures.encoded()
    first = send(client_of(bob), "mine.jpg", data).content.decode()
    address = f"/w/{other_workspace.slug}/media/upload/"
    body = {"files": pictures.Named(data, "mine.jpg")}
    second = client_of(mallory).post(address, body, headers={"HX-Request": "true"}).content.decode()
    assert "Added" in first
    assert "Added" in second
    with in_scope():
        mine = StoredFile.objects.get()
    with use_workspace(other_workspace):
        theirs = StoredFile.objects.get()
    assert mine.sha256 == theirs.sha256
    assert mine.key != theirs.key
    assert theirs.key.startswith(str(other_workspace.pk))
