"""The focal point between faces, found by a program that the operator installs: a real one, if a simple one."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from aura.kit import env
from media_library.formats import faces, image
from media_library.formats.base import discard
from media_library.tests.pictures import encoded


@pytest.fixture
def detector(tmp_path, settings):
    """Return a function that makes a detector of these lines of shell and puts it in."""

    def make(lines: str) -> Path:
        program = tmp_path / "faces"
        program.write_text(f"#!/bin/sh\n{lines}\n")
        program.chmod(0o755)
        settings.AURA_FACE_DETECTOR = str(program)
        return program

    return make


def drawn(tmp_path: Path) -> image.Drawn:
    source = tmp_path / "photo.jpg"
    source.write_bytes(encoded("JPEG"))
    try:
        return image.draw(source, tmp_path, "drawn")
    finally:
        discard(tmp_path, "drawn")


def focal(tmp_path: Path) -> tuple[float, float]:
    look = drawn(tmp_path).look
    assert look is not None
    return tuple(look.focal)


def test_the_point_lies_between_the_faces_and_nearer_to_the_larger(detector, tmp_path) -> None:
    detector('test -s "$1" || exit 1\necho 0 0 0.1 0.1\necho hello\necho 0.4 0.5 0.2 0.2')
    assert focal(tmp_path) == (0.41, 0.49)


@pytest.mark.parametrize("lines", ["exit 3", "echo no faces here", "echo nan 0 1 1; echo 0 0 -1 1", ":"])
def test_without_a_face_the_point_is_where_the_picture_stands_out(lines, detector, tmp_path) -> None:
    alone = focal(tmp_path)
    detector(lines)
    assert focal(tmp_path) == alone


def test_a_detector_that_hangs_is_left_and_the_picture_is_made(detector, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(faces, "SECONDS", 0.2)
    detector("exec sleep 30")
    assert len(drawn(tmp_path).made) == 3


def test_a_detector_that_is_no_program_is_refused_at_the_start(tmp_path, monkeypatch) -> None:
    for value in ("faces", str(tmp_path), str(tmp_path / "none")):
        monkeypatch.setenv("AURA_FACE_DETECTOR", value)
        with pytest.raises(ImproperlyConfigured, match="full path of a program"):
            env.program("AURA_FACE_DETECTOR")


@given(st.lists(st.tuples(*[st.floats(-2, 3), st.floats(-2, 3), st.floats(0.001, 3), st.floats(0.001, 3)])))
def test_the_middle_lies_in_the_picture(found) -> None:
    point = faces.middle(found)
    assert (point is None) == (not found)
    assert point is None or all(0 <= share <= 1 for share in point)


def test_words_that_are_no_faces_are_left_out() -> None:
    assert faces.faces_of("0.1 0.2 0.3 0.4\n1 2 3\n\n1 2 3 4 5\ninf 0 1 1\n") == [(0.1, 0.2, 0.3, 0.4)]
