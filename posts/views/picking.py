"""The picker of pictures: what the composer, and the page of what is still to go out, show of the library."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from media_library import formats
from media_library import lists as library
from media_library.operations import goes_direct

TO_PICK = 24
"""Pictures offered at a time."""


def picker_for(page: library.Page) -> dict[str, Any]:
    """Return what `posts/_picker.html` and the strips show beside the pictures; `page` is the first to pick from."""
    return {
        "page": page,
        "goes_direct": goes_direct(),
        "largest": formats.largest_bytes(),
        "largest_picture": formats.image.largest_bytes(),
        "accept": formats.accept(library.SHOWN),
        "most": settings.AURA_MEDIA_PER_POST,
    }
