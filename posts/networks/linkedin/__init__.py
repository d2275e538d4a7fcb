"""LinkedIn: a member's own profile, or a page that the member looks after."""

from posts.networks.linkedin.network import LinkedIn

__all__ = ["LinkedIn"]
