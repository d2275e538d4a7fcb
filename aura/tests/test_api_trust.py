"""Every call against who means harm, generated from the contract, so that a new one is tried unasked."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db.models import Model
from django.test import Client, RequestFactory

from aura.api import contract, urlpatterns
from aura.kit import clock
from aura.kit.testing_api import Caller, by_session, by_token
from aura.tests.test_api import CALLS, COUNTED, OPEN, UNSAFE, VIEWER_MAY, WITH_IDS, path_of, told
from aura.tests.world import contents, make_world, write_everywhere
from aura.wsgi import application
from campaigns.models import Brand, Campaign
from media_library.models import Album, Asset
from posts.models import Channel, Post, Target
from workspaces import narrowing, roles
from workspaces.api.calls import DECLARED, Declared, plain_path
from workspaces.models import Comment, Membership, User, Workspace
from workspaces.operations import sign_in_program
from workspaces.scope import use_workspace
from workspaces.tests.programs import make

World = dict[Any, Any]
ClientOf = Callable[[User], Client]
# Whose id a member of a body or of a query is, by its name there.
NAMED: dict[str, type[Model]] = {
    "brand": Brand,
    "campaign": Campaign,
    "channel": Channel,
    "targets": Channel,
    "target": Target,
    "posts": Post,
    "post": Post,
    "media": Asset,
    "logo": Asset,
    "album": Album,
    "person": User,
    "by": User,
    "approver": User,
    "who": User,
    "channels": Channel,
    "albums": Album,
    "media_library.edit_picture.logo": Asset,
    "other": Asset,
    "media_library.create_album.parent": Album,
    "media_library.edit_album.parent": Album,
    "parent": Comment,
}
IS_ID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")
NO_IDS = {"upload_key"}  # though they look like one in examples
EACH_HAS_ITS_OWN = {"X-Request-ID", "RateLimit"}


@pytest.fixture
def ours(workspace: Workspace, alice: User) -> World:
    return make_world(workspace, alice)


@pytest.fixture
def theirs(other_workspace: Workspace, mallory: User) -> World:
    """The twin: the same rows in Mallory's workspace."""
    return make_world(other_workspace, mallory)


@pytest.fixture
def owner(alice: User, client_of: ClientOf) -> Caller:
    return by_session(client_of(alice), "barrow-rye")


@pytest.fixture
def stranger(mallory: User, client_of: ClientOf) -> Caller:
    return by_session(client_of(mallory), "moss-co")


def access_token(user: User, workspace: Workspace) -> str:
    member = Membership.objects.select_related("user", "workspace").get(user=user, workspace=workspace)
    return sign_in_program(member, program="curl/8", now=clock.now()).access


def heads(response: Any) -> dict[str, str]:
    """Return the headers of an answer, but for what differs from call to call."""
    return {name: value for name, value in response.headers.items() if name not in EACH_HAS_ITS_OWN}


def test_M0_every_address_is_of_the_contract() -> None:
    there = {
        (path.removeprefix("/api/v1"), method) for path, one in contract()["paths"].items() for method in one
    }
    assert there == {(one.path, one.method.lower()) for one in DECLARED.values()}
    served = {plain_path(str(one.pattern)) for one in urlpatterns}
    assert served == {path for path, _ in there} | {"/openapi.json", "/docs"}


def test_what_the_page_of_trust_says_is_shown_is_shown() -> None:
    """Who renames a test that it names renames it there."""
    root = Path(settings.BASE_DIR)
    named = set(re.findall(r"`(test_\w+)`", (root / "docs/trust.md").read_text()))
    there = "".join(one.read_text() for one in root.glob("*/**/tests/test_*.py"))
    assert len(named) > 50
    assert {name for name in named if f"def {name}(" not in there} == set()


# Another workspace ---------------------------------------------------------------------------------------------------


def test_T1_ids_of_another_workspace_are_as_ids_of_nothing(
    ours: World, other_workspace: Workspace, mallory: User, stranger: Caller, client_of: ClientOf
) -> None:
    programs = [
        by_token(secret)
        for secret in (make(other_workspace, mallory).secret, access_token(mallory, other_workspace))
    ]
    outsider = by_session(client_of(mallory), "barrow-rye")
    for call in (stranger, *programs):
        assert call.get("/auth/me").json()["workspace"]["slug"] == "moss-co"
    before = contents(but=COUNTED)
    for name, declared in WITH_IDS:
        foreign, nothing = (stranger(declared.method, path_of(declared, at), b"{}") for at in (ours, None))
        assert (foreign.status_code, nothing.status_code) == (404, 404), name
        assert (told(foreign), heads(foreign)) == (told(nothing), heads(nothing)), name
        for program in programs:
            refused = program(declared.method, path_of(declared, ours), b"{}")
            assert (refused.status_code, told(refused)) == (404, told(nothing)), name
    for name, declared in {one.path: (name, one) for name, one in CALLS}.values():
        outside = outsider(declared.method, path_of(declared, ours), b"{}")
        assert (outside.status_code, told(outside)["code"]) == (404, "NOT_FOUND"), name
    assert contents(but=COUNTED) == before


def whose(call: str, member: str) -> type[Model] | None:
    """Return whose id a member of a call is."""
    return NAMED.get(f"{call}.{member}") or NAMED.get(member)


def _ids_in_bodies() -> Iterator[tuple[str, Declared, str, bool]]:
    """Yield each member of a body that is an id, or a list of ids."""
    for name, declared in CALLS:
        for member, example in (declared.takes.examples if declared.takes else {}).items():
            if whose(name, member):
                yield name, declared, member, isinstance(example, list)
            elif member not in NO_IDS:
                one = example[0] if isinstance(example, list) and example else example
                assert not IS_ID.fullmatch(str(one)), (
                    f"{member} of {name} is an id: say whose in NAMED, above."
                )


def test_T2_T3_ids_of_another_workspace_in_a_body_are_as_ids_of_nothing(
    ours: World, theirs: World, stranger: Caller
) -> None:
    tried = list(_ids_in_bodies())
    assert {member for _, _, member, _ in tried} >= {"brand", "campaign", "targets", "media", "target"}
    before = contents(but=COUNTED)
    for name, declared, member, several in tried:
        model = whose(name, member)
        own = [theirs[model].pk] if several else []
        answers = []
        for pk in (ours[model].pk, uuid.uuid4()):
            value = [str(one) for one in (*own, pk)] if several else str(pk)
            answer = stranger(declared.method, path_of(declared, theirs), {member: value})
            assert (answer.status_code, member in told(answer)["fields"]) == (422, True), (
                name,
                answer.content,
            )
            answers.append(json.dumps(told(answer)).replace(str(pk), "…"))
        assert answers[0] == answers[1], name
    own = str(theirs[Channel].pk)
    for within in (
        lambda pk: {"channel": own, "media": [pk]},
        lambda pk: {"channel": own, "parts": [{"words": "More", "media": [pk]}]},
        lambda pk: {"channel": own, "fits": {pk: "instagram-post"}},
    ):
        for name in ("posts.create_post", "posts.edit_post"):
            answers = []
            for pk in (str(ours[Asset].pk), str(uuid.uuid4())):
                body = {"targets": [within(pk)]}
                answer = stranger(DECLARED[name].method, path_of(DECLARED[name], theirs), body)
                assert (answer.status_code, "targets" in told(answer)["fields"]) == (422, True), (
                    answer.content
                )
                answers.append(json.dumps(told(answer)).replace(pk, "…"))
            assert answers[0] == answers[1], (name, within("…"))
    assert contents(but=COUNTED) == before


def test_T1_T5_filters_find_nothing_of_another_workspace_and_know_no_other_columns(
    ours: World, theirs: World, stranger: Caller
) -> None:
    tried = 0
    for path, one in contract()["paths"].items():
        asked = [
            each for each in one.get("get", {"parameters": []})["parameters"] if each.get("in") == "query"
        ]
        names = [each["name"] for each in asked]
        for each in asked:
            of_id = '"format": "uuid"' in json.dumps(each["schema"])
            assert not of_id or each["name"] in NAMED, (
                f"{each['name']} of {path} is an id: say whose in NAMED."
            )
        for name in set(names) & set(NAMED):
            at = path_of(DECLARED[one["get"]["operationId"]], theirs)
            foreign, nothing = (
                stranger.get(f"{at}?{name}={pk}").json() for pk in (ours[NAMED[name]].pk, uuid.uuid4())
            )
            assert foreign == nothing == {"items": [], "next": None, "total": 0}, (path, name)
            tried += 1
        if "sort" in names:
            for query in ("sort=created_by__password", "workspace__slug__startswith=b", "_connector=OR"):
                refused = stranger.get(f"{path.removeprefix('/api/v1')}?{query}")
                assert refused.status_code in {404, 422}, query
    assert tried >= 5


def test_T4_M3_reading_everything_shows_no_word_of_another_workspace_and_changes_nothing(
    ours: World, theirs: World, workspace: Workspace, mallory: User, stranger: Caller
) -> None:
    assert write_everywhere(workspace, lambda number: f"canary{number}") > 100
    foreign = {str(row.pk) for row in ours.values() if row.pk}
    stranger.get("/campaigns")
    before = contents(but=COUNTED)
    for name, declared in CALLS:
        if declared.method == "GET":
            for method in ("GET", "HEAD", "OPTIONS"):
                answer = stranger(method, path_of(declared, theirs))
                assert answer.status_code < 500, name
            said = stranger.get(path_of(declared, theirs)).getvalue().decode("utf-8", "replace")
            assert "canary" not in said, name
            assert not {pk for pk in foreign if pk in said}, name
    assert contents(but=COUNTED) == before


# Rights --------------------------------------------------------------------------------------------------------------


def test_R1_every_call_asks_for_the_role_of_its_operation(
    ours: World, workspace: Workspace, alice: User
) -> None:
    callers = {
        role: by_token(make(workspace, alice, role=role).secret)
        for role in ("viewer", "contributor", "editor", "admin")
    }
    for caller in callers.values():
        caller.get("/auth/me")
    before = contents(but=COUNTED)
    for name, declared in UNSAFE:
        if name in VIEWER_MAY or declared.is_open:
            continue
        minimum = roles.RIGHTS[declared.rules.does].minimum
        assert minimum is not None, name
        for role, caller in callers.items():
            if not roles.at_least(role, minimum):
                refused = caller(declared.method, path_of(declared, ours), b"{")
                assert (refused.status_code, told(refused)["code"]) == (403, "FORBIDDEN"), (name, role)
                assert f" {role}, which is too little here" in told(refused)["detail"]
    assert contents(but=COUNTED) == before


def test_M4_every_call_asks_for_the_word_that_the_contract_names(
    ours: World, workspace: Workspace, alice: User
) -> None:
    words = sorted({declared.rules.word for _, declared in CALLS} - {""})
    others = [[one for one in narrowing.WORDS if not narrowing.includes([one], word)] for word in words]
    lacking, having = (
        {
            word: by_token(make(workspace, alice, *held).secret)
            for word, held in zip(words, given, strict=True)
        }
        for given in (others, [[word] for word in words])
    )
    for caller in (*lacking.values(), *having.values()):
        caller.get("/auth/me")
    before = contents(but=COUNTED)
    declared_in = {
        one["operationId"]: one["security"] for path in contract()["paths"].values() for one in path.values()
    }
    for name, declared in CALLS:
        word = declared.rules.word
        if name in OPEN:
            assert declared_in[name] == []
            continue
        assert declared_in[name] == [{"bearer": [word] if word else []}, {"session": []}]
        if not word:
            continue
        refused = lacking[word](declared.method, path_of(declared, ours), b"{")
        assert (refused.status_code, word in told(refused)["detail"]) == (403, True), name
        if not declared.rules.unsafe:
            assert having[word].get(path_of(declared, ours)).status_code in {200, 409}, name
    assert contents(but=COUNTED) == before


# What is sent --------------------------------------------------------------------------------------------------------

ADDED = (
    "workspace", "id", "created_by", "status", "role", "is_staff", "quota", "secret", "version", "trashed_at",
)  # fmt: skip


def test_M1_members_that_nobody_asked_for_are_refused_by_every_call(ours: World, owner: Caller) -> None:
    owner.get("/campaigns")
    before = contents(but=COUNTED)
    for name, declared in UNSAFE:
        if declared.is_open:
            continue
        added = {one: "x" for one in ADDED if not declared.takes or one not in declared.takes.examples}
        refused = owner(declared.method, path_of(declared, ours), added)
        if refused.status_code != 409:  # as things stand in that world
            assert (refused.status_code, set(told(refused)["fields"])) == (422, set(added)), name
    assert contents(but=COUNTED) == before


WRONG: dict[str, bytes] = {
    "deep": b"[" * 40 + b"]" * 40,
    "far too large": b"1e999999999",
    "long": b"1" * 4200,
    "of other types": b'{"a": [1, null, {"b": "\\u202e"}]}',
}


def test_M2_no_member_of_any_call_breaks_it(ours: World, client_of: ClientOf, alice: User) -> None:
    client = client_of(alice)
    client.raise_request_exception = False
    owner = by_session(client, "barrow-rye")
    for name, declared in CALLS:
        if declared.takes and not declared.is_open:
            for kind, value in WRONG.items():
                members = b", ".join(b'"%s": %s' % (one.encode(), value) for one in declared.takes.examples)
                refused = owner(declared.method, path_of(declared, ours), b"{%s}" % members)
                assert refused.status_code in {409, 422}, (name, kind, refused.content)


@pytest.mark.parametrize("charset", ["rot13", "idna", "utf-16", "nonsense"])
def test_M2_text_that_says_it_is_no_utf_8_is_refused(
    charset: str, owner: Caller, alice: User, client_of: ClientOf
) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="upload_key"\r\n\r\n\xc3\xa4\r\n--x--\r\n'
    for path, body, kind in (
        ("/media", part, f"multipart/form-data; boundary=x; charset={charset}"),
        ("/campaigns", b'{"name": "x"}', f"application/json; charset={charset}"),
    ):
        refused = owner("POST", path, body, kind=kind)
        assert (refused.status_code, told(refused)["code"]) == (400, "MALFORMED")
    page = owner.client.generic(
        "POST", "/account/login/", part, f"multipart/form-data; boundary=x; charset={charset}"
    )
    assert page.status_code == 400
    assert "UTF-8" in page.content.decode()


@pytest.mark.parametrize(
    "kind", ["text/plain; charset=rot13", "text/plain; charset=idna", "a/b; c*=x''%41", ";"]
)
def test_M2_no_content_type_breaks_a_request_before_anybody_looks_at_it(kind: str, db: None) -> None:
    environ = RequestFactory()._base_environ(
        PATH_INFO="/api/v1/campaigns", QUERY_STRING="q=%C3%A4", CONTENT_TYPE=kind
    )
    answered: list[str] = []
    body = application(environ, lambda status, headers: answered.append(status))
    assert answered == ["401 Unauthorized"]
    assert b"UNAUTHENTICATED" in b"".join(body)


def test_If_Match_is_held_to_by_every_call_that_changes_something_that_is_there(
    ours: World, owner: Caller
) -> None:
    owner.get("/campaigns")
    before = contents(but=COUNTED)
    for name, declared in UNSAFE:
        if declared.holds_to_version:
            body = dict(declared.takes.examples) if declared.takes else None
            refused = owner(declared.method, path_of(declared, ours), body, If_Match='"0.dead"')
            assert (refused.status_code, told(refused)["code"]) == (412, "STALE_VERSION"), name
    assert contents(but=COUNTED) == before


# The session of a browser --------------------------------------------------------------------------------------------


def test_C1_C2_a_session_changes_nothing_without_its_token_or_by_text(
    ours: World, alice: User, workspace: Workspace
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice, backend="allauth.account.auth_backends.AuthenticationBackend")
    call = by_session(client, "barrow-rye")
    client.get("/w/barrow-rye/campaigns/new/")
    token = client.cookies["csrf"].value
    before = contents(but=COUNTED)
    for name, declared in UNSAFE:
        if declared.is_open:
            continue
        for more in ({}, {"X_CSRFToken": token, "Origin": "https://evil.example"}):
            refused = call(declared.method, path_of(declared, ours), b"{}", **more)
            assert (refused.status_code, "X-CSRFToken" in told(refused)["detail"]) == (403, True), (
                name,
                more,
            )
        refused = call(declared.method, path_of(declared, ours), b"{}", kind="text/plain", X_CSRFToken=token)
        assert refused.status_code == 415, name
    assert contents(but=COUNTED) == before


def test_C3_no_call_answers_another_site(ours: World) -> None:
    call = Caller(Client(), "/api/v1", Origin="https://evil.example", Access_Control_Request_Method="POST")
    for _, declared in CALLS:
        for method in ("OPTIONS", declared.method):
            answer = call(method, path_of(declared, ours), b"{}")
            assert not [name for name in answer.headers if name.startswith("Access-Control")]


# Once ----------------------------------------------------------------------------------------------------------------


def test_F14_a_key_is_worth_nothing_to_others_elsewhere_or_with_fewer_rights(
    ours: World,
    workspace: Workspace,
    alice: User,
    bob: User,
    owner: Caller,
    stranger: Caller,
    client_of: ClientOf,
) -> None:
    brand = str(ours[Brand].pk)
    first = owner.post("/campaigns", {"name": "Spring", "brand": brand}, Idempotency_Key="one")
    assert first.status_code == 201
    path = f"/campaigns/{first.json()['id']}"
    for caller, at in (
        (by_session(client_of(bob), "barrow-rye"), "/campaigns"),
        (by_token(make(workspace, alice).secret), "/campaigns"),
        (owner, "/campaigns?fields=id"),
        (owner, f"{path}/archive"),
    ):
        refused = caller.post(at, {"name": "Spring", "brand": brand}, Idempotency_Key="one")
        assert refused.status_code == 422, at
        assert first.json()["id"] not in refused.content.decode()
    for weak in (make(workspace, alice, "campaigns:read"), make(workspace, alice, role="viewer")):
        token = by_token(weak.secret)
        assert (
            token.post("/campaigns", {"name": "Spring", "brand": brand}, Idempotency_Key="one").status_code
            == 403
        )
    with use_workspace(workspace):
        assert Campaign.objects.filter(name="Spring", archived_at=None).count() == 1
    Membership.objects.filter(user=alice).update(role="viewer")
    again = owner.post("/campaigns", {"name": "Spring", "brand": brand}, Idempotency_Key="one")
    assert again.status_code == 403
    elsewhere = stranger.post("/campaigns", {"name": "Spring"}, Idempotency_Key="one")
    assert elsewhere.status_code == 422
    assert told(elsewhere)["code"] == "INVALID"
