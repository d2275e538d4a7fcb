"""Tags and the like: several words or phrases in one line, tidied."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

TAG_LENGTH = 50  # product.md, Limits


def tidy_words(words: list[str]) -> list[str]:
    """Return tags trimmed, inner space folded, lower-cased, unique, in their order; empty ones dropped."""
    tidy = (re.sub(r"\s+", " ", word).strip().lower() for word in words)
    return list(dict.fromkeys(word for word in tidy if word))


class WordsField(forms.CharField):
    """Words or phrases with commas between them: trimmed, lower-cased, unique, so many at most."""

    def __init__(self, *, at_most: int, what: str = "tag", **kwargs: Any) -> None:
        self.at_most, self.what = at_most, what
        # Enough for every word with its comma; past that the sentence about the number is the one that helps.
        super().__init__(**{"required": False, "max_length": 4000, **kwargs})
        self.widget.attrs["data-tokens"] = str(at_most)

    def prepare_value(self, value: Any) -> Any:
        """Show a list as one line; what a person typed stays as it is."""
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        """Return the list of words. Raises ValidationError with what to take away or shorten."""
        text = super().clean(self.prepare_value(value))
        words = tidy_words(re.split(r"[,\n]", text or ""))
        if len(words) > self.at_most:
            extra = len(words) - self.at_most
            raise ValidationError(
                f"{self.at_most} {self.what}s at most, and these are {len(words)}. Take {extra} away.",
                code="too_many",
            )
        long = [word for word in words if len(word) > TAG_LENGTH]
        if long:
            raise ValidationError(
                f"A {self.what} has {TAG_LENGTH} characters at most. Shorten “{long[0][:60]}”.",
                code="too_long",
            )
        return words

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare the words and not how they were typed."""
        return tidy_words(re.split(r"[,\n]", self.prepare_value(initial) or "")) != tidy_words(
            re.split(r"[,\n]", self.prepare_value(data) or "")
        )
