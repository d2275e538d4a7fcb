"""Calls to LinkedIn's versioned API, and what its refusals mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings as django_settings

from aura.kit import egress
from posts.networks.calling import answered, asked, call
from posts.networks.facts import LINKEDIN_VERSION
from posts.networks.refusing import quoted, refused
from posts.networks.values import Outcome, Rejected, RetryAfter

NAME = "LinkedIn"
UPLOAD_SECONDS = 60
"""Longest time for one file, or one part of a film; the engine's lease is longer."""


class Calls:
    """Calls for one channel."""

    def __init__(self, credential: Mapping[str, str], now: datetime, *, timeout: float) -> None:
        self.token = credential.get("access_token", "")
        self.now = now
        self.timeout = timeout
        self.home: str = django_settings.AURA_NETWORK_URLS["linkedin"]

    def make(self, method: str, path: str, **options: Any) -> egress.Result:
        """Make one call to the API, with the headers without which it answers nothing."""
        headers = {
            "LinkedIn-Version": LINKEDIN_VERSION,
            "X-Restli-Protocol-Version": "2.0.0",
            **options.pop("headers", {}),
        }
        return call(
            method, self.home + path, token=self.token, headers=headers, timeout=self.timeout, **options
        )

    def ask(self, method: str, path: str, **options: Any) -> egress.Response | Rejected | RetryAfter:
        """Make a call that may be repeated."""
        return self.judged(self.make(method, path, **options))

    def put(self, url: str, body: Any, size: int) -> egress.Response | Rejected | RetryAfter:
        """Upload bytes to an address that LinkedIn gave. Only its own hosts get the token."""
        host, home = urlsplit(url).hostname or "", urlsplit(self.home).hostname or ""
        trusted = host == home or host.endswith(".linkedin.com")
        result = call(
            "PUT",
            url,
            token=self.token if trusted else "",
            body=body,
            headers={"Content-Type": "application/octet-stream", "Content-Length": str(size)},
            timeout=UPLOAD_SECONDS,
        )
        return self.judged(result)

    def judged(self, result: egress.Result) -> egress.Response | Rejected | RetryAfter:
        """Judge an answer to what may be repeated."""
        judged = asked(result, NAME, self.now, refusal)
        return until_midnight(result, judged, self.now) if isinstance(judged, RetryAfter) else judged


def until_midnight(result: egress.Result, later: RetryAfter, now: datetime) -> RetryAfter:
    """Lengthen a wait that LinkedIn gives no length for: its quotas are of a day and start anew at 00:00 UTC."""
    if not isinstance(result, egress.Response) or result.status != 429:
        return later
    if result.retry_after(now) is not None:
        return later
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return replace(
        later,
        seconds=int((midnight - now).total_seconds()),
        sentence=f"{NAME} takes no more calls today. They start anew at 00:00 UTC.",
    )


def urn_path(urn: str) -> str:
    """Return a URN as part of a path or of a query of Rest.li."""
    return quote(urn, safe="")


def refusal(answer: egress.Response) -> Rejected:
    """Say what a no means."""
    told = answered(answer)
    code, words = str(told.get("code") or ""), quoted(told.get("message"))
    if answer.status == 401:
        return refused(answer, NAME)
    if answer.status == 426 or code in ("NONEXISTENT_VERSION", "VERSION_MISSING"):
        return Rejected(
            f"{NAME} does not serve the version of its interface that this Aura speaks any more.",
            "version",
            "Update Aura.",
            pauses_channel=True,
        )
    return refused(answer, NAME, words)


def twin_of(answer: egress.Response) -> str | None:
    """Return the URN that "the same words are there already" names, "" where it names none, None for another no."""
    if answer.status != 422 or "duplicate" not in answer.text.lower():
        return None
    found = re.search(r"urn:li:(?:share|ugcPost|activity):\d+", answer.text)
    return found.group() if found else ""


def outcome_of(result: egress.Result, outcome: Outcome, now: datetime) -> Outcome:
    """Return the outcome of the one irreversible call, with the wait that a daily quota means."""
    return until_midnight(result, outcome, now) if isinstance(outcome, RetryAfter) else outcome
