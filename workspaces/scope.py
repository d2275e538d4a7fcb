"""Scope: every query, save and reverse() belongs to one workspace, or fails loudly.

The tenant condition is resolved when SQL is compiled, so a queryset built in one place and evaluated in another
belongs to the workspace that is open at evaluation. Return lists, not querysets, from `every_workspace`.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

from django.db import models
from django.db.models.expressions import Combinable
from django.db.models.lookups import Exact
from django.urls import get_script_prefix, reverse, set_script_prefix

if TYPE_CHECKING:
    from workspaces.models import Workspace


class _Every:
    def __repr__(self) -> str:
        return "every workspace"


EVERY: Final = _Every()
_current: ContextVar[Workspace | _Every | None] = ContextVar("workspace", default=None)
_PREFIX = re.compile(r"w/[-\w]+/$")


class NoWorkspace(RuntimeError):
    """Tenant data was touched without a workspace, or across two: open the scope at the door."""


@contextmanager
def _scope(workspace: Workspace | _Every | None, slug: str | None) -> Iterator[None]:
    token, outside = _current.set(workspace), get_script_prefix()
    inside = _PREFIX.sub("", outside) + (f"w/{slug}/" if slug else "")
    if inside != outside:
        set_script_prefix(inside)
    try:
        yield
    finally:
        _current.reset(token)
        if inside != outside:
            set_script_prefix(outside)


@contextmanager
def use_workspace(workspace: Workspace) -> Iterator[Workspace]:
    """Open `workspace` for the block: queries, saves and URLs belong to it."""
    with _scope(workspace, workspace.slug):
        yield workspace


@contextmanager
def use_rows_of(workspace: Workspace) -> Iterator[Workspace]:
    """Open `workspace` for queries and saves only; URLs stay those of the page that is open.

    For the instance's admin, whose own pages stand outside every workspace.
    """
    token = _current.set(workspace)
    try:
        yield workspace
    finally:
        _current.reset(token)


@contextmanager
def every_workspace(reason: str) -> Iterator[None]:
    """Open all workspaces at once; the only way out of one, so say why. Raises ValueError without a reason."""
    if not reason:
        raise ValueError("every_workspace() needs a reason.")
    with _scope(EVERY, None):
        yield


@contextmanager
def no_workspace() -> Iterator[None]:
    """Close whatever is open for the block: tenant data is out of reach, URLs are the instance's."""
    with _scope(None, None):
        yield


def current_workspace() -> Workspace:
    """Return the open workspace. Raises NoWorkspace when there is none, or when all are open."""
    workspace = _current.get()
    if workspace is None or isinstance(workspace, _Every):
        raise NoWorkspace("There is no single current workspace; open one with use_workspace().")
    return workspace


def current_workspace_id() -> uuid.UUID | None:
    """Return the id of the open workspace, or None when none or all are open."""
    workspace = _current.get()
    return None if workspace is None or isinstance(workspace, _Every) else workspace.pk


def is_open(workspace: Workspace) -> bool:
    """Tell whether this very object is the open workspace."""
    return _current.get() is workspace


def is_every_workspace() -> bool:
    """Tell whether all workspaces are open."""
    return _current.get() is EVERY


def instance_url(name: str, *args: Any, **kwargs: Any) -> str:
    """Reverse the name of a page of the instance (sign-in, account), from inside or outside a workspace."""
    with no_workspace():
        return reverse(name, args=args, kwargs=kwargs)


class InCurrentWorkspace(models.Func):
    """The tenant condition: compiles to `workspace_id = <the open workspace>`.

    Compiling outside a workspace raises NoWorkspace; with every workspace open it is true for all rows.
    """

    output_field = models.BooleanField()
    conditional = True

    def __init__(self, column: str | Combinable = "workspace", **extra: Any) -> None:
        super().__init__(models.F(column) if isinstance(column, str) else column, **extra)

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> Any:  # type: ignore[override]
        """Compile against the workspace that is open now."""
        workspace = _current.get()
        if compiler.query.is_empty():
            return "1 = 0", []
        if workspace is None:
            raise NoWorkspace(f"{compiler.query.model.__name__} was queried outside a workspace.")
        if isinstance(workspace, _Every):
            return "1 = 1", []
        return compiler.compile(Exact(self.source_expressions[0], workspace.pk))
