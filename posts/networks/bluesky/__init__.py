"""Bluesky, and any other personal data server of the AT Protocol."""

from posts.networks.bluesky.network import Bluesky

__all__ = ["Bluesky"]
