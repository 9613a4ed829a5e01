"""The search page: whatever is typed, a page; what is found, best first; what is not, counted; danger before all."""

import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings as budget, strategies as st

from directory.models import Clinician
from foundation.privacy.limits import allowed
from foundation.search.actions import ask
from foundation.search.models import Miss
from portal.views.search import SearchForm
from tests import factories

RUBBISH = [
    "%00",
    "a%00b",
    "%ED%A0%80",
    "%FF%FE",
    "%22",
    "%27%27--",
    "crmo%22%20OR%20NEAR(",
    "*%20AND%20NOT%20^",
    "folded_title:crmo",
    quote("' | !crmo & <-> :*"),
    quote("🦴🦴 <script>alert(1)</script>"),
    quote("עברית العربية \u202e desrever"),
    quote("x\u0301" * 500),
    "q" * 10_000,
    quote("ab, " * 2_500),
    "%20",
    "1&q=2",
    quote("\u0000\ud7ff\U0010ffff"),
]


def text(response):
    return response.content.decode()


def live(slug, name, **fields):
    return factories.publish(factories.draft(factories.condition(slug, name), **fields))


@pytest.fixture
def crmo(db):
    return factories.live("crmo")


@pytest.mark.databases
def test_anything_typed_leads_to_a_page(client, crmo):
    for address in ("/search/", "/es/search/"):
        pages = {typed: client.get(f"{address}?q={typed}") for typed in RUBBISH}

        assert {typed: page.status_code for typed, page in pages.items()} == dict.fromkeys(RUBBISH, 200)
        assert [typed for typed, page in pages.items() if "<script>alert" in text(page)] == []


@pytest.mark.databases
@given(typed=st.text(max_size=60))
@budget(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_a_question(client, crmo, typed):
    assert client.get("/search/", {"q": typed.encode(errors="surrogatepass")}).status_code == 200


def test_question_is_cut_and_cleaned():
    form = SearchForm({"q": "\x00 a\ud800b" + "c" * 300})

    assert form.is_valid()
    assert form.cleaned_data["q"] == "ab" + "c" * 198


def test_search_without_question_offers_where_to_start(client, db):
    page = text(client.get("/search/"))

    assert '<a href="/search/?q=limping">limping</a>' in page
    assert "<title>Search |" in page
    assert Miss.objects.count() == 0


def test_answer_is_never_kept_and_tells_no_other_site(client, db):
    response = client.get("/search/?q=crmo")

    headers = {name: response.headers[name] for name in ("Cache-Control", "Referrer-Policy")}
    assert headers == {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    assert '<meta name="robots" content="noindex">' in text(response)
    assert not response.cookies


@pytest.mark.databases
def test_found_pages_stand_in_one_list_with_their_kind_and_the_words_marked(client, db):
    edition = live("crmo", "Chronic recurrent multifocal osteomyelitis", summary="A rare <b> bone disease.")
    factories.story(conditions=[edition.condition], title="My bone disease")

    page = text(client.get("/search/?q=bone+disease"))

    assert "<title>Search: bone disease |" in page
    assert "2 pages found" in page
    assert re.findall(r'<p class="also"[^>]*>(.*?)</p>', page) == ["Success story", "Condition"]
    assert "A rare &lt;b&gt; <mark>bone</mark> <mark>disease</mark>." in page


@pytest.mark.databases
def test_corrected_question_says_what_is_shown_and_lets_search_for_what_was_typed(client, db):
    live("crmo", "Osteomyelitis")

    page, exactly = text(client.get("/search/?q=osteomylitis")), text(client.get("/search/?q=osteomylitis&exactly"))

    assert "Showing results for “osteomyelitis”." in page
    assert '<a href="?q=osteomylitis&amp;exactly">Search exactly for “osteomylitis”</a>' in page
    assert "Nothing here on “osteomylitis”" in exactly


@pytest.mark.parametrize("address", ["/search/?q=suiside", "/es/search/?q=no+respira"])
def test_danger_is_answered_first_whatever_is_found(client, db, address):
    live("crmo", "Suicide and breathing", summary="no respira")

    page = text(client.get(address))
    main = page[page.index("<main") :]

    numbers = re.findall(r'href="(tel:[^"]+)"', main)[:3]
    assert numbers == ["tel:911", "tel:988", "tel:+18002221222"]
    assert main.index('href="tel:911"') < main.index('href="tel:988"') < main.index("<form")


def test_danger_is_not_counted_and_other_searches_show_no_such_box(client, db):
    client.get("/search/?q=suicide")

    assert Miss.objects.count() == 0
    assert 'href="tel:988"' not in text(client.get("/search/?q=numb+legs"))


@pytest.mark.databases
def test_code_leads_to_its_condition_and_is_named(client, db):
    condition = factories.condition("crmo", name="Osteomyelitis")
    condition.codes.create(system="icd-10-cm", code="M86.3", includes_descendants=True)
    factories.publish(factories.draft(condition))

    page = text(client.get("/search/?q=M86.361"))

    assert 'href="/conditions/crmo/"' in page
    assert "Condition · Found by the code ICD-10-CM M86.3" in page


@pytest.mark.databases
def test_what_a_family_asks_about_a_department_finds_it(client, db):
    department = factories.department("bones", name="Bone Center", what_to_bring="A red folder", licensed_states="VT")
    place = factories.location("north", name="North", street="9 Zebra Lane", directions="Park behind the bakery.")
    department.locations.add(place)
    place.save()

    def finds(question, language=""):
        return 'departments/bones/"' in text(client.get(f"{language}/search/", {"q": question}))

    asked = ["zebra lane", "bakery", "red folder", "vermont", "how do I get there", "phone number"]
    assert [question for question in asked if not finds(question)] == []
    assert [question for question in ("cómo llegar", "teléfono") if not finds(question, "/es")] == []

    place.directions = "Park on the roof."
    place.save()
    assert (finds("bakery"), finds("roof")) == (False, True)


def test_pages_without_a_row_are_found(client, db):
    found = {q: hit.page.url for q in ("make an appointment", "lost link") for hit in ask(q, "en").hits[:1]}

    assert found == {"make an appointment": "/appointments/", "lost link": "/appointments/find/"}
    assert "Pida una cita" in text(client.get("/es/search/?q=pedir+una+cita"))


@pytest.mark.databases
def test_chinese_word_and_single_sign_are_found_inside_a_sentence(client, db):
    live("crmo", "CRMO", summary="慢性骨髓炎是一种骨头疾病。")

    found = {
        q: 'href="/conditions/crmo/"' in text(client.get(f"/search/?q={q}")) for q in ("骨髓炎", "骨", "炎", "心脏病", "心")
    }

    assert found == {"骨髓炎": True, "骨": True, "炎": True, "心脏病": False, "心": False}


@pytest.mark.databases
def test_other_name_that_led_there_is_said_and_a_hidden_one_is_not(client, db):
    condition = factories.condition("crmo", name="Osteomyelitis")
    condition.names.create(kind="abbreviation", language="en", text="CNO")
    condition.names.create(kind="misspelling", language="en", text="ostiomilitis")
    factories.publish(factories.draft(condition))

    by_abbreviation, by_misspelling = text(client.get("/search/?q=cno")), text(client.get("/search/?q=ostiomilitis"))

    assert "Found by the name “CNO”" in by_abbreviation
    assert "/conditions/crmo/" in by_misspelling
    assert "Found by the name" not in by_misspelling


@pytest.mark.databases
def test_nothing_found_is_kind_and_counted(client, db):
    client.get("/search/?q=Zebra+Pox")

    page = text(client.get("/search/?q=zebra+pox"))

    assert "<h1>Nothing here on “zebra pox”</h1>" in page
    assert "If you think it is an emergency, call 911." in page
    assert '<a href="/conditions/">Conditions A to Z</a>' in page
    assert '<a href="tel:+12125550142">' in page
    assert list(Miss.objects.values_list("text", "language", "count")) == [("zebra pox", "en", 2)]


def test_misses_beyond_three_hundred_an_hour_from_one_address_are_not_counted(client, db, rf):
    for _number in range(290):
        allowed(rf.get("/"), what="miss", most=300, per=timedelta(hours=1))
    for number in range(15):
        client.get(f"/search/?q=zebra{number}zz")

    assert Miss.objects.count() == 10


@pytest.mark.parametrize("method", ["head", "get"])
def test_only_a_reader_counts(client, db, method):
    getattr(client, method)("/search/?q=zebra")

    assert Miss.objects.count() == (method == "get")


def test_search_is_not_for_posting(client, db):
    assert client.post("/search/", {"q": "x"}).status_code == 405


@pytest.mark.parametrize("count", [1, 3])
def test_search_asks_the_same_number_of_questions(client, db, count, django_assert_num_queries):
    for number in range(count):
        live(f"crmo-{number}", f"Bone trouble {number}")
    ask("warm", "en")  # the names are read once after a change

    with django_assert_num_queries(4):
        page = text(client.get("/search/?q=bone+trouble"))

    assert page.count('href="/conditions/crmo-') == count


@pytest.mark.databases
def test_further_pages_are_offered_and_shown(client, db):
    for number in range(12):
        live(f"crmo-{number}", f"Bone trouble {number}")

    first, further = text(client.get("/search/?q=bone+trouble")), text(client.get("/search/?q=bone+trouble&more"))

    assert "The 10 pages that match best" in first
    assert 'href="?q=bone%20trouble&amp;more"' in first
    assert "12 pages found" in further
    assert further.count('href="/conditions/crmo-') == 12
    assert "Show more pages" not in further


def test_more_than_fifty_pages_are_not_said_to_be_all_and_cost_no_more_questions(client, db, django_assert_num_queries):
    for number in range(52):
        live(f"crmo-{number}", f"Bone trouble {number}")
    ask("warm", "en")

    with django_assert_num_queries(4):
        first = text(client.get("/search/?q=bone+trouble"))
    page = text(client.get("/search/?q=bone+trouble&more"))

    assert "The 50 pages that match best" in page
    assert first.count('href="/conditions/crmo-') == 10
    assert page.count('href="/conditions/crmo-') == 50
    assert "Show more pages" not in page


@pytest.mark.databases
def test_draft_and_withdrawn_text_is_not_found(client, db):
    factories.draft(factories.condition("crmo"), summary="Secret otter in a draft")
    factories.publish(
        factories.draft(factories.condition("late"), summary="Secret otter later"), at=factories.LONG_AGO.replace(year=2099)
    )

    page = text(client.get("/search/?q=otter"))

    assert "Nothing here on “otter”" in page
    assert "Secret otter" not in page


@pytest.mark.databases
def test_page_behind_many_nearer_ones_that_nobody_may_read_is_found(client, db):
    later = factories.LONG_AGO.replace(year=2099)
    for number in range(30):
        factories.publish(factories.draft(factories.condition(f"later-{number}", "Bone trouble")), at=later)
    live("crmo", "Bone trouble of the young")

    page = text(client.get("/search/?q=bone+trouble"))

    assert "1 page found" in page
    assert 'href="/conditions/crmo/"' in page
    assert "/conditions/later-" not in page


@pytest.mark.databases
def test_reader_of_another_language_is_led_to_their_page(client, db):
    edition = live("crmo", "Osteomyelitis")
    edition.condition.names.create(kind="preferred", language="es", text="Osteomielitis")
    factories.live("crmo", language="es")

    page = text(client.get("/es/search/?q=osteomyelitis"))

    assert '<a href="/es/conditions/crmo/">' in page
    assert "Osteomielitis" in page


@pytest.mark.databases
@pytest.mark.parametrize("make", [factories.story, factories.news])
def test_what_is_written_in_two_languages_is_found_once_in_the_readers(client, db, make):
    first = make("pool", title="In the pool", text="<p>Zorbing.</p>")
    make("piscina", title="En la piscina", text="<p>Zorbing.</p>", language="es", translation_of=first)

    spanish, english = (text(client.get(f"{language}/search/?q=zorbing")) for language in ("/es", ""))

    assert ("En la piscina" in spanish, "In the pool" in spanish) == (True, False)
    assert ("En la piscina" in english, "In the pool" in english) == (False, True)


def test_what_is_quoted_from_an_english_text_says_so(client, db):
    edition = live("crmo", "Osteomyelitis", summary="Zorbing hurts.")
    edition.condition.names.create(kind="preferred", language="es", text="Osteomielitis")
    factories.live("crmo", language="es")

    page = client.get("/es/search/?q=zorbing").content.decode()

    assert re.search(r'<p lang="en">.*Zorbing.*\(en inglés\).*</p>', page)


@pytest.mark.databases
def test_quoted_lines_end_as_sentences_do(client, db):
    live("crmo", "Osteomyelitis", summary="It hurts.", key_points="", emergency="cannot zorb\nis hard to wake")

    quoted = re.sub(r"</?mark>", "", client.get("/search/?q=zorb").content.decode())

    assert "It hurts. cannot zorb; is hard to wake. What it is. Text on overview of crmo." in quoted


@pytest.mark.databases
def test_person_of_whom_nothing_is_written_yet_is_found(client, db):
    Clinician.objects.create(slug="zoe", name="Zoe Quillfeather")

    assert "Zoe Quillfeather" in text(client.get("/search/?q=quillfeather"))
