"""Parts of a file, as players ask for them (RFC 9110 §14)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_library import serving
from media_library.models import Asset, Rendition
from media_library.tests import pictures


class Asked:
    method = "GET"

    def __init__(self, words: str, **more: str) -> None:
        self.headers = {"Range": words, **more}


@given(size=st.integers(1, 10_000), begin=st.integers(0, 12_000), length=st.integers(1, 12_000))
def test_a_part_lies_inside_the_file_or_is_not_there(size: int, begin: int, length: int) -> None:
    row = Rendition(size=size, sha256="0" * 64)
    for words in (f"bytes={begin}-{begin + length - 1}", f"bytes={begin}-"):
        part = serving.asked_part(Asked(words), row)
        if begin >= size:
            assert part is serving.NOT_THERE
        else:
            assert part[0] == begin
            assert begin <= part[1] < size
    first, last = serving.asked_part(Asked(f"bytes=-{length}"), row)
    assert (first, last) == (max(size - length, 0), size - 1)


@pytest.mark.parametrize(
    "words",
    ["", "bytes=-", "bytes=a-b", "items=0-1", "bytes=0-1,4-5", "bytes=5-2", "bytes=" + "9" * 30 + "-"],
)
def test_what_is_no_single_range_is_answered_with_the_whole(words: str) -> None:
    assert serving.asked_part(Asked(words), Rendition(size=10, sha256="0" * 64)) is None


def test_nothing_of_an_empty_tail_is_there() -> None:
    assert serving.asked_part(Asked("bytes=-0"), Rendition(size=10, sha256="0" * 64)) is serving.NOT_THERE


@pytest.mark.django_db(transaction=True)
def test_a_member_reads_a_file_in_parts(bob, mallory, client_of, send, work, in_scope):
    send(client_of(bob), "one.jpg", pictures.encoded())
    work()
    with in_scope():
        asset = Asset.objects.select_related("current").prefetch_related("current__renditions").get()
        url = asset.web.get_absolute_url()
    client = client_of(bob)
    whole = b"".join(client.get(url).streaming_content)
    size = len(whole)

    def part(words: str, **headers: str):
        return client.get(url, headers={"Range": words, **headers})

    middle = part("bytes=10-19")
    assert middle.status_code == 206
    assert middle["Content-Range"] == f"bytes 10-19/{size}"
    assert middle["Content-Length"] == "10"
    assert b"".join(middle.streaming_content) == whole[10:20]
    assert b"".join(part("bytes=-5").streaming_content) == whole[-5:]
    assert b"".join(part(f"bytes={size - 3}-{size + 100}").streaming_content) == whole[-3:]
    past = part(f"bytes={size}-")
    assert past.status_code == 416
    assert past["Content-Range"] == f"bytes */{size}"
    assert past["X-Content-Type-Options"] == "nosniff"
    older = part("bytes=0-1", **{"If-Range": '"another"'})
    assert older.status_code == 200
    assert b"".join(older.streaming_content) == whole
    assert client_of(mallory).get(url, headers={"Range": "bytes=0-1"}).status_code == 404
