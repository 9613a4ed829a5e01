"""The number that the database raises with every change of public content, and the moments at which pages change."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.apps import apps
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from conditions import actions
from portal.pagecache.content_version import Watch, coming_moments
from portal.pagecache.models import ContentVersion
from portal.pagecache.triggers import SHOWN
from tests import factories
from tests.parallel import at_once

UNSEEN = {
    "conditions": "Edition_authors Edition_asked PageFeedback Section Source EditionEvent SignOff PreviewLink Comment "
    "Presence PlainWord",
    "directory": "Department_coordinators Room",
    "news": "HistoricalNewsItem HistoricalNewsItem_conditions",
    "stories": "HistoricalStory HistoricalStory_conditions",
}
SEEN = sorted((shown.model._meta.label for shown in SHOWN), key=str.lower)


def number():
    return ContentVersion.objects.get().number


@pytest.fixture
def content(own):
    """A row of everything that readers see."""
    edition = factories.live("crmo")
    crmo = edition.condition
    crmo.codes.create(system="orpha", code="324964")
    crmo.related.add(factories.condition("lupus"))
    crmo.not_to_be_confused_with.add(factories.condition("arthritis"))
    department = factories.department()
    department.locations.add(factories.location())
    department.hours.create(weekday=1, opens="09:00", closes="17:00")
    department.closures.create(day="2026-12-25")
    crmo.departments.add(department)
    factories.clinician("bo-example").departments.add(department)
    factories.story(conditions=[crmo])
    factories.news(conditions=[crmo])
    factories.term()
    row = factories.condition("renamed")
    row.slug = "renamed-since"
    row.save()
    apps.get_model("pictures.LibraryPicture").objects.bulk_create(
        [apps.get_model("pictures.LibraryPicture")(name="a-600.webp", width=600, height=400, alt="A picture")]
    )


def test_every_model_of_public_content_is_counted_or_named_as_unseen():
    rooms = ["conditions", "directory", "news", "pictures", "stories"]
    known = {label.lower() for label in SEEN} | {
        f"{room}.{name}".lower() for room, names in UNSEEN.items() for name in names.split()
    }

    there = {
        model._meta.label_lower
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in rooms and not model._meta.proxy
    }

    assert there == known


@pytest.mark.parametrize("label", SEEN)
def test_change_of_what_readers_see_raises_the_number(content, label):
    table, key = apps.get_model(label)._meta.db_table, apps.get_model(label)._meta.pk.column
    before = number()

    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {key} = {key}")
        assert cursor.rowcount > 0

    assert number() > before


def test_number_is_raised_with_the_change_and_not_before_it(content):
    before = number()

    with transaction.atomic():
        factories.news("other")
        seen_elsewhere = at_once(lambda _one: number(), [1])
    after = number()

    with transaction.atomic():
        factories.news("never")
        transaction.set_rollback(True)

    assert seen_elsewhere == [before]
    assert after > before
    assert number() == after


def test_work_that_nobody_sees_yet_does_not_raise_the_number(content):
    draft = factories.draft(factories.condition("draft"))
    story, item = factories.story("draft", status="draft", authorized=False), factories.news("draft", status="draft")
    request = factories.asked()
    before = number()

    draft.summary = "Another short answer."
    draft.save()
    draft.sections.create(kind="causes", body="<p>Why.</p>", order=2)
    actions.submit(edition=draft, by="test")
    for row in (story, item):
        row.title = "Another title"
        row.save()
    factories.receive(draft_key="k" * 32, fields=request)

    assert number() == before


def test_two_who_change_content_at_once_both_count(content):
    before = number()

    faults = at_once(factories.news, [f"item-{number}" for number in range(8)])

    assert [fault for fault in faults if isinstance(fault, Exception)] == []
    assert number() >= before + 8


def test_migrate_leaves_one_trigger_of_each_kind_and_a_higher_number(content):
    names = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'seen%'"
        if connection.vendor == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE tgname LIKE 'seen%'"
    )
    before = number()

    call_command("migrate", "conditions", verbosity=0)

    with connection.cursor() as cursor:
        cursor.execute(names)
        assert len(cursor.fetchall()) == 3 * len(SHOWN)
    assert number() > before


@time_machine.travel(datetime(2026, 11, 28, 4, 55, tzinfo=UTC), tick=False)
def test_coming_moments_are_those_of_the_next_minutes_and_midnight(db):
    now = timezone.now()
    factories.news("soon", publish_at=now + timedelta(minutes=2))
    factories.story("ends", expires_at=now + timedelta(minutes=3))
    factories.publish(factories.draft(factories.condition("later")), at=now + timedelta(minutes=4))
    factories.news("far", publish_at=now + timedelta(hours=4))

    moments = coming_moments(now.timestamp())

    midnight = datetime(2026, 11, 28, 5, 0, tzinfo=UTC)  # in New York
    assert [datetime.fromtimestamp(moment, UTC) for moment in moments] == [
        *(now + timedelta(minutes=minutes) for minutes in (2, 3, 4)),
        midnight,
    ]


def test_watch_learns_of_a_change_and_says_so(content):
    watch = Watch()
    watch.look()
    first = watch.content.number

    factories.news("other")
    unlearned = watch.content.number
    watch.look()

    assert (unlearned, watch.content.number > first, watch.changed.is_set()) == (first, True, True)


def test_watch_doubts_what_it_knows_after_two_seconds_but_not_a_database_it_had_no_time_to_ask(content):
    with time_machine.travel(datetime(2026, 11, 28, 12, tzinfo=UTC), tick=False) as clock:
        watch = Watch()
        watch.look()
        clock.shift(1.9)
        before = watch.is_sure(), watch.answers()
        clock.shift(0.2)
        after = watch.is_sure(), watch.answers()

    assert (before, after) == ((True, True), (False, True))


def test_database_counts_as_gone_while_it_lets_wait_for_two_seconds(content):
    seen = []
    with time_machine.travel(datetime(2026, 11, 28, 12, tzinfo=UTC), tick=False) as clock:
        watch = Watch()

        def slow(execute, *question):
            for seconds in (1.9, 0.2):
                clock.shift(seconds)
                seen.append(watch.answers())
            return execute(*question)

        with connection.execute_wrapper(slow):
            watch.look()

        assert seen[:2] == [True, False]
        assert watch.answers()
