"""The check for SQLite releases that can damage a database."""

from io import StringIO

import pytest
from django.core.checks import run_checks
from django.core.management import call_command

from aura.kit import checks
from aura.kit.checks import has_wal_reset_bug


@pytest.mark.parametrize("version", [(3, 40, 1), (3, 44, 5), (3, 50, 6), (3, 51, 2), (3, 45, 0)])
def test_a_release_with_the_wal_reset_bug_is_known(version: tuple[int, int, int]) -> None:
    assert has_wal_reset_bug(version)


@pytest.mark.parametrize("version", [(3, 44, 6), (3, 50, 7), (3, 51, 3), (3, 52, 0), (4, 0, 0)])
def test_a_fixed_release_passes(version: tuple[int, int, int]) -> None:
    assert not has_wal_reset_bug(version)


def test_only_the_check_before_a_deployment_tells_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks.sqlite3, "sqlite_version_info", (3, 40, 1))
    monkeypatch.setattr(checks.connection, "vendor", "sqlite", raising=False)
    assert "aura.I001" not in {message.id for message in run_checks()}
    said = StringIO()
    call_command("check", deploy=True, stderr=said, stdout=StringIO())
    assert said.getvalue().count("aura.I001") == 1
