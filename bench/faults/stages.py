"""A stage of the kill test: one engine and one network, in a folder of its own, and what is told of it."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aura.tests.processes import ROOT, free_port
from bench.faults.networks import AT_ONCE, FAKES


class Engine:
    """A database, and the broker beside it ("" for none). What every stage starts from is made once and copied."""

    def __init__(self, name: str, database: str, redis: str) -> None:
        self.name, self.database, self.redis = name, database, redis
        self.folder = tempfile.TemporaryDirectory(prefix="aura-faults-", ignore_cleanup_errors=True)
        self.template = f"faults_{os.getpid()}"
        self.stages = 0

    def prepare(self) -> None:
        """Make an empty instance: its database, keys and static files."""
        if self.redis:
            self._execute(f'CREATE DATABASE "{self.template}"')
        env = environment(Path(self.folder.name), self._address(self.template, self.folder.name), "", "", "")
        argv = [sys.executable, "manage.py", "run", "--prepare"]
        done = subprocess.run(argv, env=env, cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(done.stdout[-1000:] + done.stderr[-3000:])

    @contextlib.contextmanager
    def stage(self, network: str, carried: str) -> Iterator[Stage]:
        """Yield a stage in a copy of that instance."""
        self.stages += 1
        name = f"{self.template}_{self.stages}"
        if self.redis:
            import redis

            redis.Redis.from_url(self.redis).flushall()
            self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{self.template}"')
        with tempfile.TemporaryDirectory(prefix="aura-faults-", ignore_cleanup_errors=True) as made:
            shutil.copytree(
                self.folder.name, made, ignore=shutil.ignore_patterns("bells"), dirs_exist_ok=True
            )
            env = environment(Path(made), self._address(name, made), self.redis, network, carried)
            try:
                yield Stage(self.name, Path(made), env, network)
            finally:
                if self.redis:
                    self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _address(self, name: str, folder: str) -> str:
        if not self.redis:
            return self.database.format(folder=folder)
        return urlsplit(self.database)._replace(path=f"/{name}").geturl()

    def _execute(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(self.database, autocommit=True) as server:
            server.execute(statement.encode())


@dataclass
class Stage:
    """One run: its folder, its environment, and what was killed where."""

    name: str
    folder: Path
    env: dict[str, str]
    network: str = "webhook"
    kills: Counter[str] = field(default_factory=Counter)
    armed: Counter[str] = field(default_factory=Counter)

    @property
    def workers_killed(self) -> int:
        """How many workers were killed; web servers, and workers that ended by themselves, do not count."""
        return sum(n for name, n in self.kills.items() if not name.startswith(("web", "(")))

    @property
    def is_played(self) -> bool:
        """Whether it is about how one network is published to: nobody uploads, and the web server dies less often."""
        return self.network in FAKES

    @property
    def is_served(self) -> bool:
        """Whether a web server takes part: people write and upload, or the network fetches pictures."""
        return not self.is_played or FAKES[self.network].fetches

    @property
    def redis(self) -> str:
        """The broker of this stage, "" without one."""
        return self.env.get("REDIS_URL", "")


@dataclass(frozen=True)
class Result:
    """What became of one stage."""

    stage: Stage
    report: dict[str, Any]
    seconds: float
    held: bool


def environment(folder: Path, database: str, redis: str, network: str, carried: str) -> dict[str, str]:
    """Return the environment of a stage: nothing of the caller's Aura, everything in one folder, short waits."""
    kept = ("AURA_", "DATABASE_", "REDIS_", "DJANGO_", "PYTEST_", "PORT", "EMAIL_")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(kept)}
    hook = free_port()
    led = FAKES[network].environment(f"http://127.0.0.1:{hook}") if network in FAKES else {}
    return clean | {
        "AURA_RECONCILE_SECONDS": AT_ONCE,
        **led,
        "PORT": str(free_port()),  # where the network fetches pictures
        "AURA_ENV": "test",
        "DJANGO_SETTINGS_MODULE": "aura.settings",
        "AURA_DATA_DIR": str(folder),
        "AURA_DEMO": "0",
        "DATABASE_URL": database,
        **({"REDIS_URL": redis} if redis else {}),
        "AURA_EGRESS_ALLOW": f"127.0.0.1:{hook}",
        "AURA_PUBLISH_LEASE_SECONDS": "8" if "pictures" in carried else "5",
        "AURA_ABSENT_SECONDS": "2",
        "FAULTS_HOOK_PORT": str(hook),
        "PYTHONUNBUFFERED": "1",
    }


def tell(stage: Stage, report: dict[str, Any], left: dict[str, Any], seconds: float) -> Result:
    """Print a report and return what of it goes into the table."""
    problems = {name: found for name, found in report["problems"].items() if found}
    for name, number in sorted(stage.kills.items()):
        if number:
            print(f"  {number:4} × {name}")
    print(f"  Targets: {report['targets']}; requests to the network: {report['requests']}; left over: {left}")
    for sentence, number in report["said"].items():
        print(f"  {number:4} × {sentence}")
    print(
        f"{stage.name}, {stage.network}: {stage.workers_killed} workers killed in {seconds:.0f} s: "
        f"{len(report['problems']['twice'])} duplicates, {len(report['problems']['lost'])} lost, "
        f"{report['unclear']} ambiguous, all listed ({report['unclear_posts_listed']} posts need confirmation), "
        f"{report['quarantined']} set aside",
        flush=True,
    )
    for name, found in problems.items():
        print(f"  WRONG, {name}: {len(found)}, such as {found[:3]}", flush=True)
    if problems:
        kept = Path(tempfile.gettempdir()) / f"aura-faults-{os.getpid()}-{stage.folder.name[-4:]}"
        shutil.copytree(stage.folder, kept, ignore=shutil.ignore_patterns("static"), dirs_exist_ok=True)
        print(f"  Everything is kept in {kept}.", flush=True)
    return Result(stage, report, seconds, not problems)


def table_of(results: list[Result]) -> str:
    """Return the figures of all stages as docs/performance.md shows them."""
    lines = [
        "| network | may be asked | engine | kills | out | files | duplicates | lost | for a person | refused | s |",
        "|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for one in results:
        said, statuses = one.report, one.report["statuses"]
        figures = [
            one.stage.workers_killed,
            said["out"],
            said["files"],
            len(said["problems"]["twice"]),
            len(said["problems"]["lost"]),
            statuses.get("needs_confirmation", 0),
            statuses.get("failed", 0),
            round(one.seconds),
        ]
        lines.append(
            f"| {one.stage.network} | {said['class']} | {one.stage.name} | "
            + " | ".join(map(str, figures))
            + " |"
        )
    return "\n".join(lines)
