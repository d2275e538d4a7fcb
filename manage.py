#!/usr/bin/env python
"""Aura's command line: `python manage.py help` lists what it can do."""

import os
import sys


def main() -> None:
    """Run the command named on the command line, and say plainly what is wrong with a setting."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aura.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        if sys.argv[1:2] == ["run"]:
            from aura import keys

            keys.make_missing()  # before the settings read them
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as problem:
        sys.exit(f"Aura cannot start: {problem}")
    except PermissionError as problem:
        sys.exit(f"Aura cannot start: {problem.filename} cannot be written. Set AURA_DATA_DIR to a folder that can.")


if __name__ == "__main__":
    main()
