"""The A to Z once it is long: a letter at a time, and a page of it."""

import re

import pytest

from conditions.models import ConditionName
from tests import factories
from tests.reading import text

pytestmark = pytest.mark.django_db


def listed(response):
    html = response.content.decode().partition('class="letter"')[2].partition("</section>")[0]
    return [" ".join(re.sub(r"<[^>]*>", "", found).split()) for found in re.findall(r"<li[^>]*>(.*?)</li>", html, re.DOTALL)]


def links(response, within):
    return re.findall(r'href="([^"]*)"', response.content.decode().partition(within)[2].partition("</nav>")[0])


def canonical(response):
    return re.search(r'<link rel="canonical" href="http://testserver([^"]*)">', response.content.decode())[1].replace(
        "&amp;", "&"
    )


def add(row, *names, language="en"):
    ConditionName.objects.bulk_create(
        ConditionName(condition=row, language=language, kind="also-called", text=name) for name in names
    )


@pytest.fixture
def long():
    """201 names: one under A, 81 under B, 118 under C and one that begins with a digit."""
    row = factories.publish(factories.draft(factories.condition("crmo", name="Ache"))).condition
    add(row, "5-day fever", *(f"B {n:03}" for n in range(81)), *(f"C {n:03}" for n in range(118)))
    return row


def test_two_hundred_names_stand_on_one_page(client, long):
    long.names.get(text="C 117").delete()

    response = client.get("/conditions/?letter=B&page=2")

    assert links(response, 'class="letters"') == ["#other", "#A", "#B", "#C"]
    assert text(response).count("see Ache") == 199
    assert canonical(response) == "/conditions/"


def test_more_names_stand_under_one_letter_at_a_time(client, long):
    front, letter = client.get("/conditions/"), client.get("/conditions/?letter=A")

    assert (listed(front), listed(letter)) == (["5-day fever, see Ache"], ["Ache"])
    assert links(letter, 'class="letters"') == ["?letter=other", "?letter=A", "?letter=B", "?letter=C"]
    assert '<a href="?letter=A" aria-current="page">A</a>' in letter.content.decode()
    assert (canonical(front), canonical(letter)) == ("/conditions/", "/conditions/?letter=A")
    assert '<link rel="alternate" hreflang="es" href="http://testserver/es/conditions/?letter=A">' in letter.content.decode()
    assert "<title>Conditions A to Z: A |" in letter.content.decode()
    assert 'class="pages"' not in letter.content.decode()


def test_long_letter_has_pages(client, long):
    first, second = client.get("/conditions/?letter=B"), client.get("/conditions/?letter=B&page=2")

    assert listed(first) == [f"B {n:03}, see Ache" for n in range(60)]
    assert listed(second) == [f"B {n:03}, see Ache" for n in range(60, 81)]
    assert links(first, 'class="pages"') == ["?letter=B&amp;page=2"]
    assert links(second, 'class="pages"') == ["?letter=B"]
    assert "B, page 2" in text(second)
    assert canonical(second) == "/conditions/?letter=B&page=2"
    assert "<title>Conditions A to Z: B, page 2 |" in second.content.decode()


@pytest.mark.parametrize("query", ["letter=B&page=3", "letter=B&page=999", "letter=B&page=0", "letter=B&page=%00", "letter=B"])
def test_page_that_is_not_there_leads_to_the_first(client, long, query):
    assert listed(client.get(f"/conditions/?{query}"))[0] == "B 000, see Ache"


@pytest.mark.parametrize("letter", ["", "b", "%23", "BB", "%00", "É"])
def test_what_is_no_letter_leads_to_the_front(client, long, letter):
    assert listed(client.get(f"/conditions/?letter={letter}")) == ["5-day fever, see Ache"]


def test_letter_without_a_name_says_where_to_look(client, long):
    response = client.get("/conditions/?letter=Q")

    assert "No name here starts with Q. Look under another letter, or search: spelling does not matter there." in text(
        response
    )
    assert links(response, 'class="letters"') == ["?letter=other", "?letter=A", "?letter=B", "?letter=C"]


def test_filtered_list_is_long_by_itself(client, long):
    long.departments.add(factories.department("rheumatology"))
    other = factories.live("sore").condition
    other.departments.add(factories.department("orthopedics"))

    both = client.get("/conditions/?department=rheumatology&letter=B"), client.get("/conditions/?department=orthopedics")

    assert [listed(response)[0] for response in both] == ["B 000, see Ache", "Condition sore"]
    assert links(both[0], 'class="letters"')[1] == "?department=rheumatology&amp;letter=A"
    assert links(both[0], 'class="pages"') == ["?department=rheumatology&amp;letter=B&amp;page=2"]
    assert [canonical(response) for response in both] == ["/conditions/", "/conditions/"]


def test_letters_know_only_what_can_be_read(client, long):
    factories.draft(factories.condition("later", name="Zebra"))
    add(long, "Quiet", language="es")

    assert links(client.get("/conditions/"), 'class="letters"')[-1] == "?letter=C"
    assert links(client.get("/es/conditions/"), 'class="letters"') == ["#Q"]


@pytest.mark.parametrize("query", ["", "?letter=B", "?letter=B&page=2", "?letter=Q", "?department=rheumatology&letter=C"])
def test_long_list_costs_what_a_short_one_does(client, long, django_assert_num_queries, query):
    long.departments.add(factories.department("rheumatology"))

    with django_assert_num_queries(3):
        assert client.get(f"/conditions/{query}").status_code == 200


def test_name_sorts_as_it_is_written_now(long):
    name = long.names.get(text="B 007")
    name.text = "Élan vital"
    name.save()

    assert list(long.names.filter(letter="E").values_list("folded", flat=True)) == ["elan vital"]
    assert long.names.get(text="5-day fever").letter == "#"
