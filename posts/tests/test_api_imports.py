"""The calls of imports, with posts as what rows become: the whole way, and what is refused and leaves nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.test import Client
from django.test.client import encode_multipart

from aura.kit.testing_api import Caller, by_session, by_token
from imports.models import Import
from media_library.tests.pictures import Named
from posts.models import Post
from posts.tests._sheets import GOOD, HEADINGS, work
from workspaces.models import User, Workspace
from workspaces.tests.programs import make

BOUNDARY = "bread"


def send(call: Caller, text: str, kind: str = "posts") -> Any:
    body = encode_multipart(BOUNDARY, {"file": Named(text.encode(), "spring.csv"), "kind": kind})
    return call("POST", "/imports", body, kind=f"multipart/form-data; boundary={BOUNDARY}")


def test_a_sheet_is_brought_checked_brought_in_and_taken_back(
    room: dict[str, Any], bob: User, client_of: Callable[[User], Client]
) -> None:
    call = by_session(client_of(bob), "barrow-rye")
    sent = send(call, HEADINGS + GOOD + "No day,x,31/02/2099,09:00,,Hot-spring rye,,\n")
    assert sent.status_code == 201, sent.content
    made = sent.json()
    assert (made["status"], made["kind"], made["mapping"][0]) == ("columns", "posts", "title")
    assert set(filter(None, made["mapping"])) <= set(made["columns"])
    path = f"/imports/{made['id']}"
    twice = call.post(f"{path}/columns", {"mapping": ["title", "title"], "options": {"then": "save"}})
    assert (twice.status_code, list(twice.json()["fields"])) == (422, ["mapping"])
    wrong = call.post(f"{path}/columns", {"options": {"then": "fly"}})
    assert (wrong.status_code, list(wrong.json()["fields"])) == (422, ["options"])
    assert call.post(f"{path}/columns", {"options": ["x"]}).status_code == 422
    assert call.post(f"{path}/commit").status_code == 409
    begun = call.post(f"{path}/columns", {"options": {"then": "save"}, "order": "dmy"})
    assert (begun.status_code, begun.json()["status"]) == (200, "checking")
    source = Import.objects.get(pk=made["id"])
    work(source)
    checked = call.get(path).json()
    assert (checked["status"], checked["ready"], checked["wrong"]) == ("checked", 1, 1)
    left_out = call.get(f"{path}/rows?show=wrong").json()["items"]
    assert [(row["line"], row["object_id"]) for row in left_out] == [(3, None)]
    assert "no day 31" in left_out[0]["sentences"][0]
    assert b"no day 31" in call.get(f"{path}/errors.csv").getvalue()
    assert not Post.objects.exists()
    assert call.post(f"{path}/commit").json()["status"] == "bringing"
    work(source)
    post = Post.objects.get()
    assert [row["object_id"] for row in call.get(f"{path}/rows?show=in").json()["items"]] == [str(post.pk)]
    assert call.post(f"{path}/undo").json()["status"] == "undoing"
    work(source)
    assert call.get(path).json()["taken_back"] == 1
    assert [one["id"] for one in call.get("/imports").json()["items"]] == [made["id"]]


def test_a_file_that_cannot_be_read_or_may_not_come_leaves_nothing(
    room: dict[str, Any],
    workspace: Workspace,
    alice: User,
    carol: User,
    mallory: User,
    client_of: Callable[[User], Client],
) -> None:
    owner = by_session(client_of(alice), "barrow-rye")
    for answer, member in ((send(owner, ""), "file"), (send(owner, HEADINGS, kind="recipes"), "kind")):
        assert (answer.status_code, list(answer.json()["fields"])) == (422, [member])
    assert list(owner.post("/imports", {"kind": "posts"}).json()["fields"]) == ["file"]
    assert send(by_session(client_of(carol), "barrow-rye"), HEADINGS + GOOD).status_code == 403
    assert send(by_session(client_of(mallory), "barrow-rye"), HEADINGS + GOOD).status_code == 404
    narrow = by_token(make(workspace, alice, "imports:write").secret)
    refused = send(narrow, HEADINGS + GOOD)
    assert (refused.status_code, "posts:write" in refused.json()["detail"]) == (403, True)
    assert not Import.objects.exists()
    assert not Post.objects.exists()
