"""What is true of every answer: policy, cookies, who may keep it."""

import gzip
import re

import pytest

from foundation.pages.http import cache_control
from tests import factories

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "manifest-src": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "object-src": "'none'",
}
TYPES = {"require-trusted-types-for": "'script'", "trusted-types": "'none'"}
PAGES = [
    "/",
    "/es/",
    "/conditions/",
    "/conditions/crmo/",
    "/es/conditions/crmo/",
    "/conditions/crmo/versions/",
    "/conditions/crmo/versions/1/",
    "/glossary/",
    "/stories/",
    "/stories/pool/",
    "/news/",
    "/news/evening/",
    "/news/feed/",
    "/departments/",
    "/departments/rheumatology/",
    "/clinicians/ana-example/",
    "/sitemap.xml",
    "/robots.txt",
    "/opensearch.xml",
    "/.well-known/security.txt",
]


@pytest.fixture
def content(db, written):
    """One of everything, written once."""


@pytest.fixture(scope="module")
def written(module_db):
    edition = factories.live("crmo")
    factories.story(conditions=[edition.condition])
    factories.news(conditions=[edition.condition])
    edition.condition.departments.add(factories.department())
    factories.term()


def policy(response):
    parts = [part.strip().partition(" ") for part in response.headers["Content-Security-Policy"].split(";")]
    return {name: value for name, _, value in parts}


@pytest.mark.parametrize("address", PAGES)
def test_public_page_sets_no_cookie_may_be_kept_and_tells_of_its_style_before_it_is_read(client, content, address):
    response = client.get(address)

    assert response.status_code == 200
    assert not response.cookies
    assert "Cookie" not in response.headers.get("Vary", "")
    assert response.headers["Cache-Control"].startswith("public, max-age=")
    assert policy(response) == POLICY | TYPES
    page = response.headers["Content-Type"].startswith("text/html")
    told = re.findall(r"<([^>]+)>; rel=preload; as=style", response.headers.get("Link", ""))
    assert told == re.findall(r'<link rel="stylesheet" href="([^"]+)">', response.text if page else "")
    assert bool(told) == page
    tag = response.headers.get("ETag")
    assert tag is None or client.get(address, headers={"If-None-Match": tag}).status_code == 304
    assert client.post(address).status_code == 405


def test_papers_tell_how_long_a_page_is_kept(settings):
    told = (settings.BASE_DIR / "docs/scale.md").read_text(encoding="utf-8")

    assert f"`{cache_control()}`" in told, (
        "How long a page is kept is told in docs/scale.md, operating.md and editing.md: there too."
    )


def test_page_that_nobody_keeps_tells_nothing_before(admin_client, content):
    assert [address for address in ("/admin/", "/search/?q=crmo") if "Link" in admin_client.get(address).headers] == []


@pytest.mark.parametrize("address", [page for page in PAGES if page.endswith("/")])
def test_public_page_is_the_same_for_staff(admin_client, client, content, address):
    assert admin_client.get(address).content == client.get(address).content


@pytest.mark.parametrize(
    "address", ["/admin/", "/accounts/login/", "/search/?q=crmo", "/nowhere/", "/readyz", "/metrics", "/healthz"]
)
def test_everything_else_is_kept_by_nobody(client, content, address):
    assert "no-store" in client.get(address).headers["Cache-Control"].split(", ")


def test_admin_page_has_the_same_policy_without_trusted_types(admin_client, content):
    assert policy(admin_client.get("/admin/directory/location/")) == POLICY


def test_language_is_what_the_address_says_whoever_asks(client, content):
    spoken = {"Accept-Language": "es"}

    english, spanish = client.get("/", headers=spoken), client.get("/es/", headers={"Accept-Language": "en"})

    assert (english.headers["Content-Language"], spanish.headers["Content-Language"]) == ("en", "es")
    assert b'<html lang="en"' in english.content
    assert b'<html lang="es"' in spanish.content


@pytest.mark.parametrize(
    ("path", "packed"),
    [
        ("/admin/", True),
        ("/admin/conditions/condition/", True),
        ("/admin/appointments/request/", False),
        ("/admin/stories/authorization/", False),
    ],
)
def test_staff_pages_are_packed_where_nothing_is_known_of_a_family(admin_client, path, packed):
    answers = [admin_client.get(path, headers={"accept-encoding": "gzip"}) for _time in range(3)]

    assert [answer.get("Content-Encoding") == "gzip" for answer in answers] == [packed] * 3
    if packed:
        proofs = {re.search(rb'csrfmiddlewaretoken" value="(\w+)"', gzip.decompress(answer.content))[1] for answer in answers}
        assert len(proofs) == 3


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/appointments/", "/es/appointments/"])
def test_start_of_the_form_is_packed_for_a_newcomer_and_not_beside_what_somebody_typed(client, path):
    first, again = (client.get(path, headers={"accept-encoding": "gzip"}) for _time in range(2))

    assert (first.get("Content-Encoding"), again.get("Content-Encoding")) == ("gzip", None)
