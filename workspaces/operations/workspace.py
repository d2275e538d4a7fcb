"""A workspace from its first day to its last: make, edit, delete, restore, purge."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.apps import apps
from django.db import IntegrityError, transaction
from django.utils.text import slugify

from aura.kit import clock
from workspaces.models import Invitation, Membership, User, Workspace, WorkspaceModel
from workspaces.operation import SYSTEM, Actor, Refused, operation
from workspaces.operations import hooks
from workspaces.roles import Role
from workspaces.scope import every_workspace, use_workspace

KEPT_FOR = timedelta(days=30)
"""How long a deleted workspace can be brought back (product.md, States)."""


def free_slug(name: str) -> str:
    """Return an address for a workspace of this name that nobody has yet."""
    stem = slugify(name)[:40].strip("-") or "workspace"
    taken = set(Workspace.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    return next(
        slug for slug in (stem, *(f"{stem}-{n}" for n in range(2, len(taken) + 3))) if slug not in taken
    )


@operation
def create_workspace(workspace: Workspace, *, owner: User | None = None, by: Actor) -> Workspace:
    """Make a workspace with its owner (`by`, unless `owner` is given) and the first things apps register.

    `workspace` is unsaved; without a slug it gets one from its name. Raises Refused when the slug was taken
    meanwhile, or when neither `by` nor `owner` is a person.
    """
    owner = owner or (by if isinstance(by, User) else None)
    if owner is None:
        raise Refused("A workspace needs an owner. Say who it is.")
    workspace.slug = workspace.slug or free_slug(workspace.name)
    try:
        with transaction.atomic():
            workspace.save(force_insert=True)
    except IntegrityError:
        raise Refused(f"The address {workspace.slug} was taken a moment ago. Pick another one.") from None
    Membership.objects.create(workspace=workspace, user=owner, role=Role.OWNER)
    with use_workspace(workspace):
        hooks.make_first_things(workspace, by=by)
    return workspace


@operation
def edit_workspace(workspace: Workspace, *, by: Actor) -> Workspace:
    """Save the name, zone and rules of a workspace. Its slug stays: it is in every link that was ever copied."""
    workspace.save(
        update_fields=["name", "zone", "approval", "approver", "client_approval", "grace_minutes", "links"]
    )
    return workspace


@operation
def edit_quiet_times(workspace: Workspace, *, by: Actor) -> Workspace:
    """Save when nothing goes out: hours, weekdays, days off, and whether that blocks or advises."""
    columns = ["quiet_from", "quiet_until", "quiet_weekdays", "quiet_dates", "quiet_blocks"]
    workspace.save(update_fields=columns)
    hooks.quiet_times_changed(workspace)
    return workspace


@operation
def delete_workspace(workspace: Workspace, *, by: Actor, now: datetime | None = None) -> Workspace:
    """Put a workspace away: nobody can open it, its scheduled posts are unscheduled, its invitations end.

    Staff can bring it back for 30 days; then it is purged. Raises Refused when it is away already.
    """
    now = now or clock.now()
    if not Workspace.objects.filter(pk=workspace.pk, trashed_at=None).update(trashed_at=now):
        raise Refused("This workspace was deleted a moment ago.")
    workspace.trashed_at = now
    hooks.let_go(workspace, by=by)
    Invitation.objects.filter(accepted_at=None, revoked_at=None).update(revoked_at=now)
    return workspace


@operation
def restore_workspace(workspace: Workspace, *, by: Actor) -> Workspace:
    """Bring a deleted workspace back with everything in it; its posts stay unscheduled.

    Raises Refused if it is not deleted.
    """
    if not Workspace.objects.filter(pk=workspace.pk, trashed_at__isnull=False).update(trashed_at=None):
        raise Refused("This workspace is not deleted.")
    workspace.trashed_at = None
    return workspace


@operation
def purge_workspace(workspace: Workspace, *, by: Actor) -> None:
    """Delete a workspace for good, with its rows and files. Raises Refused unless it was deleted before."""
    if not Workspace.objects.select_for_update().filter(pk=workspace.pk, trashed_at__isnull=False).exists():
        raise Refused("Only a deleted workspace can be purged.")
    with use_workspace(workspace):
        hooks.before_purge(workspace)
        for model in apps.get_models():
            if issubclass(model, WorkspaceModel):
                # No cascade, no order: foreign keys are checked at the end of the transaction.
                rows = model.objects.all()
                rows._raw_delete(rows.db)
    with every_workspace("a purged workspace has no tenant rows left to ask for"):
        Workspace.objects.get(pk=workspace.pk).delete()


def purge_old_workspaces(now: datetime | None = None) -> int:
    """Purge every workspace that was deleted more than 30 days before `now`; return how many."""
    old = Workspace.objects.filter(trashed_at__lt=(now or clock.now()) - KEPT_FOR)
    purged = 0
    for workspace in old:
        purge_workspace(workspace, by=SYSTEM)
        purged += 1
    return purged
