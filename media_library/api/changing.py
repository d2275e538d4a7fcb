"""What programs change of one thing in the library: its words and rights, its tags, whether it is in the trash."""

from __future__ import annotations

from uuid import UUID

from aura.kit.problems import Refused
from media_library import operations
from media_library.api.shown import RIGHTS, ROWS, MediaOut, media, shown
from media_library.forms import AssetForm, TagsForm, WordsForm, WordsPageForm
from media_library.operations.words import WORDS_EDITED
from workspaces.api.binding import Takes
from workspaces.api.calls import Call

MEDIA = Takes(
    "Media", AssetForm, examples={"title": "Rye on the board", "alt_text": "A dark loaf, cut open.", **RIGHTS}
)
WORDS = Takes(
    "Words",
    WordsForm,
    examples={"kind": "headline", "body": "Dark crumb, slow rye", "title": "Spring headline"},
)
WORDS_CHANGED = Takes("WordsOfMedia", WordsPageForm, examples={**WORDS.examples, **RIGHTS})
TAGS = Takes("MediaTags", TagsForm, examples={"tags": ["rye", "spring"]})


@media.post("/media/words", MediaOut, takes=WORDS, status=201, at="/media/{id}")
def write_words(call: Call) -> MediaOut:
    """Keep words: ad copy, a headline, a description, a call to action."""
    form = call.bind(WordsForm())
    return shown(operations.write_words(form.instance, by=call.by))


@media.patch("/media/{uuid:media_id}", MediaOut, takes=MEDIA, does="media_library.edit_asset")
def edit_asset(call: Call, media_id: UUID) -> MediaOut:
    """Change the name, the description and the rights of something."""
    form = call.bind(AssetForm(instance=call.find(ROWS, media_id, shown=shown)))
    return shown(operations.edit_asset(form.instance, by=call.by))


@media.patch("/media/{uuid:media_id}/words", MediaOut, takes=WORDS_CHANGED, does="media_library.edit_asset")
def edit_words(call: Call, media_id: UUID) -> MediaOut:
    """Change words that are kept: what they are, the words themselves, their name and rights."""
    asset = call.find(ROWS, media_id, shown=shown)
    if not asset.is_text:
        raise Refused("This is a file, not words. Change its name and rights at its own address.")
    form = call.bind(WordsPageForm(instance=asset))
    return shown(operations.edit_asset(form.instance, fields=WORDS_EDITED, by=call.by))


@media.post("/media/{uuid:media_id}/tags", MediaOut, takes=TAGS)
def set_tags(call: Call, media_id: UUID) -> MediaOut:
    """Make these the tags of something, in place of those it has."""
    asset = call.find(ROWS, media_id, shown=shown)
    form = call.bind(TagsForm())
    return shown(operations.set_tags(asset, words=form.cleaned_data["tags"], by=call.by))


@media.remove("/media/{uuid:media_id}")
def trash_asset(call: Call, media_id: UUID) -> None:
    """Put something in the trash.

    It can be brought back for 30 days, then its files go. Posts that use it keep it until then.
    """
    operations.trash_asset(call.find(ROWS, media_id, shown=shown), now=call.now, by=call.by)


@media.post("/media/{uuid:media_id}/restore", MediaOut)
def restore_asset(call: Call, media_id: UUID) -> MediaOut:
    """Bring something back from the trash."""
    return shown(operations.restore_asset(call.find(ROWS, media_id, shown=shown), by=call.by))


@media.post("/media/{uuid:media_id}/retry", MediaOut, status=202)
def retry_asset(call: Call, media_id: UUID) -> MediaOut:
    """Try once more to read what could not be read. It is `pending` until the worker has."""
    asset = call.find(ROWS, media_id, shown=shown)
    return shown(operations.retry_asset(asset, now=call.now, by=call.by))


@media.post("/media/{uuid:media_id}/purge", None)
def purge_asset(call: Call, media_id: UUID) -> None:
    """Delete what is in the trash for good, with its files. It cannot be brought back.

    Refused (409) while anything uses it, and for what is not in the trash.
    """
    operations.purge_asset(call.find(ROWS, media_id, shown=shown), by=call.by)
