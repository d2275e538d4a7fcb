"""Every way in which a call can fail, as problem details: raised anywhere, answered here.

`answer` is for what is raised while a call is served. `ApiMiddleware` is for what never gets that far (an address that
does not exist, a body that is too large, a host that is not ours): no error below `/api/` is a page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    ValidationError,
)
from django.db import DataError, IntegrityError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.cache import patch_vary_headers
from ninja.errors import ValidationError as QueryInvalid
from redis.exceptions import RedisError

from aura.kit.files import megabytes
from aura.kit.problems import Refused, StaleVersion, TooMany, Unavailable, is_of_api, json_problem

log = structlog.get_logger(__name__)

BEARER = 'Bearer realm="Aura"'


class Malformed(Refused):
    """What was sent cannot be read at all (400)."""

    status = 400
    code = "MALFORMED"


class WrongMediaType(Refused):
    """The body is of a kind that this call does not take (415)."""

    status = 415
    code = "UNSUPPORTED_MEDIA_TYPE"


class InFlight(Refused):
    """A call with this key is being answered at this moment (409)."""

    code = "IN_FLIGHT"


class KeyReused(Refused):
    """The key belongs to another call (422)."""

    status = 422
    code = "IDEMPOTENCY_KEY_REUSED"


class Invalid(Refused):
    """What was sent was read, judged, and cannot be taken; `fields` says why, field by field (422)."""

    status = 422
    code = "INVALID"

    def __init__(self, fields: Mapping[str, Sequence[str]], sentence: str = "") -> None:
        super().__init__(sentence or _sentence(fields))
        self.fields = fields


def _sentence(fields: Mapping[str, Sequence[str]]) -> str:
    """Return one sentence about all of them: the only one there is, or how many need another look."""
    sentences = [sentence for of_field in fields.values() for sentence in of_field]
    return sentences[0] if len(sentences) == 1 else "Some of this needs another look; `fields` says what."


@dataclass(frozen=True, slots=True)
class Kind:
    """A status as the contract describes it: its code, and a sentence where nothing better is known."""

    code: str
    sentence: str


KINDS: dict[int, Kind] = {
    400: Kind("MALFORMED", "This request cannot be read. Look at its address, its headers and its JSON."),
    401: Kind("UNAUTHENTICATED", "Say who asks: send a token as `Authorization: Bearer …`."),
    403: Kind("FORBIDDEN", "This is not among what you may do here."),
    404: Kind("NOT_FOUND", "There is nothing here, or nothing that you may see. Look at the address again."),
    405: Kind("METHOD_NOT_ALLOWED", "This address does not take this method. `Allow` names those it takes."),
    406: Kind(
        "NOT_ACCEPTABLE", "This call answers in application/json. Say so in Accept, or leave Accept out."
    ),
    408: Kind("TOO_SLOW", "The request came too slowly and was given up. Try again."),
    409: Kind("CONFLICT", "This cannot be done as things stand."),
    411: Kind("LENGTH_REQUIRED", "Say how long the body is: send a Content-Length."),
    412: Kind("STALE_VERSION", "Somebody changed it since you read it. Read it again, then change it."),
    413: Kind("TOO_LARGE", "This is larger than Aura takes here."),
    414: Kind("ADDRESS_TOO_LONG", "This address is too long. Ask for less at once."),
    415: Kind("UNSUPPORTED_MEDIA_TYPE", "This call does not take a body of this kind. Send JSON."),
    422: Kind("INVALID", "Some of this needs another look; `fields` says what."),
    429: Kind("TOO_MANY", "That was too often. Wait as long as `Retry-After` says, then go on."),
    431: Kind("HEADERS_TOO_LARGE", "The headers of this request are too large. Send fewer, or shorter ones."),
    500: Kind("BROKEN", "Something broke on our side. Nothing was half-saved; try again in a moment."),
    503: Kind("UNAVAILABLE", "Aura is busy for a moment. Try again in a minute."),
}


def problem(status: int, sentence: str = "", code: str = "") -> HttpResponse:
    """Return the problem of a status, with a sentence of its own or the usual one."""
    kind = KINDS.get(status) or KINDS[500 if status >= 500 else 400]
    return json_problem(status, code or kind.code, sentence or kind.sentence)


def answer(request: HttpRequest, error: Exception) -> HttpResponse:
    """Return the answer to what was raised while a call was served. What is unexpected is raised again."""
    if isinstance(error, Invalid):
        return json_problem(error.status, error.code, str(error), fields=error.fields)
    if isinstance(error, Refused):
        return _refused(error)
    if isinstance(error, ValidationError):
        return answer(request, Invalid({"": list(error.messages)}))
    if isinstance(error, QueryInvalid):
        return answer(request, _invalid_query(error))
    if isinstance(error, PermissionDenied):
        return problem(403, str(error))
    if isinstance(error, Http404):
        return problem(404)
    if isinstance(error, RequestDataTooBig):
        most = megabytes(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        return problem(413, f"The body is larger than {most}, the limit without files. Send it in parts.")
    if isinstance(error, MultiPartParserError | BadRequest | SuspiciousOperation | UnicodeDecodeError):
        return problem(400)
    if isinstance(error, OperationalError | RedisError):
        log.exception("unavailable", path=request.path)
        return _refused(Unavailable())
    if isinstance(error, IntegrityError | DataError):
        # Two calls met where no form could see both: the constraint kept them apart.
        log.warning("refused by the database", path=request.path, exc_info=True)
        return problem(409, "Another change came in between. Read it again, then try once more.")
    raise error


def _refused(refused: Refused) -> HttpResponse:
    status = 412 if isinstance(refused, StaleVersion) else refused.status
    response = problem(status, str(refused), refused.code)
    if isinstance(refused, TooMany | Unavailable):
        response["Retry-After"] = str(refused.retry_after)
    elif isinstance(refused, InFlight):
        response["Retry-After"] = "1"
    return response


_SAID: dict[str, str] = {
    "extra_forbidden": "This list does not know such a filter. Look at its description for those it knows.",
    "int_parsing": "Write a whole number.",
    "bool_parsing": "Write true or false.",
    "uuid_parsing": "Write an id as Aura writes them.",
    "date_from_datetime_parsing": "Write the day as 2026-03-09.",
    "date_parsing": "Write the day as 2026-03-09.",
    "missing": "This is needed.",
}


def _invalid_query(error: QueryInvalid) -> Exception:
    """Turn what the types of a query refused into sentences. An id in an address that is none names nothing."""
    fields: dict[str, list[str]] = {}
    for one in error.errors:
        where = [str(part) for part in one.get("loc", ())]
        if where[:1] == ["path"]:
            return Http404()
        context = one.get("ctx") or {}
        said = _SAID.get(one.get("type", ""))
        if said is None and "expected" in context:
            said = f"Write one of these: {context['expected']}."
        elif said is None and {"ge", "le"} & set(context):
            bounds = [
                f"{word} {context[key]}"
                for key, word in (("ge", "at least"), ("le", "at most"))
                if key in context
            ]
            said = f"Write a number of {' and '.join(bounds)}."
        names = [
            part for part in one.get("loc", ()) if isinstance(part, str)
        ]  # one of several has a number, too
        fields.setdefault(names[-1] if names else "", []).append(
            said or "This cannot be read. Look at its description."
        )
    return Invalid(fields)


class ApiMiddleware:
    """Finishes every answer below `/api/`: problem details instead of pages, nothing kept in caches."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve one request."""
        response = self.get_response(request)
        if not is_of_api(request):
            return response
        kind = response.get("Content-Type", "")
        if response.status_code >= 400 and "json" not in kind:
            _say_instead(response)
        response["Cache-Control"] = "no-store"
        patch_vary_headers(response, ["Accept", "Authorization", "Cookie"])
        if response.status_code == 401 and not request.path.startswith("/w/"):
            response["WWW-Authenticate"] = BEARER
        return response


def _say_instead(page: HttpResponse) -> None:
    """Put problem details in place of a page that says the same to people; its headers and cookies stay."""
    page.content = problem(page.status_code).content
    page["Content-Type"] = "application/problem+json"
    for name in ("Content-Encoding", "Content-Language"):
        del page[name]
    page["Content-Length"] = str(len(page.content))
