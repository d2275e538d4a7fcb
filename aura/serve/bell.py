"""The bell between processes of one machine: a datagram that says "look now", and is never waited for.

Each worker listens on a UNIX socket of its own in `<data>/bells/`; whoever has new work sends the name of the due list
to all of them. A bell that is not heard costs nothing but time: the sweep comes within seconds.
"""

from __future__ import annotations

import os
import socket
import stat
import uuid
from pathlib import Path

_PATH_LIMIT = 100  # bytes; sockaddr_un holds 108 on Linux, 104 on BSD
_HEARD_AT_ONCE = 256  # datagrams read in one go


class Bell:
    """The hearing side: a socket that becomes readable when somebody rings. Close it when done."""

    def __init__(self, folder: Path) -> None:
        """Listen in `folder`, which is made if missing. Raises OSError when the path is too long for a socket."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        ring_all(folder, "")  # clears away what killed workers left; to the living it is a name nobody has
        self.path = folder / f"{os.getpid()}-{uuid.uuid4().hex[:8]}.sock"
        if len(os.fsencode(self.path)) > _PATH_LIMIT:
            raise OSError(f"{self.path} is too long for a socket.")
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.setblocking(False)
        self.sock.bind(os.fspath(self.path))

    def fileno(self) -> int:
        """Return the descriptor to wait on."""
        return self.sock.fileno()

    def heard(self) -> set[str]:
        """Return the names that were rung since the last call; empties what is waiting."""
        names = set()
        try:
            for _ in range(_HEARD_AT_ONCE):
                names.add(self.sock.recv(200).decode("ascii", "replace"))
        except BlockingIOError:
            pass
        return names - {""}

    def close(self) -> None:
        """Stop listening and take the socket away."""
        self.sock.close()
        self.path.unlink(missing_ok=True)


def ring_all(folder: Path, name: str) -> int:
    """Tell every worker that listens in `folder`; return how many heard. Never blocks, never raises.

    Sockets whose worker is gone are removed on the way.
    """
    heard = 0
    try:
        paths = [entry.path for entry in os.scandir(folder) if entry.name.endswith(".sock")]
    except OSError:
        return 0
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        for path in paths:
            try:
                sock.sendto(name.encode("ascii", "replace")[:200], path)
                heard += 1
            except BlockingIOError:
                heard += 1  # its ear is full: it has enough to wake up for
            except ConnectionRefusedError:
                _forget(path)
            except OSError:
                continue
    return heard


def _forget(path: str) -> None:
    try:
        if stat.S_ISSOCK(os.stat(path).st_mode):
            os.unlink(path)
    except OSError:
        pass
