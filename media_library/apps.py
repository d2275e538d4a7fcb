"""The app of assets and the files behind them."""

from django.apps import AppConfig


class MediaLibraryConfig(AppConfig):
    """Assets, their versions and renditions: registers its work, its search and what goes with a workspace."""

    name = "media_library"
    verbose_name = "media library"

    def ready(self) -> None:
        """Register what lower layers need to know."""
        from media_library import happenings, tasks
        from media_library.finding import KIND
        from media_library.models.total import room
        from media_library.remarks import SUBJECT
        from workspaces import events, search, talk
        from workspaces.operations import hooks

        tasks.register()
        search.register(KIND)
        talk.register(SUBJECT)
        for event in happenings.KINDS:
            events.register(event)
        hooks.on_room_asked(room)
        hooks.on_purge(tasks.queue_workspace_files)
