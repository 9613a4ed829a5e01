"""A visit ends as it ended, quietly; and a confirmed one stands until then, whatever else is offered or asked for."""

from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import call_command
from django.urls import reverse

from appointments import actions, status_text
from appointments.actions.privacy import copy_of
from appointments.models import Request, RequestEvent
from foundation.outbox.models import Message
from foundation.workflow import Refused
from tests import factories, visits
from tests.admin_forms import told
from tests.reading import text
from tests.visits import NOW, VISIT, sent, slot

AFTER = VISIT + timedelta(hours=2)
BORN = {"born_month": "4", "born_day": "3", "born_year": "2018"}
OVER = "Visits that are over: say how they ended"
INDEX = reverse("admin:index")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as moment:
        yield moment


@pytest.fixture
def place():
    return visits.department(virtual=True, licensed_states="NY")


@pytest.fixture
def case(place):
    return factories.request(department=place)


@pytest.fixture
def cora(client, place):
    user = factories.coordinator("cora", place)
    client.force_login(user)
    return user


@pytest.fixture
def visit(case, cora):
    return actions.confirm_by_phone(request=case, by=cora, slot=slot(case))


def page(client, row):
    address = f"/appointments/r/{row.link}/"
    client.post(address + "unlock/", BORN)
    return text(client.get(address))


def ended(row):
    row.refresh_from_db()
    return row.status, row.closing_reason, [time.status for time in row.times.all()]


def press(client, row, name, **more):
    client.force_login(User.objects.get(username="cora"))
    return client.post(reverse(f"admin:appointments_request_{name}", args=[row.pk]), {"seen": row.version} | more, follow=True)


def over(client, who="cora"):
    client.force_login(User.objects.get(username=who))
    lists = client.get(INDEX).context["waiting"]
    return [thing for row in lists if row.title == OVER for thing in row.things]


# --- how a visit ended ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "how", "said"),
    [("came", "came", "Your visit took place."), ("missed", "missed", "Your visit did not take place.")],
)
def test_one_press_closes_quietly_with_what_happened(client, case, cora, visit, clock, verb, how, said):
    sent()
    clock.move_to(AFTER)

    answer = press(client, case, verb)

    assert "The family is sent nothing." in told(answer)[0]
    assert ended(case) == ("closed", how, [how])
    assert sent() == []
    read = page(client, case)
    assert f"Closed. {said}" in read
    assert "cancelled" not in read
    assert "Put it into your calendar" not in read


@pytest.mark.parametrize("at", [VISIT - timedelta(days=1), VISIT + timedelta(minutes=10)])
def test_visit_that_is_not_over_cannot_be_said_to_have_ended(client, case, cora, visit, clock, at):
    clock.move_to(at)

    answer = press(client, case, "came")

    assert "There is no visit here whose hour is over." in answer.content.decode()
    assert ended(case) == ("confirmed", "", ["confirmed"])
    assert over(client) == []


def test_first_page_lists_visits_that_are_over_with_a_button_for_each_end(client, case, cora, visit, clock):
    clock.move_to(AFTER)
    (thing,) = over(client)
    other = factories.request("b" * 64, department=case.department)
    queue = client.get(next(row.every for row in client.get(INDEX).context["waiting"] if row.title == OVER))
    assert [*queue.context["cl"].result_list] == [case] != [other]
    assert "Say whether they came" in queue.text
    came = next(address for address, label in thing.buttons if label == "They came")

    answer = client.post(came, {"seen": thing.version, "back": "index"})

    assert (thing.text, thing.note) == (case.reference, "Tuesday, March 9, 10:00\u00a0am, Ana Example, MD")
    assert answer["Location"] == INDEX
    assert ended(case)[0] == "closed"
    assert over(client) == []


def test_visits_of_another_department_are_not_listed(client, case, cora, visit, clock):
    clock.move_to(AFTER)
    factories.coordinator("dora", factories.department("cardiology"))

    assert over(client, "dora") == []


@pytest.mark.parametrize("verb", ["came", "missed"])
def test_undo_takes_it_back(client, case, cora, visit, clock, verb):
    clock.move_to(AFTER)
    press(client, case, verb)
    case.refresh_from_db()
    sent()

    press(client, case, "undo")

    assert ended(case) == ("confirmed", "", ["confirmed"])
    assert sent() == []
    assert len(over(client)) == 1


@pytest.mark.parametrize("came", [True, False])
def test_family_that_was_seen_is_erased_after_retention(case, cora, visit, clock, settings, came):
    settings.RETENTION_DAYS = 30
    clock.move_to(AFTER)
    actions.record_outcome(request=case, by=cora, came=came)
    clock.move_to(AFTER + timedelta(days=31))

    call_command("purge", stdout=StringIO())

    assert Request.objects.get().child_name == ""


def test_visit_nobody_said_anything_of_ends_by_the_clock_and_is_erased_after_retention(
    client, case, cora, visit, clock, settings
):
    settings.RETENTION_DAYS = 30
    case.refresh_from_db()
    left = []
    for days in (13, 14, 43, 44):
        clock.move_to(visit.ends_at + timedelta(days=days))
        call_command("purge", stdout=StringIO())
        row = Request.objects.get()
        if days == 14:
            while_it_is_kept = page(client, row)
            client.force_login(cora)
            closed = client.get(reverse("admin:appointments_request_changelist"), {"turn": "closed"})
        left.append((row.is_open, Request.objects.open().count(), row.child_name))

    assert "Your visit is over, and so is this request." in while_it_is_kept
    assert [*closed.context["cl"].result_list] == [case]
    assert left == [(True, 1, "Kim Sample"), *[(False, 0, "Kim Sample")] * 2, (False, 0, "")]
    assert ended(case) == ("closed", "unknown", ["over"])
    assert (case.closed_at, case.ended) == (visit.ends_at + timedelta(days=14), "clock")


def test_answer_that_comes_late_is_taken_and_keeps_nothing_for_longer(case, cora, visit, clock):
    case.refresh_from_db()
    clock.move_to(visit.ends_at + timedelta(days=20))
    for act in (actions.withdraw, actions.ask_for_other_times):
        with pytest.raises(Refused):
            act(request=case)

    actions.record_outcome(request=case, by=cora, came=True)

    assert ended(case) == ("closed", "came", ["came"])
    assert case.closed_at == visit.ends_at + timedelta(days=14)


def test_closing_after_the_visit_cancels_nothing(client, case, cora, visit, clock):
    sent()
    clock.move_to(AFTER)

    actions.close(request=case, by=cora, reason="elsewhere", words="All is well.")

    (letter,) = sent()
    assert "cancelled" not in letter.body
    assert letter.attachments == []
    assert ended(case) == ("closed", "elsewhere", ["over"])
    assert "Your visit was on this day. It is over." in page(client, case)


def test_closing_before_the_visit_still_cancels_it(case, cora, visit):
    sent()

    actions.close(request=case, by=cora, reason="elsewhere", words="The clinician is ill.")

    (letter,) = sent()
    assert "This visit is cancelled:\nTuesday, March 9, 2027" in letter.body
    assert len(letter.attachments) == 1


def test_withdrawing_after_the_visit_cancels_nothing(case, visit, clock):
    sent()
    clock.move_to(AFTER)

    actions.withdraw(request=case)

    assert [("cancelled" in letter.body, letter.attachments) for letter in sent()] == [(False, [])]
    assert ended(case) == ("closed", "withdrawn", ["over"])


def test_confirming_the_next_visit_leaves_the_one_before_over(case, cora, visit, clock):
    clock.move_to(AFTER)

    actions.confirm_by_phone(request=case, by=cora, slot=slot(case, AFTER + timedelta(days=7)))

    assert ended(case) == ("confirmed", "", ["over", "confirmed"])


def test_outcome_of_a_visit_leaves_a_following_one_on_offer(case, cora, visit, clock):
    clock.move_to(AFTER)
    actions.offer(request=case, by=cora, slots=[slot(case, AFTER + timedelta(days=7))])

    actions.record_outcome(request=case, by=cora, came=True)

    assert ended(case) == ("offered", "", ["came", "offered"])


def test_closed_request_is_not_closed_once_more(case, cora, visit, clock):
    clock.move_to(AFTER)
    actions.record_outcome(request=case, by=cora, came=True)
    sent()

    with pytest.raises(Refused, match="closed already"):
        actions.close(request=case, by=cora, reason="elsewhere", words="Done.")
    with pytest.raises(Refused):
        actions.withdraw(request=case)

    assert ended(case)[:2] == ("closed", "came")
    assert sent() == []


def test_page_speaks_of_a_visit_that_is_over_in_the_past(client, case, visit, clock):
    clock.move_to(AFTER)

    read = page(client, case)

    assert "Your visit is over. If you need anything more from us, write to us here or call us." in read
    assert "Your visit was on this day. It is over." in read
    assert "Your visit is confirmed" not in read
    assert "Put it into your calendar" not in read


# --- a confirmed visit stands -----------------------------------------------------------------------------------------


def test_visit_stands_beside_an_offer_and_after_it_lapsed(client, case, cora, visit, clock):
    actions.offer(request=case, by=cora, slots=[slot(case, VISIT + timedelta(days=1))])
    beside = page(client, case)
    clock.move_to(NOW + timedelta(days=5))
    lapsed = page(client, case)

    assert "Confirmed. Your visit is confirmed. We hold the times we offered for you until" in beside
    assert "Choose this time" in beside
    assert "Confirmed. Your visit is confirmed. If the time no longer suits you, ask us for another one." in lapsed
    assert "no longer held" not in lapsed
    for read in (beside, lapsed):
        assert "Your visit When Tuesday, March 9, 2027 at 10:00" in read
    assert Request.objects.overdue().count() == 0
    calendar = client.get(f"/appointments/r/{case.link}/calendar.ics").content.decode()
    assert "DTSTART;TZID=America/New_York:20270309T100000" in calendar


def test_visit_stands_after_asking_for_other_times(client, case, cora, visit, clock):
    actions.ask_for_other_times(request=case, words="Mondays")

    read = page(client, case)

    assert "Confirmed. Your visit is confirmed. We will contact you by Thursday, March 4, 2027" in read
    assert "Until we agree on another time, your visit stays as it is." in read
    clock.move_to(NOW + timedelta(days=3))
    assert list(Request.objects.overdue()) == [case]  # what we promised them is late, and they keep their visit


@pytest.mark.parametrize("moved_by", ["took", "asked", "tried"])
def test_visit_stands_whatever_staff_do_beside_it(client, case, cora, visit, moved_by):
    acts = {
        "took": lambda: actions.take(request=case, by=cora),
        "asked": lambda: actions.ask_question(request=case, by=cora, words="Which knee?"),
        "tried": lambda: actions.record_attempt(request=case, by=cora, channel="call", outcome="no-answer"),
    }

    acts[moved_by]()

    assert "Confirmed. Your visit is confirmed." in page(client, case)


def test_reminders_and_the_mail_of_the_visit_stand_too(case, cora, visit, clock):
    actions.offer(request=case, by=cora, slots=[slot(case, VISIT + timedelta(days=1))])
    actions.ask_for_other_times(request=case, words="Mondays")
    sent()
    clock.move_to(VISIT - timedelta(hours=24))

    assert [letter.subject for letter in sent()] == [f"Your appointment {case.reference}: a reminder"]


def test_lapsed_offer_without_a_visit_is_still_overdue(case, cora, clock):
    actions.offer(request=case, by=cora, slots=[slot(case)])
    clock.move_to(NOW + timedelta(days=4))

    assert list(Request.objects.overdue()) == [case]


def test_withdrawing_names_the_visit_it_cancels(client, case, visit):
    page(client, case)

    read = text(client.get(f"/appointments/r/{case.link}/withdraw/"))

    assert "This visit is then cancelled: Tuesday, March 9, 2027 at 10:00 am Eastern time (New York), Main Campus" in read


def test_question_that_waits_stands_beside_the_state(client, case, cora, visit):
    actions.ask_question(request=case, by=cora, words="Which knee?")
    asked = page(client, case)
    actions.add_words(request=case, words="The left one")

    assert "ask us for another one. Now it is your turn: We have a question for you Your visit" in asked
    assert "We have a question for you" not in page(client, case)


@pytest.mark.parametrize("typed", ["", "  \n "])
def test_asking_for_other_times_says_which(client, case, visit, typed):
    page(client, case)

    read = text(client.post(f"/appointments/r/{case.link}/other/", {"seen": case.version, "words": typed}))

    assert "Enter days or times that suit you" in read
    assert RequestEvent.objects.filter(verb="other times").count() == 0


# --- what the words say -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["confirmed", "reminder"])
def test_mail_of_a_video_visit_does_not_speak_of_the_way(case, cora, clock, kind):
    actions.confirm_by_phone(request=case, by=cora, slot=slot(case, location=None, video_link="https://video.example.org/r"))
    clock.move_to(VISIT - timedelta(hours=24))
    by_video = next(letter.body for letter in sent() if kind in letter.subject)

    assert "the way here" not in by_video
    assert "you find how to join by video and what to have ready" in " ".join(by_video.split())


def test_mail_of_a_visit_in_person_speaks_of_the_way(case, visit):
    assert any("the way here and what to bring" in letter.body for letter in sent())


@pytest.mark.parametrize("how", ["withdraw", "merge", "close"])
def test_mail_of_the_end_says_it_once_and_points_only_to_a_reason_that_is_there(case, cora, how):
    sent()
    other = factories.request("b" * 64, department=case.department)
    ends = {
        "withdraw": lambda: actions.withdraw(request=case, words="We are well"),
        "merge": lambda: actions.merge(request=case, by=cora, into=other),
        "close": lambda: actions.close(request=case, by=cora, reason="elsewhere", words="Seen elsewhere."),
    }
    ends[how]()

    body = next(letter.body for letter in sent() if "is closed" in letter.subject)

    assert "You withdrew your request." not in body
    assert body.count("became part of") + body.count("You withdrew") + body.count("We closed") == 1
    assert ("Why it was closed stands on your page." in body) == (how == "close")


@pytest.mark.parametrize("asker", ["patient", "parent"])
def test_patient_reads_you_where_a_parent_reads_of_the_child(client, place, cora, asker):
    row = factories.request(department=place, asker=asker)
    actions.close(request=row, by=cora, reason="elsewhere", words="Seen elsewhere.")

    letters = " ".join(letter.body for letter in sent())

    assert ("your child" in letters, "your health" in letters) == (asker == "parent", asker == "patient")
    assert ("If you still need a visit" in status_text.promise(row)) == (asker == "patient")


def test_copy_lacks_the_link_and_says_what_happened_in_the_familys_language(place, cora):
    row = factories.request(department=place, site_language="es")
    actions.record_attempt(request=row, by=cora, channel="call", outcome="no-answer")
    actions.withdraw(request=row)

    copy = copy_of(row, by=factories.administrator())

    assert row.link not in copy
    assert "2018" in copy
    assert "Recibimos su solicitud." in copy
    assert "Usted retiró su solicitud." in copy
    assert [word for word in ("received\n", "Verb", "withdrew", "Kind: ", "Before", "After", ": closed") if word in copy] == []


@pytest.mark.parametrize("asker", ["patient", "parent"])
def test_copy_says_what_the_family_did_on_its_page_in_words(case, place, cora, asker):
    row = factories.request(
        "b" * 64, department=place, asker=asker, child_name="Lee Sample", email="lee@example.org", phone=""
    )
    actions.confirm_by_phone(request=row, by=cora, slot=slot(row))
    row.refresh_from_db()
    actions.offer(request=row, by=cora, slots=[slot(row, at=VISIT + timedelta(days=1))])
    row.refresh_from_db()
    actions.accept(request=row, time=row.times.on_offer().get())
    actions.mark_read(request=row, by=cora, upto=0, acts=row.family_acts.last().pk)

    copy = copy_of(row, by=factories.administrator())

    assert "Your visit: Wednesday, March 10, 2027 at 10:00\xa0am Eastern time (New York)" in copy
    assert "Visit that you gave back: Tuesday, March 9, 2027 at 10:00\xa0am Eastern time (New York)" in copy
    assert [word for word in ("Taken", "Freed", "Seen at", " UTC") if word in copy] == []
    assert ("Child’s name: Lee Sample" in copy, "Name on records: Lee Sample" in copy) == (
        asker == "parent",
        asker == "patient",
    )


def test_outcomes_tell_nobody_but_the_record(client, case, cora, visit, clock):
    clock.move_to(AFTER)
    before = Message.objects.count()

    press(client, case, "missed")

    assert Message.objects.count() == before
    history = client.get(reverse("admin:appointments_request_change", args=[case.pk])).content.decode()
    assert "noted that the family did not come" in history


# --- what we still owe ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["family", "staff"])
def test_family_that_did_not_come_and_waits_for_an_answer_still_gets_it(client, case, cora, visit, clock, by):
    case.refresh_from_db()
    if by == "family":
        actions.ask_for_other_times(request=case, words="Mondays")
    else:
        actions.record_attempt(request=case, by=cora, channel="call", outcome="no-answer")
    due_at = Request.objects.get().due_at
    clock.move_to(AFTER)
    assert due_at
    assert "Your visit is over. We wanted to contact you by" in page(client, case)

    press(client, case, "missed")

    case.refresh_from_db()
    assert (case.status, case.closing_reason, case.due_at) == ("reading", "", due_at)
    assert "Being read. We wanted to contact you by" in page(client, case)


def test_family_that_came_although_it_asked_for_other_times_is_owed_nothing(client, case, cora, visit, clock):
    case.refresh_from_db()
    actions.ask_for_other_times(request=case, words="Mondays")
    clock.move_to(AFTER)

    press(client, case, "came")

    assert ended(case) == ("closed", "came", ["came"])


@pytest.mark.parametrize("verb", ["came", "missed"])
def test_offer_that_outlives_the_visit_is_due_when_it_lapses(client, case, cora, visit, clock, verb):
    clock.move_to(VISIT - timedelta(hours=1))
    case.refresh_from_db()
    (held,) = actions.offer(request=case, by=cora, slots=[slot(case, at=VISIT + timedelta(days=7))])
    clock.move_to(AFTER)

    press(client, case, verb)

    case.refresh_from_db()
    assert (case.status, case.due_at) == ("offered", held.expires_at)


@pytest.mark.parametrize("first", ["came", "missed", "unmarked", "to come"])
def test_mail_of_a_second_visit_calls_it_moved_only_if_the_first_did_not_end(client, case, cora, visit, clock, first):
    if first != "to come":
        clock.move_to(AFTER)
    if first in {"came", "missed"}:
        press(client, case, first)
        case.refresh_from_db()
        actions.reopen(request=case, by=cora)
    sent()
    case.refresh_from_db()

    actions.confirm_by_phone(request=case, by=cora, slot=slot(case, at=VISIT + timedelta(days=7)))

    body = sent()[-1].body
    assert ("Your visit has a new time:" in body, "Your visit is confirmed:" in body) == (
        first == "to come",
        first != "to come",
    )
