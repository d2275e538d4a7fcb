"""`import_media`: a folder, taken in through the same door; safe to run twice."""

from __future__ import annotations

import zipfile
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from media_library import operations
from media_library.models import Album, Asset
from media_library.tests import pictures
from workspaces.operation import SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def folder(tmp_path):
    """A folder with two pictures, one of them deep, and what is to be passed over."""
    folder = tmp_path / "from the old server"
    (folder / "spring" / ".git").mkdir(parents=True)
    (folder / "one.jpg").write_bytes(pictures.encoded(seed=1))
    (folder / "spring" / "two.png").write_bytes(pictures.encoded("PNG", seed=2))
    (folder / ".hidden.jpg").write_bytes(pictures.encoded(seed=3))
    (folder / "spring" / ".git" / "three.jpg").write_bytes(pictures.encoded(seed=3))
    (folder / "link.jpg").symlink_to("/etc/hostname")
    return folder


def run(folder, **options) -> str:
    said = StringIO()
    try:
        call_command("import_media", str(folder), workspace="barrow-rye", stdout=said, **options)
    except CommandError as problem:
        said.write(f"exit 1: {problem}")
    return said.getvalue()


def test_a_folder_is_taken_in_and_left_as_it_is(folder, scope, bob, work):
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert run(folder, by=bob.email.upper()) == "barrow-rye: 2 added.\n"
    assert set(Asset.objects.values_list("title", "created_by")) == {("One", bob.pk), ("Two", bob.pk)}
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    work()
    assert set(Asset.objects.values_list("status", flat=True)) == {"ready"}


def test_a_second_run_takes_only_what_is_new(folder, scope):
    assert run(folder, album="Spring") == "barrow-rye: 2 added.\n"
    (folder / "three.jpg").write_bytes(pictures.encoded(seed=3))
    operations.trash_asset(Asset.objects.get(title="One"), by=SYSTEM)
    said = run(folder, album="spring")
    assert said == "barrow-rye: 1 added, 1 there already, 1 there already, in the trash.\n"
    assert Asset.objects.count() == 3
    assert set(Album.objects.get().assets.values_list("title", flat=True)) == {"One", "Two", "Three"}


def test_what_is_refused_is_named_and_the_exit_code_says_so(folder, scope):
    (folder / "broken.jpg").write_bytes(b"\x7fELF\0\1\2\0")
    with zipfile.ZipFile(folder / "more.zip", "w") as archive:
        archive.writestr("four.jpg", pictures.encoded(seed=4))
        archive.writestr("five.exe", b"MZ\0\1\x90\0")
    said = run(folder)
    assert "broken.jpg: " in said
    assert "more.zip (five.exe): " in said
    assert "barrow-rye: 3 added, 2 refused.\n" in said
    assert said.endswith("exit 1: 2 files were refused. What is wrong with each stands above.")


def test_the_quota_and_the_limits_hold(folder, scope, settings):
    settings.AURA_MEDIA_QUOTA_MB = settings.AURA_MAX_IMAGE_MB = 1
    (folder / "huge.jpg").write_bytes(pictures.encoded(seed=5).ljust(1_100_000, b"x"))
    (folder / "most.jpg").write_bytes(pictures.encoded(seed=6).ljust(999_000, b"x"))
    said = run(folder)
    assert "huge.jpg: It is larger than 1 MB" in said
    assert "of its 1 MB" in said


def test_a_folder_or_a_person_that_is_not_is_an_error(folder, scope, mallory):
    assert "is no folder" in run(folder / "nowhere")
    assert "is no member" in run(folder, by=mallory.email)
    assert "80 characters" in run(folder, album="x" * 81)
    assert not Asset.objects.exists()
