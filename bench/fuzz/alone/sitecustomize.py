"""Every Python of the server loads this first: no name and no address outside this machine is found."""

from __future__ import annotations

import socket
from typing import Any

_HERE = {"", "localhost", "127.0.0.1", "::1", "0.0.0.0"}
_look_up = socket.getaddrinfo


def _only_here(host: Any, *args: Any, **more: Any) -> Any:
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if name is None or name in _HERE:
        return _look_up(host, *args, **more)
    raise socket.gaierror(socket.EAI_NONAME, "Nobody outside is called while Aura is fuzzed")


socket.getaddrinfo = _only_here
