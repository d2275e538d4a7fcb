"""Files that a network takes in steps: told of, sent (a long film in several passes), then worked on by the network.

One loop for all networks that do it so; each says what its own steps are. What is known of a file is a dictionary with
`sent` and `ready`, and perhaps `wait`, the seconds until it is worth asking again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from posts.networks.values import (
    Outgoing,
    OutgoingMedia,
    Preparation,
    Ready,
    Rejected,
    RetryAfter,
    State,
    Waiting,
)

Known: TypeAlias = dict[str, Any]
Problem: TypeAlias = Rejected | RetryAfter
ASK_AGAIN = 5
"""Seconds between two questions where a network names none."""


def advance(
    outgoing: Outgoing,
    state: State,
    save: Callable[[State], None],
    *,
    begin: Callable[[OutgoingMedia], Known | Problem],
    send: Callable[[OutgoingMedia, Known], Known | Problem],
    look: Callable[[Known], Known | Problem],
    name: str,
    by: str,
) -> Preparation:
    """Bring the files of a post nearer to being usable; `Ready` once all of them are. Saved after each step.

    `name` is the network's, `by` says how it takes a film ("part by part"); both stand in sentences.
    """
    files: list[Known] = list(state.get("files", []))
    for index, item in enumerate(outgoing.media):
        if index == len(files):
            begun = begin(item)
            if not isinstance(begun, dict):
                return begun
            files.append(begun)
            save({**state, "files": files})
        if not files[index]["sent"]:
            sent = send(item, files[index])
            if not isinstance(sent, dict):
                return sent
            files[index] = sent
            state = {**state, "files": files}
            save(state)
            if not sent["sent"]:
                return Waiting(state, 1, f"A film is on its way to {name}, {by}.")
    for index, one in enumerate(files):
        if not one["ready"]:
            looked = look(one)
            if not isinstance(looked, dict):
                return looked
            files[index] = looked
    state = {**state, "files": files} if files else state
    if all(one["ready"] for one in files):
        return Ready(state)
    wait = max(one.get("wait", ASK_AGAIN) for one in files)
    return Waiting(state, wait, f"{name} is still working on the files.")
