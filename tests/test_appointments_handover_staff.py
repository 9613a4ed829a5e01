"""What staff and families see of the hospital's systems: the token, what was not taken, downloads, the sentence on the form."""

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from appointments import actions
from appointments.actions.booking import Slot
from appointments.handover import actions as handover
from appointments.models import HandOver, ReceivingSystem, Request
from foundation.audit.models import Record
from foundation.outbox.models import Message
from foundation.privacy.tokens import hashed
from tests import factories
from tests.clients import Client
from tests.fhir import faults
from tests.reading import text
from tests.test_appointments_wizard import WHOLE, answer, at

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 1, 14, 0, tzinfo=UTC)  # a Monday, 10 am in New York
ADMIN = "/admin/appointments/receivingsystem/"
QUEUE = "/admin/appointments/request/"


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(NOW, tick=False)
    return time_machine


@pytest.fixture
def boss(db):
    return factories.administrator("boss")


@pytest.fixture
def bones(db):
    row = factories.department(inbox="in@example.org")
    row.locations.add(factories.location())
    return row


@pytest.fixture
def lead(bones):
    rights = ("work_requests", "export_request", "see_all_requests")
    return factories.coordinator("lena", bones, permissions=rights)


@pytest.fixture
def desk(boss, bones):
    system = ReceivingSystem.objects.create(name="Desk", networks="127.0.0.0/8")
    system.departments.add(bones)
    handover.make_token(system, by=boss, form="1")
    return system


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def words(response):
    """Of a page of the admin."""
    return " ".join(re.sub(r"<[^>]*>", " ", response.text).split())


def refuse(row, desk):
    given = handover.lease(desk)
    handover.answer(desk, document=str(given[0]), status="refused", reason="No such clinic")


def test_token_is_shown_once_and_kept_as_a_hash(boss, bones):
    client, waiting = signed_in(boss), factories.request()
    client.post(f"{ADMIN}add/", {"name": "Desk", "departments": [bones.pk], "networks": "10.0.0.0/8", "calls_an_hour": 600})
    system = ReceivingSystem.objects.get()
    address = f"{ADMIN}{system.pk}/token/"
    once = re.search(r'name="once" value="(\w+)"', client.get(address).text)[1]

    shown = [re.search(r'id="token" value="([^"]+)"', client.post(address, {"once": once}).text)[1] for _press in range(2)]

    system.refresh_from_db()
    assert shown[0] == shown[1]
    assert system.token_hash == hashed(shown[0])
    assert shown[0] not in client.get(address).text + client.get(f"{ADMIN}{system.pk}/change/").text
    assert system.hand_overs.get().request == waiting
    told = Message.objects.filter(kind="rights").values_list("object_id", flat=True)
    assert set(Record.objects.filter(pk__in=told).values_list("verb", flat=True)) == {"added", "made a token for"}


def test_revoked_token_is_gone_and_a_system_is_never_deleted(boss, desk):
    client = signed_in(boss)

    client.post(f"{ADMIN}{desk.pk}/revoke/", {"once": "1"})

    desk.refresh_from_db()
    assert desk.token_hash is None
    assert client.post(f"{ADMIN}{desk.pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("typed", ["", "nonsense", "10.0.0.1/8", "10.0.0.0/8\n300.1.1.1"])
def test_addresses_that_are_none_are_asked_for_again(boss, bones, typed):
    sent = {"name": "Desk", "departments": [bones.pk], "networks": typed, "calls_an_hour": 600}

    response = signed_in(boss).post(f"{ADMIN}add/", sent)

    assert response.status_code == 200
    assert ReceivingSystem.objects.count() == 0


@pytest.mark.parametrize("way", ["late", "refused"])
def test_what_is_not_taken_stands_on_the_first_page_in_the_queue_and_on_the_case(lead, desk, bones, clock, way):
    row, other = factories.request(), factories.request("b" * 64, department=factories.department("other"))
    client = signed_in(lead)
    early = words(client.get("/admin/")) + words(client.get(QUEUE))
    refuse(row, desk) if way == "refused" else clock.shift(3601)
    client = signed_in(lead)  # the sign-in before ended meanwhile

    first, queue = words(client.get("/admin/")), words(client.get(f"{QUEUE}?turn=all&system=untaken"))
    case = words(client.get(f"{QUEUE}{row.pk}/change/"))

    said = {"late": "Desk has not taken it since today 10:00 am", "refused": "Desk refused it"}[way]
    assert "not in our system yet" not in early
    assert f"{row.reference}" in first
    assert said in first
    assert f"{row.reference}" in queue
    assert "not in our system yet" in queue
    assert other.reference not in queue
    assert "I entered it by hand" in case
    assert ("No such clinic" in case) == (way == "refused")


def test_staff_send_again_or_enter_by_hand(lead, desk, bones):
    row = factories.request()
    client = signed_in(lead)
    refuse(row, desk)

    sent = client.post(f"{QUEUE}{row.pk}/send-to-system/", {"seen": row.version, "once": "1"})
    waits = HandOver.objects.current().get()
    refuse(row, desk)
    entered = client.post(f"{QUEUE}{row.pk}/entered-by-hand/", {"seen": row.version, "once": "2", "number": "B-7"})
    again = client.post(f"{QUEUE}{row.pk}/entered-by-hand/", {"seen": row.version, "once": "3", "number": "B-8"})

    assert (sent.status_code, entered.status_code, again.status_code) == (302, 302, 200)
    assert (str(waits), waits.status) == (f"{row.reference}.2", "waiting")
    assert "It is taken by now." in words(again)
    assert "their number is B-7" in words(client.get(f"{QUEUE}{row.pk}/change/"))
    done = set(Record.objects.filter(actor="lena").values_list("verb", flat=True))
    assert done >= {"sent to a system again", "entered in a system by hand"}


def confirmed(boss, bones):
    wishes = {"days": ["1-am"], "earliest": "2026-07-01", "avoid": "Wednesdays", "preferred": ["After 3"]}
    row = factories.request(
        wishes=json.dumps(wishes), contact=json.dumps({"how": "call", "message": "no"}), location=bones.locations.get()
    )
    place = bones.locations.get()
    starts_at = NOW + timedelta(days=7)
    slot = Slot(factories.clinician(), starts_at, starts_at + timedelta(minutes=45), place.time_zone, place)
    actions.confirm_by_phone(request=row, by=boss, slot=slot)
    row.refresh_from_db()
    return row


def test_csv_holds_every_condition(lead, boss, bones):
    row = confirmed(boss, bones)

    response = signed_in(lead).post(f"{QUEUE}{row.pk}/export-csv/")

    (cells,) = csv.DictReader(io.StringIO(response.content.decode("utf-8-sig")))
    expected = {
        "reference": row.reference,
        "reach_first_by": "call",
        "may_leave_a_message": "no",
        "good_days": "Monday morning",
        "not_before": "2026-07-01",
        "not_then": "Wednesdays",
        "best": "After 3",
        "location": "Main Campus",
        "first_contact_at": "2026-06-01T10:00-04:00",
        "closed_at": "",
        "visit_status": "confirmed",
        "visit_starts_at": "2026-06-08T10:00-04:00",
        "visit_ends_at": "2026-06-08T10:45-04:00",
        "visit_clinician": "Ana Example, MD",
        "visit_place": "Main Campus",
        "help_needed": "",
    }
    assert {name: cells[name] for name in expected} == expected
    assert Record.objects.filter(verb="exported", object_id=str(row.pk)).count() == 1


def test_fhir_download_of_one_and_of_several_is_valid(lead, boss, bones):
    row, client = confirmed(boss, bones), signed_in(lead)
    other = factories.request("b" * 64, email="")

    one = client.post(f"{QUEUE}{row.pk}/export-fhir/")
    chosen = {"action": "export_selected_as_fhir", "_selected_action": [row.pk, other.pk]}
    several = client.post(f"{QUEUE}?turn=all", chosen)

    bundles = [json.loads(line) for line in several.content.decode().splitlines()]
    assert one["Content-Type"] == "application/fhir+ndjson; charset=utf-8"
    assert [faults(bundle) for bundle in [json.loads(one.content), *bundles]] == [[], [], []]
    assert {bundle["entry"][0]["resource"]["status"] for bundle in bundles} == {"booked", "proposed"}
    assert HandOver.objects.count() == 0


def test_downloads_need_their_right_and_a_post(boss, bones):
    row = factories.request()
    cora = signed_in(factories.coordinator("cora", bones))

    answers = [cora.post(f"{QUEUE}{row.pk}/export-{kind}/").status_code for kind in ("csv", "fhir")]

    assert answers == [403, 403]
    assert signed_in(boss).get(f"{QUEUE}{row.pk}/export-csv/").status_code == 405
    assert Record.objects.filter(verb="exported").count() == 0


def test_form_says_where_answers_go_only_where_they_go(client, clock, boss, bones):
    answer(client, clock, **WHOLE)
    said = "What you send also goes to our hospital’s own appointment system"
    before = text(client.get(at("check"))) + text(Client().get("/appointments/"))
    system = ReceivingSystem.objects.create(name="Desk", networks="127.0.0.0/8")
    elsewhere = factories.department("elsewhere", order=5)
    system.departments.add(elsewhere)
    handover.make_token(system, by=boss, form="1")
    other_department = text(client.get(at("check")))
    system.departments.add(bones)

    assert said not in before + other_department
    assert said in text(client.get(at("check")))
    assert said in text(Client().get("/appointments/"))
    assert Request.objects.count() == 0
