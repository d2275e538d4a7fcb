"""Faces, where whoever runs Aura has installed something that finds them (`AURA_FACE_DETECTOR`).

Aura brings no model of its own. The detector is a program: it is called with the path of an upright picture and
prints a line for each face, "x y width height" as shares of the picture from its upper left corner.
docs/operations.md has one.
"""

from __future__ import annotations

import logging
import math
import subprocess
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

logger = logging.getLogger(__name__)

SECONDS = 10
FACES_AT_MOST = 50

Face = tuple[float, float, float, float]


def middle_of_faces(picture: Path) -> tuple[float, float] | None:
    """Return the point between the faces of a picture, larger ones counting for more; None where there is none.

    None as well without a detector, and where it fails: that is logged, and the picture is none the worse for it.
    """
    if not settings.AURA_FACE_DETECTOR:
        return None
    try:
        done = subprocess.run(
            [settings.AURA_FACE_DETECTOR, str(picture)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as problem:
        logger.warning("The face detector failed: %s", problem)
        return None
    return middle(faces_of(done.stdout.decode(errors="replace")))


def faces_of(said: str) -> list[Face]:
    """Return the faces that a detector printed; lines that are none are left out."""
    found = []
    for line in said.splitlines()[:FACES_AT_MOST]:
        try:
            left, top, wide, high = (float(part) for part in line.split())
        except ValueError:
            continue
        if all(map(math.isfinite, (left, top, wide, high))) and wide > 0 and high > 0:
            found.append((left, top, wide, high))
    return found


def middle(faces: Iterable[Face]) -> tuple[float, float] | None:
    """Return the middle of these faces, weighed by their areas and kept within the picture; None for no face."""
    weighed = [(wide * high, left + wide / 2, top + high / 2) for left, top, wide, high in faces]
    total = sum(area for area, _, _ in weighed)
    if not weighed:
        return None
    across = sum(area * x for area, x, _ in weighed) / total
    down = sum(area * y for area, _, y in weighed) / total
    return round(min(max(across, 0.0), 1.0), 3), round(min(max(down, 0.0), 1.0), 3)
