"""Days and times as people write them."""

from __future__ import annotations

import time as time_module
from datetime import date, time, timedelta

import pytest

from imports.days import (
    DMY,
    MDY,
    Unclear,
    looks_like_day,
    looks_like_time,
    needs_order,
    orders_of,
    read_moment,
    read_time,
)


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("2027-03-04", DMY, date(2027, 3, 4)),
        ("2027-03-04", MDY, date(2027, 3, 4)),
        ("2027/3/4", DMY, date(2027, 3, 4)),
        ("03/04/2027", DMY, date(2027, 4, 3)),
        ("03/04/2027", MDY, date(2027, 3, 4)),
        ("3.4.27", DMY, date(2027, 4, 3)),
        ("4. March 2027", DMY, date(2027, 3, 4)),
        ("Thu, 4 Mar 2027", DMY, date(2027, 3, 4)),
        ("March 4th, 2027", DMY, date(2027, 3, 4)),
        ("4-Mar-27", MDY, date(2027, 3, 4)),
    ],
)
def test_a_day_is_read_in_the_order_that_was_said(text, order, day) -> None:
    assert read_moment(text, order).day == day


def test_a_day_with_a_time_in_the_same_cell_is_read_whole() -> None:
    for text in ("2027-03-04 09:30", "2027-03-04T09:30:00", "4/3/2027 9:30 AM", "4.3.2027, 9.30"):
        moment = read_moment(text, DMY)
        assert (moment.day, moment.time, moment.offset) == (date(2027, 3, 4), time(9, 30), None), text
    assert read_moment("2027-03-04T09:30:00+01:00", DMY).offset == timedelta(hours=1)
    assert read_moment("2027-03-04T09:30Z", DMY).offset == timedelta(0)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("9:30", (9, 30)), ("09.30", (9, 30)), ("21h30", (21, 30)), ("9 pm", (21, 0)), ("12:15 a.m.", (0, 15)),
        ("07:30:00", (7, 30)),
    ],
)  # fmt: skip
def test_a_time_is_read_however_it_is_written(text, at) -> None:
    assert read_time(text) == time(*at)


@pytest.mark.parametrize("text", ["25:00", "9", "13 pm", "noon", "1e309", "９:30x"])
def test_what_is_no_time_says_how_to_write_one(text) -> None:
    with pytest.raises(Unclear, match="Write it like 07:30"):
        read_time(text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("31/02/2026", "February 2026 has no day 31"),
        ("13/13/2026", "has no month 13"),
        ("soon", "is no day"),
        ("1e309", "is no day"),
        ("99999999999999999999", "is no day"),
    ],
)
def test_V4_what_is_no_day_says_what_is_wrong(text, sentence) -> None:
    with pytest.raises(Unclear, match=sentence):
        read_moment(text, DMY)


def test_an_order_is_known_only_where_a_day_beyond_the_twelfth_tells() -> None:
    assert orders_of(["03/04/2027", "13/04/2027"]) == {DMY}
    assert orders_of(["03/04/2027", "04/13/2027"]) == {MDY}
    assert orders_of(["03/04/2027"]) == {DMY, MDY}
    assert orders_of(["13/04/2027", "04/13/2027"]) == set()
    assert needs_order(["03/04/2027"])
    assert not needs_order(["04/04/2027", "2027-03-04", "4 March 2027"])


def test_columns_are_known_by_their_values() -> None:
    assert looks_like_day("3/4/2027")
    assert not looks_like_day("Bread")
    assert looks_like_time("9:30")
    assert not looks_like_time("13")


def test_a_cell_as_long_as_a_book_is_judged_at_once() -> None:
    used = time_module.thread_time()
    for text in ("1.1" * 40_000, "1 " * 60_000, "2027-03-04" + " " * 130_000 + "x"):
        assert not looks_like_day(text)
        assert not looks_like_time(text)
        orders_of([text])
        needs_order([text])
    assert time_module.thread_time() - used < 2
