"""How every answer is made: problems, headers, hosts and methods."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client, RequestFactory

from aura.kit.problems import (
    ProblemsMiddleware,
    Refused,
    StaleVersion,
    TooLarge,
    TooMany,
    Unavailable,
    too_many,
)
from workspaces.models import Mail, Membership, User, Workspace
from workspaces.tests.people import LOGIN, PASSWORD, browser, clean_limits, sign_in

__all__ = ["clean_limits"]

ClientOf = Callable[[User], Client]
SETTINGS = "/w/barrow-rye/settings/"
PROBLEMS = [
    (Refused("This post is out already."), 409, "CONFLICT"),
    (StaleVersion("Somebody saved it meanwhile."), 409, "STALE_VERSION"),
    (TooLarge("Pictures are 10 MB at most."), 413, "TOO_LARGE"),
    (TooMany("Wait a minute.", 42), 429, "TOO_MANY"),
    (Unavailable("Not just now.", 7), 503, "UNAVAILABLE"),
]


def _answer(problem: Exception, **headers: str) -> HttpResponse | None:
    from django.contrib.auth.models import AnonymousUser

    request = RequestFactory().get("/somewhere/", headers=headers)
    request.user = AnonymousUser()
    return ProblemsMiddleware(lambda request: HttpResponse()).process_exception(request, problem)


@pytest.mark.parametrize(("problem", "status", "code"), PROBLEMS)
def test_a_problem_is_a_page_with_its_sentence_or_details_for_a_program(
    problem: Refused, status: int, code: str
) -> None:
    page = _answer(problem, Accept="text/html")
    details = _answer(problem, Accept="application/json")
    assert page is not None
    assert details is not None
    assert page.status_code == details.status_code == status
    if status != 503:
        assert str(problem) in page.content.decode()
    assert "data-error" in page.content.decode()
    assert details["Content-Type"] == "application/problem+json"
    told = json.loads(details.content)
    assert (told["status"], told["code"], told["detail"]) == (status, code, str(problem))
    assert set(told) == {"type", "title", "status", "detail", "code", "fields", "request_id", "timestamp"}
    for answer in (page, details):
        assert answer.get("Retry-After") == (
            str(problem.retry_after) if hasattr(problem, "retry_after") else None
        )


def test_a_database_that_does_not_answer_is_503_and_says_nothing_of_itself() -> None:
    answer = _answer(OperationalError("password authentication failed for user aura at 10.0.0.5"))
    assert answer is not None
    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert "10.0.0.5" not in answer.content.decode()
    assert _answer(ValueError("a bug")) is None


def test_the_limits_of_the_account_pages_answer_alike() -> None:
    answer = too_many(RequestFactory().post("/account/signup/"))
    assert answer.status_code == 429
    assert answer["Retry-After"] == "300"


def test_htmx_gets_the_sentence_of_a_refusal(workspace: Workspace, alice: User, client_of: ClientOf) -> None:
    answer = client_of(alice).post(f"{SETTINGS}people/leave/", headers={"HX-Request": "true"})
    assert answer.status_code == 409
    assert "needs an owner" in answer.content.decode()


POSTS = [
    SETTINGS,
    f"{SETTINGS}people/invite/",
    f"{SETTINGS}people/leave/",
    f"{SETTINGS}people/MEMBER/role/",
    f"{SETTINGS}people/MEMBER/remove/",
    f"{SETTINGS}people/MEMBER/hand-over/",
    f"{SETTINGS}delete/",
    "/profile/",
    "/profile/devices/sign-out/",
    "/profile/delete/",
    "/workspaces/new/",
    "/account/logout/",
    "/account/password/change/",
    "/account/email/",
]


@pytest.mark.parametrize("path", POSTS)
def test_C1_nothing_is_done_without_the_pages_own_token_or_from_elsewhere(
    path: str, workspace: Workspace, alice: User, bob: User
) -> None:
    client = Client(enforce_csrf_checks=True, SERVER_NAME="127.0.0.1", SERVER_PORT="8000")
    client.force_login(alice, backend=settings.AUTHENTICATION_BACKENDS[0])
    path = path.replace("MEMBER", str(Membership.objects.get(user=bob).pk))
    token = client.get(SETTINGS).content.decode().split('csrfmiddlewaretoken" value="')[1].split('"')[0]
    before = _state()
    forms: list[dict[str, Any]] = [
        {"data": {}},
        {"data": {"csrfmiddlewaretoken": "a" * 64}},
        {"data": {"csrfmiddlewaretoken": token}, "headers": {"Origin": "https://evil.example"}},
        {"data": {"csrfmiddlewaretoken": token}, "headers": {"Origin": "null"}},
    ]
    for form in forms:
        assert client.post(path, **form).status_code == 403, form
    assert _state() == before


def _state() -> list[object]:
    models = (Workspace, Membership, User, Mail)
    return [list(model.objects.order_by("pk").values()) for model in models]  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", [LOGIN, "/workspaces/", SETTINGS, "/account/password/reset/", "/nowhere/"])
def test_C3_C4_C6_headers_of_every_page(path: str, alice: User, client_of: ClientOf) -> None:
    answer = client_of(alice).get(path, headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in answer
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    policy = answer["Content-Security-Policy"]
    for rule in ("frame-ancestors 'none'", "object-src 'none'", "base-uri 'none'", "form-action 'self'"):
        assert rule in policy
    assert "unsafe" not in policy
    assert "no-store" in answer["Cache-Control"]
    if "text/html" in answer.get("Content-Type", ""):
        assert {"HX-Request", "Cookie"} <= {name.strip() for name in answer["Vary"].split(",")}


@pytest.mark.parametrize("path", [f"{SETTINGS}x.css", "/profile/x.css", f"{SETTINGS};.css"])
def test_C6_no_page_answers_to_an_address_that_looks_like_a_file(
    path: str, alice: User, client_of: ClientOf
) -> None:
    assert client_of(alice).get(path).status_code == 404


def test_C3_a_preflight_from_elsewhere_is_given_nothing(alice: User, client_of: ClientOf) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    client = client_of(alice)
    for answer in (client.options(SETTINGS, headers=asked), client.get("/static/js/app.js", headers=asked)):
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "evil.example:80", "127.0.0.1, evil.example"]
)
def test_C5_another_host_is_not_served(host: str, db: None) -> None:
    assert browser().get(LOGIN, headers={"Host": host}).status_code == 400


def test_C5_forwarded_headers_of_strangers_are_ignored(alice: User) -> None:
    client = browser(
        **{"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "X_Forwarded_For": "1.2.3.4"}
    )
    client.post("/account/password/reset/", {"email": "alice@example.com"})
    mail = Mail.objects.get()
    assert "evil.example" not in mail.body
    assert settings.AURA_URL in mail.body
    answer = sign_in(client, "alice@example.com", PASSWORD)
    assert answer["Location"] == "/"


def test_C1_a_page_that_is_too_old_to_send_says_what_to_do(db: None) -> None:
    answer = Client(enforce_csrf_checks=True).post(LOGIN, {"login": "alice@example.com"})
    assert answer.status_code == 403
    assert "reload the page, and send it again" in answer.content.decode()


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
@pytest.mark.parametrize(
    ("path", "form"),
    [
        (LOGIN, {"login": "alice@example.com", "password": "wrong"}),
        ("/account/password/reset/", {"email": "no address"}),
        ("/account/password/change/", {"oldpassword": "wrong", "password1": "x", "password2": "y"}),
    ],
)
def test_a_rejected_form_of_the_account_pages_is_422(
    path: str, form: dict[str, str], headers: dict[str, str], alice: User, client_of: Callable[[User], Client]
) -> None:
    client = client_of(alice) if "change" in path else Client()
    answer = client.post(path, form, headers=headers)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode() or 'role="alert"' in answer.content.decode()
    assert client.get(path).status_code == 200
