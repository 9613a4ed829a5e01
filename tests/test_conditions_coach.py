"""The writing coach: what it points out, and its panel in the edit page."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conditions import read_back
from conditions.admin.coach import stored_draft, vocabulary
from conditions.checklist import ITEMS
from conditions.coach import Draft, Vocabulary, advise, notes_on_story
from conditions.models import LEVELS, ConditionName, Edition, MedicineWarning, PlainWord, Section, Source
from tests import factories
from tests.admin_forms import filled

CHANGE, COACH = "admin:conditions_edition_change", "admin:conditions_edition_coach"
LONG = "Your child may feel sore on some days and well on others and nobody can tell you before how long each of them lasts."


def draft(*bodies, language="en", summary="Call us.", sources=("2025",), **fields):
    """Nothing to point out but what `bodies` and `fields` bring."""
    edition = Edition(language=language, summary=summary, **{"emergency": "Cannot stand"} | fields)
    sections = [(f"sections-{n}", Section(kind="overview", body=body)) for n, body in enumerate(bodies)]
    return Draft(edition, sections, [(f"sources-{n}", Source(title="A study", date=date)) for n, date in enumerate(sources)])


def noted(found, known=None):
    advice = advise(found, known or Vocabulary())
    notes = [*advice.notes, *(note for passage in advice.passages for note in passage.notes)]
    return [(note.kind, note.box, note.words) for note in notes]


# --- what it points out -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dose", "start"),
    [
        (".5 mg", "A point"),
        ("5.0 mg", "A zero"),
        ("1,5 mg", "A comma"),
        ("50 µg", "This unit"),
        ("10mg", "Without a space"),
        ("5 mg b.i.d.", "Families do not read"),
        ("0.5 mg", "Is each"),
        ("10 mg", "Is each"),
        ("1,000 mg", "Is each"),
    ],
)
def test_doses_that_are_often_misread_are_told(dose, start):
    assert read_back.dose_advice(read_back.doses(f"Give {dose} a day.")).startswith(start)


def test_dates_in_spanish_are_read_back():
    assert list(read_back.dates("El lunes 3 de marzo de 2026.", "es")) == ["lunes 3 de marzo de 2026 (it is a Tuesday)"]


def test_plain_page_has_nothing_to_point_out():
    assert noted(draft("<p>Sore bones can heal. Rest helps.</p>")) == []


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (f"<p>{LONG}</p>", "long-sentence", "Your child may feel sore on some …"),
        (f"<ul><li>{LONG}</li></ul>", "long-sentence", "Your child may feel sore on some …"),
        ("<p>One. Two. Three. Four.</p>", "long-paragraph", "One. Two. Three. Four."),
        ('<p>Look <a href="/x">here</a>.</p>', "link-text", "here"),
        ('<p>Look at <a href="/x">https://example.org/a</a>.</p>', "link-text", "https://example.org/a"),
        ("<h4>Small</h4><p>Text.</p>", "heading-order", "Small"),
        ("<p>They take a PET scan.</p>", "abbreviation", "PET"),
        ("<p>The metaphysis is sore.</p>", "not-explained", "metaphysis"),
        ("<p>It needs bronchoscopy.</p>", "not-explained", "bronchoscopy"),
        ("<p>Give 2 tablets 3 times, at most 50 mg/kg.</p>", "dose", "2 tablets … 3 times … 50 mg/kg"),
        ("<p>Give 5.0 mg or 1,000 mg a day.</p>", "dose", "5.0 mg … 1,000 mg"),
        (
            "<p>From 3/4/2026, not 13/13/2026.</p>",
            "date",
            "3/4/2026 (March 4, 2026 / April 3, 2026), 13/13/2026 (no such day)",
        ),
        ("<p>On Monday, March 3, 2026. On March 3.</p>", "date", "Monday, March 3, 2026 (it is a Tuesday), March 3"),
        (
            "<p>At [?] 2 \uf0b7 Error! Bookmark not defined.</p>",
            "leftover",
            "[?], \uf0b7, Error! Bookmark not defined.",
        ),
        ("<p>Age | Weight</p>", "leftover", "Age | Weight"),
        ("<p>1) Rest.</p><p>o Ice.</p><p>• Heat.</p>", "leftover", "1), o, •"),
        (
            "<p>Rest [1] and **ice**, &amp;nbsp; says [Name of doctor].</p>",
            "leftover",
            "[1], **ice**, &nbsp;, [Name of doctor]",
        ),
        ("<p>Give ½ tablet or 1/2 pill twice a day.</p>", "dose", "½ tablet … 1/2 pill … twice a day"),
        ("<p>Give one tablet every 6 to 8 hours, 15 mg/kg/day.</p>", "dose", "one tablet … every 6 to 8 hours … 15 mg/kg/day"),
        ("<p>Dé media tableta dos veces al día.</p>", "dose", "media tableta … dos veces al día"),
        ("<p>From 2026-03-04 or Mar 3rd, 2026.</p>", "date", "2026-03-04 (March 4, 2026), Mar 3rd, 2026 (Tuesday)"),
        ("<table><tr><td>Age</td><td>Weight</td></tr></table>", "table-headers", "Age Weight"),
    ],
)
def test_note_names_the_section_and_the_words(body, kind, words):
    assert noted(draft("<p>Well.</p>", body)) == [(kind, "sections-1", words)]


@pytest.mark.parametrize(
    "body",
    [
        "<p>One. Two. Three.</p>",
        "<p>Your child may feel sore on some days and well on others and nobody can say how long each lasts.</p>",
        "<p>They take a PET (positron picture). The PET scan is safe.</p>",
        "<p>A slow scan (PET) helps. PETs are safe.</p>",
        "<h3>Large</h3><p>Text.</p><h4>Small</h4><p>Text.</p><h3>Large</h3>",
        '<p>Read <a href="/x">how we find it</a>.</p>',
        "<p>Come every 3 weeks, or twice a year. One or two of three children feel it twice a day.</p>",
        "<p>It comes 3 times as often in 2026, 1/2 of them in May. Ask 24/7.</p>",
        "<table><caption>Ages</caption><tr><th>Age</th><th>Weight</th></tr><tr><td>2</td><td>3</td></tr></table>",
        "<p>The program and the diagram show a diagnosis. The US has 2 of them.</p>",
    ],
)
def test_nothing_is_noted_at_the_limit(body):
    assert noted(draft(body)) == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [(300, []), (301, [("few-headings", "sections-0", "so.")])],
)
def test_heading_is_missed_after_three_hundred_words(words, expected):
    body = "".join(f"<p>{' '.join(['so'] * count)}.</p>" for count in [10] * (words // 10) + [words % 10] if count)

    assert noted(draft(body)) == expected


def test_headings_start_the_count_anew():
    part = "<h3>Part</h3>" + "<p>so so so so so so so so so so.</p>" * 30

    assert noted(draft(part * 3)) == []


def test_word_is_noted_once_where_it_comes_first():
    found = noted(draft("<p>Well.</p>", "<p>Uveitis, MTX.</p>", "<p>Uveitis and MTX.</p>"))

    assert found == [("abbreviation", "sections-1", "MTX"), ("not-explained", "sections-1", "Uveitis")]


def test_known_words_need_no_explaining():
    known = Vocabulary(names=("Chronic osteomyelitis", "CRMO"), glossary=("uveitis", "MRI", "inflammation"))

    assert noted(draft("<p>CRMO is chronic osteomyelitis. Uveitis is inflammation. An MRI helps.</p>"), known) == []


def test_plain_words_offer_another():
    known = Vocabulary(plain={"utilize": "use", "in order to": "to"})

    advice = advise(draft("<p>We Utilize it. In order to rest. She utilizes it.</p>"), known)

    assert [(note.kind, note.words) for note in advice.passages[-1].notes] == [
        ("plain-word", "Utilize"),
        ("plain-word", "In order to"),
    ]
    assert "“use”" in advice.passages[-1].notes[0].advice


@pytest.mark.parametrize(
    ("fields", "kind", "box"),
    [
        ({"emergency": ""}, "no-urgent-advice", "id_ask_us"),
        ({"summary": "It heals."}, "no-action", "id_summary"),
        ({"sources": ()}, "no-source", "sources-group"),
        ({"sources": ("2025", "")}, "undated-source", "sources-1"),
    ],
)
def test_page_that_lacks_something_is_noted(fields, kind, box):
    assert [note[:2] for note in noted(draft("<p>Well.</p>", **fields))] == [(kind, box)]


def test_picture_without_words_is_noted():
    found = draft("<p>Well.</p>", "<p>Well.</p>")
    found.sections[0][1].picture = found.sections[1][1].picture = "aa.webp"
    found.sections[0][1].picture_alt = "A knee"

    assert noted(found) == [("no-alt", "sections-1", "")]


def test_spanish_text_gets_what_needs_no_dictionary():
    body = '<p>Mire <a href="/x">aquí</a>. El niño tiene artritis. El idioma y los síntomas.</p>'

    found = noted(draft(body, language="es", summary="Llame si duele.", emergency="No puede estar de pie"))

    assert found == [("link-text", "sections-0", "aquí"), ("not-explained", "sections-0", "artritis")]


def test_figures_count_names_apart_and_add_up():
    advice = advise(draft("<p>Osteomyelitis can heal.</p>", "<p>Rest.</p>"), Vocabulary(names=("osteomyelitis",)))

    whole, unnamed = advice.figures
    assert (whole.sentences, whole.words, whole.syllables) == (4, 8, 15)
    assert (unnamed.sentences, unnamed.words, unnamed.syllables) == (4, 7, 8)
    assert unnamed.grade < whole.grade


def test_empty_page_is_coached():
    advice = advise(draft(summary="", emergency="", sources=()), Vocabulary())

    assert advice.total == 3
    assert advice.figures[0].grade is None


# --- stories ------------------------------------------------------------------------------------------------------------


def test_story_notes_name_the_box():
    notes = notes_on_story("Maya Sample swims", "In March.", "<p>Call 212 555 0123.</p><p>On 3 March 2024.</p>", "Maya")

    assert [(note.kind, note.box, note.words) for note in notes] == [
        ("surname", "id_title", "Maya Sample"),
        ("date", "id_text", "3 March 2024"),
        ("phone", "id_text", "212 555 0123"),
    ]


# --- the check list -----------------------------------------------------------------------------------------------------


def test_check_list_is_short_and_its_keys_fit_a_signature():
    assert 8 <= len(ITEMS) <= 12
    assert all(key.isidentifier() and str(sentence).endswith(".") for key, sentence in ITEMS.items())


# --- the panel ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def typing(client, editor):
    """Edith with the form of a draft open: (address of the coach, what her browser would send)."""
    client.force_login(editor)
    edition = factories.draft(summary="Call us.")
    return reverse(COACH, args=[edition.pk]), filled(client.get(reverse(CHANGE, args=[edition.pk])))


def test_edit_page_shows_the_notes_on_what_is_stored(client, editor):
    client.force_login(editor)
    edition = factories.draft(sections=())
    Section.objects.create(edition=edition, kind="overview", body=f"<p>{LONG} &lt;script&gt;</p>")

    page = client.get(reverse(CHANGE, args=[edition.pk]), {"coach": 1}).text

    assert 'href="#sections-0"' in page
    assert "This sentence has 24 words." in page
    assert "Long sentence, 24 words:</b> Your child may feel" in page
    assert "Grade by SMOG: aim for 6 to 8." in page
    assert "&lt;script&gt;" in page


def test_coach_answers_for_the_typed_text_and_stores_nothing(client, typing):
    address, form = typing

    response = client.post(address, form | {"sections-0-body": "<p>Utilize <b>it</b>.</p>", "sources-0-date": ""})

    kinds = {note.kind for note in response.context["coach"].notes + response.context["coach"].passages[-1].notes}
    assert kinds == {"plain-word", "undated-source"}
    assert "<html" not in response.text
    assert Section.objects.get().body == "<p>Text on overview of crmo.</p>"
    assert Source.objects.get().date == "2025-05"


def test_coach_reads_sections_in_their_order_without_the_deleted(client, typing):
    address, form = typing
    more = {
        "sections-1-body": "<p>Second.</p>",
        "sections-1-order": "5",
        "sections-2-body": "<p>Third.</p>",
        "sections-2-order": "1",
        "sections-3-body": "<p>Gone.</p>",
        "sections-3-DELETE": "on",
        "sections-4-body": "",
        "sections-__prefix__-body": "<p>Form of forms.</p>",
    }

    response = client.post(address, form | more)

    boxes = [passage.box for passage in response.context["coach"].passages if passage.box.startswith("sections")]
    assert boxes == ["sections-0", "sections-2", "sections-1"]


def test_coach_keeps_stored_pictures_in_mind(client, typing):
    address, form = typing
    Section.objects.update(picture="aa.webp", picture_alt="A knee")

    response = client.post(address, form | {"sections-0-picture_alt": ""})

    assert [note.kind for note in response.context["coach"].passages[-1].notes] == ["no-alt"]


def test_form_that_comes_back_is_coached_as_typed(client, typing):
    address, form = typing

    response = client.post(address.replace("coach", "change"), form | {"sources-0-date": "soon", "summary": "It heals."})

    assert [note.kind for note in response.context["coach"].notes] == ["no-action"]


@pytest.mark.parametrize("data", [{}, {"sections-0-body": "<p><a>", "sections-0-order": "²"}, {"sources-x-title": "a"}])
def test_coach_survives_any_form(client, typing, data):
    assert client.post(typing[0], data).status_code == 200


def test_coach_refuses_a_form_beyond_its_limit(client, typing):
    response = client.post(typing[0], {"summary": "a" * 400_001})

    assert response.status_code == 413


def test_coach_is_asked_by_post_alone(client, typing):
    assert client.get(typing[0]).status_code == 405


def test_coach_needs_the_view_permission(client, typing):
    client.force_login(factories.staff("nora", "view_condition"))

    assert client.post(typing[0], {"summary": "a"}).status_code == 403


def test_reader_without_change_permission_gets_no_links_to_boxes(client, typing):
    client.force_login(factories.staff("vic", "view_edition"))

    response = client.post(typing[0], {"summary": "It heals."})

    assert "Say what a family can do" in response.text
    assert "href=" not in response.text


def test_published_edition_is_not_coached(client, editor):
    client.force_login(editor)
    edition = factories.live()

    assert "coach" not in client.get(reverse(CHANGE, args=[edition.pk])).context
    assert client.post(reverse(COACH, args=[edition.pk])).status_code == 404


def test_names_of_neighbours_are_known_but_not_their_short_forms(client, typing):
    address, form = typing
    edition = Edition.objects.get()
    near, far = factories.condition("jia", "Juvenile arthritis"), factories.condition("far", "Distant vasculitis")
    edition.condition.related.add(near)
    ConditionName.objects.create(condition=near, kind="abbreviation", text="JIA")

    response = client.post(address, form | {"sections-0-body": "<p>Arthritis, JIA. Vasculitis.</p>"})

    found = [(note.kind, note.words) for note in response.context["coach"].passages[-1].notes]
    assert found == [("abbreviation", "JIA"), ("not-explained", "Vasculitis")]
    assert far.pk


METHOTREXATE = MedicineWarning(
    medicine="methotrexate",
    also="MTX",
    kind="pregnancy",
    warning="It can harm an unborn baby.",
    known_by="harm an unborn baby\nharm a baby before birth",
)


@pytest.mark.parametrize(
    ("summary", "typed", "words"),
    [
        ("Short.", "<p>Methotrexate calms. MTX too.</p>", "Methotrexate"),
        ("Short.", "<p>Some take MTX.</p>", "MTX"),
        ("It can\nharm an unborn baby.", "<p>Methotrexate calms.</p>", None),
        ("Short.", "<ul><li>Methotrexate</li><li>It may Harm a baby before birth</li></ul>", None),
        ("Short.", "<p>Naproxen calms.</p>", None),
    ],
)
def test_medicine_without_its_warning_is_pointed_out_where_it_is_named_first(summary, typed, words):
    draft = Draft(Edition(language="en", summary=summary), [("sections-0", Section(kind="treatment", body=typed))], [])

    passages = advise(draft, Vocabulary(warnings=(METHOTREXATE,))).passages

    found = [(passage.box, note.words) for passage in passages for note in passage.notes if note.kind == "medicine"]
    assert found == ([("sections-0", words)] if words else [])


@pytest.mark.parametrize(
    ("points", "signs", "kinds"), [(5, (2, 3, 3), []), (6, (2, 3, 3), ["many-points"]), (5, (3, 3, 3), ["many-signs"])]
)
def test_lists_that_nobody_reads_to_their_end_are_pointed_out(points, signs, kinds):
    levels = {level: "\n".join(["Limps"] * count) for level, count in zip(LEVELS, signs, strict=True)}
    edition = Edition(language="en", key_points="\n".join(["Call us"] * points), **levels)

    notes = advise(Draft(edition, [], []), Vocabulary()).notes

    assert [note.kind for note in notes if note.kind.startswith("many")] == kinds


def test_warning_that_staff_add_is_asked_for_on_the_next_draft(admin_client):
    edition = factories.draft(summary="Colchicine helps.")
    form = {"slug": "colchicine-dose", "language": "en", "medicine": "colchicine", "kind": "overdose"}
    admin_client.post(
        reverse("admin:conditions_medicinewarning_add"), form | {"warning": "Never more.", "known_by": "never more"}
    )

    page = admin_client.get(reverse("admin:conditions_edition_change", args=[edition.pk]), {"coach": 1}).text

    assert "Its warning is missing here (Too much of it): “Never more.”" in page


@pytest.mark.parametrize("sections", [("overview",), ("overview", "symptoms", "causes")])
def test_panel_asks_the_same_with_one_and_three_sections(client, editor, sections):
    client.force_login(editor)
    edition = factories.draft(sections=sections)
    for word in sections:
        factories.term(word)
        PlainWord.objects.create(word=f"long {word}", plain="short")
        edition.condition.related.add(factories.condition(f"near-{word}"))
    form = {"summary": "Call us.", **{f"sections-{n}-body": "<p>Text.</p>" for n in range(len(sections))}}

    with CaptureQueriesContext(connection) as asked:
        client.post(reverse(COACH, args=[edition.pk]), form)

    own = [query["sql"] for query in asked if ' FROM "conditions_' in query["sql"]]
    assert len(own) == 6


@pytest.mark.parametrize("sections", [("overview",), ("overview", "symptoms", "causes")])
def test_stored_text_is_read_in_six_queries(db, sections, django_assert_num_queries):
    edition = factories.draft(sections=sections)
    factories.term()

    with django_assert_num_queries(6):
        draft = stored_draft(edition)
        advise(draft, vocabulary(draft))


def test_plain_words_come_with_the_tables_and_can_be_extended(admin_client):
    form = {"word": "myalgia", "plain": "muscle pain", "language": "en"}

    admin_client.post(reverse("admin:conditions_plainword_add"), form)

    assert PlainWord.objects.get(word="myalgia").plain == "muscle pain"
    assert PlainWord.objects.filter(language="en").count() >= 80
    assert "utilize" in admin_client.get(reverse("admin:conditions_plainword_changelist"), {"q": "utilize"}).text
