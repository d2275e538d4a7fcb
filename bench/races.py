"""A person changes a post in the very second in which it goes out, 500 times: what is told agrees with what is out.

    .venv/bin/python -m bench.races                                         SQLite in a temporary folder
    bin/with-services --only postgres -- .venv/bin/python -m bench.races    PostgreSQL

A real Aura (`manage.py run`, web server and worker) publishes to a stand-in network over HTTP, while signed-in people
send the forms of its pages around the due second: edit, edit of what was approved, ask for changes, cancel, take off
the schedule, move, delete. The moment is aimed: where people were too late they come sooner the next time, so that
about half of the changes win. Every change replaces words and picture together.

In the end each post is judged by what arrived, by what the page told, and by its row: the old version whole, the new
version whole, or nothing at all, as the person was told. Exit 1 where one of them is not so.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import unescape
from http.client import HTTPException
from pathlib import Path
from typing import Any

_folder = tempfile.TemporaryDirectory(prefix="aura-races-", ignore_cleanup_errors=True)
os.environ.update(AURA_DATA_DIR=_folder.name, AURA_LOG_LEVEL="WARNING", AURA_DEMO="0")
os.environ["DJANGO_SETTINGS_MODULE"] = "aura.settings"
for _part in ("tmp", "static"):
    (Path(_folder.name) / _part).mkdir()

from aura import keys  # noqa: E402

keys.make_missing()

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, connections, transaction  # noqa: E402

from aura.kit import clock, secrets  # noqa: E402
from bench.beginning import running_aura  # noqa: E402
from bench.faults.client import Client, plain  # noqa: E402
from bench.faults.seeding import picture_of  # noqa: E402
from campaigns.models import Brand, Campaign  # noqa: E402
from media_library.models import Asset  # noqa: E402
from posts.models import Channel, Post, Target  # noqa: E402
from posts.networks.standin import Behaviour, StandIn  # noqa: E402
from posts.networks.webhook import Webhook  # noqa: E402
from posts.operations import review, scheduling  # noqa: E402
from posts.operations.writing import create_post  # noqa: E402
from workspaces.models import Membership, User, Workspace  # noqa: E402
from workspaces.operation import Refused  # noqa: E402
from workspaces.scope import use_workspace  # noqa: E402

SLUG, EMAIL, PASSWORD = "races", "races@example.com", "a long enough password"
AT_ONCE = 10
"""Posts that are due in the same second, each on a channel of its own, each with somebody who changes it."""
ON_THE_MINUTE = 16
LEAD = 4.0  # seconds at least between scheduling the posts of a round and their time
AHEAD = 15.0  # seconds before a full minute at which the posts for it are written
STEP, SPREAD = 0.04, 0.06  # seconds by which the aim moves after each race, and by which each misses it
SETTLED_WITHIN = 30.0
TOAST = re.compile(r'<p class="toast [^"]*"( role="alert")?[^>]*>.*?<span>(.*?)</span></p>', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Kind:
    """A change: whether it needs the time that the composer sends (minutes), and what is out after a yes."""

    name: str
    share: int
    on_the_minute: bool = False
    approved: bool = False
    yields: str = "nothing"


KINDS = [
    Kind("edit", 16, on_the_minute=True, yields="new"),
    Kind("edit what was approved", 16, on_the_minute=True, approved=True),
    Kind("ask for changes", 4, approved=True),
    Kind("cancel", 16),
    Kind("take off the schedule", 16),
    Kind("move", 16),
    Kind("delete", 16),
]


@dataclass(slots=True)
class Race:
    """One post, one change, and how it ended."""

    kind: Kind
    number: int
    post: Post
    target: Target
    said_yes: bool = False
    says_it_is_out: bool = False
    sentence: str = ""
    broke: str = ""
    out: list[str] = field(default_factory=list)
    status: str = ""

    @property
    def arrived(self) -> str:
        """What is out: nothing, old, new, or what must never be."""
        if not self.out:
            return "nothing"
        return self.out[0] if len(self.out) == 1 else "twice"

    @property
    def problem(self) -> str:
        """Return what of the promise was not kept, "" where all was."""
        if self.broke:
            return f"broke off: {self.broke}"
        if not self.said_yes:
            return "" if self.arrived == "old" else f"refused, and {self.arrived} is out"
        wanted = "old" if self.says_it_is_out else self.kind.yields
        if self.arrived != wanted:
            return f"told “{self.sentence}”, and {self.arrived} is out"
        waits = self.status in {"scheduled", "sending"} and self.kind.name != "move"
        return "it never ended" if waits else ""


class Person(Client):
    """Somebody with a browser of their own who sends one form at a given moment."""

    def __init__(self, base: str, folder: Path) -> None:
        super().__init__(base, SLUG, {}, folder / "nobody.jsonl", 0)
        self.sign_in(EMAIL, PASSWORD)
        self.csrf = self.token(f"/w/{SLUG}/posts/new/")

    def change(self, race: Race, at: float) -> None:
        """Send the form of the race's change at the instant `at`, and read what the page says then."""
        path, fields = form_of(race)
        fields["csrfmiddlewaretoken"] = self.csrf
        data = urllib.parse.urlencode(fields, doseq=True).encode()
        request = urllib.request.Request(f"{self.base}/w/{SLUG}/posts/{race.post.pk}/{path}/", data=data)
        time.sleep(max(at - time.time(), 0))
        try:
            try:
                with self.opener.open(request, timeout=60) as answer:
                    status, headers, page = answer.status, answer.headers, answer.read().decode()
            except urllib.error.HTTPError as problem:
                status, headers, page = problem.code, problem.headers, problem.read().decode()
            where = headers.get("Location")
            while where and not TOAST.search(page):
                where, page = self.follow(where)
        except (OSError, HTTPException) as problem:
            race.broke = repr(problem)
            return
        toasts = [(bool(alert), unescape(words)) for alert, words in TOAST.findall(page)]
        race.sentence = " ".join(words for _, words in toasts)
        if status == 302 and toasts:
            race.said_yes = not any(alert for alert, _ in toasts)
        elif status in (409, 422):
            said = re.findall(r'class="error[^"]*"[^>]*>(.*?)</p>', page, re.DOTALL)
            race.sentence = "(the form again) " + plain("<main" + " ".join(said))[:100]
        else:
            race.broke = f"status {status}: {plain(page)}"
        race.says_it_is_out = race.said_yes and "out already stays out there" in race.sentence

    def follow(self, where: str) -> tuple[str | None, str]:
        """Return where a page leads on to, None where it is the last, and the page."""
        try:
            with self.opener.open(f"{self.base}{where}", timeout=60) as answer:
                return None, answer.read().decode()
        except urllib.error.HTTPError as problem:
            return problem.headers.get("Location"), problem.read().decode()


def form_of(race: Race) -> tuple[str, dict[str, Any]]:
    """Return the page that makes a change, and the fields of its form."""
    post, tomorrow = race.post, clock.now() + timedelta(days=1)
    match race.kind.name:
        case "cancel":
            return "cancel", {}
        case "take off the schedule":
            return "unschedule", {}
        case "delete":
            return "delete", {}
        case "ask for changes":
            return "request-changes", {"note": "Not like this.", "version": post.version}
        case "move":
            return "move", {"day": f"{tomorrow:%Y-%m-%d}", "time": "09:00", "version": post.version}
    assert post.scheduled_at is not None
    return "edit", {
        "intent": "save",
        "campaign": post.campaign_id,
        "title": post.title,
        "caption": f"New words, number {race.number}.",
        "channels": race.target.channel_id,
        "media": ALBUM["new"].pk,
        "day": f"{post.scheduled_at:%Y-%m-%d}",
        "time": f"{post.scheduled_at:%H:%M}",
        "version": post.version,
    }


ALBUM: dict[str, Asset] = {}


class Arena:
    """The workspace in which it happens."""

    def __init__(self, hook: str) -> None:
        self.lead = LEAD
        self.workspace = Workspace.objects.create(name="Races", slug=SLUG, zone="UTC")
        self.user = User.objects.create_user(EMAIL, PASSWORD, name="Races")
        Membership.objects.create(workspace=self.workspace, user=self.user, role="owner")
        with use_workspace(self.workspace):
            brand = Brand.objects.create(name="Races")
            self.campaign = Campaign.objects.create(
                brand=brand, name="Races", status=Campaign.Status.IN_PROGRESS
            )
            sealed = secrets.seal_dict(Webhook().new_credential())
            self.channels = [
                Channel.objects.create(
                    network="webhook",
                    name=f"Hook {number}{' asks' if asks else ''}",
                    settings={"url": hook},
                    secret=sealed,
                    approval=Channel.Approval.ANYONE if asks else Channel.Approval.NONE,
                )
                for asks in (False, True)
                for number in range(ON_THE_MINUTE)
            ]
            for number, name in enumerate(("old", "new")):
                ALBUM[name] = picture_of(self.workspace, number, self.user)
        connections.close_all()

    def write(self, kinds: list[Kind], first: int) -> list[Race]:
        """Write a post for each of these changes."""
        races = []
        with use_workspace(self.workspace):
            for number, kind in enumerate(kinds):
                channel = self.channels[number + (ON_THE_MINUTE if kind.approved else 0)]
                title = f"Race {first + number}"
                draft = Post(
                    campaign=self.campaign, title=title, caption=f"Old words, number {first + number}."
                )
                post = create_post(draft, words={channel: ""}, pictures=[ALBUM["old"]], own={}, by=self.user)
                if kind.approved:
                    review.submit_post(post, by=self.user)
                    review.approve_post(post, by=self.user)
                target = Target.objects.get(post=post)
                races.append(Race(kind, first + number, post, target))
        connections.close_all()
        return races

    def promise(self, races: list[Race], *, on_the_minute: bool) -> datetime:
        """Schedule all of them for the same instant, soon, and return it; on a busy machine in a second attempt."""
        while True:
            at = clock.now() + timedelta(seconds=self.lead)
            if on_the_minute:
                at = at.replace(second=0, microsecond=0) + timedelta(minutes=1)
                time.sleep(max((at - clock.now()).total_seconds() - max(AHEAD, self.lead), 0))
            began = clock.now()
            try:
                with use_workspace(self.workspace), transaction.atomic():
                    for race in races:
                        race.post = scheduling.schedule_post(race.post, at=at, zone="UTC", by=self.user)
                    if clock.now() > at - timedelta(seconds=1):
                        raise Refused(scheduling.PAST)
                return at
            except Refused as problem:
                if str(problem) != scheduling.PAST:
                    raise
            finally:
                self.lead = max(LEAD, 2 * (clock.now() - began).total_seconds())
                connections.close_all()

    def settle(self, races: list[Race], stand_in: StandIn) -> None:
        """Wait until everything that is due is done, then write down what is out of each."""
        ids = [race.target.pk for race in races]
        until = time.monotonic() + SETTLED_WITHIN
        busy = True
        while busy and time.monotonic() < until:
            time.sleep(0.1)
            with use_workspace(self.workspace):
                due = Target.objects.filter(pk__in=ids, due_at__lte=clock.now() + timedelta(minutes=2))
                busy = due.filter(status__in=["scheduled", "sending"]).exists()
            connections.close_all()
        with use_workspace(self.workspace):
            statuses = dict(Target.objects.filter(pk__in=ids).values_list("pk", "status"))
        connections.close_all()
        arrived = [json.loads(one.body)["data"] for one in stand_in.posts]
        for race in races:
            race.status = statuses.get(race.target.pk, "gone")
            race.out = [
                version_of(data, race.number) for data in arrived if data["id"] == str(race.target.pk)
            ]


def version_of(data: dict[str, Any], number: int) -> str:
    """Return which version arrived: old or new with words and picture, else what it is a mixture of."""
    words = {f"Old words, number {number}.": "old", f"New words, number {number}.": "new"}.get(data["text"])
    names = {str(asset.title): name for name, asset in ALBUM.items()}
    shown = [names.get(item["name"], "?") for item in data["media"]]
    return words if words and shown == [words] else f"torn ({words} words, {shown} pictures)"


def rounds(times: int) -> Iterator[tuple[bool, list[Kind]]]:
    """Yield what is tried at once: whether on the full minute, and which changes."""
    whole = sum(kind.share for kind in KINDS)
    wanted = {kind: times * kind.share // whole for kind in KINDS}
    wanted[KINDS[0]] += times - sum(wanted.values())
    for minute, most in ((True, ON_THE_MINUTE), (False, AT_ONCE)):
        left = [kind for kind in KINDS if kind.on_the_minute is minute for _ in range(wanted[kind])]
        random.shuffle(left)
        for begin in range(0, len(left), most):
            yield minute, left[begin : begin + most]


def to_full_minute() -> float:
    """Return the seconds until the next full minute."""
    return 60 - time.time() % 60


def run(times: int, limit: float, arena: Arena, people: list[Person], stand_in: StandIn) -> list[Race]:
    """Run all races, or those of `limit` seconds: what needs a full minute at each of these, the rest in between."""
    until = time.monotonic() + limit
    todo = list(rounds(times))
    waiting = {minute: [kinds for on, kinds in todo if on is minute] for minute in (True, False)}
    aim = {kind.name: -0.2 for kind in KINDS}
    done: list[Race] = []
    with ThreadPoolExecutor(len(people)) as pool:
        while (waiting[True] or waiting[False]) and time.monotonic() < until:
            on_the_minute = bool(waiting[True]) and (to_full_minute() < AHEAD or not waiting[False])
            races = arena.write(waiting[on_the_minute].pop(0), len(done))
            at = arena.promise(races, on_the_minute=on_the_minute)
            moments = [
                at.timestamp() + aim[race.kind.name] + random.uniform(-SPREAD, SPREAD) for race in races
            ]
            list(pool.map(Person.change, people, races, moments))
            arena.settle(races, stand_in)
            for race in races:
                aim[race.kind.name] += STEP if race.said_yes and not race.says_it_is_out else -STEP
                aim[race.kind.name] = max(min(aim[race.kind.name], 1.0), -2.0)
            done += races
            wrong = sum(bool(race.problem) for race in done)
            print(f"\r{len(done):4} of {times}, {wrong} wrong", end="", flush=True, file=sys.stderr)
    print(file=sys.stderr)
    return done


def tell(races: list[Race]) -> bool:
    """Print the table; return whether everything agrees."""
    print(
        "| change | races | yes: new whole | yes: nothing out | yes, and says it is out | refused: old whole | wrong |"
    )
    print("|---|--:|--:|--:|--:|--:|--:|")
    for kind in KINDS:
        mine = [race for race in races if race.kind is kind]
        ends = Counter(
            "wrong"
            if race.problem
            else "refused"
            if not race.said_yes
            else "told"
            if race.says_it_is_out
            else race.arrived
            for race in mine
        )
        figures = [len(mine), ends["new"], ends["nothing"], ends["told"], ends["refused"], ends["wrong"]]
        print(f"| {kind.name} | " + " | ".join(map(str, figures)) + " |")
    wrong = [race for race in races if race.problem]
    for race in wrong[:10]:
        print(f"WRONG: {race.post} ({race.kind.name}, {race.status}): {race.problem}")
    sentences = Counter(
        (race.kind.name, race.said_yes, re.sub(r"“[^”]*”", "“…”", race.sentence)) for race in races
    )
    for (name, said_yes, sentence), number in sorted(sentences.items()):
        print(f"  {number:4} × {name}, {'yes' if said_yes else 'no'}: {sentence[:150]}", file=sys.stderr)
    return not wrong


def main() -> None:
    """Start a real Aura, run the races, print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.races")
    parser.add_argument("--times", type=int, default=500)
    parser.add_argument("--limit", type=float, default=3_600, help="seconds of racing at most")
    parser.add_argument("--only", choices=["sqlite", "postgres"], help="do nothing on the other engine")
    options = parser.parse_args()
    here = "postgres" if connection.vendor == "postgresql" else connection.vendor
    if options.only not in (None, here):
        print(f"This is {here} (DATABASE_URL): {options.only} was not tried.")
        return
    folder = Path(_folder.name)
    call_command("migrate", verbosity=0)
    began = time.monotonic()
    with StandIn(mix={Behaviour.ACCEPT: 3, Behaviour.SLOW: 1}, slowness=0.1) as stand_in:
        arena = Arena(stand_in.url)
        with running_aura(AURA_EGRESS_ALLOW=stand_in.endpoint) as address:
            people = [Person(address, folder) for _ in range(ON_THE_MINUTE)]
            races = run(options.times, options.limit, arena, people, stand_in)
    vendor = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[connection.vendor]
    print(f"{vendor}: {len(races)} races in {time.monotonic() - began:.0f} s")
    sys.exit(0 if tell(races) else 1)


if __name__ == "__main__":
    main()
