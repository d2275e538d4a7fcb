import re

import pytest
from django.contrib.staticfiles.finders import get_finders

from aura.kit.styles import SHEET, StyleStorage


@pytest.fixture
def collected(tmp_path, settings):
    """The project's own static files, collected as in production."""
    settings.STATIC_ROOT = str(tmp_path)
    paths = {
        name: (storage, name)
        for finder in list(get_finders())[:1]
        for name, storage in finder.list([])
        if storage
    }
    assert SHEET in paths
    storage = StyleStorage(location=str(tmp_path))
    for name, (origin, path) in paths.items():
        with origin.open(path) as file:
            storage.save(name, file)
    problems = [result for _, _, result in storage.post_process(paths) if isinstance(result, Exception)]
    assert problems == []
    return storage


def test_the_sheet_is_one_file_with_every_part_in_its_layer(collected):
    text = collected.open(collected.stored_name(SHEET)).read().decode()
    assert "@import" not in text
    assert "/*" not in text
    assert ".sidebar" in text
    assert ".toast" in text
    assert (
        text.index("@layer reset, tokens") < text.index("@layer reset {") < text.index("@layer components {")
    )


def test_every_address_in_the_sheet_is_of_a_file_that_was_collected(collected):
    text = collected.open(collected.stored_name(SHEET)).read().decode()
    named = re.findall(r"url\(\"?([^)\"]+)\"?\)", text)
    assert named
    for address in named:
        assert re.search(r"\.[0-9a-f]{12}\.", address)
        assert collected.exists(f"css/{address}"), address


def test_collecting_again_takes_what_the_sources_say_now(collected, settings):
    paths = {name: (storage, name) for name, storage in next(iter(get_finders())).list([])}
    before = collected.stored_name(SHEET)
    list(collected.post_process(paths))
    assert collected.stored_name(SHEET) == before
