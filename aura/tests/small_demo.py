"""The demo for tests: loaded with small pictures, into a folder of the file's own."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.signals import setting_changed

from aura.demo import load


@pytest.fixture(scope="module", autouse=True)
def small_and_apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pytest.MonkeyPatch]:
    """Draw small pictures, into a folder of this file's tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(load, "PICTURE", {"width": 120, "height": 90})
        patch.setenv("AURA_DEMO_PASSWORD", "a long enough password")
        if settings.AURA_STORAGE == "local":
            patch.setattr(settings, "MEDIA_ROOT", tmp_path_factory.mktemp("media"))
            reset_storage()
        yield patch
    reset_storage()


def reset_storage() -> None:
    """Let the storage read its settings anew."""
    setting_changed.send(sender=None, setting="MEDIA_ROOT", value=settings.MEDIA_ROOT, enter=True)


def run(**options: Any) -> str:
    """Load the demo and return what the command said."""
    said = StringIO()
    call_command("load_demo", stdout=said, **options)
    return said.getvalue()
