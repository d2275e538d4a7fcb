"""Conversations: answered, about words, settled, changed and taken back; mentions of members and of nobody else."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied

from media_library.models import Asset
from workspaces import mentions
from workspaces.models import Activity, Comment, Membership, Notification, User
from workspaces.operation import SYSTEM, Refused
from workspaces.operations import (
    add_comment,
    choose_notices,
    delete_comment,
    edit_comment,
    forget_comments,
    reopen_comment,
    resolve_comment,
)
from workspaces.talk import find_words, talk_about

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]


def thing(author: User | None = None, **fields: object) -> Asset:
    asset = Asset(
        **{"title": "Loaf", "alt_text": "A dark loaf on a white cloth", "status": "ready", **fields}
    )
    asset.created_by = author
    asset.save()
    return asset


def told(kind: str) -> list[tuple[str, str]]:
    found = Notification.objects.filter(kind=kind).select_related("person").order_by("person__email")
    return [(notice.person.get_short_name(), notice.sentence) for notice in found]


# Mentions


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("Your call, @Bob Cullen.", ["bob"]),
        ("(@bob), @ALICE BYRNE!", ["bob", "alice"]),
        ("@bob@example.com and @alice", ["bob", "alice"]),
        ("Write to x@bob, or @bobby", []),
        ("@mallory@example.com, @Mallory Eve and @mallory", []),
        ("@bob@elsewhere.example", []),
        ("@bob.builder and @bob-builder", []),
        ("Nobody", []),
    ],
)
def test_a_member_is_meant_by_name_first_name_or_email(text, who, alice, bob, carol, mallory):
    assert [user.get_short_name().lower() for user in mentions.mentioned_in(text).values()] == who


def test_a_first_name_that_two_have_means_neither_and_the_whole_name_its_own(bob, carol):
    carol.name = "Bob Daly"
    carol.save()
    assert mentions.mentioned_in("@Bob?") == {}
    assert mentions.mentioned_in("@Bob Daly?") == {"@Bob Daly": carol}
    assert mentions.offered("bob") == ["Bob Cullen", "Bob Daly"]
    bob.name = "Bob Daly"
    bob.save()
    assert mentions.offered("bob") == ["bob@example.com", "carol@example.com"]


def test_members_alone_are_offered(alice, bob, mallory, client_of, workspace):
    User.objects.filter(pk=bob.pk).update(is_active=False)
    path = f"/w/{workspace.slug}/people/mentionable/"
    assert client_of(alice).get(path, {"q": ""}).json() == {"people": ["Alice Byrne"]}
    assert client_of(alice).get(path, {"q": "mal"}).json() == {"people": []}
    assert client_of(mallory).get(path, {"q": "al"}).status_code == 404


def test_who_is_mentioned_is_told_once_and_a_stranger_is_only_words(alice, bob, carol, mallory):
    asset = thing(bob)
    comment = add_comment(asset, body="@Bob and @Mallory Eve, @Carol: closer?", by=carol)
    assert told("mention") == [("Bob", "Carol Daly mentions you on “Loaf”")]
    assert told("comment") == [], "Bob has been told already"
    assert not Notification.objects.filter(person=mallory).exists()
    assert Notification.objects.get().url.endswith(f"/media/{asset.pk}/#comment-{comment.pk}")
    html = talk_about(asset, bob, role="editor").open[0].first.html
    assert html == "<p><b>@Bob</b> and @Mallory Eve, <b>@Carol</b>: closer?</p>"


def test_who_has_left_is_told_nothing(alice, bob, carol):
    Membership.objects.filter(user=bob).delete()
    add_comment(thing(bob), body="@Bob Cullen @carol", by=alice)
    assert [notice.person for notice in Notification.objects.all()] == [carol]


def test_what_a_person_does_not_want_to_hear_they_do_not(alice, bob):
    choose_notices(bob, choices={"mention": (False, False)}, by=bob)
    add_comment(thing(), body="@Bob", by=alice)
    assert not Notification.objects.exists()


@pytest.mark.parametrize(
    ("body", "kept", "html"),
    [
        ("<b>@Bob</b> & co", [{"as": "@Bob", "id": "x"}], "<p>&lt;b&gt;<b>@Bob</b>&lt;/b&gt; &amp; co</p>"),
        ("b <i>", [{"as": "b"}, {"as": "<i>"}], "<p><b>b</b> <b>&lt;i&gt;</b></p>"),
        ("one\n\ntwo\nthree", [], "<p>one</p>\n\n<p>two<br>three</p>"),
        ("@Bob", ["x", 7, {}], "<p>@Bob</p>"),
    ],
)
def test_X1_what_is_said_stays_words(body, kept, html):
    assert mentions.shown(body, kept) == html


# Answers


def test_an_answer_tells_those_in_the_conversation_and_whoever_made_the_thing(alice, bob, carol):
    asset = thing(alice)
    first = add_comment(asset, body="Closer?", by=bob)
    assert told("comment") == [("Alice", "Bob Cullen comments on “Loaf”")]
    answer = add_comment(asset, body="No", parent=first, by=carol)
    further = add_comment(asset, body="Why not?", parent=answer, by=bob)
    assert further.parent == first, "one level deep"
    assert told("reply") == [
        ("Bob", "Carol Daly answers on “Loaf”"),
        ("Carol", "Bob Cullen answers on “Loaf”"),
    ]
    assert Notification.objects.get(person=alice).times == 3
    talk = talk_about(asset, carol, role="viewer")
    assert [[said.comment.body for said in one.replies] for one in talk.open] == [["No", "Why not?"]]
    assert talk.count == 3


def test_an_answer_belongs_to_the_thing_it_is_said_about(alice):
    first = add_comment(thing(), body="Closer?", by=alice)
    with pytest.raises(Refused, match="is gone"):
        add_comment(thing(), body="No", parent=first, by=alice)
    assert Comment.objects.count() == 1


def test_a_conversation_is_settled_and_an_answer_opens_it_again(alice, bob, carol):
    asset = thing()
    first = add_comment(asset, body="Closer?", by=bob)
    with pytest.raises(PermissionDenied):
        resolve_comment(first, by=carol)
    resolve_comment(first, by=alice)
    talk = talk_about(asset, carol, role="viewer")
    assert (list(talk.open), talk.resolved[0].first.comment.resolved_by) == ([], alice)
    assert not talk.resolved[0].may_resolve
    reopen_comment(first, by=bob)
    resolve_comment(first, by=bob)
    answer = add_comment(asset, body="Wait", parent=first, by=carol)
    assert not talk_about(asset, carol, role="viewer").resolved
    with pytest.raises(Refused, match="an answer"):
        resolve_comment(answer, by=alice)
    hers = add_comment(asset, body="Mine", by=carol)
    assert resolve_comment(hers, by=carol).resolved_at
    assert Activity.objects.filter(verb="workspaces.resolve_comment").count() == 3


def test_people_change_their_own_words_only_and_who_is_mentioned_anew_is_told(alice, bob, carol):
    comment = add_comment(thing(), body="@Bob, closer?", by=carol)
    for person in (alice, bob):
        with pytest.raises(PermissionDenied):
            edit_comment(comment, body="Mine", by=person)
    changed = edit_comment(comment, body="@Bob, @Alice: wider?", by=carol)
    assert (changed.body, changed.edited_at is not None) == ("@Bob, @Alice: wider?", True)
    assert [name for name, _ in told("mention")] == ["Alice", "Bob"]
    assert set(Notification.objects.values_list("words", "times")) == {("@Bob, @Alice: wider?", 1)}


def test_what_is_taken_back_is_kept_nowhere_and_its_answers_stay(alice, bob):
    asset = thing(alice)
    first = add_comment(asset, body="Secret", quote="dark loaf", place="alt_text", by=bob)
    answer = add_comment(asset, body="What?", parent=first, by=alice)
    delete_comment(first, by=bob)
    assert "Secret" not in str([list(m.objects.values()) for m in (Comment, Notification, Activity)])
    shown = talk_about(asset, bob, role="editor").open[0]
    assert (shown.first.comment.removed_at is not None, shown.first.may_delete) == (True, False)
    with pytest.raises(Refused):
        edit_comment(first, body="Again", by=bob)
    delete_comment(answer, by=alice)
    assert not Comment.objects.exists()
    assert not Notification.objects.exists()


def test_all_of_it_goes_with_the_thing(alice, bob):
    asset, other = thing(alice), thing(alice)
    for about in (asset, other):
        first = add_comment(about, body="Closer?", by=bob)
        add_comment(about, body="No", parent=first, by=alice)
    forget_comments(asset)
    assert set(Comment.objects.values_list("subject_id", flat=True)) == {other.pk}
    assert Notification.objects.count() == 2


# Words


@pytest.mark.parametrize(
    ("quote", "text", "near", "at"),
    [("b", "a b c b", None, 2), ("b", "a b c b", 5, 6), ("b", "a", None, None), ("", "a", None, None)],
)
def test_quoted_words_are_found_closest_to_where_they_were(quote, text, near, at):
    assert find_words(quote, text, near) == at


def test_a_remark_about_words_outlives_an_edit_of_them(alice):
    asset = thing()
    add_comment(asset, body="Which?", quote="dark\n loaf", place="alt_text", quote_at=2, by=alice)

    def shown() -> tuple[str, str, bool]:
        one = talk_about(asset, alice, role="owner").open[0]
        return one.first.comment.quote, one.label, one.has_changed

    assert shown() == ("dark loaf", "Description", False)
    asset.alt_text = "On a white cloth: the dark\r\nloaf"
    assert shown() == ("dark loaf", "Description", False)
    asset.alt_text = "A pale loaf"
    assert shown() == ("dark loaf", "Description", True)


def test_many_remarks_show_the_newest_with_what_they_answer(alice, django_assert_num_queries):
    asset = thing()
    first = add_comment(asset, body="Oldest", by=alice)
    rows = [
        Comment(
            subject_type="media_library.asset",
            subject_id=asset.pk,
            body=str(n),
            author_name="A",
            parent=first,
        )
        for n in range(230)
    ]
    Comment.objects.bulk_create(rows)
    with django_assert_num_queries(1):
        talk = talk_about(asset, alice, role="owner")
    assert [one.first.comment.body for one in talk.open] == ["Oldest"]
    assert len(talk.open[0].replies) == 200


def test_aura_itself_may_say_something(alice):
    assert add_comment(thing(), body="@Alice", by=SYSTEM).author_name == "Aura"
    assert told("mention") == [("Alice", "Aura mentions you on “Loaf”")]
