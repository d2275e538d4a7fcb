"""What a web process does once, before its first request."""

import gc
from importlib import import_module

from django.conf import settings


def warm_up() -> None:
    """Load the code of every page, and take all that is loaded out of the garbage collector's rounds.

    It never becomes garbage, and to look through it again and again adds tens of milliseconds to some requests.
    """
    import_module(settings.ROOT_URLCONF)
    gc.collect()
    gc.freeze()
