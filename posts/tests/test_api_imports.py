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
from workspaces.models import Membership, User, Workspace
from workspaces.tests.programs import make

BOUNDARY = "bread"
PASSWORD = "a long enough password"


def send(call: Caller, text: str, kind: str = "posts") -> Any:
    body = encode_multipart(BOUNDARY, {"file": Named(text.encode(), "spring.csv"), "kind": kind})
    return call("POST", "/imports", body, kind=f"multipart/form-data; boundary={BOUNDARY}")


def signed_in_as(person: User) -> str:
    """Return an access token, as a program gets it for a password."""
    person.set_password(PASSWORD)
    person.save()
    sent = {"email": person.email, "password": PASSWORD, "workspace": "barrow-rye"}
    return str(Caller(Client(), "/api/v1").post("/auth/token", sent).json()["access"])


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


def test_a_row_is_put_right_and_a_file_is_read_in_another_encoding(
    room: dict[str, Any], bob: User, carol: User, mallory: User, client_of: Callable[[User], Client]
) -> None:
    call = by_session(client_of(bob), "barrow-rye")
    sheet = HEADINGS.replace("\n", ",Notes\n") + "No day,x,31/02/2099,09:00,,Hot-spring rye,,,mine\n"
    path = f"/imports/{send(call, sheet).json()['id']}"
    wrong = call.post(f"{path}/encoding", {"encoding": "ebcdic"})
    assert (wrong.status_code, list(wrong.json()["fields"])) == (422, ["encoding"])
    again = call.post(f"{path}/encoding", {"encoding": "cp1252"})
    assert (again.status_code, again.json()["headings"][-1], again.json()["encoding"]) == (
        200,
        "Notes",
        "cp1252",
    )
    mapping = [*again.json()["mapping"][:-1], ""]
    begun = call.post(f"{path}/columns", {"mapping": mapping, "options": {"then": "save"}, "order": "dmy"})
    assert begun.status_code == 200, begun.content
    work(Import.objects.get())
    assert call.post(f"{path}/encoding", {"encoding": "utf-8-sig"}).status_code == 409
    row = call.get(f"{path}/rows").json()["items"][0]
    assert row["status"] == "wrong"
    at, cells = f"{path}/rows/{row['id']}", row["cells"]
    right = [*cells[:2], "28/02/2099", *cells[3:]]
    for sent in (
        {},
        {"cells": "x"},
        {"cells": [1]},
        {"cells": [*right, "more"]},
        {"cells": [*right[:-1], "yours"]},
    ):
        assert call.patch(at, sent).status_code == 422, sent
    for person, status in ((carol, 403), (mallory, 404)):
        assert by_session(client_of(person), "barrow-rye").patch(at, {"cells": right}).status_code == status
    stale = call.patch(at, {"cells": right}, If_Match='"dead"')
    assert (stale.status_code, call.get(f"{path}/rows").json()["items"]) == (412, [row])
    changed = call.patch(at, {"cells": right}).json()
    assert (changed["status"], changed["cells"], changed["sentences"]) == ("ready", right, [])
    assert call.get(path).json()["wrong"] == 0
    still = call.patch(at, {"cells": cells}).json()
    assert (still["status"], "no day 31" in still["sentences"][0]) == ("wrong", True)


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


def test_rows_that_become_scheduled_posts_need_what_scheduling_needs(
    room: dict[str, Any],
    workspace: Workspace,
    alice: User,
    bob: User,
    carol: User,
    client_of: Callable[[User], Client],
) -> None:
    """A person prepares it; no credential that may not schedule brings it in, nor does its owner's role help it."""
    person = by_session(client_of(bob), "barrow-rye")
    path = f"/imports/{send(person, HEADINGS + GOOD).json()['id']}"
    person.post(f"{path}/columns", {"options": {"then": "schedule"}})
    source = work(Import.objects.get())
    Membership.objects.filter(user=carol).update(role="contributor")
    tokens = [
        make(workspace, alice, "imports:write", "posts:write"),
        make(workspace, alice, "imports:write", "publish", "posts:write", role="contributor"),
    ]
    signed_in = by_token(signed_in_as(carol))
    for refused in [by_token(token.secret) for token in tokens] + [signed_in]:
        answer = refused.post(f"{path}/commit")
        assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN"), answer.content
    source.refresh_from_db()
    assert (source.status, Post.objects.exists()) == ("checked", False)
    whole = by_token(make(workspace, alice, "imports:write", "publish", "posts:write").secret)
    assert whole.post(f"{path}/commit").json()["status"] == "bringing"
    work(source)
    assert Post.objects.get().status == "scheduled"
    # What was begun by a credential is done with no more than it allowed: this one may not throw away others' posts.
    Post.objects.update(created_by=bob)
    Import.objects.update(created_by=alice)
    assert by_token(tokens[1].secret).post(f"{path}/undo").json()["status"] == "undoing"
    work(source)
    assert (source.kept, Post.objects.get().status) == (1, "scheduled")


def test_bringing_in_what_is_scheduled_counts_as_publishing(
    room: dict[str, Any], bob: User, client_of: Callable[[User], Client], settings: Any
) -> None:
    settings.AURA_API_LIMITS = {"calls": (600, 86_400), "publishing": (1, 86_400 * 365 * 100)}
    call = by_session(client_of(bob), "barrow-rye")
    for status in (200, 429):
        path = f"/imports/{send(call, HEADINGS + GOOD).json()['id']}"
        call.post(f"{path}/columns", {"options": {"then": "schedule"}})
        work(Import.objects.get(pk=path.split("/")[-1]))
        assert call.post(f"{path}/commit").status_code == status
