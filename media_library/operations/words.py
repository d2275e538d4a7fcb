"""Words that are kept as assets: no file and nothing to make, so they are ready at once."""

from __future__ import annotations

from media_library.models import Asset
from media_library.operations.uploads import index
from workspaces.models import User
from workspaces.operation import Actor, operation

WORDS_EDITED = ("kind", "body", "title", "author", "licence", "source", "expires_date")


@operation
def write_words(asset: Asset, *, by: Actor) -> Asset:
    """Keep judged words (ad copy, a headline, a description, a call to action) as a new asset, and return it."""
    asset.status = Asset.Status.READY
    asset.created_by = by if isinstance(by, User) else getattr(by, "user", None)
    asset.save(force_insert=True)
    index(asset)
    return asset
