"""Fixtures that every test may use."""

from aura.kit.testing import (  # noqa: F401
    alice,
    bob,
    bucket,
    carol,
    client_of,
    mallory,
    other_workspace,
    scope,
    sql_belt,
    workspace,
)
from aura.kit.testing_database import database_lock, django_db_keepdb, django_db_setup, quick_flush  # noqa: F401
