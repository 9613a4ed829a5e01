"""Error pages: in the right language, with a way on, and without anything that may be broken itself."""

import time

import pytest
from django.http import Http404
from django.test import Client, RequestFactory

from portal.middleware import _tidy, refused_codings
from portal.server.whole_body import short_addresses
from portal.views import errors
from tests import clients, factories

STORAGE = {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}


def text(response):
    return response.content.decode()


@pytest.mark.parametrize(("start", "language"), [("/", "en"), ("/es/", "es")])
def test_missing_page_helps_in_the_language_of_its_address(client, start, language):
    response = client.get(f"{start}nope/")  # without a database: pytest forbids it here

    page = text(response)
    assert response.status_code == 404
    assert f'<html lang="{language}"' in page
    assert f'action="{start}search/"' in page
    assert '<a href="tel:+12125550142">' in page
    assert '<meta name="robots" content="noindex">' in page
    assert response.headers["Cache-Control"] == "no-store"
    assert not response.cookies


def test_whom_we_refuse_is_in_the_log_by_number(db, caplog):
    sam = factories.staff("sam")
    client = clients.Client()
    client.force_login(sam)

    assert client.get("/admin/audit/record/").status_code == 403
    assert f"account {sam.pk} was refused" in caplog.messages
    assert "sam" not in caplog.text


TYPED = {
    "/conditions/crmo/": "/conditions/crmo. /conditions/crmo/. /conditions/crmo) /conditions/crmo/), /CONDITIONS/CRMO /Conditions/Crmo/ /conditions//crmo/",
    "/es/conditions/crmo/": "/es/conditions/crmo” /ES/conditions/crmo/ /Es/Conditions/CRMO...",
    "/departments/rheumatology/": "/departments/rheumatology; /Departments/Rheumatology/",
    "/glossary/": "/glossary/, /GLOSSARY",
    "/search/?q=A.": "/Search/?q=A. /search/)?q=A.",
    "/robots.txt": "/robots.txt. /Robots.txt",
    "/": "/. /)",
}


def test_address_as_people_type_it_leads_to_its_page_at_once(client, db):
    factories.live("crmo")
    factories.department()
    led = {typed: client.get(typed) for meant in TYPED.values() for typed in meant.split()}

    assert {typed: led[typed].url for meant in TYPED.values() for typed in meant.split()} == {
        typed: address for address, meant in TYPED.items() for typed in meant.split()
    }
    assert {response.status_code for response in led.values()} == {302}
    assert {address: client.get(address).status_code for address in TYPED} == dict.fromkeys(TYPED, 200)
    assert client.get("/conditions/crmo", follow=True).redirect_chain == [("/conditions/crmo/", 301)]
    assert [client.get(typed).status_code for typed in ("/nowhere.", "/Nowhere/", "/ADMIN/x.", "/conditions/x/y.")] == [
        404
    ] * 4
    assert client.post("/Search/").status_code == 404


@pytest.mark.parametrize("typed", ["/appointments/r/{}.", "/Appointments/R/{}/", "/es/appointments/r/{}/)", "/DRAFTS/{}."])
def test_private_link_cut_out_of_its_sentence_is_led_on_and_kept_by_nobody(client, db, typed):
    secret = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdE"

    response = client.get(typed.format(secret))

    assert response.status_code == 302
    assert response.url == typed.format(secret).rstrip("./)").lower().replace(secret.lower(), secret) + "/"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert not response.cookies


def test_unknown_host_is_told_so_with_a_page(client, db):
    response = client.get("/", headers={"host": "evil.example"})

    assert response.status_code == 400
    assert "<h1>We could not read this address</h1>" in text(response)
    assert "evil.example" not in text(response)


@pytest.mark.parametrize(
    ("cookie", "heading"), [("a" * 32, "This page was open too long"), ("", "Your browser keeps no cookies")]
)
def test_form_without_proof_of_origin_is_told_what_to_do(db, cookie, heading):
    browser = Client(enforce_csrf_checks=True)
    if cookie:
        browser.cookies["csrftoken"] = cookie

    response = browser.post("/appointments/request/you/", {"asker": "parent"})

    assert response.status_code == 403
    assert f"<h1>{heading}</h1>" in text(response)
    assert 'href="tel:' in text(response)


@pytest.mark.parametrize(
    ("view", "status", "heading"),
    [
        (errors.bad_request, 400, "We could not read this address"),
        (errors.forbidden, 403, "This page is not open to you"),
        (errors.not_found, 404, "We cannot find this page"),
    ],
)
def test_page_says_what_happened_and_nothing_of_the_reason(view, status, heading):
    response = view(RequestFactory().get("/x/"), Http404("secret reason"))

    assert response.status_code == status
    assert f"<h1>{heading}</h1>" in text(response)
    assert "secret reason" not in text(response)


def test_fault_of_ours_needs_neither_database_nor_a_good_host():
    response = errors.server_error(RequestFactory(headers={"host": "evil.example"}).get("/es/x/"))

    assert response.status_code == 500
    assert '<html lang="es"' in text(response)
    assert "212 555 0142" in text(response)


def test_fault_in_the_error_page_itself_leaves_its_words(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path  # nothing was collected
    settings.STORAGES = settings.STORAGES | {"staticfiles": STORAGE}
    settings.DEBUG = False

    response = errors.server_error(RequestFactory().get("/x/"))

    assert (response.status_code, response.headers["Content-Type"]) == (500, "text/plain; charset=utf-8")
    assert text(response) == "Something went wrong on our side. Call us: 212 555 0142"


LONG = {"/": 1_001, "/conditions/.": 1_001, "/%ff": 1_001, "/search/?q=": 4_097 + len("/search/?")}


@pytest.mark.parametrize(("begins", "length"), LONG.items())
def test_address_longer_than_any_of_ours_is_not_looked_at(begins, length):
    path, _mark, query = (begins + "." * (length - len(begins))).partition("?")
    answered = []

    for asked in ({"PATH_INFO": path, "QUERY_STRING": query}, {"PATH_INFO": "/", "HTTP_HOST": "h" * 1_001}):
        body = short_addresses(None)(asked, lambda *head: answered.append(head))

        assert (answered.pop()[0], b"".join(body)) == ("414 URI Too Long", b"This address is too long.\n")
    assert (
        short_addresses(lambda *asked: "looked at")({"PATH_INFO": path[:1_000], "QUERY_STRING": query[:4_096]}, None)
        == "looked at"
    )


def test_stray_signs_cost_no_more_than_their_length():
    began = time.process_time()
    for sign in (".", " ", "”", "/"):
        _tidy(f"/conditions/{sign * 100_000}x/")

    assert time.process_time() - began < 2  # with the square of it, minutes


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("br;q=0, gzip", "gzip"),
        ("gzip;q=0.5, br ; q=0.0", "gzip;q=0.5"),
        ("br;q=0.01", "br;q=0.01"),
        ("br", "br"),
        ("*;q=0", "*;q=0"),
    ],
)
def test_coding_that_is_refused_is_not_offered_to_what_serves_files(said, left):
    seen = refused_codings(lambda request: request.META["HTTP_ACCEPT_ENCODING"])

    assert seen(RequestFactory().get("/static/css/site.css", headers={"accept-encoding": said})).strip(", ") == left
