"""Posts from a sheet: brought in, stopped, given up, taken back, and by whom."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from aura.kit import clock, jobs
from imports.models import Import, ImportRow
from imports.operations import keeping, working
from media_library.models import FileDeletion
from media_library.operations import moving
from media_library.operations.storage import queue_workspace_files
from posts.models import Post, Target
from posts.operations.trash import trash_post
from posts.tests._made import make_asset, make_channel, make_post
from posts.tests._sheets import GOOD, HEADINGS, act, checked, said, set_columns, upload, uploaded, work
from workspaces.models import Membership, Workspace
from workspaces.operation import SYSTEM

R = ImportRow.Status


def test_all_or_none_takes_back_what_came_in_before_the_one_that_could_not(room, alice, client_of) -> None:
    client = client_of(alice)
    text = HEADINGS + GOOD + GOOD.replace("Spring", "Autumn").replace("2099-03", "2099-04")
    source = checked(client, text)
    act(client, source, "bring-in", only_whole="on")
    token = jobs.claim_in("imports.work_import", source.workspace_id, source.pk)
    assert token
    ImportRow.objects.filter(source=source, line=3).update(
        cells=["Autumn", "x", "2001-01-01", "09:00", "", "", "", ""]
    )
    working.work_import(source.pk, token)
    work(source)
    assert (source.status, source.brought, source.taken_back, source.wrong) == ("undone", 0, 1, 1)
    assert "Row 3 could not come in, and you wanted all or none" in source.failure
    assert Post.objects.filter(trashed_at=None).count() == 0


def test_all_or_none_is_refused_where_a_row_is_wrong_already(room, alice, client_of) -> None:
    client = client_of(alice)
    source = checked(client, HEADINGS + GOOD + ",,,,,Nothing,,\n")
    answer = client.post(f"/w/barrow-rye/imports/{source.pk}/bring-in/", {"only_whole": "on"}, follow=True)
    assert "1 row is not right" in answer.content.decode()
    assert Import.objects.get().status == "checked"


def test_undo_takes_back_what_is_untouched_and_says_why_the_others_stay(room, alice, bob, client_of) -> None:
    client = client_of(alice)
    kept = make_post("Here before", campaign=room["campaign"])
    rows = "".join(GOOD.replace("Spring", name) for name in ("Plain", "Changed", "Out", "Gone"))
    source = work(act(client, checked(client, HEADINGS + rows, then="schedule"), "bring-in"))
    posts = {post.title.split()[0]: post for post in Post.objects.all()}
    Post.objects.filter(pk=posts["Changed"].pk).update(version=7)
    Target.objects.filter(post=posts["Out"]).update(status="published", due_at=None)
    Post.objects.filter(pk=posts["Out"].pk).update(status="published")
    trash_post(posts["Gone"], by=SYSTEM)
    page = client.get(f"/w/barrow-rye/imports/{source.pk}/take-back/").content.decode()
    assert "Take back 4 posts?" in page
    work(act(client, source, "take-back"))
    assert (source.status, source.taken_back, source.kept, source.brought) == ("undone", 2, 2, 0)
    left = {row.line: row.sentences for row in ImportRow.objects.filter(source=source, status=R.KEPT)}
    assert left == {3: ["It was changed since it came in."], 4: ["It went out, or is going out."]}
    shown = {post.title.split()[0] for post in Post.objects.filter(trashed_at=None)}
    assert shown == {"Here", "Changed", "Out"}
    assert Target.objects.filter(post=posts["Plain"], status="scheduled").count() == 0
    kept.refresh_from_db()
    assert kept.trashed_at is None
    assert (
        "It was changed since it came in."
        in client.get(f"/w/barrow-rye/imports/{source.pk}/").content.decode()
    )
    answer = client.post(f"/w/barrow-rye/imports/{source.pk}/take-back/", follow=True)
    assert "Nothing of it is in." in answer.content.decode()


def test_an_import_is_stopped_after_the_row_it_is_at_and_goes_on_where_it_was(
    room, alice, client_of, monkeypatch
) -> None:
    client = client_of(alice)
    rows = "".join(GOOD.replace("Spring", f"Number {n}") for n in range(4))
    source = act(client, checked(client, HEADINGS + rows), "bring-in")
    token = jobs.claim_in("imports.work_import", source.workspace_id, source.pk)
    real, calls = working._bring_in_row, []

    def two_and_stop(run: Any, judge: Any, row: ImportRow) -> None:
        if len(calls) == 2:
            act(client, source, "stop")
        calls.append(row.line)
        real(run, judge, row)

    monkeypatch.setattr(working, "_bring_in_row", two_and_stop)
    working.work_import(source.pk, token)
    source.refresh_from_db()
    assert (source.status, source.brought, Post.objects.count()) == ("stopped", 2, 2)
    assert "The other 2 can follow" in client.get(f"/w/barrow-rye/imports/{source.pk}/").content.decode()
    monkeypatch.setattr(working, "_bring_in_row", real)
    work(act(client, source, "bring-in"))
    assert (source.status, source.brought) == ("done", 4)
    assert sorted(Post.objects.values_list("title", flat=True)) == [f"Number {n} buns" for n in range(4)]


def test_F14_bringing_in_twice_brings_in_once(room, alice, client_of) -> None:
    client = client_of(alice)
    source = act(client, checked(client, HEADINGS + GOOD), "bring-in")
    answer = client.post(f"/w/barrow-rye/imports/{source.pk}/bring-in/", follow=True)
    assert "It is coming in already." in answer.content.decode()
    work(source)
    client.post(f"/w/barrow-rye/imports/{source.pk}/bring-in/")
    assert Post.objects.count() == 1
    answer = client.post(
        "/w/barrow-rye/imports/",
        {"file": SimpleUploadedFile("b.csv", (HEADINGS + GOOD).encode())},
        follow=True,
    )
    assert "The same file was brought in before: 1 post came of it." in answer.content.decode()


def test_what_a_person_may_not_schedule_comes_in_as_a_draft_and_r3_no_import_passes_an_approval(
    room, alice, workspace, client_of
) -> None:
    from workspaces.models import User

    dana = User.objects.create_user("dana@example.com", "a long enough password")
    Membership.objects.create(workspace=workspace, user=dana, role="contributor")
    client = client_of(dana)
    source = uploaded(client, HEADINGS + GOOD)
    assert set_columns(client, source, then="schedule").status_code == 422
    set_columns(client, source)
    work(act(client, work(source), "bring-in"))
    assert Post.objects.get().status == "draft"
    Workspace.objects.filter(pk=workspace.pk).update(approval="anyone")
    owner = client_of(alice)
    source = work(
        act(owner, checked(owner, HEADINGS + GOOD.replace("Spring", "Other"), then="schedule"), "bring-in")
    )
    assert (source.brought, source.wrong) == (0, 1)
    assert "It has to be approved before it is scheduled" in said(source)[2]
    theirs = checked(owner, HEADINGS + GOOD.replace("Spring", "Third"), then="schedule")
    assert client.post(f"/w/barrow-rye/imports/{theirs.pk}/bring-in/").status_code == 403
    page = client.get(f"/w/barrow-rye/imports/{theirs.pk}/").content.decode()
    assert "Bring in 1 post" not in page
    assert "takes an editor, who can bring them in on this page" in page
    assert "takes an editor" not in owner.get(f"/w/barrow-rye/imports/{theirs.pk}/").content.decode()


def test_whoever_lost_the_right_meanwhile_brings_nothing_in(room, bob, client_of) -> None:
    client = client_of(bob)
    source = act(client, checked(client, HEADINGS + GOOD), "bring-in")
    Membership.objects.filter(user=bob).update(role="viewer")
    work(source)
    assert (source.status, source.brought, Post.objects.count()) == ("failed", 0, 0)
    assert "Your role here does not include this" in source.failure


def test_viewers_look_and_strangers_see_nothing(room, alice, carol, mallory, client_of) -> None:
    source = checked(client_of(alice), HEADINGS + GOOD)
    row = ImportRow.objects.get()
    viewer, stranger = client_of(carol), client_of(mallory)
    assert "Spring buns" in viewer.get(f"/w/barrow-rye/imports/{source.pk}/").content.decode()
    assert upload(viewer, GOOD).status_code == 403
    for verb in ("bring-in", "stop", "take-back", "columns", "read-as"):
        assert viewer.post(f"/w/barrow-rye/imports/{source.pk}/{verb}/").status_code == 403
        assert stranger.post(f"/w/barrow-rye/imports/{source.pk}/{verb}/").status_code == 404
    assert viewer.post(f"/w/barrow-rye/imports/rows/{row.pk}/").status_code == 403
    assert stranger.get(f"/w/moss-co/imports/{source.pk}/").status_code == 404
    assert (Import.objects.count(), Import.objects.get().status, Post.objects.count()) == (1, "checked", 0)


def test_files_and_rows_are_forgotten_after_ninety_days_and_the_posts_stay(room, alice, client_of) -> None:
    client = client_of(alice)
    source = work(act(client, checked(client, HEADINGS + GOOD), "bring-in"))
    keeping.forget_old(now=clock.now() + timedelta(days=89))
    assert default_storage.exists(source.file_key)
    half = default_storage.save(f"{source.file_key}.part", ContentFile(b"half"))
    keeping.forget_old(now=clock.now() + timedelta(days=91))
    assert not default_storage.exists(half)
    assert not default_storage.exists(source.file_key)
    assert (Import.objects.count(), ImportRow.objects.count(), Post.objects.count()) == (1, 0, 1)
    assert client.get(f"/w/barrow-rye/imports/{source.pk}/").status_code == 200


def test_whoever_began_it_is_told_how_it_ended(room, alice, bob, client_of) -> None:
    from workspaces.models import Notification, WebhookDelivery, WebhookEndpoint

    WebhookEndpoint.objects.create(url="https://hooks.example/", events=["import.finished", "import.failed"])
    client = client_of(bob)
    source = work(act(client, checked(client, HEADINGS + GOOD + ",,,,,Nothing,,\n"), "bring-in"))
    told = Notification.objects.get(kind="import_ended")
    assert (told.person, told.sentence) == (bob, "“plan.csv” is in: 1 post, 1 left out")
    assert told.url.endswith(f"/imports/{source.pk}/")
    heard = WebhookDelivery.objects.get()
    assert (heard.event, heard.about) == ("import.finished", "plan.csv")


def test_an_import_that_breaks_its_worker_each_time_is_given_up_and_says_so(room, alice, client_of) -> None:
    source = act(client_of(alice), checked(client_of(alice), HEADINGS + GOOD), "bring-in")
    Import.objects.filter(pk=source.pk).update(tries=9)
    work(source)
    assert (source.status, source.brought) == ("failed", 0)
    assert "tried five times" in source.failure
    assert source.may_begin
    work(act(client_of(alice), source, "bring-in"))
    assert source.brought == 1


def test_the_columns_can_be_said_again_until_something_is_in(room, alice, client_of) -> None:
    client = client_of(alice)
    source = checked(client, HEADINGS + GOOD + GOOD)
    assert set_columns(client, source, column_0="caption", column_1="title").status_code == 302
    work(source)
    assert (source.status, source.rows, source.checked, source.ready) == ("checked", 2, 2, 2)
    assert {row.shown["title"] for row in ImportRow.objects.all()} == {"Warm, and gone by ten"}
    work(act(client, source, "bring-in"))
    said_late = {"column_0": "title", "column_5": "campaign", "then": "save"}
    page = client.post(f"/w/barrow-rye/imports/{source.pk}/columns/", said_late, follow=True)
    assert "Part of it is in already" in page.content.decode()
    assert Post.objects.count() == 2


def test_the_file_moves_with_the_storage_and_goes_with_the_workspace(
    room, alice, workspace, client_of
) -> None:
    source = uploaded(client_of(alice), HEADINGS + GOOD)
    assert (source, source.file_key) in list(moving._rows())
    queue_workspace_files(workspace)
    assert FileDeletion.objects.filter(key=source.file_key).exists()


def test_the_example_sheet_comes_in_as_it_is(room, alice, client_of) -> None:
    client, address = client_of(alice), "/w/barrow-rye/imports/example/posts.csv"
    make_channel("Rye, daily")  # a comma would make two of it
    make_asset("Buns 01")
    make_asset("Buns 01")
    sheet = b"".join(client.get(address)).decode("utf-8-sig")
    assert "Rye, daily" not in sheet
    source = checked(client, sheet, then="schedule")
    assert (source.rows, source.wrong, source.ready) == (1, 0, 1), said(source)
    act(client, source, "bring-in")
    work(source)
    post = Post.objects.get()
    assert (post.campaign, post.status) == (room["campaign"], "scheduled")
    assert [target.channel for target in post.targets.all()] == [room["channel"]]
    assert post.media.count() == 1
