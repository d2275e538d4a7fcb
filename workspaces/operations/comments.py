"""What people say about one thing: said, taken back, and gone when the thing goes."""

from __future__ import annotations

from workspaces.models import Comment, User, WorkspaceModel
from workspaces.operation import Actor, operation


@operation
def add_comment(subject: WorkspaceModel, *, body: str, by: Actor) -> Comment:
    """Say something judged about a thing of the open workspace."""
    comment = Comment(
        subject_type=subject._meta.label_lower,
        subject_id=subject.pk,
        body=body,
        author_name=str(by)[:100],
        created_by=by if isinstance(by, User) else None,
    )
    comment.save(force_insert=True)
    return comment


@operation
def delete_comment(comment: Comment, *, by: Actor) -> Comment:
    """Take back a comment; what it said is kept nowhere."""
    key = comment.pk
    comment.delete()
    comment.pk = key  # for the activity entry
    return comment


def forget_comments(subject: WorkspaceModel) -> None:
    """Delete what was said about a thing that is deleted for good; part of that operation."""
    Comment.objects.filter(subject_type=subject._meta.label_lower, subject_id=subject.pk).delete()
