"""gunicorn's worker, which says in our words what is wrong with a request that never becomes one.

An address or headers past the limits, and what is no HTTP at all, are refused before any of Aura is asked: there is no
request, and so no way to tell a person from a program. Problem details are read by both.
"""

from __future__ import annotations

import contextlib
from http import HTTPStatus
from typing import Any

from gunicorn import util
from gunicorn.http import errors
from gunicorn.workers.gthread import ThreadWorker

# The first class that fits. What is not here (an answer of ours that cannot be sent, for one) is for gunicorn to say.
_STATUSES: tuple[tuple[type[Exception], int], ...] = (
    (errors.InvalidResponseHeader, 0),
    (errors.InvalidResponseHeaderName, 0),
    (errors.LimitRequestLine, 414),
    (errors.LimitRequestHeaders, 431),
    (errors.InvalidRequestLine, 400),
    (errors.InvalidRequestMethod, 400),
    (errors.InvalidHTTPVersion, 400),
    (errors.InvalidHeader, 400),
    (errors.InvalidHeaderName, 400),
    (errors.ObsoleteFolding, 400),
    (errors.InvalidChunkSize, 400),
    (errors.InvalidChunkExtension, 400),
    (errors.ChunkMissingTerminator, 400),
)


class WebWorker(ThreadWorker):  # type: ignore[misc]
    """Threads in one process; only what is said about broken requests differs from gunicorn's own."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answer what could not be read, and close the connection."""
        status = next((status for kind, status in _STATUSES if isinstance(exc, kind)), 0)
        if not status:
            super().handle_error(req, client, addr, exc)
            return
        self.log.warning("Invalid request: %s", type(exc).__name__)
        with contextlib.suppress(OSError):  # whoever sent it is gone
            util.write_nonblock(client, answer(status))


def answer(status: int) -> bytes:
    """Return the answer to a request that cannot be read, as it goes over the wire."""
    from workspaces.api.problems import problem  # what loads the worker has no Django yet

    response = problem(status)
    head = [
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        f"Content-Type: {response['Content-Type']}",
        f"Content-Length: {len(response.content)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
    ]
    return "\r\n".join([*head, "", ""]).encode("ascii") + response.content
