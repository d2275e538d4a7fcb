"""The app of brands and campaigns."""

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    """Brands and campaigns."""

    name = "campaigns"

    def ready(self) -> None:
        """Register what lower layers need to know: the first brand of a workspace, and how campaigns are found."""
        from campaigns import happenings
        from campaigns.finding import KIND
        from campaigns.logos import LogosOfBrands
        from campaigns.operations import make_first_brand
        from media_library import uses
        from workspaces import events, search
        from workspaces.operations import on_new_workspace

        on_new_workspace(make_first_brand)
        uses.on_replace(LogosOfBrands())
        search.register(KIND)
        for event in happenings.KINDS:
            events.register(event)
