"""What every tenant table shares: its workspace, and a manager that never forgets it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models

from aura.kit.ids import uuid7
from workspaces.models.workspace import Workspace
from workspaces.scope import InCurrentWorkspace, NoWorkspace, current_workspace, is_every_workspace

M = TypeVar("M", bound=models.Model, covariant=True)


class WorkspaceQuerySet(models.QuerySet[M]):
    """A queryset whose rows never change workspace."""

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        """As Django's, after each object has adopted the open workspace."""
        rows = list(objs)
        for row in rows:
            row.adopt_workspace()
        return super().bulk_create(rows, *args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        """As Django's. Raises NoWorkspace on an attempt to move rows to another workspace."""
        if "workspace" in kwargs or "workspace_id" in kwargs:
            raise NoWorkspace("Rows do not change workspace.")
        return super().update(**kwargs)


class WorkspaceManager(models.Manager.from_queryset(WorkspaceQuerySet)[M]):  # type: ignore[misc]
    """The manager of every tenant table: adds the tenant condition to whatever it starts."""

    def get_queryset(self) -> WorkspaceQuerySet[M]:
        """Return the rows of the workspace that is open when the query runs."""
        return super().get_queryset().filter(InCurrentWorkspace())  # type: ignore[no-any-return]


class WorkspaceModel(models.Model):
    """Abstract base of every tenant table."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, editable=False, related_name="+")

    objects = WorkspaceManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    workspace_id: uuid.UUID | None  # None until it is saved

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save into the open workspace. Raises NoWorkspace outside one, or for a row of another."""
        self.adopt_workspace()
        super().save(*args, **kwargs)

    def adopt_workspace(self) -> None:
        """Take the open workspace, or check that it is ours. Raises NoWorkspace otherwise."""
        if is_every_workspace():
            if not self.workspace_id:
                raise NoWorkspace(f"{self._meta.label} needs a workspace.")
            return
        try:
            scope = current_workspace()
        except NoWorkspace:
            raise NoWorkspace(f"{self._meta.label} was saved outside a workspace.") from None
        if not self.workspace_id:
            self.workspace = scope
        elif self.workspace_id != scope.pk:
            raise NoWorkspace(f"{self._meta.label} belongs to another workspace.")

    def clean(self) -> None:
        """Refuse a reference to a row of another workspace."""
        super().clean()
        self.adopt_workspace()
        for field in self._meta.concrete_fields:
            related = field.related_model
            if not (isinstance(related, type) and issubclass(related, WorkspaceModel)):
                continue  # what the database works out cannot even be read before it is saved
            key = getattr(self, field.attname)
            if key is None:
                continue
            if self._state.fields_cache.get(field.name) is not None:
                ours = getattr(self, field.name).workspace_id == self.workspace_id
            else:
                ours = related.objects.filter(pk=key).exists()
            if not ours:
                raise ValidationError({field.name: "Pick one that is in this workspace."})

    def validate_constraints(self, exclude: Iterable[str] | None = None) -> None:
        """As Django's, but never skips a constraint because a form leaves `workspace` out."""
        super().validate_constraints(exclude=set(exclude or ()) - {"workspace"})
