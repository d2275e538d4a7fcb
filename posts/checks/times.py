"""Rules about the time: posts on a channel keep apart from each other, and do not repeat themselves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from aura.kit import clock
from posts.checks.around import APART, Other
from posts.checks.check import Check
from posts.checks.subject import Subject
from posts.models import Target


def posts_keep_apart(subject: Subject) -> Iterator[Check]:
    """Advise against two posts within half an hour on one channel; one line a channel."""
    if subject.minute is None:
        return
    for channel in subject.words:
        others = [other for other in subject.near if other.channel_id == channel.pk]
        if not others:
            continue
        nearest = min(others, key=lambda other: _distance(other, subject))
        wall = clock.wall_of(nearest.promised_at, subject.zone)
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        yield Check(
            "too_close",
            "time",
            f"“{nearest}”{more} goes out on {channel} at {wall:%H:%M} already.",
            f"Leave {APART // timedelta(minutes=1)} minutes between two posts, or one takes the other’s readers.",
            blocks=False,
            channel=channel,
        )


def time_is_not_quiet(subject: Subject) -> Iterator[Check]:
    """Keep to the workspace's quiet times, or advise to: by the time it is promised for, however late it goes."""
    why = subject.quiet.why(subject.minute) if subject.minute is not None else ""
    if subject.minute is not None and why:
        wall = clock.wall_of(subject.minute, subject.zone)
        yield Check(
            "quiet_time",
            "time",
            f"{wall:%H:%M} on {wall:%A} {wall.day} {wall:%B} is in {why}."
            if "hours" in why
            else f"{wall:%A} {wall.day} {wall:%B} is {why}.",
            "Pick another time.",
            blocks=subject.quiet.blocks,
        )


def words_are_new(subject: Subject) -> Iterator[Check]:
    """Advise against the same words again on a channel, the other post being out or on its way."""
    for channel in subject.words:
        same = next((other for other in subject.alike if other.channel_id == channel.pk), None)
        if same is None:
            continue
        wall = clock.wall_of(same.promised_at, subject.zone)
        went = "went out" if same.status == Target.Status.PUBLISHED else "goes out"
        yield Check(
            "same_words",
            "text",
            f"“{same}” {went} on {channel} with the same words on {wall.day} {wall:%B}.",
            "Some networks refuse what they have seen. Say it in other words.",
            blocks=False,
            channel=channel,
        )


def _distance(other: Other, subject: Subject) -> timedelta:
    assert subject.minute is not None
    return abs(other.promised_at - subject.minute)
