"""Sizes for the web: the whole picture, so many pixels wide, light, without private data."""

from __future__ import annotations

import io

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from aura.kit import jobs
from media_library import fits, operations, web_sizes
from media_library.models import Asset, Rendition
from media_library.tests import pictures
from media_library.web_sizes import AVIF, SIZES, WEBP
from workspaces.operation import SYSTEM

NAME = "media_library.make_fit"


@pytest.fixture
def asset(bob, client_of, send, work, scope):
    send(client_of(bob), "sideways.jpg", pictures.encoded("JPEG", 900, 1200, exif=pictures.exif(6)))
    work()
    return Asset.objects.select_related("current").get()


def make(asset: Asset, *keys: str) -> None:
    operations.request_fits(asset, placements=[size for size in SIZES if size.key in keys], by=SYSTEM)
    for workspace_id, pk in jobs.REGISTRY[NAME].find(100):
        jobs.run_one(NAME, workspace_id, pk)


@pytest.mark.django_db(transaction=True)
def test_a_size_is_the_whole_picture_upright_and_bare(asset):
    make(asset, "web-640-webp", "web-1080-avif")
    rows = {row.preset: row for row in Rendition.objects.filter(fits.WANTED)}
    assert set(rows) == {"size:web-640-webp", "size:web-1080-avif"}
    for row, width, mime in (
        (rows["size:web-640-webp"], 640, WEBP),
        (rows["size:web-1080-avif"], 1080, AVIF),
    ):
        assert (row.status, row.width, row.height, row.mime) == ("ready", width, width * 3 // 4, mime)
        with default_storage.open(row.stored_key) as file:
            data = file.read()
        image = Image.open(io.BytesIO(data))
        assert (image.size, Image.MIME[image.format], len(data)) == ((width, row.height), mime, row.size)
        assert not image.getexif()


@pytest.mark.django_db(transaction=True)
def test_a_size_stays_when_the_focal_point_moves(asset):
    make(asset, "web-640-webp")
    before = Rendition.objects.get(preset="size:web-640-webp").key
    operations.set_focal_point(asset, x=0.1, y=0.9, by=SYSTEM)
    make(asset, "web-640-webp")
    row = Rendition.objects.get(preset="size:web-640-webp")
    assert (row.key, row.due_at) == (before, None)


@pytest.mark.django_db(transaction=True)
def test_a_picture_is_never_blown_up(asset, bob, client_of, workspace, in_scope):
    make(asset, "web-2048-webp")
    row = Rendition.objects.get(preset="size:web-2048-webp")
    assert (row.status, row.key) == ("failed", None)
    assert "too small" in row.failure


@pytest.mark.django_db(transaction=True)
def test_sizes_are_asked_for_and_downloaded_on_the_page(asset, bob, carol, client_of, workspace, in_scope):
    client, address = client_of(bob), f"/w/{workspace.slug}/media/{asset.pk}/"
    page = client.get(address).content.decode()
    assert 'value="web-640-avif"' in page
    assert client.post(f"{address}fits/", {"places": ["web-640-avif", "web-1080-webp"]}).status_code == 302
    assert client_of(carol).post(f"{address}fits/", {"places": ["web-640-webp"]}).status_code == 403
    assert "640 × 480" in client.get(address).content.decode()
    with in_scope():
        for workspace_id, pk in jobs.REGISTRY[NAME].find(100):
            jobs.run_one(NAME, workspace_id, pk)
        assert Rendition.objects.filter(fits.WANTED).count() == 2
    made = client.get(f"{address}fits/web-640-avif/")
    assert (made.status_code, made["Content-Type"]) == (200, "image/avif")
    assert ".avif" in made["Content-Disposition"]
    assert made["Content-Disposition"].startswith("attachment")
    names = b"".join(client.get(f"{address}fits.zip").streaming_content)
    assert b"web-640-avif.avif" in names
    assert b"web-1080-webp.webp" in names


def test_the_table_of_sizes_holds_together():
    assert len({size.key for size in SIZES} | {place.key for place in fits.PLACES}) == len(fits.PLACES)
    for size in SIZES:
        assert web_sizes.by_key(size.key) is size
        assert len(fits.preset_of(size)) <= 40
        assert fits.placement_of(Rendition(preset=fits.preset_of(size))) is size
    assert fits.placement_of(Rendition(preset="size:gone")) is None
