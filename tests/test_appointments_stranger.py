"""Knowing facts about a child is not being its family: who asks with them is answered as anybody is, and staff alone see it."""

import re

import pytest
from django.core import mail
from django.test import Client

from appointments import actions
from appointments.models import Draft, Note, Request
from foundation.outbox.models import Message
from tests import clients, factories
from tests.outbox import deliver_one

pytestmark = pytest.mark.django_db

CHILD = {"name": "Kim Sample", "born_month": "4", "born_day": "3", "born_year": "2018"}
WHOLE = {
    "you": {"asker": "parent", "name": "Sam Stranger", "confirm": "on"},
    "child": CHILD,
    "visit": {"visit": "new", "mode": "in-person", "interpreter": "no", "note": "Words of a stranger"},
    "contact": {"phone": "212 555 0199", "email": "pat@example.org", "how": "call", "message": "yes"},
    "times": {},
}
DRAWN = [  # what is drawn at random for each browser and each request, or is the time
    (r'name="csrfmiddlewaretoken" value="[^"]+"', "CSRF"),
    (r"/appointments/r/[\w-]+/", "LINK"),
    (r"\b[2-9A-HJ-NP-TV-Z]{4}-[2-9A-HJ-NP-TV-Z]{4}\b", "REFERENCE"),
]


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to("2026-06-01 13:30Z", tick=False)
    return time_machine


@pytest.fixture
def cora(db):
    return factories.coordinator("cora", factories.department())


@pytest.fixture
def family(cora):
    """The family's own request, with a word of staff in it."""
    row = factories.request()
    actions.ask_question(request=row, by=cora, words="Is there an MRI?")
    while deliver_one():
        pass
    mail.outbox.clear()
    return row


def text(response):
    return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode().replace("\u00ad", "")).split())


def plain(response):
    """All that a browser is told, without what was drawn for it."""
    headers = {name: value for name, value in response.items() if name not in {"ETag", "Content-Length"}}
    told = response.content.decode() + str(headers)
    for pattern, word in DRAWN:
        told = re.sub(pattern, word, told)
    cookies = [(re.sub(r"\d+$", "", name), cookie["max-age"], cookie["path"]) for name, cookie in response.cookies.items()]
    return response.status_code, sorted(cookies), told


def asks(clock, **steps):
    """Everything that a browser reads on its way through the form, twice sent, and then on the page of its own request."""
    browser, read = Client(), []
    for step, answers in (WHOLE | steps).items():
        read += [browser.get(f"/appointments/request/{step}/"), browser.post(f"/appointments/request/{step}/", answers)]
    clock.shift(60)
    check = "/appointments/request/check/"
    read.append(browser.get(check))
    for sent in ({}, {"already": "add"}, {"already": "new"}):
        read.append(browser.post(check, sent))
    read += [browser.get(f"{check}?see=already"), browser.get("/appointments/request/done/")]
    own = re.search(r"/appointments/r/[\w-]+/", read[-1].content.decode())[0]
    read += [browser.get(own), browser.post(f"{own}unlock/", WHOLE["child"] | steps.get("child", {})), browser.get(own)]
    clock.shift(-60)
    return [plain(response) for response in read]


def of(row):
    """Everything that is stored of a request."""
    row = Request.objects.filter(pk=row.pk).values().get()
    notes = list(Note.objects.filter(request=row["id"]).values())
    return row, notes, list(Message.objects.filter(object_id=row["id"]).values("pk", "kind", "status"))


FACTS = [
    {},  # name, date of birth, email and phone
    {"contact": WHOLE["contact"] | {"email": "stranger@example.org"}},
    {"contact": WHOLE["contact"] | {"phone": "917 555 0123"}},
    {"contact": WHOLE["contact"] | {"email": "PAT@EXAMPLE.ORG", "phone": "+1 (212) 555-0199"}},
    {"child": CHILD | {"name": "kim  SAMPLE"}},
]


@pytest.mark.parametrize("facts", FACTS)
def test_a_stranger_with_the_facts_reads_what_anybody_reads_and_writes_nothing(cora, clock, facts):
    guessing = asks(clock, **facts)  # the same words with nothing there that they could meet
    Request.objects.all().delete()
    Draft.objects.all().delete()
    family = factories.request()
    actions.ask_question(request=family, by=cora, words="Is there an MRI?")
    before = of(family)

    knowing = asks(clock, **facts)

    assert knowing == guessing
    assert of(family) == before


def test_each_sent_form_is_a_request_of_its_own_with_a_mail_to_the_address_typed(family, clock):
    asks(clock)
    asks(clock, contact=WHOLE["contact"] | {"email": "other@example.org"})
    clock.shift(60)
    while deliver_one():
        pass

    first, second = Request.objects.exclude(pk=family.pk).order_by("pk")
    assert len({family.link, first.link, second.link}) == 3
    assert [letter.to for letter in mail.outbox] == [["pat@example.org"], ["other@example.org"]]
    assert [family.reference in letter.body or family.link in letter.body for letter in mail.outbox] == [False, False]


def test_the_same_draft_sent_twice_is_one_request(cora, clock):
    asks(clock)

    assert Request.objects.count() == 1
    assert Message.objects.filter(kind="received").count() == 1


def test_the_strangers_link_opens_nothing_of_the_family(family, clock):
    asks(clock)
    row = Request.objects.exclude(pk=family.pk).get()
    browser = Client()
    born = {key: value for key, value in CHILD.items() if key != "name"}
    browser.post(f"/appointments/r/{row.link}/unlock/", born)

    own, familys = browser.get(f"/appointments/r/{row.link}/"), browser.get(f"/appointments/r/{family.link}/")
    written = browser.post(f"/appointments/r/{family.link}/words/", {"words": "Mine"})

    assert "Sam Stranger" in text(own)
    assert "Is there an MRI?" not in text(own) + text(familys)
    assert "Enter the date of birth again" in text(written)
    assert family.notes.count() == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Liam O'Brien", "Liam O\u2019Brien"),
        ("Zoe\u0301 Sample", "Zoé sample"),
        ("Anne-Marie Sample", "Anne\u2010Marie  Sample"),
    ],
)
def test_staff_alone_see_that_it_is_perhaps_the_same_child(cora, clock, first, second):
    one = factories.request(child_name=first)
    other = factories.request("b" * 64, child_name=second, email="other.parent@example.org", phone="917 555 0123")
    browser = clients.Client()
    browser.force_login(cora)

    queue = browser.get("/admin/appointments/request/")
    case = browser.get(f"/admin/appointments/request/{one.pk}/change/")

    assert text(queue).count("perhaps the same child") == 2
    assert "Perhaps for the same child. Compare, and call before you merge" in text(case)
    assert f'<a href="/admin/appointments/request/{other.pk}/change/">{other.reference}</a>' in case.text


def test_another_child_of_the_same_family_is_not_marked(cora):
    factories.request()
    factories.request("b" * 64, child_name="Lee Sample")
    factories.request("c" * 64, child_born="2019-04-03")
    browser = clients.Client()
    browser.force_login(cora)

    assert "perhaps the same child" not in text(browser.get("/admin/appointments/request/"))


def test_a_request_that_staff_may_not_see_is_not_told_of(cora):
    one = factories.request()
    other = factories.request("b" * 64, department=factories.department("orthopedics"))
    actions.close(request=factories.request("c" * 64), by=cora, reason="elsewhere", words="Done.")
    browser = clients.Client()
    browser.force_login(cora)

    case = browser.get(f"/admin/appointments/request/{one.pk}/change/")

    assert "perhaps" not in text(browser.get("/admin/appointments/request/")).lower().replace("perhaps for", "")
    assert other.reference not in case.text


def test_a_merge_leaves_link_contact_and_messages_of_both_as_they_were(family, cora, clock):
    asks(clock, contact=WHOLE["contact"] | {"email": "stranger@example.org", "phone": "917 555 0123"})
    row = Request.objects.exclude(pk=family.pk).get()
    before = of(family)

    clock.shift(60)
    actions.merge(request=row, by=cora, into=family)
    while deliver_one():
        pass

    row.refresh_from_db()
    assert of(family) == before
    assert (row.status, row.merged_into, row.email) == ("closed", family, "stranger@example.org")
    assert {tuple(letter.to) for letter in mail.outbox} == {("stranger@example.org",)}
    assert not any(family.reference in letter.body or "merged" in letter.body for letter in mail.outbox)


def test_an_erased_request_is_like_no_other(family, cora):
    actions.close(request=family, by=cora, reason="elsewhere", words="Done.")
    family.refresh_from_db()
    Request.objects.filter(pk=family.pk).update(**Request.emptied())

    assert Request.objects.get(pk=family.pk).child_index == ""
