"""Starts Aura, gives every credential its turn, and says what was found."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from aura.tests.processes import Running, free_port, status_of
from bench.fuzz.contract import CSV, things_there, with_things
from bench.fuzz.credentials import KINDS, PASSWORD, Kind, token
from bench.fuzz.turns import PROGRAM, Target, run

ALONE = Path(__file__).parent / "alone"
START = 240  # seconds that a start may take on a machine that is busy
LEAST = 5  # seconds of a turn
BESIDE = (
    5  # seconds that a turn takes beside its own: schemathesis starts, reads the contract, ends what it is at
)
NOT_LIMITED = {"AURA_API_CALLS_PER_MINUTE": "1000000", "AURA_API_PUBLISHING_PER_HOUR": "1000000"}


@contextlib.contextmanager
def aura_running(data: Path) -> Iterator[tuple[str, Running]]:
    """Run web server and worker with the demo content; yields their address. This process sees the same database."""
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if name.startswith(("DATABASE_", "REDIS_"))}
    settings = (
        kept | NOT_LIMITED | {"AURA_DATA_DIR": str(data), "PORT": str(port), "AURA_ACCESS_MINUTES": "60"}
    )
    more = {"AURA_DEMO_PASSWORD": PASSWORD, "AURA_CHECK_LINKS": "0", "PYTHONPATH": str(ALONE)}
    with Running("manage.py", "run", **settings, **more) as running:
        url = f"http://127.0.0.1:{port}"
        until = time.monotonic() + START
        while status_of(f"{url}/health/ready") != 200:
            if running.process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"Aura does not start:\n{running.output}")
            time.sleep(0.2)
        os.environ.update(settings, DJANGO_SETTINGS_MODULE="aura.settings", AURA_LOG_LEVEL="WARNING")
        import django

        django.setup()
        yield url, running


def fill(call: httpx.Client) -> None:
    """Add what the demo has none of."""
    hook = call.post("webhooks", json={"url": "https://hooks.example.com/aura", "events": ["post.published"]})
    call.post(f"webhooks/{hook.raise_for_status().json()['id']}/test").raise_for_status()
    call.post("invitations", json={"email": "dora@demo.example"}).raise_for_status()
    file = {"file": ("posts.csv", CSV.encode(), "text/csv")}
    post, channel = (call.get(path).json()["items"][0]["id"] for path in ("posts", "channels"))
    call.post(f"posts/{post}/comments", json={"body": "Which Friday?"}).raise_for_status()
    call.post(f"channels/{channel}/slots", json={"weekdays": [4], "time": "10:00"}).raise_for_status()
    call.post("review-links", json={"posts": [post]}).raise_for_status()
    call.post("calendar-links").raise_for_status()
    app = {"network": "linkedin", "client_id": "rye", "secret": "slow bread"}
    call.post("network-apps", json=app).raise_for_status()
    call.post("snippets", json={"name": "Rye", "kind": "hashtags", "words": "#rye"}).raise_for_status()
    call.post("media/filters", json={"name": "Rye", "query": "kind=image"}).raise_for_status()
    draft = f"posts/{call.get('posts?state=draft').json()['items'][0]['id']}"
    call.patch(draft, json={"caption": "Changed, so that there is a version."}).raise_for_status()
    rhythm = {"every": 1, "unit": "week", "weekdays": [4], "time": "10:00", "schedule": False}
    call.post(f"{draft}/series", json=rhythm).raise_for_status()
    call.post("imports", data={"kind": "posts"}, files=file).raise_for_status()


def errors_of(lines: list[str]) -> list[str]:
    """Return what the server's own log tells of errors, the first lines of each."""
    starts = [
        number
        for number, line in enumerate(lines)
        if line[:4].isdigit() and line.split()[1:2] in (["error"], ["critical"])
    ]
    return ["\n".join(lines[number : number + 25]) for number in starts]


def take_turns(kinds: list[Kind], minutes: float, seed: int, workers: int, folder: Path) -> int:
    """Give each its part of the minutes; return how many turns found something."""
    found = 0
    with aura_running(folder / "data") as (url, running), httpx.Client(timeout=60) as owner:
        owner.base_url, owner.headers = f"{url}/api/v1/", token("owner")(url)  # type: ignore[assignment]
        fill(owner)
        declared = owner.get("openapi.json").json()
        # All of them first: passwords are guessed in every turn, and then nobody signs in from here for a while.
        headers = {kind.key: kind.make(url) for kind in kinds}
        ends = time.monotonic() + minutes * 60
        for number, kind in enumerate(kinds):
            waiting = kinds[number:]
            left = ends - time.monotonic() - BESIDE * len(waiting)
            seconds = max(LEAST, round(left * kind.share / sum(one.share for one in waiting)))
            print(f"\n{kind.about[0].upper()}{kind.about[1:]} ({kind.key}): {seconds} s", flush=True)
            contract = folder / f"{kind.key}.json"
            contract.write_text(json.dumps(with_things(declared, things_there(owner))))
            target = Target(url, contract, seed, workers)
            got = run(kind, headers[kind.key], target, seconds, folder / kind.key)
            print(
                f"  {got.made:,} calls, {got.accepted:,} of them accepted; {got.tried} of {got.declared} calls of the "
                f"contract tried.{'' if got.findings else ' Nothing found.'}",
                flush=True,
            )
            if got.broke:
                print(f"  schemathesis itself broke off {got.broke} times: {folder / kind.key / 'said.txt'}")
            found += bool(got.findings)
            if got.findings:
                print(got.findings, flush=True)
        wrong = errors_of(running.lines)
        (folder / "server.log").write_text(running.output)
        if wrong:
            print(
                f"\nThe server's own log tells of {len(wrong)} errors. The first:",
                *wrong[:5],
                sep="\n\n",
                flush=True,
            )
    return found + bool(wrong)


def main() -> int:
    """Fuzz; return 1 when something was found."""
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30, help="for all credentials together (30)")
    parser.add_argument(
        "--seed", type=int, default=0, help="makes the same calls up as that seed did; a new one if left out"
    )
    parser.add_argument(
        "--only", action="append", choices=[kind.key for kind in KINDS], help="these alone (repeatable)"
    )
    parser.add_argument(
        "--workers",
        type=int,
        default=1,
        help="calls at a time (1: with more, Python 3.11 now and then breaks a phase of schemathesis off)",
    )
    wanted = parser.parse_args()
    if not PROGRAM.exists():
        print("schemathesis is not here. Run `make fuzz`, or `bin/install fuzz` first.", file=sys.stderr)
        return 2
    seed = wanted.seed or random.randrange(1, 1_000_000)
    kinds = [kind for kind in KINDS if not wanted.only or kind.key in wanted.only]
    folder = Path(tempfile.mkdtemp(prefix="aura-fuzz-"))
    print(
        f"{len(kinds)} kinds of credential, {wanted.minutes:g} minutes, seed {seed}. Aura starts ...",
        flush=True,
    )
    found = take_turns(kinds, wanted.minutes, seed, wanted.workers, folder)
    if found:
        print(f"\nSomething was found; again with SEED={seed} make fuzz. Reports and the log: {folder}")
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    print("\nNothing found: no 5xx, and no answer that the contract does not declare.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
