"""What every kind of file answers: the contract of the modules in this folder.

`formats/__init__.py` lists the modules and asks them; nothing else knows which there are.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

HEAD = 4096  # bytes from the beginning by which a module knows its own files


class Description(Protocol):
    """What a file is by its content, before anything is drawn. `width` × `height` in pixels, or None."""

    @property
    def kind(self) -> str:
        """A value of `Asset.Kind`."""

    @property
    def mime(self) -> str:
        """The media type that it is stored and served with."""

    @property
    def extension(self) -> str:
        """The ending of its key and of a download, without a dot; at most ten characters."""

    @property
    def width(self) -> int | None:
        """Pixels across, as stored."""

    @property
    def height(self) -> int | None:
        """Pixels down, as stored."""

    @property
    def frames(self) -> int:
        """How many pictures it moves through; 1 for what does not move."""


class Format(Protocol):
    """One kind of file: a module with these names."""

    @property
    def WORDS(self) -> dict[str, str]:  # noqa: N802 a constant of the module
        """Its media types, and what people call each."""

    @property
    def EXTENSIONS(self) -> dict[str, str]:  # noqa: N802
        """The ending of every media type that is stored or made, without a dot."""

    @property
    def KINDS(self) -> tuple[str, ...]:  # noqa: N802
        """The values of `Asset.Kind` that its files are."""

    @property
    def ACCEPT(self) -> tuple[str, ...]:  # noqa: N802
        """What the `accept` of a file input names: media types and endings."""

    @property
    def TAKES(self) -> str:  # noqa: N802
        """What it takes, as part of a sentence: "pictures (JPEG, PNG)"."""

    @property
    def LEAVES(self) -> str:  # noqa: N802
        """What is true of the copy that leaves, behind its size: "without place and camera"."""

    def recognises(self, head: bytes) -> bool:
        """Tell whether a file that begins so (up to HEAD bytes) is of this kind, sound or not."""

    def largest_bytes(self) -> int:
        """Return the most bytes of one file."""

    def judge(self, file: BinaryIO) -> Description:
        """Return what it is. Raises Unusable, within a second and before anything is decoded."""

    def draw(self, source: Path, folder: Path, name: str) -> Drawn:
        """Make what is shown of it and what may leave, as files of `folder` named by `made_path`.

        Whatever decodes does so in the limited child. Raises Unusable with the sentence for the person.
        """


@dataclass(frozen=True)
class Made:
    """A finished file: where it is, and what it is. 0 × 0 for what has no pixels."""

    preset: str
    path: Path
    mime: str
    width: int
    height: int
    size: int
    sha256: str


@dataclass(frozen=True)
class Look:
    """What a picture looks like (formats/analysis.py): `focal` as shares of width and height.

    `dhash` is None for what is not compared with pictures.
    """

    dhash: int | None
    colour: str
    colours: list[str]
    focal: tuple[float, float]


@dataclass(frozen=True)
class Drawn:
    """All that came of one file. `width` × `height` as it is shown, or None for what has no picture."""

    width: int | None
    height: int | None
    orientation: int
    made: list[Made]
    taken: str = ""
    look: Look | None = None
    pages: int | None = None
    note: str = ""  # what could not be made of a file that is taken all the same
    duration_ms: int | None = None
    codecs: str = ""


class Unusable(ValueError):
    """A file that Aura does not take; `str()` says why and what to do.

    `may_work_later`: the machine and not the file may be to blame.
    """

    def __init__(self, sentence: str, *, may_work_later: bool = False) -> None:
        super().__init__(sentence)
        self.may_work_later = may_work_later


PRESETS = ("web", "thumb", "clean", "vector")


def made_path(folder: Path, name: str, preset: str) -> Path:
    """Return where `draw` leaves what it made for a preset."""
    return folder / f"{name}.{preset}"


def discard(folder: Path, name: str, *, but: Collection[str] = ()) -> None:
    """Delete what `draw` left in `folder` under `name`, all but these presets."""
    for preset in PRESETS:
        if preset not in but:
            made_path(folder, name, preset).unlink(missing_ok=True)


AS_IT_IS = "as it is, with whatever its author wrote into it"


def as_it_is(source: Path, folder: Path, name: str, mime: str) -> Made:
    """Copy the original as what leaves: for what Aura keeps and does not read into."""
    path = made_path(folder, name, "clean")
    shutil.copyfile(source, path)
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Made("clean", path, mime, 0, 0, path.stat().st_size, digest)
