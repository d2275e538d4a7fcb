"""The calls of comments: what people say about a post or a thing of the library, whatever it is about.

Where comments are listed and written belongs to the app of the thing: it declares both here, for its own addresses.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from aura.kit.paging import Sort
from workspaces import operations
from workspaces.api.binding import Takes
from workspaces.api.calls import Call, Resource
from workspaces.api.paging import Listing
from workspaces.api.schemas import ID, INSTANT, Shown
from workspaces.forms import CommentForm
from workspaces.models import Comment, WorkspaceModel

comments = Resource(
    "comments", about="What people say about a post or a thing of the library, and its answers."
)

FIRST = Sort("first", "First", descending=False)
ROWS = Comment.objects.all()


class CommentOut(Shown):
    """A comment. One without a parent begins a conversation; the others answer it."""

    id: UUID = Field(description="Its id.", examples=[ID])
    subject: UUID = Field(description="The id of what it is about.", examples=[ID])
    parent: UUID | None = Field(description="The id of the comment that it answers.", examples=[None])
    body: str = Field(
        description="What it says; empty where it was taken back and has answers.", examples=["Which Friday?"]
    )
    quote: str = Field(description="The words that it is about.", examples=["only on Fridays"])
    author: str = Field(description="The name of whoever wrote it.", examples=["Bob"])
    created_by: UUID | None = Field(description="Their id, where they still have an account.", examples=[ID])
    created_at: datetime = Field(description="When it was written.", examples=[INSTANT])
    edited_at: datetime | None = Field(description="When it was last changed.", examples=[None])
    removed_at: datetime | None = Field(description="When it was taken back.", examples=[None])
    resolved_at: datetime | None = Field(description="When the conversation was settled.", examples=[None])
    resolved_by: UUID | None = Field(description="The id of whoever settled it.", examples=[None])


SAY = Takes(
    "Comment",
    CommentForm,
    examples={"body": "Which Friday? @Bob", "parent": ID, "quote": "only on Fridays"},
    descriptions={
        "body": "What it says. Members are mentioned as @ with their name, and told.",
        "parent": "The id of the comment that it answers.",
        "quote": "Words of the thing that it is about, exactly as they stand there.",
    },
)
REPHRASE = Takes(
    "CommentWords",
    CommentForm,
    examples={"body": "Which Friday, the 13th?"},
    descriptions={"body": "What it says."},
)


def shown_many(rows: list[Comment]) -> list[BaseModel]:
    """Return comments as programs read them."""
    return [shown(one) for one in rows]


def shown(comment: Comment) -> CommentOut:
    """Return one comment as programs read it."""
    return CommentOut(
        id=comment.pk,
        subject=comment.subject_id,
        parent=comment.parent_id,
        body=comment.body,
        quote=comment.quote,
        author=comment.author_name,
        created_by=comment.created_by_id,
        created_at=comment.created_at,
        edited_at=comment.edited_at,
        removed_at=comment.removed_at,
        resolved_at=comment.resolved_at,
        resolved_by=comment.resolved_by_id,
    )


def about(subject: WorkspaceModel) -> Listing[Comment]:
    """Return what was said about a thing, first things first."""
    rows = ROWS.filter(subject_type=subject._meta.label_lower, subject_id=subject.pk)
    return Listing(rows, FIRST, shown_many)


def say(call: Call, subject: WorkspaceModel) -> CommentOut:
    """Say what was sent about a thing."""
    form = call.bind(CommentForm(subject=subject))
    words = {name: form.cleaned_data[name] for name in ("body", "parent", "quote", "quote_at")}
    return shown(operations.add_comment(subject, place=form.place, by=call.by, **words))


@comments.patch("/comments/{uuid:comment_id}", CommentOut, takes=REPHRASE)
def edit_comment(call: Call, comment_id: UUID) -> CommentOut:
    """Say something in other words.

    One's own comments alone. Whoever is mentioned only now is told.
    """
    comment = call.find(ROWS, comment_id, shown=shown)
    form = call.bind(CommentForm(subject=comment, only_body=True, initial={"body": comment.body}))
    return shown(operations.edit_comment(comment, body=form.cleaned_data["body"], now=call.now, by=call.by))


@comments.remove("/comments/{uuid:comment_id}")
def delete_comment(call: Call, comment_id: UUID) -> None:
    """Take back a comment. What has answers stays as an empty place above them."""
    operations.delete_comment(call.find(ROWS, comment_id, shown=shown), now=call.now, by=call.by)


@comments.post("/comments/{uuid:comment_id}/resolve", CommentOut)
def resolve_comment(call: Call, comment_id: UUID) -> CommentOut:
    """Say that a conversation is settled."""
    comment = call.find(ROWS, comment_id, shown=shown)
    return shown(operations.resolve_comment(comment, now=call.now, by=call.by))


@comments.post("/comments/{uuid:comment_id}/reopen", CommentOut)
def reopen_comment(call: Call, comment_id: UUID) -> CommentOut:
    """Say that a conversation is not settled after all."""
    return shown(operations.reopen_comment(call.find(ROWS, comment_id, shown=shown), by=call.by))
