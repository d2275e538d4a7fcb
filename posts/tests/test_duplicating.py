import pytest
from django.urls import reverse

from aura.kit import clock
from campaigns.models import Brand
from posts.models import Post, Target
from posts.operations.writing import duplicate_post
from posts.tests._made import make_asset, make_campaign, make_channel, make_post, use
from workspaces.operation import Refused

pytestmark = pytest.mark.usefixtures("scope")


def page_of(post):
    return reverse("posts:duplicate", args=[post.pk])


def test_a_copy_goes_to_other_channels_and_another_campaign(bob, client_of):
    one, two, other = make_channel("One"), make_channel("Two"), make_campaign("Winter")
    post = make_post(channels=[one, make_channel("Three")])
    Target.objects.filter(post=post, channel=one).update(own_words="For one")
    use(make_asset(), post)
    client = client_of(bob)
    form = client.get(page_of(post)).content.decode()
    assert 'value="Copy of Launch day"' in form and form.count(" checked") == 2
    data = {"title": "In winter", "campaign": other.pk, "channels": [one.pk, two.pk]}
    answer = client.post(page_of(post), data)
    copy = Post.objects.exclude(pk=post.pk).get()
    assert answer["Location"] == reverse("posts:edit", args=[copy.pk])
    assert (copy.title, copy.campaign, copy.created_by, copy.status) == ("In winter", other, bob, "draft")
    assert {target.channel: target.own_words for target in copy.targets.all()} == {one: "For one", two: ""}
    assert copy.media.count() == 1


def test_what_is_out_is_posted_again_under_its_title(bob, client_of):
    post = make_post(status="published", scheduled_at=clock.now())
    client = client_of(bob)
    assert "Post again…" in client.get(reverse("posts:detail", args=[post.pk])).content.decode()
    form = client.get(page_of(post)).content.decode()
    assert 'value="Launch day"' in form and "what is out stays as it is" in form
    channel = post.targets.get().channel
    client.post(page_of(post), {"title": post.title, "campaign": post.campaign_id, "channels": [channel.pk]})
    copy = Post.objects.exclude(pk=post.pk).get()
    assert (copy.title, copy.status, copy.scheduled_at) == ("Launch day", "draft", None)
    post.refresh_from_db()
    assert post.status == "published"


def test_a_copy_does_not_go_where_it_may_not(bob, client_of):
    other = make_campaign("Winter", Brand.objects.create(name="Other bakery"))
    mine = make_campaign()
    channel = make_channel("Rye only", brand=mine.brand)
    post = make_post(campaign=mine, channels=[channel])
    client = client_of(bob)
    answer = client.post(page_of(post), {"title": "X", "campaign": other.pk, "channels": [channel.pk]})
    assert answer.status_code == 422
    assert "does not speak for Other bakery" in answer.content.decode()
    assert client.post(page_of(post), {"title": "", "campaign": "", "channels": "x"}).status_code == 422
    other.trashed_at = clock.now()
    with pytest.raises(Refused, match="in the trash"):
        duplicate_post(post, campaign=other, by=bob)
    assert Post.objects.count() == 1


def test_R2_a_viewer_and_a_stranger_copy_nothing(carol, mallory, client_of):
    post = make_post()
    for method in ("get", "post"):
        assert getattr(client_of(carol), method)(page_of(post)).status_code == 403
        assert getattr(client_of(mallory), method)(page_of(post)).status_code == 404
    assert Post.objects.count() == 1
