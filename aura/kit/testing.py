"""What tests share: Alice (owner), Bob (editor), Carol (viewer), Mallory (stranger), and the SQL belt."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import Model, QuerySet
from django.test import Client
from django.utils import timezone

from aura.kit.statistics import refresh_statistics

if TYPE_CHECKING:
    from workspaces.models import User, Workspace


def _person(email: str, name: str) -> User:
    from workspaces.models import User

    return User.objects.create_user(email, "a long enough password", name=name)


@pytest.fixture(scope="session", autouse=True)
def bucket() -> None:
    """Make the bucket that only this process's tests use, where files are kept in one."""
    if settings.AURA_STORAGE == "s3":
        default_storage.bucket.create()  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def nothing_counted(request: pytest.FixtureRequest) -> None:
    """Start without what other tests have left in the cache, limits above all: not every test is rolled back there."""
    if {"db", "transactional_db"} & set(request.fixturenames) or request.node.get_closest_marker("django_db"):
        request.getfixturevalue("db")
        cache.clear()


@pytest.fixture
def workspace(db: None) -> Workspace:
    """The team's workspace, in Dublin's zone. It is not open: take `scope` for that."""
    from workspaces.models import Workspace

    return Workspace.objects.create(name="Barrow & Rye", slug="barrow-rye", zone="Europe/Dublin")


@pytest.fixture
def other_workspace(db: None) -> Workspace:
    """Another team's workspace; Mallory owns it."""
    from workspaces.models import Workspace

    return Workspace.objects.create(name="Moss & Co", slug="moss-co", zone="UTC")


def _member(email: str, name: str, workspace: Workspace, role: str) -> User:
    from workspaces.models import Membership

    user = _person(email, name)
    Membership.objects.create(workspace=workspace, user=user, role=role)
    return user


@pytest.fixture
def alice(workspace: Workspace) -> User:
    """The owner."""
    return _member("alice@example.com", "Alice Byrne", workspace, "owner")


@pytest.fixture
def bob(workspace: Workspace) -> User:
    """An editor."""
    return _member("bob@example.com", "Bob Cullen", workspace, "editor")


@pytest.fixture
def carol(workspace: Workspace) -> User:
    """A viewer."""
    return _member("carol@example.com", "Carol Daly", workspace, "viewer")


@pytest.fixture
def mallory(other_workspace: Workspace) -> User:
    """A stranger: the owner of another workspace on the same instance."""
    return _member("mallory@example.com", "Mallory Eve", other_workspace, "owner")


@pytest.fixture
def scope(workspace: Workspace) -> Iterator[Workspace]:
    """Open the team's workspace for the whole test."""
    from workspaces.scope import use_workspace

    with use_workspace(workspace):
        yield workspace


@pytest.fixture
def client_of() -> Callable[[User], Client]:
    """Return a function that makes a browser signed in as a user."""

    def make(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return make


def just_now() -> datetime:
    """Return a moment that has surely passed for the database too: SQLite's clock counts whole milliseconds."""
    return timezone.now() - timedelta(seconds=1)


def settle_tables(*kinds: type[Model]) -> None:
    """Have the database know these tables as they are now, so that plans depend on nothing but their rows.

    On PostgreSQL what earlier tests rolled back still lies in table and indexes, more or less of it by what has
    cleaned up when, and the planner counts its pages: so they are written anew first. Both hold until the test ends.
    """
    refresh_statistics()
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # nothing else may wait for these tables
        for kind in kinds:
            table = connection.ops.quote_name(kind._meta.db_table)
            cursor.execute(
                f"CLUSTER {table} USING {connection.ops.quote_name(f'{kind._meta.db_table}_pkey')}"
            )
            cursor.execute(f"ANALYZE {table}")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def plan_of(rows: QuerySet[Any]) -> str:
    """Return how the database would find these rows, were they many.

    PostgreSQL reads the few rows of a test straight through, so that is made dear to it first.
    """
    if connection.vendor != "postgresql":
        return rows.explain()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = rows.explain()
        transaction.set_rollback(True)
    return plan


def _tenant_tables() -> frozenset[str]:
    from workspaces.models import WorkspaceModel

    return frozenset(m._meta.db_table for m in apps.get_models() if issubclass(m, WorkspaceModel))


_WRITE_BY_KEY = re.compile(r'^(INSERT INTO|DELETE FROM "(\w+)" WHERE "\2"\."id" (IN|=))')
_TABLE = re.compile(r'(?:FROM|JOIN|UPDATE) "(\w+)"')


def tenant_leak(sql: str, tables: frozenset[str]) -> str | None:
    """Return the tenant table that this statement reads or changes with no `workspace_id` condition, or None.

    Inserts and deletes by primary key are exempt (decisions.md, Scope): the row was fetched in scope.
    """
    if _WRITE_BY_KEY.match(sql):
        return None
    touched = [table for table in _TABLE.findall(sql) if table in tables]
    if not touched or re.search(r'"workspace_id" (=|IN)|\(1 = 1\)|1 = 1|1 = 0', sql):
        return None
    return touched[0]


@pytest.fixture(autouse=True)
def sql_belt(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail on SQL that touches a tenant table without its tenant condition: the second belt of the scope."""
    if not {"db", "transactional_db"} & set(request.fixturenames):
        yield
        return
    tables = _tenant_tables()

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        table = tenant_leak(str(sql), tables)
        if table is not None:
            raise AssertionError(f"SQL touches {table} without a workspace condition: {sql}")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield
