"""Addresses of channels and of the sandbox's feed; part of the namespace `posts`."""

from django.urls import path

from posts.views import channels, connecting, slots

urlpatterns = [
    path("sandbox/", channels.sandbox, name="sandbox"),
    path("settings/channels/", channels.list_channels, name="channels"),
    path("settings/channels/new/", channels.choose_network, name="channel_choose"),
    path("settings/channels/new/<slug:network>/", channels.create, name="channel_create"),
    path("settings/channels/apps/<slug:network>/", connecting.edit_app, name="channel_app"),
    path("settings/channels/apps/<slug:network>/remove/", connecting.remove_app, name="channel_app_remove"),
    path("settings/channels/pick/<uuid:pk>/", connecting.pick, name="channel_pick"),
    path("settings/channels/<uuid:pk>/", channels.show, name="channel"),
    path("settings/channels/<uuid:pk>/edit/", channels.edit, name="channel_edit"),
    path("settings/channels/<uuid:pk>/slots/", slots.add, name="channel_slots"),
    path("settings/channels/slots/<uuid:pk>/remove/", slots.remove, name="channel_slot_remove"),
    path("settings/channels/<uuid:pk>/reconnect/", channels.reconnect, name="channel_reconnect"),
    path("settings/channels/<uuid:pk>/pause/", channels.pause, name="channel_pause"),
    path("settings/channels/<uuid:pk>/resume/", channels.resume, name="channel_resume"),
    path("settings/channels/<uuid:pk>/trash/", channels.trash, name="channel_trash"),
    path("settings/channels/<uuid:pk>/restore/", channels.restore, name="channel_restore"),
    path("settings/channels/<uuid:pk>/rotate-secret/", channels.rotate, name="channel_rotate"),
    path("settings/channels/<uuid:pk>/test/", channels.test, name="channel_test"),
]
