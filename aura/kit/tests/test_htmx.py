import pytest
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.loader import get_template
from django.test import RequestFactory
from django.urls import reverse
from django_htmx.middleware import HtmxDetails

from aura.kit.htmx import HtmxResponseMiddleware, render_page

PAGE = "{% load partials %}<h1>All</h1>{% partialdef rows inline %}<ul id='rows'></ul>{% endpartialdef %}"


def ask(htmx=True, path="/posts/", user=None, **headers):
    extra = {f"HTTP_{key.upper()}": value for key, value in headers.items()}
    if htmx:
        extra["HTTP_HX_REQUEST"] = "true"
    request = RequestFactory().get(path, **extra)
    request.htmx = HtmxDetails(request)
    request.user = user or AnonymousUser()
    request._messages = CookieStorage(request)
    return request


def answer(request, response):
    return HtmxResponseMiddleware(lambda _: response)(request)


@pytest.fixture
def page(settings):
    """A template that lives only in this test."""
    sample = ("django.template.loaders.locmem.Loader", {"sample.html": PAGE})
    loaders = [("template_partials.loader.Loader", [sample])]
    backend = "django.template.backends.django.DjangoTemplates"
    settings.TEMPLATES = [{"BACKEND": backend, "OPTIONS": {"loaders": loaders}}]
    return "sample.html"


def test_a_browser_gets_the_whole_page(page):
    assert b"<h1>" in render_page(ask(htmx=False), page, part="rows").content


def test_htmx_gets_the_part_it_asks_for(page):
    response = render_page(ask(hx_target="rows"), page, part="rows", status=422)
    assert b"<h1>" not in response.content
    assert b"rows" in response.content
    assert response.status_code == 422


def test_htmx_with_another_target_gets_the_whole_page(page):
    assert b"<h1>" in render_page(ask(hx_target="main"), page, part="rows").content


def test_a_restored_page_is_whole(page):
    request = ask(hx_target="rows", hx_history_restore_request="true")
    assert b"<h1>" in render_page(request, page, part="rows").content


def test_every_html_answer_varies_by_who_asks():
    response = answer(ask(htmx=False), HttpResponse("x"))
    assert "HX-Request" in response["Vary"]
    assert "Vary" not in answer(ask(htmx=False), HttpResponse("{}", content_type="application/json"))


def test_a_redirect_becomes_one_of_htmx():
    response = answer(ask(), HttpResponseRedirect("/campaigns/?q=1#top"))
    assert response.status_code == 200
    assert response["HX-Redirect"] == "/campaigns/?q=1#top"
    assert "Location" not in response


def test_a_redirect_stays_one_for_a_browser_and_for_a_boosted_link():
    assert answer(ask(htmx=False), HttpResponseRedirect("/x/")).status_code == 302
    assert answer(ask(hx_boosted="true"), HttpResponseRedirect("/x/")).status_code == 302


def test_a_redirect_to_this_site_by_its_full_address_becomes_local():
    assert answer(ask(), HttpResponseRedirect("http://testserver/x/"))["HX-Redirect"] == "/x/"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "http:///evil.example", "\\\\evil.example"]
)
def test_a_redirect_elsewhere_is_refused(target):
    redirect = HttpResponseRedirect("/")
    redirect["Location"] = target
    response = answer(ask(), redirect)
    assert response.status_code == 400
    assert "HX-Redirect" not in response
    assert b"data-error" in response.content


def test_a_session_that_ended_leads_to_sign_in_and_back_to_the_open_page():
    login = reverse("account_login")
    request = ask(hx_current_url="http://testserver/w/barrow-rye/posts/?q=rye")
    response = answer(request, HttpResponseRedirect(f"{login}?next=/w/barrow-rye/posts/rows/"))
    assert response.status_code == 401
    assert response["HX-Redirect"] == f"{login}?next=/w/barrow-rye/posts/%3Fq%3Drye"


def test_cookies_survive_a_redirect():
    redirect = HttpResponseRedirect("/x/")
    redirect.set_cookie("kept", "yes")
    assert answer(ask(), redirect).cookies["kept"].value == "yes"


def test_messages_come_along_as_toasts_once():
    request = ask()
    messages.success(request, "Scheduled <for> Friday.")
    content = answer(request, HttpResponse("<p>row</p>")).content.decode()
    assert content.startswith("<p>row</p>")
    assert 'hx-swap-oob="beforeend:#toasts"' in content
    assert "Scheduled &lt;for&gt; Friday." in content
    assert messages.get_messages(request).used  # the next page does not say it again


def test_messages_wait_for_the_page_after_a_redirect():
    request = ask()
    messages.error(request, "Not sent.")
    answer(request, HttpResponseRedirect("/x/"))
    assert [str(message) for message in messages.get_messages(request)] == ["Not sent."]


def test_an_answer_without_messages_is_untouched():
    assert answer(ask(), HttpResponse("<p>row</p>")).content == b"<p>row</p>"


@pytest.mark.parametrize("status", [403, 404, 409, 413, 422, 429, 500])
def test_toasts_ride_on_refusals_too(status):
    request = ask()
    messages.error(request, "Not this time.")
    assert b"Not this time." in answer(request, HttpResponse("x", status=status)).content


def test_streams_and_json_are_left_alone():
    request = ask()
    messages.error(request, "Later.")
    assert b"".join(answer(request, StreamingHttpResponse([b"a"])).streaming_content) == b"a"
    assert answer(request, HttpResponse("{}", content_type="application/json")).content == b"{}"


@pytest.mark.parametrize("status", [400, 403, 404, 409, 413, 429, 500, 503])
def test_an_error_page_needs_nothing_and_says_its_sentence(status):
    page = get_template(f"{status}.html").render()
    assert "data-error" in page
    assert "<h1>" in page
    assert "traceback" not in page.lower()
