"""What the composer says beside words: parts, first comments, own pictures; by its buttons, without JavaScript."""

import re

import pytest
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from aura.kit.textcount import count
from posts import checks
from posts.checks.fixes import Offer, with_ways
from posts.models import Post, Target
from posts.parts import Own, Part, own_of
from posts.splitting import split
from posts.tests._made import make_asset, make_campaign, make_channel
from posts.tests.test_composer import typed

pytestmark = pytest.mark.usefixtures("scope")


def saved(answer):
    assert answer.status_code == 302, answer.content.decode()
    return Post.objects.get()


def texts_in(html, key):
    return [text.strip() for text in re.findall(rf'name="part_{key}"[^>]*>([^<]*)</textarea>', html)]


def test_parts_a_comment_and_own_pictures_are_saved_shown_again_and_taken_out(bob, client_of):
    channel, asset, other = make_channel(), make_asset("One"), make_asset("Two")
    key, browser = channel.pk.hex, client_of(bob)
    form = typed(channels=[str(channel.pk)], media=[str(asset.pk)], own="1", **{
        f"part_{key}": ["Second.\r\nLine", "", "Third."],
        f"media_{key}_3": [str(other.pk)],
        f"own_media_{key}": "1",
        f"media_{key}": [str(other.pk), str(asset.pk)],
        f"comment_{key}": " #rye ",
        f"numbered_{key}": "on",
    })  # fmt: skip
    post = saved(browser.post(reverse("posts:create"), form))
    own = Own((other, asset), (Part("Second.\nLine"), Part("Third.", (other,))), "#rye", numbered=True)
    assert own_of(post) == {channel: own}
    page = browser.get(reverse("posts:edit", args=[post.pk])).content.decode()
    assert texts_in(page, key) == ["Second.\nLine", "Third."]
    assert "Third. 3/3" in page  # as it will look
    assert "#rye</textarea>" in page
    again = {
        name: value
        for name, value in form.items()
        if name in {"title", "caption", "campaign", "intent", "channels"}
    }
    kept = browser.post(reverse("posts:edit", args=[post.pk]), again | {"version": 1})
    assert kept.status_code == 302
    assert own_of(post) == {channel: own}  # a form that says nothing about it leaves it
    browser.post(reverse("posts:edit", args=[post.pk]), again | {"version": 2, "own": "1"})
    assert own_of(post) == {}
    assert Target.objects.count() == 1


def test_the_buttons_change_what_is_typed_and_save_nothing(bob, client_of):
    channel, asset = make_channel(), make_asset()
    key, browser = channel.pk.hex, client_of(bob)
    form = typed(channels=[str(channel.pk)], media=[str(asset.pk)], own="1", **{
        f"part_{key}": ["Second.", "Third."], f"media_{key}_2": [str(asset.pk)],
    })  # fmt: skip

    def press(change, **more):
        answer = browser.post(reverse("posts:create"), form | more | {"change": change})
        assert answer.status_code == 200
        return answer.content.decode()

    assert texts_in(press(f"part:{key}"), key) == ["Second.", "Third.", ""]
    up = press(f"part-up:{key}:2")
    assert texts_in(up, key) == ["Third.", "Second."]
    assert f'name="media_{key}_1" value="{asset.pk}"' in up
    assert texts_in(press(f"part-down:{key}:1"), key) == ["Third.", "Second."]
    assert texts_in(press(f"part-out:{key}:1"), key) == ["Third."]
    own = press(f"own:{key}")
    assert f'name="own_media_{key}"' in own
    assert f'name="media_{key}" value="{asset.pk}"' in own
    assert f'name="media_{key}_1" value="{asset.pk}"' in press(f"take:{key}:1")
    struck = press(f"remove:{asset.pk}@media_{key}_2")
    assert f'name="media_{key}_2"' not in struck
    assert f'name="media" value="{asset.pk}"' in struck
    for nothing in (f"part-out:{key}:9", "part:nobody", f"part:{asset.pk.hex}", "split:"):
        assert texts_in(press(nothing), key) == ["Second.", "Third."]
    assert not Post.objects.exists()


def test_long_words_become_parts_by_the_button_of_the_finding(bob, client_of):
    channel = make_channel("X", "by_hand", settings={"stands_for": "x"})
    sentence = "Bread takes its time, and so do we. "
    form = typed(channels=[str(channel.pk)], caption=sentence * 12, own="1")
    browser = client_of(bob)
    page = browser.post(
        reverse("posts:create"), form | {"intent": "schedule", "day": "2030-01-01", "time": "10:00"}
    )
    assert page.status_code == 422
    button = f'value="split:{channel.pk.hex}" formnovalidate>Split it into parts'
    assert button in page.content.decode()
    html = browser.post(
        reverse("posts:create"), form | {"change": f"split:{channel.pk.hex}"}
    ).content.decode()
    parts = texts_in(html, channel.pk.hex)
    assert len(parts) == 1
    assert parts[0].startswith("Bread takes")
    assert "too long for X" not in html


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab .!?\n👩‍🌾ö"), max_size=300), st.integers(12, 60))
def test_every_part_fits_and_no_word_is_lost(text, limit):
    parts = split(text, lambda part: count(part, "graphemes") <= limit)
    assert all(0 < count(part, "graphemes") <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_sentences_stay_whole_where_they_fit():
    text = "One two three. Four “five”! Six seven eight?\n\nNine."
    assert split(text, lambda part: len(part) <= 27) == [
        "One two three. Four “five”!",
        "Six seven eight?\n\nNine.",
    ]


def test_findings_about_a_part_lead_to_that_part_and_its_pictures():
    channel = make_channel("X", "by_hand", settings={"stands_for": "x"})
    five = tuple(make_asset(f"Loaf {n}") for n in range(5))
    own = {channel: Own(parts=(Part("a" * 300, five),))}
    subject = checks.Subject(Post(title="T", caption="C"), make_campaign(), {channel: ""}, [], own=own)
    found = {
        check.code: check for check in with_ways(checks.findings(subject), subject, Offer(composing=True))
    }
    key = channel.pk.hex
    assert found["text_too_long"].message.startswith("Part 2: The text is 20 characters too long")
    assert found["text_too_long"].ways[0].href == f"#id_part_{key}_1"
    assert found["too_many_images"].ways[0].change == f"remove:{five[4].pk}@media_{key}_1"


def test_pictures_of_others_and_endless_threads_are_refused(bob, client_of, other_workspace):
    from workspaces.scope import use_workspace

    channel = make_channel()
    with use_workspace(other_workspace):
        theirs = make_asset()
    key, browser = channel.pk.hex, client_of(bob)
    form = typed(channels=[str(channel.pk)], own="1", **{f"part_{key}": ["Second."]})
    bad = {f"media_{key}_1": [str(theirs.pk)]}
    assert (
        "Pick pictures that are in this workspace."
        in browser.post(reverse("posts:create"), form | bad).content.decode()
    )
    many = {f"part_{key}": ["x"] * 30}
    assert "at most 25 parts" in browser.post(reverse("posts:create"), form | many).content.decode()
    assert not Post.objects.exists()
