"""What Meta's networks share: how the Graph API is called, and what its errors mean.

An error has a `code`, often an `error_subcode`, and an `fbtrace_id` that Meta's support asks for (it is logged). How
full the hourly budget of an account is stands in `X-Business-Use-Case-Usage`, with the minutes until it is open again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings

from aura.kit import egress
from aura.kit.addresses import is_inside
from posts.networks.calling import LONGEST_WAIT, WAIT, answered, asked, call, stream
from posts.networks.figures import Figure, Figures
from posts.networks.refusing import quoted
from posts.networks.values import Ambiguous, Finding, OutgoingMedia, Rejected, RetryAfter

log = structlog.get_logger(__name__)

VERSION = "v25.0"
PATIENCE = 20
"""Seconds for a question, or for what may be repeated."""
THROTTLED_SECONDS = 600
"""How long to wait where Meta says "too many calls" and no more."""

THROTTLED = frozenset({4, 17, 32, 341, 613})
PERMISSION = frozenset({3, 10, *range(200, 300)})
PERHAPS = frozenset({(4, 2207051), (20, 1772107)})
"""Refusals after which the post was seen live all the same."""
NO_SUCH = (100, 33)
FORGOTTEN = frozenset({(24, 2207006), (24, 2207008), (-2, 2207020), (-1, 2207053)})
"""The container is no more: another one is made."""
NOT_NOW = frozenset({2207001, 2207003, 2207027, 2207032})
"""The files were slow to arrive, or are not ready yet."""
NOT_FETCHED = 2207052
"""A file could not be fetched, from a web server that perhaps starts anew at this moment."""

_CONTENT: Mapping[int, tuple[str, str]] = {
    2207004: ("One of the images is larger than 8 MB.", "Use a smaller copy of it."),
    2207005: ("One of the images has a format that is not taken.", "Use a JPEG."),
    2207009: ("One of the images has a shape that is not taken.", "Crop it to between 4:5 and 1.91:1."),
    2207010: ("The text is too long.", "Shorten it."),
    2207026: ("The video has a format that is not taken.", "Use MP4 with H.264 and AAC."),
    2207028: ("A carousel needs two files or more, and not too many.", "Take some out or add one."),
    2207040: ("More people are mentioned than is taken.", "Take some mentions out."),
    2207057: ("The cover of the video lies outside of it.", "Choose another cover."),
}
"""What is wrong with the content, by subcode, and the way out (Instagram Platform, error codes)."""


@dataclass(frozen=True, slots=True)
class Problem:
    """An error of the Graph API. All zero and empty where the answer is none of its own."""

    code: int = 0
    subcode: int = 0
    message: str = ""

    @classmethod
    def of(cls, result: egress.Response, name: str) -> Problem:
        """Read it out of an answer and log what Meta's support would ask for."""
        said = answered(result).get("error")
        if not isinstance(said, dict):
            return cls(message=str(answered(result).get("error_message") or ""))
        problem = cls(
            _number(said.get("code")),
            _number(said.get("error_subcode")),
            str(said.get("error_user_msg") or said.get("message") or ""),
        )
        log.warning(
            "network.refused",
            network=name,
            status=result.status,
            code=problem.code,
            subcode=problem.subcode,
            fbtrace_id=str(said.get("fbtrace_id", ""))[:60],
        )
        return problem

    @property
    def gone(self) -> bool:
        """Whether what was asked for is not there any more."""
        return self.forgotten or (self.code, self.subcode) == NO_SUCH

    @property
    def forgotten(self) -> bool:
        """Whether that is a container."""
        return (self.code, self.subcode) in FORGOTTEN or (self.code == 24 and not self.subcode)


def _minutes(seconds: int) -> str:
    minutes = max(round(seconds / 60), 1)
    return f"{minutes} minute{'' if minutes == 1 else 's'}"


def _number(value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        return 0


def refused(result: egress.Response, name: str) -> Rejected | RetryAfter:
    """Say what a refusal means, with the way out. What was asked for did not happen."""
    problem = Problem.of(result, name)
    if problem.code == 190 or (not problem.code and result.status == 401):
        return Rejected(
            f"{name} does not know this channel's access any more.",
            "token",
            "Connect the channel again; its posts stay.",
            pauses_channel=True,
        )
    if problem.subcode == 2207042:
        return RetryAfter(
            3600, f"{name} takes no more posts of this account within 24 hours.", waits_channel=True
        )
    if problem.code in THROTTLED and (problem.code, problem.subcode) not in PERHAPS:
        seconds = pause_of(result) or THROTTLED_SECONDS
        return RetryAfter(
            seconds, f"{name} asks to wait {_minutes(seconds)} before more calls.", waits_channel=True
        )
    if problem.code in PERMISSION:
        return Rejected(
            f"{name} says that Aura may not do this for the account (error {problem.code}).",
            "permission",
            "Connect the channel again and leave every permission ticked.",
            pauses_channel=True,
        )
    if problem.subcode == 2207050:
        return Rejected(
            f"{name} has restricted this account.",
            "account_restricted",
            f"Sign in to {name}, do what it asks for, then resume the channel.",
            pauses_channel=True,
        )
    if problem.subcode in NOT_NOW:
        return not_done(name)
    if problem.subcode == NOT_FETCHED:
        return not_fetched(name)
    if problem.gone and not problem.forgotten:
        return Rejected(
            f"{name} does not know what this belongs to any more.",
            "gone",
            f"Look on {name} whether it was taken down.",
        )
    if problem.forgotten:
        return RetryAfter(5, f"{name} has forgotten the files. They are handed over again.")
    return of_content(problem, name, result.status)


def not_done(name: str) -> RetryAfter:
    """Say that the files need more time."""
    return RetryAfter(30, f"{name} is not done with the files yet.")


def not_fetched(name: str) -> RetryAfter:
    """Say that a file could not be fetched from us. A few tries later the engine gives up and says the same."""
    return RetryAfter(
        30, f"{name} could not fetch a file from this Aura. Check that links to its files open from outside."
    )


def of_content(problem: Problem, name: str, status: int = 400) -> Rejected:
    """Say what is wrong with the post itself, in our words where the code is known, else in Meta's."""
    if problem.subcode in _CONTENT:
        sentence, fix = _CONTENT[problem.subcode]
        return Rejected(f"{name} refused the post. {sentence}", f"meta_{problem.subcode}", fix)
    code = f"error {problem.code}" if problem.code else f"status {status}"
    if problem.subcode:
        code += f", {problem.subcode}"
    said = f": “{words}”" if (words := _plain(problem.message)) else ""
    return Rejected(
        f"{name} refused it ({code}){said}.",
        f"meta_{problem.subcode or problem.code or status}",
        "Change the post, then send it again.",
    )


def _plain(message: str) -> str:
    """Meta's own words without anything that could be a secret."""
    return quoted(" ".join(word for word in message.split() if len(word) <= 40))


def in_doubt(result: egress.Response, name: str) -> Rejected | RetryAfter | Ambiguous:
    """Like `refused`, for the one irreversible request: some codes mean "perhaps"."""
    said = answered(result).get("error")
    if isinstance(said, dict):
        code, subcode = _number(said.get("code")), _number(said.get("error_subcode"))
        if (code, subcode) in PERHAPS or (code in (1, 2) and subcode not in _CONTENT):
            return Ambiguous(
                f"{name} gave an error (error {code}) after which posts were seen live all the same."
            )
    return refused(result, name)


# The budget of an account -----------------------------------------------------------------------------------------


def pause_of(result: egress.Response) -> int:
    """Return the seconds after which calls are taken again, 0 where the budget is not used up."""
    longest = 0
    for use in _uses(result):
        shares = [_number(use.get(name)) for name in ("call_count", "total_time", "total_cputime")]
        minutes = _number(use.get("estimated_time_to_regain_access"))
        if minutes or max(shares) >= 100:
            longest = max(longest, minutes * 60 or THROTTLED_SECONDS)
    return min(longest, LONGEST_WAIT)


def _uses(result: egress.Response) -> list[dict[str, Any]]:
    try:
        by_account = json.loads(result.headers.get("x-business-use-case-usage") or "{}")
    except ValueError:
        return []
    lists = by_account.values() if isinstance(by_account, dict) else []
    return [use for uses in lists if isinstance(uses, list) for use in uses if isinstance(use, dict)]


# Calls ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Door:
    """Where one of Meta's networks is called, when, for which account, with which token. `url`: no closing slash.

    `in_header`: the token goes out as a bearer token; Threads documents it as a parameter only.
    """

    name: str
    url: str
    now: datetime
    account: str = ""
    token: str = field(default="", repr=False)
    in_header: bool = True
    timeout: float = PATIENCE

    def get(self, path: str, **query: Any) -> egress.Result:
        """Ask for something."""
        if self.token and not self.in_header:
            query["access_token"] = self.token
        return call("GET", f"{self.url}/{path}", token=self._bearer, query=query, timeout=self.timeout)

    def post(self, path: str, **form: Any) -> egress.Result:
        """Ask to do something."""
        if self.token and not self.in_header:
            form["access_token"] = self.token
        return call("POST", f"{self.url}/{path}", token=self._bearer, form=form, timeout=self.timeout)

    @property
    def _bearer(self) -> str:
        return self.token if self.in_header else ""

    def ask(self, path: str, **query: Any) -> dict[str, Any] | Rejected | RetryAfter:
        """Ask for something and return the answer's fields."""
        return self.judged(self.get(path, **query))

    def tell(self, path: str, **form: Any) -> dict[str, Any] | Rejected | RetryAfter:
        """Ask to do something that may be repeated and return the answer's fields."""
        return self.judged(self.post(path, **form))

    def judged(self, result: egress.Result) -> dict[str, Any] | Rejected | RetryAfter:
        """Return the fields of an answer to what may be repeated."""
        answer = asked(result, self.name, self.now, lambda said: refused(said, self.name))
        return answered(answer) if isinstance(answer, egress.Response) else answer

    def made(self, said: dict[str, Any] | Rejected | RetryAfter) -> str | Rejected | RetryAfter:
        """Return the id of what was made."""
        if not isinstance(said, dict):
            return said
        return str(said.get("id") or "") or RetryAfter(WAIT, f"{self.name} gave an answer without an id.")


def handed_over(url: str, item: OutgoingMedia, token: str, timeout: float) -> egress.Result:
    """Stream the bytes of a film to where Meta takes large files."""
    headers = {
        "Authorization": f"OAuth {token}",
        "offset": "0",
        "file_size": str(item.size),
        "Content-Type": "application/octet-stream",
        "Content-Length": str(item.size),
    }
    return call("POST", url, body=stream(item), headers=headers, timeout=timeout)


# Fetching files from us -------------------------------------------------------------------------------------------


def fetches(slug: str) -> bool:
    """Whether the network can fetch files from this Aura: not where only our own network leads to it."""
    return not is_inside(settings.AURA_URL) or is_inside(settings.AURA_NETWORK_URLS[slug])


def unreachable(media: Iterable[OutgoingMedia], name: str, slug: str) -> list[Finding]:
    """Return the finding that these files cannot be fetched, where that is so."""
    if fetches(slug) or not any(True for _ in media):
        return []
    return [
        Finding(
            "no_public_address",
            "media",
            f"{name} fetches files from this Aura, and the internet cannot reach {settings.AURA_URL}.",
            "Ask whoever runs this Aura to give it a public address (AURA_URL), or post without files.",
        )
    ]


# Finding a post again ---------------------------------------------------------------------------------------------

SETTLES = timedelta(seconds=30)
"""For so long a missing post proves nothing: readers of Meta's data lag behind its writers."""


def listed(said: dict[str, Any] | Rejected | RetryAfter) -> list[dict[str, Any]] | None:
    """Return the rows of a listing, None where it could not be had."""
    rows = said.get("data") if isinstance(said, dict) else None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else None


# Quotas and figures -----------------------------------------------------------------------------------------------


def posts_per_day(said: dict[str, Any] | Rejected | RetryAfter) -> dict[str, Any] | None:
    """Return the quota of an account as `Capabilities` takes it, None where it could not be had."""
    rows = listed(said)
    if rows is None:
        return None
    config = rows[0].get("config") if rows else None
    total = _number(config.get("quota_total")) if isinstance(config, dict) else 0
    return {"posts_per_day": total} if total > 0 else {}


def insights(door: Door, remote_id: str, counts: Mapping[str, Figure]) -> Figures | Rejected | RetryAfter:
    """Ask for the insights of a post; several of Meta's counts may add up to one of ours."""
    rows = listed(said := door.ask(f"{remote_id}/insights", metric=",".join(counts)))
    if rows is None:
        return said if not isinstance(said, dict) else RetryAfter(WAIT, f"{door.name} told no figures.")
    totals: dict[Figure, int] = {}
    for row in rows:
        values = row.get("values")
        value = values[0].get("value") if isinstance(values, list) and values else None
        kind = counts.get(str(row.get("name")))
        if kind is not None and isinstance(value, int):
            totals[kind] = totals.get(kind, 0) + value
    return Figures(totals)
