"""Documents, from the upload to the download: PDF with a picture of its first page, Office files, tables and texts."""

from __future__ import annotations

import io

import pytest
from django.core.files.storage import default_storage
from django.utils.datastructures import MultiValueDict
from PIL import Image

from media_library import formats
from media_library.models import Asset, Rendition, StoredFile
from media_library.tests import documents, pictures

pytestmark = pytest.mark.django_db(transaction=True)

KEPT = {
    "price list.pdf": (documents.pdf(), "application/pdf", "pdf", "document", "PDF"),
    "brief.docx": (documents.office(), documents.WORD, "docx", "document", "Word"),
    "figures.xlsx": (documents.office(documents.EXCEL), documents.EXCEL, "xlsx", "document", "Excel"),
    "deck.pptx": (
        documents.office(documents.POWERPOINT),
        documents.POWERPOINT,
        "pptx",
        "document",
        "PowerPoint",
    ),
    "old.docm": (
        documents.office(documents.MACROS),
        documents.MACROS + ".12",
        "docm",
        "document",
        "Word with macros",
    ),
    "notes.odt": (
        documents.open_document(),
        "application/vnd.oasis.opendocument.text",
        "odt",
        "document",
        "OpenDocument text",
    ),
    "november.csv": (documents.TABLE, "text/csv", "csv", "performance_data", "CSV"),
    "letter.txt": (documents.WORDS, "text/plain", "txt", "document", "Text"),
}


@pytest.mark.parametrize("name", KEPT)
def test_a_document_is_kept_shown_and_handed_out_as_it_is(bob, client_of, send, work, scope, name):
    data, mime, extension, kind, word = KEPT[name]
    client = client_of(bob)
    assert send(client, name, data).status_code == 200
    asset = Asset.objects.get()
    stored = StoredFile.objects.get()
    assert (asset.kind, asset.width, asset.height, asset.shape) == (kind, None, None, "")
    assert (stored.mime, stored.extension) == (mime, extension)
    assert work() == 1
    asset.refresh_from_db()
    assert (asset.status, asset.failure) == ("ready", "")
    page = client.get(asset.get_absolute_url()).content.decode()
    assert f"{word}, " in page
    assert "as it is, with whatever its author wrote into it" in page
    assert "Cuts for each place" not in page
    answer = client.get(f"/w/{scope.slug}/media/{asset.pk}/file/")
    assert b"".join(answer.streaming_content) == data
    assert answer["Content-Type"] == mime
    assert answer["Content-Disposition"].startswith("attachment; filename=")
    assert f".{extension}" in answer["Content-Disposition"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    shown = client.get(f"/w/{scope.slug}/media/").content.decode()
    assert asset.title in shown
    assert "skeleton" not in shown.split('id="media-grid"')[1]


def test_a_pdf_has_a_picture_of_its_first_page_and_knows_its_pages(bob, client_of, send, work, scope):
    client = client_of(bob)
    send(client, "menu.pdf", documents.pdf(pages=12))
    work()
    asset = Asset.objects.get()
    assert asset.current.pages == 12
    made = {row.preset: row for row in Rendition.objects.all()}
    assert {preset: (row.mime, row.width, row.height) for preset, row in made.items()} == {
        "thumb": ("image/webp", 320, 453),
        "web": ("image/webp", 1080, 1528),
        "clean": ("application/pdf", 0, 0),
    }
    with default_storage.open(made["web"].key) as file, Image.open(file) as page:
        assert page.getpixel((5, 5)) == (255, 255, 255)
        red, green, blue = page.convert("RGB").getpixel((300, 500))
    assert red > 180 > green > blue
    shown = client.get(asset.get_absolute_url()).content.decode()
    assert "12 pages, " in shown
    assert made["web"].get_absolute_url() in shown
    served = client.get(made["web"].get_absolute_url())
    assert (served["Content-Type"], served["Content-Disposition"]) == ("image/webp", "inline")
    assert "attachment" in client.get(made["clean"].get_absolute_url())["Content-Disposition"]


def test_a_locked_pdf_is_kept_without_a_picture_and_says_so(bob, client_of, send, work, scope):
    client = client_of(bob)
    send(client, "contract.pdf", documents.locked_pdf())
    work()
    asset = Asset.objects.get()
    assert asset.status == "ready"
    assert set(Rendition.objects.values_list("preset", flat=True)) == {"clean"}
    page = client.get(asset.get_absolute_url()).content.decode()
    assert "opens with a password only" in page
    assert "Try again" not in page
    assert client.get(f"/w/{scope.slug}/media/{asset.pk}/file/").status_code == 200


@pytest.mark.parametrize("size", [(1, 14_400), (14_400, 1), (0.001, 0.001), (3, 3)])
def test_a_page_of_any_size_becomes_a_picture_of_ordinary_size(bob, client_of, send, work, scope, size):
    send(client_of(bob), "odd.pdf", documents.pdf(size=size))
    work()
    assert Asset.objects.get().status == "ready"
    for row in Rendition.objects.exclude(preset="clean"):
        assert 1 <= row.width <= 1080
        assert 1 <= row.height <= 2160


def test_documents_are_found_by_their_kind_and_by_their_words(bob, client_of, send, scope):
    client = client_of(bob)
    for name, data in (
        ("menu.pdf", documents.pdf()),
        ("a.csv", documents.TABLE),
        ("b.jpg", pictures.encoded()),
    ):
        send(client, name, data)
    assert Asset.objects.count() == 3
    for asked, found in (("kind=document", "Menu"), ("kind=performance_data", "A"), ("q=menu", "Menu")):
        page = client.get(f"/w/{scope.slug}/media/?{asked}").context["page"]
        assert [asset.title for asset in page.assets] == [found], asked


def test_the_composer_offers_no_documents_and_a_post_takes_none(bob, client_of, send, work, scope):
    from posts.forms.pictures import MediaField

    client = client_of(bob)
    send(client, "price-list.pdf", documents.pdf())
    send(client, "loaf.jpg", pictures.encoded())
    work()
    page = client.get(f"/w/{scope.slug}/media/pick/").content.decode()
    assert "Loaf" in page
    assert "Price list" not in page
    with pytest.raises(Exception, match="no picture or film") as refused:
        MediaField().clean([str(Asset.objects.get(kind="document").pk)])
    assert refused.type.__name__ == "ValidationError"
    inputs = client.get(f"/w/{scope.slug}/posts/new/").content.decode()
    assert 'accept="image/*' in inputs
    assert ".pdf" not in inputs


def test_the_pages_offer_to_choose_documents(bob, client_of, scope):
    for address in ("media/", "media/upload/"):
        page = client_of(bob).get(f"/w/{scope.slug}/{address}").content.decode()
        assert f'accept="{formats.accept()}' in page  # and archives, which are unpacked
    assert ".docx" in formats.accept()


def test_a_document_over_the_limit_is_refused_with_the_limit(bob, client_of, send, scope, settings):
    settings.AURA_MAX_IMAGE_MB = 1
    answer = send(client_of(bob), "long.txt", b"word\n" * 250_000)
    assert answer.status_code == 413
    assert "1 MB" in answer.content.decode()
    assert not Asset.objects.exists()


def test_a_limit_of_one_kind_holds_where_a_larger_one_is_let_in(bob, scope, settings, monkeypatch):
    """The request is read up to the largest of the limits; the form knows the kind and judges by its own."""
    from aura.kit.files import HashedUpload
    from aura.kit.problems import TooLarge
    from media_library.forms import UploadForm

    monkeypatch.setattr(formats.pdf, "largest_bytes", lambda: 400)
    upload = HashedUpload("a.pdf", "application/pdf", None, None)
    upload.write(documents.pdf())
    upload.size = len(documents.pdf())
    with pytest.raises(TooLarge, match="larger than 1 kB"):
        UploadForm({}, MultiValueDict({"file": [upload]})).is_valid()
    assert formats.largest_bytes() == formats.film.largest_bytes() > formats.pdf.largest_bytes()


@pytest.mark.parametrize(
    ("text", "mime"),
    [
        ("a,b\n1,2\n", "text/csv"),
        ("a\tb\n1\t2\n", "text/csv"),
        ('name,says\n"Rye, dark","early,\tor late"\n', "text/csv"),
        ("a,b\n1,2,3\n", "text/plain"),
        ("only one line, with a comma\n", "text/plain"),
        ("Rye, dark, sour.\nMore, of it.\n", "text/plain"),
    ],
)
def test_a_table_is_told_from_words_by_its_cells(text, mime):
    assert formats.judge(io.BytesIO(text.encode())).mime == mime


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_text_may_be_encoded_as_programs_write_it(encoding):
    text = (
        "Größe;Preis\nbüro;3,40 €\n" * 9_000
    )  # past what is looked at first, and letters across every boundary
    assert formats.judge(io.BytesIO(text.encode(encoding))).mime == "text/csv"


def test_every_media_type_has_a_word_and_a_short_ending():
    for format_ in formats.FORMATS:
        for mime, word in format_.WORDS.items():
            assert len(mime) <= StoredFile._meta.get_field("mime").max_length
            assert 0 < len(format_.EXTENSIONS[mime]) <= 10
            assert formats.of_mime(mime) is format_
            assert formats.word_of(mime) == word
        assert set(format_.KINDS) <= set(Asset.Kind.values)


def test_a_deck_of_many_slides_is_a_document_and_is_not_unpacked(bob, client_of, send, scope):
    slides = {f"ppt/slides/slide{number}.xml": b"<p:sld/>" for number in range(700)}
    assert (
        send(client_of(bob), "deck.pptx", documents.office(documents.POWERPOINT, **slides)).status_code == 200
    )
    assert Asset.objects.get().title == "Deck"
