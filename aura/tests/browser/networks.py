"""Four networks that a running instance speaks to over real HTTP, and what an owner does to connect them."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Self

from aura.tests.browser.watching import Watch
from posts.networks.standin import StandIn
from posts.networks.standins import bluesky, graph, linkedin
from posts.networks.standins.bluesky import Bluesky
from posts.networks.standins.instagram import InstagramService
from posts.networks.standins.linkedin import LinkedIn
from posts.networks.standins.mastodon import Mastodon
from posts.networks.standins.service import Service

if TYPE_CHECKING:
    from playwright.sync_api import Page

LINKEDIN_PAGE = "Aurora Coffee"
INSTAGRAM = "@ryebread"
BLUESKY = f"@{bluesky.HANDLE}"


class Networks:
    """Mastodon, Bluesky, LinkedIn and Instagram, started and stopped by `with`."""

    def __init__(self) -> None:
        self.mastodon, self.bluesky = Mastodon(), Bluesky()
        self.linkedin, self.instagram = LinkedIn(), InstagramService()
        self.all: list[Service] = [self.mastodon, self.bluesky, self.linkedin, self.instagram]
        self._open = ExitStack()

    def __enter__(self) -> Self:
        """Start each on a free port."""
        for service in self.all:
            self._open.enter_context(StandIn(service))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop them."""
        self._open.close()

    @property
    def env(self) -> dict[str, str]:
        """The settings of an instance that may reach them, and finds them where the real ones would be."""
        return {
            "AURA_EGRESS_ALLOW": ",".join(service.endpoint for service in self.all),
            "AURA_BLUESKY_URL": self.bluesky.url,
            "AURA_LINKEDIN_URL": self.linkedin.url,
            "AURA_LINKEDIN_SIGNIN_URL": self.linkedin.url,
            "AURA_INSTAGRAM_URL": self.instagram.url,
            "AURA_INSTAGRAM_SIGNIN_URL": self.instagram.url,
            "AURA_INSTAGRAM_TOKEN_URL": self.instagram.url,
        }

    @property
    def on_mastodon(self) -> str:
        """The name of the channel on Mastodon: its account with its server."""
        return f"@aurora@{self.mastodon.endpoint}"

    @property
    def names(self) -> list[str]:
        """The names of the four channels."""
        return [self.on_mastodon, BLUESKY, LINKEDIN_PAGE, INSTAGRAM]


def connect_mastodon(page: Page, networks: Networks, watch: Watch) -> None:
    """Name the server, say yes there, come back."""
    choose(page, "Mastodon", watch)
    page.get_by_label("Server").fill(networks.mastodon.url)
    page.get_by_role("button", name="On to Mastodon").click()
    is_connected(page, networks.on_mastodon)
    watch.look(page, "channel on Mastodon")
    answers_test(page, "Signed in as")


def connect_bluesky(page: Page, watch: Watch) -> None:
    """Enter a handle and an app password."""
    choose(page, "Bluesky", watch)
    page.get_by_label("Handle").fill(bluesky.HANDLE)
    page.get_by_label("App password").fill(bluesky.APP_PASSWORD)
    page.get_by_role("button", name="Connect").click()
    is_connected(page, BLUESKY)
    answers_test(page, "Signed in as")


def connect_linkedin(page: Page, watch: Watch, callback: str) -> None:
    """Enter the keys of an app, say yes, pick one of two pages."""
    choose(page, "LinkedIn", watch)
    enter_keys(page, "LinkedIn", *linkedin.APP, watch=watch, callback=callback)
    page.get_by_label("Post as").select_option(label="A page that I look after")
    page.get_by_role("button", name="On to LinkedIn").click()
    page.get_by_label(LINKEDIN_PAGE).check()
    watch.look(page, "pick a page of LinkedIn")
    page.get_by_role("button", name="Connect").click()
    is_connected(page, LINKEDIN_PAGE)
    answers_test(page, "LinkedIn takes posts of")


def connect_instagram(page: Page, watch: Watch, callback: str) -> None:
    """Enter the keys of an app and say yes."""
    choose(page, "Instagram", watch)
    enter_keys(page, "Instagram", graph.APP_ID, graph.APP_SECRET, watch=watch, callback=callback)
    page.get_by_role("button", name="On to Instagram").click()
    is_connected(page, INSTAGRAM)
    answers_test(page, "Instagram answered as @ryebread")


def choose(page: Page, network: str, watch: Watch) -> None:
    """Go from the settings to where a network is connected."""
    page.get_by_role("navigation", name="Workspace").get_by_role("link", name="Settings").click()
    page.get_by_role("navigation", name="Settings").get_by_role("link", name="Channels").click()
    page.get_by_role("link", name="Connect a channel").first.click()
    page.get_by_role("link", name=f"Connect {network}", exact=True).click()
    page.get_by_role("heading", level=1, name=network).wait_for()
    watch.look(page, f"connect {network}")


def enter_keys(page: Page, network: str, app: str, secret: str, *, watch: Watch, callback: str) -> None:
    """See the address to come back to, and enter the keys of the app."""
    page.get_by_role("link", name="Enter the keys").click()
    shown = page.get_by_label("The address to come back to, exactly as it is")
    assert shown.input_value() == callback
    page.get_by_role("button", name="Copy it").click()
    page.get_by_text("Copied.").wait_for()
    watch.look(page, f"keys for {network}")
    page.get_by_label("ID of the app").fill(app)
    page.get_by_label("Secret of the app").fill(secret)
    page.get_by_role("button", name="Keep the keys").click()
    page.get_by_role("heading", level=1, name=network, exact=True).wait_for()


def is_connected(page: Page, name: str) -> None:
    """Wait for the page of the channel that was connected."""
    page.get_by_role("heading", level=1, name=name, exact=True).wait_for()
    page.get_by_text(f"{name} is connected.").wait_for()


def answers_test(page: Page, sentence: str) -> None:
    """Press Test, and wait for what the network answers."""
    page.get_by_role("button", name="Test the connection").click()
    page.get_by_role("status").filter(has_text=sentence).wait_for()
