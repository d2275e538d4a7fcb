"""How work rows open their workspace: what `aura.kit.jobs` needs to know of scopes."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from workspaces.models import Workspace
from workspaces.scope import current_workspace_id, every_workspace, no_workspace, use_workspace


@contextmanager
def open_workspace_by_id(workspace_id: uuid.UUID | None) -> Iterator[None]:
    """Open the workspace with this id, or none for None. Raises Workspace.DoesNotExist when it is gone."""
    if workspace_id is None:
        with no_workspace():
            yield
    else:
        with use_workspace(Workspace.objects.get(pk=workspace_id)):
            yield


def workspace_id_in_scope() -> uuid.UUID | None:
    """Return the id of the open workspace, or None."""
    return current_workspace_id()


def all_workspaces() -> AbstractContextManager[None]:
    """Open every workspace, to find and claim what is due."""
    return every_workspace("due lists serve every workspace")
