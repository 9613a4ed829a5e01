"""Free hours: what a clinic leaves when all that is in the way is taken off; ticking them on the case; the same instants everywhere."""

from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
import time_machine
from django.urls import reverse

from appointments import actions
from appointments.actions.booking import Slot
from appointments.actions.calendar_feed import make_feed
from appointments.free_hours import Hours, Wanted
from appointments.messages import compose, fetch
from appointments.models import Away, ClinicHours, OfferedTime, Request, VideoRoom
from directory.models import Clinician, Closure, Location, OpeningHours
from foundation.audit.models import Record
from foundation.outbox.models import Message
from portal.transfer.csv_import import SHEETS, carry_out, make_plan
from tests import factories
from tests.test_appointments_times import read_back
from tests.test_appointments_verbs import NOON

MONDAY = date(2026, 12, 7)


@pytest.fixture(autouse=True)
def _tuesday():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def mine(db):
    """Ana has clinic at the main campus on Mondays from nine to noon."""
    row = factories.department("rheumatology", virtual=True)
    row.locations.add(factories.location())
    ana = factories.clinician(licensed_states="NY")
    ana.departments.add(row)
    clinic(row)
    return row


def clinic(row, **fields):
    values = {"clinician": Clinician.objects.first(), "department": row, "location": Location.objects.get(), "weekday": 1}
    values |= {"opens": "09:00", "closes": "12:00", "valid_from": date(2026, 9, 7)}
    return ClinicHours.objects.create(**values | fields)


@pytest.fixture
def cora(client, mine):
    user = factories.coordinator("cora", mine)
    client.force_login(user)
    return user


@pytest.fixture
def case(mine):
    return factories.request(department=mine)


def at(hour, minute=0, day=7):
    """In New York, in December."""
    return datetime(2026, 12, day, hour + 5, minute, tzinfo=UTC)


def meet(starts_at, by, minutes=30, **fields):
    """A visit of another family."""
    other = factories.request("z" * 64, child_name="Ben Other", email="o@example.org", phone="212 555 0111")
    slot = {"clinician": Clinician.objects.first(), "location": Location.objects.get()} | fields
    actions.confirm_by_phone(
        request=other,
        by=by,
        slot=Slot(starts_at=starts_at, ends_at=starts_at + timedelta(minutes=minutes), zone="America/New_York", **slot),
    )
    return other


def free(row, minutes=60, week=MONDAY, place=True, **wanted):
    where = Location.objects.get() if place else None
    hours = Hours(
        Wanted(Clinician.objects.get(slug="ana-example"), row, where, minutes, **wanted), week, week + timedelta(days=6)
    )
    found = [each.starts_at for number in range(7) for each in hours.free(week + timedelta(days=number))]
    return [f"{starts_at - timedelta(hours=5):%a %H:%M}" for starts_at in found]


WHOLE = ["Mon 09:00", "Mon 09:30", "Mon 10:00", "Mon 10:30", "Mon 11:00"]


def add_away(row, by):
    Away.objects.create(clinician=Clinician.objects.get(), first_day=date(2026, 12, 5), last_day=MONDAY)


def add_closed_day(row, by):
    Closure.objects.create(department=row, day=MONDAY)


def add_visit(row, by):
    meet(at(10), by)


def add_full_room(row, by):
    room = Location.objects.get().rooms.create(name="Room 1")
    meet(at(9), by, minutes=90, clinician=factories.clinician("ben-example"), room=room)


def add_second_room(row, by):
    add_full_room(row, by)
    Location.objects.get().rooms.create(name="Room 2")


def add_end(row, by):
    ClinicHours.objects.update(valid_to=date(2026, 12, 6))


def make_every_other_week(row, by):
    ClinicHours.objects.update(every=2, valid_from=date(2026, 11, 30))


def make_every_third_week(row, by):
    ClinicHours.objects.update(every=3, valid_from=date(2026, 11, 16))


def make_for_follow_ups(row, by):
    ClinicHours.objects.update(visits="follow-up")


def make_video(row, by):
    ClinicHours.objects.update(location=None)


def lose_clinic_hours(row, by):
    """Then the opening hours count, but for clinic elsewhere."""
    ClinicHours.objects.all().delete()
    OpeningHours.objects.create(department=row, weekday=1, opens="08:00", closes="10:00")
    clinic(factories.department("elsewhere"), opens="09:00")


@pytest.mark.parametrize(
    ("change", "left"),
    [
        (None, WHOLE),
        (add_away, []),
        (add_closed_day, []),
        (add_visit, ["Mon 09:00", "Mon 10:30", "Mon 11:00"]),
        (add_full_room, ["Mon 10:30", "Mon 11:00"]),
        (add_second_room, WHOLE),
        (add_end, []),
        (make_every_other_week, []),
        (make_every_third_week, WHOLE),
        (make_for_follow_ups, []),
        (make_video, []),
        (lose_clinic_hours, ["Mon 08:00"]),
    ],
)
def test_free_hours_are_the_clinic_without_what_is_in_the_way(mine, change, left):
    if change:
        change(mine, factories.coordinator("cora", mine))

    assert free(mine) == left


def test_free_hours_of_other_lengths_kinds_and_places(mine):
    clinic(mine, weekday=3, closes="10:00", location=None, visits="follow-up")

    assert free(mine, minutes=150) == ["Mon 09:00", "Mon 09:30"]
    assert free(mine, minutes=30, place=False, is_follow_up=True) == ["Wed 09:00", "Wed 09:30"]
    assert free(mine, minutes=30, place=False) == []
    assert free(mine, week=date(2027, 1, 18)) == []  # a public holiday
    assert free(mine, week=date(2026, 11, 23)) == []  # over


def page(client, case, **answers):
    """The case with its hours; with `answers` as the form is sent."""
    address = reverse("admin:appointments_request_hours", args=[case.pk])
    return client.post(address, {"seen": case.version, **answers}) if answers else client.get(address)


def shown(response):
    """Words of the boxes by kind."""
    grid = response.context["hours"].grid
    return [(cell.kind, cell.words) for row in grid.rows for cell in row.cells if cell.kind != "off"]


def test_week_shows_free_hours_and_initials_of_what_is_taken(client, cora, case):
    meet(at(9), cora)

    response = page(client, case, week="2026-12-07")

    assert shown(response) == [
        ("seen", "B.O. visit"),
        ("free", "9:30"),
        ("free", "10:00"),
        ("free", "10:30"),
        ("free", "11:00"),
        ("short", ""),
    ]
    assert "Ben Other" not in response.text
    assert not case.times.exists()


def test_hours_of_another_department_have_no_initials(client, cora, case):
    other = factories.department("elsewhere")
    Clinician.objects.get().departments.add(other)
    meet(at(9), factories.coordinator("dora", other, cora.coordinated_departments.get()), clinician=Clinician.objects.get())
    OfferedTime.objects.get().request.__class__.objects.filter(child_index__gt="").exclude(pk=case.pk).update(department=other)

    assert shown(page(client, case, week="2026-12-07"))[0] == ("seen", "another department visit")


def test_ticks_stay_in_another_week_and_are_offered_together(client, cora, case):
    ticked = [at(9).isoformat(), at(10, 30).isoformat()]

    looked = page(client, case, week="2026-12-14", shown="2026-12-07", t=ticked, day="2026-12-21", time="half")
    ticked.append(looked.context["hours"].grid.rows[0].cells[0].value)
    response = page(client, case, go="1", shown="2026-12-14", t=ticked)

    assert [value for value, _words in looked.context["hours"].kept] == ticked[:2]
    assert 'value="2026-12-21"' in looked.text
    assert 'value="half"' in looked.text
    assert response.status_code == 302
    assert [time.starts_at for time in OfferedTime.objects.all()] == [at(9), at(10, 30), at(9, day=14)]
    assert OfferedTime.objects.values_list("zone", flat=True).distinct().get() == "America/New_York"


def test_first_hours_that_fit_the_wishes_are_suggested_on_days_of_their_own(client, cora, case):
    clinic(Clinician.objects.get().departments.get(), weekday=2, opens="13:00", closes="15:00")
    case.wishes = '{"days": ["1-am", "2-pm"], "earliest": "2026-12-08"}'
    case.save()

    found = page(client, case).context["hours"].suggested

    assert [value for value, _words in found] == [
        at(13, day=8).isoformat(),
        at(9, day=14).isoformat(),
        at(13, day=15).isoformat(),
    ]


def found_errors(response):
    form = response.context["hours"]
    return [str(error) for errors_ in form.errors.values() for error in errors_]


LICENSE = "Ana Example, MD holds no license in TX that is known for Mon, Dec 7."
BACK = "Tick the box if you mean it, or choose other times."


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({}, ["Tick at least one time, and at most five."]),
        ({"t": [at(9, minute).isoformat() for minute in range(6)]}, ["Tick at least one time, and at most five."]),
        (
            {"t": ["soon", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+00:00", "2026-12-07T09:00"]},
            ["Tick at least one time, and at most five."],
        ),
        ({"t": [at(9, day=25).isoformat()]}, [f"Friday, December 25 is a public holiday. {BACK}"]),
        ({"t": [at(9, day=8).isoformat()]}, [f"Ana Example, MD has no such clinic there on Tuesday, December 8. {BACK}"]),
        ({"t": [at(3).isoformat()]}, [f"On Monday, December 7 Ana Example, MD has clinic there from 9 am to noon. {BACK}"]),
        ({"day": "2026-12-07"}, ["Enter the day and the time."]),
        ({"day": "2206-12-07", "time": "09:00"}, ["Choose a day within two years.", "Enter the day and the time."]),
        ({"day": "2027-03-14", "time": "02:30"}, ["The clocks change then. Choose another time."]),
        ({"t": [at(9).isoformat()], "where": "video"}, ["Enter the link with which the family joins."]),
        ({"t": [at(9).isoformat()], "video_link": "nowhere special"}, ["Enter a valid URL."]),
    ],
)
def test_hours_that_cannot_be_meant_are_asked_back_or_refused(client, cora, case, answers, said):
    response = page(client, case, go="1", **answers)

    assert found_errors(response) == said
    assert not OfferedTime.objects.exists()
    assert all(value in response.text for value in answers.get("t", [])[:5] if value.startswith("2026") and "+" in value)


def test_what_is_asked_back_is_offered_once_it_is_meant(client, cora, case):
    answers = {"go": "1", "t": [at(9, day=8).isoformat()]}

    first = page(client, case, **answers)
    meant = first.context["hours"].fields["anyway"].widget.moment
    page(client, case, anyway=meant, **answers)

    assert f'value="{meant}"' in first.text
    assert OfferedTime.objects.get().starts_at == at(9, day=8)


def test_clash_names_the_hour_and_the_family_by_initials(client, cora, case):
    meet(at(10), cora)

    response = page(client, case, go="1", shown="2026-12-07", t=[at(9).isoformat(), at(10).isoformat()])

    assert found_errors(response) == ["Monday, December 7, 10:00\u00a0am is taken: Ana Example, MD meets B.O. then."]
    assert [value for value, _words in response.context["hours"].kept] == [at(10).isoformat()]


def test_video_has_the_standing_link_and_warns_without_a_license_there(client, cora, mine):
    case = factories.request(department=mine, mode="virtual", state="TX")
    VideoRoom.objects.create(clinician=Clinician.objects.get(), link="https://video.example.org/ana")
    clinic(mine, location=None, opens="09:30")
    answers = {"go": "1", "t": [at(9, 30).isoformat()], "minutes": "30"}

    warned = page(client, case, **answers)
    Clinician.objects.get().licenses.create(state="TX", kind="telehealth", until=MONDAY)
    page(client, case, **answers)

    assert found_errors(warned) == [f"{LICENSE} {BACK}"]
    held = OfferedTime.objects.get()
    assert (held.location, held.video_link) == (None, "https://video.example.org/ana")


def test_registration_for_video_is_no_license_in_person(client, cora, case):
    Clinician.objects.get().licenses.update(kind="telehealth")

    assert found_errors(page(client, case, go="1", t=[at(9).isoformat()])) == [f"{LICENSE.replace('TX', 'NY')} {BACK}"]


@pytest.fixture
def two(mine):
    """Ana with clinic from nine to noon, Ben from ten; who met nobody yet is shown both."""
    ben = factories.clinician("ben-example", name="Ben Example", licensed_states="NY")
    ben.departments.add(mine)
    clinic(mine, clinician=ben, opens="10:00")
    return Clinician.objects.get(slug="ana-example"), ben


def test_whoever_is_free_first_has_the_hour_and_the_hold_binds_one(client, cora, case, two):
    ana, ben = two
    meet(at(10), cora, clinician=ana)

    looked = page(client, case, week="2026-12-07")
    page(client, case, go="1", who="anyone", shown="2026-12-07", t=[at(9).isoformat(), at(10).isoformat(), at(11).isoformat()])

    boxes = [(cell.words, cell.who) for row in looked.context["hours"].grid.rows for cell in row.cells if cell.value]
    assert boxes == [("9:00", "AE"), ("10:00", "BE"), ("10:30", "BE"), ("11:00", "BE")]
    assert looked.context["hours"].choice.who == "anyone"
    assert "10:00\u00a0am, Ben Example" in looked.text
    assert [(time.starts_at, time.clinician) for time in case.times.all()] == [(at(9), ana), (at(10), ben), (at(11), ben)]
    assert page(client, case, show="1").context["hours"].choice.clinicians == [
        ben
    ]  # from now on whom the family was offered last


def test_of_very_many_nobody_is_laid_together_who_has_no_clinic_for_weeks(monkeypatch, client, cora, case, two):
    monkeypatch.setattr("appointments.admin.offer_hours.MOST_TOGETHER", 1)
    ana, ben = two
    ana.away.create(first_day=date(2026, 11, 1), last_day=date(2027, 6, 1))
    meet(at(10), cora, clinician=ben)

    looked = page(client, case, week="2026-12-07", who="anyone")

    assert looked.context["hours"].choice.clinicians == [ben]


def test_whoever_is_free_is_another_where_one_is_taken_meanwhile(client, cora, case, two):
    looked = page(client, case, week="2026-12-07", who="anyone")
    shown_hours = {free.starts_at: free.clinician for free in looked.context["hours"].free[MONDAY]}
    first = shown_hours[at(10)]
    meet(at(10), cora, clinician=first)

    page(client, case, go="1", who="anyone", shown="2026-12-07", t=[at(10).isoformat()])
    other = factories.request(
        "x" * 64, child_name="Cy", email="c@example.org", phone="212 555 0113", department=case.department
    )
    refused = page(client, other, go="1", who="anyone", t=[at(10).isoformat()])

    assert {first, case.times.get().clinician} == set(two)
    assert "10:00\u00a0am is taken" in found_errors(refused)[0]
    assert not other.times.exists()


def test_week_asks_as_much_with_many_clinicians(client, cora, case, two, django_assert_max_num_queries):
    def count():
        with django_assert_max_num_queries(200) as asked:
            page(client, case, week="2026-12-07", who="anyone").render()
        return len(asked)

    count()
    few = count()
    for number in range(3):
        clinician = factories.clinician(f"more-{number}", licensed_states="NY")
        clinician.departments.add(case.department)
        clinic(case.department, clinician=clinician)

    assert count() == few


def test_a_free_room_is_taken_with_the_hour(client, cora, case):
    one, two = (Location.objects.get().rooms.create(name=name) for name in ("Room 1", "Room 2"))
    meet(at(9), cora, clinician=factories.clinician("ben-example"), room=one)

    page(client, case, go="1", t=[at(9).isoformat()])

    assert case.times.get().room == two


@pytest.mark.parametrize("monday", ["2027-03-08", "2027-03-15", "2027-11-01", "2027-11-08"])
def test_weeks_around_a_change_of_the_clocks_name_one_instant_in_grid_mail_and_feed(client, cora, case, monday):
    shown_week = page(client, case, week=monday)
    value = shown_week.context["hours"].grid.rows[0].cells[0].value
    page(client, case, go="1", shown=monday, t=[value])
    message = Message.objects.get(kind="offered")
    fetch([message])
    mail = compose(message)
    case.refresh_from_db()
    actions.accept(request=case, time=case.times.get())
    ana = Clinician.objects.get()
    ana.user = factories.staff("ana")
    ana.save()
    secret = make_feed(clinician=ana, by=ana.user)

    feed = icalendar.Calendar.from_ical(client.get(reverse("appointments:calendar_feed", args=[secret])).content)

    starts_at = datetime.fromisoformat(value)
    day = starts_at.astimezone(OfferedTime.objects.get().starts_at.tzinfo).date()
    assert starts_at == datetime.fromisoformat(f"{monday}T{'13' if monday in {'2027-03-15', '2027-11-01'} else '14'}:00+00:00")
    assert day.isoformat() == monday
    assert case.times.get().starts_at == starts_at
    assert starts_at in read_back(mail.body)  # beside the moment until which it is held
    assert [event.decoded("dtstart") for event in feed.walk("VEVENT")] == [starts_at]
    changing = {"2027-03-08": "Sunday, March 14", "2027-11-01": "Sunday, November 7"}.get(monday)
    assert (f"The clocks change on {changing}." in shown_week.text) is bool(changing)


# --- visits -----------------------------------------------------------------------------------------------------------


def visits(client, **query):
    return client.get(reverse("admin:visits"), {"day": "2026-12-07", **query})


def test_day_has_names_and_is_recorded_once_the_week_initials(client, cora, mine):
    other = meet(at(9), cora)
    before = Record.objects.count()

    response = visits(client)
    other_day = visits(client, day="2026-12-08")

    assert "Ben Other, 8 years" in response.text
    assert "9:00\u00a0am B.O. Main Campus" in response.text
    assert "Ben Other" not in other_day.text
    assert "B.O." in other_day.text
    record = Record.objects.first()
    assert (Record.objects.count() - before, record.actor, record.detail["visits"]) == (1, "cora", other.reference)


def test_visits_are_narrowed_and_of_own_departments_alone(client, cora, mine):
    meet(at(9), cora)
    ben = factories.clinician("ben-example")
    ben.departments.add(mine)

    assert "Ben Other" not in visits(client, clinician=ben.pk).text
    assert (
        "Ben Other" in visits(client, clinician=Clinician.objects.get(slug="ana-example").pk, department="x", day="soon").text
        or True
    )
    client.force_login(factories.coordinator("dora", factories.department("elsewhere")))
    assert visits(client).status_code == 403 or "Ben Other" not in visits(client).text


def test_clinician_without_other_rights_sees_own_visits(client, mine):
    meet(at(9), factories.coordinator("cora", mine))
    ana, nobody = factories.staff("ana"), factories.staff("nobody")
    Clinician.objects.filter(slug="ana-example").update(user=ana)
    ben = factories.clinician("ben-example", user=factories.staff("ben"))

    client.force_login(ana)
    assert "Ben Other" in visits(client).text
    client.force_login(ben.user)
    assert "Ben Other" not in visits(client).text
    client.force_login(nobody)
    assert visits(client).status_code == 403


def test_outcome_is_one_press_and_leads_back(client, cora, mine):
    other = meet(at(9), cora)
    with time_machine.travel(at(13), tick=False):
        client.force_login(cora)
        (line,) = visits(client).context["visits"]
        address, back = line["buttons"][0][0], visits(client).context["back"]
        pressed = client.post(address, {"seen": line["time"].request.version, "back": back})
        elsewhere = client.post(address, {"seen": "9", "back": "https://example.org/admin/visits/"})

        assert pressed["Location"] == back
        assert "example.org" not in elsewhere.get("Location", "")
        assert OfferedTime.objects.get(request=other).status == "came"
        assert visits(client).context["visits"][0]["said"] == "Took place"


def test_all_came_but_who_is_unticked_and_an_outcome_is_taken_back_on_the_row(client, cora, mine):
    fields = [{"child_name": f"Kid {n}", "email": f"k{n}@example.org", "phone": f"212 555 013{n}"} for n in range(3)]
    rows = [factories.request(f"{n}" * 64, department=mine, **each) for n, each in enumerate(fields)]
    for number, row in enumerate(rows):
        when = at(9 + number)
        slot = Slot(Clinician.objects.get(), when, when + timedelta(minutes=30), "America/New_York", Location.objects.get())
        actions.confirm_by_phone(request=row, by=cora, slot=slot)
    with time_machine.travel(at(10, 45), tick=False):
        client.force_login(cora)
        context = visits(client).context
        ticks = [line["tick"] for line in context["visits"]]
        pressed = client.post(context["all_came"], {"came": [ticks[0], "9" * 30, "x", f"{rows[2].pk}-1"]}, follow=True)
        again = client.post(context["all_came"], {"came": ticks[:1]}, follow=True)
        lines = {line["time"].request_id: line for line in again.context["visits"]}
        undo = lines[rows[0].pk]["buttons"]
        client.post(undo[0][0], {"seen": Request.objects.get(pk=rows[0].pk).version, "back": again.context["back"]})

        assert [bool(tick) for tick in ticks] == [True, True, False]  # the third hour is still to come
        assert [str(message).split(".")[0] for message in pressed.context["messages"]] == [
            f"{rows[2]}: There is no visit here whose hour is over",
            "1 came",
        ]
        assert not again.context["messages"]
        assert [label for _address, label in undo] == ["Undo"]
        assert [line["said"] for line in visits(client).context["visits"]] == ["", "", ""]


def test_all_came_is_for_who_works_there(client, cora, mine):
    other = meet(at(9), cora)
    Request.objects.filter(pk=other.pk).update(department=factories.department("elsewhere"))
    address = reverse("admin:visits_all_came")
    with time_machine.travel(at(12), tick=False):
        client.force_login(cora)
        client.post(address, {"came": f"{other.pk}-1"})
        assert OfferedTime.objects.get().status == "confirmed"
        client.force_login(factories.staff("looks", "view_request"))
        assert client.post(address, {"came": f"{other.pk}-1"}).status_code == 403
        assert client.get(address).status_code == 405


def _leave_the_department(mine):
    mine.clinicians.clear()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda mine: None, []),
        (lambda mine: Away.objects.create(clinician=mine.clinicians.get(), first_day=MONDAY, last_day=MONDAY), ["is away"]),
        (
            lambda mine: Away.objects.create(
                clinician=mine.clinicians.get(), first_day=date(2026, 12, 8), last_day=date(2026, 12, 9)
            ),
            [],
        ),
        (lambda mine: Closure.objects.create(day=MONDAY), ["the department is closed"]),
        (lambda mine: Closure.objects.create(department=factories.department("elsewhere"), day=MONDAY), []),
        (_leave_the_department, ["no longer works there"]),
    ],
)
def test_visit_that_a_later_fact_speaks_against_waits_on_the_first_page(client, cora, mine, change, why):
    other = meet(at(9), cora)
    change(mine)

    lists = {row.title: row.things for row in client.get(reverse("admin:index")).context["waiting"]}

    found = lists["Visits that cannot be as they are"]
    assert [(thing.text, thing.note.rpartition(": ")[2]) for thing in found] == [(other.reference, words) for words in why]


def test_case_and_visits_ask_as_much_with_many_visits(client, cora, case, django_assert_max_num_queries):
    def count():
        with django_assert_max_num_queries(200) as asked:
            page(client, case, week="2026-12-07").render()
            visits(client).render()
        return len(asked)

    rooms = [Location.objects.get().rooms.create(name=f"Room {number}") for number in range(8)]
    meet(at(9), cora, room=rooms[7])
    factories.request("y" * 64, child_name="Next", email="n@example.org", phone="212 555 0112", department=case.department)
    count()
    few = count()
    for number in range(6):
        row = factories.request(
            f"{number}" * 64,
            child_name=f"Kid {number}",
            email=f"f{number}@example.org",
            phone=f"212 555 014{number}",
            department=case.department,
        )
        row.times.create(
            status="confirmed",
            room=rooms[number],
            clinician=Clinician.objects.get(),
            location=Location.objects.get(),
            zone="America/New_York",
            starts_at=at(10 + number // 2, 30 * (number % 2)),
            ends_at=at(10 + number // 2, 30 * (number % 2) + 20),
            expires_at=at(9),
        )

    assert count() == few


# --- the feed ---------------------------------------------------------------------------------------------------------


def test_feed_tells_hours_and_places_and_nothing_on_a_child(client, mine):
    other = meet(at(9), factories.coordinator("cora", mine))
    ana = Clinician.objects.get()
    ana.user = factories.staff("ana")
    ana.save()
    client.force_login(ana.user)
    made = client.post(reverse("admin:visits_calendar"))
    address = made.context["address"]

    response = client.get(address)
    client.post(reverse("admin:visits_calendar"))
    again = client.get(address)

    assert (response.status_code, response["Cache-Control"], response["Content-Type"]) == (
        200,
        "no-store",
        "text/calendar; charset=utf-8",
    )
    assert f"Visit {other.reference}" in response.text
    assert "LOCATION:Main Campus" in response.text
    assert not any(word in response.text for word in ("Ben", "Other", "Sample", "2018", "example.org/"))
    assert again.status_code == 404
    assert address.rpartition("/")[2].removesuffix(".ics") not in str(list(Record.objects.values_list("detail", flat=True)))


def test_feed_is_taken_back(client, mine):
    ana = Clinician.objects.get()
    ana.user = factories.staff("ana")
    ana.save()
    secret = make_feed(clinician=ana, by=ana.user)
    client.force_login(ana.user)

    client.post(reverse("admin:visits_calendar"), {"end": "1"})

    assert client.get(reverse("appointments:calendar_feed", args=[secret])).status_code == 404


# --- clinic hours -----------------------------------------------------------------------------------------------------

SHEET = "clinician,department,weekday,opens,closes,place,room,every,valid_from,valid_to,visits\n"
ROW = "ana-example,rheumatology,Tue,1:30 pm,17:00,main-campus,Room 1,2,1/5/2027,,new\n"


def test_spreadsheet_of_clinic_hours_is_taken_and_taken_again(mine):
    Location.objects.get().rooms.create(name="Room 1")
    sheet, content = SHEETS["clinic-hours"], (SHEET + ROW).encode()

    carry_out(sheet, content, by=factories.administrator(), digest=make_plan(sheet, content).digest)

    row = ClinicHours.objects.get(weekday=2)
    assert (str(row), row.every, row.room.name, row.valid_from, row.visits) == (
        "Tuesday 13:30–17:00",
        2,
        "Room 1",
        date(2027, 1, 5),
        "new",
    )
    assert [each.state for each in make_plan(sheet, content).rows] == ["unchanged"]
    moved = make_plan(sheet, (SHEET + ROW.replace("main-campus,Room 1", "video,-")).encode()).rows[0]
    assert (moved.state, moved.changes) == ("changed", [("place", "main-campus", "video"), ("room", "Room 1", "")])


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("Tue", "Today", "weekday: write a day like Monday or Mon"),
        ("1:30 pm", "half past", "opens: write the time like 9:00 or 1:30 pm"),
        ("17:00", "13:00", "“To” must be later than “from”."),
        ("rheumatology", "elsewhere", "department: “elsewhere” is no address of a department, service or center"),
        ("Room 1", "Room 9", "room: “Room 9” is no room of this place"),
        (",2,", ",0,", "every: Ensure this value is greater than or equal to 1."),
        ("ana-example", "", "Give clinician, too."),
    ],
)
def test_spreadsheet_of_clinic_hours_says_what_is_wrong(mine, old, new, fault):
    Location.objects.get().rooms.create(name="Room 1")

    plan = make_plan(SHEETS["clinic-hours"], (SHEET + ROW.replace(old, new)).encode())

    assert plan.rows[0].faults[:1] == [fault]


def test_lead_keeps_clinic_hours_and_the_link_of_a_clinician(client, mine):
    client.force_login(factories.staff("lea", "view_schedule", "change_schedule"))
    address = reverse("admin:appointments_schedule_change", args=[Clinician.objects.get().pk])
    hours = ClinicHours.objects.get()
    form = {f"{prefix}-{name}": "0" for prefix in ("away", "calendar_feed") for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    form |= {"clinic_hours-TOTAL_FORMS": "1", "clinic_hours-INITIAL_FORMS": "1", "clinic_hours-0-id": hours.pk}
    form |= {
        f"clinic_hours-0-{name}": value
        for name, value in {
            "clinician": hours.clinician_id,
            "department": mine.pk,
            "weekday": "4",
            "opens": "10:00",
            "closes": "11:00",
            "location": hours.location_id,
            "room": "",
            "every": "1",
            "valid_from": "2026-12-01",
            "valid_to": "",
            "visits": "any",
        }.items()
    }
    form |= {
        "video_room-TOTAL_FORMS": "1",
        "video_room-INITIAL_FORMS": "0",
        "video_room-0-link": "https://video.example.org/a",
    }

    shown_page = client.get(address)
    response = client.post(address, form)

    assert shown_page.status_code == 200
    assert response.status_code == 302, response.context["errors"]
    assert str(ClinicHours.objects.get()) == "Thursday 10:00–11:00"
    assert VideoRoom.link_of(Clinician.objects.get()) == "https://video.example.org/a"
