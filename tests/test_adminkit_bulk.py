"""Owner, review and tags for all rows that are ticked in a list."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.urls import reverse

from conditions.models import Condition
from foundation.adminkit import bulk
from foundation.audit.models import Record
from foundation.pictures.models import LibraryPicture
from foundation.upkeep.models import Tag
from tests import factories
from tests.admin_forms import told

pytestmark = pytest.mark.django_db
CONDITIONS = reverse("admin:conditions_condition_changelist")
PICTURES = reverse("admin:pictures_librarypicture_changelist")


def pictures(count):
    return [
        LibraryPicture.objects.create(name=f"{n}" * 64 + "-4.webp", width=4, height=3, alt=f"Picture {n}")
        for n in range(count)
    ]


def chosen(client, address, rows, **answers):
    sent = {"action": "set_for_selected", "_selected_action": [row.pk for row in rows], **answers}
    return client.post(address, sent, follow=True)


@pytest.mark.parametrize("kind", ["pictures", "conditions"])
def test_what_is_set_is_set_for_all_and_recorded_and_what_is_left_empty_stays(admin_client, kind):
    address = PICTURES if kind == "pictures" else CONDITIONS
    rows = pictures(3) if kind == "pictures" else [factories.condition(slug) for slug in ("one", "two", "three")]
    old, nora = Tag.objects.create(name="old"), factories.staff("nora")
    rows[0].tags.add(old)
    answers = {"apply": "1", "owner": nora.pk, "add_tags": "X-ray, skin, x-ray ", "take_tags": [old.pk]}

    asked = chosen(admin_client, address, rows[:2])
    done = chosen(admin_client, address, rows[:2], look_again_on="2027-03-01", **answers)
    again = chosen(admin_client, address, rows[:1], apply="1", add_tags="SKIN")

    changed = [type(row).objects.get(pk=row.pk) for row in rows]
    assert "What you set here is set for all 2." in asked.text
    assert (told(done), told(again)) == (["2 were changed."], ["All of them were so already."])
    assert [row.owner for row in changed] == [nora, nora, None]
    assert [row.look_again_on for row in changed] == [date(2027, 3, 1), date(2027, 3, 1), None]
    assert [sorted(tag.name for tag in row.tags.all()) for row in changed] == [["skin", "x-ray"], ["skin", "x-ray"], []]
    records = Record.objects.filter(verb="changed").order_by("sequence")
    assert {row.object_id for row in records} == {str(row.pk) for row in rows[:2]}
    assert "owner: “nora”" in records[0].lines


def test_how_often_a_condition_is_reviewed_is_set_and_a_signed_day_stays(admin_client):
    edition = factories.live("crmo")

    chosen(admin_client, CONDITIONS, [edition.condition], apply="1", review_every_months="6")

    edition.refresh_from_db()
    assert Condition.objects.get().review_every_months == 6
    assert edition.next_review_due == date(2027, 1, 2)


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({}, "Say what to set."),
        ({"add_tags": "x" * 41}, "A tag has at most 40 letters."),
        ({"look_again_on": "soon"}, "Enter a valid date."),
        ({"owner": "99"}, "Select a valid choice."),
    ],
)
def test_answers_that_do_not_fit_come_back_with_what_was_typed(admin_client, answers, words):
    page = chosen(admin_client, PICTURES, pictures(2), apply="1", **{"add_tags": "scan"} | answers if answers else {})

    assert words in page.text
    assert ("scan" in page.text) == bool(answers and "add_tags" not in answers)
    assert Record.objects.count() == 0


def test_too_many_at_once_and_without_the_right_nothing_is_set(admin_client, client, monkeypatch):
    monkeypatch.setattr(bulk, "MOST", 1)
    rows = pictures(2)

    many = chosen(admin_client, PICTURES, rows, apply="1", add_tags="scan")
    client.force_login(factories.staff("vera", "view_librarypicture"))
    chosen(client, PICTURES, rows[:1], apply="1", add_tags="scan")

    assert told(many) == ["Choose at most 1 at once."]
    assert Tag.objects.count() == 0


@time_machine.travel(datetime(2026, 12, 1, 15, tzinfo=UTC), tick=False)
def test_what_is_to_be_looked_at_again_stands_on_its_owners_first_page(client):
    nora, olaf = (factories.staff(name, "view_librarypicture", "change_librarypicture") for name in ("nora", "olaf"))
    due = [(nora, date(2026, 12, 1)), (olaf, date(2026, 12, 1)), (None, date(2026, 11, 1)), (nora, date(2026, 12, 2))]
    for row, (owner, day) in zip(pictures(4), due, strict=True):
        LibraryPicture.objects.filter(pk=row.pk).update(owner=owner, look_again_on=day)
    client.force_login(nora)

    page = client.get(reverse("admin:index")).text
    listed = client.get(PICTURES, {"again": "due"}).context["cl"].result_list

    assert [number for number in range(4) if f"Picture {number}" in page] == [0, 2]
    assert len(listed) == 3
