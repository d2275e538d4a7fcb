"""What can be wrong with a request, said in a sentence: raised anywhere, answered by one middleware.

A page gets the template of its status, htmx the same (its sentence becomes a toast), a program problem details
(RFC 9457). The sentence is for the person; it never holds a path, an id or a secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from redis.exceptions import RedisError

from aura.kit import clock
from aura.kit.requests import current_request_id

log = structlog.get_logger(__name__)

PAUSE = 300
"""Seconds to wait where a limit does not say how long: the longest window of the limits on pages."""


class Refused(Exception):
    """The request was understood and cannot be done as things stand; `str()` is the sentence (409)."""

    status = 409
    code = "CONFLICT"


class NotSignedIn(Refused):
    """Nobody is known to ask: no credential came, or one that is worth nothing any more (401)."""

    status = 401
    code = "UNAUTHENTICATED"


class StaleVersion(Refused):
    """Somebody else saved this object since the person opened it (412 in the API)."""

    code = "STALE_VERSION"


class TooLarge(Refused):
    """Something is over a size limit; the sentence names the limit (413)."""

    status = 413
    code = "TOO_LARGE"


class TooMany(Refused):
    """Asked too often; `retry_after` is in seconds (429)."""

    status = 429
    code = "TOO_MANY"

    def __init__(self, sentence: str, retry_after: int) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class Unavailable(Refused):
    """Something that Aura needs does not answer just now; `retry_after` is in seconds (503)."""

    status = 503
    code = "UNAVAILABLE"

    def __init__(
        self, sentence: str = "Aura is busy for a moment. Try again in a minute.", retry_after: int = 30
    ) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class NotUtf8(Refused):
    """What was sent says of itself that it is no UTF-8 (400)."""

    status = 400
    code = "MALFORMED"


TITLES = {409: "Not as things stand", 413: "Too large", 429: "Too often", 503: "Not available just now"}
_UTF_8 = {"utf-8", "utf8", "us-ascii"}
_API = re.compile(r"^(/w/[-\w]+)?/api/")


def is_of_api(request: HttpRequest) -> bool:
    """Tell whether an address below `/api/` is asked for, of the instance or of a workspace."""
    return _API.match(request.path) is not None


def wants_json(request: HttpRequest) -> bool:
    """Tell whether a program asks: it calls the API, or accepts JSON and does not ask for a page."""
    accept = request.headers.get("Accept", "")
    return is_of_api(request) or ("json" in accept and "text/html" not in accept)


def problem_details(
    status: int, code: str, sentence: str, *, fields: Mapping[str, Sequence[str]] | None = None
) -> dict[str, Any]:
    """Return problem details (RFC 9457) as programs read them; `fields` are the sentences about single fields."""
    return {
        "type": "about:blank",
        "title": TITLES.get(status) or HTTPStatus(status).phrase,
        "status": status,
        "detail": sentence,
        "code": code,
        "fields": {name: list(sentences) for name, sentences in (fields or {}).items()},
        "request_id": current_request_id(),
        "timestamp": clock.now().isoformat(timespec="seconds").replace("+00:00", "Z"),
    }


def json_problem(
    status: int, code: str, sentence: str, *, fields: Mapping[str, Sequence[str]] | None = None
) -> JsonResponse:
    """Return an answer that is problem details."""
    details = problem_details(status, code, sentence, fields=fields)
    return JsonResponse(details, status=status, content_type="application/problem+json")


def problem_response(request: HttpRequest, problem: Refused) -> HttpResponse:
    """Return the answer to a problem: a page with its sentence, or problem details for a program."""
    sentence = str(problem)
    if wants_json(request):
        response: HttpResponse = json_problem(problem.status, problem.code, sentence)
    else:
        context = {
            "sentence": sentence,
            "back": request.path if request.method == "GET" else request.get_full_path(),
        }
        response = render(request, f"{problem.status}.html", context, status=problem.status)
    patch_vary_headers(response, ["Accept"])
    if isinstance(problem, TooMany | Unavailable):
        response["Retry-After"] = str(problem.retry_after)
    return response


class ProblemsMiddleware:
    """Answers what a view refused, and a database or Redis that does not answer (503, never a half-done change)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve one request. TRACE, which would echo cookies, no page answers (trust M3)."""
        if request.method == "TRACE":
            return HttpResponseNotAllowed(["GET", "HEAD", "POST", "OPTIONS"])
        if (request.content_params or {}).get("charset", "utf-8").lower() not in _UTF_8:
            if request.method not in {"GET", "HEAD", "OPTIONS"}:
                return problem_response(request, NotUtf8("Send text in UTF-8, and say no other charset."))
            request.encoding = "utf-8"  # nothing came with it; its address is read as every other
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Turn what a view raised into its answer; None leaves it to Django."""
        if isinstance(exception, Refused):
            return problem_response(request, exception)
        if isinstance(exception, OperationalError | RedisError):
            log.exception("unavailable", path=request.path)
            return problem_response(request, Unavailable())
        return None


def too_many(request: HttpRequest) -> HttpResponse:
    """Answer a request that a limit of the account pages refused; it is the project's `handler429`."""
    sentence = "That was too often. Wait a few minutes, then try again."
    return problem_response(request, TooMany(sentence, PAUSE))
