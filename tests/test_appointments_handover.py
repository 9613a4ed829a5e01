"""Requests for the hospital's systems: valid FHIR, given to the right one, each taken once by number."""

import json
import random
from datetime import UTC, datetime, timedelta

import pytest

from appointments import actions
from appointments.actions.booking import Slot
from appointments.actions.privacy import Reason, copy_of, erase
from appointments.handover import actions as handover
from appointments.models import HandOver, ReceivingSystem, Request
from directory.models import Clinician, Location
from foundation.audit.models import Record
from tests import factories
from tests.fhir import faults

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 1, 14, 0, tzinfo=UTC)  # a Monday, 10 am in New York
VISIT = datetime(2026, 6, 9, 15, 0, tzinfo=UTC)
SECRETS = ["Words of staff", "Why we closed", "Internal question"]


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(NOW, tick=False)
    return time_machine


@pytest.fixture
def boss(db):
    return factories.administrator("boss")


@pytest.fixture
def bones(db):
    row = factories.department(taxonomy_code="2080P0216X", virtual=True, licensed_states="NY")
    row.locations.add(factories.location())
    factories.clinician()
    return row


def new_system(boss, *departments, name="Desk", networks="127.0.0.0/8"):
    system = ReceivingSystem.objects.create(name=name, networks=networks)
    system.departments.set(departments)
    return system, handover.make_token(system, by=boss, form=f"form of {name}")


@pytest.fixture
def desk(boss, bones):
    return new_system(boss, bones)


class Caller:
    """What a receiving system does over HTTP."""

    def __init__(self, client, token, **extra):
        self.client, self.extra = client, {"HTTP_AUTHORIZATION": f"Bearer {token}"} | extra

    def __call__(self, what, **sent):
        return self.client.post(f"/handover/{what}", json.dumps(sent), "application/json", **self.extra)

    def bundles(self, **sent):
        answer = self("lease", **sent)
        assert answer.status_code == 200, answer.content
        return answer.json()["bundles"]


@pytest.fixture
def call(client, desk):
    return Caller(client, desk[1])


def name_of(bundle):
    return bundle["identifier"]["value"]


def part(bundle, kind):
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind]


def appointment(bundle):
    return part(bundle, "Appointment")[0]


def slot(at=VISIT):
    place = Location.objects.get()
    return Slot(Clinician.objects.get(slug="ana-example"), at, at + timedelta(minutes=45), place.time_zone, place)


def test_a_request_becomes_the_bundle_that_the_mapping_says(call, bones):
    condition = factories.condition(name="Chronic recurrent multifocal osteomyelitis " + "x" * 150)
    wishes = {"days": ["1-am", "4-pm"], "earliest": "2026-12-01", "avoid": "Week of December 14", "preferred": ["After 3 pm"]}
    row = factories.request(
        condition=condition,
        location=Location.objects.get(),
        child_liked_name="Kimmy",
        interpreter="es",
        help_needed="Large print",
        referring_doctor="Dr. Sample",
        note="Left knee",
        wishes=json.dumps(wishes),
        contact=json.dumps({"how": "email", "message": "no", "former": ["old@example.org"]}),
    )

    (bundle,) = call.bundles()

    assert faults(bundle) == []
    assert name_of(bundle) == f"{row.reference}.1"
    asked, (patient,), (parent,) = appointment(bundle), part(bundle, "Patient"), part(bundle, "RelatedPerson")
    assert (asked["status"], asked["serviceType"][0]["text"]) == ("proposed", "First visit in person")
    assert asked["specialty"][0]["coding"][0]["code"] == "2080P0216X"
    assert asked["reasonCode"][0]["text"].startswith("Family reads: Chronic recurrent")
    assert asked["reasonCode"][0]["text"].endswith("(not a diagnosis)")
    assert asked["created"] == "2026-06-01T10:00:00-04:00"
    assert asked["requestedPeriod"] == [{"start": "2026-12-01T00:00:00-05:00", "end": "2027-01-30T23:59:59-05:00"}]
    assert asked["comment"] == (
        "Reach them first by email. Leave no message. Interpreter: Spanish. Help they need: Large print. "
        "Place they would like: Main Campus. Good days: Monday morning, Thursday afternoon. "
        "Days that do not work: Week of December 14. Times they like best: After 3 pm. Doctor who sends them: Dr. Sample. "
        "The family writes: Left knee."
    )
    assert [(name["use"], name["text"]) for name in patient["name"]] == [("official", "Kim Sample"), ("usual", "Kimmy")]
    assert patient["birthDate"] == "2018-04-03"
    assert patient["communication"][0]["language"]["coding"][0]["code"] == "es"
    assert [(way["system"], way["value"], way["rank"]) for way in parent["telecom"]] == [
        ("email", "pat@example.org", 1),
        ("phone", "212 555 0199", 2),
    ]
    assert parent["relationship"][0]["coding"][0]["code"] == "PRN"


def test_what_never_leaves_does_not_leave(call, bones, boss):
    row = factories.request(contact=json.dumps({"how": "call", "message": "yes", "former": ["old@example.org"]}))
    actions.write_note(request=row, by=boss, words="Words of staff")
    actions.ask_question(request=row, by=boss, words="Internal question")
    video = Slot(
        Clinician.objects.get(slug="ana-example"),
        VISIT,
        VISIT + timedelta(hours=1),
        "America/New_York",
        video_link="https://v.example.org/1",
    )
    actions.confirm_by_phone(request=row, by=boss, slot=video)
    open_one = json.dumps(call.bundles())
    actions.close(request=row, by=boss, reason="other", words="Why we closed")

    told = open_one + json.dumps(call.bundles())

    keys = [row.link, row.link_hash, row.draft_key, str(row.seal_id), row.calendar_uid, row.email_index, row.child_index]
    assert [word for word in [*SECRETS, *keys, "old@example.org", "v.example.org"] if word in told] == []
    assert "A message may be left, with name and number only." in open_one


def test_a_visit_is_booked_moved_and_cancelled_in_new_versions(call, bones, boss):
    row = factories.request()
    first = call.bundles()
    actions.confirm_by_phone(request=row, by=boss, slot=slot())
    booked = call.bundles()
    actions.confirm_by_phone(request=row, by=boss, slot=slot(VISIT + timedelta(days=1)))
    moved = call.bundles()
    actions.withdraw(request=row)
    cancelled = call.bundles()

    assert [[name_of(each) for each in given] for given in (first, booked, moved, cancelled)] == [
        [f"{row.reference}.{number}"] for number in (1, 2, 3, 4)
    ]
    assert [appointment(given[0]).get("start") for given in (first, booked, moved, cancelled)] == [
        None,
        "2026-06-09T11:00:00-04:00",
        "2026-06-10T11:00:00-04:00",
        None,
    ]
    assert appointment(cancelled[0])["cancelationReason"] == {"text": "The family withdrew it"}
    assert part(booked[0], "Practitioner")[0]["name"] == [{"text": "Ana Example, MD"}]
    assert [faults(given[0]) for given in (first, booked, moved, cancelled)] == [[]] * 4


@pytest.mark.parametrize(("came", "status"), [(True, "fulfilled"), (False, "noshow")])
def test_a_visit_that_is_over_is_not_cancelled_nor_by_our_forgetting(call, bones, boss, clock, came, status):
    row = factories.request()
    actions.confirm_by_phone(request=row, by=boss, slot=slot())
    clock.move_to(VISIT + timedelta(hours=2))
    actions.record_outcome(request=row, by=boss, came=came)
    ended = call.bundles()[0]
    erase(row, by="purge", reason=Reason.RETENTION)
    forgotten = call.bundles()[0]

    assert (appointment(ended)["status"], appointment(forgotten)["status"]) == (status, status)
    assert "Kim" in json.dumps(ended)
    assert "Kim" not in json.dumps(forgotten)
    assert faults(ended) + faults(forgotten) == []


def test_erasing_cancels_without_personal_data_and_what_waited_is_never_given(call, bones, boss):
    row = factories.request(note="Left knee")
    actions.close(request=row, by=boss, reason="no-need", words="Why we closed")
    erase(row, by=boss, reason=Reason.ASKED)

    (bundle,) = call.bundles()

    assert name_of(bundle) == f"{row.reference}.3"
    assert appointment(bundle)["status"] == "cancelled"
    assert {entry["resource"]["resourceType"] for entry in bundle["entry"]} == {"Appointment", "Location"}
    assert [word for word in ("Kim", "Pat", "2018", "pat@", "555 0199", "Left knee") if word in json.dumps(bundle)] == []
    assert faults(bundle) == []


def test_number_that_comes_after_erasing_is_not_kept(call, bones, boss):
    row = factories.request()
    call.bundles()
    actions.close(request=row, by=boss, reason="no-need", words="Why we closed")
    erase(row, by=boss, reason=Reason.ASKED)

    answers = [call("taken", document=f"{row.reference}.1", number="A-1").status_code for _time in range(2)]

    assert answers == [200, 200]
    assert {each.number for each in row.hand_overs.all()} == {""}


def test_a_changed_contact_is_a_new_version_and_reading_is_none(call, bones, boss):
    row = factories.request()
    call.bundles()
    actions.take(request=row, by=boss)
    actions.ask_question(request=row, by=boss, words="Internal question")
    unchanged = call.bundles()
    fields = {"email": "new@example.org", "phone": "", "contact": {"how": "email", "message": ""}}
    actions.change_contact(request=row, fields=fields)

    (bundle,) = call.bundles()

    assert unchanged == []
    assert part(bundle, "RelatedPerson")[0]["telecom"] == [{"system": "email", "value": "new@example.org", "rank": 1}]


def test_a_token_sees_only_its_departments(client, call, bones, boss):
    other = factories.department("orthopedics")
    mine, strange = factories.request(), factories.request("b" * 64, department=other)
    second = Caller(client, new_system(boss, other, name="Other desk")[1])

    seen, seen_there = call.bundles(), second.bundles()

    assert [name_of(each) for each in seen] == [f"{mine.reference}.1"]
    assert [name_of(each) for each in seen_there] == [f"{strange.reference}.1"]
    assert second("taken", document=f"{mine.reference}.1", number="A-1").status_code == 404
    assert HandOver.objects.get(request=mine).status == "waiting"


def test_a_request_that_goes_to_another_department_leaves_its_system(client, call, bones, boss):
    other = factories.department("orthopedics", inbox="ortho@example.org")
    second = Caller(client, new_system(boss, other, name="Other desk")[1])
    row = factories.request()
    call.bundles()

    actions.hand_over(request=row, by=boss, department=other, reason="Words of staff")

    (left,), (arrived,) = call.bundles(), second.bundles()
    assert appointment(left)["cancelationReason"] == {"text": "Another department answers this request now."}
    assert "Kim" not in json.dumps(left)
    assert "Kim" in json.dumps(arrived)
    assert faults(left) + faults(arrived) == []


def test_a_new_system_finds_what_is_open_and_nothing_that_is_closed(client, bones, boss):
    row, closed = factories.request(), factories.request("b" * 64)
    actions.close(request=closed, by=boss, reason="other", words="Why we closed")

    call = Caller(client, new_system(boss, bones)[1])

    assert [name_of(each) for each in call.bundles()] == [f"{row.reference}.1"]


def test_fifty_at_most_then_the_others(call, bones):
    for number in range(51):
        factories.request(f"{number:064}", email="")

    sizes = [len(call.bundles()), len(call.bundles()), len(call.bundles())]

    assert sizes == [50, 1, 0]


REFUSED = [
    ({"HTTP_AUTHORIZATION": ""}, 401),
    ({"HTTP_AUTHORIZATION": "Bearer wrong"}, 401),
    ({"HTTP_AUTHORIZATION": "Basic dXNlcjpwYXNz"}, 401),
    ({"REMOTE_ADDR": "192.0.2.1"}, 403),
    ({"REMOTE_ADDR": "2001:db8::1"}, 403),
    ({"REMOTE_ADDR": "nonsense"}, 403),
    ({"REMOTE_ADDR": "::ffff:127.0.0.1"}, 200),
]


@pytest.mark.parametrize(("extra", "status"), REFUSED)
def test_who_may_ask(client, desk, bones, extra, status):
    factories.request()

    answer = Caller(client, desk[1], **extra)("lease")

    assert answer.status_code == status
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies
    assert ("bundles" in answer.json()) == (status == 200)


def test_a_revoked_token_opens_nothing_and_a_new_one_does(client, desk, call, bones, boss):
    factories.request()
    handover.revoke_token(desk[0], by=boss)
    revoked = call("lease").status_code
    token = handover.make_token(desk[0], by=boss, form="another form")

    assert revoked == 401
    assert (call("lease").status_code, len(Caller(client, token).bundles())) == (401, 1)
    assert token not in json.dumps(list(ReceivingSystem.objects.values()), default=str)


def test_who_asks_too_often_is_told_until_when(call, desk):
    ReceivingSystem.objects.update(calls_an_hour=2)

    answers = [call("lease") for _time in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2]["Retry-After"] == "3601"


BAD = [
    ("lease", {"most": 51}, 400),
    ("lease", {"most": "many"}, 400),
    ("taken", {}, 400),
    ("taken", {"document": "ABCD-EFGH.1"}, 400),
    ("taken", {"document": "ABCD-EFGH.1", "number": "n" * 101}, 400),
    ("taken", {"document": "ABCD-EFGH.1", "number": "\x00"}, 400),
    ("taken", {"document": ["x"], "number": {"a": 1}}, 400),
    ("taken", {"document": "ABCD-EFGH.1", "number": "1"}, 404),
    ("taken", {"document": "ABCD-EFGH." + "9" * 19, "number": "1"}, 404),
    ("taken", {"document": "no dot", "number": "1"}, 404),
    ("refused", {"document": "ABCD-EFGH.x", "reason": "r"}, 404),
    ("refused", {"document": "ABCD-EFGH.1", "reason": "r" * 501}, 400),
]


@pytest.mark.parametrize(("what", "sent", "status"), BAD)
def test_bad_input_gets_a_clear_answer(call, what, sent, status):
    answer = call(what, **sent)

    assert answer.status_code == status
    assert answer.json()["error"]


@pytest.mark.parametrize("body", [b"{", b"[]", b"7", b"\xff", b"[" * 5000, b'"x"'])
def test_what_is_no_json_object_is_survived(client, desk, body):
    headers = {"HTTP_AUTHORIZATION": f"Bearer {desk[1]}"}

    assert client.post("/handover/lease", body, "application/json", **headers).status_code == 200
    assert client.post("/handover/taken", body, "application/json", **headers).status_code == 400
    assert client.get("/handover/lease", **headers).status_code == 405


def test_an_answer_counts_once(call, bones):
    row = factories.request()
    document = name_of(call.bundles()[0])

    answers = [
        call("taken", document=document, number="A-1"),
        call("taken", document=document, number="A-1"),
        call("taken", document=document, number="A-2"),
        call("refused", document=document, reason="No such clinic"),
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 409, 409]
    given = row.hand_overs.get()
    assert (given.status, given.number, given.answered_at) == ("taken", "A-1", NOW)
    assert Record.objects.filter(verb="taken").count() == 1


class Receiver:
    """A hospital's system that may be killed at every step; what it stored stays."""

    def __init__(self, call, seed):
        self.call, self.chance = call, random.Random(seed)
        self.stored, self.entered = {}, 0

    def crash(self):
        if self.chance.random() < 0.3:
            raise KeyboardInterrupt

    def run(self):
        for bundle in self.call.bundles(most=7):
            self.crash()
            document = name_of(bundle)
            if document not in self.stored:
                self.entered += 1
                self.stored[document] = f"A-{self.entered}"
            self.crash()
            assert self.call("taken", document=document, number=self.stored[document]).status_code == 200
            self.crash()


@pytest.mark.databases
def test_a_receiver_that_crashes_at_every_step_gets_each_exactly_once_by_number(call, bones, boss, clock):
    rows = [factories.request(f"{number:064}", email="") for number in range(12)]
    receiver = Receiver(call, seed=16)
    for turn in range(200):
        if turn in {3, 9}:
            actions.confirm_by_phone(request=rows[turn], by=boss, slot=slot(VISIT + timedelta(days=turn)))
        try:
            receiver.run()
        except KeyboardInterrupt:
            clock.shift(handover.LEASE)
        if turn > 9 and not HandOver.objects.current().filter(status="waiting").exists():
            break

    given = {str(each): each.number for each in HandOver.objects.current().select_related("request")}
    assert given == {document: receiver.stored[document] for document in given}
    assert len(given) == len(set(given.values())) == 12
    assert HandOver.objects.current().filter(status="taken").count() == 12
    assert turn > 12  # it crashed


def test_what_nobody_takes_shows_after_a_business_hour(call, bones, clock):
    row = factories.request()
    clock.shift(3599)
    before = HandOver.objects.unanswered().count()
    clock.shift(1)

    late = list(HandOver.objects.unanswered())
    document = name_of(call.bundles()[0])
    call("taken", document=document, number="A-1")

    assert (before, [each.request for each in late]) == (0, [row])
    assert HandOver.objects.unanswered().count() == 0


def test_a_refusal_waits_for_staff_who_send_again_or_enter_it(call, bones, boss):
    row = factories.request()
    call("refused", document=name_of(call.bundles()[0]), reason="No such clinic")
    refused = HandOver.objects.unanswered().get()

    actions.send_to_systems_again(request=row, by=boss)
    again = name_of(call.bundles()[0])
    call("refused", document=again, reason="Still none")
    actions.enter_by_hand(request=row, by=boss, number="B-7")

    assert (refused.reason, again) == ("No such clinic", f"{row.reference}.2")
    assert HandOver.objects.unanswered().count() == 0
    assert row.hand_overs.last().number == "B-7"
    assert "B-7" in copy_of(row, by=boss)


def generated(chance, number, bones, condition):
    """Any request that the form lets through, with words that try what they can."""
    words = chance.choice(["", "Plain.", "a|b^c~d\\e&f", "Línea\nzwei\t\U0001f9d2", " <b>x</b> ", "\u202e\ufeff x", "é" * 300])
    mode = chance.choice(Request.Mode.values)
    wishes = {
        "days": chance.sample(["1-am", "3-pm", "5-pm"], chance.randint(0, 3)),
        "earliest": chance.choice(["", "2026-11-01", "2027-03-14"]),
        "avoid": words,
        "preferred": [words] if words else [],
    }
    phone = chance.choice(["", "+1 (212) 555-0199 x 12"])
    return factories.request(
        f"{number:064}",
        asker=chance.choice(Request.Asker.values),
        visit=chance.choice(Request.Visit.values),
        mode=mode,
        state="" if mode == "in-person" else chance.choice(["NY", "ZZ"]),
        location=chance.choice([None, Location.objects.get()]),
        condition=chance.choice([None, condition]),
        department=bones,
        child_name=f"Kim {words.strip() or 'Sample'}",
        child_liked_name=chance.choice(["", "Kimmy"]),
        email="" if phone else "pat@example.org",
        phone=phone,
        interpreter=chance.choice(["", "no", "es", "asl", "spoken"]),
        language="Mixtec",
        help_needed=words.strip(),
        note=words.strip(),
        wishes=json.dumps(wishes),
        contact=json.dumps({"how": chance.choice(["call", "email"]), "message": chance.choice(["", "yes", "no"])}),
    )


def test_generated_requests_are_valid(bones, boss, clock):
    chance, condition = random.Random(16), factories.condition()
    new_system(boss, bones)
    found, statuses = {}, set()
    for number in range(60):
        clock.move_to(NOW + timedelta(days=number))
        row = generated(chance, number, bones, condition)
        act = chance.randrange(8)
        if act in {1, 2, 3}:
            actions.confirm_by_phone(request=row, by=boss, slot=slot(VISIT + timedelta(days=number)))
        if act in {2, 3}:
            clock.move_to(VISIT + timedelta(days=number, hours=2))
            actions.record_outcome(request=row, by=boss, came=act == 2)
        if act == 4:
            actions.withdraw(request=row)
        if number % 10 == 4 and not row.is_open:
            erase(row, by=boss, reason=Reason.ASKED)
        (bundle,) = handover.documents([row.hand_overs.last()])
        statuses.add(appointment(bundle)["status"])
        if wrong := faults(bundle):
            found[row.reference] = wrong

    assert found == {}
    assert statuses == {"proposed", "booked", "fulfilled", "noshow", "cancelled"}


PLANTED = [  # what one of the rule sets alone would let pass
    (lambda it: it.update(status="asap"), "is not one of"),
    (lambda it: it.update(status="booked"), "app-3"),
    (lambda it: it.update(start="2026-06-01T10:00:00-04:00"), "app-2"),
    (lambda it: it.update(cancelationReason={"text": "x"}), "app-4"),
    (lambda it: it.update(cancellationReason={"text": "x"}), "Additional properties"),
    (lambda it: it.update(created="2026-06-01T10:00:00"), "zone"),
    (lambda it: it.update(comment=" "), "empty"),
    (lambda it: it["participant"][0].pop("actor"), "app-1"),
    (lambda it: it["participant"][0].pop("status"), "is a required property"),
    (lambda it: it["participant"][0]["actor"].update(reference="urn:uuid:0"), "nothing is called"),
    (lambda it: it["requestedPeriod"][0].pop("end"), "a start and an end"),
    (lambda it: it["requestedPeriod"][0].update(end="2020-01-01T00:00:00-05:00"), "per-1"),
    (lambda it: it["requestedPeriod"].append(it["requestedPeriod"][0]), "one serviceType"),
    (lambda it: it.update(reasonCode=[{"text": "x" * 256}]), "255"),
]


@pytest.mark.parametrize(("plant", "words"), PLANTED)
def test_a_planted_fault_is_found(call, bones, plant, words):
    factories.request()
    (bundle,) = call.bundles()
    plant(appointment(bundle))

    assert any(words in fault for fault in faults(bundle))
