"""Rows and files kept in step: the storage itself, the check, deletion, and what a full or broken disk does."""

from __future__ import annotations

import os
import stat
import time
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.core.management.base import CommandError

from aura.kit import clock, jobs
from media_library import operations
from media_library.models import Asset, FileDeletion, Rendition, StoredFile
from media_library.tests import pictures

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asset(bob, client_of, send, work, scope):
    send(client_of(bob), "one.jpg", pictures.encoded())
    work()
    return Asset.objects.select_related("current__stored_file").get()


def check(*options: str) -> tuple[bool, str]:
    out = StringIO()
    try:
        call_command("check_storage", *options, stdout=out)
    except CommandError as error:
        return False, out.getvalue() + str(error)
    return True, out.getvalue()


def grow_old(key: str) -> None:
    """Let a file seem two days old."""
    then = time.time() - 2 * 86_400
    os.utime(default_storage.path(key), (then, then))


local_only = pytest.mark.skipif("os.environ.get('AURA_STORAGE') == 's3'", reason="reaches into the folder")


def test_all_is_well_after_an_upload(asset):
    good, said = check("--hashes")
    assert good
    assert "4 rows, 4 files" in said


def test_F29_a_missing_rendition_is_named_and_made_again(asset, work):
    web = Rendition.objects.get(preset="web")
    default_storage.delete(web.key)
    good, said = check()
    assert not good
    assert f"missing: {web.key}" in said
    check("--repair")
    assert work() == 1
    assert check("--hashes")[0]
    assert Rendition.objects.get(preset="web").key == web.key


@local_only
def test_F29_a_file_that_was_changed_is_named(asset, work):
    thumb = Rendition.objects.get(preset="thumb")
    path = Path(default_storage.path(thumb.key))
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert check()[0]
    good, said = check("--hashes", "--repair")
    assert not good
    assert f"not as stored: {thumb.key}" in said
    work()
    assert check("--hashes")[0]


def test_F29_a_missing_original_is_named_and_cannot_be_repaired(asset):
    default_storage.delete(asset.current.stored_file.key)
    good, said = check("--repair")
    assert not good
    assert asset.current.stored_file.key in said
    assert not check("--repair")[0]


@local_only
def test_F29_a_file_without_a_row_goes_when_it_is_a_day_old(asset, work, stored_keys, workspace):
    key = f"{workspace.pk}/forgotten.jpg"
    default_storage.save(key, ContentFile(b"x"))
    assert check()[0], "a file being uploaded right now has no row either"
    grow_old(key)
    good, said = check("--repair")
    assert not good
    assert f"without a row: {key}" in said
    assert work() == 1
    assert key not in stored_keys()
    assert check()[0]


def test_a_wanted_file_is_never_deleted_whatever_the_queue_says(asset, work, stored_keys):
    FileDeletion.queue([asset.current.stored_file.key])
    work()
    assert asset.current.stored_file.key in stored_keys()
    assert not FileDeletion.objects.exists()


def test_a_file_that_is_missing_already_is_logged(asset, work, caplog, workspace):
    FileDeletion.queue([f"{workspace.pk}/gone.jpg"])
    assert work() == 1
    assert "missing already" in caplog.text


def test_the_check_names_a_workspace_that_is_not_there():
    with pytest.raises(CommandError, match="no workspace nowhere"):
        call_command("check_storage", "--workspace", "nowhere")


def test_T10_the_files_of_a_purged_workspace_go(asset, workspace, work, stored_keys):
    from workspaces.operations import hooks

    hooks.before_purge(workspace)
    queued = [row.pk for row in FileDeletion.objects.all()]
    assert len(queued) == 4
    StoredFile.objects.filter(versions=None).delete()
    workspace.delete()
    for pk in queued:
        jobs.run_one("media_library.delete_file", None, pk)
    assert stored_keys() == set()


def test_a_trashed_asset_of_thirty_days_leaves_no_file(asset, work, stored_keys):
    Asset.objects.update(trashed_at=clock.now() - timedelta(days=31))
    assert operations.purge_expired() == 1
    assert work() == 4
    assert stored_keys() == set()


@local_only
def test_a_half_written_file_goes_by_itself_when_it_is_a_day_old(asset, work, stored_keys, workspace):
    old, new = f"{workspace.pk}/a.jpg.1234.part", f"{workspace.pk}/b.jpg.1234.part"
    for key in (old, new):
        default_storage.save(key, ContentFile(b"x"))
    grow_old(old)
    operations.purge_expired()
    operations.purge_expired()
    assert work() == 1
    assert old not in stored_keys()
    assert new in stored_keys()


@local_only
def test_files_are_private_to_the_account(asset):
    path = Path(default_storage.path(asset.current.stored_file.key))
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert stat.S_IMODE(path.parent.stat().st_mode) & 0o007 == 0


@local_only
def test_temporary_files_that_were_left_behind_are_swept(scope, settings):
    folder = Path(settings.FILE_UPLOAD_TEMP_DIR)
    for name in ("in-old.upload", "work-old.web", "somebody-elses"):
        (folder / name).write_bytes(b"x")
        then = time.time() - 2 * 86_400
        os.utime(folder / name, (then, then))
    (folder / "in-new.upload").write_bytes(b"x")
    operations.purge_expired()
    assert sorted(path.name for path in folder.iterdir()) == ["in-new.upload", "somebody-elses"]
