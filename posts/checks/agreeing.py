"""Rules about the yes that a post needs."""

from __future__ import annotations

from collections.abc import Iterator

from posts.agreement import lacking
from posts.checks.check import Check
from posts.checks.subject import Subject


def somebody_said_yes(subject: Subject) -> Iterator[Check]:
    """What lacks a yes that the workspace or a channel asks for waits at its time. Two to six queries."""
    for lack in lacking(subject.post, subject.words):
        yield Check(
            "not_approved",
            "review",
            f"{lack.sentence}.",
            f"Without a yes it does not go out. {lack.remedy}.",
            channel=lack.rule.channel,
            blocks=True,
        )
