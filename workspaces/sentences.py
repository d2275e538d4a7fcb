"""Activity in words: "Bob scheduled ‘Launch day’"."""

from __future__ import annotations

from workspaces.models import Activity

PHRASES: dict[str, str] = {
    "workspaces.create_workspace": "made the workspace",
    "workspaces.accept_invitation": "joined with the invitation for",
    "workspaces.edit_workspace": "changed the settings of",
    "workspaces.edit_quiet_times": "changed the quiet times of",
    "workspaces.delete_workspace": "deleted the workspace",
    "workspaces.invite_member": "invited",
    "workspaces.revoke_invitation": "ended the invitation for",
    "workspaces.change_role": "changed the role of",
    "workspaces.remove_member": "removed",
    "workspaces.leave_workspace": "left the workspace as",
    "workspaces.hand_over_ownership": "handed the workspace over to",
    "workspaces.create_token": "made the API token",
    "workspaces.revoke_token": "revoked the API token",
    "workspaces.add_comment": "commented on",
    "workspaces.edit_comment": "changed a comment of",
    "workspaces.resolve_comment": "settled a conversation begun by",
    "workspaces.reopen_comment": "opened again a conversation begun by",
    "workspaces.delete_comment": "deleted a comment of",
    "imports.add_import": "brought the file",
    "imports.read_as": "had another look at the file",
    "imports.set_columns": "said what the columns are of",
    "imports.change_row": "corrected",
    "imports.bring_in_import": "brought in what is in",
    "imports.stop_import": "stopped the import of",
    "imports.take_back_import": "took back what came from",
    "media_library.add_upload": "uploaded",
    "media_library.keep_both": "kept a second one of",
    "media_library.write_words": "wrote",
    "media_library.edit_asset": "edited",
    "media_library.retry_asset": "asked to prepare again",
    "media_library.trash_asset": "put {it} in the trash",
    "media_library.restore_asset": "took {it} out of the trash",
    "media_library.purge_asset": "deleted for good",
    "media_library.remake_renditions": "had pictures made anew",
    "media_library.request_fits": "asked for cuts of",
    "media_library.set_focal_point": "moved the focal point of",
    "media_library.drop_fits": "took back cuts of",
    "media_library.add_version": "uploaded a new version of",
    "media_library.edit_picture": "made an edited version of",
    "media_library.replace_asset": "used another one instead of",
    "media_library.mark_different": "told another picture from",
    "media_library.show_version": "went back to another version of",
    "media_library.retry_version": "asked again for a version of",
    "media_library.drop_version": "took back a version of",
    "media_library.set_tags": "tagged",
    "media_library.set_albums": "sorted into albums",
    "media_library.tag_assets": "changed the tags of {count}",
    "media_library.add_to_album": "put {count} into the album",
    "media_library.take_out_of_album": "took {count} out of the album",
    "media_library.set_rights": "set the rights of {count}",
    "media_library.request_many_fits": "asked for cuts of {count}",
    "media_library.trash_assets": "put {count} in the trash",
    "media_library.restore_assets": "took {count} out of the trash",
    "media_library.create_album": "made the album",
    "media_library.edit_album": "changed the album",
    "media_library.delete_album": "deleted the album",
    "media_library.save_filter": "saved the filter",
    "media_library.delete_filter": "deleted the filter",
    "campaigns.create_brand": "made the brand",
    "campaigns.edit_brand": "edited the brand",
    "campaigns.trash_brand": "put the brand in the trash:",
    "campaigns.restore_brand": "restored the brand",
    "campaigns.create_campaign": "made the campaign",
    "campaigns.edit_campaign": "edited the campaign",
    "campaigns.duplicate_campaign": "duplicated the campaign",
    "campaigns.start_campaign": "started the campaign",
    "campaigns.complete_campaign": "completed the campaign",
    "campaigns.archive_campaign": "archived the campaign",
    "campaigns.unarchive_campaign": "brought back from the archive:",
    "campaigns.trash_campaign": "put the campaign in the trash:",
    "campaigns.restore_campaign": "restored the campaign",
    "campaigns.purge_campaign": "deleted the campaign for good:",
    "posts.make_feed": "made a calendar link:",
    "posts.revoke_feed": "ended a calendar link:",
    "posts.create_post": "wrote",
    "posts.edit_post": "edited",
    "posts.duplicate_post": "duplicated",
    "posts.create_snippet": "kept words for posts:",
    "posts.edit_snippet": "changed words for posts:",
    "posts.delete_snippet": "threw away words for posts:",
    "posts.restore_version": "went back to an earlier version of",
    "posts.submit_post": "asked for approval of",
    "posts.approve_post": "approved",
    "posts.request_changes": "asked for changes to",
    "posts.make_review_link": "made a client review link for",
    "posts.revoke_review_link": "ended a client review link:",
    "posts.approve_as_client": "approved",
    "posts.request_changes_as_client": "asked for changes to",
    "posts.schedule_post": "scheduled",
    "posts.move_post": "moved",
    "posts.unschedule_post": "unscheduled",
    "posts.publish_post": "published",
    "posts.cancel_post": "cancelled",
    "posts.retry_target": "tried again:",
    "posts.confirm_target": "confirmed as published:",
    "posts.resend_target": "sent again:",
    "posts.cancel_target": "called off",
    "posts.trash_post": "put {it} in the trash",
    "posts.restore_post": "took {it} out of the trash",
    "posts.purge_post": "deleted for good",
    "posts.create_channel": "connected the channel",
    "posts.edit_channel": "changed the channel",
    "posts.move_posts": "moved {count}",
    "posts.cancel_posts": "called off {count}",
    "posts.unschedule_posts": "took {count} off the schedule",
    "posts.put_into_campaign": "put {count} into the campaign",
    "posts.approve_posts": "approved {count}",
    "posts.trash_posts": "put {count} in the trash",
    "posts.restore_posts": "took {count} out of the trash",
    "posts.begin_series": "let come again:",
    "posts.repeat_post": "made the next one of",
    "posts.pause_series": "paused the series",
    "posts.resume_series": "resumed the series",
    "posts.edit_series": "gave another rhythm to the series",
    "posts.end_series": "ended the series",
    "posts.carry_on": "carried on in its series:",
    "posts.pause_everything": "paused everything in",
    "posts.resume_everything": "resumed everything in",
    "posts.pause_campaign": "paused the campaign",
    "posts.resume_campaign": "resumed the campaign",
    "posts.add_slots": "gave posting times to the channel",
    "posts.remove_slot": "took away a posting time:",
    "posts.reconnect_channel": "connected again:",
    "posts.save_network_app": "entered the keys of an app for",
    "posts.pause_channel": "paused the channel",
    "posts.resume_channel": "resumed the channel",
    "posts.trash_channel": "removed the channel",
    "posts.restore_channel": "brought back the channel",
    "posts.rotate_channel_secret": "made a new secret for the channel",
}
"""Every verb of the activity and what it says between the person and the thing, or around it ("{it}").

"{count}" is how many things it was done to.
"""


OUTCOMES: dict[str, str] = {
    "published": "sent {it} to {channel}",
    "failed": "could not send {it} to {channel}",
    "missed": "came too late to send {it} to {channel}",
    "needs_confirmation": "asks whether {it} is live on {channel}",
    "pending": "took {it} back from {channel}",
}
"""What became of a post on a channel, by the state that an entry `posts.publish_target` keeps in its details."""


def said(entry: Activity, it: str) -> str:
    """Return what an entry says after the name: "scheduled ‘Launch day’"; `it` is what the page calls the thing."""
    outcome = OUTCOMES.get(entry.details.get("status", "")) if entry.verb == "posts.publish_target" else None
    if outcome:
        return outcome.format(it=it or "it", channel=entry.details.get("channel") or "a channel")
    count = entry.details.get("count", 1)
    things = "one thing" if count == 1 else f"{count:,} things"
    words = phrase(entry.verb).replace("{count}", things)
    return (words.replace("{it}", it or "it") if "{it}" in words else f"{words} {it}").strip()


def phrase(verb: str) -> str:
    """Return the words of a verb; one that is not in the table is read aloud: "posts.pin_post" → "pin post"."""
    return PHRASES.get(verb) or verb.rpartition(".")[2].replace("_", " ")
