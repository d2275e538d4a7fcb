"""What the admin classes of all apps share: scope, staff as the actor, operations as the actions.

`/w/<slug>/admin/` and `/admin/` are the same site. Inside a workspace the scope does its work by itself; outside, the
instance's staff see every workspace, and whatever they change is changed inside the row's own workspace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin import ModelAdmin, TabularInline
from django.contrib.admin.utils import model_ngettext, unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.forms import BaseForm, ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import SimpleTemplateResponse
from django.urls import reverse
from django.utils.http import urlencode

from aura.kit.problems import Refused
from workspaces.models import Workspace
from workspaces.operation import Staff
from workspaces.scope import current_workspace, use_rows_of, use_workspace

if TYPE_CHECKING:
    AnyModelAdmin = ModelAdmin[Any]
    AnyInline = TabularInline[Any, Any]
else:
    AnyModelAdmin = ModelAdmin
    AnyInline = TabularInline

AdminAction = Callable[[Any, HttpRequest, QuerySet[Any]], None]
IN_TRASH = ("trashed_at", admin.EmptyFieldListFilter)
WORKSPACES_AT_MOST = 100


class WorkspaceFilter(admin.SimpleListFilter):
    """Rows of one workspace, by its slug; on a large instance the first hundred are offered, any works."""

    title = "workspace"
    parameter_name = "of"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the workspaces to choose from."""
        rows = list(Workspace.objects.order_by("name").values_list("slug", "name")[:WORKSPACES_AT_MOST])
        chosen = self.value()
        return rows if not chosen or chosen in dict(rows) else [(chosen, chosen), *rows]

    def has_output(self) -> bool:
        """Show it even where there is one workspace, so that the address that names it works."""
        return True

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow the list."""
        return queryset.filter(workspace__slug=self.value()) if self.value() else queryset


def set_aside_filter(condition: Q) -> type[admin.SimpleListFilter]:
    """Return a list filter for the rows that Aura gave up on and a person has to look at."""

    class SetAsideFilter(admin.SimpleListFilter):
        title = "set aside"
        parameter_name = "aside"

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            return [("yes", "Set aside"), ("no", "All others")]

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            if self.value() not in {"yes", "no"}:
                return queryset
            return queryset.filter(condition) if self.value() == "yes" else queryset.exclude(condition)

    return SetAsideFilter


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

    `done` is the sentence after the number of rows and their name ("archived." for "2 campaigns archived."). A callable
    argument is called for each row. Rows that refuse stay as they are and are listed with their reason.
    """

    def run(modeladmin: ActionAdmin, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        changed = 0
        for row in queryset:
            given = {name: value() if callable(value) else value for name, value in arguments.items()}
            try:
                modeladmin.check_row(request, row)
                with scope_of(row):
                    operation(row, by=staff_of(request), **given)
                changed += 1
            except (Refused, PermissionDenied) as problem:
                messages.error(request, f"{row}: {problem}")
        if changed:
            messages.success(request, f"{changed} {model_ngettext(queryset.model._meta, changed)} {done}")

    run.__name__ = operation.__name__
    return admin.action(description=description, permissions=["change"])(run)


class ActionAdmin(AnyModelAdmin):
    """What the admin of every row has that actions of `operation_action` are run on."""

    list_per_page = 50
    show_full_result_count = False

    def check_row(self, request: HttpRequest, row: Any) -> None:
        """Raise PermissionDenied for a row that this person may not act on, beyond Django's permissions."""


class InstanceAdmin(ActionAdmin):
    """For rows of the whole instance (people, mails): out of sight inside a workspace."""

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


class WorkspaceAdmin(ActionAdmin):
    """For tenant rows. Saving is an operation by staff; deleting is left to the trash and its actions.

    `related` names the foreign keys that lists and forms read, so that they cost no query a row.
    """

    related: Sequence[str] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows in scope with what lists show of them."""
        return super().get_queryset(request).select_related("workspace", *self.related)

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Add the workspace where rows of several are listed."""
        columns = list(super().get_list_display(request))
        return columns if is_inside_workspace(request) else [*columns, "workspace"]

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """Add the workspace where rows of several are listed."""
        filters = list(super().get_list_filter(request))
        return filters if is_inside_workspace(request) else [WorkspaceFilter, *filters]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
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

    def view_on_site(self, obj: Any) -> str | None:  # type: ignore[override]
        """Return the address of the row's own page in its workspace, if it has one."""
        if not hasattr(obj, "get_absolute_url"):
            return None
        with use_workspace(obj.workspace):
            return str(obj.get_absolute_url())

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show and judge a row inside its own workspace, so that only that workspace's rows are offered.

        What the operation refuses stands above the form, with everything that was typed still in it.
        """
        with self._rows_of(request, object_id):
            try:
                response = super().changeform_view(request, object_id, form_url, extra_context)
            except Refused as problem:
                request.refusal = str(problem)  # type: ignore[attr-defined]
                response = super().changeform_view(request, object_id, form_url, extra_context)
            if isinstance(response, SimpleTemplateResponse):
                response.render()
            return response

    def _rows_of(self, request: HttpRequest, object_id: str | None) -> AbstractContextManager[Any]:
        if object_id is None or is_inside_workspace(request):
            return nullcontext()
        row = self.get_object(request, unquote(object_id))
        return use_rows_of(row.workspace) if row is not None else nullcontext()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Return the form; after a refusal it says what was refused."""
        form = super().get_form(request, obj, change=change, **kwargs)
        refusal = getattr(request, "refusal", "")
        return _refused_form(form, refusal) if refusal else form

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        """Save as an operation by staff, inside the row's own workspace."""
        workspace = obj.workspace if obj.workspace_id else current_workspace()
        with use_workspace(workspace):
            self.save_by(obj, form, by=staff_of(request), change=change)

    def save_by(self, obj: Any, form: ModelForm[Any], *, by: Staff, change: bool) -> None:
        """Save the row by its operation: what saving means is never the admin's to say."""
        raise NotImplementedError(f"{type(self).__name__} does not say by which operation it saves.")

    # The workspace's activity is the record of what was done; Django's own log knows no workspaces.

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]
        """Leave it to the activity."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]
        """Leave it to the activity."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the activity on this row."""
        query = urlencode({"subject_type": self.opts.label_lower, "subject_id": unquote(object_id)})
        return redirect(f"{reverse('admin:workspaces_activity_changelist')}?{query}")


def _refused_form(form: type[BaseForm], refusal: str) -> type[BaseForm]:
    """Return the form as one that is never valid and says why."""

    def clean(self: Any) -> Any:
        cleaned = form.clean(self)
        self.add_error(None, refusal)
        return cleaned

    return type(form.__name__, (form,), {"clean": clean})


class ReadOnlyAdmin(WorkspaceAdmin):
    """For tenant rows that are a record: looked at, never changed by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Records are written by operations."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Records are never changed, but the actions on them need this right."""
        return obj is None and super().has_change_permission(request, obj)


class ReadOnlyInline(AnyInline):
    """Rows of another table on the page of one, to read. `related` as in WorkspaceAdmin."""

    extra = 0
    can_delete = False
    related: Sequence[str] = ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Show every column that is named, without letting anybody type it."""
        return [str(name) for name in self.fields or ()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows with what is shown of them."""
        rows = super().get_queryset(request)
        return rows.select_related(*self.related) if self.related else rows

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Read only."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Read only."""
        return False


def readonly_everything(model: type[Model], *, but: Iterable[str] = ()) -> list[str]:
    """Return the names of all columns of `model` except `but`, for `readonly_fields`."""
    return [field.name for field in model._meta.concrete_fields if field.name not in set(but)]
