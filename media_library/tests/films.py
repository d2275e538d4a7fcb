"""Films made for tests by PyAV: tiny ones, full of what must never leave, and ones that mean harm."""

from __future__ import annotations

import io
import struct
from functools import cache

import av
from PIL import Image

SECRET_PLACE = b"+51.8985-008.4756/"
SECRET_WORDS = b"canary, shot by Alice with her own camera"
PICTURES = {"mp4": "libx264", "mov": "libx264", "webm": "libvpx"}
SOUNDS = {"mp4": "aac", "mov": "aac", "webm": "libopus"}
_QUIET = {"libx265": {"x265-params": "log-level=none"}}
_PRIVATE = {
    "title": SECRET_WORDS.decode(),
    "comment": SECRET_WORDS.decode(),
    "make": SECRET_WORDS.decode(),
    "location": SECRET_PLACE.decode(),
    "creation_time": "2026-02-28T06:12:00Z",
}


@cache
def film(
    kind: str = "mp4",
    *,
    codec: str = "",
    sound: bool = False,
    width: int = 96,
    height: int = 64,
    pictures: int = 20,
    black: int = 0,
    pixels: str = "yuv420p",
    begins: int = 0,
) -> bytes:
    """Return a film of ten pictures a second, a red corner at the upper left, the first `black` of them black.

    Every fifth picture is a key picture. `begins` is the timestamp of the first one in tenths of a second.
    """
    out = io.BytesIO()
    options = {"movflags": "use_metadata_tags"} if kind == "mp4" else {}
    with av.open(out, "w", format=kind, options=options) as container:
        container.metadata.update(_PRIVATE)
        stream = container.add_stream(codec or PICTURES[kind], rate=10, options=_QUIET.get(codec))
        stream.width, stream.height, stream.pix_fmt = width, height, pixels
        stream.codec_context.gop_size, stream.codec_context.thread_count = 5, 1
        audio = container.add_stream(SOUNDS[kind], rate=48_000) if sound else None
        for number in range(pictures):
            image = Image.new(
                "RGB", (width, height), "black" if number < black else (20, 90, number * 8 % 256)
            )
            if number >= black:
                image.paste("red", (0, 0, width // 3, height // 3))
            frame = av.VideoFrame.from_image(image).reformat(format=pixels)
            frame.pts = number + begins
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if audio is not None:
            _silence(container, audio, seconds=pictures / 10)
    return out.getvalue()


def _silence(container: av.container.OutputContainer, stream: av.AudioStream, *, seconds: float) -> None:
    length = 960
    for number in range(int(seconds * 48_000) // length):
        frame = av.AudioFrame(format=stream.codec_context.format.name, layout="stereo", samples=length)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.sample_rate, frame.pts = 48_000, number * length
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


@cache
def packed(kind: str, options: str) -> bytes:
    """Return the film of a kind in another arrangement: `options` as "name=value" of the container's writer."""
    out = io.BytesIO()
    named = dict([options.split("=", 1)])
    with (
        av.open(io.BytesIO(film(kind, sound=True))) as source,
        av.open(out, "w", format=kind, options=named) as new,
    ):
        copies = {each.index: new.add_stream_from_template(each, opaque=True) for each in source.streams}
        for packet in source.demux(list(source.streams)):
            if packet.dts is not None:
                packet.stream = copies[packet.stream.index]
                new.mux(packet)
    return out.getvalue()


@cache
def only_sound() -> bytes:
    """Return an MP4 with sound and no picture."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        _silence(container, container.add_stream("aac", rate=48_000), seconds=1)
    return out.getvalue()


def turned(data: bytes) -> bytes:
    """Return the same MP4 or MOV, to be shown turned clockwise by a quarter, as phones hold it upright."""
    at = data.index(b"tkhd") + 4 + 40
    matrix = struct.pack(">9i", 0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000)
    return data[:at] + matrix + data[at + 36 :]


def claiming(data: bytes, width: int, height: int) -> bytes:
    """Return the same MP4 or MOV, whose headers claim another size."""
    shown = data.index(b"tkhd") + 4 + 76
    data = (
        data[:shown]
        + struct.pack(">II", min(width, 65_535) << 16, min(height, 65_535) << 16)
        + data[shown + 8 :]
    )
    coded = data.index(b"avc1", data.index(b"stsd")) + 4 + 24
    return data[:coded] + struct.pack(">HH", min(width, 65_535), min(height, 65_535)) + data[coded + 4 :]


def with_number(data: bytes, box: bytes, at: int, number: int) -> bytes:
    """Return the same film with a 32-bit number written over at a place of the first box of that kind."""
    begin = data.index(box) + 4 + at
    return data[:begin] + struct.pack(">I", number) + data[begin + 4 :]


def box(kind: bytes, body: bytes = b"", *, length: int | None = None) -> bytes:
    """Return one box; `length` is what it claims instead of what it has."""
    return struct.pack(">I4s", len(body) + 8 if length is None else length, kind) + body


def overlapping(size: int) -> bytes:
    """Return a small MP4 of 39 samples that are all the same `size` bytes of it: 39 times as much to copy."""
    data = film("mp4", pictures=40, sound=True) + box(b"free", bytes(size))
    chunks, sizes, runs = (data.index(name) + 4 for name in (b"stco", b"stsz", b"stsc"))
    (count,) = struct.unpack_from(">I", data, chunks + 4)
    (samples,) = struct.unpack_from(">I", data, sizes + 8)
    new = bytearray(data)
    struct.pack_into(f">{count}I", new, chunks + 8, *[48] * count)
    struct.pack_into(f">{samples}I", new, sizes + 12, *[size] * samples)
    struct.pack_into(">4I", new, runs + 4, 1, 1, 1, 1)
    return bytes(new)


HEAD = box(b"ftyp", b"isom\0\0\2\0isommp41")
