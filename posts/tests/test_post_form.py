from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aura.kit import clock
from campaigns.models import Brand
from posts.forms.moving import MoveForm
from posts.forms.post import PUBLISH, SCHEDULE, PostForm, words_name
from posts.models import Post
from posts.tests._made import make_asset, make_campaign, make_channel, make_post, use
from workspaces.scope import use_workspace

pytestmark = pytest.mark.usefixtures("scope")

ZONE = "Europe/Berlin"
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def data(**fields):
    query = QueryDict(mutable=True)
    query.update({"title": "Launch day", "caption": "Bread, slowly."})
    for name, value in fields.items():
        query.setlist(name, value) if isinstance(value, list) else query.update({name: str(value)})
    return query


def bound(intent="save", instance=None, now=NOW, zone=ZONE, strict=False, **fields):
    fields.setdefault("campaign", make_campaign().pk)
    return PostForm(data(**fields), instance=instance, zone=zone, now=now, intent=intent, strict=strict)


def test_a_draft_needs_a_title_and_a_campaign():
    form = PostForm(data(title="", campaign=""), zone=ZONE, now=NOW)
    assert not form.is_valid()
    assert form.errors["title"] == ["Give it a title, so that people find it."]
    assert form.errors["campaign"] == ["Pick the campaign it belongs to."]


@pytest.mark.parametrize(("field", "most"), [("title", 120), ("caption", 4000)])
def test_too_long_says_how_long(field, most):
    form = bound(**{field: "x" * (most + 1)})
    assert not form.is_valid()
    assert str(most) in form.errors[field][0]
    assert str(most + 1) in form.errors[field][0]
    assert bound(**{field: "x" * most}).is_valid()


def test_line_ends_are_one_character():
    channel = make_channel()
    form = bound(caption="one\r\ntwo", channels=[str(channel.pk)], **{words_name(channel): "a\r\nb"})
    assert form.is_valid()
    assert form.instance.caption == "one\ntwo"
    assert form.words == {channel: "a\nb"}


def test_too_long_for_a_network_is_a_finding_of_a_draft_and_an_error_of_a_schedule():
    short = make_channel("@rye", "by_hand", settings={"stands_for": "x"})
    form = bound(caption="x" * 281, channels=[str(short.pk)])
    assert form.is_valid()
    assert [check.code for check in form.checks if check.blocks] == ["text_too_long"]
    form = bound(SCHEDULE, caption="x" * 281, channels=[str(short.pk)], day="2026-02-01", time="09:00")
    assert not form.is_valid()
    assert "280" in form.errors["caption"][0]


def test_the_error_sits_under_the_own_words_that_are_too_long():
    short = make_channel("@rye", "by_hand", settings={"stands_for": "x"})
    own = {words_name(short): "x" * 300}
    form = bound(PUBLISH, channels=[str(short.pk)], **own)
    assert not form.is_valid()
    assert list(form.errors) == [words_name(short)]


def test_a_channel_of_another_brand_is_refused():
    other = make_channel("Other", brand=Brand.objects.create(name="Moss"))
    form = bound(channels=[str(other.pk)])
    assert not form.is_valid()
    assert "another brand" in form.errors["channels"][0]


def test_T2_what_belongs_to_others_reads_as_what_does_not_exist(other_workspace):
    with use_workspace(other_workspace):
        theirs = {"channels": make_channel().pk, "media": make_asset().pk, "campaign": make_campaign().pk}
    nobody = "01890000-0000-7000-8000-000000000000"
    for name, pk in theirs.items():
        wanted = {name: [str(pk)]}
        absent = {name: [nobody]}
        mine, none = bound(**wanted), bound(**absent)
        assert not mine.is_valid()
        assert not none.is_valid()
        assert dict(mine.errors) == dict(none.errors)


def test_media_keeps_its_order_once_each_and_has_a_limit(settings):
    settings.AURA_MEDIA_PER_POST = 2
    one, two, three = (make_asset(name) for name in ("One", "Two", "Three"))
    form = bound(media=[str(two.pk), str(one.pk), str(two.pk)])
    assert form.is_valid()
    assert form.pictures == [two, one]
    form = bound(media=[str(a.pk) for a in (one, two, three)])
    assert not form.is_valid()
    assert form.errors["assets"] == ["A post takes 2 pictures or films. Take out 1."]


@pytest.mark.parametrize("junk", ["no uuid", "", "'; DROP"])
def test_junk_for_an_asset_is_refused_in_words(junk):
    form = bound(media=[junk])
    assert not form.is_valid()
    assert form.errors["assets"] == ["Pick pictures that are in this workspace."]


def test_a_picture_that_could_not_be_read_is_refused():
    broken = make_asset()
    type(broken).objects.update(status="failed")
    assert "could not be read" in bound(media=[str(broken.pk)]).errors["assets"][0]


def test_day_and_time_come_together():
    assert bound(day="2026-03-13").errors == {"time": ["Pick a time too."]}
    assert bound(time="07:30").errors == {"day": ["Pick a day too."]}
    assert bound(SCHEDULE, channels=[str(make_channel().pk)]).errors == {"day": ["Pick a day and a time."]}


def test_a_time_is_kept_as_instant_wall_and_zone():
    form = bound(day="2026-07-01", time="07:30")
    assert form.is_valid()
    post = form.instance
    assert post.scheduled_at == datetime(2026, 7, 1, 5, 30, tzinfo=UTC)
    assert (post.wall_time, post.zone) == ("2026-07-01T07:30:00", ZONE)


def test_F12_a_time_that_does_not_exist_is_refused_with_what_does():
    form = bound(day="2026-03-29", time="02:30")
    assert not form.is_valid()
    assert "Pick 03:30 or later." in form.errors["time"][0]


def test_F12_a_time_that_comes_twice_is_asked_about():
    form = bound(day="2026-10-25", time="02:30")
    assert not form.is_valid()
    assert list(form.errors) == ["fold"]
    first, second = (bound(day="2026-10-25", time="02:30", fold=fold) for fold in "01")
    assert first.is_valid()
    assert second.is_valid()
    assert second.instance.scheduled_at - first.instance.scheduled_at == timedelta(hours=1)


def test_the_answer_about_a_time_that_comes_twice_is_not_asked_again():
    form = bound(day="2026-10-25", time="02:30", fold="1")
    form.is_valid()
    post = make_post(
        scheduled_at=form.instance.scheduled_at, wall_time=form.instance.wall_time, zone=form.instance.zone
    )
    kept = post.scheduled_at
    again = bound(day="2026-10-25", time="02:30", instance=post)
    assert again.is_valid()
    assert again.instance.scheduled_at == kept


def test_a_time_that_has_passed_is_refused_unless_it_is_the_old_one():
    assert "passed" in bound(day="2025-12-31", time="09:00").errors["time"][0]
    old = make_post(scheduled_at=datetime(2025, 12, 31, 8, tzinfo=UTC))
    assert bound(day="2025-12-31", time="09:00", instance=old).is_valid()
    assert not bound(SCHEDULE, day="2025-12-31", time="09:00", instance=old).is_valid()


@pytest.mark.parametrize("closed", [{"status": "completed"}, {"archived_at": NOW}, {"trashed_at": NOW}])
def test_a_campaign_that_is_over_blocks_the_schedule_and_not_the_draft(closed):
    campaign = make_campaign("Over", **closed)
    post = make_post(campaign=campaign)
    chosen = {"campaign": campaign.pk, "channels": [str(post.targets.get().channel_id)], "instance": post}
    assert bound(**chosen).is_valid()
    form = bound(SCHEDULE, day="2026-02-01", time="09:00", **chosen)
    assert not form.is_valid()
    assert "campaign" in form.errors


def test_the_form_of_a_saved_post_shows_what_is_saved():
    channel, asset = make_channel(), make_asset()
    post = make_post(channels=[channel], scheduled_at=datetime(2026, 7, 1, 5, 30, tzinfo=UTC))
    post.targets.update(own_words="For the sandbox")
    use(asset, post)
    draft = PostForm(instance=Post.objects.get(), zone=ZONE, now=NOW).drafted()
    assert draft.words == {channel: "For the sandbox"}
    assert draft.pictures == [asset]
    form = PostForm(instance=Post.objects.get(), zone=ZONE, now=NOW)
    assert (form["day"].value(), form["time"].value()) == (date(2026, 7, 1), clock_time(7, 30))


ZONES = [
    "Europe/Berlin",
    "Europe/Dublin",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "UTC",
]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    wall=st.datetimes(min_value=datetime(2026, 1, 3), max_value=datetime(2034, 12, 31)),
    zone=st.sampled_from(ZONES),
    fold=st.sampled_from(["", "0", "1"]),
)
def test_an_accepted_wall_time_is_what_clocks_show_at_that_instant(scope, wall, zone, fold):
    wall = wall.replace(second=0, microsecond=0)
    post = Post(title="x")
    form = MoveForm(
        QueryDict(f"day={wall:%Y-%m-%d}&time={wall:%H:%M}&fold={fold}"), post=post, zone=zone, now=NOW
    )
    happens = [
        instant
        for hours in range(-2, 3)
        for instant in [wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) + timedelta(minutes=30 * hours)]
        if clock.wall_of(instant, zone) == wall
    ]
    if form.is_valid():
        assert clock.wall_of(form.cleaned_data["at"], zone) == wall
    elif "fold" in form.errors:
        assert len(happens) == 2
        assert not fold
    else:
        assert "time" in form.errors
        assert not happens


def test_moving_to_another_day_keeps_the_time_of_day():
    post = make_post(scheduled_at=datetime(2026, 1, 10, 6, 30, tzinfo=UTC))
    form = MoveForm(QueryDict("day=2026-07-10"), post=post, zone=ZONE, now=NOW)
    assert form.is_valid()
    assert clock.wall_of(form.cleaned_data["at"], ZONE) == datetime(2026, 7, 10, 7, 30)


def test_what_never_had_a_time_goes_to_nine_in_the_morning():
    form = MoveForm(QueryDict("day=2026-07-10"), post=make_post(), zone=ZONE, now=NOW)
    assert form.is_valid()
    assert clock.wall_of(form.cleaned_data["at"], ZONE) == datetime(2026, 7, 10, 9, 0)
