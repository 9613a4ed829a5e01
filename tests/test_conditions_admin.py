"""Writing, signing and publishing condition pages in the admin."""

import re
from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conditions import actions
from conditions.models import Condition, ConditionName, Edition, PageFeedback, Section, Source
from foundation.audit.models import Record
from foundation.search.models import Name
from foundation.workflow import Refused
from tests import factories
from tests.admin_forms import TICKED, filled, told

CHANGE = "admin:conditions_edition_change"


def posted(client, edition, **changes):
    return filled(client.get(reverse(CHANGE, args=[edition.pk])), **changes)


def save(client, edition, **changes):
    return client.post(reverse(CHANGE, args=[edition.pk]), posted(client, edition, **changes))


def verb(edition, name):
    return reverse(f"admin:conditions_edition_{name}", args=[edition.pk])


@pytest.fixture
def waiting(db):
    """Submitted by somebody else."""
    edition = factories.draft()
    actions.submit(edition=edition, by="test")
    return edition


@pytest.fixture
def signed(waiting, reviewer):
    """Submitted and signed off."""
    actions.sign_off(edition=waiting, reviewer=reviewer.clinician, by=reviewer)
    return waiting


# --- lists ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["condition", "edition", "glossaryterm", "pagefeedback"])
def test_lists_cost_the_same_with_one_and_three_rows(admin_client, name):
    def fill(slug):
        edition = factories.live(slug)
        factories.draft(edition.condition)
        factories.term(slug)
        PageFeedback.objects.create(edition=edition, helpful=True)

    fill("one")
    address = reverse(f"admin:conditions_{name}_changelist")
    admin_client.get(address)
    with CaptureQueriesContext(connection) as few:
        admin_client.get(address)
    fill("two")
    fill("three")
    with CaptureQueriesContext(connection) as many:
        response = admin_client.get(address)

    assert response.context["cl"].result_count >= 3
    assert len(many) == len(few)


def test_condition_list_says_how_the_text_stands(admin_client):
    edition = factories.draft()
    factories.publish(edition, next_review_due=date(2026, 1, 3))
    factories.draft(edition.condition, language="es")

    response = admin_client.get(reverse("admin:conditions_condition_changelist"), {"review": "overdue"})

    assert "English (version 1)" in response.text
    assert "English: overdue since 3 Jan 2026" in response.text
    assert "Spanish: Draft" in response.text


@pytest.mark.parametrize(
    ("choice", "slugs"), [("overdue", ["late"]), ("soon", []), ("never", ["new"]), ("", ["fine", "late", "new"])]
)
def test_condition_list_filters_by_review(admin_client, choice, slugs):
    factories.publish(factories.draft(factories.condition("late")), next_review_due=date(2026, 1, 3))
    factories.publish(factories.draft(factories.condition("fine")), next_review_due=date(2099, 1, 3))
    factories.draft(factories.condition("new"))

    response = admin_client.get(reverse("admin:conditions_condition_changelist"), {"review": choice} if choice else {})

    assert [row.slug for row in response.context["cl"].result_list] == slugs


def test_condition_is_found_by_name_code_and_misspelling(admin_client):
    row = factories.condition("crmo")
    ConditionName.objects.create(condition=row, kind="misspelling", text="osteomylitis")
    row.codes.create(system="icd-10-cm", code="M86.3")
    factories.condition("lupus")
    address = reverse("admin:conditions_condition_changelist")

    found = [[r.slug for r in admin_client.get(address, {"q": q}).context["cl"].result_list] for q in ("osteomyl", "M86")]

    assert found == [["crmo"], ["crmo"]]


def test_new_name_is_known_to_the_search_at_once(admin_client):
    edition = factories.live("crmo")
    address = reverse("admin:conditions_condition_change", args=[edition.condition.pk])
    new = {"names-TOTAL_FORMS": 2, "names-1-language": "en", "names-1-kind": "also-called", "names-1-text": "sore bones"}

    response = admin_client.post(address, filled(admin_client.get(address), **new))

    assert response.status_code == 302
    assert Name.objects.filter(text="sore bones").count() == 1
    assert Record.objects.filter(verb="changed", kind="conditions.condition").count() == 1


# --- drafts -----------------------------------------------------------------------------------------------------------


def test_adding_starts_a_copy_of_what_is_published(client, editor):
    live = factories.live("crmo")
    client.force_login(editor)

    page = client.get(reverse("admin:conditions_edition_add"), {"condition": live.condition.pk, "language": "en"})
    response = client.post(reverse("admin:conditions_edition_add"), {"condition": live.condition.pk, "language": "en"})

    draft = Edition.objects.open().get()
    assert page.context["form"]["condition"].value() == str(live.condition.pk)
    assert response.url == reverse(CHANGE, args=[draft.pk])
    assert (draft.number, draft.summary, draft.sections.count()) == (2, live.summary, 1)
    assert list(draft.authors.all()) == [editor]


def test_adding_a_second_draft_is_refused_in_plain_words(client, editor):
    draft = factories.draft()
    client.force_login(editor)

    response = client.post(reverse("admin:conditions_edition_add"), {"condition": draft.condition.pk, "language": "en"})

    assert response.context["form"].non_field_errors() == [
        "There is an open draft in this language already. Continue that one."
    ]
    assert Edition.objects.count() == 1


def test_saving_text_makes_an_author_and_an_audit_record(client, editor):
    draft = factories.draft()
    client.force_login(editor)

    response = save(client, draft, **{"summary": "New words", "sections-0-body": "<p>Better text.</p>"})

    draft.refresh_from_db()
    assert response.status_code == 302
    assert (draft.summary, draft.sections.get().body) == ("New words", "<p>Better text.</p>")
    assert list(draft.authors.all()) == [editor]
    record = Record.objects.get(verb="changed")
    assert record.detail["fields"] == ["Text", "The short answer"]
    assert record.lines == [
        "the short answer: “Short answer on crmo.” → “New words”",
        "section “What it is”, text: “Text on overview of crmo.” → “Better text.”",
    ]


def test_saving_without_a_change_makes_no_author(client, editor):
    draft = factories.draft()
    client.force_login(editor)

    save(client, draft)

    assert list(draft.authors.all()) == []


def test_line_ends_of_browsers_are_no_change(client, editor):
    draft = factories.draft()
    before = draft.digest()
    client.force_login(editor)

    save(client, draft, key_points="First point\r\nSecond point")

    assert Edition.objects.get().digest() == before
    assert list(draft.authors.all()) == []


def test_nonce_stands_only_on_pages_with_an_editor(client, editor):
    draft = factories.draft()
    client.force_login(editor)

    page = client.get(reverse(CHANGE, args=[draft.pk]))
    others = [client.get(reverse(f"admin:conditions_edition_{name}")) for name in ("changelist", "add")]

    nonce = re.search(r'<script type="importmap" nonce="([^"]+)">', page.text)[1]
    assert f"script-src 'self' 'nonce-{nonce}'" in page.headers["Content-Security-Policy"]
    assert not any("nonce-" in other.headers["Content-Security-Policy"] for other in others)


def test_new_section_without_a_place_comes_last(client, editor):
    draft = factories.draft(sections=("overview", "symptoms"))
    client.force_login(editor)
    new = {
        "sections-TOTAL_FORMS": 3,
        "sections-2-kind": "outlook",
        "sections-2-body": "<p>Good.</p>",
        "sections-2-edition": draft.pk,
    }

    save(client, draft, **new)

    assert list(draft.sections.values_list("order", "kind")) == [(0, "overview"), (1, "symptoms"), (2, "outlook")]


def test_lost_formatting_is_told(client, editor):
    draft = factories.draft()
    client.force_login(editor)
    values = posted(client, draft, **{"sections-0-body": '<p onclick="x()">Words</p><table><tr><td>cell</td></tr></table>'})

    response = client.post(reverse(CHANGE, args=[draft.pk]), values, follow=True)

    assert draft.sections.get().body == "<p>Words</p><p>cell</p>"
    assert told(response)[0] == "Some formatting was taken out of “text”: only what the editor’s buttons offer is kept."


def test_what_the_editor_writes_is_saved_without_a_warning(client, editor):
    draft = factories.draft()
    client.force_login(editor)
    values = posted(
        client, draft, **{"sections-0-body": '<p>Call <a href="tel:911">911</a></p><p></p><ul><li><p>one</p></li></ul>'}
    )

    response = client.post(reverse(CHANGE, args=[draft.pk]), values, follow=True)

    assert len(told(response)) == 1


def test_changing_signed_text_says_that_the_sign_off_is_void(client, editor, signed):
    client.force_login(editor)

    response = client.post(reverse(CHANGE, args=[signed.pk]), posted(client, signed, summary="Other"), follow=True)

    assert told(response)[0] == "The text was changed after the sign-off. It must be signed off again."
    signed.refresh_from_db()
    assert (signed.status, signed.signed_digest, signed.reviewed_by) == ("submitted", "", None)


def test_draft_can_be_thrown_away_by_those_who_may(client, editor):
    factories.live()
    draft = factories.draft(Condition.objects.get())
    address = reverse("admin:conditions_edition_delete", args=[draft.pk])
    client.force_login(editor)
    refused = client.post(address, {"post": "yes"})
    client.force_login(factories.staff("dora", "delete_edition", "view_edition"))

    client.post(address, {"post": "yes"})

    assert refused.status_code == 403
    assert [edition.number for edition in Edition.objects.all()] == [1]


def test_history_tells_what_was_done_by_whom(client, editor):
    draft = factories.draft()
    client.force_login(editor)
    save(client, draft, summary="New words")
    client.post(verb(draft, "submit"))

    page = client.get(reverse("admin:conditions_edition_history", args=[draft.pk]))

    rows = [(row.actor, row.verb, row.lines) for row in page.context["records"]]
    assert rows == [
        ("edith", "submitted", []),
        ("edith", "changed", ["the short answer: “Short answer on crmo.” → “New words”"]),
    ]
    assert "the short answer: “Short answer on crmo.” → “New words”" in page.text


# --- two editors at once ----------------------------------------------------------------------------------------------


def test_second_save_is_refused_with_the_first_ones_changes_shown(client, editor):
    draft = factories.draft()
    other = factories.staff("nora", "change_edition", "view_edition")
    client.force_login(editor)
    mine = posted(client, draft, summary="My words")
    client.force_login(other)
    save(client, draft, **{"summary": "Nora’s words", "sections-0-body": "<p>Nora’s text.</p>"})
    client.force_login(editor)

    response = client.post(reverse(CHANGE, args=[draft.pk]), mine)

    draft.refresh_from_db()
    errors = response.context["adminform"].form.non_field_errors()
    rows = [(row["label"], row["stored"], row["typed"]) for row in response.context["stored"]]
    assert draft.summary == "Nora’s words"
    assert errors[0].startswith("This was changed while you were writing.")
    assert errors[1].startswith("nora changed this on ")
    assert errors[1].endswith(" (Text, The short answer).")
    assert rows == [
        ("The short answer", "Nora’s words", "My words"),
        ("Text", "<p>Nora’s text.</p>", "<p>Text on overview of crmo.</p>"),
    ]
    assert response.context["adminform"].form["summary"].value() == "My words"


def test_saving_again_after_the_warning_is_a_decision(client, editor):
    draft = factories.draft()
    client.force_login(editor)
    mine = posted(client, draft, summary="My words")
    save(client, draft, summary="Other words")
    warned = client.post(reverse(CHANGE, args=[draft.pk]), mine)
    mine["seen"] = warned.context["adminform"].form["seen"].value()

    response = client.post(reverse(CHANGE, args=[draft.pk]), mine)

    draft.refresh_from_db()
    assert (response.status_code, draft.summary) == (302, "My words")


@pytest.mark.parametrize("seen", ["", "rubbish", "2026-01-01T00:00:00+00:00 x", "\x00 9" * 50])
def test_save_without_a_true_moment_is_refused(client, editor, seen):
    draft = factories.draft()
    client.force_login(editor)

    response = client.post(reverse(CHANGE, args=[draft.pk]), posted(client, draft) | {"seen": seen, "summary": "New"})

    draft.refresh_from_db()
    assert (response.status_code, draft.summary) == (200, "Short answer on crmo.")


# --- what was published -----------------------------------------------------------------------------------------------


def test_published_edition_cannot_be_changed_through_the_admin(admin_client):
    live = factories.live()
    section, source = live.sections.get(), live.sources.get()
    values = {
        "summary": "Changed",
        "sections-TOTAL_FORMS": 2,
        "sections-INITIAL_FORMS": 1,
        "sections-0-id": section.pk,
        "sections-0-edition": live.pk,
        "sections-0-kind": "causes",
        "sections-0-body": "<p>Changed.</p>",
        "sections-1-edition": live.pk,
        "sections-1-kind": "outlook",
        "sections-1-body": "<p>Added.</p>",
        "sources-TOTAL_FORMS": 1,
        "sources-INITIAL_FORMS": 1,
        "sources-0-id": source.pk,
        "sources-0-edition": live.pk,
        "sources-0-DELETE": "on",
    }
    before = live.digest()

    changed = admin_client.post(reverse(CHANGE, args=[live.pk]), values)
    deleted = admin_client.post(reverse("admin:conditions_edition_delete", args=[live.pk]), {"post": "yes"})
    action = {"action": "delete_selected", "_selected_action": [live.pk], "post": "yes"}
    selected = admin_client.post(reverse("admin:conditions_edition_changelist"), action)

    assert [changed.status_code, deleted.status_code, selected.status_code] == [403, 403, 403]
    assert Edition.objects.get().digest() == before


def test_published_edition_is_shown_to_read_with_the_way_to_a_new_draft(admin_client):
    live = factories.live()

    page = admin_client.get(reverse(CHANGE, args=[live.pk]))

    assert page.context["note"] == "This edition was published, so its text cannot be changed. Start a new draft instead."
    assert [str(label) for _address, label in page.context["buttons"]] == [
        "Start a new draft from this version",
        "Withdraw",
        "Compare",
        "Preview",
    ]
    assert "<p>Text on overview of crmo.</p>" in page.text
    assert 'name="_save"' not in page.text


@pytest.mark.parametrize("part", ["edition", "section", "source"])
def test_published_rows_refuse_a_bare_save_and_delete(db, part):
    live = factories.live()
    row = {"edition": live, "section": live.sections.get(), "source": live.sources.get()}[part]

    with pytest.raises(Refused):
        row.save()
    with pytest.raises(Refused):
        row.delete()
    assert Edition.objects.get().digest() == live.digest()


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: Edition.objects.update(summary="Changed"),
        lambda: Edition.objects.update(status="draft"),
        lambda: Section.objects.update(body="<p>Changed</p>"),
        lambda: Source.objects.update(title="Changed"),
        lambda: Section.objects.all().delete(),
        lambda: Source.objects.bulk_create([Source(edition=Edition.objects.get(), title="More", date="2026")]),
    ],
)
def test_database_refuses_changes_to_published_rows(db, attempt):
    live = factories.live()
    before = live.digest()

    with pytest.raises(IntegrityError), transaction.atomic():
        attempt()
    assert Edition.objects.get().digest() == before


# --- verbs ------------------------------------------------------------------------------------------------------------


def people():
    """Everybody who may come, by name."""
    factories.staff("edith", "add_edition", "change_edition", "view_edition")
    rhea = factories.staff("rhea", "sign_off_edition", "view_edition")
    factories.clinician(slug="rhea-sample", user=rhea)
    factories.staff("paul", "approve_edition", "view_edition")
    factories.staff("sam")


MATRIX = {
    "submit": ["edith"],
    "send-back": ["edith", "rhea"],
    "comment": ["edith", "rhea"],
    "answer": ["edith"],
    "restore": ["edith"],
    "sign-off": ["rhea"],
    "approve": ["paul"],
    "withdraw": ["paul"],
    "reschedule": ["paul"],
    "follow": ["edith"],
}


@pytest.mark.parametrize("name", MATRIX)
@pytest.mark.parametrize("method", ["get", "post"])
def test_verbs_are_open_to_those_who_may(client, db, django_user_model, name, method):
    people()
    edition = factories.live() if name in {"withdraw", "restore"} else factories.draft()
    answers = {}

    for who in ["edith", "rhea", "paul", "sam"]:
        client.force_login(django_user_model.objects.get(username=who))
        answers[who] = getattr(client, method)(verb(edition, name)).status_code
    client.logout()
    anonymous = getattr(client, method)(verb(edition, name))

    assert [who for who, status in answers.items() if status != 403] == MATRIX[name]
    assert anonymous.status_code == 302
    assert anonymous.url.startswith("/accounts/login/")


@pytest.mark.parametrize("address", ["add", "changelist"])
def test_staff_without_permission_see_no_edition(client, db, address):
    factories.draft()
    client.force_login(factories.staff("sam"))

    assert client.get(reverse(f"admin:conditions_edition_{address}")).status_code == 403


def test_verbs_lead_from_draft_to_page(client, editor, reviewer, publisher):
    draft = factories.draft()
    client.force_login(editor)
    client.post(verb(draft, "submit"))
    client.force_login(reviewer)
    page = client.get(verb(draft, "sign-off"))
    client.post(verb(draft, "sign-off"), {"digest": page.context["digest"]} | TICKED)
    client.force_login(publisher)
    form = client.get(verb(draft, "approve")).context["form"]
    response = client.post(verb(draft, "approve"), {"next_review_due": form["next_review_due"].value()}, follow=True)

    assert told(response) == ["The text is approved. Visitors see it now."]
    assert Edition.objects.live().get().reviewed_by == reviewer.clinician
    assert list(Record.objects.order_by("sequence").values_list("actor", "verb")) == [
        ("edith", "submitted"),
        ("rhea", "signed off"),
        ("paul", "approved"),
    ]


def test_sign_off_shows_the_text_its_fingerprint_and_who_signs(client, reviewer, waiting):
    client.force_login(reviewer)

    page = client.get(verb(waiting, "sign-off"))

    assert "<p>Text on overview of crmo.</p>" in page.text
    assert "Short answer on crmo." in page.text
    assert waiting.digest() in page.text
    assert "Rhea Sample, MD" in page.text


def test_sign_off_of_a_text_that_changed_meanwhile_is_refused(client, reviewer, waiting):
    client.force_login(reviewer)
    seen = client.get(verb(waiting, "sign-off")).context["digest"]
    Source.objects.update(title="Another study")

    response = client.post(verb(waiting, "sign-off"), {"digest": seen} | TICKED)

    waiting.refresh_from_db()
    assert response.context["form"].non_field_errors() == [
        "The text was changed while you read it. Nothing was signed. Read it again."
    ]
    assert waiting.signed_digest == ""
    assert f'value="{waiting.digest()}"' in response.text
    assert Record.objects.filter(verb="signed off").count() == 0


def test_sign_off_needs_a_linked_clinician(client, waiting):
    client.force_login(factories.staff("rhea", "sign_off_edition", "view_edition"))

    page = client.get(reverse(CHANGE, args=[waiting.pk]))
    response = client.post(verb(waiting, "sign-off"), {"digest": waiting.digest()} | TICKED)

    assert "Sign off" not in [str(label) for _address, label in page.context["buttons"]]
    assert response.context["form"].non_field_errors() == [
        "Your account is not linked to a clinician. Ask an administrator to link it."
    ]


def test_author_cannot_sign_off(client, reviewer, waiting):
    waiting.authors.add(reviewer)
    client.force_login(reviewer)

    page = client.get(reverse(CHANGE, args=[waiting.pk]))
    response = client.post(verb(waiting, "sign-off"), {"digest": waiting.digest()} | TICKED)

    assert "Sign off" not in [str(label) for _address, label in page.context["buttons"]]
    assert response.context["form"].non_field_errors() == ["You wrote in this text. Somebody else must sign it off."]


def test_submitting_says_what_is_missing(client, editor):
    draft = factories.draft(summary="")
    draft.sources.all().delete()
    client.force_login(editor)

    response = client.post(verb(draft, "submit"))

    assert response.context["form"].non_field_errors() == ["Write the short answer. Add at least one source."]


def test_approving_an_unsigned_text_is_refused_and_keeps_what_was_typed(client, publisher, waiting):
    client.force_login(publisher)

    response = client.post(verb(waiting, "approve"), {"next_review_due": "2099-01-02", "publish_at": "2098-05-06T07:08"})

    assert response.context["form"].non_field_errors() == [
        "The text is not signed off, or it was changed after the sign-off. It must be signed off again."
    ]
    assert response.context["form"]["publish_at"].value() == "2098-05-06T07:08"


def test_approval_for_a_coming_moment_is_meant_on_the_sites_clock(client, publisher, signed):
    client.force_login(publisher)

    page = client.get(verb(signed, "approve"))
    client.post(verb(signed, "approve"), {"next_review_due": "2099-01-02", "publish_at": "2098-07-06T09:00"})

    signed.refresh_from_db()
    assert "On the clock in New York." in page.text
    assert signed.publish_at == datetime(2098, 7, 6, 13, 0, tzinfo=UTC)
    assert list(Edition.objects.live()) == []


@pytest.mark.parametrize(
    ("answers", "errors"),
    [
        ({"next_review_due": "2020-01-02"}, {"next_review_due": ["Choose a day after today."]}),
        (
            {"next_review_due": "2099-01-02", "publish_at": "2020-05-06T07:08"},
            {"publish_at": ["This moment has passed. Choose one to come, or leave it empty."]},
        ),
        ({"next_review_due": "soon"}, {"next_review_due": ["Enter a valid date."]}),
    ],
)
def test_approval_wants_days_to_come(client, publisher, signed, answers, errors):
    client.force_login(publisher)

    response = client.post(verb(signed, "approve"), answers)

    assert response.context["form"].errors == errors


def test_withdrawing_needs_a_reason_and_shows_the_earlier_version_again(client, publisher):
    first = factories.live()
    second = factories.publish(factories.draft(first.condition), at=datetime(2026, 2, 1, tzinfo=UTC))
    client.force_login(publisher)

    refused = client.post(verb(second, "withdraw"), {"reason": " "})
    client.post(verb(second, "withdraw"), {"reason": "A dose was wrong."})

    assert refused.context["form"].errors == {"reason": ["This field is required."]}
    assert list(Edition.objects.live()) == [first]


def test_sending_back_makes_a_draft(client, editor, waiting):
    waiting.authors.add(editor)
    client.force_login(editor)

    client.post(verb(waiting, "send-back"))

    waiting.refresh_from_db()
    assert waiting.status == "draft"


def test_getting_a_verb_page_changes_nothing(admin_client, waiting):
    before = (Edition.objects.values().get(), Record.objects.count())

    for name in MATRIX:
        admin_client.get(verb(waiting, name))

    assert (Edition.objects.values().get(), Record.objects.count()) == before


def test_verb_of_an_unknown_edition_is_not_found(admin_client):
    assert admin_client.post("/admin/conditions/edition/77/submit/").status_code == 404


# --- preview ----------------------------------------------------------------------------------------------------------


def test_preview_shows_the_draft_to_staff_alone(client, editor):
    draft = factories.draft(summary="Not public yet.")
    address = reverse("admin:preview", args=[draft.pk])
    anonymous = client.get(address)
    client.force_login(factories.staff("sam"))
    stranger = client.get(address)
    client.force_login(editor)

    page = client.get(address)

    assert (anonymous.status_code, stranger.status_code, page.status_code) == (302, 403, 200)
    assert "Not public yet." in page.text
    assert "Visitors do not see this page." in page.text
    assert "no-store" in page.headers["Cache-Control"]


def test_condition_page_offers_a_draft_in_each_language(client, editor):
    draft = factories.draft()
    client.force_login(editor)

    page = client.get(reverse("admin:conditions_condition_change", args=[draft.condition.pk]))

    assert page.context["buttons"] == [
        (reverse(CHANGE, args=[draft.pk]), "Go to the draft (English)"),
        (f"/admin/conditions/edition/add/?condition={draft.condition.pk}&language=es", "Start a new draft (Spanish)"),
    ]
    assert Condition.objects.count() == 1
