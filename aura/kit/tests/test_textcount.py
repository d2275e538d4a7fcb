"""Each network's own ruler."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura.kit.textcount import Rule, count

FAMILY = "👨‍👩‍👧‍👦"
FLAG = "🇮🇪"
THUMB = "👍🏽"
KEYCAP = "1️⃣"
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@pytest.mark.parametrize(
    ("text", "rule", "length"),
    [
        ("", "chars", 0),
        ("é", "chars", 1),
        ("e\u0301", "chars", 2),
        ("a\r\nb", "chars", 3),
        (FAMILY, "chars", 7),
        (FAMILY, "graphemes", 1),
        (FLAG, "graphemes", 1),
        ("e\u0301", "graphemes", 1),
        ("a\r\nb", "graphemes", 3),
        (FAMILY, "bytes", 25),
        ("é€", "bytes", 5),
        (FAMILY, "utf16", 11),
        ("𝒳y", "utf16", 3),
        # Mastodon: a link is 23 however long, a mention counts without its server.
        ("https://a.example", "url23", 23),
        ("https://example.com/" + "x" * 300, "url23", 23),
        ("See https://example.com/a, then go.", "url23", 4 + 23 + 10),
        ("(https://example.com/a_(b))", "url23", 25),
        ("example.com", "url23", 11),
        ("Hi @rye@bakers.example", "url23", 7),
        ("mail rye@bakers.example", "url23", 23),
        (FAMILY, "url23", 1),
        ("http:// alone", "url23", 13),
        # X: published weights.
        ("abc", "weighted", 3),
        ("й", "weighted", 1),
        ("日本", "weighted", 4),
        ("가", "weighted", 2),
        ("e\u0301", "weighted", 1),
        (FAMILY, "weighted", 2),
        (FLAG, "weighted", 2),
        (THUMB, "weighted", 2),
        (KEYCAP, "weighted", 2),
        ("©", "weighted", 1),
        ("“quoted”—", "weighted", 9),
        ("…", "weighted", 2),
        ("€", "weighted", 2),
        ("https://example.com/" + "x" * 300, "weighted", 23),
        ("Go to example.com now", "weighted", 6 + 23 + 4),
        ("example.com/a/b?c", "weighted", 23),
        ("e.g. this", "weighted", 9),
        ("mail rye@bakers.com", "weighted", 19),
        ("v1.2.3", "weighted", 6),
        # Threads: emoji as bytes, everything else as characters.
        ("日本é", "emoji_bytes", 3),
        ("a👍", "emoji_bytes", 5),
        (FAMILY, "emoji_bytes", 25),
        ("#1", "emoji_bytes", 2),
    ],
)
def test_known_lengths(text, rule, length):
    assert count(text, rule) == length


def test_an_unknown_ruler_is_refused():
    with pytest.raises(ValueError, match="furlongs"):
        count("x", "furlongs")


@pytest.mark.parametrize("rule", list(Rule))
def test_a_broken_half_of_a_character_is_counted_and_not_fatal(rule):
    assert count("a\ud83db", rule) >= 2


@pytest.mark.parametrize("rule", list(Rule))
def test_plain_words_are_the_same_on_every_ruler(rule):
    assert count("plain words, twice", rule) == 18


@pytest.mark.parametrize("rule", list(Rule))
@given(text=words)
def test_no_ruler_is_negative_or_fails(rule, text):
    assert count(text, rule) >= 0


@given(text=words)
def test_rulers_keep_their_order(text):
    graphemes, chars = count(text, "graphemes"), count(text, "chars")
    assert graphemes <= chars <= count(text, "utf16") <= count(text, "bytes")
    assert chars <= count(text, "emoji_bytes") <= count(text, "bytes")


@given(text=words)
def test_windows_line_ends_count_like_others(text):
    lf = text.replace("\r", "") + "\nend"
    assert all(count(lf, rule) == count(lf.replace("\n", "\r\n"), rule) for rule in Rule)


@given(path=st.text("abcxyz019/_-~%=&?", max_size=400))
def test_a_link_always_costs_23(path):
    link = f"https://example.com/a{path}z"
    assert count(f"go {link} now", "url23") == 30
    assert count(f"go {link} now", "weighted") == 30


@given(text=st.text("abc \U0001f44d日é", max_size=60), more=st.text("abc 日", max_size=20))
def test_more_text_is_never_shorter(text, more):
    for rule in ("chars", "bytes", "utf16", "weighted"):
        assert count(text + more, rule) >= count(text, rule)


def test_a_hostile_text_is_counted_quickly():
    for text in (
        "a." * 5_000,
        "@a." * 3_000,
        "https://" * 3_000,
        "(" * 9_000,
        "👨‍" * 4_000,
        "a-" * 5_000 + ".",
    ):
        for rule in Rule:
            assert count(text, rule) > 0
