"""Files moved from one storage to another: killed at each step, damaged, missing, and read meanwhile."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.files.storage import default_storage, storages
from django.core.management import call_command
from django.core.management.base import CommandError

from media_library.models import Asset, StoredFile
from media_library.tests import kills, pictures

SCRIPT = "moved_storage"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, begun_data: Path) -> Path:
    return kills.begun(begun_data, tmp_path_factory.mktemp("prepared") / "data", SCRIPT)


@pytest.mark.parametrize(
    "point", kills.points("move.after_copy", "upload.after_part", "upload.after_rename", "move.after_delete")
)
def test_I4_a_move_killed_at_any_step_loses_nothing_and_the_next_one_ends_it(prepared, tmp_path, point):
    folder = tmp_path / "data"
    kills.killed(SCRIPT, "move", prepared, folder, point)
    said = kills.run(SCRIPT, "again", folder).stdout
    assert said.count("Rows and files agree.") == 2, said
    assert "Everything is moved." in said
    after = said.split()
    assert after[-4:-1] == ["old", "0", "new"]
    parts = 1 if point == "upload.after_part" else 0  # the half-written file, swept when it is a day old
    assert int(after[-1]) == 12 + parts


@pytest.fixture
def two(settings, tmp_path):
    """Two local storages and the one that joins them; `old` is where the files are."""
    backend = "aura.kit.files.DurableFileSystemStorage"
    both = {
        name: {"BACKEND": backend, "OPTIONS": {"location": str(tmp_path / name)}} for name in ("old", "new")
    }
    settings.AURA_STORAGE_FROM = "local"
    settings.STORAGES = {**settings.STORAGES, **both, "default": {"BACKEND": "aura.kit.moving.MovingStorage"}}
    return both


@pytest.fixture
def asset(two, tmp_path, bob, client_of, send, work, scope):
    send(client_of(bob), "one.jpg", pictures.encoded())
    work()
    (tmp_path / "new").rename(tmp_path / "old")
    return Asset.objects.select_related("current__stored_file").prefetch_related("current__renditions").get()


def move() -> tuple[bool, str]:
    out = StringIO()
    try:
        call_command("move_storage", stdout=out)
    except CommandError as error:
        return False, out.getvalue() + str(error)
    return True, out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_pages_show_files_wherever_they_are(asset, bob, client_of):
    client, url = client_of(bob), asset.web.get_absolute_url()
    before = b"".join(client.get(url).streaming_content)
    assert move()[0]
    assert b"".join(client.get(url).streaming_content) == before
    assert not storages["old"].exists(asset.web.key)
    assert storages["new"].exists(asset.web.key)
    good, said = move()
    assert good
    assert "0 files moved, 4 were there already" in said


@pytest.mark.django_db(transaction=True)
def test_what_comes_in_meanwhile_goes_to_the_new_one(asset, bob, client_of, send, work):
    send(client_of(bob), "two.jpg", pictures.encoded(seed=7))
    work()
    newest = StoredFile.objects.order_by("-id").first()
    assert storages["new"].exists(newest.key)
    assert not storages["old"].exists(newest.key)


@pytest.mark.django_db(transaction=True)
def test_a_damaged_file_stays_where_it_is_and_is_named(asset, tmp_path):
    path = Path(storages["old"].path(asset.web.key))
    path.write_bytes(b"x" * path.stat().st_size)
    good, said = move()
    assert not good
    assert f"damaged, left where it is: {asset.web.key}" in said
    assert path.exists()
    assert not storages["new"].exists(asset.web.key)


@pytest.mark.django_db(transaction=True)
def test_a_file_that_is_nowhere_is_named(asset):
    storages["old"].delete(asset.web.key)
    good, said = move()
    assert not good
    assert f"missing: {asset.web.key}" in said


@pytest.mark.django_db(transaction=True)
def test_what_is_deleted_goes_from_both(asset, bob, client_of, work, scope):
    stored = asset.current.stored_file
    with storages["old"].open(stored.key) as file:
        storages["new"].save(stored.key, file)
    default_storage.delete(stored.key)
    assert not storages["old"].exists(stored.key)
    assert not storages["new"].exists(stored.key)


@pytest.mark.django_db
def test_it_says_what_to_set_where_nothing_moves():
    if django_settings.AURA_STORAGE_FROM:
        pytest.skip("files are moving here")
    with pytest.raises(CommandError, match="Set AURA_STORAGE to the new storage and AURA_STORAGE_FROM"):
        call_command("move_storage")


@pytest.mark.s3
@pytest.mark.skipif(django_settings.AURA_STORAGE != "s3", reason="AURA_STORAGE is not s3")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", ["to the bucket", "back"])
def test_files_move_between_a_folder_and_a_bucket(way, settings, tmp_path, bob, client_of, send, work, scope):
    folder = {
        "BACKEND": "aura.kit.files.DurableFileSystemStorage",
        "OPTIONS": {"location": str(tmp_path / "folder")},
    }
    bucket = settings.STORAGES["default"]
    old, new = (folder, bucket) if way == "to the bucket" else (bucket, folder)
    settings.STORAGES = {**settings.STORAGES, "default": old}
    send(client_of(bob), "one.jpg", pictures.encoded())
    work()
    settings.AURA_STORAGE_FROM = "local"
    moving = {"BACKEND": "aura.kit.moving.MovingStorage"}
    settings.STORAGES = {**settings.STORAGES, "default": moving, "old": old, "new": new}
    good, said = move()
    assert good, said
    assert "4 files moved" in said
    settings.STORAGES = {**settings.STORAGES, "default": new}
    out = StringIO()
    call_command("check_storage", "--hashes", stdout=out)
    assert "4 rows, 4 files" in out.getvalue()
