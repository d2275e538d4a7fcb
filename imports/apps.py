"""The app of imports."""

from django.apps import AppConfig


class ImportsConfig(AppConfig):
    """Files that people bring: read, recognised, checked, brought in, taken back. Kinds register themselves."""

    name = "imports"

    def ready(self) -> None:
        """Register the work of imports, and what is forgotten in time."""
        from aura.kit import jobs
        from imports import happenings, tasks
        from imports.operations.keeping import forget_everywhere
        from imports.operations.telling import IMPORT_ENDED
        from workspaces import events, notices

        tasks.register()
        notices.register(IMPORT_ENDED)
        for event in happenings.KINDS:
            events.register(event)
        jobs.register_chore(jobs.Chore("imports.forget_old", 24 * 3600, forget_everywhere))
