"""The file of an import as a path on this machine, whatever storage it lies in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.files.storage import default_storage

from aura.kit.files import CHUNK, asking_storage, new_temporary_path
from imports.models import Import
from imports.reading import Unreadable


@contextmanager
def local(source: Import) -> Iterator[Path]:
    """Give the path of the import's file; a copy for as long as the block lasts where the storage is elsewhere.

    Raises Unreadable when the file is gone.
    """
    try:
        path = Path(default_storage.path(source.file_key))
    except NotImplementedError:
        path = None  # type: ignore[assignment]
    if path is not None:
        if not path.exists():
            raise Unreadable("The file is gone from the storage. Bring it once more.")
        yield path
        return
    copy = new_temporary_path(".import")
    try:
        try:
            with asking_storage(), default_storage.open(source.file_key) as file, copy.open("wb") as out:
                shutil.copyfileobj(file, out, CHUNK)
        except FileNotFoundError:
            raise Unreadable("The file is gone from the storage. Bring it once more.") from None
        yield copy
    finally:
        copy.unlink(missing_ok=True)
