"""What a browser does not answer ends here: a test fails then, rather than wait for ever."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Generator
from typing import Any

import psutil
import pytest

HANGS = 480
"""Seconds after which a test with a browser hangs; below `faulthandler_timeout`, which would end the whole process."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """Kill the browser of a test that hangs.

    Playwright waits without a limit for the answer to a press, a move, a script, a close. Without its driver all of
    them fail at once, and whoever needs a browser next starts a new one.
    """
    if item.get_closest_marker("browser") is None:
        return (yield)
    watch = threading.Timer(HANGS, kill_browsers)
    watch.daemon = True
    watch.start()
    try:
        return (yield)
    finally:
        watch.cancel()


def kill_browsers() -> None:
    """Kill Playwright's driver and all it started."""
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.Error):  # one that has just ended
            if "run-driver" in child.cmdline():
                for process in [child, *child.children(recursive=True)]:
                    process.kill()
