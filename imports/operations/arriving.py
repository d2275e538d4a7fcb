"""A file arrives: its row, then its bytes in the storage, then the promise; and a first look at its columns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from django.core.files.storage import default_storage

from aura.kit import clock
from aura.kit.files import HashedUpload, store
from aura.kit.ids import uuid7
from imports.kinds import Kind
from imports.looking import look_at
from imports.models import FILE_NAME_LENGTH, Import
from imports.reading import Shape
from imports.recognising import guess
from workspaces.models import User
from workspaces.operation import Actor, operation
from workspaces.scope import current_workspace


def receive_import(upload: HashedUpload, *, kind: Kind, by: Actor) -> Import:
    """Take a file in and recognise its columns. Raises Unreadable for a file that is no table; nothing stays then.

    Raises NoSpace when the disk is full, PermissionDenied.
    """
    look = look_at(Path(upload.temporary_file_path()))
    found = guess(kind, look.headings, look.rows)
    source = add_import(
        upload,
        kind=kind.key,
        shape=look.shape,
        headings=look.headings,
        mapping=found.mapping,
        options=found.options,
        by=by,
    )
    upload.seek(0)
    store(default_storage, source.file_key, upload, source.size)
    Import.objects.filter(pk=source.pk, status=Import.Status.ARRIVING).update(status=Import.Status.COLUMNS)
    source.refresh_from_db()
    return source


@operation
def add_import(
    upload: HashedUpload,
    *,
    kind: str,
    shape: Shape,
    headings: Sequence[str],
    mapping: Sequence[str],
    options: dict[str, object],
    by: Actor,
) -> Import:
    """Write down that a file is coming, before it is stored."""
    key = uuid7()
    source = Import(
        kind=kind,
        file_name=Path(upload.name or "").name.replace("\x00", "")[:FILE_NAME_LENGTH] or "file",
        # Below a folder of its own: what the library counts and sweeps lies beside it.
        file_key=f"{current_workspace().pk}/imports/{key}.{'xlsx' if shape.is_sheet else 'csv'}",
        sha256=upload.sha256,
        size=upload.size or 0,
        shape=shape.as_json(),
        headings=list(headings),
        mapping=list(mapping),
        options=dict(options),
        created_by=by if isinstance(by, User) else getattr(by, "user", None),
        created_at=clock.now(),
    )
    source.save()
    return source
