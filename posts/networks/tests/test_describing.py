"""Limits in words, with where they are known from."""

from datetime import date

import pytest

from posts.networks import connectable, get_network
from posts.networks.describing import TOLD, WORDS, Row, by_source, rows_of
from posts.networks.facts import AURA, FACTS


def test_every_limit_of_the_table_has_its_words():
    assert {fact.field for fact in FACTS} <= set(WORDS)


@pytest.mark.parametrize("slug", [network.slug for network in connectable()])
def test_every_network_says_what_it_takes_and_how_that_is_known(slug):
    for row in rows_of(get_network(slug), {}):
        assert row.label
        assert row.value
        assert row.source
        assert row.day


def test_prices_sizes_and_kinds_are_said_as_people_say_them():
    said = {
        row.label: row.value
        for slug in ("x", "instagram", "threads", "youtube")
        for row in rows_of(get_network("by_hand"), {"stands_for": slug})
    }
    assert said["Price of a post with a link"] == "$0.200"
    assert said["Kinds of pictures"] == "JPEG, PNG"
    assert said["Kinds of documents"] == "None"
    assert said["Size of a film"] == "256 GB"
    assert said["Widest shape"] == "1.91 : 1"
    assert said["Longest film"] == "5 minutes"
    assert said["Posts in 24 hours"] == "100"


def test_limits_are_grouped_by_where_they_are_known_from():
    groups = by_source(rows_of(get_network("mastodon"), {"learned": {"images_max": 6}}))
    assert [row.label for row in groups[0]] == ["Pictures"]
    assert all(len({(row.source, row.day) for row in group}) == 1 for group in groups)


def test_limits_of_auras_own_choice_are_not_said_to_be_read_at_a_network():
    own = [row for row in rows_of(get_network("sandbox"), {}) if row.source == AURA]
    assert own
    assert {row.sure for row in own} == {""}


def test_what_the_network_told_of_a_channel_stands_in_place_of_the_table():
    learned = {"text": 700, "image_types": ["image/png"], "posts_per_day": "many", "unknown": 1}
    rows = rows_of(get_network("mastodon"), {"learned": learned}, learned_on=date(2026, 11, 26))
    assert Row("text", 700, "characters", "Words", "700 characters", TOLD, "", date(2026, 11, 26)) in rows
    words = [
        row for row in rows_of(get_network("bluesky"), {"learned": {"text": 400}}) if row.label == "Words"
    ]
    assert [(row.value, row.source == TOLD) for row in words] == [
        ("400 characters", True),
        ("3,000 bytes", False),
    ]
