"""The child that decodes: its limits, its crashes, and what it draws."""

from __future__ import annotations

import io
import os
import signal
import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image

from media_library.formats import image
from media_library.formats.decoder import DecodeFailed, Decoder, _Child
from media_library.formats.header import Header, NotAPicture, read_header
from media_library.formats.strip import STRIPPERS, CannotStrip
from media_library.tests import pictures


@pytest.fixture
def decoder():
    decoder = Decoder(1)
    yield decoder
    decoder.close()


def job(folder: Path, data: bytes, kind: str = "JPEG", **changes):
    source = folder / "source"
    source.write_bytes(data)
    outputs = [{"preset": "web", "path": str(folder / "web"), "width": 64, "height": 64, "quality": 80}]
    whole = {"source": str(source), "format": kind, "pixels": 64_000_000, "memory": 450_000_000}
    return {**whole, "outputs": outputs, "clean": str(folder / "clean"), **changes}


def drawn(folder: Path, data: bytes) -> tuple[image.Drawn, dict[str, Image.Image]]:
    source = folder / "source"
    source.write_bytes(data)
    result = image.draw(source, folder, "made")
    opened = {}
    for made in result.made:
        opened[made.preset] = Image.open(made.path)
        opened[made.preset].load()
    return result, opened


def test_a_child_is_used_again(decoder, tmp_path):
    first = decoder.decode(job(tmp_path, pictures.encoded()))
    child = decoder._free[0].process.pid
    decoder.decode(job(tmp_path, pictures.encoded(seed=2)))
    assert decoder._free[0].process.pid == child
    assert (first["width"], first["height"]) == (240, 160)


def test_the_childs_pixel_budget_does_not_trust_the_parent(decoder, tmp_path):
    with pytest.raises(DecodeFailed, match="too_large"):
        decoder.decode(job(tmp_path, pictures.encoded(), pixels=10_000))


def test_a_child_takes_only_the_format_it_was_told(decoder, tmp_path):
    with pytest.raises(DecodeFailed, match="damaged"):
        decoder.decode(job(tmp_path, pictures.encoded("GIF"), "JPEG"))


def test_F2_too_little_memory_is_a_clean_failure_and_the_child_lives_on(decoder, tmp_path):
    big = pictures.encoded("PNG", 4000, 4000, compress_level=1)
    with pytest.raises(DecodeFailed, match="memory|damaged"):
        decoder.decode(job(tmp_path, big, "PNG", memory=80_000_000))
    assert decoder.decode(job(tmp_path, big, "PNG"))["ok"]


def test_F2_a_killed_child_costs_its_picture_and_nothing_else(decoder, tmp_path, monkeypatch):
    ask = _Child.ask

    def killed(child, *args):
        os.kill(child.process.pid, signal.SIGKILL)
        return ask(child, *args)

    with monkeypatch.context() as patched:
        patched.setattr(_Child, "ask", killed)
        with pytest.raises(DecodeFailed, match="crashed"):
            decoder.decode(job(tmp_path, pictures.encoded()))
    assert decoder.decode(job(tmp_path, pictures.encoded()))["ok"]


def test_a_child_that_retired_while_idle_is_replaced(decoder, tmp_path):
    decoder.decode(job(tmp_path, pictures.encoded()))
    child = decoder._free[0].process
    os.kill(child.pid, signal.SIGKILL)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert decoder.decode(job(tmp_path, pictures.encoded()))["ok"]


def test_F31_a_child_that_takes_too_long_is_killed(decoder, tmp_path):
    decoder.decode(job(tmp_path, pictures.encoded()))
    child = decoder._free[0].process
    with pytest.raises(DecodeFailed, match="time"):
        decoder.decode(job(tmp_path, pictures.encoded(width=2000, height=2000)), wall_seconds=0.001)
    assert child.returncode == -signal.SIGKILL
    assert decoder.decode(job(tmp_path, pictures.encoded()))["ok"]


def test_a_child_that_has_used_up_its_processor_time_is_ended(decoder, tmp_path):
    picture = job(tmp_path, pictures.encoded("PNG", 2000, 2000, compress_level=1), "PNG")
    with pytest.raises(DecodeFailed, match="time"):
        decoder.decode({**picture, "cpu": -1})
    assert decoder.decode(picture)["ok"]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"])
def test_every_orientation_is_drawn_as_the_camera_meant_it(tmp_path, kind, orientation):
    """A picture with one red corner: where it must be after turning is what EXIF 2.32 §4.6.4 says."""
    picture = Image.new("RGB", (96, 64), "white")
    picture.paste("red", (0, 0, 32, 32))
    tags = Image.Exif()
    tags[0x0112] = orientation
    out = io.BytesIO()
    picture.save(out, kind, quality=95, exif=tags.tobytes())
    result, made = drawn(tmp_path, out.getvalue())
    size = (64, 96) if orientation >= 5 else (96, 64)
    right = orientation in (2, 3, 6, 7)
    bottom = orientation in (3, 4, 7, 8)
    corner = (size[0] - 8 if right else 8, size[1] - 8 if bottom else 8)
    assert (result.width, result.height) == size
    for preset, opened in made.items():
        assert opened.size == size, preset
        red, green, _ = opened.convert("RGB").getpixel(corner)
        assert red > 180, preset
        assert green < 90, preset


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "I;16"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_every_mode_of_png_is_drawn(tmp_path, mode, orientation):
    picture = pictures.photo(300, 200)
    if mode.startswith("I"):
        picture = picture.convert("L").convert("I").point(lambda value: value * 257).convert(mode)
    elif mode == "PA":
        picture = picture.convert("RGBA").convert("P")
    else:
        picture = picture.convert(mode)
    out = io.BytesIO()
    picture.save(out, "PNG", exif=pictures.exif(orientation))
    result, made = drawn(tmp_path, out.getvalue())
    assert made["web"].size == (result.width, result.height)
    grey = made["web"].convert("L").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    wanted = pictures.photo(300, 200).convert("L").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    assert abs(grey - wanted) < 12


def test_what_shines_through_still_does(tmp_path):
    picture = pictures.photo(300, 200).convert("RGBA")
    picture.putalpha(Image.linear_gradient("L").resize((300, 200)))
    for kind, clean in (("PNG", "PNG"), ("WEBP", "WEBP"), ("AVIF", "PNG"), ("HEIF", "PNG")):
        out = io.BytesIO()
        picture.save(out, kind)
        _, made = drawn(tmp_path, out.getvalue())
        assert made["clean"].format == clean
        for preset in ("web", "clean"):
            low, high = made[preset].convert("RGBA").getchannel("A").getextrema()
            assert (low < 20, high > 235) == (True, True)


def test_a_picture_for_print_becomes_rgb(tmp_path):
    out = io.BytesIO()
    pictures.photo(300, 200).convert("CMYK").save(out, "JPEG")
    _, made = drawn(tmp_path, out.getvalue())
    assert made["web"].mode == made["clean"].mode == "RGB"


def test_small_pictures_are_not_blown_up(tmp_path):
    _, made = drawn(tmp_path, pictures.encoded("PNG", 40, 20))
    assert made["thumb"].size == made["web"].size == (40, 20)


@pytest.mark.parametrize("size", [(5000, 10), (10, 5000), (1, 1), (1, 4000)])
def test_extreme_shapes_are_drawn(tmp_path, size):
    for kind in ("JPEG", "PNG", "WEBP"):
        result, made = drawn(tmp_path, pictures.encoded(kind, *size))
        assert (result.width, result.height) == size
        assert min(made["thumb"].size) >= 1
        assert made["thumb"].width <= 320
        assert made["thumb"].height <= 640


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_stripping_changes_no_pixel(kind):
    options = {"JPEG": {"progressive": True}, "WEBP": {"lossless": True}}.get(kind, {})
    for data in (pictures.encoded(kind, **options), pictures.private(kind)):
        stripped = STRIPPERS[kind](data)
        with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(stripped)) as after:
            assert before.convert("RGBA").tobytes() == after.convert("RGBA").tobytes()
        assert STRIPPERS[kind](stripped) == stripped


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF", "HEIF"])
@given(data=st.data())
@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_damaged_header_is_read_or_refused_and_never_more(kind, data):
    """Whatever is cut off or overwritten: an answer in our words, or a header; no other error, no endless loop."""
    whole = bytearray(pictures.encoded(kind, 40, 30, **({"exif": pictures.exif()} if kind != "GIF" else {})))
    for _ in range(data.draw(st.integers(0, 6))):
        whole[data.draw(st.integers(0, min(len(whole) - 1, 700)))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(1, len(whole)))])
    try:
        assert isinstance(read_header(io.BytesIO(cut)), Header)
    except NotAPicture:
        pass
    if kind in STRIPPERS:
        try:
            STRIPPERS[kind](cut)
        except (CannotStrip, IndexError, struct.error):
            pass


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
@given(width=st.integers(1, 400), height=st.integers(1, 400))
@hypothesis_settings(max_examples=15, deadline=None)
def test_the_header_tells_the_size_that_pillow_tells(kind, width, height):
    header = read_header(io.BytesIO(pictures.encoded(kind, width, height)))
    assert (header.format, header.width, header.height) == (kind, width, height)


def test_the_header_of_a_heic_tells_what_is_stored():
    """An encoder fills up to whole blocks and tells apart what is shown: the larger of both is judged."""
    header = read_header(io.BytesIO(pictures.encoded("HEIF", 320, 192)))
    assert (header.format, header.width, header.height) == ("HEIF", 320, 192)
    header = read_header(io.BytesIO(pictures.encoded("HEIF", 21, 13)))
    assert (header.width, header.height) == (64, 64)


def test_the_limits_grow_with_the_setting(settings):
    settings.AURA_MAX_MEGAPIXELS = 128
    assert image.largest_pixels("PNG") == 128_000_000
    settings.AURA_MAX_MEGAPIXELS = 64
    assert image.largest_pixels("WEBP") == 24_000_000
