"""Words that come again: hashtag sets, signatures and templates."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from aura.kit.paging import Sort
from posts.api.shown import posts
from posts.forms.snippets import SnippetForm
from posts.models import Snippet
from posts.operations import snippets
from workspaces.api.binding import Takes
from workspaces.api.calls import Call
from workspaces.api.paging import Listing
from workspaces.api.schemas import ID, INSTANT, OneOf, Shown

BY_NAME = Sort("name", "Name", "name", descending=False)
ROWS = Snippet.objects.all()


class SnippetOut(Shown):
    """Words under a name. A post that has them keeps its copy."""

    id: UUID = Field(description="Its id.", examples=[ID])
    name: str = Field(description="How people find it.", examples=["Rye hashtags"])
    kind: Annotated[str, OneOf(Snippet.Kind.values)] = Field(
        description="What the words are.", examples=["hashtags"]
    )
    words: str = Field(description="The words.", examples=["#rye #slowbread"])
    created_by: UUID | None = Field(description="The id of whoever made it.", examples=[ID])
    created_at: datetime = Field(description="When it was made.", examples=[INSTANT])


SNIPPET = Takes(
    "Snippet",
    SnippetForm,
    examples={"name": "Rye hashtags", "kind": "hashtags", "words": "#rye #slowbread"},
)


def _shown_many(rows: list[Snippet]) -> list[BaseModel]:
    return [_shown(one) for one in rows]


def _shown(snippet: Snippet) -> SnippetOut:
    return SnippetOut(
        id=snippet.pk,
        name=snippet.name,
        kind=snippet.kind,
        words=snippet.words,
        created_by=snippet.created_by_id,
        created_at=snippet.created_at,
    )


@posts.listing("/snippets", SnippetOut)
def list_snippets(call: Call) -> Listing[Snippet]:
    """List words that come again in posts."""
    return Listing(ROWS, BY_NAME, _shown_many)


@posts.post("/snippets", SnippetOut, takes=SNIPPET, status=201, at="/snippets/{id}")
def create_snippet(call: Call) -> SnippetOut:
    """Keep words under a name."""
    return _shown(snippets.create_snippet(call.bind(SnippetForm()).instance, by=call.by))


@posts.get("/snippets/{uuid:snippet_id}", SnippetOut)
def show_snippet(call: Call, snippet_id: UUID) -> SnippetOut:
    """Show words that come again."""
    return _shown(call.find(ROWS, snippet_id))


@posts.patch("/snippets/{uuid:snippet_id}", SnippetOut, takes=SNIPPET)
def edit_snippet(call: Call, snippet_id: UUID) -> SnippetOut:
    """Change a name, a kind or words. Posts that have them keep what they have."""
    snippet = call.find(ROWS, snippet_id, shown=_shown)
    return _shown(snippets.edit_snippet(call.bind(SnippetForm(instance=snippet)).instance, by=call.by))


@posts.remove("/snippets/{uuid:snippet_id}")
def delete_snippet(call: Call, snippet_id: UUID) -> None:
    """Throw words away. Posts that have them keep what they have."""
    snippets.delete_snippet(call.find(ROWS, snippet_id, shown=_shown), by=call.by)
