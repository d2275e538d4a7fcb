"""Files of the library in one ZIP, made while it is sent: nothing is kept in memory or on disk."""

from __future__ import annotations

import logging
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.core.files.storage import default_storage
from django.db.models import prefetch_related_objects
from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from aura.kit import clock
from aura.kit.files import CHUNK
from media_library import names, serving
from media_library.models import Asset

logger = logging.getLogger(__name__)
LEFT_OUT = "Not in here.txt"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a ZIP: its name there, and its key in the storage, or its words."""

    name: str
    key: str = ""
    words: str = ""


def entries_of(assets: Sequence[Asset]) -> tuple[list[Entry], list[str]]:
    """Return an entry for every asset that may leave, and the titles of those that have no clean copy (yet).

    Names are the titles, safe on every system, no two the same; two queries.
    """
    prefetch_related_objects([asset for asset in assets if asset.current], "current__renditions")
    found: list[tuple[str, str, str, str]] = []
    without: list[str] = []
    for asset in assets:
        clean = asset.download_copy
        if clean is not None:
            key = clean.stored_key
            found.append((asset.title, key.rpartition(".")[2], key, ""))
        elif asset.is_text:
            found.append((asset.title, "txt", "", asset.body))
        else:
            without.append(asset.title)
    called = names.unique([names.download_name(title, ending) for title, ending, _, _ in found])
    return [Entry(name, key, words) for name, (_, _, key, words) in zip(called, found, strict=True)], without


def note(titles: Sequence[str]) -> list[Entry]:
    """Return the file that says what is left out, or nothing."""
    if not titles:
        return []
    lines = ["These have no copy that may leave Aura (yet):", *titles]
    return [Entry(LEFT_OUT, words="\n".join(lines) + "\n")]


def response(entries: Iterable[Entry], *, name: str) -> StreamingHttpResponse:
    """Return the answer that sends these as a ZIP of this name."""
    answer = StreamingHttpResponse(zipped(entries), content_type="application/zip")
    called = names.download_name(name, "zip")
    answer["Content-Disposition"] = content_disposition_header(True, called) or "attachment"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = serving.NEVER
    return answer


class _Pipe:
    """A file that only takes, and hands on what it took."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    def write(self, data: bytes) -> int:
        self.taken.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing to do: what was taken is handed on as it comes."""

    def drain(self) -> bytes:
        data, self.taken = b"".join(self.taken), []
        return data


def zipped(entries: Iterable[Entry]) -> Iterator[bytes]:
    """Yield a ZIP, piece by piece; pictures are pressed already, so everything is only stored.

    A file that is gone meanwhile is left out, and the last entry says so.
    """
    pipe = _Pipe()
    gone: list[str] = []
    made = clock.now().timetuple()[:6]
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive:  # type: ignore[call-overload]
        for entry in entries:
            if not entry.key:
                archive.writestr(zipfile.ZipInfo(entry.name, made), entry.words)
                yield pipe.drain()
                continue
            try:
                file = default_storage.open(entry.key)
            except FileNotFoundError:
                logger.error("The file %s is missing; it was left out of a ZIP.", entry.key)
                gone.append(entry.name)
                continue
            with file, archive.open(zipfile.ZipInfo(entry.name, made), "w") as target:
                while chunk := file.read(CHUNK):
                    target.write(chunk)
                    yield pipe.drain()
            yield pipe.drain()
        if gone:
            words = "\n".join(["Their files are missing in Aura:", *gone]) + "\n"
            archive.writestr(zipfile.ZipInfo("Missing.txt", made), words)
    yield pipe.drain()
