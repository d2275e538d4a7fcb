"""Fixtures of the library's tests: a storage of their own, and pictures made on the spot."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client

from aura.kit import jobs
from aura.kit.testing_api import Caller, by_session
from media_library.tests import kills, pictures
from workspaces.models import User, Workspace
from workspaces.scope import use_workspace


@pytest.fixture(autouse=True)
def own_storage(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """Local files of this test alone; with an S3 the bucket is emptied of the workspaces it made."""
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "tmp"
    (tmp_path / "tmp").mkdir()
    if settings.AURA_STORAGE == "local":
        settings.MEDIA_ROOT = tmp_path / "media"
    yield tmp_path
    shutil.rmtree(tmp_path / "media", ignore_errors=True)


@pytest.fixture
def send(workspace: Workspace) -> Callable[..., Any]:
    """Upload one file as the page's script does: `send(client, name, data)`."""

    def post(client: Client, name: str, data: bytes, **extra: Any) -> Any:
        file = pictures.Named(data, name)
        body = {"files": file, **extra.pop("fields", {})}
        return client.post(
            f"/w/{workspace.slug}/media/upload/", body, headers={"HX-Request": "true"}, **extra
        )

    return post


@pytest.fixture
def call_as(client_of: Callable[[User], Client]) -> Callable[[User], Caller]:
    """Return how somebody calls the API: `call_as(bob).get("/media")`."""
    return lambda user: by_session(client_of(user), "barrow-rye")


@pytest.fixture
def work(workspace: Workspace) -> Callable[[], int]:
    """Run whatever is due in the library, as the worker does; returns how many rows."""

    def run() -> int:
        done = 0
        for name in (
            "media_library.make_renditions",
            "media_library.make_version",
            "media_library.delete_file",
            "media_library.drop_stale_upload",
        ):
            for workspace_id, pk in jobs.REGISTRY[name].find(100):
                done += jobs.run_one(name, workspace_id, pk)
        return done

    return run


@pytest.fixture
def stored_keys(workspace: Workspace) -> Callable[[], set[str]]:
    """Return the keys that the storage holds for the workspace."""

    def keys() -> set[str]:
        try:
            names = default_storage.listdir(str(workspace.pk))[1]
        except FileNotFoundError:
            return set()
        return {f"{workspace.pk}/{name}" for name in names}

    return keys


@pytest.fixture
def in_scope(workspace: Workspace) -> Callable[[], Any]:
    """Open the team's workspace for a block, after a request has closed it."""
    return lambda: use_workspace(workspace)


@pytest.fixture(scope="session")
def begun_data(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None) -> Path:
    """A data folder with a workspace and its owner, to be copied for processes that are killed."""
    folder = tmp_path_factory.mktemp("begun")
    kills.seed(folder)
    assert kills.run("killed", "begin", folder).returncode == 0
    return folder
