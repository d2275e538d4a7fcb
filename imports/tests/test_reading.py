"""Files of rows, read: encodings, delimiters, spreadsheets, and what is hostile in them (trust V2, U8)."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from imports import reading
from imports.guarding import guarded, unguarded, written
from imports.looking import look_at
from imports.reading import Line, Shape, Unreadable, headings_of, lines_of, shape_of
from imports.tests.sheets import sheet_xml, workbook


def put(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "file"
    path.write_bytes(content)
    return path


def cells(path: Path, most: int = 100) -> list[list[str]]:
    return [line.cells for line in lines_of(path, shape_of(path), most=most)]


WORDS = 'Title,Day\r\n"Brot, süß",2027-03-13\r\n'


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (WORDS.encode(), "utf-8-sig"),
        (WORDS.encode("utf-8-sig"), "utf-8-sig"),
        (WORDS.encode("utf-16"), "utf-16"),
        (b"\xfe\xff" + WORDS.encode("utf-16-be"), "utf-16"),
        (WORDS.encode("cp1252"), "cp1252"),
    ],
)
def test_V2_every_usual_encoding_is_found_out(tmp_path, content, encoding) -> None:
    path = put(tmp_path, content)
    assert shape_of(path).encoding == encoding
    assert cells(path) == [["Title", "Day"], ["Brot, süß", "2027-03-13"]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_V2_every_usual_delimiter_is_found_out(tmp_path, delimiter) -> None:
    rows = [["Title", "Words", "Day"], ["Buns", "Come, early; now", "1"], ["Rye", "x", "2"]]
    text = "\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    assert cells(put(tmp_path, text.encode())) == rows


def test_the_first_line_that_excel_writes_for_itself_is_no_heading(tmp_path) -> None:
    assert cells(put(tmp_path, b"sep=;\nTitle;Day\nBuns;1\n")) == [["Title", "Day"], ["Buns", "1"]]


def test_V2_old_line_ends_cells_of_several_lines_and_empty_rows_keep_their_numbers(tmp_path) -> None:
    path = put(tmp_path, b'Title,Words\rBuns,"one\rtwo"\r,\rRye,x')
    lines = list(lines_of(path, shape_of(path), most=100))
    assert [(line.number, line.cells[0]) for line in lines] == [(1, "Title"), (2, "Buns"), (4, "Rye")]


def test_V2_what_cannot_be_read_is_said_of_its_row_alone(tmp_path) -> None:
    long = "x" * 200_000
    path = put(tmp_path, f"Title,Words\nBuns,{long}\nNul,a\x00b\nRye,x\n".encode())
    lines = list(lines_of(path, shape_of(path), most=100))
    assert [bool(line.problem) for line in lines] == [False, True, True, False]
    assert "\x00" not in str(lines)
    assert lines[-1].cells == ["Rye", "x"]


def test_V2_a_quotation_mark_that_is_never_closed_ends_nothing_but_its_rows(tmp_path) -> None:
    path = put(tmp_path, b'Title,Words\nBuns,"open\nRye,x\n')
    assert len(list(lines_of(path, shape_of(path), most=100))) == 2


def test_V2_missing_and_double_headings_get_names_and_far_too_many_are_refused() -> None:
    assert headings_of(Line(1, ["Day", "", "Day", ""])) == ["Day", "Column B", "Day (2)"]
    with pytest.raises(Unreadable, match="10,000 columns, 200 are the limit"):
        headings_of(Line(1, ["x"] * 10_000))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "nothing in this file"),
        (b" \n", "nothing in this file"),
        (b"\xd0\xcf\x11\xe0" + b"\x00" * 600, "old Excel"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 600, "no table"),
        (b"PK\x03\x04 not a zip at all", "cannot be read"),
        (workbook([]), "nothing in this file"),
    ],
)
def test_what_is_no_table_is_refused_with_what_to_do(tmp_path, content, sentence) -> None:
    with pytest.raises(Unreadable, match=sentence):
        look_at(put(tmp_path, content))


def test_a_spreadsheet_is_read_with_its_days(tmp_path) -> None:
    path = put(tmp_path, workbook([["Title", "Day"], ["Brot & süß", 46459.0], ["Rye", 46459.395833]]))
    assert shape_of(path).is_sheet
    assert cells(path) == [["Title", "Day"], ["Brot & süß", "2027-03-13"], ["Rye", "2027-03-13 09:30:00"]]


def test_U8_entities_of_a_spreadsheet_are_not_followed(tmp_path) -> None:
    secret = put(tmp_path, b"the secret")
    head = (
        f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file://{secret}"><!ENTITY b "{"y" * 1000}">]>'
    )
    path = tmp_path / "entities"
    path.write_bytes(workbook(sheet=sheet_xml([["Title"], ["&a;&b;"]], head=head).replace("&amp;", "&")))
    try:
        found = str(cells(path))
    except Unreadable:
        found = ""
    assert "secret" not in found
    assert "yyyy" not in found


def test_U7_a_spreadsheet_that_unpacks_to_far_too_much_costs_a_child_and_nothing_else(
    tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(reading, "MEMORY", 150_000_000)
    start = sheet_xml([["Title"]]).encode()
    bomb = start.replace(b"</sheetData>", b"<row><c><v>1</v></c></row>" * 2_000_000 + b"</sheetData>")
    path = put(tmp_path, workbook(sheet=bomb))
    del bomb
    began = time.monotonic()
    with pytest.raises(Unreadable, match="too large"):
        look_at(path)
    assert time.monotonic() - began < 60


def test_more_rows_than_are_wanted_are_not_read(tmp_path) -> None:
    path = put(tmp_path, b"Title\n" + b"x\n" * 1000)
    assert len(list(lines_of(path, Shape("utf-8-sig", ","), most=10))) == 11


@pytest.mark.parametrize("first", "=+-@\t\r\n＝")
def test_V1_what_a_spreadsheet_would_run_is_guarded_on_the_way_out_and_comes_back_the_same(first) -> None:
    text = f'{first}HYPERLINK("http://evil.example","x")'
    assert guarded(text) == f"'{text}"
    assert unguarded(guarded(text)) == text
    assert guarded("Bread") == unguarded("Bread") == "Bread"


def test_V1_nul_and_quotation_marks_do_no_harm_in_an_export() -> None:
    assert b"".join(written([['say "hi"', "a\x00b", "=1"]])) == b'"say ""hi""",ab,\'=1\r\n'


def test_U7_a_spreadsheet_that_unpacks_past_the_limit_is_refused_while_it_is_read(
    tmp_path, monkeypatch
) -> None:
    path = put(tmp_path, workbook([["Title"], *[["x" * 1000]] * 100]))
    monkeypatch.setattr(reading, "UNPACKED", 0.001)
    with pytest.raises(Unreadable, match="unpacks to far too much"):
        cells(path)
