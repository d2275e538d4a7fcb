"""The way in: caps, counting, hashing, temporary files, and a storage that is whole or absent."""

from __future__ import annotations

import errno
import hashlib
import io
import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.files.base import ContentFile
from django.http import HttpResponse
from django.test import RequestFactory
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from aura.kit import files


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "tmp"
    settings.FILE_UPLOAD_HANDLERS = ["aura.kit.files.CapHandler"]
    settings.MEDIA_ROOT = tmp_path / "media"
    (tmp_path / "tmp").mkdir()


class File(io.BytesIO):
    def __init__(self, data, name="a.bin"):
        super().__init__(data)
        self.name = name


@files.accepts_files(file_bytes=lambda: 100_000, files=3)
def taking(request):
    return HttpResponse("taken")


def refusing(request):
    return HttpResponse("no files here")


def request_to(view, data, *, signed_in=True, **extra):
    request = RequestFactory().post("/x/", data, **extra)
    request.user = SimpleNamespace(is_authenticated=signed_in)
    request.resolver_match = SimpleNamespace(func=view)
    return request


def temporary_files(settings):
    return list(Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir())


@given(data=st.binary(max_size=20_000))
@hypothesis_settings(max_examples=25, deadline=None)
def test_what_arrives_is_what_was_sent_and_its_hash(data):
    request = request_to(taking, {"f": File(data), "word": "kept"})
    upload = request.FILES["f"]
    assert upload.read() == data
    assert upload.size == len(data)
    assert upload.sha256 == hashlib.sha256(data).hexdigest()
    assert request.POST["word"] == "kept"
    request.close()


def test_temporary_files_go_with_the_request(settings):
    request = request_to(taking, {"f": File(b"x" * 500)})
    assert request.FILES
    assert len(temporary_files(settings)) == 1
    request.close()
    assert temporary_files(settings) == []


@pytest.mark.parametrize("size", [99_999, 100_000, 100_001, 160_000])
def test_bytes_are_counted_and_not_believed(settings, size):
    request = request_to(taking, {"f": [File(b"x" * size, "big"), File(b"y", "small")]})
    names = [upload.name for upload in request.FILES.getlist("f")]
    refused = files.refused_files(request)
    if size <= 100_000:
        assert (names, refused) == (["big", "small"], [])
    else:
        assert names == ["small"]
        assert [(each.name, str(each.problem)) for each in refused] == [
            ("big", "It is larger than 100 kB, the limit here. Make it smaller first.")
        ]
    request.close()
    assert temporary_files(settings) == []


def test_files_beyond_the_number_are_dropped(settings):
    request = request_to(taking, {"f": [File(b"x", str(n)) for n in range(5)]})
    assert [upload.name for upload in request.FILES.getlist("f")] == ["0", "1", "2"]
    assert [each.name for each in files.refused_files(request)] == ["3", "4"]


@pytest.mark.parametrize(("view", "signed_in"), [(refusing, True), (taking, False), (refusing, False)])
def test_where_no_files_are_taken_none_is_opened(settings, view, signed_in):
    request = request_to(view, {"f": File(b"x" * 50_000), "word": "kept"}, signed_in=signed_in)
    assert not request.FILES
    assert request.POST["word"] == "kept"
    assert temporary_files(settings) == []


def answer_of(request, view):
    middleware = files.BodyCapMiddleware(lambda request: HttpResponse())
    return middleware.process_view(request, view, (), {})


@pytest.mark.parametrize(
    ("view", "signed_in", "length", "status"),
    [
        (taking, True, 300_000 + files.FORM_OVERHEAD, None),
        (taking, True, 300_001 + files.FORM_OVERHEAD, 413),
        (taking, False, files.ANONYMOUS_BODY, None),
        (taking, False, files.ANONYMOUS_BODY + 1, 413),
        (refusing, True, 1_000_000, None),
        (refusing, True, 1_000_001, 413),
        (refusing, False, files.ANONYMOUS_BODY + 1, 413),
    ],
)
def test_a_declared_length_is_judged_before_anything_is_read(view, signed_in, length, status):
    request = request_to(view, {"f": File(b"x")}, signed_in=signed_in)
    request.META["CONTENT_LENGTH"] = str(length)
    answer = answer_of(request, view)
    assert (answer.status_code if answer else None) == status
    if answer:
        assert answer["Connection"] == "close"


def test_a_program_gets_problem_details():
    request = request_to(refusing, {"f": File(b"x")}, headers={"Accept": "application/json"})
    request.META["CONTENT_LENGTH"] = "5000000"
    answer = answer_of(request, refusing)
    assert (answer.status_code, answer["Content-Type"]) == (413, "application/problem+json")
    assert b"1 MB" in answer.content


@pytest.mark.parametrize(
    ("headers", "status"), [({"HTTP_TRANSFER_ENCODING": "chunked"}, 411), ({"CONTENT_LENGTH": "many"}, 400)]
)
def test_a_body_of_unknown_length_is_refused(headers, status):
    request = request_to(taking, {"f": File(b"x")})
    request.META.update(headers)
    assert answer_of(request, taking).status_code == status


def test_F3_a_full_disk_while_receiving_stops_cleanly(settings, monkeypatch):
    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.HashedUpload, "write", full, raising=False)
    request = request_to(taking, {"f": File(b"x" * 500)})
    assert not request.FILES
    assert "no room left" in str(files.upload_stopped(request))
    assert temporary_files(settings) == []


def test_a_body_that_drips_is_given_up(settings, monkeypatch):
    now = iter([0.0] + [files.GRACE + 60.0] * 50)
    monkeypatch.setattr(files.time, "monotonic", lambda: next(now))
    request = request_to(taking, {"f": File(b"x" * 500)})
    assert not request.FILES
    assert files.upload_stopped(request).status == 408
    assert temporary_files(settings) == []


# The storage ------------------------------------------------------------------------------------------------------


def storage_in(folder):
    return files.DurableFileSystemStorage(location=folder, file_permissions_mode=0o640)


def test_a_stored_file_is_whole_private_and_alone(tmp_path):
    storage = storage_in(tmp_path / "deep" / "media")
    assert storage.save("ws/a.jpg", ContentFile(b"content")) == "ws/a.jpg"
    path = tmp_path / "deep" / "media" / "ws" / "a.jpg"
    assert path.read_bytes() == b"content"
    assert path.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in path.parent.iterdir()] == ["a.jpg"]


def test_a_temporary_file_is_moved_and_not_copied(tmp_path):
    storage = storage_in(tmp_path / "media")
    source = tmp_path / "work-1"
    source.write_bytes(b"content")
    inode = source.stat().st_ino
    with files.LocalFile(source) as file:
        files.store(storage, "ws/a.bin", file, 7)
    assert not source.exists()
    assert (tmp_path / "media/ws/a.bin").stat().st_ino == inode


def test_the_same_key_again_replaces_it(tmp_path):
    storage = storage_in(tmp_path)
    for _ in range(2):
        files.store(storage, "ws/a", ContentFile(b"same"), 4)
    assert (tmp_path / "ws/a").read_bytes() == b"same"


def test_every_step_reaches_the_disk_before_the_next(tmp_path, monkeypatch):
    steps = []
    for name in ("fsync", "rename"):
        real = getattr(os, name)
        monkeypatch.setattr(
            os, name, lambda *args, _real=real, _name=name: (steps.append(_name), _real(*args))[1]
        )
    (tmp_path / "ws").mkdir()
    storage_in(tmp_path).save("ws/a", ContentFile(b"x"))
    assert steps == ["fsync", "rename", "fsync"]


def test_F3_a_full_disk_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    (tmp_path / "ws").mkdir()
    with pytest.raises(files.NoSpace, match="no room left"):
        files.store(storage_in(tmp_path), "ws/a", ContentFile(b"x"), 1)
    assert list((tmp_path / "ws").iterdir()) == []


def test_a_storage_that_keeps_something_else_is_found_out(tmp_path):
    with pytest.raises(OSError, match="1 bytes in the storage, 2 were sent"):
        files.store(storage_in(tmp_path), "ws/a", ContentFile(b"x"), 2)


@pytest.mark.parametrize(
    ("size", "said"), [(1, "1 kB"), (340_000, "340 kB"), (9_440_000, "9.4 MB"), (10_000_000, "10 MB")]
)
def test_sizes_are_said_as_people_read_them(size, said):
    assert files.megabytes(size) == said
