"""Files on their way from one storage to another while Aura runs.

New ones go to the new one, the rest is found in either. `move_storage` takes them over one by one.
A file is in the old storage, in both, or in the new one; never in none.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.files.base import File
from django.core.files.storage import Storage, storages


def old_storage() -> Storage:
    """Return where files come from (`AURA_STORAGE_FROM`)."""
    return storages["old"]


def new_storage() -> Storage:
    """Return where files go (`AURA_STORAGE`)."""
    return storages["new"]


class MovingStorage(Storage):
    """The two as one, for everybody else. A file that is in both is read from the new one."""

    def where(self, name: str) -> Storage:
        """Return the storage that has the file: the new one where neither has, which then says so itself."""
        new, old = new_storage(), old_storage()
        return old if not new.exists(name) and old.exists(name) else new

    def _open(self, name: str, mode: str = "rb") -> File[Any]:
        try:
            return self.where(name).open(name, mode)
        except FileNotFoundError:  # it left the old one between the question and the opening
            return new_storage().open(name, mode)

    def save(self, name: str | None, content: Any, max_length: int | None = None) -> str:
        """Keep the file in the new storage, in that one's own way; return the name it got."""
        return new_storage().save(name, content, max_length=max_length)

    def delete(self, name: str) -> None:
        """Delete the file wherever it is."""
        for storage in (old_storage(), new_storage()):
            if storage.exists(name):
                storage.delete(name)

    def exists(self, name: str) -> bool:
        """Tell whether either has the file."""
        return new_storage().exists(name) or old_storage().exists(name)

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        """Return the folders and files of both, each name once. Raises FileNotFoundError where neither has it."""
        found: list[tuple[list[str], list[str]]] = []
        for storage in (new_storage(), old_storage()):
            try:
                found.append(storage.listdir(path))
            except FileNotFoundError:
                continue
        if not found:
            raise FileNotFoundError(path)
        folders = sorted({name for names, _ in found for name in names})
        return folders, sorted({name for _, names in found for name in names})

    def size(self, name: str) -> int:
        """Return the size in bytes."""
        return self.where(name).size(name)

    def get_modified_time(self, name: str) -> datetime:
        """Return when the file was written, as an aware instant."""
        return self.where(name).get_modified_time(name)

    def path(self, name: str) -> str:
        """Return where the file lies on this machine. Raises NotImplementedError where it lies in an object store."""
        return self.where(name).path(name)
