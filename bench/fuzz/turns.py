"""One credential's turn: schemathesis as a program of its own, and what it found."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aura.tests.processes import ROOT
from bench.fuzz.credentials import Kind

PROGRAM = ROOT / ".venv-fuzz/bin/schemathesis"
OWN_ERROR = "Runtime Error"
"""An exception inside schemathesis: Python 3.11 has a fault that threads which read source code meet now and then."""
_PATIENCE = 120  # seconds past its time until a run counts as hanging
# What is judged differently from schemathesis's own way, and why:
# - what a body may not be is also said by 412 (the version is compared first), 408, 411, 413, 414 and 431;
# - a form refuses more than a schema can say (a day before another, a name that is taken): nothing has to be accepted.
_CONFIG = """\
[checks]
positive_data_acceptance.enabled = false
negative_data_rejection.expected-statuses = [
  400, 401, 403, 404, 405, 406, 408, 409, 411, 412, 413, 414, 415, 422, 429, 431, "5xx"
]
"""


@dataclass(frozen=True)
class Outcome:
    """What came of a turn: calls made and accepted, calls of the contract that were tried, and what is wrong.

    `broke` counts where schemathesis itself broke off, which says nothing of Aura.
    """

    made: int
    accepted: int
    tried: int
    declared: int
    findings: str
    broke: int = 0


@dataclass(frozen=True)
class Target:
    """What is fuzzed: where, with which contract, and how its calls are made up."""

    url: str
    contract: Path
    seed: int
    workers: int


def run(kind: Kind, headers: Mapping[str, str], target: Target, seconds: int, folder: Path) -> Outcome:
    """Let schemathesis make calls with this credential for so many seconds; its reports stay in `folder`."""
    folder.mkdir()
    config, report, said = (folder / name for name in ("schemathesis.toml", "report.json", "said.txt"))
    config.write_text(_CONFIG)
    argv = [str(PROGRAM), "--config-file", str(config), "run", str(target.contract)]
    argv += [
        "--url",
        f"{target.url}{kind.below}",
        "--max-time",
        str(max(1, seconds)),
        "--seed",
        str(target.seed),
    ]
    argv += ["--workers", str(target.workers), "--continue-on-failure", "--generation-database", "none"]
    argv += ["--generation-with-security-parameters", str(not headers).lower(), "--request-timeout", "60"]
    argv += ["--report", "json,ndjson", "--report-json-path", str(report)]
    argv += ["--report-ndjson-path", str(folder / "calls.ndjson"), "--no-color", "--warnings", "off"]
    for name, value in headers.items():
        argv += ["--header", f"{name}: {value}"]
    argv += ["--include-operation-id", kind.only] if kind.only else []
    for name in kind.without:
        argv += ["--exclude-operation-id", name]
    with said.open("w") as out:
        try:
            done = subprocess.run(
                argv,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                timeout=seconds + _PATIENCE,
            ).returncode
        except subprocess.TimeoutExpired:
            done = -1
    return judge(done, report, said)


def judge(done: int, report: Path, said: Path) -> Outcome:
    """Read what schemathesis wrote. A run without a report, or one that hung, is itself a finding."""
    words = said.read_text(errors="replace")
    if done not in (0, 1) or not report.exists():
        return Outcome(0, 0, 0, 0, f"schemathesis ended with {done}:\n{words[-3000:]}")
    told: dict[str, Any] = json.loads(report.read_text())
    phases = [phase for of_call in told["valid_rates"].values() for phase in of_call.values()]
    own = [error for error in told["errors"] if error["title"] == OWN_ERROR]
    wrong = told["failures"] or len(told["errors"]) > len(own) or (done and not own)
    return Outcome(
        made=told["test_cases"]["generated"],
        accepted=sum(phase["accepted"] for phase in phases),
        tried=told["operations"]["tested"],
        declared=told["operations"]["selected"],
        findings=_what_failed(words) if wrong else "",
        broke=len(own),
    )


def _what_failed(words: str) -> str:
    """Return the part of the words that tells of each failure and error, with the line that repeats it."""
    lines = words.splitlines()
    heads = [number for number, line in enumerate(lines) if line.startswith("====")]
    starts = [number for number in heads if "FAILURES" in lines[number] or "ERRORS" in lines[number]]
    ends = [number for number in heads if "SUMMARY" in lines[number]]
    return "\n".join(lines[starts[0] : ends[0] if ends else None]).strip() if starts else words[-3000:]
