"""Albums lie in albums, five deep, and never in themselves."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from media_library.models import Album
from media_library.models.group import ALBUM_DEPTH


def nest(*names: str) -> list[Album]:
    """Make albums, each inside the one before."""
    made: list[Album] = []
    for name in names:
        made.append(Album.objects.create(name=name, parent=made[-1] if made else None))
    return made


def test_an_album_is_as_deep_as_all_that_lies_in_it(scope) -> None:
    outer, *_ = nest("Year", "Autumn", "Launch")
    *_, third = nest("Archive", "Old", "Older")
    outer.parent = third.parent
    outer.full_clean()
    outer.parent = third
    with pytest.raises(ValidationError, match=f"Albums go {ALBUM_DEPTH} deep"):
        outer.full_clean()


def test_an_album_lies_in_none_of_its_own(scope) -> None:
    outer, _, inner = nest("Year", "Autumn", "Launch")
    outer.parent = inner
    with pytest.raises(ValidationError, match="cannot lie inside itself"):
        outer.full_clean()
