"""The number that the database raises with every change of public content, and the moments at which pages change."""

import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.apps import apps
from django.contrib import admin
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.db.models import CharField, DateField, TextField
from django.urls import resolve
from django.utils import timezone

from conditions import actions
from conditions.models import Condition
from foundation.adminkit.audit import AuditedAdmin
from foundation.adminkit.edit_conflicts import FreshAdmin
from foundation.audit.values import kept_fields
from foundation.pages.models import Publishable
from foundation.pages.registry import registered
from foundation.search.findable import Findable, findables
from guides.models import Guide
from portal.pagecache.content_version import ContentMonitor, coming_moments
from portal.pagecache.models import ContentVersion
from portal.server.connection import Connection
from portal.staff.roles import roles
from portal.transfer.content_import import KINDS
from tests import factories
from tests.parallel import at_once

UNSEEN = {
    "conditions": "Edition_authors Edition_asked PageFeedback Section Source EditionEvent SignOff PlannedApproval PreviewLink Comment "
    "Presence PlainWord MedicineWarning Translation Condition_tags FirstWord",
    "directory": "Department_coordinators Room",
    "guides": "HistoricalNotice",
    "news": "HistoricalNewsItem HistoricalNewsItem_conditions",
    "pictures": "LibraryPicture_tags",
    "stories": "HistoricalStory HistoricalStory_conditions",
}
SEEN = sorted((public.model._meta.label for public in registered()), key=str.lower)


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
    factories.clinician("bo-example", licensed_states="NY").departments.add(department)
    factories.story(conditions=[crmo])
    factories.news(conditions=[crmo])
    factories.term()
    factories.guide()
    factories.notice()
    row = factories.condition("renamed")
    row.slug = "renamed-since"
    row.save()
    apps.get_model("pictures.LibraryPicture").objects.bulk_create(
        [apps.get_model("pictures.LibraryPicture")(name="a-600.webp", width=600, height=400, alt="A picture")]
    )
    for model in (public.model for public in registered() if issubclass(public.model, Publishable)):
        if not model.objects.exists():
            publish_one(model)


def publish_one(model):
    """A row of a kind of page of which nothing but its texts and days is needed."""
    needed = [each for each in model._meta.fields if not (each.blank or each.has_default())]
    words = {each.name: "words" for each in needed if isinstance(each, CharField | TextField)}
    days = {each.name: timezone.localdate() for each in needed if isinstance(each, DateField)}
    model.objects.create(**words, **days, status="published", publish_at=timezone.now())


def test_every_model_with_a_page_of_its_own_is_registered():
    """Else it is in no sitemap, links to it are never told broken, and its page is never made anew."""
    pages = {public.model for public in registered() if public.sitemap}
    versions = {"conditions.Edition"}  # found from the page of their condition, and not for search engines

    own = [model for model in apps.get_models() if hasattr(model, "get_absolute_url") and not model._meta.proxy]
    missing = {model._meta.label for model in own if model not in pages}

    assert missing == versions, "Register it in the public_content.py of its app."


FOUND_BY_ITS_PARTS = {Condition, Guide}  # by its editions and names, by its texts
PAGES = [public.model for public in registered() if public.sitemap]


@pytest.mark.parametrize("model", PAGES, ids=lambda model: model.__name__)
def test_every_kind_of_page_is_found_kept_in_files_audited_and_looked_after(model):
    rights = {right for own in roles().values() for right in own}

    editor = admin.site.get_model_admin(model)

    assert issubclass(model, Findable) or model in FOUND_BY_ITS_PARTS, "Nobody finds it: give the model the base Findable."
    assert model in {kind.model for kind in KINDS}, "It is in no export: describe it in portal/transfer/*_kinds.py."
    assert kept_fields(model), "The audit record keeps no value of it: give it `audit_values`."
    assert f"{model._meta.app_label}.change_{model._meta.model_name}" in rights, (
        "No role may change it: name it in the roles.py of its app."
    )
    assert isinstance(editor, AuditedAdmin), "Its admin keeps no record of who did what: give it the base AuditedAdmin."
    assert isinstance(editor, FreshAdmin) or not issubclass(model, Publishable), (
        "Of two editors the second wipes out the first: give its admin the base FreshAdmin."
    )


def test_every_kind_of_page_may_be_kept(content):
    unkept = [model for model in PAGES if not hasattr(resolve(model.objects.first().get_absolute_url()).func, "page_query")]

    assert unkept == [], "Django makes it for each reader: put @public_page on its view."


@pytest.mark.parametrize("name", ["search_kind", "search_place"])
def test_every_kind_that_is_found_has_a_name_and_a_place_of_its_own(name):
    taken = sorted(getattr(model, name) for model in findables())

    assert len(set(taken)) == len(taken), f"Two models have the same {name}, of {taken}. Give the new one another."


def test_every_model_of_public_content_is_counted_or_named_as_unseen():
    rooms = {public.model._meta.app_label for public in registered()}
    known = {label.lower() for label in SEEN} | {
        f"{room}.{name}".lower() for room, names in UNSEEN.items() for name in names.split()
    }

    there = {
        model._meta.label_lower
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in rooms and not model._meta.proxy
    }

    assert there - known == set(), "Readers see it: register it in public_content.py. They do not: name it in UNSEEN here."
    assert known - there == set(), "UNSEEN or public_content.py names a model that is not there."


@pytest.mark.databases
def test_change_of_what_readers_see_raises_the_number(content):
    raised = {}
    for model in (apps.get_model(label) for label in SEEN):
        before, key = number(), model._meta.pk.column
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {model._meta.db_table} SET {key} = {key}")
            assert cursor.rowcount > 0, model
        raised[model._meta.label] = number() > before

    assert raised == dict.fromkeys(SEEN, True)


@pytest.mark.databases
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


@pytest.mark.databases
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


@pytest.mark.databases
def test_two_who_change_content_at_once_both_count(content):
    before = number()

    faults = at_once(factories.news, [f"item-{number}" for number in range(8)])

    assert [fault for fault in faults if isinstance(fault, Exception)] == []
    assert number() >= before + 8


@pytest.mark.databases
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
        assert len(cursor.fetchall()) == 3 * len(registered())
    assert number() > before


@pytest.mark.databases
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


def test_monitor_learns_of_a_change(content):
    monitor = ContentMonitor()
    monitor.ask()
    first = monitor.content.number

    factories.news("other")
    before = monitor.content.number
    monitor.ask()

    assert (before, monitor.content.number > first) == (first, True)


def test_number_is_in_doubt_after_two_seconds(content):
    with time_machine.travel(datetime(2026, 11, 28, 12, tzinfo=UTC), tick=False) as clock:
        monitor = ContentMonitor()
        monitor.active = True
        monitor.ask()
        clock.shift(1.9)
        before = monitor.sure_content()
        clock.shift(0.2)

        assert before == monitor.content
        assert (monitor.sure_content(), monitor.failed) == (None, False)


@pytest.mark.databases
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no server that could hang")
def test_nobody_waits_for_a_server_that_hangs_longer_than_the_patience(own, monkeypatch):
    """Its answer takes a minute; the reader who asked goes on after two, as do those who read meanwhile."""
    options = connection.settings_dict["OPTIONS"]
    pool = {"min_size": 1, "max_size": 2, "timeout": 2, "reconnect_timeout": 1, "connection_class": Connection}
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", options | {"pool": pool})
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)  # as where there is a pool

    def slow(execute, sql, params, many, context):
        return execute("SELECT pg_sleep(60)", None, many, context)

    def ask(_one):
        monitor, started = ContentMonitor(), time.monotonic()
        with connections["default"].execute_wrapper(slow):
            monitor.ask()
        return monitor.failed, time.monotonic() - started

    [(failed, seconds)] = at_once(ask, [1])

    assert failed
    assert seconds < 20
