"""A campaign's life: where it stands, who may move it, what goes with it."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from campaigns import operations
from campaigns.models import Campaign
from campaigns.operations import contents
from campaigns.tests._made import BRIEF, NOW, brand, campaign, filled, running
from workspaces import roles, search
from workspaces.models import Activity, Membership, User, Workspace
from workspaces.operation import SYSTEM, Refused, StaleVersion

Status = Campaign.Status


class Shelf:
    """Contents that write down what they are asked to do."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.busy = False

    def counts(self, campaign_ids):
        return {pk: {"scheduled": 2, "draft": 1} for pk in campaign_ids}

    def scheduled(self, campaign_ids, limit):
        promises = [contents.Promise("Launch day", NOW + timedelta(days=1), "/posts/1/")]
        return promises[:limit], 1

    def unschedule(self, campaign_ids, *, by, now):
        if self.busy:
            raise Refused("“Launch day” is going out right now. Wait a minute.")
        self.calls.append("unschedule")
        return 2

    def trash_with(self, campaign_ids, *, mark, by, now):
        self.calls.append(f"trash {mark}")
        return 3

    def restore_with(self, mark, *, by, now):
        self.calls.append(f"restore {mark}")
        return 3

    def assets(self, campaign_ids):
        return {}

    def purge(self, campaign_ids, *, by, now):
        self.calls.append("purge")
        return 3

    def brand_in_use(self, brand_id):
        return []


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    made = Shelf()
    monkeypatch.setattr(contents, "_registered", [made])
    return made


@pytest.mark.parametrize("missing", [*BRIEF, "voice"])
def test_a_brief_needs_three_texts_and_a_tag(scope: Workspace, missing: str) -> None:
    fields = {name: text for name, text in BRIEF.items() if name != missing}
    made = campaign(voice=() if missing == "voice" else ("warm",), **fields)
    assert made.status == Status.ONBOARDING_INCOMPLETE
    with pytest.raises(Refused, match="Still to write"):
        operations.start_campaign(made, now=NOW, by=SYSTEM)


def test_a_filled_brief_is_ready_starts_and_completes(scope: Workspace, shelf: Shelf) -> None:
    made = filled()
    assert made.status == Status.READY_TO_START
    made = operations.start_campaign(made, now=NOW, by=SYSTEM)
    assert (made.status, made.started_at) == (Status.IN_PROGRESS, NOW)
    made = operations.complete_campaign(made, now=NOW, by=SYSTEM)
    assert (made.status, made.completed_at) == (Status.COMPLETED, NOW)
    assert shelf.calls == ["unschedule"]


def test_a_brief_emptied_before_the_start_is_not_ready_any_more(scope: Workspace) -> None:
    made = filled()
    made.overview = ""
    operations.edit_campaign(made, version=1, voice_tags=["warm"], tags=[], now=NOW, by=SYSTEM)
    assert Campaign.objects.get().status == Status.ONBOARDING_INCOMPLETE


def test_a_running_campaign_stays_running_whatever_is_edited(scope: Workspace) -> None:
    made = running()
    made.overview = ""
    operations.edit_campaign(made, version=made.version, voice_tags=[], tags=[], now=NOW, by=SYSTEM)
    assert Campaign.objects.get().status == Status.IN_PROGRESS


@pytest.mark.parametrize(
    "verb", ["start_campaign", "restore_campaign", "unarchive_campaign", "purge_campaign"]
)
def test_r3_a_state_cannot_be_skipped(scope: Workspace, shelf: Shelf, verb: str) -> None:
    made = running()
    with pytest.raises(Refused):
        getattr(operations, verb)(made, now=NOW, by=SYSTEM)
    with pytest.raises(Refused):
        operations.complete_campaign(filled("Not started"), now=NOW, by=SYSTEM)


def test_a_stale_save_changes_nothing(scope: Workspace) -> None:
    made = filled()
    first, second = Campaign.objects.get(), Campaign.objects.get()
    first.name = "First"
    operations.edit_campaign(first, version=1, voice_tags=["warm"], tags=[], now=NOW, by=SYSTEM)
    second.name = "Second"
    with pytest.raises(StaleVersion):
        operations.edit_campaign(second, version=1, voice_tags=["dry"], tags=["x"], now=NOW, by=SYSTEM)
    now = Campaign.objects.get()
    assert (now.name, now.version, now.pk) == ("First", 2, made.pk)
    assert [tag.word for tag in now.voice_tags.all()] == ["warm"]


def test_an_edit_while_somebody_starts_it_does_not_undo_the_start(scope: Workspace) -> None:
    made = filled()
    opened = Campaign.objects.get()
    operations.start_campaign(made, now=NOW, by=SYSTEM)
    with pytest.raises(StaleVersion):
        operations.edit_campaign(opened, version=1, voice_tags=["warm"], tags=[], now=NOW, by=SYSTEM)
    assert Campaign.objects.get().status == Status.IN_PROGRESS


def test_a_copy_has_the_brief_and_not_the_days(scope: Workspace, bob: User) -> None:
    made = filled(tags=("spring",), budget="3400", start_date=NOW.date(), end_date=NOW.date())
    copy = operations.duplicate_campaign(made, now=NOW, by=bob)
    assert copy.name == "Copy of Hot-spring rye"
    assert (copy.overview, copy.start_date, copy.end_date) == (made.overview, None, None)
    assert copy.status == Status.READY_TO_START
    assert [tag.word for tag in copy.tags.all()] == ["spring"]
    assert copy.created_by == bob


def test_a_started_campaign_goes_to_the_trash_only_with_everything_in_it(
    scope: Workspace, shelf: Shelf
) -> None:
    made = running()
    with pytest.raises(Refused, match="with everything in it"):
        operations.trash_campaign(made, now=NOW, by=SYSTEM)
    gone = operations.trash_campaign(made, with_contents=True, now=NOW, by=SYSTEM)
    assert shelf.calls == ["unschedule", f"trash {gone.trashed_with}"]
    assert search.ids("campaign", "rye") == []


def test_restore_brings_back_exactly_what_went_along(scope: Workspace, shelf: Shelf) -> None:
    gone = operations.trash_campaign(filled(), now=NOW, by=SYSTEM)
    mark = gone.trashed_with
    back = operations.restore_campaign(gone, now=NOW, by=SYSTEM)
    assert (back.trashed_at, back.trashed_with) == (None, None)
    assert shelf.calls[-1] == f"restore {mark}"
    assert search.ids("campaign", "rye") == [back.pk]


def test_what_is_going_out_right_now_stops_the_whole_thing(scope: Workspace, shelf: Shelf) -> None:
    made = running()
    shelf.busy = True
    for verb in (operations.archive_campaign, operations.complete_campaign):
        with pytest.raises(Refused, match="going out right now"):
            verb(made, now=NOW, by=SYSTEM)
    with pytest.raises(Refused, match="going out right now"):
        operations.trash_campaign(made, with_contents=True, now=NOW, by=SYSTEM)
    now = Campaign.objects.get()
    assert (now.standing, now.version) == (Status.IN_PROGRESS, made.version)


def test_thirty_days_in_the_trash_are_enough_and_running_twice_is_harmless(
    scope: Workspace, shelf: Shelf
) -> None:
    operations.trash_campaign(filled("Old"), now=NOW - timedelta(days=30), by=SYSTEM)
    operations.trash_campaign(filled("New"), now=NOW - timedelta(days=29, hours=23), by=SYSTEM)
    assert operations.purge_expired(now=NOW) == 1
    assert operations.purge_expired(now=NOW) == 0
    assert [one.name for one in Campaign.objects.all()] == ["New"]


def test_an_archived_campaign_is_read_only_until_it_is_taken_out(scope: Workspace, shelf: Shelf) -> None:
    made = operations.archive_campaign(running(), now=NOW, by=SYSTEM)
    assert (made.standing, shelf.calls) == ("archived", ["unschedule"])
    with pytest.raises(Refused, match="archived"):
        operations.edit_campaign(made, version=made.version, voice_tags=[], tags=[], now=NOW, by=SYSTEM)
    assert operations.unarchive_campaign(made, now=NOW, by=SYSTEM).standing == Status.IN_PROGRESS


def test_the_last_brand_stays(scope: Workspace) -> None:
    with pytest.raises(Refused, match="only brand"):
        operations.trash_brand(brand(), now=NOW, by=SYSTEM)


def test_a_brand_takes_its_campaigns_along_and_brings_back_those_and_no_others(
    scope: Workspace, shelf: Shelf
) -> None:
    one = brand()
    brand("Other")
    kept_in_trash = operations.trash_campaign(filled("Earlier", brand=one), now=NOW, by=SYSTEM)
    went = filled("Later", brand=one)
    gone = operations.trash_brand(one, now=NOW, by=SYSTEM)
    assert Campaign.objects.get(pk=went.pk).trashed_with == gone.trashed_with
    with pytest.raises(Refused, match="brand"):
        operations.restore_campaign(went, now=NOW, by=SYSTEM)
    operations.restore_brand(gone, now=NOW, by=SYSTEM)
    assert Campaign.objects.get(pk=went.pk).trashed_at is None
    assert Campaign.objects.get(pk=kept_in_trash.pk).trashed_at is not None


def test_a_brand_does_not_come_back_over_another_of_its_name(scope: Workspace) -> None:
    brand("Other")
    gone = operations.trash_brand(brand("One"), now=NOW, by=SYSTEM)
    brand("One")
    with pytest.raises(Refused, match="Rename that one first"):
        operations.restore_brand(gone, now=NOW, by=SYSTEM)


def test_every_verb_is_written_down_with_who_did_it(scope: Workspace, bob: User) -> None:
    made = filled(by=bob)
    operations.start_campaign(made, now=NOW, by=bob)
    entry = Activity.objects.first()
    assert (entry.verb, entry.actor, entry.subject_id) == ("campaigns.start_campaign", bob, made.pk)


def _do(verb: str, made: Campaign, by: User) -> None:
    if verb == "create_campaign":
        operations.create_campaign(
            Campaign(name="Mine", brand=made.brand), voice_tags=[], tags=[], now=NOW, by=by
        )
    elif verb == "edit_campaign":
        operations.edit_campaign(made, version=made.version, voice_tags=["warm"], tags=[], now=NOW, by=by)
    elif verb == "trash_campaign":
        operations.trash_campaign(made, with_contents=True, now=NOW, by=by)
    else:
        getattr(operations, verb)(made, now=NOW, by=by)


CAMPAIGN_VERBS = sorted(
    name.partition(".")[2]
    for name in roles.RIGHTS
    if name.startswith("campaigns.") and name.endswith("_campaign")
)
LEAST = {
    **dict.fromkeys(
        ["create_campaign", "edit_campaign", "duplicate_campaign", "start_campaign"], "contributor"
    ),
    **dict.fromkeys(["complete_campaign", "archive_campaign", "unarchive_campaign"], "editor"),
    **dict.fromkeys(
        ["trash_campaign", "restore_campaign"], "editor"
    ),  # others' campaigns; their own: contributors
    "purge_campaign": "admin",
}


@pytest.mark.parametrize("role", ["owner", "admin", "editor", "contributor", "viewer", "stranger"])
@pytest.mark.parametrize("verb", CAMPAIGN_VERBS)
def test_the_table_of_rights(scope: Workspace, alice: User, verb: str, role: str) -> None:
    person = User.objects.create_user(f"{role}@example.org", "a long enough password")
    if role != "stranger":
        Membership.objects.create(workspace=scope, user=person, role=role)
    made = filled(by=alice)
    if verb in {"complete_campaign"}:
        made = operations.start_campaign(made, now=NOW, by=SYSTEM)
    if verb == "unarchive_campaign":
        made = operations.archive_campaign(made, now=NOW, by=SYSTEM)
    if verb in {"restore_campaign", "purge_campaign"}:
        made = operations.trash_campaign(made, now=NOW, by=SYSTEM)
    allowed = role != "stranger" and roles.at_least(role, roles.Role(LEAST[verb]))
    if allowed:
        _do(verb, made, person)
        return
    with pytest.raises(PermissionDenied):
        _do(verb, made, person)


def test_a_contributor_may_trash_their_own_campaign(scope: Workspace) -> None:
    person = User.objects.create_user("dora@example.org", "a long enough password")
    Membership.objects.create(workspace=scope, user=person, role="contributor")
    gone = operations.trash_campaign(filled(by=person), now=NOW, by=person)
    assert isinstance(gone.trashed_with, uuid.UUID)
