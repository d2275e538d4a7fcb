"""Full-text search: one function with SQLite FTS5 and PostgreSQL tsvector behind it.

Words are taken apart here and not by the engines, so that both find the same: folded (NFKD without accents, lower
case), cut at everything that is no letter or digit. A searched table has a text column `words` of such tokens, a
unique integer column `number`, newest highest, and the `object_id` that is looked for.

Every token begins with the eight letters of its realm (a tenant and a kind). So the index keeps the words of each
realm apart: a search reads what this tenant wrote and nothing else, and no text can pass for another tenant's.

Results come newest first and are never ranked by the engine: that needs every match, newest first only the first few.
Best match first is `relevance` over those few.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
import uuid
from collections.abc import Callable
from typing import Any

from django.db import connection, models

TOKEN_LENGTH = 60  # longer runs of letters are cut: nobody types them, and tsvector refuses lexemes over 2 KB
WORDS_AT_MOST = 4000  # a tsvector holds 1 MB; this stays far below
QUERY_WORDS_AT_MOST = 8

# One Chinese character or Japanese kana is a token of its own (no spaces between words); others run on.
_TOKEN = re.compile(
    r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+"
)
REALM_LENGTH = 8


def realm_of(*parts: str) -> str:
    """Return the eight letters that begin each token of this tenant and kind.

    Two that share them by chance (2^-40) are still parted by the condition on the table itself.
    """
    digest = hashlib.blake2b("\0".join(parts).encode(), digest_size=5).digest()
    return base64.b32encode(digest).decode().lower()


def tokens(text: str) -> list[str]:
    """Return the folded words of a text in their order, each as often as it occurs."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return [token[:TOKEN_LENGTH] for token in _TOKEN.findall(plain.casefold())]


def document(text: str, realm: str) -> str:
    """Return what to store in `words` for a text: its tokens, each once, as words of the realm."""
    return " ".join(f"{realm}{token}" for token in list(dict.fromkeys(tokens(text)))[:WORDS_AT_MOST])


def newest(
    table: str,
    query: str,
    *,
    realm: str,
    where: tuple[str, uuid.UUID],
    limit: int,
    before: int | None = None,
) -> list[uuid.UUID]:
    """Return the `object_id` of the newest rows of `table` that hold every word of `query`, at most `limit`.

    The last word may be the beginning of one. `where` is one more condition (column, value) on the table itself: the
    tenant again, as the database checks it. `before` leaves out numbers from there up. A query without a word finds
    nothing. Nothing a person types is syntax to the engine.
    """
    words = [f"{realm}{token}" for token in tokens(query)[:QUERY_WORDS_AT_MOST]]
    if not words:
        return []
    as_match, select = _ENGINES[connection.vendor]
    column, key = where
    sql = select.format(
        table=connection.ops.quote_name(table),
        index=connection.ops.quote_name(f"{table}_fts"),
        column=connection.ops.quote_name(column),
        before="" if before is None else 'AND t."number" < %s',
    )
    value = models.UUIDField().get_db_prep_value(key, connection)
    params: list[Any] = [as_match(words), value, *([] if before is None else [before]), limit]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [row[0] if isinstance(row[0], uuid.UUID) else uuid.UUID(row[0]) for row in cursor.fetchall()]


def relevance(query: str, title: str) -> tuple[int, ...]:
    """Return how well a title answers a query, best highest: for ordering a bounded number of matches.

    The title itself comes first, then one that begins with the words, that has them in a row, that has most of them
    whole, that has the last one as a beginning. Both engines rank alike, as it is done here.
    """
    asked, there = tokens(query)[:QUERY_WORDS_AT_MOST], tokens(title)
    if not asked:
        return (0, 0, 0, 0, 0)
    row = _in_a_row(asked, there)
    whole = sum(word in there for word in asked)
    begun = any(token.startswith(asked[-1]) for token in there)
    return (int(there == asked), int(row == 0), int(row >= 0), whole, int(begun))


def _in_a_row(asked: list[str], there: list[str]) -> int:
    """Return where the words stand one after the other, the last perhaps as a beginning; -1 for nowhere."""
    for at in range(len(there) - len(asked) + 1):
        part = there[at : at + len(asked)]
        if part[:-1] == asked[:-1] and part[-1].startswith(asked[-1]):
            return at
    return -1


def _fts5_match(words: list[str]) -> str:
    quoted = [f'"{word}"' for word in words]
    return " AND ".join([*quoted[:-1], f"{quoted[-1]} *"])


def _tsquery(words: list[str]) -> str:
    quoted = [f"'{word}'" for word in words]
    return " & ".join([*quoted[:-1], f"{quoted[-1]}:*"])


# The full-text table is walked newest first by its rowid, which is `number`; CROSS JOIN keeps SQLite to that order.
_FTS5_SELECT = (
    'SELECT t."object_id" FROM {index} AS f CROSS JOIN {table} AS t ON t."number" = f.rowid '
    "WHERE f.words MATCH %s AND t.{column} = %s {before} ORDER BY f.rowid DESC LIMIT %s"
)
_TSVECTOR_SELECT = (
    'SELECT t."object_id" FROM {table} AS t WHERE t.words_tsv @@ %s::tsquery AND t.{column} = %s {before} '
    'ORDER BY t."number" DESC LIMIT %s'
)
_ENGINES: dict[str, tuple[Callable[[list[str]], str], str]] = {
    "sqlite": (_fts5_match, _FTS5_SELECT),
    "postgresql": (_tsquery, _TSVECTOR_SELECT),
}

# Index, made by a migration ---------------------------------------------------------------------------------------

_FTS5_MAKE = [
    # `number` and not the rowid of the table is the key: VACUUM may renumber rowids of a table whose key is no integer.
    # The lengths of prefix are those of a realm and one to three letters.
    "CREATE VIRTUAL TABLE {index} USING fts5(words, content={text}, content_rowid='number', "
    "tokenize='unicode61 remove_diacritics 0', prefix='9 10 11')",
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
