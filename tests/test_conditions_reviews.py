"""The review clock: mails to whoever keeps a page, and the line on the page when a review is late."""

from datetime import UTC, date, datetime, timedelta
from importlib import import_module

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from django.urls import reverse

from conditions import actions, review_mails
from conditions.models import Edition
from foundation.outbox.models import Message
from tests import factories

DUE = date(2026, 9, 8)
NINE = 13  # hours UTC at 9:00 in New York in summer
LATE = "The next review is late."


@pytest.fixture
def clock():
    with time_machine.travel(datetime(2026, 1, 5, 15, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def owner(db):
    return factories.staff("olive", email="olive@example.org")


@pytest.fixture
def live(clock, owner):
    row = factories.condition("crmo", name="CRMO", owner=owner)
    return factories.publish(factories.draft(row), next_review_due=DUE)


def day(number, month, hour=NINE, year=2026):
    return datetime(year, month, number, hour, tzinfo=UTC)


def delivered(clock, moment):
    """Subjects of what leaves when `deliver` runs at `moment`."""
    clock.move_to(moment)
    mail.outbox.clear()
    call_command("deliver", "--once")
    return [letter.subject for letter in mail.outbox]


def waiting():
    return list(
        Message.objects.filter(kind=review_mails.KIND, status="waiting")
        .order_by("leave_at")
        .values_list("leave_at", flat=True)
    )


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (day(1, 1), day(10, 6)),
        (day(10, 6, 12), day(10, 6)),
        (day(10, 6), day(9, 8)),
        (day(9, 8), day(8, 9)),
        (day(8, 9), day(15, 9)),
        (day(20, 9), day(22, 9)),
        (day(1, 12, 15), day(8, 12, 14)),  # winter time: 9:00 is an hour later in UTC
    ],
)
def test_next_message_leaves_at_nine_on_its_mark(now, expected):
    moment = review_mails.next_reminder(DUE, now)

    assert moment == expected


def test_owner_hears_at_90_30_and_0_days_and_weekly_after(live, clock):
    marks = [day(10, 6), day(9, 8), day(8, 9), day(15, 9), day(22, 9)]

    told = [delivered(clock, moment) for moment in marks]

    assert told == [
        ["Review due in 90 days: CRMO"],
        ["Review due in 30 days: CRMO"],
        ["Review due today: CRMO"],
        ["Review 7 days late: CRMO"],
        ["Review 14 days late: CRMO"],
    ]
    assert waiting() == [day(29, 9)]


def test_nothing_leaves_before_its_mark(live, clock):
    assert delivered(clock, day(10, 6) - timedelta(seconds=1)) == []
    assert waiting() == [day(10, 6)]


def test_mail_says_what_to_do_and_where(live, clock):
    delivered(clock, day(10, 6))

    letter = mail.outbox[0]

    assert letter.to == ["olive@example.org"]
    assert "The page “CRMO” (English) says that it will be reviewed by 8 September 2026. That is in 90 days." in letter.body
    assert f"/admin/conditions/edition/add/?condition={live.condition_id}&language=en" in letter.body
    assert "You get this mail because you keep this page up to date." in letter.body


def test_mail_leads_to_the_open_draft(live, clock):
    draft = actions.start_draft(condition=live.condition, language="en", by="test")

    delivered(clock, day(10, 6))

    assert reverse("admin:conditions_edition_change", args=[draft.pk]) in mail.outbox[0].body


def test_late_delivery_sends_one_mail_with_todays_truth(live, clock):
    assert delivered(clock, day(20, 9)) == ["Review 12 days late: CRMO"]
    assert waiting() == [day(22, 9)]


def test_message_tried_many_times_posts_the_next_once(live, clock, settings):
    settings.EMAIL_BACKEND = "tests.no_such_backend"
    for minute in range(0, 60, 20):
        delivered(clock, day(10, 6) + timedelta(minutes=minute))

    assert waiting() == [day(10, 6), day(9, 8)]


def test_new_owner_gets_the_next_mail(live, clock):
    live.condition.owner = factories.staff("nell", email="nell@example.org")
    live.condition.save()

    delivered(clock, day(10, 6))

    assert mail.outbox[0].to == ["nell@example.org"]


@pytest.mark.parametrize("owner_is", ["nobody", "without address", "gone"])
def test_without_a_reachable_owner_those_who_approve_hear(live, owner, clock, owner_is):
    factories.staff("paul", "approve_edition", email="paul@example.org")
    factories.staff("left", "approve_edition", email="left@example.org", is_active=False)
    factories.staff("edith", "change_edition", email="edith@example.org")
    if owner_is == "nobody":
        owner.delete()
    else:
        owner.email, owner.is_active = ("", True) if owner_is == "without address" else (owner.email, False)
        owner.save()

    delivered(clock, day(10, 6))

    assert [letter.to for letter in mail.outbox] == [["paul@example.org"]]
    assert "Nobody is named who keeps this page up to date" in mail.outbox[0].body


def test_without_anybody_to_tell_the_clock_goes_on(live, owner, clock):
    owner.delete()

    assert delivered(clock, day(10, 6)) == []
    assert waiting() == [day(9, 8)]


def test_changed_interval_counts_from_the_next_approval(live, clock):
    live.condition.review_every_months = 1
    live.condition.save()

    assert waiting() == [day(10, 6)]


def test_replaced_edition_is_silent_and_its_successor_speaks(live, clock):
    clock.move_to(day(1, 5))
    after = actions.start_draft(condition=live.condition, language="en", by="test")
    factories.publish(after, at=day(1, 5), reviewed_on=date(2026, 5, 1), next_review_due=date(2027, 5, 1))

    assert delivered(clock, day(10, 6)) == []
    assert waiting() == [datetime(2027, 1, 31, 14, tzinfo=UTC)]


def test_edition_shown_again_speaks_again(live, clock):
    clock.move_to(day(1, 5))
    after = actions.start_draft(condition=live.condition, language="en", by="test")
    factories.publish(after, at=day(1, 5), reviewed_on=date(2026, 5, 1), next_review_due=date(2027, 5, 1))
    delivered(clock, day(10, 6))
    clock.move_to(day(1, 7))

    actions.withdraw(edition=Edition.objects.get(pk=after.pk), by="test", reason="A dose was wrong.")

    assert delivered(clock, day(9, 8)) == ["Review due in 30 days: CRMO"]


def test_withdrawn_edition_is_silent(live, clock):
    actions.withdraw(edition=live, by="test", reason="A dose was wrong.")

    assert delivered(clock, day(10, 6)) == []
    assert waiting() == []


def test_edition_scheduled_for_later_keeps_its_clock(clock, owner):
    row = factories.condition("later", name="Later", owner=owner)
    factories.publish(factories.draft(row), at=day(1, 7), next_review_due=DUE)

    assert delivered(clock, day(10, 6)) == []
    assert delivered(clock, day(9, 8)) == ["Review due in 30 days: Later"]


def test_editors_see_what_became_of_the_mails(live, clock, client, editor):
    delivered(clock, day(10, 6))
    client.force_login(editor)

    page = client.get(reverse("admin:conditions_condition_change", args=[live.condition_id])).text

    assert "English: sent on 10 Jun 2026, 09:00" in page
    assert "English: the next one leaves on 9 Aug 2026, 09:00" in page


def test_coordinators_never_meet_review_mails(live, clock, client):
    case = factories.request()
    Message.objects.filter(kind=review_mails.KIND).update(object_id=case.pk, status="failed", last_fault="OSError")
    client.force_login(
        factories.coordinator("cora", case.department, permissions=("work_requests", "view_message", "view_request"))
    )

    listed = client.get(reverse("admin:outbox_message_changelist")).context["cl"].result_list
    waits = client.get(reverse("admin:index"))
    page = client.get(reverse("admin:appointments_request_change", args=[case.pk]))

    assert [row.kind for row in listed] == ["received"]
    assert "OSError" not in waits.text + page.text
    assert (page.status_code, waits.status_code) == (200, 200)


def test_undoing_a_step_of_a_request_leaves_review_mails(live, clock, client):
    cora = factories.coordinator("cora", factories.department())
    case = factories.request()
    actions_of_requests = import_module("appointments.actions")
    Message.objects.filter(kind=review_mails.KIND).update(object_id=case.pk)
    actions_of_requests.take(request=case, by=cora)
    case.refresh_from_db()
    Message.objects.filter(kind=review_mails.KIND).update(created_at=day(1, 2))

    actions_of_requests.undo(request=case, by=cora)

    assert Message.objects.get(kind=review_mails.KIND).status == "waiting"


@pytest.mark.parametrize(("today", "late"), [(date(2026, 9, 7), False), (date(2026, 9, 8), False), (date(2026, 9, 9), True)])
def test_page_says_that_a_review_is_late_from_the_day_after(live, clock, client, today, late):
    clock.move_to(datetime(today.year, today.month, today.day, 4, 30, tzinfo=UTC))  # half past midnight in New York

    page = client.get("/conditions/crmo/").text

    assert (LATE in page) is late
