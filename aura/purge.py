"""What has been in the trash for 30 days goes for good, in every workspace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from aura.kit import clock
from campaigns.operations.campaigns import purge_expired as purge_campaigns
from media_library.operations import purge_expired as purge_assets
from posts.operations.connecting import drop_expired
from posts.operations.drafts import purge_drafts
from posts.operations.trash import purge_expired as purge_posts
from workspaces.models import Workspace
from workspaces.operations import purge_old_workspaces, purge_programs, purge_tokens
from workspaces.scope import use_workspace

log = structlog.get_logger(__name__)

# Posts go before the campaigns that hold them, and both before the assets they use.
PURGES = {
    "connections under way": drop_expired,
    "unsaved drafts": purge_drafts,
    "ended API tokens": purge_tokens,
    "sign-ins of programs": purge_programs,
    "posts": purge_posts,
    "campaigns": purge_campaigns,
    "assets": purge_assets,
}


@dataclass
class Purged:
    """How many rows went, by kind, and the slugs of the workspaces where something broke on the way."""

    gone: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)


def purge_trash(workspaces: Iterable[Workspace], *, now: datetime) -> Purged:
    """Purge the expired trash of these workspaces. One that breaks keeps no other; it is tried again the next time."""
    purged = Purged()
    for workspace in workspaces:
        try:
            with use_workspace(workspace):
                for kind, purge in PURGES.items():
                    purged.gone[kind] += purge(now=now)
        except Exception:
            log.exception("purge.broken", workspace=workspace.slug)
            purged.broken.append(workspace.slug)
    return purged


def purge_instance(*, now: datetime) -> Purged:
    """Purge the expired trash of every workspace, and workspaces that were deleted 30 days ago."""
    purged = purge_trash(Workspace.objects.filter(trashed_at=None), now=now)
    purged.gone["workspaces"] += purge_old_workspaces(now)
    return purged


def purge_daily() -> None:
    """Purge the instance, as the leading worker does once a day."""
    purge_instance(now=clock.now())
