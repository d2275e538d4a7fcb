"""Words that come again: kept, changed, thrown away."""

from __future__ import annotations

from posts.models import Snippet
from posts.operations.writing import author
from workspaces.operation import Actor, Refused, operation

SNIPPETS_AT_MOST = 500
"""In one workspace: what a list that people pick from can show."""


@operation
def create_snippet(snippet: Snippet, *, by: Actor) -> Snippet:
    """Keep words that are not saved yet. Raises Refused where there are SNIPPETS_AT_MOST already."""
    if Snippet.objects.count() >= SNIPPETS_AT_MOST:
        raise Refused(f"A workspace keeps at most {SNIPPETS_AT_MOST} of these. Delete one that nobody needs.")
    snippet.created_by = author(by)
    snippet.save(force_insert=True)
    return snippet


@operation
def edit_snippet(snippet: Snippet, *, by: Actor) -> Snippet:
    """Save a changed name, kind or words. Posts that have them keep what they have."""
    snippet.save(update_fields=["name", "kind", "words"])
    return snippet


@operation
def delete_snippet(snippet: Snippet, *, by: Actor) -> Snippet:
    """Throw the words away. Posts that have them keep what they have."""
    Snippet.objects.filter(pk=snippet.pk).delete()
    return snippet
