"""Real processes for tests: start `manage.py`, look at what it started, and leave nothing behind."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import psutil

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    """Return a port of this machine that nobody uses now.

    It lies below those that the system hands out by itself: between now and its use nobody else is given it.
    """
    while True:
        port = 20_000 + secrets.randbelow(10_000)
        with socket.socket() as sock, contextlib.suppress(OSError):
            sock.bind(("127.0.0.1", port))
            return port


def wait_for(what: Callable[[], T], seconds: float, about: str) -> T:
    """Return the first true answer of `what`; fail when there is none within `seconds`."""
    until = time.monotonic() + seconds
    while True:
        answer = what()
        if answer:
            return answer
        assert time.monotonic() < until, f"{about}: not within {seconds} s"
        time.sleep(0.05)


class Running:
    """A process of ours with what it printed. Use as a context manager: the end kills it and all it started."""

    def __init__(self, *argv: str, **env: str) -> None:
        kept = ("AURA_", "DATABASE_", "REDIS_", "DJANGO_", "PYTEST_", "PORT")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(kept)}
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, *argv],
            cwd=ROOT,
            env=clean | {"PYTHONUNBUFFERED": "1"} | env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.family: dict[int, psutil.Process] = {}

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    @property
    def output(self) -> str:
        """Everything printed so far."""
        return "\n".join(self.lines)

    def said(self) -> str:
        """Return everything printed by a process that has ended."""
        self._reader.join(60)
        return self.output

    def children(self) -> list[psutil.Process]:
        """Return every process below this one, and remember them."""
        try:
            found = psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            found = []
        self.family.update({child.pid: child for child in found})
        return found

    def child(self, *words: str, direct: bool = False) -> psutil.Process | None:
        """Return the first child whose command line has all of `words`."""
        for child in self.children():
            try:
                line = child.cmdline()
                if direct and child.ppid() != self.process.pid:
                    continue
            except psutil.Error:
                continue
            if all(any(word in part for part in line) for word in words):
                return child
        return None

    def left(self) -> list[psutil.Process]:
        """Return what still runs of all the children ever seen."""
        return [p for p in self.family.values() if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *exc: Any) -> None:
        self.children()
        self.process.kill()
        for child in self.left():
            child.kill()
        self.process.wait(10)
        self._reader.join(5)


def status_of(url: str) -> int:
    """Return the HTTP status of an address, 0 when nothing answers."""
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as problem:
        return problem.code
    except OSError:
        return 0
