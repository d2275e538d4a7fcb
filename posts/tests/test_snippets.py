"""Words that come again: who may keep them, and where they are put in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from posts.models import Post, Snippet
from posts.tests import _engine as engine
from workspaces.models import Membership, User, Workspace

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User], Client]


@pytest.fixture(autouse=True)
def opened(scope: Workspace) -> Workspace:
    return scope


def kept(**fields: str) -> dict[str, str]:
    return {"name": "Evening", "kind": "hashtags", "words": "rye, #crumb  rye;oven"} | fields


def test_hashtags_are_kept_once_each_with_their_sign(alice: User, client_of: ClientOf) -> None:
    answer = client_of(alice).post(reverse("posts:snippet_create"), kept())
    assert answer.status_code == 302
    assert Snippet.objects.get().words == "#rye #crumb #oven"


def test_a_name_is_given_once_and_what_was_typed_stays(bob: User, client_of: ClientOf) -> None:
    client = client_of(bob)
    client.post(reverse("posts:snippet_create"), kept())
    answer = client.post(reverse("posts:snippet_create"), kept(kind="template", words="Warm at seven."))
    assert answer.status_code == 422
    assert "words with this name already" in answer.content.decode()
    assert "Warm at seven." in answer.content.decode()
    assert Snippet.objects.count() == 1


def test_a_viewer_reads_but_keeps_changes_and_deletes_nothing(
    alice: User, carol: User, client_of: ClientOf
) -> None:
    client_of(alice).post(reverse("posts:snippet_create"), kept())
    snippet = Snippet.objects.get()
    client = client_of(carol)
    assert "Evening" in client.get(reverse("posts:snippets")).content.decode()
    for name, args in [("create", []), ("edit", [snippet.pk]), ("delete", [snippet.pk])]:
        assert client.post(reverse(f"posts:snippet_{name}", args=args), kept(name="X")).status_code == 403
    assert list(Snippet.objects.values_list("name", flat=True)) == ["Evening"]


def test_a_contributor_deletes_their_own_and_nobody_elses(
    alice: User, carol: User, client_of: ClientOf
) -> None:
    Membership.objects.filter(user=carol).update(role="contributor")
    client_of(alice).post(reverse("posts:snippet_create"), kept())
    client_of(carol).post(reverse("posts:snippet_create"), kept(name="Carol's"))
    others, own = (Snippet.objects.get(created_by=person) for person in (alice, carol))
    page = client_of(carol).get(reverse("posts:snippets")).content.decode()
    assert [
        client_of(carol).get(reverse("posts:snippet_delete", args=[one.pk])).status_code
        for one in (others, own)
    ] == [403, 200]
    assert Snippet.objects.count() == 2, "asking throws nothing away"
    ways = {snippet: reverse("posts:snippet_delete", args=[snippet.pk]) for snippet in (others, own)}
    assert [way in page for way in ways.values()] == [False, True]
    assert [client_of(carol).post(way).status_code for way in ways.values()] == [403, 302]
    assert list(Snippet.objects.all()) == [others]


def test_a_stranger_finds_none(alice: User, mallory: User, client_of: ClientOf) -> None:
    client_of(alice).post(reverse("posts:snippet_create"), kept())
    snippet = Snippet.objects.get()
    assert client_of(mallory).post(reverse("posts:snippet_delete", args=[snippet.pk])).status_code == 404
    assert Snippet.objects.exists()


def test_the_composer_offers_them_and_the_hashtags_used_lately(alice: User, client_of: ClientOf) -> None:
    client = client_of(alice)
    client.post(reverse("posts:snippet_create"), kept())
    engine.post(engine.channel(), caption="Warm #seven #seven at https://a.example/#no")
    page = client.get(reverse("posts:snippets_pick")).content.decode()
    assert 'data-insert="#rye #crumb #oven"' in page
    assert page.count('data-insert="#seven"') == 1
    assert "#no" not in page


def test_a_post_begins_with_a_template_and_keeps_its_copy(alice: User, client_of: ClientOf) -> None:
    client = client_of(alice)
    client.post(reverse("posts:snippet_create"), kept(kind="template", words="See you at seven."))
    snippet = Snippet.objects.get()
    page = client.get(reverse("posts:create"), {"snippet": str(snippet.pk)}).content.decode()
    assert "See you at seven.</textarea>" in page
    assert not Post.objects.exists()
