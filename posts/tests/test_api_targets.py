"""What single channels say and show of their own, sent and read by programs: by the rules of the composer."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.test.client import encode_multipart

from aura.kit import clock
from aura.kit.testing_api import Caller, by_session
from campaigns.models import Campaign
from media_library.models import Asset
from posts.models import Channel, Post, Target
from posts.tests._made import make_asset, make_channel
from workspaces.models import User, Workspace
from workspaces.scope import use_workspace


@pytest.fixture
def call(bob: User, client_of: Callable[[User], Client]) -> Caller:
    return by_session(client_of(bob), "barrow-rye")


def said(body: dict[str, Any]) -> dict[tuple[str, int, bool], dict[str, Any]]:
    return {(one["channel_name"], one["position"], one["as_comment"]): one for one in body["targets"]}


def test_a_channel_gets_words_pictures_a_thread_a_comment_and_a_cut_of_its_own(
    call: Caller, campaign: Campaign, sandbox: Channel
) -> None:
    shared, mine, later = (str(make_asset(name).pk) for name in ("Loaf", "Crumb", "Oven"))
    Asset.objects.update(width=1000, height=800)
    toot = make_channel("Rye", "mastodon")
    asked = {
        "title": "Rye is back",
        "caption": "Slowly.",
        "media": [shared],
        "targets": [
            {
                "channel": str(sandbox.pk),
                "own_words": "Only here.",
                "media": [mine],
                "parts": [{"words": "And later."}, {"words": "And last.", "media": [later]}],
                "numbered": True,
                "first_comment": "Baked on Rye Street.",
                "fits": {mine: "web-640-jpeg"},
            },
            str(toot.pk),
        ],
    }
    made = call.post(f"/campaigns/{campaign.pk}/posts", asked)
    assert made.status_code == 201, made.content
    body = made.json()
    read = said(body)
    assert len(read) == 5
    first = read["sandbox", 0, False]
    assert (first["own_words"], first["media"], first["numbered"]) == ("Only here.", [mine], True)
    assert first["fits"] == {mine: "web-640-jpeg"}
    assert (read["sandbox", 1, False]["own_words"], read["sandbox", 1, False]["media"]) == ("And later.", [])
    assert (read["sandbox", 2, False]["own_words"], read["sandbox", 2, False]["media"]) == (
        "And last.",
        [later],
    )
    assert read["sandbox", 1, True]["own_words"] == "Baked on Rye Street."
    plain = read["Rye", 0, False]
    assert (plain["own_words"], plain["media"], plain["fits"], plain["numbered"]) == ("", None, {}, False)
    path = f"/posts/{body['id']}"
    assert call.get(path).json()["targets"] == body["targets"]

    # What is not sent stays; what is sent is changed, there alone.
    changed = call.patch(path, {"targets": [{"channel": str(sandbox.pk), "own_words": ""}, str(toot.pk)]})
    assert changed.status_code == 200, changed.content
    after = said(changed.json())
    assert after.pop(("sandbox", 0, False)) | {"own_words": "Only here."} == read.pop(("sandbox", 0, False))
    assert after == read
    emptied = {"channel": str(sandbox.pk), "media": None, "parts": [], "first_comment": "", "fits": {}}
    told = {"channel": str(toot.pk), "own_words": "For the fediverse.", "media": [mine]}
    ended = said(call.patch(path, {"targets": [emptied, told]}).json())
    assert set(ended) == {("sandbox", 0, False), ("Rye", 0, False)}
    assert (ended["sandbox", 0, False]["media"], ended["sandbox", 0, False]["fits"]) == (None, {})
    assert (ended["Rye", 0, False]["own_words"], ended["Rye", 0, False]["media"]) == (
        "For the fediverse.",
        [mine],
    )
    assert call.get(f"/campaigns/{campaign.pk}/schedule").json()["items"] == []


def test_what_a_channel_would_not_take_is_said_by_the_composers_rules_and_nothing_is_made(
    call: Caller, campaign: Campaign, sandbox: Channel, other_workspace: Workspace
) -> None:
    with use_workspace(other_workspace):
        theirs = str(make_asset("Theirs").pk)
    mine, here = str(make_asset().pk), str(sandbox.pk)
    Asset.objects.update(width=1000, height=500)
    toot = str(make_channel("Rye", "mastodon").pk)
    path = f"/campaigns/{campaign.pk}/posts"
    wrong: list[tuple[Any, str]] = [
        ([{"channel": here, "colour": "red"}], "0.colour: There is no such member"),
        ([{"own_words": "x"}], "0.channel: This is needed."),
        ([{"channel": here, "own_words": 7}], "0.own_words: Write text"),
        ([{"channel": here, "parts": [{"words": []}]}], "0.parts.0.words: Write text"),
        ([{"channel": here, "media": [theirs]}], "in this workspace"),
        ([{"channel": here, "parts": [{"words": "x", "media": [theirs]}]}], "in this workspace"),
        ([{"channel": here, "parts": [{"words": "x"}] * 40}], "A thread has at most"),
        ([{"channel": here, "fits": {mine: "the-moon"}}], "cuts for no such place"),
        ([{"channel": here, "fits": {mine: "meta-square"}}], "is not shown there"),
        (
            [{"channel": here, "media": [mine], "fits": {mine: "meta-square"}}],
            "cannot be cut for meta-square",
        ),
        ([here, {"channel": here}], "comes twice"),
        ([7], "Write the id of a channel"),
        ({"channel": here}, "Write the id of a channel"),
    ]
    for targets, sentence in wrong:
        refused = call.post(path, {"title": "Rye", "caption": "Slowly.", "targets": targets})
        body = refused.json()
        assert (refused.status_code, list(body["fields"])) == (422, ["targets"]), (targets, refused.content)
        assert sentence in " ".join(body["fields"]["targets"]), refused.content
    at = f"{clock.now() + timedelta(days=1):%Y-%m-%dT%H:%M:00Z}"
    long = {"channel": toot, "parts": [{"words": "Rye. " * 400}]}
    promised = {"title": "Rye", "caption": "Slowly.", "status": "scheduled", "scheduled_at": at}
    refused = call.post(path, promised | {"targets": [long]})
    assert (refused.status_code, list(refused.json()["fields"])) == (422, ["targets"]), refused.content
    assert not Post.objects.exists()


def test_a_form_with_files_says_it_as_json_in_one_part(
    call: Caller, campaign: Campaign, sandbox: Channel
) -> None:
    targets = json.dumps([{"channel": str(sandbox.pk), "own_words": "Only here."}])
    body = encode_multipart("bread", {"title": "Rye", "caption": "Slowly.", "targets": targets})
    kind = "multipart/form-data; boundary=bread"
    made = call("POST", f"/campaigns/{campaign.pk}/posts", body, kind=kind)
    assert made.status_code == 201, made.content
    assert Target.objects.get().own_words == "Only here."
    broken = encode_multipart("bread", {"title": "Rye", "targets": "[{"})
    assert call("POST", f"/campaigns/{campaign.pk}/posts", broken, kind=kind).status_code == 422
