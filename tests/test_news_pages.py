"""The news: list, pages and feed."""

import re
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from django.conf import settings
from django.db import connection

from foundation.pages.http import cache_control
from tests import factories

ATOM = {"a": "http://www.w3.org/2005/Atom"}
HIDDEN = {
    "draft": {"status": "draft"},
    "not-yet": {"publish_at": datetime(2099, 1, 1, tzinfo=UTC)},
    "no-longer": {"expires_at": datetime(2026, 2, 1, tzinfo=UTC)},
}
COVERAGE = {"kind": "coverage", "text": "", "source_name": "Valley Radio", "source_url": "https://news.example.org/1"}


def text(response):
    return response.content.decode()


def feed(client, address="/news/feed/"):
    return ET.fromstring(client.get(address).content)


@pytest.mark.parametrize("name", HIDDEN)
def test_item_that_must_not_be_read_is_nowhere(client, db, name):
    factories.news(name, title="Secret otter", **HIDDEN[name])
    pages = ["/", "/news/", "/es/news/", "/search/?q=secret+otter", "/news/feed/", "/sitemap.xml"]

    answers = [text(client.get(address)) for address in pages]

    assert client.get(f"/news/{name}/").status_code == 404
    assert [name in answer or "Secret otter" in answer for answer in answers] == [False] * len(pages)


def test_old_address_leads_to_the_new_one_while_it_may_be_read(client, db):
    row = factories.news("evening")
    row.slug = "family-evening"
    row.save()
    moved = client.get("/news/evening/")
    row.expires_at = datetime(2026, 2, 1, tzinfo=UTC)
    row.save()

    gone = client.get("/news/evening/")

    assert (moved.status_code, moved.headers["Location"], gone.status_code) == (301, "/news/family-evening/", 404)


def test_own_article_shows_its_text(client, db):
    factories.news("evening", [factories.live("crmo").condition])

    page = text(client.get("/news/evening/"))

    assert "<p>Long evening.</p>" in page
    assert '<a href="/conditions/crmo/">Condition crmo</a>' in page
    assert 'rel="external"' not in page


def test_coverage_names_its_source_and_links_to_it(client, db):
    factories.news("radio", **COVERAGE)

    page = text(client.get("/news/radio/"))

    assert "from Valley Radio" in page
    assert '<a class="button second" href="https://news.example.org/1" rel="external">Read it at Valley Radio</a>' in page


def test_coverage_says_when_it_appeared_there(client, db):
    factories.news("radio", source_date=date(2026, 1, 2), **COVERAGE)

    page = text(client.get("/news/radio/"))

    assert "from Valley Radio, Jan. 2, 2026" in page
    assert '"datePublished":"2026-01-02"' in page


@pytest.mark.parametrize(("author", "kind"), [("Ana Example", "Person"), ("Physical Therapy", "MedicalOrganization")])
def test_own_article_names_its_author_on_the_page_and_to_machines(client, db, author, kind):
    factories.department(name="Physical Therapy")
    factories.news("evening", author=author)

    page = text(client.get("/news/evening/"))

    assert f"by {author}" in page
    assert f'"author":{{"@type":"{kind}","name":"{author}"}}' in page


def test_list_without_news_says_where_to_go_on(client, db):
    page = text(client.get("/news/"))

    assert '<ul class="entries">' not in page
    assert '<a href="/conditions/">' in page


@pytest.mark.parametrize("count", [1, 3, 40])
def test_list_asks_four_questions_however_many_items(client, db, count, django_assert_num_queries):
    condition = factories.live("crmo").condition
    for number in range(count):
        factories.news(f"item-{number}", [condition], publish_at=factories.LONG_AGO + timedelta(hours=number))

    with django_assert_num_queries(4):
        page = text(client.get("/news/"))

    assert page.count('href="/news/item-') == min(count, 20)


@pytest.mark.parametrize("count", [1, 3])
def test_item_asks_four_questions(client, db, count, django_assert_num_queries):
    conditions = [factories.live(f"condition-{number}").condition for number in range(count)]
    factories.news("evening", conditions)

    with django_assert_num_queries(4):
        client.get("/news/evening/")


def test_feed_holds_whole_addresses_and_moments(client, db):
    factories.news("evening", title="Tea & <cake>")

    root = feed(client)

    entry = root.find("a:entry", ATOM)
    assert [link.get("href") for link in root.findall("a:link", ATOM)] == [
        "http://testserver/news/",
        "http://testserver/news/feed/",
    ]
    assert entry.find("a:title", ATOM).text == "Tea & <cake>"
    assert entry.find("a:link", ATOM).get("href") == "http://testserver/news/evening/"
    assert entry.find("a:published", ATOM).text == "2026-01-05T14:00:00+00:00"
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"


def test_feed_of_a_public_site_names_its_public_host(client, db, settings):
    settings.SITE_URL = "https://hospital.example"
    factories.news("evening")

    root = feed(client)

    assert {link.get("href") for link in root.iter("{http://www.w3.org/2005/Atom}link")} == {
        "https://hospital.example/news/",
        "https://hospital.example/news/feed/",
        "https://hospital.example/news/evening/",
    }


def test_translated_item_is_read_once_in_the_language_of_the_reader(client, db):
    first = factories.news("evening", title="An evening")
    factories.news("tarde", title="Una tarde", language="es", translation_of=first, author="Un equipo")
    factories.news("solo", title="Solo en inglés")

    listed = {path: re.findall(r'<h2><a href="/\S*?news/(\w+)/"', text(client.get(path))) for path in ("/news/", "/es/news/")}
    english, root = text(client.get("/es/news/evening/")), feed(client, "/es/news/feed/")

    assert listed == {"/news/": ["solo", "evening"], "/es/news/": ["tarde", "solo"]}
    assert '<a href="/es/news/tarde/">Léalo en su idioma</a>' in english
    assert 'href="/es/news/tarde/" lang="es"' in text(client.get("/news/evening/"))
    assert [entry.find("a:title", ATOM).text for entry in root.findall("a:entry", ATOM)] == ["Una tarde"]
    assert root.find("a:entry/a:author/a:name", ATOM).text == "Un equipo"
    assert root.find("a:author/a:name", ATOM).text == settings.SITE_NAME


def test_feed_without_news_is_a_feed(client, db):
    assert feed(client).findall("a:entry", ATOM) == []


def test_feed_may_be_kept_and_sets_no_cookie(client, db):
    factories.news("evening")

    response = client.get("/news/feed/")

    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert response.headers["Cache-Control"] == cache_control()
    assert not response.cookies
    assert "Vary" not in response.headers


@pytest.mark.parametrize("count", [1, 3, 40])
def test_feed_asks_one_question_and_holds_thirty(client, db, count, django_assert_num_queries):
    for number in range(count):
        factories.news(f"item-{number}")

    with django_assert_num_queries(1):
        root = feed(client)

    assert len(root.findall("a:entry", ATOM)) == min(count, 30)


@pytest.mark.parametrize("sign", ["\x0b", "\x00\x1b"[1:], "\uffff", "\x08"])
def test_one_bad_letter_takes_no_page_and_no_feed_down(client, db, sign):
    row = factories.news("evening", [factories.live("crmo").condition])
    with connection.cursor() as cursor:  # as an old row may be
        cursor.execute(
            "UPDATE news_newsitem SET title = %s, summary = %s WHERE id = %s",
            [f"Family{sign} evening", f"A{sign} b", row.pk],
        )

    titles = [entry.findtext("a:title", namespaces=ATOM) for entry in feed(client).iter(f"{{{ATOM['a']}}}entry")]

    assert titles in (["Family evening"], ["Family  evening"])
    for address in ("/news/", "/news/evening/", "/sitemap.xml", "/conditions/crmo/"):
        assert client.get(address).status_code == 200


@pytest.mark.parametrize(
    ("typed", "stored"), [("Family\x0bevening", "Family evening"), ("Fami\u00adly eve\u200bning", "Family evening")]
)
def test_title_is_stored_without_unseen_characters_on_every_way(db, typed, stored):
    row = factories.news("evening", title=typed)
    type(row).objects.filter(pk=row.pk).update(summary=typed)

    row.refresh_from_db()

    assert (row.title, row.summary, row.history.first().title) == (stored, stored, stored)
