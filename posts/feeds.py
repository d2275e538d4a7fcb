"""Whose feed a secret address is. The secret names the workspace; nothing else of the request counts."""

from __future__ import annotations

from posts.models import CalendarFeed
from workspaces.models import Membership
from workspaces.models.people import hash_token
from workspaces.scope import every_workspace


def feed_of(token: str) -> CalendarFeed | None:
    """Return the feed with this secret, None for a wrong or ended one, or when its person or workspace is gone."""
    with every_workspace("the secret of a calendar feed names its workspace"):
        rows = CalendarFeed.objects.select_related("workspace", "created_by")
        feed = rows.filter(
            token_hash=hash_token(token), workspace__trashed_at=None, created_by__is_active=True
        ).first()
    if feed is None:
        return None
    member = Membership.objects.filter(workspace=feed.workspace, user=feed.created_by)
    return feed if member.exists() else None
