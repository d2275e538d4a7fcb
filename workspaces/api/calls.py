"""How an app declares its calls. A new one has every rule of the API without asking for it.

    campaigns = Resource("campaigns", about="Briefs with a goal, dates and a budget.")

    @campaigns.post("/campaigns", CampaignOut, takes=CAMPAIGN, status=201)
    def create_campaign(call: Call) -> CampaignOut:
        form = call.bind(CampaignForm())
        return shown(operations.create_campaign(form.instance, …, now=call.now, by=call.by))

The function bears the name of its operation: `campaigns.create_campaign` is the right, the entry in the activity and
the operationId. It gets the call, the ids of the address, and the query; it returns what is shown, a Listing, or None.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypeVar, cast, get_type_hints

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from ninja import Query, Router
from pydantic import BaseModel, Field, create_model

from aura.kit import clock
from aura.kit.files import UploadRule
from workspaces import narrowing, roles
from workspaces.api import bodies, etags, fields, limits, once, paging
from workspaces.api.binding import Takes, need_no_member
from workspaces.api.door import Entry, Rules
from workspaces.api.paging import Listing
from workspaces.api.schemas import ListQuery, Shown, Sparse
from workspaces.credentials import Credential, use_credential
from workspaces.models import User, Workspace
from workspaces.operation import NOT_YOURS

F = TypeVar("F", bound=forms.BaseForm)
M = TypeVar("M", bound=Model)
Function = TypeVar("Function", bound=Callable[..., Any])
_BASE = re.compile(r"^(?:/w/[-\w]+)?/api/v\d+")


@dataclass
class Call:
    """One call while it is served: who makes it, when, and what they sent."""

    request: HttpRequest
    credential: Credential
    now: datetime
    body: bodies.Body
    takes: Takes | None = None
    partly: bool = False
    brought: Any = None
    """What `first` brought, where the call has one."""

    @property
    def by(self) -> User:
        """Whoever the call is made for: the actor of its operation."""
        return self.credential.user

    @property
    def workspace(self) -> Workspace:
        """The workspace that is open."""
        return self.credential.workspace

    @property
    def params(self) -> QueryDict:
        """The query, as the app's own list page reads it."""
        return self.request.GET

    def count_as(self, kind: str, *, times: int = 1) -> None:
        """Count the call under another limit too, for what it turned out to be: so many of it. Raises OverLimit."""
        limits.count(f"{self.credential.kind}:{self.credential.id}", kind, now=self.now, times=times)

    def need(self, role: roles.Role) -> None:
        """Raise PermissionDenied below `role`: for what their page shows to nobody else either."""
        if not roles.at_least(self.credential.role, role):
            raise PermissionDenied(narrowing.why_not(NOT_YOURS))

    def find(
        self, rows: QuerySet[M], pk: Any, *, shown: Callable[[M], BaseModel] | None = None, key: str = "pk"
    ) -> M:
        """Return the row of the address, which names it by `key`, or answer 404.

        Where the call changes something, nobody else changes the row until it is done, and `If-Match` is held to: by
        the version of the row, or by how it is `shown` where it has none.
        """
        if connection.in_atomic_block:
            rows = rows.select_for_update(of=("self",))
        thing = get_object_or_404(rows, **{key: pk})
        if self.request.method not in {"GET", "HEAD"}:
            etags.refuse_stale(self.request, thing, shown)
        return thing

    def bind(self, start: F) -> F:
        """Return the form with what was sent over what it would show, judged. Raises Invalid (422)."""
        assert self.takes is not None, "Say in the declaration what the call takes."
        return self.takes.bind(start, self.body, partly=self.partly)


@dataclass(frozen=True)
class Declared:
    """One call as the contract tells of it: what ninja does not know."""

    rules: Rules
    path: str
    method: str
    status: int
    takes: Takes | None
    partly: bool
    upload: UploadRule | None
    sends_file: bool = False
    is_open: bool = False  # needs no credential, as it gives one

    @property
    def holds_to_version(self) -> bool:
        """Tell whether it changes something that is there already, so that `If-Match` means something."""
        return self.rules.unsafe and ("{" in self.path or self.partly)


DECLARED: dict[str, Declared] = {}
"""Every call by its operationId."""


class Resource:
    """The calls of one subject: `name` is their tag and begins their words (`campaigns:read`)."""

    def __init__(self, name: str, *, about: str) -> None:
        self.name, self.about = name, about
        self.router = Router(tags=[name])

    def get(
        self, path: str, shown: type[Shown], *, query: type[Sparse] = Sparse, word: str | None = None
    ) -> Callable[[Function], Function]:
        """Declare a call that answers with one object."""
        return self._declare("GET", path, shown, query=query, word=word)

    def file(self, path: str) -> Callable[[Function], Function]:
        """Declare a call that answers with a file: the function returns the response."""
        return self._declare("GET", path, None, sends_file=True)

    def listing(
        self, path: str, shown: type[Shown], query: type[ListQuery] = ListQuery, *, word: str | None = None
    ) -> Callable[[Function], Function]:
        """Declare a call that answers with a page of a list: the function returns a Listing."""
        return self._declare("GET", path, shown, query=query, many=True, word=word)

    def post(
        self, path: str, shown: type[Shown] | None, *, status: int = 200, **more: Any
    ) -> Callable[[Function], Function]:
        """Declare a call that makes something or does something. For `more` see `_declare`."""
        return self._declare("POST", path, shown, status=status, **more)

    def patch(
        self, path: str, shown: type[Shown], *, takes: Takes, **more: Any
    ) -> Callable[[Function], Function]:
        """Declare a call that changes what is sent and leaves the rest."""
        return self._declare("PATCH", path, shown, takes=takes, partly=True, **more)

    def remove(self, path: str, **more: Any) -> Callable[[Function], Function]:
        """Declare a call that takes something away and answers with nothing."""
        return self._declare("DELETE", path, None, status=204, **more)

    def _declare(
        self,
        method: str,
        path: str,
        shown: type[Shown] | None,
        *,
        status: int = 200,
        query: type[Sparse] | None = None,
        many: bool = False,
        takes: Takes | None = None,
        partly: bool = False,
        does: str = "",
        word: str | None = None,
        kind: str = limits.CALLS,
        at: str = "",
        upload: UploadRule | None = None,
        apart: bool = False,
        first: Callable[..., AbstractContextManager[Any]] | None = None,
        hides: Collection[str] = (),
        sends_file: bool = False,
    ) -> Callable[[Function], Function]:
        """Declare a call.

        `does` names its operation where the function has another name; `word` says what a credential needs where no
        operation says it, "" that any will do; `kind` is its limit; `at` the address of what it makes
        (`/campaigns/{id}`); `upload` lets files in; `apart` keeps it out of one transaction, for calls that store
        files or ask somebody outside; `first` is done before the transaction and stands around it, such as keeping
        files for it: its value is `call.brought`; `hides` names what of the answer is shown once, and is not kept for
        its `Idempotency-Key`.
        """

        def declare(function: Function) -> Function:
            name = f"{function.__module__.split('.')[0]}.{function.__name__}"
            unsafe = method != "GET"
            verb = does or (name if unsafe and name in roles.RIGHTS else "")
            needed = word
            if needed is None:
                needed = (narrowing.word_of(verb) if verb else "") or f"{self.name}:read"
            parameters, names, hints = _parameters(function, path, query)
            rules = Rules(name, needed, verb, kind, names, unsafe)
            answers = status if shown or sends_file else 204
            declared = Declared(rules, plain_path(path), method, answers, takes, partly, upload, sends_file)

            def view(request: HttpRequest, **values: Any) -> HttpResponseBase:
                credential = cast(Credential, request.auth)  # type: ignore[attr-defined]
                asked = values.get("query") if query else None
                sparse = fields.wanted(asked.fields, shown) if isinstance(asked, Sparse) and shown else None
                with use_credential(credential):
                    body = bodies.read(request, files=upload is not None) if unsafe else bodies.Body()
                    if takes is None:
                        need_no_member(body)
                    call = Call(request, credential, clock.now(), body, takes, partly)
                    given = {name: value for name, value in values.items() if name in hints}

                    def respond() -> HttpResponse:
                        return _answer(
                            call, function(call, **given), declared, asked, sparse, at, given, hides
                        )

                    if sends_file:
                        return cast(HttpResponseBase, function(call, **given))
                    if not unsafe:
                        return respond()
                    key = once.key_of(request)
                    asked_hash = once.hash_of(request, str(credential.user.pk), body.digest)
                    before = once.known(key, asked_hash, now=call.now) if first else None
                    if before is not None:
                        return before
                    with first(call, **given) if first else nullcontext() as call.brought:
                        return once.answer(key, asked_hash, respond, now=call.now, apart=apart, hides=hides)

            view.__name__, view.__module__, view.__doc__ = (
                function.__name__,
                function.__module__,
                function.__doc__,
            )
            view.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
            DECLARED[name] = declared
            self.router.add_api_operation(
                path,
                [method],
                view,
                auth=[Entry(rules)],
                response={declared.status: _response_schema(shown, many)},
                operation_id=name,
                url_name=name.replace(".", "-"),
                summary=(function.__doc__ or "").strip().splitlines()[0].rstrip("."),
                description=inspect.cleandoc(function.__doc__ or ""),
                openapi_extra={"x-scope": needed},
            )
            return function

        return declare


def plain_path(route: str) -> str:
    """Return a route as the contract writes it: `/campaigns/{campaign_id}`, whatever converters it names."""
    return "/" + re.sub(r"[{<](?:\w+:)?(\w+)[}>]", r"{\1}", route).strip("/")


def _parameters(
    function: Callable[..., Any], path: str, query: type[Sparse] | None
) -> tuple[list[inspect.Parameter], frozenset[str], set[str]]:
    """Return the parameters as ninja reads them, the names that a query may have, and those of the function itself."""
    hints = get_type_hints(function, include_extras=True)
    own = [one for one in inspect.signature(function).parameters.values() if one.name != "call"]
    in_path = set(re.findall(r"{(\w+)}", plain_path(path)))
    names = {one.name for one in own} - in_path - {"query"}
    parameters = [
        inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=HttpRequest)
    ]
    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters += [
        one.replace(annotation=hints[one.name], kind=keyword) for one in own if one.name != "query"
    ]
    if query is not None:
        names |= set(query.model_fields)
        annotation: Any = Annotated[query, Query(...)]  # type: ignore[valid-type]
        parameters.append(inspect.Parameter("query", inspect.Parameter.KEYWORD_ONLY, annotation=annotation))
    return parameters, frozenset(names), {one.name for one in own}


def _response_schema(shown: type[Shown] | None, many: bool) -> Any:
    if shown is None or not many:
        return shown
    return create_model(
        f"{shown.__name__}List",
        __base__=Shown,
        __doc__="One page of a list.",
        items=(list[shown], _member("What is on this page.", [])),  # type: ignore[valid-type]
        next=(
            str | None,
            _member("The `cursor` of the next page; null on the last one.", "WyIyMDI2IiwgImEiXQ"),
        ),
        total=(int, _member("How many there are in all, counted to 10,001.", 42)),
    )


def _member(description: str, example: Any) -> Any:
    return Field(description=description, examples=[example])


def _answer(
    call: Call,
    result: Any,
    declared: Declared,
    query: Sparse | None,
    sparse: set[str] | None,
    at: str,
    given: Mapping[str, Any],
    hides: Collection[str],
) -> HttpResponse:
    """Turn what a function returned into the answer. What is shown once is no part of its tag."""
    if result is None:
        return HttpResponse(status=204)
    if isinstance(result, HttpResponse):
        return result
    if isinstance(result, Listing):
        assert isinstance(query, ListQuery)
        return _list_answer(call, paging.part_of(result, query), sparse)
    assert isinstance(result, BaseModel)
    body = result.model_dump_json(include=sparse).encode()
    response = HttpResponse(body, status=declared.status, content_type="application/json")
    tagged = result.model_dump_json(exclude=set(hides)).encode() if hides else body
    response["ETag"] = etags.tag_of(tagged, getattr(result, "version", None))
    if not declared.rules.unsafe and etags.is_known(call.request, response["ETag"]):
        return HttpResponse(status=304, headers={"ETag": response["ETag"]})
    if at:
        base = _BASE.match(call.request.path)
        response["Location"] = (
            f"{base.group() if base else ''}{at.format(**given, id=getattr(result, 'id', ''))}"
        )
    return response


def _list_answer(call: Call, part: paging.Part, sparse: set[str] | None) -> HttpResponse:
    items = b",".join(item.model_dump_json(include=sparse).encode() for item in part.items)
    body = b'{"items":[%s],"next":%s,"total":%d}' % (items, json.dumps(part.next).encode(), part.total)
    tag = etags.tag_of(body, None)
    if etags.is_known(call.request, tag):
        return HttpResponse(status=304, headers={"ETag": tag})
    response = HttpResponse(body, content_type="application/json", headers={"ETag": tag})
    if part.next:
        response["Link"] = paging.link_to_next(call.request, part.next)
    return response
