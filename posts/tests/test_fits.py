"""“Make it fit”: the library's cut for a network goes out on that channel only."""

import io
import re

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse
from PIL import Image

from aura.kit import clock, jobs
from media_library import fits
from media_library.models import Asset, AssetVersion, Rendition, StoredFile
from posts.fitting import best_place, fits_of, place_of
from posts.models import Fit, Post, Target
from posts.networks.facts import capabilities_of
from posts.operations.readiness import Go, Stop, Wait, judge
from posts.operations.scheduling import schedule_post
from posts.operations.writing import duplicate_post, edit_post
from posts.outgoing import snapshot_of
from posts.snapshot import content_hash
from posts.tests._made import make_asset, make_channel, make_post, use
from posts.tests.test_checks import at
from posts.tests.test_composer import typed

pytestmark = pytest.mark.usefixtures("scope")


def picture(width=2400, height=1000, format_="JPEG"):
    """A picture of this size that can really be cut."""
    asset = make_asset()
    file = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(file, format_)
    mime = f"image/{format_.lower()}"
    stored = StoredFile.objects.get(versions__asset=asset)
    default_storage.delete(stored.key)
    default_storage.save(stored.key, ContentFile(file.getvalue()))
    StoredFile.objects.filter(pk=stored.pk).update(mime=mime, size=len(file.getvalue()))
    AssetVersion.objects.filter(asset=asset).update(width=width, height=height)
    Asset.objects.filter(pk=asset.pk).update(width=width, height=height)
    Rendition.objects.filter(version__asset=asset, preset="clean").update(
        mime=mime, width=width, height=height
    )
    return Asset.objects.select_related("current__stored_file").get(pk=asset.pk)


def instagram(name="@rye"):
    return make_channel(name, "by_hand", settings={"stands_for": "instagram"})


def cut():
    for row in Rendition.objects.filter(due_at__isnull=False):
        jobs.run_one("media_library.make_fit", row.workspace_id, row.pk)


def way_of(page):
    return re.search(r'name="change" value="(fit:[^"]+)"[^>]*>Make it fit<', page)


def test_one_click_cuts_the_picture_and_sends_the_cut_on_that_channel_only(bob, client_of):
    asset, there, other = picture(), instagram(), make_channel("The sandbox")
    form = typed(channels=[str(there.pk), str(other.pk)], media=[str(asset.pk)])
    browser, url = client_of(bob), reverse("posts:create")
    page = browser.post(reverse("posts:preview"), form, headers={"hx-request": "true"}).content.decode()
    assert "crops or refuses the shape" in page
    page = browser.post(url, form | {"change": way_of(page)[1]}).content.decode()
    assert not Post.objects.exists(), "The button saves nothing."
    assert "crops or refuses the shape" not in page
    assert "Being cut for here: Instagram, 1.91:1" in page
    fit = re.findall(r'<input type="hidden" name="fit" value="([^"]+)">', page)
    assert browser.post(url, form | {"fit": fit}).status_code == 302
    post = Post.objects.get()
    assert fits_of(post) == {(there.pk, asset.pk): "instagram-landscape"}
    targets = {target.channel_id: target for target in Target.objects.filter(post=post)}
    assert isinstance(judge(targets[there.pk], post.workspace, now=clock.now()), Wait)
    cut()
    sent = snapshot_of(targets[there.pk], post, there)["media"][0]
    assert (sent["mime"], sent["width"], sent["height"]) == ("image/jpeg", 1080, 566)
    with Image.open(default_storage.open(sent["key"])) as made:
        assert made.size == (1080, 566)
    assert snapshot_of(targets[other.pk], post, other)["media"][0]["width"] == 2400
    assert isinstance(judge(targets[there.pk], post.workspace, now=clock.now()), Go)
    page = browser.get(reverse("posts:edit", args=[post.pk])).content.decode()
    assert "Cut for here: Instagram, 1.91:1" in page
    page = browser.post(
        url, form | {"fit": fit, "change": f"whole:{there.pk.hex}:{asset.pk.hex}"}
    ).content.decode()
    assert 'name="fit"' not in page
    assert "crops or refuses the shape" in page


def test_a_viewer_cannot_have_a_picture_cut(carol, client_of):
    asset, there = picture(), instagram()
    change = f"fit:{there.pk.hex}:{asset.pk.hex}:instagram-post"
    form = typed(channels=[str(there.pk)], media=[str(asset.pk)], change=change)
    assert client_of(carol).post(reverse("posts:create"), form).status_code == 403
    assert not Rendition.objects.filter(due_at__isnull=False).exists()


@pytest.mark.parametrize(
    "change", ["fit:junk", "fit:a:b:c", "fit::", "whole:x", "fit:{channel}:{asset}:no-such-place"]
)
def test_junk_in_the_button_changes_nothing(change, bob, client_of):
    asset, there = picture(), instagram()
    said = change.format(channel=there.pk.hex, asset=asset.pk.hex)
    form = typed(channels=[str(there.pk)], media=[str(asset.pk)], change=said, fit=["junk", "a:b:c"])
    answer = client_of(bob).post(reverse("posts:create"), form)
    assert answer.status_code == 200
    assert not Rendition.objects.filter(due_at__isnull=False).exists()


@pytest.mark.parametrize(
    ("network", "size", "format_", "place"),
    [
        ("instagram", (2400, 1000), "JPEG", "instagram-landscape"),
        ("instagram", (1000, 2400), "JPEG", "instagram-post"),
        ("instagram", (2400, 2200), "PNG", "web-2048-jpeg"),
        ("bluesky", (4000, 1000), "JPEG", "web-2048-jpeg"),
        ("instagram", (300, 200), "PNG", None),
    ],
)
def test_the_whole_picture_where_its_shape_is_taken_else_the_nearest_cut(network, size, format_, place):
    found = best_place(picture(size[0], size[1], format_), capabilities_of(network))
    assert (found and found.key) == place
    assert place is None or place_of(place) is found


def test_a_cut_that_came_out_too_large_offers_the_next_smaller_one():
    asset, can = picture(4000, 3000), capabilities_of("bluesky")
    first = best_place(asset, can)
    too_large = {"mime": "image/jpeg", "width": 2048, "height": 1536, "size": 2_500_000}
    preset = f"size:{first.key}"
    Rendition.objects.create(version=asset.current, preset=preset, key="x", status="ready", **too_large)
    again = Asset.objects.select_related("current").get(pk=asset.pk)
    assert best_place(again, can).key == "web-1600-jpeg"


def test_choosing_another_cut_ends_an_approval_and_an_edit_without_cuts_keeps_them(bob):
    asset, there = picture(), instagram()
    post = make_post(channels=[there])
    use(asset, post)
    before = content_hash(post)
    Post.objects.filter(pk=post.pk).update(review_status="approved", approved_hash=before)
    chosen = {(there.pk, asset.pk): "instagram-post"}
    edit = edit_post(post, words={there: ""}, pictures=[asset], version=post.version, fits=chosen, by=bob)
    assert edit.voided == ("cuts of pictures",)
    edit = edit_post(edit.post, words={there: "New"}, pictures=[asset], version=edit.post.version, by=bob)
    assert fits_of(edit.post) == chosen
    assert fits_of(duplicate_post(edit.post, by=bob)) == chosen
    edit = edit_post(edit.post, words={there: "New"}, pictures=[], version=edit.post.version, by=bob)
    assert not Fit.objects.filter(target__post=edit.post).exists()


def test_a_cut_that_cannot_be_made_stops_the_post_and_says_so(bob):
    asset, there = picture(), instagram()
    post = make_post(channels=[there])
    use(asset, post)
    Fit.objects.create(target=post.targets.get(), asset=asset, place="instagram-post")
    schedule_post(post, at=at(9), by=bob)
    Rendition.objects.create(
        version=asset.current, preset="fit:instagram-post", status="failed", failure="It is broken."
    )
    target = Target.objects.select_related("post__campaign", "channel").get(post=post)
    verdict = judge(target, post.workspace, now=at(9))
    assert isinstance(verdict, Stop)
    assert "could not be cut: It is broken." in verdict.sentence


def test_a_later_version_is_cut_anew_for_the_channel(bob):
    asset, there = picture(), instagram()
    post = make_post(channels=[there])
    use(asset, post)
    Fit.objects.create(target=post.targets.get(), asset=asset, place="instagram-landscape")
    target = Target.objects.select_related("post__campaign", "channel").get(post=post)
    assert isinstance(judge(target, post.workspace, now=clock.now()), Wait), "Nobody has asked for it yet."
    cut()
    assert isinstance(judge(target, post.workspace, now=clock.now()), Go)


def test_every_place_can_be_kept():
    assert all(len(place.key) <= Fit._meta.get_field("place").max_length for place in fits.PLACES)
