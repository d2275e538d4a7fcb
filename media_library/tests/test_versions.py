"""Versions of an asset: the next one takes its place when it is ready, and every earlier one can come back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import transaction
from django.test import Client

from aura.kit import clock, jobs
from media_library import operations
from media_library.models import Asset, AssetVersion, FileDeletion, Rendition, StoredFile
from media_library.placements import by_key
from media_library.tests import documents, kills, pictures
from workspaces.models import Activity
from workspaces.operation import SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)
Send = Callable[..., Any]


@pytest.fixture
def asset(bob: Any, client_of: Any, send: Send, work: Any, scope: Any) -> Asset:
    send(client_of(bob), "loaf.jpg", pictures.encoded(seed=1))
    work()
    return Asset.objects.select_related("current").get()


@pytest.fixture
def send_version(workspace: Any) -> Send:
    """Upload a file as the next version: `send_version(client, asset, data)`."""

    def post(client: Client, asset: Asset, data: bytes, name: str = "better.jpg") -> Any:
        body = {"file": pictures.Named(data, name)}
        return client.post(f"/w/{workspace.slug}/media/{asset.pk}/versions/", body)

    return post


def test_a_new_version_is_shown_once_it_is_ready(asset, bob, client_of, send_version, work, scope):
    first = asset.current
    assert send_version(client_of(bob), asset, pictures.encoded("PNG", 300, 200, seed=2)).status_code == 302
    asset.refresh_from_db()
    coming = AssetVersion.objects.get(number=2)
    assert (asset.current, asset.status, coming.status) == (first, "ready", "pending")
    assert (coming.created_by, coming.original_name) == (bob, "better.jpg")
    work()
    asset.refresh_from_db()
    assert (asset.current, asset.width, asset.height) == (coming, 300, 200)
    assert Asset.objects.select_related("current").get().thumb is not None
    assert default_storage.exists(first.stored_file.key), "the original stays"
    assert Activity.objects.filter(verb="media_library.add_version").count() == 1


def test_one_goes_back_and_forward_again(asset, alice, bob, client_of, send_version, work, workspace, scope):
    first = asset.current
    send_version(client_of(bob), asset, pictures.encoded(seed=2))
    work()
    page = f"/w/{workspace.slug}/media/{asset.pk}/versions"
    assert client_of(alice).post(f"{page}/1/show/").status_code == 302
    asset.refresh_from_db()
    assert asset.current == first
    assert work() == 0, "what it shows is there still"
    assert client_of(alice).post(f"{page}/1/show/").status_code == 409
    assert client_of(alice).post(f"{page}/7/show/").status_code == 404
    operations.show_version(asset, version=AssetVersion.objects.get(number=2), by=SYSTEM)
    asset.refresh_from_db()
    assert asset.current.number == 2


def test_bytes_that_are_known_are_kept_once(
    asset, bob, client_of, send, send_version, work, workspace, scope
):
    other = pictures.encoded(seed=2)
    send(client_of(bob), "other.jpg", other)
    work()
    files = StoredFile.objects.count()
    send_version(client_of(bob), asset, other)
    work()
    asset.refresh_from_db()
    assert asset.current.number == 2
    assert StoredFile.objects.count() == files
    assert asset.current.stored_file.versions.count() == 2
    response = send_version(client_of(bob), asset, other)
    assert response.status_code == 409
    assert "the very file that is shown now" in response.content.decode()
    # An upload of the first file is answered with what shows it, or has it.
    answer = send(client_of(bob), "again.jpg", pictures.encoded(seed=1)).content.decode()
    assert str(asset.pk) in answer


def test_a_file_that_cannot_be_read_harms_nothing(
    asset, bob, client_of, send_version, work, workspace, scope
):
    broken = pictures.encoded("PNG", 300, 200, seed=3)[:-400]
    send_version(client_of(bob), asset, broken)
    work()
    asset.refresh_from_db()
    failed = AssetVersion.objects.get(number=2)
    assert (asset.current.number, asset.status, failed.status) == (1, "ready", "failed")
    assert "damaged" in failed.failure
    page = client_of(bob).get(f"/w/{workspace.slug}/media/{asset.pk}/").content.decode()
    assert "Could not be made" in page
    assert "Try again" in page
    client_of(bob).post(f"/w/{workspace.slug}/media/{asset.pk}/versions/2/retry/")
    failed.refresh_from_db()
    assert (failed.status, failed.failure) == ("pending", "")
    key = failed.stored_file.key
    client_of(bob).post(f"/w/{workspace.slug}/media/{asset.pk}/versions/2/drop/")
    assert not AssetVersion.objects.filter(number=2).exists()
    work()
    assert not default_storage.exists(key)
    assert client_of(bob).post(f"/w/{workspace.slug}/media/{asset.pk}/versions/1/drop/").status_code == 409


def test_what_is_no_picture_or_too_large_is_refused_in_words(
    asset, bob, client_of, send_version, settings, scope
):
    response = send_version(client_of(bob), asset, b"%PDF-1.7 nothing")
    assert response.status_code == 422
    assert "PDF" in response.content.decode()
    assert client_of(bob).post(response.request["PATH_INFO"]).status_code == 422
    settings.AURA_MAX_IMAGE_MB = 1
    response = send_version(client_of(bob), asset, pictures.encoded(seed=5) + b"0" * 1_050_000)
    assert response.status_code == 413
    assert "1 MB" in response.content.decode()
    assert AssetVersion.objects.count() == 1


def test_a_document_has_versions_and_takes_no_picture(
    bob, client_of, send, send_version, work, workspace, scope
):
    send(client_of(bob), "plan.pdf", documents.pdf())
    work()
    plan = Asset.objects.select_related("current").get()
    answer = send_version(client_of(bob), plan, pictures.encoded(seed=2))
    assert answer.status_code == 409
    assert "Choose a file of the same kind" in answer.content.decode()
    assert AssetVersion.objects.count() == 1
    send_version(client_of(bob), plan, documents.pdf(pages=3), "plan.pdf")
    work()
    plan = Asset.objects.select_related("current__stored_file").get()
    assert (plan.current.number, plan.current.stored_file.mime) == (2, "application/pdf")
    page = client_of(bob).get(f"/w/{workspace.slug}/media/{plan.pk}/").content.decode()
    assert "Go back to this one" in page
    assert "Crop, turn" not in page, "only pictures are edited"
    assert client_of(bob).get(f"/w/{workspace.slug}/media/{plan.pk}/edit/").status_code == 409


def test_viewers_and_strangers_change_no_version(
    asset, carol, mallory, client_of, send_version, workspace, scope
):
    data = pictures.encoded(seed=2)
    assert send_version(client_of(carol), asset, data).status_code == 403
    assert send_version(client_of(mallory), asset, data).status_code == 404
    assert AssetVersion.objects.count() == 1
    assert StoredFile.objects.count() == 1


def test_the_worker_makes_it_once_and_a_stale_one_records_nothing(
    asset, bob, client_of, send_version, work, scope
):
    send_version(client_of(bob), asset, pictures.encoded(seed=2))
    version = AssetVersion.objects.get(number=2)
    token = jobs.claim_in("media_library.make_version", version.workspace_id, version.pk)
    operations.make_version(version.pk, asset.pk)  # a token that nobody holds
    version.refresh_from_db()
    assert version.status == "pending"
    jobs.run_claimed("media_library.make_version", version.workspace_id, version.pk, token)
    made = set(Rendition.objects.values_list("key", flat=True))
    jobs.run_claimed("media_library.make_version", version.workspace_id, version.pk, token)
    assert set(Rendition.objects.values_list("key", flat=True)) == made


def test_the_cuts_follow_the_version(asset, bob, client_of, send_version, work, scope):
    place = by_key("amazon-logo")
    assert place is not None
    operations.request_fits(asset, placements=[place], by=SYSTEM)
    send_version(client_of(bob), asset, pictures.encoded(width=700, height=700, seed=2))
    work()
    asset = Asset.objects.select_related("current").get()
    assert asset.current.renditions.filter(preset="fit:amazon-logo", status="pending").count() == 1


def test_an_upload_that_broke_off_takes_only_its_own_version_away(asset, bob, work, scope):
    stored = StoredFile.objects.create(
        sha256="b" * 64, key="broken/off.jpg", size=1, mime="image/jpeg", extension="jpg",
        due_at=clock.now() - timedelta(seconds=1),
    )  # fmt: skip
    AssetVersion.objects.create(asset=asset, stored_file=stored, number=2, status="pending")
    work()
    assert not StoredFile.objects.filter(pk=stored.pk).exists()
    asset.refresh_from_db()
    assert asset.current.number == 1
    assert AssetVersion.objects.count() == 1


def test_check_storage_makes_the_pictures_of_an_older_version_again(
    asset, bob, client_of, send_version, work, workspace, scope
):
    send_version(client_of(bob), asset, pictures.encoded(seed=2))
    work()
    lost = Rendition.objects.get(version__number=1, preset="thumb")
    default_storage.delete(lost.key)
    assert operations.check_storage(workspace, repair=True).missing == [lost.key]
    work()
    assert operations.check_storage(workspace).all_is_well
    asset.refresh_from_db()
    assert asset.current.number == 2, "repairing shows nothing else"
    assert AssetVersion.objects.get(number=1).status == "ready"


def test_purging_takes_every_version_along(
    asset, alice, bob, client_of, send_version, work, stored_keys, scope
):
    send_version(client_of(bob), asset, pictures.encoded(seed=2))
    work()
    assert len(stored_keys()) == 8
    operations.trash_asset(asset, by=alice)
    operations.purge_asset(asset, by=alice)
    work()
    assert stored_keys() == set()
    assert not FileDeletion.objects.exists()


POINTS = kills.points(
    ("upload", "version.after_row"),
    ("upload", "version.after_files"),
    ("edit", "edit.after_row"),
    ("edit", "version.after_files"),
)
SCRIPT = "killed_version"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, begun_data: Path) -> Path:
    return kills.begun(begun_data, tmp_path_factory.mktemp("prepared") / "data", SCRIPT)


@pytest.mark.parametrize(("step", "point"), POINTS)
def test_F4_killed_anywhere_a_version_is_whole_or_made_again(
    prepared: Path, tmp_path: Path, step: str, point: str
) -> None:
    folder = tmp_path / "data"
    kills.killed(SCRIPT, step, prepared, folder, point)
    (told,) = kills.told(SCRIPT, "again", folder)
    assert told == {"shown": 2, "versions": 2, "missing": [], "wrong": [], "extra": 0}


def test_a_version_that_was_overtaken_does_not_push_the_newer_one_aside(
    asset, bob, client_of, send_version, work, scope
):
    for seed in (2, 3):
        send_version(client_of(bob), asset, pictures.encoded("PNG", 300, 200, seed=seed))
    work()
    second, third = AssetVersion.objects.filter(number__gt=1).order_by("number")
    with transaction.atomic():
        operations.versions._make_current(second, by=SYSTEM, now=clock.now(), unless_older=True)
    asset.refresh_from_db()
    assert asset.current == third
