"""Attempts to put text on a public page that no reviewer signed. Each tries hard; after each the page shows signed text alone."""

import copy
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from conditions import actions
from conditions.models import Comment, Edition, Section, SignOff, Source
from foundation.workflow import Refused
from tests import factories
from tests.admin_forms import filled
from tests.clients import Client

BAD = "UNSIGNED"
BODY = f"<p>{BAD}</p>"
REFUSALS = (Refused, DatabaseError, PermissionDenied, CommandError)
FORGED = {"reviewed_on": date(2026, 6, 1), "next_review_due": date(2099, 1, 1), "publish_at": datetime(2026, 6, 2, tzinfo=UTC)}


class Stage:
    """A page with a signed text on it, and a draft of the next version that Rhea just signed."""

    folder = None  # of the test

    def __init__(self):
        self.boss = factories.administrator()
        self.rhea = factories.staff("rhea", "sign_off_edition", "view_edition")
        self.reviewer = factories.clinician("rhea-sample", user=self.rhea)
        self.live = factories.live("crmo", sections=("overview", "treatment"))
        self.draft = actions.start_draft(condition=self.live.condition, language="en", by="test")
        Section.objects.filter(edition=self.draft, kind="treatment").update(body="<p>Better treatment.</p>")
        actions.submit(edition=self.draft, by="test")
        self.stale = Edition.objects.get(pk=self.draft.pk)
        actions.sign_off(edition=self.draft, reviewer=self.reviewer, by=self.rhea)
        self.signed = {(s.edition.condition_id, s.digest) for s in SignOff.objects.select_related("edition")}

    @property
    def section(self):
        return self.draft.sections.first()

    def admin(self, **changes):
        """Saves the edit page as a superuser would."""
        client = Client()
        client.force_login(self.boss)
        address = reverse("admin:conditions_edition_change", args=[self.draft.pk])
        return client.post(address, filled(client.get(address), **changes))

    def sql(self, statement, *values):
        with connection.cursor() as cursor:
            cursor.execute(statement, values)

    def edit(self):
        """The plainest change to the text, past every form."""
        Section.objects.filter(pk=self.section.pk).update(body=BODY)

    def force(self, edition=None, **fields):
        """Approved by hand, with everything that the table demands."""
        edition = edition or self.draft
        made_up = FORGED | {"reviewed_by": self.reviewer, "status": "approved", "publish_at": timezone.now()}
        Edition.objects.filter(pk=edition.pk).update(**made_up | fields)


def by_admin(**changes):
    return lambda stage: stage.admin(**changes)


def import_file(stage, publish):
    folder = stage.folder / "content" / "conditions"
    folder.mkdir(parents=True)
    (folder / "crmo.yaml").write_text(
        "names:\n  en:\n    - {kind: preferred, text: Condition crmo}\neditions:\n  - language: en\n"
        f"    summary: {BAD}\n    sections:\n      - {{kind: overview, text: {BAD}}}\n    sources:\n      - {{title: S, date: 2025}}\n"
    )
    call_command("import_content", folder.parent, verbosity=0, publish=publish)


def stale_save(stage):
    stage.stale.summary = BAD
    stage.stale.save()


def bare_save(stage):
    stage.draft.summary = BAD
    stage.draft.save()


def section_save(stage):
    section = stage.section
    section.body = BODY
    section.save()


def bulk_sections(stage):
    rows = list(stage.draft.sections.all())
    for row in rows:
        row.body = BODY
    Section.objects.bulk_update(rows, ["body"])


def bulk_editions(stage):
    stage.draft.summary, stage.draft.signed_digest = BAD, stage.draft.signed_digest
    Edition.objects.bulk_update([stage.draft], ["summary", "signed_digest"])


def forged_digest(stage):
    stage.edit()
    Edition.objects.filter(pk=stage.draft.pk).update(signed_digest=stage.draft.digest())


def old_digest_again(stage):
    signed = stage.draft.signed_digest
    stage.edit()
    actions.drop_stale_sign_off(edition=stage.draft, by="test")
    fields = {"signed_digest": signed, "reviewed_by": stage.reviewer, "reviewed_on": date(2026, 6, 1)}
    Edition.objects.filter(pk=stage.draft.pk).update(**fields)


def forged_signature(stage):
    """The old signature, pointed at the new text."""
    stage.edit()
    SignOff.objects.filter(edition=stage.draft).update(digest=stage.draft.digest())


def signature_of_another_revision(stage):
    signed = stage.draft.sign_offs.get()
    stage.edit()
    signed.pk, signed.revision = None, signed.revision + 7
    signed.save(force_insert=True)


def revision_turned_back(stage):
    before = Edition.objects.get(pk=stage.draft.pk).revision
    stage.edit()
    Edition.objects.filter(pk=stage.draft.pk).update(revision=before)


def stale_revision_saved_back(stage):
    """An edition that was read before the change writes its number back, as a careless save would."""
    before = Edition.objects.get(pk=stage.draft.pk)
    stage.edit()
    before.save()


def text_and_status_in_one(stage):
    stage.force(summary=BAD)


def inserted_as_approved(stage):
    Edition.objects.filter(pk=stage.draft.pk).delete()
    edition = Edition(
        condition=stage.live.condition, number=9, summary=BAD, status="approved", signed_digest="a" * 64, **FORGED
    )
    edition.reviewed_by = stage.reviewer
    Edition.objects.bulk_create([edition])


def moved_into_the_live_one(stage):
    stage.edit()
    Section.objects.filter(pk=stage.section.pk).update(edition=stage.live)


def moved_to_another_condition(stage):
    other = factories.condition("sapho")
    Edition.objects.filter(pk=stage.draft.pk).update(condition=other)


def signature_of_another_condition(stage):
    """The same words were signed there, not here."""
    other = factories.draft(factories.condition("sapho"), summary=BAD)
    actions.submit(edition=other, by="test")
    actions.sign_off(edition=other, reviewer=stage.reviewer, by=stage.rhea)
    stage.signed.add((other.condition_id, other.digest()))
    Edition.objects.filter(pk=stage.draft.pk).update(summary=BAD, key_points=other.key_points, emergency=other.emergency)
    for part in (*stage.draft.sections.all(), *stage.draft.sources.all()):
        part.delete()
    for part in (*other.sections.all(), *other.sources.all()):
        part.pk, part._state.adding, part.edition = None, True, stage.draft
        part.save()


def labelled_minor(stage):
    Edition.objects.filter(pk=stage.draft.pk).update(is_minor=True)
    stage.edit()


def signed_by_its_author(stage):
    stage.edit()
    stage.draft.authors.add(stage.rhea)
    actions.sign_off(edition=stage.draft, reviewer=stage.reviewer, by=stage.rhea)


def signed_by_a_superuser_who_wrote(stage):
    own = factories.clinician("ada-sample", user=stage.boss)
    stage.admin(summary=BAD)
    actions.sign_off(edition=stage.draft, reviewer=own, by=stage.boss)


def signed_in_anothers_name(stage):
    stage.edit()
    actions.sign_off(edition=stage.draft, reviewer=stage.reviewer, by=stage.boss)


def signed_what_was_not_on_the_screen(stage):
    client = Client()
    client.force_login(stage.rhea)
    address = reverse("admin:conditions_edition_sign-off", args=[stage.draft.pk])
    seen = client.get(address).context["digest"]
    stage.edit()
    client.post(address, {"digest": seen})


def signed_as_a_draft(stage):
    actions.send_back(edition=stage.draft, by="test")
    stage.edit()
    stage.draft.refresh_from_db()
    actions.sign_off(edition=stage.draft, reviewer=stage.reviewer, by=stage.rhea)


def sent_back_changed_submitted(stage):
    actions.send_back(edition=stage.draft, by="test")
    stage.edit()
    actions.submit(edition=stage.draft, by="test")


def approved_as_a_draft(stage):
    actions.send_back(edition=stage.draft, by="test")
    stage.edit()
    actions.approve(edition=stage.draft, by=stage.boss)


def approved_after_withdrawal(stage):
    actions.approve(edition=stage.draft, by=stage.boss)
    actions.withdraw(edition=stage.draft, by=stage.boss, reason="Wrong")
    Edition.objects.filter(pk=stage.draft.pk).update(summary=BAD)


def live_one_changed(stage):
    Section.objects.filter(edition=stage.live).update(body=BODY)


def live_one_reopened(stage):
    Edition.objects.filter(pk=stage.live.pk).update(status="draft")


def restored_and_changed(stage):
    """The signature of the old version is for the old words."""
    stage.draft.delete()
    stage.draft = actions.restore(edition=stage.live, by=stage.boss)
    stage.edit()
    actions.submit(edition=stage.draft, by=stage.boss)


def clock_set_back(stage):
    with time_machine.travel(datetime(2026, 1, 2, tzinfo=UTC)):
        stage.edit()
        actions.approve(edition=stage.draft, by=stage.boss)


def clock_set_back_and_forced(stage):
    stage.edit()
    with time_machine.travel(datetime(2020, 1, 2, tzinfo=UTC)):
        stage.force()


def nobody_asked(stage):
    stage.draft.asked.clear()
    stage.edit()


def comment_moves_a_section(stage):
    """A comment keeps a section of the draft; its words must not ride on it."""
    Comment.objects.create(edition=stage.live, section=stage.section, words=BAD, who="x")
    stage.edit()


SECTIONS = {"sections-2-kind": "outlook", "sections-2-body": BODY, "sections-TOTAL_FORMS": 3}
ATTEMPTS = {
    "admin: the short answer": by_admin(summary=BAD),
    "admin: key points": by_admin(key_points=BAD),
    "admin: urgent advice": by_admin(emergency=BAD),
    "admin: a section": by_admin(**{"sections-0-body": BODY}),
    "admin: a section's heading": by_admin(**{"sections-0-heading": BAD}),
    "admin: a section added": by_admin(**SECTIONS),
    "admin: a section deleted": by_admin(**{"sections-0-DELETE": "on"}),
    "admin: sections in another order": by_admin(**{"sections-0-order": "9"}),
    "admin: a source": by_admin(**{"sources-0-title": BAD}),
    "admin: marked small": by_admin(summary=BAD, is_minor="on"),
    "import of a file": lambda stage: import_file(stage, publish=False),
    "import and publishing of a file over what waits": lambda stage: import_file(stage, publish=True),
    "bare save": bare_save,
    "save of what was read before the signature": stale_save,
    "bare save of a section": section_save,
    "new section": lambda stage: Section.objects.create(edition=stage.draft, kind="outlook", body=BODY),
    "deleted section": lambda stage: stage.section.delete(),
    "queryset update of the edition": lambda stage: Edition.objects.filter(pk=stage.draft.pk).update(summary=BAD),
    "queryset update of a section": Stage.edit,
    "queryset update of a picture": lambda stage: stage.draft.sections.update(picture="b.webp", picture_alt=BAD),
    "queryset update of the language": lambda stage: Edition.objects.filter(pk=stage.draft.pk).update(language="es"),
    "queryset delete of sources": lambda stage: Source.objects.filter(edition=stage.draft)._raw_delete("default"),
    "bulk update of sections": bulk_sections,
    "bulk update of the edition": bulk_editions,
    "bulk create of sources": lambda s: Source.objects.bulk_create([Source(edition=s.draft, title=BAD, date="2025")]),
    "SQL: update of a section": lambda stage: stage.sql("UPDATE conditions_section SET body = %s WHERE edition_id = %s", BODY, stage.draft.pk),
    "SQL: update of the edition": lambda stage: stage.sql("UPDATE conditions_edition SET summary = %s WHERE id = %s", BAD, stage.draft.pk),
    "SQL: a section moved in": lambda stage: stage.sql("UPDATE conditions_section SET edition_id = %s WHERE edition_id = %s", stage.draft.pk, factories.draft(factories.condition("sapho"), summary=BAD).pk),
    "SQL: deleted sources": lambda stage: stage.sql("DELETE FROM conditions_source WHERE edition_id = %s", stage.draft.pk),
    "text and status in one update": text_and_status_in_one,
    "an approved edition inserted": inserted_as_approved,
    "forged digest": forged_digest,
    "the old digest put back": old_digest_again,
    "a signature pointed at the new text": forged_signature,
    "a signature for a revision to come": signature_of_another_revision,
    "revision turned back": revision_turned_back,
    "revision saved back": stale_revision_saved_back,
    "a section moved into the live edition": moved_into_the_live_one,
    "the edition moved to another condition": moved_to_another_condition,
    "the same words signed for another condition": signature_of_another_condition,
    "labelled a small change": labelled_minor,
    "signed by its author": signed_by_its_author,
    "signed by a superuser who wrote in it": signed_by_a_superuser_who_wrote,
    "signed in another's name": signed_in_anothers_name,
    "changed while the reviewer read": signed_what_was_not_on_the_screen,
    "signed as a draft": signed_as_a_draft,
    "sent back, changed, submitted": sent_back_changed_submitted,
    "approved as a draft": approved_as_a_draft,
    "approved, withdrawn, changed": approved_after_withdrawal,
    "the live edition changed": live_one_changed,
    "the live edition reopened": live_one_reopened,
    "an old version restored and changed": restored_and_changed,
    "clock set back": clock_set_back,
    "clock set back, approved by hand": clock_set_back_and_forced,
    "nobody asked any more": nobody_asked,
    "a comment that holds a section": comment_moves_a_section,
}  # fmt: skip


@pytest.fixture(scope="module")
def made(module_db):
    return Stage()


@pytest.fixture
def stage(db, made, tmp_path):
    stage = copy.deepcopy(made)
    stage.folder = tmp_path
    return stage


def tried(act):
    """Does it if it can be done; a refusal undoes it."""
    try:
        with transaction.atomic():
            act()
    except REFUSALS:
        pass


def assert_signed_alone(stage):
    """What is public was signed, for its condition; no page says the bad word."""
    public = {(e.condition_id, e.digest()) for e in Edition.objects.exclude(status__in=Edition.OPEN)}
    assert public <= stage.signed
    assert Edition.objects.live().filter(condition=stage.live.condition).exists()
    reader = Client()
    page, versions, found = (
        reader.get("/conditions/crmo/"),
        reader.get("/conditions/crmo/versions/"),
        reader.get(f"/search/?q={BAD}"),
    )
    shown = [page, versions, *(reader.get(f"/conditions/crmo/versions/{n}/") for n in range(1, Edition.objects.count() + 2))]
    assert page.status_code == versions.status_code == 200
    assert [answer for answer in shown if BAD in answer.text] == []
    assert "/conditions/" not in found.text.partition("<main")[2].partition("</main>")[0].replace('href="/conditions/"', "")


@pytest.mark.parametrize("name", ATTEMPTS)
def test_unsigned_text_does_not_reach_a_page(stage, name):
    attempt = ATTEMPTS[name]

    tried(lambda: attempt(stage))
    stage.draft = Edition.objects.filter(pk=stage.draft.pk).first() or Edition.objects.open().first() or stage.live
    changed = stage.draft.is_open and (stage.draft.condition_id, stage.draft.digest()) not in stage.signed
    if changed or not stage.draft.is_open:
        tried(lambda: actions.approve(edition=stage.draft, by=stage.boss))
        tried(lambda: actions.approve(edition=stage.draft, by="import_content"))
        tried(stage.force)
        tried(lambda: stage.force(signed_digest=stage.draft.digest()))

    assert_signed_alone(stage)


def test_enough_attempts_are_made():
    assert len(ATTEMPTS) >= 30


def test_signature_given_before_still_serves_when_no_word_differs(stage):
    """What the digest allows: the same text, with another note for readers, on the signature of the version before."""
    actions.approve(edition=stage.draft, by=stage.boss)
    again = actions.start_draft(condition=stage.live.condition, language="en", by="test")
    Edition.objects.filter(pk=again.pk).update(change_note="A new note.")
    again.refresh_from_db()
    actions.submit(edition=again, by="test")

    actions.approve(edition=again, by=stage.boss)

    assert (again.status, again.reviewed_by, again.digest()) == ("approved", stage.reviewer, stage.draft.digest())
    assert again.events.get(verb="carried over a signature").words.startswith("Rhea Sample, MD, ")
    assert_signed_alone(stage)
