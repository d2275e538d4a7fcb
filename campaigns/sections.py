"""Parts of a campaign's page that apps above bring along (posts: progress, plan, posts, media).

    sections.register(sections.Section(key="plan", word="Plan", template="posts/_campaign_plan.html", build=plan))

The page shows them in the order of registration, below the brief; each has a tab that leads to `#<key>`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from campaigns.models import Campaign

Builder = Callable[[HttpRequest, Campaign, datetime], dict[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Section:
    """One part: `build(request, campaign, now)` returns the template's context, or None to leave the part out.

    `aside` puts it beside the brief, without a tab. A "count" in the context is shown on the tab.
    """

    key: str
    word: str
    template: str
    build: Builder
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Built:
    """A section with what its template needs."""

    section: Section
    context: dict[str, Any]


_registered: dict[str, Section] = {}


def register(section: Section) -> None:
    """Make a part known; from `apps.py`."""
    _registered[section.key] = section


def built(request: HttpRequest, campaign: Campaign, now: datetime) -> list[Built]:
    """Return the parts that have something to say about this campaign."""
    made = ((section, section.build(request, campaign, now)) for section in _registered.values())
    return [Built(section, context) for section, context in made if context is not None]
