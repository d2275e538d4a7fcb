"""A post that is there: changed, thrown away, brought back."""

from __future__ import annotations

from uuid import UUID

from posts.api.creating import SAID, TARGET_SENT, WORDS
from posts.api.shown import ROWS, PostOut, posts, shown
from posts.forms.duplicating import DuplicateForm
from posts.forms.post import SAVE
from posts.forms.programs import PostByProgram
from posts.models import Post
from posts.operations import trash
from posts.operations.composing import compose_post
from posts.operations.writing import duplicate_post as duplicate
from posts.operations.writing import may_schedule, title_of_copy
from workspaces.api.binding import Takes
from workspaces.api.calls import Call
from workspaces.api.schemas import ID, INSTANT

POST = Takes(
    "Post",
    PostByProgram,
    examples={
        **WORDS,
        "campaign": ID,
        "targets": [TARGET_SENT],
        "media": [ID],
        "scheduled_at": INSTANT,
        "zone": "Europe/Dublin",
    },
    descriptions={**SAID, "campaign": "The id of the campaign it belongs to."},
)
COPY = Takes(
    "PostCopy",
    DuplicateForm,
    examples={"title": "Rye is back, once more", "campaign": ID, "channels": [ID]},
    optional=["title", "campaign"],
    descriptions={
        "title": "What the copy is called; else “Copy of …”.",
        "campaign": "The id of its campaign; else the same one.",
        "channels": "The ids of its channels; else the same ones.",
    },
)


@posts.patch("/posts/{uuid:post_id}", PostOut, takes=POST)
def edit_post(call: Call, post_id: UUID) -> PostOut:
    """Change a post that is not out yet.

    Members that are sent are changed, the others stay: what single channels say of their own, too. What is scheduled
    stays so at its perhaps new time, as long as whoever changes it may schedule and no new yes is needed; `status` in
    the answer says so. With `If-Match` nothing is overwritten that you have not seen.
    """
    post = call.find(ROWS, post_id)
    form = call.bind(
        PostByProgram(
            instance=post,
            zone=call.workspace.zone,
            now=call.now,
            strict=post.status == Post.Status.SCHEDULED and may_schedule(call.by),
        )
    )
    edit = compose_post(
        form.instance,
        words=form.words,
        pictures=form.pictures,
        own=form.own,
        version=form.seen_version,
        intent=SAVE,
        fits=form.chosen_fits,
        now=call.now,
        by=call.by,
    )
    return shown(edit.post)


@posts.remove("/posts/{uuid:post_id}")
def trash_post(call: Call, post_id: UUID) -> None:
    """Put a post in the trash.

    What was scheduled is not sent. It can be brought back for 30 days. Refused (409) while part of it is being sent, or
    may be live without anybody having said so.
    """
    trash.trash_post(call.find(ROWS, post_id), now=call.now, by=call.by)


@posts.post("/posts/{uuid:post_id}/restore", PostOut)
def restore_post(call: Call, post_id: UUID) -> PostOut:
    """Bring a post back from the trash; what was scheduled waits for a new time."""
    return shown(trash.restore_post(call.find(ROWS, post_id), by=call.by))


@posts.post("/posts/{uuid:post_id}/purge", None, status=204)
def purge_post(call: Call, post_id: UUID) -> None:
    """Delete a post in the trash for good, with what was tried. Its pictures stay in the library.

    Refused (409) for a post that is not in the trash: put it there first.
    """
    trash.purge_post(call.find(ROWS, post_id), by=call.by)


@posts.post("/posts/{uuid:post_id}/duplicate", PostOut, takes=COPY, status=201, at="/posts/{id}")
def duplicate_post(call: Call, post_id: UUID) -> PostOut:
    """Make a draft with the same words and pictures, and no time."""
    post = call.find(ROWS, post_id)
    said = call.bind(DuplicateForm(post=post, title=title_of_copy(post))).cleaned_data
    channels = list(said["channels"])
    return shown(
        duplicate(post, title=said["title"], campaign=said["campaign"], channels=channels, by=call.by)
    )
