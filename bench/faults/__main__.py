"""The controller of the kill test: starts everything, kills, waits until all is quiet, and reports."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import psutil

from aura.tests.processes import ROOT, Running
from bench.faults.client import Client
from bench.faults.networks import FAKES, NAMES, live_on
from bench.faults.stages import Engine, Result, Stage, table_of, tell

PUBLISH = (
    "publish.before_claim_commit",
    "publish.after_claim",
    "publish.before_progress",
    "publish.after_progress",
    "publish.after_sending",
    "publish.after_call",
    "publish.before_record",
    "publish.after_record",
)
UPLOAD = (
    "upload.after_row",
    "upload.after_part",
    "upload.after_rename",
    "upload.after_ready",
    "upload.after_commit",
)
MIX = "accept=80,drop_after_write=6,fail_after_write=5,drop_before_write=4,refuse=2,hang=1,slow=2"
PASSES_WITHIN = 10.0  # seconds in which a worker comes by its failpoint, or is killed where it stands
QUIET_WITHIN = 150.0  # seconds after the last kill until nothing may be left to do
SLUG, EMAIL, PASSWORD = "faults", "faults@example.com", "a long enough password"


class Nursery:
    """The process that forks workers."""

    def __init__(self, stage: Stage) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.faults.inside"],
            env=stage.env,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, **asked: Any) -> dict[str, Any]:
        """Ask one thing and return the answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def start(self, do: str, failpoints: str = "") -> int:
        """Fork a worker and return its process id."""
        return int(self.ask(do=do, failpoints=failpoints)["pid"])

    def dead(self) -> dict[int, int]:
        """Return who has died since the last time, and by which signal (negative: exit code)."""
        return dict(self.ask(do="dead")["dead"])


def strike(pid: int) -> None:
    """Kill a process of ours, without warning."""
    if pid <= 0:
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


class WebKiller:
    """Kills the web server's processes now and then, and counts those that failpoints kill."""

    def __init__(self, stage: Stage, running: Running | None, client: Client | None) -> None:
        self.stage, self.running, self.client = stage, running, client
        self.seen: set[int] = set()
        self.struck: set[int] = set()
        self.next = time.monotonic() + 3
        self.masters = 0

    def processes(self) -> list[psutil.Process]:
        """Return the web server's processes, the one that holds the others first."""
        assert self.running is not None
        found = [p for p in self.running.children() if _says(p, "gunicorn")]
        return sorted(found, key=lambda p: p.pid)

    def look(self) -> None:
        """Count deaths, and perhaps cause one."""
        if self.running is None:
            return
        now = self.processes()
        pids = {p.pid for p in now}
        for pid in self.seen - pids:
            self.stage.kills[
                "web at a random moment" if pid in self.struck else "web at a failpoint of upload"
            ] += 1
        self.seen = pids
        if time.monotonic() < self.next or not now:
            return
        self.next = time.monotonic() + random.uniform(3.0, 7.0) * (4 if self.stage.is_played else 1)
        master = len(now) > 1 and self.masters < 4 and random.random() < 0.1
        self.masters += master
        victim = now[0] if master else random.choice(now[1:] or now)
        self.struck.add(victim.pid)
        strike(victim.pid)

    def finish(self) -> None:
        """Let the client write the rest of what it was to write, and stop."""
        if self.client is None:
            return
        until = time.monotonic() + 60
        while self.client.said_yes["post"] < self.client.posts and time.monotonic() < until:
            time.sleep(0.5)
        self.client.stopping.set()
        self.client.join(15)


def _says(process: psutil.Process, word: str) -> bool:
    try:
        return any(word in part for part in process.cmdline())
    except psutil.Error:
        return False


def least_killed(stage: Stage) -> str:
    """Return the failpoint, or "" for a random moment, that was used least so far.

    Not every network is given something on the way: a point that three workers did not come by is let be.
    """
    wanted = [point for point in PUBLISH if stage.kills[point] or stage.armed[point] < 3] + [""]
    return min(wanted, key=lambda point: (stage.kills[_named(point)], random.random()))


def _named(point: str) -> str:
    return point or "worker at a random moment"


def kill_workers(stage: Stage, nursery: Nursery, web: WebKiller, kills: int, limit: float) -> None:
    """Without a broker: two workers at a time, each with a failpoint or a moment at which it dies."""
    until, flushed = time.monotonic() + limit, False
    alive: dict[int, tuple[str, float]] = {}
    while stage.workers_killed < kills and time.monotonic() < until:
        while len(alive) < 2:
            point = least_killed(stage)
            stage.armed[point] += 1
            arm = f"{point}:kill@{random.choice(('0.2', '0.5', '1'))}" if point else ""
            end = time.monotonic() + (PASSES_WITHIN if point else random.uniform(0.05, 1.2))
            alive[nursery.start("work", arm)] = (point, end)
        for pid, (_, end) in list(alive.items()):
            if time.monotonic() > end:
                strike(pid)
                alive[pid] = ("", end + 60)
        time.sleep(0.05)
        for pid, how in nursery.dead().items():
            point, _ = alive.pop(pid, ("", 0.0))
            if how == signal.SIGKILL:
                stage.kills[_named(point)] += 1
            else:
                stage.kills["(a worker ended by itself)"] += 1
        web.look()
        if not flushed and stage.workers_killed > kills / 2:
            flushed = True
            empty_redis(stage)
    for pid in alive:
        strike(pid)
    time.sleep(0.2)
    nursery.dead()


def kill_celery(stage: Stage, nursery: Nursery, web: WebKiller, kills: int, limit: float) -> None:
    """With a broker: a Celery pool whose children die at every failpoint and at random, the pool itself now and then.

    Children come and go in milliseconds, so what killed them is read from the failpoints' own log.
    """
    until, flushed = time.monotonic() + limit, False
    points = ",".join(f"{point}:kill@0.06" for point in PUBLISH)
    sweeper, main, end = 0, 0, 0.0
    while stage.workers_killed < kills and time.monotonic() < until:
        if not _lives(sweeper):
            sweeper = nursery.start("work", points)  # does the work itself while no pool is connected
        if not _lives(main) or time.monotonic() > end:
            if _lives(main):
                strike(main)
                stage.kills["worker at a random moment"] += 1
            main, end = nursery.start("celery", points), time.monotonic() + random.uniform(15, 25)
        time.sleep(random.uniform(0.2, 0.6))
        with contextlib.suppress(psutil.NoSuchProcess):
            children = psutil.Process(main).children()
            if children and random.random() < 0.1:
                strike(random.choice(children).pid)
                stage.kills["worker at a random moment"] += 1
        nursery.dead()
        read_log(stage)
        web.look()
        if not flushed and stage.workers_killed > kills / 2:
            flushed = True
            empty_redis(stage)
    strike(main)
    strike(sweeper)
    time.sleep(0.3)
    nursery.dead()
    read_log(stage)


def _lives(pid: int) -> bool:
    return pid > 0 and psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def read_log(stage: Stage) -> None:
    """Take over what the failpoints of the pool wrote down."""
    log = stage.folder / "failpoints.log"
    written = Counter(log.read_text().splitlines()) if log.exists() else Counter()
    for point in PUBLISH:
        stage.kills[point] = written[point]


def empty_redis(stage: Stage) -> None:
    """Empty the broker, as a restart without persistence would."""
    if stage.redis:
        import redis

        redis.Redis.from_url(stage.redis).flushall()
        print("  Redis was emptied.", flush=True)


def wait_until_quiet(nursery: Nursery, stage: Stage) -> dict[str, Any]:
    """Let workers that nobody kills finish; return what is left."""
    running = {"work": 0, "celery": 0} if stage.redis else {"work": 0}
    until, left = time.monotonic() + QUIET_WITHIN, nursery.ask(do="left")
    while (left["busy"] or left["pictures"]) and time.monotonic() < until:
        nursery.dead()
        for do, pid in running.items():
            if not _lives(pid):  # one that has been at something for too long ends itself, too
                running[do] = nursery.start(do)
        time.sleep(1)
        left = nursery.ask(do="left")
    return left


@contextlib.contextmanager
def stand_in(stage: Stage) -> Iterator[str]:
    """The network, as a process of its own; yields the address to post to."""
    argv = [sys.executable, "-m", "posts.networks.standin", "--journal", str(stage.folder / "network.jsonl")]
    if stage.network in FAKES:
        argv += ["--service", FAKES[stage.network].service]
    process = subprocess.Popen(
        [*argv, "--mix", MIX, "--port", stage.env["FAULTS_HOOK_PORT"]],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=stage.env,
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


def run_stage(engine: Engine, network: str, wanted: argparse.Namespace) -> Result:
    """Run the whole test on one engine and network, print its report, and return it."""
    began = time.monotonic()
    pictures = wanted.pictures or (network in FAKES and FAKES[network].needs_pictures)
    carried = ", ".join(name for name, so in (("pictures", pictures), ("parts", wanted.parts)) if so)
    print(f"{engine.name}, {network}: {wanted.kills} kills, {wanted.posts} posts", carried, flush=True)
    with engine.stage(network, carried) as stage, stand_in(stage) as hook:
        written = wanted.posts // 4 if stage.is_served else 0
        nursery = Nursery(stage)
        try:
            of = {"hook": hook, "posts": wanted.posts - written, "network": network}
            seeded = nursery.ask(do="seed", of=of | {"pictures": pictures, "parts": wanted.parts})
            with served(stage, seeded, written) as web:
                kill = kill_celery if stage.redis else kill_workers
                kill(stage, nursery, web, wanted.kills, wanted.limit)
                web.finish()
                left = wait_until_quiet(nursery, stage)
            told = stage.folder / "live.json"
            told.write_text(json.dumps(live_on(hook) if network in FAKES else []))
            files = {"journal": "network.jsonl", "client": "client.jsonl", "told": "live.json"}
            of = {name: str(stage.folder / file) for name, file in files.items()} | {"network": network}
            report = nursery.ask(do="judge", of=of)
        finally:
            nursery.process.kill()
            nursery.process.wait()
        return tell(stage, report, left, time.monotonic() - began)


@contextlib.contextmanager
def served(stage: Stage, seeded: dict[str, Any], written: int) -> Iterator[WebKiller]:
    """Run web server and client, where the stage has them; yields what kills the server now and then."""
    if not stage.is_served:
        yield WebKiller(stage, None, None)
        return
    port = stage.env["PORT"]
    points = ",".join(f"{point}:kill@0.04" for point in UPLOAD)
    kept = {
        name: value for name, value in stage.env.items() if name.startswith(("AURA_", "DATABASE_", "REDIS_"))
    }
    web_env = kept | {"PORT": port, "AURA_FAILPOINTS": points}
    with Running("manage.py", "run", "--only", "web", **web_env) as running:
        client = Client(f"http://127.0.0.1:{port}", SLUG, seeded, stage.folder / "client.jsonl", written)
        client.plays = stage.is_played
        client.sign_in(EMAIL, PASSWORD)
        client.start()
        yield WebKiller(stage, running, client)
        said = client.said_yes
        print(
            f"  The client was told yes for {said['post']} posts and {said['upload']} uploads; "
            f"{client.broke_off} requests broke off.",
            flush=True,
        )
        for line in client.refused[:3]:
            print(f"  refused: {line}", flush=True)


def main() -> None:
    """Run every stage this machine can; exit 1 when something did not hold."""
    parser = argparse.ArgumentParser(prog="python -m bench.faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="workers to be killed at least")
    parser.add_argument("--posts", type=int, default=400)
    parser.add_argument(
        "--limit", type=float, default=420, help="seconds of killing at most, for each engine"
    )
    parser.add_argument("--only", choices=["sqlite", "postgres"])
    parser.add_argument(
        "--network", choices=["all", *NAMES], action="append", help="may be given several times"
    )
    parser.add_argument("--pictures", action="store_true", help="two of three posts carry pictures")
    parser.add_argument(
        "--parts", action="store_true", help="every fifth post is a thread, or has a first comment"
    )
    options = parser.parse_args()
    engines = []
    if options.only != "postgres":
        engines.append(Engine("SQLite", "sqlite:///{folder}/aura.sqlite3", ""))
    database, redis = os.environ.get("DATABASE_URL", ""), os.environ.get("REDIS_URL", "")
    if options.only != "sqlite":
        if database.startswith("postgres") and redis:
            engines.append(Engine("PostgreSQL and Redis", database, redis))
        else:
            print("PostgreSQL and Redis are not here (DATABASE_URL, REDIS_URL): that half was not tried.")
    asked = options.network or ["webhook"]
    networks = NAMES if "all" in asked else asked
    results = []
    for engine in engines:
        engine.prepare()
        results += [run_stage(engine, network, options) for network in networks]
    print(table_of(results), flush=True)
    sys.exit(0 if results and all(one.held for one in results) else 1)


if __name__ == "__main__":
    main()
