"""How many calls of the JSON API are answered in a second, beside bare django-ninja that has the same JSON in memory.

    .venv/bin/python -m bench.api                                         SQLite in a temporary folder
    bin/with-services --only postgres -- .venv/bin/python -m bench.api    PostgreSQL

Two servers of one process and eight threads each: Aura, whole, as `manage.py run` starts it (every layer, the token,
its limits, the query, a line of log for each call), and gunicorn with a program that is nothing but django-ninja
(bench/bare.py). That one has what Aura answered as Python objects in memory, and answers it through a ninja Schema with
the same members and through ninja's renderer: no layer, no database, no log. Calls come over HTTP on connections that
stay open, to both in turns of a second, so that a neighbour on the machine slows both. The rows are those of
bench/rows.py.

For each call the table has: its queries; calls a second of both, four at a time, and their ratio (target 0.35); the
same ratio by processor time of the two server processes, which a neighbour disturbs less; and the 95th percentile in
milliseconds of calls to Aura one at a time (target 100). Last comes the hardest measure there is: the ratio to the bare
framework when it sends bytes that were written out before, without any schema.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_folder = tempfile.TemporaryDirectory(prefix="aura-bench-")
os.environ.update(AURA_DATA_DIR=_folder.name, AURA_ENV="test", AURA_LOG_LEVEL="WARNING")
os.environ["DJANGO_SETTINGS_MODULE"] = "aura.settings"
for _part in ("tmp", "static"):
    (Path(_folder.name) / _part).mkdir()

import django  # noqa: E402

django.setup()

import psutil  # noqa: E402
from django.db import connection, connections  # noqa: E402
from django.test import Client  # noqa: E402

from aura.tests.processes import Running, free_port, status_of, wait_for  # noqa: E402
from bench.beginning import empty_database, filled_workspace  # noqa: E402
from workspaces.models import ApiToken, User  # noqa: E402
from workspaces.operations import create_token  # noqa: E402
from workspaces.scope import use_workspace  # noqa: E402

RATIO = 0.35
SLOWEST = 100  # milliseconds, 95th percentile
THREADS, AT_ONCE = 8, 4
CALLS = {
    "50 posts": "posts?limit=50",
    "50 posts, scheduled": "posts?limit=50&state=scheduled",
    "One post": "posts/{post}",
    "50 campaigns": "campaigns?limit=50",
    "One campaign": "campaigns/{campaign}",
    "50 of the library": "media?limit=50",
    "One of the library": "media/{asset}",
}


class Line:
    """One connection to a server that stays open, for one address."""

    def __init__(self, port: int, address: str, secret: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._asks = (
            f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {secret}\r\n\r\n".encode()
        )

    def ask(self) -> float:
        """Ask once; return the seconds until all of the answer was there."""
        began = time.perf_counter()
        self._socket.sendall(self._asks)
        got = b""
        while b"\r\n\r\n" not in got:
            got += self._more()
        head, _, body = got.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(got[:600].decode())
        if b"transfer-encoding: chunked" in head.lower():
            while not body.endswith(b"0\r\n\r\n"):
                body += self._more()
            return time.perf_counter() - began
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        left = length - len(body)
        while left > 0:
            left -= len(self._more())
        return time.perf_counter() - began

    def _more(self) -> bytes:
        got = self._socket.recv(1 << 18)
        if not got:
            raise SystemExit("The server hung up.")
        return got


@dataclass
class Server:
    """A running server, and what it took for one address."""

    port: int
    process: psutil.Process
    lines: list[Line] = field(default_factory=list)
    calls: int = 0
    clock: float = 0.0
    processor: float = 0.0

    def open(self, address: str, secret: str) -> None:
        """Open connections for an address, and forget what was measured before."""
        self.lines = [Line(self.port, address, secret) for _ in range(AT_ONCE)]
        self.calls, self.clock, self.processor = 0, 0.0, 0.0

    def burst(self, seconds: float) -> None:
        """Ask on every connection for so long, and add to what was measured."""
        until = time.perf_counter() + seconds
        counts = [0] * len(self.lines)

        def work(number: int) -> None:
            while time.perf_counter() < until:
                self.lines[number].ask()
                counts[number] += 1

        began, used = time.perf_counter(), self.used()
        threads = [threading.Thread(target=work, args=[number]) for number in range(len(self.lines))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.clock += time.perf_counter() - began
        self.processor += self.used() - used
        self.calls += sum(counts)

    def used(self) -> float:
        """Return the seconds of processor time that the process has taken so far."""
        folder = Path(f"/proc/{self.process.pid}/task")
        return sum(int((task / "schedstat").read_text().split()[0]) for task in folder.iterdir()) / 1e9

    @property
    def a_second(self) -> float:
        """Calls a second."""
        return self.calls / self.clock

    @property
    def by_processor(self) -> float:
        """Calls for each second of processor time."""
        return self.calls / self.processor


def main() -> None:
    """Fill a workspace, start both servers, measure every call in it, print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--posts", type=int, default=100_000)
    parser.add_argument("--assets", type=int, default=10_000)
    parser.add_argument("--turns", type=int, default=6, help="of a second, for each call")
    parser.add_argument("--requests", type=int, default=200, help="one at a time, for each call")
    options = parser.parse_args()
    empty_database()
    ids, secret = filled(options.posts, options.assets)
    addresses = {name: f"/api/v1/{part.format(**ids)}" for name, part in CALLS.items()}
    queries, answers = asked_here(addresses, secret)
    (Path(_folder.name) / "answers.json").write_text(json.dumps(answers))
    connections.close_all()
    with Served("aura.serve.gunicorn_conf") as (aura_process, aura_port), Served("") as (process, port):
        aura, bare = Server(aura_port, aura_process), Server(port, process)
        load = os.getloadavg()[0]
        print(f"{options.posts:,} posts, {connection.vendor}, {options.turns} turns, load {load:.1f}")
        print(
            f"{'':22}{'queries':>8}{'Aura/s':>9}{'bare/s':>9}{'ratio':>7}{'CPU':>7}{'p95 ms':>8}{'bytes':>8}"
        )
        missed = 0
        for number, (name, address) in enumerate(addresses.items()):
            got = measure(aura, bare, address, number, secret, options)
            missed += got.ratio < RATIO or got.p95 > SLOWEST
            print(
                f"{name:22}{queries[name]:>8}{got.a_second:>9.0f}{got.bare_a_second:>9.0f}{got.ratio:>7.2f}"
                f"{got.by_processor:>7.2f}{got.p95:>8.1f}{got.to_bytes:>8.2f}",
                flush=True,
            )
    print("All within the targets." if not missed else f"{missed} past a target.")


@dataclass(frozen=True)
class Measured:
    """One call: both a second, the ratio by processor time, the 95th percentile, and the ratio to bytes."""

    a_second: float
    bare_a_second: float
    by_processor: float
    p95: float
    to_bytes: float

    @property
    def ratio(self) -> float:
        """Aura's calls for each of the bare framework's."""
        return self.a_second / self.bare_a_second


def measure(
    aura: Server, bare: Server, address: str, number: int, secret: str, options: argparse.Namespace
) -> Measured:
    """Ask Aura one at a time, then both in turns: against bytes, then against the schema."""
    aura.open(address, secret)
    for _ in range(10 * THREADS):
        aura.lines[0].ask()
    taken = [aura.lines[0].ask() for _ in range(options.requests)]
    in_turns(aura, bare, address, f"/written/{number}", secret, options.turns)
    to_bytes = aura.a_second / bare.a_second
    in_turns(aura, bare, address, f"/bare/{number}", secret, options.turns)
    p95 = statistics.quantiles(taken, n=20)[18] * 1000
    return Measured(aura.a_second, bare.a_second, aura.by_processor / bare.by_processor, p95, to_bytes)


def in_turns(aura: Server, bare: Server, address: str, beside: str, secret: str, turns: int) -> None:
    """Ask both for these addresses, a second each, so many times."""
    aura.open(address, secret)
    bare.open(beside, secret)
    bare.lines[0].ask()
    for _ in range(turns):
        aura.burst(1)
        bare.burst(1)


class Served:
    """A gunicorn: Aura's, by its own configuration, or the bare framework's."""

    def __init__(self, configuration: str) -> None:
        self.port = free_port()
        own = ["-c", "python:aura.serve.gunicorn_conf"]
        bare = [
            "--worker-class",
            "gthread",
            "--keep-alive",
            "15",
            "--no-control-socket",
            "bench.bare:application",
        ]
        self._running = Running(
            "-m",
            "gunicorn",
            *(own if configuration else bare),
            *("--bind", f"127.0.0.1:{self.port}", "--workers", "1", "--threads", str(THREADS)),
            AURA_DATA_DIR=_folder.name,
            AURA_ENV="test",
            AURA_API_CALLS_PER_MINUTE="1000000",
            DJANGO_SETTINGS_MODULE="aura.settings",
            BENCH_ANSWERS=str(Path(_folder.name) / "answers.json"),
            **{name: value for name, value in os.environ.items() if name.startswith("DATABASE_")},
        )
        self._ready = "/health" if configuration else "/bare/0"

    def __enter__(self) -> tuple[psutil.Process, int]:
        self._running.__enter__()
        url = f"http://127.0.0.1:{self.port}{self._ready}"
        wait_for(lambda: status_of(url) == 200 or self._running.process.poll() is not None, 90, self._ready)
        if self._running.process.poll() is not None:
            raise SystemExit(self._running.said())
        return self._running.children()[0], self.port

    def __exit__(self, *exc: Any) -> None:
        self._running.__exit__(*exc)


def filled(posts: int, assets: int) -> tuple[dict[str, object], str]:
    """Make a workspace with so many posts; return ids of its rows, and the secret of a token."""
    owner = User.objects.create_superuser("bench@example.com", name="Bench")
    workspace, ids = filled_workspace(owner, "bench", posts, assets)
    with use_workspace(workspace):
        token = create_token(ApiToken(name="Bench", role="owner", scopes=["*"]), by=owner)
    return ids, token.secret


def asked_here(addresses: dict[str, str], secret: str) -> tuple[dict[str, int], list[tuple[str, Any]]]:
    """Ask every address once in this process; return how many queries each needs, and what Aura answers."""
    client = Client(SERVER_NAME="127.0.0.1", headers={"Authorization": f"Bearer {secret}"})
    counts: dict[str, int] = {}
    answers = []
    for name, address in addresses.items():
        client.get(address)
        ran: list[str] = []

        def note(execute: Callable[..., Any], sql: str, *more: Any, ran: list[str] = ran) -> Any:
            ran.append(sql)
            return execute(sql, *more)

        with connection.execute_wrapper(note):
            answer = client.get(address)
        if answer.status_code != 200:
            raise SystemExit(f"{address} answered {answer.status_code} {answer.content[:300]!r}")
        counts[name] = len(ran)
        answers.append((address.split("/")[3].split("?")[0], answer.json()))
    return counts, answers


if __name__ == "__main__":
    main()
