"""The short way of programs: a call with a credential passes the layers that it needs, and none that are for pages.

`MIDDLEWARE` is for people: sessions, messages, CSRF, sign-in, htmx. A program has none of these, and they cost as much
as its call. What stands before `ProgramMiddleware` there is for both; what comes after it a program does not meet, but
for the layers of `PROGRAM_MIDDLEWARE`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, URLPattern, URLResolver
from django.urls.resolvers import RegexPattern
from django.utils.module_loading import import_string

from workspaces.api.calls import DECLARED, plain_path

BELOW = "/api/v1/"
POLICY = "default-src 'none'; frame-ancestors 'none'"
"""Of an answer that is no page: whoever is led to open it as one finds that it may load nothing and stand nowhere."""


class ProgramMiddleware:
    """Serves calls that bring a credential of their own; everything else goes on as it came.

    Signing in, the contract, its page, and addresses that there are none of are no such calls.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.resolvers = _resolvers()
        self.looks: list[Callable[..., HttpResponseBase | None]] = []
        way: Callable[..., Any] = convert_exception_to_response(self._call)
        for name in reversed(settings.PROGRAM_MIDDLEWARE):
            layer = import_string(name)(way)
            if hasattr(layer, "process_view"):
                self.looks.insert(0, layer.process_view)
            way = convert_exception_to_response(layer)
        self.way = way

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Serve one request."""
        if "HTTP_AUTHORIZATION" not in request.META or not request.path_info.startswith(BELOW):
            return self.get_response(request)
        resolver = self.resolvers.get(_first_word(request.path_info[len(BELOW) :]))
        if resolver is None:
            return self.get_response(request)
        try:
            request.resolver_match = resolver.resolve(request.path_info)
        except Resolver404:
            return self.get_response(request)
        response = self.way(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("X-Frame-Options", "DENY")
        if isinstance(response, HttpResponse) and "Content-Length" not in response:
            response.headers["Content-Length"] = str(len(response.content))
        return response

    def _call(self, request: HttpRequest) -> Any:
        request.get_host()  # raises for a host that is not ours, as CommonMiddleware does for pages
        match = request.resolver_match
        assert match is not None, "It was found before any layer was asked."
        for look in self.looks:
            response = look(request, match.func, match.args, match.kwargs)
            if response is not None:
                return response
        return match.func(request, *match.args, **match.kwargs)


def _resolvers() -> dict[str, URLResolver]:
    """Return the addresses of programs by the word that they begin with: few are looked at for each call."""
    from aura.api import ADDRESSES, app_name  # once all apps are there

    need_none = {one.path for one in DECLARED.values() if one.is_open}
    below = defaultdict[str, list[URLPattern]](list)
    for pattern in ADDRESSES:
        route = str(pattern.pattern)
        if plain_path(route) not in need_none:
            below[_first_word(route)].append(pattern)
    return {
        word: URLResolver(RegexPattern(f"^{BELOW}"), list(patterns), app_name=app_name, namespace=app_name)
        for word, patterns in below.items()
    }


def _first_word(address: str) -> str:
    return address.partition("/")[0]
