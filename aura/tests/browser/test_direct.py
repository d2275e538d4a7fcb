"""Large files that the browser sends to an object store by itself, and in parts where the store does not let it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from aura.tests.browser.conftest import Instance, sign_in
from aura.tests.browser.test_uploading import PLACE, UP, large, network
from aura.tests.processes import Running, free_port, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

BUCKET = "aura-browser"
NAMES = {"region_name": "us-east-1", "aws_access_key_id": "check", "aws_secret_access_key": "check"}


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    """A stand-in that speaks S3, with an empty bucket; its address."""
    pytest.importorskip("moto.server")
    port = free_port()
    with Running("-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)) as running:
        wait_for(lambda: "Running on" in running.output, 60, "the stand-in")
        client_of(f"http://127.0.0.1:{port}").create_bucket(Bucket=BUCKET)
        yield f"http://127.0.0.1:{port}"


def client_of(store: str) -> Any:
    """Return a client of the store."""
    import boto3

    return boto3.client("s3", endpoint_url=store, **NAMES)


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory, demo: Path, store: str) -> Iterator[Instance]:
    """An instance that keeps its files there."""
    names = {"BUCKET": BUCKET, "ENDPOINT": store, "ACCESS_KEY": "check", "SECRET_KEY": "check"}
    env = {f"AURA_S3_{name}": value for name, value in names.items()}
    made = Instance(tmp_path_factory.mktemp("in-s3") / "data", demo, AURA_STORAGE="s3", **env)
    made.start()
    rule = {  # as docs/operations.md says
        "AllowedOrigins": [made.url],
        "AllowedMethods": ["POST"],
        "AllowedHeaders": ["*"],
        "MaxAgeSeconds": 3600,
    }
    client_of(store).put_bucket_cors(Bucket=BUCKET, CORSConfiguration={"CORSRules": [rule]})
    yield made
    made.kill()


@pytest.fixture
def page(chromium: Browser, instance: Instance) -> Iterator[Page]:
    """The upload page of the demo owner."""
    context = chromium.new_context(base_url=instance.url, reduced_motion="reduce")
    page = context.new_page()
    sign_in(page, instance.url)
    page.goto(PLACE)
    yield page
    context.close()


@pytest.fixture
def asked(page: Page) -> list[tuple[str, str, dict[str, str]]]:
    """What the page asks for: method, address and headers."""
    seen: list[tuple[str, str, dict[str, str]]] = []
    page.on("request", lambda request: seen.append((request.method, request.url, request.headers)))
    return seen


def test_a_large_file_goes_straight_to_the_store(
    page: Page, asked: list[Any], store: str, tmp_path: Path
) -> None:
    page.locator("input[type=file][name]").set_input_files(large(tmp_path, "first-proof.jpg", 911))
    page.locator("#uploads .state", has_text="Added").wait_for()
    posted = [headers for method, url, headers in asked if url.startswith(store) and method == "POST"]
    assert len(posted) == 1
    assert "x-csrftoken" not in posted[0], "which is no business of the store's"
    assert not any(method == "PATCH" for method, _, _ in asked)


def test_it_can_be_paused_and_is_sent_anew(page: Page, asked: list[Any], store: str, tmp_path: Path) -> None:
    be = network(page)
    be(up=UP)
    page.locator("input[type=file][name]").set_input_files(large(tmp_path, "second-proof.jpg", 912))
    page.locator("#uploads small", has_text=re.compile(r"^[2-7]\.[1-9] MB of 9\.5 MB")).wait_for()
    page.get_by_role("button", name="Pause second-proof.jpg").press("Enter")
    page.get_by_text("paused", exact=True).wait_for()
    be()
    page.keyboard.press("Enter")
    page.locator("#uploads .state", has_text="Added").wait_for()
    assert sum(url.startswith(store) and method == "POST" for method, url, _ in asked) == 2
    assert sum(method == "DELETE" for method, _, _ in asked) == 1, "the one that was given up"
    assert not any(method == "PATCH" for method, _, _ in asked)


def test_where_the_store_cannot_be_reached_it_goes_in_parts(
    page: Page, asked: list[Any], store: str, tmp_path: Path
) -> None:
    page.route(f"{store}/**", lambda route: route.abort())  # as where its bucket lets no page in
    chooser = page.locator("input[type=file][name]")
    chooser.set_input_files(large(tmp_path, "third-proof.jpg", 913))
    page.locator("#uploads .state", has_text="Added").wait_for()
    assert sum(method == "PATCH" for method, _, _ in asked) == 3
    chooser.set_input_files(large(tmp_path, "fourth-proof.jpg", 914))
    page.locator("#uploads .state", has_text="Added").nth(1).wait_for()
    assert sum("/upload/direct/" in url and method == "POST" for method, url, _ in asked) == 1, "once a page"
