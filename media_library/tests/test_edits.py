"""Edits: a version made by a recipe from the original, which is never touched."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.storage import default_storage
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from media_library import edits, operations
from media_library.edit_form import EditForm
from media_library.formats import child_edit, image, lettering
from media_library.models import Asset, AssetVersion, StoredFile
from media_library.tests import pictures
from workspaces.operation import SYSTEM, Refused

share = st.floats(0, 0.99)
PLAIN = {"left": "0", "top": "0", "width": "100", "height": "100", "turn": "0", "brightness": "100"}
PLAIN |= {"words_place": "middle", "words_size": "60", "logo_place": "lower-right", "logo_size": "20"}


@given(
    st.tuples(st.integers(1, 9000), st.integers(1, 9000)),
    share,
    share,
    st.floats(0.01, 1),
    st.floats(0.01, 1),
)
def test_what_is_kept_lies_in_the_picture(size, left, top, width, height) -> None:
    box = child_edit.crop_box(size, [left, top, min(width, 1 - left), min(height, 1 - top)])
    assert 0 <= box[0] < box[2] <= size[0]
    assert 0 <= box[1] < box[3] <= size[1]


def test_a_large_picture_is_scaled_in_strips_without_a_seam() -> None:
    picture = pictures.photo(900, 1400)
    box = (30, 40, 870, 1390)
    whole = picture.resize((420, 675), Image.Resampling.BICUBIC, box=box)
    strips = child_edit.scaled(picture, box, (420, 675))
    most = max(high for _, high in ImageChops.difference(whole, strips).getextrema())
    assert most <= 2


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_point_stays_on_its_thing(turn: int) -> None:
    recipe = {"crop": [0.5, 0.0, 0.5, 1.0], "turn": turn}
    assert edits.moved((0.2, 0.2), recipe) is None, "it was cut away"
    x, y = edits.moved((0.75, 0.1), recipe) or (9, 9)
    picture = Image.new("RGB", (200, 200))
    picture.putpixel((150, 20), (255, 0, 0))
    picture = picture.crop((100, 0, 200, 200))
    picture = picture.transpose(child_edit._TURN[turn]) if turn else picture
    near = picture.crop(tuple(int(v) for v in (x * picture.width - 3, y * picture.height - 3,
                                               x * picture.width + 3, y * picture.height + 3)))  # fmt: skip
    assert near.getextrema()[0][1] == 255


def test_letters_of_latin_script_are_known_and_others_are_named() -> None:
    assert lettering.unknown("Brød, paõ, chléb, Łódź ½ – “ja”", image.FONTS) == []
    assert lettering.unknown("Хлеб 漢", image.FONTS) == ["Х", "л", "е", "б", "漢"]
    drawn = lettering.lettered("Łódź bread", image.FONTS, width=300, height=90, dark=False)
    assert drawn.width <= 310
    assert drawn.getchannel("A").getextrema() == (0, 255)


@pytest.fixture
def asset(bob: Any, client_of: Any, send: Any, work: Any, scope: Any) -> Asset:
    send(client_of(bob), "loaf.jpg", pictures.private("JPEG", orientation=6))
    work()
    return Asset.objects.select_related("current").get()


def shown(asset: Asset) -> Asset:
    return Asset.objects.select_related("current__stored_file", "current__made_from").get(pk=asset.pk)


def opened(version: AssetVersion) -> Image.Image:
    with default_storage.open(version.stored_file.key) as file:
        picture = Image.open(io.BytesIO(file.read()))
        picture.load()
    return picture


@pytest.mark.django_db(transaction=True)
def test_an_edit_is_a_version_and_the_original_stays(
    asset, bob, client_of, work, workspace, stored_keys, scope
):
    page = f"/w/{workspace.slug}/media/{asset.pk}/edit/"
    assert (asset.width, asset.height) == (60, 90)
    with default_storage.open(asset.current.stored_file.key) as file:
        before = file.read()
    form = client_of(bob).get(page).content.decode()
    assert "Make this version" in form
    data = {**PLAIN, "top": "50", "height": "50", "turn": "90", "brightness": "130", "words": "Rye"}
    assert client_of(bob).post(page, data).status_code == 302
    coming = AssetVersion.objects.select_related("stored_file").get(number=2)
    assert (coming.status, shown(asset).current.number) == ("pending", 1)
    work()
    asset = shown(asset)
    edited = asset.current
    assert (edited.number, edited.status, edited.created_by) == (2, "ready", bob)
    assert (asset.width, asset.height) == (45, 60), "half of it, turned"
    assert edits.words_of(edited.recipe) == "Cropped, turned, made brighter and with words"
    picture = opened(edited)
    assert picture.size == (45, 60)
    assert not picture.getexif(), "what is private stays in the original"
    with default_storage.open(edited.made_from.stored_file.key) as file:
        assert file.read() == before
    assert len(stored_keys()) == 8
    told = client_of(bob).get(asset.get_absolute_url()).content.decode()
    assert "Cropped, turned, made brighter and with words by" in told


@pytest.mark.django_db(transaction=True)
def test_an_edit_of_an_edit_begins_with_the_original(asset, bob, work, workspace, client_of, scope):
    operations.edit_picture(asset, recipe={"turn": 90}, by=bob)
    work()
    page = f"/w/{workspace.slug}/media/{asset.pk}/edit/"
    assert 'value="90"' in client_of(bob).get(page).content.decode()
    with pytest.raises(Refused, match="looks like that already"):
        operations.edit_picture(shown(asset), recipe={"turn": 90}, by=bob)
    operations.edit_picture(shown(asset), recipe={"turn": 180}, by=bob)
    work()
    third = shown(asset).current
    assert (third.number, third.made_from.number) == (3, 1)
    assert (third.width, third.height) == (60, 90)
    # The same recipe once more gives the same bytes, and they are kept once.
    files = StoredFile.objects.count()
    operations.show_version(asset, version=AssetVersion.objects.get(number=1), by=SYSTEM)
    operations.edit_picture(shown(asset), recipe={"turn": 180}, by=bob)
    work()
    assert StoredFile.objects.count() == files


@pytest.mark.django_db(transaction=True)
def test_a_logo_shines_through_where_it_is_put(asset, bob, client_of, send, work, workspace, scope):
    logo = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    logo.paste((255, 0, 0, 255), (25, 25, 75, 75))
    out = io.BytesIO()
    logo.save(out, "PNG")
    send(client_of(bob), "logo.png", out.getvalue())
    work()
    mark = Asset.objects.get(title="Logo")
    page = f"/w/{workspace.slug}/media/{asset.pk}/edit/"
    data = {**PLAIN, "logo": str(mark.pk), "logo_size": "40", "logo_place": "upper-left"}
    assert client_of(bob).post(page, data).status_code == 422, "no logo yet"
    operations.set_tags(mark, words=["logo"], by=bob)
    assert client_of(bob).post(page, data).status_code == 302
    work()
    edited = shown(asset).current
    red, green, _ = opened(edited).convert("RGB").getpixel((2 + 12, 2 + 12))
    assert red > 200
    assert green < 80
    assert edits.words_of(edited.recipe) == "With a logo"
    operations.edit_picture(shown(asset), recipe={**edited.recipe, "turn": 90}, by=bob)
    operations.trash_asset(mark, by=SYSTEM)
    operations.purge_asset(mark, by=SYSTEM)
    work()
    failed = AssetVersion.objects.get(asset=asset, number=3)
    assert (failed.status, shown(asset).current.number) == ("failed", 2)
    assert "logo was deleted" in failed.failure


@pytest.mark.django_db(transaction=True)
def test_a_transparent_picture_stays_one(bob, client_of, send, work, scope):
    out = io.BytesIO()
    Image.new("RGBA", (80, 60), (200, 30, 30, 100)).save(out, "PNG")
    send(client_of(bob), "glass.png", out.getvalue())
    work()
    asset = Asset.objects.select_related("current").get()
    operations.edit_picture(asset, recipe={"crop": [0, 0, 0.5, 1], "brightness": 50}, by=bob)
    work()
    edited = shown(asset).current
    assert edited.stored_file.mime == "image/png"
    assert opened(edited).getpixel((5, 5)) == (100, 15, 15, 100)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({}, "Nothing is changed yet."),
        ({"left": "60", "width": "60"}, "has to lie in the picture"),
        ({"left": "nan"}, "Give a number from 0 to 100 percent."),
        ({"width": "0"}, "Keep between 1 and 100 percent."),
        ({"turn": "45"}, "Pick one of the turns."),
        ({"brightness": "1000"}, "Give a whole number from 30 to 200 percent."),
        ({"words": "漢字"}, "The typeface has no sign for 漢 字."),
        ({"words": "a" * 81}, "Keep the words to 80 letters."),
        ({"words": "Hi", "words_place": "moon"}, "Pick one of the places."),
        ({"logo": "nobody"}, "This logo is gone. Pick another one."),
    ],
)
@pytest.mark.usefixtures("scope")
def test_bad_input_is_answered_in_words(wrong: dict[str, str], sentence: str) -> None:
    form = EditForm({**PLAIN, **wrong}, recipe={})
    assert not form.is_valid()
    assert sentence in str(form.errors)


@pytest.mark.django_db(transaction=True)
def test_viewers_and_strangers_edit_nothing(asset, carol, mallory, client_of, workspace, scope):
    page = f"/w/{workspace.slug}/media/{asset.pk}/edit/"
    for user, status in ((carol, 403), (mallory, 404)):
        assert client_of(user).post(page, {**PLAIN, "turn": "90"}).status_code == status
    assert AssetVersion.objects.count() == 1
