"""A person's account: profile, sessions, deletion; and what staff do with it."""

from __future__ import annotations

from importlib import import_module

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings

from workspaces.models import Activity, Mail, Membership, User
from workspaces.operation import Actor, Refused, operation
from workspaces.operations import hooks
from workspaces.operations.members import is_last_owner
from workspaces.operations.notices import forget_notices_of
from workspaces.operations.programs import sign_out_programs_of
from workspaces.scope import every_workspace, use_workspace


@operation
def edit_profile(user: User, *, by: Actor) -> User:
    """Save a person's name, zone, theme and whether single-letter shortcuts work."""
    user.save(update_fields=["name", "zone", "theme", "shortcuts_enabled"])
    return user


def _end_sessions(user: User, *, except_key: str | None = None) -> int:
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    ended = 0
    for session in UserSession.objects.filter(user=user).exclude(session_key=except_key or ""):
        store.delete(session.session_key)
        session.delete()
        ended += 1
    return ended


@operation
def end_other_sessions(user: User, *, keep: str | None, by: Actor) -> int:
    """Sign a person out everywhere but in the session with the key `keep`, programs too; return how many ended."""
    return _end_sessions(user, except_key=keep) + sign_out_programs_of(user)


def last_owner_of(user: User) -> list[Membership]:
    """Return the memberships that keep a person from going: workspaces where nobody else is an owner."""
    mine = Membership.objects.filter(user=user, workspace__trashed_at=None).select_related("workspace")
    return [membership for membership in mine if is_last_owner(membership)]


@operation
def delete_account(user: User, *, by: Actor) -> None:
    """Delete an account: the person leaves every workspace, whose activity keeps their name, and is forgotten.

    Raises Refused while they are the last owner of a workspace.
    """
    keeping = [str(membership.workspace) for membership in last_owner_of(user)]
    if keeping:
        raise Refused(f"You are the last owner of {', '.join(keeping)}. Hand over or delete that first.")
    for membership in Membership.objects.filter(user=user).select_related("workspace"):
        with use_workspace(membership.workspace):
            hooks.let_go(membership, by=by)
            forget_notices_of(membership)
            Activity.write("workspaces.leave_workspace", by, membership)
            membership.delete()
    _end_sessions(user)
    Mail.objects.filter(to=user.email).delete()
    with every_workspace("a deleted account is taken off everything it made"):
        user.delete()


@operation
def save_account(user: User, *, by: Actor) -> User:
    """Save an account that staff made or changed; return it.

    With another e-mail address the ones that were verified for it before are forgotten: nobody signs in by them, or
    has a new password mailed to them, any more.
    """
    user.save()
    EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
    return user


@operation
def deactivate_account(user: User, *, by: Actor) -> User:
    """Keep a person out without deleting anything: sessions and tokens end. Raises Refused for the last superuser."""
    others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk)
    if user.is_superuser and not others.exists():
        raise Refused("Nobody else runs this instance. Make somebody a superuser first.")
    user.is_active = False
    user.end_programs()
    user.save(update_fields=["is_active", "epoch"])
    _end_sessions(user)
    return user


@operation
def activate_account(user: User, *, by: Actor) -> User:
    """Let a deactivated person in again."""
    user.is_active = True
    user.save(update_fields=["is_active"])
    return user


def forget_ended_sessions() -> int:
    """Delete sessions that ran out, and the devices listed for them; return how many devices went."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    store.clear_expired()
    gone = [device.pk for device in UserSession.objects.all() if not store().exists(device.session_key)]
    return UserSession.objects.filter(pk__in=gone).delete()[0]
