"""Calls that need no credential, because they give one. They stand below `/api/v1/` alone.

Nothing of what they answer is kept for a call that is made again: there are secrets in it. How often they may be asked
is counted by what they do, as on the sign-in page.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django import forms
from django.http import Http404, HttpRequest, HttpResponse

from aura.kit import clock
from workspaces.api import bodies
from workspaces.api.binding import Takes
from workspaces.api.calls import DECLARED, Declared, Resource, plain_path
from workspaces.api.door import Rules, need_known_query
from workspaces.api.schemas import Shown

F = TypeVar("F", bound=forms.BaseForm)
Answering = TypeVar("Answering", bound=Callable[..., Shown])


@dataclass
class OpenCall:
    """One call of somebody who is not known yet."""

    request: HttpRequest
    now: datetime
    body: bodies.Body
    takes: Takes

    def bind(self, start: F) -> F:
        """Return the form with what was sent, judged. Raises Invalid (422)."""
        return self.takes.bind(start, self.body)


def open_post(
    resource: Resource, path: str, shown: type[Shown], *, takes: Takes
) -> Callable[[Answering], Answering]:
    """Declare a call that anybody may make: the function gets an OpenCall and returns what is shown."""

    def declare(function: Answering) -> Answering:
        name = f"{function.__module__.split('.')[0]}.{function.__name__}"
        rules = Rules(name, word="", does="", kind="", query=frozenset(), unsafe=True)

        def view(request: HttpRequest) -> HttpResponse:
            if request.path.startswith("/w/"):
                raise Http404
            need_known_query(request, rules.query)
            result = function(OpenCall(request, clock.now(), bodies.read(request), takes))
            return HttpResponse(result.model_dump_json(), content_type=bodies.JSON)

        view.__name__, view.__module__, view.__doc__ = name, function.__module__, function.__doc__
        DECLARED[name] = Declared(
            rules, plain_path(path), "POST", 200, takes, partly=False, upload=None, is_open=True
        )
        resource.router.add_api_operation(
            path,
            ["POST"],
            view,
            auth=None,
            response={200: shown},
            operation_id=name,
            url_name=name.replace(".", "-"),
            summary=(function.__doc__ or "").strip().splitlines()[0].rstrip("."),
            description=inspect.cleandoc(function.__doc__ or ""),
        )
        return function

    return declare
