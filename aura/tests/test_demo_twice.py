"""The demo, loaded by two processes at the same time: one of them does it, and neither harms the other's files."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

import pytest

from aura.tests.processes import Running
from aura.tests.test_work import database_url
from posts.models import Post
from workspaces.models import User, Workspace
from workspaces.scope import every_workspace

LOADED = 240  # seconds that it may take on a machine that is busy with other tests


@pytest.mark.django_db(transaction=True)
@pytest.mark.thorough
def test_two_loads_at_once_make_one_whole_demo(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    passed = {name: value for name, value in os.environ.items() if name.startswith(("AURA_", "REDIS_"))}
    env = passed | {"DATABASE_URL": database_url(), "AURA_DATA_DIR": str(tmp_path)}
    with ExitStack() as stack:
        both = [stack.enter_context(Running("manage.py", "load_demo", **env)) for _ in range(2)]
        codes = [one.process.wait(LOADED) for one in both]
        said = [one.said() for one in both]
    assert codes == [0, 0], said
    assert sorted("Demo loaded." in words for words in said) == [False, True], said
    assert sorted("The demo is there already." in words for words in said) == [False, True], said
    assert "Traceback" not in "".join(said)

    assert Workspace.objects.get().slug == "demo"
    assert User.objects.filter(is_superuser=True).count() == 1
    with every_workspace("counting what one load makes"):
        titles = list(Post.objects.values_list("title", flat=True))
    assert len(titles) == len(set(titles)) > 0
    with Running("manage.py", "check_storage", "--hashes", **env) as check:
        assert check.process.wait(LOADED) == 0, check.said()
        assert "Rows and files agree." in check.said()
