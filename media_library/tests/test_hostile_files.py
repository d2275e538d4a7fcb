"""Files that mean harm (trust.md §3, Upload): refused before they are decoded, or re-encoded, or a clean failure."""

from __future__ import annotations

import io
import time
import zipfile
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.test import Client

from media_library import formats, names
from media_library.formats import image
from media_library.models import Asset, Rendition, StoredFile
from media_library.tests import pictures

pytestmark = pytest.mark.django_db(transaction=True)

ZIP = io.BytesIO()
with zipfile.ZipFile(ZIP, "w") as _archive:
    _archive.writestr("evil.html", "<script>alert(1)</script>")


def refusal(data: bytes) -> str:
    """Return the sentence with which a file is refused, and check that refusing is quick."""
    used = time.thread_time()
    with pytest.raises(formats.Unusable) as caught:
        formats.judge(io.BytesIO(data))
    assert time.thread_time() - used < 1, "a second of its own, however busy the machine is"
    return str(caught.value)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"<html><script>alert(1)</script>", "nothing that Aura can read"),
        (ZIP.getvalue(), "ZIP"),
        (b"II*\0" + b"\0" * 64, "TIFF"),
        (b"8BPS\0\1" + b"\0" * 64, "Photoshop"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "nothing that Aura can read"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "cut off"),
        (b"\0\0\0\x18ftyphevc\0\0\0\0msf1hevc", "moving HEIC"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + b"\0" * 64, "film"),
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n", "cut off"),
        (b"\xff\xd8\xff", "cut off"),
        (b"\xff\xd8\xff\xda\0\x02", "cut off"),
        (b"GIF89a", "cut off"),
        (b"RIFF\0\0\0\0WEBP", "cut off"),
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf", "cut off"),
        (b"\0\0\0\x1cftypavis\0\0\0\0avismsf1miaf", "moving AVIF"),
    ],
)
def test_U1_what_is_no_picture_of_ours_is_refused_by_name(data, says):
    sentence = refusal(data)
    assert says in sentence
    assert sentence.endswith(".")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
@pytest.mark.parametrize("tail", [b"<script>alert('canary')</script>", ZIP.getvalue()], ids=["html", "zip"])
def test_U1_a_polyglot_leaves_without_its_second_half(bob, client_of, send, work, scope, kind, tail):
    send(client_of(bob), "a.php.png", pictures.encoded(kind) + tail)
    work()
    made = {row.preset: row for row in Rendition.objects.all()}
    assert set(made) == {"thumb", "web", "clean"}
    for row in made.values():
        with default_storage.open(row.key) as file:
            assert tail not in file.read()
        answer = client_of(bob).get(f"/w/{scope.slug}/media/renditions/{row.pk}/")
        assert answer["Content-Type"] in image.SHOWN_BY_BROWSERS
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert ("attachment" in answer["Content-Disposition"]) == (row.preset == "clean")


def test_U1_the_type_comes_from_the_content_and_not_from_the_client(bob, client_of, send, scope):
    file = pictures.Named(pictures.encoded("PNG"), "picture.html")
    file.content_type = "text/html"  # type: ignore[attr-defined]
    client_of(bob).post(f"/w/{scope.slug}/media/upload/", {"files": file}, headers={"HX-Request": "true"})
    stored = StoredFile.objects.get()
    assert (stored.mime, stored.extension) == ("image/png", "png")
    assert stored.key.endswith(".png")


NAMES = [
    "../../etc/passwd.jpg",
    "..\\..\\boot.jpg",
    "a\0b.jpg",
    "photo\u202egpj.exe.jpg",
    "x" * 400 + ".jpg",
    ".htaccess",
    "line\r\nSet-Cookie: a=b.jpg",
    'quote".jpg',
    "ümläut 🥐.jpg",
    "%00%2e%2e.jpg",
]


@pytest.mark.parametrize("name", NAMES)
def test_U2_a_name_never_reaches_the_storage_and_is_shown_cleaned(name):
    shown, title, download = (
        names.display_name(name),
        names.title_from(name),
        names.download_name(name, "jpg"),
    )
    for text in (shown, title, download):
        assert 0 < len(text) <= 205
        assert not set(text) & set("\0\r\n\u202e\u2066/\\")
        assert text == text.strip()
    assert not set(download) & set('<>:"|?*')
    assert not download.startswith(".")


@pytest.mark.parametrize("name", [name for name in NAMES if "\0" not in name and "\r" not in name])
def test_U2_the_key_is_ours_whatever_the_name(bob, client_of, send, scope, work, name):
    client = client_of(bob)
    answer = send(client, name, pictures.encoded())
    assert answer.status_code == 200
    stored = StoredFile.objects.get()
    assert stored.key.startswith(f"{scope.pk}/")
    assert stored.key.count("/") == 1
    work()
    download = client.get(f"/w/{scope.slug}/media/{Asset.objects.get().pk}/file/")
    assert download.status_code == 200
    assert download["Content-Disposition"].startswith("attachment; filename")
    assert "\n" not in download["Content-Disposition"]


@pytest.mark.parametrize(
    "data",
    [
        pictures.png_claiming(60_000, 60_000),
        pictures.png_claiming(20_000, 20_000),
        pictures.png_claiming(12_000, 12_000),
        pictures.png_claiming(9_400, 9_400),
    ],
    ids=["60000", "20000", "12000", "9400"],
)
def test_U3_too_many_pixels_are_refused_by_the_header(data):
    assert "megapixels" in refusal(data)


def test_U3_a_jpeg_and_a_webp_of_giant_size_are_refused():
    jpeg = pictures.encoded("JPEG")
    at = jpeg.index(b"\xff\xc0") + 5
    assert "megapixels" in refusal(jpeg[:at] + (65_500).to_bytes(2, "big") * 2 + jpeg[at + 4 :])
    heic = pictures.encoded("HEIF", 30, 20)
    at = heic.index(b"ispe") + 8
    assert "HEIC here is 40 megapixels" in refusal(
        heic[:at] + (30_000).to_bytes(4, "big") * 2 + heic[at + 8 :]
    )
    canvas = (16_000 - 1).to_bytes(3, "little") * 2
    webp = b"RIFF\0\0\0\0WEBPVP8X" + (10).to_bytes(4, "little") + b"\0\0\0\0" + canvas
    assert "megapixels" in refusal(webp)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"])
def test_U1_a_picture_cut_off_behind_its_header_fails_with_a_sentence(
    bob, client_of, send, work, scope, kind
):
    data = pictures.encoded(kind, 600, 400)
    send(client_of(bob), "short", data[: len(data) * 2 // 3])
    work()
    asset = Asset.objects.get()
    assert asset.status == "failed"
    assert asset.failure == image.DAMAGED
    assert not Rendition.objects.exists()
    page = client_of(bob).get(asset.get_absolute_url()).content.decode()
    assert image.DAMAGED in page
    assert "Try again" in page


def test_U4_frames_count_against_the_pixel_budget():
    assert "moves through 300 pictures" in refusal(pictures.gif_of(300, 2000, 2000))
    assert "moves through" in refusal(pictures.gif_of(10_000, 200, 200))
    apng = pictures.encoded(
        "PNG", 200, 200, save_all=True, append_images=[pictures.photo(200, 200, n) for n in (2, 3)]
    )
    at = apng.index(b"acTL") + 4
    assert "moves through 4,000" in refusal(apng[:at] + (4000).to_bytes(4, "big") + apng[at + 4 :])


def test_U4_an_animation_within_the_budget_keeps_moving(bob, client_of, send, work, scope):
    frames = [pictures.photo(60, 40, n).convert("P") for n in range(2, 6)]
    send(
        client_of(bob),
        "moving.gif",
        pictures.encoded("GIF", 60, 40, save_all=True, append_images=frames, loop=0),
    )
    work()
    clean = Rendition.objects.get(preset="clean")
    with default_storage.open(clean.key) as file:
        assert image.judge(file).frames == 5


def anonymous_upload(size: int, address: str) -> tuple[Client, object]:
    client = Client(enforce_csrf_checks=True)
    client.cookies["csrf"] = "x" * 32
    body = {"csrfmiddlewaretoken": "x" * 32, "files": pictures.Named(b"\xff\xd8\xff" + b"x" * size, "a.jpg")}
    return client, client.post(address, body)


@pytest.mark.parametrize(
    "address", ["/w/barrow-rye/media/upload/", "/account/login/", "/admin/login/", "/nowhere/"]
)
def test_U5_an_anonymous_upload_with_a_forged_token_stores_nothing(
    workspace, own_storage, address, monkeypatch
):
    opened = []
    monkeypatch.setattr("aura.kit.files.HashedUpload.__init__", lambda *args: opened.append(args))
    _, answer = anonymous_upload(30_000_000, address)
    assert answer.status_code in (302, 403, 404, 413)
    assert opened == []
    assert list(Path(own_storage / "tmp").iterdir()) == []


def test_U5_other_routes_take_no_files_even_from_members(bob, client_of, workspace, own_storage, monkeypatch):
    opened = []
    monkeypatch.setattr("aura.kit.files.HashedUpload.__init__", lambda *args: opened.append(args))
    client = client_of(bob)
    answer = client.post(
        f"/w/{workspace.slug}/media/pick/", {"files": pictures.Named(b"x" * 5_000_000, "a.jpg")}
    )
    assert answer.status_code == 413
    client.post(f"/w/{workspace.slug}/media/pick/", {"files": pictures.Named(b"x" * 5_000, "a.jpg")})
    assert opened == []


def test_U5_a_stranger_is_turned_away_unread(mallory, client_of, workspace, monkeypatch):
    opened = []
    monkeypatch.setattr("aura.kit.files.HashedUpload.__init__", lambda *args: opened.append(args))
    body = {"files": pictures.Named(b"x" * 5_000_000, "a.jpg")}
    assert client_of(mallory).post(f"/w/{workspace.slug}/media/upload/", body).status_code == 404
    assert opened == []


def test_U5_a_body_of_unknown_length_is_refused(bob, client_of, workspace):
    answer = client_of(bob).post(
        f"/w/{workspace.slug}/media/upload/",
        {"files": pictures.Named(b"x", "a.jpg")},
        headers={"Transfer-Encoding": "chunked"},
    )
    assert answer.status_code == 411


def test_U5_more_than_a_hundred_files_are_refused(bob, client_of, workspace, scope):
    files = [pictures.Named(b"x", f"{n}.jpg") for n in range(101)]
    answer = client_of(bob).post(f"/w/{workspace.slug}/media/upload/", {"files": files})
    assert answer.status_code in (400, 413)
    assert not StoredFile.objects.exists()


def test_U5_a_declared_length_beyond_all_is_refused_unread(bob, client_of, workspace):
    answer = client_of(bob).generic(
        "POST",
        f"/w/{workspace.slug}/media/upload/",
        b"--x\r\n",
        content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH="10000000000",
    )
    assert answer.status_code == 413
    assert "200 MB a file" in answer.content.decode()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF", "GIF"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_U6_nothing_private_leaves_and_pictures_stand_upright(
    bob, client_of, send, work, scope, kind, orientation
):
    send(client_of(bob), "holiday", pictures.private(kind, orientation=orientation))
    work()
    asset = Asset.objects.get()
    assert asset.status == "ready", asset.failure
    turned = orientation == 6 and kind != "GIF"
    assert (asset.width, asset.height) == ((60, 90) if turned else (90, 60))
    for row in Rendition.objects.all():
        with default_storage.open(row.key) as file:
            data = file.read()
        assert pictures.SECRET_PLACE not in data, row.preset
        with pictures.Image.open(io.BytesIO(data)) as made:
            assert not dict(made.getexif()), row.preset
            assert not made.getexif().get_ifd(0x8825), row.preset
            assert made.size == (row.width, row.height)
            assert (made.width < made.height) == turned
            made.load()


@pytest.mark.parametrize("kind", ["JPEG", "HEIF"])
def test_U6_the_colour_profile_stays(bob, client_of, send, work, scope, kind):
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    send(client_of(bob), "wide", pictures.encoded(kind, icc_profile=profile))
    work()
    for row in Rendition.objects.all():
        with default_storage.open(row.key) as file, pictures.Image.open(file) as made:
            assert made.info.get("icc_profile") == profile
