"""X: one account, by way of version 2 of its API."""

from posts.networks.x.network import X

__all__ = ["X"]
