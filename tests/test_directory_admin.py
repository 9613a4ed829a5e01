"""Departments, clinicians and locations in the admin."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from directory.models import Clinician, Department
from foundation.audit.models import Record
from foundation.search.models import Entry
from tests import factories
from tests.admin_forms import filled


def png():
    out = BytesIO()
    Image.new("RGB", (600, 400), "teal").save(out, "PNG")
    return SimpleUploadedFile("me.png", out.getvalue(), "image/png")


@pytest.mark.parametrize("name", ["department", "clinician", "location"])
def test_lists_cost_the_same_with_one_and_three_rows(admin_client, name):
    def fill(slug):
        department = factories.department(slug)
        department.locations.add(factories.location(f"at-{slug}"))
        factories.clinician(f"dr-{slug}", user=factories.staff(slug)).departments.add(department)

    fill("one")
    address = reverse(f"admin:directory_{name}_changelist")
    admin_client.get(address)
    with CaptureQueriesContext(connection) as few:
        admin_client.get(address)
    fill("two")
    fill("three")
    with CaptureQueriesContext(connection) as many:
        response = admin_client.get(address)

    assert response.context["cl"].result_count == 3
    assert len(many) == len(few)


def test_department_is_added_with_its_hours(admin_client):
    address = reverse("admin:directory_department_add")
    own = {"name": "Sleep Clinic", "slug": "sleep", "kind": "service", "summary": "Sleep.", "phone": "212 555 0111"}
    hours = {"hours-TOTAL_FORMS": 1, "hours-0-weekday": 1, "hours-0-opens": "09:00", "hours-0-closes": "17:00"}

    response = admin_client.post(address, filled(admin_client.get(address), **own, **hours))

    department = Department.objects.get()
    assert response.status_code == 302
    assert [str(row) for row in department.hours.all()] == ["Monday 09:00–17:00"]
    assert Record.objects.values_list("verb", "label").get() == ("added", "Sleep Clinic")


def test_row_is_added_without_a_script(admin_client):
    row = factories.department()
    address = reverse("admin:directory_department_change", args=[row.pk])

    page = admin_client.post(address, filled(admin_client.get(address), _more="closure"), follow=True)

    assert {each.formset.prefix: each.formset.total_form_count() for each in page.context["inline_admin_formsets"]}[
        "closures"
    ] == 1
    assert 'name="_more" value="openinghours"' in page.text


def test_hours_that_close_before_they_open_are_refused_in_words(admin_client):
    department = factories.department()
    address = reverse("admin:directory_department_change", args=[department.pk])
    hours = {"hours-TOTAL_FORMS": 1, "hours-0-weekday": 1, "hours-0-opens": "17:00", "hours-0-closes": "09:00"}

    response = admin_client.post(address, filled(admin_client.get(address), **hours, **{"hours-0-department": department.pk}))

    formset = response.context["inline_admin_formsets"][0].formset
    assert formset.errors == [{"__all__": ["“To” must be later than “from”."]}]


def test_photo_of_a_clinician_is_stored_with_its_words(admin_client):
    row = factories.clinician()
    address = reverse("admin:directory_clinician_change", args=[row.pk])

    response = admin_client.post(address, filled(admin_client.get(address), upload=png(), picture_alt="Ana smiles"))

    row.refresh_from_db()
    assert response.status_code == 302
    assert (row.picture_width, row.picture_height, row.picture_alt) == (600, 400, "Ana smiles")
    assert f'src="/pictures/{row.picture.partition("-")[0]}-480.webp"' in admin_client.get(address).text


@pytest.mark.parametrize(
    ("sent", "errors"),
    [
        ({"upload": png}, {"picture_alt": ["Say what the picture tells someone who cannot see it."]}),
        (
            {"upload": lambda: SimpleUploadedFile("me.png", b"no picture at all"), "picture_alt": "Ana smiles"},
            {"upload": ["This file is not a picture we can read. Use JPEG, PNG or WebP."]},
        ),
    ],
)
def test_photo_faults_are_told_at_their_field(admin_client, sent, errors):
    row = factories.clinician()
    address = reverse("admin:directory_clinician_change", args=[row.pk])
    values = {name: value() if callable(value) else value for name, value in sent.items()}

    response = admin_client.post(address, filled(admin_client.get(address), **values))

    row.refresh_from_db()
    assert response.context["adminform"].form.errors == errors
    assert row.picture == ""


def test_photo_can_be_taken_away(admin_client):
    row = factories.clinician()
    factories.put_picture(row, png().read())
    row.picture_alt = "Ana smiles"
    row.save()
    address = reverse("admin:directory_clinician_change", args=[row.pk])

    admin_client.post(address, filled(admin_client.get(address), no_picture="on"))

    assert Clinician.objects.values_list("picture", "picture_width", "picture_height").get() == ("", 0, 0)


def test_deletion_leaves_an_audit_record(admin_client):
    place = factories.location()

    admin_client.post(reverse("admin:directory_location_delete", args=[place.pk]), {"post": "yes"})

    assert Record.objects.values_list("verb", "kind", "label").get() == ("deleted", "directory.location", "Main Campus")


def test_department_is_written_in_spanish_read_in_spanish_and_found(admin_client, client):
    row = factories.department("sleep", name="Sleep Clinic", summary="We help children sleep.", what_to_bring="A toy")
    row.locations.add(factories.location(translations={"es": {"name": "Sede principal"}}))
    address = reverse("admin:directory_department_change", args=[row.pk])
    spanish = {"name_es": "Clínica del Sueño", "summary_es": "Ayudamos a dormir.", "text_es": "<p>Con <b>calma</b></p>"}

    long = admin_client.post(address, filled(admin_client.get(address), name_es="x" * 121))
    admin_client.post(address, filled(admin_client.get(address), **spanish))

    row.refresh_from_db()
    assert long.context["adminform"].form.errors
    assert row.translations["es"] == {
        "name": "Clínica del Sueño",
        "summary": "Ayudamos a dormir.",
        "text": "<p>Con <strong>calma</strong></p>",
    }
    kept = Record.objects.get(verb="changed").detail["changes"]
    assert {"field": "es, name", "old": "", "new": "Clínica del Sueño"} in kept
    page = client.get("/es/departments/sleep/").content.decode()
    assert "<h1>Clínica del Sueño</h1>" in page
    assert "Sede principal" in page
    assert '<ul lang="en"><li>A toy</li></ul>' in page
    for path, name in (("/es", "Clínica del Sueño"), ("", "Sleep Clinic")):
        for question in ("sueño", "sleep clinic"):
            found = client.get(f"{path}/search/", {"q": question}).content.decode()
            assert f'<a href="{path}/departments/sleep/">{name}</a>' in found

    admin_client.post(address, filled(admin_client.get(address), **dict.fromkeys(spanish, "")))

    row.refresh_from_db()
    assert row.translations == {}
    assert Entry.objects.filter(kind="department").values_list("language", flat=True).get() == "en"


def test_autocomplete_offers_departments_to_editors_of_conditions(client, db):
    factories.department("rheumatology")
    client.force_login(factories.staff("edith", "change_condition", "view_condition", "view_department"))
    question = {"term": "rheu", "app_label": "conditions", "model_name": "condition", "field_name": "departments"}

    response = client.get(reverse("admin:autocomplete"), question)

    assert [row["text"] for row in response.json()["results"]] == ["Rheumatology"]


def test_translations_can_be_read_by_who_may_not_write_them(client, db):
    row = factories.clinician(translations={"es": {"role": "Reumatóloga pediatra"}})
    client.force_login(factories.staff("lena", "view_clinician"))

    page = client.get(reverse("admin:directory_clinician_change", args=[row.pk])).content.decode()

    assert "Reumatóloga pediatra" in page
    assert 'name="role_es"' not in page


@pytest.mark.parametrize("name", ["department", "clinician", "location"])
def test_colleague_who_saved_meanwhile_is_noticed_and_nothing_of_theirs_is_lost(admin_client, name):
    row = getattr(factories, name)()
    address = reverse(f"admin:directory_{name}_change", args=[row.pk])
    mine, theirs = (filled(admin_client.get(address), name=words) for words in ("Mine", "Theirs"))

    first = admin_client.post(address, theirs)
    second = admin_client.post(address, mine)
    row.refresh_from_db()
    stored = row.name
    third = admin_client.post(address, filled(second))

    assert (first.status_code, second.status_code, third.status_code, stored) == (302, 200, 302, "Theirs")
    assert "This was changed while you were writing." in second.text
    assert "Theirs" in second.text
    row.refresh_from_db()
    assert row.name == "Mine"
