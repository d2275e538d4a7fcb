"""`import_media`: a folder of files, taken in as if somebody had uploaded them."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from aura.kit.files import CHUNK, kept
from aura.kit.problems import Refused
from media_library import archives, formats, operations
from media_library.forms import AlbumForm
from media_library.intake import Line, said, take_in_all
from media_library.models import Album, Asset
from media_library.operations import Outcome
from workspaces.models import User, Workspace
from workspaces.operation import SYSTEM, Actor
from workspaces.scope import use_workspace

WORDS = {
    Outcome.ADDED: "added",
    Outcome.ALREADY: "there already",
    Outcome.IN_TRASH: "there already, in the trash",
}


class Command(BaseCommand):
    """Takes in a folder with everything below it; what is there already is not taken twice."""

    help = "Take a folder of files into the media library; exit code 1 where something was refused."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the folder and where it goes."""
        parser.add_argument(
            "folder", type=Path, help="the folder; everything below it is taken, links are not followed"
        )
        parser.add_argument("--workspace", required=True, metavar="SLUG", help="where to")
        parser.add_argument(
            "--album", metavar="NAME", help="also put them into this album, made where there is none"
        )
        parser.add_argument(
            "--by", metavar="EMAIL", help="who is said to have uploaded them (default: Aura itself)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Take in every file, and say what became of each that was not simply added."""
        room = Workspace.objects.filter(slug=options["workspace"], trashed_at=None).first()
        if room is None:
            raise CommandError(f"There is no workspace {options['workspace']}.")
        folder: Path = options["folder"]
        if not folder.is_dir():
            raise CommandError(f"{folder} is no folder that can be read.")
        with use_workspace(room):
            by = _actor(room, options["by"])
            album = _album(options["album"], by) if options["album"] else None
            counts: Counter[str] = Counter()
            for path in _files(folder):
                lines = _take(path, by)
                self._say(path.relative_to(folder), lines, counts)
                _put_into(album, lines, by)
        figures = ", ".join(f"{counts[word]} {word}" for word in [*WORDS.values(), "refused"] if counts[word])
        self.stdout.write(f"{room.slug}: {figures or 'nothing to take'}.")
        if counts["refused"]:
            raise CommandError(
                f"{counts['refused']} files were refused. What is wrong with each stands above."
            )

    def _say(self, path: Path, lines: list[Line], counts: Counter[str]) -> None:
        for line in lines:
            counts[WORDS[line.received.outcome] if line.received else "refused"] += 1
            if not line.received:
                inside = f" ({line.name})" if line.name != path.name else ""
                self.stdout.write(f"{path}{inside}: {line.sentence}")


def _files(folder: Path) -> Iterator[Path]:
    """Give the files below a folder in order; hidden ones and links are passed over."""
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(here, name)
            if not name.startswith(".") and not path.is_symlink() and path.is_file():
                yield path


def _take(path: Path, by: Actor) -> list[Line]:
    """Take in one file, or what is packed in it; the file itself stays where it is."""
    try:
        with open(path, "rb") as file:
            head = file.read(formats.HEAD)
            most = archives.largest_bytes() if archives.is_packed(head) else formats.limit_of(head)
            file.seek(0)
            upload = kept(path.name, iter(lambda: file.read(CHUNK), b""), most=most)
    except Refused as problem:
        return [Line(path.name, problem.status, str(problem))]
    except PermissionError:
        return [Line(path.name, 403, "It cannot be read. Give this user the right to.")]
    try:
        return take_in_all(upload, by=by)
    finally:
        upload.close()


def _put_into(album: Album | None, lines: list[Line], by: Actor) -> None:
    ids = [line.received.asset.pk for line in lines if line.received]
    if album is None or not ids:
        return
    new = Asset.objects.filter(pk__in=ids, trashed_at=None).exclude(albums=album)
    if assets := list(new):
        operations.add_to_album(album, assets=assets, by=by)


def _actor(room: Workspace, email: str | None) -> Actor:
    if not email:
        return SYSTEM
    person = User.objects.filter(email=email.strip().lower(), memberships__workspace=room).first()
    if person is None:
        raise CommandError(f"{email} is no member of {room}.")
    return person


def _album(name: str, by: Actor) -> Album:
    known = Album.objects.filter(name__iexact=name.strip(), parent=None).first()
    if known is not None:
        return known
    form = AlbumForm({"name": name})
    if not form.is_valid():
        raise CommandError(said(form.errors))
    return operations.create_album(form.save(commit=False), by=by)
