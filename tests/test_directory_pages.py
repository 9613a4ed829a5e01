"""Departments and clinicians: how to reach them, and what they stand for."""

import re
from datetime import time

import pytest
from django.core.exceptions import ValidationError

from directory import hours, views
from directory.models import OpeningHours, check_languages
from tests import factories


def text(response):
    return response.content.decode()


def opening(department, days, opens="09:00", closes="17:00"):
    for day in days:
        OpeningHours.objects.create(department=department, weekday=day, opens=opens, closes=closes)


def test_departments_stand_by_kind_in_the_order_staff_gave(client, db):
    for slug, kind, order in [("a-unit", "service", 2), ("b-unit", "service", 1), ("c-unit", "center", 9)]:
        factories.department(slug, kind=kind, order=order)

    page = text(client.get("/departments/"))

    places = [page.index(part) for part in (">Specialized centers<", "/c-unit/", ">Services<", "/b-unit/", "/a-unit/")]
    assert places == sorted(places)
    assert ">Departments</h2>" not in page


def test_departments_without_any_names_the_phone(client, db):
    assert "We find the right team with you." in text(client.get("/departments/"))


@pytest.mark.parametrize("count", [1, 3])
def test_departments_ask_two_questions(client, db, count, django_assert_num_queries):
    for number in range(count):
        factories.department(f"unit-{number}").locations.add(factories.location(f"place-{number}"))

    with django_assert_num_queries(2):
        client.get("/departments/")


def test_department_says_how_to_reach_it(client, db):
    row = factories.department(
        phone="212 555 0144", email="bones@example.org", what_to_bring="Scans\n\nA list\n", virtual=True
    )
    row.locations.add(factories.location(time_zone="America/Chicago", directions="Yellow door.", accessibility="No steps."))
    opening(row, [1, 2, 3, 4, 5])

    page = text(client.get("/departments/rheumatology/"))

    for part in [
        '<a href="tel:+12125550144">212 555 0144</a>',
        '<a href="mailto:bones@example.org">',
        "<span>Monday to Friday, 9 am to 5 pm</span>",
        "Central time (Chicago)",
        "In person and by video",
        "<li>Scans</li><li>A list</li>",
        "1 Sample Street<br>New York, NY 10001",
        "<p>Yellow door.</p>",
        "<p>No steps.</p>",
    ]:
        assert part in page


def test_department_without_places_keeps_the_clock_of_the_site(client, db):
    opening(factories.department(), [6])

    page = text(client.get("/departments/rheumatology/"))

    assert "<span>Saturday, 9 am to 5 pm</span>" in page
    assert "Eastern time (New York)" in page


def test_department_in_two_time_zones_keeps_the_clock_of_the_site(client, db):
    row = factories.department()
    row.locations.add(factories.location("east"), factories.location("lake", time_zone="America/Chicago"))
    opening(row, [6])

    page = text(client.get("/departments/rheumatology/"))

    assert "Eastern time (New York)" in page
    assert "Chicago" not in page


def test_department_names_only_conditions_with_a_page(client, db):
    row = factories.department()
    row.conditions.add(factories.live("crmo").condition, factories.draft(factories.condition("secret")).condition)
    row.clinicians.add(factories.clinician("mira-sample"))

    page = text(client.get("/departments/rheumatology/"))

    assert '<a href="/conditions/crmo/">Condition crmo</a>' in page
    assert '<a href="/clinicians/mira-sample/">Mira Sample, MD</a>' in page
    assert "Condition secret" not in page


def test_department_with_many_conditions_leads_to_their_list(client, db, monkeypatch):
    monkeypatch.setattr(views, "MOST_CONDITIONS", 2)
    row = factories.department("bones")
    for slug in ("a", "b", "c"):
        row.conditions.add(factories.live(slug).condition)

    html = client.get("/departments/bones/").content.decode()

    assert re.findall(r'href="/conditions/(\w)/"', html) == ["a", "b"]
    assert 'href="/conditions/?department=bones"' in html
    row.conditions.remove(row.conditions.get(slug="c"))
    assert "/conditions/?department=bones" not in client.get("/departments/bones/").content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_department_asks_seven_questions(client, db, count, django_assert_num_queries):
    row = factories.department()
    opening(row, [1, 2])
    for number in range(count):
        row.locations.add(factories.location(f"place-{number}"))
        row.clinicians.add(factories.clinician(f"clinician-{number}"))
        row.conditions.add(factories.live(f"condition-{number}").condition)

    with django_assert_num_queries(7):
        client.get("/departments/rheumatology/")


@pytest.mark.parametrize("kind", ["departments", "clinicians"])
def test_old_address_leads_to_the_new_one(client, db, kind):
    row = factories.department("old") if kind == "departments" else factories.clinician("old")
    row.slug = "new"
    row.save()

    response = client.get(f"/{kind}/old/")

    assert (response.status_code, response.headers["Location"]) == (301, f"/{kind}/new/")


def test_clinician_says_who_they_are_and_what_they_reviewed(client, db):
    row = factories.clinician("mira-sample", credentials="MD, PhD", text="<p>Draws scans.</p>")
    row.departments.add(factories.department())
    factories.publish(factories.draft(factories.condition("crmo")), reviewer=row)
    factories.live("other")

    page = text(client.get("/clinicians/mira-sample/"))

    assert '<span class="face" aria-hidden="true">MS</span>' in page
    assert "<p>Draws scans.</p>" in page
    assert '<a href="/departments/rheumatology/">' in page
    assert '<a href="/conditions/crmo/">Condition crmo</a>' in page
    assert "Condition other" not in page


def test_list_of_clinicians_says_whom_to_ask_for_what(client, db):
    row = factories.clinician("luis-ejemplo", name="Luis Ejemplo", helps_with="fevers that come back", languages="en, es")
    row.departments.add(factories.department("closed", takes_requests=False, order=1), factories.department("fevers", order=2))
    factories.clinician("kei-demo", name="Kei Demo")

    english, spanish = (text(client.get(f"{prefix}/clinicians/")) for prefix in ("", "/es"))

    assert english.index("Kei Demo") < english.index("Luis Ejemplo")
    for part in ("English, Spanish", "fevers that come back", '<a href="/appointments/?department=fevers">', ">LE</span>"):
        assert part in english
    assert english.count("/appointments/?department=") == 1
    assert "Inglés, Español" in spanish or "inglés, español" in spanish


def test_language_that_nobody_knows_is_refused():
    with pytest.raises(ValidationError, match="xx"):
        check_languages("en, xx")


@pytest.mark.parametrize("count", [1, 3])
def test_clinicians_ask_three_questions(client, db, count, django_assert_num_queries):
    for number in range(count):
        factories.clinician(f"person-{number}").departments.add(factories.department(f"unit-{number}"))

    with django_assert_num_queries(3):
        client.get("/clinicians/")


def test_clinician_loses_a_page_that_somebody_else_reviewed_since(client, db):
    row = factories.clinician("mira-sample")
    edition = factories.publish(factories.draft(factories.condition("crmo")), reviewer=row)
    factories.publish(factories.draft(edition.condition), at=edition.publish_at.replace(day=9))

    page = text(client.get("/clinicians/mira-sample/"))

    assert "Condition crmo" not in page


@pytest.mark.parametrize("count", [1, 3])
def test_clinician_asks_four_questions(client, db, count, django_assert_num_queries):
    row = factories.clinician("mira-sample")
    for number in range(count):
        row.departments.add(factories.department(f"unit-{number}"))
        factories.publish(factories.draft(factories.condition(f"condition-{number}")), reviewer=row)

    with django_assert_num_queries(4):
        client.get("/clinicians/mira-sample/")


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ([1, 2, 3, 4, 5], ["Monday to Friday"]),
        ([2, 3], ["Tuesday and Wednesday"]),
        ([1, 3, 4, 5], ["Monday", "Wednesday to Friday"]),
        ([7, 1], ["Monday", "Sunday"]),
    ],
)
def test_days_with_the_same_hours_stand_together(days, words):
    rows = [OpeningHours(weekday=day, opens=time(9), closes=time(17)) for day in days]

    assert hours.week_in_words(rows) == [(word, "9 am to 5 pm") for word in words]


def test_days_with_other_hours_stand_apart():
    rows = [
        OpeningHours(weekday=1, opens=time(9), closes=time(12)),
        OpeningHours(weekday=1, opens=time(13), closes=time(16, 30)),
        OpeningHours(weekday=2, opens=time(9), closes=time(12)),
    ]

    assert hours.week_in_words(rows) == [("Monday", "9 am to noon · 1 pm to 4:30 pm"), ("Tuesday", "9 am to noon")]


@pytest.mark.parametrize(("moment", "words"), [(time(0), "12 am"), (time(0, 5), "12:05 am"), (time(12, 1), "12:01 pm")])
def test_clock_at_the_turn_of_the_half_days(moment, words):
    assert hours.hour_in_words(moment) == words


@pytest.mark.parametrize(("zone", "words"), [("America/Phoenix", "Mountain time (Phoenix)"), ("America/Lima", "Lima time")])
def test_zone_stands_in_words(zone, words):
    assert hours.zone_in_words(zone) == words
