"""What the admin classes of all apps share: scope, staff as the actor, operations as the actions.

`/w/<slug>/admin/` and `/admin/` are the same site. Inside a workspace the scope does its work by itself; outside, the
instance's staff see every workspace, and whatever they change is changed inside the row's own workspace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from aura.kit.problems import Refused
from workspaces.models import Workspace
from workspaces.operation import Staff
from workspaces.scope import use_workspace
from workspaces.staff_operations import change_in_admin

if TYPE_CHECKING:
    AnyModelAdmin = ModelAdmin[Any]
else:
    AnyModelAdmin = ModelAdmin

AdminAction = Callable[[Any, HttpRequest, QuerySet[Any]], None]


def staff_of(request: HttpRequest) -> Staff:
    """Return the signed-in person as a staff actor."""
    return Staff(request.user)  # type: ignore[arg-type]


def is_inside_workspace(request: HttpRequest) -> bool:
    """Tell whether this is the admin of one workspace rather than the instance's."""
    return getattr(request, "workspace", None) is not None


def scope_of(obj: Model) -> AbstractContextManager[Any]:
    """Open the workspace that the row belongs to; nothing for a row of the instance."""
    workspace = obj if isinstance(obj, Workspace) else getattr(obj, "workspace", None)
    return use_workspace(workspace) if workspace is not None else nullcontext()


def operation_action(
    operation: Callable[..., Any], description: str, done: str, **arguments: Callable[[], Any] | str | bool
) -> AdminAction:
    """Return an admin action that runs `operation(row, by=staff, **arguments)` on each selected row.

    `done` is the sentence after the number of rows ("campaigns archived."). A callable argument is called for each
    row. Rows that refuse stay as they are and are listed with their reason.
    """

    def run(modeladmin: AnyModelAdmin, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        changed = 0
        for row in queryset:
            given = {name: value() if callable(value) else value for name, value in arguments.items()}
            try:
                with scope_of(row):
                    operation(row, by=staff_of(request), **given)
                changed += 1
            except (Refused, PermissionDenied) as problem:
                messages.error(request, f"{row}: {problem}")
        if changed:
            messages.success(request, f"{changed} {done}")

    run.__name__ = operation.__name__
    return admin.action(description=description, permissions=["change"])(run)


class InstanceAdmin(AnyModelAdmin):
    """For rows of the whole instance (people, mails): out of sight inside a workspace."""

    list_per_page = 50
    show_full_result_count = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show it in the instance's admin only."""
        return not is_inside_workspace(request) and super().has_module_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Show it in the instance's admin only."""
        return not is_inside_workspace(request) and super().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Allow it in the instance's admin only."""
        return not is_inside_workspace(request) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow it in the instance's admin only."""
        return not is_inside_workspace(request) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow it in the instance's admin only."""
        return not is_inside_workspace(request) and super().has_delete_permission(request, obj)


class WorkspaceAdmin(AnyModelAdmin):
    """For tenant rows. Saving is an operation by staff; deleting is left to the trash and its actions.

    `related` names the foreign keys that lists and forms read, so that they cost no query a row.
    """

    list_per_page = 50
    show_full_result_count = False
    related: Sequence[str] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows in scope with what lists show of them."""
        return super().get_queryset(request).select_related("workspace", *self.related)

    def get_list_display(self, request: HttpRequest) -> Sequence[Any]:
        """Add the workspace where rows of several are listed."""
        columns = list(super().get_list_display(request))
        return columns if is_inside_workspace(request) else [*columns, "workspace"]

    def get_list_filter(self, request: HttpRequest) -> Sequence[Any]:
        """Add the workspace where rows of several are listed."""
        filters = list(super().get_list_filter(request))
        return filters if is_inside_workspace(request) else ["workspace", *filters]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[Any]:
        """Show states, times and other columns that only operations write, without letting anybody type them."""
        given = list(super().get_readonly_fields(request, obj))
        hidden = {"id", "workspace", "claim_token", "secret", "token_hash", *(self.exclude or ())}
        written = [f.name for f in self.opts.concrete_fields if not f.editable and f.name not in hidden]
        return [*given, *(name for name in written if name not in given)]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Rows are added in a workspace's own admin, where it is clear whose they are."""
        return is_inside_workspace(request) and super().has_add_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is deleted from under the operations: trash it, and let the purge take it."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        """Save as an operation by staff, inside the row's own workspace."""
        workspace = obj.workspace if obj.workspace_id else getattr(request, "workspace", None)
        with use_workspace(workspace):
            self.save_by(obj, form, by=staff_of(request), change=change)

    def save_by(self, obj: Any, form: ModelForm[Any], *, by: Staff, change: bool) -> None:
        """Save the row. Models whose saving means more than that call their own operation here."""
        change_in_admin(obj, by=by)


class ReadOnlyAdmin(WorkspaceAdmin):
    """For tenant rows that are a record: looked at, never changed by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Records are written by operations."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Records are never changed, but the actions on them need this right."""
        return obj is None and super().has_change_permission(request, obj)


def readonly_everything(model: type[Model], *, but: Iterable[str] = ()) -> list[str]:
    """Return the names of all columns of `model` except `but`, for `readonly_fields`."""
    return [field.name for field in model._meta.concrete_fields if field.name not in set(but)]
