"""What the composer sends to be kept, judged as far as keeping it needs."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.utils.datastructures import MultiValueDict

LARGEST = 256 * 1024
"""Bytes of a draft that are kept at most."""
_NOT_OF_THE_POST = frozenset({"csrfmiddlewaretoken", "intent", "change", "writing"})


class DraftForm(forms.Form):
    """Takes the fields of the composer as they are, finished or not. After `is_valid()`: `fields`, lists by name."""

    version = forms.IntegerField(required=False, min_value=1, error_messages={"invalid": "No such version."})
    writing = forms.UUIDField(required=False, error_messages={"invalid": "Load the page again."})

    def __init__(self, data: MultiValueDict[str, str]) -> None:
        super().__init__(data)
        self.fields_sent: dict[str, list[str]] = {
            name: data.getlist(name) for name in data if name not in _NOT_OF_THE_POST
        }

    def clean(self) -> None:
        """Refuse what is no draft of a post, and characters that no database keeps."""
        if "caption" not in self.fields_sent:
            raise ValidationError("These are not the fields of a post. Load the page again.")
        if any("\0" in text for sent in self.fields_sent.values() for text in sent):
            raise ValidationError("There is a character in it that cannot be kept. Type the words anew.")
