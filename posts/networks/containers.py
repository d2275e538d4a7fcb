"""Publishing by containers, as Instagram and Threads do: make one, wait until it is finished, publish it.

Only the last step is irreversible, and it names the container: its status tells afterwards whether the post is out,
and publishing the same one again cannot make a second post. A container lives for 24 hours.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar

from aura.kit import egress
from posts.networks import graph, matching
from posts.networks.base import (
    Absent,
    Accepted,
    Ambiguous,
    Finding,
    Found,
    Network,
    Outcome,
    Outgoing,
    OutgoingMedia,
    Preparation,
    Ready,
    Reconciliation,
    Rejected,
    RetryAfter,
    RetryClass,
    State,
    Unknown,
    Waiting,
)
from posts.networks.calling import answered, written
from posts.networks.graph import Door
from posts.networks.matching import Seen

WAITS = (3, 5, 10, 20, 30)
"""Seconds between two looks at a container, then a minute; Meta asks for no more than one a minute on the whole."""
POLLS_AT_MOST = 30
LISTS = timedelta(minutes=5)
"""For so long a published post may be missing from the account's list."""
LIVES = timedelta(hours=24)
ROWS = 50

Form = dict[str, Any]
Status = tuple[str, str]
Save = Callable[[State], None]


class ContainerNetwork(Network):
    """The part that both networks share. A subclass names its edges and writes the forms."""

    retry_class: ClassVar[RetryClass] = RetryClass.RECONCILE
    makes: ClassVar[str]
    """The edge below an account that makes containers."""
    publishes: ClassVar[str]
    """The edge that publishes one."""
    status_field: ClassVar[str]
    reason_field: ClassVar[str]
    words_field: ClassVar[str]
    """How the account's list calls the text of a post."""
    row_fields: ClassVar[str] = "permalink,timestamp,media_type,children"

    @abstractmethod
    def door(
        self,
        settings: Mapping[str, Any],
        credential: Mapping[str, str],
        now: datetime,
        timeout: float = graph.PATIENCE,
    ) -> Door:
        """Return where this network is called for a channel."""

    @abstractmethod
    def form_of_file(self, item: OutgoingMedia) -> Form:
        """Return what makes a container of one file, whether it stands alone or in a carousel."""

    @abstractmethod
    def form_of_post(self, outgoing: Outgoing, children: list[str]) -> Form:
        """Return what makes the container that is published; `children` are those of a carousel."""

    @abstractmethod
    def recent(self, door: Door, outgoing: Outgoing) -> dict[str, Any] | Rejected | RetryAfter:
        """Return the list in which the post would stand, newest first."""

    def reason(self, said: str) -> Rejected | RetryAfter:
        """Say why a container failed, from what its status tells."""
        return graph.of_content(graph.Problem(message=said), self.name)

    def uploads(self, item: OutgoingMedia) -> bool:
        """Whether the bytes of a file are handed over because the network cannot fetch it."""
        return False

    def upload(self, door: Door, item: OutgoingMedia, container: str) -> Rejected | RetryAfter | None:
        """Hand over the bytes of a file; None once all of them are there."""
        raise NotImplementedError

    def account(self, settings: Mapping[str, Any]) -> str:
        """Return the account's own name on the network."""
        return str(settings.get("account_id", ""))

    def describe(self, settings: Mapping[str, Any]) -> str:
        """The account."""
        name = str(settings.get("username", ""))
        return f"@{name}" if name else self.name

    def validate(self, outgoing: Outgoing) -> list[Finding]:
        """The general limits, and whether the network can fetch the files from here."""
        found = super().validate(replace(outgoing, text=outgoing.words))
        return found + self.unreachable(outgoing)

    def unreachable(self, outgoing: Outgoing) -> list[Finding]:
        """Return the finding that files cannot be fetched from this Aura, where that is so."""
        return graph.unreachable(outgoing.media, self.name, self.slug)

    # Before the irreversible request -----------------------------------------------------------------------------

    def prepare(self, outgoing: Outgoing, state: State, *, save: Save, now: datetime) -> Preparation:
        """Make the containers, or take up those that an earlier try left, while they live."""
        return self._advance(outgoing, {**state, "polls": 0}, save, now, again=bool(state))

    def poll(self, outgoing: Outgoing, state: State, *, now: datetime) -> Preparation:
        """Look how far the containers are, and go on from there."""
        return self._advance(outgoing, dict(state), lambda _reached: None, now, again=False)

    def _advance(
        self, outgoing: Outgoing, state: State, save: Save, now: datetime, *, again: bool
    ) -> Preparation:
        """Take the next steps. `again`: the container is an earlier try's, so one that failed is made anew."""
        door = self.door(outgoing.settings, outgoing.credential, now)
        for _ in range(2):
            step = self._step(door, outgoing, state, save)
            if step == "EXPIRED" or (step == "ERROR" and again):
                state.clear()
                save(state)
                again = False
                continue
            if isinstance(step, str):
                return self.reason(state.get("reason", ""))
            return step
        return RetryAfter(60, f"{self.name} lost the files twice. They are handed over again.")

    def _step(self, door: Door, outgoing: Outgoing, state: State, save: Save) -> Preparation | str:
        """Go as far as the network lets us. A string is a status with which this container leads nowhere."""
        if not state.get("container"):
            media = outgoing.media
            if len(media) > 1:
                unfinished = self._children(door, outgoing, state, save)
                if unfinished is not None:
                    return unfinished
            alone = media[0] if len(media) == 1 else None
            made = self._make(door, self.form_of_post(outgoing, state.get("children", [])), alone)
            if not isinstance(made, str):
                return made
            state["container"] = made
            save(state)
        waits = self._finished(door, state, state["container"])
        return Ready(state) if waits is None else waits

    def _children(self, door: Door, outgoing: Outgoing, state: State, save: Save) -> Preparation | str | None:
        """Make a container for each file of a carousel and see that all are finished; None when they are."""
        children: list[str] = state.setdefault("children", [])
        for item in outgoing.media[len(children) :]:
            made = self._make(door, {**self.form_of_file(item), "is_carousel_item": "true"}, item)
            if not isinstance(made, str):
                return made
            children.append(made)
            save(state)
            if self.uploads(item):  # That takes its time: go on under a fresh claim.
                return Waiting(state, 1, f"Handing the videos over to {self.name}.")
        for number in range(state.get("finished", 0), len(children)):
            waits = self._finished(door, state, children[number])
            if waits is not None:
                return waits
            state["finished"] = number + 1
        return None

    def _make(self, door: Door, form: Form, item: OutgoingMedia | None) -> str | Rejected | RetryAfter:
        """Make a container and return its id, once its bytes are there as well: without them it is worth nothing."""
        made = door.made(door.tell(f"{door.account}/{self.makes}", **form))
        if isinstance(made, str) and item is not None and self.uploads(item):
            problem = self.upload(door, item, made)
            return made if problem is None else problem
        return made

    def _finished(self, door: Door, state: State, container: str) -> Preparation | str | None:
        """Return None once a container is finished, else what to wait for or the status that ends it."""
        status = self._status(door, container)
        if not isinstance(status, tuple):
            return status
        match status[0]:
            case "FINISHED":
                return None
            case "PUBLISHED":
                state["live"] = True
                return None
            case "EXPIRED" | "ERROR":
                state["reason"] = status[1]
                return status[0]
            case _:
                return self._wait(state)

    def _wait(self, state: State) -> Preparation:
        polls = state["polls"] = state.get("polls", 0) + 1
        if polls > POLLS_AT_MOST:
            return Rejected(
                f"{self.name} has been working on the files for half an hour without an end.",
                "stuck",
                "Send it again; if it happens again, try another copy of the file.",
            )
        seconds = WAITS[polls - 1] if polls <= len(WAITS) else 60
        return Waiting(state, seconds, f"{self.name} is working on the files.")

    def _status(self, door: Door, container: str) -> Status | Rejected | RetryAfter:
        result = door.get(container, fields=f"{self.status_field},{self.reason_field}")
        if isinstance(result, egress.Response) and not result.ok and graph.Problem.of(result, self.name).gone:
            return "EXPIRED", ""
        said = door.judged(result)
        if not isinstance(said, dict):
            return said
        return str(said.get(self.status_field, "")), str(said.get(self.reason_field, ""))

    # The irreversible request ------------------------------------------------------------------------------------

    def publish(self, outgoing: Outgoing, state: State, *, now: datetime) -> Outcome:
        """Publish the container; one that is out already is only looked up."""
        door = self.door(outgoing.settings, outgoing.credential, now, self.timeout_seconds * 3 / 4)
        if state.get("live"):
            found = self._find(door, outgoing, since=now - LIVES)
            if isinstance(found, Found):
                return Accepted(found.remote_id, found.url)
            return Ambiguous(f"{self.name} says that it is published, and does not list it yet.")
        result = door.post(f"{door.account}/{self.publishes}", creation_id=state["container"])
        return written(
            result,
            self.name,
            now,
            accepted=partial(self._accepted, outgoing, now),
            refused=lambda said: graph.in_doubt(said, self.name),
        )

    def _accepted(self, outgoing: Outgoing, now: datetime, result: egress.Response) -> Accepted | Ambiguous:
        remote_id = str(answered(result).get("id") or "")
        if not remote_id:
            return Ambiguous(f"{self.name} said yes without naming the post.")
        door = self.door(outgoing.settings, outgoing.credential, now, self.timeout_seconds / 4)
        said = door.get(
            remote_id, fields="permalink"
        )  # Its link is nice to have; the post is out without it.
        link = answered(said).get("permalink") if isinstance(said, egress.Response) and said.ok else ""
        return Accepted(remote_id, str(link or ""), rest_seconds=graph.pause_of(result))

    # After no answer ---------------------------------------------------------------------------------------------

    def reconcile(
        self, outgoing: Outgoing, state: State, *, since: datetime, now: datetime
    ) -> Reconciliation:
        """Ask the container; a published one has its post in the account's list."""
        container = state.get("container")
        if not container:
            return Unknown()
        door = self.door(outgoing.settings, outgoing.credential, now)
        status = self._status(door, container)
        if not isinstance(status, tuple):
            return Unknown(f"{self.name} could not be asked: {status.sentence}")
        settled = now - since >= graph.SETTLES
        if status[0] == "FINISHED" and settled:
            return Absent(f"{self.name} has the post ready and has not published it.")
        if status[0] not in ("PUBLISHED", "EXPIRED", "ERROR"):
            return Unknown(f"{self.name} has not decided about the post yet.")
        found = self._find(door, outgoing, since=since)
        if isinstance(found, Found):
            return found
        if status[0] == "PUBLISHED" and now - since >= LISTS:
            return Found("", sentence="It is published; its link could not be found.")
        if status[0] != "PUBLISHED" and settled and isinstance(found, Absent):
            return Absent(f"{self.name} gave the post up without publishing it.")
        return Unknown(f"{self.name} does not list the post yet.")

    def _find(self, door: Door, outgoing: Outgoing, *, since: datetime) -> Reconciliation:
        """Look for the post in the account's list."""
        rows = graph.listed(self.recent(door, outgoing))
        if rows is None:
            return Unknown(f"{self.name} could not list the account's posts.")
        seen = [one for row in rows if (one := self._seen(row, len(outgoing.media))) is not None]
        return matching.look(
            seen, outgoing, text=outgoing.words, since=since, complete=len(rows) < ROWS, name=self.name
        )

    def _seen(self, row: Mapping[str, Any], files: int) -> Seen | None:
        """Read one row of the list; it tells how many files a carousel has, or it is taken to fit (`files`)."""
        at = matching.instant(row.get("timestamp"))
        if at is None:
            return None
        kind, children, answers = row.get("media_type"), row.get("children"), row.get("replied_to")
        if kind == "CAROUSEL_ALBUM":
            ids = children.get("data") if isinstance(children, dict) else None
            files = len(ids) if isinstance(ids, list) else files
        elif kind:
            files = int(kind != "TEXT_POST")
        return Seen(
            str(row.get("id") or ""),
            str(row.get(self.words_field) or ""),
            files,
            at,
            str(row.get("permalink") or ""),
            str(answers.get("id") or "") if isinstance(answers, dict) else "",
        )
