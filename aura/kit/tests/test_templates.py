"""Rules that every template keeps, held by a machine: a strict policy leaves no room for inline anything."""

import gzip
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.files.storage import FileSystemStorage
from django.template.loader import get_template

from aura.kit.styles import put_together

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
TEXTS = sorted((ROOT / "templates").rglob("*.txt"))
NAMES = [str(path.relative_to(ROOT / "templates")) for path in TEMPLATES]
SPRITE = (ROOT / "static/icons/lucide.svg").read_text()
ICONS = set(re.findall(r'id="i-([\w-]+)"', SPRITE))

FORBIDDEN = {
    "an inline style": re.compile(r"\sstyle\s*=", re.IGNORECASE),
    "an inline handler": re.compile(r"""[\s"']on[a-z]+\s*=\s*["']""", re.IGNORECASE),
    "an inline script": re.compile(r"<script(?![^>]*\ssrc=)", re.IGNORECASE),
    "an inline style sheet": re.compile(r"<style", re.IGNORECASE),
    "hx-on, which the policy silences": re.compile(r"hx-on", re.IGNORECASE),
    "a js: or javascript: value": re.compile(r"""["']\s*(js|javascript):""", re.IGNORECASE),
    "a trigger filter, which the policy silences": re.compile(r"""hx-trigger\s*=\s*["'][^"']*\["""),
    "a file from elsewhere": re.compile(r"""<(script|link|img|iframe)[^>]*\s(src|href)=["'](https?:)?//"""),
    "an exclamation mark to people": re.compile(r"[a-z]!(?!\w)(?=[\s<])"),
    "the word successfully": re.compile("successfully", re.IGNORECASE),
}


def _without_comments(text: str) -> str:
    text = re.sub(r"{% comment %}.*?{% endcomment %}", "", text, flags=re.DOTALL)
    return re.sub(r"{#.*?#}", "", text)


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_a_template_holds_nothing_the_policy_forbids(path):
    text = _without_comments(path.read_text())
    found = [f"{what}: {match[0]!r}" for what, rule in FORBIDDEN.items() if (match := rule.search(text))]
    assert not found


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_every_form_that_posts_carries_its_token(path):
    text = _without_comments(path.read_text())
    forms = re.findall(
        r"<form\b[^>]*\bmethod=[\"']post.*?</form>|<form\b[^>]*\bhx-post.*?</form>",
        text,
        re.DOTALL | re.IGNORECASE,
    )
    assert all("{% csrf_token %}" in form for form in forms)


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_every_icon_named_is_in_the_sprite(path):
    named = set(re.findall(r"""{% icon ["']([\w-]+)["']""", path.read_text()))
    named |= set(re.findall(r"""icon_name=["']([\w-]+)["']""", path.read_text()))
    assert named <= ICONS


@pytest.mark.parametrize("name", NAMES)
def test_every_template_compiles(name):
    get_template(name)


@pytest.mark.parametrize("path", TEXTS, ids=[path.name for path in TEXTS])
def test_a_mail_says_it_in_our_words(path):
    assert not FORBIDDEN["the word successfully"].search(path.read_text())
    assert not FORBIDDEN["an exclamation mark to people"].search(path.read_text())


def test_every_icon_named_in_a_script_is_in_the_sprite():
    named = set()
    for script in (ROOT / "static/js").glob("*.js"):
        named |= set(re.findall(r"""(?:glyph|icon)\(["']([\w-]+)["']\)""", script.read_text()))
    assert named <= ICONS


def test_vendored_files_are_as_locked():
    done = subprocess.run(
        [sys.executable, ROOT / "bin/vendor", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_lock_and_the_sprite_name_the_same_icons():
    lock = json.loads((ROOT / "static/vendor/lock.json").read_text())
    assert set(lock["icons"]) == ICONS


def test_every_style_sheet_and_script_is_used():
    sheets = {
        path.relative_to(ROOT / "static/css").as_posix() for path in (ROOT / "static/css").rglob("*.css")
    }
    imported = set(re.findall(r'@import "([^"]+)"', (ROOT / "static/css/aura.css").read_text()))
    assert sheets - imported == {"aura.css", "guide.css"}
    pages = "".join(path.read_text() for path in TEMPLATES)
    assert all(path.stem in pages for path in (ROOT / "static/js").glob("*.js"))


def test_the_first_load_stays_within_140_kilobytes_compressed():
    frame = (ROOT / "templates/base.html").read_text() + (ROOT / "templates/_scripts.html").read_text()
    scripts = [path for path in (ROOT / "static/js").glob("*.js") if re.search(rf"\b{path.stem}\b", frame)]
    static = FileSystemStorage(ROOT / "static")
    paths = {
        path.relative_to(ROOT / "static").as_posix(): (static, path.relative_to(ROOT / "static").as_posix())
        for path in (ROOT / "static/css").rglob("*.css")
    }
    texts = [put_together(paths).encode(), Path(finders.find("django_htmx/htmx-2.min.js")).read_bytes()]
    texts += [path.read_bytes() for path in [*scripts, *(ROOT / "static/icons").glob("*.svg")]]
    font = (ROOT / "static/fonts/inter-latin.woff2").stat().st_size
    page = 12_000  # a full page of the product, compressed: Home of the demo is 8 kB
    assert len(scripts) >= 5  # the frame is read as it should be
    assert sum(len(gzip.compress(text, 9)) for text in texts) + font + page <= 140_000
