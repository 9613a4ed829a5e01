"""An edition's life: who may do what to it, and that what was published stays as it was."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from conditions import actions
from conditions.models import Edition, Section, Source
from foundation.audit.models import Record
from foundation.workflow import Refused
from tests import factories

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)


@pytest.mark.databases
def test_live_edition_is_the_latest_approved_one_that_is_due(db):
    first = factories.live("crmo")
    second = factories.publish(factories.draft(first.condition), at=datetime(2026, 6, 1, tzinfo=UTC))
    scheduled = factories.publish(factories.draft(first.condition), at=datetime(2027, 6, 1, tzinfo=UTC))

    live = {
        moment.year * 100 + moment.month: list(Edition.objects.live(moment))
        for moment in (
            datetime(2025, 1, 1, tzinfo=UTC),
            datetime(2026, 2, 1, tzinfo=UTC),
            NOW,
            datetime(2027, 7, 1, tzinfo=UTC),
        )
    }

    assert live == {202501: [], 202602: [first], 202611: [second], 202707: [scheduled]}


@pytest.mark.databases
def test_live_edition_of_one_language_does_not_replace_the_other(db):
    english = factories.live("crmo")
    condition = english.condition
    condition.names.create(language="es", kind="preferred", text="Osteomielitis")
    spanish = factories.publish(factories.draft(condition, "es"), at=datetime(2026, 6, 1, tzinfo=UTC))

    assert set(Edition.objects.live(NOW)) == {english, spanish}


def test_withdrawing_brings_back_the_edition_before(db, publisher):
    first = factories.live("crmo")
    second = factories.publish(factories.draft(first.condition), at=datetime(2026, 6, 1, tzinfo=UTC))

    actions.withdraw(edition=second, by=publisher, reason="A dose was wrong.")

    assert list(Edition.objects.live(NOW)) == [first]
    assert second.withdrawn_reason == "A dose was wrong."


def test_withdrawing_without_a_reason_is_refused(db, publisher):
    edition = factories.live("crmo")

    with pytest.raises(Refused):
        actions.withdraw(edition=edition, by=publisher, reason="  ")

    assert Edition.objects.get().status == "approved"


def test_draft_copies_the_published_text_and_leaves_it_alone(db, editor):
    published = factories.live("crmo", sections=("overview", "treatment"))

    draft = actions.start_draft(condition=published.condition, language="en", by=editor)

    assert (draft.number, draft.status, list(draft.authors.all())) == (2, "draft", [editor])
    assert draft.digest() == published.digest()
    assert [s.kind for s in draft.sections.all()] == ["overview", "treatment"]
    assert published.sections.count() == 2


@pytest.mark.databases
def test_second_open_draft_is_refused_by_the_verb_and_the_database(db, editor):
    draft = factories.draft()

    with pytest.raises(Refused):
        actions.start_draft(condition=draft.condition, language="en", by=editor)
    with pytest.raises(IntegrityError), transaction.atomic():
        Edition(condition=draft.condition, language="en").save()


def test_changed_text_voids_the_signature(db, reviewer, publisher):
    draft = factories.draft()
    actions.submit(edition=draft, by="test")
    actions.sign_off(edition=draft, reviewer=reviewer.clinician, by=reviewer)
    section = draft.sections.get()
    section.body = "<p>Text on overview of crmo!</p>"
    section.save()

    with pytest.raises(Refused, match="changed after the sign-off"):
        actions.approve(edition=draft, by=publisher)

    assert not draft.is_signed
    assert list(Edition.objects.live(NOW)) == []


def test_each_clinical_field_is_part_of_the_digest(db):
    draft = factories.draft()
    digests = {draft.digest()}

    for part in ("summary", "key_points", "ask_us", "call_today", "emergency"):
        setattr(draft, part, "Something else")
        draft.save()
        digests.add(draft.digest())

    assert len(digests) == 6


def test_source_and_picture_are_part_of_the_digest(db):
    draft = factories.draft()
    digests = {draft.digest()}

    Source.objects.filter(edition=draft).update(date="2024")
    digests.add(draft.digest())
    Section.objects.filter(edition=draft).update(picture="a-1.webp", picture_alt="A bone")
    digests.add(draft.digest())

    assert len(digests) == 3


def test_author_cannot_sign_off_their_own_text(db, reviewer):
    draft = factories.draft()
    draft.authors.add(reviewer)
    actions.submit(edition=draft, by="test")

    with pytest.raises(Refused, match="You wrote"):
        actions.sign_off(edition=draft, reviewer=reviewer.clinician, by=reviewer)


def test_nobody_signs_off_in_another_clinicians_name(db, reviewer):
    draft = factories.draft()
    actions.submit(edition=draft, by="test")

    with pytest.raises(Refused, match="own account"):
        actions.sign_off(edition=draft, reviewer=factories.clinician("somebody-else"), by=reviewer)


@pytest.mark.parametrize(("verb", "more"), [("submit", {}), ("send_back", {}), ("approve", {}), ("withdraw", {"reason": "x"})])
def test_verbs_need_their_permission(db, verb, more):
    draft = factories.draft()
    stranger = factories.staff("stranger")

    with pytest.raises(PermissionDenied):
        getattr(actions, verb)(edition=draft, by=stranger, **more)


@pytest.mark.parametrize(("verb", "more"), [("send_back", {}), ("withdraw", {"reason": "x"}), ("sign_off", {})])
def test_moves_outside_the_table_are_refused(db, verb, more):
    draft = factories.draft()
    if verb == "sign_off":
        more = {"reviewer": factories.clinician()}

    with pytest.raises(Refused):
        getattr(actions, verb)(edition=draft, by="test", **more)

    assert Edition.objects.get().status == "draft"


@pytest.mark.databases
def test_of_two_who_move_one_edition_the_second_is_told(db, editor):
    draft = factories.draft()
    stale = Edition.objects.get(pk=draft.pk)
    actions.submit(edition=draft, by=editor)

    with pytest.raises(Refused, match="Somebody else"):
        actions.submit(edition=stale, by=editor)


@pytest.mark.parametrize(
    ("lack", "sentence"),
    [
        (lambda d: Edition.objects.filter(pk=d.pk).update(summary=""), "Write the short answer."),
        (lambda d: d.sections.all().delete(), "Add at least one section."),
        (lambda d: d.sources.all().delete(), "Add at least one source."),
        (lambda d: d.condition.names.all().delete(), "Give the condition a preferred name in this language."),
    ],
)
def test_incomplete_edition_cannot_be_submitted_and_says_what_lacks(db, lack, sentence):
    draft = factories.draft()
    lack(draft)
    draft.refresh_from_db()

    with pytest.raises(Refused) as refusal:
        actions.submit(edition=draft, by="test")

    assert str(refusal.value) == sentence


@pytest.mark.databases
def test_picture_without_words_is_refused_by_the_database(db):
    draft = factories.draft()

    with pytest.raises(IntegrityError), transaction.atomic():
        draft.sections.update(picture="a.webp", picture_width=4, picture_height=3, picture_alt="")


@time_machine.travel(NOW, tick=False)
def test_next_review_is_due_after_the_conditions_interval(db):
    draft = factories.draft(factories.condition(review_every_months=6))
    actions.submit(edition=draft, by="test")
    actions.sign_off(edition=draft, reviewer=factories.clinician(), by="test", reviewed_on=date(2026, 8, 31))

    actions.approve(edition=draft, by="test")

    assert (draft.publish_at, draft.next_review_due) == (NOW, date(2027, 2, 28))


@pytest.mark.parametrize(
    ("day", "months", "due"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2027, 2, 28), 12, date(2028, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 10, 31), 6, date(2027, 4, 30)),
    ],
)
def test_months_after_stays_within_the_month(day, months, due):
    assert actions.months_after(day, months) == due


def test_published_edition_refuses_a_bare_save(db):
    edition = factories.live("crmo")
    section, source = edition.sections.get(), edition.sources.get()
    edition.summary = section.heading = source.title = "Changed"

    for row in (edition, section, source):
        with pytest.raises(Refused):
            row.save()

    assert Edition.objects.get().summary == "Short answer on crmo."
    assert (Section.objects.get().heading, Source.objects.get().title) == ("", "A study")


def test_published_edition_refuses_new_parts_and_deletion(db):
    edition = factories.live("crmo")

    with pytest.raises(Refused):
        Section.objects.create(edition=edition, kind="causes", body="<p>New</p>")
    for row in (edition.sections.get(), edition.sources.get(), edition):
        with pytest.raises(Refused):
            row.delete()

    assert (Edition.objects.count(), Section.objects.count(), Source.objects.count()) == (1, 1, 1)


CHANGES = [
    lambda e: Edition.objects.filter(pk=e.pk).update(summary="Changed"),
    lambda e: Edition.objects.filter(pk=e.pk).update(status="draft"),
    lambda e: Edition.objects.filter(pk=e.pk).update(publish_at=NOW + timedelta(days=9)),
    lambda e: Edition.objects.filter(pk=e.pk)._raw_delete("default"),
    lambda e: Section.objects.filter(edition=e).update(body="<p>Changed</p>"),
    lambda e: Section.objects.filter(edition=e)._raw_delete("default"),
    lambda e: Source.objects.filter(edition=e).update(title="Changed"),
    lambda e: Source.objects.bulk_create([Source(edition=e, title="New", date="2025")]),
    lambda e: Source.objects.filter(edition=e)._raw_delete("default"),
]


@pytest.mark.databases
def test_database_refuses_to_change_a_published_edition(db):
    edition = factories.live("crmo")
    before = edition.digest()

    for change in CHANGES:
        with pytest.raises(IntegrityError), transaction.atomic():
            change(edition)

    assert Edition.objects.get().digest() == before


@pytest.mark.databases
def test_part_cannot_be_moved_into_a_published_edition(db):
    edition = factories.live("crmo")
    other = factories.draft(factories.condition("sapho"))

    with pytest.raises(IntegrityError), transaction.atomic():
        Section.objects.filter(edition=other).update(edition=edition)


def test_status_does_not_change_by_save(db):
    draft = factories.draft()
    draft.status = "submitted"

    with pytest.raises(Refused):
        draft.save()


@pytest.mark.databases
def test_approved_without_review_is_refused_by_the_database(db):
    draft = factories.draft()

    with pytest.raises(IntegrityError), transaction.atomic():
        Edition.objects.filter(pk=draft.pk).update(status="approved")


def test_every_verb_leaves_an_audit_record(db, editor, reviewer, publisher):
    row = factories.condition()
    draft = actions.start_draft(condition=row, language="en", by=editor)
    Section.objects.create(edition=draft, kind="overview", body="<p>Text</p>")
    Source.objects.create(edition=draft, title="A study", date="2025")
    Edition.objects.filter(pk=draft.pk).update(summary="Short")
    draft.refresh_from_db()

    actions.submit(edition=draft, by=editor)
    actions.send_back(edition=draft, by=editor)
    actions.submit(edition=draft, by=editor)
    actions.sign_off(edition=draft, reviewer=reviewer.clinician, by=reviewer)
    actions.approve(edition=draft, by=publisher)
    actions.withdraw(edition=draft, by=publisher, reason="Wrong")

    assert list(Record.objects.order_by("sequence").values_list("actor", "verb")) == [
        ("edith", "started a draft of"),
        ("edith", "submitted"),
        ("edith", "took back"),
        ("edith", "submitted"),
        ("rhea", "signed off"),
        ("paul", "approved"),
        ("paul", "withdrew"),
    ]


def test_seventh_key_point_is_refused(db):
    draft = factories.draft()
    draft.key_points = "\n".join("1234567")

    with pytest.raises(ValidationError) as refusal:
        draft.full_clean()

    assert refusal.value.message_dict == {"key_points": ["Keep it to 6 key points; there are 7."]}
