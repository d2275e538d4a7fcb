"""What the tests of campaigns begin with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from campaigns import operations
from campaigns.models import Brand, Campaign
from workspaces.operation import SYSTEM

NOW = datetime(2026, 3, 12, 9, 42, tzinfo=UTC)
BRIEF = {
    "overview": "A rye that takes a whole day to bake.",
    "target_audience": "Regulars who buy twice a month.",
    "guardrails": "Indulgent, artisanal",
}


def brand(name: str = "Barrow & Rye", **fields: Any) -> Brand:
    return operations.create_brand(Brand(name=name, **fields), by=SYSTEM)


def campaign(
    name: str = "Hot-spring rye", *, voice: tuple[str, ...] = (), tags: tuple[str, ...] = (), **fields: Any
) -> Campaign:
    fields.setdefault("brand", Brand.objects.filter(trashed_at=None).first() or brand())
    by = fields.pop("by", SYSTEM)
    return operations.create_campaign(
        Campaign(name=name, **fields), voice_tags=voice, tags=tags, now=fields.pop("now", NOW), by=by
    )


def filled(name: str = "Hot-spring rye", **fields: Any) -> Campaign:
    return campaign(name, voice=("plain-spoken",), **{**BRIEF, **fields})


def running(name: str = "Hot-spring rye", **fields: Any) -> Campaign:
    return operations.start_campaign(filled(name, **fields), now=NOW, by=SYSTEM)
