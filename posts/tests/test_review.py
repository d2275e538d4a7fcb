from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from aura.kit import clock
from posts.agreement import lacking, said
from posts.difference import pieces_between, since_approval
from posts.models import Approval, Post, Target
from posts.operations.readiness import judge
from posts.operations.review import approve_post, may_approve, request_changes, submit_post
from posts.operations.scheduling import schedule_post
from posts.operations.writing import edit_post
from posts.snapshot import content_hash, is_approved
from posts.tests._made import make_asset, make_channel, make_post, use
from workspaces.models import Membership, Notification
from workspaces.operation import Refused, StaleVersion

pytestmark = pytest.mark.usefixtures("scope")


def in_review(**fields):
    return make_post(review_status="in_review", **fields)


def test_a_contributor_asks_and_an_editor_answers(bob, alice):
    Membership.objects.filter(user=bob).update(role="contributor")
    post = submit_post(make_post(created_by=bob), by=bob)
    assert post.status == "in_review"
    with pytest.raises(PermissionDenied):
        approve_post(post, by=bob)
    post = approve_post(post, by=alice)
    assert (post.status, post.approved_by, post.approved_hash) == ("approved", alice, content_hash(post))


@pytest.mark.parametrize("who", ["carol", "mallory"])
def test_R2_viewers_and_strangers_answer_nothing(who, request):
    person, post = request.getfixturevalue(who), in_review()
    before = Post.objects.values().get()
    for change in (submit_post, approve_post, lambda p, by: request_changes(p, note="No", by=by)):
        with pytest.raises(PermissionDenied):
            change(post, by=person)
    assert Post.objects.values().get() == before


def test_R2_nobody_approves_their_own_post_where_somebody_else_is_asked_for(bob, alice, workspace):
    workspace.approval = "other"
    workspace.save()
    post = in_review(created_by=bob)
    assert not may_approve(bob, post, lacking(post))
    with pytest.raises(PermissionDenied):
        approve_post(post, by=bob)
    assert Post.objects.get().status == "in_review"
    assert approve_post(post, by=alice).status == "approved"


def test_one_may_approve_ones_own_post_otherwise(bob):
    assert approve_post(in_review(created_by=bob), by=bob).status == "approved"


def test_the_approval_is_of_what_was_read(alice):
    post = in_review()
    Post.objects.update(version=2, caption="Not what Alice read")
    with pytest.raises(StaleVersion):
        approve_post(post, version=1, by=alice)
    assert Post.objects.get().status == "in_review"


def test_an_approval_holds_for_exactly_those_words(alice):
    post = approve_post(in_review(), by=alice)
    assert is_approved(post)
    Post.objects.update(caption="Other words")
    post.refresh_from_db()
    assert not is_approved(post)


def test_changes_are_asked_for_with_a_note(alice, bob):
    post = request_changes(in_review(), note=" Say when the doors open. ", by=alice)
    assert (post.status, post.review_note) == ("changes_requested", "Say when the doors open.")
    assert submit_post(post, by=bob).review_note == ""


@pytest.mark.parametrize("note", ["", "   ", "x" * 501])
def test_a_note_says_something_short(note, alice):
    with pytest.raises(Refused):
        request_changes(in_review(), note=note, by=alice)
    assert Post.objects.get().status == "in_review"


@pytest.mark.parametrize("status", ["scheduled", "published", "needs_confirmation"])
def test_R3_no_state_is_skipped(status, bob, alice):
    post = make_post(status=status)
    with pytest.raises(Refused):
        submit_post(post, by=bob)
    with pytest.raises(Refused):
        approve_post(post, by=alice)
    assert Post.objects.get().status == status


def test_nobody_answers_what_nobody_asked(alice):
    with pytest.raises(Refused):
        approve_post(make_post(), by=alice)


RULES = {
    "name": "Barrow",
    "zone": "Europe/Dublin",
    "grace_minutes": "30",
    "approval": "none",
    "links": "plain",
}


def test_who_switches_approval_on_reads_before_and_after_what_then_waits(alice, client_of):
    make_post("Launch day", status="scheduled")
    make_post("Approved long ago", status="scheduled", review_status="approved")
    browser, url = client_of(alice), reverse("workspace:settings")
    before = browser.get(url).content.decode()
    assert "Scheduled posts that would then wait" in before
    assert "“Launch day” on" in before
    assert "Approved long ago" not in before
    after = browser.post(url, RULES | {"approval": "anyone"}, follow=True).content.decode()
    assert "What is scheduled and not approved waits now." in after
    assert "Scheduled, and waiting for approval" in after
    again = browser.post(url, RULES | {"approval": "anyone"}, follow=True).content.decode()
    assert "waits now." not in again


def test_where_nothing_is_scheduled_nothing_is_said_to_wait(alice, client_of):
    make_post()
    browser, url = client_of(alice), reverse("workspace:settings")
    assert "would then wait" not in browser.get(url).content.decode()
    after = browser.post(url, RULES | {"approval": "anyone"}, follow=True).content.decode()
    assert "waits now." not in after


def test_what_was_scheduled_before_approval_was_needed_is_approved_where_it_stands(bob, workspace, client_of):
    post = make_post(status="scheduled", channels=[make_channel()])
    due_at = Target.objects.get().due_at
    workspace.approval = "anyone"
    workspace.save()
    browser = client_of(bob)
    page = browser.get(reverse("posts:edit", args=[post.pk])).content.decode()
    assert "Nobody has approved it" in page
    assert reverse("posts:approve", args=[post.pk]) in page
    assert reverse("posts:request-changes", args=[post.pk]) not in page
    said = browser.post(reverse("posts:approve", args=[post.pk]), follow=True).content.decode()
    assert "It goes out as scheduled." in said
    post.refresh_from_db()
    assert (post.status, is_approved(post), Target.objects.get().due_at) == ("scheduled", True, due_at)
    assert "Nobody has approved it" not in said


def test_R2_somebody_else_approves_a_scheduled_post_too_where_that_is_asked_for(bob, workspace):
    workspace.approval = "other"
    workspace.save()
    post = make_post(status="scheduled", created_by=bob)
    with pytest.raises(PermissionDenied):
        approve_post(post, by=bob)
    assert Post.objects.get().review_status == "none"


# Rules of workspaces and channels ------------------------------------------------------------------------------------


def asks(thing, rule, person=None):
    thing.approval, thing.approver = rule, person
    thing.save(update_fields=["approval", "approver"])
    return thing


def test_the_stricter_rule_of_workspace_and_channel_holds(alice, bob, workspace):
    asks(workspace, "anyone")
    feed, screen = make_channel("Feed"), asks(make_channel("Screen"), "other")
    on_feed = approve_post(in_review(created_by=bob, channels=[feed]), by=bob)
    assert (on_feed.status, lacking(on_feed)) == ("approved", [])
    on_both = in_review(created_by=bob, channels=[feed, screen])
    with pytest.raises(PermissionDenied):
        approve_post(on_both, by=bob)
    assert said(lacking(on_both)).startswith("Somebody other than its author has to approve it for Screen.")
    assert approve_post(on_both, by=alice).status == "approved"


def test_the_named_person_is_asked_and_nobody_else_can_answer(alice, bob, workspace):
    asks(workspace, "person", bob)
    post = submit_post(make_post(created_by=alice), by=alice)
    assert set(Notification.objects.values_list("person", "kind")) == {(bob.pk, "review_asked")}
    with pytest.raises(PermissionDenied, match="Bob Cullen has to approve it"):
        approve_post(post, by=alice)
    with pytest.raises(Refused, match="Bob Cullen has to approve it"):
        schedule_post(post, at=clock.now() + timedelta(days=1), by=alice)
    assert not Approval.objects.exists()
    assert approve_post(post, by=bob).status == "approved"


def test_two_named_persons_both_have_to_say_yes_and_an_edit_ends_both(alice, bob, workspace):
    asks(workspace, "person", bob)
    channel = asks(make_channel("Screen"), "person", alice)
    post = submit_post(make_post(created_by=bob, channels=[channel]), by=bob)
    post = approve_post(post, by=bob)
    assert (post.status, said(lacking(post))) == (
        "in_review",
        "Alice Byrne has to approve it for Screen. Ask Alice Byrne.",
    )
    assert approve_post(post, by=alice).status == "approved"
    post.caption = "Other words"
    edit = edit_post(post, words={channel: ""}, pictures=[], version=Post.objects.get().version, by=alice)
    assert edit.voided == ("caption",)
    assert not Approval.objects.filter(ended_at=None).exists()
    assert len(lacking(edit.post)) == 2


def test_where_the_named_person_has_left_admins_are_told_and_can_name_another(alice, bob, carol, workspace):
    asks(workspace, "person", carol)  # a viewer, who may not approve
    post = submit_post(make_post(created_by=bob), by=bob)
    assert list(Notification.objects.values_list("person", "kind")) == [(alice.pk, "approver_gone")]
    assert "cannot any more" in said(lacking(post))
    asks(workspace, "person", bob)
    assert approve_post(post, by=bob).status == "approved"


def test_the_engine_holds_back_only_the_channel_that_lacks_a_yes_and_names_who_gives_it(alice, bob):
    feed, screen = make_channel("Feed"), make_channel("Screen")
    post = make_post(status="scheduled", created_by=bob, channels=[feed, screen])
    asks(screen, "person", alice)
    workspace = screen.workspace
    said_of = {}
    for target in post.targets.select_related("post__campaign", "channel"):
        verdict = judge(target, workspace, now=clock.now())
        said_of[str(target.channel)] = getattr(verdict, "sentence", "")
    assert said_of["Feed"] == ""
    assert said_of["Screen"].startswith("Alice Byrne has to approve it for Screen. Ask Alice Byrne")


def test_who_changes_the_rule_of_a_channel_reads_what_waits_now(alice, bob, client_of):
    channel = make_channel()
    make_post("Launch day", status="scheduled", created_by=bob, channels=[channel])
    url = reverse("posts:channel_edit", args=[channel.pk])
    browser = client_of(alice)
    refused = browser.post(url, {"name": "The sandbox", "approval": "person"})
    assert refused.status_code == 422
    assert "Choose who has to approve." in refused.content.decode()
    form = {"name": "The sandbox", "approval": "person", "approver": str(bob.pk)}
    page = browser.post(url, form, follow=True).content.decode()
    assert "lacks a yes waits now" in page
    assert "“Launch day” on" in page
    assert "By Bob Cullen" in page


def test_a_stranger_cannot_be_named(alice, mallory, workspace, client_of):
    form = RULES | {"approval": "person", "approver": str(mallory.pk)}
    assert client_of(alice).post(reverse("workspace:settings"), form).status_code == 422
    workspace.refresh_from_db()
    assert workspace.approval == "none"


# What changed since ---------------------------------------------------------------------------------------------------


def test_an_edit_after_the_yes_shows_what_changed(alice, bob, client_of):
    post = in_review(caption="Bread, slowly made.")
    loaf, crumb = make_asset("Loaf"), make_asset("Crumb")
    use(loaf, post)
    approve_post(post, by=alice)
    channel = post.targets.get().channel
    other = make_channel("Screen")
    post.refresh_from_db()
    assert since_approval(post) is None
    post.caption = "Bread, quickly made."
    edit_post(post, words={channel: "Own", other: ""}, pictures=[crumb], version=post.version, by=bob)
    address = reverse("posts:since", args=[post.pk])
    assert f'hx-get="{address}"' in client_of(bob).get(reverse("posts:edit", args=[post.pk])).content.decode()
    page = client_of(bob).get(address).content.decode()
    assert "What changed since Alice Byrne approved it" in page
    assert "<del>slowly</del><ins>quickly</ins>" in page
    assert "Own words for The sandbox" in page
    assert "<del>taken out</del>" in page
    assert "<ins>new</ins>" in page
    assert "<ins>Screen</ins>" in page
    again = submit_post(Post.objects.get(pk=post.pk), by=bob)
    asked = {"hx-request": "true", "hx-target": "since-yes"}
    part = client_of(alice).get(address, headers=asked).content.decode()
    assert "<ins>quickly</ins>" in part
    assert "<html" not in part
    assert since_approval(approve_post(again, by=alice)) is None
    assert address not in client_of(bob).get(reverse("posts:edit", args=[post.pk])).content.decode()


def test_words_are_told_apart_by_runs():
    pieces = [(piece.kind, piece.text) for piece in pieces_between("One two three.", "One four three. Five")]
    assert pieces == [
        ("kept", "One "),
        ("taken", "two"),
        ("added", "four"),
        ("kept", " three."),
        ("added", " Five"),
    ]
