"""The supervisor of `manage.py run`: starts the processes, brings back what dies, stops all of them cleanly.

`manage.py run` prepares the instance and then becomes this module by exec, handing the Plan over through a pipe. So
the process that stays is a small one: nothing of Django is imported here.

Rules (decisions.md, Work): a child that dies is back at once, after 2 to 30 s only when it dies again within a minute;
INT, TERM or HUP: TERM to all, KILL after 10 s; a second INT kills at once. Children follow their parent's death.
"""

from __future__ import annotations

import errno
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlsplit

from aura.serve.parent import follow_parent

AGAIN_WITHIN = 60.0  # seconds between two deaths that make the second one wait
LONGEST_WAIT = 30.0  # seconds
GRACE = 10.0  # seconds from TERM to KILL
TICK = 0.5  # seconds


@dataclass
class Program:
    """What to start: a name for people, the command line, and what its environment has beside ours."""

    name: str
    argv: list[str]
    env: dict[str, str] = field(default_factory=dict)


@dataclass
class Plan:
    """All a supervisor needs.

    `listen_fd` is the listening socket (None without a web server), `address` where to look for the first page,
    `host` the Host header to ask with, `greeting` what to print once that page answers.
    """

    programs: list[Program]
    listen_fd: int | None = None
    address: tuple[str, int] | None = None
    host: str = "localhost"
    greeting: list[str] = field(default_factory=list)

    def dump(self) -> bytes:
        """Return the plan as JSON."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def load(cls, text: bytes) -> Plan:
        """Return the plan that `dump` wrote."""
        data: dict[str, Any] = json.loads(text)
        data["programs"] = [Program(**program) for program in data["programs"]]
        data["address"] = tuple(data["address"]) if data["address"] else None
        return cls(**data)


def say(sentence: str) -> None:
    """Print a line at once; a terminal that has gone away is not our problem."""
    try:
        print(sentence, flush=True)
    except OSError:
        pass


def restart_wait(deaths: int) -> float:
    """Return how many seconds to wait before a restart after `deaths` deaths in a row: 0, then 2, 4 … 30."""
    return 0.0 if deaths <= 1 else min(2.0 ** (deaths - 1), LONGEST_WAIT)


class Child:
    """One program and the process that runs it now."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.process: subprocess.Popen[bytes] | None = None
        self.start_at = 0.0  # monotonic
        self.died_at = float("-inf")
        self.deaths = 0

    def start(self, keep_fd: int | None) -> None:
        """Start the process in a session of its own, so that the terminal's Ctrl-C reaches only the supervisor."""
        supervisor = os.getpid()
        self.process = subprocess.Popen(
            self.program.argv,
            env=os.environ | self.program.env | {"AURA_SUPERVISOR": str(supervisor)},
            pass_fds=() if keep_fd is None else (keep_fd,),
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            preexec_fn=lambda: follow_parent(supervisor),
        )

    def died(self, now: float) -> float:
        """Note a death and return the seconds to wait before the next start."""
        self.deaths = self.deaths + 1 if now - self.died_at < AGAIN_WITHIN else 1
        self.died_at = now
        self.process = None
        wait = restart_wait(self.deaths)
        self.start_at = now + wait
        return wait


class FirstPage:
    """Asks for the first page without blocking, until it answers; follows one redirect on the same server."""

    def __init__(self, address: tuple[str, int], host: str) -> None:
        self.address = address
        self.host = host
        self.path = "/"
        self.sock: socket.socket | None = None
        self.answer = b""
        self.asked_at = float("-inf")

    def ask(self) -> None:
        """Send the request, if none is under way."""
        if self.sock is not None or time.monotonic() - self.asked_at < TICK:
            return
        self.answer, self.asked_at = b"", time.monotonic()
        family = socket.AF_INET6 if ":" in self.address[0] else socket.AF_INET
        self.sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            # The supervisor itself listens, so this succeeds at once; the answer waits for the web server.
            self.sock.settimeout(1)
            self.sock.connect(self.address)
            self.sock.sendall(
                f"GET {self.path} HTTP/1.0\r\nHost: {self.host}\r\nUser-Agent: aura-run\r\n\r\n".encode()
            )
            self.sock.setblocking(False)
        except OSError:
            self.drop()

    def drop(self) -> None:
        """Forget the request under way."""
        if self.sock is not None:
            self.sock.close()
            self.sock = None

    def read(self) -> int | None:
        """Return the status once the answer is complete, None before that."""
        if self.sock is None:
            return None
        try:
            while chunk := self.sock.recv(65536):
                self.answer += chunk
        except BlockingIOError:
            if time.monotonic() - self.asked_at > 30:
                self.drop()
            return None
        except OSError:
            pass  # a reset after the answer is an answer all the same
        self.drop()
        head = self.answer.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
        words = head[0].split(" ")
        status = int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
        headers = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])
        }
        target = urlsplit(headers.get("location", ""))
        if 300 <= status < 400 and not target.netloc and target.path and self.path == "/":
            self.path = target.path + (f"?{target.query}" if target.query else "")
            self.asked_at = float("-inf")
            return None
        return status or None


class Supervisor:
    """Runs a Plan until it is told to stop; `run` returns the exit code."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.children = [Child(program) for program in plan.programs]
        self.signals: list[int] = []
        self.leftovers: dict[
            int, float
        ] = {}  # process groups of dead children -> when to kill what is left of them
        self.page = (
            FirstPage(plan.address, plan.host) if plan.address and plan.listen_fd is not None else None
        )
        self.greeted = self.page is None

    def run(self) -> int:
        """Start everything, keep it running, stop on a signal."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda number, frame: self.signals.append(number))
        signal.signal(signal.SIGCHLD, lambda number, frame: None)  # wakes the selector
        reader, writer = socket.socketpair()
        reader.setblocking(False)
        writer.setblocking(False)
        signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        with selectors.DefaultSelector() as selector:
            selector.register(reader, selectors.EVENT_READ)
            while not self.signals:
                self.reap()
                self.start_due()
                self.kill_leftovers(time.monotonic())
                self.greet()
                if selector.select(0.05 if not self.greeted else self.next_wait()):
                    reader.recv(4096)
        return self.stop()

    def next_wait(self) -> float:
        """Return how long to sleep when nothing happens: to the next start that is due, else one tick."""
        waiting = [child.start_at for child in self.children if child.process is None]
        if not waiting:
            return TICK if self.leftovers else 60.0
        return max(min(min(waiting) - time.monotonic(), TICK), 0.0)

    def start_due(self) -> None:
        """Start what is not running and need not wait any longer."""
        now = time.monotonic()
        for child in self.children:
            if child.process is None and child.start_at <= now:
                try:
                    child.start(self.plan.listen_fd)
                except OSError as problem:
                    say(f"{child.program.name} could not be started: {problem.strerror}.")
                    child.died(now)

    def reap(self) -> None:
        """Note every process that ended, ours or (as process 1 of a container) anybody's."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for child in self.children:
                if child.process is not None and child.process.pid == pid:
                    self.bury(child, os.waitstatus_to_exitcode(status))

    def bury(self, child: Child, code: int) -> None:
        """Say what ended and plan its restart; what it left behind gets the same grace as in a stop."""
        assert child.process is not None
        child.process.returncode = code
        group = child.process.pid
        now = time.monotonic()
        wait = child.died(now)
        self.leftovers[group] = now + GRACE
        if not self.signals:
            how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
            say(f"{child.program.name} {how}; starting it again {f'in {wait:.0f} s' if wait else 'now'}.")

    def kill_leftovers(self, now: float) -> None:
        """Kill what dead children left running once its time is up, and forget groups that are gone."""
        for group, until in list(self.leftovers.items()):
            if not signal_group(group, signal.SIGKILL if now >= until else 0) or now >= until:
                del self.leftovers[group]

    def greet(self) -> None:
        """Print the greeting as soon as the first page is really there."""
        if self.greeted or self.page is None:
            return
        self.page.ask()
        status = self.page.read()
        if status is not None:
            self.greeted = True
            if status >= 500:
                say(f"The first page answers {status}; the lines above say why.")
            for line in self.plan.greeting:
                say(line)

    def stop(self) -> int:
        """TERM to all, KILL to what is left after the grace or on a second signal; 0 when all went by themselves."""
        seen = len(self.signals)
        say("Stopping ...")
        for child in self.children:
            if child.process is not None:
                os.kill(child.process.pid, signal.SIGTERM)
        until = time.monotonic() + GRACE
        while any(child.process for child in self.children):
            self.reap()
            if time.monotonic() >= until or len(self.signals) > seen:
                break
            time.sleep(0.05)
        forced = [child.program.name for child in self.children if child.process is not None]
        for child in self.children:
            if child.process is not None:
                self.leftovers[child.process.pid] = 0.0
        for group in self.leftovers:
            signal_group(group, signal.SIGKILL)
        say(f"Stopped; {' and '.join(forced)} had to be killed." if forced else "Stopped.")
        return 1 if forced else 0


def signal_group(group: int, number: int) -> bool:
    """Send a signal to a process group; return False when there is nobody left in it."""
    try:
        os.killpg(group, number)
    except OSError as problem:
        return problem.errno == errno.EPERM
    return True


def main() -> None:
    """Read the plan from the file descriptor named on the command line, and run it."""
    with os.fdopen(int(sys.argv[1]), "rb") as pipe:
        plan = Plan.load(pipe.read())
    sys.exit(Supervisor(plan).run())


if __name__ == "__main__":
    main()
