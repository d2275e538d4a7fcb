"""Fixtures of the tests of posts."""

from __future__ import annotations

from typing import Any

import pytest

from posts.tests._made import make_campaign, make_channel
from workspaces.models import Workspace


@pytest.fixture
def room(scope: Workspace) -> dict[str, Any]:
    """A campaign and a channel in the open workspace."""
    return {"campaign": make_campaign(), "channel": make_channel()}
