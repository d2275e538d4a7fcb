"""A clear no, in words: what the usual refusals of a network mean and what a person can do about them."""

from __future__ import annotations

import re
from typing import Final

from aura.kit import egress
from posts.networks.values import Rejected, RetryAfter

WORDS: Final = 160
"""Characters of a network's own words that are shown."""
CONNECT: Final = "Connect the channel again."


def quoted(words: object) -> str:
    """Return a network's own words, short and on one line, for a sentence of ours; "" where there are none."""
    text = re.sub(r"\s+", " ", words).strip(" .!“”\"'") if isinstance(words, str) else ""
    text = text.replace("!", ".")
    return text if len(text) <= WORDS else text[: WORDS - 1].rstrip() + "…"


def refused(answer: egress.Response, name: str, words: object = "") -> Rejected:
    """Return what a refusal means by its status; `words` are the network's own."""
    status, said = answer.status, quoted(words)
    because = f": “{said}”" if said else f" (status {status})"
    if status == 401:
        return Rejected(
            f"{name} does not accept this sign-in any more{because}.",
            "signed_out",
            CONNECT,
            pauses_channel=True,
        )
    if status == 403:
        return Rejected(
            f"{name} does not allow this channel to do that{because}.",
            "forbidden",
            f"Look at the account on {name}, then connect the channel again.",
            pauses_channel=True,
        )
    if status == 410:
        return Rejected(
            f"{name} says that this is gone for good{because}.",
            "gone",
            CONNECT,
            pauses_channel=True,
        )
    if 300 <= status < 400:
        return Rejected(
            f"{name} sends Aura on to another address (status {status}), where it does not go.",
            "redirected",
            "Check the address in the channel's settings.",
        )
    if status == 413:
        return Rejected(
            f"{name} says that a file is too large{because}.", "file_too_large", "Use a smaller file."
        )
    code = "not_found" if status == 404 else "refused" if status in (400, 422) else f"http_{status}"
    return Rejected(f"{name} refused the post{because}.", code, "Change the post, then send it again.")


def settled(problem: Rejected | RetryAfter) -> Rejected:
    """Turn "later" into a no, for a person who waits in front of a page and can try again."""
    if isinstance(problem, Rejected):
        return problem
    return Rejected(
        problem.sentence.replace(" Nothing was published.", ""), "later", "Try again in a minute."
    )
