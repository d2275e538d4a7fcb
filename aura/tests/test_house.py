"""The house rules that a machine holds (docs/house.md)."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

from workspaces import roles
from workspaces.models import WorkspaceModel
from workspaces.operation import REGISTRY

ROOT = Path(__file__).resolve().parents[2]
OUR_APPS = ["workspaces", "imports", "media_library", "campaigns", "posts"]
ROOMS = [*OUR_APPS, "aura"]

# Read before any workspace is open, or of the instance as a whole.
NOT_TENANT = {
    "workspaces.User",
    "workspaces.Workspace",
    "workspaces.Membership",
    "workspaces.Mail",
    "workspaces.Lease",
    "workspaces.Heartbeat",
    "media_library.FileDeletion",
}

# The only files that may step out of the scope, and why each has to.
OUT_OF_SCOPE: dict[str, str] = {
    "aura/kit/statistics.py": "statistics are of whole tables",
    "aura/kit/search.py": "full text is each engine's own SQL; the tenant is in the index and in the condition",
    "workspaces/scope.py": "defines it",
    "workspaces/prepared.py": "runs SQL that was compiled with the condition of the tenant in it",
    "workspaces/credentials.py": "the secret of a token names its workspace",
    "workspaces/operations/programs.py": "a person signs out everywhere",
    "workspaces/work.py": "due lists serve every workspace",
    "workspaces/middleware.py": "staff in the admin",
    "workspaces/operations/calls.py": "answers and counts of the API run out in every workspace alike",
    "workspaces/operations/members.py": "an invitation link names its workspace by its secret",
    "workspaces/operations/webhooks.py": "the logs of webhooks run out in every workspace alike",
    "workspaces/operations/notices.py": "notifications run out in every workspace alike",
    "workspaces/operations/accounts.py": "a deleted account is taken off everything it made",
    "media_library/links.py": "a signed link names one rendition, whoever follows it",
    "media_library/operations/storage.py": "a file to be deleted may be wanted by a row of any workspace",
    "posts/operations/links.py": "a short link names its workspace",
    "posts/operations/link_answers.py": "answers of links run out in every workspace alike",
    "posts/client_links.py": "the secret of a review link names its workspace",
    "posts/feeds.py": "the secret of a calendar feed names its workspace",
    "workspaces/operations/workspace.py": "a purged workspace has no rows left to ask for",
}


def source_files(*, tests: bool = False) -> Iterator[Path]:
    """Yield our Python files, without migrations and (unless asked) tests."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            parts = path.relative_to(ROOT).parts
            if "migrations" in parts or (not tests and ("tests" in parts or path.name.startswith("test"))):
                continue
            yield path


def name_of(path: Path) -> str:
    """Return a file's path as it is written in this file."""
    return path.relative_to(ROOT).as_posix()


def test_every_model_lives_in_a_workspace_or_is_known_not_to() -> None:
    models = [model for app in OUR_APPS for model in apps.get_app_config(app).get_models()]
    assert {m._meta.label for m in models if not issubclass(m, WorkspaceModel)} == NOT_TENANT


def test_only_listed_files_step_out_of_the_scope() -> None:
    pattern = re.compile(r"(?<!is_)every_workspace\(|\.raw\(|_base_manager\b|\.cursor\(")
    stepping_out = {name_of(path) for path in source_files() if pattern.search(path.read_text())}
    assert stepping_out - set(OUT_OF_SCOPE) == set(), (
        "Open the scope at the door, or list the file with its reason."
    )
    assert set(OUT_OF_SCOPE) - stepping_out == set(), "Take these off the list: they no longer step out."


def test_doors_do_not_write() -> None:
    doors = re.compile(r"(^|/)(views|api|tasks|admin)(\.py|/|_\w+\.py)")
    wrong = [
        f"{name_of(path)}:{node.lineno} .{node.func.attr}("
        for path in source_files()
        if doors.search(name_of(path))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _writes(node, node.func)
    ]
    assert wrong == [], "A door parses, calls one operation, answers."


def _writes(call: ast.Call, function: ast.Attribute) -> bool:
    """Tell whether this writes a row, rather than a dict of the page, the session, or a form's instance in memory."""
    if any(word.arg == "commit" and getattr(word.value, "value", True) is False for word in call.keywords):
        return False
    owner = function.value
    name = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
    harmless = {"context", "query", "params", "attrs", "session", "initial", "data"}
    writes = {"save", "delete", "update", "create", "bulk_create", "update_or_create"}
    return function.attr in writes and not (function.attr == "update" and name in harmless)


def test_every_operation_has_a_role_entry_and_every_entry_an_operation() -> None:
    for app in OUR_APPS:
        for path in (ROOT / app / "operations").rglob("*.py"):
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    assert set(REGISTRY) == set(roles.RIGHTS)


def test_every_setting_has_a_heading_in_the_docs() -> None:
    reader = re.compile(
        r"""(?:\b(?:env\.)?(?:text|flag|numbers|number|choice|words|program|endpoints|web_address|database|mail_server)\(|
        environ(?:\.get)?[\(\[])\s*["']([A-Z][A-Z0-9_]+)["']""",
        re.VERBOSE,
    )
    read = {name for path in source_files() for name in reader.findall(path.read_text())}
    headings = set(
        re.findall(r"^### ([A-Z][A-Z0-9_]+)$", (ROOT / "docs/settings.md").read_text(), re.MULTILINE)
    )
    theirs = {"DJANGO_SETTINGS_MODULE", "PATH", "PYTEST_XDIST_WORKER"}
    theirs |= {"AURA_SUPERVISOR", "AURA_LISTEN_FD"}  # what `manage.py run` tells the processes it starts
    assert read - headings - theirs == set(), "Give each a heading in docs/settings.md."
    assert headings - read == set(), "These headings name nothing that is read."


@pytest.mark.parametrize("path", list(source_files(tests=True)), ids=name_of)
def test_no_file_is_longer_than_five_hundred_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 500, "Cut it by noun."


def test_no_left_over_marks() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    own = name_of(Path(__file__))
    assert [
        name_of(p) for p in source_files(tests=True) if marks.search(p.read_text()) and name_of(p) != own
    ] == []


def test_what_aura_runs_on_is_what_it_is_tested_on() -> None:
    pins = {
        name: set(re.findall(r"^([\w.\-]+(?:\[[^]]*\])?==\S+)", (ROOT / name).read_text(), re.MULTILINE))
        for name in ("requirements.txt", "requirements-dev.txt")
    }
    missing = pins["requirements.txt"] - pins["requirements-dev.txt"]
    assert not missing, "Compile requirements-dev.txt anew: make requirements."
