"""Search: what is found, in which order, for whom, and what people may type."""

import uuid

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aura.kit import search as engine
from aura.kit.ids import uuid7
from workspaces import search
from workspaces.models import SearchEntry, Workspace
from workspaces.scope import use_workspace


def add(title: str, *words: str, kind: str = "post") -> uuid.UUID:
    made = uuid7()
    search.index(kind, made, title=title, words=words)
    return made


def test_every_word_must_be_there_and_the_newest_comes_first(scope: Workspace) -> None:
    first = add("Walnut rye", "from the slow oven")
    second = add("Rye, three ways", "walnut butter")
    add("Soda bread")
    assert search.ids("post", "rye walnut") == [second, first]
    assert search.ids("post", "rye oven") == [first]
    assert search.ids("post", "rye harbour") == []


def test_the_last_word_may_be_a_beginning_and_the_others_may_not(scope: Workspace) -> None:
    loaf = add("Walnut sourdough")
    assert search.ids("post", "walnut sour") == [loaf]
    assert search.ids("post", "wal sourdough") == []


def test_case_and_accents_do_not_matter(scope: Workspace) -> None:
    loaf = add("RÚGBRAUÐ from Vík")
    assert search.ids("post", "rugbrauð vik") == [loaf]
    assert search.ids("post", "Vík") == [loaf]


def test_each_chinese_character_can_be_found(scope: Workspace) -> None:
    loaf = add("新麦面包")
    assert search.ids("post", "面包") == [loaf]


def test_one_kind_does_not_find_another(scope: Workspace) -> None:
    add("Rye", kind="campaign")
    assert search.ids("post", "rye") == []


def test_an_edit_renews_and_a_trashing_forgets(scope: Workspace) -> None:
    loaf = add("Rye")
    search.index("post", loaf, title="Spelt")
    assert search.ids("post", "rye") == []
    assert search.ids("post", "spelt") == [loaf]
    search.forget("post", [loaf])
    assert search.ids("post", "spelt") == []
    assert not SearchEntry.objects.exists()


def test_pages_follow_without_a_gap(scope: Workspace) -> None:
    made = [add("Rye") for _ in range(7)]
    made.reverse()
    page = search.ids("post", "rye", 3)
    assert page == made[:3]
    assert search.ids("post", "rye", 3, before=page[-1]) == made[3:6]


def test_two_objects_of_the_same_instant_are_both_found(scope: Workspace) -> None:
    first = uuid7()
    second = uuid.UUID(int=first.int ^ 1)
    search.index("post", first, title="Rye")
    search.index("post", second, title="Rye")
    assert set(search.ids("post", "rye")) == {first, second}
    search.forget("post", [first, second])
    for _ in range(2):
        search.index_many([search.entry("post", each, title="Spelt") for each in (first, second)])
        assert set(search.ids("post", "spelt")) == {first, second}


def test_another_workspace_finds_nothing_even_with_our_words_in_its_text(
    scope: Workspace, other_workspace: Workspace
) -> None:
    ours = add("Rye")
    forged = engine.document("Rye", engine.realm_of(scope.pk.hex, "post"))
    with use_workspace(other_workspace):
        theirs = add(f"Spelt {forged}")
        assert search.ids("post", "rye") == []
        assert search.ids("post", forged) == [theirs]
    assert search.ids("post", "rye") == [ours]


def test_a_realm_is_eight_letters_that_stay_one_word() -> None:
    realms = {engine.realm_of(str(number), "post") for number in range(200)}
    assert len(realms) == 200
    assert all(len(realm) == engine.REALM_LENGTH and engine.tokens(realm) == [realm] for realm in realms)


NASTY = [
    '"',
    "rye*",
    "rye AND",
    "NEAR(",
    "words:rye",
    "a'b",
    "rye & !",
    "()",
    "\x00",
    "-",
    "%",
    "ry:*",
    "\\",
    "^rye",
    "",
]


@pytest.mark.parametrize("typed", NASTY)
def test_nothing_a_person_types_is_syntax(scope: Workspace, typed: str) -> None:
    add("Rye")
    search.ids("post", typed)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(max_size=80))
def test_any_text_can_be_indexed_and_asked_for(scope: Workspace, text: str) -> None:
    loaf = add(text)
    found = search.ids("post", text[:60], 1000)
    if engine.tokens(text[:60]) and all(token.isascii() for token in engine.tokens(text)):
        assert loaf in found
    search.forget("post", [loaf])


def test_the_index_is_used(scope: Workspace) -> None:
    add("Rye")
    if connection.vendor != "sqlite":
        pytest.skip("reads SQLite's plan")
    with connection.cursor() as cursor:
        cursor.execute(
            'EXPLAIN QUERY PLAN SELECT t."number" FROM workspaces_searchentry_fts AS f '
            'CROSS JOIN workspaces_searchentry AS t ON t."number" = f.rowid '
            "WHERE f.words MATCH 'rye' AND t.workspace_id = 'x' ORDER BY f.rowid DESC LIMIT 3"
        )
        plan = " | ".join(row[3] for row in cursor.fetchall())
    assert "USING INDEX" in plan and "TEMP B-TREE" not in plan, plan
