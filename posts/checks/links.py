"""Rules about the links in the words: what they answered when they were looked at last. Nothing is asked here."""

from __future__ import annotations

from collections.abc import Iterator

from posts.checks.check import Check, Moment
from posts.checks.subject import Subject
from posts.models import LinkAnswer

S = LinkAnswer.Status
SHOWN = 60


def links_answer(subject: Subject) -> Iterator[Check]:
    """Warn of a link that leads nowhere; say, while somebody writes, that one is being looked at."""
    for link in subject.links:
        if link.status == S.GONE:
            yield Check(
                "link_gone", "text", f"{short(link.url)} {link.says}.", "Mend the link, or take it out.", blocks=False,
                about=link.url,
            )  # fmt: skip
        elif link.status == S.WAITS and subject.moment is Moment.TYPING:
            yield Check(
                "link_waits",
                "text",
                f"{short(link.url)} is being looked at.",
                "",
                blocks=False,
                about=link.url,
            )


def short(url: str) -> str:
    """Return a link as people say it: without its scheme, cut where it is long."""
    plain = url.partition("://")[2].rstrip("/")
    return plain if len(plain) <= SHOWN else f"{plain[: SHOWN - 1]}…"
