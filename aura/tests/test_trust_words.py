"""What people write stays words: no element or attribute is born of it on any page (trust X1, X6, X7, T4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client

from aura.tests.addresses import admin_paths, pages
from aura.tests.world import free_texts, make_world, tenant_models, write_everywhere
from workspaces.models import User, Workspace

World = dict[Any, Any]
# Breaks out of an attribute in either kind of quotes, out of a text, a script, a title and a text area.
PAYLOAD = """x'"><x1 y1=z1 onload=z1></title></textarea></script><x1 y1='z1'>{{7*7}}{%x%}"""


class Born(HTMLParser):
    """Notes every element and attribute that can only have come from the payload."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if tag == "x1" or {"y1", "onload", "z1"} & set(names) or any(n.startswith("on") for n in names):
            self.found.append(self.get_starttag_text() or tag)
        for name, value in attrs:
            if name in {"href", "src", "action"} and (value or "").strip().lower().startswith("javascript:"):
                self.found.append(f"{name}={value}")


def born_of(html: str) -> list[str]:
    parser = Born()
    parser.feed(html)
    parser.close()
    return parser.found


def payload(number: int) -> str:
    return f"{number}{PAYLOAD}"


@pytest.fixture
def root(workspace: Workspace) -> User:
    """A superuser who is a member, so that both sides of the admin are open."""
    from workspaces.models import Membership

    root = User.objects.create_superuser("root@example.com", "a long enough password", name="Root")
    Membership.objects.create(workspace=workspace, user=root, role="owner")
    return root


def test_the_parser_sees_what_a_page_would_make_of_the_payload() -> None:
    assert born_of(f"<p>{PAYLOAD}</p>")
    assert born_of(f'<a title="{PAYLOAD}">')
    assert born_of("<a href='javascript:alert(1)'>")
    assert not born_of("<p>&lt;x1 y1=z1&gt;</p>")


def test_X1_every_table_has_its_words_written() -> None:
    plain = {model.__name__ for model in tenant_models() if not free_texts(model)}
    links = {
        "ActivitySubject",
        "AlbumAsset",
        "AssetTag",
        "NotDuplicate",
        "PostMedia",
        "PostingSlot",
        "LinkedPost",
        "AnsweredCall",
        "CallCount",
        "RefreshToken",
        "Reminder",
        "ReviewLink",
        "TargetMedia",
    }
    assert plain <= links | {
        "AnsweredCall",
        "CalendarFeed",
        "CallCount",
        "ColumnMemory",
        "Fit",
        "LinkDay",
        "ShortLink",
        "Rendition",
        "StoredFile",
        "StoredTotal",
        "SearchEntry",
        "TargetFigure",
        "TargetMedia",
    }


@pytest.fixture
def poisoned(workspace: Workspace, alice: User) -> World:
    world = make_world(workspace, alice, count=2)
    assert write_everywhere(workspace, payload) > 60
    Workspace.objects.filter(pk=workspace.pk).update(name=payload(0)[:80])
    User.objects.update(name=payload(1)[:80])
    return world


def test_X1_no_page_makes_anything_of_what_people_wrote(
    poisoned: World, workspace: Workspace, alice: User, client_of: Callable[[User], Client]
) -> None:
    wrong, seen = [], 0
    for query in ({}, {"q": PAYLOAD}):
        for path, response in pages(client_of(alice), workspace, poisoned, **query):
            if response.status_code >= 500 and path != "/health/ready":
                wrong.append(f"{path}: {response.status_code}")
            if response.streaming or not response["Content-Type"].startswith("text/html"):
                continue
            html = response.content.decode()
            seen += "&lt;x1" in html
            wrong += [f"{path}: {tag}" for tag in born_of(html)]
            wrong += [f"{path}: 49" for _ in [0] if "{49" in html]
            wrong += [f"{path}: {name}" for name, value in response.headers.items() if "<x1" in value]
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)
    assert seen > 60, "The payload hardly shows: is it still written where pages look?"


@pytest.mark.parametrize("inside", [False, True], ids=["instance", "workspace"])
def test_X1_the_admin_makes_nothing_of_what_people_wrote(
    inside: bool, poisoned: World, workspace: Workspace, root: User, client_of: Callable[[User], Client]
) -> None:
    client, wrong, seen = client_of(root), [], 0
    for path, html in admin_pages(client, poisoned, f"/w/{workspace.slug}" if inside else ""):
        seen += "&lt;x1" in html
        wrong += [f"{path}: {tag}" for tag in born_of(html)]
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)
    assert seen > 25


def admin_pages(client: Client, world: World, prefix: str) -> Iterator[tuple[str, str]]:
    for path in admin_paths(world):
        response = client.get(prefix + path)
        assert response.status_code < 500, path
        if response.status_code == 200 and response["Content-Type"].startswith("text/html"):
            yield prefix + path, response.content.decode()


def test_X1_refusals_make_nothing_of_what_was_typed(
    workspace: Workspace, alice: User, client_of: Callable[[User], Client]
) -> None:
    client = client_of(alice)
    world = make_world(workspace, alice)
    wrong = []
    typed = dict.fromkeys(
        ("name", "title", "caption", "email", "note", "day", "time", "slug", "q", "role"), PAYLOAD
    )
    from aura.tests.addresses import every_address

    for address in every_address():
        if address.is_of_admin or address.name == "account_logout":
            continue
        response = client.post(address.path(workspace if address.is_of_workspace else None, world), typed)
        if response.status_code >= 500:
            wrong.append(f"{address.name}: {response.status_code}")
        if not response.streaming and response["Content-Type"].startswith("text/html"):
            wrong += [f"{address.name}: {tag}" for tag in born_of(response.content.decode())]
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


# Another workspace's words ----------------------------------------------------------------------------------------

CANARY = "Zaunkoenig"


def test_T4_no_page_shows_a_word_of_another_workspace(
    workspace: Workspace,
    other_workspace: Workspace,
    alice: User,
    mallory: User,
    root: User,
    client_of: Callable[[User], Client],
) -> None:
    theirs = make_world(other_workspace, mallory, count=3)
    write_everywhere(other_workspace, lambda number: f"{CANARY} {number}")
    ids = {str(row.pk) for row in theirs.values()}
    mine = make_world(workspace, alice)
    wrong = []
    for query in ({}, {"q": CANARY[:4]}):  # the beginning of a word finds all that the word does
        for path, response in pages(client_of(alice), workspace, mine, **query):
            html = "" if response.streaming else response.content.decode()
            if CANARY in html or any(pk in html for pk in ids):
                wrong.append(f"{path} {query}")
    for path, html in admin_pages(client_of(root), mine, f"/w/{workspace.slug}"):
        if CANARY in html or any(pk in html for pk in ids):
            wrong.append(path)
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


def test_T4_the_admin_of_a_workspace_offers_only_its_rows(
    workspace: Workspace, other_workspace: Workspace, alice: User, mallory: User, root: User,
    client_of: Callable[[User], Client],
) -> None:  # fmt: skip
    make_world(other_workspace, mallory)
    write_everywhere(other_workspace, lambda number: f"{CANARY} {number}")
    make_world(workspace, alice)
    question = {"app_label": "posts", "model_name": "post", "field_name": "campaign", "term": ""}
    answer = client_of(root).get(f"/w/{workspace.slug}/admin/autocomplete/", question)
    assert answer.status_code == 200
    assert [row["text"] for row in answer.json()["results"]] == ["Campaign barrow-rye-0"]


def test_T4_rows_of_the_instance_are_out_of_sight_in_the_admin_of_a_workspace(
    workspace: Workspace, root: User, client_of: Callable[[User], Client]
) -> None:
    client = client_of(root)
    seen = client.get(f"/w/{workspace.slug}/admin/").content.decode()
    for model in admin.site._registry:
        place = f"admin/{model._meta.app_label}/{model._meta.model_name}/"
        if model in tenant_models():
            assert place in seen
        else:
            assert place not in seen
            assert client.get(f"/w/{workspace.slug}/{place}").status_code == 403
