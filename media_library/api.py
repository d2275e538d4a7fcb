"""The calls of the media library: files in and out, words, what is known of them and where they are used."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from django.http import Http404
from django.http.response import HttpResponseBase
from pydantic import BaseModel, Field

from aura.kit.problems import Refused, TooLarge
from media_library import addresses, filters, intake, operations, placements, serving, uses
from media_library.filters import BEST, SORTS
from media_library.forms import AddressForm, AssetForm, KeyForm, TagsForm, WordsForm, WordsPageForm
from media_library.intake import Line
from media_library.models import Asset, Rendition
from media_library.operations.tagging import tags_of
from media_library.operations.words import WORDS_EDITED
from workspaces.api.binding import Takes
from workspaces.api.calls import Call, Resource
from workspaces.api.paging import Listing
from workspaces.api.problems import Invalid
from workspaces.api.schemas import Day, ListQuery, OneOf, Shown
from workspaces.api_comments import SAY, CommentOut, about, comments, say
from workspaces.models import Comment
from workspaces.prepared import Prepared
from workspaces.search import QUERY_LENGTH

media = Resource(
    "media", about="The library: pictures, films, documents and words that posts and campaigns are made of."
)

ID = "019ac3f0-1f4e-7cc3-98c4-dc0c0c07398f"
INSTANT = "2026-03-09T09:00:00Z"
ROWS = Asset.objects.select_related("current__stored_file")
USES_SHOWN = 50
RIGHTS = {
    "author": "Ada Byrne",
    "licence": "CC BY 4.0",
    "source": "https://example.com/rye",
    "expires_date": "2027-03-31",
}


class MediaOut(Shown):
    """One thing in the library."""

    id: UUID = Field(description="Its id.", examples=[ID])
    kind: Annotated[str, OneOf(Asset.Kind.values)] = Field(description="What it is.", examples=["image"])
    status: Annotated[str, OneOf(Asset.Status.values)] = Field(
        description="`pending` until it has been read and its copies are made.", examples=["ready"]
    )
    title: str = Field(description="What it is called.", examples=["Rye on the board"])
    alt_text: str = Field(
        description="What somebody needs to know who cannot see it.", examples=["A dark loaf, cut open."]
    )
    body: str = Field(description="The words themselves, where it is words.", examples=[""])
    tags: list[str] = Field(description="Labels to find it by.", examples=[["rye", "spring"]])
    author: str = Field(description="Who made it.", examples=["Ada Byrne"])
    licence: str = Field(description="By what right it is used.", examples=["CC BY 4.0"])
    source: str = Field(description="Where it comes from.", examples=["https://example.com/rye"])
    expires_date: date | None = Field(
        description="The last day on which it may be used.", examples=["2027-03-31"]
    )
    original_name: str = Field(description="The name its file came with.", examples=["IMG_2041.jpg"])
    media_type: str = Field(description="What the original file is.", examples=["image/jpeg"])
    size: int = Field(description="Bytes of the original file.", examples=[2_411_008])
    width: int | None = Field(description="Pixels across.", examples=[4000])
    height: int | None = Field(description="Pixels down.", examples=[3000])
    duration_ms: int | None = Field(description="How long a film runs, in milliseconds.", examples=[15_000])
    use_count: int = Field(description="In how many places it is used now.", examples=[2])
    last_used_at: datetime | None = Field(description="When it was last put to use.", examples=[INSTANT])
    trashed_at: datetime | None = Field(description="When it was put in the trash.", examples=[INSTANT])
    created_by: UUID | None = Field(description="The id of whoever brought it.", examples=[ID])
    created_at: datetime = Field(description="When it came.", examples=[INSTANT])


class UploadedOut(Shown):
    """What became of one file."""

    name: str = Field(description="The name of the file.", examples=["IMG_2041.jpg"])
    outcome: Annotated[str, OneOf([*operations.Outcome, "refused"])] = Field(
        description="`already`: these bytes are in the library. `in_trash`: they are, in its trash.",
        examples=["added"],
    )
    media: UUID | None = Field(description="Its id in the library; null where it was refused.", examples=[ID])
    sentence: str = Field(description="Why it was refused, and what to do.", examples=[""])


class UploadsOut(Shown):
    """What became of every file that was sent."""

    items: list[UploadedOut] = Field(
        description="One for each file, those in a ZIP included, in their order.",
        examples=[[{"name": "IMG_2041.jpg", "outcome": "added", "media": ID, "sentence": ""}]],
    )


class RenditionOut(Shown):
    """A file that was made from the current version."""

    id: UUID = Field(description="Its id.", examples=[ID])
    preset: str = Field(
        description="What it is for: `thumb`, `web`, `clean`, or `fit:` and a place.", examples=["web"]
    )
    status: Annotated[str, OneOf(Rendition.Status.values)] = Field(
        description="Whether it is there.", examples=["ready"]
    )
    media_type: str = Field(description="What the file is.", examples=["image/jpeg"])
    width: int = Field(description="Pixels across.", examples=[1080])
    height: int = Field(description="Pixels down.", examples=[810])
    size: int = Field(description="Bytes of the file.", examples=[184_320])
    failure: str = Field(description="Why it could not be made.", examples=[""])


class RenditionsOut(Shown):
    """The files that were made from the current version."""

    items: list[RenditionOut] = Field(
        description="By preset.",
        examples=[
            [
                {
                    "id": ID,
                    "preset": "web",
                    "status": "ready",
                    "media_type": "image/jpeg",
                    "width": 1080,
                    "height": 810,
                    "size": 184_320,
                    "failure": "",
                }
            ]
        ],
    )


class UseOut(Shown):
    """A place that shows it."""

    kind: str = Field(description="What kind of place it is.", examples=["post"])
    title: str = Field(description="What that is called.", examples=["Rye is back"])
    status: str = Field(description="Where that stands.", examples=["scheduled"])
    url: str = Field(description="Its page.", examples=[f"/w/barrow-rye/posts/{ID}/"])


class UsesOut(Shown):
    """Where it is used."""

    items: list[UseOut] = Field(
        description=f"The newest places of each kind, {USES_SHOWN} at most.",
        examples=[[{"kind": "post", "title": "Rye is back", "status": "draft", "url": f"/posts/{ID}/"}]],
    )
    total: int = Field(description="In how many places it is used.", examples=[2])


class MediaQuery(ListQuery):
    """What the library may be asked for: as its page."""

    q: str = Field("", max_length=QUERY_LENGTH, description="Words to look for.", examples=["rye"])
    state: Annotated[str, OneOf(word for word in filters.STATES if word)] = Field(
        "", description="What is not ready, or the trash, in place of all.", examples=["pending"]
    )
    kind: Annotated[str, OneOf(Asset.Kind.values)] = Field(
        "", description="Those of this kind alone.", examples=["image"]
    )
    tag: list[str] = Field([], max_length=20, description="Those with all of these tags.", examples=[["rye"]])
    album: UUID | None = Field(None, description="Those in this album alone.", examples=[ID])
    colour: Annotated[str, OneOf(Asset.Colour.values)] = Field(
        "", description="Those of this colour alone.", examples=["brown"]
    )
    shape: Annotated[str, OneOf(Asset.Shape.values)] = Field(
        "", description="Those of this shape alone.", examples=["square"]
    )
    fits: Annotated[str, OneOf(place.key for place in placements.PLACEMENTS)] = Field(
        "",
        description="Pictures with pixels enough for this place.",
        examples=[placements.PLACEMENTS[0].key],
    )
    used: Annotated[str, OneOf(filters.USES)] = Field(
        "", description="Whether it is, or was, in use.", examples=["never"]
    )
    flaw: Annotated[str, OneOf(filters.FLAWS)] = Field(
        "", description="Those that somebody should look at.", examples=["undescribed"]
    )
    added_from: Day | None = Field(None, description="Added on this day or later.", examples=["2026-03-01"])
    added_to: Day | None = Field(None, description="Added on this day or before.", examples=["2026-03-31"])
    by: UUID | None = Field(None, description="Those that this person brought.", examples=[ID])
    sort: Annotated[str, OneOf(sort.key for sort in SORTS)] = Field(
        SORTS[0].key, description="In which order; the trash has its own.", examples=["name"]
    )


UPLOAD = Takes(
    "MediaUpload",
    KeyForm,
    examples={"upload_key": "6f1d7c0e-8a53-4a35-9a1b-0d1c8b7f2a11"},
    descriptions={
        "upload_key": "A word of your own for this upload: sent again, it brings nothing a second time."
    },
    files={"media": "The files: pictures, films, documents, or a ZIP of them."},
)
ADDRESS = Takes(
    "MediaAddress",
    AddressForm,
    examples={"address": "https://example.com/rye.jpg"},
    descriptions={"address": "Where the file is. Aura asks for it once, without following it inside."},
)
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


_ASSET = Prepared(lambda asset: Asset.objects.select_related("current__stored_file").filter(pk=asset))


def shown_many(assets: list[Asset]) -> list[BaseModel]:
    """Return assets as programs read them; one query more, however many."""
    tags = tags_of(assets)
    return [_shown(asset, sorted(tags[asset.pk])) for asset in assets]


def shown(asset: Asset) -> MediaOut:
    """Return one asset as programs read it."""
    return _shown(asset, sorted(tags_of([asset])[asset.pk]))


def _shown(asset: Asset, tags: list[str]) -> MediaOut:
    current = asset.current
    return MediaOut(
        id=asset.pk,
        kind=asset.kind,
        status=asset.status,
        title=asset.title,
        alt_text=asset.alt_text,
        body=asset.body,
        tags=tags,
        author=asset.author,
        licence=asset.licence,
        source=asset.source,
        expires_date=asset.expires_date,
        original_name=current.original_name if current else "",
        media_type=current.stored_file.mime if current else "",
        size=current.stored_file.size if current else 0,
        width=asset.width,
        height=asset.height,
        duration_ms=asset.duration_ms,
        use_count=asset.use_count,
        last_used_at=asset.last_used_at,
        trashed_at=asset.trashed_at,
        created_by=asset.created_by_id,
        created_at=asset.created_at,
    )


@media.listing("/media", MediaOut, MediaQuery)
def list_media(call: Call) -> Listing[Asset]:
    """List the library.

    Filtered and searched as its page is. Words are looked for in names, descriptions, tags and file names.
    """
    asked = filters.read(call.params)
    sort = SORTS[0] if asked.order is BEST else asked.order
    return Listing(asked.rows(now=call.now).select_related("current__stored_file"), sort, shown_many)


@media.post(
    "/media",
    UploadsOut,
    takes=UPLOAD,
    status=201,
    upload=intake.UPLOAD,
    does="media_library.add_upload",
    apart=True,
)
def upload_media(call: Call) -> UploadsOut:
    """Bring files into the library.

    Each is judged by what is in it. The answer says of every file what became of it; where none was taken, the call
    fails. The same bytes are kept once. What was added is `pending` until the worker has read it.
    """
    key = call.bind(KeyForm()).cleaned_data["upload_key"]
    files = call.body.files.get("media", [])
    if not files:
        raise Invalid({"media": ["Choose a file first."]})
    lines: list[Line] = []
    for number, file in enumerate(files):
        own = f"{key[:56]}:{number}" if key and number else key
        lines += intake.take_in_all(file, upload_key=own, by=call.by)
    return _uploads(lines)


@media.post(
    "/media/from-address", UploadsOut, takes=ADDRESS, status=201, does="media_library.add_upload", apart=True
)
def fetch_media(call: Call) -> UploadsOut:
    """Fetch a file from an address, and bring it into the library."""
    address = call.bind(AddressForm()).cleaned_data["address"]
    file = addresses.fetch(address)
    return _uploads([intake.take_in(file, source=addresses.source_of(address), by=call.by)])


def _uploads(lines: list[Line]) -> UploadsOut:
    """Return what became of the files. Raises TooLarge or Invalid where none was taken."""
    if not any(line.received for line in lines):
        said = [f"{line.name}: {line.sentence}" for line in lines]
        if all(line.status == TooLarge.status for line in lines):
            raise TooLarge(" ".join(said))
        raise Invalid({"media": said})
    return UploadsOut(items=[_uploaded(line) for line in lines])


def _uploaded(line: Line) -> UploadedOut:
    if line.received is None:
        return UploadedOut(name=line.name, outcome="refused", media=None, sentence=line.sentence)
    return UploadedOut(
        name=line.name, outcome=line.received.outcome, media=line.received.asset.pk, sentence=""
    )


@media.post("/media/words", MediaOut, takes=WORDS, status=201, at="/media/{id}")
def write_words(call: Call) -> MediaOut:
    """Keep words: ad copy, a headline, a description, a call to action."""
    form = call.bind(WordsForm())
    return shown(operations.write_words(form.instance, by=call.by))


@media.get("/media/{uuid:media_id}", MediaOut)
def show_media(call: Call, media_id: UUID) -> MediaOut:
    """Show one thing of the library."""
    asset = _ASSET.first(media_id)
    if asset is None:
        raise Http404
    return shown(asset)


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


@media.file("/media/{uuid:media_id}/file")
def download_media(call: Call, media_id: UUID) -> HttpResponseBase:
    """Send the file: its full size, without private metadata; words as plain text.

    Refused (409) while that copy is being made.
    """
    asset = call.find(ROWS.prefetch_related("current__renditions"), media_id)
    return serving.download(call.request, asset)


@media.get("/media/{uuid:media_id}/renditions", RenditionsOut)
def list_renditions(call: Call, media_id: UUID) -> RenditionsOut:
    """List the files that were made from something: its preview, its clean copy, its cuts."""
    asset = call.find(ROWS.prefetch_related("current__renditions"), media_id)
    made = asset.current.renditions.all() if asset.current else []
    return RenditionsOut(
        items=[
            RenditionOut(
                id=one.pk,
                preset=one.preset,
                status=one.status,
                media_type=one.mime,
                width=one.width,
                height=one.height,
                size=one.size,
                failure=one.failure,
            )
            for one in sorted(made, key=lambda one: one.preset)
        ]
    )


@media.get("/media/{uuid:media_id}/uses", UsesOut)
def list_uses(call: Call, media_id: UUID) -> UsesOut:
    """List where something is used."""
    asset = call.find(ROWS, media_id)
    places = uses.places_of(asset, limit=USES_SHOWN)[:USES_SHOWN]
    return UsesOut(
        items=[UseOut(kind=one.kind, title=one.title, status=one.status, url=one.url) for one in places],
        total=asset.use_count,
    )


@comments.listing("/media/{uuid:media_id}/comments", CommentOut)
def list_comments_on_media(call: Call, media_id: UUID) -> Listing[Comment]:
    """List what was said about a thing of the library, first things first."""
    return about(call.find(ROWS, media_id))


@comments.post(
    "/media/{uuid:media_id}/comments", CommentOut, takes=SAY, status=201, does="workspaces.add_comment"
)
def comment_on_media(call: Call, media_id: UUID) -> CommentOut:
    """Say something about a thing of the library, or answer what was said."""
    return say(call, call.find(ROWS, media_id))
