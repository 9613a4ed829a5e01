"""Times at which nobody expects a visit: asked back once, nothing typed lost, nothing planned in another age."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from appointments.free_hours import Hours, Wanted
from appointments.models import ContactAttempt, OfferedTime, Request
from directory.models import Closure, OpeningHours
from tests import factories
from tests.test_appointments_verbs import NOON, errors, send, time, times

HOLIDAY, ASK = "2026-12-25", "Tick the box if you mean this time, or choose another."


@pytest.fixture(autouse=True)
def _tuesday():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def mine(db):
    row = factories.department("rheumatology")
    row.locations.add(factories.location())
    factories.clinician().departments.add(row)
    Closure.objects.create(department=row, day=date(2026, 12, 9))
    OpeningHours.objects.bulk_create(
        OpeningHours(department=row, weekday=day, opens="08:00", closes=closes)
        for day, closes in [(2, "12:00"), (3, "18:00"), (5, "18:00")]
    )
    OpeningHours.objects.create(department=row, weekday=2, opens="13:00", closes="17:30")
    return row


@pytest.fixture
def case(client, mine):
    client.force_login(factories.coordinator("cora", mine))
    return factories.request(department=mine)


def place(case):
    mine = case.department
    return {"clinician": mine.clinicians.get().pk, "where": f"place-{mine.locations.get().pk}"}


def asked(response, number=0):
    return response.context["form"].times[number].errors.get("anyway", [])


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("2026-12-25 10:00", "Friday, December 25 is a public holiday."),
        ("2027-01-18 10:00", "Monday, January 18 is a public holiday."),
        ("2026-12-09 10:00", "The department is closed on Wednesday, December 9."),
        ("2026-12-07 10:00", "The department is closed on Monday, December 7."),
        ("2026-12-12 10:00", "The department is closed on Saturday, December 12."),
        ("2026-12-08 03:00", "On Tuesday, December 8 the department is open from 8 am to noon, 1 pm to 5:30 pm."),
        ("2026-12-08 17:00", "On Tuesday, December 8 the department is open from 8 am to noon, 1 pm to 5:30 pm."),
        ("2026-12-08 11:30", "On Tuesday, December 8 the department is open from 8 am to noon, 1 pm to 5:30 pm."),
        ("2026-12-11 23:50", "On Friday, December 11 the department is open from 8 am to 6 pm."),
    ],
)
def test_unusual_time_is_asked_back(client, case, typed, why):
    day, at = typed.split()
    typed = place(case) | {"day": day, "time": at}

    response = send(client, case, "offer", **times(typed))

    assert asked(response) == [f"{why} {ASK}"]
    assert errors(response) == ["Look at the times below: one of them is outside the usual hours."]
    assert "Offer it all the same" in response.text
    form = response.context["form"].times[0]
    assert {name: str(form[name].value()) for name in typed} == {name: str(value) for name, value in typed.items()}
    assert OfferedTime.objects.count() == 0


@pytest.mark.parametrize("at", ["08:00", "11:15", "16:45"])
def test_time_within_the_hours_is_not_asked_back(client, case, at):
    send(client, case, "offer", **times(place(case) | {"day": "2026-12-08", "time": at}))

    assert OfferedTime.objects.count() == 1


def test_ticked_time_is_offered_and_a_tick_is_for_one_time_alone(client, case):
    typed = place(case) | {"day": HOLIDAY, "time": "10:00"}
    form = send(client, case, "offer", **times(typed)).context["form"].times[0]
    tick = {"anyway": form.fields["anyway"].widget.moment}
    assert f'value="{tick["anyway"]}"' in str(form["anyway"])
    assert "checked" not in str(form["anyway"])

    other = send(client, case, "offer", **times(typed | tick | {"day": "2027-01-01"}))
    assert asked(other) == [f"Friday, January 1 is a public holiday. {ASK}"]
    assert OfferedTime.objects.count() == 0

    send(client, case, "offer", **times(typed | tick))
    assert OfferedTime.objects.get().starts_at == datetime(2026, 12, 25, 15, tzinfo=UTC)


def test_tick_stays_while_another_time_is_mended(client, case):
    holiday = place(case) | {"day": HOLIDAY, "time": "10:00", "anyway": "2026-12-25T15:00:00+00:00"}

    response = send(client, case, "offer", **times(holiday, place(case) | {"day": "2026-12-08", "time": ""}))

    form = response.context["form"].times[0]
    assert form.errors == {}
    assert "checked" in str(form["anyway"])
    assert errors(response) == ["Look at the times below: one of them is not complete."]


def test_confirming_by_phone_asks_back_too(client, case):
    typed = {"held": ""} | time(**place(case) | {"day": HOLIDAY, "time": "03:00"})

    response = send(client, case, "confirm", **typed)
    assert errors(response) == [f"Friday, December 25 is a public holiday. {ASK}"]
    assert "Confirm it all the same" in response.text
    assert OfferedTime.objects.count() == 0

    send(client, case, "confirm", **typed, anyway=response.context["form"].fields["anyway"].widget.moment)
    assert OfferedTime.objects.get().status == "confirmed"


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("9999-12-31", "Choose a day within two years."),
        ("2206-03-09", "Choose a day within two years."),
        ("2028-11-30", "Choose a day within two years."),
        ("0001-01-01", "This day has passed. Choose a later one."),
        ("2025-12-08", "This day has passed. Choose a later one."),
    ],
)
@pytest.mark.parametrize("verb", ["offer", "confirm"])
def test_day_of_another_age_is_refused(client, case, verb, day, words):
    typed = place(case) | {"day": day, "time": "10:00"}

    response = send(client, case, verb, **(times(typed) if verb == "offer" else {"held": ""} | time(**typed)))

    form = response.context["form"].times[0] if verb == "offer" else response.context["form"]
    assert form.errors == {"day": [words]}
    assert OfferedTime.objects.count() == 0


@pytest.mark.parametrize("day", ["２０２６-12-08", "2026\u201112\u201108", "12/08/2026\u200e", "\u00a02026-12-08"])
def test_day_is_understood_as_typed(client, case, day):
    send(client, case, "offer", **times(place(case) | {"day": day, "time": "10:00"}))

    assert OfferedTime.objects.get().starts_at == datetime(2026, 12, 8, 15, tzinfo=UTC)


@pytest.mark.parametrize("year", ["9999", "2206", "2029", "0001"])
def test_next_try_is_within_two_years(client, case, year):
    answers = {"channel": "call", "outcome": "no-answer", "next_try_at": f"{year}-12-31T23:59"}

    response = send(client, case, "attempt", **answers)

    assert list(response.context["form"].errors) == ["next_try_at"]
    assert ContactAttempt.objects.count() == 0


def test_department_without_hours_has_the_usual_ones(db):
    row = factories.department()
    wanted = Wanted(factories.clinician(), row, None, 60)
    tuesday = datetime(2026, 12, 8, tzinfo=UTC)

    def why(hour):
        starts_at = tuesday + timedelta(hours=hour)
        return Hours.around(wanted, starts_at).why_unusual(starts_at, starts_at + timedelta(hours=1))

    assert [why(hour) for hour in (14, 21)] == ["", ""]
    assert why(13) == why(22) == "On Tuesday, December 8 the department is open from 9 am to 5 pm."


def test_address_of_a_video_is_stored_without_marks(client, case, mine):
    mine.virtual = True
    mine.save()
    mine.clinicians.get().licenses.create(state="NY")
    Request.objects.update(state="NY")
    typed = place(case) | {
        "where": "video",
        "video_link": "\u202ahttps://video.example.org/room\u202c",
        "day": "2026-12-08",
        "time": "10:00",
    }

    send(client, case, "offer", **times(typed))

    assert OfferedTime.objects.get().video_link == "https://video.example.org/room"


def test_page_of_the_verb_shows_no_box_before_it_is_needed(client, case):
    page = client.get(reverse("admin:appointments_request_offer", args=[case.pk]))

    assert "Offer it all the same" not in page.text
