"""Files that come into the library, and what became of each."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from aura.kit.problems import TooLarge
from media_library import addresses, intake, operations
from media_library.api.shown import media
from media_library.forms import AddressForm, SentUploadForm
from media_library.intake import Line
from workspaces.api.binding import Takes
from workspaces.api.calls import Call
from workspaces.api.problems import Invalid
from workspaces.api.schemas import ID, OneOf, Shown


class UploadedOut(Shown):
    """What became of one file."""

    name: str = Field(description="The name of the file.", examples=["IMG_2041.jpg"])
    outcome: Annotated[str, OneOf([*operations.Outcome, "refused"])] = Field(
        description="`already`: these bytes are in the library. `in_trash`: they are, in its trash.",
        examples=["added"],
    )
    media: UUID | None = Field(description="Its id in the library; null where it was refused.", examples=[ID])
    version: UUID | None = Field(
        description="The id of the version that has these bytes, also where that is not the one that is shown.",
        examples=[ID],
    )
    sentence: str = Field(description="Why it was refused, and what to do.", examples=[""])


class UploadsOut(Shown):
    """What became of every file that was sent."""

    items: list[UploadedOut] = Field(
        description="One for each file, those in a ZIP included, in their order.",
        examples=[[{"name": "IMG_2041.jpg", "outcome": "added", "media": ID, "version": ID, "sentence": ""}]],
    )


UPLOAD = Takes(
    "MediaUpload",
    SentUploadForm,
    examples={"upload_key": "6f1d7c0e-8a53-4a35-9a1b-0d1c8b7f2a11", "keep_both": False},
    descriptions={
        "upload_key": "A word of your own for this upload: sent again, it brings nothing a second time.",
        "keep_both": "Keep bytes that are here already once more, as a thing of their own. Otherwise the answer is "
        "what has them (`already`).",
    },
    files={"media": "The files: pictures, films, documents, or a ZIP of them."},
)
ADDRESS = Takes(
    "MediaAddress",
    AddressForm,
    examples={"address": "https://example.com/rye.jpg"},
    descriptions={"address": "Where the file is. Aura asks for it once, without following it inside."},
)


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
    fails. The same bytes are kept once, unless `keep_both` says otherwise. What was added is `pending` until the
    worker has read it.
    """
    said = call.bind(SentUploadForm()).cleaned_data
    key = said["upload_key"]
    files = call.body.files.get("media", [])
    if not files:
        raise Invalid({"media": ["Choose a file first."]})
    lines: list[Line] = []
    for number, file in enumerate(files):
        own = intake.key_within(key, f"beside {number}") if number else key
        lines += intake.take_in_all(file, upload_key=own, keep_both=said["keep_both"], by=call.by)
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
        return UploadedOut(
            name=line.name, outcome="refused", media=None, version=None, sentence=line.sentence
        )
    version = line.received.version
    return UploadedOut(
        name=line.name,
        outcome=line.received.outcome,
        media=line.received.asset.pk,
        version=version.pk if version else None,
        sentence="",
    )
