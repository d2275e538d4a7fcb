"""What posts do when a picture they use becomes another one (posts/operations/pictures.py)."""

import pytest

from aura.kit import jobs
from aura.kit.testing import just_now
from media_library.models import Asset, AssetVersion, StoredFile
from media_library.operations import retry_asset, show_version
from posts.models import Post, Target
from posts.operations.review import approve_post
from posts.snapshot import content_hash, content_of, is_approved
from posts.tests._made import make_asset, make_post, use
from workspaces.models import Activity, Membership
from workspaces.operation import Refused, StaleVersion

pytestmark = pytest.mark.usefixtures("scope")


def another(asset, *, same_file=False):
    """Return a second version of the asset, ready and not shown."""
    stored = asset.current.stored_file
    if not same_file:
        key = f"{asset.workspace_id}/{asset.pk}-2.gif"
        stored = StoredFile.objects.create(
            sha256=asset.pk.hex[::-1] * 2,
            key=key,
            size=35,
            mime="image/jpeg",
            extension="jpg",
            status="ready",
        )
    return AssetVersion.objects.create(asset=asset, stored_file=stored, number=2, width=900, height=900)


def approved(asset, **fields):
    post = make_post(**fields)
    use(asset, post)
    Post.objects.filter(pk=post.pk).update(review_status="approved", approved_hash=content_hash(post))
    if post.status == "draft":
        Post.objects.filter(pk=post.pk).update(status="approved")
    post.refresh_from_db()
    assert is_approved(post)
    return post


def test_another_picture_ends_the_approval_and_says_why(bob):
    asset = make_asset()
    post, other = approved(asset), approved(make_asset("Other"), title="Other")
    show_version(asset, version=another(asset), by=bob)
    for each in (post, other):
        each.refresh_from_db()
    assert (post.status, post.review_status, post.version) == ("draft", "none", 2)
    assert post.review_note == "Changed after it was approved: media."
    assert (other.review_status, other.version) == ("approved", 1)


def test_the_same_bytes_under_another_number_change_nothing(bob):
    asset = make_asset()
    post = approved(asset)
    show_version(asset, version=another(asset, same_file=True), by=bob)
    post.refresh_from_db()
    assert (post.review_status, post.version) == ("approved", 1)


def test_a_scheduled_post_goes_out_only_where_nobody_has_to_approve(bob, workspace):
    asset = make_asset()
    free = approved(asset, status="scheduled")
    show_version(asset, version=another(asset), by=bob)
    free.refresh_from_db()
    assert (free.status, free.review_status) == ("scheduled", "none")
    workspace.approval = "anyone"
    workspace.save(update_fields=["approval"])
    held = make_asset("Held")
    strict = approved(held, status="scheduled", title="Strict")
    show_version(held, version=another(held), by=bob)
    strict.refresh_from_db()
    assert (strict.status, strict.scheduled_at) == ("draft", None)
    assert Activity.objects.get(verb="posts.unschedule_post").subject_id == strict.pk


def test_a_contributor_unschedules_by_another_picture(carol, workspace):
    Membership.objects.filter(workspace=workspace, user=carol).update(role="contributor")
    asset = make_asset()
    post = make_post(status="scheduled")
    use(asset, post)
    show_version(asset, version=another(asset), by=carol)
    post.refresh_from_db()
    assert post.status == "draft"


@pytest.mark.parametrize(
    "status", [Target.Status.PUBLISHED, Target.Status.SENDING, Target.Status.NEEDS_CONFIRMATION]
)
def test_what_is_out_or_on_its_way_is_left_as_it_is(status, bob):
    asset = make_asset()
    post = approved(asset, status=status)
    show_version(asset, version=another(asset), by=bob)
    after = Post.objects.get(pk=post.pk)
    assert (after.status, after.review_status, after.version) == (post.status, "approved", 1)


def test_who_reads_the_old_picture_does_not_approve_the_new_one(alice, bob):
    asset = make_asset()
    post = make_post(review_status="in_review")
    use(asset, post)
    read = Post.objects.get(pk=post.pk)
    assert read.status == "in_review"
    show_version(asset, version=another(asset), by=bob)
    with pytest.raises(StaleVersion):
        approve_post(read, version=read.version, by=alice)


def test_a_picture_that_never_arrived_whole_stays_in_its_post_and_says_so(bob):
    asset = make_asset()
    post = make_post()
    use(asset, post)
    StoredFile.objects.update(status="pending", due_at=just_now())
    Asset.objects.update(status="pending", due_at=None)
    (due,) = jobs.REGISTRY["media_library.drop_stale_upload"].find(10)
    assert jobs.run_one("media_library.drop_stale_upload", *due)
    asset.refresh_from_db()
    assert (asset.status, asset.current) == ("failed", None)
    assert asset.failure == "Its file never arrived whole. Upload it again."
    assert not StoredFile.objects.exists()
    assert content_of(post)["media"] == [[str(asset.pk), ""]]
    with pytest.raises(Refused, match="Upload it again"):
        retry_asset(asset, by=bob)


def test_a_last_day_and_the_trash_say_which_scheduled_posts_have_the_picture(bob, client_of):
    asset = make_asset()
    use(asset, make_post(title="Launch day", status="scheduled"))
    page = client_of(bob)
    sent = {"title": asset.title, "alt_text": asset.alt_text, "expires_date": "2026-01-05"}
    saved = page.post(asset.get_absolute_url(), sent, follow=True).content.decode()
    assert "is stopped before it is sent. Scheduled with it: “Launch day”." in saved
    trashed = page.post(f"{asset.get_absolute_url()}trash/", follow=True).content.decode()
    assert "It still goes out with what is scheduled: “Launch day”." in trashed
