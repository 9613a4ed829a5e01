"""The front door, and the frame that every page has."""

import re
from datetime import UTC, datetime

import pytest
import time_machine

from tests import factories
from tests.reading import headings, text

pytestmark = pytest.mark.django_db


def test_search_comes_first_then_conditions_appointment_stories_news(client):
    row = factories.live("crmo").condition
    factories.story("pool", [row])
    factories.news("evening", [row])

    response = client.get("/")

    assert headings(response) == [
        "Understand your child’s condition",
        "Conditions",
        "In-person and virtual appointments",
        "Success stories",
        "In the news",
    ]
    assert re.search(r'<form class="find" role="search" action="/search/">.*?name="q"', response.content.decode(), re.DOTALL)


def test_empty_site_has_words_for_each_part(client):
    response = client.get("/")

    assert "The first condition pages are being written." in text(response)
    assert "No family has told its story here yet." in text(response)
    assert "There is no news yet." in text(response)


def test_only_what_visitors_may_read_is_shown(client):
    factories.draft(factories.condition("crmo"))
    factories.story("unsigned", authorized=False)
    factories.news("draft", status="draft")

    response = client.get("/")

    for hidden in ("Condition crmo", "Story unsigned", "News draft"):
        assert hidden not in text(response)


def test_newest_six_conditions_with_the_first_sentence_of_their_answer(client):
    for month in range(1, 8):
        row = factories.condition(f"c{month}", name=f"Name {month}")
        draft = factories.draft(row, summary=f"First {month}. Second {month}.")
        factories.publish(draft, at=datetime(2026, month, 1, tzinfo=UTC))

    response = client.get("/")

    assert re.findall(r"Name \d", text(response)) == [f"Name {n}" for n in (7, 6, 5, 4, 3, 2)]
    assert "First 7." in text(response)
    assert "Second 7" not in text(response)
    assert '<a href="/conditions/">All conditions, A to Z</a>' in response.content.decode()


def test_spanish_home_marks_what_is_english(client):
    row = factories.live("crmo").condition
    row.names.create(language="es", kind="preferred", text="Osteomielitis")
    factories.publish(factories.draft(row, "es"))
    factories.live("sore")
    factories.story("pool")

    html = client.get("/es/").content.decode()

    assert '<h3><a href="/es/conditions/crmo/">Osteomielitis</a></h3>' in html
    assert '<li class="card" lang="en"><section><h3><a href="/es/conditions/sore/">' in html
    assert '<li class="card" lang="en"><section><h3><a href="/es/stories/pool/">' in html


@time_machine.travel(datetime(2026, 12, 1, 15, tzinfo=UTC), tick=False)  # a week without holidays
@pytest.mark.parametrize("count", [1, 3])
def test_home_costs_seven_queries(client, django_assert_num_queries, count):
    for n in range(count):
        row = factories.live(f"c{n}").condition
        factories.story(f"story-{n}", [row])
        factories.news(f"news-{n}", [row])
        factories.guide(f"guide-{n}")

    with django_assert_num_queries(7):
        client.get("/")


def test_home_is_public_and_sets_no_cookie(client):
    response = client.get("/")

    assert response.cookies == {}
    assert response["Cache-Control"].startswith("public")
    assert "Cookie" not in response.get("Vary", "")


def test_language_link_leads_to_the_same_page(client):
    factories.live("crmo")

    english, spanish = client.get("/conditions/crmo/").content.decode(), client.get("/es/conditions/crmo/").content.decode()

    assert '<a href="/es/conditions/crmo/" lang="es" hreflang="es">Español</a>' in english
    assert '<a href="/conditions/crmo/" lang="en" hreflang="en">English</a>' in spanish


FILTERED = {
    "/conditions/": "department=rheumatology",
    "/clinicians/": "department=rheumatology&amp;page=2",
    "/stories/": "condition=crmo&amp;page=2",
    "/news/": "condition=crmo&amp;page=2",
}


@pytest.mark.parametrize(("path", "query"), FILTERED.items())
def test_language_link_keeps_what_a_list_was_narrowed_to(client, path, query):
    """To search engines it is the whole list: its second page has other rows than the second page of that."""
    row, unit = factories.live("crmo").condition, factories.department()
    row.departments.add(unit)

    html = client.get(f"{path}?{query.replace('&amp;', '&')}").content.decode()

    assert f'<a href="/es{path}?{query}" lang="es" hreflang="es">Español</a>' in html
    assert f'<link rel="canonical" href="http://testserver{path}">' in html
    assert 'rel="alternate" hreflang' not in html


def test_menu_says_where_the_reader_is(client):
    factories.live("crmo")

    index, page = client.get("/conditions/").content.decode(), client.get("/conditions/crmo/").content.decode()

    assert '<a href="/conditions/" aria-current="page">' in index
    assert '<a href="/conditions/" aria-current="true">' in page


def test_title_and_preview_are_the_same_words(client):
    factories.live("crmo", summary="Short answer.")

    html = client.get("/conditions/crmo/").content.decode()

    assert "<title>Condition crmo | Children’s Bone &amp; Joint Center</title>" in html
    assert '<meta property="og:title" content="Condition crmo">' in html
    assert '<meta property="og:description" content="Short answer.">' in html


def test_phone_and_emergency_number_are_in_the_same_place_on_every_page(client):
    factories.live("crmo")

    for address in ("/", "/conditions/", "/conditions/crmo/", "/glossary/", "/es/"):
        html = client.get(address).content.decode()
        assert html.index('href="tel:+12125550142"') < html.index('class="brand"')
        assert "911" in html.partition('<footer class="foot">')[2]


def test_address_that_is_no_page_offers_the_other_front_door(client):
    assert '<a href="/es/" lang="es" hreflang="es">' in client.get("/nowhere/").content.decode()


@pytest.mark.parametrize("path", ["/", "/conditions/", "/glossary/"])
def test_pages_in_both_languages_name_each_other(client, path):
    named = [("en", f"http://testserver{path}"), ("es", f"http://testserver/es{path}")]

    for address in (path, f"/es{path}"):
        html = client.get(address).content.decode()
        assert re.findall(r'<link rel="alternate" hreflang="(\w+)" href="([^"]+)">', html) == named
