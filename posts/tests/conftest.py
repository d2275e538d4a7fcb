"""Fixtures of the tests of posts."""

from __future__ import annotations

from typing import Any

import pytest

from campaigns.models import Campaign
from posts.models import Channel
from posts.tests import _engine as engine
from posts.tests._made import make_campaign, make_channel
from workspaces.models import Workspace


@pytest.fixture
def room(scope: Workspace) -> dict[str, Any]:
    """A campaign and a channel in the open workspace."""
    return {"campaign": make_campaign(), "channel": make_channel()}


@pytest.fixture
def campaign(scope: Workspace) -> Campaign:
    """A campaign that programs may name."""
    return engine.campaign()


@pytest.fixture
def sandbox(scope: Workspace) -> Channel:
    """A channel that keeps what would be sent."""
    return engine.channel()
