"""What is written to families: each kind, true or dropped, with none of the family's own words."""

import re
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from appointments import actions, messages
from appointments.actions.booking import Slot
from appointments.models import OfferedTime, Request
from foundation.outbox import smtp
from foundation.outbox.actions import Queue, deliver, post
from foundation.outbox.models import Message
from tests import factories
from tests.outbox import deliver_one

NOW = datetime(2027, 3, 2, 15, 0, tzinfo=UTC)  # Tuesday, 10 am in New York
VISIT = datetime(2027, 3, 9, 15, 0, tzinfo=UTC)
CANARY = {
    "asker_name": "Wilhelmina Zaunkönig",
    "email": "zaunkoenig@example.org",
    "phone": "212 555 0177",
    "child_name": "Xanthippe Zaunkönig",
    "child_liked_name": "Xanthi",
    "child_born": "2017-11-23",
    "language": "Quechua",
    "interpreter": "Sign language of Peru",
    "referring_doctor": "Dr. Quackenbush",
    "note": "Knee hurts since the flamingo incident",
}
CLOSING = "Orthopedics suits the flamingo knee better"
QUESTION = "Did the flamingo knee swell?"
DETAILS = {"what_to_bring": "MRI films of the knee", "inbox": "desk@example.org"}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _tuesday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def cora():
    return factories.coordinator("coralie-sample", _department())


@pytest.fixture
def canary():
    condition = factories.condition("crmo", name="Chronic recurrent multifocal osteomyelitis")
    return factories.request(department=_department(), condition=condition, **CANARY)


def _department():
    from directory.models import Department

    return Department.objects.filter(slug="bones").first() or factories.department(
        "bones", name="Bone inflammation", **DETAILS
    )


def slot(at=VISIT, **fields):
    values = {"clinician": _clinician(), "starts_at": at, "ends_at": at + timedelta(minutes=45), "zone": "America/New_York"}
    return Slot(**values | {"location": _location()} | fields)


def _clinician():
    from directory.models import Clinician

    return Clinician.objects.filter(slug="ana-example").first() or factories.clinician()


def _location():
    from directory.models import Location

    return Location.objects.filter(slug="main-campus").first() or factories.location()


def sent():
    """Sends what is due and returns it."""
    before = len(mail.outbox)
    while deliver_one():
        pass
    return mail.outbox[before:]


def to_family():
    """Sends what is due and returns what families read of it."""
    return [letter for letter in sent() if letter.to != [DETAILS["inbox"]]]


def only(kind, request):
    """The one message of this kind."""
    return Message.objects.get(kind=kind, object_id=request.pk)


def everything(letter):
    """Subject, headers but To, both parts and every attachment, decoded."""
    raw = letter.message()
    parts = [part.get_payload(decode=True).decode() for part in raw.walk() if not part.is_multipart()]
    headers = [f"{name}: {value}" for name, value in raw.items() if name != "To"]
    return re.sub(r"\r?\n ", "", "\n".join([letter.subject, *headers, *parts]))


def journey(request, by):
    """Every verb that writes to somebody; returns the letters by kind."""
    letters = sent()
    actions.record_attempt(request=request, by=by, channel="call", outcome="no-answer")
    letters += sent()
    actions.ask_question(request=request, by=by, words=QUESTION)
    letters += sent()
    actions.offer(request=request, by=by, slots=[slot()])
    letters += sent()
    actions.accept(request=request, time=request.times.get())
    letters += sent()
    for email in ("further@example.org", request.email):
        actions.change_contact(request=request, fields={"email": email, "phone": request.phone, "contact": {"how": "call"}})
        letters += sent()
    actions.send_link_again(reference=request.reference, email=request.email)
    letters += sent()
    with time_machine.travel(VISIT - timedelta(hours=23), tick=False):
        letters += sent()
    actions.close(request=request, by=by, reason="elsewhere", words=CLOSING)
    letters += sent()
    actions.reopen(request=request, by=by)
    return letters + sent()


def test_no_message_holds_what_the_family_said(canary, cora):
    letters = journey(canary, cora)

    kinds = set(Message.objects.filter(status="sent").values_list("kind", flat=True))
    told = [
        *CANARY.values(),
        "Zaunk",
        "Xanth",
        "flamingo",
        "11/23",
        "November 23",
        "osteomyelitis",
        "Bone inflammation",
        "MRI films",
        "coralie-sample",
    ]
    attendee = f"mailto:{CANARY['email']}"  # RFC 5546 wants the reader's own address in a calendar request
    texts = [everything(letter).replace(attendee, "") for letter in letters]
    elsewhere = {"cancelled", "earlier", "hands", "visit", "visit_off"}  # test_appointments_readers.py
    assert kinds == set(messages.KINDS) - elsewhere
    assert [(word, text[:60]) for word in told for text in texts if word.lower() in text.lower()] == []


def test_every_message_names_reference_phone_and_page(canary, cora):
    letters = [letter for letter in journey(canary, cora) if letter.to == [CANARY["email"]]]
    letters = [letter for letter in letters if "the contact details changed" not in letter.subject]

    link = f"http://127.0.0.1:8000/appointments/r/{canary.link}/"
    for letter in letters:
        html = letter.alternatives[0][0]
        assert canary.reference in letter.subject
        assert canary.reference in letter.body
        assert "212 555 0101" in letter.body
        assert link in letter.body
        assert html.count("<a ") == 1
        assert f'<a class="go" href="{link}" rel="nofollow">Open your page</a>' in html
        assert "&amp;amp;" not in html
        wants_answer = any(words in letter.subject for words in ("times to choose from", "a question", "tried to reach"))
        assert ("free, in any language: http://127.0.0.1:8000/language-help/" in letter.body) == wants_answer
        assert "Children’s Bone & Joint Center" in letter.body
        assert not re.search(r"<img|style=|src=|url\(", html)
        assert letter.message()["Auto-Submitted"] == "auto-generated"
        assert "List-Unsubscribe" not in letter.message()


def test_message_id_is_that_of_the_row(canary):
    letter = sent()[0]

    assert letter.message()["Message-ID"] == only("received", canary).message_id


def test_received_says_until_when_we_answer(canary):
    letter = sent()[0]

    assert letter.subject == f"Your appointment request {canary.reference}: we have it"
    assert "We will contact you by Thursday, March 4, 2027 at 10:00\u00a0am Eastern time (New York)." in letter.body


def test_no_line_of_a_mail_ends_within_the_phone_or_the_reference(canary):
    page = sent()[0].alternatives[0][0]

    letter = page.partition("<main>")[2]
    for piece in (canary.department.phone, canary.reference):
        assert letter.count(piece) == letter.count(f'<span class="whole">{piece}</span>') > 0


def test_inbox_is_told_that_a_request_waits_and_nothing_else(canary):
    letter = sent()[1]

    assert letter.to == ["desk@example.org"]
    assert letter.subject == "A new appointment request is waiting"
    assert letter.body == (
        f"A family asked your team for an appointment. The request has the reference {canary.reference}, and nobody has "
        "taken it yet. The family was told to hear from us by Thursday, March 4, 2027 at 10:00\u00a0am Eastern time "
        "(New York).\n\nOpen the case to see what they ask. If it is one for you, take it, and your colleagues see that it "
        f"has somebody:\nhttp://127.0.0.1:8000/admin/appointments/request/{canary.pk}/change/\n\n"
        "Nothing about the family stands in this mail. Sign in to read what they ask.\n\n"
        "Children’s Bone & Joint Center\n"
    )


def test_offered_lists_times_and_places_with_the_zone_in_words(canary, cora):
    sent()
    actions.offer(request=canary, by=cora, slots=[slot(), slot(VISIT + timedelta(days=6))])

    letter = sent()[0]

    assert letter.subject == f"Your appointment request {canary.reference}: times to choose from"
    assert letter.body.startswith(
        "These times are held for you:\n\n"
        "Tuesday, March 9, 2027 at 10:00\u00a0am Eastern time (New York)\n"
        "Main Campus, 1 Sample Street, New York, NY 10001\n\n"
        "Monday, March 15, 2027 at 11:00\u00a0am Eastern time (New York)\n"
        "Main Campus, 1 Sample Street, New York, NY 10001\n\n"
        "We hold the times we offered for you until Friday, March 5, 2027 at 10:00\u00a0am Eastern time (New York). "
    )


def test_video_visit_in_another_zone_names_both_clocks(cora):
    request = factories.request(department=_department(), **CANARY | {"mode": "virtual", "state": "IL"})
    actions.confirm_by_phone(request=request, by=cora, slot=slot(location=None, video_link="https://video.example.org/secret"))

    letter = sent()[-1]

    assert "Getting here" not in letter.body
    both = "Tuesday, March 9, 2027 at 10:00\u00a0am Eastern time (New York), which is 9:00\u00a0am Central time (Chicago)\nBy video"
    assert both in letter.body
    assert "video.example.org" not in everything(letter)


def test_message_is_in_the_language_of_the_request(cora):
    request = factories.request(department=_department(), **CANARY | {"site_language": "es"})

    letter = sent()[0]

    assert f"/es/appointments/r/{request.link}/" in letter.body
    assert '<html lang="es" dir="ltr">' in letter.alternatives[0][0]


def test_family_without_email_is_not_written_to(cora):
    factories.request(department=_department(), **CANARY | {"email": ""})

    assert [letter.to for letter in sent()] == [["desk@example.org"]]


@pytest.mark.parametrize("kind", ["received", "tried", "offered", "question", "changed", "inbox"])
def test_message_that_is_no_longer_true_is_dropped(canary, cora, kind):
    actions.record_attempt(request=canary, by=cora, channel="call", outcome="no-answer")
    actions.ask_question(request=canary, by=cora, words=QUESTION)
    actions.offer(request=canary, by=cora, slots=[slot()])
    actions.close(request=canary, by=cora, reason="elsewhere", words=CLOSING)
    post(kind="changed", object_id=canary.pk, step=canary.events.last().pk)

    letters = sent()

    assert only(kind, canary).status == "dropped"
    assert [letter.subject for letter in letters] == [f"Your appointment request {canary.reference} is closed"]


def test_offer_that_was_answered_is_dropped(canary, cora):
    actions.offer(request=canary, by=cora, slots=[slot()])
    actions.accept(request=canary, time=canary.times.get())

    sent()

    assert only("offered", canary).status == "dropped"
    assert only("confirmed", canary).status == "sent"


def test_earlier_offer_is_dropped_for_the_newer_one(canary, cora):
    actions.offer(request=canary, by=cora, slots=[slot()])
    actions.offer(request=canary, by=cora, slots=[slot(VISIT + timedelta(hours=2))])

    sent()

    assert list(Message.objects.filter(kind="offered").order_by("pk").values_list("status", flat=True)) == ["dropped", "sent"]


def test_question_that_was_answered_is_dropped(canary, cora):
    actions.ask_question(request=canary, by=cora, words=QUESTION)
    actions.add_words(request=canary, words="No")

    sent()

    assert only("question", canary).status == "dropped"


def test_confirmed_mail_of_a_visit_that_moved_is_dropped(canary, cora):
    actions.confirm_by_phone(request=canary, by=cora, slot=slot())
    actions.confirm_by_phone(request=canary, by=cora, slot=slot(VISIT + timedelta(days=1)))

    letters = [letter for letter in sent() if "confirmed" in letter.subject]

    assert ["Your visit has a new time:" in letter.body for letter in letters] == [True]


def test_nothing_is_sent_about_an_erased_request(canary, cora):
    actions.close(request=canary, by=cora, reason="elsewhere", words=CLOSING)
    type(canary).objects.filter(pk=canary.pk).update(erased_at=timezone.now())

    assert sent() == []


def test_reminders_leave_at_ten_two_days_and_one_day_before(canary, cora):
    actions.confirm_by_phone(request=canary, by=cora, slot=slot(datetime(2027, 3, 15, 13, 0, tzinfo=UTC)))
    sent()

    leave = list(Message.objects.filter(kind="reminder").order_by("leave_at").values_list("leave_at", flat=True))

    # the clocks change on Sunday, March 14: ten o’clock is 15:00 UTC before and 14:00 UTC after
    assert leave == [datetime(2027, 3, 13, 15, 0, tzinfo=UTC), datetime(2027, 3, 14, 14, 0, tzinfo=UTC)]
    for moment in leave:
        with time_machine.travel(moment, tick=False):
            assert [letter.subject for letter in sent()] == [f"Your appointment {canary.reference}: a reminder"]


def test_reminders_of_a_cancelled_visit_are_dropped(canary, cora):
    actions.confirm_by_phone(request=canary, by=cora, slot=slot())
    actions.close(request=canary, by=cora, reason="elsewhere", words=CLOSING)
    sent()

    with time_machine.travel(VISIT, tick=False):
        assert sent() == []
    assert set(Message.objects.filter(kind="reminder").values_list("status", flat=True)) == {"dropped"}


def test_reminders_of_a_visit_that_moved_name_the_new_time_only(canary, cora):
    actions.confirm_by_phone(request=canary, by=cora, slot=slot())
    actions.confirm_by_phone(request=canary, by=cora, slot=slot(VISIT + timedelta(days=7)))
    sent()

    with time_machine.travel(VISIT - timedelta(hours=12), tick=False):
        assert sent() == []
    with time_machine.travel(VISIT + timedelta(days=6), tick=False):
        assert ["Tuesday, March 16, 2027 at 11:00\u00a0am" in letter.body for letter in sent()] == [True]


def test_preview_shows_what_the_family_got_even_when_it_is_no_longer_true(canary, cora):
    actions.offer(request=canary, by=cora, slots=[slot()])
    letter = sent()[-1]

    subject, text, html = messages.preview(only("offered", canary))

    assert (subject, text, html) == (letter.subject, letter.body, letter.alternatives[0][0])
    actions.close(request=canary, by=cora, reason="elsewhere", words=CLOSING)
    assert messages.preview(only("offered", canary))[0] == letter.subject


def test_preview_of_an_erased_request_says_so(canary):
    type(canary).objects.filter(pk=canary.pk).update(
        status="closed", ended="us", closing_reason="other", closed_at=NOW, erased_at=NOW
    )

    subject, text, html = messages.preview(only("received", canary))

    assert subject == text == "This message can no longer be shown: what the family told us was erased."
    assert html == ""


def test_time_of_the_offer_in_the_preview_stays_after_it_was_taken(canary, cora):
    actions.confirm_by_phone(request=canary, by=cora, slot=slot())
    OfferedTime.objects.update(status="cancelled", ended_at=NOW, ended_by="us")

    assert "Tuesday, March 9, 2027" in messages.preview(only("confirmed", canary))[1]


def test_department_that_takes_over_is_told_in_its_inbox(canary, cora):
    sent()
    other = factories.department("surgery", inbox="surgery@example.org")

    actions.hand_over(request=canary, by=cora, department=other, reason="Theirs")

    assert [letter.to for letter in sent()] == [[CANARY["email"]], ["surgery@example.org"]]


def test_inbox_is_not_told_of_a_request_that_somebody_took(canary, cora):
    actions.take(request=canary, by=cora)

    assert [letter.to for letter in sent()] == [[CANARY["email"]]]


def change(request, email, **more):
    actions.change_contact(
        request=request, fields={"email": email, "phone": "646 555 0111", "contact": {"how": "call"}} | more
    )


def test_address_that_is_left_is_told_without_the_link(canary):
    sent()
    change(canary, "new@example.org")

    note, letter = to_family()

    assert (note.to, letter.to) == ([CANARY["email"]], ["new@example.org"])
    assert note.subject == f"Appointment request {canary.reference}: the contact details changed"
    assert note.body.startswith(
        f"The contact details of appointment request {canary.reference} were changed. We do not write to this address any more."
        "\n\nIf that was not you, call us: 212 555 0101.\n\n"
    )
    assert [word for word in (canary.link, "/r/", "new@example.org", "646 555 0111") if word in everything(note)] == []


def test_every_address_that_is_left_is_told_however_late(canary):
    sent()
    change(canary, "second@example.org")
    change(canary, "third@example.org")

    assert [letter.to for letter in sent() if "the contact details changed" in letter.subject] == [
        [CANARY["email"]],
        ["second@example.org"],
    ]


@pytest.mark.parametrize("email", [CANARY["email"], CANARY["email"].upper()])
def test_address_that_stays_is_told_once(canary, email):
    sent()
    change(canary, email)

    assert [letter.subject for letter in to_family()] == [
        f"Your appointment request {canary.reference}: your contact details changed"
    ]


def test_address_that_is_taken_away_is_told(canary):
    sent()
    change(canary, "")

    assert [letter.to for letter in to_family()] == [[CANARY["email"]]]


def test_first_address_of_a_family_is_no_news_to_anybody_else():
    request = factories.request(email="")
    change(request, "new@example.org")

    assert [letter.to for letter in sent()] == [["new@example.org"]]


def test_left_address_is_forgotten_with_the_rest(canary, cora):
    change(canary, "new@example.org")
    actions.close(request=canary, by=cora, reason="elsewhere", words=CLOSING)
    Request.objects.filter(pk=canary.pk).update(**Request.emptied(), erased_at=timezone.now())
    canary.refresh_from_db()

    assert canary.read("contact") == {}
    assert sent() == []


def test_what_changes_after_it_was_looked_at_goes_into_the_mail(canary, cora):
    sent()
    actions.confirm_by_phone(request=canary, by=cora, slot=slot())
    queue = Queue()
    queue.look()
    fields = {"email": "new@example.org", "phone": canary.phone, "contact": {"how": "call"}}
    actions.change_contact(request=canary, fields=fields)
    before = len(mail.outbox)

    with closing(smtp.Line()) as line:
        deliver(line, queue, goes_on=lambda: len(mail.outbox) == before)

    assert [(letter.subject[-12:], letter.to) for letter in mail.outbox[before:]] == [("is confirmed", ["new@example.org"])]


def test_visit_that_is_cancelled_after_it_was_looked_at_is_not_confirmed(canary, cora):
    sent()
    actions.confirm_by_phone(request=canary, by=cora, slot=slot())
    queue = Queue()
    queue.look()
    actions.cancel_visit(request=canary, by=cora, for_family=False)

    with closing(smtp.Line()) as line:
        deliver(line, queue, goes_on=lambda: only("confirmed", canary).status == "waiting")

    assert only("confirmed", canary).status == "dropped"
