"""The library's due lists: what the worker does, one row at a time."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet

from aura.kit import jobs
from media_library.fits import WANTED
from media_library.models import Asset, AssetVersion, FileDeletion, Rendition, StoredFile, UploadSession
from workspaces.models import Workspace


def _assets_to_make() -> QuerySet[Any]:
    return Asset.objects.filter(status=Asset.Status.PENDING)


def _unfinished_uploads() -> QuerySet[Any]:
    return StoredFile.objects.filter(status=StoredFile.Status.PENDING)


def _files_to_delete() -> QuerySet[Any]:
    return FileDeletion.objects.all()


def _make_renditions(asset_id: uuid.UUID, token: uuid.UUID) -> None:
    from media_library import operations

    operations.make_renditions(asset_id, token)


def _fits_to_make() -> QuerySet[Any]:
    return Rendition.objects.filter(WANTED, due_at__isnull=False)


def _make_fit(rendition_id: uuid.UUID, token: uuid.UUID) -> None:
    from media_library import operations

    operations.make_fit(rendition_id, token)


def _versions_to_make() -> QuerySet[Any]:
    return AssetVersion.objects.filter(status=AssetVersion.Status.PENDING)


def _make_version(version_id: uuid.UUID, token: uuid.UUID) -> None:
    from media_library import operations

    operations.make_version(version_id, token)


def _give_up_version(version_id: uuid.UUID, token: uuid.UUID) -> None:
    from media_library import operations

    operations.give_up_version(version_id, token)


def _give_up_fit(rendition_id: uuid.UUID, token: uuid.UUID) -> None:
    from media_library import operations

    operations.give_up_fit(rendition_id, token)


def _give_up_renditions(asset_id: uuid.UUID, token: uuid.UUID) -> None:
    from media_library import operations

    operations.give_up_renditions(asset_id, token)


def _drop_stale_upload(stored_file_id: uuid.UUID, token: uuid.UUID) -> None:
    from media_library import operations

    operations.drop_stale_upload(stored_file_id, token)


def _delete_file(deletion_id: uuid.UUID, token: uuid.UUID) -> None:
    from media_library import operations

    operations.delete_file(deletion_id, token)


def _expired_sessions() -> QuerySet[Any]:
    return UploadSession.objects.filter(due_at__isnull=False)


def _drop_session(session_id: uuid.UUID, token: uuid.UUID) -> None:
    from media_library import operations

    operations.drop_session(session_id, token)


def queue_workspace_files(workspace: Workspace) -> int:
    """Queue the files of a workspace that is about to be purged."""
    from media_library import operations

    return operations.queue_workspace_files(workspace)


def register() -> None:
    """Make the kinds of work known."""
    jobs.register(
        jobs.DueList(
            "media_library.make_fit",
            rows=_fits_to_make,
            run=_make_fit,
            queue="media",
            lease=120.0,
            deadline=100.0,
            set_aside=_give_up_fit,
        )
    )
    jobs.register(
        jobs.DueList(
            "media_library.make_version",
            rows=_versions_to_make,
            run=_make_version,
            queue="media",
            lease=120.0,
            deadline=100.0,
            set_aside=_give_up_version,
        )
    )
    jobs.register(
        jobs.DueList(
            "media_library.make_renditions",
            rows=_assets_to_make,
            run=_make_renditions,
            queue="media",
            lease=120.0,
            deadline=100.0,
            set_aside=_give_up_renditions,
        )
    )
    jobs.register(
        jobs.DueList("media_library.delete_file", rows=_files_to_delete, run=_delete_file, queue="media")
    )
    jobs.register(
        jobs.DueList(
            "media_library.drop_stale_upload", rows=_unfinished_uploads, run=_drop_stale_upload, queue="media"
        )
    )
    jobs.register(
        jobs.DueList("media_library.drop_session", rows=_expired_sessions, run=_drop_session, queue="media")
    )
