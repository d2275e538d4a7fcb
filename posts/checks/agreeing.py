"""Rules about the yes that a post needs."""

from __future__ import annotations

from collections.abc import Iterator

from posts.checks.check import Check
from posts.checks.subject import Subject
from posts.snapshot import is_approved
from workspaces.scope import current_workspace


def somebody_said_yes(subject: Subject) -> Iterator[Check]:
    """What nobody approved waits at its time, where the workspace asks for approval. Two queries."""
    if current_workspace().approval_required and not is_approved(subject.post):
        yield Check(
            "not_approved",
            "review",
            "Nobody has approved it.",
            "Without a yes it does not go out.",
            blocks=True,
        )
