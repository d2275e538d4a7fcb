"""What readers see of a post before they ask for more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posts.views.looks import folded


@pytest.mark.parametrize(
    ("words", "at", "expected"),
    [
        ("Warm at seven.", None, ("Warm at seven.", "")),
        ("Warm at seven.", 14, ("Warm at seven.", "")),
        ("Warm at seven, every day of the week.", 12, ("Warm at", "seven, every day of the week.")),
        ("Rye\nCrumb and butter", 6, ("Rye\nCr", "umb and butter")),
        ("Донаудампфшиффартсгезельшафт", 10, ("Донаудампф", "шиффартсгезельшафт")),
    ],
)
def test_words_fold_at_the_end_of_a_word(words: str, at: int | None, expected: tuple[str, str]) -> None:
    assert folded(words, at) == expected


@given(st.text(max_size=80), st.integers(2, 40))
def test_folding_loses_no_letter(words: str, at: int) -> None:
    shown, more = folded(words, at)
    assert (shown + more).split() == words.split() or "".join((shown + more).split()) == "".join(
        words.split()
    )
    assert len(shown) <= max(at, at + len(" more"))
