"""Rules of the networks: what each would refuse or spoil, and how much it takes in a day."""

from __future__ import annotations

from collections.abc import Iterator

from posts.checks.check import Check
from posts.checks.sizes import capabilities_of
from posts.checks.subject import Subject
from posts.networks import get_network


def network_takes_it(subject: Subject) -> Iterator[Check]:
    """Ask each channel's network about words, files and title."""
    for channel in subject.words:
        for finding in get_network(channel.network).validate(subject.outgoing_on(channel)):
            place, _, index = finding.field.partition(".")
            assets = (subject.media[int(index)],) if place == "media" and index else ()
            yield Check(
                finding.code, finding.field, finding.message, finding.fix, finding.blocks, channel, assets
            )


def day_has_room(subject: Subject) -> Iterator[Check]:
    """A network that takes so many posts a day refuses the next one."""
    for channel, can in ((channel, capabilities_of(channel)) for channel in subject.words):
        most, others = can.posts_per_day, subject.on_that_day.get(channel.pk, 0)
        if most is not None and others >= most:
            yield Check(
                "day_is_full",
                "time",
                f"{can.name} takes {most:,} posts a day, and {others:,} others go out on {channel} that day.",
                "Pick another day.",
                blocks=not can.is_guess("posts_per_day"),
                channel=channel,
            )
