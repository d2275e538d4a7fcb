"""Many posts due in one minute: do they go out once, in order, apart, and do the pages stay quick meanwhile?

    .venv/bin/python -m bench.publishing                                         SQLite in a temporary folder
    bin/with-services --only postgres -- .venv/bin/python -m bench.publishing    PostgreSQL

10,000 posts over 50 webhook channels are due at once; a second lies between two posts of a channel. The receiver is a
real server in this process that takes 200 ms for each, Aura runs with eight worker slots, and a signed-in browser asks
for the main pages all the while. The bare loop is eight threads that post the same bodies to the same receiver and do
nothing else: the least time this could take.

Counts what arrived twice, out of order or too close; exit 1 where any of these is not zero, a post is missing, or the
95th percentile of the pages is above 200 ms.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import sys
import tempfile
import threading
import time
import urllib.request
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_folder = tempfile.TemporaryDirectory(prefix="aura-bench-")
os.environ.update(AURA_DATA_DIR=_folder.name, AURA_LOG_LEVEL="WARNING", AURA_DEMO="0")
os.environ["DJANGO_SETTINGS_MODULE"] = "aura.settings"
for _part in ("tmp", "static"):
    (Path(_folder.name) / _part).mkdir()

from aura import keys  # noqa: E402

keys.make_missing()

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, connections  # noqa: E402

from aura.kit import clock, secrets  # noqa: E402
from bench.beginning import running_aura  # noqa: E402
from bench.faults.client import Client  # noqa: E402
from campaigns.models import Brand, Campaign  # noqa: E402
from posts.models import Attempt, Channel, Post, Target  # noqa: E402
from posts.networks.standin import Behaviour, Received, StandIn  # noqa: E402
from posts.networks.webhook import Webhook  # noqa: E402
from workspaces.models import Membership, User, Workspace  # noqa: E402
from workspaces.scope import use_workspace  # noqa: E402

SLUG, EMAIL, PASSWORD = "rush", "rush@example.com", "a long enough password"
SLOTS = 8
SPACING = 1  # seconds between two posts of a channel
TOLERANCE = 0.15  # seconds by which an arrival may be later than its sending, and the next one's is not
PAGES = [
    "home/",
    "calendar/",
    "posts/",
    "posts/?state=scheduled&sort=soonest",
    "media/",
    "settings/channels/",
]
SLOWEST = 200  # milliseconds, 95th percentile


def seed(hook: str, posts: int, channels: int) -> Workspace:
    """Make a workspace whose posts, evenly over its channels, are all due now, in the order of their titles."""
    workspace = Workspace.objects.create(name="Rush", slug=SLUG, zone="UTC")
    user = User.objects.create_user(EMAIL, PASSWORD, name="Rush")
    Membership.objects.create(workspace=workspace, user=user, role="owner")
    with use_workspace(workspace):
        brand = Brand.objects.create(name="Rush")
        campaign = Campaign.objects.create(brand=brand, name="Rush", status=Campaign.Status.IN_PROGRESS)
        sealed = secrets.seal_dict(Webhook().new_credential())
        outs = Channel.objects.bulk_create(
            Channel(
                network="webhook",
                name=f"Hook {number:02}",
                settings={"url": hook},
                secret=sealed,
                spacing_seconds=SPACING,
            )
            for number in range(channels)
        )
        now = clock.now()
        made = Post.objects.bulk_create(
            (
                Post(
                    campaign=campaign,
                    title=f"{number % channels:02}.{number // channels:05}",
                    caption="Bread, slowly.",
                    status=Post.Status.SCHEDULED,
                    scheduled_at=now,
                    wall_time=now.strftime("%Y-%m-%dT%H:%M:%S"),
                    zone="UTC",
                    created_by=user,
                )
                for number in range(posts)
            ),
            batch_size=500,
        )
        Target.objects.bulk_create(
            (
                Target(
                    post=post,
                    channel=outs[number % channels],
                    status=Target.Status.SCHEDULED,
                    due_at=now,
                    promised_at=now,
                )
                for number, post in enumerate(made)
            ),
            batch_size=500,
        )
    return workspace


def bare_loop(stand_in: StandIn, posts: int, sample: int) -> float:
    """Return the seconds that the same requests take from eight threads that do nothing else, from a sample."""
    body = json.dumps({"data": {"title": "bare", "text": "Bread, slowly."}}).encode()

    def post(number: int) -> None:
        headers = {"Content-Type": "application/json", "webhook-id": f"bare-{number}"}
        with urllib.request.urlopen(urllib.request.Request(stand_in.url, body, headers)) as answer:
            answer.read()

    began = time.perf_counter()
    with ThreadPoolExecutor(SLOTS) as pool:
        list(pool.map(post, range(sample)))
    seconds = (time.perf_counter() - began) * posts / sample
    stand_in.received.clear()
    return seconds


class Reader(threading.Thread):
    """A signed-in person who looks at the main pages, one after the other, until `stopping` is set."""

    def __init__(self, base: str, folder: Path) -> None:
        super().__init__(daemon=True)
        self.client = Client(base, SLUG, {}, folder / "reader.jsonl", 0)
        self.client.sign_in(EMAIL, PASSWORD)
        self.stopping = threading.Event()
        self.taken: list[float] = []
        self.failed: list[str] = []

    def run(self) -> None:
        """Ask, and write down how long each answer took."""
        while not self.stopping.is_set():
            for page in PAGES:
                began = time.perf_counter()
                status, _ = self.client.ask(f"/w/{SLUG}/{page}")
                self.taken.append((time.perf_counter() - began) * 1000)
                if status != 200:
                    self.failed.append(f"{page}: {status}")
            time.sleep(0.3)

    @property
    def p95(self) -> float:
        """The 95th percentile, in milliseconds, without the first round."""
        return statistics.quantiles(self.taken[len(PAGES) :], n=20)[18]


def left(workspace: Workspace) -> int:
    """Return how many targets are not settled."""
    with use_workspace(workspace):
        number = Target.objects.filter(status__in=["scheduled", "sending"]).count()
    connections.close_all()
    return number


def judge(received: list[Received]) -> dict[str, int]:
    """Count what arrived twice, out of order and too close, channel by channel."""
    by_channel: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for one in received:
        title = json.loads(one.body)["data"]["title"]
        by_channel[title.partition(".")[0]].append((one.at, title))
    found = {"twice": 0, "out of order": 0, "too close": 0}
    for arrivals in by_channel.values():
        titles = [title for _, title in sorted(arrivals)]
        found["twice"] += len(titles) - len(set(titles))
        times = sorted(at for at, _ in arrivals)
        pairs = list(itertools.pairwise(titles))
        found["out of order"] += sum(later < earlier for earlier, later in pairs)
        gaps = [second - first for first, second in itertools.pairwise(times)]
        found["too close"] += sum(gap < SPACING - TOLERANCE for gap in gaps)
    return found


def main() -> None:
    """Seed, run, watch, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.publishing", description=__doc__)
    parser.add_argument("--posts", type=int, default=10_000)
    parser.add_argument("--channels", type=int, default=50)
    options = parser.parse_args()
    folder = Path(_folder.name)
    call_command("migrate", verbosity=0)
    with StandIn(default=Behaviour.SLOW, slowness=0.2) as receiver:
        bare = bare_loop(receiver, options.posts, min(options.posts, 800))
        workspace = seed(receiver.url, options.posts, options.channels)
        connections.close_all()
        began = time.perf_counter()
        more = {"AURA_WORK_THREADS": str(SLOTS), "AURA_EGRESS_ALLOW": receiver.endpoint}
        with running_aura(**more) as address:
            reader = Reader(address, folder)
            reader.start()
            limit = time.monotonic() + 10 * bare + 600
            while (waiting := left(workspace)) and time.monotonic() < limit:
                print(f"\r{waiting:6,} to go, {len(receiver.received):6,} arrived", end="", flush=True)
                time.sleep(2)
            seconds = time.perf_counter() - began
            reader.stopping.set()
            reader.join(30)
        with use_workspace(workspace):
            published = Target.objects.filter(status=Target.Status.PUBLISHED).count()
            tries = Attempt.objects.filter(kind=Attempt.Kind.PUBLISH).count()
        found = judge(list(receiver.received))
    vendor = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[connection.vendor]
    print(f"\r{vendor}: {options.posts:,} posts over {options.channels} channels, {SLOTS} slots, 200 ms each")
    print(
        f"  out          {published:,} in {seconds:,.0f} s ({published / seconds:,.1f} a second), {tries:,} tries"
    )
    print(f"  bare loop    {bare:,.0f} s; Aura takes {seconds / bare:.2f} times as long")
    print("  " + ", ".join(f"{name}: {number}" for name, number in found.items()))
    print(
        f"  pages        p95 {reader.p95:.0f} ms of {len(reader.taken):,} asked, {len(reader.failed)} failed"
    )
    fine = published == options.posts == len(receiver.received) and not any(found.values())
    sys.exit(0 if fine and reader.p95 <= SLOWEST and not reader.failed else 1)


if __name__ == "__main__":
    main()
