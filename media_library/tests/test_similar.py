"""Which pictures look alike."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from aura.kit import clock
from media_library import similar
from media_library.models import Asset
from media_library.models.asset import bands_of
from workspaces.models import Workspace

LOOK = 0x0123_4567_89AB_CDEF


def picture(title: str, dhash: int | None, **fields: Any) -> Asset:
    bands = dict(zip(("hash_a", "hash_b", "hash_c", "hash_d"), bands_of(dhash), strict=True))
    return Asset.objects.create(title=title, status="ready", dhash=dhash, **bands, **fields)


def flipped(*bits: int) -> int:
    return LOOK ^ sum(1 << bit for bit in bits)


def test_the_nearest_comes_first_and_strangers_do_not_come(workspace: Workspace, in_scope: Any) -> None:
    with in_scope():
        asset = picture("One", LOOK)
        far = picture("Nine bits", flipped(*range(9)))
        same = picture("Two bits", flipped(0, 43))
        picture("Thirteen bits", flipped(*range(13)))
        picture("No fingerprint", None)
        assert similar.near(asset, limit=6) == [(same, 2), (far, 9)]
        assert similar.near(asset, limit=1) == [(same, 2)]
        assert similar.near(asset, limit=6, distance=6) == [(same, 2)]
        assert similar.near(picture("None either", None), limit=6) == []


def test_every_picture_up_to_seven_bits_away_is_found(workspace: Workspace, in_scope: Any) -> None:
    """Seven bits over four bands leave one band with at most one: the worst spread is two, two, two and one."""
    with in_scope():
        asset = picture("One", LOOK)
        spread = picture("Spread", flipped(0, 15, 16, 31, 32, 47, 62))
        assert similar.near(asset, limit=6) == [(spread, 7)]


def test_a_fingerprint_below_zero_is_compared_by_its_bits(workspace: Workspace, in_scope: Any) -> None:
    with in_scope():
        asset, other = picture("Minus one", -1), picture("Highest bit off", 2**63 - 1)
        assert similar.near(asset, limit=6) == [(other, 1)]


def test_the_nearest_of_many_pictures_takes_three_queries_however_many(
    workspace: Workspace, in_scope: Any, django_assert_num_queries: Any
) -> None:
    with in_scope():
        asset, same = picture("One", LOOK), picture("Two bits", flipped(0, 43))
        five, other = (
            picture("Five bits", flipped(0, 1, 2, 3, 43)),
            picture("Nine bits", flipped(*range(20, 29))),
        )
        nothing = picture("No fingerprint", None)
        with django_assert_num_queries(3):
            found = similar.same_as([asset, same, five, other, nothing])
        assert found == {asset.pk: same, same.pk: asset, five.pk: same}
        with django_assert_num_queries(0):
            assert similar.same_as([nothing]) == {}


def test_what_lies_in_the_trash_is_not_offered(workspace: Workspace, in_scope: Any) -> None:
    with in_scope():
        asset = picture("One", LOOK)
        picture("Thrown away", LOOK, trashed_at=clock.now())
        assert similar.near(asset, limit=6) == []


@pytest.mark.parametrize(("bits", "words"), [(2, "same picture"), (9, "maybe the same")])
def test_the_page_says_how_alike(
    workspace: Workspace, in_scope: Any, carol: Any, bits: int, words: str
) -> None:
    with in_scope():
        asset = picture("One", LOOK)
        picture("The other one", flipped(*range(bits)))
        url = asset.get_absolute_url()
    client = Client()
    client.force_login(carol)
    page = client.get(f"{url}alike/").content.decode()
    assert "The other one" in page
    assert words in page
