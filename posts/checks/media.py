"""Rules about pictures and films: what they show is said, and they may be used on that day."""

from __future__ import annotations

from collections.abc import Iterator

from aura.kit import clock
from media_library.models import Asset
from posts.checks.check import Check
from posts.checks.subject import Subject


def pictures_are_described(subject: Subject) -> Iterator[Check]:
    """Ask for the descriptions that are missing, in one line however many."""
    missing = [
        index
        for index, asset in enumerate(subject.pictures)
        if asset.kind == Asset.Kind.IMAGE and not asset.alt_text.strip()
    ]
    if not missing:
        return
    first, many = missing[0], len(missing) > 1
    yield Check(
        "no_description",
        f"media.{first}",
        f"{len(missing)} pictures have no description."
        if many
        else f"Picture {first + 1} has no description.",
        f"Say what {'each' if many else 'it'} shows, for people who cannot see it.",
        blocks=False,
        assets=tuple(subject.pictures[index] for index in missing),
    )


def rights_last(subject: Subject) -> Iterator[Check]:
    """Refuse what may not be used any more on the day that the post goes out, or today while it has no time."""
    day = clock.wall_of(subject.at or subject.now, subject.zone).date()
    for index, asset in enumerate(subject.pictures):
        if asset.has_expired(day):
            yield Check(
                "rights_ended",
                f"media.{index}",
                f"“{asset.title}” may be used until {asset.expires_date:%-d %B %Y} only.",
                "Take another picture, or an earlier day.",
                blocks=True,
                assets=(asset,),
            )
