"""What higher apps add to the life of a workspace, and to that of a membership; they register in `apps.py`.

A new workspace gets its first things (a brand, the sandbox channel). When a workspace or a member goes, their
scheduled posts are listed before and unscheduled then. Where posts need approval, those that lack it are listed.
When a workspace is purged, its files go too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from workspaces.models import Membership, Workspace
from workspaces.operation import Actor

Going = Workspace | Membership
"""What can go: a whole workspace, or one person from it."""


class MakeFirst(Protocol):
    """Makes the first things of a new workspace; called in its transaction with the workspace open."""

    def __call__(self, workspace: Workspace, *, by: Actor) -> object:
        """Make the things."""


class LetGo(Protocol):
    """Unschedules or hands back what belongs to `going`; called in its transaction with the workspace open."""

    def __call__(self, going: Going, *, by: Actor) -> object:
        """Let them go."""


@dataclass(frozen=True, slots=True)
class Room:
    """How many bytes of files the open workspace keeps, and how many it may; None where there is no end."""

    used: int
    quota: int | None


@dataclass(frozen=True)
class _Goer:
    describe: Callable[[Going], list[str]]
    let_go: LetGo


_new: list[MakeFirst] = []
_goers: list[_Goer] = []
_unapproved: list[Callable[[Workspace], list[str]]] = []
_quiet: list[Callable[[Workspace], object]] = []
_room: list[Callable[[], Room]] = []
_purges: list[Callable[[Workspace], object]] = []


def on_new_workspace(function: MakeFirst) -> None:
    """Register what is made in every new workspace: `function(workspace, by=actor)`."""
    _new.append(function)


def on_going(describe: Callable[[Going], list[str]], let_go: LetGo) -> None:
    """Register what goes with a Workspace or a Membership.

    `describe(going)` returns a sentence for each thing that goes ("‘Launch day’ on Fri 9:00 is unscheduled"), for
    the confirmation before; `let_go(going, by=actor)` does it. Both run with the workspace open.
    """
    _goers.append(_Goer(describe, let_go))


def on_approval_needed(describe: Callable[[Workspace], list[str]]) -> None:
    """Register what waits once posts need approval: `describe(workspace)` returns a sentence for each thing."""
    _unapproved.append(describe)


def on_quiet_times(function: Callable[[Workspace], object]) -> None:
    """Register what is looked at anew once quiet times are others, inside that transaction."""
    _quiet.append(function)


def on_room_asked(function: Callable[[], Room]) -> None:
    """Register what tells how much room the files of the open workspace take."""
    _room.append(function)


def on_purge(function: Callable[[Workspace], object]) -> None:
    """Register what must be done before the rows of a workspace are deleted for good, such as deleting files."""
    _purges.append(function)


def what_goes(going: Going) -> list[str]:
    """Return a sentence for each thing that goes along with a workspace or a member."""
    return [sentence for goer in _goers for sentence in goer.describe(going)]


def quiet_times_changed(workspace: Workspace) -> None:
    """Tell whoever registered that quiet times are others now."""
    for function in _quiet:
        function(workspace)


def what_waits(workspace: Workspace) -> list[str]:
    """Return a sentence for each promised thing that waits, or would, because nobody approved it."""
    return [sentence for describe in _unapproved for sentence in describe(workspace)]


def make_first_things(workspace: Workspace, *, by: Actor) -> None:
    """Make what every new workspace starts with."""
    for make in _new:
        make(workspace, by=by)


def let_go(going: Going, *, by: Actor) -> None:
    """Unschedule and hand back what belongs to a workspace or a member."""
    for goer in _goers:
        goer.let_go(going, by=by)


def room() -> Room:
    """Return how much room the files of the open workspace take, and may take."""
    told = [function() for function in _room]
    quotas = [one.quota for one in told if one.quota is not None]
    return Room(sum(one.used for one in told), min(quotas, default=None))


def before_purge(workspace: Workspace) -> None:
    """Do what has to happen before a workspace's rows are deleted."""
    for purge in _purges:
        purge(workspace)
