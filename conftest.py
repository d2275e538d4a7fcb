"""Fixtures that every test may use."""

from hypothesis import HealthCheck, settings

from aura.kit.testing import (  # noqa: F401
    alice,
    bob,
    bucket,
    carol,
    client_of,
    mallory,
    nothing_counted,
    other_workspace,
    scope,
    sql_belt,
    workspace,
)
from aura.kit.testing_database import database_lock, django_db_keepdb, django_db_setup, quick_flush  # noqa: F401
from aura.kit.testing_groups import pytest_xdist_make_scheduler  # noqa: F401

# The same examples in every run, however slow the machine: chance is for `--hypothesis-profile default`.
settings.register_profile(
    "aura", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("aura")
