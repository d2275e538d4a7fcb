"""The tenant, its people, and what every workspace keeps about itself."""

from workspaces.models.base import WorkspaceManager, WorkspaceModel, WorkspaceQuerySet
from workspaces.models.calls import AnsweredCall, CallCount
from workspaces.models.credentials import ApiSession, ApiToken, RefreshToken
from workspaces.models.notification import Notification
from workspaces.models.people import Invitation, Membership, User
from workspaces.models.records import Activity, ActivitySubject, Mail
from workspaces.models.running import Heartbeat, Lease
from workspaces.models.search import SearchEntry
from workspaces.models.talk import Comment
from workspaces.models.webhook import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from workspaces.models.workspace import Workspace

__all__ = [
    "Activity",
    "ActivitySubject",
    "AnsweredCall",
    "ApiSession",
    "ApiToken",
    "CallCount",
    "Comment",
    "Heartbeat",
    "Invitation",
    "Lease",
    "Mail",
    "Membership",
    "Notification",
    "RefreshToken",
    "SearchEntry",
    "User",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "Workspace",
    "WorkspaceManager",
    "WorkspaceModel",
    "WorkspaceQuerySet",
]
