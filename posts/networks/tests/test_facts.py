"""Limits as rows, and what is said when a post does not fit."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from typing import Any

import pytest

from posts.networks import UnknownNetwork, connectable, get_network
from posts.networks.base import Outgoing, OutgoingMedia, ReplyTo
from posts.networks.facts import FACTS, NAMES, Capabilities, capabilities_of, facts_of
from posts.networks.judging import judge


def photo(**changes: Any) -> OutgoingMedia:
    return replace(
        OutgoingMedia(
            "image/jpeg", 1_000_000, "00", name="bread.jpg", width=1080, height=1080, alt_text="Bread"
        ),
        **changes,
    )


def video(**changes: Any) -> OutgoingMedia:
    return replace(OutgoingMedia("video/mp4", 9_000_000, "00", name="oven.mp4", seconds=20.0), **changes)


def codes(network: str, text: str = "Rye", *media: OutgoingMedia, title: str = "Rye") -> list[str]:
    outgoing = Outgoing("t", "k", text, media, title=title)
    return [finding.code for finding in judge(outgoing, capabilities_of(network))]


def test_every_row_names_a_known_network_and_field_with_source_and_date():
    known = {field.name for field in fields(Capabilities)} - {"network", "name", "guesses"}
    for fact in FACTS:
        assert fact.network in NAMES
        assert fact.field in known
        assert fact.source
        assert fact.sure in ("V", "S", "M")
        assert date(2026, 1, 1) <= fact.checked_on <= date(2100, 1, 1)
    assert len({(fact.network, fact.field, fact.rule) for fact in FACTS}) == len(FACTS)


@pytest.mark.parametrize("network", list(NAMES))
def test_every_network_has_a_counter_but_by_hand(network):
    can = capabilities_of(network)
    assert can.name == NAMES[network]
    assert (can.counter is None) == (network == "by_hand")


def test_nobody_knows_an_unknown_network():
    with pytest.raises(KeyError):
        facts_of("myspace")
    with pytest.raises(UnknownNetwork, match="myspace"):
        get_network("myspace")


def test_every_network_can_be_connected_those_of_companies_first():
    offered = [network.slug for network in connectable()]
    assert offered[-3:] == ["sandbox", "webhook", "by_hand"]
    assert all(get_network(network.slug) is network for network in connectable())
    assert all(network.words.endswith(".") for network in connectable())


@pytest.mark.parametrize(
    ("network", "fits", "too_long"),
    [
        ("sandbox", "x" * 4_000, "x" * 4_001),
        ("x", "日" * 140, "日" * 141),
        ("x", "https://example.com/" + "x" * 900, "x" * 281),
        ("bluesky", "é" * 300, "é" * 301),
        ("mastodon", "https://example.com/" + "x" * 900 + " " + "y" * 476, "y" * 501),
        ("linkedin", "x" * 3_000, "x" * 3_001),
        ("threads", "👍" * 125, "👍" * 126),
    ],
)
def test_words_are_measured_by_the_networks_own_ruler(network, fits, too_long):
    assert codes(network, fits) == []
    assert codes(network, too_long) == ["text_too_long"]


def test_bluesky_counts_bytes_too():
    assert codes("bluesky", "👨‍👩‍👧‍👦" * 121) == ["text_too_long"]


@pytest.mark.parametrize(
    ("network", "media", "expected"),
    [
        ("instagram", (), ["media_missing"]),
        ("instagram", (photo(),), []),
        ("instagram", (photo(mime="image/png"),), ["wrong_type"]),
        ("instagram", (photo(size=8_000_001),), ["file_too_large"]),
        ("instagram", (photo(width=1910, height=1000),), []),
        ("instagram", (photo(width=2100, height=1000),), ["wrong_shape"]),
        ("instagram", (photo(width=700, height=1000),), ["wrong_shape"]),
        ("instagram", (photo(),) * 11, ["too_many_files"]),
        ("instagram", (photo(), video()), []),
        ("instagram", (video(seconds=2.0),), ["video_too_short"]),
        ("instagram", (video(seconds=901.0),), ["video_too_long"]),
        ("mastodon", (photo(), video()), ["mixed_media"]),
        ("mastodon", (photo(),) * 5, ["too_many_images"]),
        ("x", (photo(mime="application/pdf"),), ["wrong_type"]),
        ("linkedin", (photo(mime="application/pdf"),), []),
        ("bluesky", (photo(alt_text=" "),), ["alt_missing"]),
        ("pinterest", (photo(alt_text="a" * 501),), ["alt_too_long"]),
        ("youtube", (photo(),), ["too_many_images"]),
        ("youtube", (video(),), []),
        ("sandbox", (photo(), video(), photo(mime="application/pdf")), []),
    ],
)
def test_media_are_judged(network, media, expected):
    assert codes(network, "Rye", *media) == expected


def test_hashtags_mentions_and_titles_are_counted():
    assert codes("instagram", "#a " * 30 + "a#b &#39; 1#2", photo()) == []
    assert codes("instagram", "#a " * 31, photo()) == ["too_many_hashtags"]
    assert codes("instagram", "@a.b " * 21 + "mail a@b.c", photo()) == ["too_many_mentions"]
    assert codes("pinterest", "Rye", photo(), title="x" * 101) == ["title_too_long"]
    assert codes("youtube", "Rye", video(), title=" ") == ["title_missing"]
    assert codes("sandbox", "  ") == ["empty"]
    assert codes("sandbox", "", photo()) == []


@pytest.mark.parametrize(
    ("network", "fits", "blocks"),
    [("linkedin", 1_250, True), ("instagram", 300, False), ("sandbox", 4_000, True)],
)
def test_a_first_comment_has_a_limit_of_its_own_where_the_network_has_one(network, fits, blocks):
    def judged(length: int) -> list[tuple[str, bool]]:
        comment = Outgoing("t", "k", "x" * length, reply_to=ReplyTo("1", "1", as_comment=True))
        return [(finding.code, finding.blocks) for finding in judge(comment, capabilities_of(network))]

    assert judged(fits) == []
    assert judged(fits + 1) == [("text_too_long", blocks)]


def test_a_remembered_limit_advises_and_a_read_one_blocks():
    can = capabilities_of("facebook")
    remembered = judge(Outgoing("t", "k", "x" * 63_207), can)
    assert [(finding.code, finding.blocks) for finding in remembered] == [("text_too_long", False)]
    read = judge(Outgoing("t", "k", "x", (photo(), video())), can)
    assert [(finding.code, finding.blocks) for finding in read] == [("mixed_media", True)]


def test_every_finding_says_what_is_wrong_and_what_to_do():
    media = (
        photo(mime="image/png", size=10**10, width=9, height=1, alt_text="a" * 9_999, name=""),
        video(seconds=9e9),
    )
    for network in NAMES:
        for finding in judge(Outgoing("t", "k", "#a @b " * 20_000, media * 30), capabilities_of(network)):
            assert finding.message.endswith(".")
            assert finding.fix.endswith(".")
            assert NAMES[network] in finding.message or "description" in finding.message
