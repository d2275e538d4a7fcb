from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from aura.kit import clock
from aura.kit.testing import just_now
from media_library.operations import trash_asset
from posts.difference import between
from posts.models import PostVersion, Target
from posts.operations import keeping
from posts.operations.review import approve_post, submit_post
from posts.operations.versions import restore_version
from posts.operations.writing import edit_post
from posts.parts import Own, Part, own_of
from posts.snapshot import content_hash, content_of
from posts.tests._made import make_asset, make_channel, make_post, use
from workspaces.models import Activity
from workspaces.operation import Refused, StaleVersion

pytestmark = pytest.mark.usefixtures("scope")


def change(post, by, *, words=None, pictures=None, own=None, **fields):
    for name, value in fields.items():
        setattr(post, name, value)
    kept = {target.channel: target.own_words for target in post.targets.filter(position=0)}
    shown = [use.asset for use in post.media.all()] if pictures is None else pictures
    return edit_post(
        post, words=kept if words is None else words, pictures=shown, own=own, version=post.version, by=by
    ).post


def test_a_save_that_changes_something_keeps_what_was_and_what_is(alice, bob):
    post = make_post(created_by=alice)
    post = change(post, bob, caption="Rye, slowly.")
    post = change(post, bob)  # the same again
    post = change(post, alice, title="Launch week")
    kept = list(PostVersion.objects.filter(post=post).order_by("number"))
    assert [(one.number, one.content["caption"], one.created_by) for one in kept] == [
        (1, "Bread, slowly.", alice),
        (2, "Rye, slowly.", bob),
        (3, "Rye, slowly.", alice),
    ]
    assert kept[0].at == post.created_at
    assert kept[2].title == "Launch week"


def test_only_the_newest_versions_are_kept(bob, monkeypatch):
    monkeypatch.setattr(keeping, "KEPT_AT_MOST", 3)
    post = make_post()
    for number in range(4):
        post = change(post, bob, caption=f"Loaf {number}")
    assert list(PostVersion.objects.order_by("number").values_list("number", flat=True)) == [3, 4, 5]


def test_going_back_brings_words_pictures_channels_and_parts_as_a_new_version(bob):
    one, two, loaf, crumb = make_channel("One"), make_channel("Two"), make_asset("Loaf"), make_asset("Crumb")
    post = make_post(channels=[one])
    use(loaf, post)
    own = {one: Own(parts=(Part("And more.", (crumb,)),), comment="Order here.", numbered=True)}
    post = change(post, bob, words={one: "For one"}, own=own)
    before = content_hash(post)
    post = change(post, bob, words={two: ""}, pictures=[crumb], own={}, caption="All new", title="Other")
    back = restore_version(post, number=2, version=post.version, by=bob)
    assert content_hash(back.edit.post) == before
    assert own_of(back.edit.post)[one].parts[0].words == "And more."
    assert (back.left_out, back.edit.post.version) == ((), post.version + 1)
    assert PostVersion.objects.first().number == 4
    assert Activity.objects.filter(verb="posts.restore_version").count() == 1


def test_going_back_leaves_out_what_is_gone_and_names_it(alice, bob):
    one, two, loaf, crumb = make_channel("One"), make_channel("Two"), make_asset("Loaf"), make_asset("Crumb")
    post = make_post(channels=[one, two])
    use(loaf, post)
    use(crumb, post, 1)
    post = change(post, bob, words={one: ""}, pictures=[])
    type(two).objects.filter(pk=two.pk).update(trashed_at=clock.now())
    trash_asset(loaf, by=alice)
    crumb.delete()
    back = restore_version(post, number=1, version=post.version, by=bob)
    assert back.left_out == ("Two", "Loaf", "a picture that was deleted")
    assert [target.channel for target in back.edit.post.targets.all()] == [one]
    assert not back.edit.post.media.exists()


def test_going_back_takes_an_approval_away_unless_the_content_is_the_approved_one(alice, bob):
    post = change(make_post(created_by=bob), bob, caption="Rye, slowly.")
    approve_post(submit_post(post, by=bob), version=None, by=alice)
    post.refresh_from_db()
    same = restore_version(post, number=2, version=post.version, by=bob)
    assert same.edit.post.review_status == "approved"
    other = restore_version(same.edit.post, number=1, version=same.edit.post.version, by=bob)
    assert (other.edit.post.review_status, other.edit.voided) == ("none", ("caption",))


@pytest.mark.parametrize("status", ["published", "needs_confirmation"])
def test_what_is_out_or_on_its_way_does_not_go_back(bob, status):
    post = change(make_post(), bob, caption="Rye, slowly.")
    Target.objects.filter(post=post).update(status=status, due_at=just_now())
    with pytest.raises(Refused):
        restore_version(post, number=1, version=post.version, by=bob)
    assert content_of(post)["caption"] == "Rye, slowly."


def test_a_stale_page_a_lost_version_and_the_trash_do_not_go_back(bob):
    post = change(make_post(), bob, caption="Rye, slowly.")
    with pytest.raises(StaleVersion):
        restore_version(post, number=1, version=post.version - 1, by=bob)
    with pytest.raises(Refused, match="not kept any more"):
        restore_version(post, number=9, version=post.version, by=bob)
    type(post).objects.filter(pk=post.pk).update(trashed_at=clock.now())
    with pytest.raises(Refused, match="trash"):
        restore_version(post, number=1, version=post.version, by=bob)
    assert PostVersion.objects.count() == 2


def test_a_scheduled_post_does_not_go_back_to_what_could_not_go_out(bob):
    post = change(make_post(caption=""), bob, caption="Rye, slowly.")
    at = clock.now() + timedelta(days=1)
    Target.objects.filter(post=post).update(status="scheduled", due_at=at)
    type(post).objects.filter(pk=post.pk).update(status="scheduled", scheduled_at=at)
    with pytest.raises(Refused, match="could not go out"):
        restore_version(post, number=1, version=post.version, by=bob)
    post.refresh_from_db()
    assert (post.caption, post.status) == ("Rye, slowly.", "scheduled")


def test_R2_a_viewer_and_a_stranger_do_not_go_back(carol, mallory, bob, client_of):
    post = change(make_post(), bob, caption="Rye, slowly.")
    before = content_hash(post)
    for person in (carol, mallory):
        with pytest.raises(PermissionDenied):
            restore_version(post, number=1, version=post.version, by=person)
    url = reverse("posts:restore-version", args=[post.pk, 1])
    assert client_of(carol).post(url, {"version": post.version}).status_code == 403
    assert client_of(mallory).post(url, {"version": post.version}).status_code == 404
    assert content_hash(post) == before
    assert client_of(carol).get(reverse("posts:versions", args=[post.pk])).status_code == 200
    page = client_of(carol).get(reverse("posts:version", args=[post.pk, 1])).content.decode()
    assert "Back to this version" not in page


def test_the_pages_show_versions_and_what_differs_and_lead_back(bob, client_of):
    post = change(make_post(), bob, caption="Bread, very slowly.", title="Launch week")
    client = client_of(bob)
    page = client.get(reverse("posts:versions", args=[post.pk])).content.decode()
    assert "Version 2" in page and "changed: title, caption" in page
    url = reverse("posts:version", args=[post.pk, 1])
    page = client.get(url).content.decode()
    assert "Bread, <ins>very </ins>slowly." in page
    assert "Launch <del>day</del><ins>week</ins>" in page
    restore = reverse("posts:restore-version", args=[post.pk, 1])
    answer = client.post(restore, {"version": post.version}, follow=True)
    assert "says again what it said in version 1" in answer.content.decode()
    assert "says exactly this now" in client.get(url).content.decode()
    stale = client.post(restore, {"version": post.version}, follow=True)
    assert "Somebody else saved this post" in stale.content.decode()


def test_a_difference_tells_pictures_channels_and_parts_apart(bob):
    one, two, loaf, crumb = make_channel("One"), make_channel("Two"), make_asset("Loaf"), make_asset("Crumb")
    post = make_post(channels=[one])
    use(loaf, post)
    old = content_of(post)
    own = {one: Own(parts=(Part("And more."),), comment="Order here.", numbered=True)}
    new = content_of(change(post, bob, words={one: "", two: ""}, pictures=[crumb, loaf], own=own))
    found = between(old, new)
    assert [place.label for place in found.words] == ["One, part 2", "First comment on One"]
    assert [(one.asset, one.note) for one in found.pictures[0].now] == [(crumb, "new"), (loaf, "")]
    assert (found.channels_added, found.channels_taken) == ([two], [])
    assert found.numbering == [one]
    assert between(new, new).is_nothing
