"""ZIPs on their way in: every member judged and taken by itself, and what lies is refused (trust U7)."""

from __future__ import annotations

import io
import stat
import struct
import time
import zipfile

import pytest

from media_library import archives, intake
from media_library.models import Asset, StoredFile
from media_library.tests import pictures

pytestmark = pytest.mark.django_db(transaction=True)


def zipped(members, method=zipfile.ZIP_STORED) -> bytes:
    """Return a ZIP of [(name or ZipInfo, bytes)]."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def taken() -> set[str]:
    return set(Asset.objects.values_list("title", flat=True))


@pytest.fixture
def sent(bob, client_of, send, scope):
    """Send bytes as an archive and return the status and the page of rows."""

    def go(data: bytes, name: str = "bread.zip", **fields):
        answer = send(client_of(bob), name, data, fields=fields)
        return answer.status_code, answer.content.decode()

    return go


def test_the_files_in_a_zip_are_taken_like_any_others(sent, work):
    data = zipped(
        [
            ("loaves/", b""),
            ("loaves/one.jpg", pictures.encoded(seed=1)),
            ("loaves/deep/two.png", pictures.encoded("PNG", seed=2)),
            ("loaves/again.jpg", pictures.encoded(seed=1)),
            ("loaves/page.html", b"<html>"),
            ("loaves/empty.jpg", b""),
            ("__MACOSX/loaves/._one.jpg", b"left by the system"),
            ("loaves/.DS_Store", b"left by the system"),
        ],
        zipfile.ZIP_DEFLATED,
    )
    status, page = sent(data)
    assert (status, page.count("<li")) == (200, 5)
    assert (page.count("Added"), page.count("You already have this"), page.count("Not taken")) == (2, 1, 2)
    assert taken() == {"One", "Two"}
    work()
    assert set(Asset.objects.values_list("status", flat=True)) == {"ready"}
    assert not StoredFile.objects.filter(mime="application/zip").exists()


def test_a_zip_beside_other_files_keeps_its_trouble_to_itself(bob, client_of, workspace, scope):
    files = [
        pictures.Named(b"PK\x03\x04 nothing behind it", "broken.zip"),
        pictures.Named(pictures.encoded(), "one.jpg"),
    ]
    answer = client_of(bob).post(f"/w/{workspace.slug}/media/upload/", {"files": files})
    assert "1 of 2 taken" in answer.content.decode()
    assert "It is damaged. Pack it anew" in answer.content.decode()


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("../../out.jpg", "leads out of the ZIP"),
        ("a/../../out.jpg", "leads out of the ZIP"),
        ("/etc/out.jpg", "leads out of the ZIP"),
        ("..\\out.jpg", "leads out of the ZIP"),
        ("C:\\out.jpg", "leads out of the ZIP"),
        (link("out.jpg"), "It is a link and no file"),
    ],
)
def test_U7_a_member_that_leads_out_is_refused_and_the_others_are_taken(sent, stored_keys, name, sentence):
    status, page = sent(zipped([(name, pictures.encoded(seed=1)), ("good.jpg", pictures.encoded(seed=2))]))
    assert status == 200
    assert sentence in page
    assert taken() == {"Good"}
    assert len(stored_keys()) == 1


def test_U7_two_members_of_one_name_are_one_too_many(sent):
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = zipped([("a.jpg", pictures.encoded(seed=1)), ("a.jpg", pictures.encoded(seed=2))])
    _, page = sent(data)
    assert "Another file in the ZIP has the same name" in page
    assert Asset.objects.count() == 1


def test_U7_a_thousandfold_is_refused_before_it_is_unpacked(sent, own_storage):
    data = zipped([("bomb.jpg", b"\xff\xd8\xff" + b"\0" * 5_000_000)], zipfile.ZIP_DEFLATED)
    status, page = sent(data)
    assert (status, "more than 100 times as large" in page) == (422, True)
    assert list((own_storage / "tmp").iterdir()) == []


def test_U7_more_than_500_files_are_refused_at_once(sent):
    status, page = sent(zipped([(f"{n}.jpg", b"") for n in range(501)]))
    assert (status, "It holds 501 files, and 500 at a time is the limit" in page) == (422, True)
    data = zipped([(f"{n}.jpg", b"") for n in range(10_000)])
    used = time.thread_time()
    status, page = sent(data)
    assert (status, "It holds 10,000 files" in page) == (422, True)
    assert time.thread_time() - used < 2


def test_U7_a_list_that_is_longer_than_it_says_is_refused(sent):
    data = bytearray(zipped([(f"{n}.jpg", b"") for n in range(600)]))
    struct.pack_into("<HH", data, len(data) - 22 + 8, 1, 1)
    assert sent(bytes(data))[0] == 422
    assert not StoredFile.objects.exists()


def test_U7_members_that_share_their_bytes_are_refused(sent):
    data = zipped([("a.jpg", pictures.encoded()), ("b.jpg", pictures.encoded())])
    second = data.rfind(b"PK\x01\x02")
    overlapping = bytearray(data)
    struct.pack_into("<I", overlapping, second + 42, 0)  # the second begins where the first does
    status, page = sent(bytes(overlapping))
    assert (status, "share their bytes" in page) == (422, True)


def test_U7_too_much_in_all_is_refused(sent, settings):
    settings.AURA_MAX_ZIP_MB = 1
    members = [(f"{n}.jpg", b"\xff\xd8\xff" + b"\0" * 900_000) for n in range(6)]
    status, page = sent(zipped(members, zipfile.ZIP_DEFLATED))
    assert (status, "too much unpacked" in page) == (422, True)


def test_a_zip_over_the_limit_is_answered_413(sent, settings):
    settings.AURA_MAX_ZIP_MB = 1
    status, page = sent(zipped([("a.jpg", b"\0" * 1_100_000)]))
    assert (status, "larger than 1 MB" in page) == (413, True)


@pytest.mark.parametrize("lie", [10, 10_000_000])
def test_U7_a_size_that_lies_is_refused(sent, lie):
    data = bytearray(zipped([("a.jpg", pictures.encoded(width=900, height=600))], zipfile.ZIP_DEFLATED))
    struct.pack_into("<I", data, data.rfind(b"PK\x01\x02") + 24, lie)
    struct.pack_into("<I", data, 22, lie)
    status, page = sent(bytes(data))
    assert status == 422
    assert "Not taken" in page
    assert not StoredFile.objects.exists()


def test_U7_a_nested_or_locked_or_oddly_packed_one_is_said(sent):
    data = bytearray(zipped([("inner.zip", zipped([("a.jpg", pictures.encoded())]))]))
    assert "Unpack it and upload what is inside" in sent(bytes(data))[1]
    locked = bytearray(zipped([("a.jpg", pictures.encoded())]))
    locked[locked.rfind(b"PK\x01\x02") + 8] |= 1
    assert "opens with a password only" in sent(bytes(locked))[1]
    odd = zipped([("a.jpg", pictures.encoded())], zipfile.ZIP_LZMA)
    assert "packed in an unusual way" in sent(odd)[1]
    assert not StoredFile.objects.exists()


@pytest.mark.parametrize(
    "data", [b"PK\x05\x06" + b"\0" * 18, b"PK\x03\x04", b"PK\x03\x04" + b"\0" * 100 + b"PK\x05\x06"]
)
def test_an_empty_or_broken_zip_is_refused_with_a_sentence(sent, data):
    assert sent(data)[0] == 422


def test_a_member_larger_than_its_kind_may_be_is_refused(sent, settings):
    settings.AURA_MAX_IMAGE_MB = 1
    huge = pictures.encoded().ljust(1_200_000, b"x")
    status, page = sent(zipped([("huge.jpg", huge), ("small.jpg", pictures.encoded(seed=3))]))
    assert "larger than 1 MB" in page
    assert (status, taken()) == (200, {"Small"})


def test_a_document_that_is_a_zip_inside_is_not_unpacked(sent):
    data = zipped([("[Content_Types].xml", b"<Types/>"), ("word/media/a.jpg", pictures.encoded())])
    assert sent(data, "letter.docx")[1].count("<li") == 1
    assert "A" not in taken()


def test_what_there_is_no_time_for_is_said_and_taken_the_next_time(sent, monkeypatch):
    data = zipped([("a.jpg", pictures.encoded(seed=1)), ("b.jpg", pictures.encoded(seed=2))])
    monkeypatch.setattr(intake, "LONGEST", -1)
    status, page = sent(data)
    assert (status, page.count("it goes on from here")) == (503, 2)
    monkeypatch.undo()
    assert sent(data)[1].count("Added") == 2


def test_a_retried_zip_gets_the_answers_of_the_first_time(sent):
    data = zipped([("a.jpg", pictures.encoded(seed=1)), ("b.jpg", pictures.encoded(seed=2))])
    assert sent(data, upload_key="k")[1].count("Added") == 2
    assert sent(data, upload_key="k")[1].count("Added") == 2
    assert Asset.objects.count() == 2


def test_a_long_list_is_not_even_read():
    data = bytearray(zipped([("a.jpg", b"")]))
    struct.pack_into("<I", data, len(data) - 22 + 12, 4_000_000)
    with pytest.raises(archives.NotUnpacked):
        archives.opened(io.BytesIO(bytes(data)))
