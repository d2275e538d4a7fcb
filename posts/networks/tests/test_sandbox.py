"""The sandbox under the contract, with a store that fails on request."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from posts.networks import sandbox
from posts.networks.base import Absent, Accepted, Found, Outgoing, OutgoingMedia, ReplyTo
from posts.networks.sandbox import Sandbox, SandboxPost, register_store
from posts.networks.standin import Behaviour
from posts.networks.testkit import NOW, NetworkContract


class MemoryStore:
    """A store and a stage in one."""

    can = frozenset({Behaviour.ACCEPT, Behaviour.FAIL_AFTER_WRITE, Behaviour.FAIL_BEFORE_WRITE})

    def __init__(self) -> None:
        self.rows: dict[str, str] = {}
        self.script: list[Behaviour] = []

    def behave(self, *behaviours: Behaviour) -> None:
        self.script.extend(behaviours)

    def keys(self) -> list[str]:
        return list(self.rows)

    def outgoing(self, key: str) -> Outgoing:
        return Outgoing("target-1", key, "Rye bread")

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
        now: datetime,
        reply_to: ReplyTo | None = None,
    ) -> SandboxPost:
        behaviour = self.script.pop(0) if self.script else Behaviour.ACCEPT
        if behaviour is Behaviour.FAIL_BEFORE_WRITE:
            raise OSError("disk full")
        self.rows.setdefault(key, text)
        if behaviour is Behaviour.FAIL_AFTER_WRITE:
            raise OSError("connection lost")
        return SandboxPost(f"kept-{key}", "/sandbox/")

    def get(self, key: str) -> SandboxPost | None:
        return SandboxPost(f"kept-{key}", "/sandbox/") if key in self.rows else None


@pytest.fixture
def stage() -> Iterator[MemoryStore]:
    before = sandbox._store
    store = MemoryStore()
    register_store(store)
    yield store
    register_store(before)


class TestSandboxContract(NetworkContract):
    network_class = Sandbox


def test_the_same_key_is_the_same_post(stage):
    first = Sandbox().publish(stage.outgoing("k"), {}, now=NOW)
    again = Sandbox().publish(stage.outgoing("k"), {}, now=NOW + timedelta(minutes=1))
    assert first == again
    assert isinstance(first, Accepted)
    assert len(stage.rows) == 1


def test_reconciling_looks_the_key_up(stage):
    outgoing = stage.outgoing("k")
    assert isinstance(Sandbox().reconcile(outgoing, {}, since=NOW, now=NOW), Absent)
    Sandbox().publish(outgoing, {}, now=NOW)
    seen = Sandbox().reconcile(outgoing, {}, since=NOW, now=NOW)
    assert isinstance(seen, Found)
    assert seen.remote_id == "kept-k"


def test_a_sandbox_without_a_store_says_what_is_missing():
    before = sandbox._store
    register_store(None)
    try:
        with pytest.raises(RuntimeError, match="register_store"):
            Sandbox().publish(Outgoing("t", "k", "x"), {}, now=NOW)
    finally:
        register_store(before)
