"""The form of a snippet."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django import forms

from posts.models import Snippet

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Snippet]
else:
    _ModelForm = forms.ModelForm

_WORD = re.compile(r"[^\s,;]+")


class SnippetForm(_ModelForm):
    """Judges the name, the kind and the words; hashtags may be typed with or without their #."""

    class Meta:
        model = Snippet
        fields = ["name", "kind", "words"]
        labels = {"kind": "What they are"}
        help_texts = {
            "name": "How your team finds them.",
            "words": "Hashtags may be separated by spaces or commas; each gets its #.",
        }
        error_messages = {
            "name": {"required": "Give the words a name."},
            "words": {"required": "Write the words."},
        }

    def clean(self) -> dict[str, object]:
        """Put hashtags into one form: each once, with its #."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("kind") == Snippet.Kind.HASHTAGS and cleaned.get("words"):
            tags = dict.fromkeys(
                "#" + word.lstrip("#") for word in _WORD.findall(cleaned["words"]) if word.strip("#")
            )
            if not tags:
                self.add_error("words", "Write at least one hashtag.")
            cleaned["words"] = " ".join(tags)
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        # The name is unique in the workspace, which the form does not show.
        return super()._get_validation_exclusions() - {"workspace"}  # type: ignore[misc, no-any-return]
