"""Tests that share what is dear to make stay together on one of the workers: every other one would make it again.

`--dist loadgroup` of pytest-xdist 3.8 writes a group into a test's id, which pytest 9.2 does not take any more: each
test stands alone then. So the groups are told by the ids themselves, here.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import pytest

BROWSER = "aura/tests/browser/"
FAST = {"test_main_job", "test_keyboard", "test_without_javascript"}
"""Modules of the browser's tests that are in the fast suite; the others are thorough."""
ALONE = {f"aura/tests/test_{name}.py" for name in ("demo", "demo_loading", "run", "widgets")}
"""Files with a fixture of their own that takes long."""


def group_of(test: str) -> str:
    """Return the group of the test with this id: the id itself where it stands alone."""
    path, _, name = test.partition("::")
    if path.startswith(BROWSER):
        return "browser" if PurePosixPath(path).stem in FAST else path
    if path in ALONE:
        return path
    if path.startswith("media_library/tests/") and "_killed_" in name:
        return "killed"  # they start from one folder of data, which a process of its own has begun
    return test


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Hand out tests by their groups, where `--dist loadgroup` asks for that."""
    from xdist.scheduler import LoadScopeScheduling

    class ByGroup(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    return ByGroup(config, log) if config.getvalue("dist") == "loadgroup" else None
