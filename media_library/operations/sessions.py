"""Uploads in parts: begun, added to, put together and taken in, or cleared away when they expire.

Parts are files of their own, so that any web machine may take the next one. Before a part is written its key is queued
for deletion after the session's end, and nothing takes that back: a killed process leaves nothing behind.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Sum

from aura.kit import clock, jobs
from aura.kit.files import CHUNK, HashedUpload, asking_storage, kept, store
from aura.kit.ids import uuid7
from aura.kit.problems import Refused
from aura.kit.testing_points import failpoint
from media_library.models import FileDeletion, StoredTotal, UploadSession
from media_library.names import display_name
from workspaces.models import User
from workspaces.operation import may

LASTS = timedelta(hours=24)
AFTER = timedelta(hours=1)  # the parts go, if nothing else let them go before
OPEN_AT_MOST = 50  # of one person
PARTS_AT_MOST = 2_000
GONE = "Parts of this upload were cleared away meanwhile. Upload the file once more."


class OutOfStep(Refused):
    """The part does not follow on what is there: the client asks how much that is, and goes on from it (409)."""

    code = "OUT_OF_STEP"


def begin_upload(
    *, name: str, size: int, upload_key: str = "", now: datetime | None = None, by: User
) -> UploadSession:
    """Open an upload in parts. Raises PermissionDenied, QuotaFull, and Refused for who has too many open.

    The parts of all uploads under way have to fit into the workspace's room, though the quota counts none of them.
    """
    if not may(by, "media_library.add_upload"):
        raise PermissionDenied("Viewers look and comment. An owner or admin can change your role.")
    if UploadSession.objects.filter(created_by=by).count() >= OPEN_AT_MOST:
        raise Refused("Too many of your uploads are under way. End some of them first, or wait a day.")
    under_way = UploadSession.objects.aggregate(size=Sum("size"))["size"] or 0
    StoredTotal.refuse_beyond(size, besides=under_way)
    now = now or clock.now()
    session = UploadSession(
        name=display_name(name),
        size=size,
        upload_key=upload_key,
        created_by=by,
        created_at=now,
        due_at=now + LASTS,
    )
    session.save()
    return session


def add_part(session: UploadSession, part: HashedUpload, *, at: int) -> UploadSession:
    """Keep one part that begins at byte `at`. Raises OutOfStep where that is not how far the upload has come.

    Of two parts for the same place one is kept; the other's file goes by itself.
    """
    length = part.size or 0
    if at != session.received:
        raise OutOfStep(f"{session.received:,} bytes are here. Send what follows them.")
    if length > session.size - at:
        raise Refused("More arrived than was announced. Upload the file once more.")
    if len(session.parts) >= PARTS_AT_MOST:
        raise Refused("The parts are too small. Send larger ones.")
    key = f"{session.workspace_id}/{uuid7()}.chunk"
    FileDeletion.objects.create(key=key, due_at=(session.due_at or clock.now()) + AFTER)
    failpoint("part.after_row")
    store(default_storage, key, part, length)
    failpoint("part.after_file")
    held = UploadSession.objects.filter(pk=session.pk, received=at)
    if not held.update(received=at + length, parts=[*session.parts, key]):
        raise OutOfStep("Another part arrived at the same time. Ask how much is here.")
    session.refresh_from_db()
    return session


def put_together(session: UploadSession) -> HashedUpload:
    """Return the whole file of an upload whose last part is here. Raises Refused where its parts are gone."""
    try:
        return kept(session.name, _bytes_of(session), most=session.size)
    except FileNotFoundError as problem:  # sent twice, and the other one has taken it in
        raise Refused(GONE) from problem


def _bytes_of(session: UploadSession) -> Iterator[bytes]:
    for key in session.parts:
        with asking_storage(), default_storage.open(key) as part:
            while chunk := part.read(CHUNK):
                yield chunk


def end_upload(session: UploadSession) -> None:
    """Close an upload, taken in or given up; its parts go now.

    What a browser posts to the object store by itself goes once more when its form has ended: until then it can be
    posted again.
    """
    with transaction.atomic():
        gone = UploadSession.objects.filter(pk=session.pk)
        keys = [key for parts in gone.values_list("parts", flat=True) for key in parts]
        gone.delete()
        if session.is_direct:
            going = FileDeletion.objects.filter(pk__in=[row.pk for row in FileDeletion.queue(keys)])
        else:
            going = FileDeletion.objects.filter(key__in=keys)
            going.update(due_at=clock.now())
        for pk in list(going.values_list("pk", flat=True)):
            jobs.ring("media_library.delete_file", pk)


def drop_session(session_id: uuid.UUID, token: uuid.UUID) -> None:
    """Clear away an upload that has expired."""
    session = UploadSession.objects.filter(pk=session_id, claim_token=token).first()
    if session is not None:
        end_upload(session)
