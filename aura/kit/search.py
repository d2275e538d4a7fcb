"""Full-text search: one function with SQLite FTS5 and PostgreSQL tsvector behind it.

Words are taken apart here and not by the engines, so that both find the same: folded (NFKD without accents, lower
case), cut at everything that is no letter or digit. A searched table has a text column `words` of such tokens and a
unique integer column `number`, newest highest. Tokens that begin with "_" are ours (the tenant, the kind): no text can
hold one, so a filter inside the index cannot be forged.

Results come newest first and are never ranked: ranking needs every match, newest first only the first few
(facts: 1,000,000 rows, two words and the tenant, FTS5 0.3 ms, tsvector 22 ms).
"""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection, models

TOKEN_LENGTH = 60  # longer runs of letters are cut: nobody types them, and tsvector refuses lexemes over 2 KB
WORDS_AT_MOST = 4000  # a tsvector holds 1 MB; this stays far below
QUERY_WORDS_AT_MOST = 8

# One Chinese character or Japanese kana is a token of its own (no spaces between words); others run on.
_TOKEN = re.compile(
    r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+"
)
_OURS = re.compile(r"^_[0-9a-z_]+$")


def tokens(text: str) -> list[str]:
    """Return the folded words of a text in their order, each as often as it occurs."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return [token[:TOKEN_LENGTH] for token in _TOKEN.findall(plain.casefold())]


def document(text: str, marks: Iterable[str] = ()) -> str:
    """Return what to store in `words` for a text: its tokens, each once, after our own `marks` ("_…")."""
    own = [_checked(mark) for mark in marks]
    return " ".join([*own, *list(dict.fromkeys(tokens(text)))[:WORDS_AT_MOST]])


def newest(
    table: str,
    query: str,
    *,
    marks: Iterable[str],
    where: tuple[str, uuid.UUID],
    limit: int,
    before: int | None = None,
) -> list[int]:
    """Return the `number` of the newest rows of `table` that hold every word of `query`, at most `limit`.

    The last word may be the beginning of one. `marks` must all be in the row; `where` is one more condition (column,
    value) on the table itself: the tenant again, as the database checks it. `before` leaves out numbers from there up.
    A query without a word finds nothing. Nothing a person types is syntax to the engine.
    """
    words = tokens(query)[:QUERY_WORDS_AT_MOST]
    if not words:
        return []
    own = [_checked(mark) for mark in marks]
    match = _ENGINES[connection.vendor][0](own, words)
    column, key = where
    sql = _ENGINES[connection.vendor][1].format(
        table=connection.ops.quote_name(table),
        index=connection.ops.quote_name(f"{table}_fts"),
        column=connection.ops.quote_name(column),
        before="" if before is None else 'AND t."number" < %s',
    )
    value = models.UUIDField().get_db_prep_value(key, connection)
    params: list[Any] = [match, value, *([] if before is None else [before]), limit]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [row[0] for row in cursor.fetchall()]


def _checked(mark: str) -> str:
    if not _OURS.match(mark):
        raise ValueError(f"{mark!r} is not a mark of ours: write _ and then letters, digits or _.")
    return mark


def _fts5_match(marks: list[str], words: list[str]) -> str:
    quoted = [f'"{token}"' for token in (*marks, *words)]
    return " AND ".join([*quoted[:-1], f"{quoted[-1]} *"])


def _tsquery(marks: list[str], words: list[str]) -> str:
    quoted = [f"'{token}'" for token in (*marks, *words)]
    return " & ".join([*quoted[:-1], f"{quoted[-1]}:*"])


# The full-text table is walked newest first by its rowid, which is `number`; CROSS JOIN keeps SQLite to that order.
_FTS5_SELECT = (
    'SELECT t."number" FROM {index} AS f CROSS JOIN {table} AS t ON t."number" = f.rowid '
    "WHERE f.words MATCH %s AND t.{column} = %s {before} ORDER BY f.rowid DESC LIMIT %s"
)
_TSVECTOR_SELECT = (
    'SELECT t."number" FROM {table} AS t WHERE t.words_tsv @@ %s::tsquery AND t.{column} = %s {before} '
    'ORDER BY t."number" DESC LIMIT %s'
)
_ENGINES: dict[str, tuple[Callable[[list[str], list[str]], str], str]] = {
    "sqlite": (_fts5_match, _FTS5_SELECT),
    "postgresql": (_tsquery, _TSVECTOR_SELECT),
}

# Index, made by a migration ---------------------------------------------------------------------------------------

_FTS5_MAKE = [
    # `number` and not the rowid of the table is the key: VACUUM may renumber rowids of a table whose key is no integer.
    "CREATE VIRTUAL TABLE {index} USING fts5(words, content={text}, content_rowid='number', "
    "tokenize=\"unicode61 remove_diacritics 0 tokenchars '_'\", prefix='1 2 3')",
    "CREATE TRIGGER {table_name}_fts_insert AFTER INSERT ON {table} BEGIN "
    "INSERT INTO {index}(rowid, words) VALUES (new.number, new.words); END",
    "CREATE TRIGGER {table_name}_fts_delete AFTER DELETE ON {table} BEGIN "
    "INSERT INTO {index}({index}, rowid, words) VALUES ('delete', old.number, old.words); END",
    "CREATE TRIGGER {table_name}_fts_update AFTER UPDATE OF words, number ON {table} BEGIN "
    "INSERT INTO {index}({index}, rowid, words) VALUES ('delete', old.number, old.words); "
    "INSERT INTO {index}(rowid, words) VALUES (new.number, new.words); END",
]
_FTS5_DROP = [
    "DROP TRIGGER {table_name}_fts_update",
    "DROP TRIGGER {table_name}_fts_delete",
    "DROP TRIGGER {table_name}_fts_insert",
    "DROP TABLE {index}",
]
_TSVECTOR_MAKE = [
    # The tokens are made already: no parser and no dictionary of the engine in between.
    "ALTER TABLE {table} ADD COLUMN words_tsv tsvector "
    "GENERATED ALWAYS AS (array_to_tsvector(string_to_array(words, ' '))) STORED",
    "CREATE INDEX {table_name}_fts ON {table} USING gin (words_tsv)",
]
_TSVECTOR_DROP = ["DROP INDEX {table_name}_fts", "ALTER TABLE {table} DROP COLUMN words_tsv"]


def _run(schema_editor: Any, table: str, statements: dict[str, list[str]]) -> None:
    quote = schema_editor.connection.ops.quote_name
    names = {
        "table_name": table,
        "table": quote(table),
        "index": quote(f"{table}_fts"),
        "text": f"'{table}'",
    }
    for statement in statements[schema_editor.connection.vendor]:
        schema_editor.execute(statement.format(**names))


def make_index(table: str) -> Callable[[Any, Any], None]:
    """Return a step for RunPython that makes the full-text index over `words` of a table.

    Once it exists, a later migration that makes SQLite rebuild the table has to drop the index before and make it
    again after.
    """
    return lambda apps, schema_editor: _run(
        schema_editor, table, {"sqlite": _FTS5_MAKE, "postgresql": _TSVECTOR_MAKE}
    )


def drop_index(table: str) -> Callable[[Any, Any], None]:
    """Return the step that undoes `make_index`."""
    return lambda apps, schema_editor: _run(
        schema_editor, table, {"sqlite": _FTS5_DROP, "postgresql": _TSVECTOR_DROP}
    )
