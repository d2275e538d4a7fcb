"""The process that opens films: limited in memory and time like `decode_child`, whose protocol it speaks.

A process of its own, because the decoders of films alone take 120 MB of addresses, which pictures would be short of.
One request:

    {"do": "film", "source": path, "format": "mov" | "webm", "pixels": most pixels of a picture, "memory": bytes,
     "cpu": seconds, "outputs": [as for a picture], "clean": path}

and one answer: what a picture's answer has, of the poster, and {"duration_ms", "codecs": "h264 aac"}; or {"ok": false,
"problem": as for a picture, or "empty" | "codec" | "room"}. The clean copy is the same compressed picture and sound
in a new container: nothing is encoded anew, and nothing comes along but what is seen and heard.
"""

from __future__ import annotations

import contextlib
import errno
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))  # started with -I, which leaves our folder out

import av
import decode_child  # type: ignore[import-not-found]
from analysis import look  # type: ignore[import-not-found]
from decode_child import TooLarge, fitted, report  # type: ignore[import-not-found]
from PIL import Image, ImageStat
from sei import stripper_for  # type: ignore[import-not-found]

POSTER_AT = 0.1  # as a share of the duration, and at least
POSTER_AFTER = 1.0  # second
LOOKS = 4  # key pictures looked at until one shows something
FLAT = 12.0  # a picture whose colours vary by less than this (of 255) shows nothing
KEYS_AT_MOST = 12  # key pictures tried until one decodes
SOUNDS_AT_MOST = 8
PACKETS_AT_MOST = 1_500_000  # three hours of picture and sound
GROWTH = 1.3  # a copy that becomes larger than this share of its source holds the same bytes many times
WIDEST_PIXEL = 4.0
MOST = 1 << 62  # ticks
MIMES = {"mp4": "video/mp4", "mov": "video/quicktime", "webm": "video/webm"}
PLAIN = {"yuv420p", "yuvj420p"}  # the H.264 that browsers play
# Bit-exact: no version of a library, no clock, no chance in it. The table of contents comes first, so that it plays
# while it loads.
MUXING = {
    "mp4": {"movflags": "+faststart", "fflags": "+bitexact"},
    "mov": {"movflags": "+faststart", "fflags": "+bitexact"},
    "webm": {"cues_to_front": "1", "fflags": "+bitexact"},
}


class Empty(Exception):
    """There is no moving picture in it."""


class Unknown(Exception):
    """It is compressed in a way that cannot be read or copied here."""


def opened(job: dict[str, Any]) -> Any:
    """Open the film as what its first bytes say it is, and never as a playlist or anything else that names files."""
    demuxer = "matroska" if job["format"] == "webm" else "mov"
    return av.open(job["source"], format=demuxer, metadata_errors="replace", options={"probesize": "2000000"})


def pictures_of(film: Any, pixels: int) -> Any:
    """Return the stream of moving pictures. Raises Empty, TooLarge, or Unknown where nothing here decodes it."""
    streams = [stream for stream in film.streams.video if not is_cover(stream)]
    if not streams:
        raise Empty
    stream = streams[0]
    context = stream.codec_context
    if context is None:
        raise Unknown
    if context.width * context.height > pixels:
        raise TooLarge
    context.thread_type = "NONE"
    context.thread_count = 1
    context.options = {"max_pixels": str(pixels)}
    return stream


def is_cover(stream: Any) -> bool:
    """Tell whether it is a still picture that came with a sound."""
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def poster(
    film: Any, stream: Any, seconds: float, largest: tuple[int, int]
) -> tuple[Image.Image, tuple[int, int]]:
    """Return a key picture near the beginning that shows something, upright and within `largest`, and its full size."""
    stream.codec_context.skip_frame = "NONKEY"
    at = min(max(seconds * POSTER_AT, POSTER_AFTER), seconds / 2)
    first: tuple[Image.Image, tuple[int, int]] | None = None
    for start in (at, 0.0) if at else (0.0,):
        with contextlib.suppress(av.FFmpegError):
            film.seek(int(start / stream.time_base), stream=stream)
        for number, frame in enumerate(key_frames(film, stream), 1):
            drawn = shown(frame, stream, largest)
            first = first or drawn
            if max(ImageStat.Stat(drawn[0]).stddev) >= FLAT:
                return drawn
            if number == LOOKS:
                break
        if first:
            return first
    raise Empty


def key_frames(film: Any, stream: Any) -> Iterator[Any]:
    """Decode key pictures one by one from where the film stands; what is damaged is passed over."""
    context, tried = stream.codec_context, 0
    for packet in film.demux(stream):
        if packet.size == 0 or not packet.is_keyframe:
            continue
        tried += 1
        with contextlib.suppress(av.InvalidDataError):
            frames = [*context.decode(packet), *context.decode(None)]
            yield from frames[:1]
        context.flush_buffers()
        if tried == KEYS_AT_MOST:
            return


def shown(frame: Any, stream: Any, largest: tuple[int, int]) -> tuple[Image.Image, tuple[int, int]]:
    """Return a decoded picture as it is meant to be seen, within `largest`, and the size it has in full."""
    aspect = float(stream.sample_aspect_ratio or 1)
    aspect = aspect if 1 / WIDEST_PIXEL <= aspect <= WIDEST_PIXEL else 1.0
    width, height = max(round(frame.width * aspect), 1), frame.height
    turn = round(frame.rotation / 90) % 4  # counterclockwise
    box = largest[::-1] if turn % 2 else largest
    small = fitted((width, height), *box)
    image = frame.reformat(*small, format="rgb24", interpolation="AREA", threads=1).to_image()
    if turn:
        image = image.transpose(
            (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270)[turn - 1]
        )
    return image, (height, width) if turn % 2 else (width, height)


def copy(job: dict[str, Any], kind: str) -> tuple[int, list[str]]:
    """Write the clean copy as a container of that kind; return the milliseconds it runs, and its codecs.

    Raises ValueError where that container cannot hold it. Subtitles and data stay behind: cameras write there where
    they were.
    """
    allowed = int(Path(job["source"]).stat().st_size * GROWTH) + 1_000_000
    begin, end, size = MOST, 0, 0
    with opened(job) as film, av.open(job["clean"], "w", format=kind, options=MUXING[kind]) as out:
        stream = pictures_of(film, job["pixels"])
        sounds = [sound for sound in film.streams.audio if sound.codec_context is not None][:SOUNDS_AT_MOST]
        copies = {each.index: out.add_stream_from_template(each, opaque=True) for each in (stream, *sounds)}
        if kind != "webm" and name_of(stream) == "hevc":
            copies[
                stream.index
            ].codec_context.codec_tag = "hvc1"  # the only name by which Apple's players know it
        last = dict.fromkeys(copies, -MOST)
        strip = stripper_for(name_of(stream).partition("/")[0], stream.codec_context.extradata or b"")
        for count, packet in enumerate(film.demux([stream, *sounds])):
            index, dts, pts = packet.stream.index, packet.dts, packet.pts
            if dts is None:
                continue
            size += packet.size
            if size > allowed or count > PACKETS_AT_MOST:
                raise TooLarge
            if dts <= last[index]:  # a camera that stumbled: players want time to go on
                dts = last[index] + 1
            pts = dts if pts is None or pts < dts else pts
            packet.dts, packet.pts, last[index] = dts, pts, dts
            if index == stream.index:
                begin, end = min(begin, pts), max(end, pts + (packet.duration or 0))
                packet = stripped(packet, strip)
                if not packet.size:
                    continue
            packet.stream = copies[index]
            out.mux(packet)
        codecs = [name_of(each) for each in (stream, *sounds[:1])]
        tick = float(stream.time_base)
    if begin > end:
        raise Empty
    return round(1000 * tick * (end - max(begin, 0))), codecs


def stripped(packet: Any, strip: Callable[[bytes], bytes | None] | None) -> Any:
    """Return a packet without what the camera wrote into it for itself: another one where there was something."""
    data = strip(bytes(packet)) if strip else None
    if data is None:
        return packet
    new = av.Packet(data)
    new.pts, new.dts, new.duration, new.time_base = packet.pts, packet.dts, packet.duration, packet.time_base
    new.is_keyframe = packet.is_keyframe
    return new


def name_of(stream: Any) -> str:
    """Return the codec of a stream by its common name; H.264 that browsers do not play says how it differs."""
    name: str = stream.codec_context.codec.canonical_name
    plain = name != "h264" or stream.codec_context.pix_fmt in PLAIN
    return name if plain else f"{name}/{stream.codec_context.pix_fmt}"


def cleaned(job: dict[str, Any]) -> tuple[str, int, list[str]]:
    """Write the clean copy as MP4, or as MOV where MP4 cannot hold it (ProRes); a WebM stays one."""
    kinds = ["webm"] if job["format"] == "webm" else ["mp4", "mov"]
    for kind in kinds:
        try:
            return kind, *copy(job, kind)
        except (ValueError, av.FFmpegError) as error:
            if isinstance(error, MemoryError) or kind == kinds[-1]:
                raise
    raise Unknown


def film(job: dict[str, Any]) -> dict[str, Any]:
    """Make everything one request asks for."""
    try:
        return made_of(job)
    except Empty:
        return {"ok": False, "problem": "empty"}
    except (Unknown, av.DecoderNotFoundError, av.PatchWelcomeError):
        return {"ok": False, "problem": "codec"}
    except MemoryError:
        raise
    except av.FFmpegError as error:
        if getattr(error, "errno", 0) in (errno.ENOSPC, errno.EDQUOT):
            return {"ok": False, "problem": "room"}
        raise ValueError from error


def made_of(job: dict[str, Any]) -> dict[str, Any]:
    """Copy the film, draw its poster, and return the answer."""
    kind, duration, codecs = cleaned(job)
    outputs = sorted(job["outputs"], key=lambda output: -output["width"])
    with opened(job) as source:
        stream = pictures_of(source, job["pixels"])
        largest = outputs[0]["width"], outputs[0]["height"]
        image, full = poster(source, stream, duration / 1000, largest)
    seen = look(image)
    made = []
    for output in outputs:
        target = fitted(full, output["width"], output["height"])
        image = image if image.size == target else image.resize(target, Image.Resampling.BICUBIC)
        image.save(output["path"], "WEBP", quality=output["quality"], method=2)
        made.append(report(output["preset"], output["path"], "image/webp", target))
    made.append(report("clean", job["clean"], MIMES[kind], full))
    return {
        "ok": True,
        "width": full[0],
        "height": full[1],
        "orientation": 1,
        "taken": "",
        "look": seen,
        "duration_ms": duration,
        "codecs": " ".join(codecs),
        "made": made,
    }


if __name__ == "__main__":
    av.logging.set_level(None)
    decode_child.JOBS["film"] = film
    decode_child.main()
