"""Quiet times: hours past midnight, weekdays, days off, and nights when the clocks change."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aura.kit import clock
from workspaces.models import Workspace
from workspaces.quiet import DayOff, Quiet

DUBLIN = "Europe/Dublin"
FORWARD, BACK = datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)
times = st.times().map(lambda t: t.replace(second=0, microsecond=0, fold=0))
quiets = st.builds(
    lambda hours, days, off, zone: Quiet(zone, *hours, weekdays=days, days_off=off),
    st.one_of(st.just((None, None)), st.tuples(times, times).filter(lambda pair: pair[0] != pair[1])),
    st.frozensets(st.integers(0, 6), max_size=2),
    st.sampled_from([(), (DayOff(date(2026, 3, 30), date(2026, 3, 31), "Fair"),)]),
    st.sampled_from([DUBLIN, "America/St_Johns", "Australia/Lord_Howe", "Africa/Cairo", "UTC"]),
)
instants = st.builds(
    lambda day, minutes: day + timedelta(minutes=minutes),
    st.sampled_from([FORWARD, BACK, datetime(2026, 4, 24, tzinfo=UTC), datetime(2026, 4, 5, tzinfo=UTC)]),
    st.integers(-26 * 60, 26 * 60),
)


@given(quiets, instants)
@settings(max_examples=150, deadline=None)
def test_the_end_of_the_quiet_is_the_first_minute_that_is_free(quiet, at):
    end = quiet.ends(at)
    assert end is not None
    assert not quiet.why(end)
    minute = at
    while minute < end:
        assert quiet.why(minute), f"{minute} is free, before {end}"
        minute += timedelta(minutes=1)


@given(quiets, instants)
@settings(max_examples=80, deadline=None)
def test_quiet_is_what_the_clocks_on_the_wall_say(quiet, at):
    wall = clock.wall_of(at, quiet.zone)
    hours = False
    if quiet.since is not None:
        day = datetime.combine(wall.date(), quiet.since)
        length = (datetime.combine(wall.date(), quiet.until) - day) % timedelta(days=1)
        hours = any(begin <= wall < begin + length for begin in (day, day - timedelta(days=1)))
    off = any(one.first <= wall.date() <= one.last for one in quiet.days_off)
    assert bool(quiet.why(at)) is (hours or off or wall.weekday() in quiet.weekdays)


def test_what_is_quiet_for_ever_has_no_end():
    assert Quiet("UTC", weekdays=frozenset(range(7))).ends(FORWARD) is None


TYPED = {"quiet_from": "22:00", "quiet_until": "07:00", "weekdays": ["5", "6"], "quiet_blocks": "True"}


def days(*rows):
    return {
        f"{name}_{n}": value
        for n, row in enumerate(rows)
        for name, value in zip(("first", "last", "why"), row, strict=False)
    }


def test_quiet_times_are_set_on_their_page(alice, workspace, client_of):
    url = f"/w/{workspace.slug}/settings/quiet/"
    form = TYPED | days(("2026-12-24", "2026-12-26", "Christmas"), ("2026-11-30", "", ""))
    answer = client_of(alice).post(url, form, follow=True)
    workspace.refresh_from_db()
    quiet = Quiet.of(workspace)
    assert (quiet.since, quiet.until, quiet.weekdays, quiet.blocks) == (time(22), time(7), {5, 6}, True)
    assert quiet.days_off == (
        DayOff(date(2026, 11, 30), date(2026, 11, 30)), DayOff(date(2026, 12, 24), date(2026, 12, 26), "Christmas"),
    )  # fmt: skip
    page = answer.content.decode()
    assert 'value="Christmas"' in page
    assert 'value="22:00"' in page
    client_of(alice).post(url, {"quiet_blocks": "False"})
    workspace.refresh_from_db()
    assert Quiet.of(workspace) == Quiet(workspace.zone)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"quiet_until": ""}, "Say both"),
        ({"quiet_until": "22:00"}, "the same minute"),
        ({"weekdays": [str(n) for n in range(7)]}, "Leave at least one"),
        (days(("2026-12-26", "2026-12-24", "")), "ends before it begins"),
        (days(("", "", "Nothing")), "Say the day"),
        (days(("soon", "", "")), "Write the day like"),
    ],
)
def test_what_makes_no_sense_is_said_and_nothing_saved(changes, said, alice, workspace, client_of):
    answer = client_of(alice).post(f"/w/{workspace.slug}/settings/quiet/", TYPED | changes)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert Workspace.objects.get().quiet_from is None


def test_members_read_quiet_times_and_admins_change_them(bob, carol, mallory, workspace, client_of):
    url = f"/w/{workspace.slug}/settings/quiet/"
    for person in (bob, carol):
        assert client_of(person).get(url).status_code == 200
        assert client_of(person).post(url, TYPED).status_code == 403
    assert client_of(mallory).get(url).status_code == 404
    assert Workspace.objects.get(pk=workspace.pk).quiet_from is None
