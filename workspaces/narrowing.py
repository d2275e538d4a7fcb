"""What the credential of a request allows at most: a least role and words for what it is for. It only ever takes away.

The role check of an operation asks here, so no call can forget it: a person's role counts no higher than the ceiling of
the credential that is in use, and the operation's own word has to be among the credential's. Outside a request of a
program nothing is narrowed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

from workspaces.roles import RIGHTS, Role, a, at_least, rank

EVERYTHING: Final = "*"
PUBLISH: Final = "publish"
WORDS: Final[dict[str, str]] = {
    "campaigns:read": "Read campaigns and brands",
    "campaigns:write": "Write campaigns and brands",
    "posts:read": "Read posts",
    "posts:write": "Write posts",
    PUBLISH: "Approve, schedule and publish posts",
    "media:read": "Read media",
    "media:write": "Upload and change media",
    "channels:read": "Read channels",
    "channels:write": "Connect and change channels",
    "comments:read": "Read comments",
    "comments:write": "Comment and settle comments",
    "imports:read": "Read imports",
    "imports:write": "Bring in files",
    "webhooks:read": "Read webhooks",
    "webhooks:write": "Set up webhooks",
    "workspace:read": "Read settings and activity",
    "workspace:write": "Change settings",
    "members:read": "Read members and invitations",
    "members:write": "Invite, change and remove members",
    "tokens:read": "Read tokens",
    "tokens:write": "Revoke tokens",
    "notifications:read": "Read notifications",
    "notifications:write": "Mark notifications as read",
}
"""What a credential may be for, word by word. Writing includes reading it; publishing includes reading posts."""

_OF_APP = {"campaigns": "campaigns", "posts": "posts", "media_library": "media", "imports": "imports"}
_CHANNELS = {
    "posts.create_channel",
    "posts.edit_channel",
    "posts.reconnect_channel",
    "posts.save_network_app",
    "posts.remove_network_app",
    "posts.pause_channel",
    "posts.resume_channel",
    "posts.trash_channel",
    "posts.restore_channel",
    "posts.rotate_channel_secret",
    "posts.add_slots",
    "posts.remove_slot",
}
_OF_VERB = {
    "workspaces.edit_workspace": "workspace:write",
    "workspaces.edit_quiet_times": "workspace:write",
    "workspaces.invite_member": "members:write",
    "workspaces.revoke_invitation": "members:write",
    "workspaces.change_role": "members:write",
    "workspaces.remove_member": "members:write",
    "workspaces.leave_workspace": "members:write",
    "workspaces.revoke_token": "tokens:write",
    "workspaces.read_notices": "notifications:write",
}
_NEVER = {"workspaces.create_token", "workspaces.hand_over_ownership", "workspaces.delete_workspace"}
"""What only a person does: a credential that makes another one outlives its own end."""


@dataclass(frozen=True, slots=True)
class Limit:
    """What a credential allows: a role at most, and words. `name` is what people call it, where it has a name.

    `is_lower`: whoever it acts for may do more than it.
    """

    role: str
    words: frozenset[str]
    name: str = ""
    is_lower: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON can hold it, for work that is done later on."""
        return {"role": self.role, "words": sorted(self.words), "name": self.name}

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> Limit:
        """Return what `as_json` gave."""
        return cls(str(kept["role"]), frozenset(kept["words"]), str(kept.get("name", "")))


_limit: ContextVar[Limit | None] = ContextVar("narrowing", default=None)


def in_use() -> Limit | None:
    """Return what the credential of this request allows; None where nothing is narrowed."""
    return _limit.get()


@contextmanager
def narrowed_to(limit: Limit) -> Iterator[None]:
    """Allow no more than `limit` for the block."""
    token = _limit.set(limit)
    try:
        yield
    finally:
        _limit.reset(token)


def lesser(one: str, other: str) -> str:
    """Return the role of the two that may do less."""
    return min(one, other, key=rank)


def includes(words: Iterable[str], word: str) -> bool:
    """Tell whether `word` is among `words`: itself, by everything, or because whoever writes also reads."""
    held = frozenset(words)
    if EVERYTHING in held or word in held:
        return True
    resource, _, action = word.partition(":")
    return action == "read" and (f"{resource}:write" in held or (resource == "posts" and PUBLISH in held))


def word_of(name: str) -> str | None:
    """Return the word that the operation `name` asks of a credential; None for what no credential ever may.

    What belongs to no workspace (an account, an invitation) is a person's alone.
    """
    if name in _OF_VERB:
        return _OF_VERB[name]
    right = RIGHTS[name]
    if right.minimum is None or name in _NEVER:
        return None
    app, _, verb = name.partition(".")
    if name in _CHANNELS:
        return "channels:write"
    if verb.endswith("_comment"):
        return "comments:write"
    if app == "posts" and at_least(right.minimum, Role.EDITOR):
        return PUBLISH
    if app in _OF_APP:
        return f"{_OF_APP[app]}:write"
    return "webhooks:write" if "webhook" in verb or verb == "replay_delivery" else EVERYTHING


def role_within(role: str | None) -> str | None:
    """Return what is left of a member's role under the credential in use."""
    limit = _limit.get()
    return role if limit is None or role is None else lesser(role, limit.role)


def forbids(name: str) -> str:
    """Return why the credential in use does not allow the operation `name`, or an empty string."""
    limit = _limit.get()
    if limit is None:
        return ""
    word = word_of(name)
    if word is None:
        return "Only a person can do this. Sign in with a browser."
    if includes(limit.words, word):
        return ""
    if word == EVERYTHING:
        return "This needs a token for everything. Make one in Settings, Tokens."
    return f"This token does not include {word}. Make one that does in Settings, Tokens."


def why_not(otherwise: str) -> str:
    """Return why a role does not include something: by the ceiling of the token in use, or else `otherwise`."""
    limit = _limit.get()
    if limit is None or not limit.is_lower:
        return otherwise
    return (
        f"This token may do no more than {a(limit.role)}, which is too little here. "
        "Make one that may do more in Settings, Tokens."
    )


def signed(actor: str) -> str:
    """Return how an actor stands in the activity: with the name of the token in use, if one is."""
    limit = _limit.get()
    return f"{actor} by the token “{limit.name}”" if limit is not None and limit.name else actor
