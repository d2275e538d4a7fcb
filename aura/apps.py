"""The wiring app: commands, health and system checks."""

from django.apps import AppConfig


class AuraConfig(AppConfig):
    """Puts the parts together."""

    name = "aura"

    def ready(self) -> None:
        """Load the system checks, and have the trash emptied once a day."""
        from aura.kit import checks, jobs  # noqa: F401 (checks registers itself)
        from aura.purge import purge_daily

        jobs.register_chore(jobs.Chore("aura.purge_trash", 24 * 3600, purge_daily))
