"""What people do with workspaces, memberships, accounts and mails; and the hooks that higher apps register with."""

from workspaces.operations.accounts import (
    activate_account,
    deactivate_account,
    delete_account,
    edit_profile,
    end_other_sessions,
    last_owner_of,
)
from workspaces.operations.hooks import on_going, on_new_workspace, on_purge, what_goes
from workspaces.operations.mail import absolute_url, keep_letter, keep_mail, resend_mail
from workspaces.operations.members import (
    NotForYou,
    accept_invitation,
    change_role,
    find_invitation,
    hand_over_ownership,
    invitation_url,
    invite_member,
    is_last_owner,
    leave_workspace,
    remove_member,
    revoke_invitation,
)
from workspaces.operations.workspace import (
    create_workspace,
    delete_workspace,
    edit_workspace,
    free_slug,
    purge_old_workspaces,
    purge_workspace,
    restore_workspace,
)

__all__ = [
    "NotForYou",
    "absolute_url",
    "accept_invitation",
    "activate_account",
    "change_role",
    "create_workspace",
    "deactivate_account",
    "delete_account",
    "delete_workspace",
    "edit_profile",
    "edit_workspace",
    "end_other_sessions",
    "find_invitation",
    "free_slug",
    "hand_over_ownership",
    "invitation_url",
    "invite_member",
    "is_last_owner",
    "keep_letter",
    "keep_mail",
    "last_owner_of",
    "leave_workspace",
    "on_going",
    "on_new_workspace",
    "on_purge",
    "purge_old_workspaces",
    "purge_workspace",
    "remove_member",
    "resend_mail",
    "restore_workspace",
    "revoke_invitation",
    "what_goes",
]
