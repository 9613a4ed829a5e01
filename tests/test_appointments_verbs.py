"""The verbs in the admin: small forms, who may, what is told, and what happens when somebody else was first."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core import mail
from django.urls import reverse
from icalendar import Calendar

from appointments import actions
from appointments.actions.booking import Slot
from appointments.admin.queue import RequestAdmin
from appointments.models import ContactAttempt, Note, OfferedTime, Request
from directory.models import Department, Room
from foundation.outbox.models import Message
from foundation.workflow import Refused
from tests import factories
from tests.admin_forms import told
from tests.outbox import deliver_one
from tests.parallel import at_once

ASK = "Tick the box if you mean this time, or choose another."
NOON = datetime(2026, 11, 24, 17, tzinfo=UTC)  # Tuesday noon in New York


@pytest.fixture(autouse=True)
def tuesday():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def mine(db):
    row = factories.department("rheumatology", virtual=True, offers_hold=48)
    row.locations.add(factories.location())
    factories.clinician(licensed_states="NY, NJ").departments.add(row)
    Room.objects.create(location=row.locations.get(), name="Room 4")
    return row


@pytest.fixture
def cora(client, mine):
    user = factories.coordinator("cora", mine)
    client.force_login(user)
    return user


@pytest.fixture
def case(mine):
    return factories.request(department=mine)


def address(row, name="change"):
    return reverse(f"admin:appointments_request_{name}", args=[row.pk])


def send(client, row, name, **answers):
    """Opens the verb's page, fills it in and sends it."""
    page = client.get(address(row, name))
    return client.post(address(row, name), {"seen": page.context["now"].version} | answers, follow=True)


def errors(response):
    """Everything that stands on the page as an error."""
    form = response.context["form"]
    return [words for field in form.errors.values() for words in field]


def time(number=None, **changes):
    """One time as typed: December 8, 10:00, 45 minutes, in room 4; with a number, as part of several."""
    values = {"day": "2026-12-08", "time": "10:00", "minutes": "45", "video_link": ""}
    values |= {"clinician": 1, "where": "room-1"} | changes
    return values if number is None else {f"time-{number}-{name}": value for name, value in values.items()}


def times(*typed, **place):
    """Several times as a browser sends them: three rows, the rest untouched."""
    sent = {"time-TOTAL_FORMS": "3", "time-INITIAL_FORMS": "0", "time-MIN_NUM_FORMS": "1", "time-MAX_NUM_FORMS": "5"}
    for number in range(3):
        sent[f"time-{number}-minutes"] = "60"
        if number < len(typed):
            sent |= time(number, **place | typed[number])
    return sent


@pytest.fixture
def place(mine):
    """What the selects hold."""
    return {"clinician": mine.clinicians.get().pk, "where": f"room-{Room.objects.get().pk}"}


# --- small ones -------------------------------------------------------------------------------------------------------


def test_take(client, cora, case):
    response = send(client, case, "take")

    case.refresh_from_db()
    assert told(response) == ["You work on this request now."]
    assert (case.status, case.taken_by) == ("reading", cora)


def test_attempt_in_vain_tells_when_we_try_again(client, cora, case):
    answers = {"channel": "call", "outcome": "no-answer", "next_try_at": "2026-11-25T10:30"}

    response = send(client, case, "attempt", **answers)

    attempt = ContactAttempt.objects.get()
    assert told(response) == ["Recorded. The family is told that we try again tomorrow 10:30\u00a0am."]
    assert (attempt.by, attempt.next_try_at) == (cora, datetime(2026, 11, 25, 15, 30, tzinfo=UTC))


def test_attempt_that_reached_them_has_no_next_try(client, cora, case):
    response = send(client, case, "attempt", channel="call", outcome="reached", next_try_at="")

    assert told(response) == ["Recorded: you reached the family."]


def test_next_try_at_which_nobody_works_is_asked_back(client, cora, case):
    answers = {"channel": "call", "outcome": "no-answer", "next_try_at": "2026-11-25T03:00"}

    asked = send(client, case, "attempt", **answers)
    box = asked.context["form"].fields["anyway"].widget.moment
    another = send(client, case, "attempt", **answers | {"next_try_at": "2026-11-26T10:00"}, anyway=box)  # Thanksgiving
    assert not ContactAttempt.objects.exists()
    send(client, case, "attempt", **answers, anyway=box)

    assert "The department is closed then." in asked.text
    assert "The department is closed then." in another.text
    assert ContactAttempt.objects.get().next_try_at == datetime(2026, 11, 25, 8, tzinfo=UTC)


def test_attempt_cannot_be_tried_again_in_the_past(client, cora, case):
    response = send(client, case, "attempt", channel="call", outcome="no-answer", next_try_at="2026-11-24T11:59")

    assert errors(response) == ["This moment has passed. Choose a later one."]
    assert ContactAttempt.objects.count() == 0


def test_question_and_note(client, cora, case):
    asked = send(client, case, "ask", words="Is there an MRI?")
    noted = send(client, case, "note", words="Ask Dr. Example.")

    assert told(asked) + told(noted) == ["The question stands on the family’s page.", "The note is kept. Only staff read it."]
    assert list(Note.objects.values_list("kind", "by__username")) == [("question", "cora"), ("staff", "cora")]


def test_close_and_reopen(client, cora, case):
    closed = send(client, case, "close", reason="other", words="Call us if it comes back.")
    reopened = send(client, case, "reopen")

    assert told(closed) + told(reopened) == ["Closed. The family reads your words.", "The request is open again."]
    assert "Call us if it comes back." in closed.text
    assert Request.objects.get().status == "reading"


@pytest.mark.parametrize("name", ["ask", "note", "close"])
@pytest.mark.parametrize("words", ["", "   ", "x" * 2001])
def test_words_are_needed_and_not_endless(client, cora, case, name, words):
    response = send(client, case, name, words=words, **({"reason": "other"} if name == "close" else {}))

    assert len(errors(response)) == 1
    assert Request.objects.get().status == "received"


def test_hand_over_leads_back_to_the_queue_when_the_case_is_no_longer_theirs(client, cora, case):
    other = factories.department("orthopedics", inbox="ortho@example.org")

    response = send(client, case, "hand-over", department=other.pk, reason="Theirs")
    again = client.post(address(case, "hand-over"), {"seen": 0, "department": other.pk, "reason": "Theirs"}, follow=True)
    looked = client.get(address(case), follow=True)

    queue = reverse("admin:appointments_request_changelist")
    gone = f"You handed {case} over. It waits for another department now, and is no longer in your queue."
    assert response.redirect_chain == again.redirect_chain == looked.redirect_chain == [(queue, 302)]
    assert told(response) == [f"{case} now waits for Orthopedics."]
    assert told(again) == told(response)
    assert told(looked) == [gone]
    assert Request.objects.get().events.filter(verb="handed over").count() == 1
    assert client.get(f"/admin/appointments/request/{'9' * 30}/hand-over/", follow=True).status_code == 404


def test_hand_over_pressed_twice_at_once_leads_both_to_the_queue(client, cora, case, monkeypatch):
    other = factories.department("orthopedics", inbox="ortho@example.org")
    found = RequestAdmin.get_object

    def found_before_the_first_press_was_done(self, *args, **kwargs):
        row = found(self, *args, **kwargs)
        monkeypatch.setattr(RequestAdmin, "get_object", found)
        actions.hand_over(request=Request.objects.get(), by=cora, department=other, reason="Theirs")
        return row

    monkeypatch.setattr(RequestAdmin, "get_object", found_before_the_first_press_was_done)
    response = client.post(address(case, "hand-over"), {"seen": 0, "department": other.pk, "reason": "Theirs"}, follow=True)

    assert response.redirect_chain == [(reverse("admin:appointments_request_changelist"), 302)]
    assert told(response)[0].startswith(f"You handed {case} over.")


def deaf_department(slug, **coordinator):
    row = factories.department(slug)
    if coordinator:
        fields = {"permissions": ["work_requests"]} | coordinator
        user = factories.staff(f"of-{slug}", *fields.pop("permissions"))
        type(user).objects.filter(pk=user.pk).update(**fields)
        row.coordinators.add(user)
    return row


@pytest.mark.parametrize(
    "coordinator", [{}, {"is_active": False}, {"is_staff": False}, {"permissions": []}, {"permissions": ["view_request"]}]
)
def test_hand_over_is_refused_in_words_where_nobody_receives_it(client, cora, mine, case, coordinator):
    deaf = deaf_department("orthopedics", **coordinator)
    page = client.get(address(case, "hand-over"))

    response = send(client, case, "hand-over", department=deaf.pk, reason="Theirs")

    assert [value for value, _label in page.context["form"].fields["department"].choices] == [""]
    assert "Not shown, since nobody receives their requests" in page.text
    assert errors(response) == [
        "Nobody receives requests of Orthopedics: it has no inbox and no coordinator who can sign in. Choose another, or call."
    ]
    row = Request.objects.get()
    assert (row.department, row.version, Message.objects.filter(kind="changed").count()) == (mine, 0, 0)


@pytest.mark.parametrize("receiver", ["inbox", "coordinator", "group", "superuser"])
def test_hand_over_goes_where_somebody_receives_it(client, cora, case, receiver):
    other = factories.department("orthopedics", inbox="ortho@example.org" if receiver == "inbox" else "")
    if receiver == "superuser":
        other.coordinators.add(factories.administrator())
    elif receiver != "inbox":
        user = factories.staff("otto", *(["work_requests"] if receiver == "coordinator" else []))
        user.groups.set(Group.objects.filter(name="coordinator") if receiver == "group" else [])
        other.coordinators.add(user)
    page = client.get(address(case, "hand-over"))

    response = send(client, case, "hand-over", department=other.pk, reason="Theirs")

    assert [label for _value, label in page.context["form"].fields["department"].choices][1:] == ["Orthopedics"]
    assert told(response) == [f"{case} now waits for Orthopedics."]


def test_handed_over_request_waits_on_the_first_page_of_who_receives_it(client, cora, case):
    other = factories.department("orthopedics")
    otto = factories.coordinator("otto", other)
    actions.hand_over(request=case, by=cora, department=other, reason="Theirs")
    client.force_login(otto)

    def handed():
        lists = client.get("/admin/").context["waiting"]
        return [thing.text for each in lists if each.title == "Nobody’s yet" for thing in each.things]

    before = handed()
    actions.take(request=Request.objects.get(), by=otto)

    assert (before, handed()) == ([case.reference], [])


def test_hand_over_only_to_departments_that_take_requests(client, cora, mine, case):
    closed = factories.department("mri", takes_requests=False)

    responses = [send(client, case, "hand-over", department=row.pk, reason="Theirs") for row in (closed, mine)]

    assert [len(errors(response)) for response in responses] == [1, 1]
    assert Request.objects.get().department == mine


def test_merge_offers_open_requests_of_the_same_child_or_family_without_names(client, cora, mine, case):
    same = factories.request("b" * 64, department=mine)
    sister = factories.request("c" * 64, department=mine, child_name="Lee Sample", phone="")
    parent = factories.request("d" * 64, department=mine, email="other@example.org", phone="212 555 0111")
    factories.request("9" * 64, department=mine, email="o@example.org", phone="212 555 0112", child_name="Jo Sample")
    factories.request("e" * 64, department=factories.department("orthopedics"))
    actions.close(request=factories.request("f" * 64, department=mine), by=cora, reason="elsewhere", words="Done.")

    choices = [label for value, label in client.get(address(case, "merge")).context["form"].fields["into"].choices if value]
    response = send(client, case, "merge", into=same.pk)

    assert choices == [
        f"{same}, Rheumatology, 24 Nov 2026, same child",
        f"{sister}, Rheumatology, 24 Nov 2026, another child",
        f"{parent}, Rheumatology, 24 Nov 2026, same child",
    ]
    assert told(response) == [f"This request is closed; {same} goes on."]
    assert Request.objects.get(pk=case.pk).merged_into == same


# --- times ------------------------------------------------------------------------------------------------------------


def test_offer_holds_several_times(client, cora, mine, case, place):
    mine.locations.update(time_zone="America/Chicago")

    response = send(
        client, case, "offer", **times({}, {"time": "14:30", "where": f"place-{mine.locations.get().pk}"}, **place)
    )

    first, second = OfferedTime.objects.all()
    assert told(response) == ["Offered: 2. Held for the family until Thu 12:00\u00a0noon."]
    assert (first.starts_at, first.ends_at) == (
        datetime(2026, 12, 8, 16, tzinfo=UTC),
        datetime(2026, 12, 8, 16, 45, tzinfo=UTC),
    )
    assert (first.zone, str(first.room), second.room) == ("America/Chicago", "Main Campus, Room 4", None)


def test_offer_by_video_has_a_link_and_the_clock_of_the_department(client, cora, case, place):
    link = "https://video.example.org/room"
    Request.objects.update(state="NY")

    send(client, case, "offer", **times({"where": "video", "video_link": link}, **place))

    held = OfferedTime.objects.get()
    assert (held.location, held.video_link, held.zone) == (None, link, "America/New_York")


@pytest.mark.parametrize(
    ("changes", "state", "words"),
    [
        ({"where": "video"}, "NY", "Enter the link with which the family joins."),
        ({"video_link": "https://x.example.org"}, "NY", "Leave this empty, or choose “By video”."),
        (
            {"where": "video", "video_link": "https://x.example.org"},
            "TX",
            f"Ana Example, MD holds no license in TX that is known for Tue, Dec 8. {ASK}",
        ),
        ({"day": "2027-11-07", "time": "01:30"}, "NY", "The clocks change then. Choose another time."),
        ({"day": "2027-03-14", "time": "02:30"}, "NY", "The clocks change then. Choose another time."),
        ({"minutes": "4"}, "NY", "Ensure this value is greater than or equal to 5."),
    ],
)
def test_offer_says_what_is_wrong_with_a_time(client, place, changes, state, words):
    mine = Department.objects.get()
    client.force_login(factories.coordinator("cora", mine))
    case = factories.request(department=mine, mode="either", state=state)

    response = send(client, case, "offer", **times(changes, **place))

    found = [error for form in response.context["form"].times for field in form.errors.values() for error in field]
    assert found == [words]
    assert OfferedTime.objects.count() == 0


def test_offer_needs_a_time(client, cora, case):
    response = send(client, case, "offer", **times())

    assert "This field is required." in response.text
    assert OfferedTime.objects.count() == 0


def test_offer_of_a_time_that_is_taken_keeps_what_was_typed(client, cora, mine, case, place):
    send(client, case, "offer", **times({}, **place))
    other = factories.request("b" * 64, department=mine, email="other@example.org", phone="212 555 0111")

    response = send(client, other, "offer", **times({"time": "10:15"}, **place))

    assert errors(response) == ["Tuesday, December 8, 10:15\u00a0am is taken: Ana Example, MD holds the time for K.S. now."]
    assert response.context["form"].times[0]["time"].value() == "10:15"


def test_confirm_one_of_the_held_times(client, cora, case, place):
    send(client, case, "offer", **times({}, {"time": "14:30"}, **place))
    held = OfferedTime.objects.last()

    response = send(client, case, "confirm", held=held.pk)

    assert told(response) == [
        "Confirmed: Tuesday, December 8, 2026 at 2:30\u00a0pm Eastern time (New York), Ana Example, MD, Main Campus, Room 4."
    ]
    assert Request.objects.get().status == "confirmed"
    assert OfferedTime.objects.get(status="confirmed").starts_at == held.starts_at


def test_confirming_a_held_time_asks_back_if_the_license_has_ended(client, cora, mine, case, place):
    send(client, case, "offer", **times({}, **place))
    held = OfferedTime.objects.get()
    mine.clinicians.get().licenses.update(until=date(2026, 12, 1))

    asked = send(client, case, "confirm", held=held.pk)
    send(client, case, "confirm", held=held.pk, anyway=held.starts_at.isoformat())

    why = "Ana Example, MD holds no license in NY that is known for Tue, Dec 8."
    assert asked.context["form"].errors["anyway"] == [f"{why} {ASK}"]
    assert OfferedTime.objects.get(status="confirmed").starts_at == held.starts_at


def test_confirm_another_time(client, cora, case, place):
    send(client, case, "confirm", held="", **time(**place))

    assert OfferedTime.objects.get(status="confirmed").starts_at == datetime(2026, 12, 8, 15, tzinfo=UTC)


def test_confirm_needs_one_or_the_other(client, cora, case):
    response = send(client, case, "confirm", held="")

    assert sorted(response.context["form"].errors) == ["clinician", "day", "minutes", "time", "where"]


@pytest.mark.parametrize("name", ["offer", "confirm"])
def test_family_s_wishes_stand_where_times_are_chosen(client, cora, mine, name):
    case = factories.request(department=mine, wishes='{"avoid": "Wednesdays"}')

    assert client.get(address(case, name)).context["wishes"] == [("Not then", "Wednesdays")]


# --- who was first, and undo ------------------------------------------------------------------------------------------

FIELDS = {
    "take": {},
    "attempt": {"channel": "call", "outcome": "no-answer"},
    "ask": {"reason": "other", "words": "My own words."},
    "close": {"reason": "other", "words": "My own words."},
}


@pytest.mark.parametrize("name", FIELDS)
def test_who_comes_second_is_told_who_was_first_and_keeps_the_words(client, cora, mine, case, name):
    seen = client.get(address(case, name)).context["now"].version
    actions.take(request=case, by=factories.coordinator("lena", mine))

    response = client.post(address(case, name), {"seen": seen} | FIELDS[name])

    assert errors(response) == ["lena changed this request meanwhile. Look at it again; nothing you typed was sent."]
    assert FIELDS[name].get("words", "") in response.text
    assert "Last: today 12:00\u00a0noon, lena took it." in response.text
    assert response.context["title"] is not None


def test_sent_once_more_with_the_other_s_step_in_sight_it_counts(client, cora, mine, case):
    seen = client.get(address(case, "close")).context["now"].version
    actions.take(request=case, by=factories.coordinator("lena", mine))
    second = client.post(address(case, "close"), {"seen": seen, "reason": "other", "words": "Done."})

    response = client.post(
        address(case, "close"), {"seen": second.context["now"].version, "reason": "other", "words": "Done."}, follow=True
    )

    assert told(response) == ["Closed. The family reads your words."]


@pytest.mark.parametrize("seen", ["", "x", "-"])
def test_without_what_was_seen_nothing_is_done(client, cora, case, seen):
    response = client.post(address(case, "take"), {"seen": seen})

    assert response.status_code == 200
    assert Request.objects.get().status == "received"


def test_what_is_not_possible_is_said_in_plain_words(client, cora, case):
    actions.close(request=case, by=cora, reason="elsewhere", words="Done.")

    response = send(client, case, "attempt", **FIELDS["attempt"])

    assert errors(response) == ["This request is closed. Open it again first."]


def test_undo_is_offered_for_ten_minutes(client, cora, case, tuesday):
    actions.take(request=case, by=cora)

    labels = [str(label) for _address, label in client.get(address(case)).context["at_once"]]
    tuesday.shift(timedelta(minutes=10, seconds=1))
    later = [str(label) for _address, label in client.get(address(case)).context["at_once"]]

    assert labels == ["Give it back", "Undo the last step (until today 12:10\u00a0pm)"]
    assert later == ["Give it back"]


def test_undo(client, cora, case):
    send(client, case, "close", reason="other", words="By mistake.")

    response = send(client, case, "undo")

    case.refresh_from_db()
    assert told(response) == ["The last step is taken back."]
    assert (case.status, case.ended, case.closing_reason) == ("received", "", "")


def test_undone_question_is_gone(client, cora, case):
    send(client, case, "ask", words="Wrong question?")

    send(client, case, "undo")

    assert Note.objects.count() == 0


def test_undone_question_leaves_the_times_on_offer(client, cora, case, place):
    send(client, case, "offer", **times({}, **place))
    send(client, case, "ask", words="Wrong question?")

    send(client, case, "undo")

    case.refresh_from_db()
    assert case.status == "offered"
    assert OfferedTime.objects.get().status == "offered"


def test_buttons_are_those_that_are_possible(client, cora, case):
    def labels(row):
        context = client.get(address(row)).context
        return [str(label) for _address, label in [*context["at_once"], *context["buttons"]]]

    open_ = labels(case)
    actions.close(request=case, by=cora, reason="elsewhere", words="Done.")
    with time_machine.travel(NOON + timedelta(minutes=11), tick=False):
        closed = labels(case)

    assert open_ == [
        "Take it",
        "Give it to a colleague",
        "Record a contact attempt",
        "Type times to offer",
        "Confirm by phone",
        "Ask the family",
        "Write a note for staff",
        "Hand over",
        "Merge",
        "Close",
        "New private link",
    ]
    assert closed == ["Write a note for staff", "Open again", "New private link"]


@pytest.mark.parametrize("name", ["take", "attempt", "offer", "confirm", "ask", "note", "hand-over", "merge", "close", "undo"])
def test_looking_at_a_verb_does_nothing(client, cora, case, name):
    client.get(address(case, name))

    row = Request.objects.get()
    assert (row.status, row.version, row.events.count()) == ("received", 0, 1)


# --- undoing what gave something away ---------------------------------------------------------------------------------


def held_at(day=8, hour=15, room=None):
    """An hour of December with the one clinician at the one place."""
    mine = Department.objects.get(slug="rheumatology")
    starts_at = datetime(2026, 12, day, hour, tzinfo=UTC)
    place = mine.locations.get()
    return Slot(mine.clinicians.get(), starts_at, starts_at + timedelta(hours=1), place.time_zone, place, room)


def deliver():
    """Sends everything that waits; returns the letters."""
    mail.outbox.clear()
    while deliver_one():
        pass
    return list(mail.outbox)


def calendars(letters):
    """(subject after the reference, method, number, hour) of every calendar file."""
    files = [
        (letter, part) for letter in letters for part in letter.message().walk() if part.get_content_type() == "text/calendar"
    ]
    found = []
    for letter, part in files:
        event = Calendar.from_ical(part.get_payload(decode=True)).walk("VEVENT")[0]
        at = event["dtstart"].dt.astimezone(UTC)
        found.append((letter.subject[-17:], part.get_param("method"), event["sequence"], (at.day, at.hour)))
    return found


def test_undone_taking_gives_the_request_back_to_who_had_it(client, cora, mine, case):
    lena = factories.coordinator("lena", mine)
    actions.take(request=case, by=lena)
    actions.take(request=case, by=cora)

    send(client, case, "undo")
    response = client.get(address(case))

    case.refresh_from_db()
    assert case.taken_by == lena
    assert [(entry.what, entry.more, entry.undone) for entry in response.context["history"][:2]] == [
        ("took back the last step", "lena works on it again", False),
        ("took it", "", True),
    ]


def test_undone_taking_leaves_it_to_nobody_if_nobody_had_it(client, cora, mine, case):
    actions.take(request=case, by=factories.coordinator("lena", mine))
    other = factories.department("orthopedics")
    other.coordinators.add(cora)
    actions.hand_over(request=case, by=cora, department=other, reason="Theirs")
    actions.take(request=case, by=cora)

    send(client, case, "undo")
    response = client.get(address(case))

    case.refresh_from_db()
    assert case.taken_by is None
    (undone,) = [line for line in response.context["history"] if line.what == "took back the last step"]
    assert undone.more == "nobody works on it"


def test_each_undone_taking_says_who_had_it_before(client, cora, mine, case):
    actions.take(request=case, by=factories.coordinator("lena", mine))
    actions.take(request=case, by=cora)

    send(client, case, "undo")
    send(client, case, "undo")
    response = client.get(address(case))

    case.refresh_from_db()
    assert (case.taken_by, case.status) == (None, "received")
    undid = [entry.more for entry in response.context["history"] if entry.what == "took back the last step"]
    assert undid == ["nobody works on it", "lena works on it again"]


def test_undone_confirmation_brings_the_visit_before_back_and_the_family_is_told(client, cora, case):
    actions.confirm_by_phone(request=case, by=cora, slot=held_at(day=8))
    deliver()
    actions.confirm_by_phone(request=case, by=cora, slot=held_at(day=9))
    deliver()

    response = send(client, case, "undo")
    letters = deliver()

    case.refresh_from_db()
    assert told(response) == ["The last step is taken back."]
    assert [(time.starts_at.day, time.status) for time in case.times.all()] == [(8, "confirmed"), (9, "cancelled")]
    assert (case.status, case.due_at) == ("confirmed", None)
    assert calendars(letters) == [("something changed", "REQUEST", 2, (8, 15))]
    assert "This visit stands:\nTuesday, December 8, 2026 at 10:00\u00a0am" in letters[0].body


def test_reminders_are_of_the_visit_that_came_back(client, cora, case, tuesday):
    actions.confirm_by_phone(request=case, by=cora, slot=held_at(day=8))
    actions.confirm_by_phone(request=case, by=cora, slot=held_at(day=10))
    send(client, case, "undo")
    deliver()

    tuesday.move_to(datetime(2026, 12, 7, 16, tzinfo=UTC))

    assert ["December 8" in letter.body for letter in deliver()] == [True]


def test_undone_confirmation_that_nobody_read_of_sends_nothing_more(client, cora, case, tuesday):
    actions.confirm_by_phone(request=case, by=cora, slot=held_at(day=8))
    deliver()
    tuesday.shift(1)
    actions.confirm_by_phone(request=case, by=cora, slot=held_at(day=9))

    send(client, case, "undo")

    assert deliver() == []


def test_visit_comes_back_after_times_were_offered_meanwhile(client, cora, case):
    actions.confirm_by_phone(request=case, by=cora, slot=held_at(day=8))
    actions.offer(request=case, by=cora, slots=[held_at(day=9)])
    actions.confirm_by_phone(request=case, by=cora, slot=held_at(day=9))

    send(client, case, "undo")

    case.refresh_from_db()
    assert [(time.starts_at.day, time.status) for time in case.times.all()] == [
        (8, "confirmed"),
        (9, "released"),
        (9, "cancelled"),
    ]
    assert case.status == "confirmed"


def test_second_undone_confirmation_brings_back_the_same_visit(client, cora, case):
    actions.confirm_by_phone(request=case, by=cora, slot=held_at(day=8))
    for day in (9, 10):
        actions.confirm_by_phone(request=case, by=cora, slot=held_at(day=day))
        send(client, case, "undo")
        case.refresh_from_db()

    assert case.times.get(status="confirmed").starts_at.day == 8


def test_undone_confirmation_after_a_closing_brings_nothing_back(client, cora, case):
    actions.confirm_by_phone(request=case, by=cora, slot=held_at(day=8))
    actions.close(request=case, by=cora, reason="elsewhere", words="Done.")
    actions.reopen(request=case, by=cora)
    actions.confirm_by_phone(request=case, by=cora, slot=held_at(day=9))
    deliver()

    send(client, case, "undo")
    letters = deliver()

    assert not case.times.filter(status="confirmed").exists()
    assert calendars(letters) == [("something changed", "CANCEL", 3, (9, 15))]
    assert "This visit is cancelled:\nWednesday, December 9, 2026" in letters[0].body


def test_undone_closing_brings_the_visit_back(client, cora, case):
    actions.confirm_by_phone(request=case, by=cora, slot=held_at(day=8))
    actions.close(request=case, by=cora, reason="elsewhere", words="By mistake.")
    deliver()

    send(client, case, "undo")
    letters = deliver()

    case.refresh_from_db()
    assert (case.status, case.ended, case.closing_words) == ("confirmed", "", "")
    assert calendars(letters) == [("something changed", "REQUEST", 2, (8, 15))]


@pytest.mark.parametrize("taken", ["clinician", "room", "child"])
def test_undo_is_refused_if_somebody_has_the_hour_of_the_visit_before(client, cora, mine, case, taken):
    room = Room.objects.get()
    actions.confirm_by_phone(request=case, by=cora, slot=held_at(day=8, room=room))
    actions.confirm_by_phone(request=case, by=cora, slot=held_at(day=9))
    family = {} if taken == "child" else {"email": "other@example.org", "phone": "212 555 0111"}
    other = factories.request("b" * 64, department=mine, **family)
    ben = factories.clinician("ben-example")
    changes = {"clinician": {}, "room": {"clinician": ben}, "child": {"clinician": ben, "room": None}}
    actions.confirm_by_phone(request=other, by=cora, slot=replace(held_at(day=8, room=room), **changes[taken]))
    why = {
        "clinician": "Tuesday, December 8, 10:00\u00a0am is taken: Ana Example, MD meets K.S. then.",
        "room": "Tuesday, December 8, 10:00\u00a0am: Main Campus, Room 4 is taken then.",
        "child": "Tuesday, December 8, 10:00\u00a0am: this child has another visit then.",
    }

    response = send(client, case, "undo")

    case.refresh_from_db()
    assert errors(response) == [
        f"The last step cannot be undone, since the visit before cannot come back. {why[taken]}",
    ]
    assert case.times.get(status="confirmed").starts_at.day == 9
    assert (case.status, case.events.last().verb, case.calendar_sequence) == ("confirmed", "confirmed", 1)


def test_undo_leaves_the_family_s_own_messages_alone(client, cora, case, tuesday):
    deliver()
    tuesday.shift(1)
    actions.take(request=case, by=cora)
    actions.send_link_again(reference=case.reference, email="pat@example.org")

    send(client, case, "undo")

    assert [letter.subject[-21:] for letter in deliver()] == ["the link to your page"]


def test_hour_of_the_visit_before_goes_to_one_of_those_who_want_it_at_once(own):
    department = factories.department("rheumatology")
    department.locations.add(factories.location())
    factories.clinician().departments.add(department)
    cora = factories.coordinator("cora", department)
    case, *others = [
        factories.request(f"{number:064}", email=f"p{number}@example.org", phone="", child_name=f"Kid {number}")
        for number in range(6)
    ]
    actions.confirm_by_phone(request=case, by=cora, slot=held_at(day=8))
    actions.confirm_by_phone(request=case, by=cora, slot=held_at(day=9))

    results = at_once(
        lambda row: (
            actions.undo(request=row, by=cora)
            if row == case
            else actions.confirm_by_phone(request=row, by=cora, slot=held_at(day=8))
        ),
        [case, *others],
    )

    assert [type(fault) for fault in results if isinstance(fault, Exception)] == [Refused] * 5
    assert OfferedTime.objects.filter(status="confirmed", starts_at__day=8).count() == 1
    assert case.times.filter(status="confirmed").count() == 1
