"""The picture library: every picture known once, replaced everywhere, taken back everywhere at once."""

from datetime import date
from io import BytesIO

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from conditions import actions
from conditions.models import Edition, EditionEvent
from foundation.audit.models import Record
from foundation.pictures import library
from foundation.pictures.models import LibraryPicture
from tests import factories
from tests.admin_forms import filled, told

LIST = reverse("admin:pictures_librarypicture_changelist")
ADD = reverse("admin:pictures_librarypicture_add")


def png(colour="teal", size=(600, 400)):
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


def file(colour="teal"):
    return SimpleUploadedFile("square.png", png(colour), "image/png")


def pictured(row, colour="teal"):
    factories.put_picture(row, png(colour))
    row.picture_alt = f"A {colour} square"
    row.save()
    return row


def own(row):
    return LibraryPicture.objects.get(name=row.picture)


def page_with_picture(slug="crmo"):
    """A live edition with a picture."""
    edition = factories.draft(factories.condition(slug))
    pictured(edition.sections.get())
    return factories.publish(edition)


def address(picture, verb="change"):
    return reverse(f"admin:pictures_librarypicture_{verb}", args=[picture.pk])


def take_back(picture):
    library.take_back(picture=picture, reason="The family asked.", by="test")


# --- what the library holds


def test_picture_of_any_row_is_in_the_library_once(db):
    story, news = pictured(factories.story()), pictured(factories.news())

    kept = LibraryPicture.objects.get()

    assert (kept.name, kept.alt, kept.width, story.picture == news.picture) == (story.picture, "A teal square", 600, True)
    assert default_storage.exists(kept.card)
    assert default_storage.exists(kept.wide)


def test_person_shown_needs_a_paper_and_a_day_in_the_database_too(db):
    kept = own(pictured(factories.story()))

    with pytest.raises(IntegrityError), transaction.atomic():
        LibraryPicture.objects.filter(pk=kept.pk).update(shows_person=True)


@pytest.mark.parametrize(
    ("fields", "gone"),
    [
        ({}, False),
        ({"shows_person": True, "consent_paper": "b", "consent_until": date(2026, 3, 9)}, False),
        ({"shows_person": True, "consent_paper": "b", "consent_until": date(2026, 3, 8)}, True),
        ({"consent_until": date(2026, 3, 8)}, False),
        ({"withdrawn_on": date(2026, 3, 9), "withdrawn_reason": "w"}, True),
    ],
)
def test_picture_is_gone_when_taken_back_or_the_day_after_consent_ends(db, time_machine, fields, gone):
    kept = own(pictured(factories.story()))
    LibraryPicture.objects.filter(pk=kept.pk).update(**fields)

    time_machine.move_to("2026-03-09 15:00Z", tick=False)

    assert LibraryPicture.objects.gone().exists() == gone


# --- taken back


def test_taken_back_picture_is_on_no_page_and_its_file_answers_nobody(client, db):
    rows = [pictured(factories.story("pool")), pictured(factories.news("evening")), pictured(factories.clinician("kim"))]
    edition = page_with_picture()
    factories.publish(factories.draft(edition.condition), at=timezone.now())
    kept = own(rows[0])
    pages = ["/", "/stories/", "/stories/pool/", "/news/", "/news/evening/", "/news/feed/", "/clinicians/kim/"]
    pages += ["/conditions/crmo/", "/conditions/crmo/versions/1/", "/search/?q=square"]
    names = [kept.name, kept.card, kept.wide]
    before = [any(name[:64] in client.get(page).text for name in names) for page in pages]
    files = [client.get(f"/pictures/{name}").status_code for name in names]

    take_back(kept)

    after = [any(name[:64] in client.get(page).text for name in names) for page in pages]
    client.force_login(factories.administrator())
    assert (before.count(True) >= 6, files) == (True, [200, 200, 200])
    assert after == [False] * len(pages)
    assert [client.get(f"/pictures/{name}").status_code for name in names] == [404, 404, 404]


def test_old_version_says_that_a_picture_was_taken_out(client, db):
    edition = page_with_picture()
    take_back(own(edition.sections.get()))

    pages = [client.get(page).text for page in ("/conditions/crmo/versions/1/", "/conditions/crmo/")]

    assert ["A picture was taken out." in page for page in pages] == [True, False]


def test_consent_that_ended_takes_the_picture_away_by_itself(client, db):
    row = pictured(factories.story("pool"))
    LibraryPicture.objects.update(shows_person=True, consent_paper="b", consent_until=timezone.localdate())
    shown = client.get("/stories/pool/").text

    LibraryPicture.objects.update(consent_until=date(2026, 1, 1))

    assert (row.picture in shown, row.picture in client.get("/stories/pool/").text) == (True, False)
    assert client.get(f"/pictures/{row.picture}").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_pictures_cost_the_condition_page_no_question_gone_or_not(client, db, count, django_assert_num_queries):
    edition = factories.draft(factories.condition("crmo"), sections=["overview", "symptoms", "causes"][:count])
    for number, section in enumerate(edition.sections.all()):
        pictured(section, ["teal", "orange", "navy"][number])
    factories.publish(edition)
    factories.live("without")
    with CaptureQueriesContext(connection) as without:
        client.get("/conditions/without/")

    with django_assert_num_queries(len(without)):
        client.get("/conditions/crmo/")
    take_back(own(edition.sections.first()))
    with django_assert_num_queries(len(without)):
        client.get("/conditions/crmo/")


@pytest.mark.parametrize("page", ["/stories/", "/news/"])
@pytest.mark.parametrize("count", [1, 3, 40])
def test_lists_with_pictures_ask_four_questions(client, db, page, count, django_assert_num_queries):
    make = {"/stories/": factories.story, "/news/": factories.news}[page]
    condition = factories.live("crmo").condition
    first = pictured(make("item-0", [condition]))
    for number in range(1, count):
        make(f"item-{number}", [condition], picture=first.picture, picture_alt="A square", picture_width=600)

    with django_assert_num_queries(4):
        text = client.get(page).text

    assert text.count(f'src="/pictures/{own(first).card_srcset()[0][0]}"') == min(count, 20)


@pytest.mark.parametrize("name", ["stories_story", "news_newsitem"])
def test_publishing_with_a_gone_picture_is_refused_in_words(admin_client, name):
    make = {"stories_story": factories.story, "news_newsitem": factories.news}[name]
    row = pictured(make(status="draft"))
    take_back(own(row))

    answer = admin_client.post(reverse(f"admin:{name}_publish", args=[row.pk]))

    row.refresh_from_db()
    assert "Its picture was taken back, or its consent has ended." in answer.text
    assert not row.is_published


def test_edition_with_a_gone_picture_lacks_something(db):
    edition = factories.draft()
    pictured(edition.sections.get())
    take_back(own(edition.sections.get()))

    assert [gap.words for gap in actions.gaps(edition)] == [
        "A picture was taken back, or its consent has ended. Choose another, or take it away."
    ]


def test_taking_back_needs_a_reason_and_leaves_a_record(admin_client):
    kept = own(pictured(factories.story()))

    empty = admin_client.post(address(kept, "take-back"), {"reason": ""})
    done = admin_client.post(address(kept, "take-back"), {"reason": "The family asked."}, follow=True)
    again = admin_client.post(address(kept, "take-back"), {"reason": "Twice."})

    kept.refresh_from_db()
    assert empty.context["form"].errors["reason"]
    assert told(done) == ["“A teal square” is taken back. No page shows it any more."]
    assert (kept.withdrawn_on, kept.withdrawn_reason) == (timezone.localdate(), "The family asked.")
    assert "This picture was taken back already." in again.text
    assert Record.objects.filter(verb="took back", kind="pictures.librarypicture").count() == 1


# --- replaced


def replaced(client, kept, colour="orange"):
    form = {"upload": file(colour), "alt": "An orange square", "caption": "New", "credit": "Us"}
    return client.post(address(kept, "replace"), form, follow=True)


def test_replacing_changes_stories_news_and_clinicians_at_once(admin_client):
    rows = [pictured(factories.story()), pictured(factories.news()), pictured(factories.clinician())]
    kept = own(rows[0])

    replaced(admin_client, kept)

    kept.refresh_from_db()
    for row in rows:
        row.refresh_from_db()
    assert {(row.picture, row.picture_alt, row.picture_caption) for row in rows} == {
        (kept.replaced_by.name, "An orange square", "New")
    }
    assert kept.replaced_by.credit == "Us"
    assert Record.objects.filter(verb="replaced the picture of").count() == 3
    assert Record.objects.filter(verb="replaced", object_id=str(kept.pk)).count() == 1


def test_replacing_on_a_published_page_starts_a_draft_that_waits_for_a_signature(admin_client, client):
    live = page_with_picture()
    kept = own(live.sections.get())
    plan = admin_client.get(address(kept, "replace")).text

    replaced(admin_client, kept)

    draft = Edition.objects.open().get()
    assert "Condition crmo, English: a new draft is started. It must be signed and published; the page waits for it." in plan
    assert draft.sections.get().picture_alt == "An orange square"
    assert live.sections.get().picture_alt == "A teal square"
    assert (draft.status, draft.signed_digest, draft.authors.get().username) == ("draft", "", "admin")
    assert EditionEvent.objects.filter(edition=draft, verb="changed").exists()


def test_replacing_in_a_signed_draft_voids_the_signature(admin_client):
    draft = factories.draft()
    pictured(draft.sections.get())
    actions.submit(edition=draft, by="test")
    actions.sign_off(edition=draft, reviewer=factories.clinician(), by="test")
    kept = own(draft.sections.get())
    plan = admin_client.get(address(kept, "replace")).text

    replaced(admin_client, kept)

    draft.refresh_from_db()
    assert "at once in the open draft. A signature under it no longer counts." in plan
    assert (draft.signed_digest, draft.sections.get().picture_alt) == ("", "An orange square")


def test_same_or_gone_picture_replaces_nothing(admin_client):
    kept, gone = own(pictured(factories.story())), own(pictured(factories.news(), "orange"))
    take_back(gone)

    same = replaced(admin_client, kept, "teal")
    back = replaced(admin_client, kept, "orange")

    kept.refresh_from_db()
    assert "This is the same picture. Choose another file." in same.text
    assert "This picture may not be shown any more: The family asked." in back.text
    assert (kept.replaced_by, kept.alt) == (None, "A teal square")


# --- the admin


def test_list_costs_the_same_with_one_and_three_pictures(admin_client):
    pictured(factories.news("one"))
    admin_client.get(LIST)
    with CaptureQueriesContext(connection) as few:
        admin_client.get(LIST)
    pictured(factories.news("two"), "orange")
    pictured(factories.news("three"), "navy")
    with CaptureQueriesContext(connection) as many:
        admin_client.get(LIST)

    assert len(many) == len(few)


def test_where_used_names_every_place_and_whether_visitors_see_it(admin_client):
    live = page_with_picture()
    factories.publish(factories.draft(live.condition), at=timezone.now())
    pictured(factories.news(status="draft"))
    kept = own(pictured(factories.story()))

    text = admin_client.get(address(kept)).text

    assert "Condition crmo, English, version 1: What it is</a>: earlier version" in text
    assert "News evening</a>: visitors do not see it" in text
    assert "Story pool</a>: visitors see it" in text


def test_picture_is_added_with_its_words_and_only_once(admin_client):
    words = {"upload": file(), "alt": "A square", "credit": "Us", "focus_x": "0", "focus_y": "100"}

    admin_client.post(ADD, words)
    again = admin_client.post(ADD, words | {"upload": file()})

    kept = LibraryPicture.objects.get()
    assert (kept.alt, kept.credit, kept.focus_x, kept.width) == ("A square", "Us", 0, 600)
    assert again.context["adminform"].form.errors["upload"] == ["This picture is in the library already: “A square”."]


def test_person_shown_asks_for_paper_and_day(admin_client):
    form = {"upload": file(), "alt": "A child", "shows_person": "on", "focus_x": "50", "focus_y": "50"}

    errors = admin_client.post(ADD, form).context["adminform"].form.errors

    assert errors == {
        "consent_paper": ["Say where the signed consent of the person shown is kept."],
        "consent_until": ["Say when the consent of the person shown ends."],
    }


def test_choice_finds_by_words_and_never_what_is_gone(admin_client):
    pictured(factories.news("one"))
    take_back(own(pictured(factories.news("two"), "orange")))
    ask = {"app_label": "pictures", "model_name": "librarypicture", "field_name": "replaced_by", "term": "square"}

    found = admin_client.get(reverse("admin:autocomplete"), ask).json()

    assert [row["text"] for row in found["results"]] == ["A teal square"]


def test_chosen_picture_brings_its_words_unless_others_were_written(admin_client):
    kept = own(pictured(factories.story()))
    LibraryPicture.objects.update(caption="In the park")
    plain, worded = factories.news("plain"), factories.news("worded")

    for row, own_words in ((plain, {}), (worded, {"picture_alt": "For this place"})):
        page = reverse("admin:news_newsitem_change", args=[row.pk])
        admin_client.post(page, filled(admin_client.get(page), library=kept.pk, **own_words))
        row.refresh_from_db()

    assert (plain.picture, plain.picture_alt, plain.picture_caption) == (kept.name, "A teal square", "In the park")
    assert (worded.picture, worded.picture_alt) == (kept.name, "For this place")


def test_picture_is_chosen_in_a_section_too(admin_client):
    kept = own(pictured(factories.story()))
    draft = factories.draft()
    page = reverse("admin:conditions_edition_change", args=[draft.pk])

    admin_client.post(page, filled(admin_client.get(page), **{"sections-0-library": kept.pk}))

    assert draft.sections.get().picture_alt == "A teal square"


def test_upload_of_a_gone_picture_is_refused(admin_client):
    take_back(own(pictured(factories.story())))
    row = factories.news()
    page = reverse("admin:news_newsitem_change", args=[row.pk])

    answer = admin_client.post(page, filled(admin_client.get(page), upload=file(), picture_alt="A square"))

    assert answer.context["adminform"].form.errors["upload"] == ["This picture may not be shown any more: The family asked."]


def test_library_is_for_those_who_may_change_it(client, db):
    kept = own(pictured(factories.story()))
    client.force_login(factories.staff("rita", "view_librarypicture"))

    answers = [client.get(address(kept)).status_code, client.post(address(kept, "take-back"), {"reason": "x"}).status_code]

    assert answers == [200, 403]
    assert not LibraryPicture.objects.gone().exists()


@pytest.mark.parametrize("size", [(1, 17_000), (20_000, 1)])
def test_tall_or_flat_picture_is_added_with_its_words(admin_client, size):
    upload = SimpleUploadedFile("long.png", png(size=size), "image/png")

    answer = admin_client.post(ADD, {"upload": upload, "alt": "A long strip", "focus_x": "50", "focus_y": "50"})

    kept = LibraryPicture.objects.get()
    assert (answer.status_code, kept.alt) == (302, "A long strip")
    assert min(kept.width, kept.height) >= 1
    assert (kept.card != "", kept.wide != "") == (True, True)
    assert admin_client.get(address(kept)).status_code == 200


@pytest.mark.parametrize("content", [png()[:300], b"GIF89a" + b"\x00" * 20, b"\x89PNG\r\n\x1a\n" + b"\xff" * 80])
def test_broken_picture_is_an_error_at_its_field_and_the_typed_words_stay(admin_client, content):
    row = factories.news()
    page = reverse("admin:news_newsitem_change", args=[row.pk])
    upload = SimpleUploadedFile("broken.png", content, "image/png")

    added = admin_client.post(ADD, {"upload": upload, "alt": "Words of Edith", "focus_x": "50", "focus_y": "50"})
    upload.seek(0)
    changed = admin_client.post(page, filled(admin_client.get(page), upload=upload, title="Words of Edith", picture_alt="A"))

    for answer in (added, changed):
        assert answer.status_code == 200
        assert list(answer.context["adminform"].form.errors) == ["upload"]
        assert "Words of Edith" in answer.text
