"""What a web process does once, before its first request."""

import gc
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import get_template


def warm_up() -> None:
    """Load the code and the template of every page, and take all of it out of the garbage collector's rounds.

    It never becomes garbage, and to look through it again and again adds tens of milliseconds to some requests.
    """
    import_module(settings.ROOT_URLCONF)
    folders: Any = settings.TEMPLATES[0]["DIRS"]
    for folder in map(Path, folders):
        for template in folder.rglob("*.html"):
            get_template(template.relative_to(folder).as_posix())
    gc.collect()
    gc.freeze()
