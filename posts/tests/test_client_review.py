import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from aura.kit import clock
from posts.agreement import lacking
from posts.models import Approval, LinkedPost, Post, ReviewLink
from posts.operations.client_review import (
    add_to_review_link,
    new_review_link,
    revoke_review_link,
    take_from_review_link,
)
from posts.operations.review import approve_post
from posts.tests._made import make_asset, make_campaign, make_channel, make_post, use
from workspaces.models import Activity, Comment, Notification
from workspaces.operation import Guest, Refused
from workspaces.scope import use_workspace
from workspaces.tests.people import clean_limits

__all__ = ["clean_limits"]
pytestmark = pytest.mark.usefixtures("scope", "clean_limits")


@pytest.fixture
def asked(workspace, bob):
    """A post of Bob's that waits, where somebody else has to approve and clients may."""
    workspace.approval, workspace.client_approval = "other", True
    workspace.save()
    return make_post(
        created_by=bob, review_status="in_review", channels=[make_channel("Feed"), make_channel("Wall")]
    )


def link_to(*posts, by, **more):
    return new_review_link(posts, by=by, **more)


def page(token, *, client=None, path=""):
    return (client or Client()).get(f"/review/{token}/{path}")


def seen_in(response):
    return re.search(r'name="seen" value="([^"]+)"', response.content.decode())[1]


def say(token, post, seen, *, client=None, answer="approve", name="Nora", note=""):
    words = {"seen": seen, "name": name, "note": note, "answer": answer}
    return (client or Client()).post(f"/review/{token}/posts/{post.pk}/answer/", words)


def test_a_client_reads_the_post_as_it_will_look_and_their_yes_counts(asked, alice, bob):
    picture = make_asset(alt_text="A dark loaf")
    use(picture, asked)
    made = link_to(asked, by=alice)
    assert made.token not in str(ReviewLink.objects.values().get())
    opened = page(made.token)
    words = opened.content.decode()
    assert "Bread, slowly." in words
    assert words.count('class="preview"') == 2
    assert "noindex" in opened["X-Robots-Tag"]
    assert (opened["Referrer-Policy"], opened["Cache-Control"]) == ("same-origin", "private, no-store")
    assert set(opened.cookies) <= {"csrf"}
    assert f"/review/{made.token}/pictures/{picture.web.pk}/" in words
    assert "/w/barrow-rye/" not in words
    thanks = say(made.token, asked, seen_in(opened), note="Lovely.")
    assert "You approved" in thanks.content.decode()
    asked.refresh_from_db()
    assert (asked.status, lacking(asked)) == ("approved", [])
    yes = Approval.objects.get()
    assert (yes.by_name, yes.by, yes.is_others, yes.content_hash) == (
        "Nora (client)",
        None,
        True,
        asked.approved_hash,
    )
    assert Comment.objects.get().author_name == "Nora (client)"
    assert Activity.objects.get(verb="posts.approve_as_client").actor_name == "Nora (client)"
    told = set(Notification.objects.filter(kind="review_answered").values_list("person", flat=True))
    assert told == {alice.pk, bob.pk}


def test_the_composer_says_which_client_approved_it(asked, alice, bob, client_of):
    made = link_to(asked, by=alice)
    say(made.token, asked, seen_in(page(made.token)))
    words = client_of(bob).get(reverse("posts:edit", args=[asked.pk])).content.decode()
    assert '<span class="grow">Nora (client)</span>' in words
    assert "Somebody who has left" not in words


def test_pressed_twice_it_says_yes_once(asked, alice):
    made = link_to(asked, by=alice)
    seen = seen_in(page(made.token))
    assert [say(made.token, asked, seen).status_code for _ in range(2)] == [200, 200]
    assert (Approval.objects.count(), Post.objects.get().status) == (1, "approved")


def test_a_yes_to_what_is_not_there_any_more_is_refused_with_what_changed(asked, alice):
    made = link_to(asked, by=alice)
    seen = seen_in(page(made.token))
    Post.objects.filter(pk=asked.pk).update(caption="Bread, quickly.")
    refused = say(made.token, asked, seen)
    words = refused.content.decode()
    assert refused.status_code == 409
    assert "<del>slowly.</del><ins>quickly.</ins>" in words
    assert not Approval.objects.exists()
    assert say(made.token, asked, seen_in(refused)).status_code == 200
    assert Post.objects.get().status == "approved"


def test_what_was_seen_is_of_this_link_and_this_post_or_nothing(asked, alice):
    other = make_post("Other", review_status="in_review")
    both, only = link_to(asked, other, by=alice), link_to(other, by=alice)
    seen = seen_in(page(both.token, path=f"posts/{asked.pk}/"))
    assert say(both.token, other, seen).status_code == 409
    assert say(only.token, asked, seen).status_code == 404
    assert say(only.token, other, seen_in(page(both.token, path=f"posts/{other.pk}/"))).status_code == 409
    assert say(both.token, asked, "made:up").status_code == 409
    assert not Approval.objects.exists()


def test_a_client_sends_it_back_with_words_and_a_name(asked, alice):
    made = link_to(asked, by=alice)
    seen = seen_in(page(made.token))
    assert say(made.token, asked, seen, answer="changes").status_code == 422
    assert say(made.token, asked, seen, name="", answer="changes", note="No").status_code == 422
    assert Post.objects.get().status == "in_review"
    assert say(made.token, asked, seen, answer="changes", note="Say when.").status_code == 200
    post = Post.objects.get()
    assert (post.status, post.review_note) == ("changes_requested", "Say when.")


def test_where_clients_do_not_approve_their_yes_is_only_told(asked, alice, bob, workspace):
    workspace.client_approval = False
    workspace.save()
    made = link_to(asked, by=alice)
    assert say(made.token, asked, seen_in(page(made.token))).status_code == 200
    assert (Post.objects.get().status, Approval.objects.count()) == ("in_review", 0)
    assert Notification.objects.filter(person=bob, sentence__startswith="Nora (client) approved").exists()


def test_a_client_is_not_the_person_who_is_asked_for(asked, alice, workspace):
    workspace.approval, workspace.approver = "person", alice
    workspace.save()
    made = link_to(asked, by=alice)
    say(made.token, asked, seen_in(page(made.token)))
    assert Post.objects.get().status == "in_review"
    assert len(lacking(Post.objects.get())) == 1


def test_ended_revoked_and_wrong_links_lead_nowhere_even_where_they_are_open(asked, alice, workspace):
    picture = make_asset()
    use(picture, asked)
    made = link_to(asked, by=alice)
    seen = seen_in(page(made.token))
    shown = f"pictures/{picture.web.pk}/"
    assert page("no-such-link").status_code == 404
    ReviewLink.objects.update(ends_at=clock.now())
    assert [page(made.token, path=path).status_code for path in ("", shown)] == [410, 410]
    assert say(made.token, asked, seen).status_code == 410
    ReviewLink.objects.update(ends_at=clock.now() + timedelta(days=1), revoked_at=clock.now())
    assert [page(made.token, path=path).status_code for path in ("", shown)] == [404, 404]
    assert say(made.token, asked, seen).status_code == 404
    ReviewLink.objects.update(revoked_at=None)
    workspace.trashed_at = clock.now()
    workspace.save()
    assert page(made.token).status_code == 404
    assert not Approval.objects.exists()


def test_pictures_of_other_posts_and_originals_stay_hidden(asked, alice):
    mine, other = make_asset("Mine"), make_asset("Other")
    use(mine, asked)
    made = link_to(asked, by=alice)
    assert page(made.token, path=f"pictures/{other.web.pk}/").status_code == 404
    assert page(made.token, path=f"pictures/{mine.clean_copy.pk}/").status_code == 404


def test_a_password_opens_for_one_browser_and_cannot_be_guessed_at_will(asked, alice):
    made = link_to(asked, by=alice, password="sourdough")
    assert "sourdough" not in ReviewLink.objects.get().password
    browser, url = Client(), f"/review/{made.token}/"
    assert "Bread, slowly." not in page(made.token, client=browser).content.decode()
    assert browser.post(url, {"password": "rye"}).status_code == 422
    assert browser.post(url, {"password": "sourdough"}).status_code == 302
    assert "Bread, slowly." in page(made.token, client=browser).content.decode()
    assert "Bread, slowly." not in page(made.token).content.decode()
    guesses = [Client().post(url, {"password": f"guess {n}"}).status_code for n in range(10)]
    assert guesses[-1] == 429


def test_members_make_list_and_end_links_as_their_role_allows(asked, alice, carol, mallory, client_of):
    url = reverse("posts:review-links-of-post", args=[asked.pk])
    assert client_of(carol).post(url, {"days": 14}).status_code == 403
    assert client_of(mallory).get(url).status_code == 404
    assert not ReviewLink.objects.exists()
    browser = client_of(alice)
    other = make_post("Other", campaign=asked.campaign, review_status="in_review")
    assert browser.post(url, {"days": 365}).status_code == 422
    made = browser.post(url, {"days": 14, "password": "", "whole_campaign": "on"}).content.decode()
    token = re.search(r"/review/([\w-]{43})/", made)[1]
    assert set(LinkedPost.objects.values_list("post", flat=True)) == {asked.pk, other.pk}
    assert "Other" in page(token).content.decode()
    assert token not in browser.get(url).content.decode()
    assert "Open until" in browser.get(reverse("posts:review-links")).content.decode()
    link = ReviewLink.objects.get()
    end = reverse("posts:review-link-revoke", args=[link.pk])
    assert client_of(carol).post(end).status_code == 403
    assert page(token).status_code == 200
    assert browser.post(end, follow=True).status_code == 200
    assert page(token).status_code == 404


def test_a_guest_may_do_nothing_else(asked, workspace):
    with use_workspace(workspace), pytest.raises(Exception, match="Your role here"):
        approve_post(asked, by=Guest("Nora"))
    assert Post.objects.get().status == "in_review"


def test_a_link_is_no_way_around_the_token_of_forms(asked, alice):
    made = link_to(asked, by=alice)
    strict = Client(enforce_csrf_checks=True)
    seen = seen_in(page(made.token, client=strict))
    assert say(made.token, asked, seen, client=strict).status_code == 403
    assert not Approval.objects.exists()


# Which posts a link shows ---------------------------------------------------------------------------------------------


def shown_by(link):
    return set(LinkedPost.objects.filter(link=link).values_list("post__title", flat=True))


def waiting(title):
    return make_post(title, review_status="in_review")


def tick(browser, *posts, **more):
    words = {"verb": "client", "post": [str(post.pk) for post in posts]}
    return browser.post(reverse("posts:change-many"), words | more)


def test_ticked_posts_are_sent_to_a_client_by_a_link_that_is_shown_once(bob, carol, client_of):
    one, two, gone = waiting("One"), waiting("Two"), make_post("Gone", trashed_at=clock.now())
    browser = client_of(bob)
    asked = tick(browser, one, two)
    assert asked.status_code == 200
    assert "Send 2 posts to a client" in asked.content.decode()
    assert not ReviewLink.objects.exists()
    said = {"said": "1", "days": "7", "password": "", "link": ""}
    assert tick(browser, one, gone, **said).status_code == 409
    assert tick(client_of(carol), one, **said).status_code == 403
    assert not ReviewLink.objects.exists()
    made = tick(browser, one, two, **said)
    assert made["Cache-Control"] == "no-store"
    token = re.search(r"/review/([-\w]+)/", made.content.decode())[1]
    link = ReviewLink.objects.get()
    assert shown_by(link) == {"One", "Two"}
    assert page(token).status_code == 200
    assert token not in browser.get(reverse("posts:review-link", args=[link.pk])).content.decode()


def test_posts_are_put_on_a_link_and_taken_off_later_and_its_page_knows_at_once(
    bob, carol, mallory, client_of
):
    one, two = waiting("One"), waiting("Two")
    made = link_to(one, by=bob)
    browser, link = client_of(bob), made.link
    add, take = (reverse(f"posts:review-link-{verb}", args=[link.pk]) for verb in ("add", "take"))
    for person, status in ((carol, 403), (mallory, 404)):
        assert client_of(person).post(add, {"post": str(two.pk)}).status_code == status
    assert shown_by(link) == {"One"}
    assert "Two" in browser.get(reverse("posts:review-link", args=[link.pk])).content.decode()
    browser.post(add, {"post": [str(two.pk), str(one.pk)]})
    assert shown_by(link) == {"One", "Two"}
    assert page(made.token, path=f"posts/{two.pk}/").status_code == 200
    three = waiting("Three")
    tick(browser, three, said="1", days="14", password="", link=str(link.pk))
    assert shown_by(link) == {"One", "Two", "Three"}
    browser.post(take, {"post": str(two.pk)})
    assert page(made.token, path=f"posts/{two.pk}/").status_code == 404
    browser.post(take, {"post": str(three.pk)})
    browser.post(take, {"post": str(one.pk)})
    assert shown_by(link) == {"One"}, "The only one stays: then the link is to be ended."


def test_a_link_that_has_ended_or_is_full_takes_no_more(bob, client_of):
    campaign, channel = make_campaign(), make_channel()
    posts = [make_post(f"Post {n}", campaign, [channel], review_status="in_review") for n in range(21)]
    made = link_to(*posts[:19], by=bob)
    with pytest.raises(Refused, match="20 posts at most"):
        add_to_review_link(made.link, posts=posts[18:], by=bob)
    assert len(add_to_review_link(made.link, posts=posts[18:20], by=bob)) == 1
    with pytest.raises(Refused, match="20 posts at most"):
        add_to_review_link(made.link, posts=posts, by=bob)
    revoke_review_link(made.link, by=bob)
    for change in (
        lambda: add_to_review_link(made.link, posts=posts[:1], by=bob),
        lambda: take_from_review_link(made.link, post=posts[0], by=bob),
    ):
        with pytest.raises(Refused, match="has ended"):
            change()
    assert LinkedPost.objects.count() == 20
    url = reverse("posts:review-link", args=[made.link.pk])
    assert "Take it off" not in client_of(bob).get(url).content.decode()
