"""Rules of the networks: what each would refuse or spoil, and how much it takes in a day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from posts.checks.check import Check
from posts.checks.sizes import capabilities_of
from posts.checks.subject import Subject
from posts.models import Channel
from posts.networks import get_network
from posts.networks.base import Finding
from posts.parts import Saying


def network_takes_it(subject: Subject) -> Iterator[Check]:
    """Ask each channel's network about words, files and title."""
    for channel in subject.words:
        network = get_network(channel.network)
        for said, outgoing in subject.outgoings_on(channel):
            found = [_check_of(finding, said, channel) for finding in network.validate(outgoing)]
            yield from _undescribed_in_one(found, said, network.name)


def _check_of(finding: Finding, said: Saying, channel: Channel) -> Check:
    place, _, index = finding.field.partition(".")
    assets = (said.pictures[int(index)],) if place == "media" and index else ()
    message = _at(said, finding.message)
    return Check(
        finding.code, said.place + finding.field, message, finding.fix, finding.blocks, channel, assets
    )


def _at(said: Saying, message: str) -> str:
    return f"{said.name}: {message}" if said.follows else message


def _undescribed_in_one(found: list[Check], said: Saying, network: str) -> Iterator[Check]:
    """Ask for the descriptions that the network wants in one line, however many are missing."""
    missing = [check for check in found if check.code == "alt_missing"]
    for check in found:
        if len(missing) == 1 or check not in missing:
            yield check
        elif check is missing[0]:
            message = _at(said, f"{network} needs a description of {len(missing)} pictures.")
            assets = tuple(asset for one in missing for asset in one.assets)
            yield replace(check, message=message, fix="Describe each of them.", assets=assets)


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
