"""What test_importing_kills kills: an import of posts at every edge, each in a process of its own.

The processes are forked from one that has everything loaded, and die by SIGKILL at a failpoint. The next one goes on
as a worker does once the lease of the dead one has run out. Prints what stands in the database after each.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable

from aura.kit import jobs
from aura.kit.files import kept
from imports import operations
from imports.kinds import get_kind
from imports.models import Import, ImportRow
from imports.operations import working
from media_library.tests import killed
from posts.models import Post, Target
from posts.operations.channels import make_first_channel
from posts.tests._made import make_campaign
from workspaces.models import User
from workspaces.operation import SYSTEM
from workspaces.scope import use_workspace

ROWS = 5
WORK = "imports.work_import"


def bring() -> None:
    """Bring a sheet of five scheduled posts, and say what its columns are."""
    killed.begin()
    with use_workspace(killed.workspace()) as room:
        make_first_channel(room, by=SYSTEM)
        make_campaign("Rye")
        lines = "".join(
            f"Post {number},Words,2099-03-{10 + number},09:00,Rye,Sandbox\n" for number in range(ROWS)
        )
        file = kept("plan.csv", [b"Title,Words,Date,Time,Campaign,Channels\n" + lines.encode()], most=10_000)
        source = operations.receive_import(file, kind=get_kind("posts"), by=User.objects.get())  # type: ignore[arg-type]
        operations.set_columns(
            source, mapping=source.mapping, options={"then": "schedule"}, by=User.objects.get()
        )


def work() -> None:
    """Do what is due, as the next worker does."""
    working.READ_AT_ONCE = working.JUDGED_AT_ONCE = 2
    killed.release(Import)
    for workspace_id, pk in jobs.REGISTRY[WORK].find(10):
        while jobs.run_one(WORK, workspace_id, pk):
            pass


def tell(point: str) -> None:
    """Print what is there."""
    with use_workspace(killed.workspace()):
        source = Import.objects.get()
        titles = Counter(Post.objects.filter(trashed_at=None).values_list("title", flat=True))
        said = {
            "point": point,
            "status": source.status,
            "rows": ImportRow.objects.count(),
            "in": ImportRow.objects.filter(status="in").count(),
            "counted": source.brought,
            "posts": sum(titles.values()),
            "most_of_one": max(titles.values(), default=0),
            "scheduled": Target.objects.filter(status="scheduled", post__trashed_at=None).count(),
        }
    print(json.dumps(said), flush=True)


def in_a_process(do: Callable[[], None], failpoint: str = "") -> None:
    """Run something in a process of its own; one with a failpoint has to die by it. Say what is there then."""
    killed.in_a_process(do, failpoint)
    tell(failpoint)


def all_of_it() -> None:
    """Kill at every edge, and go on each time."""
    in_a_process(bring)
    for point in ("import.read", "import.judged"):
        in_a_process(work, point)
    in_a_process(work)
    person = User.objects.get()
    with use_workspace(killed.workspace()):
        operations.bring_in_import(Import.objects.get(), by=person)
    for point in ("import.brought_in", "import.after_row", "import.brought_in", "import.after_row"):
        in_a_process(work, point)
    in_a_process(work)
    with use_workspace(killed.workspace()):
        operations.take_back_import(Import.objects.get(), by=person)
    in_a_process(work, "import.taken_back")
    in_a_process(work)


if __name__ == "__main__":
    killed.main(all_of_it=all_of_it)
