"""Addresses of people (outside any workspace) and of a workspace's own pages (below /w/<slug>/)."""

from django.urls import include, path

from workspaces.views import (
    activity,
    comments,
    members,
    notifications,
    profile,
    search,
    settings,
    start,
    tokens,
    webhooks,
)

people = [
    path("", start.start, name="start"),
    path("workspaces/", start.list_workspaces, name="workspaces"),
    path("workspaces/new/", start.create, name="workspace_create"),
    path("invitations/<str:token>/", start.invitation, name="invitation"),
    path("profile/", profile.profile, name="profile"),
    path("profile/notices/", profile.notices, name="notices"),
    path("profile/devices/sign-out/", profile.end_sessions, name="end_sessions"),
    path("profile/delete/", profile.delete, name="account_delete"),
]

workspace = [
    path("search/", search.search_all, name="search"),
    path("settings/", settings.edit, name="settings"),
    path("settings/quiet/", settings.quiet_times, name="quiet"),
    path("settings/delete/", settings.delete, name="delete"),
    path("settings/people/", members.list_members, name="members"),
    path("settings/people/invite/", members.invite, name="invite"),
    path("settings/people/leave/", members.leave, name="leave"),
    path("settings/people/<uuid:pk>/role/", members.change, name="member_role"),
    path("settings/people/<uuid:pk>/remove/", members.remove, name="member_remove"),
    path("settings/people/<uuid:pk>/hand-over/", members.hand_over, name="member_hand_over"),
    path("settings/people/invitations/<uuid:pk>/revoke/", members.revoke, name="invitation_revoke"),
    path("settings/tokens/", tokens.list_tokens, name="tokens"),
    path("settings/tokens/new/", tokens.create, name="token_create"),
    path("settings/tokens/<uuid:pk>/revoke/", tokens.revoke, name="token_revoke"),
    path("notifications/", notifications.list_notifications, name="notifications"),
    path("notifications/new/", notifications.peek, name="notifications_new"),
    path("notifications/read/", notifications.read_all, name="notifications_read"),
    path("notifications/<uuid:pk>/open/", notifications.open_one, name="notification_open"),
    path("notifications/<uuid:pk>/read/", notifications.read_one, name="notification_read"),
    path("people/mentionable/", comments.mentionable, name="mentionable"),
    path("comments/<uuid:pk>/edit/", comments.edit, name="comment_edit"),
    path("comments/<uuid:pk>/resolve/", comments.resolve, name="comment_resolve"),
    path("comments/<uuid:pk>/reopen/", comments.reopen, name="comment_reopen"),
    path("comments/<uuid:pk>/delete/", comments.delete, name="comment_delete"),
    path("settings/webhooks/", webhooks.list_webhooks, name="webhooks"),
    path("settings/webhooks/new/", webhooks.create, name="webhook_create"),
    path("settings/webhooks/<uuid:pk>/", webhooks.show, name="webhook"),
    path("settings/webhooks/<uuid:pk>/edit/", webhooks.edit, name="webhook_edit"),
    path("settings/webhooks/<uuid:pk>/pause/", webhooks.pause, name="webhook_pause"),
    path("settings/webhooks/<uuid:pk>/resume/", webhooks.resume, name="webhook_resume"),
    path("settings/webhooks/<uuid:pk>/rotate-secret/", webhooks.rotate, name="webhook_rotate"),
    path("settings/webhooks/<uuid:pk>/test/", webhooks.test, name="webhook_test"),
    path("settings/webhooks/<uuid:pk>/delete/", webhooks.delete, name="webhook_delete"),
    path("settings/webhooks/deliveries/<uuid:pk>/", webhooks.show_delivery, name="delivery"),
    path("settings/webhooks/deliveries/<uuid:pk>/replay/", webhooks.replay, name="delivery_replay"),
    path("settings/activity/", activity.list_activity, name="activity"),
]

urlpatterns = [
    path("", include((people, "people"))),
    path("", include((workspace, "workspace"))),
]
