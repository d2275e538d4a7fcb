"""The calls of tokens, of the activity and of notifications: what was made, done and told, without its secrets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from aura.kit import clock
from aura.kit.testing_api import Caller, by_session, by_token
from campaigns.models import Brand
from campaigns.operations import create_brand
from workspaces import narrowing
from workspaces.models import Activity, ApiToken, Membership, Notification, User, Workspace
from workspaces.scope import use_workspace
from workspaces.tests.programs import make

ClientOf = Callable[[User], Client]


@pytest.fixture
def owner(workspace: Workspace, alice: User) -> Caller:
    return by_token(make(workspace, alice, name="Whole").secret)


def unrevoked(workspace: Workspace) -> set[str]:
    with use_workspace(workspace):
        return set(ApiToken.objects.filter(revoked_at=None).values_list("name", flat=True))


def test_tokens_are_listed_without_their_secrets_and_revoked(
    owner: Caller, workspace: Workspace, alice: User
) -> None:
    made = make(workspace, alice, "posts:read", role="viewer", name="Report")
    path = f"/tokens/{made.pk}"
    read = owner.get(path)
    assert (read.json()["begins_with"], read.json()["works"]) == (made.prefix, True)
    assert (read.json()["role"], read.json()["scopes"]) == ("viewer", ["posts:read"])
    assert [one["name"] for one in owner.get("/tokens").json()["items"]] == ["Report", "Whole"]
    assert made.secret not in owner.get("/tokens").content.decode() + read.content.decode()
    assert owner.post("/tokens", {"name": "Mine"}).status_code == 405, "Tokens are made by people alone."
    program = by_token(made.secret)
    assert program.get("/posts").status_code == 200
    assert owner.delete(path, If_Match='"0"').status_code == 412
    assert owner.delete(path).status_code == 204
    assert program.get("/posts").status_code == 401
    assert owner.get(path).status_code == owner.delete(path).status_code == 404
    assert unrevoked(workspace) == {"Whole"}


def test_a_token_that_is_over_is_told_to_work_no_more(
    owner: Caller, workspace: Workspace, alice: User, bob: User
) -> None:
    Membership.objects.filter(user=bob).update(role="admin")
    past = make(workspace, alice, name="Past", expires_at=clock.now() - timedelta(days=1))
    theirs = make(workspace, bob, role="admin", name="Theirs")
    User.objects.filter(pk=bob.pk).update(is_active=False)
    works = {one["name"]: one["works"] for one in owner.get("/tokens").json()["items"]}
    assert works == {past.name: False, theirs.name: False, "Whole": True}


def test_R1_tokens_are_read_by_all_and_revoked_by_admins(
    workspace: Workspace, alice: User, bob: User, carol: User, client_of: ClientOf
) -> None:
    path = f"/tokens/{make(workspace, alice, name='Report').pk}"
    for person in (bob, carol):
        call = by_session(client_of(person), "barrow-rye")
        assert call.get(path).json()["name"] == "Report"
        assert call.delete(path).status_code == 403
    narrow = by_token(make(workspace, alice, "tokens:read", name="Reader").secret)
    assert narrow.get(path).status_code == 200
    assert "tokens:write" in narrow.delete(path).json()["detail"]
    weak = by_token(make(workspace, alice, role="editor", name="Editor").secret)
    assert "too little here" in weak.delete(path).json()["detail"]
    assert unrevoked(workspace) == {"Report", "Reader", "Editor"}


def test_every_word_can_be_ticked_for_a_token_and_the_contract_knows_it(
    workspace: Workspace, alice: User
) -> None:
    token = make(workspace, alice, *narrowing.WORDS, name="All words")
    assert by_token(token.secret).get(f"/tokens/{token.pk}").json()["scopes"] == list(narrowing.WORDS)


def test_the_activity_says_what_its_page_says(
    owner: Caller, workspace: Workspace, alice: User, bob: User, client_of: ClientOf
) -> None:
    with use_workspace(workspace):
        brand = create_brand(Brand(name="Rye"), by=bob)
    assert owner.patch(f"/members/{bob.pk}", {"role": "admin"}).status_code == 200
    last, before, first = owner.get("/activity").json()["items"]
    assert (last["person"], last["by"]) == (str(alice.pk), "Alice Byrne by the token “Whole”")
    assert (last["verb"], last["subject_type"]) == ("workspaces.change_role", "member")
    assert last["subject"] == str(bob.pk), "Members are named by the ids of persons everywhere."
    assert before["sentence"] == "made the brand ‘Rye’"
    assert (before["subject"], before["subject_type"], before["person"]) == (
        str(brand.pk),
        "brand",
        str(bob.pk),
    )
    assert (first["verb"], first["subject_type"]) == ("workspaces.create_token", "api_token")
    page = client_of(alice).get("/w/barrow-rye/settings/activity/").content.decode()
    assert all(one["sentence"] in page for one in (last, before, first))
    for query, found in (
        (f"who={bob.pk}", [before]),
        ("kind=campaigns", [before]),
        ("kind=imports", []),
        (f"who={alice.pk}&kind=workspaces", [last, first]),
    ):
        assert owner.get(f"/activity?{query}").json()["items"] == found, query
    assert owner.get("/activity?kind=secrets").status_code == 422
    assert owner.delete("/activity").status_code == 405
    reader = by_token(make(workspace, alice, "campaigns:read", name="Narrow").secret)
    assert "workspace:read" in reader.get("/activity").json()["detail"]


def test_the_activity_goes_on_from_page_to_page_without_a_gap(
    owner: Caller, workspace: Workspace, alice: User
) -> None:
    with use_workspace(workspace):
        for number in range(5):
            Activity.write("campaigns.edit_brand", alice, Brand(name=f"Rye {number}"))
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = owner.get(f"/activity?limit=2&kind=campaigns&cursor={cursor}").json()
        found += [one["subject_name"] for one in page["items"]]
        cursor = page["next"]
    assert found == [f"Rye {number}" for number in (4, 3, 2, 1, 0)]


def test_people_read_what_they_were_told_and_nobody_elses(
    workspace: Workspace, alice: User, bob: User, carol: User, client_of: ClientOf
) -> None:
    with use_workspace(workspace):
        brands = [Brand.objects.create(name=name) for name in ("Rye", "Moss")]
        mine, second = (
            Notification.objects.create(
                person=carol, kind="mention", subject_type="campaigns.brand", subject_id=brand.pk,
                sentence=f"{brand} is named", url="/w/barrow-rye/brands/", actor=bob,
            )
            for brand in brands
        )  # fmt: skip
    call = by_session(client_of(carol), "barrow-rye")
    assert [one["sentence"] for one in call.get("/notifications").json()["items"]] == [
        "Moss is named",
        "Rye is named",
    ]
    path = f"/notifications/{mine.pk}"
    read = call.get(path).json()
    assert (read["url"], read["subject_type"], read["actor"]) == (
        f"{settings.AURA_URL}/w/barrow-rye/brands/",
        "brand",
        str(bob.pk),
    )
    for other in (by_session(client_of(bob), "barrow-rye"), by_token(make(workspace, alice).secret)):
        assert mine.pk not in {one["id"] for one in other.get("/notifications").json()["items"]}
        assert other.get(path).status_code == other.post(f"{path}/read").status_code == 404
        other.post("/notifications/read")
    with use_workspace(workspace):
        assert Notification.objects.filter(person=carol, read_at=None).count() == 2
    assert call.post(f"{path}/read").json()["read_at"]
    assert [one["id"] for one in call.get("/notifications?unread=true").json()["items"]] == [str(second.pk)]
    assert [call.post("/notifications/read").json() for _ in range(2)] == [{"read": 1}, {"read": 0}]
    assert call.get("/notifications?unread=true").json()["items"] == []


def test_notifications_are_marked_by_what_is_for_it_and_accounts_stay_a_persons_alone(
    workspace: Workspace, alice: User
) -> None:
    reader = by_token(make(workspace, alice, "notifications:read", role="viewer").secret)
    assert reader.get("/notifications").status_code == 200
    assert "notifications:write" in reader.post("/notifications/read").json()["detail"]
    writer = by_token(make(workspace, alice, "notifications:write", role="viewer", name="W").secret)
    assert writer.post("/notifications/read").status_code == 200
    assert narrowing.word_of("workspaces.choose_notices") is None
    assert narrowing.word_of("workspaces.edit_profile") is None
