"""Documents made for tests: ordinary ones, and ones that mean harm. Nothing is read from outside."""

from __future__ import annotations

import io
import zipfile
import zlib

_OOXML = "application/vnd.openxmlformats-officedocument."
WORD = _OOXML + "wordprocessingml.document"
MACROS = "application/vnd.ms-word.document.macroEnabled"
EXCEL = _OOXML + "spreadsheetml.sheet"
POWERPOINT = _OOXML + "presentationml.presentation"
AUTHOR = b"canary-author-4711"


def pdf(
    *,
    pages: int = 1,
    size: tuple[float, float] = (595, 842),
    drawing: bytes = b"",
    more: bytes = b"",
    trailer: bytes = b"",
) -> bytes:
    """Return a PDF of equal pages. `drawing` is what they show, `more` joins their dictionary."""
    drawing = drawing or b"0.8 0.3 0.1 rg 60 400 300 300 re f"
    kids = b" ".join(b"%d 0 R" % (4 + page) for page in range(pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, pages),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawing), drawing),
    ]
    box = b"%g %g" % size
    objects += [
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %s] /Contents 3 0 R %s >>" % (box, more)
    ] * pages
    return assembled(objects, trailer=trailer + b" /Info << /Author (%s) >>" % AUTHOR)


def assembled(objects: list[bytes], *, trailer: bytes = b"") -> bytes:
    """Return a PDF of these objects, the first of which is its catalogue."""
    out, places = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        trailer,
        start,
    )


def locked_pdf() -> bytes:
    """Return a PDF that nobody can open without its password."""
    lock = b"/Encrypt << /Filter /Standard /V 1 /R 2 /O (%s) /U (%s) /P -4 >>" % (b"o" * 32, b"u" * 32)
    return pdf(trailer=lock + b" /ID [(0123456789abcdef) (0123456789abcdef)]")


def pdf_with_giant_picture(side: int = 30_000) -> bytes:
    """Return a PDF of some kilobytes that draws a picture of `side`² pixels."""
    packer = zlib.compressobj(9)
    row = b"\0" * side * 3
    data = b"".join(packer.compress(row) for _ in range(side // 300)) + packer.flush()
    picture = b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB" % (side, side)
    picture += b" /BitsPerComponent 8 /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (
        len(data),
        data,
    )
    drawing = b"500 0 0 500 0 0 cm /P Do"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawing), drawing),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 500 500] /Contents 3 0 R %s >>"
        % b"/Resources << /XObject << /P 5 0 R >> >>",
        picture,
    ]
    return assembled(objects)


def pdf_that_draws_for_ever(depth: int = 24) -> bytes:
    """Return a PDF whose page draws a form twice, which draws the next one twice, and so on."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
        b"<< /Length 5 >>\nstream\n/F Do\nendstream",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 500 500] /Contents 3 0 R %s >>"
        % b"/Resources << /XObject << /F 5 0 R >> >>",
    ]
    form = b"<< /Type /XObject /Subtype /Form /BBox [0 0 500 500] %s /Length %d >>\nstream\n%s\nendstream"
    for at in range(depth):
        inside = b"/F Do /F Do" if at < depth - 1 else b"0 0 400 400 re f " * 50
        resources = b"/Resources << /XObject << /F %d 0 R >> >>" % (6 + at) if at < depth - 1 else b""
        objects.append(form % (resources, len(inside), inside))
    return assembled(objects)


def zipped(members: dict[str, bytes], *, packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a ZIP archive of these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def types_list(inside: str, *, head: str = "") -> bytes:
    """Return the member of an Office file that says what it is."""
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>{head}'
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/main.xml" ContentType="{inside}.main+xml"/></Types>'
    ).encode()


def office(inside: str = WORD, **more: bytes) -> bytes:
    """Return a small Office file of that type."""
    core = b"<cp:coreProperties><dc:creator>%s</dc:creator></cp:coreProperties>" % AUTHOR
    members = {"[Content_Types].xml": types_list(inside), "docProps/core.xml": core, "main.xml": b"<w/>"}
    return zipped(members | more)


def open_document(inside: str = "text") -> bytes:
    """Return a small OpenDocument file."""
    kind = f"application/vnd.oasis.opendocument.{inside}".encode()
    return zipped({"mimetype": kind, "content.xml": b"<office/>"}, packing=zipfile.ZIP_STORED)


TABLE = b"Day;Clicks;Spend\n2026-11-01;12;3,40\n2026-11-02;15;4,10\n"
WORDS = b"Dear bakers,\n\nthe ovens are hot, the rye is proofed.\nCome early, and bring a bag.\n"


def svg(inside: str = "", *, root: str = 'viewBox="0 0 300 150"', head: str = "") -> bytes:
    """Return a drawing: a ground, a disc, and what is `inside`; `root` are its attributes."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}'
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {root}>'
        '<defs><linearGradient id="g"><stop offset="0" stop-color="#dd7a2c"/><stop offset="1" stop-color="#c03a35"/>'
        '</linearGradient></defs><rect x="10" y="10" width="280" height="130" rx="20" fill="url(#g)"/>'
        f'<circle cx="150" cy="75" r="40" fill="#fff"/>{inside}</svg>'
    ).encode()
