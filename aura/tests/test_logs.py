"""Logs: one line a record, no secrets, nothing that a stranger could write into them."""

from __future__ import annotations

import json
import logging
import re
import uuid
from collections.abc import Callable, Iterator
from io import StringIO

import pytest
import structlog
from django.test import Client, override_settings

from aura import logs
from aura.kit.requests import set_request_id
from workspaces.models import User, Workspace
from workspaces.tests.programs import make

SECRET = "Zk3vP0aXw9-Q7rT2yLm8NbC4dEfG"  # what a signed link looks like


@pytest.fixture
def written() -> Iterator[Callable[[str], StringIO]]:
    """Return a function that sets logging up in a format and gives what is written."""
    handlers = logging.getLogger().handlers[:]

    def start(kind: str) -> StringIO:
        logs.configure({"format": kind, "level": "INFO"})
        out = StringIO()
        (handler,) = (h for h in logging.getLogger().handlers if isinstance(h, logging.StreamHandler))
        handler.setStream(out)
        return out

    yield start
    logs.configure({})
    logging.getLogger().handlers[:] = handlers


@pytest.mark.parametrize("kind", ["json", "text"])
def test_L5_line_ends_and_terminal_codes_stay_on_one_line(
    written: Callable[[str], StringIO], kind: str
) -> None:
    out = written(kind)
    evil = "a\r\n2026-01-01 error forged\x1b[31m\u2028\u202eend"
    structlog.get_logger("t").info("upload.refused", filename=evil)
    logging.getLogger("t").warning("refused %s", evil)
    lines = out.getvalue().splitlines()
    assert len(lines) == 2
    assert "\x1b" not in out.getvalue()
    assert "\\r\\n" in (json.loads(lines[0])["filename"] if kind == "json" else lines[0])


def test_a_traceback_cannot_pose_as_a_record(written: Callable[[str], StringIO]) -> None:
    out = written("text")
    try:
        raise ValueError("first\n2026-01-01T00:00:00Z info    all is well\x1b[0m")
    except ValueError:
        structlog.get_logger("t").exception("task.failed")
    lines = out.getvalue().splitlines()
    assert len(lines) > 3
    assert all(line.startswith("    ") for line in lines[1:])
    assert "\x1b" not in out.getvalue()


@pytest.mark.parametrize("kind", ["json", "text"])
def test_L4_secrets_are_hidden_whatever_they_come_in(written: Callable[[str], StringIO], kind: str) -> None:
    out = written(kind)
    log = structlog.get_logger("t")
    log.info("a", password="hunter2 hunter2", api_key="short", Authorization="Bearer abc", cookie="x=1")
    log.info("b", path=f"/account/password/reset/key/{SECRET}/")
    log.info(f"c {SECRET}")
    logging.getLogger("t").error("broker %s", "redis://someone:hunter2@host:6379/0")
    try:
        raise RuntimeError(f"refused with {SECRET}")
    except RuntimeError:
        log.exception("d")
    text = out.getvalue()
    for secret in (SECRET, "hunter2", "Bearer", "x=1"):
        assert secret not in text
    assert "redis://someone:[hidden]@host:6379/0" in text


def test_ids_are_not_secrets() -> None:
    row = uuid.uuid4()
    assert logs.hide_secrets(f"/posts/{row}/") == f"/posts/{row}/"
    assert logs.hide_secrets("test_a_stranger_gets_nothing_at_all") == "test_a_stranger_gets_nothing_at_all"


def test_a_request_is_named_and_logged_with_its_workspace(
    written: Callable[[str], StringIO], client: Client, db: None
) -> None:
    out = written("json")
    answer = client.get("/w/barrow-rye/posts/?q=secret+words", headers={"X-Request-ID": "from-outside-1234"})
    named = answer["X-Request-ID"]
    assert uuid.UUID(named).version == 7, "an id from a stranger is not taken"
    (line,) = (json.loads(text) for text in out.getvalue().splitlines() if '"request"' in text)
    assert (line["request_id"], line["method"], line["status"]) == (named, "GET", answer.status_code)
    assert line["path"] == "/w/barrow-rye/posts/"
    assert "secret" not in out.getvalue()
    assert line["ms"] >= 0


def test_a_call_of_a_program_is_logged_with_whom_it_is_made_for(
    written: Callable[[str], StringIO], client: Client, workspace: Workspace, alice: User
) -> None:
    secret = make(workspace, alice, "posts:read").secret
    out = written("json")
    assert client.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {secret}"}).status_code == 200
    (line,) = (json.loads(text) for text in out.getvalue().splitlines() if '"request"' in text)
    assert (line["workspace"], line["user"]) == (workspace.slug, str(alice.pk))
    assert secret not in out.getvalue()


def test_the_proxy_in_front_may_name_a_request(client: Client) -> None:
    with override_settings(TRUSTED_PROXIES=1):
        fresh = Client()
        assert (
            fresh.get("/health", headers={"X-Request-ID": "edge-7f3a-01"})["X-Request-ID"] == "edge-7f3a-01"
        )
        assert re.fullmatch(
            r"[0-9a-f-]{36}", fresh.get("/health", headers={"X-Request-ID": "a b\nc"})["X-Request-ID"]
        )


def test_what_a_task_logs_carries_its_id(written: Callable[[str], StringIO]) -> None:
    out = written("json")
    set_request_id("task-1")
    try:
        structlog.get_logger("t").info("a")
    finally:
        set_request_id("")
    assert json.loads(out.getvalue())["request_id"] == "task-1"
