"""What a family does reaches the department: a mail without personal data, and a list until somebody has seen it."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from appointments import actions
from appointments.models import FamilyAct, Request
from foundation.outbox.models import Message
from tests import factories, visits
from tests.visits import NOW, VISIT, sent, slot

CANARY = {
    "asker_name": "Wilhelmina Canarybird",
    "email": "canarybird@example.org",
    "phone": "212 555 0173",
    "child_name": "Xaverius Canarybird",
    "child_born": "2017-09-28",
    "note": "The left tibia hurts",
}
SECRETS = ["canarybird", "xaverius", "wilhelmina", "tibia", "555 0173", "646 555 0111", "2017", "osteomyelitis", "/r/"]
DRAWN = {"Content-Type", "Message-ID"}  # heads with digits that are drawn, and may be any year
LIST = "What families did"
INDEX = reverse("admin:index")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as moment:
        yield moment


@pytest.fixture
def place():
    return visits.department(inbox="desk@example.org")


@pytest.fixture
def case(place):
    condition = factories.condition("crmo", name="Chronic recurrent multifocal osteomyelitis")
    return factories.request(department=place, condition=condition, **CANARY)


@pytest.fixture
def cora(client, place):
    user = factories.coordinator("cora", place)
    client.force_login(user)
    return user


def confirmed(case, cora, at=VISIT):
    actions.confirm_by_phone(request=case, by=cora, slot=slot(case, at))


def offered(case, cora, at=VISIT + timedelta(days=1)):
    return actions.offer(request=case, by=cora, slots=[slot(case, at)])[0]


def to_desk():
    return [letter for letter in sent() if letter.to == ["desk@example.org"] and "the family" in letter.subject]


def waiting(client, title=LIST):
    """(text, note) of each thing in a list of the first page."""
    lists = client.get(INDEX).context["waiting"]
    return [(thing.text, str(thing.note)) for row in lists if row.title == title for thing in row.things]


def shown(page):
    return page.content.decode()


def everything(letter):
    parts = [part.get_payload(decode=True).decode() for part in letter.message().walk() if not part.is_multipart()]
    heads = [f"{name}: {value}" for name, value in letter.message().items() if name not in DRAWN]
    return "\n".join([letter.subject, *heads, *parts])


ACTS = {
    "withdrew the request": lambda row, time: actions.withdraw(request=row, words="The left tibia is well"),
    "took a time that was offered": lambda row, time: actions.accept(request=row, time=time),
    "asked for other times": lambda row, time: actions.ask_for_other_times(request=row, words="Xaverius has school"),
    "wrote to you": lambda row, time: actions.add_words(request=row, words="Xaverius: the left tibia"),
    "changed how to reach them": lambda row, time: actions.change_contact(
        request=row, fields={"email": CANARY["email"], "phone": "646 555 0111", "contact": {"how": "call"}}
    ),
}


@pytest.mark.parametrize("what", ACTS)
def test_each_act_reaches_the_inbox_and_the_first_page(client, case, cora, what):
    confirmed(case, cora)
    time = offered(case, cora)
    sent()

    ACTS[what](case, time)

    (letter,) = to_desk()
    assert letter.subject == f"Appointment request {case.reference}: the family did something"
    assert f"Request {case.reference}: the family {what}." in letter.body
    assert f"/admin/appointments/request/{case.pk}/change/" in letter.body
    assert [secret for secret in SECRETS if secret in everything(letter).casefold()] == []
    ((reference, note),) = waiting(client)
    assert (reference, what in note, "today 10:00" in note) == (case.reference, True, True)
    assert [secret for secret in SECRETS if secret in note.casefold()] == []


def test_withdrawn_visit_stands_out_with_the_hour_that_is_free_again(client, case, cora):
    confirmed(case, cora)
    sent()

    actions.withdraw(request=case)

    assert "This visit is cancelled, its hour is free again:\nTuesday, March 9, 2027 at 10:00" in to_desk()[0].body
    note = waiting(client)[0][1]
    assert note.startswith("<strong")
    assert "the visit Tuesday, March 9, 10:00\u00a0am is cancelled, its hour is free again" in note


def test_taking_another_time_names_the_visit_taken_and_the_one_given_back(client, case, cora):
    confirmed(case, cora)
    time = offered(case, cora)
    sent()

    actions.accept(request=case, time=time)

    letter = to_desk()[0]
    assert "The visit is now:\nWednesday, March 10, 2027" in letter.body
    assert "is free again:\nTuesday, March 9, 2027" in letter.body
    assert waiting(client)[0][1].startswith("<strong")


def test_withdrawing_before_there_is_a_visit_frees_nothing(client, case, cora):
    actions.withdraw(request=case)

    assert "free again" not in waiting(client)[0][1] + to_desk()[0].body


def test_newest_stands_first(client, case, cora, clock):
    actions.add_words(request=case, words="First")
    clock.shift(timedelta(minutes=5))
    actions.withdraw(request=case)

    assert ["withdrew" in note for _reference, note in waiting(client)] == [True, False]


def test_without_an_inbox_the_list_still_shows_it(client, case, cora):
    case.department.inbox = ""
    case.department.save()

    actions.withdraw(request=Request.objects.get())

    assert not Message.objects.filter(kind="family").exists()
    assert len(waiting(client)) == 1


def test_what_changes_nothing_tells_nobody(case):
    fields = {"email": CANARY["email"], "phone": "646 555 0111", "contact": {"how": "call"}}
    for _press in range(3):
        actions.change_contact(request=case, fields=fields)

    assert FamilyAct.objects.count() == 1
    assert Message.objects.filter(kind="family").count() == 1
    assert Message.objects.filter(kind="contact").count() == 1


def test_another_department_sees_nothing_of_it(client, case, cora):
    other = factories.coordinator("dora", factories.department("cardiology"))
    actions.withdraw(request=case)
    client.force_login(other)

    assert waiting(client) == []
    assert case.reference not in client.get(INDEX).content.decode()


def test_reading_the_case_leaves_it_and_the_button_takes_it_off(client, case, cora):
    confirmed(case, cora)
    actions.withdraw(request=case)
    address = reverse("admin:appointments_request_change", args=[case.pk])

    page = client.get(address)
    assert "New from the family" in shown(page)
    assert "its hour is free again" in shown(page)
    assert len(waiting(client)) == 1

    answers = {"seen": page.context["original"].version, "upto": page.context["upto"], "acts": page.context["acts"]}
    client.post(reverse("admin:appointments_request_read", args=[case.pk]), answers)
    assert waiting(client) == []
    assert "New from the family" not in shown(client.get(address))


def test_what_came_after_the_page_was_read_stays_new(client, case, cora):
    actions.change_contact(request=case, fields={"email": CANARY["email"], "phone": "", "contact": {"how": "email"}})
    page = client.get(reverse("admin:appointments_request_change", args=[case.pk]))
    actions.withdraw(request=Request.objects.get())

    actions.mark_read(request=case, by=cora, upto=0, acts=page.context["acts"])

    assert ["withdrew" in note for _reference, note in waiting(client)] == [True]


def test_moving_the_request_on_answers_the_act_but_not_words_that_nobody_read(client, case, cora):
    time = offered(case, cora)
    actions.ask_for_other_times(request=case, words="")
    actions.add_words(request=case, words="Mondays")

    actions.offer(request=case, by=cora, slots=[slot(case, VISIT + timedelta(days=3))])

    assert time.status == "offered"
    assert ["wrote to you" in note for _reference, note in waiting(client)] == [True]


def test_queue_marks_and_filters_what_is_new(client, case, cora):
    actions.change_contact(request=case, fields={"email": CANARY["email"], "phone": "", "contact": {"how": "email"}})
    other = factories.request("b" * 64, department=case.department, child_name="Lou")
    queue = reverse("admin:appointments_request_changelist")

    new = client.get(f"{queue}?words=unread&state=all")

    assert '<span class="tag">See what they did</span>' in new.text
    assert ([*new.context["cl"].result_list], Request.objects.filter(pk=other.pk).count()) == ([case], 1)


def test_index_of_the_app_shows_what_waits_too(client, case, cora):
    actions.withdraw(request=case)

    page = client.get(reverse("admin:app_list", args=["appointments"]))

    assert LIST in shown(page)
    assert case.reference in shown(page)
    assert "Nothing waits for you" not in shown(page)


def test_mail_about_what_a_colleague_has_seen_is_not_sent(case, cora):
    sent()
    actions.add_words(request=case, words="We moved")
    actions.mark_read(request=case, by=cora, upto=case.notes.last().pk, acts=FamilyAct.objects.get().pk)

    assert to_desk() == []


def test_erased_request_waits_for_nobody(client, case, cora):
    actions.withdraw(request=case)
    Request.objects.update(erased_at=NOW)

    assert waiting(client) == []
    assert to_desk() == []
