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
        network = get_network(channel.network)
        for said, outgoing in subject.outgoings_on(channel):
            for finding in network.validate(outgoing):
                place, _, index = finding.field.partition(".")
                assets = (said.pictures[int(index)],) if place == "media" and index else ()
                message = f"{said.name}: {finding.message}" if said.follows else finding.message
                yield Check(
                    finding.code,
                    said.place + finding.field,
                    message,
                    finding.fix,
                    finding.blocks,
                    channel,
                    assets,
                )


def day_has_room(subject: Subject) -> Iterator[Check]:
    """A network that takes so many posts a day refuses the next one; each part of a thread is one."""
    for channel, can in ((channel, capabilities_of(channel)) for channel in subject.words):
        most, others = can.posts_per_day, subject.on_that_day.get(channel.pk, 0)
        if most is None:
            continue
        parts = sum(not said.as_comment for said, _ in subject.outgoings_on(channel))
        if others + parts > most:
            more = f" This thread makes {parts} more." if parts > 1 else ""
            yield Check(
                "day_is_full",
                "time",
                f"{can.name} takes {most:,} posts a day, and {others:,} others go out on {channel} that day.{more}",
                "Pick another day.",
                blocks=not can.is_guess("posts_per_day"),
                channel=channel,
            )
