"""Talks to the children that decode: hands out work, waits with a deadline, kills what does not answer.

At most one child for each processor and kind, reused between pictures or films. A child that crashes, hangs or runs
out of memory costs what it was given and nothing else.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import logging
import os
import select
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

CHILD = Path(__file__).with_name("decode_child.py")
FILM_CHILD = Path(__file__).with_name("film_child.py")
CPU_SECONDS = 20
WALL_SECONDS = 60.0
MOST_CHILDREN = 4


class DecodeFailed(Exception):
    """The picture could not be decoded; `problem` is damaged, too_large, memory, time or crashed."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class _Child:
    def __init__(self, script: Path) -> None:
        # One thread each: libavif and OpenBLAS would start one for every processor, each with its own stack.
        environment = {"PATH": os.environ.get("PATH", ""), "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-I", str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            close_fds=True,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.into, self.out = self.process.stdin.fileno(), self.process.stdout.fileno()
        os.set_blocking(self.out, False)

    def ask(self, job: dict[str, Any], deadline: float) -> dict[str, Any]:
        """Return the child's answer. Raises OSError or EOFError when it is gone, TimeoutError when it is late."""
        request = json.dumps(job).encode()
        os.write(self.into, len(request).to_bytes(4, "big") + request)
        size = int.from_bytes(self._read(4, deadline), "big")
        reply: dict[str, Any] = json.loads(self._read(size, deadline))
        return reply

    def _read(self, size: int, deadline: float) -> bytes:
        data = b""
        while len(data) < size:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.out], [], [], left)[0]:
                raise TimeoutError
            piece = os.read(self.out, size - len(data))
            if not piece:
                raise EOFError
            data += piece
        return data

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def how_it_ended(self) -> int | None:
        """Return the exit status; its pipe closes a moment before the kernel has it."""
        try:
            return self.process.wait(10)
        except subprocess.TimeoutExpired:
            return None

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


class Decoder:
    """A few children and who may use them. One for a whole process and kind: `decoder`, and `films`."""

    def __init__(self, children: int | None = None, *, script: Path = CHILD) -> None:
        self._script = script
        self._free: list[_Child] = []
        self._lock = threading.Lock()
        self._turns = threading.BoundedSemaphore(children or min(os.cpu_count() or 1, MOST_CHILDREN))
        self._owner = os.getpid()

    def decode(self, job: dict[str, Any], *, wall_seconds: float = WALL_SECONDS) -> dict[str, Any]:
        """Return the child's answer to `job` (see decode_child). Raises DecodeFailed.

        A child that went away while it was idle is replaced and asked once more.
        """
        with self._turns:
            for last in (False, True):
                child = self._take()
                fresh = child is None
                child = child or _Child(self._script)
                started = time.monotonic()
                try:
                    reply = child.ask({"cpu": CPU_SECONDS, **job}, started + wall_seconds)
                except TimeoutError:
                    child.end()
                    raise DecodeFailed("time") from None
                except (OSError, EOFError, ValueError):
                    # Gone at once: it had retired, and this picture is not to blame.
                    retired = not fresh and not last and time.monotonic() - started < 0.5
                    status = child.how_it_ended()
                    child.end()
                    if retired:
                        continue
                    logger.warning("A decoding child ended with %s", status)
                    raise DecodeFailed("time" if status == -24 else "crashed") from None
                self._give_back(child)
                if not reply.get("ok"):
                    raise DecodeFailed(str(reply.get("problem", "damaged")))
                return reply
        raise DecodeFailed("crashed")

    def _take(self) -> _Child | None:
        with self._lock:
            if self._owner != os.getpid():  # after a fork the pipes belong to the parent
                self._free, self._owner = [], os.getpid()
            while self._free:
                child = self._free.pop()
                if child.is_alive():
                    return child
                child.end()
        return None

    def _give_back(self, child: _Child) -> None:
        with self._lock:
            self._free.append(child)

    def close(self) -> None:
        """End every idle child."""
        with self._lock:
            if self._owner == os.getpid():
                for child in self._free:
                    child.end()
            self._free = []


decoder = Decoder()
films = Decoder(script=FILM_CHILD)
atexit.register(decoder.close)
atexit.register(films.close)
