"""The JSON API over real HTTP, asked by many at once, of the processes that `manage.py run` starts (trust F14)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from aura.tests.processes import Running, free_port, status_of, wait_for
from media_library.tests import kills, pictures

pytestmark = pytest.mark.thorough
AT_ONCE = 16
START = 240  # seconds that a start may take on a machine that is busy with other tests


def at_once(call: Callable[[], httpx.Response]) -> list[httpx.Response]:
    """Make the same call by sixteen threads that begin together, and return every answer."""
    begin, heard = threading.Barrier(AT_ONCE), []

    def work() -> None:
        begin.wait()
        heard.append(call())

    threads = [threading.Thread(target=work) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return heard


def said(answers: list[httpx.Response]) -> set[tuple[int, bytes, str]]:
    return {(one.status_code, one.content, one.headers.get("Location", "")) for one in answers}


def test_F14_sixteen_programs_at_once_with_one_key_make_one_and_hear_the_same(
    tmp_path: Path, django_db_setup: None
) -> None:
    folder = tmp_path / "data"
    kills.seed(folder)
    (made,) = kills.told("running_api", "begin", folder, package="aura.tests")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    env = {"AURA_DATA_DIR": str(folder), "AURA_DEMO": "0", "PORT": str(port), "AURA_URL": url}
    with Running("manage.py", "run", **env) as running:
        wait_for(lambda: status_of(f"{url}/health/ready") == 200, START, running.output)

        def send(path: str, key: str, **more: Any) -> httpx.Response:
            headers = {"Authorization": f"Bearer {made['secret']}", "Idempotency-Key": key}
            return httpx.post(f"{url}/api/v1{path}", headers=headers, timeout=120, **more)

        spring = {"name": "Spring", "brand": made["brand"]}
        campaigns = at_once(lambda: send("/campaigns", "one", json=spring))
        words, path = {"title": "Rye", "caption": "Slowly."}, f"/campaigns/{made['campaign']}/posts"
        files = [("media[]", ("rye.jpg", pictures.encoded()))]
        posts = at_once(lambda: send(path, "two", data=words, files=files))
        other = send(path, "two", json=words)
    for answers in (campaigns, posts):
        assert len(answers) == AT_ONCE
        assert len(said(answers)) == 1, [(one.status_code, one.text) for one in answers]
        assert answers[0].status_code == 201, answers[0].text
        again = [one for one in answers if one.headers.get("Idempotent-Replayed") == "true"]
        assert len(again) == AT_ONCE - 1
    assert (other.status_code, other.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    (counted,) = kills.told("running_api", "count", folder, package="aura.tests")
    assert counted == {"Campaign": 2, "Post": 1, "Asset": 1, "StoredFile": 1}
