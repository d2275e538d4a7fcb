"""A running Aura with demo content, and a browser to use it."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aura.kit.testing_groups import FAST
from aura.tests.processes import Running, free_port, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PASSWORD = "slow rye, dark crumb"
START = 240  # seconds for the first start with demo content, on a machine busy with other tests


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test here, most of them as thorough, and leave them out where no browser is."""
    here = Path(__file__).parent
    for item in items:
        if here in Path(item.fspath).parents:
            item.add_marker(pytest.mark.browser)
            if Path(item.fspath).stem not in FAST:
                item.add_marker(pytest.mark.thorough)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="There is no Chromium on this machine."))


class Instance:
    """One instance of Aura in its own data folder, a copy of `demo`, that can be killed and started again."""

    def __init__(self, folder: Path, demo: Path, **env: str) -> None:
        shutil.copytree(demo, folder)
        self.folder, self.port = folder, free_port()
        self.env = {
            "AURA_DATA_DIR": str(folder),
            "PORT": str(self.port),
            "AURA_DEMO_PASSWORD": PASSWORD,
            **env,
        }
        self.url = f"http://127.0.0.1:{self.port}"
        self.running: Running | None = None

    def start(self) -> None:
        """Start it, and return when its first page answers."""
        self.running = running = Running("manage.py", "run", **self.env)
        wait_for(
            lambda: "Ctrl-C stops" in running.output or running.process.poll() is not None, START, "start"
        )
        assert running.process.poll() is None, running.output

    def kill(self) -> None:
        """Kill -9 the supervisor, the web server and the worker, as a power cut would."""
        if self.running is not None:
            self.running.children()
            self.running.__exit__()
            self.running = None


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, without a window; a new one for each module, so that a broken one breaks no other's."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with demo content, to be copied: made by the first of the test workers that needs it."""
    ours = tmp_path_factory.getbasetemp()
    shared = ours.parent if "PYTEST_XDIST_WORKER" in os.environ else ours
    folder, whole = shared / "demo", shared / "demo-is-whole"
    with open(shared / "demo-lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not whole.exists():
            env = {"AURA_DATA_DIR": str(folder), "AURA_DEMO_PASSWORD": PASSWORD}
            with Running("manage.py", "run", "--prepare", **env) as made:
                assert made.process.wait(START) == 0, made.output
            whole.touch()
    return folder


@pytest.fixture(scope="session")
def instance(tmp_path_factory: pytest.TempPathFactory, demo: Path) -> Iterator[Instance]:
    """An instance with demo content that the tests share; they leave it as they found it."""
    made = Instance(tmp_path_factory.mktemp("instance") / "data", demo)
    made.start()
    yield made
    made.kill()


def sign_in(page: Page, url: str) -> None:
    """Sign the demo owner in."""
    page.goto(f"{url}/account/login/")
    page.get_by_label("Email").fill("owner@demo.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/w/demo/**")


@pytest.fixture
def owner(chromium: Browser, instance: Instance) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a page signed in as the demo owner; its arguments are the browser context's."""
    contexts: list[BrowserContext] = []
    refused: list[str] = []
    state = instance.folder / "tmp" / "signed-in.json"

    def make(**options: object) -> Page:
        if not state.exists():
            first = chromium.new_context(base_url=instance.url)
            sign_in(first.new_page(), instance.url)
            first.storage_state(path=state)
            first.close()
        given = {
            "base_url": instance.url,
            "storage_state": state,
            "viewport": {"width": 1440, "height": 1000},
        }
        context = chromium.new_context(**given | options)  # type: ignore[arg-type]
        contexts.append(context)
        context.on("console", lambda message: _note_refusal(message, refused))
        return context.new_page()

    yield make
    for context in contexts:
        context.close()
    assert not refused, "The policy refused something:\n" + "\n".join(refused)


def _note_refusal(message: ConsoleMessage, refused: list[str]) -> None:
    """Note what the pages' policy refuses of their own: an inline style, a script, an address."""
    if "Content Security Policy" in message.text:
        refused.append(f"{message.location.get('url', '')}: {message.text}")


@pytest.fixture(scope="session")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Five photographs: those of the folder AURA_TEST_PHOTOS, or pictures drawn for the purpose."""
    given = os.environ.get("AURA_TEST_PHOTOS")
    if given:
        return sorted(Path(given).glob("*.jpg"))[:5]
    from aura.demo.pictures import draw

    folder = tmp_path_factory.mktemp("photographs")
    made = []
    for number, scene in enumerate(["wheat", "buns", "lighthouse", "snow_peaks", "market_crates"]):
        path = folder / f"{scene}.jpg"
        path.write_bytes(draw(scene, seed=90 + number, width=1600, height=1200))
        made.append(path)
    return made
