"""Assets that go to the trash along with something bigger (a campaign), and come back with it.

Parts of that thing's operation, which has checked the right and writes the activity entry.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime

from media_library import uses
from media_library.models import Asset
from media_library.operations.uploads import index_all
from workspaces import search


def trash_unused(held: Mapping[uuid.UUID, int], *, mark: uuid.UUID, now: datetime) -> int:
    """Trash the assets that nothing uses beyond these `held` uses ({asset: how many}); return how many went.

    What is in the trash already keeps its own mark.
    """
    everywhere = uses.counts_of(held)
    only_here = [asset for asset, number in held.items() if everywhere.get(asset, 0) <= number]
    going = Asset.objects.filter(pk__in=only_here, trashed_at=None)
    ids = list(going.values_list("pk", flat=True))
    Asset.objects.filter(pk__in=ids).update(trashed_at=now, trashed_with=mark)
    search.forget("asset", ids)
    return len(ids)


def restore_trashed_with(mark: uuid.UUID) -> int:
    """Bring back exactly the assets that were trashed under this mark; return how many."""
    back = list(Asset.objects.filter(trashed_with=mark, trashed_at__isnull=False).select_related("current"))
    Asset.objects.filter(pk__in=[asset.pk for asset in back]).update(trashed_at=None, trashed_with=None)
    index_all(back)
    return len(back)
