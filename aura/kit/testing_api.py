"""How tests call the API: by the session of a browser, or by a token."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

MULTIPART = "multipart/form-data"


class Caller:
    """Calls addresses below `base`, with these headers."""

    def __init__(self, client: Client, base: str, **headers: str) -> None:
        self.client, self.base, self.headers = client, base, headers

    def __call__(
        self, method: str, path: str, body: Any = None, *, kind: str = "application/json", **headers: str
    ) -> Any:
        """Make one call and return the answer; `headers` are written as `if_match="…"`."""
        data = body if isinstance(body, bytes | str) else b"" if body is None else json.dumps(body)
        named = {name.replace("_", "-"): value for name, value in {**self.headers, **headers}.items()}
        return self.client.generic(method, self.base + path, data, content_type=kind, headers=named)

    def get(self, path: str, **headers: str) -> Any:
        """Read an address."""
        return self("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """Post JSON."""
        return self("POST", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        """Change something by JSON."""
        return self("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        """Take something away."""
        return self("DELETE", path, **headers)


def by_session(client: Client, slug: str) -> Caller:
    """Return a browser that calls below its workspace."""
    return Caller(client, f"/w/{slug}/api/v1")


def by_token(secret: str) -> Caller:
    """Return a program that calls with a token."""
    return Caller(Client(), "/api/v1", Authorization=f"Bearer {secret}")
