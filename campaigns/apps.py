"""The app of brands and campaigns."""

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    """Brands and campaigns."""

    name = "campaigns"
