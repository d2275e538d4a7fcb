"""Links as they go out: marked, shortened, followed and counted."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from posts.checks.sizes import counters_of
from posts.links import replaced, token_of, with_utm, words_out
from posts.models import LinkDay, SandboxPost, ShortLink, Target
from posts.tests import _engine as engine
from workspaces.models import Workspace

BROWSER = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}
WORDS = "Warm at seven: https://bread.example/rye?size=2. Come (https://bread.example)!"


@pytest.fixture
def rule(scope: Workspace) -> Any:
    def choose(links: str) -> None:
        scope.links = links
        scope.save(update_fields=["links"])

    return choose


def test_a_link_says_where_its_readers_came_from() -> None:
    marked = with_utm(
        "https://bread.example/rye?size=2#top", source="x", campaign="oven-week", content="12ab"
    )
    assert marked == (
        "https://bread.example/rye?size=2&utm_source=x&utm_medium=social&utm_campaign=oven-week&utm_content=12ab#top"
    )
    assert with_utm(marked, source="y", campaign="z", content="") == marked, "what somebody wrote stays"


PIECES = ["rye ", "https://a.example/b", "(", ")", ". ", "\n", "🥖", "http://", "a.example", "@x"]


@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_only_links_with_a_scheme_change_and_nothing_is_lost(pieces: list[str]) -> None:
    text, seen = "".join(pieces), []

    def note(link: str) -> str:
        seen.append(link)
        return "\0"

    marked = replaced(text, note)
    for link in seen:
        assert link.startswith("http")
        marked = marked.replace("\0", link, 1)
    assert marked == text


@pytest.mark.django_db
def test_links_stay_as_written_where_nothing_else_is_wanted(scope: Workspace) -> None:
    channel = engine.channel()
    assert words_out(WORDS, engine.post(channel), channel) == WORDS


@pytest.mark.django_db
def test_links_are_marked_with_their_campaign_and_counted_so(scope: Workspace, rule: Any) -> None:
    channel = engine.channel()
    post = engine.post(channel, caption=WORDS)
    (before,) = counters_of(post, {channel: ""})
    rule("utm")
    out = words_out(WORDS, post, channel)
    assert "rye?size=2&utm_source=sandbox&utm_medium=social&utm_campaign=rye&" in out
    assert out.endswith(")!")
    (after,) = counters_of(post, {channel: ""})
    assert after.used == before.used + len(out) - len(WORDS)


@pytest.mark.django_db(transaction=True)
def test_a_short_link_goes_out_leads_on_and_counts_people(scope: Workspace, rule: Any, settings: Any) -> None:
    rule("short")
    channel = engine.channel()
    target = engine.publish(engine.due_post(channel, caption=WORDS))
    assert target.status == Target.Status.PUBLISHED, target.sentence
    said = SandboxPost.objects.get().payload["text"]
    assert "bread.example" not in said
    assert len(said) == len(words_out(WORDS, target.post, channel)), "what was counted is what went out"
    first = ShortLink.objects.get(url__contains="/rye?size=2&utm_source=sandbox")
    assert f"{settings.AURA_URL}/r/{first.token}." in said
    client = Client()
    answer = client.get(f"/r/{first.token}", headers=BROWSER)
    assert (answer.status_code, answer["Location"]) == (302, first.url)
    client.get(f"/r/{first.token}", headers=BROWSER)
    client.get(f"/r/{first.token}", headers={"user-agent": "Twitterbot/1.0"})
    client.head(f"/r/{first.token}", headers=BROWSER)
    (day,) = LinkDay.objects.all()
    assert (day.link, day.clicks) == (first, 2)


@pytest.mark.django_db
def test_an_unknown_short_link_leads_nowhere(client: Client, scope: Workspace) -> None:
    assert client.get("/r/no-such-link", headers=BROWSER).status_code == 404
    assert not LinkDay.objects.exists()


@pytest.mark.django_db
def test_the_links_of_a_workspace_in_the_trash_lead_nowhere(client: Client, scope: Workspace) -> None:
    target = engine.target_of(engine.post(engine.channel()))
    ShortLink.objects.create(target=target, token="abc", url="https://bread.example/")
    Workspace.objects.update(trashed_at=target.post.created_at)
    assert client.get("/r/abc", headers=BROWSER).status_code == 404


def test_a_link_of_a_target_has_one_short_name() -> None:
    one, other = uuid.uuid4(), uuid.uuid4()
    pairs = [(one, "https://a.example"), (one, "https://b.example"), (other, "https://a.example")]
    tokens = [token_of(target, url) for target, url in pairs]
    assert tokens == [token_of(target, url) for target, url in pairs]
    assert len(set(tokens)) == 3
