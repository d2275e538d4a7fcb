"""A thread whose beginning is out: the rest is changed and left out until the second in which it is sent."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from aura.kit.testing import just_now
from posts.agreement import Asks
from posts.forms.rest import media_name, name_of
from posts.models import Post, PostVersion, SandboxPost, Target, TargetMedia
from posts.operations import confirming, publishing, rest, review, scheduling
from posts.parts import Own, Part
from posts.tests import _engine as engine
from posts.tests._made import make_asset
from posts.tests.test_threads import THREAD, chain, due, states, work, written
from workspaces.models import Membership, Notification, User, Workspace
from workspaces.operation import Refused
from workspaces.scope import use_workspace

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[User], Client]


@pytest.fixture(autouse=True)
def opened(scope: Workspace) -> Workspace:
    return scope


@pytest.fixture
def begun(bob: User) -> Post:
    """A thread of three parts and a comment, of which the first part is out."""
    post = due(engine.channel(), by=bob)
    engine.run(engine.PUBLISH, chain(post)[0])
    assert states(post) == ["published", "scheduled", "scheduled", "scheduled"]
    return engine.fresh(post)


def form_of(post: Post, *changed: tuple[Target, str]) -> dict[str, Any]:
    words = {name_of(target): target.own_words for target in chain(post)[1:]}
    return {**words, "version": post.version, **{name_of(target): text for target, text in changed}}


def out() -> list[str]:
    return [row.payload["text"] for row in SandboxPost.objects.order_by("as_comment", "received_at", "id")]


def test_what_is_not_out_is_changed_and_what_is_out_only_shown(
    begun: Post, bob: User, client_of: ClientOf
) -> None:
    client, address = client_of(bob), reverse("posts:rest", args=[begun.pk])
    assert address in client.get(reverse("posts:detail", args=[begun.pk])).content.decode()
    page = client.get(address).content.decode()
    first, second, third, comment = chain(begun)
    assert "First." in page
    assert name_of(first) not in page
    assert all(f'name="{name_of(one)}"' in page for one in (second, third, comment))
    answer = client.post(address, form_of(begun, (second, "Second, at last."), (comment, "#slow")))
    assert answer.status_code == 302
    work(begun)
    assert out() == ["First.", "Second, at last.", "Third.", "#slow"]
    kept = [row.content["own"][str(first.channel_id)] for row in PostVersion.objects.order_by("number")]
    assert [own["comment"] for own in kept] == ["#rye", "#slow"]


def test_F13_changed_while_it_is_put_together_the_new_words_go_out(
    begun: Post, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    second, prepare = chain(begun)[1], publishing._prepare

    def change(*args: Any) -> Any:
        prepared = prepare(*args)
        if engine.fresh(begun).version == begun.version:
            rest.edit_rest(begun, words={second.pk: "In time."}, version=begun.version, by=bob)
        return prepared

    monkeypatch.setattr(publishing, "_prepare", change)
    work(begun)
    assert out() == ["First.", "In time.", "Third.", "#rye"]


@pytest.mark.parametrize(("status", "said"), [("sending", "sent right now"), ("published", "out already")])
def test_what_is_out_or_on_its_way_keeps_its_words(begun: Post, bob: User, status: str, said: str) -> None:
    second = chain(begun)[1]
    Target.objects.filter(pk=second.pk).update(status=status, key="k")
    with pytest.raises(Refused, match=said):
        rest.edit_rest(begun, words={second.pk: "Too late."}, version=begun.version, by=bob)
    with pytest.raises(Refused, match=said):
        rest.leave_part(second, by=bob)
    assert [target.own_words for target in chain(begun)] == ["", "Second.", "Third.", "#rye"]
    assert engine.fresh(begun).version == begun.version


def test_a_part_is_left_out_and_the_next_one_follows_at_once(
    begun: Post, bob: User, client_of: ClientOf
) -> None:
    _, second, third, _ = chain(begun)
    client_of(bob).post(reverse("posts:leave_part", args=[second.pk]))
    assert states(begun) == ["published", "cancelled", "scheduled", "scheduled"]
    assert engine.run(engine.PUBLISH, third)
    work(begun)
    assert out() == ["First.", "Third.", "#rye"]


def test_nothing_of_a_post_that_is_not_out_is_changed_here(bob: User) -> None:
    post = written(engine.channel(), by=bob)
    with pytest.raises(Refused):
        rest.edit_rest(post, words={chain(post)[1].pk: "No."}, version=post.version, by=bob)
    assert chain(post)[1].own_words == "Second."


def test_who_may_not_publish_changes_nothing(
    begun: Post, carol: User, mallory: User, client_of: ClientOf
) -> None:
    second = chain(begun)[1]
    data, address = form_of(begun, (second, "Mine.")), reverse("posts:rest", args=[begun.pk])
    for person, status in ((carol, 403), (mallory, 404)):
        client = client_of(person)
        assert client.get(address).status_code == status
        assert client.post(address, data).status_code == status
        assert client.post(reverse("posts:leave_part", args=[second.pk])).status_code == status
    assert chain(begun)[1].own_words == "Second."
    assert states(begun) == ["published", "scheduled", "scheduled", "scheduled"]


def test_two_people_see_both_and_what_does_not_fit_is_not_saved(
    begun: Post, bob: User, client_of: ClientOf
) -> None:
    client, address, second = client_of(bob), reverse("posts:rest", args=[begun.pk]), chain(begun)[1]
    stale = form_of(begun, (second, "Mine."))
    rest.edit_rest(begun, words={second.pk: "Theirs."}, version=begun.version, by=bob)
    answer = client.post(address, stale)
    assert answer.status_code == 409
    assert "Mine." in answer.content.decode()
    assert "Saved meanwhile: Theirs." in answer.content.decode()
    for words, said in (("x" * 4_001, "at most 4000"), (" ", "leave this part out")):
        answer = client.post(address, form_of(engine.fresh(begun), (second, words)))
        assert answer.status_code == 422
        assert said in answer.content.decode()
    assert chain(begun)[1].own_words == "Theirs."


def test_where_a_yes_is_asked_for_the_rest_waits_for_a_new_one(
    workspace: Workspace, alice: User, bob: User, client_of: ClientOf
) -> None:
    Workspace.objects.filter(pk=workspace.pk).update(approval=Asks.ANYONE)
    workspace.refresh_from_db()
    post = written(engine.channel(), by=bob)
    review.submit_post(post, by=bob)
    review.approve_post(engine.fresh(post), by=alice)
    scheduling.publish_post(engine.fresh(post), by=bob)
    engine.run(engine.PUBLISH, chain(post)[0])
    begun, second = engine.fresh(post), chain(post)[1]
    edited = rest.edit_rest(begun, words={second.pk: "Other."}, version=begun.version, by=bob)
    assert edited.voided == ("parts",)
    work(post)
    assert out() == ["First."]
    page = client_of(alice).get(reverse("posts:detail", args=[post.pk])).content.decode()
    assert reverse("posts:approve", args=[post.pk]) in page
    review.approve_post(engine.fresh(post), by=alice)
    work(post)
    Target.objects.exclude(status="published").update(due_at=just_now())
    work(post)
    assert out() == ["First.", "Other.", "Third.", "#rye"]


def test_the_page_costs_the_same_for_a_short_and_a_long_thread(bob: User, client_of: ClientOf) -> None:
    client, counted = client_of(bob), []
    for parts in (2, 24):
        post = due(engine.channel(name=f"Feed {parts}"), Own(parts=(Part("More."),) * parts), by=bob)
        engine.run(engine.PUBLISH, chain(post)[0])
        address = reverse("posts:rest", args=[post.pk])
        client.get(address)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(address).status_code == 200
        counted.append(len(queries))
    assert counted[0] == counted[1] <= 12


def test_of_a_thread_without_anything_left_the_page_says_so(
    begun: Post, bob: User, client_of: ClientOf
) -> None:
    work(begun)
    page = client_of(bob).get(reverse("posts:rest", args=[begun.pk])).content.decode()
    assert "Nothing is left to change" in page
    assert THREAD.comment in out()


def test_later_parts_get_other_pictures_which_go_out_and_are_kept_with_the_version(
    begun: Post, bob: User, client_of: ClientOf
) -> None:
    client, address = client_of(bob), reverse("posts:rest", args=[begun.pk])
    _, second, third, _ = chain(begun)
    loaf, crumb = make_asset("Loaf"), make_asset("Crumb")
    shows = {
        "shows": "1",
        media_name(second): [str(crumb.pk), str(loaf.pk)],
        media_name(third): [str(loaf.pk)],
    }
    assert client.post(address, form_of(begun) | shows).status_code == 302
    assert [asset.reuses.count() for asset in (loaf, crumb)] == [2, 1]
    kept = PostVersion.objects.order_by("number").last()
    parts = kept.content["own"][str(second.channel_id)]["parts"]  # type: ignore[union-attr]
    assert [[pk for pk, _ in part["media"]] for part in parts] == [
        [str(crumb.pk), str(loaf.pk)],
        [str(loaf.pk)],
    ]
    begun = engine.fresh(begun)
    assert (
        client.post(address, form_of(begun, (third, "Third, with none.")) | {"shows": "1"}).status_code == 302
    )
    assert not TargetMedia.objects.filter(target=third).exists()
    again = {"shows": "1", media_name(second): [str(crumb.pk), str(loaf.pk)]}
    begun = engine.fresh(begun)
    assert client.post(address, form_of(begun, (third, "Third, with none.")) | again).status_code == 302
    work(begun)
    sent = {row.payload["text"]: len(row.payload["media"]) for row in SandboxPost.objects.all()}
    assert sent == {"First.": 0, "Second.": 2, "Third, with none.": 0, "#rye": 0}


def test_pictures_of_a_part_are_moved_and_taken_by_buttons_and_what_does_not_fit_is_refused(
    begun: Post, bob: User, other_workspace: Workspace, client_of: ClientOf
) -> None:
    client, address, second = client_of(bob), reverse("posts:rest", args=[begun.pk]), chain(begun)[1]
    one, two = str(make_asset("Loaf").pk), str(make_asset("Crumb").pk)
    name = media_name(second)
    form = form_of(begun, (second, "As I left it.")) | {"shows": "1", name: [one, two]}

    def shown(change: str, **more: Any) -> list[str]:
        page = client.post(address, form | more | {"change": change})
        assert page.status_code == 200
        assert "As I left it." in page.content.decode()
        return re.findall(rf'name="{name}" value="([^"]+)"', page.content.decode())

    assert shown(f"later:{one}@{name}") == [two, one]
    assert shown(f"remove:{one}@{name}") == [two]
    assert shown(f"take:{name}", **{name: [two], "media": [one]}) == [two, one]
    assert shown(f"take:{name}x") == [one, two]
    with use_workspace(other_workspace):
        theirs = make_asset()
    answer = client.post(address, form | {name: [str(theirs.pk)]})
    assert answer.status_code == 422
    assert "in this workspace" in answer.content.decode()
    assert not TargetMedia.objects.exists()
    assert engine.fresh(begun).version == begun.version


def test_what_a_contributor_changes_of_the_rest_waits_for_somebody_who_publishes(
    begun: Post, alice: User, bob: User, carol: User, client_of: ClientOf
) -> None:
    Membership.objects.filter(user=carol).update(role="contributor")
    client, address = client_of(carol), reverse("posts:rest", args=[begun.pk])
    second, third = chain(begun)[1:3]
    page = client.get(address).content.decode()
    assert "waits for somebody who may publish" in page
    assert "Leave it out" not in page
    assert client.post(address, form_of(begun, (third, "Third, by Carol."))).status_code == 302
    assert states(begun) == ["published", "scheduled", "pending", "scheduled"]
    assert "may not publish" in chain(begun)[2].sentence
    assert Notification.objects.filter(person=bob, kind="post_ahead", read_at=None).exists()
    work(begun)
    assert out() == ["First.", "Second.", "#rye"]
    assert engine.fresh(begun).status == "partly_published"
    home = client_of(bob).get(reverse("posts:home")).content.decode()
    assert "sandbox, part 3 is not scheduled" in home
    assert reverse("posts:retry", args=[third.pk]) in home
    shown = client_of(bob).get(reverse("posts:detail", args=[begun.pk])).content.decode()
    assert "Not scheduled" in shown
    assert reverse("posts:retry", args=[third.pk]) in shown
    assert client.post(reverse("posts:retry", args=[third.pk])).status_code == 403
    assert client.post(reverse("posts:leave_part", args=[third.pk])).status_code == 403
    assert client_of(alice).post(reverse("posts:retry", args=[third.pk])).status_code == 302
    work(begun)
    assert out() == ["First.", "Second.", "Third, by Carol.", "#rye"]
    assert second.own_words == "Second."
    assert not Notification.objects.filter(kind="post_ahead", read_at=None).exists()


def test_what_follows_a_part_that_waits_goes_on_with_it(
    begun: Post, bob: User, carol: User, client_of: ClientOf
) -> None:
    Membership.objects.filter(user=carol).update(role="contributor")
    second, third = chain(begun)[1:3]
    edited = rest.edit_rest(begun, words={second.pk: "Mine."}, version=begun.version, by=carol)
    assert edited.unscheduled
    assert states(begun) == ["published", "pending", "pending", "scheduled"]
    assert "Send that part and it follows" in chain(begun)[2].sentence
    with pytest.raises(Refused, match="Send that first"):
        confirming.retry_target(third, by=bob)
    confirming.retry_target(second, by=bob)
    work(begun)
    assert out() == ["First.", "Mine.", "Third.", "#rye"]


def test_what_is_not_promised_of_a_post_that_is_not_out_is_not_sent_by_trying_again(bob: User) -> None:
    post = written(engine.channel(), by=bob)
    for target in chain(post):
        with pytest.raises(Refused):
            confirming.retry_target(target, by=bob)
    assert set(states(post)) == {"pending"}
