"""Documents that mean harm (trust.md §3: U1, U2, U7, U8): refused with a sentence, or kept and never run."""

from __future__ import annotations

import io
import stat
import struct
import time
import zipfile

import pytest
from django.core.files.storage import default_storage

from media_library import formats
from media_library.models import Asset, Rendition, StoredFile
from media_library.tests import documents, pictures

pytestmark = pytest.mark.django_db(transaction=True)

SCRIPT = b"<script>alert('canary')</script>"


def refusal(data: bytes) -> str:
    """Return the sentence with which a file is refused, and check that refusing is quick."""
    used = time.thread_time()
    with pytest.raises(formats.Unusable) as caught:
        formats.judge(io.BytesIO(data))
    assert time.thread_time() - used < 1, "a second of its own, however busy the machine is"
    sentence = str(caught.value)
    assert sentence.endswith(".")
    return sentence


def with_member(name: str, data: bytes = b"x", *, mode: int = 0) -> bytes:
    """Return an Office file with one more member of any name."""
    out = io.BytesIO(documents.office())
    with zipfile.ZipFile(out, "a") as archive:
        member = zipfile.ZipInfo(name)
        member.external_attr = mode << 16
        archive.writestr(member, data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def with_bytes(data: bytes, before: bytes, after: bytes) -> bytes:
    assert before in data
    return data.replace(before, after)


def claiming(size: int) -> bytes:
    """Return an Office file whose list says of its last member that it is so large unpacked."""
    data = bytearray(documents.office())
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", size)
    return bytes(data)


def of_many_members(count: int) -> bytes:
    return documents.zipped(
        {"[Content_Types].xml": documents.types_list(documents.WORD)} | {f"{n}": b"" for n in range(count)}
    )


def sharing_bytes() -> bytes:
    """Return an Office file two members of which are the same bytes: how a small file unpacks to a large one."""
    data = bytearray(documents.office())
    last = data.rindex(b"PK\x01\x02")
    first = data.index(b"PK\x01\x02")
    data[last + 42 : last + 46] = data[first + 42 : first + 46]
    return bytes(data)


def entities(kind: str) -> bytes:
    """Return an Office file whose list of types has a document type of its own."""
    heads = {
        "laughs": "<!DOCTYPE Types [<!ENTITY a 'ha'>" + "".join(
            f"<!ENTITY {chr(98 + n)} '{('&' + chr(97 + n) + ';') * 10}'>" for n in range(9)
        ) + "]>",
        "outside": "<!DOCTYPE Types [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>",
        "address": "<!DOCTYPE Types SYSTEM 'http://169.254.169.254/latest/'>",
    }  # fmt: skip
    return documents.zipped({"[Content_Types].xml": documents.types_list(documents.WORD, head=heads[kind])})


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (documents.pdf()[:-300], "cut off"),
        (b"%PDF-1.7\n", "cut off"),
        (SCRIPT + documents.pdf(), "nothing that Aura can read"),
        (b"a few words first\n" + documents.pdf()[:200], "nothing that Aura can read"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old kind"),
        (documents.zipped({"evil.html": SCRIPT}), "ZIP archive"),
        (documents.zipped({}), "ZIP archive"),
        (documents.zipped({"mimetype": b"application/epub+zip"}), "does not take"),
        (documents.office("application/vnd.ms-visio.drawing"), "does not take"),
        (documents.office()[:-30], "cut off"),
        (b"PK\x03\x04" + b"\0" * 200, "cut off"),
        (documents.office()[:40] + documents.office()[90:], "cut off"),
        (b"<!DOCTYPE html><title>x</title>", "nothing that Aura can read"),
        (b"\xef\xbb\xbf\n <HTML><body onload=alert(1)>", "nothing that Aura can read"),
        ("<html>".encode("utf-16"), "nothing that Aura can read"),
        (b"<?xml version='1.0'?><rss/>", "nothing that Aura can read"),
        (b"<?php system($_GET['c']); ?>", "nothing that Aura can read"),
        (b"{\\rtf1\\ansi words}", "RTF"),
        (b"MZ\x90\0\3\0\0\0" + b"\0" * 60, "nothing that Aura can read"),
        (b"\x7fELF\2\1\1" + b"\0" * 60, "nothing that Aura can read"),
        (b"   \n\n  ", "nothing that Aura can read"),
        (b"words\n" * 20_000 + b"\0\1\2", "goes on as something else"),
        (b"words\n" * 20_000 + b"\x81\x8d", "goes on as something else"),
    ],
)
def test_U1_what_is_no_document_of_ours_is_refused_by_name(data, says):
    assert says in refusal(data)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (with_member("../../etc/cron.d/x"), "damaged"),
        (with_member("..\\x"), "damaged"),
        (with_member("/etc/passwd"), "damaged"),
        (with_member("C:/x"), "damaged"),
        (with_member("link", b"/etc/passwd", mode=stat.S_IFLNK | 0o777), "damaged"),
        (sharing_bytes(), "damaged"),
        (with_member("big.xml", b"\0" * 20_000_000), "too much unpacked"),
        (claiming(4_000_000_000), "too much unpacked"),
        (of_many_members(10_000), "too much unpacked"),
        (documents.office()[:-12] + b"\xff" * 12, "too much unpacked"),
        (with_bytes(documents.office(), b"\x14\0\0\0\x08\0", b"\x14\0\1\0\x08\0"), "password"),
    ],
    ids=[
        "slip",
        "backslash",
        "absolute",
        "drive",
        "symlink",
        "overlap",
        "ratio",
        "claimed",
        "many",
        "zip64",
        "locked",
    ],
)
def test_U7_an_archive_that_means_harm_is_refused_before_anything_is_unpacked(data, says):
    assert says in refusal(data)


def test_U7_names_that_stand_twice_are_refused():
    with pytest.warns(UserWarning, match="Duplicate"):
        data = with_member("main.xml")
    assert "damaged" in refusal(data)


def test_U7_a_list_of_types_that_unpacks_to_more_than_it_says_is_stopped():
    long = documents.types_list(documents.WORD, head="<!--" + "x" * 2_000_000 + "-->")
    assert "too much unpacked" in refusal(documents.zipped({"[Content_Types].xml": long}))


@pytest.mark.parametrize("kind", ["laughs", "outside", "address"])
def test_U8_entities_and_document_types_are_refused_unread(kind):
    assert "damaged" in refusal(entities(kind))


@pytest.mark.parametrize(
    ("name", "data", "mime"),
    [
        ("a.html", documents.pdf() + SCRIPT, "application/pdf"),
        ("a.pdf", documents.office() + b"", documents.WORD),
        ("a.exe", documents.TABLE + SCRIPT, "text/plain"),
        ("a.svg", b"alert(1);\nalert(2);\n", "text/plain"),
    ],
)
def test_U1_a_polyglot_leaves_as_a_download_of_what_it_begins_as(
    bob, client_of, send, work, scope, name, data, mime
):
    client = client_of(bob)
    assert send(client, name, data).status_code == 200
    work()
    asset = Asset.objects.get()
    for address in (f"/w/{scope.slug}/media/{asset.pk}/file/", asset.clean_copy.get_absolute_url()):
        answer = client.get(address)
        assert answer["Content-Type"] == mime
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert ".html" not in client.get(f"/w/{scope.slug}/media/{asset.pk}/file/")["Content-Disposition"]
    assert not StoredFile.objects.get().key.endswith((".html", ".exe", ".svg"))


def test_U1_a_damaged_pdf_fails_with_a_sentence(bob, client_of, send, work, scope):
    send(client_of(bob), "a.pdf", documents.pdf()[:30] + b"\0" * 500 + b"%%EOF")
    work()
    asset = Asset.objects.get()
    assert (asset.status, asset.failure) == ("failed", formats.pdf.DAMAGED)
    assert not Rendition.objects.exists()
    assert client_of(bob).get(f"/w/{scope.slug}/media/{asset.pk}/file/").status_code == 409


@pytest.mark.parametrize(
    "data",
    [documents.pdf_with_giant_picture(), documents.pdf_that_draws_for_ever()],
    ids=["picture of 900 megapixels", "a form in a form in a form"],
)
def test_U3_a_page_that_costs_too_much_is_given_up_and_the_document_kept(
    bob, client_of, send, work, scope, data, monkeypatch
):
    monkeypatch.setattr(formats.pdf, "CPU_SECONDS", 1)
    started = time.monotonic()
    assert send(client_of(bob), "a.pdf", data).status_code == 200
    assert Asset.objects.get().status == "pending", "nobody waited for the page"
    work()
    asset = Asset.objects.get()
    assert asset.status == "ready"
    clean = Rendition.objects.get(preset="clean")
    with default_storage.open(clean.key) as file:
        assert file.read() == data
    assert time.monotonic() - started < 60  # a second of its processor, on a machine that others use too


def test_the_other_files_of_an_upload_are_kept(bob, client_of, scope, work):
    files = [
        pictures.Named(entities("laughs"), "laughs.docx"),
        pictures.Named(documents.pdf(), "menu.pdf"),
        pictures.Named(of_many_members(10_000), "many.xlsx"),
        pictures.Named(documents.TABLE, "table.csv"),
        pictures.Named(documents.locked_pdf(), "locked.pdf"),
        pictures.Named(pictures.encoded(), "loaf.jpg"),
    ]
    page = client_of(bob).post(f"/w/{scope.slug}/media/upload/", {"files": files}).content.decode()
    assert "4 of 6 taken" in page
    work()
    assert set(Asset.objects.values_list("title", "status")) == {
        ("Menu", "ready"),
        ("Table", "ready"),
        ("Locked", "ready"),
        ("Loaf", "ready"),
    }
