"""Urgent advice: which number stands in it, when somebody answers, what to do when nobody does; and the way to an appointment."""

import re
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.utils.translation import override

from appointments.departments import find_condition, treating
from conditions.coach import Draft, Vocabulary, advise
from conditions.models import Edition, Section
from directory.contact import Contact
from directory.models import Closure, OpeningHours
from foundation.pages.templatetags.pages import whole_times
from portal.transfer.csv_import import SHEETS
from tests import factories
from tests.reading import text

pytestmark = pytest.mark.django_db

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


def test_card_says_number_hours_and_what_to_do_when_closed(client):
    department = opened(
        factories.department(after_hours_phone="212 555 0100", after_hours_words="Ask for the doctor on call.")
    )

    said = card(page(client, department))

    hours = "212 555 0101 Monday to Friday, 8 am to 5 pm, Eastern time (New York). Closed on public holidays."
    assert said == (
        f"When to call Ask us if your child Hurts {hours} If it cannot wait, do what “Call today” says. "
        f"Call today if your child Limps {hours} If we are closed or do not answer, call 212 555 0100 . "
        "Ask for the doctor on call. Emergency: call 911 if your child Cannot stand"
    )


@pytest.mark.parametrize("path", ["/conditions/crmo/", "/es/conditions/crmo/", "/departments/bones/"])
def test_page_has_one_number_with_one_set_of_hours_from_header_to_footer(client, settings, path):
    bones = opened(factories.department("bones", phone="212 555 0177"))

    html = page(client, bones, path=path).content.decode().replace("\xa0", " ")

    header, footer = html.partition("</header>")[0], html.partition('<footer class="foot">')[2]
    assert '<a href="tel:+12125550177">' in header
    assert '<a href="tel:+12125550177">' in footer
    assert ("8 am to 5 pm" in header) == (not path.startswith("/es/"))
    body = html.partition("<body>")[2]  # the head tells machines about the whole hospital
    assert settings.SITE_PHONE not in body
    assert settings.SITE_HOURS not in body


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
        == f"When to call Call today if your child Limps 212 555 0101 {closed} Emergency: call 911 if your child Cannot stand"
    )


def test_no_line_of_the_card_ends_inside_a_time(client):
    card = page(client, opened(factories.department())).text

    assert "8\xa0am to 5\xa0pm, Eastern time" in card


@pytest.mark.parametrize(
    ("hours", "whole"),
    [
        ("lunes, de 8:30 a. m. a 5 p. m., hora del Este", "lunes, de 8:30\xa0a.\xa0m. a 5\xa0p.\xa0m., hora del Este"),
        ("9 am to noon · 1 pm to 4:30 pm", "9\xa0am to noon · 1\xa0pm to 4:30\xa0pm"),
        ("Room 5 pmx, 5 a day", "Room 5 pmx, 5 a day"),
    ],
)
def test_times_are_kept_whole(hours, whole):
    assert whole_times(hours) == whole


def test_card_that_only_asks_says_what_to_do_when_closed(client):
    said = card(page(client, factories.department(), call_today=""))

    assert f"if your child Hurts 212 555 0101 {DEFAULT}" in said
    assert "Call today" not in said


def test_card_of_a_condition_without_department_names_the_number_of_the_site(client):
    said = card(page(client))

    assert f"212 555 0142 Monday to Friday, 9 am to 5 pm Eastern time. {DEFAULT}" in said


def test_card_with_emergencies_alone_has_no_number_of_ours(client):
    said = card(page(client, factories.department(), ask_us="", call_today=""))

    assert said == "When to call Emergency: call 911 if your child Cannot stand"


@pytest.mark.parametrize("named", ["first", "bones", "elsewhere"])
def test_number_is_that_of_the_department_staff_named_while_it_treats_the_condition(client, named):
    first, bones = factories.department("first", order=1), factories.department("bones", order=2, phone="212 555 0177")
    elsewhere = factories.department("elsewhere", order=0, phone="212 555 0188")
    lead = {"first": None, "bones": bones, "elsewhere": elsewhere}[named]

    response = page(client, first, bones, lead=lead)

    number = "212 555 0177" if named == "bones" else "212 555 0101"
    assert set(re.findall(r"\d{3} 555 \d{4}", card(response))) == {number}
    assert f"Call {number}" in text(response).replace("\xa0", " ")  # beside the button, and on the leaflet
    assert f"<b>Children’s Bone &amp; Joint Center, {number}</b>" in response.content.decode()
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


def test_contents_lead_to_the_advice_first_and_hold_every_section(client):
    edition = factories.publish(factories.draft(sections=["overview", "when-to-get-help"], **ADVICE))

    html = client.get("/conditions/crmo/").content.decode()

    contents = re.findall(r'<a href="#([\w-]+)">', re.search(r'<nav class="contents".*?</nav>', html, re.DOTALL)[0])
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

    header = re.search(r"<header class=\"masthead\">.*?</header>", response.content.decode(), re.DOTALL)[0]
    menu = re.search(r'<ul id="menu".*?</ul>', header, re.DOTALL)[0]
    assert header.count(f'href="{leads}"') == 2
    assert menu.count(f'href="{leads}"') == 1
    assert "Set-Cookie" not in response.headers


def test_header_of_the_questions_does_not_ask_to_ask(client):
    factories.department()

    html = client.get("/appointments/").content.decode()

    assert "Ask for an appointment" not in re.search(r'<header class="masthead">.*?</header>', html, re.DOTALL)[0]


def test_department_says_when_it_is_closed(client):
    opened(factories.department(after_hours_phone="212 555 0100"))

    response = client.get("/departments/rheumatology/")

    said = text(response).replace("\xa0", " ")
    assert "Monday to Friday, 8 am to 5 pm Eastern time (New York). Closed on public holidays." in said
    assert "When we are closed If we are closed or do not answer, call 212 555 0100 ." in said
    assert '"contactType": "after hours", "telephone": "212 555 0100"' in response.content.decode()


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
