"""Prepared queries: SQL that is made once belongs to the workspace that is open each time it is asked."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from workspaces.models import ApiToken, Membership, User, Workspace
from workspaces.prepared import Prepared
from workspaces.scope import NoWorkspace, every_workspace, use_workspace
from workspaces.tests.programs import make


def by_id() -> Prepared[ApiToken]:
    return Prepared(lambda value: ApiToken.objects.select_related("membership__user").filter(pk=value))


def test_it_finds_what_the_same_query_finds_each_time_anew(workspace: Workspace, alice: User) -> None:
    tokens, ask = [make(workspace, alice), make(workspace, alice)], by_id()
    with use_workspace(workspace):
        for token in tokens:
            found = ask.first(token.pk)
            assert found == token
            assert found is not None
            columns = [field.attname for field in ApiToken._meta.concrete_fields]
            saved = ApiToken.objects.get(pk=token.pk)
            assert [getattr(found, name) for name in columns] == [getattr(saved, name) for name in columns]
            with CaptureQueriesContext(connection) as ran:
                assert found.membership.user == alice
            assert len(ran) == 0
        assert ask.first(uuid.uuid4()) is None


def test_it_finds_nothing_of_another_workspace_and_nothing_outside(
    workspace: Workspace, other_workspace: Workspace, alice: User
) -> None:
    token, ask = make(workspace, alice), by_id()
    with use_workspace(workspace):
        assert ask.rows(token.pk) == [token]
    with use_workspace(other_workspace):
        assert ask.rows(token.pk) == []
    with pytest.raises(NoWorkspace):
        ask.rows(token.pk)
    with every_workspace("a test looks everywhere"):
        assert ask.rows(token.pk) == [token]
    with use_workspace(other_workspace):
        assert ask.rows(token.pk) == []


def test_it_gives_single_columns_as_tuples(workspace: Workspace, alice: User) -> None:
    token = make(workspace, alice, name="Shop window")
    ask = Prepared(lambda value: ApiToken.objects.filter(token_hash=value).values_list("id", "name"))
    with use_workspace(workspace):
        assert ask.rows(token.token_hash) == [(token.pk, "Shop window")]
        assert ask.rows("0" * 64) == []


def test_a_query_that_would_forget_its_value_or_the_workspace_is_refused(
    workspace: Workspace, alice: User
) -> None:
    with use_workspace(workspace):
        with pytest.raises(AssertionError, match="value"):
            Prepared(lambda value: ApiToken.objects.all()).rows(uuid.uuid4())
        with pytest.raises(AssertionError, match="workspace"):
            Prepared(lambda value: Membership.objects.filter(pk=value)).rows(uuid.uuid4())
