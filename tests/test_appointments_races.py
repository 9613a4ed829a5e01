"""Many at once: one request however often it is sent, one winner of each move, nobody and no room booked twice."""

import os
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from appointments import actions
from appointments.actions.booking import Slot
from appointments.handover import actions as handover
from appointments.models import Draft, OfferedTime, ReceivingSystem, Request, RequestEvent
from directory.models import Room
from foundation.audit.actions import faults
from foundation.outbox.models import Message
from foundation.privacy import tokens
from foundation.workflow import Refused
from tests import factories
from tests.faults.inside import answers
from tests.parallel import at_once

FULL = "FULL" in os.environ  # `make faults`
CROWD, ROUNDS = (50, 20) if FULL else (8, 2)
NINE = datetime(2027, 3, 1, 14, tzinfo=UTC)
pytestmark = [pytest.mark.databases, pytest.mark.usefixtures("own")]


def slot(who, minutes=0, **fields):
    starts = NINE + timedelta(minutes=minutes)
    return Slot(who, starts, starts + timedelta(hours=1), "America/New_York", **fields)


def winners(results):
    """Those that went through; every other one was told why, and nothing else went wrong."""
    assert [fault for fault in results if isinstance(fault, Exception) and not isinstance(fault, Refused)] == []
    return [result for result in results if not isinstance(result, Exception)]


def requests(count):
    """Of as many families."""
    return [
        factories.request(
            f"{number:064}", email=f"p{number}@example.org", phone=f"212 555 {number:04}", child_name=f"Kid {number}"
        )
        for number in range(count)
    ]


def test_identical_submits_make_one_request():
    fields = factories.asked(department=factories.department(inbox="queue@example.org"))
    department = fields.pop("department")

    def submit(key):
        return actions.receive(draft_key=key, fields=fields | {"department": type(department).objects.get()}).reference

    for number in range(ROUNDS):
        answers = at_once(submit, [f"{number:064}"] * CROWD)

        assert answers == [Request.objects.get(draft_key=f"{number:064}").reference] * CROWD
    assert Request.objects.count() == RequestEvent.objects.count() == ROUNDS
    assert sorted(Message.objects.values_list("kind", flat=True)) == ["inbox"] * ROUNDS + ["received"] * ROUNDS
    assert list(faults()) == []


def test_button_pressed_many_times_at_once_makes_one_request():
    factories.department("pediatric-rheumatology")

    def press(secret):
        browser = Client()
        browser.cookies["draft"] = secret
        browser.post("/appointments/request/check/", REMOTE_ADDR=secret[:39])
        return re.search(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}\b", browser.get("/appointments/request/done/").content.decode())[0]

    for number in range(ROUNDS):
        secret, key = tokens.new()
        Draft(key=key).write(answers(number))

        shown = at_once(press, [secret] * CROWD)

        assert shown == [Request.objects.get(draft_key=key).reference] * CROWD
    assert Request.objects.count() == RequestEvent.objects.count() == Message.objects.count() == ROUNDS


def test_staff_who_move_one_request_at_once_get_one_winner():
    *rows, other = requests(9)
    row, elsewhere = rows[0], factories.department("cardiology")
    crowd = [factories.coordinator(f"cora{number}", row.department, elsewhere) for number in range(CROWD)]
    clinicians = [factories.clinician(f"ana-{number}") for number in range(CROWD)]
    verbs = {
        "take": lambda seen, n: actions.take(request=seen, by=crowd[n]),
        "offer": lambda seen, n: actions.offer(request=seen, by=crowd[n], slots=[slot(clinicians[n])]),
        "confirm": lambda seen, n: actions.confirm_by_phone(request=seen, by=crowd[n], slot=slot(clinicians[n])),
        "close": lambda seen, n: actions.close(request=seen, by=crowd[n], reason="elsewhere", words="Seen elsewhere."),
        "attempt": lambda seen, n: actions.record_attempt(request=seen, by=crowd[n], channel="call", outcome="no-answer"),
        "hand over": lambda seen, n: actions.hand_over(request=seen, by=crowd[n], department=elsewhere, reason="Theirs"),
        "merge": lambda seen, n: actions.merge(request=seen, by=crowd[n], into=other),
        "question": lambda seen, n: actions.ask_question(request=seen, by=crowd[n], words="Which knee?"),
    }

    for (name, verb), row in zip(verbs.items(), rows, strict=True):
        results = at_once(lambda n, verb=verb: verb(*n), [(Request.objects.get(pk=row.pk), n) for n in range(CROWD)])

        assert (name, len(winners(results)), row.events.count()) == (name, 1, 2)
        assert row.times.count() == (name in {"offer", "confirm"}), name
    assert list(faults()) == []


def test_different_moves_at_once_end_in_one_of_them():
    row = requests(1)[0]
    cora = factories.coordinator("cora", row.department)
    ana = factories.clinician()
    moves = [
        lambda seen: actions.take(request=seen, by=cora),
        lambda seen: actions.offer(request=seen, by=cora, slots=[slot(ana)]),
        lambda seen: actions.confirm_by_phone(request=seen, by=cora, slot=slot(ana)),
        lambda seen: actions.close(request=seen, by=cora, reason="elsewhere", words="Seen elsewhere."),
        lambda seen: actions.withdraw(request=seen, words="We moved."),
        lambda seen: actions.change_contact(request=seen, fields={"email": "", "phone": "212 555 0100", "contact": {}}),
    ] * 3

    results = at_once(lambda move: move[0](move[1]), [(move, Request.objects.get(pk=row.pk)) for move in moves])

    assert len(winners(results)) == 1 + 3  # one move, and the changes of contact, which move nothing
    assert row.events.count() == 2
    assert row.notes.count() == (Request.objects.get().ended == "family")


def test_one_hour_of_a_clinician_is_confirmed_once():
    crowd = requests(50 if FULL else 12)
    cora = factories.coordinator("cora", crowd[0].department)
    ana = factories.clinician()

    results = at_once(
        lambda n: actions.confirm_by_phone(request=crowd[n], by=cora, slot=slot(ana, minutes=n)), range(len(crowd))
    )

    assert len(winners(results)) == 1
    assert OfferedTime.objects.count() == Request.objects.filter(status="confirmed").count() == 1


def test_one_room_is_confirmed_once():
    crowd = requests(50 if FULL else 12)
    cora = factories.coordinator("cora", crowd[0].department)
    place = factories.location()
    room = Room.objects.create(location=place, name="Room 1")
    clinicians = [factories.clinician(f"ana-{number}") for number in range(len(crowd))]

    results = at_once(
        lambda n: actions.confirm_by_phone(
            request=crowd[n], by=cora, slot=slot(clinicians[n], minutes=n, location=place, room=room)
        ),
        range(len(crowd)),
    )

    assert len(winners(results)) == 1
    assert OfferedTime.objects.count() == 1


def test_one_child_with_several_requests_is_confirmed_once():
    crowd = [
        factories.request(
            f"{n:064}", child_name=[" kim  SAMPLE", "Kim Sample"][n % 2], email=["pat@example.org", "Pat@Example.org"][n % 2]
        )
        for n in range(8)
    ]
    cora = factories.coordinator("cora", crowd[0].department)
    clinicians = [factories.clinician(f"ana-{number}") for number in range(8)]

    results = at_once(
        lambda n: actions.confirm_by_phone(request=crowd[n], by=cora, slot=slot(clinicians[n], minutes=n)), range(8)
    )

    assert len(winners(results)) == 1
    assert OfferedTime.objects.count() == 1


def test_overlapping_offers_with_clinicians_in_opposite_order_never_lock_each_other_out():
    crowd = requests(CROWD)
    cora = factories.coordinator("cora", crowd[0].department)
    ana, ben = factories.clinician("ana"), factories.clinician("ben")
    pairs = [[slot(ana, 120 * n), slot(ben, 120 * n)] for n in range(CROWD)]

    results = at_once(lambda n: actions.offer(request=crowd[n], by=cora, slots=pairs[n][:: 1 if n % 2 else -1]), range(CROWD))

    assert len(winners(results)) == CROWD


def test_accepting_and_confirming_by_phone_at_once_leave_one_confirmed_time():
    for number in range(ROUNDS * 4):
        row = factories.request(f"{number:064}", email=f"p{number}@example.org", phone="")
        cora = factories.coordinator(f"cora{number}", row.department)
        ana, ben = factories.clinician(f"ana{number}"), factories.clinician(f"ben{number}")
        first, second = actions.offer(request=row, by=cora, slots=[slot(ana), slot(ana, minutes=60)])
        moves = [
            lambda seen, first=first: actions.accept(request=seen, time=first),
            lambda seen, second=second: actions.accept(request=seen, time=second),
            lambda seen, ben=ben, cora=cora: actions.confirm_by_phone(request=seen, by=cora, slot=slot(ben)),
            lambda seen: actions.ask_for_other_times(request=seen, words="Mornings only."),
            lambda seen, cora=cora, ana=ana: actions.offer(request=seen, by=cora, slots=[slot(ana, minutes=180)]),
        ]

        results = at_once(lambda move: move[0](move[1]), [(move, Request.objects.get(pk=row.pk)) for move in moves])

        assert [type(fault) for fault in results if isinstance(fault, Exception)] == [Refused] * 4
        row.refresh_from_db()
        assert row.times.filter(status="confirmed").count() == (row.status == "confirmed")
        assert row.times.on_offer().count() == (row.status == "offered")
        assert row.events.count() == 3


def test_two_requests_merged_into_each_other_leave_one_open():
    one, two = requests(2)
    cora = factories.coordinator("cora", one.department)
    pairs = [(one.pk, two.pk), (two.pk, one.pk)] * 4

    at_once(
        lambda pair: actions.merge(request=Request.objects.get(pk=pair[0]), by=cora, into=Request.objects.get(pk=pair[1])),
        pairs,
    )

    assert Request.objects.open().count() == 1


def test_an_offer_that_expired_frees_its_time_for_exactly_one(monkeypatch):
    holder, *crowd = requests(CROWD + 1)
    cora = factories.coordinator("cora", holder.department)
    ana = factories.clinician()
    with time_machine.travel(NINE - timedelta(days=20), tick=True):
        held = actions.offer(request=holder, by=cora, slots=[slot(ana)])[0]
    with time_machine.travel(held.expires_at - timedelta(minutes=1), tick=True), pytest.raises(Refused):
        actions.confirm_by_phone(request=crowd[0], by=cora, slot=slot(ana))

    with time_machine.travel(held.expires_at, tick=True):
        late = Request.objects.get(pk=holder.pk)
        results = at_once(
            lambda row: (
                actions.accept(request=row, time=held)
                if row == late
                else actions.confirm_by_phone(request=row, by=cora, slot=slot(ana))
            ),
            [late, *crowd],
        )

    assert isinstance(results[0], Refused)
    assert len(winners(results)) == 1
    assert OfferedTime.objects.filter(status="confirmed").count() == 1


def test_words_and_moves_at_once_are_all_kept():
    row = requests(1)[0]
    cora = factories.coordinator("cora", row.department)
    acts = [
        lambda seen: actions.add_words(request=seen, words="She limps."),
        lambda seen: actions.write_note(request=seen, by=cora, words="Called twice."),
        lambda seen: actions.take(request=seen, by=cora),
    ] * 5

    results = at_once(lambda act: act[0](act[1]), [(act, Request.objects.get(pk=row.pk)) for act in acts])

    assert len(winners(results)) == 11
    assert row.notes.count() == 10
    assert list(faults()) == []


def test_undo_at_once_takes_back_one_step():
    row = requests(1)[0]
    cora = factories.coordinator("cora", row.department)
    actions.take(request=row, by=cora)
    actions.record_attempt(request=row, by=cora, channel="call", outcome="no-answer")

    results = at_once(lambda seen: actions.undo(request=seen, by=cora), [Request.objects.get(pk=row.pk) for _n in range(8)])

    assert len(winners(results)) == 1
    assert Request.objects.get().status == "reading"


def test_a_system_that_asks_many_times_at_once_gets_each_request_once():
    boss, rows = factories.administrator("boss"), requests(CROWD)
    system = ReceivingSystem.objects.create(name="Desk", networks="127.0.0.0/8")
    system.departments.set([rows[0].department])
    handover.make_token(system, by=boss, form="1")

    leased = at_once(lambda _number: [str(row) for row in handover.lease(system, most=1)], range(CROWD))
    left = [str(row) for row in handover.lease(system)]

    assert sorted(sum(winners(leased), left)) == sorted(f"{row.reference}.1" for row in rows)
    answered = at_once(
        lambda number: handover.answer(system, document=f"{rows[0].reference}.1", status="taken", number=f"A-{number}"),
        range(CROWD),
    )
    assert len(winners(answered)) == 1
    assert list(faults()) == []
