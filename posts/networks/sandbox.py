"""The sandbox: keeps what would be sent and shows it like a feed. Every new workspace has one.

Adapters know no models, so the posts app hands in a store (`register_store` in its `apps.py`). The store is the
fake network: it keeps one post per key, however often that key is put.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Protocol

from posts.networks.base import (
    Absent,
    Accepted,
    Found,
    Network,
    Outcome,
    Outgoing,
    OutgoingMedia,
    Reconciliation,
    ReplyTo,
    RetryClass,
    State,
)


@dataclass(frozen=True, slots=True)
class SandboxPost:
    """A post as the sandbox keeps it. `url` is where Aura shows it, "" if it shows it nowhere."""

    remote_id: str
    url: str = ""


class SandboxStore(Protocol):
    """Where sandbox posts are kept. Called inside the scope of the target's workspace, outside any transaction."""

    def put(
        self,
        key: str,
        *,
        target_id: str,
        text: str,
        title: str,
        link: str,
        channel: str,
        media: tuple[OutgoingMedia, ...],
        reply_to: ReplyTo | None = None,
        now: datetime,
    ) -> SandboxPost:
        """Keep a post under `key` and return it. The same key again returns the first row and changes nothing."""
        ...

    def get(self, key: str) -> SandboxPost | None:
        """The post kept under `key`, or None."""
        ...


_store: SandboxStore | None = None


def register_store(store: SandboxStore | None) -> None:
    """Say where sandbox posts are kept."""
    global _store
    _store = store


def current_store() -> SandboxStore:
    """The registered store. Raises RuntimeError when the posts app has not registered one."""
    if _store is None:
        raise RuntimeError("The sandbox has no store: call posts.networks.sandbox.register_store in apps.py.")
    return _store


class Sandbox(Network):
    """Publishes into Aura's own database."""

    slug: ClassVar[str] = "sandbox"
    name: ClassVar[str] = "Sandbox"
    retry_class: ClassVar[RetryClass] = RetryClass.IDEMPOTENT
    spacing_seconds: ClassVar[int] = 0

    def describe(self, settings: Mapping[str, Any]) -> str:
        """Where it leads: nowhere outside."""
        return "Stays inside Aura"

    def publish(self, outgoing: Outgoing, state: State, *, now: datetime) -> Outcome:
        """Keep the post under its key; the same key again is the same post."""
        kept = current_store().put(
            outgoing.key,
            target_id=outgoing.target_id,
            text=outgoing.text,
            title=outgoing.title,
            link=outgoing.link,
            channel=outgoing.channel,
            media=outgoing.media,
            reply_to=outgoing.reply_to,
            now=now,
        )
        return Accepted(kept.remote_id, kept.url, "Kept in the sandbox, nothing left Aura.")

    def reconcile(
        self, outgoing: Outgoing, state: State, *, since: datetime, now: datetime
    ) -> Reconciliation:
        """Look the key up. The store is exact, so a miss is proof."""
        kept = current_store().get(outgoing.key)
        if kept is None:
            return Absent("It is not in the sandbox.")
        return Found(kept.remote_id, kept.url, "Found in the sandbox.")
