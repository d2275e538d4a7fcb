"""Uploads through the whole path, beside bare loops of Pillow and pyvips that do the same decodes and saves.

    python -m bench.uploads [--photos 60] [--folder DIR] [--clients 3] [--workers 1 2]

Starts `manage.py run` with a data folder of its own for each number of workers, sends N made 12-megapixel photographs
(and those of a folder) over HTTP, three at a time as the page does, and waits until every rendition is made. The bare
loops run before it: read, one drafted decode, 1080 and 320 pixel WebP, and the copy without metadata; as one process,
and on every processor. A worker is one thread of `manage.py work` that makes pictures, with a decoding child of its
own; the web server, which takes the files in meanwhile, uses the processors as well. Prints images per second, and the
ratio to one process of Pillow (target: at least 0.7).
"""

from __future__ import annotations

import argparse
import http.cookiejar
import importlib.util
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

from PIL import Image, ImageFilter

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "media_library" / "formats"))  # as the decoding child does: without Django

from strip import STRIPPERS  # type: ignore[import-not-found]  # noqa: E402

PASSWORD = "bench with made photographs"
SIZE = (4000, 3000)


def make_photograph(path: str, seed: int) -> None:
    """Write one photograph of 12 megapixels with the detail of a camera's: soft shapes and grain."""
    shapes = Image.effect_noise((40 + seed % 7, 30), 90).resize(SIZE, Image.Resampling.BICUBIC)
    grain = Image.effect_noise(SIZE, 14).filter(ImageFilter.BoxBlur(0.6))
    layers = [Image.blend(shapes.rotate(90 * n), grain, 0.25 + n / 20) for n in (0, 2, 4)]
    Image.merge("RGB", layers).save(path, "JPEG", quality=88)


def bare(path: str) -> None:
    """Do with Pillow alone what the worker does with one picture, and write the results to a scratch folder."""
    out = Path(path).parent / "bare"
    out.mkdir(exist_ok=True)
    name = uuid.uuid4().hex
    with Image.open(path) as image:
        kind = image.format or ""
        scale = min(1080 / image.width, 2160 / image.height, 1)
        target = round(image.width * scale), round(image.height * scale)
        if kind == "JPEG":
            image.draft("RGB", target)
        small = image.convert("RGB").resize(target, Image.Resampling.LANCZOS)
        small.save(out / f"{name}.web", "WEBP", quality=80, method=2)
        thumb = min(320 / image.width, 640 / image.height, 1)
        tiny = small.resize(
            (round(image.width * thumb), round(image.height * thumb)), Image.Resampling.BICUBIC
        )
        tiny.save(out / f"{name}.thumb", "WEBP", quality=75, method=2)
    if kind in STRIPPERS:
        (out / f"{name}.clean").write_bytes(STRIPPERS[kind](Path(path).read_bytes()))
    else:
        with Image.open(path) as image:
            image.convert("RGB").save(out / f"{name}.clean", "JPEG", quality=92)


def bare_vips(path: str) -> None:
    """Do the same with pyvips, which decodes a JPEG drafted by itself."""
    import pyvips

    out = Path(path).parent / "bare"
    out.mkdir(exist_ok=True)
    name = uuid.uuid4().hex
    small = pyvips.Image.thumbnail(path, 1080, height=2160, size="down").copy_memory()
    small.webpsave(str(out / f"{name}.web.webp"), Q=80, effort=2, keep="icc")
    tiny = small.thumbnail_image(320, height=640, size="down")
    tiny.webpsave(str(out / f"{name}.thumb.webp"), Q=75, effort=2, keep="icc")
    data = Path(path).read_bytes()
    if data[:2] == b"\xff\xd8":
        (out / f"{name}.clean").write_bytes(STRIPPERS["JPEG"](data))
    else:
        pyvips.Image.new_from_file(path).jpegsave(str(out / f"{name}.jpg"), Q=92, keep="icc")


def measure_bare(loop: Callable[[str], None], paths: list[str], processes: int | None) -> float:
    """Return the seconds that a bare loop takes on so many processes (None: all), when they are warm."""
    with ProcessPoolExecutor(processes) as pool:
        list(pool.map(loop, paths[:4]))
        started = time.perf_counter()
        list(pool.map(loop, paths))
        return time.perf_counter() - started


class Browser:
    """Signs in and uploads, as a browser does."""

    def __init__(self, base: str) -> None:
        self.base = base
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(cookies)

    def get(self, path: str) -> tuple[str, str]:
        """Return the text and the final address of a page."""
        with self.opener.open(self.base + path, timeout=60) as answer:
            return answer.read().decode(), answer.geturl()

    def sign_in(self) -> str:
        """Sign in as the demo owner; return the path of the media page."""
        page, _ = self.get("/account/login/")
        form = {"login": "owner@demo.example", "password": PASSWORD, "csrfmiddlewaretoken": token_of(page)}
        request = urllib.request.Request(
            self.base + "/account/login/", urllib.parse.urlencode(form).encode(), {"Referer": self.base + "/"}
        )
        with self.opener.open(request, timeout=60) as answer:
            slug = re.search(r"/w/([-\w]+)/", answer.geturl() + answer.read().decode())
        if slug is None:
            raise SystemExit("Could not sign in.")
        return f"/w/{slug[1]}/media/"

    def upload(self, address: str, token: str, path: str) -> None:
        """Send one file the way the page's script does. Exits when it is refused."""
        mark = uuid.uuid4().hex
        body = io.BytesIO()
        body.write(
            f'--{mark}\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{token}\r\n'.encode()
        )
        head = f'--{mark}\r\nContent-Disposition: form-data; name="files"; filename="{Path(path).name}"\r\n'
        body.write(f"{head}Content-Type: image/jpeg\r\n\r\n".encode() + Path(path).read_bytes())
        body.write(f"\r\n--{mark}--\r\n".encode())
        headers = {
            "Content-Type": f"multipart/form-data; boundary={mark}",
            "HX-Request": "true",
            "Referer": self.base + "/",
        }
        request = urllib.request.Request(self.base + address, body.getvalue(), headers)
        try:
            with self.opener.open(request, timeout=60) as answer:
                said = answer.read().decode()
        except urllib.error.HTTPError as error:
            raise SystemExit(f"{path}: {error.code} {error.read().decode()[:300]}") from None
        if "Added" not in said:
            raise SystemExit(f"{path} was not added: {said[:300]}")


def token_of(page: str) -> str:
    """Return the CSRF token in a page."""
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    if found is None:
        raise SystemExit("The page has no form.")
    return found[1]


def measure_aura(browser: Browser, media: str, paths: list[str], clients: int) -> tuple[float, float]:
    """Return the seconds until every file was taken, and until every one was ready."""
    page, _ = browser.get(f"{media}upload/")
    token = token_of(page)
    started = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(lambda path: browser.upload(f"{media}upload/", token, path), paths))
    taken = time.perf_counter() - started
    while True:
        pending, _ = browser.get(f"{media}?state=pending")
        if 'class="cap"' not in pending:
            break
        time.sleep(0.1)
    ready = time.perf_counter() - started
    failed, _ = browser.get(f"{media}?state=failed")
    if 'class="cap"' in failed:
        raise SystemExit("Some pictures failed.")
    return taken, ready


def start(folder: Path, workers: int) -> tuple[subprocess.Popen[bytes], str]:
    """Start an instance of its own and return it with its address once it answers."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AURA_")}
    environment |= {"PORT": str(port), "AURA_DATA_DIR": str(folder), "AURA_DEMO_PASSWORD": PASSWORD}
    environment["AURA_WORK_THREADS"] = str(workers + 1)  # one is kept for publishing
    log = open(folder.parent / "run.log", "wb")  # noqa: SIM115
    process = subprocess.Popen(
        [sys.executable, ROOT / "manage.py", "run"], env=environment, stdout=log, stderr=log
    )
    base = f"http://127.0.0.1:{port}"
    for _ in range(600):
        try:
            urllib.request.urlopen(base + "/health", timeout=2).read()
        except OSError:
            if process.poll() is not None:
                raise SystemExit(f"The server ended: see {log.name}") from None
            time.sleep(0.2)
        else:
            return process, base
    raise SystemExit("The server did not come up.")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=int, default=60, help="made photographs of 12 megapixels")
    parser.add_argument("--folder", type=Path, help="a folder of real photographs")
    parser.add_argument("--clients", type=int, default=3, help="files on the way at once")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], help="pictures made at once")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="aura-bench-") as temporary:
        scratch = Path(temporary)
        paths = [str(scratch / f"made-{n:03}.jpg") for n in range(options.photos)]
        with ProcessPoolExecutor() as pool:
            list(pool.map(make_photograph, paths, range(len(paths))))
        sets = {"made, 12 MP": paths}
        if options.folder:
            real = sorted(path for path in options.folder.iterdir() if path.is_file())
            copies = [scratch / path.name for path in real]
            for path, copy in zip(real, copies, strict=True):
                copy.write_bytes(path.read_bytes())
            sets["real"] = [str(copy) for copy in copies]
        sets = {name: files for name, files in sets.items() if files}
        for name, files in sets.items():
            measure_loops(name, files)
        for workers in options.workers:
            measure_instance(scratch / f"data-{workers}", sets, workers, options.clients)


def measure_loops(name: str, files: list[str]) -> None:
    """Print what the bare loops do with one set; pyvips only where it is installed."""
    loops = {"Pillow": bare} | ({"pyvips": bare_vips} if importlib.util.find_spec("pyvips") else {})
    for library, loop in loops.items():
        one, every = measure_bare(loop, files, 1), measure_bare(loop, files, None)
        _one.setdefault(name, one)
        figures = {"one_process_per_s": len(files) / one, "all_processors_per_s": len(files) / every}
        say(name, files, loop=library, **figures)


def measure_instance(folder: Path, sets: dict[str, list[str]], workers: int, clients: int) -> None:
    """Print what an instance with so many workers does with every set."""
    folder.mkdir()
    process, base = start(folder, workers)
    try:
        browser = Browser(base)
        media = browser.sign_in()
        while 'class="cap"' in browser.get(f"{media}?state=pending")[0]:
            time.sleep(0.2)  # the demo's own pictures first
        for name, files in sets.items():
            taken, ready = measure_aura(browser, media, files, clients)
            say(
                name,
                files,
                workers=workers,
                taken_s=taken,
                ready_s=ready,
                aura_per_s=len(files) / ready,
                ratio_to_one_process=_one[name] / ready,
            )
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


_one: dict[str, float] = {}
"""The seconds that one process of Pillow took, by set."""


def say(name: str, files: list[str], **figures: float | str) -> None:
    """Print one line of figures."""
    shown = {key: round(value, 2) if isinstance(value, float) else value for key, value in figures.items()}
    print(json.dumps({"set": name, "files": len(files), **shown}), flush=True)


if __name__ == "__main__":
    main()
