"""The parts of `make fuzz`: what is sent, and how it reads what came of it. The rest is schemathesis, by hand."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aura.api import contract
from bench.fuzz.__main__ import errors_of
from bench.fuzz.contract import NAMES, with_things
from bench.fuzz.credentials import KINDS
from bench.fuzz.turns import OWN_ERROR, judge
from workspaces.api.calls import DECLARED

POOLS = {name: [f"{name}-1", f"{name}-2"] for name in NAMES}
REPORT: dict[str, Any] = {
    "failures": [],
    "errors": [],
    "test_cases": {"generated": 12},
    "operations": {"tested": 2, "selected": 3},
    "valid_rates": {"GET /a": {"examples": {"accepted": 1}, "fuzzing": {"accepted": 4}}, "GET /b": {}},
}
SAID = """\
 Fuzzing (in 51.00s)
=================== FAILURES ===================
____________ GET /api/v1/channels ____________
- ST108 Response violates schema
=================== SUMMARY ====================
Failures: 1
"""


def test_ids_that_are_there_are_offered_wherever_one_is_sent() -> None:
    before = json.dumps(contract())
    made = with_things(contract(), POOLS)
    for path, calls in made["paths"].items():
        for one in calls.values():
            schemas = {p["name"]: p["schema"] for p in one["parameters"] if "schema" in p}
            for name in re.findall(r"{(\w+)}", path):
                pool = name.removesuffix("_id")
                if (
                    pool not in NAMES
                ):  # random ones are sent until bench/fuzz/contract.py says which list has it
                    continue
                assert {"type": "string", "enum": POOLS[pool]} in schemas[name]["anyOf"], (path, name)
    post = made["components"]["schemas"]["NewPost"]["properties"]
    assert post["media"]["items"]["anyOf"] == [{"type": "string", "enum": POOLS["media"]}]
    whole, own = post["targets"]["items"]["anyOf"]
    assert whole["anyOf"] == [{"type": "string", "enum": POOLS["targets"]}]
    assert own["properties"]["channel"]["anyOf"][0]["enum"] == POOLS["channel"]
    assert post["media"]["examples"] == [["media-1"]]
    assert post["scheduled_at"]["examples"][0] > datetime.now(UTC).isoformat()
    files = made["paths"]["/api/v1/imports"]["post"]["requestBody"]["content"]["multipart/form-data"]
    assert "caption" in files["schema"]["properties"]["file[]"]["examples"][0][0]
    assert json.dumps(contract()) == before


def test_what_schemathesis_wrote_is_read(tmp_path: Path) -> None:
    report, said = tmp_path / "report.json", tmp_path / "said.txt"
    said.write_text(SAID)
    assert "ended with 2" in judge(2, report, said).findings
    assert "ended with 0" in judge(0, report, said).findings
    report.write_text(json.dumps(REPORT))
    got = judge(0, report, said)
    assert (got.made, got.accepted, got.tried, got.declared, got.findings) == (12, 5, 2, 3, "")
    assert "ST108" in judge(1, report, said).findings
    report.write_text(json.dumps(REPORT | {"errors": [{"title": OWN_ERROR}]}))
    assert (judge(1, report, said).findings, judge(1, report, said).broke) == ("", 1)
    report.write_text(json.dumps(REPORT | {"errors": [{"title": OWN_ERROR}, {"title": "Network Error"}]}))
    assert "ST108" in judge(1, report, said).findings
    assert "Fuzzing (in" not in judge(1, report, said).findings


def test_what_the_server_logs_as_an_error_is_found() -> None:
    lines = [
        "Aura is at http://127.0.0.1:8000",
        "2026-11-26T13:26:10.857846Z info    request method=GET path=/error status=200",
        "2026-11-26T13:26:11.857846Z error   task.failed task=posts.publish_target",
        "Traceback (most recent call last):",
    ]
    assert errors_of(lines) == ["\n".join(lines[2:])]


def test_the_calls_that_kinds_name_are_there() -> None:
    assert {kind.only for kind in KINDS if kind.only} <= set(DECLARED)
    assert {name for kind in KINDS for name in kind.without} <= set(DECLARED)
    assert len({kind.key for kind in KINDS}) == len(KINDS)
