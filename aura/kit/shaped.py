"""A field that programs fill with values inside values, such as a list of objects."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django import forms


class ShapedField(forms.JSONField):
    """JSON whose form is known: `shape` is its JSON schema."""

    shape: Mapping[str, Any] = {}

    def from_form(self, value: Any) -> Any:
        """Return what a multipart form sends: JSON in one part, or single values in several, or with commas between."""
        if isinstance(value, list):
            return [_unpacked(one) for one in value]
        text = str(value).strip()
        if text.startswith(("[", "{")):
            return _unpacked(text)
        return [part.strip() for part in text.split(",") if part.strip()]


def _unpacked(text: Any) -> Any:
    if not str(text).lstrip().startswith(("[", "{")):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text
