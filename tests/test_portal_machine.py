"""What machines ask the front door: sitemap, robots, OpenSearch, security.txt, favicon, health."""

import re
import shutil
import threading
import time
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
import time_machine
from django.db import OperationalError, connection
from django.utils import timezone

from foundation.outbox.models import Message
from foundation.pages.registry import PageSitemap, registered
from foundation.privacy.models import Attempts
from tests import factories
from tests.parallel import at_once

MAP = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}
LISTS = [
    "/",
    "/conditions/",
    "/glossary/",
    "/stories/",
    "/news/",
    "/departments/",
    "/clinicians/",
    "/guides/",
    "/language-help/",
]


def text(response):
    return response.content.decode()


def sitemap(client):
    """Address → (last change, language → alternate)."""
    root = ET.fromstring(client.get("/sitemap.xml").content)
    return {
        url.find("s:loc", MAP).text.removeprefix("http://testserver"): (
            url.findtext("s:lastmod", None, MAP),
            {link.get("hreflang"): link.get("href").removeprefix("http://testserver") for link in url.findall("x:link", MAP)},
        )
        for url in root.findall("s:url", MAP)
    }


def test_sitemap_of_an_empty_site_holds_the_lists_in_both_languages(client, db):
    addresses = sitemap(client)

    assert set(addresses) == {*LISTS, *(f"/es{path}" for path in LISTS)}
    assert addresses["/es/news/"] == (None, {"en": "/news/", "es": "/es/news/", "x-default": "/news/"})


@pytest.mark.databases
def test_sitemap_holds_everything_a_visitor_may_read_and_nothing_else(client, db):
    crmo = factories.live("crmo").condition
    crmo.names.create(kind="preferred", language="es", text="Osteomielitis")
    factories.publish(factories.draft(crmo, "es"), at=factories.LONG_AGO.replace(month=3))
    factories.live("lupus")
    factories.draft(factories.condition("secret-draft"))
    factories.publish(factories.draft(factories.condition("secret-late")), at=factories.LONG_AGO.replace(year=2099))
    factories.story("pool", language="es")
    factories.story("secret-story", authorized=False)
    factories.news("evening")
    factories.news("secret-news", status="draft")
    factories.department()

    addresses = sitemap(client)

    assert set(addresses) - {*LISTS, *(f"/es{path}" for path in LISTS)} == {
        "/conditions/crmo/",
        "/es/conditions/crmo/",
        "/conditions/lupus/",
        "/es/stories/pool/",
        "/news/evening/",
        *("/departments/rheumatology/", "/es/departments/rheumatology/"),
        *("/clinicians/ana-example/", "/es/clinicians/ana-example/"),
    }
    assert addresses["/conditions/crmo/"] == (
        "2026-03-05",
        {"en": "/conditions/crmo/", "es": "/es/conditions/crmo/", "x-default": "/conditions/crmo/"},
    )
    assert "secret" not in str(addresses)


@pytest.mark.parametrize("count", [1, 3, 40])
def test_sitemap_asks_the_same_of_few_and_many_pages(client, db, count, django_assert_num_queries):
    factories.live("crmo")
    for number in range(count):
        factories.story(f"story-{number}")
        factories.news(f"item-{number}")
        factories.department(f"unit-{number}")

    kinds = [public for public in registered() if public.sitemap]
    with django_assert_num_queries(
        2 * len(kinds) + 1 - 2
    ):  # counted and read, with languages of conditions; of two kinds none are there
        client.get("/sitemap.xml")


def test_sitemap_of_a_large_site_is_an_index_of_its_parts(client, db, monkeypatch):
    factories.live("crmo")
    factories.draft(factories.condition("draft-only"))
    factories.live("kawasaki")
    monkeypatch.setattr(PageSitemap, "limit", 1)

    index = text(client.get("/sitemap.xml"))
    parts = {address: client.get(address) for address in re.findall(r"<loc>http://testserver(/sitemap-[\w.]+\.xml)", index)}

    assert "<sitemapindex" in index
    assert "/conditions/crmo/" in text(parts["/sitemap-conditions.condition.xml"])
    assert "/conditions/kawasaki/" in text(client.get("/sitemap-conditions.condition.xml?p=2"))
    assert not [address for address, part in parts.items() if "draft-only" in text(part)]
    assert client.get("/sitemap-nothing.xml").status_code == 404


def test_sitemap_of_a_public_site_names_its_public_host(client, db, settings):
    settings.SITE_URL = "https://hospital.example"

    assert set(re.findall(r"<loc>(https?://[^/]+)", text(client.get("/sitemap.xml")))) == {"https://hospital.example"}


def test_robots_are_kept_from_staff_pages_searches_and_drafts(client):
    assert text(client.get("/robots.txt")).splitlines() == [
        "User-agent: *",
        "Disallow: /admin/",
        "Disallow: /accounts/",
        "Disallow: /search/",
        "Disallow: /es/search/",
        "Disallow: /drafts/",
        "Disallow: /es/drafts/",
        "",
        "Sitemap: http://testserver/sitemap.xml",
    ]


def test_opensearch_describes_the_search_page(client, settings):
    settings.SITE_NAME = "Bone & Joint <Center> of a long name"
    space = "{http://a9.com/-/spec/opensearch/1.1/}"

    response = client.get("/opensearch.xml")

    root = ET.fromstring(response.content)
    assert response.headers["Content-Type"] == "application/opensearchdescription+xml"
    assert root.findtext(f"{space}ShortName") == "Bone & Joint <Ce"
    assert [url.get("template") for url in root.findall(f"{space}Url")] == [
        "http://testserver/search/?q={searchTerms}",
        "http://testserver/opensearch.xml",
    ]


@time_machine.travel(datetime(2026, 11, 22, 19, 30, tzinfo=UTC), tick=False)
def test_security_txt_expires_in_half_a_year_from_whenever_it_is_read(client, settings):
    settings.SECURITY_CONTACT = "mailto:security@hospital.example"
    settings.SECURITY_POLICY = "https://hospital.example/security/"

    response = client.get("/.well-known/security.txt")

    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert text(response).splitlines() == [
        "Contact: mailto:security@hospital.example",
        "Expires: 2027-05-21T00:00:00Z",
        "Preferred-Languages: en, es",
        "Canonical: http://testserver/.well-known/security.txt",
        "Policy: https://hospital.example/security/",
    ]


def test_security_txt_without_a_policy_page_names_none(client):
    assert "Policy" not in text(client.get("/.well-known/security.txt"))


def test_favicon_is_an_icon(client):
    response = client.get("/favicon.ico")

    assert response.headers["Content-Type"] == "image/x-icon"
    assert response.content[:4] == b"\x00\x00\x01\x00"


def test_health_asks_no_database(client):
    response = client.get("/healthz")

    assert (response.status_code, text(response), response.headers["Cache-Control"]) == (200, "ok", "no-store")


ROOM = r"disk( low)?: \d+ % free, \d+\.\d GB"


@pytest.mark.databases
def test_ready_tells_what_a_monitor_should_know(client, db):
    response = client.get("/readyz")

    lines = text(response).splitlines()
    assert (response.status_code, lines[:-2]) == (
        200,
        [
            *("ok", "oldest message that is due: 0 s", "messages due for more than an hour: 0", "messages that failed: 0"),
            *("can write", "can open what families told"),
        ],
    )
    assert re.fullmatch(ROOM, lines[-2])
    assert lines[-1].startswith("nightly commands that are missed: purge (never ran well), backup (")
    assert not Attempts.objects.exists()


def test_ready_tells_that_nothing_can_be_erased(client, db, settings, tmp_path):
    for gone in (tmp_path, tmp_path / "unmounted" / "erasures.list"):
        settings.ERASURE_LIST = gone

        assert "cannot write the erasure list" in text(client.get("/readyz"))


@pytest.mark.databases
def test_ready_tells_for_how_long_mail_has_been_refused_whatever_the_next_try_is(client, db):
    now = timezone.now()
    later = {"leave_at": now - timedelta(hours=3), "next_try_at": now + timedelta(minutes=15), "object_id": 1}
    Message.objects.create(kind="received", message_id="1", attempts=14, last_fault="SMTPDataError 450 4.2.1", **later)
    Message.objects.create(
        kind="received", message_id="2", leased_until=now + timedelta(minutes=3), **later | {"leave_at": now}
    )
    Message.objects.create(kind="received", message_id="3", status="failed", object_id=2)
    Message.objects.create(kind="reminder", message_id="4", leave_at=now + timedelta(days=2), object_id=3)

    with time_machine.travel(now, tick=False):
        response = client.get("/readyz")

    assert (response.status_code, text(response).splitlines()[:4]) == (
        200,
        [
            "ok",
            "oldest message that is due: 10800 s, tried 14 times, SMTPDataError 450 4.2.1",
            "messages due for more than an hour: 1",
            "messages that failed: 1",
        ],
    )


def test_ready_tells_when_a_disk_is_nearly_full(client, db, monkeypatch):
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda place: usage._replace(total=100 * 10**9, used=97 * 10**9, free=3 * 10**9))

    assert text(client.get("/readyz")).splitlines()[-2] == "disk low: 3 % free, 3.0 GB"


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL locks rows, not the whole database")
def test_ready_does_not_wait_for_a_long_writer(client, own):
    locked, over = threading.Event(), threading.Event()

    def write(_part):
        with connection.cursor() as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            locked.set()
            over.wait(60)
            cursor.execute("ROLLBACK")

    def ask(_part):
        locked.wait(60)
        began = time.monotonic()
        response = client.get("/readyz")
        over.set()
        return time.monotonic() - began, response.status_code, text(response)

    took, status, body = at_once(lambda act: act(0), [ask, write])[0]

    assert status == 200
    assert "\ncannot write: OperationalError\n" in body
    assert took < 10  # other writers wait for twenty seconds


@pytest.mark.databases
def test_ready_says_when_the_database_is_down(client, db):
    def down(*args):
        raise OperationalError("gone")

    with connection.execute_wrapper(down):
        response = client.get("/readyz")

    assert (response.status_code, text(response)) == (503, "database down\n")


@pytest.mark.parametrize(
    ("headers", "address", "status"),
    [
        ({}, "127.0.0.1", 200),
        ({}, "::1", 200),
        ({}, "", 404),
        ({}, "203.0.113.9", 404),
        ({"HTTP_X_FORWARDED_FOR": "203.0.113.9"}, "127.0.0.1", 404),
        ({"HTTP_AUTHORIZATION": "Bearer a-monitor-s-token"}, "203.0.113.9", 200),
        ({"HTTP_AUTHORIZATION": "Bearer other"}, "203.0.113.9", 404),
        ({"HTTP_AUTHORIZATION": "Bearer "}, "203.0.113.9", 404),
    ],
)
@pytest.mark.django_db
def test_ready_tells_only_this_machine_and_its_monitor(client, settings, headers, address, status):
    settings.READYZ_TOKEN = "a-monitor-s-token"

    asked = ["/readyz", "/metrics"]

    assert [client.get(path, REMOTE_ADDR=address, **headers).status_code for path in asked] == [status] * 2


def test_ready_without_a_token_in_the_settings_takes_none(client, db):
    assert client.get("/readyz", headers={"authorization": "Bearer "}, REMOTE_ADDR="203.0.113.9").status_code == 404


@pytest.mark.parametrize("path", ["/sitemap.xml", "/robots.txt", "/opensearch.xml", "/.well-known/security.txt", "/healthz"])
def test_machine_page_is_only_for_reading(client, db, path):
    assert client.post(path).status_code == 405
