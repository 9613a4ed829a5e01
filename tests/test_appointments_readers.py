"""Who is told of what: each row of the table, by an act of its person, and a look where the next one looks."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.urls import reverse

from appointments import actions
from appointments.models import Request, RequestEvent
from appointments.readers import NOBODYS, READERS, VISITS, YOURS
from foundation.outbox.models import Message
from foundation.workflow import Refused
from tests import factories, visits
from tests.visits import NOW, VISIT, sent, slot

INDEX = reverse("admin:index")
FAMILY, DESK, CLINICIAN, COLLEAGUE = "canary@example.org", "desk@example.org", "ana@example.org", "dora@example.org"
OTHER_DESK = "heart@example.org"
COLUMNS = {"family": {FAMILY}, "department": {DESK, OTHER_DESK}, "clinician": {CLINICIAN}, "colleague": {COLLEAGUE}}
SECRETS = ["xaverius", "canarybird", "2017", "tibia", "osteomyelitis"]  # of the child; no mail names them
CONTACT = {"email": FAMILY, "phone": "646 555 0111", "contact": {"how": "call"}}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as moment:
        yield moment


@pytest.fixture
def place():
    row = visits.department(inbox=DESK)
    row.clinicians.update(user=factories.staff("ana"), email=CLINICIAN)
    factories.department("cardiology", inbox=OTHER_DESK, answers_within=8)
    return row


@pytest.fixture
def cora(place):
    return factories.coordinator("cora", place)


@pytest.fixture
def dora(place):
    user = factories.coordinator("dora", place)
    user.email = COLLEAGUE
    user.save()
    return user


@pytest.fixture
def case(place):
    condition = factories.condition("crmo", name="Chronic recurrent multifocal osteomyelitis")
    child = {"child_name": "Xaverius Canarybird", "child_born": "2017-09-28", "note": "The left tibia hurts"}
    return factories.request(department=place, condition=condition, email=FAMILY, **child)


class Cast:
    """Acts as the people do: families on their page, staff by the buttons of the case."""

    def __init__(self, client, case, cora, dora, clock):
        self.client, self.case, self.cora, self.dora, self.clock = client, case, cora, dora, clock

    def press(self, name, **answers):
        self.client.force_login(self.cora)
        seen = Request.objects.get(pk=self.case.pk).version
        address = reverse(f"admin:appointments_request_{name}", args=[self.case.pk])
        answer = self.client.post(address, {"seen": seen} | answers)
        assert answer.status_code in {200, 302}
        return answer

    def as_family(self, name, **answers):
        address = f"/appointments/r/{self.case.link}/"
        self.client.post(address + "unlock/", {"born_month": "9", "born_day": "28", "born_year": "2017"})
        seen = Request.objects.get(pk=self.case.pk).version
        return self.client.post(f"{address}{name}/", {"seen": seen} | answers)

    def hold(self, at=VISIT):
        self.case.refresh_from_db()
        return actions.offer(request=self.case, by=self.cora, slots=[slot(self.case, at)])[0]

    def agree(self, at=VISIT):
        self.case.refresh_from_db()
        time = actions.confirm_by_phone(request=self.case, by=self.cora, slot=slot(self.case, at))
        sent()
        return time

    def taken_by_dora(self):
        actions.take(request=self.case, by=self.dora)

    def waiting(self, user, title):
        self.client.force_login(user)
        lists = {row.title: row.things for row in self.client.get(INDEX).context["waiting"]}
        return [thing for thing in lists.get(title, []) if self.case.reference in f"{thing.text} {thing.note}"]


@pytest.fixture
def cast(client, case, cora, dora, clock):
    sent()
    return Cast(client, case, cora, dora, clock)


def _received(cast):
    cast.case = factories.request("b" * 64, department=cast.case.department, email=FAMILY)


def _undid(cast):
    cast.agree()
    cast.press("cancel-visit", whose="us")
    sent()
    cast.press("undo")


def _after_the_visit(cast, name):
    cast.agree()
    cast.clock.move_to(VISIT + timedelta(hours=2))
    sent()
    cast.press(name)


def _reopened(cast):
    cast.press("close", reason="elsewhere", words="Seen elsewhere.")
    sent()
    cast.press("reopen")


def _handed_over(cast):
    cast.taken_by_dora()
    other = type(cast.case.department).objects.get(slug="cardiology")
    cast.press("hand-over", department=other.pk, reason="The heart murmurs.")


def _merged(cast):
    cast.agree()
    twin = factories.request("b" * 64, department=cast.case.department, email=FAMILY, child_name="Lou")
    sent()
    cast.press("merge", into=twin.pk)


def _offered_earlier(cast):
    """The hour of a visit that another family gave back."""
    cast.agree(VISIT + timedelta(days=30))
    other = factories.request("c" * 64, department=cast.case.department, email="lou@example.org", phone="", child_name="Lou")
    actions.confirm_by_phone(request=other, by=cast.cora, slot=slot(other))
    actions.withdraw(request=other)
    cast.case.refresh_from_db()
    actions.wish_earlier(request=cast.case, by=cast.cora, notice_days=3)
    sent()
    actions.offer_earlier(request=cast.case, by=cast.cora, freed=other.times.get())


ACTS = {
    "received": _received,
    "accepted": lambda cast: cast.as_family("accept", time=cast.hold().pk),
    "other times": lambda cast: [cast.hold(), sent(), cast.as_family("other", words="Mondays")],
    "wrote": lambda cast: cast.as_family("words", words="The left tibia"),
    "contact": lambda cast: actions.change_contact(request=cast.case, fields=CONTACT),
    "withdrew": lambda cast: [cast.agree(), cast.as_family("withdraw", words="")],
    "earlier": lambda cast: [cast.agree(), cast.as_family("earlier", notice="3")],
    "not earlier": lambda cast: [cast.agree(), cast.as_family("earlier", notice="none")],
    "declined": lambda cast: [_offered_earlier(cast), sent(), cast.as_family("keep")],
    "took": lambda cast: [cast.taken_by_dora(), cast.press("take")],
    "assigned": lambda cast: cast.press("assign", to=cast.dora.pk),
    "gave back": lambda cast: [cast.taken_by_dora(), actions.give_back(request=cast.case, by=cast.cora)],
    "handed over": _handed_over,
    "tried": lambda cast: cast.press("attempt", channel="call", outcome="no-answer"),
    "reached": lambda cast: cast.press("attempt", channel="call", outcome="reached"),
    "asked": lambda cast: cast.press("ask", words="Which knee?"),
    "offered": lambda cast: cast.hold(),
    "offered earlier": _offered_earlier,
    "confirmed": lambda cast: cast.press("confirm", held=cast.hold().pk),
    "cancelled": lambda cast: [cast.agree(), cast.press("cancel-visit", whose="us")],
    "came": lambda cast: _after_the_visit(cast, "came"),
    "missed": lambda cast: _after_the_visit(cast, "missed"),
    "closed": lambda cast: [cast.agree(), cast.press("close", reason="no-need", words="All is well.")],
    "merged": _merged,
    "reopened": _reopened,
    "undid": _undid,
}


def test_table_has_a_row_for_every_act_and_each_is_walked():
    assert set(ACTS) == set(READERS)


def test_table_in_the_handbook_is_the_table_in_the_code():
    text = (settings.BASE_DIR / "docs/triage.md").read_text()
    lines = re.findall(r"^\| ([a-z ]+) \| (mail|–) \| (mail|–) \| (mail|–) \| (mail|–) \| ([^|]+) \|$", text, re.MULTILINE)

    cells = {act: [("mail" if kind else "–") for kind in row[:4]] + [row.waits_in or "–"] for act, row in READERS.items()}
    assert {act: row for act, *row in lines} == cells


@pytest.mark.parametrize("act", ACTS)
def test_each_act_reaches_whom_the_table_names_and_nobody_else_and_waits_where_the_next_one_looks(cast, act):
    ACTS[act](cast)
    letters = sent()

    readers = READERS[act]
    reached = {column for column, addresses in COLUMNS.items() if any(addresses & set(letter.to) for letter in letters)}
    assert reached == {column for column in COLUMNS if getattr(readers, column)}
    for letter in letters:
        parts = [part.get_payload(decode=True).decode() for part in letter.message().walk() if not part.is_multipart()]
        assert [secret for secret in SECRETS if secret in "\n".join([letter.subject, *parts]).casefold()] == []
    if readers.waits_in:
        assert_waits(cast, readers.waits_in)


def assert_waits(cast, title):
    nobody = factories.coordinator("otto", Request.objects.get(pk=cast.case.pk).department)

    user = {VISITS: cast.case.department.clinicians.get().user, YOURS: cast.dora}.get(title, nobody)
    assert len(cast.waiting(user, title)) == 1
    if title == NOBODYS:
        (take,) = [address for address, label in cast.waiting(user, title)[0].buttons if label == "Take it"]
        cast.client.post(take, {"seen": Request.objects.get(pk=cast.case.pk).version})
        assert cast.waiting(user, NOBODYS) == []
        assert len(cast.waiting(user, YOURS)) == 1


# --- clinicians -------------------------------------------------------------------------------------------------------


def calendar(letter):
    (part,) = [part for part in letter.message().walk() if part.get_content_type() == "text/calendar"]
    return part.get_payload(decode=True).decode().replace("\r\n ", "")


def to_clinician():
    return [letter for letter in sent() if letter.to == [CLINICIAN]]


def test_clinician_follows_a_visit_by_one_entry_in_their_calendar(cast):
    cast.hold()
    cast.press("confirm", held=cast.case.times.get().pk)
    agreed = to_clinician()
    cast.case.refresh_from_db()
    actions.confirm_by_phone(request=cast.case, by=cast.cora, slot=slot(cast.case, VISIT + timedelta(days=1)))
    moved = to_clinician()
    cast.as_family("withdraw", words="")
    off = to_clinician()

    files = [calendar(letter) for (letter,) in (agreed, moved, off)]
    assert len({re.search(r"UID:(.+)", file)[1] for file in files}) == 1
    assert [re.search(r"SEQUENCE:(\d)", file)[1] for file in files] == ["0", "1", "2"]
    assert [re.search(r"METHOD:(\w+)", file)[1] for file in files] == ["REQUEST", "REQUEST", "CANCEL"]
    assert [re.search(r"SUMMARY:(.+?)\r", file)[1] for file in files] == [
        f"Visit {cast.case.reference}",
        f"Visit {cast.case.reference}",
        f"Cancelled: visit {cast.case.reference}",
    ]
    assert [cast.case.link in letter.body + file for (letter,), file in zip((agreed, moved, off), files, strict=True)] == [
        False
    ] * 3
    assert "was moved" in moved[0].body
    assert "It was before:\nTuesday, March 9" in moved[0].body


def test_clinician_who_was_never_told_of_a_visit_is_not_told_that_it_is_off(cast):
    actions.confirm_by_phone(request=cast.case, by=cast.cora, slot=slot(cast.case))
    cast.case.refresh_from_db()
    actions.cancel_visit(request=cast.case, by=cast.cora, for_family=True)

    assert to_clinician() == []


@pytest.mark.parametrize("doubt", [{"uncertain": 1}, {"leased_until": VISIT}])
def test_clinician_who_was_perhaps_told_of_a_visit_is_told_that_it_is_off(cast, doubt):
    """The mail server fell silent after it had the text, or another sender is at it."""
    actions.confirm_by_phone(request=cast.case, by=cast.cora, slot=slot(cast.case))
    Message.objects.filter(kind="visit").update(attempts=1, next_try_at=VISIT, **doubt)
    cast.case.refresh_from_db()
    actions.cancel_visit(request=cast.case, by=cast.cora, for_family=True)

    assert [letter.subject for letter in to_clinician()] == [f"Cancelled: the visit {cast.case.reference} with you"]


def test_visit_that_goes_to_another_clinician_is_taken_from_the_first(cast):
    cast.agree()
    again = slot(cast.case, VISIT)
    other = factories.clinician("tom-specimen", email="tom@example.org")
    other.departments.add(cast.case.department)
    cast.case.refresh_from_db()
    actions.confirm_by_phone(request=cast.case, by=cast.cora, slot=replace(again, clinician=other))

    letters = {letter.to[0]: letter.subject for letter in sent() if letter.to[0] != FAMILY}
    assert letters == {
        CLINICIAN: f"Cancelled: the visit {cast.case.reference} with you",
        "tom@example.org": f"A visit with you: {cast.case.reference}",
    }


def test_first_page_of_a_clinician_without_rights_holds_their_visits_and_no_names(cast, client):
    cast.agree()
    client.force_login(cast.case.department.clinicians.get().user)

    page = client.get(INDEX)

    assert [row.title for row in page.context["waiting"]] == ["Your visits"]
    assert cast.case.reference in page.text
    assert "Xaverius" not in page.text


# --- who has what -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["account closed", "coordinates no more"])
def test_requests_of_a_colleague_who_leaves_are_shown_and_given_on(cast, how):
    cast.taken_by_dora()
    title = "With somebody who left"
    assert cast.waiting(cast.cora, title) == []
    if how == "account closed":
        cast.dora.is_active = False
        cast.dora.save()
    else:
        cast.dora.coordinated_departments.clear()

    (thing,) = cast.waiting(cast.cora, title)
    cast.client.post(thing.buttons[0][0], {"seen": thing.version})

    assert cast.waiting(cast.cora, title) == []
    assert len(cast.waiting(cast.cora, YOURS)) == 1


def test_request_is_given_only_to_who_works_there(cast):
    stranger = factories.coordinator("otto", factories.department("orthopedics"))

    with pytest.raises(Refused, match="does not work on requests of this department"):
        actions.assign(request=cast.case, by=cast.cora, to=stranger)
    assert "otto" not in cast.press("assign").content.decode()


def test_several_are_taken_given_and_given_back_at_once(cast, client):
    rows = [cast.case, factories.request("b" * 64, department=cast.case.department, child_name="Lou")]
    queue, selected = reverse("admin:appointments_request_changelist"), [row.pk for row in rows]

    def holders(action, **more):
        client.force_login(cast.cora)
        client.post(queue, {"action": action, "_selected_action": selected} | more)
        return {row.taken_by and row.taken_by.username for row in Request.objects.all()}

    assert holders("take_selected") == holders("take_selected") == holders("give_selected") == {"cora"}
    assert RequestEvent.objects.filter(verb="took").count() == len(rows)
    assert holders("give_selected", colleague=cast.dora.pk) == {"dora"}
    assert holders("give_back_selected") == {None}
    actions.close(request=Request.objects.get(pk=rows[0].pk), by=cast.cora, reason="elsewhere", words="Seen elsewhere.")
    assert holders("take_selected") == {None, "cora"}


@pytest.mark.parametrize("verb", ["assign", "give_back"])
def test_undo_gives_it_back_to_who_had_it(cast, verb):
    actions.take(request=cast.case, by=cast.cora)
    more = {"to": cast.dora} if verb == "assign" else {}
    getattr(actions, verb)(request=cast.case, by=cast.cora, **more)

    actions.undo(request=cast.case, by=cast.cora)

    cast.case.refresh_from_db()
    assert (cast.case.taken_by, RequestEvent.objects.last().holder) == (cast.cora, cast.cora)


def test_reason_of_a_hand_over_is_read_by_those_who_receive_it(cast, client):
    refused = cast.press("hand-over", department=cast.case.department.pk, reason=" ")
    _handed_over(cast)
    client.force_login(factories.coordinator("otto", Request.objects.get(pk=cast.case.pk).department))

    page = client.get(reverse("admin:appointments_request_change", args=[cast.case.pk]))

    assert "cannot be undone" in refused.content.decode()
    assert "The heart murmurs." in page.content.decode()


def test_coordinator_of_no_department_reads_why_nothing_is_shown(client, case):
    client.force_login(factories.coordinator("nora"))

    for address in (INDEX, reverse("admin:appointments_request_changelist")):
        page = client.get(address).content.decode()
        assert "no department names you as a coordinator yet" in page
        assert "Nothing waits for you" not in page
        assert case.reference not in page


def test_mails_lead_only_where_their_reader_may_go(cast, place, client):
    ana = place.clinicians.get()
    place.clinicians.update(user=None)
    cast.press("confirm", held=cast.hold().pk)
    without_account = next(letter for letter in sent() if letter.to == [CLINICIAN])
    place.clinicians.update(user=ana.user)
    cast.case.refresh_from_db()
    cast.press("cancel-visit", whose="us")
    with_account = next(letter for letter in sent() if letter.to == [CLINICIAN])
    cast.case.refresh_from_db()
    _handed_over(cast)
    passed_on = next(letter for letter in sent() if letter.to == [COLLEAGUE] and "handed" in letter.body)

    assert "/admin/" not in without_account.body + str(without_account.attachments)
    client.force_login(ana.user)
    assert client.get(re.search(r"https?://[^/]+(/admin/\S+)", with_account.body)[1]).context["day"] == VISIT.date()
    assert "/admin/" not in passed_on.body
    assert "no longer in your queue" in passed_on.body
