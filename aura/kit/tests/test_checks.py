"""The check for SQLite releases that can damage a database."""

import pytest

from aura.kit.checks import has_wal_reset_bug


@pytest.mark.parametrize("version", [(3, 40, 1), (3, 44, 5), (3, 50, 6), (3, 51, 2), (3, 45, 0)])
def test_a_release_with_the_wal_reset_bug_is_known(version: tuple[int, int, int]) -> None:
    assert has_wal_reset_bug(version)


@pytest.mark.parametrize("version", [(3, 44, 6), (3, 50, 7), (3, 51, 3), (3, 52, 0), (4, 0, 0)])
def test_a_fixed_release_passes(version: tuple[int, int, int]) -> None:
    assert not has_wal_reset_bug(version)
