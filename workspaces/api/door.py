"""The way into a call: who asks, may they, how often; then the call; and whatever comes of it as an answer.

One view stands around every address of the API. It asks who it is before anything of the body is read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware

from aura.kit import clock
from aura.kit.files import UploadRule
from aura.kit.problems import NotSignedIn
from workspaces import narrowing, roles
from workspaces.api import limits, problems
from workspaces.credentials import Credential, identify, use_credential
from workspaces.operation import NOT_YOURS

View = Callable[..., HttpResponseBase]
NEEDS_CSRF = "This call changes something, so it needs the page's CSRF token in the header X-CSRFToken."


@dataclass(frozen=True)
class Rules:
    """What the door asks of a call: a word of the credential, a right of the person, its limit, its query.

    Without a word any credential will do.
    """

    name: str
    word: str
    does: str
    kind: str
    query: Collection[str]
    unsafe: bool


@dataclass(frozen=True)
class Entry:
    """The door of one call, as django-ninja asks it: who comes in, or an exception."""

    rules: Rules

    def __call__(self, request: HttpRequest) -> Credential:
        """Return by what right the request comes. Raises NotSignedIn, PermissionDenied, OverLimit or Invalid."""
        credential = identify(request)
        if credential is None:
            raise NotSignedIn(problems.KINDS[401].sentence)
        if self.rules.unsafe and credential.kind == "session":
            _need_csrf_token(request)
        with use_credential(credential):
            holder = f"{credential.kind}:{credential.id}"
            request.usage = limits.count(holder, self.rules.kind, now=clock.now())  # type: ignore[attr-defined]
            self._need_right(credential)
        need_known_query(request, self.rules.query)
        return credential

    def _need_right(self, credential: Credential) -> None:
        """Refuse before input is judged what the operation would refuse after it."""
        if self.rules.word and not credential.may(self.rules.word):
            raise PermissionDenied(
                f"This token does not include {self.rules.word}. Make one that does in Settings, Tokens."
            )
        if self.rules.does:
            forbidden = narrowing.forbids(self.rules.does)
            minimum = roles.RIGHTS[self.rules.does].minimum
            if forbidden or (minimum is not None and not roles.at_least(credential.role, minimum)):
                raise PermissionDenied(forbidden or narrowing.why_not(NOT_YOURS))


def need_known_query(request: HttpRequest, names: Collection[str]) -> None:
    """Raise Invalid for a parameter that the call does not know."""
    unknown = [name for name in request.GET if name not in names]
    if unknown:
        known = ", ".join(sorted(names)) or "none"
        said = f"This call knows no such parameter. Those it knows: {known}."
        raise problems.Invalid({name[:100]: [said] for name in unknown[:20]})
    if any("\x00" in value for _, values in request.GET.lists() for value in values):
        raise problems.Malformed("The address holds a character that no text can hold.")


class _Csrf(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:
        raise PermissionDenied(NEEDS_CSRF)


def _need_csrf_token(request: HttpRequest) -> None:
    check = _Csrf(lambda request: HttpResponse())
    check.process_request(request)
    check.process_view(request, lambda request: HttpResponse(), (), {})


def _without_body(response: HttpResponseBase) -> HttpResponseBase:
    """Return the answer to HEAD: all that GET says about its body, and no body."""
    if isinstance(response, StreamingHttpResponse):
        response.streaming_content = iter(())
    elif isinstance(response, HttpResponse):
        response["Content-Length"] = str(len(response.content))
        response.content = b""
    return response


def takes_json(accept: str) -> bool:
    """Tell whether whoever sends this `Accept` takes JSON; parameters other than the weight do not matter."""
    weights: dict[str, float] = {}
    for part in accept.lower().split(","):
        kind, *parameters = (word.strip() for word in part.split(";"))
        given = [one[2:] for one in parameters if one.startswith("q=")]
        with suppress(ValueError):
            weights[kind] = float(given[0]) if given else 1.0
    named = [one for one in ("application/json", "application/*", "*/*") if one in weights]
    return weights[named[0]] > 0 if named else not accept.strip()


def door(
    view: View, methods: Collection[str], upload: UploadRule | None = None, *, in_json: Collection[str] = ()
) -> View:
    """Return the view that stands around all calls of one address.

    `methods` are those that they take, `in_json` those of them that answer in JSON.
    """
    allowed = sorted({*methods, "OPTIONS", *({"HEAD"} if "GET" in methods else ())})

    def entered(request: HttpRequest, **values: Any) -> HttpResponseBase:
        method = request.method
        if method == "OPTIONS":
            return HttpResponse(status=204, headers={"Allow": ", ".join(allowed)})
        if method not in allowed:
            refused = problems.problem(405)
            refused["Allow"] = ", ".join(allowed)
            return refused
        request.method = "GET" if method == "HEAD" else method
        if request.method in in_json and not takes_json(request.META.get("HTTP_ACCEPT", "")):
            return problems.problem(406)
        try:
            response: HttpResponseBase = view(request, **values)
        except limits.OverLimit as over:
            request.usage = over.usage  # type: ignore[attr-defined]
            response = problems.answer(request, over)
        except Exception as error:
            response = problems.answer(request, error)
        finally:
            request.method = method
        usage: limits.Usage | None = getattr(request, "usage", None)
        if usage is not None:
            usage.write_into(response)
        return _without_body(response) if method == "HEAD" else response

    entered.csrf_exempt = True  # type: ignore[attr-defined]  # a session has to bring its token: see Entry
    entered.login_required = False  # type: ignore[attr-defined]
    if upload is not None:
        entered.upload_rule = upload  # type: ignore[attr-defined]
    return entered
