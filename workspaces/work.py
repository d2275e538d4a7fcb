"""What `aura.kit.jobs` needs to know: how scopes are opened, the mails to send, and what is tidied every day."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from aura.kit import jobs
from workspaces.models import Workspace
from workspaces.operations.mail import SEND_MAIL, waiting_mails
from workspaces.operations.webhooks import DELIVER, waiting_deliveries
from workspaces.scope import current_workspace_id, every_workspace, no_workspace, use_workspace


@contextmanager
def open_workspace_by_id(workspace_id: uuid.UUID | None) -> Iterator[None]:
    """Open the workspace with this id, or none for None. Raises Workspace.DoesNotExist when it is gone."""
    if workspace_id is None:
        with no_workspace():
            yield
    else:
        with use_workspace(Workspace.objects.get(pk=workspace_id)):
            yield


def workspace_id_in_scope() -> uuid.UUID | None:
    """Return the id of the open workspace, or None."""
    return current_workspace_id()


def all_workspaces() -> AbstractContextManager[None]:
    """Open every workspace, to find and claim what is due."""
    return every_workspace("due lists serve every workspace")


def _send(mail_id: uuid.UUID, token: uuid.UUID) -> None:
    from workspaces.tasks import send_mail

    send_mail(mail_id, token)


def _set_aside(mail_id: uuid.UUID, token: uuid.UUID) -> None:
    from workspaces.tasks import set_mail_aside

    set_mail_aside(mail_id, token)


MAILS = jobs.DueList(SEND_MAIL, waiting_mails, _send, queue="mail", set_aside=_set_aside)


def _deliver(delivery_id: uuid.UUID, token: uuid.UUID) -> None:
    from workspaces.operations.delivering import deliver_webhook

    deliver_webhook(delivery_id, token)


def _set_delivery_aside(delivery_id: uuid.UUID, token: uuid.UUID) -> None:
    from workspaces.operations.delivering import set_aside

    set_aside(delivery_id, token)


DELIVERIES = jobs.DueList(
    DELIVER,
    waiting_deliveries,
    _deliver,
    lease=60.0,
    deadline=40.0,
    set_aside=_set_delivery_aside,
    line=jobs.Line("endpoint_id", ("due_at", "pk")),
)
