"""The calls of the workspace itself: settings, quiet times, limits, each by the form of its page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from aura.kit.testing_api import Caller, by_session, by_token
from workspaces.models import User, Workspace
from workspaces.tests.programs import make

ClientOf = Callable[[User], Client]
QUIET = {
    "quiet_from": "22:00",
    "quiet_until": "07:00",
    "weekdays": [5, 6],
    "days_off": [
        {"first": "2026-12-24", "last": "2026-12-26", "why": "Christmas"},
        {"first": "2027-03-17", "last": "2027-03-17", "why": ""},
    ],
    "quiet_blocks": True,
}


@pytest.fixture
def owner(workspace: Workspace, alice: User) -> Caller:
    return by_token(make(workspace, alice).secret)


def row(workspace: Workspace) -> dict[str, Any]:
    return Workspace.objects.filter(pk=workspace.pk).values().get()


def test_the_settings_are_read_and_changed_a_member_at_a_time(
    owner: Caller, workspace: Workspace, alice: User
) -> None:
    read = owner.get("/workspace")
    assert (read.status_code, read.json()["slug"], read.json()["approval"]) == (200, "barrow-rye", "none")
    changed = owner.patch("/workspace", {"zone": "Europe/Paris"}, If_Match=read["ETag"])
    assert changed.json() == {**read.json(), "zone": "Europe/Paris"}
    assert owner.patch("/workspace", {"name": "Lost"}, If_Match=read["ETag"]).status_code == 412
    named = owner.patch("/workspace", {"approval": "person", "approver": str(alice.pk)}).json()
    assert (named["approval"], named["approver"]) == ("person", str(alice.pk))
    forgot = owner.patch("/workspace", {"approval": "anyone"}).json()
    assert (forgot["approval"], forgot["approver"], forgot["name"]) == ("anyone", None, workspace.name)


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "a\u202eb"}, "name"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"approval": "everybody"}, "approval"),
        ({"approval": "person"}, "approver"),
        ({"approval": "person", "approver": "carol"}, "approver"),
        ({"approver": "mallory"}, "approver"),
        ({"grace_minutes": 1441}, "grace_minutes"),
        ({"grace_minutes": "30"}, "grace_minutes"),
        ({"client_approval": None}, "client_approval"),
        ({"links": "tiny"}, "links"),
        ({"slug": "other"}, "slug"),
        ({"trashed_at": None}, "trashed_at"),
    ],
)
def test_M1_settings_that_make_no_sense_change_nothing(
    sent: dict[str, Any], field: str, owner: Caller, workspace: Workspace, carol: User, mallory: User
) -> None:
    people = {"carol": str(carol.pk), "mallory": str(mallory.pk)}
    before = row(workspace)
    refused = owner.patch("/workspace", {name: people.get(str(value), value) for name, value in sent.items()})
    assert (refused.status_code, list(refused.json()["fields"])) == (422, [field]), refused.content
    assert row(workspace) == before


def test_R1_settings_are_read_by_all_and_changed_by_admins(
    workspace: Workspace, alice: User, bob: User, carol: User, client_of: ClientOf
) -> None:
    before = row(workspace)
    for person in (bob, carol):
        call = by_session(client_of(person), "barrow-rye")
        for path in ("/workspace", "/workspace/quiet-times", "/workspace/limits"):
            assert call.get(path).status_code == 200
        assert call.patch("/workspace", {"name": "Mine"}).status_code == 403
        assert call.patch("/workspace/quiet-times", {"weekdays": [1]}).status_code == 403
    reader = by_token(make(workspace, alice, "workspace:read").secret)
    assert reader.get("/workspace").status_code == 200
    assert "workspace:write" in reader.patch("/workspace", {"name": "Mine"}).json()["detail"]
    assert by_token(make(workspace, alice, "members:write").secret).get("/workspace").status_code == 403
    assert row(workspace) == before


def test_quiet_times_are_written_as_they_are_read(
    owner: Caller, workspace: Workspace, alice: User, client_of: ClientOf
) -> None:
    path = "/workspace/quiet-times"
    empty = owner.get(path)
    assert empty.json() == {**dict.fromkeys(QUIET), "weekdays": [], "days_off": [], "quiet_blocks": False}
    assert owner.patch(path, {**QUIET, "days_off": QUIET["days_off"][::-1]}).json() == QUIET
    assert owner.get(path).json() == QUIET
    page = client_of(alice).get("/w/barrow-rye/settings/quiet/").content.decode()
    assert all(one in page for one in ('value="22:00"', 'value="2026-12-26"', "Christmas"))
    assert owner.patch(path, {"weekdays": []}).json() == {**QUIET, "weekdays": []}
    assert owner.patch(path, {"weekdays": [0]}, If_Match=empty["ETag"]).status_code == 412
    without = {"quiet_from": None, "quiet_until": None, "days_off": [], "weekdays": [], "quiet_blocks": False}
    assert owner.patch(path, without).json() == empty.json()


@pytest.mark.parametrize(
    ("sent", "field", "says"),
    [
        ({"quiet_from": "22:00"}, "quiet_until", "or neither"),
        ({"quiet_from": "22:00", "quiet_until": "22:00"}, "quiet_until", "same minute"),
        ({"quiet_from": "late", "quiet_until": "07:00"}, "quiet_from", "22:00"),
        ({"weekdays": [7]}, "weekdays", "6 is Sunday"),
        ({"weekdays": list(range(7))}, "weekdays", "at least one day"),
        ({"days_off": {}}, "days_off", "list of objects"),
        ({"days_off": ["2026-12-24"]}, "days_off", "list of objects"),
        ({"days_off": [{"first": "2026-12-24"}, {}]}, "days_off", "1.first: Say the day"),
        ({"days_off": [{"first": "24.12."}]}, "days_off", "0.first: Write the day"),
        ({"days_off": [{"first": 7}]}, "days_off", "0.first: Write text"),
        ({"days_off": [{"first": "2026-12-24", "last": "2026-12-01"}]}, "days_off", "0.last: It ends before"),
        ({"days_off": [{"first": "2026-12-24", "why": "x" * 61}]}, "days_off", "0.why: "),
        ({"days_off": [{"first": "2026-12-24", "why": "a\nb"}]}, "days_off", "0.why: "),
        (
            {"days_off": [{"first": "2026-12-24", "until": "x"}]},
            "days_off",
            "0.until: There is no such field",
        ),
        ({"days_off": [{"first": "2026-12-24"}] * 61}, "days_off", "at most 60"),
        ({"quiet_blocks": "True"}, "quiet_blocks", "true or false"),
    ],
)
def test_quiet_times_that_make_no_sense_change_nothing(
    sent: dict[str, Any], field: str, says: str, owner: Caller, workspace: Workspace
) -> None:
    before = row(workspace)
    refused = owner.patch("/workspace/quiet-times", sent)
    assert (refused.status_code, list(refused.json()["fields"])) == (422, [field]), refused.content
    assert says in refused.json()["fields"][field][0]
    assert row(workspace) == before


def test_limits_are_those_of_the_settings_and_say_what_is_used(
    owner: Caller, workspace: Workspace, settings: Any
) -> None:
    settings.AURA_MEDIA_QUOTA_MB, settings.AURA_MAX_IMAGE_MB = 0, 12
    told = owner.get("/workspace/limits").json()
    assert (told["stored_bytes"], told["stored_bytes_at_most"], told["image_bytes"]) == (0, None, 12_000_000)
    settings.AURA_MEDIA_QUOTA_MB = 5
    assert owner.get("/workspace/limits").json()["stored_bytes_at_most"] == 5_000_000
    assert set(told["rates"]) == set(settings.AURA_API_LIMITS)
