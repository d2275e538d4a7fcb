"""How long a start takes until the first page, and how much memory all of Aura's processes hold.

    python -m bench.startup

Starts `manage.py run` twice in a folder of its own: the first makes database, keys, static files and demo content,
the second finds them. Targets: second start at most 5 s, web and worker at most 300 MB resident in all.
"""

from __future__ import annotations

import tempfile
import time
import urllib.request
from pathlib import Path

import psutil

from aura.tests.processes import Running, free_port, status_of, wait_for


def processes(running: Running) -> list[psutil.Process]:
    """Return the supervisor and everything below it."""
    return [psutil.Process(running.process.pid), *running.children()]


def name_of(process: psutil.Process) -> str:
    """Return what a process is, from its command line."""
    line = " ".join(process.cmdline())
    for word, name in (
        ("supervisor", "supervisor"),
        ("gunicorn", "web"),
        ("celery", "celery"),
        (" work", "worker"),
    ):
        if word in line:
            return name
    return line[:30]


def start_once(data: Path, label: str) -> None:
    """Start Aura, measure, stop it, and print what was measured."""
    port = free_port()
    began = time.monotonic()
    with Running("manage.py", "run", AURA_DATA_DIR=str(data), PORT=str(port)) as running:
        url = f"http://127.0.0.1:{port}"
        wait_for(
            lambda: running.process.poll() is not None or status_of(f"{url}/") in {200, 403},
            120,
            "the first page",
        )
        if running.process.poll() is not None:
            raise SystemExit(running.output)
        first_page = time.monotonic() - began
        wait_for(lambda: status_of(f"{url}/health/ready") == 200, 60, "ready")
        ready = time.monotonic() - began
        print(f"{label}: first page {first_page:.2f} s, everything ready {ready:.2f} s")
        for _ in range(20):
            urllib.request.urlopen(f"{url}/", timeout=10).read()
        time.sleep(6)  # a sweep of the worker
        total = 0
        for process in processes(running):
            memory = process.memory_full_info()
            total += memory.rss
            print(
                f"    {name_of(process):<12} {memory.rss / 1e6:6.1f} MB resident ({memory.pss / 1e6:.1f} MB its share)"
            )
        print(f"    {'in all':<12} {total / 1e6:6.1f} MB resident")
        began = time.monotonic()
        running.process.terminate()
        code = running.process.wait(20)
        print(f"    stopped in {time.monotonic() - began:.2f} s with exit code {code}")


def main() -> None:
    """Measure both starts."""
    with tempfile.TemporaryDirectory(prefix="aura-bench-") as folder:
        start_once(Path(folder), "First start ")
        start_once(Path(folder), "Second start")


if __name__ == "__main__":
    main()
