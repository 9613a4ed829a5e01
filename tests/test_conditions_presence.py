"""Two people in one draft see each other; to have a page open is no activity."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from conditions import actions
from conditions.models import Presence
from tests import factories

pytestmark = pytest.mark.django_db
TEN = datetime(2026, 9, 8, 14, 2, tzinfo=UTC)  # 10:02 in New York


@pytest.fixture
def ben(db):
    return factories.staff("ben", "change_edition", "view_edition", first_name="Ben", last_name="Sample")


def beat(client, edition):
    return client.post(reverse("admin:conditions_edition_presence", args=[edition.pk]))


@pytest.mark.databases
def test_each_is_told_who_else_is_here_and_since_when(client, editor, ben):
    draft = factories.draft()
    with time_machine.travel(TEN, tick=False):
        Presence.objects.record(draft, ben)
    client.force_login(editor)

    with time_machine.travel(TEN + timedelta(seconds=60), tick=False):
        Presence.objects.record(draft, ben)
        page = client.get(reverse("admin:conditions_edition_change", args=[draft.pk]))
        answer = beat(client, draft)

    words = "Ben Sample has this draft open too, since 10:02."
    assert answer.json() == {"words": words}
    assert f">{words}</p>" in page.text
    assert 'role="status"' in page.text
    assert Presence.objects.count() == 2


def test_who_left_or_has_another_draft_open_is_not_named(client, editor, ben):
    draft, other = factories.draft(), factories.draft(factories.condition("lupus"))
    client.force_login(editor)
    with time_machine.travel(TEN, tick=False):
        Presence.objects.record(draft, ben)

    with time_machine.travel(TEN + timedelta(seconds=91), tick=False):
        Presence.objects.record(other, ben)
        answer = beat(client, draft)

    assert answer.json() == {"words": ""}


def test_who_comes_back_is_here_since_then(editor, ben):
    draft = factories.draft()
    for minutes in (0, 1, 30):
        Presence.objects.record(draft, ben, now=TEN + timedelta(minutes=minutes))

    assert Presence.objects.get().since == TEN + timedelta(minutes=30)


@pytest.mark.databases
def test_rows_of_yesterday_go_with_the_next_beat(editor, ben):
    draft = factories.draft()
    Presence.objects.record(draft, ben, now=TEN)

    Presence.objects.record(draft, editor, now=TEN + timedelta(days=1, seconds=1))

    assert [row.user for row in Presence.objects.all()] == [editor]


def test_page_alone_writes_nothing(client, editor):
    draft = factories.draft()
    client.force_login(editor)

    page = client.get(reverse("admin:conditions_edition_change", args=[draft.pk]))
    asked = client.get(reverse("admin:conditions_edition_presence", args=[draft.pk]))

    assert (page.status_code, asked.status_code) == (200, 405)
    assert not Presence.objects.exists()


def test_reviewer_who_may_not_change_the_text_is_seen_and_sees_others(client, editor, reviewer):
    draft = factories.draft()
    Presence.objects.record(draft, editor)
    client.force_login(reviewer)

    seen_by_reviewer = beat(client, draft)
    client.force_login(editor)
    seen_by_editor = beat(client, draft)

    assert "edith has this draft open too" in seen_by_reviewer.json()["words"]
    assert "rhea has this draft open too" in seen_by_editor.json()["words"]


def test_reviewer_is_seen_on_the_page_where_one_signs(client, reviewer):
    draft = factories.draft()
    actions.submit(edition=draft, by="test")
    client.force_login(reviewer)

    page = client.get(reverse("admin:conditions_edition_sign-off", args=[draft.pk]))

    assert f'data-presence="{reverse("admin:conditions_edition_presence", args=[draft.pk])}"' in page.text


def test_who_may_not_see_the_draft_is_not_seen_in_it(client, editor):
    draft = factories.draft()
    client.force_login(factories.staff("nora", "view_condition"))

    answer = beat(client, draft)

    assert answer.status_code == 403
    assert not Presence.objects.exists()


def test_nobody_is_seen_in_what_was_published(client, reviewer):
    edition = factories.live("crmo")
    client.force_login(reviewer)

    assert beat(client, edition).status_code == 403
    assert not Presence.objects.exists()


def test_beat_costs_the_same_with_one_and_three_others(client, editor, django_assert_max_num_queries):
    draft = factories.draft()
    client.force_login(editor)
    beat(client, draft)
    counts = []
    for names in (["one"], ["two", "three"]):
        for name in names:
            Presence.objects.record(draft, factories.staff(name))
        with django_assert_max_num_queries(100) as captured:
            beat(client, draft)
        counts.append(len(captured))

    assert counts[0] == counts[1]
