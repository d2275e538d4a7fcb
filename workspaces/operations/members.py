"""Who is in a workspace: invite, accept, change a role, leave, remove, hand over."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from aura.kit import clock
from workspaces.models import Invitation, Membership, User, Workspace
from workspaces.models.people import INVITATION_LASTS, hash_token
from workspaces.narrowing import in_use, role_within, why_not
from workspaces.operation import NOT_YOURS, Actor, Refused, operation
from workspaces.operations import hooks
from workspaces.operations.mail import absolute_url, keep_letter
from workspaces.operations.notices import forget_notices_of
from workspaces.roles import RIGHTS, Role, at_least, rank
from workspaces.scope import current_workspace, every_workspace, instance_url, use_workspace

ABOVE = "You can give and take roles up to your own. Ask an owner."
NO_OWNER_BY_PROGRAM = (
    "Only a person makes an owner, who is asked for their password. Do it in Settings, People."
)
LAST_OWNER = "A workspace needs an owner. Hand it over first, or delete the workspace."


class NotForYou(Refused):
    """The invitation is for another e-mail address than the one of the account that opened it."""


def _rank_of(by: Actor) -> int:
    """Return how far an actor reaches: Aura and staff as far as an owner, a member as far as their role.

    Nobody takes a member out, or gives them another role, until the transaction ends. Raises PermissionDenied for
    somebody who was taken out a moment ago.
    """
    if not isinstance(by, User):
        return rank(Role.OWNER)
    mine = Membership.objects.filter(workspace=current_workspace(), user=by).select_for_update().first()
    if mine is None:
        raise PermissionDenied(NOT_YOURS)
    return rank(role_within(mine.role) or Role.VIEWER)


def _lock(membership: Membership) -> Membership:
    """Return the membership as it is now, locked with all owners of the workspace until the transaction ends."""
    members = Membership.objects.filter(workspace=current_workspace()).order_by("pk")
    list(members.filter(role=Role.OWNER).select_for_update().values_list("pk"))
    fresh = members.filter(pk=membership.pk).select_related("user").select_for_update(of=("self",)).first()
    if fresh is None:
        raise Refused("This person is not a member any more. Reload the page.")
    return fresh


def is_last_owner(membership: Membership) -> bool:
    """Tell whether nobody else owns the membership's workspace."""
    if membership.role != Role.OWNER:
        return False
    owners = Membership.objects.filter(
        workspace_id=membership.workspace_id, role=Role.OWNER, user__is_active=True
    )
    return not owners.exclude(pk=membership.pk).exists()


def invitation_url(token: str) -> str:
    """Return the address a person opens to accept the invitation with this token, with host."""
    return absolute_url(instance_url("people:invitation", token))


def link_to_show(invitation: Invitation) -> str:
    """Return the link of an invitation that was just made, for whoever made it; "" where only the mail has it.

    Whoever comes with a link that was mailed has shown that the address is theirs.
    """
    return "" if invitation.email and settings.EMAIL_URL else invitation_url(invitation.token)


def open_invitations(now: datetime) -> QuerySet[Invitation]:
    """Return the invitations of the open workspace that still work, the newest first."""
    return Invitation.objects.filter(accepted_at=None, revoked_at=None, expires_at__gt=now)


def invitations_of(going: Workspace | Membership) -> list[str]:
    """Return a sentence about the invitations that end with a member, whose maker could come back by them."""
    if not isinstance(going, Membership):
        return []
    count = open_invitations(clock.now()).filter(created_by=going.user_id).count()
    what = "An invitation" if count == 1 else f"{count} invitations"
    return [f"{what} that {going.user} made end{'s' if count == 1 else ''}."] if count else []


def end_invitations_of(going: Workspace | Membership, *, by: Actor) -> None:
    """End what a member invited with, once they may not invite any more: they may have kept a link."""
    if isinstance(going, Membership):
        now = clock.now()
        open_invitations(now).filter(created_by=going.user_id).update(revoked_at=now)


def find_invitation(token: str) -> Invitation | None:
    """Return the invitation that a link names, with its workspace, or None. It may be used, revoked or expired."""
    with every_workspace("an invitation link names its workspace by its secret"):
        found = Invitation.objects.select_related("workspace", "created_by").filter(
            token_hash=hash_token(token)
        )
        return found.filter(workspace__trashed_at=None).first()


@operation
def invite_member(invitation: Invitation, *, by: Actor, now: datetime | None = None) -> Invitation:
    """Make a link into the workspace; its secret is `invitation.token`, known only now.

    With an e-mail address the link is mailed, and an open invitation to that address ends. Raises PermissionDenied
    for a role above one's own, Refused for somebody who is a member.
    """
    now = now or clock.now()
    if rank(invitation.role) > _rank_of(by) or invitation.role == Role.OWNER:
        raise PermissionDenied(why_not(ABOVE))
    workspace = current_workspace()
    if invitation.email:
        if Membership.objects.filter(workspace=workspace, user__email=invitation.email).exists():
            raise Refused(f"{invitation.email} is a member already.")
        before = Invitation.objects.filter(email=invitation.email, accepted_at=None, revoked_at=None)
        before.update(revoked_at=now)
    invitation.token = Invitation.new_token()
    invitation.token_hash = hash_token(invitation.token)
    invitation.created_by = by if isinstance(by, User) else getattr(by, "user", None)
    invitation.created_at, invitation.expires_at = now, now + INVITATION_LASTS
    invitation.save(force_insert=True)
    if invitation.email:
        words = {
            "inviter": str(by),
            "workspace": workspace,
            "role": invitation.get_role_display().lower(),
            "url": invitation_url(invitation.token),
            "expires_at": invitation.expires_at,
        }
        keep_letter("emails/invitation.txt", to=invitation.email, context=words, workspace=workspace)
    return invitation


@operation
def revoke_invitation(invitation: Invitation, *, by: Actor, now: datetime | None = None) -> Invitation:
    """End an invitation that nobody has used. Raises Refused when it is used or ended already."""
    unused = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None)
    invitation.revoked_at = now or clock.now()
    if not unused.update(revoked_at=invitation.revoked_at):
        raise Refused("This invitation was used or ended before. Reload the page.")
    return invitation


@operation
def accept_invitation(invitation: Invitation, *, by: Actor, now: datetime | None = None) -> Membership:
    """Become a member with the role of the invitation, which is then used up.

    Raises NotForYou when it names another e-mail address, Refused when the person is a member already, or when it
    is used, revoked or expired.
    """
    now = now or clock.now()
    if not isinstance(by, User):
        raise PermissionDenied("Only the invited person can accept an invitation.")
    if invitation.email and invitation.email != by.email:
        raise NotForYou("This invitation is for another e-mail address. Sign in with that one.")
    with use_workspace(invitation.workspace):
        open_now = Invitation.objects.filter(
            pk=invitation.pk,
            accepted_at=None,
            revoked_at=None,
            expires_at__gt=now,
            workspace__trashed_at=None,
        )
        if not open_now.update(accepted_at=now, accepted_by=by):
            raise Refused("This invitation has been used or has ended. Ask for a new one.")
        try:
            with transaction.atomic():
                membership = Membership.objects.create(
                    workspace=invitation.workspace,
                    user=by,
                    role=Invitation.objects.get(pk=invitation.pk).role,
                )
        except IntegrityError:
            raise Refused("You are a member of this workspace already.") from None
    return membership


@operation
def change_role(membership: Membership, *, role: str, by: Actor) -> Membership:
    """Give a member another role; it counts from their next request on.

    Whoever may not invite any more has invited for nothing: what is open ends. Raises PermissionDenied where the old
    or the new role is above one's own, or a program would make an owner; Refused for the last owner.
    """
    current = _lock(membership)
    if max(rank(role), rank(current.role)) > _rank_of(by):
        raise PermissionDenied(why_not(ABOVE))
    if role == Role.OWNER and in_use() is not None:
        raise PermissionDenied(NO_OWNER_BY_PROGRAM)
    if role != Role.OWNER and is_last_owner(current):
        raise Refused(LAST_OWNER)
    current.role = membership.role = role
    current.save(update_fields=["role"])
    if not at_least(role, RIGHTS["workspaces.invite_member"].minimum or Role.OWNER):
        end_invitations_of(current, by=by)
    return current


@operation
def remove_member(membership: Membership, *, by: Actor) -> None:
    """Take a person out of the workspace at once; their scheduled posts here are unscheduled.

    Raises PermissionDenied for somebody above oneself, Refused for the last owner.
    """
    current = _lock(membership)
    if rank(current.role) > _rank_of(by):
        raise PermissionDenied(why_not(ABOVE))
    _let_go(current, by=by)


@operation
def leave_workspace(membership: Membership, *, by: Actor) -> None:
    """Leave the workspace oneself. Raises PermissionDenied for another's membership, Refused for the last owner."""
    current = _lock(membership)
    if isinstance(by, User) and current.user_id != by.pk:
        raise PermissionDenied("You can leave for yourself only.")
    _let_go(current, by=by)


def _let_go(membership: Membership, *, by: Actor) -> None:
    if is_last_owner(membership):
        raise Refused(LAST_OWNER)
    hooks.let_go(membership, by=by)
    forget_notices_of(membership)
    membership.delete()


@operation
def hand_over_ownership(membership: Membership, *, by: Actor) -> Membership:
    """Make another member the owner; whoever hands over stays as an admin. Raises Refused for an owner already."""
    heir = _lock(membership)
    if heir.role == Role.OWNER:
        raise Refused(f"{heir.user} is an owner already.")
    heir.role = membership.role = Role.OWNER
    heir.save(update_fields=["role"])
    if isinstance(by, User):
        Membership.objects.filter(workspace=current_workspace(), user=by).update(role=Role.ADMIN)
    return heir
