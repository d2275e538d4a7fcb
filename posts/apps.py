"""The app of channels, posts and publishing."""

from django.apps import AppConfig


class PostsConfig(AppConfig):
    """Channels, posts, targets and the publishing engine."""

    name = "posts"

    def ready(self) -> None:
        """Register where assets are used."""
        from media_library import uses
        from posts.models import PostMedia

        uses.register(PostMedia, select_related=["post"])
