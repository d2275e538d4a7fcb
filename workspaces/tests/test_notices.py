"""Notifications: who is told, once, where they chose to hear of it, and who never."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from workspaces.models import Invitation, Mail, Membership, Notification, User, Workspace
from workspaces.notices import without_mail
from workspaces.operation import SYSTEM, Staff
from workspaces.operations import (
    choose_notices,
    delete_account,
    forget_old_notices,
    leave_workspace,
    notify,
    read_notices,
    remove_member,
    settle_notices,
)
from workspaces.scope import use_workspace

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
KIND = "post_failed"


def thing(number: int = 1) -> Invitation:
    return Invitation(pk=f"00000000-0000-7000-8000-{number:012d}")


def tell(*people: User | None, about: Any = None, kind: str = KIND, by: object = SYSTEM, **more: Any) -> None:
    told = {"sentence": "“Launch day” could not be sent", "url": "/w/barrow-rye/posts/", "now": NOW, **more}
    notify(people, kind, subject=about or thing(), by=by, **told)


@pytest.mark.django_db
def test_members_are_told_and_nobody_else(scope, alice, bob, carol, mallory):
    Membership.objects.filter(user=carol).delete()
    User.objects.filter(pk=bob.pk).update(is_active=False)
    tell(alice, bob, carol, mallory, None)
    assert [notice.person for notice in Notification.objects.all()] == [alice]
    assert [mail.to for mail in Mail.objects.all()] == [alice.email]


@pytest.mark.django_db
def test_whoever_did_it_is_not_told(scope, alice, bob):
    tell(alice, bob, by=bob)
    tell(alice, about=thing(2), by=Staff(alice))
    assert [notice.person for notice in Notification.objects.all()] == [alice]


@pytest.mark.django_db
def test_what_happens_again_while_unread_is_told_once(scope, alice):
    tell(alice)
    tell(alice, sentence="Twice", now=NOW + timedelta(minutes=5))
    tell(alice, about=thing(2))
    tell(alice, kind="post_missed")
    first = Notification.objects.get(kind=KIND, subject_id=thing().pk)
    assert (first.times, first.sentence, first.at) == (2, "Twice", NOW + timedelta(minutes=5))
    assert Notification.objects.count() == Mail.objects.count() == 3
    tell(alice, now=NOW + timedelta(hours=2))
    assert Mail.objects.count() == 4, "an hour later it is mailed once more"
    assert read_notices(alice, by=alice) == 3
    tell(alice)
    assert Notification.objects.filter(read_at=None).count() == 1


@pytest.mark.django_db
def test_each_hears_where_they_chose(scope, alice, bob, carol):
    choose_notices(alice, choices={KIND: (True, False)}, by=alice)
    choose_notices(bob, choices={KIND: (False, True)}, by=bob)
    choose_notices(carol, choices={KIND: (False, False)}, by=carol)
    tell(alice, bob, carol)
    assert [notice.person for notice in Notification.objects.all()] == [alice]
    assert [mail.to for mail in Mail.objects.all()] == [bob.email]
    with without_mail():
        tell(alice, bob, about=thing(2))
    assert Mail.objects.count() == 1


@pytest.mark.django_db
def test_a_mail_says_what_where_and_how_to_hear_less(scope, alice, settings):
    settings.AURA_URL = "https://aura.example"
    tell(alice, sentence="Bob asks you\nBcc: x@example.com", words="First line\n\nsecond <b>line</b>")
    mail = Mail.objects.get()
    assert mail.subject == "Bob asks you Bcc: x@example.com"
    assert "First line second <b>line</b>" in mail.body
    assert "https://aura.example/w/barrow-rye/posts/" in mail.body
    assert "https://aura.example/profile/#notices" in mail.body


@pytest.mark.django_db
def test_long_words_are_cut_and_not_refused(scope, alice):
    tell(alice, sentence="x" * 999, words="\x00y" * 999, url="/" + "z" * 900)
    notice = Notification.objects.get()
    assert (len(notice.sentence), len(notice.words), len(notice.url)) == (300, 500, 500)


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["removed", "left", "account deleted"])
def test_who_goes_takes_what_they_were_told_along(scope, how, alice, bob, settings):
    settings.EMAIL_URL = "smtp://127.0.0.1:9"
    tell(alice, bob)
    membership = Membership.objects.get(user=bob)
    if how == "removed":
        remove_member(membership, by=alice)
    elif how == "left":
        leave_workspace(membership, by=bob)
    else:
        delete_account(bob, by=bob)
    assert [notice.person for notice in Notification.objects.all()] == [alice]
    assert [mail.to for mail in Mail.objects.all()] == [alice.email], "what waited to be sent to them, too"
    tell(bob, about=thing(2))
    assert Notification.objects.count() == Mail.objects.count() == 1


@pytest.mark.django_db
def test_what_somebody_has_seen_to_is_read_for_all(scope, alice, bob):
    tell(alice, bob)
    tell(alice, about=thing(2))
    settle_notices(thing(), [KIND], now=NOW)
    assert Notification.objects.filter(read_at=NOW).count() == 2


@pytest.mark.django_db
def test_old_ones_are_forgotten_after_ninety_days(scope, alice):
    tell(alice)
    assert forget_old_notices(NOW + timedelta(days=89)) == 0
    assert forget_old_notices(NOW + timedelta(days=91)) == 1


@pytest.mark.django_db
def test_the_bell_counts_to_nine_and_costs_no_query(
    scope, workspace: Workspace, alice: User, bob: User, client_of: Callable[[User], Client]
) -> None:
    client, path = client_of(alice), f"/w/{workspace.slug}/settings/"

    def page() -> tuple[str, int]:
        with CaptureQueriesContext(connection) as queries:
            return client.get(path).content.decode(), len(queries)

    page()
    html, cost = page()
    assert 'aria-label="Notifications"' in html
    for number in range(12):
        tell(alice, about=thing(number))
        tell(bob, about=thing(number))
        if number == 2:
            assert 'aria-label="Notifications, 3 new"' in page()[0]
    html, with_news = page()
    assert 'aria-label="Notifications, 9+ new"' in html
    assert with_news == cost
    read_notices(alice, by=alice)
    assert 'aria-label="Notifications"' in page()[0]
    with use_workspace(workspace):
        assert Notification.objects.filter(person=bob, read_at=None).count() == 12


@pytest.mark.django_db
def test_news_of_another_workspace_do_not_ring_here(
    workspace, other_workspace, mallory, alice, client_of: Callable[[User], Client]
) -> None:
    Membership.objects.create(workspace=workspace, user=mallory, role="viewer")
    with use_workspace(other_workspace):
        tell(mallory)
    client = client_of(mallory)
    assert 'aria-label="Notifications"' in client.get(f"/w/{workspace.slug}/notifications/").content.decode()
    there = client.get(f"/w/{other_workspace.slug}/notifications/").content.decode()
    assert 'aria-label="Notifications, 1 new"' in there
    assert "could not be sent" in there


@pytest.mark.django_db
def test_a_person_opens_and_reads_their_own_only(scope, workspace, alice, bob, carol, client_of):
    tell(alice, bob, words="<b>wide</b>")
    hers, his = (Notification.objects.get(person=person) for person in (alice, bob))
    base = f"/w/{workspace.slug}/notifications/"
    for verb in ("open", "read"):
        assert client_of(carol).post(f"{base}{hers.pk}/{verb}/").status_code == 404
        assert client_of(alice).get(f"{base}{hers.pk}/{verb}/").status_code == 405
    client_of(carol).post(f"{base}read/")
    assert Notification.objects.filter(read_at=None).count() == 2
    page = client_of(alice).get(base).content.decode()
    assert "&lt;b&gt;wide&lt;/b&gt;" in page
    menu = client_of(alice).get(f"{base}new/", headers={"HX-Request": "true"}).content.decode()
    assert menu.count("“Launch day” could not be sent") == 1
    assert client_of(alice).post(f"{base}{hers.pk}/open/").url == "/w/barrow-rye/posts/"
    assert client_of(bob).post(f"{base}{his.pk}/read/").url == base
    assert not Notification.objects.filter(read_at=None).exists()
    assert client_of(alice).get(f"{base}new/").url == base
    assert "Mark all as read" not in client_of(alice).get(base).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://evil.example/", "//evil.example/"])
def test_an_address_that_leads_away_is_not_followed(scope, workspace, alice, client_of, url):
    tell(alice, url=url)
    path = f"/w/{workspace.slug}/notifications/{Notification.objects.get().pk}/open/"
    assert client_of(alice).post(path).url == f"/w/{workspace.slug}/notifications/"


@pytest.mark.django_db
def test_pages_of_forty_follow_each_other(scope, workspace, alice, client_of):
    for number in range(45):
        tell(alice, about=thing(number), sentence=f"News {number:02d}.", now=NOW + timedelta(minutes=number))
    client, base = client_of(alice), f"/w/{workspace.slug}/notifications/"
    first = client.get(base)
    assert first.content.decode().count("notices__open") == 40
    second = client.get(base + first.context["links"]["older"]).content.decode()
    assert "News 04." in second
    assert "News 05." not in second


@pytest.mark.django_db
def test_the_profile_keeps_what_a_person_chose(alice, bob, client_of):
    client = client_of(alice)
    page = client.get("/profile/").content.decode()
    assert "A post of mine could not be sent" in page
    assert client.post("/profile/notices/", {"post_failed_aura": "on"}).url == "/profile/#notices"
    alice.refresh_from_db()
    bob.refresh_from_db()
    assert alice.notices[KIND] == [True, False]
    assert alice.notices["post_missed"] == [False, False]
    assert bob.notices == {}
    again = client.get("/profile/").content.decode()
    assert 'name="post_failed_aura" id="id_post_failed_aura" checked' in again
    assert 'name="post_failed_mail" id="id_post_failed_mail" checked' not in again
