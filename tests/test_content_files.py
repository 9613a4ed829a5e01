"""Content files in and out: the round trip, what an import may touch, what an export refuses."""

from contextlib import nullcontext
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image

from conditions import actions
from conditions.models import Condition, Edition, GlossaryTerm, Section
from directory.models import Clinician, Department, Location, OpeningHours
from foundation.audit.models import Record
from foundation.links.models import Link
from foundation.pictures import images
from foundation.pictures.models import LibraryPicture
from foundation.prose import text
from foundation.search.actions import ask
from news.models import NewsItem
from portal.transfer import yaml_nodes
from portal.transfer.content_export import as_yaml
from portal.transfer.content_files import Invalid
from portal.transfer.content_import import KINDS
from stories.models import Story
from tests import factories
from tests.parallel import sample_database

SAMPLE = Path(__file__).resolve().parent.parent / "sample"
EDITION = """\
  - language: en
    summary: Short answer.
    sections:
      - {kind: overview, text: Some *text*.}
    sources:
      - {title: A study, date: 2025-05}
"""
CONDITION = """\
names:
  en:
    - {kind: preferred, text: Sore bones}
editions:
"""
EDITION_KEYS = [
    "language",
    "change_note",
    "status",
    "published",
    "withdrawn",
    "translation",
    "summary",
    "key_points",
    "urgent",
    "sections",
    "sources",
]
STORY = """\
title: In the pool
summary: In short.
name_shown: M.
conditions: []
text: We swim.
authorizations:
  - signed_on: 2025-12-01
    signed_by: Parent of M.
    relationship: parent
    scope: [website]
    expires_on: 2035-12-01
    form_version: 2026-12
    purpose: So that others know.
    recipients: Everybody who opens the website.
    how_to_revoke: By a letter to us.
    third_party_pay: none
    copy_given_on: 2025-12-01
    document: binder 1
"""
LOCATION = "name: Here\nstreet: 1 Way\ncity: New York\nstate: NY\npostal_code: '10001'\ntime_zone: America/New_York\n"


def put(folder, **files):
    """Writes files; `conditions__crmo` is conditions/crmo.yaml."""
    for name, content in files.items():
        path = folder / (name.replace("__", "/").replace("_", "-") + ".yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return folder


def load(path, **options):
    call_command("import_content", path, verbosity=0, **options)


def publish(path):
    load(path, publish=True, reviewer="ana-example")


def refused(path, capsys, **options):
    """What is printed of the faults, line by line."""
    with pytest.raises(CommandError):
        load(path, **options)
    return capsys.readouterr().err.splitlines()


def rows():
    """Everything in the database."""
    return {
        model: list(model._base_manager.order_by("pk").values_list()) for model in apps.get_models(include_auto_created=True)
    }


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def picture(path, kind="PNG"):
    out = BytesIO()
    Image.effect_noise((1700, 40), 60).convert("RGB").save(out, kind)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(out.getvalue())


# --- round trip -------------------------------------------------------------------------------------------------------


def test_the_sample_is_for_a_site_of_this_machine_alone(settings):
    settings.LOCAL = False

    with pytest.raises(CommandError, match="this machine alone"):
        call_command("load_demo")


@pytest.mark.django_db
def test_the_sample_loads_twice_and_from_its_own_export_without_a_second_write(tmp_path, settings, capsys):
    with sample_database(tmp_path / "site"):
        settings.MEDIA_ROOT = tmp_path / "site" / "media"
        before = rows()
        call_command("load_demo")
        told = capsys.readouterr().out.splitlines()
        call_command("export_content", tmp_path / "first", verbosity=0)
        publish(tmp_path / "first")
        assert rows() == before
        pictures = LibraryPicture.objects.count()

    assert f"conditions: {len(list(SAMPLE.glob('conditions/*.yaml')))} as before" in told
    assert all(line.endswith(" as before") for line in told)
    assert len(list(SAMPLE.glob("*/*.yaml"))) + pictures == len(list((tmp_path / "first").glob("*/*.yaml")))


REQUESTS = {
    "minutes_new": 50,
    "answers_within": 8,
    "offers_hold": 24,
    "taxonomy_code": "2080P0216X",
    "days_until_ended": 21,
    "inbox": "in@example.org",
    "takes_requests": False,
}


def everything(folder):
    """One of each thing, with all that is awkward to write down."""
    department = factories.department(
        email="a@example.org", what_to_bring="One\r\n\r\nTwo ", virtual=True, order=3, **REQUESTS
    )
    department.translations = {"es": {"name": "Sí: uno", "text": "<p>1. <em>Dos</em></p>", "what_to_bring": "Uno\nDos"}}
    department.save()
    department.locations.add(
        factories.location(directions="First: left.\r\nThen\t right.\n\n# not a note", accessibility="yes")
    )
    for day in (1, 2, 5):
        OpeningHours.objects.create(department=department, weekday=day, opens="09:00", closes="17:30")
    department.closures.create(day=date(2027, 7, 5), reason="Moving: upstairs")
    department.closures.create(day=date(2027, 7, 2))
    for name in ("Room 2", "Room 10 “quiet”"):
        department.locations.get().rooms.create(name=name)
    ana = factories.clinician(
        licensed_states="NY", text="<p>1. No list</p><ul><li><p>a<br>b</p></li></ul>", picture_alt="Ana: “hello”"
    )
    ana.licenses.create(state="NJ", kind="compact", until=date(2028, 6, 30))
    picture(folder / "a.png")
    factories.put_picture(ana, (folder / "a.png").read_bytes())
    ana.save()
    ana.departments.add(department)
    clinic = {"department": department, "weekday": 2, "opens": "09:00", "closes": "12:30", "valid_from": date(2026, 9, 7)}
    ana.clinic_hours.create(**clinic | {"weekday": 7, "visits": "follow-up", "valid_to": date(2027, 9, 7)})
    room = department.locations.get().rooms.get(name="Room 2")
    ana.clinic_hours.create(**clinic, location=room.location, room=room, every=2)
    factories.term(also="Ones\nothers, too", say="in-fla", definition="yes: #1")
    first = factories.live("crmo", change_note="null")
    row = first.condition
    second = factories.publish(factories.draft(row, summary="2025", key_points="no"), at=datetime(2026, 2, 1, tzinfo=UTC))
    actions.withdraw(
        edition=second, by="test", reason="It was “very” wrong: see.", at=datetime(2026, 2, 3, 4, 5, 6, 789, tzinfo=UTC)
    )
    factories.draft(row, summary="Unfinished", sections=())
    row.codes.create(system="icd-10-cm", code="M86.3", includes_descendants=True, valid_from=date(2025, 10, 1))
    row.names.create(language="es", kind="misspelling", text="osteo: 'x'")
    row.related.add(factories.condition("sapho"))
    story = factories.story(conditions=[row], expires_at=datetime(2030, 1, 1, tzinfo=UTC))
    factories.authorization(story, signed_on=date(2024, 1, 1), revoked_on=date(2025, 1, 1), covers_print=True, assent=True)
    coverage = {"source_name": "Gazette", "source_url": "https://example.org/a?b=1&c=2", "source_date": date(2026, 1, 4)}
    factories.news(kind="coverage", text="", status="draft", **coverage)
    factories.news("a-translation", language="es", translation_of=factories.news("by-us", author="Ana: and team"))
    library(folder, ana)


LIBRARY_WORDS = ["credit", "shows_person", "focus_x", "focus_y", "consent_until", "withdrawn_on"]


def library(folder, ana):
    """The clinician's photo was taken back and replaced; the other picture stands nowhere."""
    picture(folder / "b.png")
    name, width, height = images.store((folder / "b.png").read_bytes())
    other = LibraryPicture.objects.create(name=name, width=width, height=height, alt="Other: 'x'", caption="2025")
    photo = LibraryPicture.objects.get(name=ana.picture)
    photo.credit, photo.shows_person, photo.consent_paper = "Ana’s sister", True, "binder: 2"
    photo.consent_until, photo.focus_x, photo.focus_y, photo.replaced_by = date(2027, 1, 2), 10, 90, other
    photo.withdrawn_on, photo.withdrawn_reason = date(2026, 2, 3), "She asked: “stop”."
    photo.save()


@pytest.mark.django_db
def test_everything_a_site_can_hold_survives_the_round_trip(tmp_path, settings):
    first, second = tmp_path / "first", tmp_path / "second"
    with transaction.atomic():
        everything(tmp_path)
        call_command("export_content", first, verbosity=0)
        before = rows()
        publish(first)  # into itself: nothing to do
        assert rows() == before
        transaction.set_rollback(True)
    settings.MEDIA_ROOT = tmp_path / "other media"

    publish(first)
    call_command("export_content", second, verbosity=0)

    assert contents(second) == contents(first)
    assert [e.status for e in Edition.objects.order_by("number")] == ["approved", "withdrawn", "draft"]
    assert len(list(first.glob("clinicians/*.webp"))) == 1
    assert list(LibraryPicture.objects.order_by("credit").values_list(*LIBRARY_WORDS)) == [
        ("", False, 50, 50, None, None),
        ("Ana’s sister", True, 10, 90, date(2027, 1, 2), date(2026, 2, 3)),
    ]
    assert LibraryPicture.objects.get(withdrawn_reason="She asked: “stop”.").replaced_by.credit == ""


CLINIC = "{department: x, weekday: tue, opens: '09:00', closes: '12:00', valid_from: 2026-09-07, place: main-campus, room: R}"


@pytest.mark.django_db
def test_clinic_hours_are_read_or_told_and_left_alone_by_a_file_that_does_not_name_them(tmp_path, capsys):
    department = factories.department("x")
    factories.location().rooms.create(name="R")
    (tmp_path / "clinicians").mkdir()
    file = tmp_path / "clinicians" / "ana.yaml"
    words = "name: Ana\ncredentials: MD\nrole: Doctor\n"

    for old, new in [("tue", "day"), ("room: R", "room: Q"), ("'12:00'", "'08:00'"), ("", "")]:
        file.write_text(f"{words}clinic_hours:\n  - {CLINIC.replace(old, new)}\n")
        with nullcontext() if not old else pytest.raises(CommandError):
            call_command("import_content", tmp_path, verbosity=0)
    told = capsys.readouterr()
    file.write_text(words)
    call_command("import_content", tmp_path, verbosity=0)

    row = department.clinic_hours.get()
    assert (row.weekday, row.room.name, str(row)) == (2, "R", "Tuesday 09:00–12:00")
    for sentence in ("weekday 'day'", "“Q” is no room of this place", "“To” must be later than “from”."):
        assert sentence in told.out + told.err


@pytest.mark.django_db
def test_translation_is_checked_by_its_fields_and_former_files_are_read(tmp_path, capsys):
    department = "kind: service\nname: Scans\nsummary: In short.\nphone: 212 555 0100\n"
    former = "after_hours_words_es: Llame.\ntranslations:\n  es:\n    name: Imágenes\n"
    load(put(tmp_path / "former", departments__scans=department + former))
    long = f"translations:\n  es:\n    name: {'x' * 121}\n  de:\n    name: Bilder\n"
    story = STORY + "translation_of: nowhere\n"

    told = refused(put(tmp_path / "wrong", departments__scans=department + long, stories__pool=story), capsys)

    assert Department.objects.get().translations == {"es": {"name": "Imágenes", "after_hours_words": "Llame."}}
    assert told == [
        "departments/scans.yaml, line 7: translation name: Ensure this value has at most 120 characters (it has 121).",
        "departments/scans.yaml, line 8: translations key 'de' is not one of es",
        "stories/pool.yaml, line 19: translation_of names 'nowhere', which is neither on the site nor in a file without faults",
    ]


# --- editions ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def ana(db):
    return factories.clinician()


@pytest.mark.django_db
def test_without_publish_the_newest_text_of_each_language_becomes_a_draft(tmp_path):
    older = EDITION.replace("Short answer.", "Older.")
    spanish = EDITION.replace("language: en", "language: es").replace("Short", "Corta")
    put(tmp_path, conditions__crmo=CONDITION + older + EDITION + spanish)

    load(tmp_path)
    load(tmp_path)

    found = Edition.objects.values_list("language", "number", "status", "summary")
    assert set(found) == {("en", 1, "draft", "Short answer."), ("es", 1, "draft", "Corta answer.")}
    assert ask("sore bones", "en").hits == []


def test_publish_signs_in_the_name_of_the_reviewer_and_is_found(tmp_path, ana):
    put(tmp_path, conditions__crmo=CONDITION + EDITION)

    publish(tmp_path)

    edition = Edition.objects.live().get()
    assert (edition.reviewed_by, edition.is_signed, edition.condition.slug) == (ana, True, "crmo")
    assert [hit.page.title for hit in ask("sore bones", "en").hits] == ["Sore bones"]
    assert set(Record.objects.values_list("actor", flat=True)) == {"import_content"}


def test_published_block_is_kept_as_it_stands(tmp_path, ana):
    block = "    published: {at: 2026-03-09T08:00:00, reviewer: ana-example, reviewed_on: 2026-03-02, next_review_due: 2026-09-09}\n"
    put(tmp_path, conditions__crmo=CONDITION + EDITION + block)

    publish(tmp_path)

    edition = Edition.objects.get()
    assert edition.publish_at == datetime(2026, 3, 9, 12, 0, tzinfo=UTC)  # the site's clock was at UTC-4
    assert (edition.reviewed_on, edition.next_review_due) == (date(2026, 3, 2), date(2026, 9, 9))


def test_new_text_makes_a_new_edition_and_leaves_the_published_one_alone(tmp_path, ana):
    publish(put(tmp_path, conditions__crmo=CONDITION + EDITION))
    first = Edition.objects.values().get()

    publish(put(tmp_path, conditions__crmo=CONDITION + EDITION.replace("Short answer.", "Better answer.")))

    assert Edition.objects.values().get(number=1) == first
    assert Edition.objects.live().get().summary == "Better answer."
    assert Edition.objects.count() == 2


def test_import_updates_its_own_draft(tmp_path, ana):
    load(put(tmp_path, conditions__crmo=CONDITION + EDITION))

    load(put(tmp_path, conditions__crmo=CONDITION + EDITION.replace("Some *text*.", "Other.")))
    drafted = Edition.objects.get()
    bodies = [section.body for section in drafted.sections.all()]
    publish(tmp_path)

    assert (drafted.status, bodies) == ("draft", ["<p>Other.</p>"])
    assert (Edition.objects.get().status, Edition.objects.get().pk) == ("approved", drafted.pk)


@pytest.mark.parametrize("options", [{}, {"publish": True, "reviewer": "ana-example"}])
def test_import_does_not_overwrite_a_draft_of_staff(tmp_path, ana, editor, capsys, options):
    factories.draft(factories.condition("crmo", name="Sore bones")).authors.add(editor)
    before = rows()

    told = refused(put(tmp_path, conditions__crmo=CONDITION + EDITION), capsys, **options)

    assert told == ["conditions/crmo.yaml, line 5: there is an open draft by edith in 'en'; publish or delete it first"]
    assert rows() == before


def test_import_does_not_touch_what_waits_for_a_sign_off(tmp_path, ana, capsys):
    load(put(tmp_path, conditions__crmo=CONDITION + EDITION))
    actions.submit(edition=Edition.objects.get(), by="test")

    told = refused(put(tmp_path, conditions__crmo=CONDITION + EDITION.replace("Short", "Long")), capsys)

    assert told == [
        "conditions/crmo.yaml, line 5: there is an edition that waits for its sign-off in 'en'; publish or delete it first"
    ]
    assert Edition.objects.get().summary == "Short answer."


def test_status_draft_stays_a_draft_with_publish(tmp_path, ana):
    draft = EDITION.replace("Short", "Next") + "    status: draft\n"

    publish(put(tmp_path, conditions__crmo=CONDITION + EDITION + draft))

    assert [(e.summary, e.status) for e in Edition.objects.order_by("number")] == [
        ("Short answer.", "approved"),
        ("Next answer.", "draft"),
    ]


def test_withdrawn_edition_is_withdrawn_by_a_later_import(tmp_path, ana):
    block = "    published: {at: 2026-03-09T08:00:00Z, reviewer: ana-example, reviewed_on: 2026-03-02, next_review_due: 2026-09-09}\n"
    publish(put(tmp_path, conditions__crmo=CONDITION + EDITION + block))
    withdrawn = block + "    withdrawn: {at: 2026-03-10T08:00:00Z, reason: A number was wrong.}\n"

    publish(put(tmp_path, conditions__crmo=CONDITION + EDITION + withdrawn))

    edition = Edition.objects.get()
    assert (edition.status, edition.withdrawn_reason) == ("withdrawn", "A number was wrong.")
    assert edition.withdrawn_at == datetime(2026, 3, 10, 8, 0, tzinfo=UTC)


def test_a_text_that_came_back_is_a_third_edition(tmp_path, ana):
    again = CONDITION + EDITION + EDITION.replace("Short", "Other") + EDITION

    publish(put(tmp_path, conditions__crmo=again))
    publish(tmp_path)

    assert list(Edition.objects.order_by("number").values_list("summary", flat=True)) == [
        "Short answer.",
        "Other answer.",
        "Short answer.",
    ]


# --- files and links --------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_faulty_file_and_what_leans_on_it_stay_out_and_the_rest_comes_in(tmp_path, capsys):
    department = "kind: service\nname: Scans\nsummary: In short.\nphone: 212 555 0100\n"
    put(
        tmp_path,
        locations__here=LOCATION,
        locations__there=LOCATION + "stret: 2 Way\n",
        departments__scans=department + "locations: [here, there]\n",
        clinicians__leaning="name: A\ncredentials: MD\nrole: Nurse\ndepartments: [scans]\n",
        clinicians__standing="name: B\ncredentials: MD\nrole: Nurse\n",
    )

    told = refused(tmp_path, capsys)

    keys = "sample, name, street, city, state, postal_code, time_zone, phone, directions, accessibility, rooms, translations"
    assert [line.partition(" (did")[0] for line in told] == [
        "clinicians/leaning.yaml, line 4: departments names 'scans', which is neither on the site nor in a file without faults",
        "departments/scans.yaml, line 5: locations names 'there', which is neither on the site nor in a file without faults",
        f"locations/there.yaml, line 7: location key 'stret' is not one of {keys}",
    ]
    assert [row.slug for model in (Location, Department, Clinician) for row in model.objects.all()] == ["here", "standing"]


@pytest.mark.django_db
def test_links_between_conditions_count_both_ways_and_go_when_neither_file_names_them(tmp_path):
    factories.condition("outside", name="Outside").related.add(factories.condition("a", name="A"))
    plain = CONDITION.replace("editions:\n", "")
    load(put(tmp_path, conditions__a=plain + "related: [b]\n", conditions__b=plain, conditions__c=plain + "related: [a]\n"))
    linked = sorted(Condition.objects.get(slug="a").related.values_list("slug", flat=True))

    load(put(tmp_path, conditions__a=plain))
    after = sorted(Condition.objects.get(slug="a").related.values_list("slug", flat=True))

    assert linked == ["b", "c", "outside"]
    assert after == ["c", "outside"]


@pytest.mark.django_db
def test_two_files_that_claim_one_name_are_told_apart(tmp_path, capsys):
    department = "kind: service\nname: Scans\nsummary: In short.\nphone: 212 555 0100\n"

    told = refused(put(tmp_path, departments__a=department, departments__b=department), capsys)

    assert told == [
        "departments/b.yaml, line 2: department name: Department, service or center with this Name already exists.",
    ]
    assert list(Department.objects.values_list("slug", flat=True)) == ["a"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "kind: overview",
            "kind: symtoms",
            f"line 8: section kind 'symtoms' is not one of {', '.join(Section.Kind.values)} (did you mean 'symptoms'?)",
        ),
        (
            "date: 2025-05",
            "date: 2025-05, language: xx",
            "line 10: source language: “xx” is no language code. Write them like en, es.",
        ),
        ("date: 2025-05", "date: May 2025", "line 10: source date: Write it like 2025, 2025-05 or 2025-05-08."),
        ("kind: preferred", "kind: everyday, kind: everyday", "line 3: key 'kind' is here twice (first in line 3)"),
        (
            "names:",
            "review_every_months: 90\nnames:",
            "line 1: condition review_every_months: Ensure this value is less than or equal to 60.",
        ),
        ("names:", "related: [crmo]\nnames:", "line 1: related names the condition itself"),
        (
            "editions:",
            "    - {kind: preferred, text: Other}\neditions:",
            "line 4: condition names in 'en' have a second one of kind preferred",
        ),
        ("editions:", "    - {kind: everyday, text: Sore bones}\neditions:", "line 4: name: This name is there already."),
        (
            "    summary",
            "    picture: {file: a.webp}\n    summary",
            f"line 6: edition key 'picture' is not one of {', '.join(EDITION_KEYS)}",
        ),
        (
            "kind: overview,",
            "kind: overview, picture: {file: a.webp, alt: A},",
            "line 8: section file 'a.webp' is not there; the picture must lie beside this file",
        ),
    ],
)
def test_fault_names_the_line_and_what_would_be_right(tmp_path, capsys, old, new, told):
    content = (CONDITION + EDITION).replace(old, new, 1)

    assert refused(put(tmp_path, conditions__crmo=content), capsys) == [f"conditions/crmo.yaml, {told}"]
    assert not Condition.objects.exists()


@pytest.mark.django_db
def test_files_with_names_that_mean_nothing_are_told(tmp_path, capsys):
    put(tmp_path, locations__here=LOCATION, location__here=LOCATION, glossary__fr="terms: []\n", top=LOCATION)
    (tmp_path / "locations" / "there.yml").write_text(LOCATION)
    (tmp_path / "locations" / "no space.yaml").write_text(LOCATION)

    told = refused(tmp_path, capsys)

    folders = ", ".join(kind.folder for kind in KINDS)
    assert told == [
        "glossary/fr.yaml, line 1: its name must be a language: 'fr' is not one of en, es",
        f"location/here.yaml, line 1: its folder 'location' is not one of {folders}",
        "locations/no space.yaml, line 1: its name may have letters, digits and hyphens only",
        "locations/there.yml, line 1: its name must end with .yaml",
        f"{tmp_path.name}/top.yaml, line 1: its folder '{tmp_path.name}' is not one of {folders}",
    ]
    assert list(Location.objects.values_list("slug", flat=True)) == ["here"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"publish": True}, "--publish needs --reviewer: the slug of the clinician who answers for what is published."),
        ({"publish": True, "reviewer": "nobody"}, "--reviewer: there is no clinician 'nobody'. Nothing was imported."),
    ],
)
def test_publishing_needs_somebody_who_answers_for_it(tmp_path, options, sentence):
    put(tmp_path, locations__here=LOCATION)

    with pytest.raises(CommandError) as caught:
        load(tmp_path, **options)

    assert str(caught.value) == sentence
    assert not Location.objects.exists()


@pytest.mark.django_db
def test_a_path_without_content_is_told(tmp_path):
    with pytest.raises(CommandError, match="holds no content files"):
        load(tmp_path)

    with pytest.raises(CommandError, match="There is no"):
        load(tmp_path / "nowhere")


@pytest.mark.django_db
def test_one_file_alone_is_imported_and_its_pictures_with_it(tmp_path):
    picture(tmp_path / "clinicians" / "ana.png")
    photo = "photo: {file: ana.png, alt: Ana smiles}\n"
    put(tmp_path, clinicians__ana="name: Ana\ncredentials: MD\nrole: Doctor\n" + photo, locations__here=LOCATION)

    load(tmp_path / "clinicians" / "ana.yaml")
    before = rows()
    load(tmp_path / "clinicians" / "ana.yaml")

    ana = Clinician.objects.get()
    assert (ana.picture[-10:], ana.picture_alt, not Location.objects.exists()) == ("-1600.webp", "Ana smiles", True)
    assert rows() == before


@pytest.mark.django_db
@pytest.mark.parametrize(("size", "kept"), [((1, 20_000), (1, 16_383)), ((20_000, 1), (1600, 1))])
def test_tall_and_flat_pictures_are_imported(tmp_path, size, kept):
    put(tmp_path, clinicians__ana="name: Ana\ncredentials: MD\nrole: Doctor\nphoto: {file: ana.png, alt: Ana smiles}\n")
    Image.new("RGB", size, "teal").save(tmp_path / "clinicians" / "ana.png")

    load(tmp_path)

    assert Clinician.objects.values_list("picture_width", "picture_height").get() == kept


@pytest.mark.django_db
def test_broken_picture_is_told_with_its_place(tmp_path, capsys):
    put(tmp_path, clinicians__ana="name: Ana\ncredentials: MD\nrole: Doctor\nphoto: {file: ana.png, alt: Ana smiles}\n")
    (tmp_path / "clinicians" / "ana.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\xff" * 80)

    assert refused(tmp_path, capsys) == [
        "clinicians/ana.yaml, line 4: clinician file 'ana.png': This file is not a picture we can read. Use JPEG, PNG or WebP."
    ]


@pytest.mark.django_db
def test_long_glossary_is_taken_in_parts_or_not_at_all(tmp_path, capsys):
    words = [f"  - {{slug: w-{number}, term: word {number}, definition: Means {number}.}}\n" for number in range(120)]
    broken = [*words[:-1], f"  - {{slug: w-119, term: {'x' * 400}, definition: Means.}}\n"]

    told = refused(put(tmp_path, glossary__en="terms:\n" + "".join(broken)), capsys)
    nothing = GlossaryTerm.objects.count()
    load(put(tmp_path, glossary__en="terms:\n" + "".join(words)))

    assert (len(told), nothing, GlossaryTerm.objects.count()) == (1, 0, 120)


@pytest.mark.django_db
def test_conditions_that_name_each_other_are_taken_together_or_refused_together(tmp_path, capsys):
    others = {"a": "b", "b": "c", "c": "d"}
    named = {
        f"conditions__{slug}": f"related: [{others.get(slug, '')}]\n{CONDITION}{EDITION}".replace("Sore", slug)
        for slug in "abcd"
    }
    twice = "    - {kind: everyday, text: d bones}\neditions:"
    broken = named | {"conditions__d": named["conditions__d"].replace("editions:", twice)}

    told = refused(put(tmp_path, **broken), capsys)
    nothing = Condition.objects.count()
    load(put(tmp_path, **named))

    assert nothing == 0
    assert [line.partition(",")[0] for line in told] == [f"conditions/{slug}.yaml" for slug in "abcd"]
    assert {row.slug: {other.slug for other in row.related.all()} for row in Condition.objects.all()}["b"] >= {"c"}


def queries(path, **options):
    with CaptureQueriesContext(connection) as seen:
        load(path, **options)
    return len(seen)


def test_a_condition_costs_the_same_however_many_are_there_and_in_the_import(tmp_path, ana):
    def folder(letter, count):
        text = EDITION.replace("Some *text*.", f"'[Later](/conditions/{letter}-later/)'")
        for number in range(count):
            related = f"related: [{letter}-{number ^ 1}]\n"  # in pairs
            put(tmp_path / letter, **{f"conditions__{letter}_{number}": related + CONDITION + text})
        return tmp_path / letter

    queries(folder("z", 2), publish=True, reviewer="ana-example")  # the first audit record ever costs a little more
    few, more, most = (
        queries(folder(letter, count), publish=True, reviewer="ana-example")
        for letter, count in (("a", 2), ("b", 4), ("c", 6))
    )

    assert more - few == most - more


def test_saving_a_page_looks_only_at_the_links_to_it(ana):
    def save_with_unresolved(count, slug):
        for number in range(count):
            body = f'<p><a href="/conditions/{slug}-{number}/">x</a> <a href="/conditions/{slug}/">y</a></p>'
            factories.draft(factories.condition(f"in-{slug}-{number}")).sections.create(kind="causes", body=body)
        with CaptureQueriesContext(connection) as seen:
            Condition(slug=f"not-{slug}").save()
        return len(seen)

    assert save_with_unresolved(2, "few") == save_with_unresolved(20, "many")
    assert Link.objects.filter(target_kind="conditions.condition", target_id=None).count() == 44
    made = Condition.objects.create(slug="few")
    assert Link.objects.filter(target_id=made.pk).count() == 2


@pytest.mark.django_db
def test_an_export_asks_the_same_however_much_there_is(tmp_path):
    def export(folder):
        with CaptureQueriesContext(connection) as seen:
            call_command("export_content", folder, verbosity=0)
        return len(seen)

    def grow(letter, count):
        for number in range(count):
            edition = factories.live(f"{letter}-{number}")
            edition.condition.codes.create(system="orpha", code=str(number))
            factories.story(f"{letter}-{number}", conditions=[edition.condition])

    grow("a", 2)
    few = export(tmp_path / "few")
    grow("b", 6)

    assert export(tmp_path / "more") == few


@pytest.mark.django_db
def test_a_stored_picture_that_is_gone_does_not_end_an_export(tmp_path, capsys):
    ana = factories.clinician(picture_alt="Ana")
    picture(tmp_path / "a.png")
    factories.put_picture(ana, (tmp_path / "a.png").read_bytes())
    ana.save()
    default_storage.delete(ana.picture)

    call_command("export_content", tmp_path / "out")

    written = contents(tmp_path / "out")
    assert b"alt: Ana" in written["clinicians/ana-example.yaml"]
    assert written["missing-pictures.txt"].decode().splitlines()[0] == "clinicians/ana-example.webp"
    assert "missing-pictures.txt names them" in capsys.readouterr().err
    call_command("export_content", tmp_path / "out", verbosity=0)


# --- stories and news -------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_story_arrives_as_a_draft_and_is_published_only_with_publish(tmp_path, ana):
    load(put(tmp_path, stories__pool=STORY))
    arrived = Story.objects.get().status

    publish(tmp_path)

    assert arrived == "draft"
    assert Story.objects.published().get().slug == "pool"


def test_published_story_is_left_alone_without_publish_but_a_revocation_counts(tmp_path, ana):
    publish(put(tmp_path, stories__pool=STORY))
    published_at = Story.objects.get().publish_at

    load(put(tmp_path, stories__pool=STORY.replace("In the pool", "New title") + "    revoked_on: 2026-01-02\n"))

    story = Story.objects.get()
    assert (story.title, story.publish_at, story.status) == ("In the pool", published_at, "published")
    assert story.authorizations.get().revoked_on == date(2026, 1, 2)
    assert not Story.objects.published().exists()


def test_authorizations_are_matched_by_date_and_paper_and_never_removed(tmp_path, ana):
    publish(put(tmp_path, stories__pool=STORY))

    publish(put(tmp_path, stories__pool=STORY.replace("binder 1", "binder 2").replace("parent\n", "guardian\n")))
    publish(tmp_path)

    found = Story.objects.get().authorizations.values_list("document", "relationship")
    assert set(found) == {("binder 1", "parent"), ("binder 2", "guardian")}


def test_status_draft_takes_a_published_item_back_only_with_publish(tmp_path, ana):
    item = "kind: article\ntitle: Evening\nsummary: In short.\ntext: Come.\nconditions: []\n"
    publish(put(tmp_path, news__evening=item))
    put(tmp_path, news__evening=item + "status: draft\n")

    load(tmp_path)
    before = NewsItem.objects.get().status
    publish(tmp_path)

    assert (before, NewsItem.objects.get().status) == ("published", "draft")


# --- export -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_export_replaces_an_earlier_one_and_takes_away_what_is_gone(tmp_path):
    term = factories.term()
    factories.location()
    call_command("export_content", tmp_path, verbosity=0)
    term.delete()

    call_command("export_content", tmp_path, verbosity=0)

    assert set(contents(tmp_path)) == {"locations/main-campus.yaml", "exported.sha256"}


@pytest.mark.django_db
def test_export_is_whole_over_what_a_killed_one_left(tmp_path):
    factories.location()
    call_command("export_content", tmp_path, verbosity=0)
    whole = contents(tmp_path)
    (tmp_path / "exported.sha256").unlink()
    (tmp_path / "locations/main-campus.yaml").write_text("na")
    (tmp_path / "locations/of-before.yaml").write_text("name: x")
    (tmp_path / "exporting.txt").write_text("locations/main-campus.yaml\nlocations/of-before.yaml\n")

    call_command("export_content", tmp_path, verbosity=0)

    assert contents(tmp_path) == whole


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("locations/mine.yaml", "was not written by an export"),
        ("locations/main-campus.yaml", "was changed since it was exported"),
    ],
)
def test_export_does_not_write_over_the_work_of_others(tmp_path, name, why):
    factories.location()
    call_command("export_content", tmp_path, verbosity=0)
    (tmp_path / name).write_text("mine")
    before = contents(tmp_path)

    with pytest.raises(CommandError) as caught:
        call_command("export_content", tmp_path, verbosity=0)

    assert str(caught.value) == f"{tmp_path / name} {why}. Choose an empty folder; nothing was written."
    assert contents(tmp_path) == before


# --- text -------------------------------------------------------------------------------------------------------------

SCRAPS = st.sampled_from(
    [
        "a",
        "b c",
        " ",
        "\n\n",
        "*x*",
        "_y_",
        "# h",
        "1. one",
        "- d",
        "> q",
        "[l](/m)",
        "&amp;",
        "&lt;p&gt;",
        "`c`",
        "\\",
        "\xa0",
    ]
) | st.text(max_size=5)
TAGS = ["p", "h3", "h4", "ul", "ol", "li", "strong", "em", "a", "blockquote", "br", "div", "td", "script"]
HTML = st.lists(
    st.recursive(
        SCRAPS,
        lambda inner: st.builds(
            lambda tag, parts: f"<{tag}{' href=/x' * (tag == 'a')}>{''.join(parts)}</{tag}>",
            st.sampled_from(TAGS),
            st.lists(inner, max_size=4),
        ),
        max_leaves=12,
    ),
    max_size=5,
).map("".join)


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<ul><li><p>a</p></li><li><p>b <strong>c</strong></p></li></ul>", "- a\n- b **c**"),
        ("<p>a<br>b &amp; c_d_e 5 * 3</p>", "a\\\nb & c_d_e 5 * 3"),
        ("<p>1. no list</p><p># no heading</p>", "1\\. no list\n\n\\# no heading"),
        ("words alone", "words alone"),
        ("<p>a<strong> b</strong></p><p>c</p>", "a **b**\n\nc"),
        ("<p>x<sup>1,2</sup></p><p>10<sup>9</sup></p>", "x<sup>1,2</sup>\n\n10⁹"),
    ],
)
def test_long_text_is_as_readable_in_files_as_markdown_allows(html, markdown):
    assert text.to_markdown(html) == markdown


@hypothesis_settings(max_examples=100, deadline=None)
@given(HTML)
def test_long_text_goes_to_markdown_and_back_unchanged(html):
    cleaned = text.clean(html)

    assert text.clean(cleaned) == cleaned
    assert text.from_markdown(text.to_markdown(cleaned)) == cleaned


@hypothesis_settings(max_examples=100, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1), st.booleans())
def test_every_text_is_read_from_yaml_as_it_was_written(value, long):
    written = f"{value} {'word ' * 40}end" if long else value

    node = yaml_nodes.read(as_yaml({"key": written, "rows": [{"kind": written}]}).encode())

    assert node.nodes["key"].text == written
    assert node.nodes["rows"].nodes[0].nodes["kind"].text == written


@hypothesis_settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60) | st.text("ab:-[]{}&*!|>'\"#%@\\ \n", max_size=40).map(str.encode))
def test_any_bytes_are_read_or_told(content):
    try:
        line = yaml_nodes.read(content).line
    except Invalid as error:
        line = error.line

    assert 1 <= line <= content.count(b"\n") + content.count(b"\r") + 2
