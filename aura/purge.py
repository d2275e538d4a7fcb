"""What has been in the trash for 30 days goes for good, in every workspace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from aura.kit import clock
from campaigns.operations.campaigns import purge_expired as purge_campaigns
from media_library.operations import purge_expired as purge_assets
from posts.operations.trash import purge_expired as purge_posts
from workspaces.models import Workspace
from workspaces.operations import purge_old_workspaces
from workspaces.scope import use_workspace

# Posts go before the campaigns that hold them, and both before the assets they use.
PURGES = {"posts": purge_posts, "campaigns": purge_campaigns, "assets": purge_assets}


def purge_trash(workspaces: Iterable[Workspace], *, now: datetime) -> Counter[str]:
    """Purge the expired trash of these workspaces; return how many rows went, by kind."""
    gone: Counter[str] = Counter()
    for workspace in workspaces:
        with use_workspace(workspace):
            for kind, purge in PURGES.items():
                gone[kind] += purge(now=now)
    return gone


def purge_instance(*, now: datetime) -> Counter[str]:
    """Purge the expired trash of every workspace, and workspaces that were deleted 30 days ago."""
    gone = purge_trash(Workspace.objects.filter(trashed_at=None), now=now)
    gone["workspaces"] += purge_old_workspaces(now)
    return gone


def purge_daily() -> None:
    """Purge the instance, as the leading worker does once a day."""
    purge_instance(now=clock.now())
