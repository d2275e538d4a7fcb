"""Words as assets: written, measured, found, sorted, thrown away, downloaded, and taken into a post."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aura.kit.textcount import count
from media_library import text_limits
from media_library.models import Asset, FileDeletion, StoredFile
from media_library.names import title_of_words
from workspaces import search
from workspaces.models import Activity
from workspaces.operation import SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)
HEADLINE = "Rye that takes a whole day now"  # 30 letters


@pytest.fixture
def kept(bob, client_of, workspace, in_scope):
    """Write a headline by the page; return its asset."""

    def write(**words):
        words = {"kind": "headline", "body": HEADLINE, "title": "", **words}
        answer = client_of(bob).post(f"/w/{workspace.slug}/media/write/", words)
        assert answer.status_code == 302, answer.content.decode()
        with in_scope():
            return Asset.objects.get(pk=answer["Location"].rstrip("/").rsplit("/", 1)[1])

    return write


def test_words_are_ready_at_once_without_a_file(kept, bob, in_scope):
    asset = kept()
    assert (asset.kind, asset.body, asset.status, asset.current) == ("headline", HEADLINE, "ready", None)
    assert (asset.title, asset.created_by, asset.due_at) == (HEADLINE, bob, None)
    with in_scope():
        assert not StoredFile.objects.exists()
        assert Activity.objects.filter(verb="media_library.write_words", subject_id=asset.pk).count() == 1


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ("Short", "Short"),
        ("One line\nand another", "One line"),
        ("and/or \\ both", "and or both"),
        ("word " * 40, ("word " * 11).strip() + "…"),
        ("x" * 80, "x" * 59 + "…"),
    ],
)
def test_a_name_is_made_of_the_first_words(body, title):
    assert title_of_words(body) == title


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"body": ""}, "Write the words first."),
        ({"body": " \n "}, "Write the words first."),
        ({"body": "x" * 5001}, "5000"),
        ({"kind": ""}, "Say what kind of words these are."),
        ({"kind": "image"}, "Pick ad copy, headline"),
        ({"title": "x" * 121}, "120"),
    ],
)
def test_words_that_cannot_be_kept_say_why(bob, client_of, workspace, in_scope, sent, sentence):
    words = {"kind": "headline", "body": HEADLINE, "title": "", **sent}
    answer = client_of(bob).post(f"/w/{workspace.slug}/media/write/", words)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    with in_scope():
        assert not Asset.objects.exists()


def test_a_viewer_reads_words_and_writes_none(kept, carol, client_of, workspace, in_scope):
    asset, client = kept(), client_of(carol)
    page = client.get(f"/w/{workspace.slug}/media/{asset.pk}/").content.decode()
    assert HEADLINE in page
    assert "words-form" not in page
    assert client.get(f"/w/{workspace.slug}/media/write/").status_code == 403
    for path in ("write/", f"{asset.pk}/"):
        sent = {"kind": "headline", "body": "Other", "title": "Other"}
        assert client.post(f"/w/{workspace.slug}/media/{path}", sent).status_code == 403
    with in_scope():
        assert [one.body for one in Asset.objects.all()] == [HEADLINE]


def test_a_stranger_finds_no_words(kept, mallory, client_of, workspace):
    asset = kept()
    for path in ("write/", f"{asset.pk}/", f"{asset.pk}/file/"):
        assert client_of(mallory).get(f"/w/{workspace.slug}/media/{path}").status_code == 404


def test_lengths_are_those_of_the_composer_s_ruler():
    text = "Bread at https://bakery.example/a/very/long/address/indeed 🍞"
    for length in text_limits.lengths_of(text, Asset.TEXT_KINDS):
        assert length.used == count(text, length.place.rule)
    (x,) = [one for one in text_limits.lengths_of(text, ["ad_copy"]) if one.place.key == "x-post"]
    assert x.used == len("Bread at ") + 23 + 3


def test_every_limit_names_its_source_and_day():
    assert len({place.key for place in text_limits.TEXT_PLACES}) == len(text_limits.TEXT_PLACES)
    for place in text_limits.TEXT_PLACES:
        assert place.source.name
        assert place.source.sure in ("official", "mirror", "others")
        assert place.checked_on.year >= 2026
        assert place.limit > (place.shown or 0)


@pytest.mark.parametrize(
    ("more", "google", "meta", "tone"),
    [("", (0, 0), True, "good"), ("!", (1, 0), True, "bad"), ("!" * 11, (11, 0), False, "bad")],
)
def test_a_headline_knows_how_much_room_is_left(more, google, meta, tone):
    by_key = {one.place.key: one for one in text_limits.lengths_of(HEADLINE + more, ["headline"])}
    assert (by_key["google-headline"].over, by_key["google-headline"].left) == google
    assert by_key["google-headline"].tone == tone
    assert by_key["meta-headline"].is_cut == meta
    assert "x-post" not in by_key


def test_the_page_says_where_words_fit(kept, bob, client_of, workspace):
    page = client_of(bob).get(f"/w/{workspace.slug}/media/{kept(body=HEADLINE + '!').pk}/").content.decode()
    assert "Google Ads: headline" in page
    assert "1 too long" in page
    assert "31 of 30" in page
    assert "cut off after 27" in page
    assert 'data-limit="30"' in page
    assert 'data-rule="weighted"' in page


def test_words_are_changed_and_found_by_what_they_say_now(kept, bob, client_of, workspace, in_scope):
    asset, client = kept(), client_of(bob)
    sent = {"kind": "description", "body": "Baked beside a hot spring", "title": "Spring", "licence": "Ours"}
    assert client.post(f"/w/{workspace.slug}/media/{asset.pk}/", sent).status_code == 302
    with in_scope():
        asset.refresh_from_db()
        assert (asset.kind, asset.body, asset.title, asset.licence) == (
            "description",
            "Baked beside a hot spring",
            "Spring",
            "Ours",
        )
        assert search.ids("asset", "hot spring") == [asset.pk]
        assert search.ids("asset", "whole day") == []
    wrong = client.post(f"/w/{workspace.slug}/media/{asset.pk}/", {**sent, "body": ""})
    assert wrong.status_code == 422
    assert "<h1>Spring</h1>" in wrong.content.decode()


def test_the_library_shows_words_and_narrows_to_their_kind(kept, bob, client_of, workspace):
    kept()
    kept(kind="ad_copy", body="A <b>loaf</b> for Friday")
    client, address = client_of(bob), f"/w/{workspace.slug}/media/"
    page = client.get(address).content.decode()
    assert HEADLINE in page
    assert "A &lt;b&gt;loaf&lt;/b&gt; for Friday" in page
    assert "getting ready" not in page
    assert "data-poll" not in page
    page = client.get(address, {"kind": "ad_copy", "view": "list"}).content.decode()
    assert "for Friday" in page
    assert HEADLINE not in page
    assert HEADLINE in client.get(address, {"q": "whole day"}).content.decode()
    assert HEADLINE not in client.get(f"{address}pick/").content.decode()


def test_words_go_to_the_trash_and_come_back_and_go_for_good(kept, alice, client_of, workspace, in_scope):
    asset, client = kept(), client_of(alice)
    address = f"/w/{workspace.slug}/media/{asset.pk}/"
    assert client.post(f"{address}trash/").status_code == 302
    assert HEADLINE in client.get(f"/w/{workspace.slug}/media/?state=trash").content.decode()
    assert "In the trash since" in client.get(address).content.decode()
    with in_scope():
        assert search.ids("asset", "whole day") == []
    assert client.post(f"{address}restore/").status_code == 302
    with in_scope():
        assert search.ids("asset", "whole day") == [asset.pk]
    client.post(f"{address}trash/")
    assert client.post(f"{address}purge/").status_code == 302
    with in_scope():
        assert not Asset.objects.exists()
    assert not FileDeletion.objects.exists()


def test_words_take_tags_and_are_found_by_them(kept, bob, client_of, workspace, in_scope):
    asset, client = kept(), client_of(bob)
    assert (
        client.post(f"/w/{workspace.slug}/media/{asset.pk}/sort/", {"tags": "launch, rye"}).status_code == 302
    )
    page = client.get(f"/w/{workspace.slug}/media/", {"tag": "launch"}).content.decode()
    assert HEADLINE in page
    assert "?tag=launch" in client.get(f"/w/{workspace.slug}/media/{asset.pk}/").content.decode()


def test_words_are_downloaded_as_plain_text(kept, carol, client_of, workspace):
    asset = kept(body="Line one\r\nLine <two>", title="A/B: “first”")
    answer = client_of(carol).get(f"/w/{workspace.slug}/media/{asset.pk}/file/")
    assert answer.content.decode() == "Line one\nLine <two>"
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["Content-Disposition"].startswith("attachment")
    assert ".txt" in answer["Content-Disposition"]
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_post_begins_with_the_words(kept, bob, client_of, workspace):
    asset, client = kept(kind="ad_copy"), client_of(bob)
    page = client.get(f"/w/{workspace.slug}/media/{asset.pk}/").content.decode()
    assert f"/posts/new/?words={asset.pk}" in page
    composer = client.get(f"/w/{workspace.slug}/posts/new/", {"words": str(asset.pk)}).content.decode()
    assert HEADLINE in composer
    for wrong in ("x", str(uuid.uuid4()), ""):
        page = client.get(f"/w/{workspace.slug}/posts/new/", {"words": wrong})
        assert page.status_code == 200
        assert HEADLINE not in page.content.decode()


def test_the_palette_says_what_kind_of_words_it_found(kept, in_scope):
    asset = kept()
    with in_scope():
        (kind, (found,)), *_ = search.find("whole day")
    assert (kind.heading, found.title, found.note, found.thumb) == ("Media", asset.title, "Headline", "")


def test_the_page_of_words_stays_within_twelve_queries(kept, bob, client_of, workspace, in_scope):
    from media_library import operations

    asset, client = kept(), client_of(bob)
    with in_scope():
        operations.set_tags(asset, words=[f"tag {n}" for n in range(20)], by=SYSTEM)
    client.get(f"/w/{workspace.slug}/media/{asset.pk}/")
    with CaptureQueriesContext(connection) as queries:
        client.get(f"/w/{workspace.slug}/media/{asset.pk}/")
    assert len(queries) <= 12, [query["sql"] for query in queries]
