"""Films: what is taken, within which limits, and what is made of them."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from media_library.formats.base import Drawn, Look, Made, Unusable, discard, made_path
from media_library.formats.decoder import DecodeFailed, films
from media_library.formats.film_header import LONGEST_MS, FilmHeader, NotAFilm, is_film, read_film
from media_library.formats.image import outputs

TAKES = "films (MP4, MOV, WebM)"
KINDS = ("video",)
LEAVES = "without place and camera"
ACCEPT = ("video/mp4", "video/quicktime", "video/webm", ".mp4", ".m4v", ".mov", ".webm")
WORDS = {"video/mp4": "MP4", "video/quicktime": "MOV", "video/webm": "WebM"}
PLAYED = frozenset({"video/mp4", "video/webm"})  # what is shown in a page, and not only downloaded
EXTENSIONS = {"video/mp4": "mp4", "video/quicktime": "mov", "video/webm": "webm"}

_PLAYED = {"h264", "vp8", "vp9", "av1"}  # by every browser of today
_HEARD = {"aac", "mp3", "opus", "vorbis", "flac"}
_NAMES = {
    "h264": "H.264",
    "hevc": "H.265",
    "vp8": "VP8",
    "vp9": "VP9",
    "av1": "AV1",
    "prores": "ProRes",
    "mpeg4": "MPEG-4",
    "mjpeg": "Motion JPEG",
    "aac": "AAC",
    "mp3": "MP3",
    "opus": "Opus",
    "vorbis": "Vorbis",
    "flac": "FLAC",
}

# What a film costs, measured with PyAV 18.1: 145 MB of addresses for the libraries alone, 320 MB with pictures of
# 7,680 × 4,320, whatever its length. 190 MB are copied in a second.
_MEMORY = 450_000_000
CODECS_LENGTH = 60
_SHARE = 0.5625  # of the megapixels of a picture: 36 of 64
_CPU_SECONDS = 10


def largest_bytes() -> int:
    """Return the size limit of a film in bytes (`AURA_MAX_VIDEO_MB`)."""
    return int(settings.AURA_MAX_VIDEO_MB) * 1_000_000


def largest_pixels() -> int:
    """Return the most pixels of one picture of a film."""
    return int(settings.AURA_MAX_MEGAPIXELS * 1_000_000 * _SHARE)


def recognises(head: bytes) -> bool:
    """Tell whether a file that begins so is a film, or in a container of films."""
    return is_film(head)


def judge(file: BinaryIO) -> FilmHeader:
    """Return what the film is, told by its content. Raises Unusable before anything is decoded."""
    try:
        header = read_film(file)
    except NotAFilm as problem:
        raise Unusable(str(problem)) from None
    limit = largest_pixels()
    if header.pixels > limit:
        raise Unusable(
            f"It is {header.width:,} × {header.height:,} pixels, and the limit for films here is "
            f"{limit // 1_000_000} megapixels. Make it smaller."
        )
    return header


def draw(source: Path, folder: Path, name: str) -> Drawn:
    """Make poster, thumbnail and the copy without private metadata. Nothing is encoded anew."""
    with open(source, "rb") as file:
        header = judge(file)
    job = {
        "do": "film",
        "source": str(source),
        "format": "webm" if header.mime == "video/webm" else "mov",
        "pixels": largest_pixels(),
        "memory": int(_MEMORY * max(settings.AURA_MAX_MEGAPIXELS / 64, 1.0)),
        "cpu": _CPU_SECONDS,
        "outputs": outputs(folder, name),
        "clean": str(made_path(folder, name, "clean")),
    }
    try:
        reply = films.decode(job)
    except DecodeFailed as problem:
        discard(folder, name)
        raise Unusable(
            _SENTENCES.get(problem.problem, DAMAGED), may_work_later=problem.problem in _MAY_WORK_LATER
        ) from None
    made = [Made(path=made_path(folder, name, each["preset"]), **each) for each in reply["made"]]
    return Drawn(
        reply["width"],
        reply["height"],
        reply["orientation"],
        made,
        reply["taken"],
        Look(**reply["look"] | {"dhash": None}),  # one picture of many: nothing to tell two films apart by
        duration_ms=reply["duration_ms"] if reply["duration_ms"] <= LONGEST_MS else None,
        codecs=reply["codecs"][:CODECS_LENGTH],
    )


def unplayed(mime: str, codecs: str) -> str:
    """Return what browsers do not play of a copy of this media type, compressed so ("h264 aac"); "" if they do."""
    picture, _, sound = codecs.partition(" ")
    if picture not in _PLAYED:
        return _name_of(picture)
    if sound and sound not in _HEARD:
        return f"sound as {_name_of(sound)}"
    return "" if mime in PLAYED else WORDS.get(mime, "it")


def words_of(codecs: str) -> str:
    """Return how a film is compressed, as people call it: "H.264, AAC" or "H.264, without sound"."""
    picture, _, sound = codecs.partition(" ")
    return f"{_name_of(picture)}, {_name_of(sound) if sound else 'without sound'}"


def _name_of(codec: str) -> str:
    kind, _, detail = codec.partition("/")
    return _NAMES.get(kind, kind.upper()) + (f" ({detail})" if detail else "")


DAMAGED = "The film is damaged and cannot be opened. Export it once more as an MP4 and upload that."
_MAY_WORK_LATER = {"memory", "time", "crashed", "room"}
_SENTENCES = {
    "damaged": DAMAGED,
    "empty": "No picture of it can be shown. Export it once more as an MP4 and upload that.",
    "codec": "It is compressed in a way that Aura cannot read. Export it as an MP4 with H.264 and upload that.",
    "too_large": "It is too large to open. Make its picture smaller or cut it shorter, and upload that.",
    "memory": "The film needs too much memory to open. Make its picture smaller and upload that.",
    "time": "The film takes too long to open. Make it smaller, or export it as an MP4 with H.264.",
    "crashed": "The film cannot be opened. Export it as an MP4 with H.264 and upload that.",
    "room": "There is no room left to get it ready. Tell whoever runs this Aura, then try again.",
}
