"""On PostgreSQL, put assets that were never used at the end of the index by last use, where the list shows them.

SQLite has them there by itself, and takes no NULLS LAST in an index; so the model names the same index without it.
"""

from django.db import migrations

_COLUMNS = "(workspace_id, last_used_at DESC{nulls}, id DESC) WHERE trashed_at IS NULL"


def _make(nulls):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute("DROP INDEX asset_by_last_use")
            columns = _COLUMNS.format(nulls=nulls)
            schema_editor.execute(f"CREATE INDEX asset_by_last_use ON media_library_asset {columns}")

    return run


class Migration(migrations.Migration):

    dependencies = [
        ('media_library', '0011_reuse'),
    ]

    operations = [
        migrations.RunPython(_make(" NULLS LAST"), _make("")),
    ]
