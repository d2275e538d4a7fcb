"""Uploads that go to the object store past Aura: a form for one key, and what is there taken over and taken in.

The key is queued for deletion from before the form is made, for when the form has ended: what somebody posts after the
upload was taken in goes as well. Hashed, judged and stored are the bytes of a copy that nobody else can write.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction

from aura.kit import clock, jobs
from aura.kit.direct import Form, form_for, take_over, takes_forms
from aura.kit.files import CHUNK, HashedUpload, asking_storage, kept
from aura.kit.ids import uuid7
from aura.kit.parts import open_part
from aura.kit.problems import Refused
from aura.kit.testing_points import failpoint
from media_library.models import Asset, FileDeletion, StoredFile, UploadSession
from media_library.operations.sessions import AFTER, begin_upload
from media_library.operations.storage import INCOMING
from media_library.operations.uploads import Outcome, Received
from workspaces.models import User

FORM_LASTS = timedelta(hours=1)
LASTS = timedelta(hours=2)  # a film that was begun with the form's last minute takes its time
NOT_HERE = "Files go through Aura here. Send this one in parts."
NOT_THERE = "The file has not arrived. Upload it once more."
_READY = StoredFile.Status.READY


def goes_direct() -> bool:
    """Tell whether browsers may send files to the storage itself (`AURA_MEDIA_DIRECT`)."""
    return bool(settings.AURA_MEDIA_DIRECT) and takes_forms(default_storage)


def begin_direct(
    *, name: str, size: int, upload_key: str = "", now: datetime | None = None, by: User
) -> tuple[UploadSession, Form]:
    """Open an upload past Aura, and return it with the form to post. Raises as `begin_upload` does."""
    if not goes_direct():
        raise Refused(NOT_HERE)
    now = now or clock.now()
    with transaction.atomic():
        session = begin_upload(name=name, size=size, upload_key=upload_key, now=now, by=by)
        session.is_direct, session.due_at = True, now + LASTS
        session.parts = [f"{session.workspace_id}/{uuid7()}{INCOMING}"]
        session.save(update_fields=["is_direct", "due_at", "parts"])
        FileDeletion.queue(session.parts, due_at=now + LASTS + AFTER)
    seconds = int(FORM_LASTS.total_seconds())
    return session, form_for(default_storage, session.parts[0], size=size, seconds=seconds)


@contextmanager
def taken_over(session: UploadSession) -> Iterator[HashedUpload]:
    """Give the file that was posted, as an upload whose bytes nobody can change any more.

    Raises Refused where it has not arrived or is not as it was announced.
    """
    if not goes_direct():  # any more: the settings changed meanwhile
        raise Refused(NOT_HERE)
    key = f"{session.workspace_id}/{uuid7()}.chunk"
    FileDeletion.queue([key], due_at=clock.now() + AFTER)
    try:
        with _copied(session, key) as upload:
            yield upload
    finally:
        with transaction.atomic():
            going = FileDeletion.objects.filter(key=key)
            going.update(due_at=clock.now())
            for pk in list(going.values_list("pk", flat=True)):
                jobs.ring("media_library.delete_file", pk)


@contextmanager
def _copied(session: UploadSession, key: str) -> Iterator[HashedUpload]:
    try:
        take_over(default_storage, session.parts[0], key, size=session.size)
    except FileNotFoundError as problem:
        raise Refused(NOT_THERE) from problem
    failpoint("direct.after_copy")
    upload = kept(session.name, _bytes_of(key), most=session.size)
    try:
        upload.stored_as = key
        yield upload
    finally:
        upload.close()


def _bytes_of(key: str) -> Iterator[bytes]:
    with asking_storage():
        file = open_part(default_storage, key)
        try:
            while chunk := file.read(CHUNK):
                yield chunk
        finally:
            file.close()


def taken_in_before(upload_key: str, *, by: User) -> Received | None:
    """Return what became of an upload of this person whose answer was lost, by the key it had."""
    mine = Asset.objects.select_related("current__stored_file").filter(created_by=by)
    asset = mine.filter(upload_key=upload_key, current__stored_file__status=_READY).first()
    if not upload_key or asset is None or asset.current is None:
        return None
    return Received(asset, Outcome.ADDED, asset.current.stored_file)
