"""The history of where a picture was put to use: it begins and ends with the uses, and outlives what used it."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from aura.kit import clock
from media_library.about import kept_about
from media_library.models import Reuse
from media_library.operations import replace_asset, tag_assets
from posts.models import Post
from posts.operations.trash import purge_post, trash_post
from posts.operations.writing import create_post, edit_post
from posts.parts import Own
from posts.tests._made import make_asset, make_campaign, make_channel
from workspaces.operation import SYSTEM
from workspaces.operations.comments import add_comment

pytestmark = pytest.mark.usefixtures("scope")


def write(title, pictures, bob):
    post = Post(title=title, caption="Bread, slowly.", campaign=make_campaign(title))
    return create_post(post, words={}, pictures=pictures, by=bob)


def history(asset):
    return [(use.kind, use.title, use.ended_at is None) for use in kept_about(asset)["reused"].reuse_context]


def test_it_begins_and_ends_with_the_uses(bob):
    asset, other = make_asset(), make_asset("Other")
    post = write("Launch day", [asset, other], bob)
    assert history(asset) == [("post", "Launch day", True)]
    edit_post(post, words={}, pictures=[other, asset], version=post.version, by=bob)
    assert Reuse.objects.count() == 2, "another order is no other use"
    post.refresh_from_db()
    edit_post(post, words={}, pictures=[other], version=post.version, by=bob)
    assert history(asset) == [("post", "Launch day", False)]
    assert history(other) == [("post", "Launch day", True)]
    with time_machine.travel(clock.now() + timedelta(days=2), tick=False):
        write("Again", [asset], bob)
    told = kept_about(asset)["reused"]
    assert told.reused_count == 2
    assert history(asset) == [("post", "Again", True), ("post", "Launch day", False)]
    asset.refresh_from_db()
    assert told.last_reused_at == asset.last_used_at


def test_it_outlives_the_post(bob):
    asset = make_asset()
    post = write("Launch day", [asset], bob)
    trash_post(post, by=bob)
    assert history(asset) == [("post", "Launch day", True)], "it can come back"
    purge_post(post, by=SYSTEM)
    assert history(asset) == [("post", "Launch day", False)]


def test_who_takes_the_place_begins_where_the_other_ends(bob):
    asset, other = make_asset(), make_asset("Other")
    write("Launch day", [asset], bob)
    replace_asset(asset, other=other, by=bob)
    assert (history(asset), history(other)) == (
        [("post", "Launch day", False)],
        [("post", "Launch day", True)],
    )


def test_the_page_tells_it(bob, client_of, workspace):
    make_channel()
    asset = make_asset()
    post = write("Launch day", [asset], bob)
    edit_post(post, words={}, pictures=[], version=post.version, by=bob)
    page = client_of(bob).get(f"/w/{workspace.slug}/media/{asset.pk}/").content.decode()
    assert "Put to use 1 time" in page
    assert "Nowhere at present." in page


def test_the_page_of_a_picture_stays_within_twelve_queries(
    bob, client_of, workspace, django_assert_max_num_queries
):
    asset = make_asset(dhash=0, hash_a=0, hash_b=0, hash_c=0, hash_d=0)
    make_asset("Alike", dhash=1, hash_a=0, hash_b=0, hash_c=0, hash_d=1)
    for number in range(15):
        write(f"Post {number}", [asset], bob)
    path = f"/w/{workspace.slug}/media/{asset.pk}/"
    client = client_of(bob)
    client.get(path)
    with django_assert_max_num_queries(12):
        client.get(path)


def test_the_page_of_a_picture_that_words_have_found_costs_twelve_queries_however_often_it_is_used(
    bob, client_of
):
    channel, client = make_channel(), client_of(bob)

    def cost(times):
        asset = make_asset(f"Loaf of {times}")
        for number in range(times):
            post = Post(
                title=f"Post {number}", caption="Bread, slowly.", campaign=make_campaign(f"{times} {number}")
            )
            own = {channel: Own(pictures=(asset,))}
            create_post(post, words={channel: ""}, pictures=[asset], own=own, by=bob)
            tag_assets([asset], add=[f"tag {number}"], by=bob)
            add_comment(asset, body="Good.", by=bob)
        address = reverse("media:detail", args=[asset.pk])  # tagging has put it into the index, too
        client.get(address, {"q": "loaf"})
        with CaptureQueriesContext(connection) as queries:
            page = client.get(address, {"q": "loaf"}).content.decode()
        assert "Put to use" in page and f"tag {times - 1}" in page
        return len(queries)

    assert cost(1) == cost(3) <= 12
