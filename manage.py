#!/usr/bin/env python
"""Aura's command line: `python manage.py help` lists what it can do."""

import os
import sys


def main() -> None:
    """Run the command named on the command line, and say plainly what is wrong with a setting."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aura.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    if sys.argv[1:2] == ["run"]:
        make_keys()
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as problem:
        sys.exit(f"Aura cannot start: {problem}")


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


if __name__ == "__main__":
    main()
