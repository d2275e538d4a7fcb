"""Posts from a sheet: the way of a person through the pages, and how rows are judged."""

from __future__ import annotations

import uuid

import pytest
from django.core.files.storage import default_storage

from aura.kit import clock
from campaigns.models import Campaign
from imports.models import Import, ImportRow
from imports.operations import working
from imports.tests.sheets import workbook
from media_library.operations.uploads import index
from posts.importing.kind import PostOptions
from posts.models import Post
from posts.tests._made import make_asset, make_campaign, make_channel
from posts.tests._sheets import GOOD, HEADINGS, act, checked, said, set_columns, upload, uploaded, work
from workspaces.models import Activity
from workspaces.scope import use_workspace

R = ImportRow.Status


def test_a_sheet_becomes_posts_in_five_steps(room, alice, client_of) -> None:
    client = client_of(alice)
    picture = make_asset("Buns 01")
    index(picture)
    text = (
        HEADINGS
        + GOOD
        + "Rye,Dark,24/03/2099,12:30,Sandbox,Hot-spring rye,Buns 01,13\n,,,,,,,\nNo channel,x,,,,,,\n"
    )
    source = uploaded(client, text)
    page = client.get(f"/w/barrow-rye/imports/{source.pk}/", follow=True).content.decode()
    assert "Aura recognised 7 of 8 columns" in page
    assert source.mapping == ["title", "caption", "date", "time", "channels", "campaign", "media", ""]
    assert default_storage.exists(source.file_key)
    set_columns(client, source, then="schedule", campaign=str(room["campaign"].pk))
    source.refresh_from_db()
    assert (source.status, Post.objects.count()) == ("checking", 0)
    assert "Looking at every row" in client.get(f"/w/barrow-rye/imports/{source.pk}/").content.decode()
    work(source)
    assert (source.status, source.rows, source.wrong, source.ready) == ("checked", 3, 0, 3), said(source)
    page = client.get(f"/w/barrow-rye/imports/{source.pk}/?show=all").content.decode()
    assert "Bring in 3 posts" in page
    assert "Warm, and gone by ten" in page
    assert Post.objects.count() == 0, "Nothing comes in before somebody says so."
    act(client, source, "bring-in")
    assert source.status == "bringing"
    work(source)
    assert (source.status, source.brought) == ("done", 3)
    buns, rye, bare = Post.objects.order_by("id")
    assert (buns.title, buns.caption, buns.status) == ("Spring buns", "Warm, and gone by ten", "scheduled")
    assert clock.wall_of(buns.scheduled_at, "Europe/Dublin").isoformat() == "2099-03-23T09:30:00"
    assert [target.channel for target in buns.targets.all()] == [room["channel"]]
    assert [use.asset for use in rye.media.all()] == [picture]
    assert (bare.status, bare.scheduled_at, bare.campaign) == ("draft", None, room["campaign"])
    assert "3 posts are in" in client.get(f"/w/barrow-rye/imports/{source.pk}/").content.decode()
    assert Activity.objects.filter(verb="imports.bring_in_import").count() == 1


def test_a_spreadsheet_comes_in_as_a_csv_does(room, alice, client_of) -> None:
    rows = [["Title", "Campaign", "Date", "Time"], ["Buns", "Hot-spring rye", 73000.0, "9:30"]]
    source = checked(client_of(alice), workbook(rows))
    assert (source.status, source.wrong, said(source)[2]) == ("checked", 0, "")


def test_every_row_is_judged_by_the_form_of_the_composer_and_what_is_wrong_says_what_to_do(
    room, alice, client_of
) -> None:
    make_channel("LinkedIn, Barrow", network="webhook")
    rows = [
        "T" * 121 + ",x,,,,Hot-spring rye,,",
        "No campaign,x,,,,Hot sprung rye,,",
        "No such channel,x,,,Sandbax,Hot-spring rye,,",
        "No such day,x,31/02/2099,09:00,,Hot-spring rye,,",
        "No time,x,2099-03-23,,,Hot-spring rye,,",
        "Passed,x,2001-03-23,09:00,,Hot-spring rye,,",
        "Skipped,x,2099-03-29,01:30,,Hot-spring rye,,",
        "Twice,x,2099-10-25,01:30,,Hot-spring rye,,",
        "Twice and said,x,2099-10-25T01:30+00:00,,,Hot-spring rye,,",
        "No such picture,x,,,,Hot-spring rye,flour_70.jpg,",
        "Fine,<script>x</script>,,,\"LinkedIn, Barrow\",Hot-spring rye,,",
        "Far,too,many,cells,in,this,row,of,the,sheet",
    ]  # fmt: skip
    source = checked(client_of(alice), HEADINGS + "\n".join(rows))
    found = said(source)
    expected = {
        2: "A title has at most 120 characters",
        3: "Did you mean “Hot-spring rye”?",
        4: "No channel is called “Sandbax”. Did you mean “The sandbox”?",
        5: "February 2099 has no day 31",
        6: "It has a day and no time",
        7: "That time has passed",
        8: "does not exist",
        9: "happens twice",
        11: "“flour_70.jpg” is not in the library",
        13: "more cells than there are headings",
    }
    assert {line: text for line, text in found.items() if expected.get(line, "") not in text} == {}
    assert [line for line, text in found.items() if line not in expected and text] == []
    assert (source.wrong, source.ready) == (10, 2)
    said_twice = ImportRow.objects.get(source=source, line=10)
    assert said_twice.shown["at"] == "2099-10-25T01:30:00+00:00"
    act(client_of(alice), source, "bring-in")
    work(source)
    assert set(Post.objects.values_list("title", flat=True)) == {"Twice and said", "Fine"}
    page = client_of(alice).get(f"/w/barrow-rye/imports/{source.pk}/?show=all").content.decode()
    assert "<script>x</script>" not in page


def test_days_that_can_be_read_in_two_ways_are_asked_about(room, alice, client_of) -> None:
    client = client_of(alice)
    text = "Title,Campaign,Date,Time\nBuns,Hot-spring rye,03/04/2099,09:00\n"
    source = uploaded(client, text)
    assert (
        "Which order are the days in?"
        in client.get(f"/w/barrow-rye/imports/{source.pk}/columns/").content.decode()
    )
    answer = set_columns(client, source)
    assert answer.status_code == 422
    assert "03/04/2099 can be two days" in answer.content.decode()
    source.refresh_from_db()
    assert source.status == "columns"
    set_columns(client, source, order="mdy")
    work(source)
    assert ImportRow.objects.get().shown["at"].startswith("2099-03-04")
    again = checked(client, text.replace("03/04", "13/04"))
    assert ImportRow.objects.get(source=again).shown["at"].startswith("2099-04-13"), (
        "The file says it by itself."
    )


def test_what_was_said_of_columns_is_remembered_here_for_sheets_with_the_same_headings(
    room, alice, client_of, other_workspace
) -> None:
    client = client_of(alice)
    text = "A,B\nBuns,Hot-spring rye\n"
    first = uploaded(client, text)
    assert first.mapping == ["", ""]
    set_columns(client, first, column_0="title", column_1="campaign")
    assert uploaded(client, text.replace("Buns", "Rye")).mapping == ["title", "campaign"]
    with use_workspace(other_workspace):
        from imports.kinds import get_kind
        from imports.recognising import guess

        assert guess(get_kind("posts"), ["A", "B"], []).mapping == ["", ""]


def test_one_thing_cannot_be_two_columns(room, alice, client_of) -> None:
    client = client_of(alice)
    source = uploaded(client, "A,B\n1,2\n")
    assert set_columns(client, source, column_0="title", column_1="title").status_code == 422
    assert set_columns(client, source, column_0="", column_1="").status_code == 422
    assert set_columns(client, source, column_0="nonsense").status_code == 422
    source.refresh_from_db()
    assert source.status == "columns"


def test_letters_that_look_wrong_can_be_read_in_another_encoding(room, alice, client_of) -> None:
    client = client_of(alice)
    source = uploaded(client, "Заголовок,Campaign\nХлеб,Hot-spring rye\n".encode("cp1251"))
    assert source.headings[0] != "Заголовок"
    client.post(f"/w/barrow-rye/imports/{source.pk}/read-as/", {"encoding": "cp1251"})
    source.refresh_from_db()
    assert source.headings[0] == "Заголовок"
    set_columns(client, source, column_0="title", column_1="campaign")
    assert ImportRow.objects.filter(source=work(source)).get().cells[0] == "Хлеб"


def test_a_row_is_put_right_by_hand_and_comes_in(room, alice, client_of) -> None:
    client = client_of(alice)
    source = checked(client, HEADINGS + GOOD.replace("Hot-spring", "Hot"))
    row = ImportRow.objects.get()
    assert (row.status, source.wrong) == (R.WRONG, 1)
    assert "Hot rye" in client.get(f"/w/barrow-rye/imports/rows/{row.pk}/").content.decode()
    data = {f"cell_{number}": cell for number, cell in enumerate(row.cells[:7])}
    assert client.post(f"/w/barrow-rye/imports/rows/{row.pk}/", data).status_code == 422
    assert (
        client.post(f"/w/barrow-rye/imports/rows/{row.pk}/", data | {"cell_5": "hot-spring RYE"}).status_code
        == 302
    )
    source.refresh_from_db()
    assert (source.wrong, source.ready) == (0, 1)
    work(act(client, source, "bring-in"))
    assert Post.objects.get().title == "Spring buns"


def test_what_was_left_out_comes_as_a_file_with_the_reasons_and_guarded(room, alice, client_of) -> None:
    client = client_of(alice)
    source = checked(client, HEADINGS + GOOD + "=1+1,x,,,,Nothing,,\n")
    answer = client.get(f"/w/barrow-rye/imports/{source.pk}/errors.csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert text.splitlines()[0] == "Headline,Text,Date,Time,Channel,Camp.,Image,KW,Row,Why"
    assert text.splitlines()[1].startswith("'=1+1,x,,,,Nothing,,,3,No campaign is called “Nothing”.")
    assert len(text.splitlines()) == 2
    again = uploaded(client, text)
    assert again.headings[-2:] == ["Row", "Why"]


def test_T2_names_and_ids_of_another_workspace_are_names_of_nothing(
    room, alice, client_of, other_workspace
) -> None:
    with use_workspace(other_workspace):
        theirs = make_campaign("Theirs")
        picture, channel = make_asset("Their picture"), make_channel("Their channel")
    text = (
        f"T,{theirs.pk},{picture.pk},{channel.pk}\nT,Theirs,Their picture,Their channel\nT,{uuid.uuid4()},,\n"
    )
    source = checked(client_of(alice), "Title,Campaign,Image,Channel\n" + text)
    found = said(source)
    assert source.wrong == 3
    assert found[2].count("No campaign is called") == 1
    assert all(
        "Their"
        not in text.replace("“Theirs”", "").replace("“Their picture”", "").replace("“Their channel”", "")
        for text in found.values()
    )


@pytest.mark.parametrize(
    ("content", "status"), [(b"", 422), (b"PK\x03\x04 no", 422), (b"\x89PNG" + b"\x00" * 99, 422)]
)
def test_what_is_no_table_is_refused_and_nothing_is_kept(room, alice, client_of, content, status) -> None:
    assert upload(client_of(alice), content).status_code == status
    assert Import.objects.count() == 0


def test_a_sheet_without_campaigns_asks_for_one_before_its_rows_are_judged(room, alice, client_of) -> None:
    client = client_of(alice)
    source = uploaded(client, "Title,Words\nBuns,Warm\nRye,Dark\n")
    page = set_columns(client, source)
    assert page.status_code == 422
    assert "No column names a campaign. Pick one for all rows" in page.content.decode()
    source.refresh_from_db()
    assert (source.status, source.rows) == ("columns", 0)
    assert (
        set_columns(client, source, campaign=str(Campaign.objects.get(name="Hot-spring rye").pk)).status_code
        == 302
    )
    work(source)
    assert (source.status, source.ready) == ("checked", 2)


def test_where_there_is_no_campaign_yet_the_choice_says_so(scope, bob) -> None:
    field = PostOptions(initial={}, by=bob).fields["campaign"]
    assert list(field.choices) == [("", "Start a campaign first")]


def test_limits_are_named(room, alice, client_of, settings) -> None:
    client = client_of(alice)
    settings.AURA_IMPORT_MB, settings.AURA_IMPORT_ROWS = 1, 2
    answer = upload(client, b"Title\n" + b"x" * 1_000_100)
    assert (answer.status_code, "1 MB" in answer.content.decode()) == (413, True)
    source = checked(client, "Title,Campaign\na,Rye\nb,Rye\nc,Rye\n")
    assert (source.status, "more than 2 rows" in source.failure) == ("failed", True)


def test_hashtags_and_links_come_below_the_words_once(room, alice, client_of) -> None:
    text = (
        'Words,Campaign,Hashtags,Link\nFresh #rye,Hot-spring rye,"rye, #slow bread",https://example.com/a\n'
    )
    client = client_of(alice)
    work(act(client, checked(client, text), "bring-in"))
    post = Post.objects.get()
    assert post.caption == "Fresh #rye\n\nhttps://example.com/a\n\n#slow #bread"
    assert post.title == "Fresh #rye"


def test_rows_that_say_the_same_are_pointed_out_and_kept(room, alice, client_of, monkeypatch) -> None:
    monkeypatch.setattr(working, "JUDGED_AT_ONCE", 2)
    again = GOOD.replace("Spring", "Other").replace('"Warm, and', '"Warm and')
    source = checked(client_of(alice), HEADINGS + GOOD + GOOD.replace("Warm", "Cold") + again + again)
    found = said(source)
    assert (source.wrong, source.ready) == (0, 4)
    assert "says the same" not in found[2] + found[3]
    assert "Row 2 says the same" in found[4]
    assert "Row 2 says the same" in found[5]


def test_a_row_names_its_own_zone_and_a_page_costs_the_same_for_many_rows(
    room, alice, client_of, django_assert_max_num_queries
) -> None:
    client = client_of(alice)
    zones = ["Asia/Tokyo", "", "Mars/Olympus"]
    rows = "".join(f"Post {n},Hot-spring rye,2099-03-23,09:30,{zone}\n" for n, zone in enumerate(zones))
    rows += "".join(f"More {n},Hot-spring rye,,,\n" for n in range(60))
    source = checked(client, "Title,Campaign,Date,Time,Time zone\n" + rows)
    at = {row.line: row.shown["at"] for row in ImportRow.objects.filter(source=source, line__lt=5)}
    assert (at[2], at[3]) == ("2099-03-23T00:30:00+00:00", "2099-03-23T09:30:00+00:00")
    assert "“Mars/Olympus” is no time zone" in said(source)[4]
    for query in ("", "?show=all", "?show=warned"):
        with django_assert_max_num_queries(12):
            page = client.get(f"/w/barrow-rye/imports/{source.pk}/{query}").content.decode()
    page = client.get(f"/w/barrow-rye/imports/{source.pk}/?show=all").content.decode()
    assert ("More 40" in page, "More 55" in page, "after=" in page) == (True, False, True)
