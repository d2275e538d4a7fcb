"""Talking about posts, on their page and in the composer, with and without htmx."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from posts.models import Post, Target
from posts.operations.trash import purge_post, trash_post
from posts.tests._made import make_channel, make_post
from workspaces.models import Comment, Notification
from workspaces.operation import SYSTEM
from workspaces.operations import add_comment

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]
PART = {"HX-Request": "true", "HX-Target": "comments"}


def test_everybody_here_comments_and_strangers_do_not(alice, bob, carol, mallory, client_of):
    post = make_post(created_by=bob)
    path = reverse("posts:comment", args=[post.pk])
    assert client_of(mallory).post(path, {"body": "Mine"}).status_code == 404
    assert not Comment.objects.exists()
    said = client_of(carol).post(path, {"body": "Love it <x1 onload=z1>", "next": "//evil.example/"})
    comment = Comment.objects.get()
    assert said.url == f"{reverse('posts:detail', args=[post.pk])}#comment-{comment.pk}"
    assert Notification.objects.get().person == bob
    for page in (
        client_of(carol).get(reverse("posts:detail", args=[post.pk])),
        client_of(bob).get(path),
        client_of(bob).get(path, headers=PART),
    ):
        assert "<p>Love it &lt;x1 onload=z1&gt;</p>" in page.content.decode()
    assert f'hx-get="{path}"' in client_of(bob).get(reverse("posts:edit", args=[post.pk])).content.decode()
    assert client_of(mallory).get(path).status_code == 404


def test_htmx_gets_the_conversations_alone(carol, client_of):
    post = make_post()
    client, path = client_of(carol), reverse("posts:comment", args=[post.pk])
    part = client.post(path, {"body": "First"}, headers=PART)
    assert part.status_code == 200
    assert part.content.decode().startswith('<section class="stack g3" id="comments"')
    first = Comment.objects.get()
    answered = client.post(path, {"body": "Second", "parent": str(first.pk)}, headers=PART).content.decode()
    assert answered.index("First") < answered.index("Second")
    for verb in ("resolve", "reopen"):
        done = client.post(reverse(f"workspace:comment_{verb}", args=[first.pk]), headers=PART)
        assert done.status_code == 200
    changed = client.post(
        reverse("workspace:comment_edit", args=[first.pk]), {"body": "Zeroth"}, headers=PART
    )
    assert "<p>Zeroth</p>" in changed.content.decode()
    gone = client.post(reverse("workspace:comment_delete", args=[first.pk]), headers=PART)
    assert "Taken back." in gone.content.decode()


@pytest.mark.parametrize("headers", [{}, PART])
def test_what_cannot_be_taken_is_shown_with_what_was_typed(carol, client_of, headers):
    post = make_post(caption="Butter is not optional.")
    client, path = client_of(carol), reverse("posts:comment", args=[post.pk])
    empty = client.post(path, {"body": " "}, headers=headers)
    assert (empty.status_code, "Write something first." in empty.content.decode()) == (422, True)
    elsewhere = client.post(path, {"body": "Is it?", "quote": "Salt is optional"}, headers=headers)
    page = elsewhere.content.decode()
    assert elsewhere.status_code == 422
    assert "These words are not in it as it is saved." in page
    assert "Is it?" in page
    assert 'value="Salt is optional"' in page
    other = add_comment(make_post("Another"), body="Elsewhere", by=SYSTEM)
    lost = client.post(path, {"body": "No", "parent": str(other.pk)}, headers=headers)
    assert (lost.status_code, "This conversation is gone." in lost.content.decode()) == (422, True)
    assert Comment.objects.count() == 1


def test_a_remark_is_about_words_of_the_text_they_are_in(carol, bob, client_of):
    channel = make_channel("Feed")
    post = make_post(caption="Bread\r\n\r\nBread, slowly.", channels=[channel])
    Target.objects.update(own_words="Butter is not optional")
    client, path = client_of(carol), reverse("posts:comment", args=[post.pk])
    client.post(path, {"body": "One", "quote": "Bread", "place": "caption", "quote_at": "6"})
    client.post(path, {"body": "Two", "quote": "Butter   is not", "place": "caption"})
    found = Comment.objects.order_by("id").values_list("place", "quote", "quote_at")
    assert list(found) == [("caption", "Bread", 6), (channel.pk.hex, "Butter is not", 0)]
    shown = client.get(reverse("posts:detail", args=[post.pk])).content.decode()
    assert "“Butter is not”</mark>" in shown
    assert "Words for Feed" in shown
    assert "About words that have changed since" not in shown
    Post.objects.update(caption="Nothing")
    composer = client_of(bob).get(path, headers=PART).content.decode()
    assert '“Bread”</mark> <span class="faint">About words that have changed since' in composer


def test_only_those_who_may_change_settle_and_take_back(alice, bob, carol, client_of):
    post = make_post()
    first = add_comment(post, body="Closer?", by=bob)
    for verb, data in (("edit", {"body": "Mine"}), ("resolve", {}), ("reopen", {}), ("delete", {})):
        path = reverse(f"workspace:comment_{verb}", args=[first.pk])
        assert client_of(carol).post(path, data).status_code == 403
        assert client_of(carol).get(path).status_code == 405
    stored = Comment.objects.get()
    assert (stored.body, stored.resolved_at) == ("Closer?", None)
    assert (
        client_of(alice).post(reverse("workspace:comment_edit", args=[first.pk]), {"body": "x"}).status_code
        == 403
    )
    empty = client_of(bob).post(reverse("workspace:comment_edit", args=[first.pk]), {"body": ""})
    assert empty.status_code == 422


def test_talk_costs_the_pages_the_same_however_much_was_said(bob, carol, client_of):
    post = make_post(created_by=bob)

    def cost() -> list[int]:
        found = []
        for person, name in ((bob, "posts:edit"), (bob, "posts:comment"), (carol, "posts:detail")):
            client, path = client_of(person), reverse(name, args=[post.pk])
            client.get(path)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(path).status_code == 200
            found.append(len(queries))
            assert len(queries) <= 12, "\n".join(query["sql"][:160] for query in queries)
        return found

    few = cost()
    for number in range(10):
        first = add_comment(post, body=f"Remark {number} @Bob", quote="Bread", place="caption", by=carol)
        add_comment(post, body="Answer", parent=first, by=bob)
    assert cost() == few


def test_what_was_said_goes_with_the_post(alice, bob):
    post = make_post(created_by=bob)
    add_comment(post, body="Closer?", by=alice)
    trash_post(post, by=alice)
    purge_post(post, by=alice)
    assert not Comment.objects.exists()
    assert not Notification.objects.exists()
