"""Who may do what: the one table of rights (product.md, Roles).

Reading needs membership only. Every operation is listed here under its name; a house test fails when one is not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import models


class Role(models.TextChoices):
    """A member's role, strongest first."""

    OWNER = "owner", "Owner"
    ADMIN = "admin", "Admin"
    EDITOR = "editor", "Editor"
    CONTRIBUTOR = "contributor", "Contributor"
    VIEWER = "viewer", "Viewer"


_ORDER = [Role.VIEWER, Role.CONTRIBUTOR, Role.EDITOR, Role.ADMIN, Role.OWNER]


def rank(role: str) -> int:
    """Return 0 for a viewer up to 4 for an owner."""
    return _ORDER.index(Role(role))


def at_least(role: str, minimum: Role) -> bool:
    """Tell whether `role` includes everything that `minimum` may do."""
    return rank(role) >= rank(minimum)


def a(role: str) -> str:
    """Return a role as sentences name whoever has it: "an editor"."""
    word = Role(role).label.lower()
    return f"{'an' if word[0] in 'aeo' else 'a'} {word}"


def least_for(names: Iterable[str]) -> Role:
    """Return the least role that includes all of these operations."""
    return max((RIGHTS[name].minimum or Role.VIEWER for name in names), key=rank, default=Role.VIEWER)


@dataclass(frozen=True)
class Right:
    """What an operation asks for: a least role, and from which role on it may touch what others made.

    `minimum` None means that no workspace need be open: anyone who is signed in may, member or not, unless
    `own_account` (the object is the person's own account), `staff_only` (the instance's staff and Aura itself) or
    `guests_only` (whoever was given a link, and no member).
    """

    minimum: Role | None
    others_from: Role | None = None
    own_account: bool = False
    staff_only: bool = False
    guests_only: bool = False

    @property
    def is_instance_wide(self) -> bool:
        """Tell whether the change belongs to no workspace, so that the log keeps it and no activity page."""
        return self.own_account or self.staff_only


ANYONE = Right(None)
ACCOUNT = Right(None, own_account=True)
STAFF = Right(None, staff_only=True)
GUEST = Right(None, guests_only=True)
MEMBER = Right(Role.VIEWER)
WRITE = Right(Role.CONTRIBUTOR)
DELETE = Right(Role.CONTRIBUTOR, others_from=Role.EDITOR)
PUBLISH = Right(Role.EDITOR)
MANAGE = Right(Role.ADMIN)
OWN = Right(Role.OWNER)

RIGHTS: dict[str, Right] = {
    "workspaces.create_workspace": ANYONE,
    "workspaces.accept_invitation": ANYONE,
    "workspaces.edit_workspace": MANAGE,
    "workspaces.edit_quiet_times": MANAGE,
    "workspaces.delete_workspace": OWN,
    "workspaces.invite_member": MANAGE,
    "workspaces.revoke_invitation": MANAGE,
    "workspaces.change_role": MANAGE,
    "workspaces.remove_member": MANAGE,
    "workspaces.leave_workspace": MEMBER,
    "workspaces.hand_over_ownership": OWN,
    "workspaces.restore_workspace": STAFF,
    "workspaces.purge_workspace": STAFF,
    "workspaces.edit_profile": ACCOUNT,
    "workspaces.end_other_sessions": ACCOUNT,
    "workspaces.delete_account": ACCOUNT,
    "workspaces.choose_notices": ACCOUNT,
    "workspaces.read_notices": ACCOUNT,
    "workspaces.save_account": STAFF,
    "workspaces.deactivate_account": STAFF,
    "workspaces.activate_account": STAFF,
    "workspaces.resend_mail": STAFF,
    "workspaces.create_token": MANAGE,
    "workspaces.revoke_token": MANAGE,
    "workspaces.add_comment": MEMBER,
    "workspaces.edit_comment": MEMBER,  # one's own alone
    "workspaces.resolve_comment": Right(Role.VIEWER, others_from=Role.CONTRIBUTOR),
    "workspaces.reopen_comment": Right(Role.VIEWER, others_from=Role.CONTRIBUTOR),
    "workspaces.delete_comment": Right(Role.VIEWER, others_from=Role.ADMIN),
    "workspaces.create_webhook": MANAGE,
    "workspaces.edit_webhook": MANAGE,
    "workspaces.pause_webhook": MANAGE,
    "workspaces.resume_webhook": MANAGE,
    "workspaces.delete_webhook": MANAGE,
    "workspaces.rotate_webhook_secret": MANAGE,
    "workspaces.try_webhook": MANAGE,
    "workspaces.replay_delivery": MANAGE,
    "imports.add_import": WRITE,
    "imports.read_as": WRITE,
    "imports.set_columns": WRITE,
    "imports.change_row": WRITE,
    "imports.bring_in_import": WRITE,  # and what its rows become, each by its own operation
    "imports.stop_import": WRITE,
    "imports.take_back_import": DELETE,
    "media_library.add_upload": WRITE,
    "media_library.keep_both": WRITE,
    "media_library.write_words": WRITE,
    "media_library.edit_asset": WRITE,
    "media_library.retry_asset": WRITE,
    "media_library.trash_asset": DELETE,
    "media_library.restore_asset": DELETE,
    "media_library.purge_asset": MANAGE,
    "media_library.remake_renditions": MANAGE,
    "media_library.request_fits": WRITE,
    "media_library.set_focal_point": WRITE,
    "media_library.drop_fits": WRITE,
    "media_library.add_version": WRITE,
    "media_library.edit_picture": WRITE,
    "media_library.show_version": WRITE,
    "media_library.replace_asset": WRITE,
    "media_library.mark_different": WRITE,
    "media_library.retry_version": WRITE,
    "media_library.drop_version": WRITE,  # of others only by whoever may trash what they made
    "media_library.set_tags": WRITE,
    "media_library.set_albums": WRITE,
    "media_library.tag_assets": WRITE,
    "media_library.add_to_album": WRITE,
    "media_library.take_out_of_album": WRITE,
    "media_library.set_rights": WRITE,
    "media_library.request_many_fits": WRITE,
    "media_library.trash_assets": WRITE,  # each of them only by whoever may trash it alone
    "media_library.restore_assets": WRITE,
    "media_library.create_album": WRITE,
    "media_library.edit_album": WRITE,
    "media_library.delete_album": DELETE,
    "media_library.save_filter": MEMBER,
    "media_library.delete_filter": Right(Role.VIEWER, others_from=Role.EDITOR),
    "campaigns.create_brand": WRITE,
    "campaigns.edit_brand": WRITE,
    "campaigns.trash_brand": MANAGE,
    "campaigns.restore_brand": MANAGE,
    "campaigns.create_campaign": WRITE,
    "campaigns.edit_campaign": WRITE,
    "campaigns.complete_onboarding": WRITE,
    "campaigns.duplicate_campaign": WRITE,
    "campaigns.start_campaign": WRITE,
    "campaigns.complete_campaign": PUBLISH,
    "campaigns.archive_campaign": PUBLISH,
    "campaigns.unarchive_campaign": PUBLISH,
    "campaigns.trash_campaign": DELETE,
    "campaigns.restore_campaign": DELETE,
    "campaigns.purge_campaign": MANAGE,
    "posts.make_feed": MEMBER,  # their own
    "posts.revoke_feed": Right(Role.VIEWER, others_from=Role.ADMIN),
    "posts.create_post": WRITE,
    "posts.edit_post": WRITE,
    "posts.duplicate_post": WRITE,
    "posts.create_snippet": WRITE,
    "posts.edit_snippet": WRITE,
    "posts.delete_snippet": DELETE,
    "posts.restore_version": WRITE,
    "posts.submit_post": WRITE,
    "posts.approve_post": PUBLISH,
    "posts.request_changes": PUBLISH,
    "posts.make_review_link": PUBLISH,
    "posts.add_to_review_link": PUBLISH,
    "posts.take_from_review_link": PUBLISH,
    "posts.revoke_review_link": PUBLISH,
    "posts.approve_as_client": GUEST,
    "posts.request_changes_as_client": GUEST,
    "posts.schedule_post": PUBLISH,
    "posts.move_post": PUBLISH,
    "posts.unschedule_post": PUBLISH,
    "posts.publish_post": PUBLISH,
    "posts.cancel_post": PUBLISH,
    "posts.retry_target": PUBLISH,
    "posts.confirm_target": PUBLISH,
    "posts.resend_target": PUBLISH,
    "posts.cancel_target": PUBLISH,
    "posts.edit_rest": WRITE,  # and what they changed waits for whoever publishes
    "posts.leave_part": PUBLISH,
    "posts.trash_post": DELETE,
    "posts.restore_post": DELETE,
    "posts.purge_post": MANAGE,
    "posts.create_channel": MANAGE,
    "posts.edit_channel": MANAGE,
    "posts.move_posts": PUBLISH,
    "posts.cancel_posts": PUBLISH,
    "posts.unschedule_posts": PUBLISH,
    "posts.put_into_campaign": PUBLISH,
    "posts.approve_posts": PUBLISH,
    "posts.trash_posts": WRITE,  # each of them only by whoever may trash it alone
    "posts.restore_posts": WRITE,
    "posts.begin_series": PUBLISH,
    "posts.repeat_post": PUBLISH,
    "posts.pause_series": PUBLISH,
    "posts.resume_series": PUBLISH,
    "posts.edit_series": PUBLISH,
    "posts.end_series": PUBLISH,
    "posts.carry_on": PUBLISH,
    "posts.pause_everything": MANAGE,
    "posts.resume_everything": MANAGE,
    "posts.pause_campaign": PUBLISH,
    "posts.resume_campaign": PUBLISH,
    "posts.add_slots": MANAGE,
    "posts.remove_slot": MANAGE,
    "posts.reconnect_channel": MANAGE,
    "posts.save_network_app": MANAGE,
    "posts.remove_network_app": MANAGE,
    "posts.pause_channel": MANAGE,
    "posts.resume_channel": MANAGE,
    "posts.trash_channel": MANAGE,
    "posts.restore_channel": MANAGE,
    "posts.rotate_channel_secret": MANAGE,
}
