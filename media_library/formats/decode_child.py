"""The process that decodes pictures: limited in memory and time, thrown away when it misbehaves.

Run as a file by `formats.decoder`, not imported by the application and importing none of it. Speaks JSON with a
four-byte length in front, over standard input and output; pictures go in and out as file paths. One request:

    {"source": path, "format": "JPEG", "pixels": most pixels, "memory": bytes, "cpu": seconds,
     "outputs": [{"preset": "web", "path": path, "width": 1080, "height": 2160, "quality": 80}, …],
     "clean": path}

and one answer: {"ok": true, "width", "height", "orientation", "taken", "look": {"dhash", "colour", "colours", "focal"},
"made": [{"preset", "mime", "width", "height", "size", "sha256"}, …]}, or {"ok": false, "problem": "damaged" |
"too_large" | "memory"}. Other jobs name themselves in "do": see child_fit and child_page.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import resource
import select
import struct
import sys
import warnings
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

sys.path.insert(0, str(Path(__file__).resolve().parent))  # started with -I, which leaves our folder out

import cutting  # type: ignore[import-not-found]
from analysis import look  # type: ignore[import-not-found]
from child_drawing import NoSize, TooIntricate, cleaned, has_letters, loses_letters, written  # type: ignore[import-not-found]
from child_drawing import drawn as drawing  # type: ignore[import-not-found]
from child_edit import edit  # type: ignore[import-not-found]
from child_fit import fit  # type: ignore[import-not-found]
from child_page import Locked, box_of, first_page  # type: ignore[import-not-found]
from child_size import resize  # type: ignore[import-not-found]
from lettering import lettered  # type: ignore[import-not-found]
from PIL import Image, ImageCms, ImageFile
from strip import STRIPPERS, CannotStrip  # type: ignore[import-not-found]

IDLE_SECONDS = 60.0  # an unused child goes away and gives its memory back
STRIP_ROWS = 256
CLEAN_PIXELS = (
    40_000_000  # a copy that has to be turned holds the picture twice: larger ones are scaled to this
)
ORIENTATION_TAG, CHANGED_TAG, EXIF_IFD, TAKEN_TAG = 0x0112, 0x0132, 0x8769, 0x9003
_TURN = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class TooLarge(Exception):
    """More pixels than the request allows."""


def turned(image: Image.Image, orientation: int) -> Image.Image:
    """Return the picture as the camera meant it."""
    return image.transpose(_TURN[orientation]) if orientation in _TURN else image


def drawable(image: Image.Image) -> Image.Image:
    """Return the picture in a mode that WebP and JPEG take: RGB, or RGBA where something shines through."""
    if image.mode.startswith("I"):  # 16 bits of grey, which a plain conversion would clip
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("RGB")
    if image.mode == "RGBA":
        return image  # converting would hold it twice
    if image.mode in ("LA", "PA", "La", "RGBa") or "transparency" in image.info:
        return image.convert("RGBA")
    return image if image.mode == "RGB" else image.convert("RGB")


def reduced(image: Image.Image, factor: int) -> Image.Image:
    """Return the drawable picture, shrunk by a whole factor in strips: never a second full copy in memory."""
    width, height = math.ceil(image.width / factor), math.ceil(image.height / factor)
    rows = max(STRIP_ROWS // factor, 1) * factor
    whole: Image.Image | None = None
    for top in range(0, image.height, rows):
        strip = image.crop((0, top, image.width, min(top + rows, image.height)))
        strip.info = image.info
        strip = drawable(strip)
        strip = strip.reduce(factor) if factor > 1 else strip
        if whole is None:
            whole = Image.new(strip.mode, (width, height))
        whole.paste(strip, (0, top // factor))
    assert whole is not None
    return whole


def to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Return a CMYK picture as RGB through its own profile, or without it where the profile is unusable."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        result = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        result = None
    return result or image.convert("RGB")


def is_plain(image: Image.Image) -> bool:
    """Tell whether the picture is RGB with nothing shining through, and can be saved as it is."""
    return image.mode == "RGB" and "transparency" not in image.info


def bare(image: Image.Image) -> Image.Image:
    """Return the picture without what came along with it: Pillow writes comments back that it has read."""
    image.info = {}
    return image


def fitted(size: tuple[int, int], width: int, height: int) -> tuple[int, int]:
    """Return `size` scaled down, never up, to lie within `width` × `height`."""
    scale = min(width / size[0], height / size[1], 1.0)
    return max(round(size[0] * scale), 1), max(round(size[1] * scale), 1)


def moment(exif: Image.Exif) -> str:
    """Return when the picture was taken by the camera's own clock ("2026-02-28T06:12:00"), or nothing."""
    try:
        told = exif.get_ifd(EXIF_IFD).get(TAKEN_TAG) or exif.get(CHANGED_TAG)
        day, _, time = str(told).strip("\0 ").partition(" ")
        return datetime.fromisoformat(f"{day.replace(':', '-')}T{time}").isoformat(timespec="seconds")[:19]
    except Exception:  # no such words, or EXIF that is broken: the picture is none the worse for it
        return ""


def report(preset: str, path: str, mime: str, size: tuple[int, int]) -> dict[str, Any]:
    """Return what the parent records about a finished file."""
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    width, height = size
    bytes_ = os.path.getsize(path)
    return {
        "preset": preset,
        "mime": mime,
        "width": width,
        "height": height,
        "size": bytes_,
        "sha256": digest,
    }


def learn_heic() -> None:
    """Teach Pillow HEIC, at the first one only: one thread, and no picture but the main one.

    What is opened is upright: libheif turns by the container, and the orientation in the EXIF is dropped, as it
    says the same once more.
    """
    if "HEIF" not in Image.OPEN:
        from pillow_heif import register_heif_opener

        register_heif_opener(decode_threads=1, thumbnails=False, depth_images=False, aux_images=False)


def serve(job: dict[str, Any]) -> dict[str, Any]:
    """Make everything one request asks for."""
    source, outputs = job["source"], sorted(job["outputs"], key=lambda output: -output["width"])
    with Image.open(source, formats=[job["format"]]) as image:
        if image.width * image.height > job["pixels"]:
            raise TooLarge
        stored_size = image.size
        exif = image.getexif()
        orientation = exif.get(ORIENTATION_TAG, 1)
        taken = moment(exif)
        orientation = orientation if orientation in _TURN else 1
        profile = image.info.get("icc_profile") or b""
        sideways = orientation >= 5
        shown = stored_size[::-1] if sideways else stored_size
        targets = [fitted(shown, output["width"], output["height"]) for output in outputs]
        largest = targets[0][::-1] if sideways else targets[0]
        cmyk = image.mode == "CMYK"
        strips = job["format"] in STRIPPERS and orientation == 1 and not cmyk
        if strips and job["format"] == "JPEG":
            image.draft("RGB", largest)
        image.load()
        full: Image.Image = image
        if cmyk:
            full, profile = to_srgb(image, profile), b""
        factor = max(min(full.width // largest[0], full.height // largest[1]), 1)
        small = full if is_plain(full) and factor == 1 else reduced(full, factor)
        if small.size != largest:
            small = small.resize(largest, Image.Resampling.LANCZOS)
        small = turned(small, orientation)
        keep = {"icc_profile": profile} if profile else {}
        seen, made = drawn(small, shown, outputs, keep)
        if strips:
            data = STRIPPERS[job["format"]](Path(source).read_bytes())
            Path(job["clean"]).write_bytes(data)
            made.append(report("clean", job["clean"], Image.MIME[job["format"]], shown))
        else:
            made.append(redrawn(full, orientation, job["clean"], keep))
    return {
        "ok": True,
        "width": shown[0],
        "height": shown[1],
        "orientation": orientation,
        "taken": taken,
        "look": seen,
        "made": made,
    }


def drawn(
    picture: Image.Image, shown: tuple[int, int], outputs: list[dict[str, Any]], keep: dict[str, bytes]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Write the presets of what is `shown` so large, the largest first; return its look and them.

    `picture` is it, scaled to the first of them already.
    """
    seen = look(picture)
    made = []
    for output in outputs:
        target = fitted(shown, output["width"], output["height"])
        picture = bare(
            picture if picture.size == target else picture.resize(target, Image.Resampling.BICUBIC)
        )
        picture.save(output["path"], "WEBP", quality=output["quality"], method=2, **keep)
        made.append(report(output["preset"], output["path"], "image/webp", target))
    return seen, made


def redrawn(image: Image.Image, orientation: int, path: str, keep: dict[str, bytes]) -> dict[str, Any]:
    """Write the full-size copy anew, turned upright: JPEG, or PNG where something shines through."""
    if image.width * image.height > CLEAN_PIXELS:
        scale = math.sqrt(CLEAN_PIXELS / (image.width * image.height))
        image = image.resize((int(image.width * scale), int(image.height * scale)), Image.Resampling.BICUBIC)
    image = turned(image if is_plain(image) else reduced(image, 1), orientation)
    image = bare(image)
    opaque = image.mode == "RGB" or image.getchannel("A").getextrema()[0] == 255
    if opaque:
        image = image if image.mode == "RGB" else image.convert("RGB")
        image.save(
            path, "JPEG", quality=92, subsampling=0 if image.width * image.height < 4_000_000 else 2, **keep
        )
        return report("clean", path, "image/jpeg", image.size)
    image.save(path, "PNG", compress_level=4, **keep)
    return report("clean", path, "image/png", image.size)


def limit(job: dict[str, Any]) -> None:
    """Set this job's limits; the processor time counts from now."""
    resource.setrlimit(resource.RLIMIT_AS, (job["memory"], resource.RLIM_INFINITY))
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = math.ceil(used.ru_utime + used.ru_stime) + job["cpu"]
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))


def answer(job: dict[str, Any]) -> dict[str, Any]:
    """Serve a job and say in one word what went wrong, if anything did."""
    limit(job)
    try:
        if job["format"] == "HEIF":
            learn_heic()
        return JOBS[job.get("do", "draw")](job)
    except (TooLarge, TooIntricate, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return {"ok": False, "problem": "too_large"}
    except NoSize:
        return {"ok": False, "problem": "no_size"}
    except Locked:
        return {"ok": False, "problem": "locked"}
    except MemoryError:
        return {"ok": False, "problem": "memory"}
    except (
        CannotStrip,
        OSError,
        SyntaxError,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        EOFError,
        struct.error,
    ):
        return {"ok": False, "problem": "damaged"}
    except (OverflowError, ZeroDivisionError, AttributeError, AssertionError, RuntimeError):
        return {
            "ok": False,
            "problem": "damaged",
        }  # decoders meet hostile input in many ways; none is ours to tell


def upright(job: dict[str, Any], wanted: tuple[int, int]) -> tuple[Image.Image, dict[str, bytes]]:
    """Return the picture as the camera meant it, and its colour profile as it is saved with it.

    A JPEG is decoded no larger than a cut of `wanted` from it needs.
    """
    if job["format"] == "HEIF":
        learn_heic()
    with Image.open(job["source"], formats=[job["format"]]) as image:
        if image.width * image.height > job["pixels"]:
            raise TooLarge
        orientation = image.getexif().get(ORIENTATION_TAG, 1)
        profile = image.info.get("icc_profile") or b""
        shown = image.size[::-1] if orientation in _TURN and orientation >= 5 else image.size
        if job["format"] == "JPEG" and image.mode != "CMYK":
            scale = min(max(wanted[0] / shown[0], wanted[1] / shown[1]), 1.0)
            least = math.ceil(image.width * scale), math.ceil(image.height * scale)
            image.draft("RGB", least)
        image.load()
        full: Image.Image = image
        if image.mode == "CMYK":
            full, profile = to_srgb(image, profile), b""
        full = full if is_plain(full) else drawable(full)
        return turned(full, orientation), {"icc_profile": profile} if profile else {}


def serve_fit(job: dict[str, Any]) -> dict[str, Any]:
    """Make one fit (child_fit)."""
    answer = fit(job, upright, cutting)
    if answer["ok"]:
        answer["made"] = [report("fit", job["path"], answer.pop("mime"), answer.pop("size"))]
    return answer  # type: ignore[no-any-return]


def serve_size(job: dict[str, Any]) -> dict[str, Any]:
    """Make one size for the web (child_size)."""
    answer = resize(job, upright)
    if answer["ok"]:
        answer["made"] = [report("size", job["path"], job["mime"], answer.pop("size"))]
    return answer  # type: ignore[no-any-return]


def serve_edit(job: dict[str, Any]) -> dict[str, Any]:
    """Make one edit (child_edit)."""
    answer = edit(job, upright, lettered)
    if answer["ok"]:
        answer["made"] = [report("edit", job["path"], answer.pop("mime"), answer.pop("size"))]
    return answer  # type: ignore[no-any-return]


def serve_page(job: dict[str, Any]) -> dict[str, Any]:
    """Draw the first page of a PDF; "made" is empty where the page itself cannot be drawn."""
    outputs = sorted(job["outputs"], key=lambda output: -output["width"])
    pages, page = first_page(job["source"], box_of(outputs))
    if page is None:
        return {"ok": True, "pages": pages, "made": [], "look": None}
    seen, made = drawn(page, page.size, outputs, {})
    return {"ok": True, "pages": pages, "made": made, "look": seen}


def serve_drawing(job: dict[str, Any]) -> dict[str, Any]:
    """Clean an SVG, and make a PNG and the presets of it."""
    root = cleaned(Path(job["source"]).read_bytes())
    Path(job["vector"]).write_bytes(written(root))
    picture = drawable(drawing(root, job["side"]))
    letters = "" if not has_letters(root) else "lost" if loses_letters(root) else "drawn"
    outputs = sorted(job["outputs"], key=lambda output: -output["width"])
    small = picture.resize(
        fitted(picture.size, outputs[0]["width"], outputs[0]["height"]), Image.Resampling.LANCZOS
    )
    seen, made = drawn(small, picture.size, outputs, {})
    picture.save(job["clean"], "PNG", compress_level=6)
    made.append(report("clean", job["clean"], "image/png", picture.size))
    made.append(report("vector", job["vector"], "image/svg+xml", picture.size))
    answer = {"ok": True, "width": picture.width, "height": picture.height, "look": seen, "made": made}
    return {**answer, "letters": letters}


JOBS = {
    "draw": serve,
    "fit": serve_fit,
    "size": serve_size,
    "edit": serve_edit,
    "pdf": serve_page,
    "svg": serve_drawing,
}


def read_exactly(stream: BinaryIO, size: int) -> bytes:
    """Return exactly `size` bytes, or nothing at the end of the stream."""
    data = stream.read(size)
    return data if len(data) == size else b""


def main() -> None:
    """Serve requests one after the other until the parent hangs up or none comes for a while."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    Image.MAX_IMAGE_PIXELS = None  # our own budget is checked before anything is decoded
    warnings.simplefilter("ignore")
    Image.preinit()
    incoming, outgoing = sys.stdin.buffer, sys.stdout.buffer
    while select.select([incoming], [], [], IDLE_SECONDS)[0]:
        size = read_exactly(incoming, 4)
        if not size:
            return
        job = json.loads(read_exactly(incoming, int.from_bytes(size, "big")))
        reply = json.dumps(answer(job)).encode()
        outgoing.write(len(reply).to_bytes(4, "big") + reply)
        outgoing.flush()


if __name__ == "__main__":
    main()
