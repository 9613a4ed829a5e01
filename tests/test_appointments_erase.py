"""Giving a family everything we hold about it, and erasing it: whole, for good, recorded without its values."""

import json

import pytest
from django.core.exceptions import PermissionDenied

from appointments import actions
from appointments.actions.privacy import Reason, copy_of, erase
from appointments.models import Draft, Note, OfferedTime, Request
from foundation.audit.models import Record
from foundation.outbox.models import Message
from foundation.workflow import Refused
from tests import factories
from tests.test_privacy_fields import in_database, put

PERSONAL = {
    "asker_name": "Pat Canary",
    "email": "canary@example.org",
    "phone": "212 555 0177",
    "child_name": "Kim Canary",
    "child_liked_name": "Kimmy Canary",
    "child_born": "2018-04-03",
    "language": "Canarian",
    "interpreter": "Canary sign",
    "referring_doctor": "Dr. Canary",
    "note": "canary hurts at night",
    "wishes": json.dumps({"days": ["1-am", "5-pm"], "earliest": "", "avoid": "canary school"}),
    "contact": json.dumps({"how": "call", "message": ""}),
}


@pytest.fixture
def officer(db):
    return factories.staff("olga", "see_all_requests", "erase_request")


@pytest.fixture
def cora(db):
    return factories.coordinator("cora", factories.department())


@pytest.fixture
def case(cora):
    """A request with words from both sides."""
    row = factories.request(**PERSONAL)
    actions.add_words(request=row, words="canary from the family")
    actions.write_note(request=row, by=cora, words="canary for staff")
    OfferedTime.objects.create(
        request=row,
        clinician=factories.clinician(),
        video_link="https://video.example.org/canary",
        starts_at="2027-01-05T15:00Z",
        ends_at="2027-01-05T16:00Z",
        zone="America/New_York",
        expires_at="2027-01-01T00:00Z",
    )
    return row


def closed(row, cora):
    actions.close(request=row, by=cora, reason="elsewhere", words="canary was seen elsewhere")
    return row


@pytest.mark.databases
def test_erasing_empties_every_personal_column_and_keeps_what_was_done(case, cora, officer):
    closed(case, cora)

    erase(case, by=officer, reason=Reason.ASKED)

    row = Request.objects.get()
    assert {name: getattr(row, name) for name in [*PERSONAL, "closing_words", "link", "email_index", "phone_index"]} == (
        dict.fromkeys([*PERSONAL, "closing_words", "link", "email_index", "phone_index"], "")
    )
    assert list(Note.objects.values_list("words", flat=True)) == ["", ""]
    assert OfferedTime.objects.get().video_link == ""
    assert row.erased_at is not None
    assert list(row.events.values_list("verb", flat=True)) == ["received", "closed"]


@pytest.mark.databases
def test_erasing_deletes_the_draft_and_drops_messages_that_wait(case, cora, officer):
    draft = Draft(key=case.draft_key)
    draft.write({"child": {"name": ["Kim Canary"]}})
    closed(case, cora)

    erase(case, by=officer, reason=Reason.ASKED)

    assert not Draft.objects.exists()
    assert set(Message.objects.values_list("status", flat=True)) == {"dropped"}


def test_erasing_is_recorded_with_its_reason_and_no_value(case, cora, officer):
    closed(case, cora)

    erase(case, by=officer, reason=Reason.MISTAKE)
    erase(case, by=officer, reason=Reason.MISTAKE)

    records = Record.objects.filter(verb="erased")
    assert [(r.actor, r.label, r.detail) for r in records] == [("olga", case.reference, {"reason": "mistake"})]
    assert "anary" not in str(list(Record.objects.values()))


def test_an_open_request_is_not_erased(case, officer):
    with pytest.raises(Refused, match="Close this request first"):
        erase(case, by=officer, reason=Reason.ASKED)

    assert Request.objects.get().child_name == "Kim Canary"


def test_words_of_ones_own_are_no_reason(case, cora, officer):
    closed(case, cora)

    with pytest.raises(ValueError, match="is not a valid Reason"):
        erase(case, by=officer, reason="Kim Canary moved away")

    assert Request.objects.get().child_name == "Kim Canary"


def test_coordinators_neither_erase_nor_copy(case, cora):
    closed(case, cora)

    with pytest.raises(PermissionDenied):
        erase(case, by=cora, reason=Reason.ASKED)
    with pytest.raises(PermissionDenied):
        copy_of(case, by=cora)


def test_an_erased_request_is_not_opened_again(case, cora, officer):
    closed(case, cora)
    erase(case, by=officer, reason=Reason.ASKED)

    with pytest.raises(Refused):
        actions.reopen(request=case, by=cora)


def test_nothing_can_be_added_to_an_erased_request(case, cora, officer):
    closed(case, cora)
    stale = Request.objects.get()
    erase(case, by=officer, reason=Reason.ASKED)

    for row in (case, stale):
        for act in (
            lambda row=row: actions.write_note(request=row, by=cora, words="Kim Canary called"),
            lambda row=row: actions.ask_question(request=row, by=cora, words="How is Kim Canary?"),
            lambda row=row: actions.record_attempt(request=row, by=cora, channel="call", outcome="no-answer"),
            lambda row=row: actions.add_words(request=row, words="Kim Canary is well"),
            lambda row=row: actions.change_contact(request=row, fields={"email": "c@example.org", "phone": "", "contact": {}}),
            lambda row=row: actions.undo(request=row, by=cora),
        ):
            with pytest.raises(Refused):
                act()

    assert [note.words for note in Note.objects.all()] == ["", ""]
    assert (Request.objects.get().email, Request.objects.get().status) == ("", "closed")


def test_what_no_key_opens_can_be_erased(case, cora, officer):
    closed(case, cora)
    broken = put(case, child_name="k1.AAAA")

    erase(broken, by=officer, reason=Reason.ASKED)

    assert in_database(case, "child_name") == ""


def test_the_copy_holds_everything_the_family_told_us(case, cora, officer):
    other = factories.request(draft_key="b" * 64, email="canary@example.org")
    closed(case, cora)

    copy = copy_of(case, by=officer)

    told = [value for name, value in PERSONAL.items() if name not in {"wishes", "contact", "child_born"}]
    chosen = [
        *("Child’s date of birth: Tuesday, April 3, 2018 (8 years)", "Good days: Monday morning\nFriday afternoon"),
        *("Not then: canary school", "How to reach them: Call me"),
    ]
    words = ["canary from the family", "canary for staff", "canary was seen elsewhere", "https://video.example.org/canary"]
    assert [each for each in [*told, *words, *chosen] if each not in copy] == []
    assert other.reference not in copy
    assert "From: Tuesday, January 5, 2027 at 10:00\u00a0am Eastern time (New York)" in copy.splitlines()
    assert case.link_hash not in copy
    assert "k1." not in copy


def test_a_copy_is_a_read_and_is_recorded(case, officer):
    copy_of(case, by=officer)

    assert list(Record.objects.filter(verb="copied").values_list("actor", "label")) == [("olga", case.reference)]


def test_the_copy_says_what_cannot_be_read(case, officer):
    broken = put(case, child_name="k1.AAAA")

    assert "Child’s name: cannot be read any more" in copy_of(broken, by=officer).splitlines()
