"""The staff side's first page: what waits for whom."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from conditions import actions
from conditions.models import PageFeedback
from foundation.search.actions import missed
from tests import factories

INDEX = reverse("admin:index")


def lists(client):
    return {row.title: [(text, note) for text, _address, note in row.things] for row in client.get(INDEX).context["waiting"]}


@pytest.fixture(autouse=True)
def _sunday():
    with time_machine.travel(datetime(2026, 11, 22, 15, tzinfo=UTC), tick=False):
        yield


def test_editor_sees_own_drafts_and_reviews(client, editor):
    late = factories.publish(factories.draft(factories.condition("late")), next_review_due=date(2026, 9, 8))
    factories.publish(factories.draft(factories.condition("soon")), next_review_due=date(2027, 1, 2))
    factories.publish(factories.draft(factories.condition("fine")), next_review_due=date(2027, 9, 8))
    actions.start_draft(condition=late.condition, language="en", by=editor)
    factories.draft(factories.condition("others"))
    client.force_login(editor)

    assert lists(client) == {
        "Your open drafts": [("Condition late, English, version 2", "Draft")],
        "Reviews overdue or due within 90 days": [
            ("Condition late, English, version 1", "overdue since 8 Sep 2026"),
            ("Condition soon, English, version 1", "due 2 Jan 2027"),
        ],
    }


def test_reviewer_and_publisher_see_what_waits_for_them(client, reviewer, publisher):
    for slug in ("unsigned", "signed"):
        edition = factories.draft(factories.condition(slug))
        actions.submit(edition=edition, by="test")
    actions.sign_off(edition=edition, reviewer=reviewer.clinician, by=reviewer)

    client.force_login(reviewer)
    to_sign = lists(client)
    client.force_login(publisher)
    to_approve = lists(client)["Signed, waiting for approval"]

    assert to_sign == {"Waiting for sign-off": [("Condition unsigned, English, version 1", "since 22 Nov 2026")]}
    assert to_approve == [("Condition signed, English, version 1", "signed by Rhea Sample, MD")]


def test_stories_about_to_disappear_are_shown(client, db):
    today = timezone.localdate()
    ending = {"expires_on": today + timedelta(days=60)}
    factories.authorization(factories.story("ending", authorized=False), **ending)
    factories.authorization(factories.story("renewed"), **ending)
    factories.authorization(factories.story("draft", authorized=False, status="draft"), **ending)
    factories.authorization(factories.story("later", authorized=False), expires_on=today + timedelta(days=61))
    client.force_login(factories.staff("sam", "view_story"))

    assert lists(client) == {"Stories whose authorization ends soon": [("Story ending", "until 21 Jan 2027")]}


def test_misses_and_answers_are_shown_to_those_who_may_read_them(client, db):
    missed("swollen knee", "en")
    PageFeedback.objects.create(edition=factories.live(), helpful=False, comment="And school?")
    client.force_login(factories.staff("sam", "view_miss", "view_pagefeedback"))

    assert lists(client) == {
        "Searched for, not found": [("swollen knee", "1 time")],
        "What readers answered": [("And school?", "Condition crmo, 22 Nov 2026")],
    }


def test_staff_without_permissions_see_nothing_of_it(client, db):
    factories.draft()
    missed("swollen knee", "en")
    client.force_login(factories.staff("sam"))

    assert lists(client) == {}


def test_page_costs_the_same_with_one_and_three_of_everything(admin_client, admin_user):
    def fill(slug):
        edition = factories.publish(factories.draft(factories.condition(slug)), next_review_due=date(2026, 9, 8))
        actions.start_draft(condition=edition.condition, language="en", by=admin_user)
        waiting = factories.draft(factories.condition(f"{slug}-waiting"))
        actions.submit(edition=waiting, by="test")
        factories.authorization(factories.story(slug, authorized=False), expires_on=date(2026, 12, 1))
        missed(slug, "en")
        PageFeedback.objects.create(edition=edition, helpful=True)

    fill("first")
    admin_client.get(INDEX)
    with CaptureQueriesContext(connection) as few:
        admin_client.get(INDEX)
    fill("second")
    fill("third")
    with CaptureQueriesContext(connection) as many:
        admin_client.get(INDEX)

    assert len(many) == len(few)
