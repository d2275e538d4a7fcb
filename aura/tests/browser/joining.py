"""Who has to do with a post: an owner lets clients approve and invites an editor, who joins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aura.tests.browser.watching import Watch

if TYPE_CHECKING:
    from playwright.sync_api import Page


def let_clients_approve(page: Page, watch: Watch) -> None:
    """Ask for the yes of somebody other than the author, and let that of a client count."""
    page.get_by_role("navigation", name="Workspace").get_by_role("link", name="Settings").click()
    page.get_by_label("Who has to approve a post before it goes out").select_option(
        label="Somebody other than the author"
    )
    page.get_by_role("checkbox", name="A client’s yes counts").check()
    watch.look(page, "settings")
    page.get_by_role("button", name="Save the settings").click()
    page.get_by_role("status").filter(has_text="saved").wait_for()


def invite(page: Page, watch: Watch) -> str:
    """Make an invitation for an editor, and return its link."""
    page.get_by_role("navigation", name="Settings").get_by_role("link", name="People").click()
    page.get_by_label("Role", exact=True).select_option(label="Editor")
    page.get_by_role("button", name="Make the invitation").click()
    link = page.get_by_label("Link of the invitation").input_value()
    watch.look(page, "people")
    return link


def join(page: Page, link: str, watch: Watch) -> None:
    """Make an account with an invitation."""
    page.goto(link)
    page.get_by_role("heading", name="Join Quayside Studio").wait_for()
    watch.look(page, "invitation")
    page.get_by_role("link", name="Make an account and join").click()
    page.get_by_label("Name").fill("Nuala Byrne")
    page.get_by_label("Email").fill("nuala@demo.example")
    page.get_by_label("Password").fill("three days of sourdough")
    watch.look(page, "sign up")
    page.get_by_role("button", name="Make my account").click()
    page.get_by_role("button", name="Join Quayside Studio").click()
    page.get_by_text("Welcome to Quayside Studio.").wait_for()
    watch.look(page, "home")
