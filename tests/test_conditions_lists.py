"""The A to Z and the glossary."""

import re

import pytest

from conditions.models import ConditionName
from conditions.views import lists
from tests import factories
from tests.reading import text

pytestmark = pytest.mark.django_db


def entries(response):
    html = response.content.decode().partition('class="letter"')[2].partition("</main>")[0]
    return [" ".join(re.sub(r"<[^>]*>", "", found).split()) for found in re.findall(r"<li[^>]*>(.*?)</li>", html, re.DOTALL)]


def named(slug, name, *others, language="en"):
    row = factories.condition(slug, name=name, language=language)
    for kind, words in others:
        ConditionName.objects.create(condition=row, language=language, kind=kind, text=words)
    return factories.publish(factories.draft(row, language)).condition


@pytest.mark.databases
def test_every_shown_name_is_an_entry_under_its_letter(client):
    named(
        "crmo",
        "Chronic osteomyelitis",
        ("abbreviation", "CNO"),
        ("also-called", "Álgid bone"),
        ("misspelling", "osteomylitis"),
    )
    named("sore", "Sore bone", ("everyday", "it hurts"))

    response = client.get("/conditions/")

    assert entries(response) == [
        "Álgid bone, see Chronic osteomyelitis",
        "Chronic osteomyelitis",
        "CNO, see Chronic osteomyelitis",
        "Sore bone",
    ]
    assert re.findall(r'href="#(\w)"', response.content.decode()) == ["A", "C", "S"]


def test_condition_without_page_is_not_listed(client):
    factories.draft(factories.condition("crmo", name="Being written"))

    response = client.get("/conditions/")

    assert "Being written" not in text(response)
    assert "There is no condition page here yet." in text(response)


@pytest.mark.databases
def test_name_that_starts_with_no_letter_comes_first(client):
    named("fever", "Fever", ("also-called", "5-day fever"))

    response = client.get("/conditions/")

    assert entries(response) == ["5-day fever, see Fever", "Fever"]
    assert '<h2 id="other">#</h2>' in response.content.decode()


def test_spanish_names_where_there_is_spanish_text_else_marked_english(client):
    both = named("crmo", "Bone swelling")
    ConditionName.objects.create(condition=both, language="es", kind="preferred", text="Hueso hinchado")
    factories.publish(factories.draft(both, "es"))
    named("sore", "Sore bone")

    spanish, english = client.get("/es/conditions/"), client.get("/conditions/")

    assert entries(spanish) == ["Hueso hinchado", "Sore bone"]
    assert '<li lang="en"><a href="/es/conditions/sore/">' in spanish.content.decode()
    assert entries(english) == ["Bone swelling", "Sore bone"]


def test_department_filters_the_list(client):
    treated, _other = named("crmo", "Bone swelling"), named("sore", "Sore bone")
    treated.departments.add(factories.department("rheumatology"))

    response = client.get("/conditions/?department=rheumatology")

    assert entries(response) == ["Bone swelling"]
    assert '<option value="rheumatology" selected>' in response.content.decode()


@pytest.mark.databases
def test_unknown_department_shows_all_and_says_so(client):
    named("crmo", "Bone swelling").departments.add(factories.department("rheumatology"))

    for rubbish in ("nowhere", "%00", "x" * 2000, "'; drop table", "&department=&department=nowhere"):
        response = client.get(f"/conditions/?department={rubbish}")

        assert response.status_code == 200, rubbish
        assert entries(response) == ["Bone swelling"], rubbish
        assert "We have no department at this address, so here are all conditions." in text(response), rubbish


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same_however_long(client, django_assert_num_queries, count):
    for n in range(count):
        named(f"condition-{n}", f"Name {n}", ("also-called", f"Other {n}")).departments.add(
            factories.department(f"department-{n}")
        )

    with django_assert_num_queries(3):
        client.get("/conditions/")
    with django_assert_num_queries(3):
        client.get("/conditions/?department=department-0")


def test_glossary_explains_the_words_of_the_readers_language(client):
    factories.term("biopsy", term="biopsy", say="BY-op-see", definition="A tiny piece.")
    factories.term("biopsy", term="biopsia", language="es", definition="Un pedacito.")

    english, spanish = client.get("/glossary/"), client.get("/es/glossary/")

    assert "biopsy say: BY-op-see A tiny piece." in text(english)
    assert "Un pedacito." not in text(english)
    assert '<div id="biopsy">' in english.content.decode()
    assert "biopsia Un pedacito." in text(spanish)


@pytest.mark.databases
def test_long_glossary_shows_a_letter_and_a_page_of_it_at_a_time(client, monkeypatch):
    monkeypatch.setattr(lists, "AT_ONCE", 2)
    monkeypatch.setattr(lists, "PER_PAGE", 2)
    for word in ("acute", "bone", "blood", "biopsy"):
        factories.term(word)
    shown = {"": ["acute"], "?letter=B": ["biopsy", "blood"], "?letter=B&page=2": ["bone"], "?word=bone": ["bone"]}
    shown |= {"?letter=Q": [], "?word=none": ["acute"], "?letter=B&page=9": ["biopsy", "blood"]}

    pages = {query: client.get(f"/glossary/{query}").content.decode() for query in shown}

    assert {query: re.findall(r'<div id="(\w+)"', page) for query, page in pages.items()} == shown
    assert 'href="?letter=B"' in pages[""]
    assert 'rel="canonical" href="http://testserver/glossary/?letter=B"' in pages["?letter=B"]
    assert 'rel="canonical" href="http://testserver/glossary/?letter=B&amp;page=2"' in pages["?word=bone"]
    assert "<title>Medical words explained: B, page 2 |" in pages["?word=bone"]
    assert '<a href="/es/glossary/?word=bone" lang="es" hreflang="es">' in pages["?word=bone"]
    assert "No word here starts with Q." in pages["?letter=Q"]


@pytest.mark.databases
def test_word_is_found_on_its_page_also_among_words_that_are_sorted_alike(client, monkeypatch):
    monkeypatch.setattr(lists, "AT_ONCE", 1)
    monkeypatch.setattr(lists, "PER_PAGE", 1)
    for slug in ("tic", "tic-short"):
        factories.term(slug, term="TIC")

    pages = [client.get(f"/glossary/?word={slug}").content.decode() for slug in ("tic", "tic-short")]

    assert [re.findall(r'<div id="([\w-]+)"', page) for page in pages] == [["tic"], ["tic-short"]]


def test_empty_glossary_says_so(client):
    assert "No words are explained here yet." in text(client.get("/glossary/"))


@pytest.mark.parametrize("count", [1, 3])
def test_glossary_is_two_queries(client, django_assert_num_queries, count):
    for n in range(count):
        factories.term(f"term-{n}")

    with django_assert_num_queries(2):
        client.get("/glossary/")


def test_spanish_names_are_listed_also_where_the_page_is_english(client, db):
    edition = factories.live("lupus", summary="Short")
    edition.condition.names.create(language="es", kind="preferred", text="Lupus infantil")

    page = client.get("/es/conditions/")

    assert "Lupus infantil" in text(page)
    assert "Condition lupus" not in text(page)
