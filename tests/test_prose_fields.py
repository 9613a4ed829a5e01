"""Columns of typed text: what is typed is made fit to store before it is checked, and on every way into the database."""

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import models

from conditions.models import ConditionCode, ConditionName, GlossaryTerm
from directory.models import Department
from foundation.prose.fields import Code, Email, Line, Paragraphs, Slug, WebAddress
from tests import factories


@pytest.mark.parametrize("blank", ["\u200b", "\u3164", "\u00a0\u2060", "\u00ad"])
def test_what_cannot_be_seen_counts_as_empty(db, blank):
    row = factories.department()
    row.name = blank

    with pytest.raises(ValidationError) as refused:
        row.full_clean()

    assert list(refused.value.message_dict) == ["name"]


@pytest.mark.parametrize(
    ("field", "typed", "stored"),
    [
        ("inbox", "coord@example.org\u200e", "coord@example.org"),
        ("inbox", "\u202acoord@exam\u200bple.org\u202c", "coord@example.org"),
        ("email", "desk@example.org\u00a0", "desk@example.org"),
        ("phone", "212\u2011555\u20110142\u202c", "212-555-0142"),
        ("slug", "rheuma\u00adtology\u200f", "rheumatology"),
        ("name", "Rheuma\u00adtology\x0be\u0301 ن\u200cم", "Rheumatology é ن\u200cم"),
        ("what_to_bring", "A card\r\nA list\x08", "A card\nA list"),
    ],
)
def test_typed_text_is_stored_clean_on_every_way(db, field, typed, stored):
    checked = factories.department("checked", name="Checked")
    setattr(checked, field, typed)
    checked.full_clean()
    assert getattr(checked, field) == stored

    row = factories.department("saved", name="Saved")
    for way in ("save", "update", "bulk_update"):
        Department.objects.filter(pk=row.pk).update(**{field: "x@example.org" if "@" in stored else "x"})
        setattr(row, field, typed)
        if way == "save":
            row.save()
        elif way == "update":
            Department.objects.filter(pk=row.pk).update(**{field: typed})
        else:
            Department.objects.bulk_update([row], [field])
        assert Department.objects.values_list(field, flat=True).get(pk=row.pk) == stored


def test_code_and_names_of_a_condition_are_clean(db):
    condition = factories.condition()
    code = ConditionCode(condition=condition, system="icd-10-cm", code="M86\u200e.3")
    code.full_clean()
    name = ConditionName.objects.create(condition=condition, language="en", kind="also-called", text="Osteo\u00admyelitis")

    assert code.code == "M86.3"
    assert (name.text, name.folded) == ("Osteomyelitis", "osteomyelitis")


def test_department_of_a_sheet_gets_a_clean_inbox(db, tmp_path):
    factories.department()
    file = tmp_path / "departments.csv"
    file.write_text("slug,inbox,virtual\nrheumatology\u200e,coord@example.org\u200e,yes\u200e\n", encoding="utf-8")

    call_command("import_csv", "departments", file, do=True)

    row = Department.objects.get()
    assert (row.slug, row.inbox, row.virtual) == ("rheumatology", "coord@example.org", True)


@pytest.mark.parametrize(
    ("made", "base"),
    [
        (Line(max_length=9), "CharField"),
        (Code(max_length=9), "CharField"),
        (Paragraphs(), "TextField"),
        (Slug(), "SlugField"),
        (Email(), "EmailField"),
        (WebAddress(), "URLField"),
    ],
)
def test_migrations_know_the_fields_of_django(made, base):
    assert made.deconstruct()[1] == f"django.db.models.{base}"
    assert isinstance(made, getattr(models, base))


def test_questions_are_asked_as_they_are_written(db):
    factories.department(name="Bone and joint")

    assert Department.objects.filter(name__icontains="and ").exists()
    assert not GlossaryTerm.objects.filter(slug="x").exists()
