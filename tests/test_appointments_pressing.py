"""A button pressed twice, one after another or at once: done once, and both answers lead to what was done."""

import re
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import call_command
from django.urls import reverse

from appointments import actions
from appointments.actions.booking import Slot
from appointments.models import FamilyAct, OfferedTime, Request
from directory.models import Department
from foundation.adminkit.models import SentForm
from foundation.outbox.models import Message
from tests import factories
from tests.admin_forms import told
from tests.clients import Client
from tests.parallel import at_once
from tests.reading import text

NOW = datetime(2027, 3, 2, 15, 0, tzinfo=UTC)  # Tuesday, 10 am in New York
VISIT = datetime(2027, 3, 9, 15, 0, tzinfo=UTC)
BORN = {"born_month": "4", "born_day": "3", "born_year": "2018"}
CONTACT = {"phone": "646 555 0111", "email": "pat@example.org", "how": "email"}
FAMILY = {
    "accept": ({}, "The time is yours."),
    "other": ({"words": "Mondays"}, "We have your answer, and look for other times."),
    "withdraw": ({"words": "It is better"}, "Your request is withdrawn."),
    "words": ({"words": "We moved"}, "We have your words, and read them before we go on."),
    "contact": (CONTACT, "Your contact details are changed."),
}
STAFF = [
    "take",
    "assign",
    "give-back",
    "attempt",
    "offer",
    "confirm",
    "cancel-visit",
    "ask",
    "note",
    "read",
    "hand-over",
    "merge",
    "close",
    "undo",
    "came",
    "reopen",
]


def on_postgresql_too(names, *these):
    """All stand on the same table of what was sent: a few show that PostgreSQL holds it."""
    return [pytest.param(name, marks=pytest.mark.databases if name in these else ()) for name in names]


def clinic():
    row = factories.department()
    row.locations.add(factories.location())
    factories.clinician().departments.add(row)
    return row


def slot(at=VISIT, minutes=45):
    department = Department.objects.get(slug="rheumatology")
    ends_at = at + timedelta(minutes=minutes)
    return Slot(department.clinicians.get(), at, ends_at, "America/New_York", department.locations.get())


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as moment:
        yield moment


def family(row):
    """A browser to which the request is open, and what it finds in the hidden answers of a page."""
    client = Client()
    client.post(f"/appointments/r/{row.link}/unlock/", BORN)
    return client


def hidden(client, address):
    page = client.get(address).content.decode()
    form = page.partition("<main")[2].rpartition("</form>")[0]
    return dict(re.findall(r'type="hidden" name="(?!csrf)(\w+)" value="([^"]*)"', form))


def state(row):
    row.refresh_from_db()
    kinds = sorted(Message.objects.exclude(status="dropped").values_list("kind", flat=True))
    return row.status, row.version, row.events.count(), row.notes.count(), FamilyAct.objects.count(), kinds


def prepared(name):
    row = factories.request(department=clinic())
    cora = factories.coordinator("cora", row.department)
    actions.offer(request=row, by=cora, slots=[slot()])
    below = f"/appointments/r/{row.link}/{name}/"
    address = f"{below}?time={OfferedTime.objects.get().pk}" if name == "accept" else below
    client = family(row)
    return row, client, below, hidden(client, address) | FAMILY[name][0]


@pytest.mark.parametrize("name", FAMILY)
def test_family_presses_twice(db, name):
    row, client, below, answers = prepared(name)
    client.post(below, answers)
    once = state(row)

    second = client.post(below, answers, follow=True)

    assert state(row) == once
    assert FAMILY[name][1] in text(second)
    assert not any(word in text(second) for word in ("no longer held", "There is a problem", "meanwhile"))


@pytest.mark.parametrize("name", on_postgresql_too(FAMILY, "accept", "words"))
def test_family_presses_many_times_at_once(own, name):
    row, client, below, answers = prepared(name)

    def press(_number):
        browser = Client()
        browser.cookies = client.cookies
        return browser.post(below, answers)["Location"]

    where = at_once(press, range(4))

    assert set(where) == {f"/appointments/r/{row.link}/?done={name}"}
    assert FamilyAct.objects.count() == 1
    assert row.notes.count() == (name in {"other", "withdraw", "words"})
    assert row.events.count() == 2 + (name in {"accept", "other", "withdraw"})


@pytest.mark.django_db
def test_same_words_in_a_form_opened_anew_are_words_of_their_own():
    row, client, below, answers = prepared("words")

    client.post(below, answers)
    client.post(below, hidden(client, below) | {"words": answers["words"]})

    assert row.notes.count() == 2


@pytest.mark.django_db
def test_other_words_of_the_same_form_are_kept():
    row, client, below, answers = prepared("words")

    client.post(below, answers)
    client.post(below, answers | {"words": "And one thing more"})

    assert [note.words for note in row.notes.all()] == ["We moved", "And one thing more"]


@pytest.mark.django_db
def test_accepted_time_pressed_from_any_old_page_leads_to_the_visit():
    _row, client, below, answers = prepared("accept")
    client.post(below, answers)

    for page in (client.post(below, answers | {"seen": "99"}, follow=True), client.get(below, answers, follow=True)):
        assert "Your visit When Tuesday, March 9, 2027 at 10:00 am" in text(page)


@pytest.mark.django_db
def test_time_that_somebody_else_took_back_is_not_called_theirs():
    row, client, below, answers = prepared("accept")
    actions.offer(request=row, by=User.objects.get(username="cora"), slots=[slot(VISIT + timedelta(days=1))])

    assert "no longer held for you" in text(client.post(below, answers))


@pytest.mark.django_db
def test_withdrawing_again_after_staff_opened_it_says_nothing_untrue():
    _row, client, below, answers = prepared("withdraw")
    client.post(below, answers)
    actions.reopen(request=Request.objects.get(), by=User.objects.get(username="cora"))

    page = client.post(below, answers, follow=True)

    assert "Your request is withdrawn." not in text(page)
    assert Request.objects.get().status == "reading"


# --- staff ------------------------------------------------------------------------------------------------------------


def time(**changes):
    department = Department.objects.get(slug="rheumatology")
    place = f"place-{department.locations.get().pk}"
    values = {"day": "2027-03-10", "time": "10:00", "minutes": "45", "video_link": ""}
    return values | {"clinician": department.clinicians.get().pk, "where": place} | changes


def many(typed):
    counts = {"time-TOTAL_FORMS": "1", "time-INITIAL_FORMS": "0", "time-MIN_NUM_FORMS": "1", "time-MAX_NUM_FORMS": "5"}
    return counts | {f"time-0-{name}": value for name, value in typed.items()}


def given(name, row, cora, clock):
    """What is so before the press, and what is sent with it."""
    if name == "read":
        actions.add_words(request=row, words="We moved")
        return {"upto": row.notes.get().pk, "acts": FamilyAct.objects.get().pk}
    if name == "hand-over":
        return {"department": factories.department("cardiology", inbox="heart@example.org").pk, "reason": "Theirs"}
    if name == "merge":
        return {"into": factories.request("b" * 64, department=row.department, child_name="Lou Sample").pk}
    if name == "confirm":
        return {"held": actions.offer(request=row, by=cora, slots=[slot()])[0].pk}
    if name == "cancel-visit":
        actions.confirm_by_phone(request=row, by=cora, slot=slot())
    if name in {"undo", "give-back"}:
        actions.take(request=row, by=cora)
    if name == "came":
        actions.confirm_by_phone(request=row, by=cora, slot=slot(NOW + timedelta(minutes=5), 5))
        clock.shift(timedelta(minutes=15))
    if name == "reopen":
        actions.close(request=row, by=cora, reason="elsewhere", words="Seen elsewhere.")
    typed = {"attempt": {"channel": "call", "outcome": "no-answer"}, "offer": many(time()) if name == "offer" else {}}
    typed["assign"] = {"to": factories.coordinator("dora", row.department).pk} if name == "assign" else {}
    typed["cancel-visit"] = {"whose": "us"}
    typed["close"] = {"reason": "elsewhere", "words": "Seen elsewhere."}
    return typed.get(name, {"words": "Which knee?"})


def case(name, clock):
    row = factories.request(department=clinic())
    cora = factories.coordinator("cora", row.department)
    answers = given(name, row, cora, clock)
    client = Client()
    client.force_login(cora)
    address = reverse(f"admin:appointments_request_{name}", args=[row.pk])
    row.refresh_from_db()
    return row, client, address, {"seen": row.version, "once": "abc"} | answers


@pytest.mark.parametrize("name", STAFF)
def test_staff_press_twice(db, name, clock):
    row, client, address, answers = case(name, clock)
    first = client.post(address, answers)
    once = state(row)

    second = client.post(address, answers, follow=True)

    assert first.status_code == 302
    assert state(row) == once
    assert second.redirect_chain[0] == (first["Location"], 302)
    assert told(second)  # what was done, once more


@pytest.mark.parametrize("name", on_postgresql_too([name for name in STAFF if name != "read"], "ask", "confirm", "take"))
def test_staff_press_many_times_at_once(own, name, clock):
    row, client, address, answers = case(name, clock)
    before = row.events.count() + row.notes.count()

    def press(_number):
        browser = Client()
        browser.cookies = client.cookies
        return browser.post(address, answers).status_code

    assert set(at_once(press, range(4))) == {302}
    assert row.events.count() + row.notes.count() == before + 1 + (name in {"ask", "hand-over"})


@pytest.mark.django_db
def test_other_answers_on_the_same_page_are_not_taken_for_a_second_press(clock):
    _row, client, address, answers = case("ask", clock)
    client.post(address, answers)

    second = client.post(address, answers | {"words": "And since when?"})

    assert "cora changed this request meanwhile." in second.content.decode()
    assert "And since when?" in second.content.decode()


@pytest.mark.django_db
def test_colleague_who_comes_second_is_told_who_was_first(clock):
    row, client, address, answers = case("take", clock)
    client.post(address, answers)
    other = Client()
    other.force_login(factories.coordinator("dora", row.department))

    assert "cora changed this request meanwhile." in other.post(address, answers).content.decode()


@pytest.mark.django_db
def test_refused_press_counts_as_none(clock):
    _row, client, address, answers = case("close", clock)

    client.post(address, answers | {"words": " "})
    client.post(address, answers | {"seen": "99"})

    assert SentForm.objects.count() == 0
    assert client.post(address, answers).status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["take", "came"])
def test_pressed_again_on_a_page_opened_anew_nothing_is_done_once_more(name, clock):
    row, client, address, answers = case(name, clock)
    client.post(address, answers)
    once = state(row)

    again = client.post(address, answers | {"seen": row.version, "once": "def"})

    assert again.status_code == 302
    assert state(row) == once


@pytest.mark.databases
@pytest.mark.django_db
def test_presses_are_forgotten_after_a_day(clock):
    _row, client, below, answers = prepared("words")
    client.post(below, answers)

    call_command("purge", stdout=StringIO())
    kept = SentForm.objects.count()
    clock.shift(timedelta(hours=25))
    call_command("purge", stdout=StringIO())

    assert (kept, SentForm.objects.count()) == (1, 0)


# --- the next one in the queue ----------------------------------------------------------------------------------------


def walk(client, row, steps):
    """The references that “Next in the queue” leads to, one after another."""
    for _step in range(steps):
        row = client.get(reverse("admin:appointments_request_change", args=[row.pk])).context["next"]
        yield row


@pytest.mark.databases
@pytest.mark.django_db
def test_next_passes_by_a_colleague_s_and_reaches_every_other_and_comes_around(client):
    department = clinic()
    cora, dora = (factories.coordinator(name, department) for name in ("cora", "dora"))
    rows = [factories.request(f"{number:064}", child_name=f"Kid {number}") for number in range(9)]
    for number, row in enumerate(rows):
        taken = dora if number in {0, 1} else cora if number == 4 else None
        Request.objects.filter(pk=row.pk).update(due_at=NOW + timedelta(hours=number // 2), taken_by=taken)
    client.force_login(cora)

    met = [row.pk for row in walk(client, rows[0], 8)]

    assert met == [row.pk for row in [*rows[2:], rows[2]]]


@pytest.mark.databases
@pytest.mark.django_db
def test_next_goes_down_the_queue_as_it_is_shown(client):
    department = clinic()
    client.force_login(factories.coordinator("cora", department))
    visits, modes = ["new", "second-opinion", "follow-up"], ["in-person", "either"]
    for number in range(6):
        row = factories.request(f"{number:064}", child_name=f"Kid {number}", visit=visits[number % 3], mode=modes[number % 2])
        Request.objects.filter(pk=row.pk).update(due_at=NOW + timedelta(hours=9 - number // 2))
    shown = [*client.get(reverse("admin:appointments_request_changelist")).context["cl"].result_list]

    met = [*walk(client, shown[0], 6)]

    assert [row.pk for row in met] == [row.pk for row in [*shown[1:], shown[0]]]


@pytest.mark.django_db
def test_next_says_when_none_is_left(client):
    department = clinic()
    cora, dora = (factories.coordinator(name, department) for name in ("cora", "dora"))
    rows = [factories.request(f"{number:064}", child_name=f"Kid {number}") for number in range(2)]
    Request.objects.update(taken_by=dora)
    client.force_login(cora)

    page = client.get(reverse("admin:appointments_request_change", args=[rows[0].pk]))

    assert page.context["next"] is None
    assert "No other request in the queue is yours or free." in page.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["attempt", "erase"])
def test_nothing_is_chosen_beforehand(client, clock, name):
    row = factories.request(department=clinic())
    if name == "erase":
        actions.close(request=row, by=factories.administrator("lead"), reason="elsewhere", words="Done.")
    client.force_login(factories.administrator())

    page = client.get(reverse(f"admin:appointments_request_{name}", args=[row.pk])).content.decode()
    sent = client.post(reverse(f"admin:appointments_request_{name}", args=[row.pk]), {"seen": row.version})

    assert page.count('<option value="" selected>') == {"attempt": 2, "erase": 1}[name]
    assert "Choose wh" in sent.content.decode()
