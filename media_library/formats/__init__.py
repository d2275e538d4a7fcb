"""The kinds of files that Aura takes: the one place that tells by its content what a file is.

One module a kind, each with the contract of `base.Format`. A new kind is a module and its line in FORMATS; forms, work
and pages ask here and name no module.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import BinaryIO

import puremagic

from aura.kit.files import megabytes
from media_library.formats import film, image, office, pdf, svg, text
from media_library.formats.base import (
    HEAD,
    Description,
    Drawn,
    Format,
    Look,
    Made,
    Unusable,
    discard,
)

__all__ = [
    "FORMATS",
    "Description",
    "Drawn",
    "Format",
    "Look",
    "Made",
    "Unusable",
    "accept",
    "discard",
    "extension_of",
    "format_of",
    "judge",
    "largest_bytes",
    "leaves",
    "limit_of",
    "of_mime",
    "takes",
    "together",
    "word_of",
]

FORMATS: tuple[Format, ...] = (image, svg, film, pdf, office, text)
"""In the order in which they are asked: whoever knows its files by a signature stands before whoever guesses."""


def format_of(file: BinaryIO) -> Format:
    """Return the kind that a file is of, told by how it begins. Raises Unusable for what no kind knows."""
    file.seek(0)
    head = file.read(HEAD)
    if not head:
        raise Unusable("The file is empty. Choose another one.")
    for format_ in FORMATS:
        if format_.recognises(head):
            return format_
    raise Unusable(_what_it_is(head))


def judge(file: BinaryIO) -> Description:
    """Return what a file is. Raises Unusable for what Aura does not take."""
    return format_of(file).judge(file)


def of_mime(mime: str) -> Format:
    """Return the kind that stores files of this media type. Raises Unusable: such files are not taken any more."""
    for format_ in FORMATS:
        if mime in format_.WORDS:
            return format_
    raise Unusable(f"Aura does not read files of this kind any more. It takes {takes()}.")


def largest_bytes() -> int:
    """Return the most bytes of any one file: what a request may hold before its content is known."""
    return max(format_.largest_bytes() for format_ in FORMATS)


def limit_of(head: bytes) -> int:
    """Return the most bytes of a file that begins so; of one that nobody knows, the most of any."""
    known = (format_.largest_bytes() for format_ in FORMATS if format_.recognises(head[:HEAD]))
    return next(known, largest_bytes())


def together(files: int) -> int:
    """Return the most bytes of so many files sent at once: so many of the small kinds, or a large one."""
    return max(files * min(format_.largest_bytes() for format_ in FORMATS), largest_bytes())


def extension_of(mime: str) -> str:
    """Return the ending of files of this media type, without a dot."""
    return next((format_.EXTENSIONS[mime] for format_ in FORMATS if mime in format_.EXTENSIONS), "bin")


def word_of(mime: str) -> str:
    """Return what people call files of this media type."""
    return next((format_.WORDS[mime] for format_ in FORMATS if mime in format_.WORDS), "File")


def takes(*, sizes: bool = False) -> str:
    """Return what can be uploaded, as part of a sentence; with the limits where `sizes`."""
    by_limit: dict[int, list[str]] = {}
    for format_ in FORMATS:
        by_limit.setdefault(format_.largest_bytes() if sizes else 0, []).append(format_.TAKES)
    parts = [
        ", ".join(words) + (f" up to {megabytes(limit)}" if sizes else "")
        for limit, words in by_limit.items()
    ]
    return "; ".join(parts)


def leaves(mime: str) -> str:
    """Return what is true of a copy of this media type that leaves Aura, as the end of a sentence."""
    return next((format_.LEAVES for format_ in FORMATS if mime in format_.WORDS), "")


def accept(kinds: Collection[str] = ()) -> str:
    """Return the `accept` of a file input, for files of these kinds or of all. The content decides all the same."""
    wanted = [format_ for format_ in FORMATS if not kinds or set(format_.KINDS) & set(kinds)]
    return ",".join(part for format_ in wanted for part in format_.ACCEPT)


_OLD_OFFICE = "a Word, Excel or PowerPoint file of the old kind. Save it as .docx, .xlsx or .pptx"
_KNOWN = {
    ".rtf": "an RTF text. Save it as a PDF or .docx",
    ".tif": "a TIFF. Save it as a JPEG or PNG",
    ".tiff": "a TIFF. Save it as a JPEG or PNG",
    ".psd": "a Photoshop file. Export it as a JPEG or PNG",
    ".bmp": "a BMP. Save it as a PNG",
    ".avi": "an AVI film. Export it as an MP4",
    ".wmv": "a Windows Media film. Export it as an MP4",
    ".flv": "a Flash film. Export it as an MP4",
    ".mpg": "an MPEG film. Export it as an MP4",
    ".ts": "an MPEG film. Export it as an MP4",
}


def _what_it_is(head: bytes) -> str:
    """Return the refusal of something that no kind knows, with its name where we can tell."""
    if head.startswith(b"\xd0\xcf\x11\xe0"):  # where puremagic guesses between Word, Excel and an installer
        return f"This looks like {_OLD_OFFICE}. Aura takes {takes()}."
    try:
        known = _KNOWN.get(puremagic.from_string(head))
    except (puremagic.PureError, ValueError):
        known = None
    if known:
        return f"This looks like {known}. Aura takes {takes()}."
    return f"This is nothing that Aura can read, whatever its name says. Aura takes {takes()}."
