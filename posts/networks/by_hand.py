"""By hand: Aura reminds, a person posts. The way to every network that has no adapter yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from django import forms

from posts.networks.base import Finding, HandOver, Network, Outcome, Outgoing, RetryClass, State
from posts.networks.facts import NAMES, OWN, Capabilities, capabilities_of

SOMEWHERE_ELSE = ""
"""`stands_for` of a channel on a network Aura has no facts about."""


class ByHandForm(forms.Form):
    """Which network a by-hand channel stands for, and where exactly a person has to go."""

    stands_for = forms.ChoiceField(
        label="Network",
        required=False,
        choices=[
            *((slug, name) for slug, name in NAMES.items() if slug not in OWN),
            (SOMEWHERE_ELSE, "Somewhere else"),
        ],
        help_text="Its limits are checked while you write.",
    )
    where = forms.CharField(
        label="Where",
        required=False,
        max_length=200,
        help_text="The account or page, so that nobody has to ask. For example @aurora.coffee",
    )


class ByHand(Network):
    """Never sends anything. At its time the target waits for a person."""

    slug: ClassVar[str] = "by_hand"
    name: ClassVar[str] = "By hand"
    retry_class: ClassVar[RetryClass] = RetryClass.HUMAN
    by_hand: ClassVar[bool] = True
    spacing_seconds: ClassVar[int] = 0
    settings_form: ClassVar[type[forms.Form]] = ByHandForm

    def describe(self, settings: Mapping[str, Any]) -> str:
        """The network it stands for and the account."""
        network = NAMES.get(settings.get("stands_for", ""), "")
        return " ".join(part for part in (network, settings.get("where", "")) if part) or self.name

    def capabilities(self, settings: Mapping[str, Any]) -> Capabilities:
        """The limits of the network it stands for; none where that is unknown."""
        stands_for = settings.get("stands_for", "")
        if stands_for in NAMES and stands_for not in OWN:
            return capabilities_of(stands_for)
        return replace(capabilities_of(self.slug), text_required=False)

    def validate(self, outgoing: Outgoing) -> list[Finding]:
        """As the network itself, but a file of the wrong kind is only an advice: a person can change it."""
        return [
            replace(finding, blocks=finding.blocks and not finding.field.startswith("media."))
            for finding in super().validate(outgoing)
        ]

    def publish(self, outgoing: Outgoing, state: State, *, now: datetime) -> Outcome:
        """Hand the post to a person."""
        place = self.describe(outgoing.settings)
        where = (
            f" on {place}" if place != self.name else f" on {outgoing.channel}" if outgoing.channel else ""
        )
        return HandOver(f"It is time: post it{where}, then tell Aura it is done.")
