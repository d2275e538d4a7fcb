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
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as problem:
        sys.exit(f"Aura cannot start: {problem}")


if __name__ == "__main__":
    main()
