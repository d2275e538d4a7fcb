"""A deadline for request bodies: whoever sends one byte a second must not hold a thread of the server for hours.

gunicorn reads until it has what was asked for, however long that takes, so the reading side of the socket is shut
when the time is up: the read ends, the request is answered 408, and the connection is gone.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterable
from typing import Any, Final

logger = logging.getLogger(__name__)

GRACE = 30.0  # seconds that every body has
SLOWEST = 20_000  # bytes a second that a longer one must come at: 10 MB in nine minutes
TOO_SLOW: Final = "aura.body_too_slow"  # in the environ of a request whose body was given up

_LENGTH = "CONTENT_LENGTH"  # of the request, by PEP 3333

WSGIApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


class TimedInput:
    """The body of one request, with a clock that starts at the first read and stops when all of it has come."""

    def __init__(self, environ: dict[str, Any], sock: socket.socket, length: int, seconds: float) -> None:
        self._input = environ["wsgi.input"]
        self._environ = environ
        self._sock = sock
        self._left = length
        self._seconds = seconds
        self._timer: threading.Timer | None = None

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes; fewer than were announced when the time is up."""
        return self._timed(self._input.read, size)

    def readline(self, size: int = -1) -> bytes:
        """Return up to a line; less than that when the time is up."""
        return self._timed(self._input.readline, size)

    def __iter__(self) -> Iterable[bytes]:
        while line := self.readline():
            yield line

    def _timed(self, read: Callable[[int], bytes], size: int) -> bytes:
        if self._timer is None and self._left > 0:
            self._timer = threading.Timer(self._seconds, self._give_up)
            self._timer.daemon = True
            self._timer.start()
        data = read(size)
        self._left -= len(data)
        if self._left <= 0 or not data:
            self.stop()
        return data

    def _give_up(self) -> None:
        self._environ[TOO_SLOW] = True
        logger.warning("A request body came too slowly and was given up after %d s.", self._seconds)
        try:
            self._sock.shutdown(socket.SHUT_RD)
        except OSError:
            pass  # the client had gone by itself

    def stop(self) -> None:
        """Stop the clock."""
        if self._timer is not None:
            self._timer.cancel()


class BodyDeadline:
    """WSGI middleware that puts a TimedInput in front of every body. Without gunicorn's socket it does nothing."""

    def __init__(self, app: WSGIApp) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Serve one request."""
        sock = environ.get("gunicorn.socket")
        length = environ.get(_LENGTH) or "0"
        if sock is None or not length.isdecimal() or int(length) == 0:
            return self._app(environ, start_response)
        timed = TimedInput(environ, sock, int(length), GRACE + int(length) / SLOWEST)
        environ["wsgi.input"] = timed
        try:
            return self._app(environ, start_response)
        finally:
            timed.stop()
