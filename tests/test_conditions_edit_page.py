"""The edit page of an edition: its boxes, where a save leads, submitting in one press, sections that are still empty."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from conditions import actions
from conditions.models import Condition, Edition, Section
from foundation.pictures.models import LibraryPicture
from tests import factories
from tests.admin_forms import filled, told

CHANGE = "admin:conditions_edition_change"
NO_BOX = {"edition", "no_picture"}  # known from the page itself; only where there is a picture


def page_of(client, edition):
    return client.get(reverse(CHANGE, args=[edition.pk]))


def post(client, edition, **changes):
    return client.post(reverse(CHANGE, args=[edition.pk]), filled(page_of(client, edition), **changes), follow=True)


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_field_of_the_forms_has_a_box(client, editor, language):
    draft = factories.draft(language=language)
    client.force_login(editor)

    page = page_of(client, draft)

    formsets = [each.formset for each in page.context["inline_admin_formsets"]]
    forms = [
        page.context["adminform"].form,
        *(form for formset in formsets for form in [formset.management_form, *formset.forms]),
    ]
    wanted = {form.add_prefix(name) for form in forms for name in form.fields if name not in NO_BOX}
    assert len(formsets) == (2 if language == "en" else 3)
    assert wanted - set(re.findall(r'name="([\w-]+)"', page.text)) == set()


@pytest.mark.parametrize(("place", "end"), [("sections-0", "#sections-0"), ("", "/change/"), ("x y\r\n", "/change/")])
def test_save_leads_back_to_where_one_was(client, editor, place, end):
    draft = factories.draft()
    client.force_login(editor)

    answer = client.post(reverse(CHANGE, args=[draft.pk]), filled(page_of(client, draft), summary="New.", _continue=place))

    assert answer["Location"].endswith(end)
    assert Edition.objects.get().summary == "New."


def test_one_press_saves_and_submits_and_leaves_out_what_is_empty(client, editor):
    draft = factories.draft()
    Section.objects.create(edition=draft, kind="outlook", order=5)
    client.force_login(editor)

    page = post(client, draft, summary="The newest words.", _submit="")

    draft.refresh_from_db()
    assert (draft.status, draft.summary, draft.sections.count()) == ("submitted", "The newest words.", 1)
    assert "Left out, because they are empty: What to expect." in told(page)[0]
    assert list(draft.authors.all()) == [editor]


def test_what_cannot_be_submitted_is_saved_and_says_what_is_missing(client, editor):
    draft = factories.draft()
    draft.sources.all().delete()
    Section.objects.create(edition=draft, kind="outlook", order=5)
    client.force_login(editor)

    page = post(client, draft, summary="Kept.", _submit="")

    draft.refresh_from_db()
    assert (draft.status, draft.summary, draft.sections.count()) == ("draft", "Kept.", 2)
    assert told(page) == ["What you typed is saved.", "It is not submitted yet. Add at least one source."]
    assert [gap.words for gap in page.context["to_do"]] == ["Add at least one source."]


def test_section_emptied_after_submitting_stands_in_the_way(db):
    draft = factories.draft()
    actions.submit(edition=draft, by="test")
    draft.sections.update(body="")

    assert [gap.words for gap in actions.gaps(draft)] == ["Write the text of each section, or delete those that are empty."]


def test_first_text_begins_with_the_usual_sections_and_gets_back_what_was_deleted(client, editor):
    condition = factories.condition("new")
    client.force_login(editor)
    address = condition.new_draft_address("en")

    first = client.post(address)
    again = client.post(address)
    draft = Edition.objects.get()
    kinds = list(draft.sections.values_list("kind", flat=True))
    draft.sections.filter(kind="outlook").delete()
    post(client, draft, _usual="")

    assert first["Location"] == again["Location"] == reverse(CHANGE, args=[draft.pk])
    assert kinds == list(Section.Kind.values)
    assert list(draft.sections.values_list("kind", flat=True))[-1] == "outlook"


def test_page_of_thirteen_sections_stays_light(client, editor):
    """The opened editor adds some 110 elements, the coach's notes up to 160: 1,100 in all."""
    draft = factories.draft(sections=Section.Kind.values)
    for place in range(13 - len(Section.Kind.values)):
        draft.sections.create(kind="living-with", heading=f"More {place}", order=20 + place, body="<p>More.</p>")
    client.force_login(editor)

    shown = re.sub(r"<(template|noscript)\b.*?</\1>", "<br>", page_of(client, draft).text, flags=re.DOTALL)

    assert draft.sections.count() == 13
    assert len(re.findall(r"<[a-z]", shown)) <= 830


def test_boxes_that_were_not_opened_keep_what_they_hold(client, editor):
    draft = factories.draft(sections=("overview", "symptoms"))
    draft.sections.filter(kind="overview").update(picture_alt="A pool", picture_caption="Kim swims", order=0)
    before = list(draft.sections.values("kind", "order", "picture_alt", "picture_caption"))
    client.force_login(editor)
    page = page_of(client, draft)
    shown = re.sub(r"<(template|noscript)\b.*?</\1>", "", page.text, flags=re.DOTALL)
    names = set(re.findall(r'name="([\w-]+)"', shown))

    sent = {name: value for name, value in filled(page, summary="New.").items() if name in names}
    answer = client.post(reverse(CHANGE, args=[draft.pk]), sent)

    assert (answer.status_code, Edition.objects.get().summary) == (302, "New.")
    assert list(draft.sections.values("kind", "order", "picture_alt", "picture_caption")) == before


def test_row_is_added_without_a_script(client, editor):
    draft = factories.draft()
    client.force_login(editor)

    page = post(client, draft, summary="Kept.", _more="source")

    draft.refresh_from_db()
    sources = page.context["inline_admin_formsets"][1].formset
    assert (draft.summary, sources.total_form_count()) == ("Kept.", draft.sources.count() + 1)
    assert page.redirect_chain[-1][0].endswith("?more=source#sources-group")


def test_rail_says_what_is_empty_and_what_changed_since_the_signature(client, editor, reviewer):
    live = factories.live(sections=("overview", "symptoms"))
    draft = actions.start_draft(condition=live.condition, language="en", by="test")
    draft.sections.filter(kind="symptoms").update(body="<p>Other words.</p>")
    Section.objects.create(edition=draft, kind="outlook", order=9)
    client.force_login(editor)

    page = page_of(client, draft)

    states = {fold.title: fold.state_in_words for fold in [*page.context["first_folds"], *page.context["section_folds"]]}
    assert states["What it is"] == states["First on the page"] == "as signed"
    assert states["Signs to look for"] == "changed"
    assert states["What to expect"] == "empty"


def test_reader_s_view_marks_what_the_coach_notes(client, editor):
    draft = factories.draft(sections=())
    Section.objects.create(edition=draft, kind="overview", body="<p>We <b>utilize</b> osteomyelitis &lt;i&gt;.</p>")
    client.force_login(editor)

    text = client.get(reverse("admin:conditions_edition_reader", args=[draft.pk])).text

    slug = re.search(r'href="#(w-[\w-]+)"[^>]*>osteomyelitis</a>', text)[1]
    assert f'<li id="{slug}"><q>osteomyelitis</q> This word is not in the glossary.' in text
    assert "&lt;i&gt;" in text


def test_picture_is_taken_from_the_library_by_the_number_behind_its_words(client, editor):
    draft = factories.draft()
    LibraryPicture.objects.create(name="a" * 64, width=100, height=100, alt="A knee")
    chosen = LibraryPicture.objects.create(name="b" * 64, width=100, height=100, alt="A hip, 3 years")
    client.force_login(editor)

    post(client, draft, **{"sections-0-library": f"A hip, 3 years (#{chosen.pk})"})

    section = draft.sections.get()
    assert (section.picture, section.picture_alt) == (chosen.name, "A hip, 3 years")


def test_new_condition_needs_a_name_and_leads_to_its_text(admin_client):
    address = reverse("admin:conditions_condition_add")
    page = admin_client.get(address)

    nameless = admin_client.post(address, filled(page, slug="new", _write=""))
    named = admin_client.post(address, filled(admin_client.get(address), slug="new", **{"names-0-text": "New", "_write": ""}))

    assert nameless.status_code == 200
    assert Condition.objects.get().names.get().text == "New"
    assert named["Location"] == reverse(CHANGE, args=[Edition.objects.get().pk])


@pytest.mark.django_db
@pytest.mark.parametrize(
    "press", [{"_continue": ""}, {"_more": "source"}, {"_submit": "", "summary": ""}, {"sources-0-url": "x"}]
)
def test_typed_moment_of_an_approval_ahead_stays_in_its_box(client, press):
    draft = factories.draft()
    client.force_login(factories.administrator())

    page = post(client, draft, publish_at="2035-05-07T09:00", **press)

    assert 'id="id_publish_at" value="2035-05-07T09:00"' in page.text


@pytest.mark.parametrize(("sent", "left"), [(["on", ""], 1), (["on", "", "on"], 0)])
def test_without_a_script_the_box_that_is_seen_counts(client, editor, sent, left):
    """After an error the hidden box before it still says what was ticked before."""
    draft = factories.draft()
    client.force_login(editor)
    refused = post(client, draft, **{"sections-0-DELETE": "on", "sources-0-url": "x"})

    post(client, draft, **{"sections-0-DELETE": sent})

    boxes = re.findall(r'<input type="(\w+)" name="sections-0-DELETE"[^>]*', refused.text)
    assert boxes == ["hidden", "hidden", "checkbox"]
    assert draft.sections.count() == left


def test_chosen_file_is_asked_for_again_when_its_form_comes_back(client, editor):
    draft = factories.draft()
    client.force_login(editor)

    page = post(client, draft, **{"sections-0-upload": SimpleUploadedFile("x.png", b"x"), "sources-0-url": "x"})

    assert [each for each in told(page) if each.startswith("Choose your file again")]


def test_text_read_that_names_an_address_of_no_model_is_shown(client, reviewer):
    draft = factories.draft()
    draft.sections.update(body='<p><a href="/admin/no/such/1/change/">There</a></p>')
    client.force_login(reviewer)

    assert '<a href="/admin/no/such/1/change/">There</a>' in page_of(client, draft).text
