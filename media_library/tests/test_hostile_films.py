"""Films that mean harm: refused or failed in words within two seconds, and nothing else suffers."""

from __future__ import annotations

import io
import random
import struct
import time
from collections.abc import Callable

import pytest

from media_library import formats
from media_library.formats import film
from media_library.formats.base import discard
from media_library.formats.decoder import films as decoder
from media_library.models import Asset, Rendition
from media_library.tests import films, pictures

Make = Callable[[], bytes]
with_number = films.with_number


def tracks(count: int) -> bytes:
    """Return a film of so many tracks without a picture."""
    handler = films.box(b"hdlr", bytes(8) + b"soun" + bytes(12))
    return films.HEAD + films.box(b"moov", films.box(b"trak", films.box(b"mdia", handler)) * count)


def nested(depth: int) -> bytes:
    """Return boxes in boxes."""
    inner = b""
    for _ in range(depth):
        inner = films.box(b"moov", inner)
    return films.HEAD + inner


# Refused by the web process, before any decoder sees them.
REFUSED: dict[str, tuple[Make, str]] = {
    "cut in half": (lambda: films.film("mp4")[:1600], "cut off"),
    "cut at its end": (lambda: films.film("mp4")[:-40], "cut off"),
    "half a webm": (lambda: films.film("webm")[:900], "cut off"),
    "60,000 pixels square": (lambda: films.claiming(films.film("mp4"), 60_000, 60_000), "60,000 × 60,000"),
    "only sound": (films.only_sound, "no moving picture"),
    "a billion pictures": (lambda: with_number(films.film("mp4"), b"stsz", 8, 10**9), "cut off"),
    "nothing behind its head": (lambda: films.HEAD, "cut off"),
    "no table of contents": (lambda: films.HEAD + films.box(b"mdat", bytes(64)), "cut off"),
    "two million empty boxes": (lambda: films.HEAD + films.box(b"free") * 2_000_000, "cut off"),
    "a box that never ends": (
        lambda: films.HEAD + films.box(b"moov", bytes(64), length=0),
        "no moving picture",
    ),
    "a box shorter than its head": (lambda: films.HEAD + films.box(b"moov", bytes(64), length=4), "cut off"),
    "a box of 2⁶³ bytes": (
        lambda: films.HEAD + struct.pack(">I4sQ", 1, b"moov", 2**63) + bytes(64),
        "cut off",
    ),
    "a box that leads back to itself": (
        lambda: films.HEAD + struct.pack(">I4sQ", 1, b"moov", 0) + bytes(64),
        "cut off",
    ),
    "boxes in boxes": (lambda: nested(3_000), "no moving picture"),
    "thirty thousand tracks": (lambda: tracks(30_000), "cut off"),
    "five megabytes of nothing": (lambda: films.HEAD + bytes(5_000_000), "cut off"),
    "three million empty elements": (
        lambda: films.film("webm")[:40] + b"\x18\x53\x80\x67\xff" + b"\xec\x80" * 3_000_000,
        "cut off",
    ),
    "a matroska": (lambda: films.film("webm").replace(b"webm", b"matr", 1), "cut off"),
    "an element of unknown size within": (lambda: b"\x1a\x45\xdf\xa3" + b"\xff" * 1_000_000, "cut off"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_U2_it_is_refused_before_a_decoder_sees_it(name):
    make, says = REFUSED[name]
    data = make()
    used = time.thread_time()
    with pytest.raises(formats.Unusable) as caught:
        formats.judge(io.BytesIO(data))
    assert time.thread_time() - used < 1, "a second of its own, however busy the machine is"
    assert says in str(caught.value)
    assert str(caught.value).endswith(".")


# What a header cannot tell: the child fails in words, or makes what there is.
FAILS: dict[str, tuple[Make, str]] = {
    "pictures of one byte": (
        lambda: with_number(with_number(films.film("mp4"), b"stsz", 4, 1), b"stsz", 8, 900),
        "No picture of it",
    ),
    "pictures that lie elsewhere": (
        lambda: with_number(films.film("mp4"), b"stco", 8, 2**31),
        "No picture of it",
    ),
    "the same bytes 39 times": (lambda: films.overlapping(3_000_000), "too large"),
    "a picture larger than it says": (
        lambda: films.claiming(films.film("mp4", width=1280, height=720, pictures=3), 96, 64),
        "",
    ),
    "lengths beyond all": (lambda: with_number(films.film("mp4"), b"stts", 12, 2**31 - 1), ""),
    "a clock that stands": (lambda: with_number(films.film("mp4"), b"mdhd", 12, 0), ""),
    "no length": (lambda: with_number(films.film("mp4"), b"mvhd", 16, 0), ""),
}


@pytest.mark.parametrize("name", FAILS)
def test_U2_it_fails_in_words_or_is_made_within_four_seconds(name, tmp_path, settings, monkeypatch):
    """Seconds of the child's processor: at their end it is stopped, and says that instead."""
    monkeypatch.setattr(film, "_CPU_SECONDS", 4)
    make, says = FAILS[name]
    source = tmp_path / "source"
    source.write_bytes(make())
    try:
        result = film.draw(source, tmp_path, "made")
    except formats.Unusable as problem:
        sentence = str(problem)
        assert not list(tmp_path.glob("made*")), "nothing is left behind"
    else:
        sentence = ""
        assert result.duration_ms is None or 0 <= result.duration_ms < 2**31, "fits its column"
    assert says in sentence
    assert bool(says) == bool(sentence)


def test_U2_a_larger_picture_than_allowed_is_never_decoded(tmp_path, settings):
    """The header is honest about nothing here: the decoder itself is told the limit."""
    settings.AURA_MAX_MEGAPIXELS = 1  # 0.56 for a film
    source = tmp_path / "source"
    source.write_bytes(films.claiming(films.film("mp4", width=1280, height=720, pictures=3), 96, 64))
    with pytest.raises(formats.Unusable):
        film.draw(source, tmp_path, "made")


def test_U2_whatever_is_overwritten_the_child_answers(tmp_path, monkeypatch):
    """A hundred damaged films through one child: every answer is a film or a sentence, none takes long."""
    monkeypatch.setattr(film, "_CPU_SECONDS", 4)
    chance = random.Random(7)
    whole = [films.film("mp4", sound=True), films.film("mov"), films.film("webm", sound=True)]
    source = tmp_path / "source"
    for number in range(100):
        data = bytearray(whole[number % 3])
        for _ in range(chance.randint(1, 24)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        source.write_bytes(data)
        said = ""
        try:
            film.draw(source, tmp_path, "made")
        except formats.Unusable as problem:
            said = str(problem)
        assert said != film._SENTENCES["time"], data
        discard(tmp_path, "made")


def test_U2_a_film_that_needs_too_much_memory_costs_itself_and_nothing_else(tmp_path, monkeypatch):
    source = tmp_path / "source"
    source.write_bytes(films.film("mp4", width=1920, height=1080, pictures=3))
    monkeypatch.setattr(film, "_MEMORY", 90_000_000)  # less than its libraries take
    with pytest.raises(formats.Unusable):
        film.draw(source, tmp_path, "made")
    monkeypatch.undo()
    source.write_bytes(films.film("mp4"))
    assert film.draw(source, tmp_path, "made").codecs == "h264"
    decoder.close()


@pytest.mark.django_db(transaction=True)
def test_the_other_files_of_the_same_upload_are_unaffected(bob, client_of, workspace, work, in_scope):
    files = [
        pictures.Named(pictures.encoded(), "loaf.jpg"),
        pictures.Named(films.film("mp4")[:1600], "cut.mp4"),
        pictures.Named(with_number(films.film("mov"), b"stco", 8, 2**31), "empty.mov"),
        pictures.Named(films.film("webm"), "oven.webm"),
        pictures.Named(b"RIFF\0\0\0\0AVI LIST" + bytes(64), "old.avi"),
        pictures.Named(films.film("mp4", sound=True), "picture.jpg"),
    ]
    answer = client_of(bob).post(f"/w/{workspace.slug}/media/upload/", {"files": files})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "4 of 6 taken" in page
    assert "This looks like an AVI film" in page
    work()
    with in_scope():
        found = {asset.title: (asset.status, asset.kind) for asset in Asset.objects.all()}
        failure = Asset.objects.get(title="Empty").failure
        assert Rendition.objects.filter(status="ready").count() == 9
    assert found == {
        "Loaf": ("ready", "image"),
        "Empty": ("failed", "video"),
        "Oven": ("ready", "video"),
        "Picture": ("ready", "video"),
    }
    assert failure == "No picture of it can be shown. Export it once more as an MP4 and upload that."
