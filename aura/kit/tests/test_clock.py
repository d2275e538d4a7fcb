"""Wall times: gaps are refused, folds are asked about, and everything else comes back as it went in."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from aura.kit import clock

ZONES = ["UTC", "Europe/Dublin", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]


@given(st.datetimes(datetime(2000, 1, 1), datetime(2037, 12, 31)), st.sampled_from(ZONES))
def test_a_wall_time_that_exists_once_comes_back_as_it_was(wall: datetime, zone: str) -> None:
    try:
        instant = clock.instant_of(wall, zone)
    except clock.WallTimeProblem:
        assume(False)
    assert instant.tzinfo is UTC
    assert clock.wall_of(instant, zone) == wall


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2037, 12, 31), timezones=st.just(UTC)), st.sampled_from(ZONES)
)
def test_every_instant_has_a_wall_time_that_leads_back_to_it(instant: datetime, zone: str) -> None:
    wall = clock.wall_of(instant, zone)
    assert instant in {clock.instant_of(wall, zone, fold=0), clock.instant_of(wall, zone, fold=1)}


def test_a_wall_time_that_clocks_skip_is_refused_with_the_next_one() -> None:
    with pytest.raises(clock.NoSuchTime, match=r"does not exist\. Pick 03:30 or later"):
        clock.instant_of(datetime(2026, 3, 29, 2, 30), "Europe/Berlin")


def test_a_wall_time_that_happens_twice_is_asked_about() -> None:
    wall = datetime(2026, 10, 25, 2, 30)
    with pytest.raises(clock.TimeTwice, match="happens twice") as question:
        clock.instant_of(wall, "Europe/Berlin")
    assert question.value.second - question.value.first == timedelta(hours=1)
    assert clock.instant_of(wall, "Europe/Berlin", fold=0) == question.value.first
    assert clock.instant_of(wall, "Europe/Berlin", fold=1) == question.value.second


def test_a_recurring_time_in_a_gap_is_shifted_and_of_two_the_first_counts() -> None:
    gap = clock.shifted_instant_of(datetime(2026, 3, 29, 2, 30), "Europe/Berlin")
    assert clock.wall_of(gap, "Europe/Berlin") == datetime(2026, 3, 29, 3, 30)
    fold = clock.shifted_instant_of(datetime(2026, 10, 25, 2, 30), "Europe/Berlin")
    assert fold == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_zones_are_known_by_their_iana_name() -> None:
    assert clock.is_zone("Europe/Dublin")
    assert not clock.is_zone("Mars/Olympus")
