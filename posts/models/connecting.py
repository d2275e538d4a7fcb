"""What connecting a channel needs before there is one: keys of an app, and a connection that is under way."""

from __future__ import annotations

from django.db import models

from aura.kit import clock
from posts.models.channel import Channel
from workspaces.models import User, WorkspaceModel


class NetworkApp(WorkspaceModel):
    """Keys of an app at a network: what that network knows this Aura by. `secret` is sealed (aura.kit.secrets).

    `place` says what they are for (`Network.app_keys_for`): the network, or one server of many. `callback` is set
    where the server gave them by itself: they hold for that address alone.
    """

    network = models.CharField(max_length=20)
    place = models.CharField(max_length=200)
    client_id = models.CharField("ID of the app", max_length=400)
    secret = models.TextField(blank=True, editable=False)
    callback = models.CharField(max_length=300, blank=True, editable=False)
    changed_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    changed_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(WorkspaceModel.Meta):
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "place"], name="network_app_once"),
        ]

    def __str__(self) -> str:
        return self.place


class Connecting(WorkspaceModel):
    """A connection that a person has begun: on the way to the network, or back with accounts to pick from.

    It lasts minutes and is used once. `sealed` holds the verifier of PKCE, later the accounts with their credentials;
    `browser_hash` says in which session it was begun. `channel` is set where that one is connected again.
    """

    network = models.CharField(max_length=20)
    channel = models.ForeignKey(Channel, models.CASCADE, null=True, blank=True, related_name="+")
    settings = models.JSONField(default=dict, blank=True)
    sealed = models.TextField(editable=False)
    browser_hash = models.CharField(max_length=64, editable=False)
    returned_at = models.DateTimeField(null=True, blank=True, editable=False)
    ends_at = models.DateTimeField(editable=False)
    created_by = models.ForeignKey(User, models.CASCADE, related_name="+", editable=False)

    class Meta(WorkspaceModel.Meta):
        ordering = ["-id"]
        verbose_name = "connection under way"
        verbose_name_plural = "connections under way"
        indexes = [models.Index(fields=["workspace", "ends_at"], name="connecting_by_end")]

    def __str__(self) -> str:
        return f"{self.network}, begun {self.created_by}"
