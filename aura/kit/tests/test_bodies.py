"""U5: a body that drips is given up, one that comes is not, and the thread is free again."""

from __future__ import annotations

import io
import socket
import threading

import pytest

from aura.kit import bodies


@pytest.fixture
def line():
    ours, theirs = socket.socketpair()
    yield ours, theirs
    ours.close()
    theirs.close()


def reading(ours, length):
    """A WSGI application behind the deadline that reads all of its body; returns body and environ."""
    environ = {"gunicorn.socket": ours, "wsgi.input": ours.makefile("rb"), "CONTENT_LENGTH": str(length)}
    seen = bodies.BodyDeadline(lambda environ, _: [environ["wsgi.input"].read(length)])(environ, None)
    return b"".join(seen), environ


def test_U5_a_body_that_never_ends_is_given_up(line, monkeypatch):
    monkeypatch.setattr(bodies, "GRACE", 0.2)
    monkeypatch.setattr(bodies, "SLOWEST", 1_000_000)
    ours, theirs = line
    theirs.send(b"only this")
    body, environ = reading(ours, 1000)
    assert body == b"only this"
    assert environ[bodies.TOO_SLOW]
    ours.send(b"an answer can still be sent")
    assert theirs.recv(100) == b"an answer can still be sent"


def test_a_body_that_comes_is_read_and_the_clock_stops(line, monkeypatch):
    clocks = []

    class Noted(threading.Timer):
        def __init__(self, *args):
            super().__init__(*args)
            clocks.append(self)

    monkeypatch.setattr(bodies.threading, "Timer", Noted)
    ours, theirs = line
    theirs.send(b"x" * 1000)
    body, environ = reading(ours, 1000)
    (only,) = clocks
    only.join(30)
    assert not only.is_alive(), "it was stopped long before its time"
    assert len(body) == 1000
    assert bodies.TOO_SLOW not in environ
    theirs.send(b"next")
    assert ours.recv(10) == b"next"


def test_lines_are_read_too():
    environ = {"gunicorn.socket": object(), "wsgi.input": io.BytesIO(b"a\nb\n"), "CONTENT_LENGTH": "4"}
    assert bodies.BodyDeadline(lambda environ, _: list(environ["wsgi.input"]))(environ, None) == [
        b"a\n",
        b"b\n",
    ]


@pytest.mark.parametrize("length", ["", "0", "many"])
def test_without_a_body_nothing_is_changed(length):
    given = io.BytesIO()
    environ = {"gunicorn.socket": object(), "wsgi.input": given, "CONTENT_LENGTH": length}
    bodies.BodyDeadline(lambda environ, _: [])(environ, None)
    assert environ["wsgi.input"] is given
