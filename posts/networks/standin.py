"""A network to try adapters on: a real HTTP server on 127.0.0.1 that misbehaves on request and keeps a journal.

    with StandIn() as network:
        network.behave(Behaviour.DROP_AFTER_WRITE, Behaviour.ACCEPT)
        ...
        assert len(network.posts) == 1

Also its own process, so that fault tests can kill everything else:

    python -m posts.networks.standin --port 9099 --journal standin.jsonl --mix accept=8,hang=1,drop_after_write=1

`GET /_posts` shows what is on the fake network; every other request is judged by the next behaviour.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from posts.networks.standins.service import Answer, Call, Service


class Behaviour(StrEnum):
    """What the stand-in does with one request. `takes_effect` says whether the post is live afterwards."""

    ACCEPT = "accept"
    SLOW = "slow"
    GARBAGE = "garbage"
    HANG = "hang"
    DROP_AFTER_WRITE = "drop_after_write"
    FAIL_AFTER_WRITE = "fail_after_write"
    DRIP = "drip"
    DROP_BEFORE_WRITE = "drop_before_write"
    FAIL_BEFORE_WRITE = "fail_before_write"
    REFUSE = "refuse"
    UNAUTHORIZED = "unauthorized"
    GONE = "gone"
    BUSY = "busy"
    UNAVAILABLE = "unavailable"
    REDIRECT = "redirect"

    @property
    def takes_effect(self) -> bool:
        """Whether the post is on the fake network after this."""
        return self in _EFFECTIVE

    @property
    def answers(self) -> bool:
        """Whether the caller gets a complete answer that tells the truth."""
        return self not in _SILENT


_EFFECTIVE = frozenset(
    {
        Behaviour.ACCEPT,
        Behaviour.SLOW,
        Behaviour.GARBAGE,
        Behaviour.HANG,
        Behaviour.DROP_AFTER_WRITE,
        Behaviour.FAIL_AFTER_WRITE,
        Behaviour.DRIP,
    }
)
_SILENT = frozenset(
    {
        Behaviour.HANG,
        Behaviour.DROP_AFTER_WRITE,
        Behaviour.FAIL_AFTER_WRITE,
        Behaviour.DRIP,
        Behaviour.DROP_BEFORE_WRITE,
        Behaviour.FAIL_BEFORE_WRITE,
    }
)
_ANSWERS: dict[Behaviour, tuple[int, dict[str, str], bytes]] = {
    Behaviour.GARBAGE: (200, {"Content-Type": "application/json"}, b"\xff{{{ not json"),
    Behaviour.FAIL_AFTER_WRITE: (500, {}, b"broken"),
    Behaviour.FAIL_BEFORE_WRITE: (500, {}, b"broken"),
    Behaviour.REFUSE: (400, {}, b"refused"),
    Behaviour.UNAUTHORIZED: (401, {}, b"who are you"),
    Behaviour.GONE: (410, {}, b"gone"),
    Behaviour.BUSY: (429, {"Retry-After": "7"}, b"too fast"),
    Behaviour.UNAVAILABLE: (503, {"Retry-After": "9"}, b"later"),
    Behaviour.REDIRECT: (302, {"Location": "/elsewhere"}, b""),
}


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it arrived. `post` says that this very request put a new post on the fake network."""

    number: int
    at: float
    method: str
    path: str
    headers: dict[str, str]
    body: str
    key: str
    behaviour: str
    post: bool

    @property
    def raw(self) -> bytes:
        """The body byte by byte."""
        return self.body.encode("utf-8", "surrogateescape")


@dataclass(slots=True)
class StandIn:
    """The server, started and stopped by `with`.

    Without a `service` it is a receiver of webhooks: every POST is a post. `knows_keys`: a second one with a known key
    is answered and posts nothing; `key_header` is the header that carries the key. With a `service` it plays that
    network, and misbehaves only where a call publishes, or where its path begins with the `at` of `behave`.
    """

    service: Service | None = None
    knows_keys: bool = True
    key_header: str = "webhook-id"
    port: int = 0
    journal: Path | None = None
    default: Behaviour = Behaviour.ACCEPT
    mix: dict[Behaviour, float] = field(default_factory=dict)
    slowness: float = 0.2
    """Seconds that SLOW waits, and between two bytes of DRIP."""
    seed: int | None = None

    received: list[Received] = field(default_factory=list, init=False)
    _script: deque[Behaviour] = field(default_factory=deque, init=False)
    _scripts: dict[str, deque[Behaviour]] = field(default_factory=dict, init=False)
    _keys: set[str] = field(default_factory=set, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _stopping: threading.Event = field(default_factory=threading.Event, init=False)
    _server: _Server | None = field(default=None, init=False)
    _thread: threading.Thread | None = field(default=None, init=False)
    _dice: random.Random = field(default_factory=random.Random, init=False)

    def __enter__(self) -> Self:
        """Start on a free port, or on `port`."""
        if self.seed is not None:
            self._dice.seed(self.seed)
        if self.journal is not None and self.journal.exists():
            # A restarted stand-in remembers, as a network would.
            self.received = read_journal(self.journal)
            self._keys = {one.key for one in self.received if one.post}
        self._server = _Server(self)
        self.port = self._server.server_address[1]
        if self.service is not None:
            self.service.endpoint = self.endpoint
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, and let go of every hanging request."""
        self._stopping.set()
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()

    @property
    def endpoint(self) -> str:
        """host:port, as AURA_EGRESS_ALLOW takes it."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The address to post to."""
        return f"http://{self.endpoint}/hook"

    def behave(self, *behaviours: Behaviour, at: str = "") -> None:
        """Do these with the next requests, in order; then `mix` or `default` again.

        `at`: with the next requests whose path begins so, whatever they are (a service only).
        """
        with self._lock:
            (self._scripts.setdefault(at, deque()) if at else self._script).extend(behaviours)

    def serve(self, call: Call) -> tuple[Behaviour, Answer]:
        """Let the service do what a call asks for, or keep it from it; return how to answer, and its own answer."""
        assert self.service is not None
        with self._lock:
            publishes = self.service.publishes(call)
            behaviour = self._next(call.path, publishes)
            before = len(self.service.posts)
            answer = self.service.perform(call) if behaviour.takes_effect else Answer()
            new = self.service.posts[before:]
            self._note(
                call.method,
                call.path,
                call.headers,
                call.body if publishes else b"",
                new[0].key if new else "",
                behaviour,
                bool(new),
            )
        return behaviour, answer

    def _next(self, path: str, publishes: bool) -> Behaviour:
        for begins, script in self._scripts.items():
            if script and path.startswith(begins):
                return script.popleft()
        if not publishes:
            return Behaviour.ACCEPT
        return self._chosen()

    def _chosen(self) -> Behaviour:
        if self._script:
            return self._script.popleft()
        if self.mix:
            return self._dice.choices(list(self.mix), list(self.mix.values()))[0]
        return self.default

    @property
    def posts(self) -> list[Received]:
        """What is on the fake network: the requests that made a post."""
        with self._lock:
            return [one for one in self.received if one.post]

    def take(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Behaviour:
        """Write a request down, let it take effect or not, and say how to answer it."""
        with self._lock:
            behaviour = self._chosen()
            key = headers.get(self.key_header.lower(), "")
            new = behaviour.takes_effect and method == "POST" and not (self.knows_keys and key in self._keys)
            if new:
                self._keys.add(key)
            self._note(method, path, headers, body, key, behaviour, new)
        return behaviour

    def _note(
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        key: str,
        behaviour: Behaviour,
        new: bool,
    ) -> None:
        """Write a request down. The lock is held."""
        text = body.decode("utf-8", "surrogateescape")
        one = Received(
            len(self.received) + 1, time.time(), method, path, headers, text, key, behaviour.value, new
        )
        self.received.append(one)
        if self.journal is not None:
            with self.journal.open("ab") as file:
                file.write(json.dumps(asdict(one)).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())

    def wait(self, seconds: float) -> None:
        """Sleep, but wake up when the stand-in stops."""
        self._stopping.wait(seconds)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, stand_in: StandIn) -> None:
        self.stand_in = stand_in
        super().__init__(("127.0.0.1", stand_in.port), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Callers that hang up are part of the game."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        """A request to publish."""
        self._handle()

    def do_GET(self) -> None:
        """The list of posts, or a request like any other."""
        stand_in = self.server.stand_in
        if self.path == "/_posts":
            if stand_in.service is not None:
                shown = [
                    {
                        "key": one.key,
                        "body": one.text,
                        "id": one.id,
                        "files": len(one.media),
                        "answers": one.reply_to,
                    }
                    for one in stand_in.service.posts
                ]
            else:
                shown = [{"key": one.key, "body": one.body} for one in stand_in.posts]
            self._answer(200, {"Content-Type": "application/json"}, json.dumps(shown).encode())
        else:
            self._handle()

    def do_PUT(self) -> None:
        """An upload."""
        self._handle()

    def _handle(self) -> None:
        stand_in = self.server.stand_in
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        if stand_in.service is not None:
            behaviour, honest = stand_in.serve(Call.of(self.command, self.path, headers, body))
        else:
            behaviour = stand_in.take(self.command, self.path, headers, body)
            key = headers.get(stand_in.key_header.lower(), "")
            answer = {"id": f"remote-{key}", "url": f"http://{stand_in.endpoint}/posts/{key}"}
            honest = Answer.json(answer, 201)
        match behaviour:
            case Behaviour.HANG:
                stand_in.wait(300)
            case Behaviour.DROP_AFTER_WRITE | Behaviour.DROP_BEFORE_WRITE:
                self._reset()
            case Behaviour.DRIP:
                self._drip()
            case Behaviour.ACCEPT | Behaviour.SLOW:
                if behaviour is Behaviour.SLOW:
                    stand_in.wait(stand_in.slowness)
                self._answer(honest.status, honest.headers, honest.body)
            case _:
                self._answer(*_ANSWERS[behaviour])

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _drip(self) -> None:
        """A byte now and then, so that no time-out of a single read ever strikes."""
        for letter in b"HTTP/1.1 200 OK\r\nX-Drip: " + b"." * 1_000:
            self.connection.sendall(bytes([letter]))
            self.server.stand_in.wait(self.server.stand_in.slowness)

    def _reset(self) -> None:
        """Hang up hard: RST instead of FIN."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()
        self.connection.close()

    def log_message(self, *args: Any) -> None:
        """The journal is the log."""


def read_journal(path: Path) -> list[Received]:
    """The requests in a journal file, also one that another process is still writing."""
    lines = path.read_bytes().split(b"\n")[:-1]  # After the last line end there is nothing, or half a line.
    return [Received(**json.loads(line)) for line in lines]


def _mix(text: str) -> dict[Behaviour, float]:
    mix = {}
    for part in filter(None, text.split(",")):
        name, _, weight = part.partition("=")
        mix[Behaviour(name.strip())] = float(weight or 1)
    return mix


def _service(text: str) -> Service:
    module, _, name = text.partition(":")
    made: Service = getattr(import_module(module), name)()
    return made


def main(arguments: Sequence[str] | None = None) -> None:
    """Run until killed."""
    parser = argparse.ArgumentParser(description="A network to try adapters on.")
    parser.add_argument("--port", type=int, default=0, help="0: any free port, printed")
    parser.add_argument("--journal", type=Path, help="append every request to this file, one JSON a line")
    parser.add_argument("--mix", type=_mix, default={}, help="accept=8,hang=1: weights of behaviours")
    parser.add_argument("--seed", type=int, help="makes the mix repeatable")
    parser.add_argument("--forgets-keys", action="store_true", help="a known key posts again")
    parser.add_argument("--key-header", default="webhook-id")
    parser.add_argument("--service", type=_service, help="play this network: package.module:Class")
    parser.add_argument("--slowness", type=float, default=0.2, help="seconds")
    options = parser.parse_args(arguments)
    stand_in = StandIn(
        service=options.service,
        knows_keys=not options.forgets_keys,
        key_header=options.key_header,
        port=options.port,
        journal=options.journal,
        mix=options.mix,
        slowness=options.slowness,
        seed=options.seed,
    )
    with stand_in:
        print(stand_in.url, flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
