"""The small scripts of the pages, in a real browser, on the style guide."""

import random
import shutil

import pytest

from aura.kit import textcount
from aura.styleguide import urlpatterns as styleguide
from aura.urls import urlpatterns as pages

urlpatterns = [
    *pages,
    *styleguide,
]  # the style guide is there only in debug: this module is the test's URLconf
CHROMIUM = shutil.which("chromium")
TEXTS = [
    "",
    "hello\r\nthere",
    "👩‍👩‍👧‍👦 family 🇮🇪 1️⃣",
    "see https://example.com/a_(b)?x=1. And example.com!",
    "@ama@mastodon.social wrote to a@example.com",
    "日本語 テキスト, cafe\u0301 © ©️",
    "(https://a.b/c) …",
]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    pytest.mark.urls(__name__),
]


@pytest.fixture(scope="module")
def chromium():
    """The system's Chromium, started once for the tests of this file."""
    from playwright.sync_api import sync_playwright

    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright's loop runs in this thread
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium, live_server):
    """A page with the style guide; the test fails when it reports an error."""
    problems: list[str] = []
    tab = chromium.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    tab.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    tab.on("pageerror", lambda error: problems.append(str(error)))
    tab.goto(f"{live_server.url}/styleguide/")
    yield tab
    tab.close()
    assert problems == []


def test_the_counter_counts_as_the_server_does(page, settings):
    source = (settings.BASE_DIR / "static/js/counter.js").read_text().partition("function update")[0]
    chance = random.Random(7)
    letters = [*"ab @.:/()…é👍🏽\u200d日-_!\n", "https://a.ie/", "x.com", "@q@r.st"]
    texts = TEXTS + ["".join(chance.choices(letters, k=20)) for _ in range(300)]
    count = """texts => texts.map(text => Object.fromEntries(
        Object.entries(RULES).map(([rule, of]) => [rule, of(text.replaceAll("\\r\\n", "\\n"))])))"""
    found = page.evaluate(f"texts => {{ {source}; return ({count})(texts); }}", texts)
    wanted = [{rule.value: textcount.count(text, rule) for rule in textcount.Rule} for text in texts]
    assert found == wanted


def test_a_counter_says_what_is_left_and_what_is_over(page):
    page.fill("#id_words", "x" * 50)
    assert page.inner_text("[data-counter] [data-left]") == "10 left"
    page.fill("#id_words", "x" * 63)
    assert page.inner_text("[data-counter] [data-left]") == "3 over"
    assert "bad" in page.get_attribute("[data-counter]", "class")


def test_things_are_put_in_order_by_buttons_and_by_dragging(page):
    def order():
        return [text.split(" · ")[1] for text in page.locator("[data-sort-item] b").all_inner_texts()]

    first, second, third = order()
    page.locator("[data-later]").first.click()
    assert order() == [second, first, third]
    items = page.locator("[data-sort-item]")
    items.first.scroll_into_view_if_needed()
    start, end = items.nth(0).bounding_box(), items.nth(2).bounding_box()
    page.mouse.move(start["x"] + 20, start["y"] + 20)
    page.mouse.down()
    page.mouse.move(end["x"] + 100, end["y"] + 20, steps=25)
    page.mouse.up()
    assert order() == [first, third, second]
    assert page.locator("[data-sort-number]").all_inner_texts() == ["1", "2", "3"]


def test_ticks_bring_up_what_can_be_done_and_escape_clears_them(page):
    assert page.is_hidden("[data-bulk]")
    page.locator("[data-tick]").first.check()
    assert page.inner_text("[data-bulk] output") == "1 selected"
    page.check("[data-tick-all]")
    assert page.inner_text("[data-bulk] output") == "5 selected"
    page.keyboard.press("Escape")
    assert page.is_hidden("[data-bulk]")


def test_a_link_opens_the_dialog_and_the_safe_way_out_closes_it(page):
    page.click("text=Open a real dialog")
    assert page.locator("#guide-dialog").evaluate("dialog => dialog.open")
    page.click("#guide-dialog >> text=Stay")
    assert not page.locator("#guide-dialog").evaluate("dialog => dialog.open")


def test_a_refusal_is_said_and_stays_until_it_is_closed(page):
    detail = "{detail: {status: 413, body: '<p data-error>Larger than 10 MB. Pick a smaller one.</p>'}}"
    page.evaluate(f"document.dispatchEvent(new CustomEvent('aura:refused', {detail}))")
    assert page.inner_text("#toasts [role=alert]").strip() == "Larger than 10 MB. Pick a smaller one."
    page.click("#toasts [aria-label='Close this message']")
    assert page.locator("#toasts .toast").count() == 0


def test_nothing_is_wider_than_the_page(page):
    for theme in ("light", "dark"):
        for width in (390, 768, 1920):
            page.emulate_media(color_scheme=theme)
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (theme, width)
