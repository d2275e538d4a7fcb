"""Cuts for every place: exact in shape, light enough, around the focal point, and never lost or doubled."""

from __future__ import annotations

import io
import os
import re
import zipfile
from pathlib import Path
from unittest.mock import Mock

import pytest
from django.core.files.storage import default_storage
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from aura.kit import jobs
from aura.kit.files import store
from aura.kit.testing import just_now
from media_library import fits, operations
from media_library.formats import cutting, image
from media_library.models import Asset, AssetVersion, FileDeletion, Rendition
from media_library.operations.fits import STOPPED, WORN_OUT
from media_library.operations.renditions import TRIES
from media_library.placements import PLACEMENTS, by_key
from media_library.tests import kills, pictures
from workspaces.operation import SYSTEM

NAME = "media_library.make_fit"
share = st.floats(0, 1)


@given(st.tuples(st.integers(1, 9000), st.integers(1, 9000)), st.sampled_from(PLACEMENTS), share, share)
def test_a_box_lies_in_the_picture_and_has_the_shape(size, placement, x, y) -> None:
    left, top, right, bottom = cutting.crop_box(size, placement.ratio, (x, y))
    assert 0 <= left < right <= size[0]
    assert 0 <= top < bottom <= size[1]
    assert (right - left) / (bottom - top) == pytest.approx(placement.ratio)
    whole_across = right - left >= size[0] - 0.01
    whole_down = bottom - top >= size[1] - 0.01
    assert whole_across or whole_down, "as large as it goes"
    if min(size) > 200:
        assert left - 1 <= x * size[0] <= right + 1
        assert top - 1 <= y * size[1] <= bottom + 1


def made_for(placement, size) -> tuple[int, int] | None:
    wanted, least = (placement.width, placement.height), (placement.min_width, placement.min_height)
    return cutting.made_size(size, wanted, least, placement.tolerance)


def near(places) -> st.SearchStrategy:
    """Sizes of any kind, and many of them a pixel or two off a minimum or a size that a place wants."""
    sides = {
        side for place in places for side in (place.width, place.height, place.min_width, place.min_height)
    }
    close = st.builds(lambda side, by: side + by, st.sampled_from(sorted(sides)), st.integers(-2, 2))
    return st.tuples(st.integers(1, 9000) | close, st.integers(1, 9000) | close)


@given(near(PLACEMENTS), st.sampled_from(PLACEMENTS))
def test_what_suits_a_place_is_cut_within_its_bounds(size, placement) -> None:
    made = made_for(placement, size)
    assert placement.suits(*size) == (made is not None)
    assert placement.suits(*size) == (size[0] >= placement.least[0] and size[1] >= placement.least[1])
    if made is None:
        return
    assert placement.min_width <= made[0] <= min(placement.width, size[0])
    assert placement.min_height <= made[1] <= min(placement.height, size[1])
    assert cutting.off(*made, placement.ratio) <= placement.tolerance
    if size[0] >= placement.width and size[1] >= placement.height:
        assert made == (placement.width, placement.height)


@pytest.mark.parametrize("placement", PLACEMENTS, ids=lambda placement: placement.key)
def test_the_least_picture_that_suits_is_cut_by_the_child(placement, tmp_path) -> None:
    source, out = tmp_path / "least.png", tmp_path / "out"
    Image.new("RGB", placement.least, (120, 90, 60)).save(source)
    job = fits.job_of(AssetVersion(focal_x=0.3, focal_y=0.9), placement)
    made = image.decode(source, {**job, "path": str(out)})["made"][0]
    assert (made["width"], made["height"]) == made_for(placement, placement.least)
    assert placement.suits(made["width"], made["height"])
    assert made["mime"] == "image/jpeg"


@pytest.mark.parametrize(
    ("key", "heavy", "mime"),
    [
        ("google-square", False, "image/png"),
        ("instagram-square", False, "image/jpeg"),  # takes no PNG
        ("display-970x250", True, "image/jpeg"),  # 150 kB at most
    ],
)
def test_what_shines_through_stays_so_where_it_may_or_stands_on_white(key, heavy, mime, tmp_path) -> None:
    source, out = tmp_path / "glass.png", tmp_path / "out"
    glass = Image.new("RGBA", (1300, 1300), (200, 30, 30, 255))
    if heavy:
        glass = Image.frombytes("RGBA", (1300, 1300), os.urandom(1300 * 1300 * 4))
    glass.paste((0, 0, 0, 0), (0, 0, 1300, 100))
    glass.save(source)
    place = by_key(key)
    job = {**fits.job_of(AssetVersion(focal_x=0.5, focal_y=0.0), place), "path": str(out)}
    made = image.decode(source, job)["made"][0]
    assert made["mime"] == mime
    assert made["size"] <= place.max_bytes
    corner = Image.open(out).convert("RGBA").getpixel((3, 3))
    assert corner[3] == 0 if mime == "image/png" else min(corner) > 240


def test_the_table_of_places_holds_together() -> None:
    assert len({placement.key for placement in PLACEMENTS}) == len(PLACEMENTS)
    for placement in PLACEMENTS:
        assert placement.min_width <= placement.width
        assert placement.min_height <= placement.height
        assert placement.suits(placement.width, placement.height)
        assert placement.as_it_is(placement.width, placement.height)
        assert "image/jpeg" in placement.mimes, "what is made of a picture is a JPEG"


def dotted(width: int = 2200, height: int = 1500, at: tuple[float, float] = (0.8, 0.3)) -> bytes:
    """Return a JPEG with a red dot."""
    image = Image.new("RGB", (width, height), (90, 130, 90))
    x, y = at[0] * width, at[1] * height
    ImageDraw.Draw(image).ellipse([x - 60, y - 60, x + 60, y + 60], fill=(220, 30, 30))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=92)
    return out.getvalue()


@pytest.fixture
def asset(bob, client_of, send, work, scope):
    send(client_of(bob), "dot.jpg", dotted())
    work()
    return Asset.objects.select_related("current").get()


def cut_later(asset: Asset, *keys: str) -> None:
    operations.request_fits(asset, placements=[place for place in PLACEMENTS if place.key in keys], by=SYSTEM)


def cut(asset: Asset, *keys: str) -> None:
    cut_later(asset, *keys)
    for workspace_id, pk in jobs.REGISTRY[NAME].find(100):
        jobs.run_one(NAME, workspace_id, pk)


def opened(row: Rendition) -> Image.Image:
    with default_storage.open(row.key) as file:
        image = Image.open(io.BytesIO(file.read()))
        image.load()
    return image


def is_red(image: Image.Image, x: float, y: float) -> bool:
    red, green, blue = image.convert("RGB").getpixel(
        (int(x * (image.width - 1)), int(y * (image.height - 1)))
    )
    return red > 150 and green < 100 and blue < 100


@pytest.mark.django_db(transaction=True)
def test_cuts_are_exact_light_and_keep_what_matters(asset):
    keys = ["instagram-story", "instagram-post", "google-landscape", "tiktok-square", "display-728x90"]
    cut(asset, *keys)
    for key in keys:
        row = Rendition.objects.get(preset=f"fit:{key}")
        place = by_key(key)
        assert row.status == "ready", row.failure
        image = opened(row)
        assert image.size == (row.width, row.height)
        assert row.size <= place.max_bytes
        assert place.suits(row.width, row.height)
        assert abs(row.width / row.height / place.ratio - 1) <= max(place.tolerance, 1 / row.height)
        assert not image.getexif()
        assert image.info.get("comment") is None
    # The dot is proposed as the point and stands in the middle of the tall cut.
    assert is_red(opened(Rendition.objects.get(preset="fit:instagram-story")), 0.5, 0.3)


@pytest.mark.django_db(transaction=True)
def test_a_noisy_picture_is_pressed_below_a_hundred_kilobytes(bob, client_of, send, work, scope):
    noise = Image.frombytes("RGB", (900, 900), os.urandom(900 * 900 * 3)).resize((1400, 1400))
    out = io.BytesIO()
    noise.save(out, "JPEG", quality=90)
    send(client_of(bob), "noise.jpg", out.getvalue())
    work()
    asset = Asset.objects.select_related("current").get()
    cut(asset, "tiktok-square")
    row = Rendition.objects.get(preset="fit:tiktok-square")
    assert (row.status == "ready" and row.size <= 100 * 1024) or "small enough in bytes" in row.failure


@pytest.mark.django_db(transaction=True)
def test_a_small_picture_is_refused_in_words_and_tried_again(bob, client_of, send, work, scope):
    send(client_of(bob), "small.jpg", pictures.encoded())
    work()
    asset = Asset.objects.select_related("current").get()
    cut(asset, "instagram-post")
    row = Rendition.objects.get(preset="fit:instagram-post")
    assert (row.status, row.failure) == (
        "failed",
        "The picture is too small for this place. Upload a larger one.",
    )
    assert row.key is None
    cut_later(asset, "instagram-post")
    row.refresh_from_db()
    assert (row.status, row.failure) == ("pending", "")


@pytest.mark.django_db(transaction=True)
def test_another_point_makes_another_file_and_the_old_one_goes(asset, work, stored_keys):
    cut(asset, "instagram-story", "google-square")
    before = {row.preset: row.key for row in Rendition.objects.filter(preset__startswith="fit:")}
    operations.set_focal_point(asset, x=0.1, y=0.9, by=SYSTEM)
    story = Rendition.objects.get(preset="fit:instagram-story")
    assert story.status == "ready", "the old one is served until the new one is there"
    assert default_storage.exists(story.key)
    for workspace_id, pk in jobs.REGISTRY[NAME].find(100):
        jobs.run_one(NAME, workspace_id, pk)
    assert stored_keys() >= set(before.values()), "a post on its way may have them written down"
    FileDeletion.objects.update(due_at=just_now())  # a day later
    work()
    after = {row.preset: row.key for row in Rendition.objects.filter(preset__startswith="fit:")}
    assert set(before.values()) & set(after.values()) == set()
    assert stored_keys() & set(before.values()) == set()
    assert stored_keys() >= set(after.values())
    assert not is_red(opened(Rendition.objects.get(preset="fit:instagram-story")), 0.5, 0.3)
    cut(asset, "instagram-story")
    assert Rendition.objects.get(preset="fit:instagram-story").key == after["fit:instagram-story"], (
        "still right"
    )


@pytest.mark.django_db(transaction=True)
def test_F5_a_cut_run_twice_is_kept_once_and_a_stale_worker_records_nothing(asset, work, stored_keys):
    cut(asset, "google-square")
    row = Rendition.objects.get(preset="fit:google-square")
    Rendition.objects.filter(pk=row.pk).update(due_at=just_now())
    jobs.run_one(NAME, row.workspace_id, row.pk)
    again = Rendition.objects.get(pk=row.pk)
    assert again.key != row.key
    operations.make_fit(row.pk, asset.pk)  # a token that nobody holds
    assert Rendition.objects.get(pk=row.pk).key == again.key
    work()
    FileDeletion.objects.update(due_at=just_now())  # a day later
    work()
    assert len(stored_keys()) == 5
    assert not FileDeletion.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_waits_can_be_taken_back(asset):
    cut_later(asset, "google-square", "link-card")
    operations.drop_fits(asset, by=SYSTEM)
    assert not Rendition.objects.filter(preset__startswith="fit:").exists()
    cut(asset, "google-square")
    operations.set_focal_point(asset, x=0.2, y=0.2, by=SYSTEM)
    operations.drop_fits(asset, by=SYSTEM)
    row = Rendition.objects.get(preset="fit:google-square")
    assert (row.status, row.due_at) == ("ready", None)
    assert default_storage.exists(row.key)


def run_due() -> None:
    for workspace_id, pk in jobs.REGISTRY[NAME].find(100):
        jobs.run_one(NAME, workspace_id, pk)


def assert_served_with(sentence: str, asset: Asset, client) -> None:
    base = asset.get_absolute_url()
    page = client.get(base).content.decode()
    assert sentence in page
    assert "Try again" in page
    assert client.get(f"{base}fits/google-square/").status_code == 200
    assert client.get(f"{base}fits.zip").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_cut_that_cannot_be_made_anew_goes_on_being_served(asset, bob, client_of, in_scope, monkeypatch):
    with in_scope():
        cut(asset, "google-square")
        key = Rendition.objects.get(preset="fit:google-square").key
        operations.set_focal_point(asset, x=0.1, y=0.1, by=SYSTEM)
        with monkeypatch.context() as patched:
            patched.setattr(image, "decode", Mock(side_effect=image.Unusable(image.DAMAGED)))
            run_due()
        row = Rendition.objects.get(preset="fit:google-square")
        assert (row.status, row.key, row.failure, row.due_at) == ("ready", key, image.DAMAGED, None)
    assert_served_with(image.DAMAGED, asset, client_of(bob))
    with in_scope():
        cut(asset, "google-square")
        row.refresh_from_db()
        assert (row.status, row.failure) == ("ready", "")
        assert row.key != key


@pytest.mark.django_db(transaction=True)
def test_a_cut_worn_out_on_the_way_to_a_new_one_goes_on_being_served(asset):
    cut(asset, "google-square")
    operations.set_focal_point(asset, x=0.1, y=0.1, by=SYSTEM)
    Rendition.objects.filter(preset="fit:google-square").update(tries=TRIES)
    run_due()
    row = Rendition.objects.get(preset="fit:google-square")
    assert (row.status, row.failure) == ("ready", WORN_OUT)
    assert default_storage.exists(row.key)


@pytest.mark.django_db(transaction=True)
def test_a_point_moved_during_the_first_cut_serves_it_and_cuts_anew(asset, monkeypatch):
    cut_later(asset, "google-square")

    def moving(*args):
        operations.set_focal_point(asset, x=0.2, y=0.9, by=SYSTEM)
        return store(*args)

    with monkeypatch.context() as patched:
        patched.setattr("media_library.operations.fits.store", moving)
        run_due()
    row = Rendition.objects.get(preset="fit:google-square")
    assert row.status == "ready"
    assert row.due_at is not None
    first = row.key
    run_due()
    row.refresh_from_db()
    assert row.due_at is None
    assert row.key != first
    assert row.params == fits.params_of(asset.current, by_key("google-square"))


@pytest.mark.django_db(transaction=True)
def test_a_stopped_cut_says_that_it_is_of_an_earlier_point(asset, bob, client_of, in_scope):
    with in_scope():
        cut(asset, "google-square")
        x, y = asset.current.focal_x, asset.current.focal_y
        operations.set_focal_point(asset, x=0.1, y=0.1, by=SYSTEM)
        operations.drop_fits(asset, by=SYSTEM)
    assert_served_with(STOPPED, asset, client_of(bob))
    with in_scope():
        operations.set_focal_point(asset, x=x, y=y, by=SYSTEM)
        operations.drop_fits(asset, by=SYSTEM)
        assert Rendition.objects.get(preset="fit:google-square").failure == "", "it is right again"


@pytest.mark.django_db(transaction=True)
def test_a_cut_made_anew_is_shown_at_another_address(asset, bob, client_of, in_scope):
    def address() -> str:
        page = client_of(bob).get(asset.get_absolute_url()).content.decode()
        return re.search(rf'src="([^"]*{row.pk}[^"]*)"', page)[1]

    with in_scope():
        cut(asset, "instagram-story")
        row = Rendition.objects.get(preset="fit:instagram-story")
    before = address()
    assert "immutable" in client_of(bob).get(before)["Cache-Control"]
    with in_scope():
        operations.set_focal_point(asset, x=0.1, y=0.9, by=SYSTEM)
        run_due()
    assert address() != before


@pytest.mark.django_db(transaction=True)
def test_a_platform_is_cut_for_at_once_as_far_as_the_picture_is_large_enough(asset, bob, client_of, in_scope):
    with in_scope():
        Asset.objects.filter(pk=asset.pk).update(width=900, height=700)
    for platforms, status in ((["pinterest", "reddit"], 302), (["reddit"], 422)):
        answer = client_of(bob).post(asset.get_absolute_url() + "fits/", {"platforms": platforms})
        assert answer.status_code == status, platforms
    assert "too small for every place there" in answer.content.decode()
    with in_scope():
        assert [row.preset for row in Rendition.objects.filter(preset__startswith="fit:")] == [
            "fit:pinterest-square"
        ]


WRITES = [
    ("focal-point/", {"across": "10", "down": "20"}),
    ("fits/", {"places": ["google-square"]}),
    ("fits/stop/", {}),
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("path", "data"), WRITES)
def test_R1_cuts_are_for_those_who_write(path, data, asset, alice, bob, carol, mallory, client_of, in_scope):
    def state() -> object:
        with in_scope():
            return (
                list(Rendition.objects.order_by("id").values("preset", "due_at")),
                list(Asset.objects.values("current__focal_x", "current__focal_by_hand")),
            )

    for user, status in ((mallory, 404), (carol, 403), (bob, 302), (alice, 302)):
        before = state()
        assert client_of(user).post(asset.get_absolute_url() + path, data).status_code == status, user
        if status != 302:
            assert state() == before, user


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("path", "data", "sentence"),
    [
        ("focal-point/", {"across": "101", "down": "nan"}, "A point lies between 0 and 100 percent."),
        ("focal-point/", {}, "A point lies between 0 and 100 percent."),
        ("fits/", {}, "Choose at least one place."),
        ("fits/", {"places": ["billboard"]}, "Aura knows no place billboard."),
        ("fits/", {"platforms": ["myspace"]}, "Aura knows no platform myspace."),
    ],
)
def test_bad_words_are_answered_by_the_page_and_change_nothing(
    path, data, sentence, asset, bob, client_of, in_scope
):
    answer = client_of(bob).post(asset.get_absolute_url() + path, data)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    with in_scope():
        assert not Rendition.objects.filter(preset__startswith="fit:").exists()
        assert not Asset.objects.get().current.focal_by_hand


@pytest.mark.django_db(transaction=True)
def test_cuts_are_downloaded_singly_and_together(asset, bob, mallory, client_of, in_scope):
    with in_scope():
        cut(asset, "google-square", "link-card")
    client, base = client_of(bob), asset.get_absolute_url()
    one = client.get(f"{base}fits/link-card/")
    assert one["Content-Disposition"] == 'attachment; filename="Dot link-card.jpg"'
    body = b"".join(one.streaming_content)
    archive = zipfile.ZipFile(io.BytesIO(b"".join(client.get(f"{base}fits.zip").streaming_content)))
    assert archive.testzip() is None
    assert sorted(archive.namelist()) == ["Dot google-square.jpg", "Dot link-card.jpg"]
    assert archive.read("Dot link-card.jpg") == body
    assert client.get(f"{base}fits/meta-story/").status_code == 404
    for path in ("fits.zip", "fits/link-card/"):
        assert client_of(mallory).get(base + path).status_code == 404
    page = client.get(base).content.decode()
    assert "2 ready, made from the focal point" in page


@pytest.mark.django_db(transaction=True)
def test_a_fit_of_what_is_no_picture_is_refused(scope, bob, client_of, in_scope):
    words = Asset.objects.create(title="Rye", kind="headline", status="ready", body="Rye")
    answer = client_of(bob).post(words.get_absolute_url() + "fits/", {"places": ["google-square"]})
    assert answer.status_code == 409
    with in_scope():
        assert not Rendition.objects.exists()


POINTS = kills.points("fit.after_row", "fit.after_file", "fit.after_commit", "upload.after_part")
SCRIPT = "killed_fit"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, begun_data: Path) -> Path:
    return kills.begun(begun_data, tmp_path_factory.mktemp("prepared") / "data", SCRIPT)


@pytest.mark.parametrize("point", POINTS)
def test_F2_a_cut_killed_at_any_step_is_whole_or_made_again(prepared, tmp_path, point):
    folder = tmp_path / "data"
    kills.killed(SCRIPT, "cut", prepared, folder, point)
    (told,) = kills.told(SCRIPT, "again", folder)
    parts = 1 if point == "upload.after_part" else 0  # the half-written file, swept when it is a day old
    assert told == {"status": "ready", "missing": [], "wrong": [], "extra": parts}


def test_a_fit_is_found_by_its_placement() -> None:
    assert fits.placement_of(Rendition(preset="fit:link-card")) is by_key("link-card")
    assert fits.placement_of(Rendition(preset="web")) is None
    assert fits.placement_of(Rendition(preset="fit:gone")) is None
