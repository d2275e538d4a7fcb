"""Parts of a campaign's page that apps above bring along (posts: progress, plan, posts, media).

    sections.register(sections.Section(key="plan", word="Plan", template="posts/_campaign_plan.html", build=plan))

The page shows them in the order of registration, below the brief; each has a tab that leads to `#<key>`. Its template
gets the built context as `section`, beside `campaign` and `may`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from campaigns.models import Campaign


@dataclass(frozen=True, slots=True)
class Shown:
    """What is known already when the parts are built: `counts` by status, `today` and `zone` of the workspace.

    `memo` is for parts of one app that show the same rows, so that these are asked for once.
    """

    campaign: Campaign
    counts: Mapping[str, int]
    now: datetime
    today: date
    zone: str
    memo: dict[str, Any] = field(default_factory=dict)


Builder = Callable[[Shown], dict[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Section:
    """One part: `build(shown)` returns the template's context, or None to leave the part out.

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


def built(shown: Shown) -> list[Built]:
    """Return the parts that have something to say about this campaign."""
    made = ((section, section.build(shown)) for section in _registered.values())
    return [Built(section, context) for section, context in made if context is not None]
