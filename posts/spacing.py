"""How far apart posts on one channel are sent."""

from __future__ import annotations

from django.conf import settings

from posts.networks import get_network


def default_spacing(network: str) -> int:
    """Return the seconds between two posts on a new channel: none on Aura's own networks, else the setting."""
    return int(settings.AURA_SPACING_SECONDS) if get_network(network).spacing_seconds else 0
