"""Long words cut into the parts of a thread: at the end of a paragraph or sentence, else between words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import regex

_SENTENCE = re.compile(r".+?(?:[.!?…]+[\"'”’»)]*(?=\s)\s*|\n\s*\n\s*|$)", re.DOTALL)
_WORD = re.compile(r"\S+\s*")
_GRAPHEME = regex.compile(r"\X")


def split(text: str, fits: Callable[[str], bool]) -> list[str]:
    """Return the text in parts that fit, in order, as few as can be without cutting a sentence that fits.

    A word that does not fit by itself is cut, too, so that every part fits what `fits` asks for; words keep their
    order and only the space between two parts goes.
    """
    parts: list[str] = []
    current = ""
    for piece in _pieces(text.strip(), fits):
        if current and not fits((current + piece).strip()):
            parts.append(current.strip())
            current = ""
        current += piece
    if current.strip():
        parts.append(current.strip())
    return parts


def _pieces(text: str, fits: Callable[[str], bool]) -> Iterator[str]:
    """Yield sentences, and of those that do not fit words, and of those that do not fit pieces of words."""
    for sentence in _SENTENCE.findall(text):
        if fits(sentence.strip()):
            yield sentence
            continue
        for word in _WORD.findall(sentence):
            yield from [word] if fits(word.strip()) else _pieces_of_word(word, fits)


def _pieces_of_word(word: str, fits: Callable[[str], bool]) -> Iterator[str]:
    current = ""
    for letter in _GRAPHEME.findall(word):
        if current and not fits((current + letter).strip()):
            yield current
            current = ""
        current += letter
    yield current
