"""Another picture instead of one in every post at once, and on its page what becomes of each."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from aura.kit import clock
from campaigns.models import Brand
from media_library import uses
from media_library.models import Asset
from media_library.operations import replace_asset
from posts.models import Post, PostMedia
from posts.snapshot import content_hash
from posts.tests._made import make_asset, make_post, use
from workspaces.models import Activity
from workspaces.operation import SYSTEM, Refused

pytestmark = pytest.mark.usefixtures("scope")


@pytest.fixture
def old():
    return make_asset("Old loaf")


@pytest.fixture
def new():
    return make_asset("New loaf")


def pictures(post):
    return [
        (use.asset.title, use.position) for use in PostMedia.objects.filter(post=post).select_related("asset")
    ]


def test_every_post_that_is_not_out_shows_the_other_one(old, new, bob):
    draft, out = make_post("Draft"), make_post("Out", status="published")
    both, scheduled = make_post("Both"), make_post("Scheduled", status="scheduled")
    for post in (draft, out, both, scheduled):
        use(old, post)
    use(make_asset("Third"), both, position=1)
    use(new, both, position=2)
    done = replace_asset(old, other=new, by=bob)
    assert (done.replaced, done.stayed) == (3, 1)
    assert pictures(draft) == pictures(scheduled) == [("New loaf", 0)]
    assert pictures(both) == [("Third", 0), ("New loaf", 1)]
    assert pictures(out) == [("Old loaf", 0)]
    for asset, count in ((old, 1), (new, 3)):
        asset.refresh_from_db()
        assert asset.use_count == count
    assert Post.objects.get(pk=scheduled.pk).status == "scheduled"
    assert Activity.objects.filter(verb="posts.edit_post").count() == 3


def test_approvals_end_and_what_may_not_go_out_is_taken_off_the_schedule(old, new, bob, workspace):
    workspace.approval = "anyone"
    workspace.save(update_fields=["approval"])
    post = make_post(status="scheduled")
    use(old, post)
    Post.objects.filter(pk=post.pk).update(review_status="approved", approved_hash=content_hash(post))
    changes, total = uses.plan_of(old, new, by=bob)
    assert total == 1
    assert changes[0].words == "It is replaced. The approval ends. It is taken off the schedule."
    replace_asset(old, other=new, by=bob)
    post.refresh_from_db()
    assert (post.status, post.review_status) == ("draft", "none")


def test_a_picture_whose_rights_end_before_takes_the_post_off_the_schedule(old, new, bob):
    Asset.objects.filter(pk=new.pk).update(expires_date=(clock.now() - timedelta(days=3)).date())
    new.refresh_from_db()
    post = make_post(status="scheduled")
    use(old, post)
    changes, _ = uses.plan_of(old, new, by=bob)
    assert "may not be used on that day" in changes[0].words
    replace_asset(old, other=new, by=bob)
    post.refresh_from_db()
    assert post.status == "draft"


def test_the_logo_of_a_brand_is_replaced_along(old, new, bob):
    brand = Brand.objects.create(name="Rye and friends", logo=old)
    changes, _ = uses.plan_of(old, new, by=bob)
    assert [change.place.title for change in changes] == ["Rye and friends"]
    assert replace_asset(old, other=new, by=bob).replaced == 1
    brand.refresh_from_db()
    assert brand.logo == new


def test_what_cannot_take_its_place_is_refused(old, new, bob, carol, mallory):
    post = make_post()
    use(old, post)
    words = Asset.objects.create(title="Headline", kind="headline", status="ready")
    gone = make_asset("Gone", trashed_at=clock.now())
    late = make_asset("Late")
    Asset.objects.filter(pk=late.pk).update(status="pending")
    late.refresh_from_db()
    for other, sentence in (
        (old, "same one"),
        (words, "same kind"),
        (gone, "in the trash"),
        (late, "not ready"),
    ):
        with pytest.raises(Refused, match=sentence):
            replace_asset(old, other=other, by=bob)
    for person in (carol, mallory):
        with pytest.raises(PermissionDenied):
            replace_asset(old, other=new, by=person)
    assert pictures(post) == [("Old loaf", 0)]


def test_it_is_chosen_listed_and_confirmed_without_script(
    old, new, alice, bob, carol, mallory, client_of, workspace
):
    post = make_post("Launch day")
    out = make_post("Long ago", status="published")
    use(old, post)
    use(old, out)
    page = f"/w/{workspace.slug}/media/{old.pk}/replace/"
    client = client_of(bob)
    chosen = client.get(page).content.decode()
    assert f"?with={new.pk}" in chosen
    assert f"?with={old.pk}" not in chosen
    assert client.get(f"{page}?with={old.pk}").status_code == 422
    assert client.post(page, {"with": "nobody"}).status_code == 422
    listed = client.get(f"{page}?with={new.pk}&trash=1").content.decode()
    assert "It is out, or may be, and stays as it went." in listed
    assert "Launch day" in listed
    for person, status in ((carol, 403), (mallory, 404)):
        assert client_of(person).post(page, {"with": new.pk}).status_code == status
    answer = client.post(page, {"with": new.pk, "trash": "1"}, follow=True).content.decode()
    assert "is replaced in 1 place. It stays in 1 that is out. It is in the trash now." in answer
    purge = client_of(alice).get(f"/w/{workspace.slug}/media/{old.pk}/purge/")
    assert "Use another one instead" in purge.content.decode()


def test_a_page_costs_the_same_for_two_posts_and_for_twenty(
    old, new, bob, client_of, workspace, django_assert_max_num_queries
):
    path = f"/w/{workspace.slug}/media/{old.pk}/replace/?with={new.pk}"
    client = client_of(bob)
    for number in range(20):
        use(old, make_post(f"Post {number}"))
    client.get(path)
    with django_assert_max_num_queries(12):
        client.get(path)
    with django_assert_max_num_queries(12):
        client.get(path.partition("?")[0])


def test_nothing_is_done_twice(old, new):
    use(old, make_post())
    assert replace_asset(old, other=new, by=SYSTEM).replaced == 1
    assert replace_asset(old, other=new, by=SYSTEM).replaced == 0
