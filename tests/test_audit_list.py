"""The list of records: who did what, when, to which object; found by person, object, kind and time, at the same cost always."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foundation.audit.actions import record
from foundation.audit.models import Record
from tests import factories

LIST = reverse("admin:audit_record_changelist")
START = datetime(2026, 11, 22, 15, tzinfo=UTC)


def wrote(by, obj, minutes=0, verb="read", **detail):
    with time_machine.travel(START + timedelta(minutes=minutes), tick=False):
        return record(by=by, verb=verb, obj=obj, **detail)


@pytest.fixture
def rows(db):
    """Ana reads a condition, Ben a place, the next day Ana the place."""
    place, condition = factories.location("annex"), factories.condition("crmo", "Sore bones")
    return [wrote("ana", condition), wrote("ben", place, 5), wrote("ana", place, 24 * 60)]


def shown(client, **query):
    return [row.sequence for row, _kind, _address in client.get(LIST, query).context["entries"]]


FOUND = [
    ({}, [3, 2, 1]),
    ({"who": "ana"}, [3, 1]),
    ({"who": "an"}, []),
    ({"kind": "directory.location"}, [3, 2]),
    ({"kind": "directory.location", "who": "ben"}, [2]),
    ({"about": "Sore bones"}, [1]),
    ({"about": " 2 "}, [2]),  # the number of a record
    ({"since": "2026-11-23"}, [3]),
    ({"until": "2026-11-22"}, [2, 1]),
    ({"since": "2026-11-22", "until": "2026-11-22", "who": "ana"}, [1]),
    ({"before": "3"}, [2, 1]),
    ({"before": "2", "who": "ana"}, [1]),
    ({"before": "999"}, [3, 2, 1]),
    ({"since": "soon"}, []),
    ({"until": "9999-12-31"}, []),
    ({"before": "9" * 30}, []),
    ({"kind": "no.such"}, []),
    ({"about": "9" * 40}, []),
]


@pytest.mark.databases
def test_records_are_found_by_person_object_kind_and_time(admin_client, rows):
    assert [(query, shown(admin_client, **query)) for query, _found in FOUND] == FOUND


def test_object_of_a_kind_is_found_by_its_number(admin_client, rows):
    assert shown(admin_client, kind="directory.location", about=rows[1].object_id) == [3, 2]


def test_reference_is_found_in_small_letters(admin_client, db):
    request = factories.request()

    assert shown(admin_client, about=request.reference.lower()) == [Record.objects.get(label=request.reference).sequence]


def test_each_says_who_what_of_which_object_and_when_with_the_zone(admin_client, rows):
    gone = factories.location("gone")
    wrote("cy", gone, 30 * 60, "erased", reason="asked", fields=["name", "city"])
    gone.delete()

    page = admin_client.get(LIST)

    words, place = " ".join(re.sub(r"<[^>]*>", " ", page.text).split()), rows[1].object_id
    assert "23 Nov 2026, 16:00:00 EST cy erased location Gone" in words
    assert "city, name" in words
    assert "reason: asked" in words
    assert f'<a href="/admin/directory/location/{place}/change/">Annex</a>' in page.text
    assert "<b>Gone</b>" in page.text


def test_links_lead_only_where_the_reader_may_go(client, rows):
    client.force_login(factories.staff("olga", "view_record", "view_location"))

    page = client.get(LIST).text

    assert ("/admin/directory/location/" in page, "/admin/conditions/condition/" in page) == (True, False)


@pytest.mark.databases
def test_pages_follow_each_other_without_counting_and_cost_the_same(admin_client, rows):
    place = factories.location("hall")
    for number in range(60):
        wrote("ana", place, 60 + number // 2)
    admin_client.get(LIST)

    with CaptureQueriesContext(connection) as first:
        page = admin_client.get(LIST, {"who": "ana"})
    asked = [query["sql"] for query in first if "audit_record" in query["sql"]]
    older = admin_client.get(f"{LIST}?who=ana&before={page.context['older']}")

    seen = [row.sequence for page in (page, older) for row, _kind, _address in page.context["entries"]]
    assert len(seen) == len(set(seen)) == 62
    assert older.context["older"] is None
    assert len(asked) == 1
    assert "COUNT(" not in asked[0]
