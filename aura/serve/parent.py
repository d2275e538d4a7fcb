"""No orphans: a child asks the kernel to be stopped when its parent dies.

Linux delivers a signal (PR_SET_PDEATHSIG, prctl(2)); elsewhere a thread looks at the parent's id every second.
Imports nothing of Django: the supervisor must stay small.
"""

import ctypes
import os
import signal
import sys
import threading
import time

_PR_SET_PDEATHSIG = 1  # <sys/prctl.h>
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def follow_parent(parent: int, number: int = signal.SIGTERM) -> None:
    """Have this process sent signal `number` when its parent, whose id was `parent`, dies.

    Safe between fork and exec on Linux, where it outlives the exec. Where there is no such call, does nothing but
    notice a parent that is gone already; `watch_parent` does the rest.
    """
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
    if os.getppid() != parent:  # it died before we asked
        os.kill(os.getpid(), number)


def watch_parent(number: int = signal.SIGTERM, *, every: float = 1.0, poll: bool = _libc is None) -> None:
    """Where the kernel does not tell, look every `every` seconds whether the parent is still the same."""
    if not poll:
        return
    parent = os.getppid()

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(every)
        os.kill(os.getpid(), number)

    threading.Thread(target=look, name="parent-watch", daemon=True).start()
