"""Pictures that look the same, two by two: found within bounds, kept apart for good once somebody said so."""

from __future__ import annotations

import random

import pytest
from django.core.exceptions import PermissionDenied

from media_library import similar
from media_library.models import Asset, NotDuplicate
from media_library.models.asset import bands_of
from media_library.operations import mark_different
from workspaces.operation import Refused

pytestmark = pytest.mark.usefixtures("scope")
FIRST = 0x0123_4567_89AB_CDEF


def hashed(title: str, dhash: int, **fields) -> Asset:
    """A ready picture with this fingerprint."""
    signed = dhash - (1 << 64) if dhash >= 1 << 63 else dhash
    bands = dict(zip(("hash_a", "hash_b", "hash_c", "hash_d"), bands_of(signed), strict=True))
    fields = {"status": "ready", "width": 100, "height": 80, **fields}
    return Asset.objects.create(title=title, dhash=signed, **bands, **fields)


def found(**options) -> list[tuple[str, str, int]]:
    return [(pair.newer.title, pair.older.title, pair.apart) for pair in similar.pairs(**options).pairs]


def test_pairs_are_found_newest_first_and_without_what_is_gone_or_other():
    hashed("one", FIRST)
    hashed("far", ~FIRST & (1 << 64) - 1)
    hashed("two", FIRST ^ 0b101)
    gone = hashed("gone", FIRST)
    Asset.objects.filter(pk=gone.pk).update(trashed_at=gone.created_at)
    hashed("failed", FIRST, status="failed")
    hashed("three", FIRST ^ 0b1)
    assert found() == [("three", "one", 1), ("three", "two", 1), ("two", "one", 2)]


def test_who_says_that_they_are_different_is_not_asked_again(bob, carol, mallory):
    one, two = hashed("one", FIRST), hashed("two", FIRST)
    for person in (carol, mallory):
        with pytest.raises(PermissionDenied):
            mark_different(one, other=two, by=person)
    with pytest.raises(Refused):
        mark_different(one, other=one, by=bob)
    assert len(found()) == 1
    mark_different(one, other=two, by=bob)
    mark_different(two, other=one, by=bob)
    assert found() == []
    assert NotDuplicate.objects.count() == 1


def test_pages_follow_each_other_and_lose_no_pair(monkeypatch):
    monkeypatch.setattr(similar, "WINDOW", 7)
    monkeypatch.setattr(similar, "PAIRS", 3)
    numbers = random.Random(4)
    for number in range(15):
        print_ = numbers.getrandbits(64)
        hashed(f"a{number}", print_)
        hashed(f"b{number}", print_ ^ 1)
    seen, after = [], None
    for _ in range(30):
        page = similar.pairs(after)
        seen += [(pair.newer.title, pair.older.title) for pair in page.pairs]
        after = page.after
        if after is None:
            break
    assert seen == [(f"b{number}", f"a{number}") for number in reversed(range(15))]


def test_a_flood_of_the_same_fingerprint_costs_no_more_than_is_said(django_assert_max_num_queries):
    for number in range(60):
        hashed(f"plain {number}", 0)
    with django_assert_max_num_queries(6):
        page = similar.pairs()
    assert len(page.pairs) == similar.PAIRS
    assert page.after == page.pairs[-1].newer.pk


def test_the_page_offers_to_keep_either_and_to_keep_both(bob, carol, client_of, workspace):
    one, two = hashed("one", FIRST), hashed("two", FIRST)
    page = f"/w/{workspace.slug}/media/duplicates/"
    told = client_of(bob).get(page).content.decode()
    assert f"/media/{one.pk}/replace/?with={two.pk}&amp;trash=1" in told
    assert f"/media/{two.pk}/replace/?with={one.pk}&amp;trash=1" in told
    assert "These are different" in told
    assert "These are different" not in client_of(carol).get(page).content.decode()
    answer = client_of(bob).post(
        f"/w/{workspace.slug}/media/{two.pk}/different/", {"other": one.pk}, follow=True
    )
    assert "No two look the same" in answer.content.decode()
    assert client_of(bob).post(f"/w/{workspace.slug}/media/{two.pk}/different/").status_code == 404
    assert client_of(bob).get(f"{page}?after=nobody").status_code == 200
