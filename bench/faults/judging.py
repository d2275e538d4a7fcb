"""What became of everything, once all is quiet: the journals, the networks and the database side by side."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.db import connection

from bench.faults.networks import MARK, Live
from bench.faults.seeding import SLUG
from media_library.models import StoredFile
from posts.models import Attempt, Post, SandboxPost, Target
from posts.networks import get_network
from posts.networks.base import RetryClass
from posts.networks.standin import Received, read_journal
from posts.operations.settle import status_of
from workspaces.models import Workspace
from workspaces.scope import use_workspace

T = Target.Status


def judge(journal: str, client: str, network: str, told: str) -> dict[str, Any]:
    """Put the journals beside the database and say what does not fit; `told` is what a fake network says it has."""
    received = read_journal(Path(journal)) if Path(journal).exists() else []
    with use_workspace(Workspace.objects.get(slug=SLUG)):
        rows = list(Target.objects.select_related("post", "channel"))
        live = _live(rows, received, network, json.loads(Path(told).read_text()))
        problems: dict[str, list[str]] = _counted(rows, live)
        problems |= _put_in_order(rows, live)
        problems["sent_again"] = sent_again(rows, received)
        problems["unsettled"] = unsettled(rows)
        problems["open_lines"] = [
            str(line) for line in Attempt.objects.filter(outcome=Attempt.Outcome.STARTED)
        ]
        problems |= check_client(client)
        listed = Post.objects.filter(status=Post.Status.NEEDS_CONFIRMATION).count()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA integrity_check")
            found = cursor.fetchone()[0]
            problems["database"] = [] if found == "ok" else [found]
    outside = [row for row in rows if row.channel.network != "sandbox"] or rows
    classes = {str(get_network(row.channel.network).retry_class_of(row.channel.settings)) for row in outside}
    return {
        "problems": problems,
        "class": ", ".join(sorted(classes)),
        "targets": Counter(target.status for target in rows),
        "statuses": Counter(target.status for target in outside),
        "out": sum(len(live[str(target.pk)]) for target in outside),
        "files": sum(one.files for found in live.values() for one in found),
        "unclear": sum(target.status == T.NEEDS_CONFIRMATION for target in rows),
        "unclear_posts_listed": listed,
        "quarantined": sum(target.status == T.FAILED and "gave up" in target.sentence for target in rows),
        "said": Counter(
            f"{target.get_status_display()}: {target.sentence}"
            for target in outside
            if target.status in {T.FAILED, T.NEEDS_CONFIRMATION}
        ),
        "requests": len(received),
    }


def _live(
    rows: Iterable[Target], received: list[Received], network: str, told: list[dict[str, Any]]
) -> dict[str, list[Live]]:
    """Return what is live of each target, by its id; what each network has, oldest first, is in the order of a dict."""
    live: dict[str, list[Live]] = defaultdict(list)
    for row in SandboxPost.objects.order_by("received_at", "pk"):
        target = row.key.split(".")[0]
        answers = str(row.root_id) if row.root_id else ""
        live[target].append(Live(target, str(row.pk), len(row.payload["media"]), answers))
    if network == "webhook":
        for one in (one for one in received if one.post):
            data = json.loads(one.body)["data"]
            answers = (data.get("reply_to") or {}).get("remote_id", "")
            live[data["id"]].append(Live(data["id"], f"remote-{one.key}", len(data["media"]), answers))
        return live
    marked = {
        found.group(): str(target.pk)
        for target in rows
        if target.channel.network != "sandbox" and (found := MARK.search(target.says(target.post)))
    }
    for shown in told:
        found = MARK.search(str(shown["body"]))
        target = marked[found.group()] if found else "nobody's"
        live[target].append(Live(target, shown["id"], shown["files"], shown["answers"]))
    return live


def _counted(rows: list[Target], live: dict[str, list[Live]]) -> dict[str, list[str]]:
    """Return what is there twice, not there, without an end, or not as it was promised."""
    problems: dict[str, list[str]] = {
        name: [] for name in ("twice", "lost", "unfinished", "untrue", "half", "nobodys")
    }
    problems["nobodys"] = [one.name for one in live.get("nobody's", [])]
    for target in rows:
        name, found = f"{target.post.title} on {target.place}", live[str(target.pk)]
        if len(found) > 1:
            problems["twice"].append(name)
        if target.status == T.PUBLISHED and not found:
            problems["lost"].append(name)
        if target.status in {T.SCHEDULED, T.SENDING, T.PENDING, T.MISSED} and not waits_for_person(
            target, rows
        ):
            problems["unfinished"].append(f"{name}: {target.status} {target.sentence}")
        if target.status in {T.FAILED, T.SCHEDULED} and found:
            problems["untrue"].append(name)
        promised = len(target.snapshot.get("media", []))
        if any(one.files != promised for one in found):
            problems["half"].append(f"{name}: {[one.files for one in found]} of {promised} pictures")
    return problems


def waits_for_person(target: Target, rows: Iterable[Target]) -> bool:
    """Tell whether a part waits because nobody knows whether one before it is live: a person is asked there."""
    return target.status == T.SCHEDULED and any(
        one.status == T.NEEDS_CONFIRMATION and one.position < target.position
        for one in rows
        if one.post_id == target.post_id and one.channel_id == target.channel_id
    )


def _put_in_order(rows: list[Target], live: dict[str, list[Live]]) -> dict[str, list[str]]:
    """Return the parts of threads that are out before what they follow, or hang below something else."""
    chains: dict[Any, list[Target]] = defaultdict(list)
    for target in rows:
        chains[target.post_id, target.channel_id].append(target)
    disorder, astray = [], []
    when = {one.name: number for number, one in enumerate(one for found in live.values() for one in found)}
    for chain in chains.values():
        parts = sorted((one for one in chain if not one.as_comment), key=lambda one: one.position)
        below = [(parts[0], one) for one in chain if one.as_comment]
        for before, target in [*pairwise(parts), *below]:
            first, then = live[str(before.pk)], live[str(target.pk)]
            if not then:
                continue
            name = f"{target.post.title} on {target.place}"
            if not first or when[first[0].name] > when[then[0].name]:
                disorder.append(name)
                continue
            # The sandbox keeps what everything hangs below, not what is answered.
            root = live[str(parts[0].pk)][0]
            wanted = root if target.channel.network == "sandbox" else first[0]
            if then[0].answers != wanted.name:
                astray.append(f"{name} answers {then[0].answers!r}, not {wanted.name!r}")
    return {"out_of_order": disorder, "astray": astray}


def sent_again(rows: Iterable[Target], received: Iterable[Received]) -> list[str]:
    """Return what was requested twice of a network that cannot be asked: there a person decides, always."""
    asked = Counter(found.group() for one in received if (found := MARK.search(one.body)))
    return [
        f"{target.post.title} on {target.place}"
        for target in rows
        if get_network(target.channel.network).retry_class_of(target.channel.settings) is RetryClass.HUMAN
        and (found := MARK.search(target.says(target.post)))
        and asked[found.group()] > 1
    ]


def unsettled(rows: list[Target]) -> list[str]:
    """Return the posts whose status is not what their targets say."""
    by_post: dict[Any, list[str]] = {}
    for target in rows:
        by_post.setdefault(target.post_id, []).append(target.status)
    return [
        f"{post.title}: {post.status}"
        for post in Post.objects.all()
        if post.status != status_of(post.review_status, by_post.get(post.pk, []))
    ]


def check_client(client: str) -> dict[str, list[str]]:
    """What the web server said yes to has to be there, byte by byte; and no stored file may be torn."""
    said = (
        [json.loads(line) for line in Path(client).read_text().splitlines()] if Path(client).exists() else []
    )
    titles = set(Post.objects.values_list("title", flat=True))
    stored = {row.sha256: row for row in StoredFile.objects.filter(status=StoredFile.Status.READY)}
    missing = [line["title"] for line in said if line["what"] == "post" and line["title"] not in titles]
    gone = [line["sha256"] for line in said if line["what"] == "upload" and line["sha256"] not in stored]
    torn = []
    for row in stored.values():
        try:
            with default_storage.open(row.key) as file:
                whole = hashlib.sha256(file.read()).hexdigest() == row.sha256
        except FileNotFoundError:
            whole = False
        if not whole:
            torn.append(row.key)
    return {"acknowledged_posts_missing": missing, "acknowledged_uploads_missing": gone, "torn_files": torn}
