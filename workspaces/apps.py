"""The app of tenants and people."""

from django.apps import AppConfig
from django.core.validators import validate_email
from django.forms import Field

# Said wherever a form has no sentence of its own: what to do, not what is the matter. Set before any form is read, as a
# field takes its sentences when it is made.
Field.default_error_messages["required"] = "Fill this in."
validate_email.message = "Write the whole email address, like name@example.com."  # type: ignore[assignment]


class WorkspacesConfig(AppConfig):
    """Tells the kit how workspaces are opened, and registers the queues of mails and webhooks."""

    name = "workspaces"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what lower layers need to know."""
        from aura.kit import jobs
        from workspaces import notices, operation, operations, work

        jobs.use_scopes(work.open_workspace_by_id, work.workspace_id_in_scope, work.all_workspaces)
        jobs.register(work.MAILS)
        jobs.register(work.DELIVERIES)
        jobs.register_chore(
            jobs.Chore("workspaces.forget_ended_sessions", 24 * 3600, operations.forget_ended_sessions)
        )
        jobs.register_chore(jobs.Chore("workspaces.forget_old_mails", 24 * 3600, operations.forget_old_mails))
        jobs.register_chore(
            jobs.Chore("workspaces.forget_old_notices", 24 * 3600, operations.forget_old_notices)
        )
        jobs.register_chore(jobs.Chore("workspaces.forget_old_calls", 3600, operations.forget_old_calls))
        jobs.register_chore(
            jobs.Chore("workspaces.tell_of_ending_tokens", 24 * 3600, operations.tell_of_ending_tokens)
        )
        jobs.register_chore(
            jobs.Chore("workspaces.forget_old_deliveries", 24 * 3600, operations.forget_old_deliveries)
        )
        operation.on_done(operations.after_operation)
        operations.on_going(operations.invitations_of, operations.end_invitations_of)
        for kind in [*notices.OF_TALK, *notices.OF_TOKENS, notices.WEBHOOK_TROUBLE]:
            notices.register(kind)
