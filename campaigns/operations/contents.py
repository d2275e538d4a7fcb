"""What a campaign holds, kept by apps above (posts): registered from their `apps.py`, called by campaign operations.

    class PostsOfCampaigns:            # satisfies Contents
        ...

    contents.register(PostsOfCampaigns())

Each call runs inside the transaction of the campaign's or brand's operation, whose right has been checked already and
which writes the activity entry; so these functions check no role and are not operations themselves. They touch only
what belongs to the campaigns given, with a fixed number of statements however many rows there are. `now` is an aware
UTC instant, `by` the actor of the operation, `mark` the id of one trashing (stored in `trashed_with`).
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from workspaces.operation import Actor


@dataclass(frozen=True, slots=True)
class Promise:
    """Something that is scheduled and would not go out any more: for the list in a confirmation."""

    title: str
    at: datetime
    url: str


class Contents(Protocol):
    """What an app above does for the campaigns that hold its rows."""

    def counts(self, campaign_ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, Mapping[str, int]]:
        """Return {campaign: {status: how many}} of what is not in the trash; a campaign without any may be absent."""
        ...

    def scheduled(self, campaign_ids: Collection[uuid.UUID], limit: int) -> tuple[list[Promise], int]:
        """Return the first `limit` things that `unschedule` would take back, earliest first, and how many there are."""
        ...

    def unschedule(self, campaign_ids: Collection[uuid.UUID], *, by: Actor, now: datetime) -> int:
        """Take back everything scheduled that is not in the trash; return how many.

        Posts become drafts, or approved where they were, with their wall time kept as a suggestion.
        What is being sent at this second cannot be taken back: raise Refused with a sentence that names it.
        """
        ...

    def trash_with(
        self, campaign_ids: Collection[uuid.UUID], *, mark: uuid.UUID, by: Actor, now: datetime
    ) -> int:
        """Put everything that is not in the trash yet there, with `trashed_with=mark`; return how many.

        Called after `unschedule`. Rows that are in the trash already keep their own mark.
        """
        ...

    def restore_with(self, mark: uuid.UUID, *, by: Actor, now: datetime) -> int:
        """Bring back exactly the rows with `trashed_with=mark`, unscheduled as they are; return how many."""
        ...

    def assets(self, campaign_ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, int]:
        """Return {asset: how many uses} of what is in these campaigns' rows, those in the trash included.

        What nothing else uses goes to the trash with the campaign, and comes back with it.
        """
        ...

    def purge(self, campaign_ids: Collection[uuid.UUID], *, by: Actor, now: datetime) -> int:
        """Delete every row of these campaigns for good, whatever its mark; return how many.

        Their uses of media go with them; the assets themselves are for media's own operations.
        """
        ...

    def brand_in_use(self, brand_id: uuid.UUID) -> list[str]:
        """Return names of what still needs the brand beside its campaigns (its channels); empty when nothing does.

        `trash_brand` refuses and names them.
        """
        ...


_registered: list[Contents] = []


def register(contents: Contents) -> None:
    """Make an app's rows known; from its `apps.py`, once."""
    if all(type(known) is not type(contents) for known in _registered):
        _registered.append(contents)


def registered() -> tuple[Contents, ...]:
    """Return all that campaigns hold, in the order of registration."""
    return tuple(_registered)
