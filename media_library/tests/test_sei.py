"""What cameras write between the pictures of H.264 and H.265 goes; what players need stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_library.formats.sei import stripper_for
from media_library.tests import films

AVCC = b"\x01\x64\0\x0a\xff\xe1"
HVCC = b"\x01" + bytes(20) + b"\x0f\0"
PLACE = bytes(16) + films.SECRET_PLACE
PICTURE = b"\x65" + bytes(range(40))


def unit(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def message(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + b"\xff" * (len(body) // 255) + bytes([len(body) % 255]) + body


def escaped(data: bytes) -> bytes:
    """Write the byte that keeps data from looking like the beginning of a unit (ITU-T H.264 §7.4.1)."""
    out = bytearray()
    for byte in data:
        if byte <= 3 and out[-2:] == b"\0\0":
            out.append(3)
        out.append(byte)
    return bytes(out)


@pytest.mark.parametrize(
    ("codec", "configuration", "head"), [("h264", AVCC, b"\x06"), ("hevc", HVCC, b"\x4e\x01")]
)
def test_user_data_goes_and_every_other_message_stays(codec, configuration, head):
    strip = stripper_for(codec, configuration)
    assert strip is not None
    picture = unit(PICTURE) if codec == "h264" else unit(b"\x26\x01" + bytes(range(40)))
    recovery = message(6, b"\0\0\0\x80")
    long = message(5, PLACE + bytes(600))
    alone = unit(head + escaped(long + b"\x80"))
    assert strip(alone + picture) == picture
    mixed = unit(head + escaped(recovery + long + recovery + b"\x80"))
    assert strip(mixed + picture) == unit(head + escaped(recovery + recovery + b"\x80")) + picture
    assert strip(alone) == b"", "there was nothing else in it"
    assert strip(unit(head + escaped(recovery + b"\x80")) + picture) is None, "left as it is"
    assert strip(picture) is None
    cut_off = unit(head + message(5, PLACE)[:20])
    assert strip(cut_off + picture) == picture, "what cannot be read is not believed to be harmless"


@given(data=st.binary(max_size=200), codec=st.sampled_from([("h264", AVCC), ("hevc", HVCC)]))
def test_whatever_comes_it_answers(data, codec):
    strip = stripper_for(*codec)
    assert strip is not None
    assert isinstance(strip(data), bytes | None)


def test_other_ways_to_compress_carry_no_such_messages():
    assert stripper_for("vp9", b"") is None
    assert stripper_for("h264", b"\0\0\0\x01\x67") is None, "not as an MP4 holds it"
