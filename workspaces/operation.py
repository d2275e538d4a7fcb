"""Operation: a verb that changes data. Permission, transaction and activity entry come with it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, ParamSpec, TypeVar, cast

import structlog
from django.core.exceptions import PermissionDenied
from django.db import models, transaction

from aura.kit.problems import Refused, StaleVersion
from workspaces import narrowing, roles
from workspaces.models import Activity, Membership, User, Workspace
from workspaces.scope import current_workspace, use_workspace

__all__ = [
    "REGISTRY",
    "SYSTEM",
    "Actor",
    "Guest",
    "Many",
    "Refused",
    "Staff",
    "StaleVersion",
    "System",
    "may",
    "on_done",
    "operation",
    "those_allowed",
]

log = structlog.get_logger(__name__)

P = ParamSpec("P")
R = TypeVar("R")
M = TypeVar("M", bound=models.Model)

NOT_YOURS = "Your role here does not include this. An owner or admin can change your role."


class System:
    """Aura itself: work that no person asked for at this moment."""

    def __str__(self) -> str:
        return "Aura"


SYSTEM: Final = System()


@dataclass(frozen=True)
class Staff:
    """Somebody of the instance's staff, acting in the admin by Django's permissions rather than by a role."""

    user: User

    def __str__(self) -> str:
        return f"{self.user} (staff)"


@dataclass(frozen=True)
class Guest:
    """Somebody without an account who was given a link: they may do what the role table gives to guests."""

    name: str

    @property
    def user(self) -> None:
        """No person of this instance stands behind them."""
        return None

    def __str__(self) -> str:
        return f"{self.name} (client)"


@dataclass(frozen=True)
class Many(Generic[M]):
    """What an operation on many did: to which of them, and which it left alone. Written down as one entry."""

    changed: Sequence[M]
    left: Sequence[M] = ()


Actor = User | System | Staff | Guest
REGISTRY: dict[str, Callable[..., Any]] = {}
"""Every operation by its name, "app.function"."""


_done: list[Callable[[str, Sequence[models.Model]], object]] = []


def on_done(function: Callable[[str, Sequence[models.Model]], object]) -> None:
    """Register what looks at every operation that was done: `function(name, things)`, inside its transaction.

    From `apps.py`. The things are what it changed: its object and its result, or each of many.
    """
    _done.append(function)


def _tell(name: str, result: Any, args: tuple[Any, ...]) -> None:
    changed = result.changed if isinstance(result, Many) else (*args[:1], result)
    things = [thing for thing in changed if isinstance(thing, models.Model)]
    for function in _done:
        function(name, things)


def _role_of(user: User, workspace: Workspace) -> str | None:
    memberships = Membership.objects.filter(workspace=workspace, user=user, user__is_active=True)
    return memberships.values_list("role", flat=True).first()


def _role_allows(name: str, role: str | None, user: User, subject: Any) -> bool:
    right = roles.RIGHTS[name]
    if right.staff_only or right.guests_only or narrowing.forbids(name):
        return False
    role = narrowing.role_within(role)
    if right.own_account:
        return user.is_active and isinstance(subject, User) and subject.pk == user.pk
    if right.minimum is None:
        return user.is_active
    if role is None or not roles.at_least(role, right.minimum):
        return False
    if right.others_from is None or roles.at_least(role, right.others_from):
        return True
    return getattr(subject, "created_by_id", None) == user.pk


def _staff_allows(user: User, subject: Any) -> bool:
    if not user.is_active or not user.is_staff:
        return False
    if user.is_superuser:
        return True
    if not isinstance(subject, models.Model):
        return False
    return user.has_perm(f"{subject._meta.app_label}.change_{subject._meta.model_name}")


def may(user: User, name: str, subject: object = None, *, role: str | None = None) -> bool:
    """Tell whether `user` may run the operation `name` (on `subject`) in the current workspace.

    Pass the member's `role` where it is known already, so that pages ask without a query. It is for what a page
    offers; the operation itself always asks the database.
    """
    if role is None and roles.RIGHTS[name].minimum is not None:
        role = _role_of(user, current_workspace())
    return _role_allows(name, role, user, subject)


def those_allowed(by: Actor, name: str, subjects: Iterable[M]) -> list[M]:
    """Return those of the subjects on which `by` may run the operation `name`; one query, however many."""
    if isinstance(by, System):
        return list(subjects)
    if isinstance(by, Guest):
        return list(subjects) if roles.RIGHTS[name].guests_only else []
    if isinstance(by, Staff):
        return [subject for subject in subjects if _staff_allows(by.user, subject)]
    needs_role = roles.RIGHTS[name].minimum is not None
    role = _role_of(by, current_workspace()) if needs_role else None
    return [subject for subject in subjects if _role_allows(name, role, by, subject)]


def _check(name: str, by: Actor, subject: Any) -> None:
    if not those_allowed(by, name, [subject]):
        said = narrowing.forbids(name) if isinstance(by, User) else ""
        raise PermissionDenied(said or narrowing.why_not(NOT_YOURS))


def _workspace_of(thing: Any) -> Workspace | None:
    workspace = thing if isinstance(thing, Workspace) else getattr(thing, "workspace", None)
    return workspace if isinstance(workspace, Workspace) else None


def _write_down(name: str, by: Actor, result: Any, args: tuple[Any, ...]) -> None:
    right = roles.RIGHTS[name]
    details: dict[str, Any] = {}
    among: Sequence[models.Model] = ()
    if isinstance(result, Many):
        if not result.changed:
            return
        among, details = result.changed, {"count": len(result.changed)}
    subject = next((thing for thing in (*args[:1], result) if isinstance(thing, models.Model)), None)
    if right.is_instance_wide:
        # No workspace to keep it in; the log says who did what, on which row.
        log.info(
            "operation", verb=name, by=str(getattr(by, "pk", by)), subject=str(subject.pk if subject else "")
        )
        return
    workspace = (_workspace_of(subject) or _workspace_of(result)) if right.minimum is None else None
    if workspace is not None:
        with use_workspace(workspace):
            Activity.write(name, by, subject, details, among=among)
    else:
        Activity.write(name, by, subject, details, among=among)


def operation(function: Callable[P, R]) -> Callable[P, R]:
    """Make a function an operation: who may, all or nothing, and written down.

    The function takes the object first (if any), then keyword arguments, last `by=` (a User, Staff or SYSTEM).
    Its name in the role table, the activity log and the API is "app.function". Raises PermissionDenied for an
    actor without the right, NoWorkspace outside a workspace (except where the role table asks for none), TypeError
    without `by=`, and whatever the function raises; then nothing is changed and nothing written down.
    """
    name = f"{function.__module__.split('.')[0]}.{function.__name__}"

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if not isinstance(kwargs.get("by"), Actor):
            raise TypeError(f"{name}() needs by=: a user, Staff(user), Guest(name) or SYSTEM.")
        by = cast(Actor, kwargs["by"])
        if roles.RIGHTS[name].minimum is not None:
            current_workspace()
        subject = args[0] if args else None
        _check(name, by, subject)
        with transaction.atomic():
            result = function(*args, **kwargs)
            _write_down(name, by, result, args)
            _tell(name, result, args)
            return result

    REGISTRY[name] = run
    return run
