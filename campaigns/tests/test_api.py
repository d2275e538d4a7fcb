"""The calls of campaigns: what they answer, what they refuse, and that nothing happened then."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from aura.kit.testing_api import Caller, by_session
from campaigns.models import Brand, Campaign
from workspaces.models import Activity, User, Workspace
from workspaces.scope import use_workspace

BRIEF = {"overview": "Rye", "target_audience": "Regulars", "guardrails": "No jokes", "voice_tags": ["warm"]}


@pytest.fixture
def brand(workspace: Workspace) -> Brand:
    with use_workspace(workspace):
        return Brand.objects.create(name="Barrow & Rye")


@pytest.fixture
def call_as(client_of: Callable[[User], Client]) -> Callable[[User], Caller]:
    return lambda user: by_session(client_of(user), "barrow-rye")


def saved(pk: Any) -> Campaign:
    return Campaign.objects.get(pk=pk)


def test_a_campaign_is_made_filled_started_completed_archived_and_brought_back(
    call_as: Callable[[User], Caller], alice: User, brand: Brand, scope: Workspace
) -> None:
    call = call_as(alice)
    made = call.post("/campaigns", {"name": "Spring", "budget": 3400.5, "currency": "eur", "tags": ["Rye"]})
    assert made.status_code == 201, made.content
    body = made.json()
    assert (body["name"], body["budget"], body["currency"], body["tags"]) == (
        "Spring",
        "3400.50",
        "EUR",
        ["rye"],
    )
    assert body["brand"] == str(brand.pk), "The only brand is meant where none is named."
    assert body["status"] == "onboarding_incomplete"
    path = f"/campaigns/{body['id']}"
    assert made["Location"] == f"/w/barrow-rye/api/v1{path}"
    assert call.get(path).json() == body
    early = call.post(f"{path}/complete-onboarding")
    assert early.status_code == 409
    assert "a voice tag" in early.json()["detail"]
    assert call.patch(f"{path}/onboarding", {"name": "Not here"}).json()["fields"].keys() == {"name"}
    assert call.patch(f"{path}/onboarding", BRIEF).json()["status"] == "ready_to_start"
    assert call.post(f"{path}/complete-onboarding").json()["missing"] == []
    assert call.post(f"{path}/start").json()["status"] == "in_progress"
    assert call.post(f"{path}/start").status_code == 409
    assert call.delete(path).status_code == 409, "It has started, and nothing said that its posts are meant."
    assert call.post(f"{path}/complete").json()["status"] == "completed"
    assert call.post(f"{path}/archive").json()["archived_at"]
    assert call.post(f"{path}/restore").json()["archived_at"] is None
    gone = call.delete(f"{path}?with_contents=true")
    assert (gone.status_code, gone.content) == (204, b"")
    assert saved(body["id"]).is_trashed
    assert call.post(f"{path}/restore").json()["trashed_at"] is None
    verbs = list(Activity.objects.order_by("id").values_list("verb", flat=True))
    assert verbs.count("campaigns.complete_onboarding") == verbs.count("campaigns.trash_campaign") == 1


def test_a_change_leaves_what_is_not_sent(
    call_as: Callable[[User], Caller], alice: User, brand: Brand, scope: Workspace
) -> None:
    call = call_as(alice)
    sent = {**BRIEF, "name": "Spring", "start_date": "2026-03-09", "budget": "12.00", "tags": ["rye"]}
    made = call.post("/campaigns", sent).json()
    changed = call.patch(f"/campaigns/{made['id']}", {"goal": "200 loaves", "budget": None}).json()
    different = {name for name in made if made[name] != changed[name]}
    assert different == {"goal", "budget", "version", "updated_at"}
    judged = call.patch(f"/campaigns/{made['id']}", {"end_date": "2026-03-08"})
    assert judged.status_code == 422, "What is sent is judged with what stays."
    assert judged.json()["fields"] == {
        "end_date": ["The end is before the start. Pick 9 March 2026 or a later day."]
    }
    assert call.patch(f"/campaigns/{made['id']}", {}).status_code == 422


def test_what_is_wrong_is_said_field_by_field_and_nothing_is_made(
    call_as: Callable[[User], Caller], alice: User, brand: Brand, scope: Workspace
) -> None:
    call = call_as(alice)
    wrong_types = {"name": 3, "voice_tags": "warm", "budget": True, "status": "completed", "id": "1"}
    first = call.post("/campaigns", wrong_types)
    assert first.status_code == 422
    assert first.json()["fields"].keys() == {"status", "id"}, "What is no field of ours is refused first."
    del wrong_types["status"], wrong_types["id"]
    assert call.post("/campaigns", wrong_types).json()["fields"].keys() == {"name", "voice_tags", "budget"}
    judged = call.post("/campaigns", {"name": " ", "start_date": "soon", "budget": "1e400", "currency": "€"})
    assert judged.status_code == 422
    assert judged.json()["code"] == "INVALID"
    assert judged.json()["fields"].keys() == {"name", "start_date", "budget", "currency"}
    assert not Campaign.objects.exists()


def test_a_stale_change_is_refused_and_loses_nothing(
    call_as: Callable[[User], Caller], alice: User, brand: Brand, scope: Workspace
) -> None:
    call = call_as(alice)
    made = call.post("/campaigns", {"name": "Spring"})
    path = f"/campaigns/{made.json()['id']}"
    seen = call.get(f"{path}?fields=id,name")["ETag"]
    assert call.patch(path, {"goal": "Theirs"}, if_match=seen).status_code == 200
    stale = call.patch(path, {"goal": "Mine"}, if_match=seen)
    assert (stale.status_code, stale.json()["code"]) == (412, "STALE_VERSION")
    assert call.post(f"{path}/archive", if_match=seen).status_code == 412
    assert call.delete(path, if_match=seen).status_code == 412
    assert (saved(made.json()["id"]).goal, saved(made.json()["id"]).archived_at) == ("Theirs", None)
    assert call.patch(path, {"goal": "Mine"}, if_match="*").status_code == 200


def test_who_may_not_write_is_refused_before_anything_is_judged(
    call_as: Callable[[User], Caller], alice: User, bob: User, carol: User, mallory: User, brand: Brand,
    scope: Workspace,
) -> None:  # fmt: skip
    made = call_as(bob).post("/campaigns", {"name": "Spring"}).json()
    path = f"/campaigns/{made['id']}"
    before = saved(made["id"]).version
    viewer, stranger = call_as(carol), call_as(mallory)
    assert viewer.get(path).json()["name"] == "Spring"
    for method, below, body in (
        ("POST", "/campaigns", b"{"), ("PATCH", path, b"{"), ("DELETE", path, None), ("POST", f"{path}/start", None),
        ("POST", f"{path}/archive", None), ("POST", f"{path}/restore", None), ("PATCH", f"{path}/onboarding", b"{"),
    ):  # fmt: skip
        assert viewer(method, below, body).status_code == 403, below
        assert stranger(method, below, body).status_code == 404, below
    assert stranger.get(path).status_code == 404
    assert saved(made["id"]).version == before
    assert Campaign.objects.count() == 1


def test_T1_a_campaign_of_another_workspace_is_as_one_that_is_not(
    client_of: Callable[[User], Client], mallory: User, alice: User, brand: Brand, scope: Workspace
) -> None:
    campaign = Campaign.objects.create(brand=brand, name="Ours", created_by=alice)
    call = by_session(client_of(mallory), "moss-co")
    theirs, nothing = (call.get(f"/campaigns/{pk}") for pk in (campaign.pk, uuid.uuid4()))
    passing = {"request_id": "", "timestamp": ""}
    assert theirs.status_code == nothing.status_code == 404
    assert {**theirs.json(), **passing} == {**nothing.json(), **passing}
    foreign = call.post("/campaigns", {"name": "Theirs", "brand": str(brand.pk)})
    assert foreign.status_code == 422
    assert foreign.json()["fields"] == {"brand": ["Pick a brand from the list."]}


def test_the_list_is_filtered_sorted_and_paged_without_a_gap(
    call_as: Callable[[User], Caller], carol: User, brand: Brand, scope: Workspace
) -> None:
    for number in range(7):
        Campaign.objects.create(brand=brand, name=f"Bake {number % 3}", category="odd" if number % 2 else "")
    call = call_as(carol)
    seen: list[Any] = []
    cursor: str | None = ""
    for _ in range(4):
        page = call.get(f"/campaigns?limit=2&sort=name&fields=id,name&cursor={cursor}").json()
        assert page["total"] == 7
        seen += page["items"]
        cursor = page["next"]
    assert cursor is None
    assert [one["name"] for one in seen] == sorted(f"Bake {number % 3}" for number in range(7))
    assert len({one["id"] for one in seen}) == 7
    assert call.get("/campaigns?category=odd").json()["total"] == 3
    assert [one["id"] for one in call.get("/campaigns?sort=name&limit=2&offset=2").json()["items"]] == [
        one["id"] for one in seen[2:4]
    ]
    first = call.get("/campaigns?limit=3")
    assert 'rel="next"' in first["Link"]
    again = call.get("/campaigns?limit=3", if_none_match=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert [one["name"] for one in call.get("/brands").json()["items"]] == ["Barrow & Rye"]
    for query in (
        "limit=0",
        "limit=101",
        "offset=10001",
        "cursor=x",
        "fields=secret",
        "fields=",
        "fields=id,",
        "sort=size",
        "brand=x",
        "ordering=id",
    ):
        refused = call.get(f"/campaigns?{query}")
        assert (refused.status_code, list(refused.json()["fields"])) == (422, [query.partition("=")[0]])


def test_a_list_costs_the_same_for_two_and_for_twenty(
    call_as: Callable[[User], Caller],
    carol: User,
    brand: Brand,
    scope: Workspace,
    django_assert_max_num_queries: Any,
) -> None:
    call, counted = call_as(carol), []
    for number in (2, 18):
        for _ in range(number):
            campaign = Campaign.objects.create(brand=brand, name="Bake")
            campaign.tags.create(word="rye")
        call.get("/campaigns")
        with django_assert_max_num_queries(12) as queries:
            call.get("/campaigns")
        counted.append(len(queries))
    assert counted[0] == counted[1]


def test_blanks_around_a_name_count_for_the_limit_that_the_contract_names(
    call_as: Callable[[User], Caller], alice: User, brand: Brand, scope: Workspace
) -> None:
    longest = Campaign._meta.get_field("name").max_length
    assert longest
    call = call_as(alice)
    refused = call.post("/campaigns", {"name": "\n" + "x" * longest})
    assert refused.status_code == 422
    (sentence,) = refused.json()["fields"]["name"]
    assert sentence.startswith(f"Write at most {longest}")
    assert not Campaign.objects.exists()
    assert call.post("/campaigns", {"name": "\n" + "x" * (longest - 1)}).json()["name"] == "x" * (longest - 1)
