"""Files taken over from one storage to another, one by one, while Aura runs (aura/kit/moving.py)."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import Storage

from aura.kit.files import CHUNK, asking_storage, store
from aura.kit.moving import new_storage, old_storage
from aura.kit.testing_points import failpoint
from imports.models import Import
from media_library.models import Rendition, StoredFile
from workspaces.models import Workspace
from workspaces.scope import use_workspace

AT_ONCE = 500  # rows read at a time


@dataclass
class Moved:
    """What `move_files` did: figures, and the keys of what it left alone."""

    moved: int = 0
    there_already: int = 0
    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Tell whether every file that a row needs is in the new storage, as it was stored."""
        return not (self.missing or self.damaged)


def move_files(workspace: Workspace) -> Iterator[Moved]:
    """Move the files of a workspace, and yield the figures after each; the last ones are the result.

    Copied, read back and compared with the SHA-256 of the row, and only then deleted where they came from: killed
    anywhere, nothing is lost and the next run goes on. A file that is damaged already is left where it is.
    """
    done = Moved()
    with use_workspace(workspace):
        for row, key in _rows():
            _move(key, row.sha256, row.size, done)
            if not type(row).objects.filter(pk=row.pk).exists() and new_storage().exists(key):
                new_storage().delete(key)  # deleted for good while it was copied
            yield done
        yield done


def _rows() -> Iterator[tuple[StoredFile | Rendition | Import, str]]:
    """Yield every row that has a file, with its key."""
    kept: list[tuple[Any, str]] = [
        (StoredFile.objects.filter(status="ready"), "key"),
        (Rendition.objects.filter(status="ready"), "key"),
        (Import.objects.exclude(file_key="").exclude(status=Import.Status.ARRIVING), "file_key"),
    ]
    for rows, column in kept:
        last = None
        while True:
            ready = rows.order_by("id")
            some = list(ready.filter(pk__gt=last)[:AT_ONCE] if last else ready[:AT_ONCE])
            if not some:
                break
            for row in some:
                yield row, getattr(row, column) or ""
            last = some[-1].pk


def _move(key: str, sha256: str, size: int, done: Moved) -> None:
    old, new = old_storage(), new_storage()
    with asking_storage():
        if not old.exists(key):
            if new.exists(key):
                done.there_already += 1
            else:
                done.missing.append(key)
            return
        if not (new.exists(key) and _digest_of(new, key) == sha256):
            if not _copy(key, sha256, size):
                done.damaged.append(key)
                return
            failpoint("move.after_copy")
        old.delete(key)
        failpoint("move.after_delete")
    done.moved += 1


def _copy(key: str, sha256: str, size: int) -> bool:
    """Copy one file and read it back; return False, with nothing kept, when it is not what the row says."""
    new = new_storage()
    with tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as local:
        digest = hashlib.sha256()
        with old_storage().open(key) as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                local.write(chunk)
        if digest.hexdigest() != sha256:
            return False
        local.seek(0)
        if new.exists(key):  # half of it, from a run that was killed on a storage that cannot rename
            new.delete(key)
        store(new, key, File(local, name=key), size)
    if _digest_of(new, key) == sha256:
        return True
    new.delete(key)
    return False


def _digest_of(storage: Storage, key: str) -> str:
    digest = hashlib.sha256()
    with storage.open(key) as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
