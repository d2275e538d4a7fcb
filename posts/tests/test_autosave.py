import re
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from aura.kit import clock
from aura.kit.ids import uuid7
from posts.forms.drafts import LARGEST
from posts.models import KeptDraft, Post
from posts.operations.drafts import NEW_AT_MOST, drafts_of, keep_draft, purge_drafts
from posts.tests._made import make_channel, make_post
from workspaces.models import Activity

pytestmark = pytest.mark.usefixtures("scope")


def typed(post, **fields):
    channel = post.targets.get().channel
    return {
        "title": post.title, "caption": "Rye, half written", "campaign": str(post.campaign_id),
        "channels": str(channel.pk), "version": str(post.version), f"words_{channel.pk.hex}": "For one", **fields,
    }  # fmt: skip


def test_what_is_written_is_kept_for_its_writer_alone_and_is_no_change(alice, bob, client_of):
    post = make_post()
    page = reverse("posts:edit", args=[post.pk])
    answer = client_of(bob).post(reverse("posts:keep", args=[post.pk]), typed(post))
    assert answer.status_code == 200 and answer.json()["sentence"].startswith("Kept at ")
    client_of(bob).post(reverse("posts:keep", args=[post.pk]), typed(post, caption="Rye, further"))
    assert KeptDraft.objects.get().fields["caption"] == ["Rye, further"]
    post.refresh_from_db()
    assert (post.caption, post.version, Activity.objects.count()) == ("Bread, slowly.", 1, 0)
    assert "Take it up" in client_of(bob).get(page).content.decode()
    assert "Take it up" not in client_of(alice).get(page).content.decode()


def test_it_is_taken_up_as_it_was_left_and_forgotten_once_saved(bob, client_of):
    post = make_post()
    client = client_of(bob)
    client.post(reverse("posts:keep", args=[post.pk]), typed(post))
    page = client.get(reverse("posts:edit", args=[post.pk]) + "?kept=1")
    html = page.content.decode()
    assert page.status_code == 200 and "It is not saved yet" in html
    assert "Rye, half written" in html and "For one" in html
    client.post(reverse("posts:edit", args=[post.pk]), typed(post))
    post.refresh_from_db()
    assert post.caption == "Rye, half written"
    assert not KeptDraft.objects.exists()


def test_taken_up_after_somebody_else_saved_both_are_shown(alice, bob, client_of):
    post = make_post()
    client_of(bob).post(reverse("posts:keep", args=[post.pk]), typed(post))
    client_of(alice).post(reverse("posts:edit", args=[post.pk]), typed(post, caption="Hers"))
    answer = client_of(bob).get(reverse("posts:edit", args=[post.pk]) + "?kept=1")
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "Somebody else saved this post" in html
    assert "Hers" in html and "Rye, half written" in html
    assert Post.objects.get().caption == "Hers"


def test_a_new_post_is_kept_too_and_thrown_away_at_a_press(bob, client_of):
    make_channel()
    client = client_of(bob)
    client.post(reverse("posts:keep-new"), {"title": "", "caption": "Just begun"})
    client.post(reverse("posts:keep-new"), {"title": "", "caption": "Begun again"})
    assert KeptDraft.objects.get().post is None
    assert "Take it up" in client.get(reverse("posts:create")).content.decode()
    assert "Begun again" in client.get(reverse("posts:create") + "?kept=1").content.decode()
    client.post(reverse("posts:drop-new"))
    assert not KeptDraft.objects.exists()


def test_what_cannot_be_kept_is_refused_plainly(bob, client_of):
    post, out = make_post(), make_post("Out", status="published")
    keep, client = reverse("posts:keep", args=[post.pk]), client_of(bob)
    answers = [
        client.post(reverse("posts:keep", args=[out.pk]), typed(out)),
        client.post(keep, typed(post, caption="a" * LARGEST)),
        client.post(keep, {"title": "No words"}),
        client.post(keep, typed(post, caption="a\0b")),
    ]
    assert [answer.status_code for answer in answers] == [409, 413, 422, 422]
    assert all(answer.json()["sentence"].startswith("Not kept: ") for answer in answers)
    assert not KeptDraft.objects.exists()


def test_R2_viewers_and_strangers_keep_nothing(bob, carol, mallory, client_of):
    post = make_post()
    for name, args in (("keep", [post.pk]), ("drop", [post.pk]), ("keep-new", []), ("drop-new", [])):
        url = reverse(f"posts:{name}", args=args)
        assert client_of(carol).post(url, typed(post)).status_code == 403
        assert client_of(mallory).post(url, typed(post)).status_code == 404
    with pytest.raises(PermissionDenied):
        keep_draft(post, fields={}, now=clock.now(), by=carol)
    assert not KeptDraft.objects.exists()


def test_what_nobody_takes_up_for_thirty_days_is_forgotten(bob):
    now = clock.now()
    keep_draft(None, fields={"caption": ["x"]}, now=now - timedelta(days=31), by=bob)
    keep_draft(make_post(), fields={"caption": ["y"]}, now=now, by=bob)
    assert purge_drafts(now=now) == 1
    assert KeptDraft.objects.get().fields == {"caption": ["y"]}


def test_two_new_posts_begun_are_both_kept_and_each_is_saved_or_thrown_away_by_itself(bob, client_of):
    campaign = make_post().campaign
    client, keep = client_of(bob), reverse("posts:keep-new")
    first, other = uuid7(), uuid7()
    client.post(keep, {"title": "Begun and left", "caption": "Words of Monday", "writing": str(first)})
    page = client.get(reverse("posts:create")).content.decode()
    begun = re.search(r'name="writing" value="([0-9a-f-]{36})">\s*<button class="sr"', page)
    assert begun is not None and begun[1] not in (str(first), str(other))
    client.post(keep, {"title": "", "caption": "Words of Tuesday", "writing": str(other)})
    client.post(keep, {"title": "", "caption": "Words of Tuesday, longer", "writing": str(other)})
    assert KeptDraft.objects.count() == 2
    page = client.get(reverse("posts:create")).content.decode()
    assert "“Begun and left”" in page and "“Words of Tuesday, longer”" in page
    taken = client.get(reverse("posts:create"), {"kept": str(first)}).content.decode()
    assert "Words of Monday" in taken and f'name="writing" value="{first}"' in taken
    fields = {"title": "Left", "caption": "Words", "campaign": str(campaign.pk), "writing": str(first)}
    assert client.post(reverse("posts:create"), fields).status_code == 302
    assert [draft.writing for draft in KeptDraft.objects.all()] == [other]
    client.post(reverse("posts:drop-new"), {"writing": str(other)})
    assert not KeptDraft.objects.exists()


def test_of_new_posts_that_nobody_saves_the_newest_twenty_are_kept(bob):
    now = clock.now()
    for number in range(NEW_AT_MOST + 2):
        fields = {"caption": [f"No {number}"]}
        keep_draft(None, fields=fields, writing=uuid7(), now=now + timedelta(seconds=number), by=bob)
    kept = [draft.title for draft in drafts_of(bob, None)]
    assert (len(kept), kept[0], kept[-1]) == (NEW_AT_MOST, f"No {NEW_AT_MOST + 1}", "No 2")
    assert KeptDraft.objects.count() == NEW_AT_MOST
