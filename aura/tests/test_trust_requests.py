"""Requests that nobody's browser makes: junk in addresses and forms, fields not asked for, errors (L2, L3, M1, T5)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import django
import pytest
from django.test import Client

from aura.kit import clock
from aura.tests.addresses import every_address
from aura.tests.world import contents, make_world
from campaigns.models import Brand, Campaign
from posts.models import Channel, Post
from workspaces.models import Heartbeat, User, Workspace
from workspaces.scope import use_workspace

World = dict[Any, Any]
MORE_JUNK = ["x" * 100_000, "-1", "\u202e\ufeff", "2026-02-30"]
JUNK = {
    "lookups": {
        "ordering": "owner__password",
        "sort": "workspace__slug",
        "workspace__slug__startswith": "b",
        "created_by__password": "x",
        "_connector": "OR",
        "q": '"unbalanced (NEAR * AND NOT',
        "from": "0001-01-01",
        "to": "9999-12-31",
        "day": "9999-12-31",
    },
    "numbers": {
        "page": "9" * 20,
        "after": "9" * 400,
        "before": "junk",
        "limit": "-1",
        "offset": "1e400",
        "day": "2026-13-45",
        "campaign": "' OR ''='",
        "channel": str(uuid.uuid4()),
        "status": "published'",
        "q": "%' OR 1=1 --",
    },
    "NUL": dict.fromkeys(
        ("q", "state", "campaign", "channel", "after", "before", "tag", "day", "sort"), "\x00"
    ),
    "length": {"q": "a" * 4000, "sort": "x" * 2000, "month": "0000-00", "day": "0001-01-01", "view": "../.."},
}


@pytest.fixture
def world(workspace: Workspace, alice: User) -> World:
    now = clock.now()
    Heartbeat.objects.create(id=uuid.uuid4(), kind="work", started_at=now, beat_at=now + timedelta(hours=1))
    return make_world(workspace, alice)


def none(wrong: list[str]) -> None:
    """Fail with every sentence that is in the list."""
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK)
def test_T5_junk_in_an_address_breaks_no_page_and_asks_nothing_else(
    junk: dict[str, str], world: World, workspace: Workspace, alice: User, client_of: Callable[[User], Client]
) -> None:
    client, wrong = client_of(alice), []
    client.raise_request_exception = False
    for address in every_address():
        if address.is_of_admin or address.name == "account_logout":
            continue
        path = address.path(workspace if address.is_of_workspace else None, world)
        response = client.get(path, junk)
        if response.status_code >= 500:
            wrong.append(f"{path}: {response.status_code}")
    none(wrong)


@pytest.mark.parametrize(
    "value",
    [
        "\x00",
        "[]",
        "9" * 30,
        *(pytest.param(text, marks=pytest.mark.thorough) for text in MORE_JUNK),
    ],
)
def test_M2_junk_in_a_form_is_judged_and_never_breaks(
    value: str, world: World, workspace: Workspace, alice: User, client_of: Callable[[User], Client]
) -> None:
    names = {
        "name", "title", "caption", "campaign", "brand", "channels", "media", "assets", "day", "time", "fold",
        "version", "zone", "slug", "email", "role", "note", "url", "verb", "post", "voice_tags",
        "tags", "budget", "currency", "start_date", "end_date", "colours", "logo", "alt_text",
        "spacing_seconds", "grace_minutes", "next", "intent",
        "change", "theme", "password", "code", "key", "login", "q",
    }  # fmt: skip
    client, wrong = client_of(alice), []
    client.raise_request_exception = False
    with use_workspace(workspace):
        names |= {f"words_{channel.pk.hex}" for channel in Channel.objects.all()}
    for address in every_address():
        if address.is_of_admin or address.name in {"account_logout", "account_delete"}:
            continue
        path = address.path(workspace if address.is_of_workspace else None, world)
        response = client.post(path, dict.fromkeys(names, value))
        if response.status_code >= 500:
            wrong.append(f"{path}: {response.status_code}")
    none(wrong)


def test_M1_fields_that_are_not_asked_for_change_nothing(
    workspace: Workspace,
    other_workspace: Workspace,
    bob: User,
    alice: User,
    client_of: Callable[[User], Client],
) -> None:
    client, mine = client_of(bob), str(uuid.uuid4())
    with use_workspace(workspace):
        brand = Brand.objects.create(name="Rye")
        campaign = Campaign.objects.create(brand=brand, name="First")
    asked_by_nobody = {
        "id": mine, "pk": mine, "workspace": str(other_workspace.pk), "workspace_id": str(other_workspace.pk),
        "created_by": str(alice.pk), "created_by_id": str(alice.pk), "status": "published", "review_status": "approved",
        "approved_by": str(alice.pk), "approved_hash": "x", "published_at": "2026-01-01", "started_at": "2026-01-01",
        "trashed_at": "2026-01-01", "version": "99", "role": "owner", "is_staff": "on", "is_superuser": "on",
        "secret": "mine", "due_at": "2026-01-01",
    }  # fmt: skip
    room = f"/w/{workspace.slug}"
    answers = [
        client.post(f"{room}/brands/new/", {**asked_by_nobody, "name": "Moss"}),
        client.post(
            f"{room}/campaigns/new/",
            {**asked_by_nobody, "name": "New", "brand": str(brand.pk), "currency": "EUR"},
        ),
        client.post(
            f"{room}/posts/new/", {**asked_by_nobody, "title": "Hello", "campaign": str(campaign.pk)}
        ),
        client.post("/profile/", {**asked_by_nobody, "name": "Bob", "theme": "dark"}),
    ]
    assert [answer.status_code for answer in answers] == [302] * 4
    with use_workspace(workspace):
        made = [
            Brand.objects.get(name="Moss"),
            Campaign.objects.get(name="New"),
            Post.objects.get(title="Hello"),
        ]
        assert {row.created_by for row in made} == {bob}
        assert mine not in {str(row.pk) for row in made}
        assert (made[1].status, made[1].started_at, made[1].version) == ("onboarding_incomplete", None, 1)
        assert (made[2].status, made[2].review_status, made[2].published_at) == ("draft", "none", None)
    bob.refresh_from_db()
    assert not bob.is_staff
    assert bob.memberships.get().role == "editor"
    with use_workspace(other_workspace):
        assert not Campaign.objects.exists()


# What answers give away ---------------------------------------------------------------------------------------------

TELLS = ["Traceback", 'File "', ".py", "site-packages", "/work", "/home", "/tmp", "settings", "secret"]
TELLS.append(django.get_version())


def test_L3_an_error_shows_no_trace_no_path_and_no_version(
    alice: User,
    workspace: Workspace,
    client_of: Callable[[User], Client],
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from workspaces.context import Shell

    assert not settings.DEBUG

    def break_down(self: Shell) -> list[Any]:
        raise RuntimeError("/tmp/secret/path.py is broken")

    client = client_of(alice)
    client.raise_request_exception = False
    monkeypatch.setattr("workspaces.middleware.first_place", break_down)
    answer = client.get(f"/w/{workspace.slug}/")
    body = answer.content.decode()
    assert answer.status_code == 500
    assert "Something broke" in body
    assert [word for word in TELLS if word in body] == []
    assert [word for word in TELLS if word in str(answer.headers)] == []


@pytest.mark.parametrize(
    "path",
    [
        "/.git/", "/.git/config", "/.env", "/static/../aura/settings.py", "/static/%2e%2e/manage.py",
        "/static//etc/passwd",
        "/metrics", "/api/schema", "/var/aura.sqlite3", "/media/", "/server-status", "/__debug__/", "/styleguide/",
        "/public/media/../../etc/passwd", "/w/../admin/", "/w/%2e%2e/%2e%2e/etc/passwd", "/static/", "/debug/",
    ],
)  # fmt: skip
def test_L3_what_is_no_page_is_404_or_sign_in_and_tells_nothing(
    path: str, workspace: Workspace, alice: User, client_of: Callable[[User], Client]
) -> None:
    for client in (Client(), client_of(alice)):
        answer = client.get(path)
        assert answer.status_code in {404, 302, 400}, path
        if answer.status_code == 302:
            assert answer["Location"].startswith(("/account/login/", "/admin/login/")), path
        body = answer.content.decode()
        assert [word for word in TELLS if word in body.replace(path, "")] == []
        assert "Server" not in answer.headers
        assert "X-Powered-By" not in answer.headers


def test_L3_the_names_of_our_own_folders_are_no_addresses(client: Client, db: None) -> None:
    root = Path(__file__).resolve().parents[2]
    for entry in root.iterdir():
        if entry.name in {"media", "static"}:
            continue
        answer = client.get(f"/{entry.name}")
        assert answer.status_code in {404, 301, 302}, entry.name
        assert not getattr(answer, "streaming", False)


def test_M3_a_method_in_a_header_is_no_method(
    world: World, workspace: Workspace, alice: User, client_of: Callable[[User], Client]
) -> None:
    client, before = client_of(alice), None
    path = f"/w/{workspace.slug}/campaigns/{world[Campaign].pk}/delete/"
    client.get(path)
    before = contents()
    for header in ("X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"):
        client.get(path, headers={header: "POST"})
        client.get(path, {"_method": "POST"}, headers={header: "DELETE"})
    assert contents() == before
