"""How a post does, as far as its network tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Figure(StrEnum):
    """What is counted. Each is a total since the post went out."""

    IMPRESSIONS = "impressions"
    REACH = "reach"
    LIKES = "likes"
    COMMENTS = "comments"
    SHARES = "shares"
    SAVES = "saves"
    CLICKS = "clicks"
    VIDEO_VIEWS = "video_views"


@dataclass(frozen=True, slots=True)
class Figures:
    """Totals by kind; a kind that the network does not tell is not in it (and is not zero)."""

    totals: Mapping[Figure, int]
