"""Urgent advice: which number stands in it, when somebody answers, what to do when nobody does; and the way to an appointment."""

import re
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.core import mail
from django.utils.translation import override

from appointments import calendar_file
from appointments.departments import find_condition, treating
from appointments.models import OfferedTime
from conditions.actions import gaps
from conditions.coach import Draft, Vocabulary, advise
from conditions.models import Edition, Section
from directory.contact import Contact
from directory.models import Closure, OpeningHours
from foundation.pages.http import HOLDS_UNTIL
from foundation.pages.templatetags.pages import whole_times
from foundation.workflow import Refused
from portal.transfer.csv_import import SHEETS
from tests import factories
from tests.outbox import deliver_one
from tests.reading import body, text

pytestmark = pytest.mark.django_db

LATER = datetime(2026, 2, 5, 14, 0, tzinfo=UTC)
ZONE = "America/New_York"
ADVICE = {"ask_us": "Hurts", "call_today": "Limps", "emergency": "Cannot stand"}
DEFAULT = "If we are closed or do not answer, call your child’s own doctor, or go to an emergency room."


def opened(department, days=(1, 2, 3, 4, 5), opens="08:00", closes="17:00"):
    for day in days:
        OpeningHours.objects.create(department=department, weekday=day, opens=opens, closes=closes)
    return department


def page(client, *departments, lead=None, path="/conditions/crmo/", **advice):
    edition = factories.live("crmo", **ADVICE | advice)
    edition.condition.departments.set(departments)
    edition.condition.lead_department = lead
    edition.condition.save()
    return client.get(path)


def card(response):
    """The words of the three levels."""
    html = re.search(r'<section class="care".*?</section>', response.content.decode(), re.DOTALL)[0]
    return " ".join(re.sub(r"<[^>]*>", " ", html).replace("\xa0", " ").split())


@time_machine.travel(datetime(2026, 12, 1, 15, 30, tzinfo=UTC), tick=False)
def test_card_says_number_hours_and_what_to_do_when_closed(client):
    department = opened(
        factories.department(after_hours_phone="212 555 0100", after_hours_words="Ask for the doctor on call.")
    )

    said = card(page(client, department))

    assert said == (
        "When to call Emergency: call 911 if your child Cannot stand "
        "Call today if your child 212 555 0101 Limps We are open now, until 5 pm on Tuesday, December 1. "
        "If we are closed or do not answer, call 212 555 0100 . Ask for the doctor on call. "
        "Ask us if your child 212 555 0101 Hurts Monday to Friday, 8 am to 5 pm, Eastern time (New York). "
        "Closed on public holidays. If it cannot wait, do what “Call today” says."
    )


@pytest.mark.parametrize("path", ["/conditions/crmo/", "/es/conditions/crmo/", "/departments/bones/"])
def test_page_has_one_number_with_one_set_of_hours_from_header_to_footer(client, settings, path):
    bones = opened(factories.department("bones", phone="212 555 0177"))

    html = body(page(client, bones, path=path)).replace("\xa0", " ")

    header, footer = html.partition("</header>")[0], html.partition('<footer class="foot">')[2]
    assert '<a href="tel:+12125550177">' in header
    assert '<a href="tel:+12125550177">' in footer
    assert ("8 am to 5 pm" in header) == (not path.startswith("/es/"))
    assert settings.SITE_PHONE not in html
    assert whole_times(settings.SITE_HOURS) not in html


@pytest.mark.parametrize(
    ("fields", "closed"),
    [
        ({}, DEFAULT),
        ({"after_hours_words": "Our nurses call back within an hour."}, "Our nurses call back within an hour."),
        ({"after_hours_phone": "312 555 0100"}, "If we are closed or do not answer, call 312 555 0100 ."),
        ({"translations": {"es": {"after_hours_words": "Llame a su médico."}}}, DEFAULT),
    ],
)
def test_card_without_hours_still_says_what_to_do(client, fields, closed):
    said = card(page(client, factories.department(**fields), ask_us=""))

    assert (
        said
        == f"When to call Emergency: call 911 if your child Cannot stand Call today if your child 212 555 0101 Limps {closed}"
    )


def test_no_line_of_the_card_ends_inside_a_time(client):
    card = page(client, opened(factories.department())).text

    assert "8\xa0am to 5\xa0pm, Eastern time" in card


@pytest.mark.parametrize(
    ("hours", "whole"),
    [
        ("lunes, de 8:30 a. m. a 5 p. m., hora del Este", "lunes, de 8:30\xa0a.\xa0m. a 5\xa0p.\xa0m., hora del Este"),
        ("de 8:30 a.\xa0m. a 5 p.\xa0m.", "de 8:30\xa0a.\xa0m. a 5\xa0p.\xa0m."),
        ("9 am to noon · 1 pm to 4:30 pm", "9\xa0am to noon · 1\xa0pm to 4:30\xa0pm"),
        ("Room 5 pmx, 5 a day", "Room 5 pmx, 5 a day"),
    ],
)
def test_times_are_kept_whole(hours, whole):
    assert whole_times(hours) == whole


def test_card_that_only_asks_says_what_to_do_when_closed(client):
    said = card(page(client, factories.department(), call_today=""))

    assert f"if your child 212 555 0101 Hurts {DEFAULT}" in said
    assert "Call today" not in said


def test_card_of_a_condition_without_department_names_the_number_of_the_site(client):
    said = card(page(client))

    assert "212 555 0142 Hurts Monday to Friday, 9 am to 5 pm Eastern time." in said
    assert f"212 555 0142 Limps {DEFAULT}" in said


def test_card_with_emergencies_alone_has_no_number_of_ours(client):
    said = card(page(client, factories.department(), ask_us="", call_today=""))

    assert said == "When to call Emergency: call 911 if your child Cannot stand"


# November 30, 2026 is a Monday, Christmas a Friday; the moments are UTC, five hours ahead of the department.
@pytest.mark.parametrize(
    ("at", "said", "until"),
    [
        ((11, 30, 12, 59), "We are closed now and open on Monday, November 30, at 8 am.", (11, 30, 13, 0)),
        ((11, 30, 13, 0), "We are open now, until 5 pm on Monday, November 30.", (11, 30, 22, 0)),
        ((11, 30, 22, 0), "We are closed now and open on Tuesday, December 1, at 8 am.", (12, 1, 13, 0)),
        ((12, 23, 23, 0), "We are closed now and open on Monday, December 28, at 8 am.", (12, 28, 13, 0)),
    ],
)
def test_line_of_now_counts_holidays_and_closed_days(at, said, until):
    department = opened(factories.department())
    Closure.objects.create(department=department, day=date(2026, 12, 24))

    with time_machine.travel(datetime(2026, *at, tzinfo=UTC), tick=False):
        contact = Contact.of(department)

        assert (contact.now.replace("\xa0", " "), contact.changes_at) == (said, datetime(2026, *until, tzinfo=UTC))


@pytest.mark.parametrize(
    ("spans", "at", "until"),
    [
        ([("09:00", "12:00"), ("12:00", "17:00")], (15, 0), (22, 0)),
        ([("09:00", "13:00"), ("12:00", "15:00")], (15, 0), (20, 0)),
        ([("09:00", "12:00"), ("13:00", "17:00")], (17, 30), (18, 0)),
    ],
)
def test_hours_that_meet_are_one(spans, at, until):
    department = factories.department()
    for opens, closes in spans:
        opened(department, days=(1,), opens=opens, closes=closes)

    with time_machine.travel(datetime(2026, 11, 30, *at, tzinfo=UTC), tick=False):
        assert Contact.of(department).changes_at == datetime(2026, 11, 30, *until, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minute", "kept"),
    [
        (0, "public, max-age=60, stale-while-revalidate=60, stale-if-error=3540"),
        (58, "public, max-age=60, stale-while-revalidate=60, stale-if-error=60"),
        (59, "public, max-age=60"),
    ],
)
@pytest.mark.parametrize("path", ["/conditions/crmo/", "/conditions/crmo/versions/1/", "/departments/rheumatology/"])
def test_page_that_says_now_is_kept_until_the_closing_minute_at_most(client, path, minute, kept):
    with time_machine.travel(datetime(2026, 11, 30, 21, minute, tzinfo=UTC), tick=False):
        response = page(client, opened(factories.department()), path=path)

    assert '<b class="live">We are open now, until 5\xa0pm on Monday, November\xa030.</b>' in response.text
    assert response.headers["Cache-Control"] == kept


@pytest.mark.parametrize("named", ["first", "bones", "elsewhere"])
def test_number_is_that_of_the_department_staff_named_while_it_treats_the_condition(client, named):
    first, bones = factories.department("first", order=1), factories.department("bones", order=2, phone="212 555 0177")
    elsewhere = factories.department("elsewhere", order=0, phone="212 555 0188")
    lead = {"first": None, "bones": bones, "elsewhere": elsewhere}[named]

    response = page(client, first, bones, lead=lead)

    number = "212 555 0177" if named == "bones" else "212 555 0101"
    assert set(re.findall(r"\d{3} 555 \d{4}", card(response))) == {number}
    assert f"Call {number}" in text(response).replace("\xa0", " ")  # beside the button, and on the leaflet
    assert f'<b><span lang="en">Children’s Bone &amp; Joint Center</span>, {number}</b>' in response.content.decode()
    assert treating(find_condition("crmo"))[0].slug == ("bones" if named == "bones" else "first")


def test_hours_are_told_on_the_clock_of_the_department(client):
    department = opened(factories.department(), days=(2, 4), opens="09:00", closes="12:00")
    department.locations.add(factories.location(time_zone="America/Chicago"))

    assert "Tuesday, 9 am to noon; Thursday, 9 am to noon, Central time (Chicago)." in card(page(client, department))


@pytest.mark.parametrize(
    ("today", "told"),
    [(date(2026, 12, 9), False), (date(2026, 12, 10), True), (date(2026, 12, 24), True), (date(2026, 12, 25), False)],
)
def test_closed_days_of_the_next_two_weeks_are_told(today, told):
    department = opened(factories.department())
    Closure.objects.create(department=department, day=date(2026, 12, 24), reason="Christmas Eve")
    Closure.objects.create(department=factories.department("other"), day=date(2026, 12, 23))

    with time_machine.travel(datetime(today.year, today.month, today.day, 20, tzinfo=UTC), tick=False):
        said = Contact.of(department).holidays

    more = " Also closed: Dec. 24, 2026." if told else ""
    assert said.replace("Closed on public holidays.", "") == more


# Christmas 2026 is a Friday; the moments are UTC, five hours ahead of New York.
@pytest.mark.parametrize(
    ("at", "home", "bones", "until"),
    [
        ((2026, 12, 17, 4), [], [], None),
        (
            (2026, 12, 17, 6),
            ["Closed on Thursday, December 24: Bones"],
            ["We are closed on Thursday, December 24."],
            (2026, 12, 25, 5),
        ),
        (
            (2026, 12, 24, 15),
            ["Closed on Thursday, December 24: Bones", "We are closed on Friday, December 25."],
            ["We are closed on Thursday, December 24.", "We are closed on Friday, December 25."],
            (2026, 12, 25, 5),
        ),
        (
            (2026, 12, 26, 6),
            ["We are closed on Friday, January 1."],
            ["We are closed on Friday, January 1."],
            (2027, 1, 2, 5),
        ),
    ],
)
def test_home_and_department_tell_of_unexpected_closed_days_of_the_week_and_hold_until_then(client, at, home, bones, until):
    shut, other = (opened(factories.department(slug)) for slug in ("bones", "fevers"))
    factories.department("never-open")
    opened(factories.department("mondays"), days=[1])
    Closure.objects.create(department=shut, day=date(2026, 12, 24))
    Closure.objects.create(department=other, day=date(2026, 12, 19))  # a Saturday

    with time_machine.travel(datetime(*at, tzinfo=UTC), tick=False):
        pages = [client.get(path) for path in ("/", "/departments/bones/")]

    told = [re.findall(r"(?:We are closed|Closed) on \w+, \w+ \d+(?:: \w+|\.)", text(each)) for each in pages]
    assert told == [home, bones]
    ends = int(datetime(*until, tzinfo=UTC).timestamp()) if until else None
    assert pages[0].headers.get(HOLDS_UNTIL) == (ends and str(ends))
    assert not ends or int(pages[1].headers[HOLDS_UNTIL]) <= ends


def test_days_on_which_everybody_is_closed_count_too():
    Closure.objects.create(day=date(2026, 12, 24))

    with time_machine.travel(datetime(2026, 12, 20, 12, tzinfo=UTC), tick=False):
        assert "Dec. 24, 2026" in Contact.of(opened(factories.department())).holidays


def test_words_are_those_of_the_language_of_the_page():
    contact = Contact.of(factories.department(after_hours_words="Ask.", translations={"es": {"after_hours_words": "Pida."}}))

    said = {}
    for language in ("en", "es", "de"):
        with override(language):
            said[language] = contact.words

    assert said == {"en": "Ask.", "es": "Pida.", "de": ""}


def test_old_version_names_the_number_of_today(client):
    response = page(client, factories.department(phone="212 555 0177"), path="/conditions/crmo/versions/1/")

    assert "212 555 0177" in card(response)
    assert 'class="act"' not in response.content.decode()


@pytest.fixture
def first_part():
    """An English page, and the first part of it in Spanish."""
    english = factories.publish(factories.draft(sections=["overview", "treatment"], **ADVICE))
    own = {"summary": "Respuesta corta.", "key_points": "Primero", "call_today": "cojea", "emergency": "no se para"}
    english.condition.names.create(language="es", kind="preferred", text="Enfermedad")
    english.condition.names.create(language="es", kind="also-called", text="Otro nombre")
    return factories.publish(factories.draft(english.condition, "es", sections=(), **own))


def test_first_part_stands_before_the_english_text(client, first_part):
    html = client.get("/es/conditions/crmo/").content.decode()

    main = html.partition("<main")[2]
    said = ["<h1>Enfermedad", "Respuesta corta.", "Primero", "cojea", '<p class="notice">', "Text on overview of crmo."]
    assert [main.index(words) for words in said] == sorted(main.index(words) for words in said)
    assert "Limps" not in html
    assert "noindex" not in html
    assert '<p class="note" id="names" lang="es">También se llama: Otro nombre.' in html
    assert "Text on treatment" in html.partition('<section lang="en">')[2]
    assert set(re.findall(r'<link rel="alternate" hreflang="(en|es)"', html)) == {"en", "es"}


def test_first_part_is_signed_and_kept_as_every_clinical_text(client, first_part):
    version = client.get("/es/conditions/crmo/versions/1/").content.decode()

    assert "cojea" in version
    assert "Text on overview" not in version
    with pytest.raises(Refused):
        first_part.save()


@pytest.mark.parametrize(("language", "lacks"), [("en", ["Add at least one section."]), ("es", [])])
def test_only_a_translation_may_begin_with_its_first_part(language, lacks):
    draft = factories.draft(factories.condition(language=language), language, sections=())

    assert [gap.words for gap in gaps(draft)] == lacks


def test_whole_translation_takes_the_place_of_the_first_part(client, first_part):
    whole = factories.draft(first_part.condition, "es", summary="Todo.", sections=["overview"])
    factories.publish(whole, at=LATER)

    html = client.get("/es/conditions/crmo/").content.decode()

    assert ("Todo." in html, '<p class="notice">' in html) == (True, False)


def test_urgent_advice_is_found(client, first_part):
    for query, language in (("limps", ""), ("cojea", "/es")):
        assert 'href="' + language + '/conditions/crmo/"' in client.get(f"{language}/search/", {"q": query}).text


def test_contents_lead_to_the_advice_first_and_hold_every_section(client):
    edition = factories.publish(factories.draft(sections=["overview", "when-to-get-help"], **ADVICE))

    html = client.get("/conditions/crmo/").content.decode()

    contents = re.findall(r'<a href="#([\w-]+)">', re.search(r'<nav class="margin".*?</nav>', html, re.DOTALL)[0])
    assert contents[:3] == ["care", "overview", "when-to-get-help"]
    assert '<h2 id="care">' in html
    assert re.search(r'id="when-to-get-help".*?<a href="#care">', html, re.DOTALL)
    assert edition.urgent["call_today"] == ["Limps"]


@pytest.mark.parametrize("kind", ["no advice", "heading of its own"])
def test_contents_hold_the_advice_only_where_there_is_some(client, kind):
    advice = ADVICE if kind == "heading of its own" else dict.fromkeys(ADVICE, "")
    draft = factories.draft(sections=["when-to-get-help"], **advice)
    draft.sections.update(heading="After surgery" if kind == "heading of its own" else "")
    factories.publish(draft)

    html = client.get("/conditions/crmo/").content.decode()

    assert '<a href="#when-to-get-help">' in html
    assert ('href="#care"' in html) == (kind == "heading of its own")


@pytest.mark.parametrize(
    ("path", "leads"),
    [
        ("/", "/appointments/"),
        ("/conditions/crmo/", "/appointments/?condition=crmo"),
        ("/departments/rheumatology/", "/appointments/?department=rheumatology"),
        ("/search/?q=crmo", "/appointments/"),
        ("/nowhere/", "/appointments/"),
        ("/es/conditions/crmo/", "/es/appointments/?condition=crmo"),
    ],
)
def test_header_and_menu_lead_to_an_appointment(client, path, leads):
    response = page(client, factories.department(), path=path)

    header = re.search(r"<header class=\"mast\">.*?</header>", response.content.decode(), re.DOTALL)[0]
    menu = re.search(r'<ul id="menu".*?</ul>', header, re.DOTALL)[0]
    assert header.count(f'href="{leads}"') == 2
    assert menu.count(f'href="{leads}"') == 1
    assert "Set-Cookie" not in response.headers


def test_header_of_the_questions_does_not_ask_to_ask(client):
    factories.department()

    html = client.get("/appointments/").content.decode()

    assert "Ask for an appointment" not in re.search(r'<header class="mast">.*?</header>', html, re.DOTALL)[0]


@pytest.mark.parametrize("language", ["en", "es"])
@time_machine.travel(datetime(2026, 12, 1, 15, 30, tzinfo=UTC), tick=False)
def test_number_hours_and_advice_are_the_same_wherever_they_stand(client, language):
    """On the page and its old version, on paper, on the department's page, for machines, in mail and in a calendar."""
    bones = opened(factories.department("bones", phone="212 555 0177", after_hours_phone="212 555 0100"))
    prefix = "/es" if language == "es" else ""
    condition = page(client, bones).context["condition"]
    condition.names.create(language="es", kind="preferred", text="Enfermedad")
    factories.publish(factories.draft(condition, "es", **ADVICE))
    whole, old, directory, start = (
        client.get(prefix + path).content.decode().replace("\xa0", " ").partition("<body>")
        for path in (
            "/conditions/crmo/",
            "/conditions/crmo/versions/1/",
            "/departments/bones/",
            "/appointments/?condition=crmo",
        )
    )
    row = factories.request(department=bones, condition=condition, site_language=language)
    while deliver_one():
        pass
    letter = mail.outbox[-1]
    time = OfferedTime(request=row, zone=ZONE, starts_at=LATER, ends_at=LATER)
    with override(language):
        hours = Contact.of(bones).hours.replace("\xa0", " ")
    places = {
        "header": part(whole, r"<header.*?</header>"),
        "card": part(whole, r'<section class="care".*?</section>'),
        "beside the button": part(whole, r'<section class="invite".*?</section>'),
        "paper": part(whole, r'<footer class="leaflet".*?</footer>'),
        "footer": part(whole, r'<footer class="foot".*?</footer>'),
        "old card": part(old, r'<section class="care".*?</section>'),
        "department": part(directory, r"<main.*?</main>"),
        "machines": directory[2]
        .partition("ld+json")[2]
        .partition('"parentOrganization"')[0]
        .partition('"MedicalOrganization"')[0],
        "start of a request": part(start, r"<main.*?</main>"),
        "mail": letter.body.replace("\xa0", " "),
        "mail in HTML": letter.alternatives[0][0].replace("\xa0", " "),
        "calendar": calendar_file.make(time, method=calendar_file.PUBLISH, link="").decode(),
    }

    numbers = {place: set(re.findall(r"\d{3} 555 \d{4}", words)) for place, words in places.items()}
    assert {
        place for place, found in numbers.items() if not {bones.phone} <= found <= {bones.phone, bones.after_hours_phone}
    } == set()
    assert {number for words in places.values() for number in re.findall(r"tel:(\+\d+)", words)} == {
        "+12125550177",
        "+12125550100",
    }
    assert {
        place
        for place in ("header", "card", "old card", "start of a request", "mail", "mail in HTML")
        if hours not in places[place]
    } == set()
    assert all(words in places["department"] for words in hours.partition(", Eastern")[0].partition(", hora")[0].split(", "))
    assert places["card"] == places["old card"]


def part(page, pattern):
    return re.search(pattern, page[2], re.DOTALL)[0]


def test_department_says_when_it_is_closed(client):
    opened(factories.department(after_hours_phone="212 555 0100"))

    response = client.get("/departments/rheumatology/")

    said = text(response).replace("\xa0", " ")
    assert "Monday to Friday, 8 am to 5 pm Eastern time (New York). Closed on public holidays." in said
    assert "When we are closed If we are closed or do not answer, call 212 555 0100 ." in said
    assert '"contactType":"after hours","telephone":"212 555 0100"' in response.content.decode()


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("Call Orthopedics at 212 555 0143.", ["212 555 0143"]),
        ("Call (212) 555-0143 or 212.555.0144.", ["(212) 555-0143", "212.555.0144"]),
        ("Call 911 or Poison Control at 1 800 222 1222, or text 988.", []),
        ("In 2012, 555 of 1000 children.", []),
    ],
)
def test_coach_points_out_numbers_that_are_not_for_emergencies(typed, told):
    draft = Draft(
        Edition(language="en", call_today="Limps"), [("sections-0", Section(kind="overview", body=f"<p>{typed}</p>"))], []
    )

    notes = [note for passage in advise(draft, Vocabulary()).passages for note in passage.notes if note.kind == "phone"]

    assert [note.words for note in notes] == told


def test_department_keeps_what_a_spreadsheet_says_about_closed_hours():
    names = {column.key for column in SHEETS["departments"].columns}

    assert {"after_hours_phone", "after_hours_words", "after_hours_words_es"} <= names
