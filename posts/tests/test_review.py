import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from posts.models import Post, Target
from posts.operations.review import approve_post, may_approve, request_changes, submit_post
from posts.snapshot import content_hash, is_approved
from posts.tests._made import make_channel, make_post
from workspaces.models import Membership
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
    workspace.approval_by_other = True
    workspace.save()
    post = in_review(created_by=bob)
    assert not may_approve(bob, post)
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


RULES = {"name": "Barrow", "zone": "Europe/Dublin", "grace_minutes": "30"}


def test_who_switches_approval_on_reads_before_and_after_what_then_waits(alice, client_of):
    make_post("Launch day", status="scheduled")
    make_post("Approved long ago", status="scheduled", review_status="approved")
    browser, url = client_of(alice), reverse("workspace:settings")
    before = browser.get(url).content.decode()
    assert "Scheduled posts that would then wait" in before
    assert "“Launch day” on" in before
    assert "Approved long ago" not in before
    after = browser.post(url, RULES | {"approval_required": "on"}, follow=True).content.decode()
    assert "What is scheduled and not approved waits now." in after
    assert "Scheduled, and waiting for approval" in after
    again = browser.post(url, RULES | {"approval_required": "on"}, follow=True).content.decode()
    assert "waits now." not in again


def test_where_nothing_is_scheduled_nothing_is_said_to_wait(alice, client_of):
    make_post()
    browser, url = client_of(alice), reverse("workspace:settings")
    assert "would then wait" not in browser.get(url).content.decode()
    after = browser.post(url, RULES | {"approval_required": "on"}, follow=True).content.decode()
    assert "waits now." not in after


def test_what_was_scheduled_before_approval_was_needed_is_approved_where_it_stands(bob, workspace, client_of):
    post = make_post(status="scheduled", channels=[make_channel()])
    due_at = Target.objects.get().due_at
    workspace.approval_required = True
    workspace.save()
    browser = client_of(bob)
    page = browser.get(reverse("posts:edit", args=[post.pk])).content.decode()
    assert "nobody has approved it" in page
    assert reverse("posts:approve", args=[post.pk]) in page
    assert reverse("posts:request-changes", args=[post.pk]) not in page
    said = browser.post(reverse("posts:approve", args=[post.pk]), follow=True).content.decode()
    assert "It goes out as scheduled." in said
    post.refresh_from_db()
    assert (post.status, is_approved(post), Target.objects.get().due_at) == ("scheduled", True, due_at)
    assert "nobody has approved it" not in said


def test_R2_somebody_else_approves_a_scheduled_post_too_where_that_is_asked_for(bob, workspace):
    workspace.approval_required = workspace.approval_by_other = True
    workspace.save()
    post = make_post(status="scheduled", created_by=bob)
    with pytest.raises(PermissionDenied):
        approve_post(post, by=bob)
    assert Post.objects.get().review_status == "none"
