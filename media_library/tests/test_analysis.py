"""What is seen of a picture: its fingerprint, its colours, and where the eye goes."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageDraw, ImageEnhance

from media_library.formats import analysis
from media_library.models import Asset
from media_library.models.asset import bands_of
from media_library.tests import pictures


def distance(one: int, other: int) -> int:
    return ((one ^ other) & 0xFFFF_FFFF_FFFF_FFFF).bit_count()


def photo(seed: int) -> Image.Image:
    return Image.open(io.BytesIO(pictures.encoded(seed=seed, width=480, height=320))).convert("RGB")


def test_the_same_picture_smaller_lighter_and_recompressed_has_nearly_the_same_fingerprint() -> None:
    whole = photo(1)
    out = io.BytesIO()
    whole.resize((240, 160)).save(out, "JPEG", quality=40)
    for other in (Image.open(out).convert("RGB"), ImageEnhance.Brightness(whole).enhance(1.1)):
        assert distance(analysis.difference_hash(whole), analysis.difference_hash(other)) <= 6


def test_a_fingerprint_fits_the_column_and_its_bands_make_it_again() -> None:
    for seed in range(1, 8):
        dhash = analysis.difference_hash(photo(seed))
        assert -(2**63) <= dhash < 2**63
        a, b, c, d = bands_of(dhash)
        assert (a << 48 | b << 32 | c << 16 | d) == dhash & 0xFFFF_FFFF_FFFF_FFFF


@pytest.mark.parametrize(
    ("rgb", "name"),
    [
        ((200, 30, 30), "red"), ((230, 120, 30), "orange"), ((120, 70, 35), "brown"), ((235, 215, 60), "yellow"),
        ((70, 150, 60), "green"), ((60, 160, 160), "teal"), ((50, 90, 190), "blue"), ((120, 60, 170), "purple"),
        ((230, 110, 170), "pink"), ((12, 10, 10), "black"), ((130, 130, 132), "grey"), ((250, 249, 246), "white"),
    ],
)  # fmt: skip
def test_every_colour_of_the_filter_is_found(rgb: tuple[int, int, int], name: str) -> None:
    seen = analysis.look(Image.new("RGB", (60, 40), rgb))
    assert seen["colour"] == name
    assert name in Asset.Colour.values
    assert seen["focal"] == (0.5, 0.5), "a plain ground has no point of its own"


@pytest.mark.parametrize(("x", "y"), [(0.2, 0.3), (0.8, 0.25), (0.75, 0.8)])
def test_the_eye_goes_to_what_stands_out(x: float, y: float) -> None:
    image = Image.new("RGB", (400, 300), (120, 140, 130))
    at = (x * 400, y * 300)
    ImageDraw.Draw(image).ellipse([at[0] - 30, at[1] - 30, at[0] + 30, at[1] + 30], fill=(230, 60, 40))
    seen = analysis.focal_point(image)
    assert seen == (pytest.approx(x, abs=0.08), pytest.approx(y, abs=0.08))


def test_what_shines_through_counts_as_white() -> None:
    assert analysis.look(Image.new("RGBA", (30, 30), (0, 0, 0, 0)))["colour"] == "white"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("words", ["yesterday", "2026:13:45 99:99:99", "0000:00:00 00:00:00", ""])
def test_a_camera_without_a_clock_says_nothing(words, bob, client_of, send, work, scope):
    exif = Image.Exif()
    exif[0x0132] = words
    out = io.BytesIO()
    photo(3).save(out, "JPEG", exif=exif)
    send(client_of(bob), "one.jpg", out.getvalue())
    work()
    asset = Asset.objects.select_related("current").get()
    assert (asset.status, asset.current.taken) == ("ready", "")


@pytest.mark.django_db(transaction=True)
def test_an_upload_is_described_by_the_worker(bob, client_of, send, work, scope):
    picture = Image.new("RGB", (320, 240), (120, 70, 35))
    exif = Image.Exif()
    exif[0x0132] = "2026:02:28 06:12:00"
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif)
    send(client_of(bob), "brown.jpg", out.getvalue())
    work()
    asset = Asset.objects.select_related("current").get()
    assert (asset.colour, asset.shape, asset.width, asset.height) == ("brown", "landscape", 320, 240)
    assert asset.current.taken == "2026-02-28T06:12:00"
    assert asset.dhash == asset.current.dhash is not None
    assert (asset.hash_a, asset.hash_b, asset.hash_c, asset.hash_d) == bands_of(asset.dhash)
    assert len(asset.current.colours[0]) == 7
    page = client_of(bob).get(asset.get_absolute_url()).content.decode()
    assert "28 February 2026, 06:12" in page
    assert f'fill="{asset.current.colours[0]}"' in page
