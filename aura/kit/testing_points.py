"""Failpoints: named places where a fault test may kill, raise or sleep.

`AURA_FAILPOINTS=publish.after_call:kill,upload.after_part:sleep=5` switches them on, in tests only
(`AURA_ENV=test`; settings refuse the variable anywhere else). `name:kill@0.1` strikes one time in ten.
`AURA_FAILPOINTS_LOG` names a file that gets a line for each kill.
"""

import os
import random
import signal
import time
from functools import cache


class FailpointReached(RuntimeError):
    """What a failpoint set to `raise` raises."""


@cache
def _armed() -> dict[str, tuple[str, float]]:
    if os.environ.get("AURA_ENV") != "test":
        return {}
    points = {}
    for item in filter(None, os.environ.get("AURA_FAILPOINTS", "").split(",")):
        name, _, action = item.partition(":")
        action, _, chance = action.partition("@")
        points[name.strip()] = (action, float(chance or 1))
    return points


def failpoint(name: str) -> None:
    """Do what `AURA_FAILPOINTS` asks for at this point: `kill` (SIGKILL), `raise`, `sleep=seconds`; else nothing."""
    action, chance = _armed().get(name, ("", 0.0))
    if not action or random.random() >= chance:
        return
    if action == "kill":
        if log := os.environ.get("AURA_FAILPOINTS_LOG"):
            with open(log, "a") as file:
                file.write(f"{name}\n")
        os.kill(os.getpid(), signal.SIGKILL)
    elif action == "raise":
        raise FailpointReached(name)
    elif action.startswith("sleep="):
        time.sleep(float(action.removeprefix("sleep=")))
