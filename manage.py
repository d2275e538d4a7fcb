#!/usr/bin/env python
"""Aura's command line: `python manage.py help` lists what it can do."""

import os
import sys
from contextlib import suppress


def main() -> None:
    """Run the command named on the command line, and say plainly what is wrong with a setting."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aura.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import OperationalError, ProgrammingError

    if sys.argv[1:2] == ["run"]:
        make_keys()
    else:
        make_tmp()
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as problem:
        sys.exit(f"Aura cannot start: {problem}")
    except (OperationalError, ProgrammingError) as problem:
        if "--traceback" in sys.argv or not lacks_tables(str(problem)):
            raise
        from django.conf import settings

        sys.exit(
            f"The database {settings.DATABASES['default']['NAME']} has not the tables of this Aura. Give the settings "
            "that the server reads (AURA_DATA_DIR, DATABASE_URL), or make them: manage.py run --prepare."
        )


def make_keys() -> None:
    """Make the keys of a new instance before the settings read them; say what is wrong with its folder."""
    from aura import keys

    try:
        keys.make_missing()
    except OSError as problem:
        sys.exit(
            f"Aura cannot start: {keys.data_dir()} cannot be written to ({problem.strerror}). "
            "Set AURA_DATA_DIR to a folder that can."
        )


def make_tmp() -> None:
    """Make the folder for temporary files where the data folder has none, as after it was restored from a backup."""
    from aura import keys

    with suppress(OSError):
        (keys.data_dir() / "tmp").mkdir(exist_ok=True, mode=0o750)


def lacks_tables(problem: str) -> bool:
    """Tell whether a database says that it does not know a table or column, in the words of either engine."""
    return any(words in problem for words in ("no such table", "no such column")) or (
        "does not exist" in problem and any(words in problem for words in ("relation", "column"))
    )


if __name__ == "__main__":
    main()
