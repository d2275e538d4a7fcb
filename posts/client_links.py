"""Which review link a secret address is. The secret names the workspace; nothing else of the request counts."""

from __future__ import annotations

from posts.models import ReviewLink
from workspaces.models.people import hash_token
from workspaces.scope import every_workspace


def link_of(token: str) -> ReviewLink | None:
    """Return the link with this secret, ended or not; None for a wrong one, or where its workspace is gone."""
    with every_workspace("the secret of a review link names its workspace"):
        links = ReviewLink.objects.select_related("workspace")
        return links.filter(token_hash=hash_token(token), workspace__trashed_at=None).first()
