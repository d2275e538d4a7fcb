"""Films: told by content, copied without what is private, shown by a poster, played in parts."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import av
import pytest
from django.core.files.storage import default_storage
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image

from media_library import formats
from media_library.formats import film
from media_library.formats.film_header import FilmHeader, NotAFilm, read_film
from media_library.models import Asset, Rendition, StoredFile
from media_library.tests import films, pictures

KINDS = ["mp4", "mov", "webm"]


def drawn(folder: Path, data: bytes) -> tuple[formats.Drawn, dict[str, Path]]:
    """Return what is made of a film, and where."""
    source = folder / "source"
    source.write_bytes(data)
    result = film.draw(source, folder, "made")
    return result, {made.preset: made.path for made in result.made}


@pytest.mark.parametrize("kind", KINDS)
def test_a_film_is_told_by_its_content(kind):
    header = formats.judge(io.BytesIO(films.film(kind, sound=True)))
    assert isinstance(header, FilmHeader)
    assert (header.kind, header.mime) == ("video", {"mov": "video/quicktime"}.get(kind, f"video/{kind}"))
    assert (header.extension, header.width, header.height) == (kind, 96, 64)
    assert abs(header.duration_ms - 2000) < 20


def test_a_film_held_upright_is_upright(tmp_path):
    data = films.turned(films.film("mov"))
    header = read_film(io.BytesIO(data))
    assert (header.width, header.height) == (64, 96)
    result, made = drawn(tmp_path, data)
    assert (result.width, result.height) == (64, 96)
    with Image.open(made["web"]) as poster:
        assert poster.size == (64, 96)
        red, green, _ = poster.convert("RGB").getpixel((58, 5))  # type: ignore[misc]
        assert (red > 150, green < 100) == (True, True), "the upper left of the film is its upper right"
    with av.open(str(made["clean"])) as copy:
        assert next(copy.decode(video=0)).rotation == -90, "players turn it themselves"


@pytest.mark.parametrize("kind", KINDS)
def test_what_leaves_is_the_same_film_without_what_is_private(tmp_path, kind):
    data = films.film(kind, sound=True)
    assert films.SECRET_PLACE in data
    assert films.SECRET_WORDS in data
    result, made = drawn(tmp_path, data)
    copy = made["clean"].read_bytes()
    for secret in (films.SECRET_PLACE, films.SECRET_WORDS, b"2026-02-28", b"canary"):
        assert secret not in copy
    with av.open(io.BytesIO(data)) as before, av.open(io.BytesIO(copy)) as after:
        assert "creation_time" not in after.metadata | after.streams.video[0].metadata
        heard = [[bytes(packet) for packet in each.demux(audio=0)] for each in (before, after)]
        assert heard[0] == heard[1], "nothing is encoded anew"
        before.seek(0)
        after.seek(0)
        seen = [
            [(frame.time, *map(bytes, frame.planes)) for frame in each.decode(video=0)]
            for each in (before, after)
        ]
        assert seen[0] == seen[1]
        assert len(seen[0]) == 20
    assert [made.mime for made in result.made][-1] == ("video/webm" if kind == "webm" else "video/mp4")
    assert result.codecs == ("vp8 opus" if kind == "webm" else "h264 aac")
    assert result.duration_ms == 2000
    if kind != "webm":
        assert b"x264 - core" in data
        assert b"x264 - core" not in copy, "what stands between the pictures goes as well"
        assert copy.index(b"moov") < copy.index(b"mdat"), "it plays while it loads"


def test_the_poster_is_a_picture_that_shows_something(tmp_path):
    _, made = drawn(tmp_path, films.film("mp4", pictures=40, black=14))
    with Image.open(made["thumb"]) as poster:
        assert poster.convert("RGB").getextrema()[0][1] > 200  # type: ignore[index]
    _, made = drawn(tmp_path, films.film("mp4", black=20))
    with Image.open(made["thumb"]) as poster:
        assert poster.size == (96, 64), "a film that is black from end to end has a black one"


def test_what_no_mp4_holds_stays_a_mov_and_is_not_played(tmp_path):
    result, made = drawn(tmp_path, films.film("mov", codec="prores_ks", pixels="yuv422p10le"))
    assert result.made[-1].mime == "video/quicktime"
    assert result.codecs == "prores"
    assert film.unplayed(result.made[-1].mime, result.codecs) == "ProRes"
    assert films.SECRET_WORDS not in made["clean"].read_bytes()


@pytest.mark.parametrize(
    ("codec", "pixels", "codecs", "words", "played"),
    [
        ("libx264", "yuv420p", "h264", "H.264, without sound", True),
        ("libx264", "yuv422p", "h264/yuv422p", "H.264 (yuv422p), without sound", False),
        ("libx265", "yuv420p", "hevc", "H.265, without sound", False),
        ("libsvtav1", "yuv420p", "av1", "AV1, without sound", True),
        ("mpeg4", "yuv420p", "mpeg4", "MPEG-4, without sound", False),
    ],
)
def test_a_film_says_how_it_is_compressed(tmp_path, codec, pixels, codecs, words, played):
    result, made = drawn(tmp_path, films.film("mp4", codec=codec, pixels=pixels))
    assert result.codecs == codecs
    assert film.words_of(result.codecs) == words
    assert (film.unplayed(result.made[-1].mime, result.codecs) == "") == played
    assert (b"hvc1" in made["clean"].read_bytes()) == (codecs == "hevc"), "as Apple's players call it"


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("mp4", "movflags=frag_keyframe+empty_moov+default_base_moof"),
        ("mp4", "movflags=dash+frag_every_frame+empty_moov"),
        ("mov", "movflags=rtphint"),
        ("webm", "live=1"),
    ],
)
def test_a_film_that_was_recorded_as_it_came_says_how_long_it_runs(tmp_path, kind, options):
    """Such files do not say their length anywhere, and come in fragments or without an end."""
    result, made = drawn(tmp_path, films.packed(kind, options))
    assert abs((result.duration_ms or 0) - 2000) <= 100
    assert (result.width, result.height) == (96, 64)
    with av.open(str(made["clean"])) as copy:
        assert abs((copy.duration or 0) / 1_000_000 - 2) < 0.3, "players are told now"


def test_lengths_are_written_as_people_read_them():
    lengths = {0: "0:00", 950: "0:01", 64_000: "1:04", 3_664_000: "1:01:04", None: ""}
    assert {each: Asset(duration_ms=each).duration for each in lengths} == lengths


def test_a_film_that_begins_late_runs_as_long_as_it_shows(tmp_path):
    result, _ = drawn(tmp_path, films.film("mp4", begins=30))
    assert result.duration_ms == 2000


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_damaged_header_is_read_or_refused_and_never_more(kind, data):
    whole = bytearray(films.film(kind))
    for _ in range(data.draw(st.integers(0, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(1, len(whole)))])
    try:
        assert isinstance(read_film(io.BytesIO(cut)), FilmHeader)
    except NotAFilm:
        pass


# The whole way ---------------------------------------------------------------------------------------------------


@pytest.fixture
def uploaded(bob, client_of, send, work, in_scope) -> Any:
    """Upload a film, let the worker run, and return the asset."""

    def run(data: bytes, name: str = "opening-day.mp4") -> Asset:
        answer = send(client_of(bob), name, data)
        assert answer.status_code == 200, answer.content.decode()
        work()
        with in_scope():
            rows = Asset.objects.select_related("current__stored_file")
            return rows.prefetch_related("current__renditions").get()

    return run


@pytest.fixture
def at(in_scope) -> Any:
    """Return the address of an asset or rendition of the team's workspace."""

    def address(thing: Any) -> str:
        with in_scope():
            return str(thing.get_absolute_url())

    return address


@pytest.mark.django_db(transaction=True)
def test_a_film_is_uploaded_made_ready_and_played_on_its_page(at, uploaded, carol, client_of, workspace):
    asset = uploaded(films.film("mov", sound=True), "opening-day.MOV")
    assert (asset.kind, asset.status, asset.title) == ("video", "ready", "Opening day")
    assert (asset.width, asset.height, asset.duration_ms, asset.duration) == (96, 64, 2000, "0:02")
    assert (asset.shape, asset.dhash, asset.current.codecs) == ("landscape", None, "h264 aac")
    assert asset.current.stored_file.mime == "video/quicktime"
    with default_storage.open(asset.current.stored_file.key) as file:
        assert films.SECRET_PLACE in file.read(), "the original stays what it was"
    page = client_of(carol).get(at(asset)).content.decode()
    assert "<video" in page
    assert f'poster="{at(asset.web)}"' in page
    assert f'<source src="{at(asset.clean_copy)}" type="video/mp4">' in page
    assert "0:02, H.264, AAC" in page
    assert "without place and camera" in page
    assert "Cuts for each place" not in page
    library = client_of(carol).get(f"/w/{workspace.slug}/media/?kind=video").content.decode()
    assert "0:02" in library
    assert at(asset.thumb) in library
    assert (
        "Opening day" not in client_of(carol).get(f"/w/{workspace.slug}/media/?kind=image").content.decode()
    )
    assert (
        "Opening day" in client_of(carol).get(f"/w/{workspace.slug}/media/?shape=landscape").content.decode()
    )


@pytest.mark.django_db(transaction=True)
def test_a_film_that_browsers_do_not_play_shows_its_poster_and_says_why(at, uploaded, carol, client_of):
    asset = uploaded(films.film("mp4", codec="libx265"))
    page = client_of(carol).get(at(asset)).content.decode()
    assert "<video" not in page
    assert at(asset.web) in page
    assert "Browsers do not play H.265. Download it" in page


@pytest.mark.django_db(transaction=True)
def test_a_player_gets_the_part_it_asks_for_disarmed(at, uploaded, carol, client_of):
    asset = uploaded(films.film("mp4"))
    copy, client = asset.clean_copy, client_of(carol)
    whole = client.get(at(copy))
    assert (whole["Content-Type"], whole["Content-Disposition"]) == ("video/mp4", "inline")
    assert whole["X-Content-Type-Options"] == "nosniff"
    assert whole["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert whole["Accept-Ranges"] == "bytes"
    data = b"".join(whole.streaming_content)
    part = client.get(at(copy), headers={"Range": "bytes=100-199"})
    assert (part.status_code, part["Content-Range"]) == (206, f"bytes 100-199/{copy.size}")
    assert b"".join(part.streaming_content) == data[100:200]
    download = client.get(f"{at(asset)}file/")
    assert download["Content-Disposition"] == 'attachment; filename="Opening day.mp4"'


@pytest.mark.django_db(transaction=True)
def test_T1_a_film_is_not_there_for_a_stranger(at, uploaded, mallory, client_of, workspace, other_workspace):
    asset = uploaded(films.film("mp4"))
    address = at(asset.clean_copy)
    for path in (address, at(asset), f"{at(asset)}file/"):
        ranged = client_of(mallory).get(path, headers={"Range": "bytes=0-10"})
        assert ranged.status_code == 404
        theirs = path.replace(f"/w/{workspace.slug}/", f"/w/{other_workspace.slug}/")
        assert client_of(mallory).get(theirs).status_code == 404
        signed_out = Client().get(path)
        assert signed_out.status_code == 302
        assert "/login/" in signed_out["Location"]


@pytest.mark.django_db(transaction=True)
def test_R1_a_viewer_uploads_no_film(carol, client_of, send, in_scope):
    assert send(client_of(carol), "a.mp4", films.film("mp4")).status_code == 403
    with in_scope():
        assert not StoredFile.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_over_its_limit_a_film_is_413_and_nothing_is_kept(bob, client_of, send, settings, in_scope):
    settings.AURA_MAX_VIDEO_MB, settings.AURA_MAX_IMAGE_MB = 2, 1
    data = films.film("mp4") + films.box(b"free", bytes(1_500_000))
    assert send(client_of(bob), "a.mp4", data).status_code == 200, "a film may be larger than a picture"
    answer = send(client_of(bob), "b.mp4", data + films.box(b"free", bytes(600_000)))
    assert answer.status_code == 413
    assert "larger than 2 MB" in answer.content.decode()
    answer = send(client_of(bob), "c.jpg", pictures.encoded() + bytes(1_100_000))
    assert answer.status_code == 413
    assert "larger than 1 MB" in answer.content.decode()
    with in_scope():
        assert Asset.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", KINDS)
def test_running_twice_makes_a_film_once(uploaded, work, in_scope, stored_keys, kind):
    asset = uploaded(films.film(kind))
    keys = stored_keys()
    with in_scope():
        Asset.objects.update(status="pending", due_at=asset.created_at)
    work()
    with in_scope():
        assert Asset.objects.get().status == "ready"
        assert Rendition.objects.count() == 3
    assert stored_keys() == keys
