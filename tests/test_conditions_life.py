"""What happens to an edition on its way: log, reviewers, comments, sending back, small changes, old versions."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conditions import actions
from conditions.edition_log import describe, moment_in_words
from conditions.models import Comment, Edition, EditionEvent, Section, SignOff, Source
from foundation.workflow import Refused
from tests import factories
from tests.admin_forms import TICKED, filled, told as messages

CHANGE = "admin:conditions_edition_change"
NOON = datetime(2026, 9, 8, 14, 14, tzinfo=UTC)


def page_of(client, edition, name="change", **query):
    return client.get(reverse(f"admin:conditions_edition_{name}", args=[edition.pk]), query)


def post(client, edition, name, follow=True, **answers):
    return client.post(reverse(f"admin:conditions_edition_{name}", args=[edition.pk]), answers, follow=follow)


@pytest.fixture
def waiting(db):
    """Submitted by a command."""
    edition = factories.draft(sections=("overview", "treatment"))
    actions.submit(edition=edition, by="test")
    return edition


@pytest.fixture
def second(db):
    """Another reviewer."""
    user = factories.staff("bo", "sign_off_edition", "view_edition", first_name="Bo", last_name="Sample")
    factories.clinician("bo-sample", user=user)
    return user


def sentences(edition):
    return [describe(step)["sentence"] for step in edition.events.all()]


# --- the log ----------------------------------------------------------------------------------------------------------


@time_machine.travel(NOON, tick=False)
def test_every_step_is_told_as_a_sentence(editor, reviewer, publisher):
    reviewer.first_name, reviewer.last_name = "Rhea", "Sample"
    reviewer.save()
    draft = factories.draft()
    actions.submit(edition=draft, by=editor)
    actions.send_back(edition=draft, by=reviewer, reason="Say it shorter.")
    comment = actions.add_comment(edition=draft, words="Which dose?", by=reviewer)
    actions.answer_comment(comment=comment, words="5 mg.", by=editor)
    actions.submit(edition=draft, by=editor)
    actions.sign_off(edition=draft, reviewer=reviewer.clinician, by=reviewer)
    actions.approve(edition=draft, by=publisher, publish_at=datetime(2026, 11, 24, 14, 0, tzinfo=UTC))
    actions.withdraw(edition=draft, by=publisher, reason="A dose was wrong.")

    assert sentences(draft) == [
        "edith submitted this text for sign-off on 8 Sep 2026 at 10:14.",
        "Rhea Sample sent this text back on 8 Sep 2026 at 10:14:",
        "Rhea Sample commented on 8 Sep 2026 at 10:14:",
        "edith answered a comment on 8 Sep 2026 at 10:14:",
        "edith submitted this text for sign-off on 8 Sep 2026 at 10:14.",
        "Rhea Sample signed this text on 8 Sep 2026 at 10:14.",
        "paul approved this text on 8 Sep 2026 at 10:14. Visitors see it from Tuesday 24 November 2026, 9:00 am, New York time.",
        "paul withdrew this version on 8 Sep 2026 at 10:14:",
    ]
    assert [describe(step)["quote"] for step in draft.events.all()] == [
        "", "Say it shorter.", "Which dose?", "5 mg.", "", "", "", "A dose was wrong.",
    ]  # fmt: skip


def test_a_command_signs_in_the_name_of_a_reviewer(db):
    live = factories.live()

    assert sentences(live)[1].startswith("test kept the signature of Ana Example, MD on ")


def test_an_unknown_step_is_told_all_the_same(db):
    step = EditionEvent.objects.create(edition=factories.draft(), who="Ana", verb="mended", at=NOON)

    assert describe(step)["sentence"] == "Ana on 8 Sep 2026 at 10:14: mended."


def test_saving_leaves_a_step_and_saving_nothing_does_not(client, editor):
    draft = factories.draft()
    client.force_login(editor)
    address = reverse(CHANGE, args=[draft.pk])

    client.post(address, filled(client.get(address)))
    client.post(address, filled(client.get(address), summary="New words"))

    assert list(draft.events.values_list("who", "verb", "words")) == [("edith", "changed", "The short answer")]


def test_history_page_tells_the_log_above_the_record(client, editor):
    draft = factories.draft()
    actions.submit(edition=draft, by=editor)
    client.force_login(editor)

    page = page_of(client, draft, "history")

    assert page.text.index("edith submitted this text for sign-off on ") < page.text.index("The audit record")


def test_moment_in_words_names_the_clock(db):
    assert moment_in_words(datetime(2026, 7, 6, 4, 5, tzinfo=UTC)) == "Monday 6 July 2026, 12:05 am, New York time"


# --- reviewers --------------------------------------------------------------------------------------------------------


def test_sign_off_asks_once_more_and_keeps_the_text_and_what_was_ticked(client, reviewer, waiting):
    client.force_login(reviewer)
    page = page_of(client, waiting, "sign-off")

    asked = post(client, waiting, "sign-off", digest=page.context["digest"], checked=["tone", "purpose"])
    assert not SignOff.objects.exists()
    assert "Nothing is signed yet: 9 of these are not ticked." in asked.text
    again = {"checked": ["tone", "purpose"], "left_out": asked.context["form"]["left_out"].value()}
    post(client, waiting, "sign-off", digest=page.context["digest"], **again)

    signed = SignOff.objects.get()
    assert (signed.reviewer, signed.digest) == (reviewer.clinician, waiting.digest())
    assert (signed.text, signed.checked) == (waiting.clinical_text(), ["purpose", "tone"])


def test_all_who_were_asked_must_sign(waiting, reviewer, second, publisher):
    waiting.asked.set([reviewer.clinician, second.clinician])
    actions.sign_off(edition=waiting, reviewer=reviewer.clinician, by=reviewer)

    with pytest.raises(Refused) as refusal:
        actions.approve(edition=waiting, by=publisher)
    actions.sign_off(edition=waiting, reviewer=second.clinician, by=second)
    actions.approve(edition=waiting, by=publisher)

    assert str(refusal.value) == "Asked to sign and has not signed this text: Bo Sample, MD."
    assert (waiting.reviewed_by, waiting.reviewed_with) == (reviewer.clinician, "Bo Sample, MD")


def test_signature_of_somebody_who_was_not_asked_does_not_suffice(waiting, reviewer, second, publisher):
    waiting.asked.set([second.clinician])
    actions.sign_off(edition=waiting, reviewer=reviewer.clinician, by=reviewer)

    with pytest.raises(Refused, match="Bo Sample"):
        actions.approve(edition=waiting, by=publisher)


def test_public_page_names_all_reviewers(client, waiting, reviewer, second, publisher):
    for user in (reviewer, second):
        actions.sign_off(edition=waiting, reviewer=user.clinician, by=user)
    third = factories.clinician("cy-sample")
    actions.sign_off(edition=waiting, reviewer=third, by="test")
    actions.approve(edition=waiting, by=publisher)

    page = client.get("/conditions/crmo/")

    assert "Rhea Sample, MD</a>" in page.text
    assert page.text.count("with Bo Sample, MD and Cy Sample, MD") == 2  # at the top, and at the end


@pytest.mark.databases
def test_nobody_signs_one_text_twice(waiting, reviewer):
    actions.sign_off(edition=waiting, reviewer=reviewer.clinician, by=reviewer)

    with pytest.raises(Refused, match="already"):
        actions.sign_off(edition=waiting, reviewer=reviewer.clinician, by=reviewer)


def test_superuser_cannot_sign_their_own_text_or_for_others(waiting, reviewer):
    boss = factories.administrator()
    own = factories.clinician("ada-sample", user=boss)
    waiting.authors.add(boss)

    with pytest.raises(Refused, match="You wrote"):
        actions.sign_off(edition=waiting, reviewer=own, by=boss)
    with pytest.raises(Refused, match="own account"):
        actions.sign_off(edition=waiting, reviewer=reviewer.clinician, by=boss)

    assert SignOff.objects.count() == 0


def test_a_change_by_hand_after_two_signatures_drops_both_names(client, editor, waiting, reviewer, second):
    for user in (reviewer, second):
        actions.sign_off(edition=waiting, reviewer=user.clinician, by=user)
    client.force_login(editor)
    address = reverse(CHANGE, args=[waiting.pk])

    client.post(address, filled(client.get(address), summary="Other"))

    waiting.refresh_from_db()
    assert (waiting.reviewed_by, waiting.also_reviewed_by, SignOff.objects.count()) == (None, "", 2)


def by_another_word(edition, planner):
    Source.objects.filter(edition=edition).update(title="Another study")


def by_taking_it_back(edition, planner):
    actions.send_back(edition=edition, by="test")
    actions.submit(edition=edition, by="test")


def by_losing_the_right(edition, planner):
    planner.user_permissions.clear()


@pytest.mark.parametrize("ended", [None, by_another_word, by_taking_it_back, by_losing_the_right])
def test_text_approved_ahead_is_shown_by_its_last_signature_unless_that_ended(waiting, reviewer, second, publisher, ended):
    waiting.asked.set([reviewer.clinician, second.clinician])
    at = datetime(2035, 5, 7, 13, tzinfo=UTC)
    actions.approve_ahead(edition=waiting, by=publisher, publish_at=at)
    actions.sign_off(edition=waiting, reviewer=reviewer.clinician, by=reviewer)
    before = waiting.status
    if ended:
        ended(waiting, publisher)
        waiting = type(waiting).objects.get()
    if ended is by_another_word:
        actions.sign_off(edition=waiting, reviewer=reviewer.clinician, by=reviewer)

    actions.sign_off(edition=waiting, reviewer=second.clinician, by=second)

    waiting = type(waiting).objects.get()
    assert (before, waiting.status, waiting.publish_at) == ("submitted", *(("submitted", None) if ended else ("approved", at)))


def test_who_approved_ahead_takes_it_back_and_nobody_else_does(client, waiting, reviewer, publisher):
    others = factories.staff("olga", "approve_edition", "change_edition", "view_edition")
    actions.approve_ahead(edition=waiting, by=publisher)
    page = reverse(CHANGE, args=[waiting.pk])
    client.force_login(others)
    theirs = "Take back your approval" in client.get(page).text
    refused = " ".join(messages(post(client, waiting, "take-back-approval")))
    client.force_login(publisher)
    own = "Take back your approval" in client.get(page).text

    told = " ".join(messages(post(client, waiting, "take-back-approval")))
    actions.sign_off(edition=waiting, reviewer=reviewer.clinician, by=reviewer)

    waiting.refresh_from_db()
    assert (theirs, own, waiting.status) == (False, True, "submitted")
    assert "Your approval is taken back." in told
    assert "taken back" not in refused
    assert sum(sentence.startswith("paul took the approval ahead back on ") for sentence in sentences(waiting)) == 1


def by_an_answer(client, edition):
    return post(client, edition, "answer", comment=edition.comments.get().pk, words="5 mg.")


def by_asking_one_less(client, edition):
    address = reverse(CHANGE, args=[edition.pk])
    return client.post(address, filled(client.get(address), asked=[edition.reviewed_by_id], _continue=""), follow=True)


@pytest.mark.parametrize("last", [by_an_answer, by_asking_one_less])
def test_text_approved_ahead_waits_for_nobody_where_a_signature_was_not_the_last_thing_missing(
    client, waiting, editor, reviewer, second, publisher, last
):
    actions.sign_off(edition=waiting, reviewer=reviewer.clinician, by=reviewer)
    if last is by_an_answer:
        actions.add_comment(edition=waiting, words="Which dose?", by=reviewer)
    else:
        waiting.asked.set([reviewer.clinician, second.clinician])
    actions.approve_ahead(edition=waiting, by=publisher)
    waiting.refresh_from_db()
    before = waiting.status

    client.force_login(editor)
    page = last(client, waiting)

    waiting.refresh_from_db()
    assert (before, waiting.status) == ("submitted", "approved")
    assert "The text is approved. Visitors see it now." in " ".join(messages(page))


def test_reviewer_reads_what_their_signature_brings_about(client, reviewer, publisher, waiting):
    client.force_login(publisher)
    post(client, waiting, "approve-ahead", publish_at="2035-05-07T09:00")
    client.force_login(reviewer)

    page = page_of(client, waiting, "sign-off")
    done = post(client, waiting, "sign-off", digest=waiting.digest(), **TICKED)

    sentence = (
        "paul approved this text ahead: once all have signed, visitors see it from Monday 7 May 2035, 9:00 am, New York time."
    )
    assert sentence in page.text
    assert "Visitors see it from Monday 7 May 2035" in messages(done)[0]


# --- comments ---------------------------------------------------------------------------------------------------------


def test_comment_on_a_section_waits_for_its_answer(client, editor, reviewer, publisher, waiting):
    section = waiting.sections.get(kind="treatment")
    client.force_login(reviewer)
    form = page_of(client, waiting, "comment", section=section.pk).context["form"]
    post(client, waiting, "comment", section=section.pk, words="Which dose?")
    refused = post(client, waiting, "sign-off", digest=waiting.digest())
    client.force_login(editor)
    comment = Comment.objects.get()
    page = page_of(client, waiting)
    post(client, waiting, "answer", comment=comment.pk, words="5 mg.")

    actions.sign_off(edition=waiting, reviewer=reviewer.clinician, by=reviewer)

    comment.refresh_from_db()
    assert form["section"].value() == str(section.pk)
    assert refused.context["form"].non_field_errors() == ["Answer the comment by rhea first: “Which dose?”"]
    assert f"/admin/conditions/edition/{waiting.pk}/answer/?comment={comment.pk}" in page.text
    assert (comment.place, comment.who, comment.answer, comment.answered_by) == ("Treatment", "rhea", "5 mg.", editor)


def test_approval_is_refused_while_a_comment_is_unanswered(waiting, reviewer, publisher):
    actions.sign_off(edition=waiting, reviewer=reviewer.clinician, by=reviewer)
    actions.add_comment(edition=waiting, words="I see it only now.", by=reviewer)

    with pytest.raises(Refused, match="I see it only now"):
        actions.approve(edition=waiting, by=publisher)


@pytest.mark.databases
def test_comment_outlives_its_section(waiting, reviewer):
    section = waiting.sections.get(kind="treatment")
    made = actions.add_comment(edition=waiting, words="Cut it.", by=reviewer, section=section)

    section.delete()

    made.refresh_from_db()
    assert (made.section, made.place) == (None, "Treatment")


@pytest.mark.databases
def test_comment_is_answered_once(waiting, reviewer, editor):
    made = actions.add_comment(edition=waiting, words="Why?", by=reviewer)
    actions.answer_comment(comment=made, words="Because.", by=editor)

    with pytest.raises(Refused):
        actions.answer_comment(comment=made, words="Again.", by=editor)
    with pytest.raises(PermissionDenied):
        actions.answer_comment(comment=made, words="Mine.", by=reviewer)

    assert Comment.objects.get().answer == "Because."


def test_comment_of_another_edition_is_not_answered_here(client, editor, reviewer, waiting):
    other = factories.draft(factories.condition("sapho"))
    made = actions.add_comment(edition=other, words="There", by=reviewer)
    client.force_login(editor)

    response = post(client, waiting, "answer", comment=made.pk, words="Here")

    assert "comment" in response.context["form"].errors
    assert Comment.objects.get().answer == ""


def test_section_of_another_edition_takes_no_comment(waiting, reviewer):
    other = factories.draft(factories.condition("sapho"))

    with pytest.raises(Refused):
        actions.add_comment(edition=waiting, words="x", by=reviewer, section=other.sections.get())


def test_published_edition_takes_no_comment(reviewer, db):
    with pytest.raises(Refused):
        actions.add_comment(edition=factories.live(), words="Late", by=reviewer)


# --- sending back -----------------------------------------------------------------------------------------------------


def test_reviewer_sends_back_with_a_reason_that_the_author_sees(client, editor, reviewer, waiting):
    client.force_login(reviewer)
    refused = post(client, waiting, "send-back", reason=" ")
    post(client, waiting, "send-back", reason="Say it shorter.")
    client.force_login(editor)

    page = page_of(client, waiting)

    assert refused.context["form"].non_field_errors() == ["Say why, so that the authors know what to do."]
    assert page.context["sent_back"]["quote"] == "Say it shorter."
    assert page.text.index("Say it shorter.") < page.text.index("The short answer")


def test_reason_goes_from_the_top_once_the_text_is_submitted_again(client, editor, reviewer, waiting):
    actions.send_back(edition=waiting, by=reviewer, reason="Say it shorter.")
    actions.submit(edition=waiting, by=editor)
    client.force_login(editor)

    assert page_of(client, waiting).context["sent_back"] is None


def test_author_takes_their_own_text_back_without_a_reason(editor, waiting):
    waiting.authors.add(editor)

    actions.send_back(edition=waiting, by=editor)

    assert (waiting.status, waiting.events.last().verb) == ("draft", "took back")


# --- what the digest decides -------------------------------------------------------------------------------------------


def next_draft(live, **fields):
    draft = actions.start_draft(condition=live.condition, language="en", by="test")
    Edition.objects.filter(pk=draft.pk).update(**fields)
    draft.refresh_from_db()
    return draft


def test_draft_says_that_nothing_differs(client, editor, db):
    draft = next_draft(factories.live(), change_note="New", is_minor=True)
    client.force_login(editor)

    words = page_of(client, draft).context["signature_needed"]["words"]

    assert words == "No word, link or picture differs from the text that Ana Example, MD signed on 2 Jan 2026."


@pytest.mark.parametrize("minor", [True, False])
def test_draft_says_how_many_places_must_be_signed(client, editor, db, minor):
    draft = next_draft(factories.live(), summary="Other", key_points="Another", is_minor=minor)
    client.force_login(editor)

    words = page_of(client, draft).context["signature_needed"]["words"]

    assert words == "2 places differ from the text that Ana Example, MD signed on 2 Jan 2026. It must be signed."


def test_first_text_must_be_signed(client, editor, db):
    client.force_login(editor)

    words = page_of(client, factories.draft()).context["signature_needed"]["words"]

    assert words == "Nobody signed a text of this page yet. It must be signed."


@pytest.mark.parametrize(("note", "approved"), [({"change_note": "New"}, True), ({"summary": "Typo mended"}, False)])
def test_the_digest_decides_and_not_the_label(publisher, db, note, approved):
    draft = next_draft(factories.live(), is_minor=True, **note)
    actions.submit(edition=draft, by="test")

    if approved:
        actions.approve(edition=draft, by=publisher)
    else:
        with pytest.raises(Refused, match="not signed off"):
            actions.approve(edition=draft, by=publisher)

    assert (draft.status == "approved", draft.reviewed_on) == (approved, date(2026, 1, 2) if approved else None)


def test_list_tells_small_changes_apart(admin_client):
    factories.draft(is_minor=True)
    factories.draft(factories.condition("sapho"))

    response = admin_client.get(reverse("admin:conditions_edition_changelist"), {"is_minor__exact": "1"})

    assert [row.condition.slug for row in response.context["cl"].result_list] == ["crmo"]


def test_reviewer_reads_only_what_changed(client, reviewer, db):
    draft = next_draft(factories.live(sections=("overview", "treatment")))
    Section.objects.filter(edition=draft, kind="treatment").update(body="<p>Text on better treatment of crmo.</p>")
    actions.submit(edition=draft, by="test")
    client.force_login(reviewer)

    page = page_of(client, draft, "sign-off")

    assert [(place.title, place.states) for place in page.context["changed"]] == [("Treatment", ["changed"])]
    assert "better</ins>" in page.text.replace('<span class="visually-hidden"> (end)</span>', "")
    assert page.text.index("<details") < page.text.index("Text on overview of crmo.")


def test_second_reviewer_of_one_text_reads_what_the_first_read(client, reviewer, second, db):
    draft = next_draft(factories.live(), summary="Other")
    actions.submit(edition=draft, by="test")
    actions.sign_off(edition=draft, reviewer=reviewer.clinician, by=reviewer)
    client.force_login(second)

    page = page_of(client, draft, "sign-off")

    assert [place.title for place in page.context["changed"]] == ["The short answer"]


# --- old versions, taking down ------------------------------------------------------------------------------------------


def test_old_version_starts_a_new_draft(client, editor, db):
    first = factories.live("crmo", summary="As it was.")
    second = factories.publish(factories.draft(first.condition), at=datetime(2026, 6, 1, tzinfo=UTC))
    actions.withdraw(edition=second, by="test", reason="Wrong")
    client.force_login(editor)

    response = post(client, first, "restore")

    draft = Edition.objects.open().get()
    assert response.redirect_chain[-1][0] == reverse(CHANGE, args=[draft.pk])
    assert (draft.digest(), list(draft.authors.all())) == (first.digest(), [editor])
    assert sentences(draft)[0].startswith("edith started this draft from version 1 on ")


def test_restoring_beside_an_open_draft_is_refused(client, editor, db):
    live = factories.live()
    factories.draft(live.condition)
    client.force_login(editor)

    response = post(client, live, "restore")

    assert response.context["form"].non_field_errors() == [
        "There is an open draft in this language already. Continue that one."
    ]


def test_whole_page_is_taken_down_in_one_language(client, publisher, db):
    first = factories.live()
    second = factories.publish(factories.draft(first.condition), at=datetime(2026, 6, 1, tzinfo=UTC))
    first.condition.names.create(language="es", kind="preferred", text="Osteomielitis")
    spanish = factories.publish(factories.draft(first.condition, "es"))
    client.force_login(publisher)
    page = page_of(client, second, "withdraw")

    response = post(client, second, "withdraw", whole_page="yes", reason="Doses are checked.")

    assert [label for _value, label in page.context["form"].fields["whole_page"].choices] == [
        "Version 1",
        "Take the whole page down",
    ]
    assert list(Edition.objects.live()) == [spanish]
    assert {row.withdrawn_reason for row in Edition.objects.filter(language="en")} == {"Doses are checked."}
    assert messages(response) == ["The text is withdrawn. Visitors see no page in this language, and why."]
    assert first.events.last().verb == "withdrew"


def test_confirmation_names_the_moment_in_words(client, publisher, reviewer, waiting):
    actions.sign_off(edition=waiting, reviewer=reviewer.clinician, by=reviewer)
    client.force_login(publisher)

    response = post(client, waiting, "approve", next_review_due="2099-01-02", publish_at="2098-11-24T09:00")

    assert messages(response) == [
        "The text is approved. Visitors see it from Monday 24 November 2098, 9:00 am, New York time."
    ]


def test_verb_page_shows_what_is_missing_with_the_way_there(client, publisher, db):
    draft = factories.draft(summary="")
    draft.sources.all().delete()
    client.force_login(publisher)

    page = page_of(client, draft, "approve")

    address = reverse(CHANGE, args=[draft.pk])
    assert [tuple(gap) for gap in page.context["obstacles"]] == [
        ("Write the short answer.", f"{address}#id_summary"),
        ("Add at least one source.", f"{address}#sources-group"),
        ("The text is not signed off, or it was changed after the sign-off. It must be signed off again.", address),
    ]


# --- cost -------------------------------------------------------------------------------------------------------------


def test_edition_page_costs_the_same_with_one_and_three_of_everything(client, editor, reviewer, db):
    def made(slug, count):
        live = factories.live(slug, sections=("overview", "symptoms", "treatment")[:count])
        draft = next_draft(live, summary="Other")
        draft.asked.set([reviewer.clinician])
        for _number in range(count):
            actions.add_comment(edition=draft, words="Why?", by=reviewer, section=draft.sections.first())
        return draft

    client.force_login(editor)
    page_of(client, made("warm", 1))
    counts = []
    for slug, count in (("one", 1), ("three", 3)):
        draft = made(slug, count)
        with CaptureQueriesContext(connection) as queries:
            page = page_of(client, draft)
        assert len(page.context["comments"]) == count
        counts.append(len(queries))

    assert counts[0] == counts[1]
