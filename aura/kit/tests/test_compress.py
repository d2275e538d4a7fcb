import gzip

import pytest
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from aura.kit.compress import CompressPagesMiddleware

PAGE = "<p>Rye, slowly.</p>" * 200


def answer(response, accepts="gzip"):
    request = RequestFactory().get("/", HTTP_ACCEPT_ENCODING=accepts)
    return CompressPagesMiddleware(lambda _: response)(request)


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/json", "application/problem+json"])
def test_a_page_is_compressed_for_who_takes_it(kind):
    response = answer(HttpResponse(PAGE, content_type=kind))
    assert response["Content-Encoding"] == "gzip"
    assert gzip.decompress(response.content).decode() == PAGE
    assert "Accept-Encoding" in response["Vary"]


def test_who_does_not_take_it_gets_it_plain():
    assert answer(HttpResponse(PAGE), accepts="").content.decode() == PAGE


def test_pictures_streams_and_downloads_are_left_alone(tmp_path):
    picture = HttpResponse(b"\xff" * 1000, content_type="image/jpeg")
    assert "Content-Encoding" not in answer(picture)
    assert "Content-Encoding" not in answer(StreamingHttpResponse([PAGE]))
    path = tmp_path / "a.html"
    path.write_text(PAGE)
    with path.open("rb") as file:
        assert "Content-Encoding" not in answer(FileResponse(file))


def test_the_same_page_has_another_length_each_time():
    lengths = {len(answer(HttpResponse(PAGE)).content) for _ in range(40)}
    assert len(lengths) > 1
