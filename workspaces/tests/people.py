"""What the tests of people share: passwords, browsers, and a way through the sign-in page."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

PASSWORD = "a long enough password"
LOGIN = "/account/login/"


def browser(ip: str = "192.0.2.1", **headers: str) -> Client:
    """Return a browser at an address, without cookies, that checks no CSRF token."""
    return Client(REMOTE_ADDR=ip, headers=headers)


def sign_in(client: Client, email: str, password: str = PASSWORD, **fields: str) -> Any:
    """Send the form of the sign-in page."""
    return client.post(LOGIN, {"login": email, "password": password, **fields})


def is_signed_in(client: Client) -> bool:
    """Tell whether the browser's session opens the person's page."""
    return client.get("/profile/").status_code == 200


@pytest.fixture(autouse=True)
def clean_limits(db: None) -> None:
    """Start each test with nothing counted."""
    from django.core.cache import cache

    cache.clear()
