"""The planner knows its indexes, so that a list of ids is looked up by its ids."""

import pytest
from django.db import connection

from aura.kit.statistics import refresh_statistics
from aura.tests.test_jobs import make_targets
from posts.models import Post
from workspaces.models import Workspace


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL looks after its statistics itself.")
def test_a_list_of_ids_is_looked_up_by_its_ids(scope: Workspace) -> None:
    make_targets(300)
    refresh_statistics()
    some = list(Post.objects.values_list("pk", flat=True)[:25])
    plan = Post.objects.filter(pk__in=some).explain()
    assert "sqlite_autoindex_posts_post_1" in plan
