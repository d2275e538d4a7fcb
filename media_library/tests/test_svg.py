"""SVG: cleaned, turned into pictures, and never handed out as it came (trust.md §3: U1, U3, U8)."""

from __future__ import annotations

import base64
import io
import time

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from aura.kit import jobs
from media_library import formats, operations, placements
from media_library.models import Asset, Rendition, StoredFile
from media_library.tests import documents, pictures

pytestmark = pytest.mark.django_db(transaction=True)

DOCTYPE = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'


def content(row: Rendition) -> bytes:
    with default_storage.open(row.key) as file:
        return file.read()


def refusal(data: bytes) -> str:
    used = time.thread_time()
    with pytest.raises(formats.Unusable) as caught:
        formats.judge(io.BytesIO(data))
    assert time.thread_time() - used < 1, "a second of its own, however busy the machine is"
    return str(caught.value)


def test_a_drawing_becomes_pictures_and_leaves_cleaned(bob, client_of, send, work, scope):
    client = client_of(bob)
    assert send(client, "logo.svg", documents.svg(head=DOCTYPE)).status_code == 200
    assert work() == 1
    asset = Asset.objects.get()
    assert (asset.kind, asset.status, asset.failure) == ("image", "ready", "")
    assert (asset.width, asset.height, asset.shape) == (2048, 1024, "landscape")
    made = {row.preset: row for row in Rendition.objects.all()}
    assert {preset: (row.mime, row.width, row.height) for preset, row in made.items()} == {
        "thumb": ("image/webp", 320, 160),
        "web": ("image/webp", 1080, 540),
        "clean": ("image/png", 2048, 1024),
        "vector": ("image/svg+xml", 2048, 1024),
    }
    with Image.open(io.BytesIO(content(made["clean"]))) as picture:
        assert picture.getpixel((1024, 512)) == (255, 255, 255, 255)
        assert picture.getpixel((1, 1))[3] == 0
        red, green, blue, _ = picture.getpixel((200, 512))
    assert red > green > blue
    page = client.get(asset.get_absolute_url()).content.decode()
    assert "SVG, " in page
    assert "without scripts and links; posts take it as a PNG" in page
    for address in (f"/w/{scope.slug}/media/{asset.pk}/file/", made["vector"].get_absolute_url()):
        answer = client.get(address)
        assert answer["Content-Type"] == "image/svg+xml"
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert b"linearGradient" in b"".join(answer.streaming_content)


def test_a_drawing_is_cut_like_any_picture_and_offered_to_posts(bob, client_of, send, work, scope):
    client = client_of(bob)
    send(client, "logo.svg", documents.svg())
    work()
    asset = Asset.objects.get()
    place = placements.PLACEMENTS[0]
    operations.request_fits(asset, placements=[place], by=bob)
    for workspace_id, pk in jobs.REGISTRY["media_library.make_fit"].find(10):
        jobs.run_one("media_library.make_fit", workspace_id, pk)
    cut = Rendition.objects.get(preset__startswith="fit:")
    assert (cut.status, cut.failure) == ("ready", "")
    assert "Logo" in client.get(f"/w/{scope.slug}/media/pick/").content.decode()


def test_a_drawing_is_edited_as_a_picture_and_its_versions_keep_what_is_said(
    bob, client_of, send, work, workspace, scope
):
    client = client_of(bob)
    send(client, "logo.svg", documents.svg("<text x='9' y='9'>Rye</text>"))
    work()
    asset = Asset.objects.get()
    said = asset.failure
    assert "letters" in said
    operations.edit_picture(asset, recipe={"turn": 90}, by=bob)
    work()
    asset = Asset.objects.select_related("current__stored_file").get()
    assert (asset.width, asset.height, asset.failure) == (1024, 2048, "")
    assert asset.current.stored_file.mime == "image/png"
    first = asset.versions.get(number=1)
    operations.show_version(asset, version=first, by=bob)
    asset = Asset.objects.get()
    assert (asset.width, asset.failure) == (2048, said)


HARM = [
    "<script>canary()</script>",
    '<g onload="canary()"/>',
    '<a href="javascript:canary()"><circle r="3"/></a>',
    '<a xlink:href="https://canary.example/"><circle r="3"/></a>',
    '<image href="https://canary.example/x.png" width="9" height="9"/>',
    '<image xlink:href="//canary.example/x.png" width="9" height="9"/>',
    '<image href="file:///canary.png" width="9" height="9"/>',
    '<image href="/canary.png" width="9" height="9"/>',
    '<image href="canary.png" width="9" height="9"/>',
    '<use href="/canary.svg#a"/>',
    '<filter id="f"><feImage href="/canary.png"/></filter>',
    '<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"><iframe src="canary"/></body></foreignObject>',
    "<style>@import url(https://canary.example/x.css); .a { fill: url(https://canary.example/y) }</style>",
    "<style>.a { background: u\\72l(/canary) } .b { fill: ur\\l(/canary) }</style>",
    '<rect style="fill: url( \'/canary.svg#x\' )" width="9" height="9"/>',
    '<rect fill="url(canary.svg#x)" width="9" height="9"/>',
    '<image href="data:image/svg+xml;base64,Y2FuYXJ5" width="9" height="9"/>',
    '<image href="data:text/html,canary" width="9" height="9"/>',
    '<set attributeName="onload" to="1"/><animate attributeName="href" values="javascript:1"/>',
    "<!-- canary --><?canary href='canary'?>",
    '<metadata>canary</metadata><handler xmlns="http://www.w3.org/2001/xml-events">canary</handler>',
    '<g xml:base="https://canary.example/"/>',
]


@pytest.mark.parametrize("inside", HARM)
def test_U1_nothing_that_runs_or_points_elsewhere_is_left(bob, client_of, send, work, scope, inside):
    send(client_of(bob), "a.svg", documents.svg(inside))
    work()
    assert Asset.objects.get().status == "ready"
    vector = content(Rendition.objects.get(preset="vector"))
    for sign in (
        b"<script",
        b"onload",
        b"canary.example",
        b"javascript",
        b"file:",
        b'"/canary',
        b"url(/",
        b'"canary',
        b"iframe",
    ):
        if sign == b"javascript" and inside.startswith("<set"):
            continue  # an animation of nothing: what it was to animate is gone
        assert sign not in vector, vector
    assert b"circle" in vector


def test_U1_a_file_of_this_machine_is_never_drawn(bob, client_of, send, work, scope, tmp_path):
    green = tmp_path / "green.png"
    Image.new("RGB", (50, 50), (0, 255, 0)).save(green)
    for number, address in enumerate(
        (str(green), f"file://{green}", f"file://localhost{green}", f"//{green}")
    ):
        inside = f'<image href="{address}" x="100" y="25" width="100" height="100"/><desc>{number}</desc>'
        send(client_of(bob), "a.svg", documents.svg(inside))
    work()
    for row in Rendition.objects.filter(preset="clean"):
        with Image.open(io.BytesIO(content(row))) as picture:
            assert picture.getpixel((1024, 512)) == (255, 255, 255, 255)
    assert Rendition.objects.filter(preset="clean").count() == 4


def test_a_picture_that_is_packed_in_is_kept_and_drawn(bob, client_of, send, work, scope):
    out = io.BytesIO()
    Image.new("RGB", (20, 20), (0, 0, 255)).save(out, "PNG")
    packed = base64.b64encode(out.getvalue()).decode()
    inside = f'<image href="data:image/png;base64,{packed}" x="100" y="25" width="100" height="100"/>'
    send(client_of(bob), "a.svg", documents.svg(inside))
    work()
    with Image.open(io.BytesIO(content(Rendition.objects.get(preset="clean")))) as picture:
        assert picture.getpixel((1024, 512)) == (0, 0, 255, 255)


def test_what_becomes_of_letters_is_said(bob, client_of, send, work, scope):
    """They are drawn where the machine has typefaces, and lost where it has none: neither is passed over."""
    words = '<g><text x="20" y="120" font-size="60" font-family="Nobody Has This">Rye</text></g>'
    send(client_of(bob), "a.svg", documents.svg(words))
    work()
    page = client_of(bob).get(Asset.objects.get().get_absolute_url()).content.decode()
    with Image.open(io.BytesIO(content(Rendition.objects.get(preset="clean")))) as picture:
        darkest, _ = picture.crop((137, 450, 700, 850)).convert("L").getextrema()
    assert ("typefaces of this server" in page, "Its letters are missing" in page) == (
        darkest < 30,
        darkest >= 30,
    )
    assert b"<text" in content(Rendition.objects.get(preset="vector"))


@pytest.mark.parametrize(
    ("root", "size"),
    [
        ('width="100" height="400"', (512, 2048)),
        ('width="2in" height="1in" viewBox="0 0 10 10"', (2048, 1024)),
        ('width="100%" height="100%" viewBox="0 0 40 30"', (2048, 1536)),
        ('viewBox="-5,-5 10,10"', (2048, 2048)),
        ('width="4e8" height="4e8" viewBox="0 0 10 10"', (2048, 2048)),
    ],
)
def test_a_drawing_of_any_size_becomes_a_picture_of_ordinary_size(
    bob, client_of, send, work, scope, root, size
):
    send(client_of(bob), "a.svg", documents.svg(root=root))
    work()
    asset = Asset.objects.get()
    assert (asset.failure, asset.width, asset.height) == ("", *size)


@pytest.mark.parametrize(
    "root", ["", 'width="100%"', 'viewBox="0 0 0 0"', 'viewBox="0 0 1 1e6"', 'viewBox="a b c d"']
)
def test_a_drawing_without_a_size_fails_with_a_sentence(bob, client_of, send, work, scope, root):
    send(client_of(bob), "a.svg", documents.svg(root=root))
    work()
    asset = Asset.objects.get()
    assert (asset.status, asset.failure) == ("failed", formats.svg.NO_SIZE)
    assert not Rendition.objects.exists()


LAUGHS = "<!DOCTYPE svg [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;'>]>"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (documents.svg("<text>&b;</text>", head=LAUGHS), "entities"),
        (documents.svg(head="<!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"), "entities"),
        (documents.svg(head="<!DOCTYPE svg [<!ENTITY % x SYSTEM 'http://169.254.169.254/'> ]>"), "entities"),
        (documents.svg()[:-20], "damaged"),
        (b"<svg", "nothing that Aura can read"),
        (b"<svg ", "damaged"),
        (documents.svg("<g>" * 5_000 + "</g>" * 5_000), "too intricate"),
        (documents.svg("<g/>" * 60_000), "too intricate"),
        (b"<html><body><svg onload=alert(1)></svg>", "nothing that Aura can read"),
        (b"<!---->" * 580, "nothing that Aura can read"),
        (documents.svg().replace(b"UTF-8", b"shift_jis"), "damaged"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "nothing that Aura can read"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>&nbsp;</svg>", "damaged"),
    ],
)
def test_U8_what_is_no_sound_drawing_is_refused_by_name(data, says):
    assert says in refusal(data)


def test_U1_what_calls_itself_svg_and_is_another_thing_fails(bob, client_of, send, work, scope):
    send(
        client_of(bob), "a.svg", b"<svg xmlns='http://www.w3.org/1999/xhtml'><script>alert(1)</script></svg>"
    )
    work()
    assert Asset.objects.get().status == "failed"
    assert not Rendition.objects.exists()


def bomb_of_uses() -> bytes:
    """Return a drawing that shows a shape 2^30 times."""
    uses = "".join(f'<g id="u{n + 1}"><use href="#u{n}"/><use href="#u{n}"/></g>' for n in range(30))
    return documents.svg(f'<defs><rect id="u0" width="1" height="1"/>{uses}</defs><use href="#u30"/>')


def bomb_of_blur() -> bytes:
    blur = "".join(
        '<feGaussianBlur stdDeviation="900"/><feTurbulence numOctaves="9999"/>' for _ in range(300)
    )
    return documents.svg(f'<filter id="f" x="-9" y="-9" width="30" height="30">{blur}</filter>'
                         '<rect width="300" height="150" filter="url(#f)"/>')  # fmt: skip


@pytest.mark.parametrize("data", [bomb_of_uses(), bomb_of_blur()], ids=["uses", "filters"])
def test_U3_a_drawing_that_costs_too_much_is_given_up(bob, client_of, send, work, scope, data, monkeypatch):
    monkeypatch.setattr(formats.svg, "CPU_SECONDS", 1)
    started = time.monotonic()
    assert send(client_of(bob), "a.svg", data).status_code == 200
    assert Asset.objects.get().status == "pending", "nobody waited for the drawing"
    send(client_of(bob), "b.jpg", pictures.encoded())
    work()
    assert time.monotonic() - started < 60
    assert dict(Asset.objects.values_list("title", "failure")) == {"A": formats.svg.TOO_MUCH, "B": ""}


def test_the_original_of_a_drawing_is_never_served(bob, client_of, send, work, scope):
    client = client_of(bob)
    send(client, "a.svg", documents.svg("<script>canary()</script>"))
    work()
    stored = StoredFile.objects.get()
    for row in Rendition.objects.all():
        assert row.key != stored.key
        assert b"canary" not in b"".join(client.get(row.get_absolute_url()).streaming_content)
