"""Settings from the environment: wrong values are refused with a sentence that says what would be right."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from aura.kit import env

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(("value", "meant"), [("1", True), ("yes", True), ("OFF", False), ("0", False)])
def test_a_flag_is_read(monkeypatch: pytest.MonkeyPatch, value: str, meant: bool) -> None:
    monkeypatch.setenv("X", value)
    assert env.flag("X", not meant) is meant


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", "  ")
    assert env.flag("X", True) is True
    assert env.number("X", 5, least=1, most=9) == 5
    assert env.words("X", ["a"]) == ["a"]


@pytest.mark.parametrize("value", ["maybe", "2"])
def test_a_flag_that_is_neither_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("X", value)
    with pytest.raises(ImproperlyConfigured, match="X is .* Set it to 1 or 0"):
        env.flag("X", False)


@pytest.mark.parametrize("value", ["zero", "0", "10", "1.5"])
def test_a_number_out_of_range_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("X", value)
    with pytest.raises(ImproperlyConfigured, match="whole number from 1 to 9"):
        env.number("X", 5, least=1, most=9)


@pytest.mark.parametrize("value", ["hooks.example.org", "host:", ":80", "host:70000", "host:http"])
def test_an_endpoint_without_a_port_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("X", value)
    with pytest.raises(ImproperlyConfigured, match="Write host:port"):
        env.endpoints("X")


@pytest.mark.parametrize("value", ["aura.example.org", "ftp://x.org", "https://x.org/path", "https://"])
def test_an_address_with_more_or_less_than_a_host_is_refused(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("X", value)
    with pytest.raises(ImproperlyConfigured, match="scheme and host only"):
        env.web_address("X", "")


def test_a_postgres_address_is_read_with_its_escapes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", "postgres://ann:p%40ss@db.example.org:5433/aura?sslmode=require")
    read = env.database("X", "")
    assert (read["USER"], read["PASSWORD"], read["HOST"], read["PORT"]) == (
        "ann",
        "p@ss",
        "db.example.org",
        "5433",
    )
    assert read["OPTIONS"]["sslmode"] == "require"


def test_sqlite_is_durable_and_locks_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", "sqlite:////srv/aura/aura.sqlite3")
    read = env.database("X", "")
    assert read["NAME"] == "/srv/aura/aura.sqlite3"
    assert read["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "synchronous=FULL" in read["OPTIONS"]["init_command"]


@pytest.mark.parametrize("value", ["mysql://x/y", "sqlite:", "postgres://host", "nonsense"])
def test_a_database_of_another_kind_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("X", value)
    with pytest.raises(ImproperlyConfigured, match="not a database Aura knows"):
        env.database("X", "")


def test_a_mail_server_is_read_and_another_scheme_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", "smtp://ann:pw@mail.example.org")
    assert env.mail_server("X")["EMAIL_PORT"] == 587
    assert env.mail_server("X")["EMAIL_USE_TLS"] is True
    monkeypatch.setenv("X", "imap://mail.example.org")
    with pytest.raises(ImproperlyConfigured, match="not a mail server"):
        env.mail_server("X")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("AURA_SECRET_KEY", "short", "AURA_SECRET_KEY is missing or too short"),
        ("AURA_URL", "http://aura.example.org", "passwords would travel in the clear"),
        ("AURA_FAILPOINTS", "publish.after_call:kill", "breaks things on purpose"),
        ("PORT", "eighty", "PORT is 'eighty'"),
        ("AURA_SIGNUP", "maybe", "Set it to one of: open, invited, closed"),
        ("AURA_MEDIA_SERVE", "redirect", "needs AURA_STORAGE=s3"),
        ("REDIS_URL", "localhost:6379", "Write redis://host:6379/0"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_a_sentence(
    tmp_path: Path, name: str, value: str, sentence: str
) -> None:
    surroundings = {"PATH": os.environ["PATH"], "AURA_DATA_DIR": str(tmp_path)}
    subprocess.run([sys.executable, "-m", "aura.keys"], cwd=ROOT, env=surroundings, check=True)
    result = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=surroundings | {name: value},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr


def test_keys_are_made_once_and_for_their_owner_alone(tmp_path: Path) -> None:
    surroundings = {"PATH": os.environ["PATH"], "AURA_DATA_DIR": str(tmp_path)}
    for _ in range(2):
        subprocess.run([sys.executable, "-m", "aura.keys"], cwd=ROOT, env=surroundings, check=True)
        seen = {name: (tmp_path / name).read_text() for name in ("secret_key", "secret_keys")}
        assert {(tmp_path / name).stat().st_mode & 0o777 for name in seen} == {0o600}
    assert len(seen["secret_key"].strip()) >= 40
    assert subprocess.run([sys.executable, "-m", "aura.keys"], cwd=ROOT, env=surroundings).returncode == 0
    assert seen == {name: (tmp_path / name).read_text() for name in seen}
